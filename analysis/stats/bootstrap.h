/* stats/bootstrap: percentile intervals by resampling clusters (identities), not observations.
 *
 * Replicate r draws as many clusters as there are, with replacement; cluster i is then drawn w_i
 * times (multinomial). A statistic that is a function of sums over observations needs only each
 * cluster's sums: its replicate is the same function of sum_i w_i sums_i (Davison and Hinkley 1997,
 * section 3.8, resampling of clusters). The draws of a replicate depend on seed and number of
 * clusters alone, not on threads, and are the same for every statistic.
 *
 *     facet_bootstrap_new(&bootstrap, identities, 1000, seed, threads);
 *     facet_bootstrap_sums(bootstrap, sums, width, out);  // (1000, width)
 *     for (r = 0; r < 1000; r++) mean[r] = out[r * width + 1] / out[r * width];
 *     facet_bootstrap_interval(mean, 1000, 0.95, &low, &high);
 *     facet_bootstrap_free(&bootstrap);
 */
#ifndef FACET_STATS_BOOTSTRAP_H
#define FACET_STATS_BOOTSTRAP_H

#include "base/error.h"

#include <stddef.h>
#include <stdint.h>

/* How often each cluster is drawn in a replicate: weights (clusters). */
int facet_bootstrap_draw(uint64_t seed, uint64_t replicate, size_t clusters, uint32_t *weights);

struct facet_bootstrap;

/* The draws of all replicates, kept for all statistics where they fit into 64 MiB (2 bytes for each
 * cluster and replicate), else made anew for each. */
int facet_bootstrap_new(struct facet_bootstrap **bootstrap, size_t clusters, size_t replicates,
                        uint64_t seed, int threads);
void facet_bootstrap_free(struct facet_bootstrap **bootstrap); /* NULL-safe */

/* sums (clusters, width) -> out (replicates, width), the sums over each resample. */
int facet_bootstrap_sums(const struct facet_bootstrap *bootstrap, const double *sums, size_t width,
                         double *out);

/* Means over pairs of clusters, the pairs weighted by the product of both clusters' draws (Owen
 * 2007, the pigeonhole bootstrap), a pair within one cluster by its draws. Pair k joins clusters
 * first[k] and second[k] and has the values d[k * width ..]; NaN values are left out, each of its
 * own mean. out (replicates, width), NaN where a resample holds no pair. */
int facet_bootstrap_pairs(const struct facet_bootstrap *bootstrap, const uint32_t *first,
                          const uint32_t *second, const double *d, size_t pairs, size_t width,
                          double *out);

/* Percentile interval of `level` from the replicates: sorts `values`, NaN ones are left out; type 7
 * quantiles. Both NaN with fewer than two values. */
void facet_bootstrap_interval(double *values, size_t count, double level, double *low,
                              double *high);

#endif
