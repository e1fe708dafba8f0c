/* train/loss: the two supervisory signals of DeepID2+ on one layer, with their gradients.
 *
 * Identification is the softmax cross-entropy of a linear classifier over the training people.
 * Verification (DeepID2, Sun et al. 2014, eq. 2) pulls the features of one person together and
 * pushes those of two people apart, until their distance reaches a margin m.
 *
 * The paper takes one pair a step, a genuine pair (one person) as often as an impostor pair (two
 * people), and minimises
 *
 *     identification(i) + identification(j) + lambda * verification(i, j).
 *
 * Here a batch gives all of its pairs at once. Its verification loss is half the mean over the
 * genuine pairs plus half the mean over the impostor pairs: the expectation of verification(i, j)
 * when both kinds are drawn alike often. The paper's sum is over two images; for one image it is
 * identification + lambda / 2 * verification. Hence
 *
 *     loss = mean identification + lambda / 2 * verification,
 *
 * and weight = lambda / 2 of facet_loss_verification() beside weight = 1 of
 * facet_loss_identification() is the paper's lambda (DeepID2: 0.05).
 *
 *     size_t correct;
 *     struct facet_verification v;
 *     double ce = facet_loss_identification(n, classes, classes, logits, labels, 1, &correct);
 *     // ... back through the classifier: gradient (n, width) of the features ...
 *     facet_loss_verification(n, width, features, labels, margin, lambda / 2, gradient, NULL, &v);
 *     double loss = ce + lambda / 2 * v.loss;
 *
 * All arithmetic but the exponential is in double; one thread does it (layers can be done at once
 * by several), in one order: the same input gives the same bits.
 */
#ifndef FACET_TRAIN_LOSS_H
#define FACET_TRAIN_LOSS_H

#include "base/error.h"

#include <stddef.h>
#include <stdint.h>

/* Softmax cross-entropy. logits (n, classes) row-major, row i begins at logits + i * stride, stride
 * >= classes; labels (n), 0 .. classes - 1 (asserted); n > 0. Returns the mean over n, without
 * `weight`. Replaces the logits by the gradient of weight * mean, that is weight * (softmax -
 * onehot) / n, and the columns classes .. stride - 1 by 0. *correct receives the number of rows
 * whose largest logit is the label's; among equal ones the lowest index counts.
 *
 * The largest logit of a row is subtracted first, so that nothing overflows. A logit that is NaN or
 * infinite makes the loss and its row of the gradient NaN; the row is not correct. */
double facet_loss_identification(size_t n, size_t classes, size_t stride, float *logits,
                                 const int32_t *labels, double weight, size_t *correct);

struct facet_verification {
    double loss;     /* (genuine + impostor) / 2 */
    double genuine;  /* mean of d^2 / 2 over the genuine pairs, 0 if there are none */
    double impostor; /* mean of max(0, m - d)^2 / 2 over the impostor pairs, 0 if there are none */
    size_t genuine_pairs, impostor_pairs;
    size_t violating; /* impostor pairs with d < m */
};

/* Verification signal over the n (n - 1) / 2 pairs of a batch, d = ||f_i - f_j||. features (n,
 * width) and gradient (n, width) row-major; labels (n), any numbers: equal ones are one person.
 * Adds weight times the gradient of the loss to `gradient`; `distances`, unless NULL, receives d of
 * all pairs in the order (0,1), (0,2), .. (n-2,n-1).
 *
 * Distances come from differences, not from a Gram matrix, which would lose the small ones. An
 * impostor pair with d = 0 has no direction to be pushed in: it adds m^2 / 2 to its sum and 0 to
 * the gradient. A feature or margin that is not finite makes the loss NaN (as soon as there is a
 * pair that it is in). Allocates 8 bytes a pair and 8 a neuron; FACET_ENOMEM leaves everything
 * untouched. */
int facet_loss_verification(size_t n, size_t width, const float *features, const int32_t *labels,
                            double margin, double weight, float *gradient, float *distances,
                            struct facet_verification *result);

#endif
