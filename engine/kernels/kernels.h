/* kernels/kernels: the arithmetic of the network's layers, forward and back, in sets that do the
 * same work, on images laid out (y, x, channel).
 *
 * With channels last, kernel_w pixels of a row are one piece of memory, so a convolution is a few
 * matrix products on the image as it lies (no im2col), and a vector register holds one pixel's
 * neighbouring channels. kernels/convolve puts whole convolutions together from these pieces.
 *
 * A set is one table of functions: "reference" is plain C that adds up in double, the truth that
 * the others are tested against; "avx512", "avx2" and "portable" (any processor) are one source
 * compiled for each. All run on the calling thread, allocate nothing and cannot fail. Arrays are
 * float32 (codes: uint64) and may start at any address that suits one value. NaN stays NaN. A set
 * gives the same bits for the same numbers wherever they lie and whatever is computed beside them;
 * that is why the products are our own and not those of a BLAS, whose sums depend on the shape of
 * the whole matrix.
 *
 * Winograd's F(4x4, 3x3) (Lavin and Gray, CVPR 2016) cuts the output of a 3x3 convolution into
 * tiles of 4x4. With the weights U = G g G' of a tile's 36 places,
 *
 *     V = B' d B      (36, tiles, in_c)      winograd_input: d, the 6x6 input of each tile
 *     M[i] = V[i] U[i]                       36 products
 *     y = A' M A      (4, out_w, out_c)      winograd_output: one row of tiles
 *
 * and its exact adjoint on the way back:
 *
 *     dM = A dy A'                           winograd_output_gradient
 *     dV[i] = dM[i] U[i]', dU[i] = V[i]' dM[i]
 *     dd = B dV B', dg = G' dU G             winograd_input_gradient, winograd_weight_gradient
 *
 * Tiles at the bottom and the right read zeros beyond the input, and what they give beyond the
 * output is left out. Error: three to four times that of the plain sum in root mean square, six
 * times at the worst place (tests/kernels/test_sets.c). F(2x2, 3x3) with its 16 places does the
 * same for one region of 2x2 output pixels with weights of its own (region_*). These are many and
 * pass through the processor once a batch, so they are kept as they are, 9 for 16, and U is made on
 * the way; the halves of the usual G stand in B', where they cost less and round nothing.
 *
 * F(2x2, 4x4) with 25 places, for the points 0, 1, -1, 2 and infinity, does it for a first layer of
 * one or three channels (shallow_*). Its sums are so short that M never leaves the registers, and a
 * tile is one window of the pooling. With
 *
 *           | 2 -1 -2  1  0 |        |  1/2   0    0    0   |
 *           | 0 -2 -1  1  0 |        | -1/2 -1/2 -1/2 -1/2  |        | 1 1  1 1 0 |
 *     B' =  | 0  2 -3  1  0 |    G = | -1/6  1/6 -1/6  1/6  |   A' = | 0 1 -1 2 1 |
 *           | 0 -1  0  1  0 |        |  1/6  1/3  2/3  4/3  |
 *           | 0  2 -1 -2  1 |        |   0    0    0    1   |
 *
 * its error is three times that of the plain sum, four at the worst place
 * (tests/kernels/test_shallow.c).
 *
 *     const struct facet_kernels *k;
 *     if (facet_kernels_choose(NULL, &k) < 0) ...            // FACET_KERNELS names no set
 *     k->product(&(struct facet_product){.rows = n, .columns = 512, .segments = 1, .inner = in,
 *                                        .a_row = in, .a_inner = 1, .b_row = 512, .c_row = 512},
 *                x, w, y);
 */
#ifndef FACET_KERNELS_KERNELS_H
#define FACET_KERNELS_KERNELS_H

#include "kernels/conv.h"
#include "kernels/window.h"

#include <stdint.h>

/* c[i, j] = (add ? c[i, j] : 0) + sum over s < segments, k < inner of
 *               a[i a_row + s a_segment + k a_inner] b[s b_segment + k b_row + j],
 * for i < rows, j < columns; c[i, j] lies at c + i c_row + j. Strides in floats; rows of `a` may
 * overlap. The bits of c[i, j] depend on the terms of its own sum and its own place only. Fast if
 * the 64 columns of b in use (segments * inner * 256 bytes) stay in the second-level cache. */
struct facet_product {
    size_t rows, columns, segments, inner;
    size_t a_row, a_segment, a_inner;
    size_t b_segment, b_row;
    size_t c_row;
    int add;
};

#define FACET_WINOGRAD_PLACES 36
#define FACET_WINOGRAD_PANEL  64 /* columns of U that lie side by side */
#define FACET_REGION_PLACES   16
#define FACET_REGION_PANEL    16 /* columns whose weights lie side by side */
#define FACET_REGION_COLUMNS  64 /* columns whose U is stored at a time */
#define FACET_SHALLOW_PLACES  25
#define FACET_SHALLOW_PANEL   16 /* columns of U that lie side by side */
#define FACET_UNPOOLED        4  /* index of a pooled value that ReLU cut off: no gradient */

/* What follows a sum of products: out = f(from + bias + add). */
enum facet_activation {
    FACET_LINEAR,
    FACET_RELU,
    FACET_SLOPE, /* x, or slope[channel] * x where x is not above zero: PReLU, leaky ReLU */
    FACET_CLIP   /* at least low, at most high */
};

struct facet_finish {
    const float *bias; /* (c), NULL for none */
    const float *add;  /* (pixels, c), NULL for none; may be `out` */
    enum facet_activation activation;
    const float *slope; /* (c) */
    float low, high;
};

/* out[i * out_row + j] = number of bits in which codes a[i] and b[j] differ, for i < rows, j <
 * columns; a (rows, words) and b (columns, words). Exact in every set. 32 bits hold any code's
 * distance, and storing them costs next to nothing beside the counting. Sixteen codes of b stay in
 * registers while a passes: fast if there are a few hundred rows, and they stay in the cache. */
typedef void facet_hamming(const uint64_t *a, size_t rows, const uint64_t *b, size_t columns,
                           size_t words, uint32_t *out, size_t out_row);

struct facet_kernels {
    const char *name;
    const char *summary;
    int (*runs)(void); /* nonzero if this machine can */

    void (*product)(const struct facet_product *p, const float *a, const float *b, float *c);

    /* One image, input (in_h, in_w, in_c). v[i * place + tile * in_c + c] with tile = ty * tiles_x
     * + tx for tiles_y = ceil(out_h / 4), tiles_x = ceil(out_w / 4); kernel 3x3, in_c and out_c
     * multiples of 16. */
    void (*winograd_input)(const struct facet_conv *conv, const float *input, float *v,
                           size_t place);
    /* Row `ty` of tiles: strip (min(4, out_h - 4 ty), out_w, out_c). m as v, with out_c. */
    void (*winograd_output)(const struct facet_conv *conv, const float *m, size_t place, size_t ty,
                            float *strip);
    void (*winograd_output_gradient)(const struct facet_conv *conv, const float *strip, size_t ty,
                                     float *m, size_t place);
    /* Adds to gradient (in_h, in_w, in_c). */
    void (*winograd_input_gradient)(const struct facet_conv *conv, const float *v, size_t place,
                                    float *gradient);
    /* weight (3, 3, in_c, out_c) to u (36, in_c, out_c) in panels (facet_winograd_panel), each of
     * which a product reads from one end to the other; and transposed (36, out_c, in_c). */
    void (*winograd_weight)(const struct facet_conv *conv, const float *weight, float *u,
                            float *transposed);
    /* gradient (3, 3, in_c, out_c) = G' u G; u (36, in_c, out_c) without panels. */
    void (*winograd_weight_gradient)(const struct facet_conv *conv, const float *u,
                                     float *gradient);

    /* Region of 2x2 output pixels whose first is (y, x), F(2x2, 3x3): v[i * place + channel] for 16
     * places i from one image (in_h, in_w, in_c); kernel and channels as above. */
    void (*region_input)(const struct facet_conv *conv, size_t y, size_t x, const float *input,
                         float *v, size_t place);
    /* Into one image (out_h, out_w, out_c), with bias (out_c); what lies beyond it is left out. */
    void (*region_output)(const struct facet_conv *conv, size_t y, size_t x, const float *m,
                          size_t place, const float *bias, float *output);
    /* The 16 products of a region: m[i * out_place + n * out_c + o] = sum over c of v[i * place + n
     * * in_c + c] U[i, c, o] for n < images. weight (out_c / 16, in_c, 3, 3, 16): it is read once,
     * from one end to the other, for all images. u: scratch of facet_region_scratch() floats. */
    void (*region_product)(const struct facet_conv *conv, size_t images, const float *weight,
                           const float *v, size_t place, float *u, float *m, size_t out_place);

    /* Row `ty` of the tiles of a shallow layer: v (25, line), line = facet_shallow_line(), place
     * (i, j) of 5x5 at (5 j + i) line, and in it the tile tx from 2 tx in_c on; room of
     * facet_shallow_scratch() floats. input (in_h, in_w, in_c). */
    void (*shallow_input)(const struct facet_conv *conv, size_t ty, const float *input, float *v);
    /* u (out_c / 16, 25, in_c, 16), places as in v; strip (2, out_w, out_c). */
    void (*shallow_output)(const struct facet_conv *conv, const float *v, const float *u,
                           float *strip);
    /* The same, ReLU(bias + the largest of each tile): out (out_w / 2, out_c). */
    void (*shallow_relu_pool)(const struct facet_conv *conv, const float *v, const float *u,
                              const float *bias, float *out);

    /* out (width / 2, c) = ReLU(bias + the largest of each 2x2 window of rows (2, width, c));
     * index, in 0..3 for y, x = 0 0, 0 1, 1 0, 1 1, says where it stood (the first of equals), and
     * FACET_UNPOOLED that ReLU gave 0; NULL if nobody asks. An odd last pixel belongs to no
     * window; a window with NaN gives NaN. */
    void (*relu_pool)(size_t width, size_t c, const float *rows, const float *bias, float *out,
                      uint8_t *index);
    /* The way back: rows (2, width, c) is the gradient where it stood, and zero elsewhere. */
    void (*unpool)(size_t width, size_t c, const float *gradient, const uint8_t *index,
                   float *rows);
    /* out (width / 2, c): the largest of each window, as it is. */
    void (*max_pool)(size_t width, size_t c, const float *rows, float *out);
    /* Row y of ReLU(bias + convolution) after 2x2 pooling, of one image: out (out_w / 2, out_c);
     * weight (kernel_h, kernel_w, in_c, out_c). */
    void (*conv_relu_pool)(const struct facet_conv *conv, size_t y, const float *input,
                           const float *weight, const float *bias, float *out);
    /* As winograd_output, pooled: out (at most 2, out_w / 2, out_c). */
    void (*winograd_relu_pool)(const struct facet_conv *conv, const float *m, size_t place,
                               size_t ty, const float *bias, float *out);
    /* out (pixels, c) = f(from (pixels, c) + bias + add); `from` may be `out`. */
    void (*finish)(size_t pixels, size_t c, const float *from, const struct facet_finish *how,
                   float *out);
    /* Row `row` (of out[0] * out[1]) of a convolution in which each channel sees only itself, of
     * one image: out (out[2], channels); weight (taps, channels). Taps on padding count nothing. */
    void (*depthwise)(const struct facet_window *window, size_t row, const float *input,
                      const float *weight, float *out);
    /* In place: values below zero become zero. */
    void (*relu)(size_t count, float *values);

    facet_hamming *hamming; /* see kernels/bits */
};

/* The sets this build has, ends with NULL; the best comes first. Not all may run here. */
const struct facet_kernels *const *facet_kernels_list(void);
/* The set of that name; for NULL the one named by the environment variable FACET_KERNELS, or the
 * best that runs here where that is unset or empty. FACET_EINVAL lists the names there are. */
int facet_kernels_choose(const char *name, const struct facet_kernels **kernels);

/* Rows and columns of Winograd tiles. */
static inline size_t facet_winograd_tiles_y(const struct facet_conv *conv)
{
    return (conv->out_h + 3) / 4;
}
static inline size_t facet_winograd_tiles_x(const struct facet_conv *conv)
{
    return (conv->out_w + 3) / 4;
}
/* Nonzero if the Winograd kernels can run this convolution: 3x3, channels in sixteens. */
int facet_winograd_fits(const struct facet_conv *conv);
/* A place of u: panels (in_c, columns) of FACET_WINOGRAD_PANEL columns, the last one of what is
 * left. Columns of the panel of channel `out`, and where u[in, out] lies. */
static inline size_t facet_winograd_panel(const struct facet_conv *conv, size_t out)
{
    const size_t left = conv->out_c - out / FACET_WINOGRAD_PANEL * FACET_WINOGRAD_PANEL;
    return left < FACET_WINOGRAD_PANEL ? left : FACET_WINOGRAD_PANEL;
}
static inline size_t facet_winograd_in_u(const struct facet_conv *conv, size_t in, size_t out)
{
    const size_t column = out % FACET_WINOGRAD_PANEL;
    return (out - column) * conv->in_c + in * facet_winograd_panel(conv, out) + column;
}
/* Nonzero if the shallow kernels can: 4x4, one or three channels to a multiple of 16, an even
 * number of rows and columns. */
int facet_shallow_fits(const struct facet_conv *conv);
/* Floats of a line of a shallow layer's v, and of v with the room behind it. */
static inline size_t facet_shallow_line(const struct facet_conv *conv)
{
    return conv->in_w * conv->in_c;
}
static inline size_t facet_shallow_scratch(const struct facet_conv *conv)
{
    return (FACET_SHALLOW_PLACES + 5) * facet_shallow_line(conv);
}
/* Floats from one Winograd place to the next for so many values: a few more, which keep the places
 * apart in the cache. */
static inline size_t facet_winograd_place(size_t values)
{
    return values + 16;
}
static inline size_t facet_region_scratch(const struct facet_conv *conv)
{
    return FACET_REGION_PLACES * facet_winograd_place(conv->in_c * FACET_REGION_COLUMNS);
}

#endif
