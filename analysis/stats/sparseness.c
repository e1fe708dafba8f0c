#include "stats/sparseness.h"

#include "base/clones.h"

#include <math.h>
#include <string.h>

enum { LANES = FACET_SPARSENESS_LANES, BLOCK = 16 };

struct sums {
    double sum[LANES], squares[LANES], absolute[LANES], m2[LANES], m4[LANES], ranked[LANES];
};

FACET_CLONES
static void sum_lanes(const float *restrict x, size_t n, struct sums *restrict out)
{
    struct sums s = {0};
    double mean[LANES];
    for (size_t j = 0; j < n; j++)
        for (int l = 0; l < LANES; l++) {
            double v = (double)x[j * LANES + l];
            s.sum[l] += v;
            s.squares[l] += v * v;
            s.absolute[l] += fabs(v);
        }
    for (int l = 0; l < LANES; l++) mean[l] = s.sum[l] / (double)n;
    for (size_t j = 0; j < n; j++)
        for (int l = 0; l < LANES; l++) {
            double d = (double)x[j * LANES + l] - mean[l], d2 = d * d;
            s.m2[l] += d2;
            s.m4[l] += d2 * d2;
        }
    *out = s;
}

/* Magnitudes as bits: those of non-negative floats order as integers. */
FACET_CLONES
static void magnitudes(const float *restrict x, size_t count, int32_t *restrict out)
{
    memcpy(out, x, count * sizeof *out);
    for (size_t i = 0; i < count; i++) out[i] &= 0x7fffffff;
}

static inline void order(int32_t *a, int32_t *b)
{
    int32_t low = *a < *b ? *a : *b, high = *a < *b ? *b : *a;
    *a = low;
    *b = high;
}

/* The stages of distances 2, 1 among 4 values, .. 8, 4, 2, 1 among 16. Written out: only so do the
 * values of a lane stay in registers, and its loop become vectors. */
static inline void clean4(int32_t *v)
{
    order(&v[0], &v[2]);
    order(&v[1], &v[3]);
    order(&v[0], &v[1]);
    order(&v[2], &v[3]);
}

static inline void clean8(int32_t *v)
{
    order(&v[0], &v[4]);
    order(&v[1], &v[5]);
    order(&v[2], &v[6]);
    order(&v[3], &v[7]);
    clean4(v);
    clean4(v + 4);
}

static inline void clean16(int32_t *v)
{
    order(&v[0], &v[8]);
    order(&v[1], &v[9]);
    order(&v[2], &v[10]);
    order(&v[3], &v[11]);
    order(&v[4], &v[12]);
    order(&v[5], &v[13]);
    order(&v[6], &v[14]);
    order(&v[7], &v[15]);
    clean8(v);
    clean8(v + 8);
}

static inline void sort4(int32_t *v)
{
    order(&v[0], &v[1]);
    order(&v[2], &v[3]);
    order(&v[0], &v[3]);
    order(&v[1], &v[2]);
    order(&v[0], &v[1]);
    order(&v[2], &v[3]);
}

static inline void sort8(int32_t *v)
{
    sort4(v);
    sort4(v + 4);
    order(&v[0], &v[7]);
    order(&v[1], &v[6]);
    order(&v[2], &v[5]);
    order(&v[3], &v[4]);
    clean4(v);
    clean4(v + 4);
}

static inline void sort16(int32_t *v)
{
    sort8(v);
    sort8(v + 8);
    order(&v[0], &v[15]);
    order(&v[1], &v[14]);
    order(&v[2], &v[13]);
    order(&v[3], &v[12]);
    order(&v[4], &v[11]);
    order(&v[5], &v[10]);
    order(&v[6], &v[9]);
    order(&v[7], &v[8]);
    clean8(v);
    clean8(v + 8);
}

/* Each 16 rows are sorted. */
FACET_CLONES
static void sort_blocks(int32_t *restrict a, size_t n)
{
    for (size_t at = 0; at < n; at += BLOCK)
        for (size_t l = 0; l < LANES; l++) {
            int32_t *row = a + at * LANES + l, v[BLOCK];
            for (int k = 0; k < BLOCK; k++) v[k] = row[k * LANES];
            sort16(v);
            for (int k = 0; k < BLOCK; k++) row[k * LANES] = v[k];
        }
}

/* The first two stages of a merge of 2 half rows: k with 2 half - 1 - k, then distance half / 2. */
FACET_CLONES
static void merge_first(int32_t *restrict a, size_t half)
{
    for (size_t k = 0; k < half / 2; k++) {
        int32_t *row[] = {a + k * LANES, a + (k + half / 2) * LANES,
                          a + (2 * half - 1 - k - half / 2) * LANES,
                          a + (2 * half - 1 - k) * LANES};
        for (size_t l = 0; l < LANES; l++) {
            int32_t v[] = {row[0][l], row[1][l], row[2][l], row[3][l]};
            order(&v[0], &v[3]);
            order(&v[1], &v[2]);
            order(&v[0], &v[1]);
            order(&v[2], &v[3]);
            for (int i = 0; i < 4; i++) row[i][l] = v[i];
        }
    }
}

/* Two stages, of distances 2 step and step. */
FACET_CLONES
static void clean_two(int32_t *restrict a, size_t n, size_t step)
{
    for (size_t at = 0; at < n; at += 4 * step)
        for (size_t l = 0; l < step * LANES; l++) {
            int32_t *row = a + at * LANES + l, v[4];
            for (size_t k = 0; k < 4; k++) v[k] = row[k * step * LANES];
            clean4(v);
            for (size_t k = 0; k < 4; k++) row[k * step * LANES] = v[k];
        }
}

FACET_CLONES
static void clean_one(int32_t *restrict a, size_t n, size_t step)
{
    for (size_t at = 0; at < n; at += 2 * step)
        for (size_t l = 0; l < step * LANES; l++) {
            int32_t *row = a + at * LANES + l;
            order(row, row + step * LANES);
        }
}

/* The last four stages. */
FACET_CLONES
static void clean_blocks(int32_t *restrict a, size_t n)
{
    for (size_t at = 0; at < n; at += BLOCK)
        for (size_t l = 0; l < LANES; l++) {
            int32_t *row = a + at * LANES + l, v[BLOCK];
            for (int k = 0; k < BLOCK; k++) v[k] = row[k * LANES];
            clean16(v);
            for (int k = 0; k < BLOCK; k++) row[k * LANES] = v[k];
        }
}

/* Merges 2 half sorted rows; half >= BLOCK. */
static void merge(int32_t *a, size_t half)
{
    size_t distance = half / 4;
    merge_first(a, half);
    for (; distance >= 2 * BLOCK; distance /= 4) clean_two(a, 2 * half, distance / 2);
    for (; distance >= BLOCK; distance /= 2) clean_one(a, 2 * half, distance);
    clean_blocks(a, 2 * half);
}

/* n rows, a power of two and at least BLOCK; the first `zeros` are the least and in their place. */
static void sort_lanes(int32_t *a, size_t n, size_t zeros)
{
    size_t first = zeros / BLOCK * BLOCK;
    sort_blocks(a + first * LANES, n - first);
    for (size_t half = BLOCK; half < n; half *= 2)
        for (size_t at = 0; at < n; at += 2 * half)
            if (at + half > zeros) merge(a + at * LANES, half);
}

size_t facet_sparseness_room(size_t n)
{
    size_t room = BLOCK;
    while (room < n) room *= 2;
    return room;
}

/* sum_k c_k (n - k + 1/2) over the sorted magnitudes. */
FACET_CLONES
static void rank_lanes(const uint32_t *restrict work, size_t n, struct sums *restrict out)
{
    double ranked[LANES] = {0};
    for (size_t j = 0; j < n; j++) {
        float c[LANES];
        double weight = (double)(n - j) - 0.5;
        memcpy(c, work + j * LANES, sizeof c);
        for (int l = 0; l < LANES; l++) ranked[l] += (double)c[l] * weight;
    }
    memcpy(out->ranked, ranked, sizeof ranked);
}

void facet_sparseness_lanes(const float *x, size_t n, uint32_t *work, struct facet_sparseness *out)
{
    struct sums s;
    double count = (double)n, root = sqrt(count);
    sum_lanes(x, n, &s);
    const size_t room = facet_sparseness_room(n), zeros = room - n;
    memset(work, 0, zeros * LANES * sizeof *work);
    magnitudes(x, n * LANES, (int32_t *)work + zeros * LANES);
    sort_lanes((int32_t *)work, room, zeros);
    rank_lanes(work + zeros * LANES, n, &s);
    for (int l = 0; l < LANES; l++) {
        double mean = s.sum[l] / count, a = mean * mean / (s.squares[l] / count);
        double m2 = s.m2[l] / count;
        int any = s.absolute[l] > 0, several = any && n > 1;
        out[l] = (struct facet_sparseness){
            .treves_rolls = any ? a : NAN,
            .vinje_gallant = several ? (1 - a) / (1 - 1 / count) : NAN,
            .hoyer = several ? (root - s.absolute[l] / sqrt(s.squares[l])) / (root - 1) : NAN,
            .gini = any ? 1 - 2 * s.ranked[l] / (s.absolute[l] * count) : NAN,
            .kurtosis = m2 > 0 ? s.m4[l] / count / (m2 * m2) - 3 : NAN,
        };
    }
}
