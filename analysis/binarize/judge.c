#include "binarize/judge.h"

#include "binarize/bits.h"
#include "binarize/counts.h"
#include "kernels/bits.h"
#include "model/dense.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- scores ---- */

static int judge_scores(const struct judge_data *data, const struct facet_compare *c,
                        const struct facet_verification_intervals *how,
                        struct facet_verification *result)
{
    double *scores = facet_alloc(data->trials->protocol->count, sizeof *scores, "scores");
    if (scores == NULL) return FACET_ENOMEM;
    facet_trials_score(data->trials, c, how->threads, scores);
    int code = facet_trials_judge(data->trials, scores, data->disjoint, how, result);
    free(scores);
    return code;
}

/* Of a choice of x's values, by the metric where there is one. */
static int compare_choice(const struct judge_data *data, const float *x,
                          const struct bits_choice *choice, enum facet_comparison classifier,
                          const struct facet_metric *metric, int threads,
                          struct facet_compare **compare)
{
    const struct facet_compare_options how = {.metric = metric, .threads = threads};
    const size_t n = data->trials->session->image_count;
    float *values = facet_alloc(n, choice->count * sizeof *values, "features");
    if (values == NULL) return FACET_ENOMEM;
    bits_gather(x, n, data->width, choice, values);
    int code = facet_compare_new(compare, classifier, values, n, choice->count, &how);
    free(values);
    return code;
}

static struct facet_fit how_to_fit(const struct judge_data *data, size_t count, int threads)
{
    struct facet_fit how = data->fit;
    if (count <= how.pca) how.pca = 0;
    how.threads = threads;
    return how;
}

/* A metric for a choice of the training images' values. Without the columns that are the same for
 * all of them, which say nothing and cannot be fitted: the choice is left with the others, in
 * `kept` (choice->count). By the counts of bits where there are any. */
static int fit(const struct judge_data *data, const struct bits_counts *counts,
               struct bits_choice *choice, uint32_t *kept, int threads,
               struct facet_metric **metric)
{
    const struct facet_trainees *t = data->trained;
    choice->count = counts != NULL
                        ? bits_counts_varying(counts, choice->columns, choice->count, kept)
                        : bits_varying(t->x, t->count, data->width, choice, kept);
    choice->columns = kept;
    if (choice->count == 0)
        return facet_fail(FACET_EFORMAT, "all values are the same for all training images");
    const struct facet_fit how = how_to_fit(data, choice->count, threads);
    if (counts != NULL)
        return bits_counts_fit(metric, counts, choice->columns, choice->count, &how);
    float *x = facet_alloc(t->count, choice->count * sizeof *x, "training features");
    if (x == NULL) return FACET_ENOMEM;
    bits_gather(t->x, t->count, data->width, choice, x);
    int code = facet_fit_metric(metric, x, t->count, choice->count, t->identity, &how);
    free(x);
    return code;
}

static int judge_choice(const struct judge_data *data, const float *x,
                        const struct bits_counts *counts, struct bits_choice choice,
                        enum facet_comparison classifier,
                        const struct facet_verification_intervals *how,
                        struct facet_verification *result)
{
    struct facet_metric *metric = NULL;
    struct facet_compare *c = NULL;
    uint32_t *kept = facet_alloc(choice.count, sizeof *kept, "bits");
    int code = kept == NULL ? FACET_ENOMEM : FACET_OK;
    if (code == FACET_OK && classifier == FACET_JOINT_BAYESIAN)
        code = fit(data, counts, &choice, kept, how->threads, &metric);
    if (code == FACET_OK)
        code = compare_choice(data, x, &choice, classifier, metric, how->threads, &c);
    if (code == FACET_OK) code = judge_scores(data, c, how, result);
    facet_compare_free(&c);
    facet_metric_free(&metric);
    free(kept);
    return code;
}

int judge_values(const struct judge_data *data, const float *x, enum facet_comparison classifier,
                 struct facet_verification *result)
{
    uint32_t *all = facet_alloc(data->width, sizeof *all, "features");
    if (all == NULL) return FACET_ENOMEM;
    for (size_t j = 0; j < data->width; j++) all[j] = (uint32_t)j;
    const struct bits_choice choice = {NULL, all, data->width};
    int code = judge_choice(data, x, NULL, choice, classifier, &data->intervals, result);
    free(all);
    return code;
}

/* ---- questions ---- */

/* Makes room for one more. */
static int grow(void **items, size_t size, size_t count, size_t *room)
{
    if (count < *room) return FACET_OK;
    const size_t more = *room > 0 ? 2 * *room : 16;
    void *grown = facet_alloc(more, size, "questions");
    if (grown == NULL) return FACET_ENOMEM;
    if (count > 0) memcpy(grown, *items, count * size);
    free(*items);
    *items = grown;
    *room = more;
    return FACET_OK;
}

static int find_set(struct judge_questions *q, const float *thresholds, size_t width, size_t *set)
{
    void *sets = q->sets;
    const size_t size = width * sizeof *thresholds;
    for (*set = 0; *set < q->set_count; (*set)++)
        if (memcmp(q->sets[*set], thresholds, size) == 0) return FACET_OK;
    int code = grow(&sets, sizeof *q->sets, q->set_count, &q->set_room);
    q->sets = sets;
    if (code < 0) return code;
    float *copy = facet_alloc(width, sizeof *copy, "thresholds");
    if (copy == NULL) return FACET_ENOMEM;
    memcpy(copy, thresholds, size);
    q->sets[q->set_count++] = copy;
    return FACET_OK;
}

int judge_ask(struct judge_questions *q, const struct judge_data *data, const float *thresholds,
              const uint32_t *columns, size_t count, enum facet_comparison classifier, int interval,
              size_t *which)
{
    void *asked = q->asked;
    size_t set;
    int code = find_set(q, thresholds, data->width, &set);
    if (code < 0) return code;
    for (*which = 0; *which < q->count; (*which)++) {
        const struct judge_question *known = &q->asked[*which];
        if (known->set == set && known->columns == columns && known->count == count &&
            known->classifier == classifier && known->interval == interval)
            return FACET_OK;
    }
    code = grow(&asked, sizeof *q->asked, q->count, &q->room);
    q->asked = asked;
    if (code < 0) return code;
    q->asked[q->count++] = (struct judge_question){.set = set,
                                                   .columns = columns,
                                                   .count = count,
                                                   .classifier = classifier,
                                                   .interval = interval};
    return FACET_OK;
}

void judge_free(struct judge_questions *q)
{
    for (size_t i = 0; i < q->set_count; i++) free(q->sets[i]);
    for (size_t i = 0; i < q->count; i++) free(q->asked[i].why);
    free(q->sets);
    free(q->asked);
    *q = (struct judge_questions){0};
}

/* ---- answers ---- */

/* A set of thresholds at work. */
struct set {
    const struct judge_data *data;
    const float *thresholds;
    uint64_t *codes; /* (images of the session, words) */
    uint64_t *mask;  /* (words) room */
    size_t words;
    struct bits_counts *counts; /* NULL: nobody asks for a fit, or they would be too many */
    int threads;
};

/* Wide codes of few images are fitted through the images, as facet_pca_fit() can. */
static int counts_pay(const struct judge_data *data)
{
    return data->width <= data->trained->count && data->width <= FACET_DENSE_MOST;
}

static int open_set(struct set *s, int fits)
{
    const struct judge_data *d = s->data;
    const size_t n = d->trials->session->image_count;
    s->words = facet_bits_words(d->width);
    s->codes = facet_alloc(n, s->words * sizeof *s->codes, "codes");
    s->mask = facet_alloc(s->words, sizeof *s->mask, "codes");
    if (s->codes == NULL || s->mask == NULL) return FACET_ENOMEM;
    facet_bits_pack(d->x, n, d->width, s->thresholds, s->codes);
    if (!fits || !counts_pay(d)) return FACET_OK;
    return bits_counts_new(&s->counts, d->trained->x, d->trained->count, d->width, s->thresholds,
                           d->trained->identity, d->people);
}

static void close_set(struct set *s)
{
    free(s->codes);
    free(s->mask);
    bits_counts_free(&s->counts);
}

static int judge_hamming(const struct set *s, const struct judge_question *q,
                         const struct facet_verification_intervals *how,
                         struct facet_verification *result)
{
    const struct judge_data *d = s->data;
    struct facet_compare *c = NULL;
    memset(s->mask, 0, s->words * sizeof *s->mask);
    for (size_t k = 0; k < q->count; k++)
        s->mask[q->columns[k] / 64] |= (uint64_t)1 << q->columns[k] % 64;
    int code =
        facet_compare_codes(&c, s->codes, d->trials->session->image_count, s->words, s->mask);
    if (code == FACET_OK) code = judge_scores(d, c, how, result);
    facet_compare_free(&c);
    return code;
}

/* No answer: why, in this thread's words. */
static void give_up(struct judge_question *q, int code)
{
    q->code = code;
    q->why = facet_strdup(facet_error_message());
    q->result =
        (struct facet_verification){.accuracy = {NAN, NAN, NAN}, .sd = NAN, .standard_error = NAN};
}

static void answer(const struct set *s, struct judge_question *q)
{
    struct facet_verification_intervals how = s->data->intervals;
    how.threads = s->threads;
    if (!q->interval) how.replicates = 0;
    const struct bits_choice choice = {s->thresholds, q->columns, q->count};
    const int code =
        q->classifier == FACET_HAMMING
            ? judge_hamming(s, q, &how, &q->result)
            : judge_choice(s->data, s->data->x, s->counts, choice, q->classifier, &how, &q->result);
    if (code < 0) give_up(q, code);
}

static void answer_set(struct judge_questions *q, const struct judge_data *data, size_t set,
                       int threads)
{
    struct set s = {.data = data, .thresholds = q->sets[set], .threads = threads};
    int fits = 0;
    for (size_t i = 0; i < q->count; i++)
        fits |= q->asked[i].set == set && q->asked[i].classifier == FACET_JOINT_BAYESIAN;
    const int code = open_set(&s, fits);
    for (size_t i = 0; i < q->count; i++) {
        if (q->asked[i].set != set) continue;
        if (code == FACET_OK)
            answer(&s, &q->asked[i]);
        else
            give_up(&q->asked[i], code);
    }
    close_set(&s);
}

int judge_answer(struct judge_questions *q, const struct judge_data *data)
{
    const int threads = data->intervals.threads;
    const int own = q->set_count > 1 ? 1 : threads;
    facet_dense_one_thread();
#pragma omp parallel for schedule(dynamic, 1) num_threads(threads)
    for (size_t set = 0; set < q->set_count; set++) answer_set(q, data, set, own);
    for (size_t i = 0; i < q->count; i++) {
        const struct judge_question *a = &q->asked[i];
        const int unfit = a->classifier == FACET_JOINT_BAYESIAN &&
                          (a->code == FACET_EFORMAT || a->code == FACET_EINVAL);
        if (a->code < 0 && !unfit)
            return facet_fail(a->code, "%s", a->why != NULL ? a->why : "out of memory");
    }
    return FACET_OK;
}
