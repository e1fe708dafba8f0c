#include "stats/bootstrap.h"

#include "base/rng.h"
#include "stats/clones.h"
#include "stats/quantile.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void draw(gsl_rng *rng, uint64_t seed, uint64_t replicate, size_t clusters,
                 uint32_t *weights)
{
    facet_rng_restart(rng, seed, facet_rng_stream("bootstrap") + replicate);
    memset(weights, 0, clusters * sizeof *weights);
    for (size_t i = 0; i < clusters; i++)
        weights[(size_t)(gsl_rng_uniform(rng) * (double)clusters)]++;
}

int facet_bootstrap_draw(uint64_t seed, uint64_t replicate, size_t clusters, uint32_t *weights)
{
    gsl_rng *rng = facet_rng_new(seed, 0);
    if (rng == NULL) return FACET_ENOMEM;
    draw(rng, seed, replicate, clusters, weights);
    gsl_rng_free(rng);
    return FACET_OK;
}

FACET_CLONES
static void weigh(const double *restrict sums, const uint32_t *restrict weights, size_t clusters,
                  size_t width, double *restrict out)
{
    for (size_t k = 0; k < width; k++) out[k] = 0;
    for (size_t i = 0; i < clusters; i++) {
        double w = (double)weights[i];
        if (weights[i] == 0) continue;
        for (size_t k = 0; k < width; k++) out[k] += w * sums[i * width + k];
    }
}

/* `terms` (count, width, 2): a value, 0 for NaN, and whether it is one. Without branches: which
 * pairs a resample holds cannot be predicted. */
struct pairs {
    const uint32_t *first, *second;
    double *terms;
    size_t count;
};

/* `sums` has room for 2 * width values. */
static void weigh_pairs(const struct pairs *p, const uint32_t *weights, size_t width, double *sums,
                        double *out)
{
    for (size_t i = 0; i < 2 * width; i++) sums[i] = 0;
    for (size_t k = 0; k < p->count; k++) {
        uint32_t a = p->first[k], b = p->second[k];
        double w = (double)weights[a] * (double)(a == b ? 1 : weights[b]);
        for (size_t i = 0; i < 2 * width; i++) sums[i] += w * p->terms[2 * width * k + i];
    }
    for (size_t i = 0; i < width; i++)
        out[i] = sums[2 * i + 1] > 0 ? sums[2 * i] / sums[2 * i + 1] : NAN;
}

/* Exactly one of `sums` and `pairs` is given. */
static int resample(const double *sums, size_t width, const struct pairs *pairs, size_t clusters,
                    size_t replicates, uint64_t seed, int threads, double *out)
{
    int failed = 0;
    if ((size_t)threads > replicates) threads = (int)replicates;
#pragma omp parallel num_threads(threads) reduction(| : failed)
    {
        gsl_rng *rng = facet_rng_new(seed, 0);
        uint32_t *weights = facet_alloc(clusters, sizeof *weights, "bootstrap");
        double *scratch = facet_alloc(2 * width, sizeof *scratch, "bootstrap");
        failed = rng == NULL || weights == NULL || scratch == NULL;
#pragma omp for schedule(static)
        for (size_t r = 0; r < replicates; r++) {
            if (failed) continue;
            draw(rng, seed, r, clusters, weights);
            if (sums != NULL)
                weigh(sums, weights, clusters, width, out + r * width);
            else
                weigh_pairs(pairs, weights, width, scratch, out + r * width);
        }
        if (rng != NULL) gsl_rng_free(rng);
        free(weights);
        free(scratch);
    }
    return failed ? facet_fail(FACET_ENOMEM, "bootstrap: no memory for %zu clusters", clusters)
                  : FACET_OK;
}

int facet_bootstrap_sums(const double *sums, size_t clusters, size_t width, size_t replicates,
                         uint64_t seed, int threads, double *out)
{
    return resample(sums, width, NULL, clusters, replicates, seed, threads, out);
}

int facet_bootstrap_pairs(const uint32_t *first, const uint32_t *second, const double *d,
                          size_t pairs, size_t width, size_t clusters, size_t replicates,
                          uint64_t seed, int threads, double *out)
{
    struct pairs p = {first, second, NULL, pairs};
    p.terms = facet_alloc(pairs * width, 2 * sizeof *p.terms, "bootstrap");
    if (p.terms == NULL) return FACET_ENOMEM;
    for (size_t i = 0; i < pairs * width; i++)
        if (!isnan(d[i])) p.terms[2 * i] = d[i], p.terms[2 * i + 1] = 1;
    int code = resample(NULL, width, &p, clusters, replicates, seed, threads, out);
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
