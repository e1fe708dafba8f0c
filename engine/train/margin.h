/* train/margin: the margin of the verification signal.
 *
 * The paper doesn't learn m by gradient: it is the threshold on distances that makes the fewest
 * verification errors on recent training pairs. Here these are the last `capacity` genuine and the
 * last `capacity` impostor pairs.
 *
 * A batch of P people with K images each has about K P / (K - 1) impostor pairs for every genuine
 * one. Were all of them kept, the impostors would reach back over fewer steps than the genuine
 * pairs, and the two kinds would show different states of the network. So a batch gives equally
 * many pairs of both kinds: all of the rarer kind, and of the other as many, drawn at random,
 * every set of them alike probable. Batch number b (from 0) draws from the stream ("margin", b) of
 * base/rng, whatever the distances: the margins of all layers see the same pairs, and a run that
 * goes on draws what it would have drawn.
 *
 *     facet_margin_new(&margin, 10000);
 *     facet_loss_verification(n, width, features, labels, m, weight, gradient, distances, &v);
 *     facet_margin_add(margin, n, labels, distances);
 *     m = facet_margin_find(margin, &error);
 *     facet_margin_free(&margin);
 */
#ifndef FACET_TRAIN_MARGIN_H
#define FACET_TRAIN_MARGIN_H

#include "base/error.h"

#include <stddef.h>
#include <stdint.h>

#define FACET_MARGIN_MOST 16777216 /* 2^24, the largest capacity */

struct facet_margin;

/* Room for `capacity` pairs of each kind, 1 .. FACET_MARGIN_MOST; 40 bytes for each. */
int facet_margin_new(struct facet_margin **margin, size_t capacity);
void facet_margin_free(struct facet_margin **margin); /* NULL-safe */

/* Pairs held of each kind; there are always as many of one as of the other. */
size_t facet_margin_pairs(const struct facet_margin *margin);

/* The pairs of one batch: labels (n), distances (n (n - 1) / 2) in the order (0,1), (0,2), ..
 * (n-2,n-1) of facet_loss_verification(). Distances that are not finite are left out. A batch
 * without pairs of one kind adds nothing. */
void facet_margin_add(struct facet_margin *margin, size_t n, const int32_t *labels,
                      const float *distances);

/* The threshold with the least mean of the share of accepted impostors and the share of rejected
 * genuine pairs, where a pair is accepted if its distance is below the threshold: a midpoint
 * between two neighbouring distinct distances, or (where nothing is better than to accept none)
 * the smallest distance. Among equally good ones the smallest; the comparison is exact. *error,
 * unless NULL, receives that mean. Both are NaN as long as there are no pairs. Sorts the pairs:
 * n log n; not from two threads at once. */
double facet_margin_find(const struct facet_margin *margin, double *error);

/* The state as floats, for a checkpoint: facet_margin_state_size() of them, 2 capacity + 5. A
 * margin of the same capacity that reads them goes on to the same bits. Reading fails with
 * FACET_EFORMAT where `count` is of another capacity or a value is one that was never written, and
 * changes nothing then. */
size_t facet_margin_state_size(const struct facet_margin *margin);
void facet_margin_export(const struct facet_margin *margin, float *state);
int facet_margin_import(struct facet_margin *margin, const float *state, size_t count);

#endif
