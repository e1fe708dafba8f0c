/* kernels/window: how a window slides over a map, for convolutions and pooling with strides,
 * dilation and padding. Axes are depth, height, width; where there are fewer, the first have size
 * 1. Maps are laid out (depth, y, x, channel). */
#ifndef FACET_KERNELS_WINDOW_H
#define FACET_KERNELS_WINDOW_H

#include <stddef.h>

#define FACET_WINDOW_AXES 3

struct facet_window {
    size_t channels;
    size_t in[FACET_WINDOW_AXES], out[FACET_WINDOW_AXES];
    size_t kernel[FACET_WINDOW_AXES], stride[FACET_WINDOW_AXES], dilation[FACET_WINDOW_AXES];
    size_t before[FACET_WINDOW_AXES]; /* padding in front of the first value of an axis */
};

/* Product of three sizes: values of a map for one channel, taps of a window. */
static inline size_t facet_window_volume(const size_t size[FACET_WINDOW_AXES])
{
    return size[0] * size[1] * size[2];
}

/* Where tap `tap` of output `at` lies on an axis: a place below in[axis], or beyond it where the
 * tap meets padding (padding in front wraps around to large numbers). */
static inline size_t facet_window_place(const struct facet_window *w, int axis, size_t at,
                                        size_t tap)
{
    return at * w->stride[axis] + tap * w->dilation[axis] - w->before[axis];
}

#endif
