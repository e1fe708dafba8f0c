#include "binarize/bits.h"

#include "base/clones.h"
#include "kernels/bits.h"
#include "stats/histogram.h"

#include <gsl/gsl_statistics_float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

FACET_CLONES
static void gather_row(const float *restrict row, const float *restrict thresholds,
                       const uint32_t *restrict columns, size_t count, float *restrict out)
{
    if (thresholds == NULL)
        for (size_t k = 0; k < count; k++) out[k] = row[columns[k]];
    else
        for (size_t k = 0; k < count; k++)
            out[k] = row[columns[k]] > thresholds[columns[k]] ? 1 : 0;
}

void bits_gather(const float *x, size_t n, size_t width, const struct bits_choice *choice,
                 float *out)
{
    for (size_t i = 0; i < n; i++)
        gather_row(x + i * width, choice->thresholds, choice->columns, choice->count,
                   out + i * choice->count);
}

size_t bits_varying(const float *x, size_t n, size_t width, const struct bits_choice *choice,
                    uint32_t *kept)
{
    const float *thresholds = choice->thresholds;
    size_t count = 0;
    for (size_t k = 0; k < choice->count; k++) {
        const uint32_t j = choice->columns[k];
        size_t i = 1;
        while (i < n &&
               (thresholds == NULL ? x[i * width + j] == x[j]
                                   : (x[i * width + j] > thresholds[j]) == (x[j] > thresholds[j])))
            i++;
        if (i < n) kept[count++] = j;
    }
    return count;
}

/* ---- thresholds ---- */

int bits_medians(const float *x, size_t n, size_t width, int threads, float *thresholds)
{
    enum { TOGETHER = 16 }; /* columns that share the cache's lines */
    const size_t turns = (width + TOGETHER - 1) / TOGETHER;
    float *rooms = facet_alloc((size_t)threads, TOGETHER * n * sizeof *rooms, "medians");
    if (rooms == NULL) return FACET_ENOMEM;
#pragma omp parallel for num_threads(threads)
    for (int t = 0; t < threads; t++) {
        float *columns = rooms + (size_t)t * TOGETHER * n;
        for (size_t turn = (size_t)t; turn < turns; turn += (size_t)threads) {
            const size_t at = turn * TOGETHER, count = least(TOGETHER, width - at);
            for (size_t i = 0; i < n; i++)
                for (size_t k = 0; k < count; k++) columns[k * n + i] = x[i * width + at + k];
            for (size_t k = 0; k < count; k++)
                thresholds[at + k] = (float)gsl_stats_float_median(columns + k * n, 1, n);
        }
    }
    free(rooms);
    return FACET_OK;
}

double bits_scale(const float *x, size_t n, size_t width)
{
    char text[32];
    double sum = 0, count = 0;
    for (size_t i = 0; i < n * width; i++) {
        sum += x[i] > 0 ? (double)x[i] : 0;
        count += x[i] > 0;
    }
    if (count == 0) return 1;
    snprintf(text, sizeof text, "%.1e", sum / count);
    return strtod(text, NULL);
}

/* ---- what a bit tells ---- */

void bits_count(const float *x, size_t n, size_t width, const float *thresholds, size_t *on)
{
    for (size_t j = 0; j < width; j++) on[j] = 0;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < width; j++) on[j] += x[i * width + j] > thresholds[j];
}

double bits_entropy(double p)
{
    return p > 0 && p < 1 ? -p * log2(p) - (1 - p) * log2(1 - p) : 0;
}

/* ---- correlation ---- */

/* 64 rows of 64 bits become 64 columns: halves of halves change places (Warren, Hacker's Delight,
 * 2nd edition, section 7-3). */
static void transpose(uint64_t bits[64])
{
    uint64_t mask = 0x00000000ffffffff;
    for (unsigned step = 32; step > 0; step /= 2, mask ^= mask << step)
        for (unsigned k = 0; k < 64; k = ((k | step) + 1) & ~step) {
            const uint64_t moved = (bits[k] >> step ^ bits[k | step]) & mask;
            bits[k] ^= moved << step;
            bits[k | step] ^= moved;
        }
}

void bits_turn(const float *x, size_t n, size_t width, const float *thresholds, uint64_t *codes,
               size_t *on)
{
    const size_t words = facet_bits_words(n);
    for (size_t j = 0; j < width; j++) on[j] = 0;
    for (size_t at = 0; at < n; at += 64)
        for (size_t j = 0; j < width; j += 64) {
            const size_t rows = least(64, n - at), columns = least(64, width - j);
            uint64_t bits[64] = {0};
            for (size_t i = 0; i < rows; i++)
                facet_bits_pack(x + (at + i) * width + j, 1, columns, thresholds + j, bits + i);
            transpose(bits);
            for (size_t k = 0; k < columns; k++) {
                codes[(j + k) * words + at / 64] = bits[k];
                on[j + k] += (size_t)__builtin_popcountll(bits[k]);
            }
        }
}

size_t bits_keep_varying(size_t n, size_t width, uint64_t *codes, size_t *on, uint32_t *columns)
{
    const size_t words = facet_bits_words(n);
    size_t kept = 0;
    for (size_t j = 0; j < width; j++) {
        if (on[j] == 0 || on[j] == n) continue;
        memmove(codes + kept * words, codes + j * words, words * sizeof *codes);
        on[kept] = on[j];
        columns[kept++] = (uint32_t)j;
    }
    return kept;
}

/* Bit i with those after it. */
static void correlate(const struct facet_kernels *kernels, const uint64_t *codes, const size_t *on,
                      size_t kept, size_t words, size_t n, size_t i, uint32_t *differing,
                      float *phi, uint32_t *bin)
{
    const size_t others = kept - i - 1;
    const double rows = (double)n, a = (double)on[i];
    kernels->hamming(codes + i * words, 1, codes + (i + 1) * words, others, words, differing,
                     others);
    for (size_t k = 0; k < others; k++) {
        const double b = (double)on[i + 1 + k], both = (a + b - differing[k]) / 2;
        phi[k] = (float)((rows * both - a * b) / sqrt(a * (rows - a) * b * (rows - b)));
    }
    facet_histogram_bins(phi, others, BITS_BINS, -1, 1, bin);
}

static int count_pairs_of_bits(const uint64_t *codes, const size_t *on, size_t kept, size_t words,
                               size_t n, int threads, uint64_t *counts)
{
    const struct facet_kernels *kernels;
    int code = facet_kernels_choose(NULL, &kernels);
    if (code < 0) return code;
    uint32_t *whole = facet_alloc((size_t)threads, 2 * kept * sizeof *whole, "correlations");
    float *phi = facet_alloc((size_t)threads, kept * sizeof *phi, "correlations");
    uint64_t *part = facet_alloc((size_t)threads, BITS_BINS * sizeof *part, "correlations");
    if (whole == NULL || phi == NULL || part == NULL) code = FACET_ENOMEM;
#pragma omp parallel for num_threads(threads) if (code == FACET_OK)
    for (int t = 0; t < threads; t++) {
        const size_t at = (size_t)t;
        uint32_t *differing = whole + 2 * at * kept, *bin = differing + kept;
        for (size_t i = at; code == FACET_OK && i + 1 < kept; i += (size_t)threads) {
            correlate(kernels, codes, on, kept, words, n, i, differing, phi + at * kept, bin);
            for (size_t k = 0; k + i + 1 < kept; k++) part[at * BITS_BINS + bin[k]]++;
        }
    }
    for (size_t k = 0; code == FACET_OK && k < (size_t)threads * BITS_BINS; k++)
        counts[k % BITS_BINS] += part[k];
    free(whole);
    free(phi);
    free(part);
    return code;
}

int bits_correlations(const float *x, size_t n, size_t width, const float *thresholds, int threads,
                      uint64_t *counts, size_t *constant)
{
    const size_t words = facet_bits_words(n);
    uint64_t *codes = facet_alloc(width, words * sizeof *codes, "codes");
    size_t *on = facet_alloc(width, sizeof *on, "codes");
    uint32_t *columns = facet_alloc(width, sizeof *columns, "codes");
    int code = codes == NULL || on == NULL || columns == NULL ? FACET_ENOMEM : FACET_OK;
    for (size_t k = 0; k < BITS_BINS; k++) counts[k] = 0;
    if (code == FACET_OK) {
        bits_turn(x, n, width, thresholds, codes, on);
        const size_t kept = bits_keep_varying(n, width, codes, on, columns);
        *constant = width - kept;
        code = count_pairs_of_bits(codes, on, kept, words, n, threads, counts);
    }
    free(codes);
    free(on);
    free(columns);
    return code;
}
