/* compare/fit: Joint Bayesian fitted to the images of an activation file, by their identities.
 *
 *     facet_features_fit(&metric, features, &(struct facet_fit){.pca = 60, .threads = 2}, run);
 *
 * or in two steps, where more than one is fitted, or to something made from the features:
 *
 *     facet_trainees_read(&trainees, features, people, people_count, run);
 *     facet_fit_metric(&metric, trainees->x, trainees->count, features->width,
 *                      trainees->identity, &how);
 *     facet_trainees_free(&trainees);
 */
#ifndef FACET_COMPARE_FIT_H
#define FACET_COMPARE_FIT_H

#include "compare/feature.h"
#include "model/metric.h"

struct facet_fit {
    size_t pca;   /* components before it; 0: none */
    double ridge; /* see model/joint_bayesian.h */
    int threads;
    const char *view; /* recorded in the metric, with layers */
    const char *layers;
    /* people who must not be in the training set (sorted by strcmp); NULL: anybody may */
    const char *const *excluded;
    size_t excluded_count;
    void (*report)(void *context, const struct facet_jb_step *step); /* or NULL */
    void *context;
};

/* Who is trained on: all images that have an identity and are not missing. */
struct facet_trainees {
    size_t count;
    uint32_t *rows;    /* [count] of the first file, ascending */
    int32_t *identity; /* [count] number of their identity in that file */
    float *x;          /* (count, width of the features) */
};

/* What was read is recorded in `run` as by facet_features_read(). FACET_EINVAL: no identities, a
 * person of `excluded` (sorted by strcmp) among them. */
int facet_trainees_read(struct facet_trainees **trainees, const struct facet_features *features,
                        const char *const *excluded, size_t excluded_count,
                        struct facet_provenance *run);
void facet_trainees_free(struct facet_trainees **trainees); /* NULL-safe */

/* To x (n, width) with identity (n): a metric without what a file of it records. Of `how` only pca,
 * ridge, threads and report matter. Errors as facet_pca_fit() and facet_jb_fit(). */
int facet_fit_metric(struct facet_metric **metric, const float *x, size_t n, size_t width,
                     const int32_t *identity, const struct facet_fit *how);

/* What of it Joint Bayesian is told. */
struct facet_jb_options facet_fit_options(const struct facet_fit *how);

/* Both steps, for a metric that can be kept. */
int facet_features_fit(struct facet_metric **metric, const struct facet_features *features,
                       const struct facet_fit *how, struct facet_provenance *run);

#endif
