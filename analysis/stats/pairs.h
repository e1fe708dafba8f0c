/* stats/pairs: a random set of distinct pairs, within clusters or between them.
 *
 * Items are grouped by cluster; every unordered pair of the kind asked for has a rank, and ranks
 * are drawn without replacement, each set equally likely: all pairs where there are no more than
 * `limit`. Memory is 12 bytes an item and 8 a pair, whatever the number of possible pairs.
 *
 *     struct facet_pairs *pairs;
 *     facet_pairs_sample(&pairs, cluster, items, FACET_PAIRS_WITHIN, 10000, seed);
 *     for (k = 0; k < pairs->count; k++) use(pairs->first[k], pairs->second[k]);
 *     facet_pairs_free(&pairs);
 */
#ifndef FACET_STATS_PAIRS_H
#define FACET_STATS_PAIRS_H

#include "base/error.h"

#include <stddef.h>
#include <stdint.h>

enum facet_pairs_relation { FACET_PAIRS_WITHIN, FACET_PAIRS_BETWEEN };

struct facet_pairs {
    size_t count;
    double possible;          /* how many pairs there are */
    uint32_t *first, *second; /* [count] items */
};

/* cluster (items): 0 .. clusters - 1 (any order), or negative: the item takes no part. */
int facet_pairs_sample(struct facet_pairs **pairs, const int32_t *cluster, size_t items,
                       enum facet_pairs_relation relation, size_t limit, uint64_t seed);
void facet_pairs_free(struct facet_pairs **pairs); /* NULL-safe */

#endif
