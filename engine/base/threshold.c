#include "base/threshold.h"

#include <math.h>
#include <stdlib.h>

static int ascending(const void *a, const void *b)
{
    double x = ((const struct facet_scored *)a)->distance;
    double y = ((const struct facet_scored *)b)->distance;
    return (x > y) - (x < y);
}

void facet_threshold_sort(struct facet_scored *pairs, size_t n)
{
    qsort(pairs, n, sizeof *pairs, ascending);
}

double facet_threshold_between(double low, double high)
{
    double middle = low + (high - low) / 2;
    return middle > low && middle < high ? middle : high;
}

double facet_threshold_best(const struct facet_scored *sorted, size_t n, int without,
                            const uint64_t cost[2], uint64_t *least)
{
    double last = NAN, best = NAN; /* distance of the pair before; best threshold */
    uint64_t now = 0, lowest = 0;  /* cost of a threshold just above `last`; of the best */
    for (size_t i = 0; i < n; i++)
        if (sorted[i].fold != without && sorted[i].same) now += cost[1];
    for (size_t i = 0; i < n; i++) {
        const struct facet_scored *pair = &sorted[i];
        if (pair->fold == without) continue;
        if (isnan(last)) {
            best = pair->distance;
            lowest = now;
        } else if (pair->distance > last && now < lowest) {
            best = facet_threshold_between(last, pair->distance);
            lowest = now;
        }
        last = pair->distance;
        now = pair->same ? now - cost[1] : now + cost[0];
    }
    if (!isnan(last) && now < lowest) {
        best = nextafter(last, INFINITY);
        lowest = now;
    }
    *least = lowest;
    return best;
}
