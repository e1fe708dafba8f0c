/* model/discriminant: Fisher's linear discriminant of two classes that weigh the same, of all
 * features, of some, or without some:
 *
 *     w = C^-1 (m1 - m0),   C = S + r tr(S) / d I,   positive: w x > w (m1 + m0) / 2
 *
 * with the classes' means m, the sum S of their covariances (divisor n) and d features in all
 * (Fisher 1936; the ridge as in Friedman 1989). Means and C are found once; those of some features
 * are parts of them.
 *
 *     facet_discriminant_new(&d, x, width, list, n, label, 0.01, threads);
 *     positive = sum d->weight[k] x[k] + d->weight[width] > 0;
 *     facet_discriminant_without(d, order, count, room, weight);
 *     facet_discriminant_free(&d);
 *
 * Weights come for all features, width + 1 of them: zero for those that take no part, the constant
 * last. Several threads may ask at once, each with a room (width + 2, width) of its own.
 */
#ifndef FACET_MODEL_DISCRIMINANT_H
#define FACET_MODEL_DISCRIMINANT_H

#include "base/error.h"

#include <stddef.h>
#include <stdint.h>

struct facet_discriminant {
    size_t width;
    double *mean;       /* (2, width) of labels 0 and 1 */
    double *covariance; /* (width, width) C */
    double *inverse;    /* (width, width) C^-1 */
    double *weight;     /* [width + 1] of all features */
};

/* Of the n rows list[] of x (.., width) with their labels, label[list[i]] 0 or 1, both of which
 * must be there. Same bits for any number of threads. FACET_EINVAL: C is not positive definite,
 * which only happens without a ridge. */
int facet_discriminant_new(struct facet_discriminant **discriminant, const float *x, size_t width,
                           const size_t *list, size_t n, const int8_t *label, double ridge,
                           int threads);
void facet_discriminant_free(struct facet_discriminant **discriminant); /* NULL-safe */

/* Of the first sizes[k] features of an order, sizes ascending from 1: weights (count, width + 1).
 * One decomposition serves all: that of the first features is a part of it. */
void facet_discriminant_of(const struct facet_discriminant *discriminant, const uint32_t *order,
                           const size_t *sizes, size_t count, double *room, double *weights);

/* Without the first `count` of an order of all features: weight (width + 1), all zero if none is
 * left. Where few are left out, C^-1 is cut down (a partitioned inverse). */
void facet_discriminant_without(const struct facet_discriminant *discriminant,
                                const uint32_t *order, size_t count, double *room, double *weight);

#endif
