#include "binarize/binarize.h"

#include "binarize/bits.h"
#include "binarize/neighbours.h"
#include "binarize/storage.h"
#include "binarize/subject.h"
#include "kernels/bits.h"
#include "stats/histogram.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const facet_binarize_rules[FACET_RULES] = {"value", "median", "trained"};

int facet_binarize_rule_parse(const char *name, enum facet_binarize_rule *rule)
{
    for (int i = 0; i < FACET_RULES; i++)
        if (strcmp(facet_binarize_rules[i], name) == 0) {
            *rule = (enum facet_binarize_rule)i;
            return FACET_OK;
        }
    return facet_fail(FACET_EINVAL, "no rule is named \"%s\" (there are: value, median, trained)",
                      name);
}

void binarize_say(const struct binarize_session *s, const char *message)
{
    if (s->o->compare.say != NULL) s->o->compare.say(s->o->compare.context, message);
}

/* ---- the other tables ---- */

static int run_bits(struct subject *u)
{
    const struct binarize_session *s = u->s;
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
    if (constant > 0) binarize_say(s, text);
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
static int run_layer(struct binarize_session *s, const char *layer, size_t networks)
{
    struct subject u = {.s = s, .layer = layer, .networks = networks};
    int code = subject_read(&u);
    if (code == FACET_OK) code = subject_judge(&u);
    if (code == FACET_OK && networks == 1) code = run_bits(&u);
    if (code == FACET_OK && networks == 1) code = run_codes(&u);
    subject_free(&u);
    return code;
}

static int begin_codes(struct binarize_session *s)
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

static int record_settings(const struct binarize_session *s)
{
    const struct facet_binarize_options *o = s->o;
    const struct facet_kernels *kernels;
    int code = facet_kernels_choose(NULL, &kernels);
    if (code == FACET_OK) code = facet_provenance_set(s->run, "kernels", "%s", kernels->name);
    if (code == FACET_OK)
        code = facet_provenance_set(s->run, "rule", "%s", facet_binarize_rules[o->rule]);
    if (code == FACET_OK && o->rule == FACET_RULE_VALUE)
        code = facet_provenance_set(s->run, "threshold", "%.9g", o->threshold);
    return code;
}

static int set_up(struct binarize_session *s)
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

static void tear_down(struct binarize_session *s)
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
    struct binarize_session s = {.o = options, .run = run, .report = report};
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
