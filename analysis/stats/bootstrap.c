#include "stats/bootstrap.h"

#include "base/clones.h"
#include "base/rng.h"
#include "stats/quantile.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Replicates that are summed side by side, and columns of sums that are summed at a time:
 * the sums of a group stay in AVX-512's registers. */
enum { LANES = 32, COLUMNS = 4 };
enum { SOON = 8 }; /* pairs ahead whose weights, which lie anywhere, are asked for */

#define KEPT_BYTES ((size_t)64 << 20)

struct facet_bootstrap {
    size_t clusters, replicates;
    uint64_t seed;
    int threads;
    uint16_t *kept; /* (groups, clusters, LANES) draws; NULL: too many to be kept */
};

/* How often each cluster is drawn, at weights[i * stride]. A cluster is drawn more than 65,535
 * times with a probability of less than 1 / 65,536!. */
static void draw(gsl_rng *rng, uint64_t seed, uint64_t replicate, size_t clusters,
                 uint16_t *weights, size_t stride)
{
    facet_rng_restart(rng, seed, facet_rng_stream("bootstrap") + replicate);
    for (size_t i = 0; i < clusters; i++) weights[i * stride] = 0;
    for (size_t i = 0; i < clusters; i++)
        weights[(size_t)(gsl_rng_uniform(rng) * (double)clusters) * stride]++;
}

int facet_bootstrap_draw(uint64_t seed, uint64_t replicate, size_t clusters, uint32_t *weights)
{
    gsl_rng *rng = facet_rng_new(seed, 0);
    uint16_t *drawn = facet_alloc(clusters, sizeof *drawn, "bootstrap");
    int code = rng == NULL || drawn == NULL ? FACET_ENOMEM : FACET_OK;
    if (code == FACET_OK) draw(rng, seed, replicate, clusters, drawn, 1);
    for (size_t i = 0; code == FACET_OK && i < clusters; i++) weights[i] = drawn[i];
    if (rng != NULL) gsl_rng_free(rng);
    free(drawn);
    return code;
}

/* out (LANES, COLUMNS): sums over clusters of weights (clusters, LANES) times COLUMNS columns of
 * `sums`, each in the order of the clusters. */
FACET_CLONES
static void weigh(const double *restrict sums, const uint16_t *restrict weights, size_t clusters,
                  size_t stride, double *restrict out)
{
    double sum[COLUMNS][LANES] = {{0}};
    for (size_t i = 0; i < clusters; i++) {
        const double *row = sums + i * stride;
        for (size_t l = 0; l < LANES; l++) {
            double w = (double)weights[i * LANES + l];
            for (int k = 0; k < COLUMNS; k++) sum[k][l] += w * row[k];
        }
    }
    for (int k = 0; k < COLUMNS; k++)
        for (int l = 0; l < LANES; l++) out[l * COLUMNS + k] = sum[k][l];
}

/* `terms` (count, width, 2): a value, 0 for NaN, and whether it is one. Without branches: which
 * pairs a resample holds cannot be predicted. */
struct pairs {
    const uint32_t *first, *second;
    double *terms;
    size_t count;
};

/* out (width, 2, LANES): sums of the terms. */
FACET_CLONES
static void weigh_pairs(const struct pairs *p, const uint16_t *restrict weights, size_t width,
                        double *restrict out)
{
    for (size_t i = 0; i < 2 * width * LANES; i++) out[i] = 0;
    for (size_t k = 0; k < p->count; k++) {
#if defined(__GNUC__)
        size_t soon = k + SOON < p->count ? k + SOON : k;
        __builtin_prefetch(weights + (size_t)p->first[soon] * LANES, 0, 2);
        __builtin_prefetch(weights + (size_t)p->second[soon] * LANES, 0, 2);
#endif
        const uint16_t *a = weights + (size_t)p->first[k] * LANES;
        const uint16_t *b = weights + (size_t)p->second[k] * LANES;
        double w[LANES];
        for (int l = 0; l < LANES; l++) w[l] = (double)a[l] * (double)(a == b ? 1 : b[l]);
        for (size_t i = 0; i < 2 * width; i++)
            for (size_t l = 0; l < LANES; l++)
                out[i * LANES + l] += w[l] * p->terms[2 * width * k + i];
    }
}

/* A statistic of every replicate: exactly one of `sums` and `pairs` is given. */
struct statistic {
    const double *sums; /* (clusters, stride), stride a multiple of COLUMNS */
    const struct pairs *pairs;
    size_t width, stride;
    double *out; /* (replicates, width) */
};

static void resample_sums(const struct statistic *s, const uint16_t *weights, size_t clusters,
                          size_t replicate, size_t lanes)
{
    double part[LANES * COLUMNS];
    for (size_t k = 0; k < s->stride; k += COLUMNS) {
        weigh(s->sums + k, weights, clusters, s->stride, part);
        for (size_t l = 0; l < lanes; l++)
            for (size_t i = 0; i < COLUMNS && k + i < s->width; i++)
                s->out[(replicate + l) * s->width + k + i] = part[l * COLUMNS + i];
    }
}

static void resample_pairs(const struct statistic *s, const uint16_t *weights, double *scratch,
                           size_t replicate, size_t lanes)
{
    weigh_pairs(s->pairs, weights, s->width, scratch);
    for (size_t i = 0; i < s->width; i++)
        for (size_t l = 0; l < lanes; l++) {
            double total = scratch[(2 * i + 1) * LANES + l];
            s->out[(replicate + l) * s->width + i] =
                total > 0 ? scratch[2 * i * LANES + l] / total : NAN;
        }
}

static size_t groups_of(const struct facet_bootstrap *b)
{
    return (b->replicates + LANES - 1) / LANES;
}

/* Without a statistic fills `kept`. */
static int resample(const struct facet_bootstrap *b, const struct statistic *s)
{
    const size_t groups = groups_of(b), set = b->clusters * LANES;
    int failed = 0, threads = groups < (size_t)b->threads ? (int)groups : b->threads;
#pragma omp parallel num_threads(threads) reduction(| : failed)
    {
        gsl_rng *rng = facet_rng_new(b->seed, 0);
        uint16_t *drawn = b->kept == NULL ? facet_alloc(set, sizeof *drawn, "bootstrap") : NULL;
        double *scratch =
            s == NULL ? NULL : facet_alloc(s->width, 2 * LANES * sizeof *scratch, "bootstrap");
        failed =
            rng == NULL || (b->kept == NULL && drawn == NULL) || (s != NULL && scratch == NULL);
#pragma omp for schedule(static)
        for (size_t g = 0; g < groups; g++) {
            if (failed) continue;
            size_t first = g * LANES, left = b->replicates - first;
            uint16_t *weights = b->kept == NULL ? drawn : b->kept + g * set;
            for (size_t l = 0; (s == NULL || b->kept == NULL) && l < LANES; l++)
                draw(rng, b->seed, first + l, b->clusters, weights + l, LANES);
            if (s == NULL) continue;
            if (s->sums != NULL)
                resample_sums(s, weights, b->clusters, first, left < LANES ? left : LANES);
            else
                resample_pairs(s, weights, scratch, first, left < LANES ? left : LANES);
        }
        if (rng != NULL) gsl_rng_free(rng);
        free(drawn);
        free(scratch);
    }
    return failed ? facet_fail(FACET_ENOMEM, "bootstrap: no memory for %zu clusters", b->clusters)
                  : FACET_OK;
}

int facet_bootstrap_new(struct facet_bootstrap **bootstrap, size_t clusters, size_t replicates,
                        uint64_t seed, int threads)
{
    struct facet_bootstrap *b = facet_alloc(1, sizeof *b, "bootstrap");
    if (b == NULL) return FACET_ENOMEM;
    *b = (struct facet_bootstrap){clusters, replicates, seed, threads, NULL};
    int code = FACET_OK;
    if (clusters <= KEPT_BYTES / sizeof *b->kept / LANES / (groups_of(b) + 1)) {
        b->kept = facet_alloc(groups_of(b) * clusters, LANES * sizeof *b->kept, "bootstrap");
        code = b->kept == NULL ? FACET_ENOMEM : resample(b, NULL);
    }
    if (code < 0)
        facet_bootstrap_free(&b);
    else
        *bootstrap = b;
    return code;
}

void facet_bootstrap_free(struct facet_bootstrap **bootstrap)
{
    if (*bootstrap == NULL) return;
    free((*bootstrap)->kept);
    free(*bootstrap);
    *bootstrap = NULL;
}

int facet_bootstrap_sums(const struct facet_bootstrap *bootstrap, const double *sums, size_t width,
                         double *out)
{
    const size_t stride = (width + COLUMNS - 1) / COLUMNS * COLUMNS;
    double *padded = facet_alloc(bootstrap->clusters, stride * sizeof *padded, "bootstrap");
    if (padded == NULL) return FACET_ENOMEM;
    for (size_t i = 0; i < bootstrap->clusters; i++)
        memcpy(padded + i * stride, sums + i * width, width * sizeof *sums);
    const struct statistic s = {padded, NULL, width, stride, out};
    int code = resample(bootstrap, &s);
    free(padded);
    return code;
}

int facet_bootstrap_pairs(const struct facet_bootstrap *bootstrap, const uint32_t *first,
                          const uint32_t *second, const double *d, size_t pairs, size_t width,
                          double *out)
{
    struct pairs p = {first, second, NULL, pairs};
    const struct statistic s = {NULL, &p, width, 0, out};
    p.terms = facet_alloc(pairs * width, 2 * sizeof *p.terms, "bootstrap");
    if (p.terms == NULL) return FACET_ENOMEM;
    for (size_t i = 0; i < pairs * width; i++)
        if (!isnan(d[i])) p.terms[2 * i] = d[i], p.terms[2 * i + 1] = 1;
    int code = resample(bootstrap, &s);
    free(p.terms);
    return code;
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

void facet_bootstrap_interval(double *values, size_t count, double level, double *low, double *high)
{
    size_t n = 0;
    for (size_t i = 0; i < count; i++)
        if (!isnan(values[i])) values[n++] = values[i];
    qsort(values, n, sizeof *values, ascending);
    *low = n < 2 ? NAN : facet_quantile_sorted(values, n, (1 - level) / 2);
    *high = n < 2 ? NAN : facet_quantile_sorted(values, n, (1 + level) / 2);
}
