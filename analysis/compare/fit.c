#include "compare/fit.h"

#include <stdlib.h>
#include <string.h>

/* Who may be trained on: rows with an identity, none of them excluded. */
struct trainees {
    uint32_t *rows;
    int32_t *identity;
    size_t count;
};

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int list_trainees(struct facet_acts *acts, const struct facet_fit *how, struct trainees *t)
{
    const size_t images = facet_acts_images(acts);
    size_t people, missing;
    const int32_t *identity = facet_acts_identities(acts, &people);
    const uint8_t *absent = facet_acts_missing(acts, &missing);
    if (identity == NULL)
        return facet_fail(FACET_EINVAL, "%s: has no identities to train Joint Bayesian on",
                          facet_acts_path(acts));
    t->rows = facet_alloc(images, sizeof *t->rows, "images");
    t->identity = facet_alloc(images, sizeof *t->identity, "images");
    if (t->rows == NULL || t->identity == NULL) return FACET_ENOMEM;
    for (size_t i = 0; i < images; i++) {
        if (identity[i] < 0 || absent[i]) continue;
        const char *name = facet_acts_identity(acts, i);
        if (how->excluded != NULL && bsearch(&name, how->excluded, how->excluded_count,
                                             sizeof *how->excluded, by_text) != NULL)
            return facet_fail(FACET_EINVAL,
                              "%s: %s stands in the pairs too: Joint Bayesian must be trained on "
                              "other people",
                              facet_acts_path(acts), name);
        t->rows[t->count] = (uint32_t)i;
        t->identity[t->count++] = identity[i];
    }
    return FACET_OK;
}

static int fit(struct facet_metric *m, const float *x, const struct trainees *t, size_t width,
               const struct facet_fit *how)
{
    struct facet_jb_options options = FACET_JB_DEFAULTS;
    float *projected = NULL;
    int code = FACET_OK;
    options.ridge = how->ridge;
    options.threads = how->threads;
    options.report = how->report;
    options.context = how->context;
    if (how->pca > 0) {
        code = facet_pca_fit(&m->pca, x, t->count, width, how->pca, how->threads);
        if (code == FACET_OK) {
            projected = facet_alloc(t->count, how->pca * sizeof *projected, "features");
            code = projected == NULL
                       ? FACET_ENOMEM
                       : facet_pca_project(m->pca, x, t->count, how->threads, projected);
        }
    }
    if (code == FACET_OK)
        code = facet_jb_fit(&m->jb, projected != NULL ? projected : x, t->count,
                            how->pca > 0 ? how->pca : width, t->identity, &options);
    free(projected);
    return code;
}

static int describe(struct facet_metric *m, const struct facet_features *f,
                    const struct facet_fit *how)
{
    m->layers = facet_strdup(how->layers);
    m->views = facet_strdup(how->view);
    m->combine = facet_strdup(facet_combine_name(f->combine));
    m->training = facet_format("{\"pca\": %zu, \"ridge\": %.9g, \"binary\": %d}", how->pca,
                               how->ridge, how->binary);
    return m->layers == NULL || m->views == NULL || m->combine == NULL || m->training == NULL
               ? FACET_ENOMEM
               : FACET_OK;
}

int facet_features_fit(struct facet_metric **metric, const struct facet_features *f,
                       const struct facet_fit *how, struct facet_provenance *run)
{
    struct trainees t = {0};
    float *x = NULL;
    struct facet_metric *m = facet_alloc(1, sizeof *m, "metric");
    if (m == NULL) return FACET_ENOMEM;
    int code = list_trainees(f->files[0], how, &t);
    if (code == FACET_OK) {
        x = facet_alloc(t.count, f->width * sizeof *x, "training features");
        if (x == NULL) code = FACET_ENOMEM;
    }
    if (code == FACET_OK) code = facet_features_read(f, t.rows, t.count, run, x);
    for (size_t i = 0; code == FACET_OK && how->binary && i < t.count * f->width; i++)
        x[i] = x[i] > 0;
    if (code == FACET_OK) code = facet_acts_hash_labels(f->files[0], m->data_sha256);
    if (code == FACET_OK) code = fit(m, x, &t, f->width, how);
    if (code == FACET_OK) code = describe(m, f, how);
    free(x);
    free(t.rows);
    free(t.identity);
    if (code < 0)
        facet_metric_free(&m);
    else
        *metric = m;
    return code;
}
