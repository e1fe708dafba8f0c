#include "net/onnx/move.h"

#include "net/onnx/evaluate.h"

#include <string.h>

/* The view of input i, or output i, of a task. */
static struct facet_onnx_view view_in(const struct facet_onnx_task *task, int i)
{
    return facet_onnx_view(&facet_onnx_input(task->graph, task->node, i)->shape, task->in_last[i]);
}

static struct facet_onnx_view view_out(const struct facet_onnx_task *task, int i)
{
    return facet_onnx_view(&facet_onnx_output(task->graph, task->node, i)->shape,
                           task->out_last[i]);
}

static size_t value_size(const struct facet_onnx_task *task)
{
    return facet_onnx_type_size(facet_onnx_input(task->graph, task->node, 0)->type);
}

/* ---- Concat ---- */

struct along {
    int axis;
};

int facet_onnx_infer_concat(struct facet_onnx_graph *graph, struct facet_onnx_node *node)
{
    struct along *s = facet_onnx_settings(node, sizeof *s);
    const struct facet_onnx_tensor *first = facet_onnx_input(graph, node, 0);
    struct facet_onnx_shape out = first->shape;
    int64_t axis;
    char text[2][FACET_ONNX_SHAPE_TEXT];
    if (s == NULL) return FACET_ENOMEM;
    if (facet_onnx_attribute(node, "axis") == NULL)
        return facet_onnx_fail(graph, node, "attribute axis is missing");
    int code = facet_onnx_int(graph, node, "axis", 0, &axis);
    if (code == FACET_OK) code = facet_onnx_axis(graph, node, axis, out.rank, 0, &s->axis);
    for (int i = 1; code == FACET_OK && i < node->input_count; i++) {
        struct facet_onnx_shape other = facet_onnx_input(graph, node, i)->shape;
        const size_t more = other.rank == out.rank ? other.dims[s->axis] : 0;
        const size_t all = out.dims[s->axis] + more; /* each at most FACET_ONNX_MOST */
        if (other.rank == out.rank) other.dims[s->axis] = out.dims[s->axis];
        if (!facet_onnx_shape_same(&other, &out))
            return facet_onnx_fail(
                graph, node, "shapes %s and %s don't fit together on axis %d",
                facet_onnx_shape_text(&first->shape, text[0]),
                facet_onnx_shape_text(&facet_onnx_input(graph, node, i)->shape, text[1]), s->axis);
        out.dims[s->axis] = all;
    }
    return code == FACET_OK ? facet_onnx_set(graph, node, 0, first->type, &out) : code;
}

void facet_onnx_run_concat(const struct facet_onnx_task *task)
{
    const struct along *s = task->node->settings;
    const struct facet_onnx_view whole = view_out(task, 0);
    ptrdiff_t at = 0;
    for (int i = 0; i < task->node->input_count; i++) {
        const struct facet_onnx_view from = view_in(task, i);
        struct facet_onnx_view to = whole;
        to.first = at * whole.strides[s->axis];
        to.dims[s->axis] = from.dims[s->axis];
        facet_onnx_copy(value_size(task), task->in[i], &from, task->out[0], &to);
        at += (ptrdiff_t)from.dims[s->axis];
    }
}

/* ---- Split ---- */

/* Attribute split before opset 13, input 1 since; equal parts where it is missing. */
int facet_onnx_infer_split(struct facet_onnx_graph *graph, struct facet_onnx_node *node)
{
    struct along *s = facet_onnx_settings(node, sizeof *s);
    const struct facet_onnx_tensor *x = facet_onnx_input(graph, node, 0);
    struct facet_onnx_list parts;
    struct facet_onnx_shape out = x->shape;
    const size_t count = (size_t)node->output_count;
    size_t sum = 0;
    int64_t axis;
    if (s == NULL) return FACET_ENOMEM;
    int code = facet_onnx_int(graph, node, "axis", 0, &axis);
    if (code == FACET_OK) code = facet_onnx_axis(graph, node, axis, x->shape.rank, 0, &s->axis);
    if (code == FACET_OK) code = facet_onnx_moved_list(graph, node, "split", 1, 13, &parts);
    if (code < 0) return code;
    const size_t all = x->shape.dims[s->axis];
    if (parts.values == NULL ? all % count != 0 : parts.count != count)
        return facet_onnx_fail(graph, node, "%zu values in %zu parts for %zu outputs", all,
                               parts.values == NULL ? count : parts.count, count);
    for (size_t i = 0; code == FACET_OK && i < count; i++) {
        const int64_t part = parts.values != NULL ? parts.values[i] : (int64_t)(all / count);
        if (part < 0 || (uint64_t)part > all - sum)
            return facet_onnx_fail(graph, node, "part %zu of %zu values has %lld", i + 1, all,
                                   (long long)part);
        out.dims[s->axis] = (size_t)part;
        sum += (size_t)part;
        code = facet_onnx_set(graph, node, (int)i, x->type, &out);
    }
    if (code == FACET_OK && sum != all)
        code = facet_onnx_fail(graph, node, "its parts have %zu values of %zu", sum, all);
    return code;
}

void facet_onnx_run_split(const struct facet_onnx_task *task)
{
    const struct along *s = task->node->settings;
    const struct facet_onnx_view whole = view_in(task, 0);
    ptrdiff_t at = 0;
    for (int i = 0; i < task->node->output_count; i++) {
        if (facet_onnx_output(task->graph, task->node, i) == NULL) continue;
        const struct facet_onnx_view to = view_out(task, i);
        struct facet_onnx_view from = whole;
        from.first = at * whole.strides[s->axis];
        from.dims[s->axis] = to.dims[s->axis];
        facet_onnx_copy(value_size(task), task->in[0], &from, task->out[i], &to);
        at += (ptrdiff_t)to.dims[s->axis];
    }
}

/* ---- Slice ---- */

struct slice {
    size_t start[FACET_ONNX_RANK];
    int64_t step[FACET_ONNX_RANK];
};

static int64_t between(int64_t value, int64_t low, int64_t high)
{
    return value < low ? low : value > high ? high : value;
}

/* One axis of `dim` values from `start` to `end`, as Python has it. */
static size_t slice_axis(struct slice *s, int axis, int64_t dim, int64_t start, int64_t end,
                         int64_t step)
{
    if (start < 0) start = between(start, -dim, -1) + dim;
    if (end < 0) end = end < -dim ? -1 : end + dim;
    start = between(start, 0, step > 0 ? dim : dim - 1);
    end = between(end, step > 0 ? 0 : -1, dim);
    s->start[axis] = (size_t)(start > 0 ? start : 0);
    s->step[axis] = step;
    if (dim == 0 || (step > 0 ? end <= start : end >= start)) return 0;
    /* Steps of any size: no sum of them is built. */
    const uint64_t reach = (uint64_t)(step > 0 ? end - start : start - end) - 1;
    const uint64_t size = step > 0 ? (uint64_t)step : 0 - (uint64_t)step;
    return (size_t)(reach / size + 1);
}

/* Attributes before opset 10, inputs since. */
int facet_onnx_infer_slice(struct facet_onnx_graph *graph, struct facet_onnx_node *node)
{
    struct slice *s = facet_onnx_settings(node, sizeof *s);
    const struct facet_onnx_tensor *x = facet_onnx_input(graph, node, 0);
    struct facet_onnx_list starts, ends, axes, steps = {0};
    struct facet_onnx_shape out = x->shape;
    uint8_t marked[FACET_ONNX_RANK];
    if (s == NULL) return FACET_ENOMEM;
    int code = facet_onnx_moved_list(graph, node, "starts", 1, 10, &starts);
    if (code == FACET_OK) code = facet_onnx_moved_list(graph, node, "ends", 2, 10, &ends);
    if (code == FACET_OK) code = facet_onnx_moved_list(graph, node, "axes", 3, 10, &axes);
    if (code == FACET_OK && graph->opset >= 10)
        code = facet_onnx_input_list(graph, node, 4, &steps);
    if (code == FACET_OK) code = facet_onnx_axes(graph, node, &axes, out.rank, marked);
    if (code < 0) return code;
    if (starts.count != ends.count || (axes.values != NULL && axes.count != starts.count) ||
        (steps.values != NULL && steps.count != starts.count) || starts.count > (size_t)out.rank)
        return facet_onnx_fail(graph, node, "%zu starts, %zu ends, %zu axes and %zu steps",
                               starts.count, ends.count, axes.count, steps.count);
    for (int i = 0; i < out.rank; i++) s->step[i] = 1;
    for (size_t i = 0; i < starts.count; i++) {
        const int64_t step = steps.values != NULL ? steps.values[i] : 1;
        int axis = (int)i;
        if (axes.values != NULL)
            code = facet_onnx_axis(graph, node, axes.values[i], out.rank, 0, &axis);
        if (code < 0) return code;
        if (step == 0) return facet_onnx_fail(graph, node, "a step is 0");
        out.dims[axis] =
            slice_axis(s, axis, (int64_t)out.dims[axis], starts.values[i], ends.values[i], step);
    }
    return facet_onnx_set(graph, node, 0, x->type, &out);
}

void facet_onnx_run_slice(const struct facet_onnx_task *task)
{
    const struct slice *s = task->node->settings;
    const struct facet_onnx_view to = view_out(task, 0);
    struct facet_onnx_view from = view_in(task, 0);
    for (int i = 0; i < from.rank; i++) {
        from.first += (ptrdiff_t)s->start[i] * from.strides[i];
        /* A step that is taken never leads beyond the axis. */
        if (to.dims[i] > 1) from.strides[i] *= (ptrdiff_t)s->step[i];
        from.dims[i] = to.dims[i];
    }
    facet_onnx_copy(value_size(task), task->in[0], &from, task->out[0], &to);
}

/* ---- the same values in another shape ---- */

int facet_onnx_infer_flatten(struct facet_onnx_graph *graph, struct facet_onnx_node *node)
{
    const struct facet_onnx_tensor *x = facet_onnx_input(graph, node, 0);
    int64_t value;
    int axis = 0;
    int code = facet_onnx_int(graph, node, "axis", 1, &value);
    if (code == FACET_OK) code = facet_onnx_axis(graph, node, value, x->shape.rank, 1, &axis);
    const struct facet_onnx_shape out = {
        .rank = 2,
        .dims = {facet_onnx_shape_span(&x->shape, 0, axis),
                 facet_onnx_shape_span(&x->shape, axis, x->shape.rank)}};
    return code == FACET_OK ? facet_onnx_set(graph, node, 0, x->type, &out) : code;
}

/* 0: the input's dimension (unless allowzero says zero), -1: what is left over. */
int facet_onnx_infer_reshape(struct facet_onnx_graph *graph, struct facet_onnx_node *node)
{
    const struct facet_onnx_tensor *x = facet_onnx_input(graph, node, 0);
    struct facet_onnx_list list;
    struct facet_onnx_shape out = {0};
    int64_t zeros;
    int open = -1;
    char text[2][FACET_ONNX_SHAPE_TEXT];
    int code = facet_onnx_input_list(graph, node, 1, &list);
    if (code == FACET_OK) code = facet_onnx_int(graph, node, "allowzero", 0, &zeros);
    if (code < 0) return code;
    if (list.count > FACET_ONNX_RANK)
        return facet_onnx_fail(graph, node, "%zu dimensions, expected at most %d", list.count,
                               FACET_ONNX_RANK);
    out.rank = (int)list.count;
    for (int i = 0; i < out.rank; i++) {
        const int64_t dim = list.values[i];
        if (dim < -1 || (dim == -1 && open >= 0) || (dim == 0 && zeros == 0 && i >= x->shape.rank))
            return facet_onnx_fail(graph, node, "dimension %d of the new shape is %lld", i + 1,
                                   (long long)dim);
        if (dim == -1) open = i;
        out.dims[i] = dim == -1 ? 1 : dim == 0 && zeros == 0 ? x->shape.dims[i] : (size_t)dim;
    }
    const size_t all = facet_onnx_shape_count(&x->shape);
    const int fits = facet_onnx_shape_fits(&out);
    const size_t rest = fits ? facet_onnx_shape_count(&out) : 0;
    if (open >= 0 && rest > 0) out.dims[open] = all / rest;
    if (!fits || (open >= 0 && rest == 0) || facet_onnx_shape_count(&out) != all)
        return facet_onnx_fail(graph, node, "shape %s becomes %s",
                               facet_onnx_shape_text(&x->shape, text[0]),
                               facet_onnx_shape_text(&out, text[1]));
    return facet_onnx_set(graph, node, 0, x->type, &out);
}

int facet_onnx_infer_squeeze(struct facet_onnx_graph *graph, struct facet_onnx_node *node)
{
    const struct facet_onnx_tensor *x = facet_onnx_input(graph, node, 0);
    struct facet_onnx_list axes;
    struct facet_onnx_shape out = {0};
    uint8_t marked[FACET_ONNX_RANK];
    int code = facet_onnx_moved_list(graph, node, "axes", 1, 13, &axes);
    if (code == FACET_OK) code = facet_onnx_axes(graph, node, &axes, x->shape.rank, marked);
    if (code < 0) return code;
    for (int i = 0; i < x->shape.rank; i++) {
        const size_t dim = x->shape.dims[i];
        if (axes.values == NULL) marked[i] = dim == 1;
        if (marked[i] && dim != 1)
            return facet_onnx_fail(graph, node, "axis %d has %zu values, expected 1", i, dim);
        if (!marked[i]) out.dims[out.rank++] = dim;
    }
    return facet_onnx_set(graph, node, 0, x->type, &out);
}

int facet_onnx_infer_unsqueeze(struct facet_onnx_graph *graph, struct facet_onnx_node *node)
{
    const struct facet_onnx_tensor *x = facet_onnx_input(graph, node, 0);
    struct facet_onnx_list axes;
    uint8_t marked[FACET_ONNX_RANK];
    int code = facet_onnx_moved_list(graph, node, "axes", 1, 13, &axes);
    if (code < 0) return code;
    if (axes.values == NULL || axes.count > (size_t)(FACET_ONNX_RANK - x->shape.rank))
        return facet_onnx_fail(graph, node, "%zu new axes for a tensor of %d dimensions",
                               axes.count, x->shape.rank);
    struct facet_onnx_shape out = {.rank = x->shape.rank + (int)axes.count};
    code = facet_onnx_axes(graph, node, &axes, out.rank, marked);
    for (int i = 0, from = 0; code == FACET_OK && i < out.rank; i++)
        out.dims[i] = marked[i] ? 1 : x->shape.dims[from++];
    return code == FACET_OK ? facet_onnx_set(graph, node, 0, x->type, &out) : code;
}

/* From whatever layout to the plain one. */
void facet_onnx_run_reshape(const struct facet_onnx_task *task)
{
    const struct facet_onnx_shape *shape = &facet_onnx_input(task->graph, task->node, 0)->shape;
    const struct facet_onnx_view from = view_in(task, 0), to = facet_onnx_view(shape, 0);
    facet_onnx_copy(value_size(task), task->in[0], &from, task->out[0], &to);
}

int facet_onnx_infer_identity(struct facet_onnx_graph *graph, struct facet_onnx_node *node)
{
    const struct facet_onnx_tensor *x = facet_onnx_input(graph, node, 0);
    return facet_onnx_set(graph, node, 0, x->type, &x->shape);
}

void facet_onnx_run_identity(const struct facet_onnx_task *task)
{
    const struct facet_onnx_view from = view_in(task, 0), to = view_out(task, 0);
    facet_onnx_copy(value_size(task), task->in[0], &from, task->out[0], &to);
}

/* Every value stays outside training, and where none is dropped. */
int facet_onnx_infer_dropout(struct facet_onnx_graph *graph, struct facet_onnx_node *node)
{
    const struct facet_onnx_tensor *x = facet_onnx_input(graph, node, 0);
    const struct facet_onnx_tensor *training = facet_onnx_input(graph, node, 2);
    const size_t count = facet_onnx_shape_count(&x->shape);
    float ratio;
    int code = graph->opset < 12 ? facet_onnx_real(graph, node, "ratio", 0.5f, &ratio)
                                 : facet_onnx_input_real(graph, node, 1, 0.5f, &ratio);
    if (code < 0) return code;
    if (training != NULL && ratio != 0 &&
        (training->values == NULL || !facet_onnx_type_is_whole(training->type) ||
         facet_onnx_shape_count(&training->shape) != 1 || *(int64_t *)training->values != 0))
        return facet_onnx_fail(graph, node, "training_mode is unsupported");
    code = facet_onnx_infer_identity(graph, node);
    if (code < 0 || facet_onnx_output(graph, node, 1) == NULL) return code;
    code = facet_onnx_set(graph, node, 1, FACET_ONNX_BOOL, &x->shape);
    if (code == FACET_OK) code = facet_onnx_work(graph, node, (double)count);
    int64_t *mask = code == FACET_OK ? facet_alloc(count, sizeof *mask, "mask") : NULL;
    if (code == FACET_OK && mask == NULL) code = FACET_ENOMEM;
    for (size_t i = 0; code == FACET_OK && i < count; i++) mask[i] = 1;
    if (code == FACET_OK) facet_onnx_give(graph, node, 1, mask);
    return code;
}

/* ---- Transpose ---- */

struct transpose {
    int from[FACET_ONNX_RANK]; /* the input's axis for each of the output's */
};

int facet_onnx_infer_transpose(struct facet_onnx_graph *graph, struct facet_onnx_node *node)
{
    struct transpose *s = facet_onnx_settings(node, sizeof *s);
    const struct facet_onnx_tensor *x = facet_onnx_input(graph, node, 0);
    struct facet_onnx_list perm;
    struct facet_onnx_shape out = {.rank = x->shape.rank};
    uint8_t marked[FACET_ONNX_RANK];
    if (s == NULL) return FACET_ENOMEM;
    int code = facet_onnx_ints(graph, node, "perm", &perm);
    if (code == FACET_OK) code = facet_onnx_axes(graph, node, &perm, out.rank, marked);
    if (code < 0) return code;
    if (perm.values != NULL && perm.count != (size_t)out.rank)
        return facet_onnx_fail(graph, node, "perm has %zu axes, expected %d", perm.count, out.rank);
    for (int i = 0; i < out.rank; i++) {
        const int64_t from = perm.values != NULL ? perm.values[i] : out.rank - 1 - i;
        s->from[i] = (int)(from < 0 ? from + out.rank : from);
        out.dims[i] = x->shape.dims[s->from[i]];
    }
    return facet_onnx_set(graph, node, 0, x->type, &out);
}

void facet_onnx_run_transpose(const struct facet_onnx_task *task)
{
    const struct transpose *s = task->node->settings;
    const struct facet_onnx_view whole = view_in(task, 0), to = view_out(task, 0);
    struct facet_onnx_view from = whole;
    for (int i = 0; i < to.rank; i++) {
        from.dims[i] = whole.dims[s->from[i]];
        from.strides[i] = whole.strides[s->from[i]];
    }
    facet_onnx_copy(value_size(task), task->in[0], &from, task->out[0], &to);
}

/* ---- Gather ---- */

struct gather {
    int axis;
    const int64_t *indices; /* negative ones count from the end */
    size_t count;
};

int facet_onnx_infer_gather(struct facet_onnx_graph *graph, struct facet_onnx_node *node)
{
    struct gather *s = facet_onnx_settings(node, sizeof *s);
    const struct facet_onnx_tensor *x = facet_onnx_input(graph, node, 0);
    const struct facet_onnx_tensor *indices = facet_onnx_input(graph, node, 1);
    struct facet_onnx_shape out = x->shape;
    int64_t value;
    if (s == NULL) return FACET_ENOMEM;
    int code = facet_onnx_int(graph, node, "axis", 0, &value);
    if (code == FACET_OK) code = facet_onnx_axis(graph, node, value, out.rank, 0, &s->axis);
    if (code < 0) return code;
    if (indices->values == NULL || !facet_onnx_type_is_whole(indices->type))
        return facet_onnx_fail(graph, node, "its indices are computed at run time: unsupported");
    if (out.rank - 1 + indices->shape.rank > FACET_ONNX_RANK)
        return facet_onnx_fail(graph, node, "its output would have more than %d dimensions",
                               FACET_ONNX_RANK);
    const int64_t dim = (int64_t)x->shape.dims[s->axis];
    s->indices = indices->values;
    s->count = facet_onnx_shape_count(&indices->shape);
    for (size_t i = 0; i < s->count; i++)
        if (s->indices[i] < -dim || s->indices[i] >= dim)
            return facet_onnx_fail(graph, node, "index %lld is outside %lld values",
                                   (long long)s->indices[i], (long long)dim);
    out.rank = 0;
    for (int i = 0; i < s->axis; i++) out.dims[out.rank++] = x->shape.dims[i];
    for (int i = 0; i < indices->shape.rank; i++) out.dims[out.rank++] = indices->shape.dims[i];
    for (int i = s->axis + 1; i < x->shape.rank; i++) out.dims[out.rank++] = x->shape.dims[i];
    return facet_onnx_set(graph, node, 0, x->type, &out);
}

void facet_onnx_run_gather(const struct facet_onnx_task *task)
{
    const struct gather *s = task->node->settings;
    const struct facet_onnx_shape *in = &facet_onnx_input(task->graph, task->node, 0)->shape;
    const size_t size = value_size(task), dim = in->dims[s->axis];
    const size_t after = facet_onnx_shape_span(in, s->axis + 1, in->rank) * size;
    const char *from = task->in[0];
    char *to = task->out[0];
    for (size_t i = 0; i < facet_onnx_shape_span(in, 0, s->axis); i++)
        for (size_t k = 0; k < s->count; k++, to += after) {
            const size_t at =
                (size_t)(s->indices[k] < 0 ? s->indices[k] + (int64_t)dim : s->indices[k]);
            memcpy(to, from + (i * dim + at) * after, after);
        }
}

/* ---- Pad ---- */

enum { CONSTANT, REFLECT, EDGE };

struct pad {
    int mode;
    int64_t before[FACET_ONNX_RANK]; /* negative: cut off */
    float value;
};

/* Attributes before opset 11, inputs since. */
int facet_onnx_infer_pad(struct facet_onnx_graph *graph, struct facet_onnx_node *node)
{
    static const char *const modes[] = {"constant", "reflect", "edge", NULL};
    struct pad *s = facet_onnx_settings(node, sizeof *s);
    const struct facet_onnx_tensor *x = facet_onnx_input(graph, node, 0);
    struct facet_onnx_list pads;
    struct facet_onnx_shape out = x->shape;
    if (s == NULL) return FACET_ENOMEM;
    int code = facet_onnx_moved_list(graph, node, "pads", 1, 11, &pads);
    if (code == FACET_OK)
        code = graph->opset < 11 ? facet_onnx_real(graph, node, "value", 0, &s->value)
                                 : facet_onnx_input_real(graph, node, 2, 0, &s->value);
    if (code == FACET_OK) code = facet_onnx_word(graph, node, "mode", "constant", modes, &s->mode);
    if (code < 0) return code;
    if (pads.count != 2 * (size_t)out.rank)
        return facet_onnx_fail(graph, node, "%zu pads for %d dimensions", pads.count, out.rank);
    for (int i = 0; i < out.rank; i++) {
        const int64_t dim = (int64_t)out.dims[i], most = (int64_t)FACET_ONNX_MOST;
        const int64_t before = pads.values[i], after = pads.values[i + out.rank];
        const int64_t reach = s->mode == CONSTANT          ? most
                              : s->mode == EDGE && dim > 0 ? most
                                                           : dim - 1;
        if (before < -dim || after < -dim || before > reach || after > reach ||
            before + after < -dim)
            return facet_onnx_fail(graph, node, "pads of %lld and %lld on %lld values",
                                   (long long)before, (long long)after, (long long)dim);
        s->before[i] = before;
        out.dims[i] = (size_t)(dim + before + after);
    }
    return facet_onnx_set(graph, node, 0, x->type, &out);
}

/* Where value `at` of an axis comes from; -1: from nowhere. */
static ptrdiff_t pad_source(const struct pad *s, int axis, size_t at, size_t dim)
{
    const int64_t last = (int64_t)dim - 1;
    int64_t from = (int64_t)at - s->before[axis];
    if (s->mode == CONSTANT) return from >= 0 && from <= last ? (ptrdiff_t)from : -1;
    if (s->mode == EDGE) return (ptrdiff_t)between(from, 0, last);
    if (from < 0) from = -from;
    return (ptrdiff_t)(from > last ? 2 * last - from : from);
}

void facet_onnx_run_pad(const struct facet_onnx_task *task)
{
    const struct pad *s = task->node->settings;
    const struct facet_onnx_view from = view_in(task, 0), to = view_out(task, 0);
    const float *in = task->in[0];
    float *out = task->out[0];
    size_t index[FACET_ONNX_RANK] = {0};
    const size_t count =
        facet_onnx_shape_count(&facet_onnx_output(task->graph, task->node, 0)->shape);
    for (size_t n = 0; n < count; n++) {
        ptrdiff_t source = 0, target = 0;
        int inside = 1;
        for (int i = 0; i < to.rank; i++) {
            const ptrdiff_t at = pad_source(s, i, index[i], from.dims[i]);
            inside = inside && at >= 0;
            source += at * from.strides[i];
            target += (ptrdiff_t)index[i] * to.strides[i];
        }
        out[target] = inside ? in[source] : s->value;
        for (int i = to.rank - 1; i >= 0 && ++index[i] == to.dims[i]; i--) index[i] = 0;
    }
}
