/* kernels/kernels: the arithmetic of the network's layers, in sets that do the same work.
 *
 * A set is one table of functions. "reference" is plain C that adds up in double: slow, and the
 * truth that the others are tested against. "blas" copies the windows of a convolution into the
 * columns of a matrix (im2col) and multiplies with OpenBLAS on one thread: running in parallel is
 * the caller's business, each thread with its own images. A further set is one more file with its
 * table, named in kernels.c.
 *
 * Every array is float32, row-major, without padding, and may start at any address that suits a
 * float, except `scratch` (64-byte aligned). Nothing allocates, nothing fails. Values that are not
 * finite come out as the formula gives them: NaN stays NaN through ReLU and pooling. A set gives
 * the same bits for the same numbers on one machine, wherever they lie in memory.
 *
 *     const struct facet_kernels *k;
 *     if (facet_kernels_choose(NULL, &k) < 0) ...           // FACET_KERNELS names no set
 *     struct facet_conv conv = facet_conv_shape(3, 55, 47, 128, 4, 4);
 *     scratch = facet_alloc(1, k->conv_scratch(&conv), "scratch");
 *     k->conv(&conv, image, weight, bias, out, scratch);    // out (128, 52, 44)
 */
#ifndef FACET_KERNELS_KERNELS_H
#define FACET_KERNELS_KERNELS_H

#include "base/error.h"

#include <stddef.h>

/* A convolution with stride 1 and no padding: input (in_c, in_h, in_w), output (out_c, out_h,
 * out_w), out_h = in_h - kernel_h + 1. As usual for networks it is a correlation: the kernel is
 * not mirrored. */
struct facet_conv {
    size_t in_c, in_h, in_w;
    size_t out_c, out_h, out_w;
    size_t kernel_h, kernel_w;
    size_t region_h, region_w;   /* output pixels that share their weights; the whole output */
    size_t regions_y, regions_x; /* for a plain convolution. ceil(out_h / region_h): regions at
                                    the bottom and the right are cut where it doesn't divide */
};

/* A plain convolution: one region. The kernel must fit into the input. */
struct facet_conv facet_conv_shape(size_t in_c, size_t in_h, size_t in_w, size_t out_c,
                                   size_t kernel_h, size_t kernel_w);
/* The same with weights of its own in each region_h x region_w region of the output. */
struct facet_conv facet_conv_regions(struct facet_conv conv, size_t region_h, size_t region_w);

/* Multiply-accumulates for one image. */
double facet_conv_macs(const struct facet_conv *conv);

struct facet_kernels {
    const char *name;
    const char *summary;

    /* Bytes of scratch that conv and local_conv need. */
    size_t (*conv_scratch)(const struct facet_conv *conv);
    /* out[o,y,x] = bias[o] + sum over c,i,j of weight[o,c,i,j] input[c,y+i,x+j];
     * weight (out_c, in_c, kernel_h, kernel_w), bias (out_c). */
    void (*conv)(const struct facet_conv *conv, const float *input, const float *weight,
                 const float *bias, float *out, void *scratch);
    /* The same for `images` images one after the other, with the weights of the region that (y, x)
     * lies in, weight (regions_y, regions_x, out_c, in_c, kernel_h, kernel_w), bias (regions_y,
     * regions_x, out_c). Many images at once let a region's weights stay in the cache; an image's
     * bits don't depend on the others. */
    void (*local_conv)(const struct facet_conv *conv, size_t images, const float *input,
                       const float *weight, const float *bias, float *out, void *scratch);
    /* Largest of each 2x2 window, stride 2: input (c, h, w), out (c, h / 2, w / 2). An odd last
     * row or column belongs to no window. A window with a NaN gives NaN. */
    void (*max_pool)(size_t c, size_t h, size_t w, const float *input, float *out);
    /* out[r,o] = bias[o] + sum over i of weight[o,i] input[r,i]: input (rows, in), weight (outs,
     * in), out (rows, outs). The bits of row r depend on `rows`, r and the values of row r only. */
    void (*full)(size_t rows, size_t in, size_t outs, const float *input, const float *weight,
                 const float *bias, float *out);
    /* In place: values below zero become zero. */
    void (*relu)(size_t count, float *values);
};

/* The sets this build has and this machine can run, ends with NULL; the best comes first. */
const struct facet_kernels *const *facet_kernels_list(void);
/* The set of that name; for NULL the one named by the environment variable FACET_KERNELS, or the
 * best one where that is unset or empty. FACET_EINVAL lists the names there are. OpenBLAS is set
 * to one thread, for the whole process. */
int facet_kernels_choose(const char *name, const struct facet_kernels **kernels);

/* "OpenBLAS 0.3.21 Cooperlake": library, version and the core its kernels are for. Static. */
const char *facet_kernels_blas_name(void);

#endif
