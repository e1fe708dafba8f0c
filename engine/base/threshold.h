/* base/threshold: the best threshold on the distances of genuine and impostor pairs.
 *
 * A pair is accepted (called one person) when its distance is below the threshold. Of two
 * thresholds between the same neighbouring distances none is better, so the candidates are one
 * between any neighbouring distinct distances (facet_threshold_between()), the smallest distance
 * (accepts none) and the next number above the largest (accepts all): the best of them is the best
 * there is. Training and analyses choose by this one rule.
 *
 *     facet_threshold_sort(pairs, n);
 *     double t = facet_threshold_best(pairs, n, -1, (const uint64_t[2]){1, 1}, &wrong);
 *
 * or, of pairs that come one by one, by ascending distance:
 *
 *     facet_threshold_begin(&search, (const uint64_t[2]){1, 1}, genuine);
 *     for (k = 0; k < n; k++) facet_threshold_add(&search, distance[k], same[k]);
 *     double t = facet_threshold_end(&search, &wrong);
 */
#ifndef FACET_BASE_THRESHOLD_H
#define FACET_BASE_THRESHOLD_H

#include <stddef.h>
#include <stdint.h>

struct facet_scored {
    double distance; /* finite */
    uint8_t same;    /* 1: genuine, 0: impostor */
    uint8_t fold;
};

/* By ascending distance. */
void facet_threshold_sort(struct facet_scored *pairs, size_t n);

/* The midpoint of low < high, `high` where rounding or an overflow puts it elsewhere: `low` is
 * below the threshold and `high` is not. */
double facet_threshold_between(double low, double high);

/* Threshold with the least cost over the sorted pairs that are not in fold `without` (-1: all
 * pairs): an accepted impostor costs cost[0], a rejected genuine pair cost[1]. Among equally good
 * ones the smallest. *least receives the cost; sums are of integers, hence exact (they must fit).
 * NaN and a cost of 0 without pairs. */
double facet_threshold_best(const struct facet_scored *sorted, size_t n, int without,
                            const uint64_t cost[2], uint64_t *least);

struct facet_threshold_search {
    uint64_t cost[2];
    uint64_t now, least; /* cost of a threshold just above the last pair, and of the best one */
    double last, best;
};

/* `genuine`: how many genuine pairs are to come. */
void facet_threshold_begin(struct facet_threshold_search *search, const uint64_t cost[2],
                           uint64_t genuine);
void facet_threshold_add(struct facet_threshold_search *search, double distance, int same);
double facet_threshold_end(struct facet_threshold_search *search, uint64_t *least);

#endif
