#include "stats/verification.h"

#include "stats/bootstrap.h"
#include "stats/roc.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

const double facet_verification_rates[FACET_VERIFICATION_RATES] = {1e-1, 1e-2, 1e-3, 1e-4};

enum { ACCURACY, AUC, EER, TPR, MEASURES = TPR + FACET_VERIFICATION_RATES };

/* People of the pairs, numbered from 0 as they come. */
struct people {
    size_t count;
    uint32_t *first, *second; /* [pairs] */
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
    uint32_t *number = facet_alloc((size_t)most + 1, sizeof *number, "people"); /* 0: none yet */
    p->first = facet_alloc(pairs->count, sizeof *p->first, "people");
    p->second = facet_alloc(pairs->count, sizeof *p->second, "people");
    int ok = number != NULL && p->first != NULL && p->second != NULL;
    for (size_t k = 0; ok && k < pairs->count; k++) {
        uint32_t *a = &number[pairs->identity[pairs->first[k]]];
        if (*a == 0) *a = (uint32_t)++p->count;
        uint32_t *b = &number[pairs->identity[pairs->second[k]]];
        if (*b == 0) *b = (uint32_t)++p->count;
        p->first[k] = *a - 1;
        p->second[k] = *b - 1;
    }
    free(number);
    return ok ? FACET_OK : FACET_ENOMEM;
}

static void people_free(struct people *p)
{
    free(p->first);
    free(p->second);
}

/* ---- folds ---- */

/* use[k]: the pair may choose the threshold of `fold`. */
static int choose_pairs(const struct facet_verification_pairs *pairs, const struct people *people,
                        size_t fold, uint8_t *use)
{
    uint8_t *inside = facet_alloc(people->count, 1, "people"); /* those in the fold */
    if (inside == NULL) return FACET_ENOMEM;
    for (size_t k = 0; pairs->disjoint && k < pairs->count; k++)
        if (pairs->fold[k] == fold) inside[people->first[k]] = inside[people->second[k]] = 1;
    size_t kinds[2] = {0, 0};
    for (size_t k = 0; k < pairs->count; k++) {
        use[k] = pairs->fold[k] != fold &&
                 !(pairs->disjoint && (inside[people->first[k]] || inside[people->second[k]]));
        if (use[k]) kinds[pairs->same[k] != 0]++;
    }
    free(inside);
    if (kinds[0] == 0 || kinds[1] == 0)
        return facet_fail(FACET_EINVAL,
                          "verification: %zu genuine and %zu impostor pairs to choose the "
                          "threshold of fold %zu on, expected some of both",
                          kinds[1], kinds[0], fold + 1);
    return FACET_OK;
}

static size_t count_used(const uint8_t *use, size_t n)
{
    size_t count = 0;
    for (size_t k = 0; k < n; k++) count += use[k];
    return count;
}

/* Share of each fold's pairs that are told right, of their weights (NULL: 1 each); NaN without. */
static void judge_folds(const struct facet_verification_pairs *pairs,
                        const struct facet_verification *v, const double *weights, double *share)
{
    double right[FACET_VERIFICATION_FOLDS] = {0}, all[FACET_VERIFICATION_FOLDS] = {0};
    for (size_t k = 0; k < pairs->count; k++) {
        const size_t f = pairs->fold[k];
        const double w = weights == NULL ? 1 : weights[k];
        all[f] += w;
        if ((pairs->scores[k] > v->threshold[f]) == (pairs->same[k] != 0)) right[f] += w;
    }
    for (size_t f = 0; f < v->folds; f++) share[f] = right[f] / all[f];
}

/* Mean of those that are numbers. */
static double mean_of(const double *share, size_t n)
{
    double sum = 0, count = 0;
    for (size_t f = 0; f < n; f++)
        if (!isnan(share[f])) sum += share[f], count++;
    return sum / count;
}

static int run_folds(const struct facet_verification_pairs *pairs, const struct people *people,
                     const struct facet_roc *roc, struct facet_verification *v)
{
    double squares = 0, optimistic;
    uint8_t *use = facet_alloc(pairs->count, 1, "pairs");
    int code = use == NULL ? FACET_ENOMEM : FACET_OK;
    for (size_t f = 0; code == FACET_OK && f < v->folds; f++) {
        code = choose_pairs(pairs, people, f, use);
        if (code == FACET_OK) code = facet_roc_threshold(roc, use, &v->threshold[f], &optimistic);
        v->chosen_on[f] = code == FACET_OK ? count_used(use, pairs->count) : 0;
    }
    free(use);
    if (code < 0) return code;
    judge_folds(pairs, v, NULL, v->fold_accuracy);
    v->accuracy.estimate = mean_of(v->fold_accuracy, v->folds);
    for (size_t f = 0; f < v->folds; f++)
        squares += pow(v->fold_accuracy[f] - v->accuracy.estimate, 2);
    v->sd = sqrt(squares / (double)(v->folds - 1));
    v->standard_error = v->sd / sqrt((double)v->folds);
    return FACET_OK;
}

/* ---- intervals ---- */

static void measure(const struct facet_roc *roc, double out[MEASURES])
{
    out[AUC] = facet_roc_auc(roc);
    out[EER] = facet_roc_eer(roc);
    for (int i = 0; i < FACET_VERIFICATION_RATES; i++)
        out[TPR + i] = facet_roc_tpr_at(roc, facet_verification_rates[i]);
}

/* One thread's own: its draws and its curve. */
struct worker {
    uint32_t *draws;
    double *weights;
    struct facet_roc *roc;
};

static int worker_new(struct worker *w, const struct facet_verification_pairs *pairs, size_t people)
{
    w->draws = facet_alloc(people, sizeof *w->draws, "bootstrap");
    w->weights = facet_alloc(pairs->count, sizeof *w->weights, "bootstrap");
    if (w->draws == NULL || w->weights == NULL) return FACET_ENOMEM;
    return facet_roc_new(&w->roc, pairs->scores, pairs->same, pairs->count);
}

static int replicate(struct worker *w, const struct facet_verification_pairs *pairs,
                     const struct people *people, const struct facet_verification *v, uint64_t seed,
                     uint64_t number, double out[MEASURES])
{
    double share[FACET_VERIFICATION_FOLDS];
    int code = facet_bootstrap_draw(seed, number, people->count, w->draws);
    if (code < 0) return code;
    for (size_t k = 0; k < pairs->count; k++) {
        const uint32_t a = people->first[k], b = people->second[k];
        w->weights[k] = (double)w->draws[a] * (a == b ? 1 : (double)w->draws[b]);
    }
    facet_roc_weigh(w->roc, w->weights);
    measure(w->roc, out);
    judge_folds(pairs, v, w->weights, share);
    out[ACCURACY] = mean_of(share, v->folds);
    return FACET_OK;
}

static struct facet_estimate *estimate_of(struct facet_verification *v, int measured)
{
    return measured == ACCURACY ? &v->accuracy
           : measured == AUC    ? &v->auc
           : measured == EER    ? &v->eer
                                : &v->tpr[measured - TPR];
}

static int find_intervals(const struct facet_verification_pairs *pairs, const struct people *people,
                          const struct facet_verification_intervals *how,
                          struct facet_verification *v)
{
    double *values = facet_alloc(how->replicates, MEASURES * sizeof *values, "bootstrap");
    double *column = facet_alloc(how->replicates, sizeof *column, "bootstrap");
    int failed = values == NULL || column == NULL;
#pragma omp parallel num_threads(how->threads) reduction(| : failed)
    {
        struct worker w = {0};
        failed |= worker_new(&w, pairs, people->count) < 0;
#pragma omp for schedule(static)
        for (size_t r = 0; r < how->replicates; r++)
            if (!failed)
                failed |= replicate(&w, pairs, people, v, how->seed, r, values + r * MEASURES) < 0;
        free(w.draws);
        free(w.weights);
        facet_roc_free(&w.roc);
    }
    for (size_t r = 0; !failed && how->accuracies != NULL && r < how->replicates; r++)
        how->accuracies[r] = values[r * MEASURES + ACCURACY];
    for (int i = v->folds > 1 ? ACCURACY : AUC; !failed && i < MEASURES; i++) {
        struct facet_estimate *e = estimate_of(v, i);
        for (size_t r = 0; r < how->replicates; r++) column[r] = values[r * MEASURES + (size_t)i];
        facet_bootstrap_interval(column, how->replicates, how->level, &e->low, &e->high);
    }
    free(values);
    free(column);
    return failed ? facet_fail(FACET_ENOMEM, "verification: no memory for %zu pairs", pairs->count)
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
    people_free(&(*draws)->people);
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
static int resample_fold(const struct facet_verification_pairs *pairs,
                         const struct facet_verification_draws *draws,
                         const struct facet_verification *v, size_t f, struct fold *fold)
{
    size_t count = 0;
    for (size_t k = 0; k < pairs->count; k++) {
        if (pairs->fold[k] != f) continue;
        fold->first[count] = draws->people.first[k];
        fold->second[count] = draws->people.second[k];
        fold->right[count++] = (pairs->scores[k] > v->threshold[f]) == (pairs->same[k] != 0);
    }
    return facet_bootstrap_pairs(draws->bootstrap, fold->first, fold->second, fold->right, count, 1,
                                 fold->share);
}

static int find_interval(const struct facet_verification_pairs *pairs,
                         const struct facet_verification_intervals *how,
                         struct facet_verification *v)
{
    struct fold fold = {.first = facet_alloc(pairs->count, sizeof *fold.first, "bootstrap"),
                        .second = facet_alloc(pairs->count, sizeof *fold.second, "bootstrap"),
                        .right = facet_alloc(pairs->count, sizeof *fold.right, "bootstrap"),
                        .share = facet_alloc(how->replicates, sizeof *fold.share, "bootstrap")};
    double *shares = facet_alloc(how->replicates, v->folds * sizeof *shares, "bootstrap");
    int code = fold.first == NULL || fold.second == NULL || fold.right == NULL ||
                       fold.share == NULL || shares == NULL
                   ? FACET_ENOMEM
                   : FACET_OK;
    for (size_t f = 0; code == FACET_OK && f < v->folds; f++) {
        code = resample_fold(pairs, how->draws, v, f, &fold);
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
    struct people people = {0};
    double measured[MEASURES];
    int code = check_folds(pairs);
    if (code < 0) return code;
    clear(&v, pairs->folds);
    code = facet_roc_new(&roc, pairs->scores, pairs->same, pairs->count);
    if (code == FACET_OK && ((how->replicates > 0 && how->draws == NULL) || pairs->disjoint))
        code = number_people(&people, pairs);
    if (code == FACET_OK)
        code = facet_roc_threshold(roc, NULL, &v.best_threshold, &v.best_accuracy);
    if (code == FACET_OK && v.folds > 1) code = run_folds(pairs, &people, roc, &v);
    if (code == FACET_OK) {
        v.identities = how->draws != NULL ? how->draws->people.count : people.count;
        measure(roc, measured);
        for (int i = AUC; i < MEASURES; i++) estimate_of(&v, i)->estimate = measured[i];
    }
    if (code == FACET_OK && how->draws != NULL)
        code = v.folds > 1 && how->replicates > 0 ? find_interval(pairs, how, &v) : FACET_OK;
    else if (code == FACET_OK && how->replicates > 0)
        code = find_intervals(pairs, &people, how, &v);
    if (code == FACET_OK) *result = v;
    people_free(&people);
    facet_roc_free(&roc);
    return code;
}
