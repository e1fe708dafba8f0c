#include "compare/fit.h"

#include <stdlib.h>
#include <string.h>

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Rows with an identity, none of them excluded. */
static int list_trainees(struct facet_acts *acts, const char *const *excluded,
                         size_t excluded_count, struct facet_trainees *t)
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
        if (excluded != NULL &&
            bsearch(&name, excluded, excluded_count, sizeof *excluded, by_text) != NULL)
            return facet_fail(FACET_EINVAL,
                              "%s: %s stands in the pairs too: Joint Bayesian must be trained on "
                              "other people",
                              facet_acts_path(acts), name);
        t->rows[t->count] = (uint32_t)i;
        t->identity[t->count++] = identity[i];
    }
    return FACET_OK;
}

int facet_trainees_read(struct facet_trainees **trainees, const struct facet_features *f,
                        const char *const *excluded, size_t excluded_count,
                        struct facet_provenance *run)
{
    struct facet_trainees *t = facet_alloc(1, sizeof *t, "training images");
    if (t == NULL) return FACET_ENOMEM;
    int code = list_trainees(f->files[0], excluded, excluded_count, t);
    if (code == FACET_OK) {
        t->x = facet_alloc(t->count, f->width * sizeof *t->x, "training features");
        if (t->x == NULL) code = FACET_ENOMEM;
    }
    if (code == FACET_OK) code = facet_features_read(f, t->rows, t->count, run, t->x);
    if (code < 0)
        facet_trainees_free(&t);
    else
        *trainees = t;
    return code;
}

void facet_trainees_free(struct facet_trainees **trainees)
{
    if (*trainees == NULL) return;
    free((*trainees)->rows);
    free((*trainees)->identity);
    free((*trainees)->x);
    free(*trainees);
    *trainees = NULL;
}

struct facet_jb_options facet_fit_options(const struct facet_fit *how)
{
    struct facet_jb_options options = FACET_JB_DEFAULTS;
    options.ridge = how->ridge;
    options.threads = how->threads;
    options.report = how->report;
    options.context = how->context;
    return options;
}

static int fit(struct facet_metric *m, const float *x, size_t n, size_t width,
               const int32_t *identity, const struct facet_fit *how)
{
    const struct facet_jb_options options = facet_fit_options(how);
    float *projected = NULL;
    int code = FACET_OK;
    if (how->pca > 0) {
        code = facet_pca_fit(&m->pca, x, n, width, how->pca, how->threads);
        if (code == FACET_OK) {
            projected = facet_alloc(n, how->pca * sizeof *projected, "features");
            code = projected == NULL ? FACET_ENOMEM
                                     : facet_pca_project(m->pca, x, n, how->threads, projected);
        }
    }
    if (code == FACET_OK)
        code = facet_jb_fit(&m->jb, projected != NULL ? projected : x, n,
                            how->pca > 0 ? how->pca : width, identity, &options);
    free(projected);
    return code;
}

int facet_fit_metric(struct facet_metric **metric, const float *x, size_t n, size_t width,
                     const int32_t *identity, const struct facet_fit *how)
{
    struct facet_metric *m = facet_alloc(1, sizeof *m, "metric");
    if (m == NULL) return FACET_ENOMEM;
    int code = fit(m, x, n, width, identity, how);
    if (code < 0)
        facet_metric_free(&m);
    else
        *metric = m;
    return code;
}

static int describe(struct facet_metric *m, const struct facet_features *f,
                    const struct facet_fit *how)
{
    m->layers = facet_strdup(how->layers);
    m->views = facet_strdup(how->view);
    m->combine = facet_strdup(facet_combine_name(f->combine));
    m->training = facet_format("{\"pca\": %zu, \"ridge\": %.9g}", how->pca, how->ridge);
    return m->layers == NULL || m->views == NULL || m->combine == NULL || m->training == NULL
               ? FACET_ENOMEM
               : FACET_OK;
}

int facet_features_fit(struct facet_metric **metric, const struct facet_features *f,
                       const struct facet_fit *how, struct facet_provenance *run)
{
    struct facet_trainees *t = NULL;
    struct facet_metric *m = NULL;
    int code = facet_trainees_read(&t, f, how->excluded, how->excluded_count, run);
    if (code == FACET_OK) code = facet_fit_metric(&m, t->x, t->count, f->width, t->identity, how);
    if (code == FACET_OK) code = facet_acts_hash_labels(f->files[0], m->data_sha256);
    if (code == FACET_OK) code = describe(m, f, how);
    facet_trainees_free(&t);
    if (code < 0)
        facet_metric_free(&m);
    else
        *metric = m;
    return code;
}
