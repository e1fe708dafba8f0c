/* stats/quantile: exact quantiles of many variables in two passes over their observations, with
 * memory that doesn't depend on how many observations there are.
 *
 * A float's bits, with the sign handled, order like the float. Pass one counts the upper 16 bits of
 * every value; from that the bucket of each order statistic and its rank in the bucket are known.
 * Pass two takes the lower 16 bits of the values in those buckets alone: lists them where they are
 * few, else counts them. Exact zeros have a bucket of their own, so that a rectified variable needs
 * no second look at them. A variable takes 264 KiB of address space in pass one (only pages that
 * hold values are ever touched) and at most 256 KiB for each of up to two buckets a quantile in
 * pass two, which can be done for a part of the variables at a time.
 *
 * Quantile p of n values is type 7 of Hyndman and Fan (1996), as numpy and R compute it:
 * h = (n - 1) p, x[floor h] + (h - floor h)(x[floor h + 1] - x[floor h]), ascending, from 0.
 *
 *     static const double p[] = {0.25, 0.5, 0.75};
 *     facet_quantiles_new(&q, 512, p, 3);
 *     facet_quantiles_count(q, 0, block, rows, 512);              // pass one, every block
 *     facet_quantiles_plan(q, histogram, 64, 0, 5);
 *     for (first = 0; first < 512; first += n) {
 *         facet_quantiles_begin(q, first, 32, 64 << 20, &n);      // n variables in 64 MiB
 *         facet_quantiles_refine(q, first, part, rows, n);        // pass two, every block
 *         facet_quantiles_end(q);
 *     }
 *     median = facet_quantiles_value(q, variable, 1);
 *     facet_quantiles_free(&q);
 *
 * Values must not be NaN. Different variables may be counted from different threads at once.
 */
#ifndef FACET_STATS_QUANTILE_H
#define FACET_STATS_QUANTILE_H

#include "base/error.h"

#include <stddef.h>
#include <stdint.h>

#define FACET_QUANTILES_MAX 8

struct facet_quantiles;

/* `p` ascending in [0, 1], count <= FACET_QUANTILES_MAX; copied. */
int facet_quantiles_new(struct facet_quantiles **quantiles, size_t width, const double *p,
                        size_t count);
void facet_quantiles_free(struct facet_quantiles **quantiles); /* NULL-safe */

/* Pass one: x (rows, width) row-major, variables first .. first + width - 1. At most 2^32 - 1
 * observations of a variable. */
void facet_quantiles_count(struct facet_quantiles *quantiles, size_t first, const float *x,
                           size_t rows, size_t width);
/* Ends pass one and frees its counters. Their counts go into `histogram` (width, bins) of
 * stats/histogram between `low` and `high`, but for those buckets that an edge of a bin runs
 * through: pass two adds their values. `histogram` must stay until then; NULL: none. */
int facet_quantiles_plan(struct facet_quantiles *quantiles, uint32_t *histogram, size_t bins,
                         double low, double high);

/* Starts pass two for variables first .. first + *count - 1: as many as fit into `budget` bytes, a
 * multiple of `step` unless they are the last, and at least `step`. Refine then takes `step`
 * variables at a time, or the last ones. */
int facet_quantiles_begin(struct facet_quantiles *quantiles, size_t first, size_t step,
                          size_t budget, size_t *count);
void facet_quantiles_refine(struct facet_quantiles *quantiles, size_t first, const float *x,
                            size_t rows, size_t width);
/* Ends pass two for the variables of the last begin. */
void facet_quantiles_end(struct facet_quantiles *quantiles);

/* Quantile p[which] of a variable; NaN without observations. */
double facet_quantiles_value(const struct facet_quantiles *quantiles, size_t variable,
                             size_t which);

/* The same quantile of n doubles in ascending order; NaN for n = 0. */
double facet_quantile_sorted(const double *sorted, size_t n, double p);

#endif
