/* stats/selectivity: indices of how a variable's values on a target differ from those on the rest.
 *
 *     facet_part_of(x, target, n, &on);
 *     facet_part_of(x, rest, m, &off);
 *     d = facet_d_prime(&on, &off);
 */
#ifndef FACET_STATS_SELECTIVITY_H
#define FACET_STATS_SELECTIVITY_H

#include <stddef.h>
#include <stdint.h>

struct facet_part {
    size_t n;
    double mean, sd; /* divisor n - 1; NaN for n < 2; mean NaN for n = 0 */
};

/* Mean and standard deviation of the n values x[index[i]], two passes in double: exactly 0 where
 * they are equal. */
void facet_part_of(const float *x, const uint32_t *index, size_t n, struct facet_part *part);

/* (mean1 - mean0) / sqrt((sd1^2 + sd0^2) / 2) (Green and Swets 1966). NaN where both are constant,
 * or one has fewer than two values. */
double facet_d_prime(const struct facet_part *target, const struct facet_part *rest);

/* (mean1 - mean0) / (mean1 + mean0) of means that are not negative: the class selectivity index of
 * Morcos et al. (ICLR 2018) for this target instead of the class with the greatest mean; -1 active
 * on the rest alone, 1 on the target alone. NaN where a mean is negative or both are zero. */
double facet_class_selectivity(const struct facet_part *target, const struct facet_part *rest);

/* Mutual information in bits of `bins` responses and the two classes: counts (bins, 2). The bias of
 * the plug-in estimate, (used bins - 1) / (2 n ln 2) (Miller 1955; Panzeri and Treves 1996), is
 * taken off, so that values of unrelated variables lie around zero, on both sides. NaN without
 * observations. */
double facet_mutual_information(const uint64_t (*counts)[2], size_t bins);

#endif
