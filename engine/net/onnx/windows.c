#include "net/onnx/windows.h"

#include <string.h>

/* More than any network has, and little enough that sums and products of them fit. */
enum { MOST = 1 << 20, AUTO_NOT = 0, AUTO_VALID, AUTO_UPPER, AUTO_LOWER };

/* A list attribute of `axes` values of at least `least` into the last axes of `out`. */
static int read_sizes(const struct facet_onnx_graph *graph, const struct facet_onnx_node *node,
                      const char *name, int axes, int64_t least, size_t out[FACET_WINDOW_AXES])
{
    struct facet_onnx_list list;
    int code = facet_onnx_ints(graph, node, name, &list);
    if (code < 0 || list.values == NULL) return code;
    if (list.count != (size_t)axes)
        return facet_onnx_fail(graph, node, "%s has %zu values, expected %d", name, list.count,
                               axes);
    for (int i = 0; i < axes; i++) {
        if (list.values[i] < least || list.values[i] > MOST)
            return facet_onnx_fail(graph, node, "%s: %lld is outside %lld to %d", name,
                                   (long long)list.values[i], (long long)least, MOST);
        out[FACET_WINDOW_AXES - axes + i] = (size_t)list.values[i];
    }
    return FACET_OK;
}

static int read_pads(const struct facet_onnx_graph *graph, const struct facet_onnx_node *node,
                     int axes, struct facet_onnx_window *w)
{
    struct facet_onnx_list list;
    int code = facet_onnx_ints(graph, node, "pads", &list);
    if (code < 0 || list.values == NULL) return code;
    if (list.count != 2 * (size_t)axes)
        return facet_onnx_fail(graph, node, "pads has %zu values, expected %d", list.count,
                               2 * axes);
    for (int i = 0; i < 2 * axes; i++) {
        if (list.values[i] < 0 || list.values[i] > MOST)
            return facet_onnx_fail(graph, node, "pads: %lld is outside 0 to %d",
                                   (long long)list.values[i], MOST);
        size_t *to = i < axes ? w->at.before : w->after;
        to[FACET_WINDOW_AXES - axes + i % axes] = (size_t)list.values[i];
    }
    return FACET_OK;
}

/* Padding and output of one axis. */
static int place_axis(const struct facet_onnx_graph *graph, const struct facet_onnx_node *node,
                      struct facet_onnx_window *w, int axis, int automatic, int ceiling)
{
    struct facet_window *at = &w->at;
    const size_t reach = (at->kernel[axis] - 1) * at->dilation[axis] + 1;
    const size_t in = at->in[axis], stride = at->stride[axis];
    if (automatic == AUTO_UPPER || automatic == AUTO_LOWER) {
        const size_t out = (in + stride - 1) / stride;
        const size_t needed = out > 0 ? (out - 1) * stride + reach : 0;
        const size_t padding = needed > in ? needed - in : 0;
        at->before[axis] = automatic == AUTO_UPPER ? padding / 2 : padding - padding / 2;
        w->after[axis] = padding - at->before[axis];
    }
    const size_t all = in + at->before[axis] + w->after[axis];
    if (reach > all)
        return facet_onnx_fail(
            graph, node, "a window of %zu doesn't fit into %zu values with padding", reach, all);
    at->out[axis] = (all - reach + (ceiling ? stride - 1 : 0)) / stride + 1;
    if (ceiling && (at->out[axis] - 1) * stride >= in + at->before[axis]) at->out[axis]--;
    return FACET_OK;
}

int facet_onnx_window(const struct facet_onnx_graph *graph, const struct facet_onnx_node *node,
                      const struct facet_onnx_shape *kernel, struct facet_onnx_window *window,
                      struct facet_onnx_shape *shape)
{
    static const char *const automatics[] = {"NOTSET", "VALID", "SAME_UPPER", "SAME_LOWER", NULL};
    const struct facet_onnx_shape *in = &facet_onnx_input(graph, node, 0)->shape;
    const int axes = in->rank - 2, first = FACET_WINDOW_AXES - axes;
    struct facet_onnx_window w = {
        .at = {.in = {1, 1, 1}, .out = {1, 1, 1}, .stride = {1, 1, 1}, .dilation = {1, 1, 1}}};
    int automatic = AUTO_NOT;
    int64_t ceiling;
    if (axes < 1 || axes > FACET_WINDOW_AXES)
        return facet_onnx_fail(graph, node, "its input has %d dimensions, expected 3 to 5",
                               in->rank);
    w.at.channels = in->dims[1];
    for (int i = 0; i < FACET_WINDOW_AXES; i++) w.at.kernel[i] = i < first ? 1 : 0;
    for (int i = 0; i < axes; i++) {
        w.at.in[first + i] = in->dims[2 + i];
        if (kernel != NULL) w.at.kernel[first + i] = kernel->dims[i];
        if (in->dims[2 + i] < 1 || in->dims[2 + i] > MOST)
            return facet_onnx_fail(graph, node, "an axis of %zu values is outside 1 to %d",
                                   in->dims[2 + i], MOST);
    }
    int code = read_sizes(graph, node, "kernel_shape", axes, 1, w.at.kernel);
    if (code == FACET_OK) code = read_sizes(graph, node, "strides", axes, 1, w.at.stride);
    if (code == FACET_OK) code = read_sizes(graph, node, "dilations", axes, 1, w.at.dilation);
    if (code == FACET_OK)
        code = facet_onnx_word(graph, node, "auto_pad", "NOTSET", automatics, &automatic);
    if (code == FACET_OK && automatic == AUTO_NOT) code = read_pads(graph, node, axes, &w);
    if (code == FACET_OK) code = facet_onnx_int(graph, node, "ceil_mode", 0, &ceiling);
    if (code < 0) return code;
    *shape = (struct facet_onnx_shape){.rank = in->rank, .dims = {in->dims[0], in->dims[1]}};
    for (int i = first; i < FACET_WINDOW_AXES; i++) {
        if (w.at.kernel[i] < 1 || w.at.kernel[i] > MOST)
            return facet_onnx_fail(graph, node, "kernel_shape is missing, or outside 1 to %d",
                                   MOST);
        code = place_axis(graph, node, &w, i, automatic, ceiling != 0);
        if (code < 0) return code;
        shape->dims[2 + i - first] = w.at.out[i];
    }
    *window = w;
    return FACET_OK;
}
