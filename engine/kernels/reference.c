/* The kernels as their formulas read, added up in double. Stays naive: it is what
 * the fast sets are compared with. */
#include "kernels/sets.h"

#include <string.h>

static int always(void)
{
    return 1;
}

static void product(const struct facet_product *p, const float *a, const float *b, float *c)
{
    for (size_t i = 0; i < p->rows; i++)
        for (size_t j = 0; j < p->columns; j++) {
            double sum = p->add ? (double)c[i * p->c_row + j] : 0;
            for (size_t s = 0; s < p->segments; s++)
                for (size_t k = 0; k < p->inner; k++)
                    sum += (double)a[i * p->a_row + s * p->a_segment + k * p->a_inner] *
                           (double)b[s * p->b_segment + k * p->b_row + j];
            c[i * p->c_row + j] = (float)sum;
        }
}

static const double input_matrix[6][6] = {{4, 0, -5, 0, 1, 0},  {0, -4, -4, 1, 1, 0},
                                          {0, 4, -4, -1, 1, 0}, {0, -2, -1, 2, 1, 0},
                                          {0, 2, -1, -2, 1, 0}, {0, 4, 0, -5, 0, 1}}; /* B' */
static const double output_matrix[4][6] = {
    {1, 1, 1, 1, 1, 0}, {0, 1, -1, 2, -2, 0}, {0, 1, 1, 4, 4, 0}, {0, 1, -1, 8, -8, 1}}; /* A' */
static const double weight_matrix[6][3] = {{1 / 4., 0, 0},
                                           {-1 / 6., -1 / 6., -1 / 6.},
                                           {-1 / 6., 1 / 6., -1 / 6.},
                                           {1 / 24., 1 / 12., 1 / 6.},
                                           {1 / 24., -1 / 12., 1 / 6.},
                                           {0, 0, 1}}; /* G */

/* out (rows, rows) = matrix (rows, inner) x (inner, inner) matrix'; with `turned`, matrix is
 * (inner, rows) and taken transposed. */
static void both_sides(const double *matrix, int turned, int rows, int inner, const double *x,
                       double *out)
{
    double half[36];
#define AT(i, k) (turned ? matrix[(k)*rows + (i)] : matrix[(i)*inner + (k)])
    for (int i = 0; i < rows; i++)
        for (int j = 0; j < inner; j++) {
            half[i * inner + j] = 0;
            for (int k = 0; k < inner; k++) half[i * inner + j] += AT(i, k) * x[k * inner + j];
        }
    for (int i = 0; i < rows; i++)
        for (int j = 0; j < rows; j++) {
            out[i * rows + j] = 0;
            for (int k = 0; k < inner; k++) out[i * rows + j] += half[i * inner + k] * AT(j, k);
        }
#undef AT
}

static void winograd_input(const struct facet_conv *conv, const float *input, float *v,
                           size_t place)
{
    const size_t tx_count = facet_winograd_tiles_x(conv), c = conv->in_c;
    for (size_t tile = 0; tile < facet_winograd_tiles_y(conv) * tx_count; tile++)
        for (size_t channel = 0; channel < c; channel++) {
            double d[36], t[36];
            for (size_t i = 0; i < 36; i++) {
                size_t y = tile / tx_count * 4 + i / 6 - conv->pad_y;
                size_t x = tile % tx_count * 4 + i % 6 - conv->pad_x;
                d[i] = y < conv->in_h && x < conv->in_w
                           ? (double)input[(y * conv->in_w + x) * c + channel]
                           : 0;
            }
            both_sides(input_matrix[0], 0, 6, 6, d, t);
            for (size_t i = 0; i < 36; i++) v[i * place + tile * c + channel] = (float)t[i];
        }
}

static void winograd_input_gradient(const struct facet_conv *conv, const float *v, size_t place,
                                    float *gradient)
{
    const size_t tx_count = facet_winograd_tiles_x(conv), c = conv->in_c;
    for (size_t tile = 0; tile < facet_winograd_tiles_y(conv) * tx_count; tile++)
        for (size_t channel = 0; channel < c; channel++) {
            double d[36], t[36];
            for (size_t i = 0; i < 36; i++) t[i] = (double)v[i * place + tile * c + channel];
            both_sides(input_matrix[0], 1, 6, 6, t, d);
            for (size_t i = 0; i < 36; i++) {
                size_t y = tile / tx_count * 4 + i / 6 - conv->pad_y;
                size_t x = tile % tx_count * 4 + i % 6 - conv->pad_x;
                if (y < conv->in_h && x < conv->in_w)
                    gradient[(y * conv->in_w + x) * c + channel] += (float)d[i];
            }
        }
}

static void winograd_output(const struct facet_conv *conv, const float *m, size_t place, size_t ty,
                            float *strip)
{
    const size_t tx_count = facet_winograd_tiles_x(conv), c = conv->out_c;
    for (size_t tx = 0; tx < tx_count; tx++)
        for (size_t channel = 0; channel < c; channel++) {
            double d[36], t[16];
            for (size_t i = 0; i < 36; i++)
                d[i] = (double)m[i * place + (ty * tx_count + tx) * c + channel];
            both_sides(output_matrix[0], 0, 4, 6, d, t);
            for (size_t i = 0; i < 16; i++)
                if (ty * 4 + i / 4 < conv->out_h && tx * 4 + i % 4 < conv->out_w)
                    strip[(i / 4 * conv->out_w + tx * 4 + i % 4) * c + channel] = (float)t[i];
        }
}

static void winograd_output_gradient(const struct facet_conv *conv, const float *strip, size_t ty,
                                     float *m, size_t place)
{
    const size_t tx_count = facet_winograd_tiles_x(conv), c = conv->out_c;
    for (size_t tx = 0; tx < tx_count; tx++)
        for (size_t channel = 0; channel < c; channel++) {
            double d[36], t[16];
            for (size_t i = 0; i < 16; i++)
                t[i] = ty * 4 + i / 4 < conv->out_h && tx * 4 + i % 4 < conv->out_w
                           ? (double)strip[(i / 4 * conv->out_w + tx * 4 + i % 4) * c + channel]
                           : 0;
            both_sides(output_matrix[0], 1, 6, 4, t, d);
            for (size_t i = 0; i < 36; i++)
                m[i * place + (ty * tx_count + tx) * c + channel] = (float)d[i];
        }
}

static void winograd_weight(const struct facet_conv *conv, const float *weight, float *u,
                            float *transposed)
{
    const size_t count = conv->in_c * conv->out_c;
    for (size_t in = 0; in < conv->in_c; in++)
        for (size_t out = 0; out < conv->out_c; out++) {
            double g[9], t[36];
            for (size_t i = 0; i < 9; i++)
                g[i] = (double)weight[i * count + in * conv->out_c + out];
            both_sides(weight_matrix[0], 0, 6, 3, g, t);
            for (size_t i = 0; i < 36; i++) {
                u[i * count + facet_winograd_in_u(conv, in, out)] = (float)t[i];
                if (transposed != NULL) transposed[i * count + out * conv->in_c + in] = (float)t[i];
            }
        }
}

static void winograd_weight_gradient(const struct facet_conv *conv, const float *u, float *gradient)
{
    const size_t count = conv->in_c * conv->out_c;
    for (size_t j = 0; j < count; j++) {
        double g[9], t[36];
        for (size_t i = 0; i < 36; i++) t[i] = (double)u[i * count + j];
        both_sides(weight_matrix[0], 1, 3, 6, t, g);
        for (size_t i = 0; i < 9; i++) gradient[i * count + j] = (float)g[i];
    }
}

static const double region_input_matrix[4][4] = {
    {1, 0, -1, 0}, {0, 0.5, 0.5, 0}, {0, -0.5, 0.5, 0}, {0, 1, 0, -1}};
static const double region_output_matrix[2][4] = {{1, 1, 1, 0}, {0, 1, -1, -1}};
static const double region_weight_matrix[4][3] = {{1, 0, 0}, {1, 1, 1}, {1, -1, 1}, {0, 0, 1}};

static void region_input(const struct facet_conv *conv, size_t y0, size_t x0, const float *input,
                         float *v, size_t place)
{
    for (size_t channel = 0; channel < conv->in_c; channel++) {
        double d[16], t[16];
        for (size_t i = 0; i < 16; i++) {
            size_t y = y0 + i / 4, x = x0 + i % 4;
            d[i] = y < conv->in_h && x < conv->in_w
                       ? (double)input[(y * conv->in_w + x) * conv->in_c + channel]
                       : 0;
        }
        both_sides(region_input_matrix[0], 0, 4, 4, d, t);
        for (size_t i = 0; i < 16; i++) v[i * place + channel] = (float)t[i];
    }
}

static void region_output(const struct facet_conv *conv, size_t y0, size_t x0, const float *m,
                          size_t place, const float *bias, float *output)
{
    for (size_t channel = 0; channel < conv->out_c; channel++) {
        double d[16], t[4];
        for (size_t i = 0; i < 16; i++) d[i] = (double)m[i * place + channel];
        both_sides(region_output_matrix[0], 0, 2, 4, d, t);
        for (size_t i = 0; i < 4; i++) {
            size_t y = y0 + i / 2, x = x0 + i % 2;
            if (y < conv->out_h && x < conv->out_w)
                output[(y * conv->out_w + x) * conv->out_c + channel] =
                    (float)(t[i] + (double)bias[channel]);
        }
    }
}

static void region_product(const struct facet_conv *conv, size_t images, const float *weight,
                           const float *v, size_t place, float *u, float *m, size_t out_place)
{
    (void)u;
    for (size_t o = 0; o < conv->out_c; o++)
        for (size_t n = 0; n < images; n++) {
            const float *w = weight + o / FACET_REGION_PANEL * FACET_REGION_PANEL * conv->in_c * 9;
            double sums[16] = {0};
            for (size_t c = 0; c < conv->in_c; c++) {
                double g[9], t[16];
                for (size_t i = 0; i < 9; i++)
                    g[i] = (double)w[(c * 9 + i) * FACET_REGION_PANEL + o % FACET_REGION_PANEL];
                both_sides(region_weight_matrix[0], 0, 4, 3, g, t);
                for (size_t i = 0; i < 16; i++)
                    sums[i] += (double)v[i * place + n * conv->in_c + c] * t[i];
            }
            for (size_t i = 0; i < 16; i++) m[i * out_place + n * conv->out_c + o] = (float)sums[i];
        }
}

static const double shallow_input_matrix[5][5] = {
    {2, -1, -2, 1, 0}, {0, -2, -1, 1, 0}, {0, 2, -3, 1, 0}, {0, -1, 0, 1, 0}, {0, 2, -1, -2, 1}};
static const double shallow_output_matrix[2][5] = {{1, 1, 1, 1, 0}, {0, 1, -1, 2, 1}};

static void shallow_input(const struct facet_conv *conv, size_t ty, const float *input, float *v)
{
    const size_t line = conv->in_w * conv->in_c;
    for (size_t at = 0; at + 4 * conv->in_c < line; at++) {
        double d[25], t[25];
        for (size_t i = 0; i < 25; i++)
            d[i] = (double)input[(2 * ty + i / 5) * line + i % 5 * conv->in_c + at];
        both_sides(shallow_input_matrix[0], 0, 5, 5, d, t);
        for (size_t i = 0; i < 25; i++)
            v[(i % 5 * 5 + i / 5) * facet_shallow_line(conv) + at] = (float)t[i];
    }
}

/* Tile tx of output channel o. */
static void shallow_tile(const struct facet_conv *conv, const float *v, const float *u, size_t tx,
                         size_t o, double y[4])
{
    double m[25];
    u += o / FACET_SHALLOW_PANEL * FACET_SHALLOW_PANEL * FACET_SHALLOW_PLACES * conv->in_c +
         o % FACET_SHALLOW_PANEL;
    for (size_t i = 0; i < 25; i++) {
        const size_t place = i % 5 * 5 + i / 5;
        m[i] = 0;
        for (size_t c = 0; c < conv->in_c; c++)
            m[i] += (double)v[place * facet_shallow_line(conv) + 2 * tx * conv->in_c + c] *
                    (double)u[(place * conv->in_c + c) * FACET_SHALLOW_PANEL];
    }
    both_sides(shallow_output_matrix[0], 0, 2, 5, m, y);
}

static void shallow_output(const struct facet_conv *conv, const float *v, const float *u,
                           float *strip)
{
    for (size_t tx = 0; tx < conv->out_w / 2; tx++)
        for (size_t o = 0; o < conv->out_c; o++) {
            double y[4];
            shallow_tile(conv, v, u, tx, o, y);
            for (size_t i = 0; i < 4; i++)
                strip[(i / 2 * conv->out_w + 2 * tx + i % 2) * conv->out_c + o] = (float)y[i];
        }
}

/* The largest of a window's four values and which it is; NaN if one is. */
static float largest(const float *rows, size_t width, size_t c, size_t *which)
{
    float most = rows[0];
    *which = 0;
    for (size_t i = 1; i < 4; i++) {
        float value = rows[((i / 2) * width + i % 2) * c];
        if (value > most || value != value) {
            most = value;
            *which = i;
        }
    }
    return most;
}

static void relu_pool(size_t width, size_t c, const float *rows, const float *bias, float *out,
                      uint8_t *index)
{
    for (size_t x = 0; x < width / 2; x++)
        for (size_t channel = 0; channel < c; channel++) {
            size_t which, at = x * c + channel;
            float most = largest(rows + 2 * x * c + channel, width, c, &which) + bias[channel];
            if (index != NULL) index[at] = (uint8_t)(most <= 0 ? FACET_UNPOOLED : which);
            out[at] = most <= 0 ? 0 : most;
        }
}

static void max_pool(size_t width, size_t c, const float *rows, float *out)
{
    size_t which;
    for (size_t x = 0; x < width / 2; x++)
        for (size_t channel = 0; channel < c; channel++)
            out[x * c + channel] = largest(rows + 2 * x * c + channel, width, c, &which);
}

static void relu(size_t count, float *values)
{
    for (size_t i = 0; i < count; i++)
        if (values[i] <= 0) values[i] = 0;
}

static void finish(size_t pixels, size_t c, const float *from, const struct facet_finish *how,
                   float *out)
{
    for (size_t i = 0; i < pixels * c; i++) {
        float x = from[i];
        if (how->bias != NULL) x += how->bias[i % c];
        if (how->add != NULL) x += how->add[i];
        if (how->activation == FACET_RELU && x <= 0) x = 0;
        if (how->activation == FACET_SLOPE && x <= 0) x *= how->slope[i % c];
        if (how->activation == FACET_CLIP && x < how->low) x = how->low;
        if (how->activation == FACET_CLIP && x > how->high) x = how->high;
        out[i] = x;
    }
}

static void depthwise(const struct facet_window *w, size_t row, const float *input,
                      const float *weight, float *out)
{
    const size_t c = w->channels;
    for (size_t x = 0; x < w->out[2]; x++)
        for (size_t channel = 0; channel < c; channel++) {
            double sum = 0;
            for (size_t k = 0; k < facet_window_volume(w->kernel); k++) {
                const size_t plane = w->kernel[1] * w->kernel[2];
                const size_t at_z = facet_window_place(w, 0, row / w->out[1], k / plane);
                const size_t at_y =
                    facet_window_place(w, 1, row % w->out[1], k % plane / w->kernel[2]);
                const size_t at_x = facet_window_place(w, 2, x, k % w->kernel[2]);
                if (at_z < w->in[0] && at_y < w->in[1] && at_x < w->in[2])
                    sum +=
                        (double)input[((at_z * w->in[1] + at_y) * w->in[2] + at_x) * c + channel] *
                        (double)weight[k * c + channel];
            }
            out[x * c + channel] = (float)sum;
        }
}

static void unpool(size_t width, size_t c, const float *gradient, const uint8_t *index, float *rows)
{
    memset(rows, 0, 2 * width * c * sizeof *rows);
    for (size_t x = 0; x < width / 2; x++)
        for (size_t channel = 0; channel < c; channel++, gradient++, index++)
            if (*index != FACET_UNPOOLED)
                rows[((*index / 2u) * width + 2 * x + *index % 2u) * c + channel] = *gradient;
}

static void conv_relu_pool(const struct facet_conv *conv, size_t y, const float *input,
                           const float *weight, const float *bias, float *out)
{
    const size_t c = conv->out_c, inner = conv->kernel_w * conv->in_c;
    for (size_t x = 0; x < conv->out_w / 2; x++)
        for (size_t channel = 0; channel < c; channel++) {
            float window[4];
            size_t which;
            for (size_t i = 0; i < 4; i++) {
                double sum = 0;
                for (size_t k = 0; k < conv->kernel_h * inner; k++) {
                    size_t at = (2 * y + i / 2 + k / inner) * conv->in_w + 2 * x + i % 2;
                    sum += (double)input[at * conv->in_c + k % inner] *
                           (double)weight[k * c + channel];
                }
                window[i] = (float)sum;
            }
            float most = largest(window, 2, 1, &which) + bias[channel];
            out[x * c + channel] = most <= 0 ? 0 : most;
        }
}

static void shallow_relu_pool(const struct facet_conv *conv, const float *v, const float *u,
                              const float *bias, float *out)
{
    for (size_t tx = 0; tx < conv->out_w / 2; tx++)
        for (size_t o = 0; o < conv->out_c; o++) {
            double y[4];
            float window[4];
            size_t which;
            shallow_tile(conv, v, u, tx, o, y);
            for (size_t i = 0; i < 4; i++) window[i] = (float)y[i];
            const float most = largest(window, 2, 1, &which) + bias[o];
            *out++ = most <= 0 ? 0 : most;
        }
}

static void winograd_relu_pool(const struct facet_conv *conv, const float *m, size_t place,
                               size_t ty, const float *bias, float *out)
{
    const size_t c = conv->out_c, tx_count = facet_winograd_tiles_x(conv);
    for (size_t y = 0; y < 2 && ty * 2 + y < conv->out_h / 2; y++)
        for (size_t x = 0; x < conv->out_w / 2; x++)
            for (size_t channel = 0; channel < c; channel++) {
                double d[36], t[16];
                float window[4];
                size_t which;
                for (size_t i = 0; i < 36; i++)
                    d[i] = (double)m[i * place + (ty * tx_count + x / 2) * c + channel];
                both_sides(output_matrix[0], 0, 4, 6, d, t);
                for (size_t i = 0; i < 4; i++)
                    window[i] = (float)t[(2 * y + i / 2) * 4 + x % 2 * 2 + i % 2];
                float most = largest(window, 2, 1, &which) + bias[channel];
                *out++ = most <= 0 ? 0 : most;
            }
}

static void hamming(const uint64_t *a, size_t rows, const uint64_t *b, size_t columns, size_t words,
                    uint32_t *out, size_t out_row)
{
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < columns; j++) {
            uint32_t count = 0;
            for (size_t k = 0; k < 64 * words; k++)
                count += ((a[i * words + k / 64] ^ b[j * words + k / 64]) >> k % 64) & 1;
            out[i * out_row + j] = count;
        }
}

const struct facet_kernels facet_kernels_reference = {
    .name = "reference",
    .summary = "plain C, sums in double; slow",
    .runs = always,
    .product = product,
    .winograd_input = winograd_input,
    .winograd_output = winograd_output,
    .winograd_output_gradient = winograd_output_gradient,
    .winograd_input_gradient = winograd_input_gradient,
    .winograd_weight = winograd_weight,
    .winograd_weight_gradient = winograd_weight_gradient,
    .region_input = region_input,
    .region_output = region_output,
    .region_product = region_product,
    .shallow_input = shallow_input,
    .shallow_output = shallow_output,
    .shallow_relu_pool = shallow_relu_pool,
    .relu_pool = relu_pool,
    .unpool = unpool,
    .max_pool = max_pool,
    .finish = finish,
    .relu = relu,
    .depthwise = depthwise,
    .conv_relu_pool = conv_relu_pool,
    .winograd_relu_pool = winograd_relu_pool,
    .hamming = hamming,
};
