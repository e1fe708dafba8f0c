#include "verify/verify.h"

#include "compare/fit.h"
#include "protocol/pairs.h"
#include "verify/tables.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Everything a run holds. */
struct session {
    const struct facet_verify_options *o;
    struct facet_provenance *run;
    struct facet_acts **files, **train_files;
    struct facet_protocol *protocol;
    struct facet_metric *given; /* read from a file */
    uint32_t *images;           /* [image_count] rows that stand in pairs, ascending */
    uint32_t *place;            /* (images of the file) their place in that list */
    size_t image_count;
    const char **people; /* [people_count] who stands in pairs, sorted, each once */
    size_t people_count;
    struct facet_verify_tables tables;
    struct facet_verify_report *report;
};

/* ---- the pairs ---- */

static int open_files(const char *const *paths, size_t count, struct facet_acts ***files)
{
    *files = facet_alloc(count, sizeof **files, "files");
    int code = *files == NULL ? FACET_ENOMEM : FACET_OK;
    for (size_t k = 0; code == FACET_OK && k < count; k++)
        code = facet_acts_open(&(*files)[k], paths[k]);
    return code;
}

static int read_protocol(struct session *s)
{
    const struct facet_verify_options *o = s->o;
    struct facet_acts *acts = s->files[0];
    size_t people, absent;
    struct facet_protocol_images images = {.count = facet_acts_images(acts),
                                           .identity = facet_acts_identities(acts, &people),
                                           .missing = facet_acts_missing(acts, &absent)};
    const struct facet_protocol_options how = {
        .allow_missing = o->allow_missing, .frames = o->frames, .seed = o->seed};
    const char **names = facet_alloc(images.count, sizeof *names, "images");
    if (names == NULL) return FACET_ENOMEM;
    for (size_t i = 0; i < images.count; i++) names[i] = facet_acts_image(acts, i);
    images.names = names;
    int code = facet_protocol_read(&s->protocol, o->pairs, &images, &how);
    if (code == FACET_OK) code = facet_provenance_input(s->run, o->pairs);
    free(names);
    return code;
}

/* Images behind side `of` of a pair: one, or those of a group. */
static const uint32_t *rows_of(const struct facet_protocol *p, const uint32_t *of, size_t *count)
{
    *count = p->groups > 0 ? p->start[*of + 1] - p->start[*of] : 1;
    return p->groups > 0 ? p->rows + p->start[*of] : of;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Which images and people the pairs need. */
static int list_images(struct session *s)
{
    const struct facet_protocol *p = s->protocol;
    const size_t total = facet_acts_images(s->files[0]);
    s->place = facet_alloc(total, sizeof *s->place, "images");
    s->images = facet_alloc(total, sizeof *s->images, "images");
    s->people = facet_alloc(total, sizeof *s->people, "people");
    if (s->place == NULL || s->images == NULL || s->people == NULL) return FACET_ENOMEM;
    for (size_t k = 0; k < 2 * p->count; k++) {
        size_t count;
        const uint32_t *rows =
            rows_of(p, k < p->count ? &p->first[k] : &p->second[k - p->count], &count);
        for (size_t i = 0; i < count; i++) s->place[rows[i]] = 1;
    }
    for (size_t i = 0; i < total; i++) {
        if (s->place[i] == 0) continue;
        const char *name = facet_acts_identity(s->files[0], i);
        if (name != NULL) s->people[s->people_count++] = name;
        s->place[i] = (uint32_t)s->image_count;
        s->images[s->image_count++] = (uint32_t)i;
    }
    qsort(s->people, s->people_count, sizeof *s->people, by_text);
    size_t kept = 0;
    for (size_t i = 0; i < s->people_count; i++)
        if (kept == 0 || strcmp(s->people[kept - 1], s->people[i]) != 0)
            s->people[kept++] = s->people[i];
    s->people_count = kept;
    return FACET_OK;
}

/* Score of each pair; of two groups the mean over pairs of their images. */
static void score_pairs(const struct session *s, const struct facet_compare *c, double *scores)
{
    const struct facet_protocol *p = s->protocol;
#pragma omp parallel for schedule(dynamic, 256) num_threads(s->o->threads)
    for (size_t k = 0; k < p->count; k++) {
        size_t n, m;
        const uint32_t *a = rows_of(p, &p->first[k], &n), *b = rows_of(p, &p->second[k], &m);
        double sum = 0;
        for (size_t i = 0; i < n; i++)
            for (size_t j = 0; j < m; j++)
                sum += facet_compare_score(c, s->place[a[i]], s->place[b[j]]);
        scores[k] = sum / (double)(n * m);
    }
}

/* ---- one layer ---- */

static void say(const struct session *s, const char *message)
{
    if (s->o->say != NULL) s->o->say(s->o->context, message);
}

static int save_metric(const struct session *s, const char *layer,
                       const struct facet_metric *metric)
{
    char *path = facet_format("%s/metric_%s.h5", s->o->folder, layer), text[512];
    if (path == NULL) return FACET_ENOMEM;
    int code = facet_metric_write(metric, path, s->run);
    snprintf(text, sizeof text,
             "%s: Joint Bayesian of %zu images of %zu people, %d steps%s; kept as %s", layer,
             metric->jb->images, metric->jb->identities, metric->jb->last.number,
             metric->jb->converged ? "" : " (not converged)", path);
    if (code == FACET_OK) say(s, text);
    free(path);
    return code;
}

static int fit_metric(const struct session *s, const char *layer, enum facet_combine combine,
                      struct facet_metric **metric)
{
    const struct facet_verify_options *o = s->o;
    struct facet_features *f = NULL;
    const struct facet_fit how = {.pca = o->pca,
                                  .ridge = o->ridge,
                                  .threads = o->threads,
                                  .view = "original",
                                  .layers = layer,
                                  .excluded = s->people,
                                  .excluded_count = s->people_count};
    int code = facet_features_new(&f, s->train_files, o->train_count, layer, how.view, combine);
    if (code == FACET_OK) code = facet_features_fit(metric, f, &how, s->run);
    if (code == FACET_OK) code = save_metric(s, layer, *metric);
    facet_features_free(&f);
    return code;
}

/* A given metric must have been fitted to what it is to be used on. */
static int check_metric(const struct facet_metric *m, const char *layer, enum facet_combine combine)
{
    if (strcmp(m->layers, layer) == 0 && strcmp(m->combine, facet_combine_name(combine)) == 0)
        return FACET_OK;
    return facet_fail(FACET_EINVAL,
                      "%s: was fitted to %s, %s, and cannot compare %s, %s (see --layers and "
                      "--features)",
                      m->path, m->layers, m->combine, layer, facet_combine_name(combine));
}

static int judge(struct session *s, struct facet_verify_line *line, const double *scores)
{
    const struct facet_verify_options *o = s->o;
    const struct facet_protocol *p = s->protocol;
    size_t people;
    const int32_t *identity =
        p->groups > 0 ? p->group_identity : facet_acts_identities(s->files[0], &people);
    const struct facet_verification_pairs pairs = {.count = p->count,
                                                   .folds = p->folds,
                                                   .scores = scores,
                                                   .same = p->same,
                                                   .fold = p->fold,
                                                   .first = p->first,
                                                   .second = p->second,
                                                   .identity = identity,
                                                   .disjoint = o->disjoint};
    const struct facet_verification_intervals how = {identity != NULL ? o->replicates : 0, 0.95,
                                                     o->seed, o->threads};
    struct facet_roc *roc = NULL;
    int code = facet_verification_run(&pairs, &how, &line->result);
    if (code == FACET_OK) code = facet_roc_new(&roc, scores, p->same, p->count);
    if (code == FACET_OK) facet_verify_tables_line(&s->tables, line, p, roc);
    facet_roc_free(&roc);
    return code;
}

static const char *name_of(void *context, uint32_t of)
{
    const struct session *s = context;
    size_t count;
    return facet_acts_image(s->files[0], *rows_of(s->protocol, &of, &count));
}

static int run_metric(struct session *s, const char *layer, enum facet_combine combine,
                      enum facet_comparison kind, const float *x, size_t width, double *scores)
{
    const struct facet_verify_options *o = s->o;
    struct facet_compare *c = NULL;
    struct facet_metric *fitted = NULL;
    float *thresholds = facet_alloc(width, sizeof *thresholds, "thresholds");
    int code = thresholds == NULL ? FACET_ENOMEM : FACET_OK;
    for (size_t i = 0; code == FACET_OK && i < width; i++) thresholds[i] = (float)o->threshold;
    if (code == FACET_OK && kind == FACET_JOINT_BAYESIAN)
        code = s->given != NULL ? check_metric(s->given, layer, combine)
                                : fit_metric(s, layer, combine, &fitted);
    const struct facet_compare_options how = {.thresholds = thresholds,
                                              .metric = s->given != NULL ? s->given : fitted,
                                              .threads = o->threads};
    if (code == FACET_OK) code = facet_compare_new(&c, kind, x, s->image_count, width, &how);
    if (code == FACET_OK) {
        struct facet_verify_line *line = &s->report->lines[s->report->line_count];
        *line = (struct facet_verify_line){
            .layer = facet_strdup(layer), .combine = combine, .metric = kind};
        s->report->line_count++;
        score_pairs(s, c, scores);
        code = line->layer == NULL ? FACET_ENOMEM : judge(s, line, scores);
        if (code == FACET_OK && o->scores)
            facet_verify_tables_scores(&s->tables, line, s->protocol, scores, name_of, s);
    }
    facet_compare_free(&c);
    facet_metric_free(&fitted);
    free(thresholds);
    return code;
}

static int run_layer(struct session *s, const char *layer)
{
    const struct facet_verify_options *o = s->o;
    const enum facet_combine combine =
        o->combine >= 0 ? (enum facet_combine)o->combine : facet_combine_best(s->files[0], o->view);
    struct facet_features *f = NULL;
    float *x = NULL;
    double *scores = facet_alloc(s->protocol->count, sizeof *scores, "scores");
    int code = scores == NULL
                   ? FACET_ENOMEM
                   : facet_features_new(&f, s->files, o->path_count, layer, o->view, combine);
    if (code == FACET_OK) {
        x = facet_alloc(s->image_count, f->width * sizeof *x, "features");
        if (x == NULL) code = FACET_ENOMEM;
    }
    if (code == FACET_OK) code = facet_features_read(f, s->images, s->image_count, s->run, x);
    for (size_t i = 0; code == FACET_OK && i < o->metric_count; i++)
        code = run_metric(s, layer, combine, o->metrics[i], x, f->width, scores);
    free(x);
    free(scores);
    facet_features_free(&f);
    return code;
}

/* ---- all of it ---- */

static int set_up(struct session *s)
{
    const struct facet_verify_options *o = s->o;
    int code = open_files(o->paths, o->path_count, &s->files);
    if (code == FACET_OK) code = open_files(o->train_paths, o->train_count, &s->train_files);
    if (code == FACET_OK && o->metric_path != NULL) {
        code = facet_metric_read(&s->given, o->metric_path);
        if (code == FACET_OK) code = facet_provenance_input(s->run, o->metric_path);
    }
    if (code == FACET_OK) code = read_protocol(s);
    if (code == FACET_OK) code = list_images(s);
    if (code < 0) return code;
    s->report->pairs = s->protocol->count;
    s->report->listed = s->protocol->listed;
    s->report->missing = s->protocol->missing_count;
    s->report->images = s->image_count;
    const size_t layers = o->layers != NULL ? o->layer_count : facet_acts_layer_count(s->files[0]);
    s->report->lines = facet_alloc(layers * o->metric_count, sizeof *s->report->lines, "results");
    if (s->report->lines == NULL) return FACET_ENOMEM;
    return facet_verify_tables_new(&s->tables, o->folder, o->scores);
}

static void tear_down(struct session *s)
{
    for (size_t k = 0; s->files != NULL && k < s->o->path_count; k++) facet_acts_free(&s->files[k]);
    for (size_t k = 0; s->train_files != NULL && k < s->o->train_count; k++)
        facet_acts_free(&s->train_files[k]);
    facet_metric_free(&s->given);
    facet_protocol_free(&s->protocol);
    facet_verify_tables_free(&s->tables);
    free(s->files);
    free(s->train_files);
    free(s->images);
    free(s->place);
    free(s->people);
}

int facet_verify_run(const struct facet_verify_options *options, struct facet_provenance *run,
                     struct facet_verify_report *report)
{
    struct session s = {.o = options, .run = run, .report = report};
    *report = (struct facet_verify_report){0};
    int code = set_up(&s);
    const size_t layers = code < 0                  ? 0
                          : options->layers != NULL ? options->layer_count
                                                    : facet_acts_layer_count(s.files[0]);
    for (size_t i = 0; code == FACET_OK && i < layers; i++)
        code = run_layer(&s, options->layers != NULL ? options->layers[i]
                                                     : facet_acts_layer(s.files[0], i)->name);
    if (code == FACET_OK) code = facet_verify_tables_commit(&s.tables, run);
    tear_down(&s);
    return code;
}

void facet_verify_free(struct facet_verify_report *report)
{
    for (size_t i = 0; i < report->line_count; i++) free(report->lines[i].layer);
    free(report->lines);
    *report = (struct facet_verify_report){0};
}
