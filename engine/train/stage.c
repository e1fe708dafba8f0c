#include "train/stage.h"

#include "base/error.h"

#include <omp.h>
#include <stdlib.h>
#include <string.h>

float *facet_crew_scratch(const struct facet_crew *crew)
{
    return crew->scratch + (size_t)omp_get_thread_num() * crew->scratch_size;
}

static size_t tiles(const struct facet_stage *s)
{
    return facet_winograd_tiles_y(&s->conv) * facet_winograd_tiles_x(&s->conv);
}

static size_t chunks(size_t n)
{
    return (n + FACET_STAGE_CHUNK - 1) / FACET_STAGE_CHUNK;
}

static size_t taps(const struct facet_stage *s)
{
    return s->conv.kernel_h * s->conv.kernel_w;
}

static size_t region_weights(const struct facet_stage *s)
{
    return taps(s) * s->conv.in_c * s->conv.out_c;
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* ---- memory ---- */

int facet_stage_new(struct facet_stage *s, size_t batch)
{
    const struct facet_conv *c = &s->conv;
    const size_t regions = c->regions_y * c->regions_x, size = sizeof(float);
    s->winograd = !s->local && facet_winograd_fits(c);
    s->out_h = s->pooled ? c->out_h / 2 : c->out_h;
    s->out_w = s->pooled ? c->out_w / 2 : c->out_w;
    s->in_values = c->in_h * c->in_w * c->in_c;
    s->conv_values = c->out_h * c->out_w * c->out_c;
    s->values = s->out_h * s->out_w * c->out_c;
    s->partial_size =
        (s->winograd ? FACET_WINOGRAD_PLACES * c->in_c * c->out_c : region_weights(s)) + c->out_c +
        c->in_c;
    if (facet_parameter_new(&s->weight, regions * region_weights(s), 1, 1) < 0 ||
        facet_parameter_new(&s->bias, regions * c->out_c, 0, 1) < 0)
        return FACET_ENOMEM;
    s->output = facet_alloc(batch, s->values * size, s->name);
    s->gradient = facet_alloc(batch, s->values * size, s->name);
    s->zeros = facet_alloc(c->out_c, size, s->name);
    s->mean = facet_alloc(regions * taps(s), c->in_c * size, s->name);
    int lacking = s->output == NULL || s->gradient == NULL || s->zeros == NULL || s->mean == NULL;
    if (s->pooled) lacking |= (s->index = facet_alloc(batch, s->values, s->name)) == NULL;
    if (s->local)
        lacking |= (s->conv_output = facet_alloc(batch, s->conv_values * size, s->name)) == NULL;
    else
        lacking |=
            (s->partial = facet_alloc(FACET_STAGE_GROUPS, s->partial_size * size, s->name)) == NULL;
    if (s->winograd) {
        size_t u = FACET_WINOGRAD_PLACES * c->in_c * c->out_c;
        size_t v = FACET_WINOGRAD_PLACES * FACET_STAGE_CHUNK * tiles(s) * c->in_c;
        lacking |= (s->u = facet_alloc(u, size, s->name)) == NULL;
        lacking |= (s->u_turned = facet_alloc(u, size, s->name)) == NULL;
        lacking |= (s->v = facet_alloc(chunks(batch), v * size, s->name)) == NULL;
    } else {
        lacking |= (s->turned = facet_alloc(s->weight.count, size, s->name)) == NULL;
    }
    return lacking ? FACET_ENOMEM : FACET_OK;
}

void facet_stage_free(struct facet_stage *s)
{
    facet_parameter_free(&s->weight);
    facet_parameter_free(&s->bias);
    free(s->output);
    free(s->gradient);
    free(s->index);
    free(s->conv_output);
    free(s->u);
    free(s->u_turned);
    free(s->v);
    free(s->zeros);
    free(s->mean);
    free(s->turned);
    free(s->partial);
}

double facet_stage_memory(const struct facet_stage *s, size_t batch)
{
    const struct facet_conv *c = &s->conv;
    double floats =
        3 * (double)(s->weight.count + s->bias.count) + (double)batch * 2.25 * (double)s->values;
    if (s->winograd)
        floats += 2 * FACET_WINOGRAD_PLACES * (double)(c->in_c * c->out_c) +
                  (double)chunks(batch) * FACET_WINOGRAD_PLACES * FACET_STAGE_CHUNK *
                      (double)(tiles(s) * c->in_c);
    else
        floats += (double)s->weight.count;
    return floats + (s->local ? (double)batch * (double)s->conv_values
                              : FACET_STAGE_GROUPS * (double)s->partial_size);
}

/* Room for a strip, and for the products of a chunk or the rows of a region. */
static size_t strip_size(const struct facet_stage *s)
{
    return 4 * s->conv.out_w * s->conv.out_c;
}

size_t facet_stage_scratch(const struct facet_stage *s, size_t batch)
{
    const struct facet_conv *c = &s->conv;
    if (s->winograd)
        return strip_size(s) +
               FACET_WINOGRAD_PLACES * FACET_STAGE_CHUNK * tiles(s) * (c->in_c + c->out_c);
    if (s->local) return batch * (c->kernel_w * c->in_c + c->out_c);
    return strip_size(s);
}

void facet_stage_prepare(struct facet_stage *s, const struct facet_crew *crew)
{
    const struct facet_conv *c = &s->conv;
    const size_t count = c->in_c * c->out_c;
    if (s->winograd) {
        crew->kernels->winograd_weight(c, s->weight.value, s->u, s->u_turned);
        return;
    }
    if (s->input_gradient == NULL) return;
#pragma omp parallel for schedule(dynamic, 1) num_threads(crew->threads)
    for (size_t t = 0; t < s->weight.count / count; t++)
        for (size_t i = 0; i < c->in_c; i++)
            for (size_t o = 0; o < c->out_c; o++)
                s->turned[t * count + o * c->in_c + i] =
                    s->weight.value[t * count + i * c->out_c + o];
}

/* ---- strips ---- */

/* Rows y.. of what the convolution of image `n` gave, without bias, become output. */
static void finish_rows(struct facet_stage *s, const struct facet_crew *crew, size_t n, size_t y,
                        size_t rows, const float *strip)
{
    const size_t c = s->conv.out_c, width = s->conv.out_w;
    const float *bias = s->local ? s->zeros : s->bias.value;
    if (s->pooled) {
        for (size_t r = 0; r + 1 < rows; r += 2) {
            size_t at = n * s->values + (y + r) / 2 * s->out_w * c;
            crew->kernels->relu_pool(width, c, strip + r * width * c, bias, s->output + at,
                                     s->index + at);
        }
        return;
    }
    float *out = s->output + n * s->values + y * width * c;
    for (size_t p = 0; p < rows * width; p++, out += c, strip += c)
        for (size_t i = 0; i < c; i++) {
            float value = strip[i] + bias[i];
            out[i] = value <= 0 ? 0 : value;
        }
}

/* The way back: rows y.. of the gradient of what the convolution of image `n` gave. */
static void gradient_rows(const struct facet_stage *s, const struct facet_crew *crew, size_t n,
                          size_t y, size_t rows, float *strip)
{
    const size_t c = s->conv.out_c, width = s->conv.out_w;
    if (s->pooled) {
        for (size_t r = 0; r < rows; r += 2) {
            size_t at = n * s->values + (y + r) / 2 * s->out_w * c;
            if (r + 1 < rows)
                crew->kernels->unpool(width, c, s->gradient + at, s->index + at,
                                      strip + r * width * c);
            else
                memset(strip + r * width * c, 0, width * c * sizeof *strip);
        }
        return;
    }
    const size_t at = n * s->values + y * width * c;
    for (size_t i = 0; i < rows * width * c; i++)
        strip[i] = s->output[at + i] > 0 ? s->gradient[at + i] : 0;
}

/* bias (out_c) += the gradient of image n's pixels. */
static void add_bias_gradient(const struct facet_stage *s, size_t n, float *bias)
{
    const size_t c = s->conv.out_c;
    const float *gradient = s->gradient + n * s->values, *output = s->output + n * s->values;
    for (size_t p = 0; p < s->out_h * s->out_w; p++, gradient += c, output += c)
        for (size_t i = 0; i < c; i++) bias[i] += output[i] > 0 ? gradient[i] : 0;
}

/* input (in_c) += the sums of image n's input over its pixels. */
static void add_inputs(const struct facet_stage *s, size_t n, float *input)
{
    const size_t c = s->conv.in_c, pixels = s->conv.in_h * s->conv.in_w;
    const float *from = s->input + n * s->in_values;
    for (size_t p = 0; p < pixels; p++, from += c)
        for (size_t i = 0; i < c; i++) input[i] += from[i];
}

/* Centres the gradient of a region's weights, once those of weights and bias and the mean are
 * there: the sum of dz (x - m)' is that of dz x' less that of dz times m'. */
static void centre(struct facet_stage *s, const struct facet_crew *crew, size_t region)
{
    const size_t in = taps(s) * s->conv.in_c, out_c = s->conv.out_c;
    float *weight = s->weight.gradient + region * in * out_c;
    const float *bias = s->bias.gradient + region * out_c;
    float *mean = s->mean + region * in;
    if (crew->plain) memset(mean, 0, in * sizeof *mean);
    for (size_t t = 0; t < in; t++)
        for (size_t o = 0; o < out_c; o++) weight[t * out_c + o] -= mean[t] * bias[o];
}

/* ---- shared weights by Winograd ---- */

static void winograd_forward(struct facet_stage *s, const struct facet_crew *crew, size_t first,
                             size_t images)
{
    const struct facet_channels_last *k = crew->kernels;
    const struct facet_conv *c = &s->conv;
    const size_t count = tiles(s), place = FACET_STAGE_CHUNK * count * c->in_c;
    const size_t out_place = FACET_STAGE_CHUNK * count * c->out_c;
    float *v = s->v + first / FACET_STAGE_CHUNK * FACET_WINOGRAD_PLACES * place;
    float *strip = facet_crew_scratch(crew), *m = strip + strip_size(s);
    const struct facet_product p = {.rows = images * count,
                                    .columns = c->out_c,
                                    .segments = 1,
                                    .inner = c->in_c,
                                    .a_row = c->in_c,
                                    .a_inner = 1,
                                    .b_row = c->out_c,
                                    .c_row = c->out_c};
    for (size_t n = 0; n < images; n++)
        k->winograd_input(c, s->input + (first + n) * s->in_values, v + n * count * c->in_c, place);
    for (size_t i = 0; i < FACET_WINOGRAD_PLACES; i++)
        k->product(&p, v + i * place, s->u + i * c->in_c * c->out_c, m + i * out_place);
    for (size_t n = 0; n < images; n++)
        for (size_t ty = 0; ty < facet_winograd_tiles_y(c); ty++) {
            k->winograd_output(c, m + n * count * c->out_c, out_place, ty, strip);
            finish_rows(s, crew, first + n, 4 * ty, least(4, c->out_h - 4 * ty), strip);
        }
}

/* Adds to u (36, in_c, out_c) if `add`, else sets it. */
static void winograd_backward(const struct facet_stage *s, const struct facet_crew *crew,
                              size_t first, size_t images, int add, float *u)
{
    const struct facet_channels_last *k = crew->kernels;
    const struct facet_conv *c = &s->conv;
    const size_t count = tiles(s), place = FACET_STAGE_CHUNK * count * c->in_c;
    const size_t out_place = FACET_STAGE_CHUNK * count * c->out_c;
    const float *v = s->v + first / FACET_STAGE_CHUNK * FACET_WINOGRAD_PLACES * place;
    float *strip = facet_crew_scratch(crew), *m = strip + strip_size(s);
    float *back = m + FACET_WINOGRAD_PLACES * out_place;
    const struct facet_product to_u = {.rows = c->in_c,
                                       .columns = c->out_c,
                                       .segments = 1,
                                       .inner = images * count,
                                       .a_row = 1,
                                       .a_inner = c->in_c,
                                       .b_row = c->out_c,
                                       .c_row = c->out_c,
                                       .add = add};
    const struct facet_product to_v = {.rows = images * count,
                                       .columns = c->in_c,
                                       .segments = 1,
                                       .inner = c->out_c,
                                       .a_row = c->out_c,
                                       .a_inner = 1,
                                       .b_row = c->in_c,
                                       .c_row = c->in_c};
    for (size_t n = 0; n < images; n++)
        for (size_t ty = 0; ty < facet_winograd_tiles_y(c); ty++) {
            gradient_rows(s, crew, first + n, 4 * ty, least(4, c->out_h - 4 * ty), strip);
            k->winograd_output_gradient(c, strip, ty, m + n * count * c->out_c, out_place);
        }
    for (size_t i = 0; i < FACET_WINOGRAD_PLACES; i++) {
        const size_t at = i * c->in_c * c->out_c;
        k->product(&to_u, v + i * place, m + i * out_place, u + at);
        if (s->input_gradient != NULL)
            k->product(&to_v, m + i * out_place, s->u_turned + at, back + i * place);
    }
    for (size_t n = 0; s->input_gradient != NULL && n < images; n++)
        k->winograd_input_gradient(c, back + n * count * c->in_c, place,
                                   s->input_gradient + (first + n) * s->in_values);
}

/* ---- shared weights by plain products ---- */

static void plain_forward(struct facet_stage *s, const struct facet_crew *crew, size_t n)
{
    const struct facet_conv *c = &s->conv;
    float *strip = facet_crew_scratch(crew);
    const struct facet_product p = {.rows = c->out_w,
                                    .columns = c->out_c,
                                    .segments = c->kernel_h,
                                    .inner = c->kernel_w * c->in_c,
                                    .a_row = c->in_c,
                                    .a_segment = c->in_w * c->in_c,
                                    .a_inner = 1,
                                    .b_segment = c->kernel_w * c->in_c * c->out_c,
                                    .b_row = c->out_c,
                                    .c_row = c->out_c};
    for (size_t y = 0; y < c->out_h; y += 2) {
        const size_t rows = least(2, c->out_h - y);
        for (size_t r = 0; r < rows; r++)
            crew->kernels->product(&p, s->input + n * s->in_values + (y + r) * c->in_w * c->in_c,
                                   s->weight.value, strip + r * c->out_w * c->out_c);
        finish_rows(s, crew, n, y, rows, strip);
    }
}

/* Adds to the weights' gradient and the input's. */
static void plain_backward(const struct facet_stage *s, const struct facet_crew *crew, size_t n,
                           float *weight)
{
    const struct facet_conv *c = &s->conv;
    const size_t width = c->kernel_w * c->in_c, line = c->in_w * c->in_c;
    float *strip = facet_crew_scratch(crew);
    const struct facet_product to_weight = {.rows = width,
                                            .columns = c->out_c,
                                            .segments = 1,
                                            .inner = c->out_w,
                                            .a_row = 1,
                                            .a_inner = c->in_c,
                                            .b_row = c->out_c,
                                            .c_row = c->out_c,
                                            .add = 1};
    const struct facet_product to_input = {.rows = c->out_w,
                                           .columns = c->in_c,
                                           .segments = 1,
                                           .inner = c->out_c,
                                           .a_row = c->out_c,
                                           .a_inner = 1,
                                           .b_row = c->in_c,
                                           .c_row = c->in_c,
                                           .add = 1};
    for (size_t y = 0; y < c->out_h; y += 2) {
        const size_t rows = least(2, c->out_h - y);
        gradient_rows(s, crew, n, y, rows, strip);
        for (size_t r = 0; r < rows; r++)
            for (size_t i = 0; i < c->kernel_h; i++) {
                const float *row = strip + r * c->out_w * c->out_c;
                const size_t at = n * s->in_values + (y + r + i) * line;
                crew->kernels->product(&to_weight, s->input + at, row,
                                       weight + i * width * c->out_c);
                for (size_t j = 0; s->input_gradient != NULL && j < c->kernel_w; j++)
                    crew->kernels->product(&to_input, row,
                                           s->turned + (i * c->kernel_w + j) * c->in_c * c->out_c,
                                           s->input_gradient + at + j * c->in_c);
            }
    }
}

/* ---- weights of its own in each region ---- */

/* The pixels of region r: rows y0 .. y1 - 1, columns x0 .. x1 - 1. */
struct area {
    size_t y0, y1, x0, x1;
};

static struct area region_area(const struct facet_conv *c, size_t r)
{
    struct area a = {.y0 = r / c->regions_x * c->region_h, .x0 = r % c->regions_x * c->region_w};
    a.y1 = least(a.y0 + c->region_h, c->out_h);
    a.x1 = least(a.x0 + c->region_w, c->out_w);
    return a;
}

static void local_forward(struct facet_stage *s, const struct facet_crew *crew, size_t r, size_t n)
{
    const struct facet_conv *c = &s->conv;
    const struct area a = region_area(c, r);
    const float *bias = s->bias.value + r * c->out_c;
    const struct facet_product p = {.rows = n,
                                    .columns = c->out_c,
                                    .segments = c->kernel_h,
                                    .inner = c->kernel_w * c->in_c,
                                    .a_row = s->in_values,
                                    .a_segment = c->in_w * c->in_c,
                                    .a_inner = 1,
                                    .b_segment = c->kernel_w * c->in_c * c->out_c,
                                    .b_row = c->out_c,
                                    .c_row = s->conv_values,
                                    .add = 1};
    for (size_t y = a.y0; y < a.y1; y++)
        for (size_t x = a.x0; x < a.x1; x++) {
            float *out = s->conv_output + (y * c->out_w + x) * c->out_c;
            for (size_t i = 0; i < n; i++)
                memcpy(out + i * s->conv_values, bias, c->out_c * sizeof *out);
            crew->kernels->product(&p, s->input + (y * c->in_w + x) * c->in_c,
                                   s->weight.value + r * region_weights(s), out);
        }
}

/* Rows that lie an image apart, one behind the other: they would meet in the same few lines of the
 * cache otherwise. */
static void gather(size_t n, size_t width, const float *from, size_t stride, float *to)
{
    for (size_t i = 0; i < n; i++) memcpy(to + i * width, from + i * stride, width * sizeof *to);
}

static void local_weight_gradient(struct facet_stage *s, const struct facet_crew *crew, size_t r,
                                  size_t n)
{
    const struct facet_conv *c = &s->conv;
    const struct area a = region_area(c, r);
    const size_t width = c->kernel_w * c->in_c;
    float *rows = facet_crew_scratch(crew), *gradient = rows + n * width;
    float *weight = s->weight.gradient + r * region_weights(s);
    float *bias = s->bias.gradient + r * c->out_c;
    struct facet_product p = {.rows = width,
                              .columns = c->out_c,
                              .segments = 1,
                              .inner = n,
                              .a_row = 1,
                              .a_inner = width,
                              .b_row = c->out_c,
                              .c_row = c->out_c};
    float *mean = s->mean + r * taps(s) * c->in_c;
    const size_t pixels = (a.y1 - a.y0) * (a.x1 - a.x0);
    memset(bias, 0, c->out_c * sizeof *bias);
    memset(mean, 0, taps(s) * c->in_c * sizeof *mean);
    for (size_t y = a.y0; y < a.y1; y++)
        for (size_t x = a.x0; x < a.x1; x++) {
            gather(n, c->out_c, s->conv_output + (y * c->out_w + x) * c->out_c, s->conv_values,
                   gradient);
            for (size_t i = 0; i < n; i++)
                for (size_t o = 0; o < c->out_c; o++) bias[o] += gradient[i * c->out_c + o];
            for (size_t i = 0; i < c->kernel_h; i++) {
                gather(n, width, s->input + ((y + i) * c->in_w + x) * c->in_c, s->in_values, rows);
                crew->kernels->product(&p, rows, gradient, weight + i * width * c->out_c);
                for (size_t j = 0; j < n; j++)
                    for (size_t k = 0; k < width; k++)
                        mean[i * width + k] += rows[j * width + k] / (float)(n * pixels);
            }
            p.add = 1;
        }
    centre(s, crew, r);
}

/* Images first .. first + images - 1: adds to the input's gradient. */
static void local_input_gradient(const struct facet_stage *s, const struct facet_crew *crew,
                                 size_t first, size_t images)
{
    const struct facet_conv *c = &s->conv;
    const size_t count = c->in_c * c->out_c;
    const struct facet_product p = {.rows = images,
                                    .columns = c->in_c,
                                    .segments = 1,
                                    .inner = c->out_c,
                                    .a_row = s->conv_values,
                                    .a_inner = 1,
                                    .b_row = c->in_c,
                                    .c_row = s->in_values,
                                    .add = 1};
    for (size_t r = 0; r < c->regions_y * c->regions_x; r++) {
        const struct area a = region_area(c, r);
        for (size_t y = a.y0; y < a.y1; y++)
            for (size_t x = a.x0; x < a.x1; x++)
                for (size_t t = 0; t < taps(s); t++)
                    crew->kernels->product(
                        &p, s->conv_output + first * s->conv_values + (y * c->out_w + x) * c->out_c,
                        s->turned + (r * taps(s) + t) * count,
                        s->input_gradient + first * s->in_values +
                            ((y + t / c->kernel_w) * c->in_w + x + t % c->kernel_w) * c->in_c);
    }
}

/* ---- the batch ---- */

void facet_stage_forward(struct facet_stage *s, const struct facet_crew *crew, size_t n)
{
    const size_t regions = s->conv.regions_y * s->conv.regions_x;
    if (s->winograd) {
#pragma omp parallel for schedule(dynamic, 1) num_threads(crew->threads)
        for (size_t i = 0; i < chunks(n); i++)
            winograd_forward(s, crew, i * FACET_STAGE_CHUNK,
                             least(FACET_STAGE_CHUNK, n - i * FACET_STAGE_CHUNK));
        return;
    }
    if (!s->local) {
#pragma omp parallel for schedule(dynamic, 1) num_threads(crew->threads)
        for (size_t i = 0; i < n; i++) plain_forward(s, crew, i);
        return;
    }
#pragma omp parallel for schedule(dynamic, 1) num_threads(crew->threads)
    for (size_t r = 0; r < regions; r++) local_forward(s, crew, r, n);
#pragma omp parallel for schedule(dynamic, 1) num_threads(crew->threads)
    for (size_t i = 0; i < n; i++)
        finish_rows(s, crew, i, 0, s->conv.out_h, s->conv_output + i * s->conv_values);
}

/* Chunk c belongs to group c * groups / chunks: each group adds up its own. */
static void shared_backward(struct facet_stage *s, const struct facet_crew *crew, size_t n)
{
    const size_t count = chunks(n), groups = least(count, FACET_STAGE_GROUPS);
    const size_t in_c = s->conv.in_c, out_c = s->conv.out_c;
    const size_t weights = s->partial_size - out_c - in_c;
#pragma omp parallel for schedule(dynamic, 1) num_threads(crew->threads)
    for (size_t g = 0; g < groups; g++) {
        float *weight = s->partial + g * s->partial_size, *bias = weight + weights;
        float *input = bias + out_c;
        const size_t begin = (g * count + groups - 1) / groups;
        const size_t end = ((g + 1) * count + groups - 1) / groups;
        memset(bias, 0, (out_c + in_c) * sizeof *bias);
        if (!s->winograd) memset(weight, 0, weights * sizeof *weight);
        for (size_t i = begin; i < end; i++) {
            const size_t first = i * FACET_STAGE_CHUNK,
                         images = least(FACET_STAGE_CHUNK, n - first);
            if (s->winograd) winograd_backward(s, crew, first, images, i > begin, weight);
            for (size_t j = first; j < first + images; j++) {
                if (!s->winograd) plain_backward(s, crew, j, weight);
                add_bias_gradient(s, j, bias);
                add_inputs(s, j, input);
            }
        }
    }
    for (size_t g = 1; g < groups; g++)
        for (size_t i = 0; i < s->partial_size; i++)
            s->partial[i] += s->partial[g * s->partial_size + i];
    if (s->winograd)
        crew->kernels->winograd_weight_gradient(&s->conv, s->partial, s->weight.gradient);
    else
        memcpy(s->weight.gradient, s->partial, weights * sizeof(float));
    memcpy(s->bias.gradient, s->partial + weights, out_c * sizeof(float));
    for (size_t t = 0; t < taps(s) * in_c; t++)
        s->mean[t] =
            s->partial[weights + out_c + t % in_c] / (float)(n * s->conv.in_h * s->conv.in_w);
    centre(s, crew, 0);
}

static void local_backward(struct facet_stage *s, const struct facet_crew *crew, size_t n)
{
    const size_t regions = s->conv.regions_y * s->conv.regions_x;
    const size_t blocks = (n + 2 * FACET_STAGE_CHUNK - 1) / (2 * FACET_STAGE_CHUNK);
#pragma omp parallel for schedule(dynamic, 1) num_threads(crew->threads)
    for (size_t i = 0; i < n; i++)
        gradient_rows(s, crew, i, 0, s->conv.out_h, s->conv_output + i * s->conv_values);
#pragma omp parallel for schedule(dynamic, 1) num_threads(crew->threads)
    for (size_t r = 0; r < regions; r++) local_weight_gradient(s, crew, r, n);
    if (s->input_gradient == NULL) return;
#pragma omp parallel for schedule(dynamic, 1) num_threads(crew->threads)
    for (size_t b = 0; b < blocks; b++)
        local_input_gradient(s, crew, b * 2 * FACET_STAGE_CHUNK,
                             least(2 * FACET_STAGE_CHUNK, n - b * 2 * FACET_STAGE_CHUNK));
}

void facet_stage_backward(struct facet_stage *s, const struct facet_crew *crew, size_t n)
{
    if (s->local)
        local_backward(s, crew, n);
    else
        shared_backward(s, crew, n);
}

/* Weights and bias of a region; the bias follows the weights. */
static void step_region(struct facet_stage *s, const struct facet_step *step, size_t region)
{
    const size_t in = taps(s) * s->conv.in_c, out_c = s->conv.out_c, at = region * in * out_c;
    const float *mean = s->mean + region * in, rate = (float)step->rate;
    float *bias = s->bias.value + region * out_c;
    facet_parameter_step(step, 1, in * out_c, s->weight.value + at, s->weight.velocity + at,
                         s->weight.gradient + at);
    facet_parameter_step(step, 0, out_c, bias, s->bias.velocity + region * out_c,
                         s->bias.gradient + region * out_c);
    for (size_t t = 0; t < in; t++)
        for (size_t o = 0; o < out_c; o++)
            bias[o] += rate * mean[t] * s->weight.velocity[at + t * out_c + o];
}

void facet_stage_step(struct facet_stage *s, const struct facet_crew *crew,
                      const struct facet_step *step)
{
#pragma omp parallel for schedule(dynamic, 1) num_threads(crew->threads)
    for (size_t r = 0; r < s->conv.regions_y * s->conv.regions_x; r++) step_region(s, step, r);
}
