/* Shared weights, 3x3, by Winograd's F(4x4, 3x3): kernels/kernels. */
#include "train/stage_ways.h"

void facet_stage_winograd_backward(const struct facet_stage *s, const struct facet_crew *crew,
                                   size_t first, size_t images, int add, float *u)
{
    const struct facet_kernels *k = crew->kernels;
    const struct facet_conv *c = &s->conv;
    const size_t count = facet_winograd_tiles(c), place = facet_stage_place(s);
    const size_t out_place = facet_winograd_place(images * count * c->out_c);
    const float *v = s->v + first / FACET_STAGE_CHUNK * facet_stage_v(s);
    float *strip = facet_crew_scratch(crew), *m = strip + facet_convolve_strip(c);
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
            facet_stage_unfinish(s, crew, first + n, 4 * ty,
                                 facet_stage_least(4, c->out_h - 4 * ty), strip);
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
