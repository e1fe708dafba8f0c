/* compare/options: the command line of programs that compare images (compare/session).
 *
 *     static const struct facet_option options[] = {
 *         {PAIRS, "pairs", "FILE", ..},
 *         FACET_COMPARE_OPTIONS,
 *         FACET_COMPARE_VIEW,
 *         {0},
 *     };
 *     default: code = facet_compare_option(option, cli.value, &session_options);
 *     fault = facet_compare_fault(&session_options);
 *     facet_compare_options_free(&session_options);
 */
#ifndef FACET_COMPARE_OPTIONS_H
#define FACET_COMPARE_OPTIONS_H

#include "base/cli.h"
#include "compare/session.h"

enum {
    FACET_OPTION_FEATURES = 512,
    FACET_OPTION_VIEW,
    FACET_OPTION_METRIC,
    FACET_OPTION_TRAIN,
    FACET_OPTION_FITTED,
    FACET_OPTION_PCA,
    FACET_OPTION_RIDGE,
    FACET_OPTION_THRESHOLD
};

/* Which values, how Joint Bayesian is fitted to them, and all of it. */
/* clang-format off */
#define FACET_COMPARE_LAYERS                                                                       \
    {'L', "layers", "A,B,..",                                                                      \
     "layers to compare, each by itself; joined by +, as fc3+fc4, together (default: all)"},       \
    {FACET_OPTION_FEATURES, "features", "WHAT",                                                    \
     "original, mirror_sum or mirror_concat: of the image, summed with those of its mirror "       \
     "image, or both (default: both where the file has the mirror image)"}
#define FACET_COMPARE_FIT                                                                          \
    {FACET_OPTION_PCA, "pca", "N",                                                                 \
     "components before Joint Bayesian, 0 for none (default 60, or all where there are fewer)"},   \
    {FACET_OPTION_RIDGE, "ridge", "X",                                                             \
     "added to the within-person covariance, as a share of its mean variance (default 0)"}
#define FACET_COMPARE_OPTIONS                                                                      \
    FACET_COMPARE_LAYERS,                                                                          \
    {FACET_OPTION_METRIC, "metric", "A,B,..",                                                      \
     "cosine, euclidean, hamming, joint_bayesian (default: cosine,euclidean, and joint_bayesian "  \
     "with --train-acts or --fitted)"},                                                            \
    {FACET_OPTION_TRAIN, "train-acts", "FILE,..",                                                  \
     "activations of other people to fit Joint Bayesian on, a file for each ACTS.h5"},             \
    {FACET_OPTION_FITTED, "fitted", "METRIC.h5",                                                   \
     "a Joint Bayesian that an earlier run has fitted and kept"},                                  \
    FACET_COMPARE_FIT,                                                                             \
    {FACET_OPTION_THRESHOLD, "threshold", "T", "of hamming: a neuron is on above T (default 0)"}
/* Of programs that compare one view. */
#define FACET_COMPARE_VIEW                                                                         \
    {FACET_OPTION_VIEW, "view", "NAME", "view of the images, as bottom:30 (default original)"}
/* clang-format on */

/* Takes one of these options; FACET_EINVAL says what is wrong with its value. */
int facet_compare_option(int option, const char *value, struct facet_session_options *options);

/* What is wrong with the options together, NULL if nothing; sets the metrics where none are named.
 */
const char *facet_compare_fault(struct facet_session_options *options);

/* What facet_compare_option() has allocated. */
void facet_compare_options_free(struct facet_session_options *options);

#endif
