/* train/initialise: first weights that fit the data (Krähenbühl et al., ICLR 2016; Mishkin and
 * Matas, ICLR 2016).
 *
 * Random weights give each neuron a mean of its own, far from zero beside its spread: every face
 * looks alike to the layers above, and training stands still for a long time. Here layer after
 * layer is scaled and shifted so that over some training images the sums before ReLU have mean 0
 * and variance 1: of each map for weights that are shared, of each region's maps for weights shared
 * within regions, of each neuron elsewhere. It is done once, before the first step. A neuron whose
 * sums don't vary is only shifted.
 *
 *     facet_initialise(model, n, images);
 */
#ifndef FACET_TRAIN_INITIALISE_H
#define FACET_TRAIN_INITIALISE_H

#include "store/model.h"

/* images (n, channels, height, width), normalised; n >= 2. Changes weights and biases of every
 * layer. Takes about as long as running the network as often as it has layers. */
int facet_initialise(struct facet_model *model, size_t n, const float *images);

#endif
