/* train/learn: one step of training: both signals on every supervised branch, back, and the update.
 *
 * The loss is the sum over the supervised branches of
 *
 *     identification + verification / 2 * (genuine / 2 + impostor / 2)
 *
 * (train/loss says why one half). Identification sees the branch's activations after dropout (each
 * kept with probability 1 - dropout and then divided by it), verification sees them as they are: so
 * it measures the distances that count when the network is used. Neither is stated in the paper.
 *
 * A branch's margin is found from the distances of recent batches every `margin_every` steps,
 * starting with the first batch's own.
 *
 *     facet_learner_new(&learner, net, &settings);
 *     facet_learner_step(learner, step, rate, n, labels, &report);   // images in net->input
 */
#ifndef FACET_TRAIN_LEARN_H
#define FACET_TRAIN_LEARN_H

#include "train/loss.h"
#include "train/margin.h"
#include "train/network.h"

#define FACET_LEARN_BRANCHES 16

struct facet_learning {
    uint64_t seed;
    double verification;                            /* the paper's lambda; 0: none */
    uint64_t verification_start, verification_rise; /* steps without it, and over which it then
                                   rises in a line: from the beginning it would shrink the
                                   activations, and neurons die, before they tell anybody apart */
    double dropout; /* share of a branch's neurons left out, 0 <= dropout < 1 */
    double momentum, decay;
    double clip;         /* largest norm of the gradient; 0: any */
    size_t margin_every; /* steps between two looks for the margin */
    size_t margin_pairs; /* recent pairs of each kind that it is found from */
};

struct facet_signal_report {
    double identification; /* mean cross-entropy */
    size_t correct;        /* images whose person has the largest output */
    struct facet_verification verification;
    double margin;
};

struct facet_learn_report {
    double loss, norm; /* of the gradient, before clipping */
    struct facet_signal_report branches[FACET_LEARN_BRANCHES];
};

struct facet_learner {
    struct facet_network *net;
    struct facet_learning settings;
    struct facet_margin **margins; /* [branch_count] */
    double *margin;                /* [branch_count], a float's value; NaN: not found yet */
    float *distances;              /* [batch (batch - 1) / 2] */
};

/* `net` must outlive the learner. FACET_EINVAL if it has more than FACET_LEARN_BRANCHES branches.
 */
int facet_learner_new(struct facet_learner **learner, struct facet_network *net,
                      const struct facet_learning *settings);
void facet_learner_free(struct facet_learner **learner); /* NULL-safe */

/* A step on the first n images of net->input, labels (n) in 0 .. classes - 1. The dropout depends
 * on (seed, step). Where loss or gradient are not finite nothing is updated and FACET_EFORMAT says
 * at which step and branch. */
int facet_learner_step(struct facet_learner *learner, uint64_t step, double rate, size_t n,
                       const int32_t *labels, struct facet_learn_report *report);

#endif
