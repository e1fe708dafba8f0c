#include "kernels/convolve.h"

#include <string.h>

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

static size_t regions(const struct facet_conv *conv)
{
    return conv->regions_y * conv->regions_x;
}

enum facet_way facet_convolve_way(const struct facet_conv *conv)
{
    if (facet_shallow_fits(conv)) return FACET_WAY_SHALLOW_WINOGRAD;
    if (regions(conv) == 1)
        return facet_winograd_fits(conv) ? FACET_WAY_WINOGRAD : FACET_WAY_PRODUCTS;
    return facet_winograd_fits(conv) && conv->region_h == 2 && conv->region_w == 2
               ? FACET_WAY_REGION_WINOGRAD
               : FACET_WAY_REGION_PRODUCTS;
}

const char *facet_convolve_way_name(enum facet_way way)
{
    static const char *const names[] = {"products", "Winograd 4x4", "Winograd 2x2",
                                        "products by region", "Winograd 2x2 by region"};
    return names[way];
}

double facet_convolve_multiplications(const struct facet_convolution *c)
{
    const double pairs = (double)(c->conv.in_c * c->conv.out_c);
    switch (c->way) {
    case FACET_WAY_WINOGRAD:
        return FACET_WINOGRAD_PLACES * pairs * (double)facet_winograd_tiles(&c->conv);
    case FACET_WAY_SHALLOW_WINOGRAD:
        return FACET_SHALLOW_PLACES * pairs * (double)(c->conv.out_h * c->conv.out_w) / 4;
    case FACET_WAY_REGION_WINOGRAD:
        return FACET_REGION_PLACES * pairs * (double)regions(&c->conv);
    default:
        return facet_conv_macs(&c->conv);
    }
}

/* ---- weights ---- */

/* Packed floats of a region. */
static size_t region_weights(const struct facet_convolution *c)
{
    switch (c->way) {
    case FACET_WAY_WINOGRAD:
        return FACET_WINOGRAD_PLACES * c->conv.in_c * c->conv.out_c;
    case FACET_WAY_SHALLOW_WINOGRAD:
        return FACET_SHALLOW_PLACES * c->conv.in_c * c->conv.out_c;
    default:
        return facet_conv_weights(&c->conv);
    }
}

/* Room behind the packed weights for those before their transform. */
static size_t pack_room(const struct facet_convolution *c)
{
    return c->way == FACET_WAY_WINOGRAD ? facet_conv_weights(&c->conv) : 0;
}

size_t facet_convolve_weights(const struct facet_convolution *c)
{
    return regions(&c->conv) * region_weights(c) + pack_room(c);
}

/* (out_c, in_c, taps) to (taps, in_c, out_c) */
static void turn(const struct facet_conv *conv, const float *weight, float *to)
{
    const size_t taps = facet_conv_taps(conv);
    for (size_t t = 0; t < taps; t++)
        for (size_t i = 0; i < conv->in_c; i++)
            for (size_t o = 0; o < conv->out_c; o++)
                *to++ = weight[(o * conv->in_c + i) * taps + t];
}

/* (out_c, in_c, taps) to (out_c / 16, in_c, taps, 16) */
static void turn_panels(const struct facet_conv *conv, const float *weight, float *to)
{
    const size_t in_c = conv->in_c, taps = facet_conv_taps(conv);
    for (size_t first = 0; first < conv->out_c; first += FACET_REGION_PANEL)
        for (size_t i = 0; i < in_c * taps; i++)
            for (size_t o = first; o < first + FACET_REGION_PANEL; o++)
                *to++ = weight[o * in_c * taps + i];
}

/* (out_c, in_c, 4, 4) to (out_c / 16, 5, 5, in_c, 16), G g G' by columns, rounded once. */
static void transform_shallow(const struct facet_conv *conv, const float *weight, float *to)
{
    static const double g[5][4] = {{1 / 2., 0, 0, 0},
                                   {-1 / 2., -1 / 2., -1 / 2., -1 / 2.},
                                   {-1 / 6., 1 / 6., -1 / 6., 1 / 6.},
                                   {1 / 6., 1 / 3., 2 / 3., 4 / 3.},
                                   {0, 0, 0, 1}};
    const size_t panel = FACET_SHALLOW_PANEL;
    for (size_t first = 0; first < conv->out_c; first += panel)
        for (size_t place = 0; place < FACET_SHALLOW_PLACES; place++)
            for (size_t i = 0; i < conv->in_c * panel; i++) {
                const float *w = weight + ((first + i % panel) * conv->in_c + i / panel) * 16;
                double sum = 0;
                for (size_t k = 0; k < 16; k++)
                    sum += g[place % 5][k / 4] * (double)w[k] * g[place / 5][k % 4];
                *to++ = (float)sum;
            }
}

void facet_convolve_pack(const struct facet_kernels *k, const struct facet_convolution *c,
                         const float *weight, float *packed)
{
    const struct facet_conv *conv = &c->conv;
    if (c->way == FACET_WAY_WINOGRAD) {
        float *turned = packed + region_weights(c);
        turn(conv, weight, turned);
        k->winograd_weight(conv, turned, packed, NULL);
        return;
    }
    if (c->way == FACET_WAY_SHALLOW_WINOGRAD) {
        transform_shallow(conv, weight, packed);
        return;
    }
    for (size_t r = 0; r < regions(conv); r++) {
        if (c->way == FACET_WAY_REGION_WINOGRAD)
            turn_panels(conv, weight, packed);
        else
            turn(conv, weight, packed);
        weight += facet_conv_weights(conv);
        packed += facet_conv_weights(conv);
    }
}

/* ---- shared weights ---- */

void facet_convolve_finish(const struct facet_kernels *k, const struct facet_convolution *c,
                           size_t y, size_t rows, const float *strip, float *out, uint8_t *index)
{
    const size_t width = c->conv.out_w, depth = c->conv.out_c;
    if (!c->pool) {
        const struct facet_finish how = {.bias = c->bias,
                                         .activation = c->relu ? FACET_RELU : FACET_LINEAR};
        k->finish(rows * width, depth, strip, &how, out + y * width * depth);
        return;
    }
    for (size_t r = 0; r + 1 < rows; r += 2) {
        const size_t at = (y + r) / 2 * (width / 2) * depth;
        k->relu_pool(width, depth, strip + r * width * depth, c->bias, out + at,
                     index != NULL ? index + at : NULL);
    }
}

/* Values that one image becomes. */
static size_t outputs(const struct facet_convolution *c)
{
    return c->pool ? (c->conv.out_h / 2) * (c->conv.out_w / 2) * c->conv.out_c
                   : facet_conv_outputs(&c->conv);
}

void facet_convolve_winograd(const struct facet_kernels *k, const struct facet_convolution *c,
                             size_t images, const float *input, float *v, size_t place, float *out,
                             uint8_t *index, float *scratch)
{
    const struct facet_conv *conv = &c->conv;
    const size_t count = facet_winograd_tiles(conv), in_c = conv->in_c, out_c = conv->out_c;
    const size_t out_place = facet_winograd_place(images * count * out_c);
    float *strip = scratch, *m = strip + facet_convolve_strip(conv);
    struct facet_product p = {.rows = images * count,
                              .segments = 1,
                              .inner = in_c,
                              .a_row = in_c,
                              .a_inner = 1,
                              .c_row = out_c};
    for (size_t n = 0; n < images; n++)
        k->winograd_input(conv, input + n * facet_conv_inputs(conv), v + n * count * in_c, place);
    for (size_t i = 0; i < FACET_WINOGRAD_PLACES; i++)
        for (size_t o = 0; o < out_c; o += FACET_WINOGRAD_PANEL) {
            p.columns = p.b_row = facet_winograd_panel(conv, o);
            k->product(&p, v + i * place, c->weight + (i * out_c + o) * in_c,
                       m + i * out_place + o);
        }
    for (size_t n = 0; n < images; n++)
        for (size_t ty = 0; ty < facet_winograd_tiles_y(conv); ty++) {
            if (c->pool && index == NULL) {
                k->winograd_relu_pool(conv, m + n * count * out_c, out_place, ty, c->bias,
                                      out + n * outputs(c) + 2 * ty * (conv->out_w / 2) * out_c);
                continue;
            }
            k->winograd_output(conv, m + n * count * out_c, out_place, ty, strip);
            facet_convolve_finish(k, c, 4 * ty, least(4, conv->out_h - 4 * ty), strip,
                                  out + n * outputs(c),
                                  index != NULL ? index + n * outputs(c) : NULL);
        }
}

void facet_convolve_products(const struct facet_kernels *k, const struct facet_convolution *c,
                             const float *input, float *out, uint8_t *index, float *scratch)
{
    const struct facet_conv *conv = &c->conv;
    const size_t line = conv->in_w * conv->in_c;
    const struct facet_product p = {.rows = conv->out_w,
                                    .columns = conv->out_c,
                                    .segments = conv->kernel_h,
                                    .inner = conv->kernel_w * conv->in_c,
                                    .a_row = conv->in_c,
                                    .a_segment = line,
                                    .a_inner = 1,
                                    .b_segment = conv->kernel_w * conv->in_c * conv->out_c,
                                    .b_row = conv->out_c,
                                    .c_row = conv->out_c};
    if (c->pool && index == NULL) {
        for (size_t y = 0; y < conv->out_h / 2; y++)
            k->conv_relu_pool(conv, y, input, c->weight, c->bias,
                              out + y * (conv->out_w / 2) * conv->out_c);
        return;
    }
    for (size_t y = 0; y < conv->out_h; y += 2) {
        const size_t rows = least(2, conv->out_h - y);
        for (size_t r = 0; r < rows; r++)
            k->product(&p, input + (y + r) * line, c->weight,
                       scratch + r * conv->out_w * conv->out_c);
        facet_convolve_finish(k, c, y, rows, scratch, out, index);
    }
}

/* One image, tile row by tile row; scratch: v and a strip of two rows. */
static void shallow_winograd(const struct facet_kernels *k, const struct facet_convolution *c,
                             const float *input, float *out, float *scratch)
{
    const struct facet_conv *conv = &c->conv;
    const size_t row = conv->out_w * conv->out_c;
    float *v = scratch, *strip = v + facet_shallow_scratch(conv);
    for (size_t ty = 0; ty < conv->out_h / 2; ty++) {
        k->shallow_input(conv, ty, input, v);
        if (c->pool) {
            k->shallow_relu_pool(conv, v, c->weight, c->bias, out + ty * row / 2);
            continue;
        }
        k->shallow_output(conv, v, c->weight, strip);
        facet_convolve_finish(k, c, 2 * ty, 2, strip, out, NULL);
    }
}

/* ---- weights of its own in each region ---- */

struct facet_area facet_conv_area(const struct facet_conv *conv, size_t region)
{
    struct facet_area a = {.y0 = region / conv->regions_x * conv->region_h,
                           .x0 = region % conv->regions_x * conv->region_w};
    a.y1 = least(a.y0 + conv->region_h, conv->out_h);
    a.x1 = least(a.x0 + conv->region_w, conv->out_w);
    return a;
}

void facet_convolve_region(const struct facet_kernels *k, const struct facet_convolution *c,
                           size_t region, size_t images, const float *input, float *out)
{
    const struct facet_conv *conv = &c->conv;
    const struct facet_area a = facet_conv_area(conv, region);
    const size_t in_c = conv->in_c, out_c = conv->out_c, values = facet_conv_outputs(conv);
    const float *bias = c->bias + region * out_c;
    const struct facet_product p = {.rows = images,
                                    .columns = out_c,
                                    .segments = conv->kernel_h,
                                    .inner = conv->kernel_w * in_c,
                                    .a_row = facet_conv_inputs(conv),
                                    .a_segment = conv->in_w * in_c,
                                    .a_inner = 1,
                                    .b_segment = conv->kernel_w * in_c * out_c,
                                    .b_row = out_c,
                                    .c_row = values,
                                    .add = 1};
    for (size_t y = a.y0; y < a.y1; y++)
        for (size_t x = a.x0; x < a.x1; x++) {
            float *at = out + (y * conv->out_w + x) * out_c;
            for (size_t n = 0; n < images; n++) memcpy(at + n * values, bias, out_c * sizeof *at);
            k->product(&p, input + (y * conv->in_w + x) * in_c,
                       c->weight + region * facet_conv_weights(conv), at);
        }
}

static void region_winograd(const struct facet_kernels *k, const struct facet_convolution *c,
                            size_t region, size_t images, const float *input, float *out,
                            float *scratch)
{
    const struct facet_conv *conv = &c->conv;
    const struct facet_area a = facet_conv_area(conv, region);
    const size_t in_c = conv->in_c, out_c = conv->out_c;
    const size_t place = facet_winograd_place(images * in_c);
    const size_t out_place = facet_winograd_place(images * out_c);
    float *v = scratch, *m = v + FACET_REGION_PLACES * place;
    float *u = m + FACET_REGION_PLACES * out_place;
    for (size_t n = 0; n < images; n++)
        k->region_input(conv, a.y0, a.x0, input + n * facet_conv_inputs(conv), v + n * in_c, place);
    k->region_product(conv, images, c->weight + region * region_weights(c), v, place, u, m,
                      out_place);
    for (size_t n = 0; n < images; n++)
        k->region_output(conv, a.y0, a.x0, m + n * out_c, out_place, c->bias + region * out_c,
                         out + n * facet_conv_outputs(conv));
}

/* ---- all of them ---- */

size_t facet_convolve_scratch(const struct facet_convolution *c, size_t images)
{
    const struct facet_conv *conv = &c->conv;
    switch (c->way) {
    case FACET_WAY_WINOGRAD: {
        const size_t rows = facet_winograd_tiles(conv);
        return facet_convolve_strip(conv) +
               FACET_WINOGRAD_PLACES * (facet_winograd_place(rows * conv->in_c) +
                                        facet_winograd_place(rows * conv->out_c));
    }
    case FACET_WAY_SHALLOW_WINOGRAD:
        return facet_shallow_scratch(conv) + facet_convolve_strip(conv);
    case FACET_WAY_REGION_WINOGRAD:
        return FACET_REGION_PLACES * (facet_winograd_place(images * conv->in_c) +
                                      facet_winograd_place(images * conv->out_c)) +
               facet_region_scratch(conv);
    default:
        return facet_convolve_strip(conv);
    }
}

void facet_convolve(const struct facet_kernels *k, const struct facet_convolution *c, size_t images,
                    const float *input, float *out, float *scratch)
{
    const struct facet_conv *conv = &c->conv;
    const size_t in = facet_conv_inputs(conv), values = outputs(c);
    switch (c->way) {
    case FACET_WAY_PRODUCTS:
        for (size_t n = 0; n < images; n++)
            facet_convolve_products(k, c, input + n * in, out + n * values, NULL, scratch);
        return;
    case FACET_WAY_WINOGRAD:
        for (size_t n = 0; n < images; n++) {
            const size_t place = facet_winograd_place(facet_winograd_tiles(conv) * conv->in_c);
            facet_convolve_winograd(k, c, 1, input + n * in, scratch, place, out + n * values, NULL,
                                    scratch + FACET_WINOGRAD_PLACES * place);
        }
        return;
    case FACET_WAY_SHALLOW_WINOGRAD:
        for (size_t n = 0; n < images; n++)
            shallow_winograd(k, c, input + n * in, out + n * values, scratch);
        return;
    default:
        for (size_t r = 0; r < regions(conv); r++)
            if (c->way == FACET_WAY_REGION_WINOGRAD)
                region_winograd(k, c, r, images, input, out, scratch);
            else
                facet_convolve_region(k, c, r, images, input, out);
        if (c->relu) k->relu(images * values, out);
        return;
    }
}
