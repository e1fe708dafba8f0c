/* targets/interval: how sure a balanced accuracy is, by what was told right of each image.
 *
 *     facet_targets_interval(targets, target, right, judged, seed, threads, &low, &high);
 */
#ifndef FACET_TARGETS_INTERVAL_H
#define FACET_TARGETS_INTERVAL_H

#include "targets/targets.h"

/* 95 % percentile interval of the mean share of the target's and the rest's images that are told
 * right, 1,000 replicates: for an attribute over identities (an image of nobody known is one of its
 * own), for a person over images. right [images]: in how many of judged [images] splits; images
 * judged in none are left out. Both NaN where there are none. */
int facet_targets_interval(const struct facet_targets *targets, const struct facet_target *target,
                           const double *right, const uint32_t *judged, uint64_t seed, int threads,
                           double *low, double *high);

#endif
