/* compare/fit: Joint Bayesian fitted to the images of an activation file, by their identities.
 *
 *     facet_features_fit(&metric, features, &(struct facet_fit){.pca = 60, .threads = 2}, run);
 */
#ifndef FACET_COMPARE_FIT_H
#define FACET_COMPARE_FIT_H

#include "compare/feature.h"
#include "model/metric.h"

struct facet_fit {
    size_t pca;   /* components before it; 0: none */
    double ridge; /* see model/joint_bayesian.h */
    int binary;   /* of values above zero as 1 and others as 0 */
    int threads;
    const char *view; /* recorded in the metric, with layers */
    const char *layers;
    /* people who must not be in the training set (sorted by strcmp); NULL: anybody may */
    const char *const *excluded;
    size_t excluded_count;
    void (*report)(void *context, const struct facet_jb_step *step); /* or NULL */
    void *context;
};

/* All images that have an identity and are not missing. FACET_EINVAL: no identities, a person of
 * `excluded` among them; others as facet_pca_fit() and facet_jb_fit(). */
int facet_features_fit(struct facet_metric **metric, const struct facet_features *features,
                       const struct facet_fit *how, struct facet_provenance *run);

#endif
