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

int facet_parameter_new(struct facet_parameter *p, size_t count, int decays, int gradient);
void facet_parameter_free(struct facet_parameter *p);

/* One step of `count` values. */
void facet_parameter_step(const struct facet_step *step, int decays, size_t count, float *value,
                          float *velocity, const float *gradient);

#endif
