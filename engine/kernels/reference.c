/* Each kernel as its formula reads, added up in double. Stays naive: it is what the fast sets are
 * compared with. */
#include "kernels/sets.h"

#include <math.h>

static size_t conv_scratch(const struct facet_conv *conv)
{
    (void)conv;
    return 0;
}

/* One output value; weight (in_c, kernel_h, kernel_w). */
static double window(const struct facet_conv *c, const float *input, const float *weight, size_t y,
                     size_t x)
{
    double sum = 0;
    for (size_t channel = 0; channel < c->in_c; channel++)
        for (size_t i = 0; i < c->kernel_h; i++)
            for (size_t j = 0; j < c->kernel_w; j++)
                sum += (double)*weight++ *
                       (double)input[(channel * c->in_h + y + i) * c->in_w + x + j];
    return sum;
}

/* A plain convolution is a local one with a single region. */
static void conv(const struct facet_conv *c, const float *input, const float *weight,
                 const float *bias, float *out, void *scratch)
{
    (void)scratch;
    const size_t taps = c->in_c * c->kernel_h * c->kernel_w;
    for (size_t o = 0; o < c->out_c; o++)
        for (size_t y = 0; y < c->out_h; y++)
            for (size_t x = 0; x < c->out_w; x++) {
                size_t region = y / c->region_h * c->regions_x + x / c->region_w;
                size_t filter = region * c->out_c + o;
                out[(o * c->out_h + y) * c->out_w + x] =
                    (float)((double)bias[filter] + window(c, input, weight + filter * taps, y, x));
            }
}

static void local_conv(const struct facet_conv *c, size_t images, const float *input,
                       const float *weight, const float *bias, float *out, void *scratch)
{
    for (size_t n = 0; n < images; n++)
        conv(c, input + n * c->in_c * c->in_h * c->in_w, weight, bias,
             out + n * c->out_c * c->out_h * c->out_w, scratch);
}

static void max_pool(size_t c, size_t h, size_t w, const float *input, float *out)
{
    for (size_t plane = 0; plane < c; plane++, input += h * w)
        for (size_t y = 0; y < h / 2; y++)
            for (size_t x = 0; x < w / 2; x++) {
                const float *at = input + 2 * y * w + 2 * x;
                const float values[4] = {at[0], at[1], at[w], at[w + 1]};
                float most = values[0];
                for (int i = 1; i < 4; i++)
                    if (isnan(values[i]) || values[i] > most) most = values[i];
                *out++ = most;
            }
}

static void full(size_t rows, size_t in, size_t outs, const float *input, const float *weight,
                 const float *bias, float *out)
{
    for (size_t r = 0; r < rows; r++)
        for (size_t o = 0; o < outs; o++) {
            double sum = bias[o];
            for (size_t i = 0; i < in; i++)
                sum += (double)weight[o * in + i] * (double)input[r * in + i];
            out[r * outs + o] = (float)sum;
        }
}

static void relu(size_t count, float *values)
{
    for (size_t i = 0; i < count; i++)
        if (values[i] < 0) values[i] = 0;
}

const struct facet_kernels facet_kernels_reference = {
    .name = "reference",
    .summary = "plain C, sums in double; slow",
    .conv_scratch = conv_scratch,
    .conv = conv,
    .local_conv = local_conv,
    .max_pool = max_pool,
    .full = full,
    .relu = relu,
};
