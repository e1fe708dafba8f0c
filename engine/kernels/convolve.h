/* kernels/convolve: whole convolutions with bias, ReLU and pooling, put together from the pieces of
 * a kernel set, on images laid out (y, x, channel).
 *
 * What a convolution gives before pooling is never stored: it is made in strips of a few rows that
 * stay in the cache, and pooled at once. There are five ways, by the shape alone, so that an image
 * has the same bits whatever it is computed with:
 *
 *   way              for                                          weights as packed
 *   PRODUCTS         shared weights                               (kernel_h, kernel_w, in_c, out_c)
 *   WINOGRAD         the same, 3x3 with channels in sixteens      (36, in_c, out_c) in panels,
 *                                                                 F(4x4, 3x3)
 *   SHALLOW_WINOGRAD the same, 4x4 on one or three channels       (out_c / 16, 25, in_c, 16),
 *                                                                 F(2x2, 4x4)
 *   REGION_PRODUCTS  weights of its own in each region            (regions, kernel_h, kernel_w,
 *                                                                 in_c, out_c)
 *   REGION_WINOGRAD  the same, 3x3, 2x2 regions, in sixteens      (regions, out_c / 16, in_c,
 *                                                                 3, 3, 16), F(2x2, 3x3)
 *
 * The first three work on one image at a time, whose maps stay in the cache; the others on as many
 * as they are given, for each region's weights are read once for all of them.
 *
 *     struct facet_convolution c = {.conv = conv, .way = facet_convolve_way(&conv), .relu = 1};
 *     float *packed = facet_alloc(facet_convolve_weights(&c), sizeof *packed, "weights");
 *     facet_convolve_pack(k, &c, weight, packed);
 *     c.weight = packed, c.bias = bias;
 *     facet_convolve(k, &c, images, input, out, scratch);
 */
#ifndef FACET_KERNELS_CONVOLVE_H
#define FACET_KERNELS_CONVOLVE_H

#include "kernels/kernels.h"

enum facet_way {
    FACET_WAY_PRODUCTS,
    FACET_WAY_WINOGRAD,
    FACET_WAY_SHALLOW_WINOGRAD,
    FACET_WAY_REGION_PRODUCTS,
    FACET_WAY_REGION_WINOGRAD
};

struct facet_convolution {
    struct facet_conv conv;
    enum facet_way way;
    int relu;                   /* ReLU after it */
    int pool;                   /* and 2x2 pooling, in the first three ways and with ReLU only */
    const float *weight, *bias; /* packed; (out_c) or (regions, out_c) */
};

/* The fastest way for this shape; static name of a way. */
enum facet_way facet_convolve_way(const struct facet_conv *conv);
const char *facet_convolve_way_name(enum facet_way way);
/* Multiplications that a way takes for one image, transforms not counted. */
double facet_convolve_multiplications(const struct facet_convolution *c);

/* Floats of the packed weights; and packs weight (regions, out_c, in_c, kernel_h, kernel_w), the
 * model file's layout. */
size_t facet_convolve_weights(const struct facet_convolution *c);
void facet_convolve_pack(const struct facet_kernels *k, const struct facet_convolution *c,
                         const float *weight, float *packed);

/* Floats of scratch for up to `images` images. */
size_t facet_convolve_scratch(const struct facet_convolution *c, size_t images);
/* input (images, in_h, in_w, in_c); out (images, out_h, out_w, out_c), or pooled. */
void facet_convolve(const struct facet_kernels *k, const struct facet_convolution *c, size_t images,
                    const float *input, float *out, float *scratch);

/* ---- the same in parts, for training ---- */

/* WINOGRAD. The transformed input stays in v (36, place), place >= images * tiles * in_c (a few
 * floats more than a multiple of 1,024 keep the places apart in the cache). index: see relu_pool.
 * scratch: facet_convolve_scratch() less 36 place, at least. */
void facet_convolve_winograd(const struct facet_kernels *k, const struct facet_convolution *c,
                             size_t images, const float *input, float *v, size_t place, float *out,
                             uint8_t *index, float *scratch);
/* PRODUCTS, one image. */
void facet_convolve_products(const struct facet_kernels *k, const struct facet_convolution *c,
                             const float *input, float *out, uint8_t *index, float *scratch);
/* REGION_PRODUCTS, one region of all images, without ReLU. */
void facet_convolve_region(const struct facet_kernels *k, const struct facet_convolution *c,
                           size_t region, size_t images, const float *input, float *out);
/* Rows y .. y + rows - 1 of one image as the convolution gave them, strip (rows, out_w, out_c),
 * become output: bias, ReLU, pooling (y even; a last odd row is in no window). */
void facet_convolve_finish(const struct facet_kernels *k, const struct facet_convolution *c,
                           size_t y, size_t rows, const float *strip, float *out, uint8_t *index);

/* The pixels of a region: rows y0 .. y1 - 1, columns x0 .. x1 - 1. */
struct facet_area {
    size_t y0, y1, x0, x1;
};
struct facet_area facet_conv_area(const struct facet_conv *conv, size_t region);

/* Tiles of F(4x4, 3x3) in an image, and floats of a strip of four rows. */
static inline size_t facet_winograd_tiles(const struct facet_conv *conv)
{
    return facet_winograd_tiles_y(conv) * facet_winograd_tiles_x(conv);
}
static inline size_t facet_convolve_strip(const struct facet_conv *conv)
{
    return 4 * conv->out_w * conv->out_c;
}

#endif
