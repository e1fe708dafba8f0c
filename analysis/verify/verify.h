/* verify/verify: verification on the pairs of a protocol, by every layer and metric asked for, to
 * tables.
 *
 *     struct facet_verify_options options = {...};
 *     facet_verify_run(&options, run, &report);
 *     facet_verify_free(&report);
 */
#ifndef FACET_VERIFY_VERIFY_H
#define FACET_VERIFY_VERIFY_H

#include "compare/compare.h"
#include "compare/feature.h"
#include "stats/verification.h"

struct facet_verify_options {
    const char *const *paths; /* [path_count] activation files, one behind the other */
    size_t path_count;
    const char *const
        *train_paths; /* [train_count] for Joint Bayesian: as many, in that order; or 0 */
    size_t train_count;
    const char *metric_path; /* a fitted metric instead; NULL: none */
    const char *pairs;       /* protocol file */
    const char *folder;      /* of the tables */
    char **layers; /* [layer_count] "fc4" or "fc3+fc4"; NULL: every layer of the first file */
    size_t layer_count;
    const char *view;
    int combine; /* enum facet_combine, or -1: both views where there is a mirror image */
    enum facet_comparison metrics[FACET_COMPARISONS];
    size_t metric_count;
    double threshold; /* of Hamming */
    size_t pca;       /* components before Joint Bayesian, 0: none */
    double ridge;
    size_t replicates; /* of the bootstrap; 0: no intervals */
    uint64_t seed;
    int disjoint, allow_missing, scores;
    size_t frames; /* of a video; 0: all */
    int threads;
    void (*say)(void *context, const char *message); /* what is done and what is left out */
    void *context;
};

struct facet_verify_line {
    char *layer;
    enum facet_combine combine;
    enum facet_comparison metric;
    struct facet_verification result;
};

struct facet_verify_report {
    size_t pairs, listed, missing, images, line_count;
    struct facet_verify_line *lines;
};

/* Writes accuracy, folds, roc and, where asked for, scores (.tsv with sidecars) into the folder,
 * and metric_LAYER.h5 of each Joint Bayesian that was fitted. */
int facet_verify_run(const struct facet_verify_options *options, struct facet_provenance *run,
                     struct facet_verify_report *report);
void facet_verify_free(struct facet_verify_report *report);

#endif
