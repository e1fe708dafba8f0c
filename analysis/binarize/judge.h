/* binarize/judge: verification by a layer's values, and by many choices of bits.
 *
 * What is to be known of bits is asked first and found all at once: each set of thresholds is gone
 * through once (codes of the images in the pairs, counts of the training images), by a thread of
 * its own where there are several, and what is asked twice is found once. Results don't depend on
 * the number of threads.
 *
 *     struct judge_questions q = {0};
 *     judge_ask(&q, &data, thresholds, columns, count, FACET_JOINT_BAYESIAN, 1, &which);
 *     judge_answer(&q, &data);
 *     q.asked[which].result.accuracy.estimate
 *     judge_free(&q);
 */
#ifndef FACET_BINARIZE_JUDGE_H
#define FACET_BINARIZE_JUDGE_H

#include "compare/fit.h"
#include "compare/trials.h"

/* A layer in memory, and how it is judged. */
struct judge_data {
    const struct facet_trials *trials;
    const float *x; /* (images of the session, width) */
    size_t width;
    const struct facet_trainees *trained; /* of that width; NULL without */
    size_t people;                        /* numbers of trained->identity are below */
    struct facet_fit fit;                 /* pca: where there are more features */
    struct facet_verification_intervals intervals;
    int disjoint;
};

/* By values, x (images of the session, width) as the training images' values. Errors as
 * facet_fit_metric() and facet_trials_judge(). */
int judge_values(const struct judge_data *data, const float *x, enum facet_comparison classifier,
                 struct facet_verification *result);

/* Some bits by one classifier. */
struct judge_question {
    size_t set; /* which thresholds */
    const uint32_t *columns;
    size_t count;
    enum facet_comparison classifier;
    int interval;
    int code; /* FACET_OK, or why there is no answer, in words in `why` */
    char *why;
    struct facet_verification result; /* NaN without an answer */
};

struct judge_questions {
    float **sets; /* [set_count] thresholds (width) */
    size_t set_count, set_room;
    struct judge_question *asked; /* [count] */
    size_t count, room;
};

/* Asks for the bits of columns (count), which must stay until the answer, with thresholds (width),
 * which are copied; which: where the answer will be, the same for the same question. Joint Bayesian
 * only with training images. */
int judge_ask(struct judge_questions *questions, const struct judge_data *data,
              const float *thresholds, const uint32_t *columns, size_t count,
              enum facet_comparison classifier, int interval, size_t *which);

/* Bits to which Joint Bayesian cannot be fitted, as where too few of them vary, are no error, but
 * left without an answer. Memory beside the results, for each thread: codes of the images in the
 * pairs, and what bits_counts_new() and bits_counts_fit() take. */
int judge_answer(struct judge_questions *questions, const struct judge_data *data);
void judge_free(struct judge_questions *questions);

#endif
