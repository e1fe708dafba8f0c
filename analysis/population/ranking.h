/* population/ranking: how much each neuron tells of each target by some of the images alone, so
 * that what is chosen there can be judged elsewhere.
 *
 *     ranking_new(&ranking, targets, splits, outside, width);
 *     ranking_add(ranking, first, count, x, threads);              // for each strip of neurons
 *     ranking_finish(ranking);                                     // q
 *     ranking_order(ranking, ranking_half(split, 0), target, order);
 *     ranking_free(&ranking);
 */
#ifndef FACET_POPULATION_RANKING_H
#define FACET_POPULATION_RANKING_H

#include "stats/auc.h"
#include "targets/targets.h"

/* Which images: all; those that stand in no pair; then two halves for each split. */
enum { RANKING_ALL, RANKING_OUTSIDE, RANKING_HALVES };

struct told {
    double auc, p, q; /* p, q NaN: a constant neuron, or no target or no rest */
};

struct ranking {
    const struct facet_targets *targets;
    size_t width, parts;
    struct facet_aucs *labels; /* parts, then targets: the target's; -1 for images of other parts */
    struct told *told;         /* (parts, targets, width) */
};

/* outside [images]: nonzero for images that stand in no pair; NULL: that part has none. */
int ranking_new(struct ranking **ranking, const struct facet_targets *targets, size_t splits,
                const uint8_t *outside, size_t width);
void ranking_free(struct ranking **ranking); /* NULL-safe */

/* x (count, images): neurons first .. first + count - 1. The same for any number of threads. */
int ranking_add(struct ranking *ranking, size_t first, size_t count, const float *x, int threads);
/* q of Benjamini and Hochberg over all neurons and targets of a part. */
int ranking_finish(struct ranking *ranking);

/* The part that is the first half of a split, or the second. */
size_t ranking_half(size_t split, int first);

/* [width] */
const struct told *ranking_told(const struct ranking *ranking, size_t part, size_t target);

/* Neurons by falling |auc - 1/2|, equal ones by number, constant ones last: order (width). */
int ranking_order(const struct ranking *ranking, size_t part, size_t target, uint32_t *order);

#endif
