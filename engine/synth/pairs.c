/* people.txt and pairs.txt, in the form of LFW's view 2. */
#include "base/file.h"
#include "synth/dataset.h"
#include "synth/draw.h"

#include <inttypes.h>
#include <stdlib.h>

enum { PAIRS_DEFAULT = 300, FOLDS_DEFAULT = 10 };

struct pair {
    int64_t one, two; /* identities, one <= two */
    int64_t i, j;     /* their images, from 0 */
};

/* People dealt to folds: those of fold f are people[start[f]] .. people[start[f + 1] - 1]. */
struct deal {
    int folds, pairs;
    int64_t *people, *start;
    const int64_t *counts;
};

static int by_number(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static int by_pair(const void *a, const void *b)
{
    const struct pair *p = a, *q = b;
    const int64_t left[4] = {p->one, p->two, p->i, p->j}, right[4] = {q->one, q->two, q->i, q->j};
    for (int k = 0; k < 4; k++)
        if (left[k] != right[k]) return left[k] < right[k] ? -1 : 1;
    return 0;
}

static void deal_people(struct deal *deal, int64_t n, gsl_rng *rng)
{
    for (int64_t i = 0; i < n; i++) deal->people[i] = i;
    gsl_ran_shuffle(rng, deal->people, (size_t)n, sizeof *deal->people);
    for (int f = 0; f <= deal->folds; f++) deal->start[f] = n * f / deal->folds;
    for (int f = 0; f < deal->folds; f++)
        qsort(deal->people + deal->start[f], (size_t)(deal->start[f + 1] - deal->start[f]),
              sizeof *deal->people, by_number);
}

/* Pairs that fold f can give: all of the same person, half of those of different people, so that
 * drawing them at random ends soon. */
static void supply(const struct deal *deal, int f, double *same, double *different)
{
    double images = 0, squares = 0;
    *same = 0;
    for (int64_t p = deal->start[f]; p < deal->start[f + 1]; p++) {
        double n = (double)deal->counts[deal->people[p]];
        *same += n * (n - 1) / 2;
        images += n;
        squares += n * n;
    }
    *different = (images * images - squares) / 4;
}

static int settle_pairs(struct deal *deal, int wanted)
{
    deal->pairs = wanted > 0 ? wanted : PAIRS_DEFAULT;
    for (int f = 0; f < deal->folds; f++) {
        double same, different;
        supply(deal, f, &same, &different);
        double most = same < different ? same : different;
        if (most >= deal->pairs) continue;
        if (wanted > 0)
            return facet_fail(FACET_EINVAL, "%d pairs in a fold: fold %d has images for %.0f only",
                              wanted, f + 1, most);
        deal->pairs = (int)most;
    }
    return FACET_OK;
}

/* Goes round the people, one new pair of each at a time, so that no one person fills the fold. */
static int draw_same(const struct deal *deal, int f, gsl_rng *rng, struct pair *out)
{
    int64_t people = deal->start[f + 1] - deal->start[f], taken = 0;
    size_t room = 0;
    for (int64_t p = 0; p < people; p++) {
        int64_t n = deal->counts[deal->people[deal->start[f] + p]];
        room += (size_t)(n * (n - 1) / 2);
    }
    struct pair *all = facet_alloc(room, sizeof *all, "pairs");
    size_t *begin = facet_alloc((size_t)people + 1, sizeof *begin, "pairs");
    int code = all == NULL || begin == NULL ? FACET_ENOMEM : FACET_OK;
    size_t at = 0;
    for (int64_t p = 0; code == FACET_OK && p < people; p++) {
        int64_t who = deal->people[deal->start[f] + p];
        begin[p] = at;
        for (int64_t i = 0; i < deal->counts[who]; i++)
            for (int64_t j = i + 1; j < deal->counts[who]; j++)
                all[at++] = (struct pair){who, who, i, j};
        gsl_ran_shuffle(rng, all + begin[p], at - begin[p], sizeof *all);
        begin[p + 1] = at;
    }
    for (size_t turn = 0; code == FACET_OK && taken < deal->pairs; turn++)
        for (int64_t p = 0; p < people && taken < deal->pairs; p++)
            if (begin[p] + turn < begin[p + 1]) out[taken++] = all[begin[p] + turn];
    free(all);
    free(begin);
    return code;
}

static void draw_different(const struct deal *deal, int f, gsl_rng *rng, struct pair *out)
{
    const int64_t *people = deal->people + deal->start[f];
    unsigned long count = (unsigned long)(deal->start[f + 1] - deal->start[f]);
    int taken = 0;
    while (taken < deal->pairs) {
        unsigned long p = gsl_rng_uniform_int(rng, count), q = gsl_rng_uniform_int(rng, count);
        if (p == q) continue;
        struct pair pair = {people[p < q ? p : q], people[p < q ? q : p], 0, 0};
        pair.i = (int64_t)gsl_rng_uniform_int(rng, (unsigned long)deal->counts[pair.one]);
        pair.j = (int64_t)gsl_rng_uniform_int(rng, (unsigned long)deal->counts[pair.two]);
        int known = 0;
        for (int k = 0; k < taken && !known; k++) known = by_pair(&out[k], &pair) == 0;
        if (!known) out[taken++] = pair;
    }
}

static int write_fold(const struct deal *deal, int f, gsl_rng *rng, FILE *out)
{
    struct pair *pairs = facet_alloc((size_t)deal->pairs, sizeof *pairs, "pairs");
    int code = pairs == NULL ? FACET_ENOMEM : draw_same(deal, f, rng, pairs);
    if (code < 0) {
        free(pairs);
        return code;
    }
    qsort(pairs, (size_t)deal->pairs, sizeof *pairs, by_pair);
    for (int k = 0; k < deal->pairs; k++)
        fprintf(out, "Synth_%04" PRId64 "\t%" PRId64 "\t%" PRId64 "\n", pairs[k].one + 1,
                pairs[k].i + 1, pairs[k].j + 1);
    draw_different(deal, f, rng, pairs);
    qsort(pairs, (size_t)deal->pairs, sizeof *pairs, by_pair);
    for (int k = 0; k < deal->pairs; k++)
        fprintf(out, "Synth_%04" PRId64 "\t%" PRId64 "\tSynth_%04" PRId64 "\t%" PRId64 "\n",
                pairs[k].one + 1, pairs[k].i + 1, pairs[k].two + 1, pairs[k].j + 1);
    free(pairs);
    return FACET_OK;
}

static int write_pairs(const struct deal *deal, gsl_rng *rng, const char *folder)
{
    char *path = facet_file_join(folder, "pairs.txt");
    struct facet_file file = {0};
    int code = path == NULL ? FACET_ENOMEM : facet_file_begin(&file, path);
    if (code == FACET_OK) fprintf(file.stream, "%d\t%d\n", deal->folds, deal->pairs);
    for (int f = 0; code == FACET_OK && f < deal->folds; f++)
        code = write_fold(deal, f, rng, file.stream);
    if (code == FACET_OK) code = facet_file_commit(&file);
    facet_file_discard(&file);
    free(path);
    return code;
}

static int write_people(const struct deal *deal, const char *folder)
{
    char *path = facet_file_join(folder, "people.txt");
    struct facet_file file = {0};
    int code = path == NULL ? FACET_ENOMEM : facet_file_begin(&file, path);
    free(path);
    if (code < 0) return code;
    fprintf(file.stream, "%d\n", deal->folds);
    for (int f = 0; f < deal->folds; f++) {
        fprintf(file.stream, "%" PRId64 "\n", deal->start[f + 1] - deal->start[f]);
        for (int64_t p = deal->start[f]; p < deal->start[f + 1]; p++)
            fprintf(file.stream, "Synth_%04" PRId64 "\t%" PRId64 "\n", deal->people[p] + 1,
                    deal->counts[deal->people[p]]);
    }
    return facet_file_commit(&file);
}

int facet_synth_write_pairs(const struct facet_synth_dataset *set, const char *folder,
                            const int64_t *counts)
{
    int64_t n = set->identities, half = n / 2;
    int most = half < FOLDS_DEFAULT ? (int)half : FOLDS_DEFAULT;
    struct deal deal = {.folds = set->folds > 0 ? set->folds : most, .counts = counts};
    if (deal.folds > half)
        return facet_fail(FACET_EINVAL, "%d folds of %" PRId64 " identities: expected two in each",
                          deal.folds, n);
    gsl_rng *rng = facet_rng_new(set->seed, facet_rng_stream("folds"));
    deal.people = facet_alloc((size_t)n, sizeof *deal.people, "identities");
    deal.start = facet_alloc((size_t)deal.folds + 1, sizeof *deal.start, "folds");
    int code = rng == NULL || deal.people == NULL || deal.start == NULL ? FACET_ENOMEM : FACET_OK;
    if (code == FACET_OK) {
        deal_people(&deal, n, rng);
        code = settle_pairs(&deal, set->pairs);
    }
    if (code == FACET_OK) code = write_people(&deal, folder);
    if (code == FACET_OK) code = write_pairs(&deal, rng, folder);
    if (rng != NULL) gsl_rng_free(rng);
    free(deal.people);
    free(deal.start);
    return code;
}
