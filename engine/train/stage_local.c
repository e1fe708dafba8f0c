/* Weights of its own in each region: products over the images. */
#include "train/stage_ways.h"

#include <string.h>

/* Rows that lie an image apart, one behind the other: they would meet in the same few lines of the
 * cache otherwise. */
static void gather(size_t n, size_t width, const float *from, size_t stride, float *to)
{
    for (size_t i = 0; i < n; i++) memcpy(to + i * width, from + i * stride, width * sizeof *to);
}

void facet_stage_local_weights(struct facet_stage *s, const struct facet_crew *crew, size_t r,
                               size_t n)
{
    const struct facet_conv *c = &s->conv;
    const struct facet_area a = facet_conv_area(c, r);
    const size_t width = c->kernel_w * c->in_c;
    float *rows = facet_crew_scratch(crew), *gradient = rows + n * width;
    float *weight = s->weight.gradient + r * facet_conv_weights(&s->conv);
    float *bias = s->bias.gradient + r * c->out_c;
    struct facet_product p = {.rows = width,
                              .columns = c->out_c,
                              .segments = 1,
                              .inner = n,
                              .a_row = 1,
                              .a_inner = width,
                              .b_row = c->out_c,
                              .c_row = c->out_c};
    float *mean = s->mean + r * facet_conv_taps(&s->conv) * c->in_c;
    const size_t pixels = (a.y1 - a.y0) * (a.x1 - a.x0);
    memset(bias, 0, c->out_c * sizeof *bias);
    memset(mean, 0, facet_conv_taps(&s->conv) * c->in_c * sizeof *mean);
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
    facet_stage_centre(s, crew, r);
}

void facet_stage_local_input(const struct facet_stage *s, const struct facet_crew *crew,
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
        const struct facet_area a = facet_conv_area(c, r);
        for (size_t y = a.y0; y < a.y1; y++)
            for (size_t x = a.x0; x < a.x1; x++)
                for (size_t t = 0; t < facet_conv_taps(&s->conv); t++)
                    crew->kernels->product(
                        &p, s->conv_output + first * s->conv_values + (y * c->out_w + x) * c->out_c,
                        s->turned + (r * facet_conv_taps(&s->conv) + t) * count,
                        s->input_gradient + first * s->in_values +
                            ((y + t / c->kernel_w) * c->in_w + x + t % c->kernel_w) * c->in_c);
    }
}
