#include "net/onnx/pool.h"

#include "net/onnx/windows.h"

#include <math.h>
#include <string.h>

struct pool {
    struct facet_onnx_window window;
    size_t n;
    int count_padding; /* padding counts as zeros in an average */
};

/* ---- inferring ---- */

static int infer_window(struct facet_onnx_graph *graph, struct facet_onnx_node *node,
                        struct pool *p)
{
    const struct facet_onnx_tensor *x = facet_onnx_input(graph, node, 0);
    struct facet_onnx_shape out;
    int code = facet_onnx_window(graph, node, NULL, &p->window, &out);
    if (code < 0) return code;
    const struct facet_window *w = &p->window.at;
    for (int i = 0; i < FACET_WINDOW_AXES; i++) {
        const size_t reach = (w->kernel[i] - 1) * w->dilation[i] + 1;
        if (w->before[i] >= reach || p->window.after[i] >= reach)
            return facet_onnx_fail(graph, node, "a window of %zu would see nothing but padding",
                                   reach);
    }
    p->n = x->shape.dims[0];
    node->macs = (double)facet_onnx_shape_count(&out) * (double)facet_window_volume(w->kernel);
    return facet_onnx_set(graph, node, 0, x->type, &out);
}

int facet_onnx_infer_max_pool(struct facet_onnx_graph *graph, struct facet_onnx_node *node)
{
    struct pool *p = facet_onnx_settings(node, sizeof *p);
    if (p == NULL) return FACET_ENOMEM;
    if (facet_onnx_output(graph, node, 1) != NULL)
        return facet_onnx_fail(graph, node, "its output Indices is unsupported");
    return infer_window(graph, node, p);
}

int facet_onnx_infer_average_pool(struct facet_onnx_graph *graph, struct facet_onnx_node *node)
{
    struct pool *p = facet_onnx_settings(node, sizeof *p);
    int64_t count;
    if (p == NULL) return FACET_ENOMEM;
    int code = facet_onnx_int(graph, node, "count_include_pad", 0, &count);
    p->count_padding = count != 0;
    return code == FACET_OK ? infer_window(graph, node, p) : code;
}

int facet_onnx_infer_global_pool(struct facet_onnx_graph *graph, struct facet_onnx_node *node)
{
    struct pool *p = facet_onnx_settings(node, sizeof *p);
    const struct facet_onnx_tensor *x = facet_onnx_input(graph, node, 0);
    if (p == NULL) return FACET_ENOMEM;
    if (x->shape.rank < 3)
        return facet_onnx_fail(graph, node, "its input has %d dimensions, expected 3 or more",
                               x->shape.rank);
    struct facet_onnx_shape out = x->shape;
    struct facet_window *w = &p->window.at;
    const size_t all = facet_onnx_shape_span(&x->shape, 2, x->shape.rank);
    if (all == 0) return facet_onnx_fail(graph, node, "its input has no values");
    /* All axes are one here: they lie one after the other. */
    *w = (struct facet_window){.channels = x->shape.dims[1],
                               .in = {1, 1, all},
                               .out = {1, 1, 1},
                               .kernel = {1, 1, all},
                               .stride = {1, 1, 1},
                               .dilation = {1, 1, 1}};
    p->n = x->shape.dims[0];
    for (int i = 2; i < out.rank; i++) out.dims[i] = 1;
    node->macs = (double)facet_onnx_shape_count(&x->shape);
    return facet_onnx_set(graph, node, 0, x->type, &out);
}

/* ---- running ---- */

/* The sums of a window, in double. */
size_t facet_onnx_scratch_pool(const struct facet_onnx_graph *graph,
                               const struct facet_onnx_node *node, size_t images)
{
    const struct pool *p = node->settings;
    (void)graph, (void)images;
    return 2 * p->window.at.channels;
}

/* What happens to the channels of a window's values: begin once, take each, end once. */
struct pooling {
    size_t channels;
    float *out;
    double *sums;
};

typedef void taker(const struct pooling *p, const float *values);

static void take_larger(const struct pooling *p, const float *values)
{
    for (size_t c = 0; c < p->channels; c++)
        p->out[c] = values[c] > p->out[c] || values[c] != values[c] ? values[c] : p->out[c];
}

static void take_sum(const struct pooling *p, const float *values)
{
    for (size_t c = 0; c < p->channels; c++) p->sums[c] += (double)values[c];
}

/* Gives the values of output pixel `pixel`'s window to `take`; returns how many there are. */
static size_t go_through(const struct facet_window *w, const float *input, size_t pixel,
                         taker *take, const struct pooling *to)
{
    const size_t z = pixel / w->out[2] / w->out[1], y = pixel / w->out[2] % w->out[1],
                 x = pixel % w->out[2];
    size_t taken = 0;
    for (size_t kz = 0; kz < w->kernel[0]; kz++) {
        const size_t at_z = facet_window_place(w, 0, z, kz);
        for (size_t ky = 0; at_z < w->in[0] && ky < w->kernel[1]; ky++) {
            const size_t at_y = facet_window_place(w, 1, y, ky);
            for (size_t kx = 0; at_y < w->in[1] && kx < w->kernel[2]; kx++) {
                const size_t at_x = facet_window_place(w, 2, x, kx);
                if (at_x >= w->in[2]) continue;
                take(to, input + ((at_z * w->in[1] + at_y) * w->in[2] + at_x) * w->channels);
                taken++;
            }
        }
    }
    return taken;
}

/* Taps of output pixel `pixel` that lie in the input or its padding. */
static size_t with_padding(const struct facet_onnx_window *window, size_t pixel)
{
    const struct facet_window *w = &window->at;
    const size_t at[] = {pixel / w->out[2] / w->out[1], pixel / w->out[2] % w->out[1],
                         pixel % w->out[2]};
    size_t count = 1;
    for (int i = 0; i < FACET_WINDOW_AXES; i++) {
        size_t taps = 0;
        for (size_t k = 0; k < w->kernel[i]; k++)
            taps += at[i] * w->stride[i] + k * w->dilation[i] <
                    w->before[i] + w->in[i] + window->after[i];
        count *= taps;
    }
    return count;
}

void facet_onnx_run_max_pool(const struct facet_onnx_task *task)
{
    const struct pool *p = task->node->settings;
    const struct facet_window *w = &p->window.at;
    struct pooling to = {.channels = w->channels, .out = task->out[0]};
    const size_t pixels = facet_window_volume(w->out);
    for (size_t n = 0; n < task->images * p->n; n++) {
        const float *input =
            (const float *)task->in[0] + n * facet_window_volume(w->in) * w->channels;
        for (size_t pixel = 0; pixel < pixels; pixel++, to.out += w->channels) {
            for (size_t c = 0; c < w->channels; c++) to.out[c] = -INFINITY;
            go_through(w, input, pixel, take_larger, &to);
        }
    }
}

void facet_onnx_run_average_pool(const struct facet_onnx_task *task)
{
    const struct pool *p = task->node->settings;
    const struct facet_window *w = &p->window.at;
    struct pooling to = {
        .channels = w->channels, .out = task->out[0], .sums = (double *)(void *)task->scratch};
    const size_t pixels = facet_window_volume(w->out);
    for (size_t n = 0; n < task->images * p->n; n++) {
        const float *input =
            (const float *)task->in[0] + n * facet_window_volume(w->in) * w->channels;
        for (size_t pixel = 0; pixel < pixels; pixel++, to.out += w->channels) {
            memset(to.sums, 0, w->channels * sizeof *to.sums);
            const size_t taken = go_through(w, input, pixel, take_sum, &to);
            const size_t count = p->count_padding ? with_padding(&p->window, pixel) : taken;
            for (size_t c = 0; c < w->channels; c++)
                to.out[c] = (float)(to.sums[c] / (double)count);
        }
    }
}
