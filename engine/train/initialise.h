/* train/initialise: first weights that fit the data (Krähenbühl et al., ICLR 2016; Mishkin and
 * Matas, ICLR 2016).
 *
 * Random weights give each neuron a mean of its own, far from zero beside its spread: every face
 * looks alike to the layers above, and training stands still for a long time. Here layer after
 * layer is scaled and shifted so that over some training images the sums before ReLU have mean 0
 * and variance 1, or what is asked for: of each map for weights that are shared, of each region's
 * maps for weights shared within regions, of each neuron elsewhere. It is done once, before the
 * first step. A neuron whose sums don't vary is only shifted.
 *
 *     facet_initialise(model, kernels, &(struct facet_first){0, 1}, n, images);
 */
#ifndef FACET_TRAIN_INITIALISE_H
#define FACET_TRAIN_INITIALISE_H

#include "kernels/kernels.h"
#include "store/model.h"

/* What the sums before ReLU of the fully connected layers have at first; the convolutions' always
 * have mean 0 and sd 1. Of normal sums of sd 1 a mean of -1 leaves 16 % active, one of 1 84 %. */
struct facet_first {
    double mean, sd;
};

/* images (n, channels, height, width), normalised; n >= 2. Changes weights and biases of every
 * layer. Takes about as long as running the network as often as it has layers. */
int facet_initialise(struct facet_model *model, const struct facet_kernels *kernels,
                     const struct facet_first *first, size_t n, const float *images);

#endif
