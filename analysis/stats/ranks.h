/* stats/ranks: a variable's observations in order, with ties, found once and used for every
 * question that is asked of the order alone.
 *
 *     facet_ranks_new(&ranks, images);
 *     facet_ranks_of(ranks, column);               // again for each variable
 *     for (g = 0, k = 0; g < ranks->groups; g++)
 *         for (; k < ranks->end[g]; k++) use(ranks->order[k]);   // equal values together
 *     facet_ranks_free(&ranks);
 *
 * Floats are sorted by their bits, 11 at a time (LSD radix sort): O(n), and no comparison depends
 * on the data. Zeros of both signs are equal.
 */
#ifndef FACET_STATS_RANKS_H
#define FACET_STATS_RANKS_H

#include "base/error.h"

#include <stddef.h>
#include <stdint.h>

struct facet_ranks {
    size_t n, groups;
    uint32_t *order; /* [n] observations by ascending value, equal ones by their number */
    uint32_t *end;   /* [groups] place in that order behind each group of equal values */
    uint64_t *keys;  /* room for sorting: 2 n */
};

/* For variables of n < 2^31 observations. */
int facet_ranks_new(struct facet_ranks **ranks, size_t n);
void facet_ranks_free(struct facet_ranks **ranks); /* NULL-safe */

/* x (n), without NaN. */
void facet_ranks_of(struct facet_ranks *ranks, const float *x);

/* Midranks among the observations with label >= 0, times two to stay whole: twice (n), 2 for the
 * lowest if it is alone; 0 for the others. label NULL: among all. */
void facet_ranks_twice(const struct facet_ranks *ranks, const int8_t *label, uint32_t *twice);

#endif
