#include "train/stage_ways.h"

#include "base/error.h"

#include <omp.h>
#include <stdlib.h>
#include <string.h>

float *facet_crew_scratch(const struct facet_crew *crew)
{
    return crew->scratch + (size_t)omp_get_thread_num() * crew->scratch_size;
}

static size_t chunks(size_t n)
{
    return (n + FACET_STAGE_CHUNK - 1) / FACET_STAGE_CHUNK;
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
        (s->winograd ? FACET_WINOGRAD_PLACES * c->in_c * c->out_c : facet_conv_weights(&s->conv)) +
        c->out_c + c->in_c;
    if (facet_parameter_new(&s->weight, regions * facet_conv_weights(&s->conv), 1, 1) < 0 ||
        facet_parameter_new(&s->bias, regions * c->out_c, 0, 1) < 0)
        return FACET_ENOMEM;
    s->output = facet_alloc(batch, s->values * size, s->name);
    s->gradient = facet_alloc(batch, s->values * size, s->name);
    s->zeros = facet_alloc(c->out_c, size, s->name);
    s->mean = facet_alloc(regions * facet_conv_taps(&s->conv), c->in_c * size, s->name);
    int lacking = s->output == NULL || s->gradient == NULL || s->zeros == NULL || s->mean == NULL;
    if (s->pooled) lacking |= (s->index = facet_alloc(batch, s->values, s->name)) == NULL;
    if (s->local)
        lacking |= (s->conv_output = facet_alloc(batch, s->conv_values * size, s->name)) == NULL;
    else
        lacking |=
            (s->partial = facet_alloc(FACET_STAGE_GROUPS, s->partial_size * size, s->name)) == NULL;
    if (s->winograd) {
        size_t u = FACET_WINOGRAD_PLACES * c->in_c * c->out_c;
        lacking |= (s->u = facet_alloc(u, size, s->name)) == NULL;
        lacking |= (s->u_turned = facet_alloc(u, size, s->name)) == NULL;
        lacking |= (s->v = facet_alloc(chunks(batch), facet_stage_v(s) * size, s->name)) == NULL;
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
                  (double)chunks(batch) * (double)facet_stage_v(s);
    else
        floats += (double)s->weight.count;
    return floats + (s->local ? (double)batch * (double)s->conv_values
                              : FACET_STAGE_GROUPS * (double)s->partial_size);
}

size_t facet_stage_scratch(const struct facet_stage *s, size_t batch)
{
    const struct facet_conv *c = &s->conv;
    if (s->winograd) {
        const size_t rows = FACET_STAGE_CHUNK * facet_winograd_tiles(c);
        return facet_convolve_strip(c) + facet_stage_v(s) +
               FACET_WINOGRAD_PLACES * facet_winograd_place(rows * c->out_c);
    }
    if (s->local) return batch * (c->kernel_w * c->in_c + c->out_c);
    return facet_convolve_strip(c);
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

void facet_stage_unfinish(const struct facet_stage *s, const struct facet_crew *crew, size_t n,
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

void facet_stage_centre(struct facet_stage *s, const struct facet_crew *crew, size_t region)
{
    const size_t in = facet_conv_taps(&s->conv) * s->conv.in_c, out_c = s->conv.out_c;
    float *weight = s->weight.gradient + region * in * out_c;
    const float *bias = s->bias.gradient + region * out_c;
    float *mean = s->mean + region * in;
    if (crew->plain) memset(mean, 0, in * sizeof *mean);
    for (size_t t = 0; t < in; t++)
        for (size_t o = 0; o < out_c; o++) weight[t * out_c + o] -= mean[t] * bias[o];
}

/* ---- the batch ---- */

/* Images first .. first + images - 1, within a chunk. */
static void forward_chunk(const struct facet_stage *s, const struct facet_crew *crew, size_t first,
                          size_t images)
{
    const struct facet_convolution c = {.conv = s->conv,
                                        .relu = 1,
                                        .pool = s->pooled,
                                        .weight = s->winograd ? s->u : s->weight.value,
                                        .bias = s->bias.value};
    const float *input = s->input + first * s->in_values;
    float *out = s->output + first * s->values, *scratch = facet_crew_scratch(crew);
    uint8_t *index = s->index != NULL ? s->index + first * s->values : NULL;
    if (s->winograd)
        facet_convolve_winograd(crew->kernels, &c, images, input,
                                s->v + first / FACET_STAGE_CHUNK * facet_stage_v(s),
                                facet_stage_place(s), out, index, scratch);
    for (size_t n = 0; n < images && !s->winograd; n++)
        facet_convolve_products(crew->kernels, &c, input + n * s->in_values, out + n * s->values,
                                index != NULL ? index + n * s->values : NULL, scratch);
}

static void local_forward(const struct facet_stage *s, const struct facet_crew *crew, size_t n)
{
    struct facet_convolution c = {.conv = s->conv,
                                  .relu = 1,
                                  .pool = s->pooled,
                                  .weight = s->weight.value,
                                  .bias = s->bias.value};
#pragma omp parallel for schedule(dynamic, 1) num_threads(crew->threads)
    for (size_t r = 0; r < s->conv.regions_y * s->conv.regions_x; r++)
        facet_convolve_region(crew->kernels, &c, r, n, s->input, s->conv_output);
    c.bias = s->zeros;
#pragma omp parallel for schedule(dynamic, 1) num_threads(crew->threads)
    for (size_t i = 0; i < n; i++)
        facet_convolve_finish(crew->kernels, &c, 0, s->conv.out_h,
                              s->conv_output + i * s->conv_values, s->output + i * s->values,
                              s->index != NULL ? s->index + i * s->values : NULL);
}

void facet_stage_forward(struct facet_stage *s, const struct facet_crew *crew, size_t n)
{
    if (s->local) {
        local_forward(s, crew, n);
        return;
    }
#pragma omp parallel for schedule(dynamic, 1) num_threads(crew->threads)
    for (size_t i = 0; i < chunks(n); i++)
        forward_chunk(s, crew, i * FACET_STAGE_CHUNK,
                      facet_stage_least(FACET_STAGE_CHUNK, n - i * FACET_STAGE_CHUNK));
}

/* Chunk c belongs to group c * groups / chunks: each group adds up its own. */
static void shared_backward(struct facet_stage *s, const struct facet_crew *crew, size_t n)
{
    const size_t count = chunks(n), groups = facet_stage_least(count, FACET_STAGE_GROUPS);
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
                         images = facet_stage_least(FACET_STAGE_CHUNK, n - first);
            if (s->winograd)
                facet_stage_winograd_backward(s, crew, first, images, i > begin, weight);
            for (size_t j = first; j < first + images; j++) {
                if (!s->winograd) facet_stage_plain_backward(s, crew, j, weight);
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
    for (size_t t = 0; t < facet_conv_taps(&s->conv) * in_c; t++)
        s->mean[t] =
            s->partial[weights + out_c + t % in_c] / (float)(n * s->conv.in_h * s->conv.in_w);
    facet_stage_centre(s, crew, 0);
}

static void local_backward(struct facet_stage *s, const struct facet_crew *crew, size_t n)
{
    const size_t regions = s->conv.regions_y * s->conv.regions_x;
    const size_t blocks = (n + 2 * FACET_STAGE_CHUNK - 1) / (2 * FACET_STAGE_CHUNK);
#pragma omp parallel for schedule(dynamic, 1) num_threads(crew->threads)
    for (size_t i = 0; i < n; i++)
        facet_stage_unfinish(s, crew, i, 0, s->conv.out_h, s->conv_output + i * s->conv_values);
#pragma omp parallel for schedule(dynamic, 1) num_threads(crew->threads)
    for (size_t r = 0; r < regions; r++) facet_stage_local_weights(s, crew, r, n);
    if (s->input_gradient == NULL) return;
#pragma omp parallel for schedule(dynamic, 1) num_threads(crew->threads)
    for (size_t b = 0; b < blocks; b++)
        facet_stage_local_input(
            s, crew, b * 2 * FACET_STAGE_CHUNK,
            facet_stage_least(2 * FACET_STAGE_CHUNK, n - b * 2 * FACET_STAGE_CHUNK));
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
    const size_t in = facet_conv_taps(&s->conv) * s->conv.in_c, out_c = s->conv.out_c,
                 at = region * in * out_c;
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
