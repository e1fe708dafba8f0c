/* train/stage_ways: the three ways a convolution runs, for stage.c: by Winograd, by plain products,
 * and with weights of its own in each region; and what they share. */
#ifndef FACET_TRAIN_STAGE_WAYS_H
#define FACET_TRAIN_STAGE_WAYS_H

#include "train/stage.h"

static inline size_t facet_stage_tiles(const struct facet_stage *s)
{
    return facet_winograd_tiles_y(&s->conv) * facet_winograd_tiles_x(&s->conv);
}

static inline size_t facet_stage_taps(const struct facet_stage *s)
{
    return s->conv.kernel_h * s->conv.kernel_w;
}

static inline size_t facet_stage_region_weights(const struct facet_stage *s)
{
    return facet_stage_taps(s) * s->conv.in_c * s->conv.out_c;
}

static inline size_t facet_stage_least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Floats of a strip of four rows. */
static inline size_t facet_stage_strip(const struct facet_stage *s)
{
    return 4 * s->conv.out_w * s->conv.out_c;
}

/* Rows y .. y + rows - 1 of what the convolution of image `n` gave, without bias, become output:
 * bias, ReLU, pooling. strip (rows, out_w, out_c). */
void facet_stage_finish(struct facet_stage *s, const struct facet_crew *crew, size_t n, size_t y,
                        size_t rows, const float *strip);
/* The way back: those rows of the gradient of what the convolution gave. */
void facet_stage_unfinish(const struct facet_stage *s, const struct facet_crew *crew, size_t n,
                          size_t y, size_t rows, float *strip);
/* Centres the gradient of a region's weights, once those of weights and bias and the mean are
 * there: the sum of dz (x - m)' is that of dz x' less that of dz times m'. */
void facet_stage_centre(struct facet_stage *s, const struct facet_crew *crew, size_t region);

/* Images first .. first + images - 1, within a chunk. Backward adds to u (36, in_c, out_c) if
 * `add`, else sets it. */
void facet_stage_winograd_forward(struct facet_stage *s, const struct facet_crew *crew,
                                  size_t first, size_t images);
void facet_stage_winograd_backward(const struct facet_stage *s, const struct facet_crew *crew,
                                   size_t first, size_t images, int add, float *u);

/* Image n. Backward adds to the weights' gradient and the input's. */
void facet_stage_plain_forward(struct facet_stage *s, const struct facet_crew *crew, size_t n);
void facet_stage_plain_backward(const struct facet_stage *s, const struct facet_crew *crew,
                                size_t n, float *weight);

/* Region r of n images: from input to conv_output, and from its gradient to that of the region's
 * weights and bias. */
void facet_stage_local_forward(struct facet_stage *s, const struct facet_crew *crew, size_t r,
                               size_t n);
void facet_stage_local_weights(struct facet_stage *s, const struct facet_crew *crew, size_t r,
                               size_t n);
/* Images first .. first + images - 1: adds to the input's gradient. */
void facet_stage_local_input(const struct facet_stage *s, const struct facet_crew *crew,
                             size_t first, size_t images);

#endif
