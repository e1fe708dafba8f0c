#include "binarize/binarize.h"

#include "base/rng.h"
#include "binarize/bits.h"
#include "binarize/informative.h"
#include "binarize/judge.h"
#include "binarize/neighbours.h"
#include "binarize/storage.h"
#include "binarize/tables.h"
#include "compare/trials.h"
#include "kernels/bits.h"
#include "stats/histogram.h"
#include "stats/pairs.h"
#include "stats/roc.h"
#include "store/codes.h"

#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TRAINING_PAIRS = 10000 }; /* of a kind, to choose a threshold on */

/* Everything a run holds. */
struct session {
    const struct facet_binarize_options *o;
    struct facet_provenance *run;
    struct facet_session *session;
    struct facet_trials *trials;
    struct facet_verification_intervals intervals;
    struct facet_verification_draws *draws; /* of them */
    struct facet_codes_writer *codes;
    struct binarize_tables tables;
    struct facet_binarize_report *report;
};

/* A layer of one or several files, in memory. */
struct subject {
    struct session *s;
    const char *layer;
    size_t networks, width;
    float *x;                       /* (images in pairs, width) */
    struct facet_trainees *trained; /* NULL without */
    struct judge_data data;         /* these, as they are judged */
    double scale;                   /* what the thresholds of the sweep are multiples of */
    double best;                    /* threshold of the sweep, NaN without trained */
    float *medians, *thresholds;    /* (width) the latter those of the rule */
    uint32_t *all;                  /* (width) 0, 1, 2, .. */
    struct judge_questions bits;    /* what is to be known of them */
};

static const char *const rules[FACET_RULES] = {"value", "median", "trained"};

int facet_binarize_rule_parse(const char *name, enum facet_binarize_rule *rule)
{
    for (int i = 0; i < FACET_RULES; i++)
        if (strcmp(rules[i], name) == 0) {
            *rule = (enum facet_binarize_rule)i;
            return FACET_OK;
        }
    return facet_fail(FACET_EINVAL, "no rule is named \"%s\" (there are: value, median, trained)",
                      name);
}

static void say(const struct session *s, const char *message)
{
    if (s->o->compare.say != NULL) s->o->compare.say(s->o->compare.context, message);
}

/* ---- thresholds ---- */

static void set_all(const struct subject *u, double threshold, float *thresholds)
{
    for (size_t j = 0; j < u->width; j++) thresholds[j] = (float)threshold;
}

static double sweep_value(const struct subject *u, size_t k)
{
    return u->s->o->thresholds[k] * u->scale;
}

/* How well Hamming distance tells pairs of training images at the best threshold on it. */
static int judge_training(const struct subject *u, const float *thresholds,
                          const struct facet_pairs *within, const struct facet_pairs *between,
                          double *accuracy)
{
    const struct facet_trainees *t = u->trained;
    const size_t words = facet_bits_words(u->width), pairs = within->count + between->count;
    struct facet_roc *roc = NULL;
    double threshold;
    uint64_t *codes = facet_alloc(t->count, words * sizeof *codes, "codes");
    uint32_t *differing = facet_alloc(pairs, sizeof *differing, "pairs");
    double *scores = facet_alloc(pairs, sizeof *scores, "pairs");
    uint8_t *same = facet_alloc(pairs, sizeof *same, "pairs");
    int code = codes == NULL || differing == NULL || scores == NULL || same == NULL ? FACET_ENOMEM
                                                                                    : FACET_OK;
    if (code == FACET_OK) {
        facet_bits_pack(t->x, t->count, u->width, thresholds, codes);
        facet_bits_pairs(codes, words, within->first, within->second, within->count, differing,
                         NULL);
        facet_bits_pairs(codes, words, between->first, between->second, between->count,
                         differing + within->count, NULL);
        for (size_t k = 0; k < pairs; k++) {
            scores[k] = -(double)differing[k];
            same[k] = k < within->count;
        }
        code = facet_roc_new(&roc, scores, same, pairs);
    }
    if (code == FACET_OK) code = facet_roc_threshold(roc, NULL, &threshold, accuracy);
    facet_roc_free(&roc);
    free(codes);
    free(differing);
    free(scores);
    free(same);
    return code;
}

/* accuracy (sweep) on pairs of training images. */
static int judge_sweep(const struct subject *u, const struct facet_pairs *within,
                       const struct facet_pairs *between, double *accuracy)
{
    const size_t sweep = u->s->o->threshold_count;
    float *thresholds = facet_alloc(sweep, u->width * sizeof *thresholds, "thresholds");
    if (thresholds == NULL) return FACET_ENOMEM;
    int failed = 0;
#pragma omp parallel for schedule(dynamic, 1) num_threads(u->s->o->compare.threads)                \
    reduction(|                                                                                    \
              : failed)
    for (size_t k = 0; k < sweep; k++) {
        set_all(u, sweep_value(u, k), thresholds + k * u->width);
        failed |= judge_training(u, thresholds + k * u->width, within, between, &accuracy[k]) < 0;
    }
    free(thresholds);
    return failed ? facet_fail(FACET_ENOMEM, "no memory for codes of %zu images", u->trained->count)
                  : FACET_OK;
}

/* The threshold of the sweep that is best on pairs of training images. */
static int choose_threshold(struct subject *u)
{
    const struct facet_binarize_options *o = u->s->o;
    const struct facet_trainees *t = u->trained;
    struct facet_pairs *within = NULL, *between = NULL;
    double most = -1, *accuracy = facet_alloc(o->threshold_count, sizeof *accuracy, "accuracies");
    int code = accuracy == NULL ? FACET_ENOMEM
                                : facet_pairs_sample(&within, t->identity, t->count,
                                                     FACET_PAIRS_WITHIN, TRAINING_PAIRS, o->seed);
    if (code == FACET_OK)
        code = facet_pairs_sample(&between, t->identity, t->count, FACET_PAIRS_BETWEEN,
                                  within->count, o->seed);
    if (code == FACET_OK) code = judge_sweep(u, within, between, accuracy);
    for (size_t k = 0; code == FACET_OK && k < o->threshold_count; k++) {
        if (accuracy[k] <= most) continue;
        most = accuracy[k];
        u->best = sweep_value(u, k);
    }
    free(accuracy);
    facet_pairs_free(&within);
    facet_pairs_free(&between);
    return code;
}

/* What doesn't need the pairs: from the training images, or where there are none from those in the
 * pairs. */
static int set_thresholds(struct subject *u)
{
    const struct facet_binarize_options *o = u->s->o;
    const float *x = u->trained != NULL ? u->trained->x : u->x;
    const size_t n = u->trained != NULL ? u->trained->count : u->s->session->image_count;
    u->scale = o->relative ? bits_scale(x, n, u->width) : 1;
    u->best = NAN;
    int code = bits_medians(x, n, u->width, o->compare.threads, u->medians);
    if (code == FACET_OK && u->trained != NULL) code = choose_threshold(u);
    if (o->rule == FACET_RULE_MEDIAN)
        memcpy(u->thresholds, u->medians, u->width * sizeof *u->medians);
    else
        set_all(u, o->rule == FACET_RULE_VALUE ? o->threshold : u->best, u->thresholds);
    return code;
}

/* ---- a layer in memory ---- */

static int read_values(struct subject *u, struct facet_acts *const *files,
                       struct facet_acts *const *train_files)
{
    const struct session *s = u->s;
    const struct facet_binarize_options *o = s->o;
    const struct facet_trials *t = s->trials;
    const enum facet_combine combine = o->compare.combine >= 0
                                           ? (enum facet_combine)o->compare.combine
                                           : facet_combine_best(files[0], o->compare.view);
    struct facet_features *f = NULL;
    int code = facet_features_new(&f, files, u->networks, u->layer, o->compare.view, combine);
    if (code == FACET_OK) {
        u->width = f->width;
        u->x = facet_alloc(t->session->image_count, f->width * sizeof *u->x, "features");
        code = u->x == NULL ? FACET_ENOMEM
                            : facet_features_read(f, t->session->images, t->session->image_count,
                                                  s->run, u->x);
    }
    facet_features_free(&f);
    if (code < 0 || s->o->compare.train_count == 0) return code;
    facet_acts_identities(train_files[0], &u->data.people);
    code = facet_features_new(&f, train_files, u->networks, u->layer, "original", combine);
    if (code == FACET_OK && f->width != u->width)
        code = facet_fail(FACET_EINVAL, "%s: %s has %zu values of an image, but %zu in %s",
                          facet_acts_path(train_files[0]), u->layer, f->width, u->width,
                          facet_acts_path(files[0]));
    if (code == FACET_OK)
        code = facet_trainees_read(&u->trained, f, t->session->people, t->session->people_count,
                                   s->run);
    facet_features_free(&f);
    return code;
}

static void free_subject(struct subject *u)
{
    facet_trainees_free(&u->trained);
    judge_free(&u->bits);
    free(u->x);
    free(u->medians);
    free(u->thresholds);
    free(u->all);
}

static int read_subject(struct subject *u)
{
    const struct session *s = u->s;
    const struct facet_binarize_options *o = s->o;
    int code = read_values(u, s->session->files, s->session->train_files);
    if (code < 0) return code;
    u->data.trials = s->trials;
    u->data.x = u->x;
    u->data.width = u->width;
    u->data.trained = u->trained;
    u->data.fit = (struct facet_fit){.pca = o->compare.pca, .ridge = o->compare.ridge};
    u->data.intervals = s->intervals;
    u->data.disjoint = o->disjoint;
    u->medians = facet_alloc(u->width, sizeof *u->medians, "thresholds");
    u->thresholds = facet_alloc(u->width, sizeof *u->thresholds, "thresholds");
    u->all = facet_alloc(u->width, sizeof *u->all, "bits");
    if (u->medians == NULL || u->thresholds == NULL || u->all == NULL) return FACET_ENOMEM;
    for (size_t j = 0; j < u->width; j++) u->all[j] = (uint32_t)j;
    return set_thresholds(u);
}

/* ---- what is asked of bits ---- */

static const enum facet_comparison both[] = {FACET_HAMMING, FACET_JOINT_BAYESIAN};

/* Joint Bayesian needs training images. */
static int classifiers(const struct subject *u)
{
    return u->trained != NULL ? 2 : 1;
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
    for (int i = 0; code == FACET_OK && i < classifiers(u); i++)
        code = ask(u, both[i], thresholds, columns, count, &which[i]);
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

/* Joint Bayesian needs training images. */
static int first_classifier(const struct subject *u)
{
    return u->trained != NULL ? 0 : 1;
}

static int ask_table4(struct subject *u, struct waiting *w)
{
    int code = FACET_OK;
    for (int i = first_classifier(u); code == FACET_OK && i < 3; i++)
        code = judge_values(&u->data, u->x, real_classifiers[i], &w->real[i]);
    for (int i = first_classifier(u); code == FACET_OK && i < 3; i++)
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
    for (int i = first_classifier(u); code == FACET_OK && i < 3; i++)
        code = add_line(u, 0, real_classifiers[i], &w->real[i]);
    for (int i = first_classifier(u); code == FACET_OK && i < 3; i++)
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
        set_all(u, sweep_value(u, k), same);
        code = ask_threshold(u, w, rules[FACET_RULE_VALUE], sweep_value(u, k), same);
    }
    if (code == FACET_OK) code = ask_threshold(u, w, rules[FACET_RULE_MEDIAN], NAN, u->medians);
    if (code == FACET_OK && u->trained != NULL) {
        set_all(u, u->best, same);
        code = ask_threshold(u, w, rules[FACET_RULE_TRAINED], u->best, same);
    }
    free(same);
    return code;
}

static void write_thresholds(const struct subject *u, const struct waiting *w)
{
    for (size_t k = 0; k < w->threshold_count; k++) {
        const struct threshold_row *row = &w->thresholds[k];
        for (int i = 0; i < classifiers(u); i++)
            tables_threshold(&u->s->tables, u->layer, row->rule, row->threshold, row->active_share,
                             both[i], u->s->trials->protocol->count,
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
    for (int i = 0; i < classifiers(u); i++) {
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
        say(u->s, text);
    }
}

/* Everything that is judged on pairs; of several networks together only table 4. */
static int run_accuracy(struct subject *u)
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

/* ---- the other tables ---- */

static int run_bits(struct subject *u)
{
    const struct session *s = u->s;
    const size_t n = s->session->image_count;
    uint64_t counts[BITS_BINS];
    size_t constant = 0;
    char text[256], name[256];
    size_t *on = facet_alloc(u->width, sizeof *on, "bits");
    if (on == NULL) return FACET_ENOMEM;
    bits_count(u->x, n, u->width, u->thresholds, on);
    for (size_t j = 0; j < u->width; j++) {
        const double share = (double)on[j] / (double)n;
        tables_bit(&u->s->tables, u->layer, j, (double)u->thresholds[j], share,
                   bits_entropy(share));
    }
    free(on);
    int code = bits_correlations(u->x, n, u->width, u->thresholds, s->o->compare.threads, counts,
                                 &constant);
    for (size_t k = 0; code == FACET_OK && k < BITS_BINS; k++)
        tables_correlation(&u->s->tables, u->layer, facet_histogram_edge(k, BITS_BINS, -1, 1),
                           facet_histogram_edge(k + 1, BITS_BINS, -1, 1), counts[k]);
    if (code < 0) return code;
    snprintf(text, sizeof text, "%s: %zu of %zu bits are the same on all images", u->layer,
             constant, u->width);
    if (constant > 0) say(s, text);
    snprintf(name, sizeof name, "constant_bits %s", u->layer);
    return facet_provenance_set(s->run, name, "%zu", constant);
}

/* Accuracy of values rounded to float16; NaN where one is too large. */
static int judge_halves(struct subject *u, double *accuracy)
{
    const size_t count = u->s->session->image_count * u->width;
    struct judge_data data = u->data;
    struct facet_verification v = {.accuracy = {NAN, NAN, NAN}};
    float *rounded = facet_alloc(count, sizeof *rounded, "features");
    data.intervals.replicates = 0;
    int code = rounded == NULL ? FACET_ENOMEM : storage_round(u->x, count, rounded);
    if (code == FACET_OK)
        code = judge_values(&data, rounded, FACET_COSINE, &v);
    else if (code == FACET_EINVAL)
        code = FACET_OK;
    *accuracy = v.accuracy.estimate;
    free(rounded);
    return code;
}

/* Accuracy of a line of table4 that is there by now. */
static double accuracy_of(const struct subject *u, int binary, enum facet_comparison classifier)
{
    const struct facet_binarize_report *report = u->s->report;
    for (size_t i = report->line_count; i-- > 0;)
        if (report->lines[i].binary == binary && report->lines[i].classifier == classifier)
            return report->lines[i].result.accuracy.estimate;
    return NAN;
}

static int run_storage(struct subject *u, const uint64_t *codes)
{
    struct binarize_tables *t = &u->s->tables;
    const size_t n = u->s->session->image_count;
    double floats, bits, rounded;
    int code = storage_time_floats(u->x, n, u->width, &floats);
    if (code == FACET_OK) code = storage_time_codes(codes, n, facet_bits_words(u->width), &bits);
    if (code == FACET_OK) code = judge_halves(u, &rounded);
    if (code < 0) return code;
    tables_storage(t, u->layer, "float32", 4 * u->width, floats, accuracy_of(u, 0, FACET_COSINE));
    tables_storage(t, u->layer, "float16", 2 * u->width, NAN, rounded);
    tables_storage(t, u->layer, "bits", (u->width + 7) / 8, bits, accuracy_of(u, 1, FACET_HAMMING));
    return FACET_OK;
}

static int run_neighbours(struct subject *u, const uint64_t *codes)
{
    const struct facet_session *session = u->s->session;
    const size_t n = session->image_count, words = facet_bits_words(u->width);
    struct neighbours found;
    size_t people;
    const int32_t *known = facet_acts_identities(session->files[0], &people);
    if (known == NULL) return FACET_OK; /* nobody knows who is who */
    int32_t *identity = facet_alloc(n, sizeof *identity, "identities");
    if (identity == NULL) return FACET_ENOMEM;
    for (size_t i = 0; i < n; i++) identity[i] = known[session->images[i]];
    int code = neighbours_find(codes, n, words, identity, people, u->s->o->compare.threads, &found);
    for (size_t d = 0; code == FACET_OK && d <= 64 * words; d++)
        if (found.within[d] + found.between[d] > 0)
            tables_distance(&u->s->tables, u->layer, d, found.within[d], found.between[d]);
    if (code == FACET_OK) tables_nearest(&u->s->tables, u->layer, n, found.probes, found.right);
    neighbours_free(&found);
    free(identity);
    return code;
}

static int run_codes(struct subject *u)
{
    const size_t n = u->s->session->image_count;
    uint64_t *codes = facet_alloc(n, facet_bits_words(u->width) * sizeof *codes, "codes");
    if (codes == NULL) return FACET_ENOMEM;
    facet_bits_pack(u->x, n, u->width, u->thresholds, codes);
    int code = run_storage(u, codes);
    if (code == FACET_OK) code = run_neighbours(u, codes);
    if (code == FACET_OK)
        code = facet_codes_write(u->s->codes, u->layer, u->width, u->thresholds, codes);
    free(codes);
    return code;
}

/* ---- all of it ---- */

/* A layer of the first file, or for table4 alone of all files together. */
static int run_layer(struct session *s, const char *layer, size_t networks)
{
    struct subject u = {.s = s, .layer = layer, .networks = networks};
    int code = read_subject(&u);
    if (code == FACET_OK) code = run_accuracy(&u);
    if (code == FACET_OK && networks == 1) code = run_bits(&u);
    if (code == FACET_OK && networks == 1) code = run_codes(&u);
    free_subject(&u);
    return code;
}

static int begin_codes(struct session *s)
{
    const struct facet_trials *t = s->trials;
    size_t people;
    const int known = facet_acts_identities(t->session->files[0], &people) != NULL;
    char *path = facet_format("%s/codes.h5", s->o->compare.folder);
    const char **names = facet_alloc(t->session->image_count, sizeof *names, "images");
    const char **identities =
        facet_alloc(t->session->image_count, sizeof *identities, "identities");
    int code = path == NULL || names == NULL || identities == NULL ? FACET_ENOMEM : FACET_OK;
    for (size_t i = 0; code == FACET_OK && i < t->session->image_count; i++) {
        names[i] = facet_acts_image(t->session->files[0], t->session->images[i]);
        identities[i] = facet_acts_identity(t->session->files[0], t->session->images[i]);
    }
    const struct facet_codes_images images = {t->session->image_count, names,
                                              known ? identities : NULL};
    if (code == FACET_OK) code = facet_codes_create(&s->codes, path, &images, s->run);
    free(path);
    free(names);
    free(identities);
    return code;
}

static int record_settings(const struct session *s)
{
    const struct facet_binarize_options *o = s->o;
    const struct facet_kernels *kernels;
    int code = facet_kernels_choose(NULL, &kernels);
    if (code == FACET_OK) code = facet_provenance_set(s->run, "kernels", "%s", kernels->name);
    if (code == FACET_OK) code = facet_provenance_set(s->run, "rule", "%s", rules[o->rule]);
    if (code == FACET_OK && o->rule == FACET_RULE_VALUE)
        code = facet_provenance_set(s->run, "threshold", "%.9g", o->threshold);
    return code;
}

static int set_up(struct session *s)
{
    const struct facet_binarize_options *o = s->o;
    const struct facet_protocol_options protocol = {.allow_missing = o->allow_missing,
                                                    .seed = o->seed};
    int code = facet_session_new(&s->session, &o->compare, s->run);
    if (code == FACET_OK)
        code = facet_trials_new(&s->trials, s->session, o->pairs, &protocol, NULL);
    if (code < 0) return code;
    if (s->trials->protocol->folds < 2)
        return facet_fail(FACET_EINVAL,
                          "%s: has one fold; accuracy needs two, to choose the threshold of one on "
                          "the others",
                          o->pairs);
    s->report->pairs = s->trials->protocol->count;
    s->report->listed = s->trials->protocol->listed;
    s->report->missing = s->trials->protocol->missing_count;
    s->report->images = s->session->image_count;
    s->report->lines =
        facet_alloc(2 * facet_session_layers(s->session), 6 * sizeof *s->report->lines, "results");
    if (s->report->lines == NULL) return FACET_ENOMEM;
    s->intervals = (struct facet_verification_intervals){
        .replicates = o->replicates, .level = 0.95, .seed = o->seed, .threads = o->compare.threads};
    code = facet_trials_draw(s->trials, &s->intervals, &s->draws);
    s->intervals.draws = s->draws;
    if (code == FACET_OK) code = record_settings(s);
    if (code == FACET_OK) code = begin_codes(s);
    return code == FACET_OK ? tables_new(&s->tables, o->compare.folder) : code;
}

static void tear_down(struct session *s)
{
    facet_codes_discard(&s->codes);
    tables_free(&s->tables);
    facet_verification_draws_free(&s->draws);
    facet_trials_free(&s->trials);
    facet_session_free(&s->session);
}

int facet_binarize_run(const struct facet_binarize_options *options, struct facet_provenance *run,
                       struct facet_binarize_report *report)
{
    struct session s = {.o = options, .run = run, .report = report};
    *report = (struct facet_binarize_report){0};
    int code = set_up(&s);
    const size_t layers = code < 0 ? 0 : facet_session_layers(s.session);
    for (size_t i = 0; code == FACET_OK && i < layers; i++) {
        const char *layer = facet_session_layer_name(s.session, i);
        code = run_layer(&s, layer, 1);
        if (code == FACET_OK && options->compare.path_count > 1)
            code = run_layer(&s, layer, options->compare.path_count);
    }
    if (code == FACET_OK) code = facet_codes_commit(&s.codes);
    if (code == FACET_OK) code = tables_commit(&s.tables, run);
    tear_down(&s);
    return code;
}

void facet_binarize_free(struct facet_binarize_report *report)
{
    for (size_t i = 0; i < report->line_count; i++) free(report->lines[i].layer);
    free(report->lines);
    *report = (struct facet_binarize_report){0};
}
