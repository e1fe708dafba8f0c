#include "binarize/binarize.h"

#include "base/rng.h"
#include "binarize/bits.h"
#include "binarize/informative.h"
#include "binarize/neighbours.h"
#include "binarize/storage.h"
#include "binarize/tables.h"
#include "compare/fit.h"
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
    struct facet_session_options files; /* that are opened */
    struct facet_session *session;
    struct facet_trials *trials;
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
    size_t people;                  /* numbers of trained->identity are below */
    double scale;                   /* what the thresholds of the sweep are multiples of */
    double best;                    /* threshold of the sweep, NaN without trained */
    float *medians, *thresholds;    /* (width) the latter those of the rule */
    float *others;                  /* (width) room for further ones */
    uint32_t *columns, *all;        /* (width) room for a choice of them; 0, 1, 2, .. */
    double *scores;                 /* [pairs] */
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
    if (s->o->say != NULL) s->o->say(s->o->context, message);
}

/* ---- accuracy ---- */

/* A metric for `choice` of the training images' values. Without the columns that are the same for
 * all of them, which say nothing and cannot be fitted: *choice is left with the others, in
 * u->columns. */
static int fit(struct subject *u, struct bits_choice *choice, struct facet_metric **metric)
{
    const struct facet_binarize_options *o = u->s->o;
    const struct facet_trainees *t = u->trained;
    choice->count = bits_varying(t->x, t->count, u->width, choice, u->columns);
    choice->columns = u->columns;
    if (choice->count == 0)
        return facet_fail(FACET_EFORMAT, "all values are the same for all training images");
    const struct facet_fit how = {
        .pca = choice->count > o->pca ? o->pca : 0, .ridge = o->ridge, .threads = o->threads};
    float *x = facet_alloc(t->count, choice->count * sizeof *x, "training features");
    if (x == NULL) return FACET_ENOMEM;
    bits_gather(t->x, t->count, u->width, choice, x);
    int code = facet_fit_metric(metric, x, t->count, choice->count, t->identity, &how);
    free(x);
    return code;
}

/* Verification by these values, x (images in pairs, width) as the training images' values. */
static int judge_values(struct subject *u, const float *x, enum facet_comparison classifier,
                        struct bits_choice choice, size_t replicates, struct facet_verification *v)
{
    const struct facet_binarize_options *o = u->s->o;
    const struct facet_trials *trials = u->s->trials;
    const struct facet_verification_intervals intervals = {
        .replicates = replicates, .level = 0.95, .seed = o->seed, .threads = o->threads};
    struct facet_metric *metric = NULL;
    struct facet_compare *c = NULL;
    int code = classifier == FACET_JOINT_BAYESIAN ? fit(u, &choice, &metric) : FACET_OK;
    if (code < 0) return code;
    const struct facet_compare_options how = {.metric = metric, .threads = o->threads};
    float *values =
        facet_alloc(trials->session->image_count, choice.count * sizeof *values, "features");
    if (values == NULL) code = FACET_ENOMEM;
    if (code == FACET_OK) {
        bits_gather(x, trials->session->image_count, u->width, &choice, values);
        code = facet_compare_new(&c, classifier, values, trials->session->image_count, choice.count,
                                 &how);
    }
    free(values);
    if (code == FACET_OK) {
        facet_trials_score(trials, c, o->threads, u->scores);
        code = facet_trials_judge(trials, u->scores, o->disjoint, &intervals, v);
    }
    facet_compare_free(&c);
    facet_metric_free(&metric);
    return code;
}

/* Verification by bits; where Joint Bayesian cannot be fitted to them, that is said, and all is
 * NaN. */
static int judge_bits(struct subject *u, enum facet_comparison classifier, const float *thresholds,
                      const uint32_t *columns, size_t count, size_t replicates,
                      struct facet_verification *v)
{
    const struct bits_choice choice = {thresholds, columns, count};
    char text[1200];
    const int code = judge_values(u, u->x, classifier, choice, replicates, v);
    if (classifier != FACET_JOINT_BAYESIAN || (code != FACET_EFORMAT && code != FACET_EINVAL))
        return code;
    snprintf(text, sizeof text, "%s: no Joint Bayesian of %zu bits: %s", u->layer, count,
             facet_error_message());
    say(u->s, text);
    *v = (struct facet_verification){.accuracy = {NAN, NAN, NAN}, .sd = NAN, .standard_error = NAN};
    return FACET_OK;
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
static int judge_training(struct subject *u, const struct facet_pairs *within,
                          const struct facet_pairs *between, double *accuracy)
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
        facet_bits_pack(t->x, t->count, u->width, u->others, codes);
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

/* The threshold of the sweep that is best on pairs of training images. */
static int choose_threshold(struct subject *u)
{
    const struct facet_binarize_options *o = u->s->o;
    const struct facet_trainees *t = u->trained;
    struct facet_pairs *within = NULL, *between = NULL;
    double accuracy, most = -1;
    int code = facet_pairs_sample(&within, t->identity, t->count, FACET_PAIRS_WITHIN,
                                  TRAINING_PAIRS, o->seed);
    if (code == FACET_OK)
        code = facet_pairs_sample(&between, t->identity, t->count, FACET_PAIRS_BETWEEN,
                                  within->count, o->seed);
    for (size_t k = 0; code == FACET_OK && k < o->threshold_count; k++) {
        set_all(u, sweep_value(u, k), u->others);
        code = judge_training(u, within, between, &accuracy);
        if (code < 0 || accuracy <= most) continue;
        most = accuracy;
        u->best = sweep_value(u, k);
    }
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
    int code = bits_medians(x, n, u->width, o->threads, u->medians);
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
    const enum facet_combine combine =
        o->combine >= 0 ? (enum facet_combine)o->combine : facet_combine_best(files[0], o->view);
    struct facet_features *f = NULL;
    int code = facet_features_new(&f, files, u->networks, u->layer, o->view, combine);
    if (code == FACET_OK) {
        u->width = f->width;
        u->x = facet_alloc(t->session->image_count, f->width * sizeof *u->x, "features");
        code = u->x == NULL ? FACET_ENOMEM
                            : facet_features_read(f, t->session->images, t->session->image_count,
                                                  s->run, u->x);
    }
    facet_features_free(&f);
    if (code < 0 || s->o->train_count == 0) return code;
    facet_acts_identities(train_files[0], &u->people);
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
    free(u->x);
    free(u->medians);
    free(u->thresholds);
    free(u->others);
    free(u->columns);
    free(u->all);
    free(u->scores);
}

static int read_subject(struct subject *u)
{
    const size_t pairs = u->s->trials->protocol->count;
    int code = read_values(u, u->s->session->files, u->s->session->train_files);
    if (code < 0) return code;
    u->medians = facet_alloc(u->width, sizeof *u->medians, "thresholds");
    u->thresholds = facet_alloc(u->width, sizeof *u->thresholds, "thresholds");
    u->others = facet_alloc(u->width, sizeof *u->others, "thresholds");
    u->columns = facet_alloc(u->width, sizeof *u->columns, "bits");
    u->all = facet_alloc(u->width, sizeof *u->all, "bits");
    u->scores = facet_alloc(pairs, sizeof *u->scores, "scores");
    if (u->medians == NULL || u->thresholds == NULL || u->others == NULL || u->columns == NULL ||
        u->all == NULL || u->scores == NULL)
        return FACET_ENOMEM;
    for (size_t j = 0; j < u->width; j++) u->all[j] = (uint32_t)j;
    return set_thresholds(u);
}

/* ---- the tables ---- */

static int run_table4(struct subject *u, int binary, enum facet_comparison classifier)
{
    struct facet_binarize_report *report = u->s->report;
    struct facet_binarize_line *line = &report->lines[report->line_count];
    if (classifier == FACET_JOINT_BAYESIAN && u->trained == NULL) return FACET_OK;
    *line = (struct facet_binarize_line){.layer = facet_strdup(u->layer),
                                         .binary = binary,
                                         .classifier = classifier,
                                         .networks = u->networks};
    report->line_count++;
    if (line->layer == NULL) return FACET_ENOMEM;
    const struct bits_choice values = {NULL, u->all, u->width};
    int code = binary
                   ? judge_bits(u, classifier, u->thresholds, u->all, u->width, u->s->o->replicates,
                                &line->result)
                   : judge_values(u, u->x, classifier, values, u->s->o->replicates, &line->result);
    if (code == FACET_OK) tables_table4(&u->s->tables, line, u->s->trials->protocol->count);
    return code;
}

static int run_classifiers(struct subject *u)
{
    static const struct {
        int binary;
        enum facet_comparison classifier;
    } lines[] = {{0, FACET_JOINT_BAYESIAN}, {0, FACET_COSINE},  {0, FACET_EUCLIDEAN},
                 {1, FACET_JOINT_BAYESIAN}, {1, FACET_HAMMING}, {1, FACET_COSINE}};
    int code = FACET_OK;
    for (size_t i = 0; code == FACET_OK && i < sizeof lines / sizeof *lines; i++)
        code = run_table4(u, lines[i].binary, lines[i].classifier);
    return code;
}

/* Both rows of a threshold; `threshold` is what the table says. */
static int run_threshold(struct subject *u, const char *rule, double threshold,
                         const float *thresholds)
{
    static const enum facet_comparison classifiers[] = {FACET_HAMMING, FACET_JOINT_BAYESIAN};
    const size_t n = u->s->session->image_count;
    struct facet_verification v;
    size_t *on = facet_alloc(u->width, sizeof *on, "bits"), all = 0;
    if (on == NULL) return FACET_ENOMEM;
    bits_count(u->x, n, u->width, thresholds, on);
    for (size_t j = 0; j < u->width; j++) all += on[j];
    free(on);
    int code = FACET_OK;
    for (int i = 0; code == FACET_OK && i < (u->trained != NULL ? 2 : 1); i++) {
        code = judge_bits(u, classifiers[i], thresholds, u->all, u->width, u->s->o->replicates, &v);
        if (code == FACET_OK)
            tables_threshold(&u->s->tables, u->layer, rule, threshold,
                             (double)all / (double)(n * u->width), classifiers[i],
                             u->s->trials->protocol->count, &v.accuracy);
    }
    return code;
}

static int run_thresholds(struct subject *u)
{
    int code = FACET_OK;
    for (size_t k = 0; code == FACET_OK && k < u->s->o->threshold_count; k++) {
        set_all(u, sweep_value(u, k), u->others);
        code = run_threshold(u, rules[FACET_RULE_VALUE], sweep_value(u, k), u->others);
    }
    if (code == FACET_OK) code = run_threshold(u, rules[FACET_RULE_MEDIAN], NAN, u->medians);
    if (code < 0 || u->trained == NULL) return code;
    set_all(u, u->best, u->others);
    return run_threshold(u, rules[FACET_RULE_TRAINED], u->best, u->others);
}

/* Some bits, chosen once: by both classifiers. */
static int run_length(struct subject *u, const char *choice, const uint32_t *columns, size_t count)
{
    static const enum facet_comparison classifiers[] = {FACET_HAMMING, FACET_JOINT_BAYESIAN};
    struct facet_verification v;
    int code = FACET_OK;
    for (int i = 0; code == FACET_OK && i < (u->trained != NULL ? 2 : 1); i++) {
        code =
            judge_bits(u, classifiers[i], u->thresholds, columns, count, u->s->o->replicates, &v);
        if (code == FACET_OK)
            tables_length(&u->s->tables, u->layer, choice, count, 1, classifiers[i], &v.accuracy,
                          v.sd);
    }
    return code;
}

/* Shorter ones of the lengths than all bits. */
static size_t count_lengths(const struct subject *u)
{
    size_t count = 0;
    while (count < u->s->o->length_count && u->s->o->lengths[count] < u->width) count++;
    return count;
}

static int run_informative(struct subject *u)
{
    const struct facet_trainees *t = u->trained;
    const size_t lengths = count_lengths(u),
                 longest = lengths > 0 ? u->s->o->lengths[lengths - 1] : 0;
    uint32_t *order = facet_alloc(longest, sizeof *order, "bits");
    int code = order == NULL ? FACET_ENOMEM
                             : bits_informative(t->x, t->count, u->width, u->thresholds,
                                                t->identity, u->people, longest, order);
    for (size_t k = 0; code == FACET_OK && k < lengths; k++)
        code = run_length(u, "informative", order, u->s->o->lengths[k]);
    free(order);
    return code;
}

/* accuracy (repeats, lengths) of random bits: those of a repeat are the first of its order. */
static int judge_random(struct subject *u, size_t lengths, double *accuracy)
{
    const struct facet_binarize_options *o = u->s->o;
    struct facet_verification v;
    gsl_rng *rng = facet_rng_new(o->seed, 0);
    uint32_t *order = facet_alloc(u->width, sizeof *order, "bits");
    int code = rng == NULL || order == NULL ? FACET_ENOMEM : FACET_OK;
    for (size_t r = 0; code == FACET_OK && r < o->repeats; r++) {
        facet_rng_restart(rng, o->seed, facet_rng_stream(u->layer) + r);
        memcpy(order, u->all, u->width * sizeof *order);
        gsl_ran_shuffle(rng, order, u->width, sizeof *order);
        for (size_t k = 0; code == FACET_OK && k < lengths; k++) {
            code = judge_bits(u, FACET_HAMMING, u->thresholds, order, o->lengths[k], 0, &v);
            accuracy[r * lengths + k] = v.accuracy.estimate;
        }
    }
    free(order);
    if (rng != NULL) gsl_rng_free(rng);
    return code;
}

static int run_random(struct subject *u)
{
    const size_t lengths = count_lengths(u), repeats = u->s->o->repeats;
    double *accuracy = facet_alloc(repeats, lengths * sizeof *accuracy, "accuracies");
    int code = accuracy == NULL ? FACET_ENOMEM : judge_random(u, lengths, accuracy);
    for (size_t k = 0; code == FACET_OK && k < lengths; k++) {
        double sum = 0, squares = 0;
        for (size_t r = 0; r < repeats; r++) sum += accuracy[r * lengths + k];
        const struct facet_estimate mean = {sum / (double)repeats, NAN, NAN};
        for (size_t r = 0; r < repeats; r++) {
            const double off = accuracy[r * lengths + k] - mean.estimate;
            squares += off * off;
        }
        tables_length(&u->s->tables, u->layer, "random", u->s->o->lengths[k], repeats,
                      FACET_HAMMING, &mean,
                      repeats > 1 ? sqrt(squares / (double)(repeats - 1)) : NAN);
    }
    free(accuracy);
    return code;
}

static int run_lengths(struct subject *u)
{
    int code = u->trained != NULL ? run_informative(u) : FACET_OK;
    if (code == FACET_OK) code = run_random(u);
    return code == FACET_OK ? run_length(u, "all", u->all, u->width) : code;
}

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
    int code =
        bits_correlations(u->x, n, u->width, u->thresholds, s->o->threads, counts, &constant);
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
    const struct bits_choice values = {NULL, u->all, u->width};
    const size_t count = u->s->session->image_count * u->width;
    struct facet_verification v = {.accuracy = {NAN, NAN, NAN}};
    float *rounded = facet_alloc(count, sizeof *rounded, "features");
    int code = rounded == NULL ? FACET_ENOMEM : storage_round(u->x, count, rounded);
    if (code == FACET_OK)
        code = judge_values(u, rounded, FACET_COSINE, values, 0, &v);
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
    int code = neighbours_find(codes, n, words, identity, people, u->s->o->threads, &found);
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
    if (code == FACET_OK) code = run_classifiers(&u);
    if (code == FACET_OK && networks == 1) code = run_thresholds(&u);
    if (code == FACET_OK && networks == 1) code = run_lengths(&u);
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
    char *path = facet_format("%s/codes.h5", s->o->folder);
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

static size_t layer_count(const struct session *s)
{
    return s->o->layers != NULL ? s->o->layer_count : facet_acts_layer_count(s->session->files[0]);
}

static int set_up(struct session *s)
{
    const struct facet_binarize_options *o = s->o;
    const struct facet_protocol_options protocol = {.allow_missing = o->allow_missing,
                                                    .seed = o->seed};
    s->files = (struct facet_session_options){.paths = o->paths,
                                              .path_count = o->path_count,
                                              .train_paths = (char **)o->train_paths,
                                              .train_count = o->train_count};
    int code = facet_session_new(&s->session, &s->files, s->run);
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
    s->report->lines = facet_alloc(2 * layer_count(s), 6 * sizeof *s->report->lines, "results");
    if (s->report->lines == NULL) return FACET_ENOMEM;
    code = record_settings(s);
    if (code == FACET_OK) code = begin_codes(s);
    return code == FACET_OK ? tables_new(&s->tables, o->folder) : code;
}

static void tear_down(struct session *s)
{
    facet_codes_discard(&s->codes);
    tables_free(&s->tables);
    facet_trials_free(&s->trials);
    facet_session_free(&s->session);
}

int facet_binarize_run(const struct facet_binarize_options *options, struct facet_provenance *run,
                       struct facet_binarize_report *report)
{
    struct session s = {.o = options, .run = run, .report = report};
    *report = (struct facet_binarize_report){0};
    int code = set_up(&s);
    const size_t layers = code < 0 ? 0 : layer_count(&s);
    for (size_t i = 0; code == FACET_OK && i < layers; i++) {
        const char *layer = options->layers != NULL
                                ? options->layers[i]
                                : facet_acts_layer(s.session->files[0], i)->name;
        code = run_layer(&s, layer, 1);
        if (code == FACET_OK && options->path_count > 1)
            code = run_layer(&s, layer, options->path_count);
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
