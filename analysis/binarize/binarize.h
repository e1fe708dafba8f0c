/* binarize/binarize: what is left of recognition when each neuron becomes one bit, to tables.
 *
 * A layer's features (compare/feature) of the images in the pairs are read once, and those of the
 * training images where there are any; every threshold and choice of bits is then made from them in
 * memory. Nothing is fitted or chosen on the pairs: medians, scale and ranks come from the training
 * images (without any, medians and scale from the images in the pairs, which need no labels), and a
 * fold's threshold on the scores from the other folds.
 *
 *     struct facet_binarize_options options = {...};
 *     facet_binarize_run(&options, run, &report);
 *     facet_binarize_free(&report);
 */
#ifndef FACET_BINARIZE_BINARIZE_H
#define FACET_BINARIZE_BINARIZE_H

#include "compare/session.h"
#include "stats/verification.h"

enum facet_binarize_rule {
    FACET_RULE_VALUE,   /* the same for all neurons, given */
    FACET_RULE_MEDIAN,  /* each neuron's median */
    FACET_RULE_TRAINED, /* the same for all, the best of the sweep on pairs of training images */
    FACET_RULES
};

/* Of "value", "median", "trained"; FACET_EINVAL lists them. */
int facet_binarize_rule_parse(const char *name, enum facet_binarize_rule *rule);

struct facet_binarize_options {
    /* The files, of one or several networks; tables go to its folder. Its metrics and threshold
     * don't matter; pca: where there are more features. */
    struct facet_session_options compare;
    const char *pairs; /* protocol file, of two folds or more */
    enum facet_binarize_rule rule;
    double threshold;         /* of FACET_RULE_VALUE */
    const double *thresholds; /* [threshold_count] of the sweep, ascending */
    size_t threshold_count;
    int relative;          /* they are multiples of the layer's scale (bits_scale()) */
    const size_t *lengths; /* [length_count] of codes, ascending; those of a layer's width or more
                              are left out, all its bits never */
    size_t length_count;
    size_t repeats;    /* random choices of each length */
    size_t replicates; /* of the bootstrap; 0: no intervals */
    uint64_t seed;
    int disjoint, allow_missing;
};

struct facet_binarize_line {
    char *layer;
    int binary;
    enum facet_comparison classifier;
    size_t networks; /* files combined */
    struct facet_verification result;
};

struct facet_binarize_report {
    size_t pairs, listed, missing, images, line_count;
    struct facet_binarize_line *lines; /* of table4 */
};

/* Writes the tables table4, thresholds, lengths, bits, correlation and storage (.tsv with sidecars)
 * and codes.h5 (store/codes, the codes of the images in the pairs) into the folder. With several
 * files table4 has lines of the first and of all together; everything else is of the first. Memory
 * is bounded by the features of the images in the pairs and of the training images, and what
 * judge_answer() takes. FACET_EINVAL: a
 * protocol of one fold; others as facet_trials_new(), facet_features_new(), facet_trainees_read()
 * and facet_fit_metric(). Bits to which Joint Bayesian cannot be fitted, as where too few of them
 * vary, are said, and their accuracy is NA. */
int facet_binarize_run(const struct facet_binarize_options *options, struct facet_provenance *run,
                       struct facet_binarize_report *report);
void facet_binarize_free(struct facet_binarize_report *report);

#endif
