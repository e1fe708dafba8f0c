/* train/full: a fully connected layer on its way forward and back.
 *
 * Weights lie in panels of 64 outputs, (panels, in, 64), so that the 64 columns a product works on
 * are one piece of memory: the 37.5 million weights of FC-1 are read straight through. Outputs are
 * padded with zeros to whole panels. The inputs are those of one or two sources, one after the
 * other. The weights' gradient is never stored as a whole: the step makes it block by block and
 * uses it up, and its norm comes from two Gram matrices:
 *
 *     |X' dY|^2 = sum over i, j of (x_i . x_j)(dy_i . dy_j)
 *
 * where X is centred (train/parameter.h).
 */
#ifndef FACET_TRAIN_FULL_H
#define FACET_TRAIN_FULL_H

#include "train/parameter.h"
#include "train/stage.h"

#define FACET_FULL_PANEL 64

struct facet_full_source {
    size_t values;      /* of one image */
    const float *input; /* (n, values) */
    float *gradient;    /* the same; NULL where nobody asks */
    int add;            /* 1: the gradient is added to, 0: overwritten */
};

struct facet_full {
    char name[64];
    size_t in, out, padded; /* padded: out, up to whole panels */
    struct facet_full_source sources[2];
    int source_count;
    struct facet_parameter weight; /* (panels, in, 64) */
    struct facet_parameter bias;   /* (padded) */
    float *output;                 /* (n, padded), before any ReLU */
    float *gradient;               /* the same: of the loss by the output */
    float *turned;                 /* (padded, n): gradient transposed */
    float *follow;                 /* (blocks, padded): what the bias follows by, see parameter.h */
    float *gram;                   /* (blocks, n, n): of the inputs' blocks */
    double share;                  /* of the learning rate: see facet_full_step() */
};

/* Sets everything but name, in, out and sources. Fails for want of memory only. */
int facet_full_new(struct facet_full *full, size_t batch);
void facet_full_free(struct facet_full *full);
/* Floats that it holds; floats of scratch a thread needs. */
double facet_full_memory(const struct facet_full *full, size_t batch);
size_t facet_full_scratch(size_t batch);

void facet_full_forward(struct facet_full *full, const struct facet_crew *crew, size_t n);
/* From `gradient` to the gradients of the sources that want one and of the bias. */
void facet_full_backward(struct facet_full *full, const struct facet_crew *crew, size_t n);
/* Squared norm of the centred gradients of weight and bias, after backward. */
double facet_full_norm(struct facet_full *full, const struct facet_crew *crew, size_t n);
/* The step of weight and bias, after backward. A layer's sums move by the product of the learning
 * rate and the squared norm of its inputs, which grows with their number: what suits FC-4's 1,536
 * inputs tears FC-1's 73,216 apart, and its neurons die. So a layer with more than
 * FACET_FULL_INPUTS inputs learns at the share FACET_FULL_INPUTS / in of the rate, and its weights
 * decay as fast as the others'. */
#define FACET_FULL_INPUTS 1024
void facet_full_step(struct facet_full *full, const struct facet_crew *crew, size_t n,
                     const struct facet_step *step);

/* Where weight (output, input) lies. */
static inline size_t facet_full_place(const struct facet_full *full, size_t output, size_t input)
{
    return (output / FACET_FULL_PANEL * full->in + input) * FACET_FULL_PANEL +
           output % FACET_FULL_PANEL;
}

#endif
