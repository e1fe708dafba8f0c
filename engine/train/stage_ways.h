/* train/stage_ways: the three ways back through a convolution, for stage.c: by Winograd, by plain
 * products, and with weights of its own in each region; and what they share. */
#ifndef FACET_TRAIN_STAGE_WAYS_H
#define FACET_TRAIN_STAGE_WAYS_H

#include "train/stage.h"

static inline size_t facet_stage_least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Floats of v from one Winograd place to the next, for a chunk of images; a chunk of v. */
static inline size_t facet_stage_place(const struct facet_stage *s)
{
    return facet_winograd_place(FACET_STAGE_CHUNK * facet_winograd_tiles(&s->conv) * s->conv.in_c);
}
static inline size_t facet_stage_v(const struct facet_stage *s)
{
    return FACET_WINOGRAD_PLACES * facet_stage_place(s);
}

/* The way back: those rows of the gradient of what the convolution gave. */
void facet_stage_unfinish(const struct facet_stage *s, const struct facet_crew *crew, size_t n,
                          size_t y, size_t rows, float *strip);
/* Centres the gradient of a region's weights, once those of weights and bias and the mean are
 * there: the sum of dz (x - m)' is that of dz x' less that of dz times m'. */
void facet_stage_centre(struct facet_stage *s, const struct facet_crew *crew, size_t region);

/* Images first .. first + images - 1, within a chunk: adds to u (36, in_c, out_c) if `add`, else
 * sets it. */
void facet_stage_winograd_backward(const struct facet_stage *s, const struct facet_crew *crew,
                                   size_t first, size_t images, int add, float *u);

/* Image n: adds to the weights' gradient and the input's. */
void facet_stage_plain_backward(const struct facet_stage *s, const struct facet_crew *crew,
                                size_t n, float *weight);

/* Region r of n images: from the gradient of conv_output to that of the region's weights and
 * bias. */
void facet_stage_local_weights(struct facet_stage *s, const struct facet_crew *crew, size_t r,
                               size_t n);
/* Images first .. first + images - 1: adds to the input's gradient. */
void facet_stage_local_input(const struct facet_stage *s, const struct facet_crew *crew,
                             size_t first, size_t images);

#endif
