#include "compare/session.h"

#include "compare/fit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- files ---- */

static int open_files(const char *const *paths, size_t count, struct facet_acts ***files)
{
    *files = facet_alloc(count, sizeof **files, "files");
    int code = *files == NULL ? FACET_ENOMEM : FACET_OK;
    for (size_t k = 0; code == FACET_OK && k < count; k++)
        code = facet_acts_open(&(*files)[k], paths[k]);
    return code;
}

static void close_files(struct facet_acts **files, size_t count)
{
    for (size_t k = 0; files != NULL && k < count; k++) facet_acts_free(&files[k]);
    free(files);
}

static int list_names(struct facet_session *s)
{
    const size_t count = facet_acts_images(s->files[0]);
    s->names = facet_alloc(count, sizeof *s->names, "images");
    if (s->names == NULL) return FACET_ENOMEM;
    for (size_t i = 0; i < count; i++) s->names[i] = facet_acts_image(s->files[0], i);
    return FACET_OK;
}

int facet_session_new(struct facet_session **session, const struct facet_session_options *o,
                      struct facet_provenance *run)
{
    struct facet_session *s = facet_alloc(1, sizeof *s, "session");
    if (s == NULL) return FACET_ENOMEM;
    s->options = o;
    s->run = run;
    int code = open_files(o->paths, o->path_count, &s->files);
    if (code == FACET_OK)
        code = open_files((const char *const *)o->train_paths, o->train_count, &s->train_files);
    if (code == FACET_OK && o->metric_path != NULL) {
        code = facet_metric_read(&s->given, o->metric_path);
        if (code == FACET_OK) code = facet_provenance_input(run, o->metric_path);
    }
    if (code == FACET_OK) code = list_names(s);
    if (code < 0)
        facet_session_free(&s);
    else
        *session = s;
    return code;
}

void facet_session_free(struct facet_session **session)
{
    struct facet_session *s = *session;
    if (s == NULL) return;
    close_files(s->files, s->options->path_count);
    close_files(s->train_files, s->options->train_count);
    facet_metric_free(&s->given);
    free(s->names);
    free(s->images);
    free(s->place);
    free(s->people);
    free(s);
    *session = NULL;
}

/* ---- images ---- */

void facet_session_images(const struct facet_session *s, struct facet_protocol_images *images)
{
    size_t people, absent;
    *images =
        (struct facet_protocol_images){.count = facet_acts_images(s->files[0]),
                                       .names = s->names,
                                       .identity = facet_acts_identities(s->files[0], &people),
                                       .missing = facet_acts_missing(s->files[0], &absent)};
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

int facet_session_need(struct facet_session *s, const uint8_t *used)
{
    const size_t total = facet_acts_images(s->files[0]);
    s->place = facet_alloc(total, sizeof *s->place, "images");
    s->images = facet_alloc(total, sizeof *s->images, "images");
    s->people = facet_alloc(total, sizeof *s->people, "people");
    if (s->place == NULL || s->images == NULL || s->people == NULL) return FACET_ENOMEM;
    for (size_t i = 0; i < total; i++) {
        if (!used[i]) continue;
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

/* ---- metrics ---- */

static void say(const struct facet_session *s, const char *message)
{
    if (s->options->say != NULL) s->options->say(s->options->context, message);
}

static int save_metric(const struct facet_session *s, const char *layer,
                       const struct facet_metric *metric)
{
    char *path = facet_format("%s/metric_%s.h5", s->options->folder, layer), text[512];
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

static int fit_metric(struct facet_session_layer *l)
{
    const struct facet_session *s = l->session;
    const struct facet_session_options *o = s->options;
    struct facet_features *f = NULL;
    struct facet_fit how = {.pca = o->pca,
                            .ridge = o->ridge,
                            .threads = o->threads,
                            .view = FACET_VIEW_ORIGINAL,
                            .layers = l->name,
                            .excluded = s->people,
                            .excluded_count = s->people_count};
    int code =
        facet_features_new(&f, s->train_files, o->train_count, l->name, how.view, l->combine);
    if (code == FACET_OK && o->pca_usual && f->width < how.pca) how.pca = f->width;
    if (code == FACET_OK) {
        code = facet_features_fit(&l->fitted, f, &how, s->run);
        if (code < 0) code = facet_fail(code, "%s: %s", l->name, facet_error_message());
    }
    if (code == FACET_OK) code = save_metric(s, l->name, l->fitted);
    facet_features_free(&f);
    return code;
}

/* A given metric must have been fitted to what it is to be used on. */
static int check_metric(const struct facet_metric *m, const struct facet_session_layer *l)
{
    const char *combine = facet_combine_name(l->combine);
    if (strcmp(m->layers, l->name) == 0 && strcmp(m->combine, combine) == 0) return FACET_OK;
    return facet_fail(FACET_EINVAL,
                      "%s: was fitted to %s, %s, and cannot compare %s, %s (see --layers and "
                      "--features)",
                      m->path, m->layers, m->combine, l->name, combine);
}

static int find_metric(struct facet_session_layer *l)
{
    const struct facet_session *s = l->session;
    const struct facet_session_options *o = s->options;
    int wanted = 0;
    for (size_t i = 0; i < o->metric_count; i++) wanted |= o->metrics[i] == FACET_JOINT_BAYESIAN;
    if (!wanted) return FACET_OK;
    int code = s->given != NULL ? check_metric(s->given, l) : fit_metric(l);
    l->metric = s->given != NULL ? s->given : l->fitted;
    return code;
}

/* ---- a layer at a time ---- */

size_t facet_session_layers(const struct facet_session *s)
{
    const struct facet_session_options *o = s->options;
    return o->layers != NULL ? o->layer_count : facet_acts_layer_count(s->files[0]);
}

const char *facet_session_layer_name(const struct facet_session *s, size_t index)
{
    const struct facet_session_options *o = s->options;
    return o->layers != NULL ? o->layers[index] : facet_acts_layer(s->files[0], index)->name;
}

/* Looks for the view and its mirror image. */
static int new_features(const struct facet_session_layer *l, const char *view,
                        struct facet_features **f)
{
    const struct facet_session *s = l->session;
    return facet_features_new(f, s->files, s->options->path_count, l->name, view, l->combine);
}

int facet_session_layer_new(struct facet_session_layer **layer, struct facet_session *s,
                            size_t index)
{
    const struct facet_session_options *o = s->options;
    struct facet_features *f = NULL;
    struct facet_session_layer *l = facet_alloc(1, sizeof *l, "layer");
    if (l == NULL) return FACET_ENOMEM;
    l->session = s;
    l->name = facet_session_layer_name(s, index);
    l->combine =
        o->combine >= 0 ? (enum facet_combine)o->combine : facet_combine_best(s->files[0], o->view);
    int code = new_features(l, o->view, &f);
    if (code == FACET_OK) l->width = f->width;
    facet_features_free(&f);
    if (code == FACET_OK) code = find_metric(l);
    if (code < 0)
        facet_session_layer_free(&l);
    else
        *layer = l;
    return code;
}

void facet_session_layer_free(struct facet_session_layer **layer)
{
    if (*layer == NULL) return;
    facet_metric_free(&(*layer)->fitted);
    free(*layer);
    *layer = NULL;
}

int facet_session_layer_read(const struct facet_session_layer *l, const char *view, float *x)
{
    const struct facet_session *s = l->session;
    struct facet_features *f = NULL;
    int code = new_features(l, view, &f);
    if (code == FACET_OK) code = facet_features_read(f, s->images, s->image_count, s->run, x);
    facet_features_free(&f);
    return code;
}

static void say_zero(const struct facet_session_layer *l, const struct facet_compare *c)
{
    char text[256];
    if (c->zero == 0) return;
    snprintf(text, sizeof text, "%s: %zu image%s whose values are all zero: their cosine is 0",
             l->name, c->zero, c->zero > 1 ? "s" : "");
    say(l->session, text);
}

int facet_session_layer_compare(const struct facet_session_layer *l, enum facet_comparison metric,
                                const float *x, struct facet_compare **compare)
{
    const struct facet_session_options *o = l->session->options;
    float *thresholds = facet_alloc(l->width, sizeof *thresholds, "thresholds");
    if (thresholds == NULL) return FACET_ENOMEM;
    for (size_t i = 0; i < l->width; i++) thresholds[i] = (float)o->threshold;
    const struct facet_compare_options how = {
        .thresholds = thresholds, .metric = l->metric, .threads = o->threads};
    int code = facet_compare_new(compare, metric, x, l->session->image_count, l->width, &how);
    if (code == FACET_OK) say_zero(l, *compare);
    free(thresholds);
    return code;
}

/* ---- all layers and metrics ---- */

size_t facet_session_lines(const struct facet_session *s)
{
    return facet_session_layers(s) * s->options->metric_count;
}

static int run_layer(const struct facet_session_layer *l, facet_session_visit *visit, void *context)
{
    const struct facet_session *s = l->session;
    const struct facet_session_options *o = s->options;
    struct facet_session_line line = {.layer = l->name, .combine = l->combine};
    float *x = facet_alloc(s->image_count, l->width * sizeof *x, "features");
    int code = x == NULL ? FACET_ENOMEM : facet_session_layer_read(l, o->view, x);
    for (size_t i = 0; code == FACET_OK && i < o->metric_count; i++) {
        struct facet_compare *c = NULL;
        line.metric = o->metrics[i];
        code = facet_session_layer_compare(l, line.metric, x, &c);
        if (code == FACET_OK) code = visit(context, &line, c);
        facet_compare_free(&c);
    }
    free(x);
    return code;
}

int facet_session_run(struct facet_session *s, facet_session_visit *visit, void *context)
{
    int code = FACET_OK;
    for (size_t i = 0; code == FACET_OK && i < facet_session_layers(s); i++) {
        struct facet_session_layer *l = NULL;
        code = facet_session_layer_new(&l, s, i);
        if (code == FACET_OK) code = run_layer(l, visit, context);
        facet_session_layer_free(&l);
    }
    return code;
}
