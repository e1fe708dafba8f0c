/* Curves and verification for comparison with another implementation: raw arrays from standard
 * input to standard output, all float64.
 *
 *     verification-driver roc N LIMIT                      scores (float64), same (uint8) ->
 *         points, thinned points, AUC, EER, best threshold, its accuracy, accuracy at 0, TPR at 4
 *         rates; then of each point threshold, FPR, TPR, both deviates; the thinned points
 *     verification-driver verify N FOLDS IMAGES DISJOINT REPLICATES SEED THREADS
 *         scores (float64), same, fold (uint8), first, second (uint32), identity (int32) ->
 *         mean, sd, standard error, best threshold, its accuracy, people; low and high of accuracy;
 *         estimate, low and high of AUC, EER and TPR at 4 rates; accuracy, threshold and
 *         pairs chosen on of each fold; accuracy of each replicate; draws (REPLICATES, people)
 *     verification-driver draws ..                         the same with draws that are kept
 */
#include "base/parse.h"
#include "stats/bootstrap.h"
#include "stats/roc.h"
#include "stats/verification.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void put(double value)
{
    fwrite(&value, sizeof value, 1, stdout);
}

/* `count` elements of `size` bytes from standard input; what is not there is zero. */
static void *get(size_t count, size_t size)
{
    char *data = facet_alloc(count, size, "input");
    size_t got = data == NULL ? 0 : fread(data, size, count, stdin);
    if (got < count) fprintf(stderr, "input: %zu of %zu elements\n", got, count);
    return data;
}

/* Which of the points `all` that is. */
static size_t find(const struct facet_roc_point *all, const struct facet_roc_point *point)
{
    size_t k = 0;
    while (memcmp(&all[k], point, sizeof *point) != 0) k++;
    return k;
}

static int curve(size_t n, size_t limit)
{
    double *scores = get(n, sizeof *scores);
    uint8_t *same = get(n, 1);
    struct facet_roc_point *all = facet_alloc(n + 2, sizeof *all, "points");
    struct facet_roc_point *kept = facet_alloc(limit, sizeof *kept, "points");
    struct facet_roc *roc = NULL;
    int code = facet_roc_new(&roc, n);
    for (size_t k = 0; code == FACET_OK && k < n; k++)
        roc->pairs[k] = (struct facet_roc_pair){.score = scores[k], .same = same[k]};
    if (code == FACET_OK) code = facet_roc_sort(roc);
    if (code == FACET_OK) {
        struct facet_roc_choice best;
        struct facet_roc_measures m;
        const size_t points = facet_roc_thin(roc, n + 2, all);
        const size_t count = facet_roc_thin(roc, limit, kept);
        facet_roc_threshold(roc, -1, NULL, &best);
        facet_roc_measure(roc, &m);
        const double numbers[] = {(double)points, (double)count,  m.auc,
                                  m.eer,          best.threshold, best.accuracy};
        fwrite(numbers, sizeof *numbers, sizeof numbers / sizeof *numbers, stdout);
        fwrite(m.tpr, sizeof *m.tpr, FACET_ROC_RATES, stdout);
        for (size_t k = 0; k < points; k++) {
            const double row[] = {all[k].threshold, all[k].fpr, all[k].tpr,
                                  facet_roc_deviate(all[k].fpr), facet_roc_deviate(1 - all[k].tpr)};
            fwrite(row, sizeof *row, 5, stdout);
        }
        for (size_t k = 0; k < count; k++) put((double)find(all, &kept[k]));
    }
    facet_roc_free(&roc);
    free(scores);
    free(same);
    free(all);
    free(kept);
    return code;
}

static void put_estimate(const struct facet_estimate *e)
{
    put(e->estimate);
    put(e->low);
    put(e->high);
}

static int put_result(const struct facet_verification *v,
                      const struct facet_verification_intervals *how)
{
    const double numbers[] = {
        v->accuracy.estimate, v->sd,           v->standard_error, v->best_threshold,
        v->best_accuracy,     v->accuracy.low, v->accuracy.high,  (double)v->identities};
    fwrite(numbers, sizeof *numbers, sizeof numbers / sizeof *numbers, stdout);
    put_estimate(&v->auc);
    put_estimate(&v->eer);
    for (int i = 0; i < FACET_ROC_RATES; i++) put_estimate(&v->tpr[i]);
    for (size_t f = 0; f < v->folds; f++) {
        put(v->fold_accuracy[f]);
        put(v->threshold[f]);
        put((double)v->chosen_on[f]);
    }
    fwrite(how->accuracies, sizeof *how->accuracies, how->replicates, stdout);
    uint32_t *draws = facet_alloc(v->identities, sizeof *draws, "draws");
    int code = FACET_OK;
    for (uint64_t r = 0; code == FACET_OK && r < how->replicates; r++) {
        code = facet_bootstrap_draw(how->seed, r, v->identities, draws);
        for (size_t i = 0; i < v->identities; i++) put((double)draws[i]);
    }
    free(draws);
    return code;
}

static int verify(const int64_t *a, int keep)
{
    const size_t n = (size_t)a[0];
    double *scores = get(n, sizeof *scores);
    uint8_t *same = get(n, 1), *fold = get(n, 1);
    uint32_t *first = get(n, 4), *second = get(n, 4);
    int32_t *identity = get((size_t)a[2], 4);
    const struct facet_verification_pairs pairs = {
        n, (size_t)a[1], scores, same, fold, first, second, a[2] > 0 ? identity : NULL, a[3] != 0};
    struct facet_verification_draws *draws = NULL;
    struct facet_verification_intervals how = {
        .replicates = (size_t)a[4],
        .level = 0.95,
        .seed = (uint64_t)a[5],
        .threads = (int)a[6],
        .accuracies = facet_alloc((size_t)a[4], sizeof *how.accuracies, "accuracies")};
    struct facet_verification v;
    int code = keep ? facet_verification_draws_new(&draws, &pairs, &how) : FACET_OK;
    how.draws = draws;
    if (code == FACET_OK) code = facet_verification_run(&pairs, &how, &v);
    if (code == FACET_OK) code = put_result(&v, &how);
    facet_verification_draws_free(&draws);
    free(scores);
    free(same);
    free(fold);
    free(first);
    free(second);
    free(identity);
    free(how.accuracies);
    return code;
}

int main(int argc, char **argv)
{
    int64_t a[7] = {0};
    int is_curve = argc == 4 && strcmp(argv[1], "roc") == 0;
    int keep = argc == 9 && strcmp(argv[1], "draws") == 0;
    int code = is_curve || keep || (argc == 9 && strcmp(argv[1], "verify") == 0)
                   ? FACET_OK
                   : facet_fail(FACET_EINVAL, "see the head of its source");
    for (int i = 0; code == FACET_OK && i < argc - 2; i++)
        code = facet_parse_int("number", argv[2 + i], 0, 100000000, &a[i]);
    if (code == FACET_OK) code = is_curve ? curve((size_t)a[0], (size_t)a[1]) : verify(a, keep);
    if (code < 0) fprintf(stderr, "verification-driver: %s\n", facet_error_message());
    return code < 0;
}
