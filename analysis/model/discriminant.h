/* model/discriminant: Fisher's linear discriminant of two classes that weigh the same, of all
 * features or of some of them:
 *
 *     w = (S + r tr(S) / d I)^-1 (m1 - m0),   positive: w x > w (m1 + m0) / 2
 *
 * with the classes' means m, the sum S of their covariances (divisor n) and d features (Fisher
 * 1936; the ridge as in Friedman 1989). Means and covariances are found once; those of some
 * features are parts of them.
 *
 *     facet_discriminant_new(&d, x, width, list, n, label, 0.01, threads);
 *     facet_discriminant_of(d, features, count, room, weight);
 *     positive = sum weight[k] x[features[k]] + weight[count] > 0;
 *     facet_discriminant_free(&d);
 */
#ifndef FACET_MODEL_DISCRIMINANT_H
#define FACET_MODEL_DISCRIMINANT_H

#include "base/error.h"

#include <stddef.h>
#include <stdint.h>

struct facet_discriminant {
    size_t width;
    double ridge;
    double *mean;       /* (2, width) of labels 0 and 1 */
    double *covariance; /* (width, width) S, its lower triangle */
};

/* Of the n rows list[] of x (.., width) with their labels, label[list[i]] 0 or 1, both of which
 * must be there. Same bits for any number of threads. */
int facet_discriminant_new(struct facet_discriminant **discriminant, const float *x, size_t width,
                           const size_t *list, size_t n, const int8_t *label, double ridge,
                           int threads);
void facet_discriminant_free(struct facet_discriminant **discriminant); /* NULL-safe */

/* weight [count + 1] for `features` [count] (NULL: the first `count`), the constant last. room:
 * count^2. Several threads may ask at once. FACET_EINVAL: S is not positive definite, which it can
 * only be without a ridge. */
int facet_discriminant_of(const struct facet_discriminant *discriminant, const uint32_t *features,
                          size_t count, double *room, double *weight);

#endif
