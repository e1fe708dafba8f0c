/* stats/tests: many tests at once, and tests by permutation.
 *
 *     facet_fdr(p, count, q);                      // selective: q < 0.05
 *
 *     facet_permute(rng, list, n, m);              // list[0 .. m - 1]: a random target
 *     more += statistic(list, m) >= observed;
 *     p = facet_permutation_p(more, permutations);
 */
#ifndef FACET_STATS_TESTS_H
#define FACET_STATS_TESTS_H

#include "base/error.h"

#include <gsl/gsl_rng.h>
#include <stddef.h>
#include <stdint.h>

/* q of Benjamini and Hochberg (1995): of `count` p, the least false discovery rate at which each is
 * rejected, min over j >= rank of p_(j) tests / j, at most 1. NaN p are no tests and have q NaN. */
int facet_fdr(const double *p, size_t count, double *q);

/* Puts a random set of m of the n elements first (Fisher and Yates, in part). */
void facet_permute(gsl_rng *rng, uint32_t *list, size_t n, size_t m);

/* (more + 1) / (permutations + 1): valid, never 0 (Phipson and Smyth 2010). */
double facet_permutation_p(uint64_t more, uint64_t permutations);

#endif
