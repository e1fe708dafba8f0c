/* train/parameter: numbers that are learned, and the step that changes them. */
#ifndef FACET_TRAIN_PARAMETER_H
#define FACET_TRAIN_PARAMETER_H

#include <stddef.h>

struct facet_parameter {
    size_t count;
    float *value, *velocity;
    float *gradient; /* NULL where it is made block by block within the step */
    int decays;      /* weights do, biases don't */
};

/* Stochastic gradient descent with momentum:
 *     velocity = momentum velocity + factor gradient + decay value
 *     value = value - rate velocity */
struct facet_step {
    double rate, momentum, decay;
    double factor; /* clips the gradient: 1 for none */
};

/* Centred gradients (Schraudolph, "Centering neural network gradient factors", 1998). A layer's
 * inputs come after ReLU: their mean is larger than their spread, so the loss is far steeper along
 * the mean, which says nothing about a face, than along all else; rates that the mean bears are too
 * small for the rest, and the noise along it makes neurons die. Written as
 *
 *     z = W (x - m) + c,    b = c - W m,
 *
 * with m the mean of x over the batch, the layer is the same, and W's gradient is the sum of
 * dz (x - m)'. The step is taken on W and c; b then follows:
 *
 *     b = b - rate velocity of c + (rate velocity of W) m
 *
 * For convolutions m is the mean of an input channel over batch and pixels, for those with weights
 * of their own in regions that of each region's window over batch and the region's pixels. */

int facet_parameter_new(struct facet_parameter *p, size_t count, int decays, int gradient);
void facet_parameter_free(struct facet_parameter *p);

/* One step of `count` values. */
void facet_parameter_step(const struct facet_step *step, int decays, size_t count, float *value,
                          float *velocity, const float *gradient);

#endif
