/* verify/verify: verification on the pairs of a protocol, by every layer and metric asked for, to
 * tables. Memory depends on the images, not on how many pairs there are of them (base/scratch).
 *
 *     struct facet_verify_options options = {...};
 *     facet_verify_run(&options, run, &report);
 *     facet_verify_free(&report);
 */
#ifndef FACET_VERIFY_VERIFY_H
#define FACET_VERIFY_VERIFY_H

#include "compare/session.h"
#include "stats/verification.h"

struct facet_verify_options {
    struct facet_session_options compare; /* tables go to its folder */
    const char *pairs;                    /* protocol file */
    size_t replicates;                    /* of the bootstrap; 0: no intervals */
    uint64_t seed;
    int disjoint, allow_missing, scores;
    size_t frames; /* of a video; 0: all */
};

struct facet_verify_line {
    char *layer;
    enum facet_combine combine;
    enum facet_comparison metric;
    struct facet_verification result;
};

struct facet_verify_report {
    size_t pairs, folds, listed, missing, images, line_count;
    struct facet_verify_line *lines;
};

/* Writes accuracy, folds, roc and, where asked for, scores (.tsv with sidecars) into the folder,
 * and metric_LAYER.h5 of each Joint Bayesian that was fitted. */
int facet_verify_run(const struct facet_verify_options *options, struct facet_provenance *run,
                     struct facet_verify_report *report);
void facet_verify_free(struct facet_verify_report *report);

#endif
