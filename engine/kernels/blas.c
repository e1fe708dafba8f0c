/* Matrix products by OpenBLAS: a convolution's windows become the columns of a matrix. */
#include "kernels/sets.h"

#include <cblas.h>
#include <string.h>

/* The columns of one region, and its products where the output is not one piece of memory. */
static size_t conv_scratch(const struct facet_conv *c)
{
    size_t pixels = c->region_h * c->region_w;
    return pixels * (c->in_c * c->kernel_h * c->kernel_w + c->out_c) * sizeof(float);
}

/* Rows are short: a loop is quicker than a call of memcpy. */
static inline void copy(float *restrict to, const float *restrict from, size_t count)
{
    for (size_t i = 0; i < count; i++) to[i] = from[i];
}

/* columns (in_c * kernel_h * kernel_w, h * w): the windows of output pixels y0 .. y0 + h - 1, x0 ..
 * x0 + w - 1. */
static void gather(const struct facet_conv *c, const float *input, size_t y0, size_t x0, size_t h,
                   size_t w, float *columns)
{
    for (size_t channel = 0; channel < c->in_c; channel++)
        for (size_t i = 0; i < c->kernel_h; i++)
            for (size_t j = 0; j < c->kernel_w; j++)
                for (size_t y = 0; y < h; y++, columns += w)
                    copy(columns, input + (channel * c->in_h + y0 + y + i) * c->in_w + x0 + j, w);
}

/* out (rows, columns) = bias of the row + a (rows, inner) b (inner, columns) */
static void multiply(size_t rows, size_t inner, size_t columns, const float *a, const float *b,
                     const float *bias, float *out)
{
    for (size_t r = 0; r < rows; r++)
        for (size_t i = 0; i < columns; i++) out[r * columns + i] = bias[r];
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, (blasint)rows, (blasint)columns,
                (blasint)inner, 1, a, (blasint)inner, b, (blasint)columns, 1, out,
                (blasint)columns);
}

static void conv(const struct facet_conv *c, const float *input, const float *weight,
                 const float *bias, float *out, void *scratch)
{
    gather(c, input, 0, 0, c->out_h, c->out_w, scratch);
    multiply(c->out_c, c->in_c * c->kernel_h * c->kernel_w, c->out_h * c->out_w, weight, scratch,
             bias, out);
}

/* One region of one image: output pixels y0, x0 and on. */
static void region(const struct facet_conv *c, const float *input, const float *weight,
                   const float *bias, size_t y0, size_t x0, float *out, float *scratch)
{
    const size_t taps = c->in_c * c->kernel_h * c->kernel_w;
    const size_t h = y0 + c->region_h < c->out_h ? c->region_h : c->out_h - y0;
    const size_t w = x0 + c->region_w < c->out_w ? c->region_w : c->out_w - x0;
    float *product = scratch + taps * h * w;
    gather(c, input, y0, x0, h, w, scratch);
    multiply(c->out_c, taps, h * w, weight, scratch, bias, product);
    for (size_t o = 0; o < c->out_c; o++)
        for (size_t y = 0; y < h; y++)
            for (size_t x = 0; x < w; x++)
                out[(o * c->out_h + y0 + y) * c->out_w + x0 + x] = *product++;
}

static void local_conv(const struct facet_conv *c, size_t images, const float *input,
                       const float *weight, const float *bias, float *out, void *scratch)
{
    const size_t in = c->in_c * c->in_h * c->in_w, outs = c->out_c * c->out_h * c->out_w;
    for (size_t y0 = 0; y0 < c->out_h; y0 += c->region_h)
        for (size_t x0 = 0; x0 < c->out_w; x0 += c->region_w) {
            for (size_t n = 0; n < images; n++)
                region(c, input + n * in, weight, bias, y0, x0, out + n * outs, scratch);
            weight += c->out_c * c->in_c * c->kernel_h * c->kernel_w;
            bias += c->out_c;
        }
}

/* The larger; NaN if either is. */
static inline float larger(float a, float b)
{
    return a >= b || a != a ? a : b;
}

static void max_pool(size_t c, size_t h, size_t w, const float *input, float *out)
{
    for (size_t plane = 0; plane < c; plane++, input += h * w)
        for (size_t y = 0; y < h / 2; y++) {
            const float *top = input + 2 * y * w, *bottom = top + w;
            for (size_t x = 0; x < w / 2; x++)
                *out++ = larger(larger(top[2 * x], top[2 * x + 1]),
                                larger(bottom[2 * x], bottom[2 * x + 1]));
        }
}

static void full(size_t rows, size_t in, size_t outs, const float *input, const float *weight,
                 const float *bias, float *out)
{
    for (size_t r = 0; r < rows; r++) memcpy(out + r * outs, bias, outs * sizeof *out);
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (blasint)rows, (blasint)outs, (blasint)in,
                1, input, (blasint)in, weight, (blasint)in, 1, out, (blasint)outs);
}

static void relu(size_t count, float *values)
{
    for (size_t i = 0; i < count; i++) values[i] = values[i] < 0 ? 0 : values[i];
}

const struct facet_kernels facet_kernels_blas = {
    .name = "blas",
    .summary = "im2col and OpenBLAS, one thread",
    .conv_scratch = conv_scratch,
    .conv = conv,
    .local_conv = local_conv,
    .max_pool = max_pool,
    .full = full,
    .relu = relu,
};
