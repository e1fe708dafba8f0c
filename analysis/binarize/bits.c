#include "binarize/bits.h"

#include "kernels/bits.h"
#include "stats/histogram.h"
#include "stats/quantile.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static float value_of(const float *row, const struct bits_choice *choice, size_t k)
{
    const uint32_t j = choice->columns[k];
    return choice->thresholds != NULL ? (float)(row[j] > choice->thresholds[j]) : row[j];
}

void bits_gather(const float *x, size_t n, size_t width, const struct bits_choice *choice,
                 float *out)
{
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < choice->count; k++)
            out[i * choice->count + k] = value_of(x + i * width, choice, k);
}

size_t bits_varying(const float *x, size_t n, size_t width, const struct bits_choice *choice,
                    uint32_t *kept)
{
    size_t count = 0;
    for (size_t k = 0; k < choice->count; k++) {
        size_t i = 1;
        while (i < n && value_of(x + i * width, choice, k) == value_of(x, choice, k)) i++;
        if (i < n) kept[count++] = choice->columns[k];
    }
    return count;
}

/* ---- thresholds ---- */

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

int bits_medians(const float *x, size_t n, size_t width, int threads, float *thresholds)
{
    double *columns = facet_alloc((size_t)threads, n * sizeof *columns, "medians");
    if (columns == NULL) return FACET_ENOMEM;
#pragma omp parallel for num_threads(threads)
    for (int t = 0; t < threads; t++) {
        double *column = columns + (size_t)t * n;
        for (size_t j = (size_t)t; j < width; j += (size_t)threads) {
            for (size_t i = 0; i < n; i++) column[i] = (double)x[i * width + j];
            qsort(column, n, sizeof *column, by_value);
            thresholds[j] = (float)facet_quantile_sorted(column, n, 0.5);
        }
    }
    free(columns);
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

size_t bits_turn(const float *x, size_t n, size_t width, const float *thresholds, uint64_t *codes,
                 size_t *on, uint32_t *columns)
{
    const size_t words = facet_bits_words(n);
    size_t kept = 0;
    for (size_t j = 0; j < width; j++) {
        uint64_t *code = codes + kept * words;
        size_t count = 0;
        for (size_t w = 0; w < words; w++) code[w] = 0;
        for (size_t i = 0; i < n; i++) {
            const uint64_t bit = x[i * width + j] > thresholds[j];
            code[i / 64] |= bit << i % 64;
            count += bit;
        }
        if (count == 0 || count == n) continue;
        on[kept] = count;
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
        const size_t kept = bits_turn(x, n, width, thresholds, codes, on, columns);
        *constant = width - kept;
        code = count_pairs_of_bits(codes, on, kept, words, n, threads, counts);
    }
    free(codes);
    free(on);
    free(columns);
    return code;
}
