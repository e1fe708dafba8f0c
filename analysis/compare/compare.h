/* compare/compare: how alike two images are, by their features. The higher a score, the more
 * alike.
 *
 *   cosine          a'b / (|a| |b|), 0 where one of them is all zero
 *   euclidean       -|a - b|
 *   hamming         -(number of features in which "above the threshold" differs)
 *   joint_bayesian  the score of a fitted metric (model/metric.h)
 *
 *     facet_compare_new(&c, FACET_COSINE, x, n, width, &(struct facet_compare_options){.threads =
 * 2}); double score = facet_compare_score(c, i, j);          // rows i and j of x
 *     facet_compare_free(&c);
 */
#ifndef FACET_COMPARE_COMPARE_H
#define FACET_COMPARE_COMPARE_H

#include "model/metric.h"

#include <stddef.h>
#include <stdint.h>

enum facet_comparison {
    FACET_COSINE,
    FACET_EUCLIDEAN,
    FACET_HAMMING,
    FACET_JOINT_BAYESIAN,
    FACET_COMPARISONS
};

/* "cosine", "euclidean", "hamming", "joint_bayesian" (or joint-bayesian); and back: FACET_EINVAL
 * lists them. */
const char *facet_comparison_name(enum facet_comparison comparison);
int facet_comparison_parse(const char *name, enum facet_comparison *comparison);

struct facet_compare_options {
    const float *thresholds;           /* (width) of Hamming; NULL: all zero */
    const struct facet_metric *metric; /* of Joint Bayesian; must outlive it */
    int threads;
};

struct facet_compare {
    enum facet_comparison comparison;
    size_t count, width; /* of what is compared: values, or words of codes */
    float *values;       /* (count, width), or NULL */
    uint64_t *codes;     /* (count, width), or NULL */
    const struct facet_metric *metric;
    size_t zero; /* rows that are all zero, whose cosine is 0 */
};

/* x (n, width) is not kept. FACET_EINVAL: a metric that isn't there, or of another width. */
int facet_compare_new(struct facet_compare **compare, enum facet_comparison comparison,
                      const float *x, size_t n, size_t width,
                      const struct facet_compare_options *options);
/* By Hamming distance of codes (n, words) that are packed already (kernels/bits), of those of their
 * bits that are set in mask (words). Neither is kept. */
int facet_compare_codes(struct facet_compare **compare, const uint64_t *codes, size_t n,
                        size_t words, const uint64_t *mask);
void facet_compare_free(struct facet_compare **compare); /* NULL-safe */

double facet_compare_score(const struct facet_compare *compare, size_t i, size_t j);

/* Row i of one and row j of another, which are compared in the same way. */
double facet_compare_score_between(const struct facet_compare *one, size_t i,
                                   const struct facet_compare *other, size_t j);

#endif
