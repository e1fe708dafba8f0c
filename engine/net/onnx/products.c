#include "net/onnx/products.h"

enum { PANEL = 64, ROWS = 48, BLOCK_VALUES = 1 << 15, LEAST = 12 };

size_t facet_onnx_products_packed(size_t inner, size_t columns)
{
    return (columns + PANEL - 1) / PANEL * inner * PANEL;
}

void facet_onnx_products_pack(const struct facet_onnx_weight *w, const float *weight,
                              const double *scale, float *packed)
{
    for (size_t first = 0; first < w->columns; first += PANEL)
        for (size_t k = 0; k < w->taps * w->channels; k++)
            for (size_t j = first; j < first + PANEL; j++) {
                const size_t from =
                    j * w->j_step + k % w->channels * w->c_step + k / w->channels * w->t_step;
                const float value = j < w->columns ? weight[from] : 0;
                *packed++ =
                    scale != NULL && j < w->columns ? (float)((double)value * scale[j]) : value;
            }
}

size_t facet_onnx_products_block(size_t inner)
{
    const size_t rows = BLOCK_VALUES / (inner > 0 ? inner : 1) / LEAST * LEAST;
    return rows < LEAST ? LEAST : rows > ROWS * 4 ? ROWS * 4 : rows;
}

void facet_onnx_products(const struct facet_kernels *kernels, const struct facet_onnx_products *p,
                         size_t rows, const float *a, const float *packed, float *out)
{
    struct facet_product product = {.rows = rows,
                                    .segments = 1,
                                    .inner = p->inner,
                                    .a_row = p->a_row,
                                    .a_inner = p->a_inner,
                                    .b_row = PANEL,
                                    .c_row = p->out_row};
    for (size_t at = 0; at < p->columns; at += PANEL, packed += p->inner * PANEL) {
        product.columns = p->columns - at < PANEL ? p->columns - at : PANEL;
        kernels->product(&product, a, packed, out + at);
    }
}
