#include "stats/roc.h"

#include "base/scratch.h"
#include "base/threshold.h"

#include <assert.h>
#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdlib.h>

const double facet_roc_rates[FACET_ROC_RATES] = {1e-1, 1e-2, 1e-3, 1e-4};

/* ---- pairs in order ---- */

int facet_roc_new(struct facet_roc **roc, size_t count)
{
    struct facet_roc *r = facet_alloc(1, sizeof *r, "curve");
    if (r == NULL) return FACET_ENOMEM;
    r->count = count;
    r->pairs = facet_scratch_alloc(count, sizeof *r->pairs, "scores");
    if (r->pairs == NULL) {
        free(r);
        return FACET_ENOMEM;
    }
    *roc = r;
    return FACET_OK;
}

void facet_roc_free(struct facet_roc **roc)
{
    if (*roc == NULL) return;
    facet_scratch_free((*roc)->pairs);
    free(*roc);
    *roc = NULL;
}

static int check(struct facet_roc *r)
{
    r->kinds[0] = r->kinds[1] = 0;
    for (size_t k = 0; k < r->count; k++) {
        if (!isfinite(r->pairs[k].score))
            return facet_fail(FACET_EFORMAT, "scores: that of pair %zu is %f, expected a number", k,
                              r->pairs[k].score);
        r->kinds[r->pairs[k].same]++;
    }
    if (r->kinds[0] == 0 || r->kinds[1] == 0)
        return facet_fail(FACET_EINVAL,
                          "scores: %zu genuine and %zu impostor pairs, expected some of both",
                          r->kinds[1], r->kinds[0]);
    return FACET_OK;
}

static int descending(const void *a, const void *b)
{
    const double x = ((const struct facet_roc_pair *)a)->score;
    const double y = ((const struct facet_roc_pair *)b)->score;
    return (x < y) - (x > y);
}

/* The curve has a point behind pair i. */
static int is_point(const struct facet_roc *r, size_t i)
{
    return i + 1 == r->count || r->pairs[i].score != r->pairs[i + 1].score;
}

int facet_roc_sort(struct facet_roc *roc)
{
    int code = check(roc);
    if (code == FACET_OK)
        code = facet_scratch_sort(roc->pairs, roc->count, sizeof *roc->pairs, descending);
    if (code < 0) return code;
    roc->points = 1;
    for (size_t i = 0; i < roc->count; i++) roc->points += (size_t)is_point(roc, i);
    return FACET_OK;
}

/* ---- measures ---- */

void facet_roc_walk_begin(struct facet_roc_walk *walk, const double weight[2])
{
    *walk = (struct facet_roc_walk){
        .weight = {weight[0], weight[1]}, .gap = 1, .measures = {.auc = NAN, .eer = NAN}};
    for (int i = 0; i < FACET_ROC_RATES; i++)
        walk->measures.tpr[i] = weight[0] > 0 && weight[1] > 0 ? 0 : NAN;
}

/* A point of the curve. All sums are of whole numbers, and the area is exact. */
static void pass_point(struct facet_roc_walk *w)
{
    const double fpr = w->accepted[0] / w->weight[0], tpr = w->accepted[1] / w->weight[1];
    w->area += (w->accepted[0] - w->before[0]) * (w->accepted[1] + w->before[1]);
    if (w->gap > 0) {
        const double gap = 1 - tpr - fpr, low = w->before[0] / w->weight[0];
        if (gap <= 0) w->measures.eer = low + w->gap / (w->gap - gap) * (fpr - low);
        w->gap = gap;
    }
    for (int i = 0; i < FACET_ROC_RATES && fpr <= facet_roc_rates[i]; i++) w->measures.tpr[i] = tpr;
    for (int s = 0; s < 2; s++) w->before[s] = w->accepted[s];
}

void facet_roc_walk_on(struct facet_roc_walk *walk, const struct facet_roc *roc, size_t from,
                       size_t to, const uint32_t *draws)
{
    struct facet_roc_walk w = *walk;
    for (size_t i = from; i < to; i++) {
        const struct facet_roc_pair *pair = &roc->pairs[i];
        const double weight = draws == NULL ? 1 : facet_roc_weight(pair, draws);
        w.accepted[0] += pair->same ? 0 : weight; /* both, to stay in registers */
        w.accepted[1] += pair->same ? weight : 0;
        if (is_point(roc, i)) pass_point(&w);
    }
    if (to == roc->count) w.measures.auc = w.area / 2 / (w.weight[0] * w.weight[1]);
    *walk = w;
}

void facet_roc_measure(const struct facet_roc *roc, struct facet_roc_measures *measures)
{
    struct facet_roc_walk walk;
    facet_roc_walk_begin(&walk, (const double[2]){(double)roc->kinds[0], (double)roc->kinds[1]});
    facet_roc_walk_on(&walk, roc, 0, roc->count, NULL);
    *measures = walk.measures;
}

/* ---- thresholds ---- */

static int may_choose(const struct facet_roc_pair *pair, int without, const uint8_t *barred)
{
    return pair->fold != without &&
           (barred == NULL || (!barred[pair->first] && !barred[pair->second]));
}

void facet_roc_threshold(const struct facet_roc *roc, int without, const uint8_t *barred,
                         struct facet_roc_choice *choice)
{
    const struct facet_roc_pair *pairs = roc->pairs;
    struct facet_threshold_search search;
    uint64_t wrong;
    *choice = (struct facet_roc_choice){0};
    for (size_t i = 0; i < roc->count; i++)
        if (may_choose(&pairs[i], without, barred)) choice->kinds[pairs[i].same]++;
    facet_threshold_begin(&search, (const uint64_t[2]){1, 1}, choice->kinds[1]);
    for (size_t i = 0; i < roc->count; i++)
        if (may_choose(&pairs[i], without, barred))
            facet_threshold_add(&search, 0 - pairs[i].score, pairs[i].same);
    choice->threshold = 0 - facet_threshold_end(&search, &wrong);
    const size_t n = choice->kinds[0] + choice->kinds[1];
    choice->accuracy = (double)(n - wrong) / (double)n;
}

/* ---- a table ---- */

/* The point behind the first `count` pairs, of which `accepted` are of either kind. Distances are
 * 0 - score: no threshold of -0. */
static struct facet_roc_point point_at(const struct facet_roc *r, size_t count,
                                       const size_t accepted[2])
{
    const struct facet_roc_pair *next = r->pairs + count, *last = next - 1;
    struct facet_roc_point point = {.fpr = (double)accepted[0] / (double)r->kinds[0],
                                    .tpr = (double)accepted[1] / (double)r->kinds[1]};
    if (count == 0)
        point.threshold = next->score;
    else if (count < r->count)
        point.threshold = 0 - facet_threshold_between(0 - last->score, 0 - next->score);
    else
        point.threshold = nextafter(last->score, -INFINITY);
    return point;
}

size_t facet_roc_thin(const struct facet_roc *roc, size_t limit, struct facet_roc_point *points)
{
    size_t kept = 0, step = 0, accepted[2] = {0, 0};
    assert(limit >= 2);
    for (size_t count = 0; count <= roc->count; count++) {
        if (count > 0) accepted[roc->pairs[count - 1].same]++;
        if (count > 0 && !is_point(roc, count - 1)) continue;
        const struct facet_roc_point point = point_at(roc, count, accepted);
        const double at = point.fpr + point.tpr, steps = (double)(limit - 1);
        if (count < roc->count && roc->points > limit && at < 2 * (double)step / steps) continue;
        points[kept++] = point;
        while (2 * (double)step / steps <= at) step++;
    }
    return kept;
}

double facet_roc_deviate(double rate)
{
    return gsl_cdf_ugaussian_Pinv(rate);
}
