/* stats/moments: count, mean, variance, mean square, least and greatest value of many variables at
 * once, in one pass over their observations.
 *
 * Every tile of observations gets its own mean and sum of squared deviations (two passes over a
 * tile that lies in the cache); tiles are joined by the pairwise update of Chan, Golub and LeVeque
 * (1979): M2 = M2a + M2b + d^2 na nb / n, mean = mean_a + d nb / n, with d = mean_b - mean_a. All
 * in double; no cancellation however far the mean is from zero.
 *
 *     struct facet_moments *m;
 *     facet_moments_new(&m, 512);
 *     facet_moments_add(m, 0, block, rows, 512);       // again and again
 *     double sd = sqrt(facet_moments_variance(m, 17));
 *     facet_moments_free(&m);
 *
 * The result depends on how the observations are cut into calls only in rounding; the same cuts
 * give the same bits. Different variables may be added to from different threads at once.
 */
#ifndef FACET_STATS_MOMENTS_H
#define FACET_STATS_MOMENTS_H

#include "base/error.h"

#include <stddef.h>
#include <stdint.h>

struct facet_moments {
    size_t width;
    uint64_t *n;     /* [width] observations */
    double *mean;    /* [width] */
    double *m2;      /* [width] sum of squared deviations from the mean */
    double *squares; /* [width] sum of squares */
    float *low;      /* [width] least value; +infinity without observations */
    float *high;     /* [width] greatest value; -infinity without observations */
};

int facet_moments_new(struct facet_moments **moments, size_t width);
void facet_moments_free(struct facet_moments **moments); /* NULL-safe */

/* Adds x (rows, width) row-major to the variables first .. first + width - 1. Nonzero if a value
 * was NaN or infinite; the sums of that variable are then not finite either. */
int facet_moments_add(struct facet_moments *moments, size_t first, const float *x, size_t rows,
                      size_t width);

/* Sample variance M2 / (n - 1); NaN for n < 2. */
double facet_moments_variance(const struct facet_moments *moments, size_t variable);

/* Treves-Rolls sparseness of the variable over its observations, (mean r)^2 / mean r^2 (lifetime
 * sparseness; Treves and Rolls 1991); NaN if all observations are zero or there are none. */
double facet_moments_treves_rolls(const struct facet_moments *moments, size_t variable);

#endif
