/* train/normalise: batch normalisation (Ioffe and Szegedy 2015) of a fully connected layer, between
 * its sums and ReLU:
 *
 *     y = gain (z - mean) / sqrt(variance + 1e-5) + shift
 *
 * with mean and (biased) variance of a neuron over the batch. The paper has none; it is here to ask
 * what it does to sparsity. When the network is used, mean and variance are running means over the
 * training's batches (a tenth of the new one), and the layer is an affine map again, which export
 * folds into weights and bias.
 */
#ifndef FACET_TRAIN_NORMALISE_H
#define FACET_TRAIN_NORMALISE_H

#include "train/parameter.h"

struct facet_normalise {
    size_t width;
    struct facet_parameter gain, shift;
    struct facet_parameter mean, variance; /* running; nothing learns them */
    float *normalised;                     /* (n, width): (z - mean) / deviation */
    float *scale;                          /* (width): 1 / deviation, of the batch */
};

int facet_normalise_new(struct facet_normalise *b, size_t batch, size_t width);
void facet_normalise_free(struct facet_normalise *b);

/* values (n, width) in place, by the batch's own mean and variance, which join the running ones. */
void facet_normalise_learn(struct facet_normalise *b, size_t n, float *values);
/* The same by the running ones. */
void facet_normalise_use(const struct facet_normalise *b, size_t n, float *values);
/* gradient (n, width) in place: from that by y to that by z; sets those of gain and shift. Follows
 * facet_normalise_learn(). */
void facet_normalise_backward(struct facet_normalise *b, size_t n, float *gradient);
/* What facet_normalise_use() multiplies neuron j by, and then adds. */
void facet_normalise_affine(const struct facet_normalise *b, size_t j, double *factor,
                            double *addend);

#endif
