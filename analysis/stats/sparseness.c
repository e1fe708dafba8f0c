#include "stats/sparseness.h"

#include "base/clones.h"

#include <math.h>
#include <string.h>

enum { LANES = FACET_SPARSENESS_LANES };

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
            s.absolute[l] += v < 0 ? -v : v;
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

FACET_CLONES
static void exchange(int32_t *restrict a, int32_t *restrict b, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        int32_t low = a[i] < b[i] ? a[i] : b[i];
        int32_t high = a[i] < b[i] ? b[i] : a[i];
        a[i] = low;
        b[i] = high;
    }
}

/* Compares k with k + distance for all k whose bit p equals r. */
static void exchange_all(int32_t *a, size_t n, size_t p, size_t r, size_t distance)
{
    for (size_t k = r; k + distance < n; k += 2 * p) {
        size_t run = n - distance - k < p ? n - distance - k : p;
        exchange(a + k * LANES, a + (k + distance) * LANES, run * LANES);
    }
}

static void sort_lanes(int32_t *a, size_t n)
{
    size_t top = 1;
    if (n < 2) return;
    while (2 * top < n) top *= 2;
    for (size_t p = top; p > 0; p /= 2) {
        size_t r = 0, distance = p;
        for (size_t q = top;; q /= 2) {
            exchange_all(a, n, p, r, distance);
            if (q == p) break;
            distance = q - p;
            r = p;
        }
    }
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
    magnitudes(x, n * LANES, (int32_t *)work);
    sort_lanes((int32_t *)work, n);
    rank_lanes(work, n, &s);
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

void facet_sparseness_of(const float *x, size_t n, uint32_t *work, struct facet_sparseness *out)
{
    struct facet_sparseness all[LANES];
    float *lanes = (float *)(work + n * LANES);
    for (size_t i = 0; i < n * LANES; i++) lanes[i] = 0;
    for (size_t j = 0; j < n; j++) lanes[j * LANES] = x[j];
    facet_sparseness_lanes(lanes, n, work, all);
    *out = all[0];
}
