/* train/stage: a convolution on its way forward and back: convolution, bias, ReLU, and 2x2 pooling
 * where the model has it next, in one piece, on a batch of images laid out (n, y, x, channel).
 *
 * What the convolution gives before pooling is never stored: it is made in strips of a few rows
 * that stay in the cache, and pooled at once; a byte a pooled value remembers where it stood. 3x3
 * convolutions with shared weights run by Winograd's F(4x4, 3x3), others as plain products
 * (kernels/convolve). Weights lie (regions, kernel_h, kernel_w, in_c, out_c).
 *
 * Work is divided among OpenMP threads by images, regions or groups of images whose number does not
 * depend on the threads, and sums are combined in order: any number of threads gives the same bits.
 */
#ifndef FACET_TRAIN_STAGE_H
#define FACET_TRAIN_STAGE_H

#include "kernels/convolve.h"
#include "train/parameter.h"

struct facet_stage {
    char name[64], pool_name[64]; /* of the model's layers; pool_name "" without pooling */
    struct facet_conv conv;
    int local, pooled, winograd;
    size_t out_h, out_w;           /* after pooling */
    size_t in_values, conv_values; /* of one image: input, and before pooling */
    size_t values;                 /* and after it */
    struct facet_parameter weight, bias;
    const float *input;    /* (n, in_h, in_w, in_c) */
    float *input_gradient; /* the same, added to; NULL where nobody asks */
    float *output;         /* (n, out_h, out_w, out_c) */
    float *gradient;       /* the same: of the loss by the output */
    uint8_t *index;        /* the same, if pooled: see relu_pool */
    float *conv_output;    /* (n, conv_values), local only; its gradient on the way back */
    float *u, *u_turned;   /* Winograd: (36, in_c, out_c) in panels, and transposed */
    float *v;              /* Winograd: (chunks, 36, place), see facet_convolve_winograd */
    float *zeros;          /* (out_c): the bias where it has been added already */
    float *turned;         /* otherwise: weights (regions, kernel_h, kernel_w, out_c, in_c) */
    float *partial;        /* (FACET_STAGE_GROUPS, partial_size): weight gradients of the groups */
    size_t partial_size;   /* floats: weights or 36 places, then bias, then sums of the input */
    float *mean;           /* (regions, kernel_h, kernel_w, in_c): of the inputs, see parameter.h */
};

enum { FACET_STAGE_CHUNK = 8, FACET_STAGE_GROUPS = 8 };

/* What the threads share and what each has to itself. */
struct facet_crew {
    const struct facet_kernels *kernels;
    int threads;
    int plain;           /* 1: gradients aren't centred */
    size_t scratch_size; /* floats a thread */
    float *scratch;      /* (threads, scratch_size) */
};
float *facet_crew_scratch(const struct facet_crew *crew);

/* Sets everything but name, conv, local, pooled, input and input_gradient, which the caller gives.
 * Fails for want of memory only. */
int facet_stage_new(struct facet_stage *stage, size_t batch);
void facet_stage_free(struct facet_stage *stage);
/* Floats that it holds. */
double facet_stage_memory(const struct facet_stage *stage, size_t batch);
/* Floats of scratch a thread needs. */
size_t facet_stage_scratch(const struct facet_stage *stage, size_t batch);

/* Brings what is derived from the weights up to date. */
void facet_stage_prepare(struct facet_stage *stage, const struct facet_crew *crew);
void facet_stage_forward(struct facet_stage *stage, const struct facet_crew *crew, size_t n);
/* From `gradient` to the gradients of weight (centred), bias and, where wanted, input. */
void facet_stage_backward(struct facet_stage *stage, const struct facet_crew *crew, size_t n);
void facet_stage_step(struct facet_stage *stage, const struct facet_crew *crew,
                      const struct facet_step *step);

#endif
