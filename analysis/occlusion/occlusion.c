#include "occlusion/occlusion.h"

#include "base/progress.h"
#include "compare/trials.h"
#include "occlusion/people.h"
#include "stats/selectivity.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A layer by a metric: its verification at every level. */
struct line {
    char *layer;
    enum facet_combine combine;
    enum facet_comparison metric;
    struct facet_verification *results; /* [levels] */
    double *separation;                 /* [levels] d' of the scores */
    double *accuracies;                 /* (levels, replicates) */
};

/* Activation files that are compared together, and their pairs. */
struct subject {
    struct facet_session *session;
    struct facet_trials *trials;
    struct occlusion_levels *levels;
    struct facet_bootstrap *bootstrap; /* over the people of the images; NULL: no intervals */
    uint32_t *cluster;                 /* [images of the session] */
    size_t clusters;
    int neurons; /* nonzero: single neurons and people are looked at, too */
};

/* Everything a run holds. */
struct run {
    const struct facet_occlusion_options *o;
    struct facet_provenance *provenance;
    struct subject subjects[2];
    size_t subject_count;
    struct occlusion_people *people;
    struct line *lines;
    size_t line_count;
    double *scores, *drawn; /* [pairs], [replicates] */
    struct occlusion_tables tables;
    struct facet_progress progress;
    size_t done;
    struct facet_occlusion_report *report;
};

/* A layer in memory. */
struct layer {
    struct run *run;
    const struct subject *subject;
    struct facet_session_layer *opened;
    float *clean, *hidden;                            /* (images, width) */
    struct facet_compare *compare[FACET_COMPARISONS]; /* of clean faces, by each metric */
    struct occlusion_faces faces;
    struct occlusion_measures clean_measures, measures;
    struct line *lines; /* one a metric */
};

static const struct occlusion_level *level_of(const struct run *r, size_t level)
{
    return &r->subjects[0].levels->list[level];
}

static size_t level_count(const struct run *r)
{
    return r->subjects[0].levels->count;
}

/* Index after the last level of the kind that begins at `first`. */
static size_t end_of_kind(const struct run *r, size_t first)
{
    size_t end = first;
    while (end < level_count(r) && strcmp(level_of(r, end)->kind, level_of(r, first)->kind) == 0)
        end++;
    return end;
}

static int is_place(const struct run *r, size_t level)
{
    return level_of(r, level)->x >= 0;
}

/* ---- intervals of differences ---- */

/* A term of a sum of accuracies. */
struct term {
    const struct line *line;
    size_t level;
    double sign;
};

/* The sum, with its interval over the replicates, which are the same resamples for all terms. */
static struct facet_estimate sum_up(const struct run *r, const struct term *terms, size_t count)
{
    const size_t replicates = r->o->replicates;
    struct facet_estimate sum = {0, NAN, NAN};
    for (size_t k = 0; k < replicates; k++) r->drawn[k] = 0;
    for (size_t i = 0; i < count; i++) {
        const struct term *t = &terms[i];
        sum.estimate += t->sign * t->line->results[t->level].accuracy.estimate;
        for (size_t k = 0; k < replicates; k++)
            r->drawn[k] += t->sign * t->line->accuracies[t->level * replicates + k];
    }
    facet_bootstrap_interval(r->drawn, replicates, 0.95, &sum.low, &sum.high);
    return sum;
}

static struct facet_estimate difference(const struct run *r, const struct line *a, size_t level_a,
                                        const struct line *b, size_t level_b)
{
    const struct term terms[] = {{a, level_a, 1}, {b, level_b, -1}};
    return sum_up(r, terms, 2);
}

/* ---- verification ---- */

/* (mean of genuine - mean of impostor pairs) / sqrt of the mean of their variances. */
static int find_separation(const struct run *r, const struct facet_protocol *p, double *separation)
{
    float *scores = facet_alloc(p->count, sizeof *scores, "scores");
    uint32_t *kind[2] = {facet_alloc(p->count, sizeof **kind, "pairs"),
                         facet_alloc(p->count, sizeof **kind, "pairs")};
    size_t count[2] = {0, 0};
    struct facet_part part[2];
    const int ok = scores != NULL && kind[0] != NULL && kind[1] != NULL;
    for (size_t k = 0; ok && k < p->count; k++) {
        scores[k] = (float)r->scores[k];
        kind[p->same[k]][count[p->same[k]]++] = (uint32_t)k;
    }
    for (int i = 0; ok && i < 2; i++) facet_part_of(scores, kind[i], count[i], &part[i]);
    if (ok) *separation = facet_d_prime(&part[1], &part[0]);
    free(scores);
    free(kind[0]);
    free(kind[1]);
    return ok ? FACET_OK : FACET_ENOMEM;
}

/* `level` of the line by what compares its faces; `clean` compares the clean ones. */
static int judge(const struct layer *l, struct line *line, size_t level,
                 const struct facet_compare *clean, const struct facet_compare *hidden)
{
    const struct run *r = l->run;
    const struct facet_occlusion_options *o = r->o;
    const struct facet_trials *trials = l->subject->trials;
    const struct facet_verification_intervals how = {.replicates = o->replicates,
                                                     .level = 0.95,
                                                     .seed = o->seed,
                                                     .threads = o->compare.threads,
                                                     .accuracies =
                                                         line->accuracies + level * o->replicates};
    for (size_t k = 0; k < o->replicates; k++) how.accuracies[k] = NAN;
    facet_trials_score_between(trials, o->one_face ? clean : hidden, hidden, o->compare.threads,
                               r->scores);
    int code = facet_trials_judge(trials, r->scores, o->disjoint, &how, &line->results[level]);
    return code == FACET_OK ? find_separation(r, trials->protocol, &line->separation[level]) : code;
}

/* By every metric; of level 0 what compares the clean faces is kept for the others. */
static int verify(struct layer *l, size_t level, const float *x)
{
    const struct facet_session_options *o = l->subject->session->options;
    int code = FACET_OK;
    for (size_t i = 0; code == FACET_OK && i < o->metric_count; i++) {
        struct facet_compare *c = NULL;
        code = facet_session_layer_compare(l->opened, o->metrics[i], x, &c);
        if (code == FACET_OK) code = judge(l, &l->lines[i], level, level ? l->compare[i] : c, c);
        if (code == FACET_OK && level == 0 && l->run->o->one_face)
            l->compare[i] = c;
        else
            facet_compare_free(&c);
    }
    return code;
}

/* ---- rows of the tables ---- */

static struct tables_what what_of(const struct run *r, const struct line *line, const char *kind,
                                  size_t level)
{
    return (struct tables_what){line->layer, line->combine, line->metric, kind, level_of(r, level)};
}

static void write_accuracy(const struct layer *l, const char *kind, size_t first, size_t level)
{
    struct run *r = l->run;
    const struct facet_estimate none = {NAN, NAN, NAN};
    const size_t before = level > first ? level - 1 : 0;
    for (size_t i = 0; i < l->subject->session->options->metric_count; i++) {
        const struct line *line = &l->lines[i];
        const struct facet_verification *v = &line->results[level];
        const struct tables_what what = what_of(r, line, kind, level);
        struct tables_accuracy row = {.pairs = l->subject->trials->protocol->count,
                                      .accuracy = v->accuracy,
                                      .sd = v->sd,
                                      .standard_error = v->standard_error,
                                      .area = v->auc.estimate,
                                      .separation = line->separation[level],
                                      .change = difference(r, line, level, line, 0),
                                      .step = none};
        if (level > 0 && !is_place(r, level)) row.step = difference(r, line, level, line, before);
        tables_accuracy(&r->tables, &what, &row);
    }
}

/* A level that was measured; `first`: of its kind. */
static int write_level(const struct layer *l, const char *kind, size_t first, size_t level,
                       const struct occlusion_measures *measures)
{
    struct run *r = l->run;
    const struct tables_what what = what_of(r, &l->lines[0], kind, level);
    write_accuracy(l, kind, first, level);
    tables_drift(&r->tables, &what, measures, l->opened->width);
    if (!l->subject->neurons || is_place(r, first)) return FACET_OK;
    return occlusion_people_write(r->people, &r->tables, &what, &l->clean_measures, measures,
                                  l->opened->width);
}

/* ---- a layer ---- */

static int run_clean(struct layer *l)
{
    int code = facet_session_layer_read(l->opened, FACET_VIEW_ORIGINAL, l->clean);
    if (code == FACET_OK) code = verify(l, 0, l->clean);
    if (code == FACET_OK) code = occlusion_measure(&l->faces, l->clean, &l->clean_measures);
    facet_progress_update(&l->run->progress, ++l->run->done);
    return code;
}

static int run_level(struct layer *l, size_t first, size_t level)
{
    const struct occlusion_level *which = level_of(l->run, level);
    int code = facet_session_layer_read(l->opened, which->view, l->hidden);
    if (code == FACET_OK) code = verify(l, level, l->hidden);
    if (code == FACET_OK) code = occlusion_measure(&l->faces, l->hidden, &l->measures);
    if (code == FACET_OK) code = write_level(l, which->kind, first, level, &l->measures);
    facet_progress_update(&l->run->progress, ++l->run->done);
    return code;
}

static int new_line(struct run *r, const struct facet_session_layer *opened,
                    enum facet_comparison metric)
{
    struct line *line = &r->lines[r->line_count++];
    line->layer = facet_strdup(opened->name);
    line->combine = opened->combine;
    line->metric = metric;
    line->results = facet_alloc(level_count(r), sizeof *line->results, "results");
    line->separation = facet_alloc(level_count(r), sizeof *line->separation, "results");
    line->accuracies =
        facet_alloc(level_count(r), r->o->replicates * sizeof *line->accuracies, "results");
    return line->layer == NULL || line->results == NULL || line->separation == NULL ||
                   line->accuracies == NULL
               ? FACET_ENOMEM
               : FACET_OK;
}

static int set_up_layer(struct layer *l, size_t index)
{
    struct run *r = l->run;
    const struct subject *s = l->subject;
    const struct facet_session_options *o = s->session->options;
    int code = facet_session_layer_new(&l->opened, s->session, index);
    l->lines = r->lines + r->line_count;
    for (size_t i = 0; code == FACET_OK && i < o->metric_count; i++)
        code = new_line(r, l->opened, o->metrics[i]);
    if (code < 0) return code;
    const size_t images = s->session->image_count, width = l->opened->width;
    l->clean = facet_alloc(images, width * sizeof *l->clean, "features");
    l->hidden = facet_alloc(images, width * sizeof *l->hidden, "features");
    l->faces = (struct occlusion_faces){.images = images,
                                        .width = width,
                                        .clean = l->clean,
                                        .threshold = o->threshold,
                                        .neurons = s->neurons,
                                        .people = r->people->list,
                                        .people_count = r->people->count,
                                        .bootstrap = s->bootstrap,
                                        .cluster = s->cluster,
                                        .clusters = s->clusters,
                                        .replicates = r->o->replicates,
                                        .threads = r->o->compare.threads};
    code = l->clean == NULL || l->hidden == NULL ? FACET_ENOMEM : FACET_OK;
    if (code == FACET_OK) code = occlusion_measures_new(&l->clean_measures, &l->faces);
    if (code == FACET_OK) code = occlusion_measures_new(&l->measures, &l->faces);
    return code;
}

static void free_layer(struct layer *l)
{
    for (int i = 0; i < FACET_COMPARISONS; i++) facet_compare_free(&l->compare[i]);
    occlusion_measures_free(&l->clean_measures);
    occlusion_measures_free(&l->measures);
    free(l->clean);
    free(l->hidden);
    facet_session_layer_free(&l->opened);
}

static int run_layer(struct run *r, const struct subject *s, size_t index)
{
    struct layer l = {.run = r, .subject = s};
    int code = set_up_layer(&l, index);
    if (code == FACET_OK) code = run_clean(&l);
    for (size_t first = 1, end; code == FACET_OK && first < level_count(r); first = end) {
        end = end_of_kind(r, first);
        code = write_level(&l, level_of(r, first)->kind, first, 0, &l.clean_measures);
        for (size_t level = first; code == FACET_OK && level < end; level++)
            code = run_level(&l, first, level);
    }
    free_layer(&l);
    return code;
}

/* ---- what lines say together ---- */

static double at_level(const struct run *r, size_t level)
{
    return level_of(r, level)->level;
}

/* Where the accuracies (of level 0 and first .. end - 1; apart by `stride`) first come down to half
 * way between that of level 0 and chance; infinity: nowhere. NaN if there is nothing to lose. */
static double find_half(const struct run *r, const double *accuracy, size_t stride, size_t first,
                        size_t end)
{
    const double target = 0.5 + (accuracy[0] - 0.5) / 2;
    double low = 0, before = accuracy[0];
    if (!(accuracy[0] > 0.5)) return NAN;
    for (size_t level = first; level < end; level++) {
        const double now = accuracy[level * stride], high = at_level(r, level);
        if (now <= target) return low + (high - low) * (before - target) / (before - now);
        low = high;
        before = now;
    }
    return INFINITY;
}

static struct facet_estimate estimate_half(const struct run *r, const struct line *line,
                                           size_t first, size_t end)
{
    const size_t replicates = r->o->replicates;
    struct facet_estimate half = {NAN, NAN, NAN};
    double *accuracy = facet_alloc(level_count(r), sizeof *accuracy, "accuracies");
    for (size_t level = 0; accuracy != NULL && level < level_count(r); level++)
        accuracy[level] = line->results[level].accuracy.estimate;
    if (accuracy != NULL) half.estimate = find_half(r, accuracy, 1, first, end);
    free(accuracy);
    for (size_t k = 0; k < replicates; k++)
        r->drawn[k] = find_half(r, line->accuracies + k, replicates, first, end);
    facet_bootstrap_interval(r->drawn, replicates, 0.95, &half.low, &half.high);
    if (!isfinite(half.estimate)) half.estimate = NAN;
    if (!isfinite(half.low)) half.low = NAN;
    if (!isfinite(half.high)) half.high = NAN;
    return half;
}

static double find_lowest(const struct line *line, size_t first, size_t end)
{
    double lowest = line->results[0].accuracy.estimate;
    for (size_t level = first; level < end; level++)
        lowest = fmin(lowest, line->results[level].accuracy.estimate);
    return lowest;
}

/* A name that outlives the run; NULL with the message set. */
static const char *keep(struct facet_occlusion_report *report, const char *name)
{
    char *copy = facet_strdup(name);
    if (copy != NULL) report->names[report->name_count++] = copy;
    return copy;
}

static int write_half(struct run *r, const struct line *line, size_t first, size_t end)
{
    struct facet_occlusion_report *report = r->report;
    const double clean = line->results[0].accuracy.estimate;
    const struct tables_what what = what_of(r, line, level_of(r, first)->kind, end - 1);
    struct facet_occlusion_line *out = &report->lines[report->line_count];
    *out = (struct facet_occlusion_line){.layer = keep(report, line->layer),
                                         .kind = keep(report, what.kind),
                                         .metric = line->metric,
                                         .clean = clean,
                                         .lowest = find_lowest(line, first, end),
                                         .half = {NAN, NAN, NAN}};
    if (out->layer == NULL || out->kind == NULL) return FACET_ENOMEM;
    report->line_count++;
    if (is_place(r, first)) return FACET_OK;
    out->half = estimate_half(r, line, first, end);
    tables_half(&r->tables, &what, clean, 0.5 + (clean - 0.5) / 2, end - first, &out->half);
    return FACET_OK;
}

static void write_difference(struct run *r, const struct line *a, const struct line *b,
                             const char *kind, size_t level)
{
    const struct tables_what what_a = what_of(r, a, kind, level),
                             what_b = what_of(r, b, kind, level);
    const struct term terms[] = {{a, level, 1}, {b, level, -1}, {a, 0, -1}, {b, 0, 1}};
    const struct facet_estimate now = difference(r, a, level, b, level);
    const struct facet_estimate change = sum_up(r, terms, 4);
    tables_difference(&r->tables, &what_a, &what_b, r->report->pairs, &now, &change);
}

static void write_differences(struct run *r, size_t first, size_t end)
{
    for (size_t i = 0; i < r->line_count; i++)
        for (size_t j = i + 1; j < r->line_count; j++) {
            const struct line *a = &r->lines[i], *b = &r->lines[j];
            if (a->metric != b->metric) continue;
            write_difference(r, a, b, level_of(r, first)->kind, 0);
            for (size_t level = first; level < end; level++)
                write_difference(r, a, b, level_of(r, first)->kind, level);
        }
}

static int write_together(struct run *r)
{
    int code = FACET_OK;
    for (size_t first = 1, end; code == FACET_OK && first < level_count(r); first = end) {
        end = end_of_kind(r, first);
        for (size_t i = 0; code == FACET_OK && i < r->line_count; i++)
            code = write_half(r, &r->lines[i], first, end);
        if (code == FACET_OK && !is_place(r, first)) write_differences(r, first, end);
    }
    return code;
}

/* ---- all of it ---- */

/* The bootstrap over the people of the images; one who isn't known is a person alone. */
static int set_up_bootstrap(const struct run *r, struct subject *s)
{
    size_t people;
    const int32_t *identity = facet_acts_identities(s->session->files[0], &people);
    const size_t images = s->session->image_count;
    if (r->o->replicates == 0 || identity == NULL) return FACET_OK;
    uint32_t *number = facet_alloc(people, sizeof *number, "people"); /* 0: none yet */
    s->cluster = facet_alloc(images, sizeof *s->cluster, "people");
    int code = number == NULL || s->cluster == NULL ? FACET_ENOMEM : FACET_OK;
    for (size_t i = 0; code == FACET_OK && i < images; i++) {
        const int32_t who = identity[s->session->images[i]];
        if (who >= 0 && number[who] == 0) number[who] = (uint32_t)++s->clusters;
        s->cluster[i] = who >= 0 ? number[who] - 1 : (uint32_t)s->clusters++;
    }
    free(number);
    if (code < 0) return code;
    return facet_bootstrap_new(&s->bootstrap, s->clusters, r->o->replicates, r->o->seed,
                               r->o->compare.threads);
}

static int open_pairs(struct run *r, struct subject *s)
{
    const struct facet_occlusion_options *o = r->o;
    const struct facet_protocol_options how = {.allow_missing = o->allow_missing, .seed = o->seed};
    uint8_t *also = facet_alloc(facet_acts_images(s->session->files[0]), 1, "images");
    int code = also == NULL ? FACET_ENOMEM : FACET_OK;
    if (code == FACET_OK && s->neurons)
        code = occlusion_people_choose(&r->people, s->session->files[0], o->identities,
                                       o->identity_count, also);
    if (code == FACET_OK) code = facet_trials_new(&s->trials, s->session, o->pairs, &how, also);
    if (code == FACET_OK && s->neurons) code = occlusion_people_place(r->people, s->session);
    free(also);
    return code;
}

static int open_subject(struct run *r, const struct facet_session_options *files, int neurons)
{
    const struct facet_occlusion_options *o = r->o;
    struct subject *s = &r->subjects[r->subject_count++];
    s->neurons = neurons;
    int code = facet_session_new(&s->session, files, r->provenance);
    if (code == FACET_OK)
        code = occlusion_levels_new(&s->levels, s->session->files[0], o->levels, o->level_count);
    for (size_t k = 0; code == FACET_OK && k < files->path_count; k++)
        code = occlusion_levels_check(
            s->session->files[k], o->hidden_seed,
            s == r->subjects && k == 0 ? NULL : r->subjects[0].session->files[0]);
    if (code == FACET_OK) code = open_pairs(r, s);
    if (code == FACET_OK && s->trials->protocol->folds < 2)
        code = facet_fail(FACET_EINVAL,
                          "%s: has one fold; accuracy needs two, to choose the threshold of one on "
                          "the others",
                          o->pairs);
    return code == FACET_OK ? set_up_bootstrap(r, s) : code;
}

/* Both must have the same pairs and levels, and the same numbers of resampled people. */
static int check_beside(const struct run *r)
{
    const struct subject *a = &r->subjects[0], *b = &r->subjects[1];
    const struct facet_protocol *p = a->trials->protocol, *q = b->trials->protocol;
    const char *path = facet_acts_path(b->session->files[0]);
    for (size_t k = 1; k < level_count(r); k++)
        if (k >= b->levels->count || strcmp(level_of(r, k)->view, b->levels->list[k].view) != 0)
            return facet_fail(FACET_EINVAL,
                              "%s: its levels differ from those of %s, which has %s (see --levels)",
                              path, facet_acts_path(a->session->files[0]), level_of(r, k)->view);
    if (p->count != q->count || memcmp(p->line, q->line, p->count * sizeof *p->line) != 0)
        return facet_fail(FACET_EINVAL, "%s: other pairs of %s have images there than in %s", path,
                          r->o->pairs, facet_acts_path(a->session->files[0]));
    return FACET_OK;
}

static size_t count_kinds(const struct run *r)
{
    size_t kinds = 0;
    for (size_t first = 1; first < level_count(r); first = end_of_kind(r, first)) kinds++;
    return kinds;
}

static int set_up(struct run *r)
{
    const struct facet_occlusion_options *o = r->o;
    struct facet_occlusion_report *report = r->report;
    int code = open_subject(r, &o->compare, 1);
    if (code == FACET_OK && o->beside.path_count > 0) code = open_subject(r, &o->beside, 0);
    if (code == FACET_OK && r->subject_count > 1) code = check_beside(r);
    if (code < 0) return code;
    const struct facet_protocol *p = r->subjects[0].trials->protocol;
    size_t lines = 0;
    for (size_t i = 0; i < r->subject_count; i++)
        lines += facet_session_lines(r->subjects[i].session);
    report->pairs = p->count;
    report->listed = p->listed;
    report->missing = p->missing_count;
    report->images = r->subjects[0].session->image_count;
    report->levels = level_count(r);
    report->lines = facet_alloc(lines, count_kinds(r) * sizeof *report->lines, "results");
    report->names = facet_alloc(lines, 2 * count_kinds(r) * sizeof *report->names, "results");
    r->lines = facet_alloc(lines, sizeof *r->lines, "results");
    r->scores = facet_alloc(p->count, sizeof *r->scores, "scores");
    r->drawn = facet_alloc(o->replicates, sizeof *r->drawn, "results");
    if (report->lines == NULL || report->names == NULL || r->lines == NULL || r->scores == NULL ||
        r->drawn == NULL)
        return FACET_ENOMEM;
    const char *hidden = facet_acts_property(r->subjects[0].session->files[0], "occlusion");
    code = facet_provenance_set(r->provenance, "occlusion", "%s", hidden != NULL ? hidden : "NA");
    return code == FACET_OK ? tables_new(&r->tables, o->compare.folder) : code;
}

/* Values of an image in a layer of the subject. */
static int find_width(const struct subject *s, size_t index, size_t *width)
{
    const struct facet_session_options *o = s->session->options;
    struct facet_acts *const *files = s->session->files;
    const char *name =
        o->layers != NULL ? o->layers[index] : facet_acts_layer(files[0], index)->name;
    const enum facet_combine combine =
        o->combine >= 0 ? (enum facet_combine)o->combine : facet_combine_best(files[0], o->view);
    struct facet_features *f = NULL;
    int code = facet_features_new(&f, files, o->path_count, name, o->view, combine);
    if (code == FACET_OK) *width = f->width;
    facet_features_free(&f);
    return code;
}

/* Says what is to be read, and how much of it memory holds at a time: of the widest layer the clean
 * faces, those of a level, and a copy of these to compare (by every metric of the clean ones, where
 * one face of a pair is clean); or, while Joint Bayesian is fitted, those of the other people. */
static int say_estimate(const struct run *r)
{
    const struct facet_occlusion_options *o = r->o;
    double bytes = 0, most = 0;
    size_t layers = 0;
    for (size_t i = 0; i < r->subject_count; i++) {
        const struct facet_session *s = r->subjects[i].session;
        const size_t count = facet_session_layers(s);
        const size_t copies = 3 + (o->one_face ? s->options->metric_count : 0);
        const double images = (double)s->image_count;
        double rows = (double)copies * images;
        layers += count;
        if (s->options->train_count > 0)
            rows = fmax(rows, (double)facet_acts_images(s->train_files[0]));
        for (size_t k = 0; k < count; k++) {
            size_t width = 0;
            const int code = find_width(&r->subjects[i], k, &width);
            if (code < 0) return code;
            bytes += images * (double)(width * level_count(r)) * sizeof(float);
            most = fmax(most, rows * (double)width * sizeof(float));
        }
    }
    if (o->compare.say == NULL) return FACET_OK;
    char text[200], data[32], memory[32];
    snprintf(
        text, sizeof text,
        "%zu pairs of %zu images, %zu layers, %zu levels: %s of activations to read, at most %s "
        "of them in memory",
        r->report->pairs, r->report->images, layers, level_count(r),
        facet_progress_bytes(bytes, data), facet_progress_bytes(most, memory));
    o->compare.say(o->compare.context, text);
    return FACET_OK;
}

static int run_layers(struct run *r)
{
    size_t layers = 0;
    int code = FACET_OK;
    for (size_t i = 0; i < r->subject_count; i++)
        layers += facet_session_layers(r->subjects[i].session);
    facet_progress_begin(&r->progress, "facet-occlusion", "levels", 0, layers * level_count(r),
                         r->o->quiet);
    for (size_t i = 0; i < r->subject_count; i++)
        for (size_t k = 0; code == FACET_OK && k < facet_session_layers(r->subjects[i].session);
             k++)
            code = run_layer(r, &r->subjects[i], k);
    facet_progress_end(&r->progress);
    return code;
}

static void tear_down(struct run *r)
{
    tables_free(&r->tables);
    for (size_t i = 0; i < r->subject_count; i++) {
        struct subject *s = &r->subjects[i];
        facet_bootstrap_free(&s->bootstrap);
        free(s->cluster);
        occlusion_levels_free(&s->levels);
        facet_trials_free(&s->trials);
        facet_session_free(&s->session);
    }
    occlusion_people_free(&r->people);
    for (size_t i = 0; i < r->line_count; i++) {
        free(r->lines[i].layer);
        free(r->lines[i].results);
        free(r->lines[i].separation);
        free(r->lines[i].accuracies);
    }
    free(r->lines);
    free(r->scores);
    free(r->drawn);
}

int facet_occlusion_run(const struct facet_occlusion_options *options,
                        struct facet_provenance *provenance, struct facet_occlusion_report *report)
{
    struct run r = {.o = options, .provenance = provenance, .report = report};
    *report = (struct facet_occlusion_report){0};
    int code = set_up(&r);
    if (code == FACET_OK) code = say_estimate(&r);
    if (code == FACET_OK) code = run_layers(&r);
    if (code == FACET_OK) code = write_together(&r);
    if (code == FACET_OK) code = tables_commit(&r.tables, provenance);
    tear_down(&r);
    return code;
}

void facet_occlusion_free(struct facet_occlusion_report *report)
{
    for (size_t i = 0; i < report->name_count; i++) free(report->names[i]);
    free(report->names);
    free(report->lines);
    *report = (struct facet_occlusion_report){0};
}
