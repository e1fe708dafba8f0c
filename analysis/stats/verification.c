#include "stats/verification.h"

#include "stats/bootstrap.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ACCURACY, AUC, EER, TPR, MEASURES = TPR + FACET_ROC_RATES };
enum { TOGETHER = 16, BLOCK = 1 << 13 }; /* resamples, and pairs in a block of them */

/* People of the pairs, numbered from 0 as they come. */
struct people {
    size_t count;
    uint32_t *number; /* of an identity, plus 1; 0: it's in no pair */
};

static int number_people(struct people *p, const struct facet_verification_pairs *pairs)
{
    int32_t most = 0;
    for (size_t k = 0; k < pairs->count; k++) {
        int32_t a = pairs->identity == NULL ? -1 : pairs->identity[pairs->first[k]];
        int32_t b = pairs->identity == NULL ? -1 : pairs->identity[pairs->second[k]];
        if (a < 0 || b < 0)
            return facet_fail(FACET_EINVAL,
                              "verification: pair %zu has an image of unknown identity; intervals "
                              "and disjoint folds need to know it",
                              k);
        if (a > most) most = a;
        if (b > most) most = b;
    }
    p->number = facet_alloc((size_t)most + 1, sizeof *p->number, "people");
    if (p->number == NULL) return FACET_ENOMEM;
    for (size_t k = 0; k < pairs->count; k++) {
        uint32_t *a = &p->number[pairs->identity[pairs->first[k]]];
        if (*a == 0) *a = (uint32_t)++p->count;
        uint32_t *b = &p->number[pairs->identity[pairs->second[k]]];
        if (*b == 0) *b = (uint32_t)++p->count;
    }
    return FACET_OK;
}

/* The pairs in order of their scores; with their people, where these are numbered. */
static int find_curve(struct facet_roc **roc, const struct facet_verification_pairs *pairs,
                      const struct people *people)
{
    int code = facet_roc_new(roc, pairs->count);
    for (size_t k = 0; code == FACET_OK && k < pairs->count; k++) {
        struct facet_roc_pair *pair = &(*roc)->pairs[k];
        *pair = (struct facet_roc_pair){
            .score = pairs->scores[k], .same = pairs->same[k] != 0, .fold = pairs->fold[k]};
        if (people->number == NULL) continue;
        pair->first = people->number[pairs->identity[pairs->first[k]]] - 1;
        pair->second = people->number[pairs->identity[pairs->second[k]]] - 1;
    }
    return code == FACET_OK ? facet_roc_sort(*roc) : code;
}

/* ---- folds ---- */

/* disjoint: how many people there are, of whom those in the fold are barred; NULL: nobody is. */
static int choose_threshold(const struct facet_roc *roc, size_t fold, const struct people *disjoint,
                            struct facet_verification *v)
{
    struct facet_roc_choice choice;
    uint8_t *barred = NULL;
    if (disjoint != NULL) {
        barred = facet_alloc(disjoint->count, 1, "people");
        if (barred == NULL) return FACET_ENOMEM;
        for (size_t k = 0; k < roc->count; k++)
            if (roc->pairs[k].fold == fold)
                barred[roc->pairs[k].first] = barred[roc->pairs[k].second] = 1;
    }
    facet_roc_threshold(roc, (int)fold, barred, &choice);
    free(barred);
    if (choice.kinds[0] == 0 || choice.kinds[1] == 0)
        return facet_fail(FACET_EINVAL,
                          "verification: %zu genuine and %zu impostor pairs to choose the "
                          "threshold of fold %zu on, expected some of both",
                          choice.kinds[1], choice.kinds[0], fold + 1);
    v->threshold[fold] = choice.threshold;
    v->chosen_on[fold] = choice.kinds[0] + choice.kinds[1];
    return FACET_OK;
}

/* Weight of a fold's pairs, by kind, and whether they are told right. */
struct told {
    double weight[2][2];
};

/* Adds pairs from .. to - 1, each weighted by its people's draws (NULL: 1) to their fold's. */
static void tell(const struct facet_roc *roc, size_t from, size_t to, const double *threshold,
                 const uint32_t *draws, struct told *folds)
{
    for (size_t k = from; k < to; k++) {
        const struct facet_roc_pair *p = &roc->pairs[k];
        const int right = (p->score > threshold[p->fold]) == p->same;
        folds[p->fold].weight[p->same][right] += draws == NULL ? 1 : facet_roc_weight(p, draws);
    }
}

/* Share of each fold's pairs that are told right; NaN without. */
static void judge_folds(struct told *folds, size_t count, double *share)
{
    for (size_t f = 0; f < count; f++) {
        const double right = folds[f].weight[0][1] + folds[f].weight[1][1];
        share[f] = right / (folds[f].weight[0][0] + folds[f].weight[1][0] + right);
    }
}

/* Mean of those that are numbers. */
static double mean_of(const double *share, size_t n)
{
    double sum = 0, count = 0;
    for (size_t f = 0; f < n; f++)
        if (!isnan(share[f])) sum += share[f], count++;
    return sum / count;
}

static int run_folds(const struct facet_roc *roc, const struct people *disjoint,
                     struct facet_verification *v)
{
    struct told folds[FACET_VERIFICATION_FOLDS] = {{{{0}}}};
    double squares = 0;
    int code = FACET_OK;
    for (size_t f = 0; code == FACET_OK && f < v->folds; f++)
        code = choose_threshold(roc, f, disjoint, v);
    if (code < 0) return code;
    tell(roc, 0, roc->count, v->threshold, NULL, folds);
    judge_folds(folds, v->folds, v->fold_accuracy);
    v->accuracy.estimate = mean_of(v->fold_accuracy, v->folds);
    for (size_t f = 0; f < v->folds; f++)
        squares += pow(v->fold_accuracy[f] - v->accuracy.estimate, 2);
    v->sd = sqrt(squares / (double)(v->folds - 1));
    v->standard_error = v->sd / sqrt((double)v->folds);
    return FACET_OK;
}

/* ---- intervals ---- */

static void list_measures(const struct facet_roc_measures *measures, double out[MEASURES])
{
    out[AUC] = measures->auc;
    out[EER] = measures->eer;
    for (int i = 0; i < FACET_ROC_RATES; i++) out[TPR + i] = measures->tpr[i];
}

/* A resample on its way through the pairs. */
struct resample {
    uint32_t *draws; /* (people) */
    struct told folds[FACET_VERIFICATION_FOLDS];
    struct facet_roc_walk walk;
};

/* Several go through the pairs together, a block of pairs at a time. */
struct group {
    struct resample resamples[TOGETHER];
    uint32_t *draws; /* (TOGETHER, people) */
};

static int group_new(struct group **group, size_t people)
{
    *group = facet_alloc(1, sizeof **group, "bootstrap");
    if (*group == NULL) return FACET_ENOMEM;
    (*group)->draws = facet_alloc(TOGETHER * people, sizeof *(*group)->draws, "bootstrap");
    for (size_t i = 0; (*group)->draws != NULL && i < TOGETHER; i++)
        (*group)->resamples[i].draws = (*group)->draws + i * people;
    return (*group)->draws == NULL ? FACET_ENOMEM : FACET_OK;
}

static void group_free(struct group *group)
{
    if (group != NULL) free(group->draws);
    free(group);
}

/* The curve, once the weight of all pairs is known. */
static void begin_curve(struct resample *r, size_t folds)
{
    double weight[2] = {0, 0};
    for (size_t f = 0; f < folds; f++)
        for (int s = 0; s < 2; s++)
            weight[s] += r->folds[f].weight[s][0] + r->folds[f].weight[s][1];
    facet_roc_walk_begin(&r->walk, weight);
}

/* Twice through the pairs: what the thresholds tell right; the curve. */
static void go_through(struct resample *resamples, size_t count, const struct facet_roc *roc,
                       const struct facet_verification *v)
{
    for (int curve = 0; curve < 2; curve++)
        for (size_t from = 0, to; from < roc->count; from = to) {
            to = roc->count - from < BLOCK ? roc->count : from + BLOCK;
            for (struct resample *r = resamples; r < resamples + count; r++) {
                if (curve && from == 0) begin_curve(r, v->folds);
                if (curve)
                    facet_roc_walk_on(&r->walk, roc, from, to, r->draws);
                else
                    tell(roc, from, to, v->threshold, r->draws, r->folds);
            }
        }
}

/* out (count, MEASURES): replicates first .. first + count - 1. */
static int replicate(struct group *group, const struct facet_roc *roc, size_t people,
                     const struct facet_verification *v, uint64_t seed, size_t first, size_t count,
                     double *out)
{
    double share[FACET_VERIFICATION_FOLDS];
    int code = FACET_OK;
    for (size_t i = 0; code == FACET_OK && i < count; i++) {
        struct resample *r = &group->resamples[i];
        memset(r->folds, 0, v->folds * sizeof *r->folds);
        code = facet_bootstrap_draw(seed, first + i, people, r->draws);
    }
    if (code < 0) return code;
    go_through(group->resamples, count, roc, v);
    for (size_t i = 0; i < count; i++, out += MEASURES) {
        judge_folds(group->resamples[i].folds, v->folds, share);
        list_measures(&group->resamples[i].walk.measures, out);
        out[ACCURACY] = mean_of(share, v->folds);
    }
    return FACET_OK;
}

static struct facet_estimate *estimate_of(struct facet_verification *v, int measured)
{
    return measured == ACCURACY ? &v->accuracy
           : measured == AUC    ? &v->auc
           : measured == EER    ? &v->eer
                                : &v->tpr[measured - TPR];
}

static int find_intervals(const struct facet_roc *roc, size_t people,
                          const struct facet_verification_intervals *how,
                          struct facet_verification *v)
{
    const size_t n = how->replicates;
    double *values = facet_alloc(n, MEASURES * sizeof *values, "bootstrap");
    double *column = facet_alloc(n, sizeof *column, "bootstrap");
    int failed = values == NULL || column == NULL;
#pragma omp parallel num_threads(how->threads) reduction(| : failed)
    {
        struct group *group;
        failed |= group_new(&group, people) < 0;
#pragma omp for schedule(static)
        for (size_t r = 0; r < n; r += TOGETHER)
            if (!failed)
                failed |= replicate(group, roc, people, v, how->seed, r,
                                    n - r < TOGETHER ? n - r : TOGETHER, values + r * MEASURES) < 0;
        group_free(group);
    }
    for (size_t r = 0; !failed && how->accuracies != NULL && r < n; r++)
        how->accuracies[r] = values[r * MEASURES + ACCURACY];
    for (int i = v->folds > 1 ? ACCURACY : AUC; !failed && i < MEASURES; i++) {
        struct facet_estimate *e = estimate_of(v, i);
        for (size_t r = 0; r < n; r++) column[r] = values[r * MEASURES + (size_t)i];
        facet_bootstrap_interval(column, n, how->level, &e->low, &e->high);
    }
    free(values);
    free(column);
    return failed ? facet_fail(FACET_ENOMEM, "verification: no memory for %zu people", people)
                  : FACET_OK;
}

/* ---- intervals of accuracy alone ---- */

struct facet_verification_draws {
    struct people people;
    struct facet_bootstrap *bootstrap;
};

int facet_verification_draws_new(struct facet_verification_draws **draws,
                                 const struct facet_verification_pairs *pairs,
                                 const struct facet_verification_intervals *how)
{
    struct facet_verification_draws *d = facet_alloc(1, sizeof *d, "bootstrap");
    if (d == NULL) return FACET_ENOMEM;
    int code = number_people(&d->people, pairs);
    if (code == FACET_OK)
        code = facet_bootstrap_new(&d->bootstrap, d->people.count, how->replicates, how->seed,
                                   how->threads);
    if (code < 0)
        facet_verification_draws_free(&d);
    else
        *draws = d;
    return code;
}

void facet_verification_draws_free(struct facet_verification_draws **draws)
{
    if (*draws == NULL) return;
    free((*draws)->people.number);
    facet_bootstrap_free(&(*draws)->bootstrap);
    free(*draws);
    *draws = NULL;
}

/* Pairs of one fold: their people, and whether they are told right. */
struct fold {
    uint32_t *first, *second; /* [pairs] */
    double *right, *share;    /* [pairs], [replicates] */
};

/* share: of the fold's pairs in each replicate that are told right. */
static int resample_fold(const struct facet_roc *roc, const struct facet_bootstrap *bootstrap,
                         const struct facet_verification *v, size_t f, struct fold *fold)
{
    size_t count = 0;
    for (size_t k = 0; k < roc->count; k++) {
        const struct facet_roc_pair *pair = &roc->pairs[k];
        if (pair->fold != f) continue;
        fold->first[count] = pair->first;
        fold->second[count] = pair->second;
        fold->right[count++] = (pair->score > v->threshold[f]) == pair->same;
    }
    return facet_bootstrap_pairs(bootstrap, fold->first, fold->second, fold->right, count, 1,
                                 fold->share);
}

static int find_interval(const struct facet_roc *roc,
                         const struct facet_verification_intervals *how,
                         struct facet_verification *v)
{
    struct fold fold = {.first = facet_alloc(roc->count, sizeof *fold.first, "bootstrap"),
                        .second = facet_alloc(roc->count, sizeof *fold.second, "bootstrap"),
                        .right = facet_alloc(roc->count, sizeof *fold.right, "bootstrap"),
                        .share = facet_alloc(how->replicates, sizeof *fold.share, "bootstrap")};
    double *shares = facet_alloc(how->replicates, v->folds * sizeof *shares, "bootstrap");
    int code = fold.first == NULL || fold.second == NULL || fold.right == NULL ||
                       fold.share == NULL || shares == NULL
                   ? FACET_ENOMEM
                   : FACET_OK;
    for (size_t f = 0; code == FACET_OK && f < v->folds; f++) {
        code = resample_fold(roc, how->draws->bootstrap, v, f, &fold);
        for (size_t r = 0; code == FACET_OK && r < how->replicates; r++)
            shares[r * v->folds + f] = fold.share[r];
    }
    for (size_t r = 0; code == FACET_OK && r < how->replicates; r++) {
        fold.share[r] = mean_of(shares + r * v->folds, v->folds);
        if (how->accuracies != NULL) how->accuracies[r] = fold.share[r];
    }
    if (code == FACET_OK)
        facet_bootstrap_interval(fold.share, how->replicates, how->level, &v->accuracy.low,
                                 &v->accuracy.high);
    free(fold.first);
    free(fold.second);
    free(fold.right);
    free(fold.share);
    free(shares);
    return code;
}

/* ---- all of it ---- */

static int check_folds(const struct facet_verification_pairs *pairs)
{
    size_t count[FACET_VERIFICATION_FOLDS] = {0};
    if (pairs->folds < 1 || pairs->folds > FACET_VERIFICATION_FOLDS)
        return facet_fail(FACET_EINVAL, "verification: %zu folds, expected 1 to %d", pairs->folds,
                          FACET_VERIFICATION_FOLDS);
    for (size_t k = 0; k < pairs->count; k++) {
        assert(pairs->fold[k] < pairs->folds);
        count[pairs->fold[k]]++;
    }
    for (size_t f = 0; f < pairs->folds; f++)
        if (count[f] == 0)
            return facet_fail(FACET_EINVAL, "verification: fold %zu has no pairs", f + 1);
    return FACET_OK;
}

static void clear(struct facet_verification *v, size_t folds)
{
    *v = (struct facet_verification){.folds = folds, .sd = NAN, .standard_error = NAN};
    for (int i = 0; i < MEASURES; i++) *estimate_of(v, i) = (struct facet_estimate){NAN, NAN, NAN};
    for (size_t f = 0; f < folds; f++) v->fold_accuracy[f] = v->threshold[f] = NAN;
}

int facet_verification_run(const struct facet_verification_pairs *pairs,
                           const struct facet_verification_intervals *how,
                           struct facet_verification *result)
{
    struct facet_verification v;
    struct facet_roc *roc = NULL;
    struct facet_roc_choice best;
    struct facet_roc_measures curve;
    struct people own = {0};
    const struct people *people = how->draws != NULL ? &how->draws->people : &own;
    double measured[MEASURES];
    int code = check_folds(pairs);
    if (code < 0) return code;
    clear(&v, pairs->folds);
    if (how->draws == NULL && (how->replicates > 0 || pairs->disjoint))
        code = number_people(&own, pairs);
    if (code == FACET_OK) code = find_curve(&roc, pairs, people);
    if (code == FACET_OK && v.folds > 1) code = run_folds(roc, pairs->disjoint ? people : NULL, &v);
    if (code == FACET_OK) {
        facet_roc_threshold(roc, -1, NULL, &best);
        facet_roc_measure(roc, &curve);
        list_measures(&curve, measured);
        for (int i = AUC; i < MEASURES; i++) estimate_of(&v, i)->estimate = measured[i];
        v.best_threshold = best.threshold;
        v.best_accuracy = best.accuracy;
        v.identities = people->count;
    }
    if (code == FACET_OK && how->draws != NULL)
        code = v.folds > 1 && how->replicates > 0 ? find_interval(roc, how, &v) : FACET_OK;
    else if (code == FACET_OK && how->replicates > 0)
        code = find_intervals(roc, people->count, how, &v);
    if (code == FACET_OK) {
        *result = v;
        if (how->curve != NULL) {
            *how->curve = roc;
            roc = NULL;
        }
    }
    free(own.number);
    facet_roc_free(&roc);
    return code;
}
