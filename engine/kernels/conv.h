/* kernels/conv: the shape of a convolution. */
#ifndef FACET_KERNELS_CONV_H
#define FACET_KERNELS_CONV_H

#include <stddef.h>

/* A convolution with stride 1: input (in_h, in_w, in_c), output (out_h, out_w, out_c), out_h = in_h
 * - kernel_h + 1 without padding. As usual for networks it is a correlation: the kernel is not
 * mirrored. */
struct facet_conv {
    size_t in_c, in_h, in_w;
    size_t out_c, out_h, out_w;
    size_t kernel_h, kernel_w;
    size_t pad_y, pad_x;         /* rows and columns of zeros before the input; Winograd only */
    size_t region_h, region_w;   /* output pixels that share their weights; the whole output */
    size_t regions_y, regions_x; /* for a plain convolution. ceil(out_h / region_h): regions at
                                    the bottom and the right are cut where it doesn't divide */
};

/* A plain convolution: one region. The kernel must fit into the input. */
struct facet_conv facet_conv_shape(size_t in_c, size_t in_h, size_t in_w, size_t out_c,
                                   size_t kernel_h, size_t kernel_w);
/* The same with padding: zeros on all sides as far as out_h and out_w reach. Winograd's kernels can
 * do that, the others can't. */
struct facet_conv facet_conv_padded(struct facet_conv conv, size_t pad_y, size_t pad_x,
                                    size_t out_h, size_t out_w);
/* The same with weights of its own in each region_h x region_w region of the output. */
struct facet_conv facet_conv_regions(struct facet_conv conv, size_t region_h, size_t region_w);

/* Multiply-accumulates for one image, as the formula has them. */
double facet_conv_macs(const struct facet_conv *conv);

static inline size_t facet_conv_taps(const struct facet_conv *conv)
{
    return conv->kernel_h * conv->kernel_w;
}
/* Weights of one region. */
static inline size_t facet_conv_weights(const struct facet_conv *conv)
{
    return facet_conv_taps(conv) * conv->in_c * conv->out_c;
}
/* Values of one image: of the input, and of the output. */
static inline size_t facet_conv_inputs(const struct facet_conv *conv)
{
    return conv->in_h * conv->in_w * conv->in_c;
}
static inline size_t facet_conv_outputs(const struct facet_conv *conv)
{
    return conv->out_h * conv->out_w * conv->out_c;
}

#endif
