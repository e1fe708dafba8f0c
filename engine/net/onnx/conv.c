#include "net/onnx/conv.h"

#include "kernels/convolve.h"
#include "net/onnx/products.h"
#include "net/onnx/windows.h"

#include <string.h>

enum way { DEPTHWISE, WINOGRAD, POINTS, GATHERED };

/* Images that go through Winograd together: their tiles are the rows of its products, whose weights
 * are large where maps are small. */
enum { TILES = 96, MOST_IMAGES = 32 };

struct conv {
    enum way way;
    struct facet_window window; /* its channels: all of the input */
    size_t n, groups, in_c, out_c;
    size_t inner; /* products that an output sums, and what a row of a product holds */
    struct facet_convolution winograd;
};

/* ---- inferring ---- */

static size_t pixels(const size_t size[FACET_WINDOW_AXES])
{
    return facet_window_volume(size);
}

static int all_ones(const size_t *sizes)
{
    return sizes[0] == 1 && sizes[1] == 1 && sizes[2] == 1;
}

static enum way choose_way(const struct conv *c)
{
    const struct facet_window *w = &c->window;
    if (c->groups == c->in_c && c->groups == c->out_c && c->groups > 1) return DEPTHWISE;
    if (c->groups > 1) return GATHERED;
    if (w->kernel[0] == 1 && w->in[0] == w->out[0] && w->kernel[1] == 3 && w->kernel[2] == 3 &&
        w->before[0] == 0 && all_ones(w->stride) && all_ones(w->dilation) && w->before[1] < 3 &&
        w->before[2] < 3 && c->in_c % 16 == 0 && c->out_c % 16 == 0)
        return WINOGRAD;
    if (all_ones(w->kernel) && all_ones(w->stride) && memcmp(w->in, w->out, sizeof w->in) == 0 &&
        pixels(w->before) == 0)
        return POINTS;
    return GATHERED;
}

static struct facet_convolution winograd(const struct conv *c)
{
    const struct facet_window *w = &c->window;
    const struct facet_conv conv = {.in_c = c->in_c,
                                    .in_h = w->in[1],
                                    .in_w = w->in[2],
                                    .out_c = c->out_c,
                                    .kernel_h = 3,
                                    .kernel_w = 3,
                                    .regions_y = 1,
                                    .regions_x = 1};
    return (struct facet_convolution){
        .conv = facet_conv_padded(conv, w->before[1], w->before[2], w->out[1], w->out[2]),
        .way = FACET_WAY_WINOGRAD};
}

static int check_weight(const struct facet_onnx_graph *graph, const struct facet_onnx_node *node,
                        const struct facet_onnx_shape *x, const struct facet_onnx_shape *w,
                        int64_t groups)
{
    char text[2][FACET_ONNX_SHAPE_TEXT];
    if (x->rank < 3 || x->rank > 2 + FACET_WINDOW_AXES || w->rank != x->rank)
        return facet_onnx_fail(graph, node, "input %s and weight %s: expected 3 to 5 dimensions",
                               facet_onnx_shape_text(x, text[0]),
                               facet_onnx_shape_text(w, text[1]));
    if (groups < 1 || (uint64_t)groups > w->dims[0] || w->dims[0] % (size_t)groups != 0 ||
        w->dims[1] < 1 || w->dims[1] * (size_t)groups != x->dims[1])
        return facet_onnx_fail(graph, node, "input %s and weight %s don't fit in %lld groups",
                               facet_onnx_shape_text(x, text[0]), facet_onnx_shape_text(w, text[1]),
                               (long long)groups);
    return FACET_OK;
}

int facet_onnx_infer_conv(struct facet_onnx_graph *graph, struct facet_onnx_node *node)
{
    struct conv *c = facet_onnx_settings(node, sizeof *c);
    const struct facet_onnx_tensor *x = facet_onnx_input(graph, node, 0);
    const struct facet_onnx_tensor *w = facet_onnx_input(graph, node, 1);
    struct facet_onnx_window window;
    struct facet_onnx_shape kernel = {0}, out;
    const float *values;
    int64_t groups;
    if (c == NULL) return FACET_ENOMEM;
    int code = facet_onnx_int(graph, node, "group", 1, &groups);
    if (code == FACET_OK) code = check_weight(graph, node, &x->shape, &w->shape, groups);
    if (code == FACET_OK) code = facet_onnx_input_reals(graph, node, 1, 0, &values);
    if (code == FACET_OK) code = facet_onnx_input_reals(graph, node, 2, w->shape.dims[0], &values);
    if (code < 0) return code;
    kernel.rank = w->shape.rank - 2;
    memcpy(kernel.dims, w->shape.dims + 2, (size_t)kernel.rank * sizeof *kernel.dims);
    code = facet_onnx_window(graph, node, &kernel, &window, &out);
    if (code < 0) return code;
    for (int i = 0; i < kernel.rank; i++)
        if (window.at.kernel[FACET_WINDOW_AXES - kernel.rank + i] != kernel.dims[i])
            return facet_onnx_fail(graph, node, "kernel_shape is not that of the weight");
    *c = (struct conv){.window = window.at,
                       .n = x->shape.dims[0],
                       .groups = (size_t)groups,
                       .in_c = x->shape.dims[1],
                       .out_c = w->shape.dims[0]};
    c->inner = pixels(c->window.kernel) * w->shape.dims[1];
    c->way = choose_way(c);
    if (c->way == WINOGRAD) c->winograd = winograd(c);
    out.dims[1] = c->out_c;
    node->macs = (double)c->n * (double)c->out_c * (double)pixels(c->window.out) * (double)c->inner;
    return facet_onnx_set(graph, node, 0, FACET_ONNX_FLOAT, &out);
}

/* ---- weights ---- */

static size_t channels(const struct facet_onnx_node *node)
{
    return ((const struct conv *)node->settings)->out_c;
}

static int bias(const struct facet_onnx_graph *graph, const struct facet_onnx_node *node,
                const float **values)
{
    const struct facet_onnx_tensor *b = facet_onnx_input(graph, node, 2);
    *values = b != NULL ? b->values : NULL;
    return 1;
}

/* Winograd's weights are scaled in a copy behind the packed ones. */
static size_t packed_floats(const struct facet_onnx_graph *graph,
                            const struct facet_onnx_node *node)
{
    const struct conv *c = node->settings;
    (void)graph;
    switch (c->way) {
    case DEPTHWISE:
        return c->inner * c->out_c;
    case WINOGRAD:
        return facet_convolve_weights(&c->winograd) + c->inner * c->out_c;
    default:
        return c->groups * facet_onnx_products_packed(c->inner, c->out_c / c->groups);
    }
}

/* (out_c, taps) to (taps, out_c) */
static void pack_depthwise(const struct conv *c, const float *weight, const double *scale,
                           float *packed)
{
    for (size_t t = 0; t < c->inner; t++)
        for (size_t o = 0; o < c->out_c; o++) {
            const float value = weight[o * c->inner + t];
            *packed++ = scale != NULL ? (float)((double)value * scale[o]) : value;
        }
}

static void pack_winograd(const struct conv *c, const struct facet_kernels *kernels,
                          const float *weight, const double *scale, float *packed)
{
    float *scaled = packed + facet_convolve_weights(&c->winograd);
    for (size_t i = 0; i < c->inner * c->out_c; i++)
        scaled[i] = scale != NULL ? (float)((double)weight[i] * scale[i / c->inner]) : weight[i];
    facet_convolve_pack(kernels, &c->winograd, scaled, packed);
}

/* A group's weight (columns, in_c, taps) as rows (taps, in_c), which is how windows are gathered.
 */
static void pack_groups(const struct conv *c, const float *weight, const double *scale,
                        float *packed)
{
    const size_t taps = pixels(c->window.kernel), columns = c->out_c / c->groups;
    const struct facet_onnx_weight shape = {.taps = taps,
                                            .channels = c->inner / taps,
                                            .columns = columns,
                                            .t_step = 1,
                                            .c_step = taps,
                                            .j_step = c->inner};
    for (size_t g = 0; g < c->groups; g++) {
        facet_onnx_products_pack(&shape, weight + g * columns * c->inner,
                                 scale != NULL ? scale + g * columns : NULL, packed);
        packed += facet_onnx_products_packed(c->inner, columns);
    }
}

static void pack(const struct facet_onnx_graph *graph, const struct facet_onnx_node *node,
                 const struct facet_kernels *kernels, const double *scale, float *packed)
{
    const struct conv *c = node->settings;
    const float *weight = facet_onnx_input(graph, node, 1)->values;
    if (c->way == DEPTHWISE)
        pack_depthwise(c, weight, scale, packed);
    else if (c->way == WINOGRAD)
        pack_winograd(c, kernels, weight, scale, packed);
    else
        pack_groups(c, weight, scale, packed);
}

static const char *way_name(const struct facet_onnx_node *node)
{
    static const char *const names[] = {"depthwise", "Winograd 4x4", "products 1x1", "products"};
    return names[((const struct conv *)node->settings)->way];
}

static double multiplications(const struct facet_onnx_node *node)
{
    const struct conv *c = node->settings;
    return c->way == WINOGRAD
               ? (double)(c->n * c->window.out[0]) * facet_convolve_multiplications(&c->winograd)
               : node->macs;
}

const struct facet_onnx_packing facet_onnx_packing_conv = {
    .channels = channels,
    .bias = bias,
    .packed = packed_floats,
    .pack = pack,
    .way = way_name,
    .multiplications = multiplications,
};

/* ---- running ---- */

static size_t together(const struct conv *c, size_t images)
{
    const size_t tiles = facet_winograd_tiles(&c->winograd.conv);
    const size_t some = (TILES + tiles - 1) / tiles;
    return images < some ? images : some < MOST_IMAGES ? some : MOST_IMAGES;
}

static size_t winograd_place(const struct conv *c, size_t some)
{
    return facet_winograd_place(some * facet_winograd_tiles(&c->winograd.conv) * c->in_c);
}

size_t facet_onnx_scratch_conv(const struct facet_onnx_graph *graph,
                               const struct facet_onnx_node *node, size_t images)
{
    const struct conv *c = node->settings;
    (void)graph;
    if (c->way == GATHERED) return facet_onnx_products_block(c->inner) * c->inner;
    if (c->way != WINOGRAD) return 0;
    const size_t some = together(c, images * c->n * c->window.out[0]);
    const size_t tiles = some * facet_winograd_tiles(&c->winograd.conv);
    return c->out_c + facet_convolve_strip(&c->winograd.conv) +
           FACET_WINOGRAD_PLACES *
               (winograd_place(c, some) + facet_winograd_place(tiles * c->out_c));
}

/* What follows, for the values from `at` on. */
static void finish(const struct facet_onnx_task *task, size_t count, size_t at, size_t c,
                   float *out)
{
    struct facet_finish how = *task->finish;
    if (how.add != NULL) how.add += at;
    task->kernels->finish(count, c, out + at, &how, out + at);
}

static void run_depthwise(const struct facet_onnx_task *task, const struct conv *c)
{
    const size_t rows = c->window.out[0] * c->window.out[1], line = c->window.out[2] * c->out_c;
    float *out = task->out[0];
    for (size_t n = 0; n < task->images * c->n; n++) {
        const float *input = (const float *)task->in[0] + n * pixels(c->window.in) * c->in_c;
        for (size_t row = 0; row < rows; row++) {
            const size_t at = (n * rows + row) * line;
            task->kernels->depthwise(&c->window, row, input, task->packed, out + at);
            finish(task, c->window.out[2], at, c->out_c, out);
        }
    }
}

static void run_winograd(const struct facet_onnx_task *task, const struct conv *c)
{
    const size_t in = c->window.in[1] * c->window.in[2] * c->in_c;
    const size_t values = c->window.out[1] * c->window.out[2] * c->out_c;
    const size_t all = task->images * c->n * c->window.out[0], some = together(c, all);
    struct facet_convolution winograd = c->winograd;
    float *v = task->scratch, *zeros = v + FACET_WINOGRAD_PLACES * winograd_place(c, some);
    memset(zeros, 0, c->out_c * sizeof *zeros);
    winograd.weight = task->packed;
    winograd.bias = zeros;
    for (size_t n = 0; n < all; n += some) {
        const size_t now = all - n < some ? all - n : some;
        float *out = (float *)task->out[0] + n * values;
        facet_convolve_winograd(task->kernels, &winograd, now, (const float *)task->in[0] + n * in,
                                v, winograd_place(c, now), out, NULL, zeros + c->out_c);
        finish(task, now * values / c->out_c, n * values, c->out_c, task->out[0]);
    }
}

/* The channels of a group that output pixel `pixel` sees, tap after tap, zeros where it sees
 * padding. */
static void gather_window(const struct conv *c, const float *input, size_t pixel, size_t channel,
                          float *row)
{
    const struct facet_window *w = &c->window;
    const size_t in_c = c->inner / pixels(w->kernel);
    const size_t z = pixel / w->out[2] / w->out[1], y = pixel / w->out[2] % w->out[1],
                 x = pixel % w->out[2];
    for (size_t kz = 0; kz < w->kernel[0]; kz++)
        for (size_t ky = 0; ky < w->kernel[1]; ky++) {
            const size_t at_z = facet_window_place(w, 0, z, kz);
            const size_t at_y = facet_window_place(w, 1, y, ky);
            const int inside = at_z < w->in[0] && at_y < w->in[1];
            for (size_t kx = 0; kx < w->kernel[2]; kx++, row += in_c) {
                const size_t at_x = facet_window_place(w, 2, x, kx);
                if (inside && at_x < w->in[2])
                    memcpy(row,
                           input + ((at_z * w->in[1] + at_y) * w->in[2] + at_x) * c->in_c + channel,
                           in_c * sizeof *row);
                else
                    memset(row, 0, in_c * sizeof *row);
            }
        }
}

/* Rows of a block: pixels of the output, of all images one after the other. */
static void run_rows(const struct facet_onnx_task *task, const struct conv *c)
{
    const size_t per_image = pixels(c->window.out), rows = task->images * c->n * per_image;
    const size_t block = facet_onnx_products_block(c->inner), columns = c->out_c / c->groups;
    const size_t image = pixels(c->window.in) * c->in_c;
    const struct facet_onnx_products p = {.inner = c->inner,
                                          .columns = columns,
                                          .a_row = c->inner,
                                          .a_inner = 1,
                                          .out_row = c->out_c};
    float *out = task->out[0];
    const float *in = task->in[0];
    for (size_t at = 0; at < rows; at += block) {
        const size_t now = rows - at < block ? rows - at : block;
        for (size_t g = 0; g < c->groups; g++) {
            const float *a = c->way == POINTS ? in + at * c->in_c : task->scratch;
            for (size_t r = 0; c->way == GATHERED && r < now; r++)
                gather_window(c, in + (at + r) / per_image * image, (at + r) % per_image,
                              g * (c->in_c / c->groups), task->scratch + r * c->inner);
            facet_onnx_products(task->kernels, &p, now, a,
                                task->packed + g * facet_onnx_products_packed(c->inner, columns),
                                out + at * c->out_c + g * columns);
        }
        finish(task, now, at * c->out_c, c->out_c, out);
    }
}

void facet_onnx_run_conv(const struct facet_onnx_task *task)
{
    const struct conv *c = task->node->settings;
    if (c->way == DEPTHWISE)
        run_depthwise(task, c);
    else if (c->way == WINOGRAD)
        run_winograd(task, c);
    else
        run_rows(task, c);
}
