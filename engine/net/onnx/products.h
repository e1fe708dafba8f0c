/* net/onnx/products: rows of values times packed weights, followed by bias and activation.
 *
 * Weights (inner, columns) are packed in panels of 64 columns, each (inner, 64), so that the
 * columns in use lie together. Rows are taken a block at a time, small enough to stay in the cache
 * for all panels; what a row gives depends on itself only (kernels/kernels.h).
 */
#ifndef FACET_NET_ONNX_PRODUCTS_H
#define FACET_NET_ONNX_PRODUCTS_H

#include "kernels/kernels.h"

struct facet_onnx_products {
    size_t inner, columns;
    size_t a_row, a_inner; /* steps of `a`: from row to row, from value to value */
    size_t out_row;        /* from row to row of the result */
};

/* Floats of packed weights. */
size_t facet_onnx_products_packed(size_t inner, size_t columns);
/* Of weight[j * j_step + c * c_step + t * t_step], times scale[j] (NULL: 1), for taps t, channels c
 * and columns j; inner = taps * channels, tap after tap. */
struct facet_onnx_weight {
    size_t taps, channels, columns;
    size_t t_step, c_step, j_step;
};
void facet_onnx_products_pack(const struct facet_onnx_weight *w, const float *weight,
                              const double *scale, float *packed);

/* Rows of a block, for so many values in a row of `a`. */
size_t facet_onnx_products_block(size_t inner);
/* out (rows, columns) = a (rows, inner) times the weights. */
void facet_onnx_products(const struct facet_kernels *kernels, const struct facet_onnx_products *p,
                         size_t rows, const float *a, const float *packed, float *out);

#endif
