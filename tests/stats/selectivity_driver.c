/* Ranks, AUC, thresholds and tests for comparison with another implementation: raw arrays from
 * standard input to standard output, all float64.
 *
 *  - selectivity-driver target N: x (float32), label (int8), first (uint8) -> U, ties, AUC,
 *    variance, interval, p; mean and sd of target and rest; d', class selectivity; chosen and
 * judged (2, 8) each; twice the ranks of all and of the labelled (N)
 *  - selectivity-driver information BINS: counts (BINS, 2) (uint64) -> bits
 *  - selectivity-driver fdr N: p (float64) -> q (N)
 *  - selectivity-driver permute N M REPEATS: the M elements drawn of N, REPEATS times
 */
#include "base/parse.h"
#include "base/rng.h"
#include "stats/auc.h"
#include "stats/cut.h"
#include "stats/selectivity.h"
#include "stats/tests.h"

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

static void put_ranks(const struct facet_ranks *r, const int8_t *label)
{
    uint32_t *twice = facet_alloc(r->n, sizeof *twice, "ranks");
    facet_ranks_twice(r, label, twice);
    for (size_t i = 0; i < r->n; i++) put(twice[i]);
    free(twice);
}

static void put_parts(const float *x, const int8_t *label, size_t n)
{
    uint32_t *list = facet_alloc(n, sizeof *list, "list");
    struct facet_part part[2];
    for (int c = 1; c >= 0; c--) {
        size_t count = 0;
        for (size_t i = 0; i < n; i++)
            if (label[i] == c) list[count++] = (uint32_t)i;
        facet_part_of(x, list, count, &part[c]);
        put(part[c].mean);
        put(part[c].sd);
    }
    put(facet_d_prime(&part[1], &part[0]));
    put(facet_class_selectivity(&part[1], &part[0]));
    free(list);
}

static int target(size_t n)
{
    float *x = get(n, sizeof *x);
    int8_t *label = get(n, 1);
    uint8_t *first = get(n, 1);
    const int8_t *const labels[] = {label};
    struct facet_ranks *ranks = NULL;
    struct facet_aucs *aucs = NULL;
    struct facet_auc auc;
    struct facet_cut cut = {.n = n, .label = label, .first = first};
    double low, high, chosen[2][FACET_CUT_SPLITS], judged[2][FACET_CUT_SPLITS];
    int code = facet_ranks_new(&ranks, n);
    if (code == FACET_OK) code = facet_aucs_new(&aucs, n, 1, labels);
    if (code == FACET_OK) {
        facet_ranks_of(ranks, x);
        facet_aucs_of(aucs, ranks, &auc);
        facet_auc_interval(&auc, 0.95, &low, &high);
        const double numbers[] = {auc.u, auc.ties, auc.auc,          auc.variance,
                                  low,   high,     facet_auc_p(&auc)};
        fwrite(numbers, sizeof *numbers, 7, stdout);
        put_parts(x, label, n);
        facet_cut_count(&cut);
        facet_cut_of(ranks, &cut, chosen, judged);
        fwrite(chosen, sizeof chosen, 1, stdout);
        fwrite(judged, sizeof judged, 1, stdout);
        put_ranks(ranks, NULL);
        put_ranks(ranks, label);
    }
    facet_aucs_free(&aucs);
    facet_ranks_free(&ranks);
    free(x);
    free(label);
    free(first);
    return code;
}

static int information(size_t bins)
{
    uint64_t(*counts)[2] = get(bins, sizeof *counts);
    put(facet_mutual_information((const uint64_t(*)[2])counts, bins));
    free(counts);
    return FACET_OK;
}

static int fdr(size_t n)
{
    double *p = get(n, sizeof *p), *q = facet_alloc(n, sizeof *q, "q");
    int code = facet_fdr(p, n, q);
    fwrite(q, sizeof *q, n, stdout);
    free(p);
    free(q);
    return code;
}

static int permute(size_t n, size_t m, int64_t repeats)
{
    gsl_rng *rng = facet_rng_new(5, 0);
    uint32_t *list = facet_alloc(n, sizeof *list, "list");
    for (size_t i = 0; i < n; i++) list[i] = (uint32_t)i;
    for (int64_t r = 0; r < repeats; r++) {
        facet_permute(rng, list, n, m);
        for (size_t i = 0; i < m; i++) put(list[i]);
    }
    free(list);
    gsl_rng_free(rng);
    return FACET_OK;
}

int main(int argc, char **argv)
{
    int64_t a[3] = {0};
    const char *what = argc > 2 ? argv[1] : "";
    int code = FACET_OK;
    for (int i = 0; code == FACET_OK && i < argc - 2 && i < 3; i++)
        code = facet_parse_int("number", argv[2 + i], 0, 100000000, &a[i]);
    if (code == FACET_OK)
        code = strcmp(what, "target") == 0        ? target((size_t)a[0])
               : strcmp(what, "information") == 0 ? information((size_t)a[0])
               : strcmp(what, "fdr") == 0         ? fdr((size_t)a[0])
               : strcmp(what, "permute") == 0
                   ? permute((size_t)a[0], (size_t)a[1], a[2])
                   : facet_fail(FACET_EINVAL, "see the head of its source");
    if (code < 0) fprintf(stderr, "selectivity-driver: %s\n", facet_error_message());
    return code < 0;
}
