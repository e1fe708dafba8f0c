#include "base/rng.h"
#include "binarize/bits.h"
#include "binarize/informative.h"
#include "binarize/subject.h"

#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- what is asked of bits ---- */

static const enum facet_comparison both[] = {FACET_HAMMING, FACET_JOINT_BAYESIAN};

/* Joint Bayesian needs training images. */
static int can_use(const struct subject *u, enum facet_comparison classifier)
{
    return classifier != FACET_JOINT_BAYESIAN || u->trained != NULL;
}

static int ask(struct subject *u, enum facet_comparison classifier, const float *thresholds,
               const uint32_t *columns, size_t count, size_t *which)
{
    return judge_ask(&u->bits, &u->data, thresholds, columns, count, classifier, 1, which);
}

/* Of these bits by both classifiers. */
static int ask_both(struct subject *u, const float *thresholds, const uint32_t *columns,
                    size_t count, size_t which[2])
{
    int code = FACET_OK;
    for (int i = 0; code == FACET_OK && i < 2; i++)
        if (can_use(u, both[i])) code = ask(u, both[i], thresholds, columns, count, &which[i]);
    return code;
}

/* Rows that wait for their answers. */
struct threshold_row {
    const char *rule;
    double threshold; /* what the table says */
    double active_share;
    size_t which[2];
};
struct length_row {
    const char *choice;
    size_t bits, which[2];
};
struct waiting {
    struct facet_verification real[3]; /* which don't have to wait */
    size_t table4[3];
    struct threshold_row *thresholds;
    struct length_row *lengths; /* but for random bits */
    uint32_t *informative;      /* (longest length) */
    uint32_t *random;           /* (repeats, width) */
    size_t *drawn;              /* (repeats, lengths) questions of them */
    size_t threshold_count, length_count;
};

static void free_waiting(struct waiting *w)
{
    free(w->thresholds);
    free(w->lengths);
    free(w->informative);
    free(w->random);
    free(w->drawn);
}

/* ---- table 4 ---- */

static const enum facet_comparison real_classifiers[] = {FACET_JOINT_BAYESIAN, FACET_COSINE,
                                                         FACET_EUCLIDEAN};
static const enum facet_comparison bit_classifiers[] = {FACET_JOINT_BAYESIAN, FACET_HAMMING,
                                                        FACET_COSINE};

static int ask_table4(struct subject *u, struct waiting *w)
{
    int code = FACET_OK;
    for (int i = 0; code == FACET_OK && i < 3; i++)
        if (can_use(u, real_classifiers[i]))
            code = judge_values(&u->data, u->x, real_classifiers[i], &w->real[i]);
    for (int i = 0; code == FACET_OK && i < 3; i++)
        if (can_use(u, bit_classifiers[i]))
            code = ask(u, bit_classifiers[i], u->thresholds, u->all, u->width, &w->table4[i]);
    return code;
}

static int add_line(const struct subject *u, int binary, enum facet_comparison classifier,
                    const struct facet_verification *result)
{
    struct facet_binarize_report *report = u->s->report;
    struct facet_binarize_line *line = &report->lines[report->line_count];
    *line = (struct facet_binarize_line){.layer = facet_strdup(u->layer),
                                         .binary = binary,
                                         .classifier = classifier,
                                         .networks = u->networks,
                                         .result = *result};
    if (line->layer == NULL) return FACET_ENOMEM;
    report->line_count++;
    tables_table4(&u->s->tables, line, u->s->trials->protocol->count);
    return FACET_OK;
}

static int write_table4(const struct subject *u, const struct waiting *w)
{
    int code = FACET_OK;
    for (int i = 0; code == FACET_OK && i < 3; i++)
        if (can_use(u, real_classifiers[i]))
            code = add_line(u, 0, real_classifiers[i], &w->real[i]);
    for (int i = 0; code == FACET_OK && i < 3; i++)
        if (can_use(u, bit_classifiers[i]))
            code = add_line(u, 1, bit_classifiers[i], &u->bits.asked[w->table4[i]].result);
    return code;
}

/* ---- accuracy against threshold ---- */

/* `threshold` is what the table says. */
static int ask_threshold(struct subject *u, struct waiting *w, const char *rule, double threshold,
                         const float *thresholds)
{
    const size_t n = u->s->session->image_count;
    struct threshold_row *row = &w->thresholds[w->threshold_count++];
    size_t *on = facet_alloc(u->width, sizeof *on, "bits"), all = 0;
    if (on == NULL) return FACET_ENOMEM;
    bits_count(u->x, n, u->width, thresholds, on);
    for (size_t j = 0; j < u->width; j++) all += on[j];
    free(on);
    *row = (struct threshold_row){
        .rule = rule, .threshold = threshold, .active_share = (double)all / (double)(n * u->width)};
    return ask_both(u, thresholds, u->all, u->width, row->which);
}

static int ask_thresholds(struct subject *u, struct waiting *w)
{
    const size_t sweep = u->s->o->threshold_count;
    float *same = facet_alloc(u->width, sizeof *same, "thresholds");
    w->thresholds = facet_alloc(sweep + 2, sizeof *w->thresholds, "thresholds");
    int code = same == NULL || w->thresholds == NULL ? FACET_ENOMEM : FACET_OK;
    for (size_t k = 0; code == FACET_OK && k < sweep; k++) {
        subject_set_all(u, subject_sweep_value(u, k), same);
        code = ask_threshold(u, w, facet_binarize_rules[FACET_RULE_VALUE],
                             subject_sweep_value(u, k), same);
    }
    if (code == FACET_OK)
        code = ask_threshold(u, w, facet_binarize_rules[FACET_RULE_MEDIAN], NAN, u->medians);
    if (code == FACET_OK && u->trained != NULL) {
        subject_set_all(u, u->best, same);
        code = ask_threshold(u, w, facet_binarize_rules[FACET_RULE_TRAINED], u->best, same);
    }
    free(same);
    return code;
}

static void write_thresholds(const struct subject *u, const struct waiting *w)
{
    for (size_t k = 0; k < w->threshold_count; k++) {
        const struct threshold_row *row = &w->thresholds[k];
        for (int i = 0; i < 2; i++)
            if (can_use(u, both[i]))
                tables_threshold(&u->s->tables, u->layer, row->rule, row->threshold,
                                 row->active_share, both[i], u->s->trials->protocol->count,
                                 &u->bits.asked[row->which[i]].result.accuracy);
    }
}

/* ---- accuracy against length ---- */

/* Shorter ones of the lengths than all bits. */
static size_t count_lengths(const struct subject *u)
{
    size_t count = 0;
    while (count < u->s->o->length_count && u->s->o->lengths[count] < u->width) count++;
    return count;
}

static int ask_length(struct subject *u, struct waiting *w, const char *choice,
                      const uint32_t *columns, size_t count)
{
    struct length_row *row = &w->lengths[w->length_count++];
    *row = (struct length_row){.choice = choice, .bits = count};
    return ask_both(u, u->thresholds, columns, count, row->which);
}

static int ask_informative(struct subject *u, struct waiting *w)
{
    const struct facet_trainees *t = u->trained;
    const size_t lengths = count_lengths(u),
                 longest = lengths > 0 ? u->s->o->lengths[lengths - 1] : 0;
    w->informative = facet_alloc(longest, sizeof *w->informative, "bits");
    int code = w->informative == NULL
                   ? FACET_ENOMEM
                   : bits_informative(t->x, t->count, u->width, u->thresholds, t->identity,
                                      u->data.people, longest, w->informative);
    for (size_t k = 0; code == FACET_OK && k < lengths; k++)
        code = ask_length(u, w, "informative", w->informative, u->s->o->lengths[k]);
    return code;
}

/* Random bits: those of a repeat are the first of its order. */
static int ask_random(struct subject *u, struct waiting *w)
{
    const struct facet_binarize_options *o = u->s->o;
    const size_t lengths = count_lengths(u);
    gsl_rng *rng = facet_rng_new(o->seed, 0);
    w->random = facet_alloc(o->repeats, u->width * sizeof *w->random, "bits");
    w->drawn = facet_alloc(o->repeats, lengths * sizeof *w->drawn, "bits");
    int code = rng == NULL || w->random == NULL || w->drawn == NULL ? FACET_ENOMEM : FACET_OK;
    for (size_t r = 0; code == FACET_OK && r < o->repeats; r++) {
        uint32_t *order = w->random + r * u->width;
        facet_rng_restart(rng, o->seed, facet_rng_stream(u->layer) + r);
        memcpy(order, u->all, u->width * sizeof *order);
        gsl_ran_shuffle(rng, order, u->width, sizeof *order);
        for (size_t k = 0; code == FACET_OK && k < lengths; k++)
            code = judge_ask(&u->bits, &u->data, u->thresholds, order, o->lengths[k], FACET_HAMMING,
                             0, &w->drawn[r * lengths + k]);
    }
    if (rng != NULL) gsl_rng_free(rng);
    return code;
}

static int ask_lengths(struct subject *u, struct waiting *w)
{
    w->lengths = facet_alloc(count_lengths(u) + 1, sizeof *w->lengths, "lengths");
    int code = w->lengths == NULL ? FACET_ENOMEM : FACET_OK;
    if (code == FACET_OK && u->trained != NULL) code = ask_informative(u, w);
    if (code == FACET_OK) code = ask_random(u, w);
    return code == FACET_OK ? ask_length(u, w, "all", u->all, u->width) : code;
}

static void write_length(const struct subject *u, const struct length_row *row)
{
    for (int i = 0; i < 2; i++) {
        if (!can_use(u, both[i])) continue;
        const struct facet_verification *v = &u->bits.asked[row->which[i]].result;
        tables_length(&u->s->tables, u->layer, row->choice, row->bits, 1, both[i], &v->accuracy,
                      v->sd);
    }
}

static void write_random(const struct subject *u, const struct waiting *w, size_t k)
{
    const size_t lengths = count_lengths(u), repeats = u->s->o->repeats;
    double sum = 0, squares = 0;
    for (size_t r = 0; r < repeats; r++)
        sum += u->bits.asked[w->drawn[r * lengths + k]].result.accuracy.estimate;
    const struct facet_estimate mean = {sum / (double)repeats, NAN, NAN};
    for (size_t r = 0; r < repeats; r++) {
        const double off =
            u->bits.asked[w->drawn[r * lengths + k]].result.accuracy.estimate - mean.estimate;
        squares += off * off;
    }
    tables_length(&u->s->tables, u->layer, "random", u->s->o->lengths[k], repeats, FACET_HAMMING,
                  &mean, repeats > 1 ? sqrt(squares / (double)(repeats - 1)) : NAN);
}

/* Informative, random and, in the end, all bits. */
static void write_lengths(const struct subject *u, const struct waiting *w)
{
    const size_t last = w->length_count - 1;
    for (size_t k = 0; k < last; k++) write_length(u, &w->lengths[k]);
    for (size_t k = 0; k < count_lengths(u); k++) write_random(u, w, k);
    write_length(u, &w->lengths[last]);
}

/* ---- accuracy ---- */

static void say_unfit(const struct subject *u)
{
    char text[1200];
    for (size_t i = 0; i < u->bits.count; i++) {
        const struct judge_question *q = &u->bits.asked[i];
        if (q->code == FACET_OK) continue;
        snprintf(text, sizeof text, "%s: no Joint Bayesian of %zu bits: %s", u->layer, q->count,
                 q->why);
        binarize_say(u->s, text);
    }
}

/* Everything that is judged on pairs; of several networks together only table 4. */
int subject_judge(struct subject *u)
{
    const int alone = u->networks == 1;
    struct waiting w = {0};
    int code = ask_table4(u, &w);
    if (code == FACET_OK && alone) code = ask_thresholds(u, &w);
    if (code == FACET_OK && alone) code = ask_lengths(u, &w);
    if (code == FACET_OK) code = judge_answer(&u->bits, &u->data);
    if (code == FACET_OK) say_unfit(u);
    if (code == FACET_OK) code = write_table4(u, &w);
    if (code == FACET_OK && alone) {
        write_thresholds(u, &w);
        write_lengths(u, &w);
    }
    free_waiting(&w);
    return code;
}
