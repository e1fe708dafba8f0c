#include "stats/roc.h"

#include "base/threshold.h"

#include <assert.h>
#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdlib.h>

struct ranked {
    double score;
    uint32_t pair;
};

static int descending(const void *a, const void *b)
{
    const struct ranked *x = a, *y = b;
    if (x->score != y->score) return x->score < y->score ? 1 : -1;
    return (x->pair > y->pair) - (x->pair < y->pair);
}

static int check(const double *scores, const uint8_t *same, size_t n)
{
    size_t genuine = 0;
    if (n > UINT32_MAX) return facet_fail(FACET_ENOMEM, "scores: %zu pairs are too many", n);
    for (size_t k = 0; k < n; k++) {
        if (!isfinite(scores[k]))
            return facet_fail(FACET_EFORMAT, "scores: that of pair %zu is %f, expected a number", k,
                              scores[k]);
        genuine += same[k] != 0;
    }
    if (genuine == 0 || genuine == n)
        return facet_fail(FACET_EINVAL,
                          "scores: %zu genuine and %zu impostor pairs, expected some of both",
                          genuine, n - genuine);
    return FACET_OK;
}

static int allocate(struct facet_roc *r, size_t n)
{
    r->pairs = n;
    r->order = facet_alloc(n, sizeof *r->order, "scores");
    r->score = facet_alloc(n, sizeof *r->score, "scores");
    r->same = facet_alloc(n, sizeof *r->same, "scores");
    r->count = facet_alloc(n + 1, sizeof *r->count, "curve");
    r->threshold = facet_alloc(n + 1, sizeof *r->threshold, "curve");
    for (int s = 0; s < 2; s++)
        r->accepted[s] = facet_alloc(n + 1, sizeof *r->accepted[s], "curve");
    return r->order == NULL || r->score == NULL || r->same == NULL || r->count == NULL ||
                   r->threshold == NULL || r->accepted[0] == NULL || r->accepted[1] == NULL
               ? FACET_ENOMEM
               : FACET_OK;
}

static int sort(struct facet_roc *r, const double *scores, const uint8_t *same)
{
    struct ranked *ranked = facet_alloc(r->pairs, sizeof *ranked, "scores");
    if (ranked == NULL) return FACET_ENOMEM;
    for (size_t k = 0; k < r->pairs; k++) ranked[k] = (struct ranked){scores[k], (uint32_t)k};
    qsort(ranked, r->pairs, sizeof *ranked, descending);
    for (size_t i = 0; i < r->pairs; i++) {
        r->order[i] = ranked[i].pair;
        r->score[i] = ranked[i].score;
        r->same[i] = same[ranked[i].pair] != 0;
    }
    free(ranked);
    return FACET_OK;
}

/* Distances are 0 - score: no threshold of -0. */
static void find_points(struct facet_roc *r)
{
    const double *score = r->score;
    r->threshold[0] = score[0];
    for (size_t i = 1; i <= r->pairs; i++) {
        if (i < r->pairs && score[i] == score[i - 1]) continue;
        r->count[++r->points] = i;
        r->threshold[r->points] = i < r->pairs
                                      ? 0 - facet_threshold_between(0 - score[i - 1], 0 - score[i])
                                      : nextafter(score[i - 1], -INFINITY);
    }
    r->points++;
}

int facet_roc_new(struct facet_roc **roc, const double *scores, const uint8_t *same, size_t n)
{
    int code = check(scores, same, n);
    if (code < 0) return code;
    struct facet_roc *r = facet_alloc(1, sizeof *r, "curve");
    if (r == NULL) return FACET_ENOMEM;
    code = allocate(r, n);
    if (code == FACET_OK) code = sort(r, scores, same);
    if (code < 0) {
        facet_roc_free(&r);
        return code;
    }
    find_points(r);
    facet_roc_weigh(r, NULL);
    *roc = r;
    return FACET_OK;
}

void facet_roc_free(struct facet_roc **roc)
{
    struct facet_roc *r = *roc;
    if (r == NULL) return;
    free(r->threshold);
    free(r->accepted[0]);
    free(r->accepted[1]);
    free(r->order);
    free(r->score);
    free(r->same);
    free(r->count);
    free(r);
    *roc = NULL;
}

void facet_roc_weigh(struct facet_roc *roc, const double *weights)
{
    double sum[2] = {0, 0};
    for (size_t point = 1, i = 0; point < roc->points; point++) {
        for (; i < roc->count[point]; i++)
            sum[roc->same[i]] += weights == NULL ? 1 : weights[roc->order[i]];
        for (int s = 0; s < 2; s++) roc->accepted[s][point] = sum[s];
    }
    for (int s = 0; s < 2; s++) roc->weight[s] = sum[s];
}

double facet_roc_fpr(const struct facet_roc *roc, size_t point)
{
    return roc->accepted[0][point] / roc->weight[0];
}

double facet_roc_tpr(const struct facet_roc *roc, size_t point)
{
    return roc->accepted[1][point] / roc->weight[1];
}

/* Twice the area in pairs of pairs: whole numbers, so exact. */
double facet_roc_auc(const struct facet_roc *roc)
{
    double area = 0;
    for (size_t k = 1; k < roc->points; k++)
        area += (roc->accepted[0][k] - roc->accepted[0][k - 1]) *
                (roc->accepted[1][k] + roc->accepted[1][k - 1]);
    return area / 2 / (roc->weight[0] * roc->weight[1]);
}

double facet_roc_eer(const struct facet_roc *roc)
{
    double gap = 1, before = 1; /* FNR - FPR at the point and at the one before */
    size_t k = 0;
    if (roc->weight[0] == 0 || roc->weight[1] == 0) return NAN;
    while (gap > 0) {
        before = gap;
        k++;
        gap = 1 - facet_roc_tpr(roc, k) - facet_roc_fpr(roc, k);
    }
    double low = facet_roc_fpr(roc, k - 1), high = facet_roc_fpr(roc, k);
    return low + before / (before - gap) * (high - low);
}

double facet_roc_tpr_at(const struct facet_roc *roc, double fpr)
{
    size_t k = 0;
    if (roc->weight[0] == 0) return NAN;
    while (k + 1 < roc->points && facet_roc_fpr(roc, k + 1) <= fpr) k++;
    return facet_roc_tpr(roc, k);
}

double facet_roc_deviate(double rate)
{
    return gsl_cdf_ugaussian_Pinv(rate);
}

int facet_roc_threshold(const struct facet_roc *roc, const uint8_t *use, double *threshold,
                        double *accuracy)
{
    struct facet_scored *scored = facet_alloc(roc->pairs, sizeof *scored, "scores");
    size_t n = 0;
    uint64_t wrong;
    if (scored == NULL) return FACET_ENOMEM;
    for (size_t i = 0; i < roc->pairs; i++)
        if (use == NULL || use[roc->order[i]])
            scored[n++] = (struct facet_scored){0 - roc->score[i], roc->same[i], 0};
    double distance = facet_threshold_best(scored, n, -1, (const uint64_t[2]){1, 1}, &wrong);
    free(scored);
    if (n == 0) return facet_fail(FACET_EINVAL, "scores: no pairs to choose a threshold on");
    *threshold = 0 - distance;
    *accuracy = (double)(n - wrong) / (double)n;
    return FACET_OK;
}

size_t facet_roc_thin(const struct facet_roc *roc, size_t limit, size_t *kept)
{
    size_t n = 0;
    assert(limit >= 2);
    for (size_t k = 0, step = 0; k + 1 < roc->points; k++) {
        double at = facet_roc_fpr(roc, k) + facet_roc_tpr(roc, k);
        if (roc->points > limit && at < 2 * (double)step / (double)(limit - 1)) continue;
        kept[n++] = k;
        while (2 * (double)step / (double)(limit - 1) <= at) step++;
    }
    kept[n++] = roc->points - 1;
    return n;
}
