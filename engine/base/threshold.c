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

void facet_threshold_begin(struct facet_threshold_search *search, const uint64_t cost[2],
                           uint64_t genuine)
{
    *search = (struct facet_threshold_search){
        .cost = {cost[0], cost[1]}, .now = genuine * cost[1], .last = NAN, .best = NAN};
}

void facet_threshold_add(struct facet_threshold_search *s, double distance, int same)
{
    if (isnan(s->last)) {
        s->best = distance;
        s->least = s->now;
    } else if (distance > s->last && s->now < s->least) {
        s->best = facet_threshold_between(s->last, distance);
        s->least = s->now;
    }
    s->last = distance;
    s->now = same ? s->now - s->cost[1] : s->now + s->cost[0];
}

double facet_threshold_end(struct facet_threshold_search *s, uint64_t *least)
{
    if (!isnan(s->last) && s->now < s->least) {
        s->best = nextafter(s->last, INFINITY);
        s->least = s->now;
    }
    *least = s->least;
    return s->best;
}

double facet_threshold_best(const struct facet_scored *sorted, size_t n, int without,
                            const uint64_t cost[2], uint64_t *least)
{
    struct facet_threshold_search search;
    uint64_t genuine = 0;
    for (size_t i = 0; i < n; i++) genuine += sorted[i].fold != without && sorted[i].same;
    facet_threshold_begin(&search, cost, genuine);
    for (size_t i = 0; i < n; i++)
        if (sorted[i].fold != without)
            facet_threshold_add(&search, sorted[i].distance, sorted[i].same);
    return facet_threshold_end(&search, least);
}
