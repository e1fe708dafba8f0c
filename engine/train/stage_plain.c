/* Shared weights by plain products: a few rows of the output at a time. */
#include "train/stage_ways.h"

void facet_stage_plain_backward(const struct facet_stage *s, const struct facet_crew *crew,
                                size_t n, float *weight)
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
        const size_t rows = facet_stage_least(2, c->out_h - y);
        facet_stage_unfinish(s, crew, n, y, rows, strip);
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
