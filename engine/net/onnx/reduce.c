#include "net/onnx/reduce.h"

#include <math.h>
#include <string.h>

/* ---- ReduceMean ---- */

struct reduce {
    uint8_t marked[FACET_ONNX_RANK]; /* axes that are averaged over */
};

int facet_onnx_infer_reduce_mean(struct facet_onnx_graph *graph, struct facet_onnx_node *node)
{
    struct reduce *r = facet_onnx_settings(node, sizeof *r);
    const struct facet_onnx_shape *in = &facet_onnx_input(graph, node, 0)->shape;
    struct facet_onnx_list axes;
    struct facet_onnx_shape out = {0};
    int64_t keep;
    if (r == NULL) return FACET_ENOMEM;
    int code = facet_onnx_ints(graph, node, "axes", &axes);
    if (code == FACET_OK) code = facet_onnx_int(graph, node, "keepdims", 1, &keep);
    if (code == FACET_OK) code = facet_onnx_axes(graph, node, &axes, in->rank, r->marked);
    if (code < 0) return code;
    if (axes.count == 0) memset(r->marked, 1, sizeof r->marked);
    for (int i = 0; i < in->rank; i++) {
        if (r->marked[i] && in->dims[i] == 0)
            return facet_onnx_fail(graph, node, "the mean of no values");
        if (!r->marked[i] || keep != 0) out.dims[out.rank++] = r->marked[i] ? 1 : in->dims[i];
    }
    node->macs = (double)facet_onnx_shape_count(in);
    return facet_onnx_set(graph, node, 0, FACET_ONNX_FLOAT, &out);
}

struct mean {
    const float *from;
    float *to;
    const struct facet_onnx_view *inner; /* the axes that are averaged over */
    double sum;
};

static void add_line(void *context, size_t count, const ptrdiff_t *at, const ptrdiff_t *step)
{
    struct mean *m = context;
    for (ptrdiff_t i = 0; i < (ptrdiff_t)count; i++) m->sum += (double)m->from[at[0] + i * step[0]];
}

static void mean_line(void *context, size_t count, const ptrdiff_t *at, const ptrdiff_t *step)
{
    struct mean *m = context;
    size_t values = 1;
    for (int i = 0; i < m->inner->rank; i++) values *= m->inner->dims[i];
    for (ptrdiff_t i = 0; i < (ptrdiff_t)count; i++) {
        struct facet_onnx_view inner = *m->inner;
        inner.first = at[1] + i * step[1];
        m->sum = 0;
        facet_onnx_walk(1, &inner, add_line, m);
        m->to[at[0] + i * step[0]] = (float)(m->sum / (double)values);
    }
}

void facet_onnx_run_reduce_mean(const struct facet_onnx_task *task)
{
    const struct reduce *r = task->node->settings;
    const struct facet_onnx_shape *in = &facet_onnx_input(task->graph, task->node, 0)->shape;
    const struct facet_onnx_view whole = facet_onnx_view(in, task->in_last[0]);
    struct facet_onnx_view inner = {0}, from = {0}, to;
    struct facet_onnx_shape kept = {0};
    for (int i = 0; i < in->rank; i++) {
        struct facet_onnx_view *v = r->marked[i] ? &inner : &from;
        v->strides[v->rank] = whole.strides[i];
        v->dims[v->rank++] = in->dims[i];
        if (!r->marked[i]) kept.dims[kept.rank++] = in->dims[i];
    }
    to = facet_onnx_view(&kept, 0);
    const struct facet_onnx_view views[] = {to, from};
    struct mean m = {.from = task->in[0], .to = task->out[0], .inner = &inner};
    facet_onnx_walk(2, views, mean_line, &m);
}

/* ---- Softmax ---- */

struct softmax {
    size_t lines, count, step;
};

/* Until opset 12 over all axes from `axis` on together, since 13 over `axis`. */
int facet_onnx_infer_softmax(struct facet_onnx_graph *graph, struct facet_onnx_node *node)
{
    struct softmax *s = facet_onnx_settings(node, sizeof *s);
    const struct facet_onnx_tensor *x = facet_onnx_input(graph, node, 0);
    const int together = graph->opset < 13;
    int64_t value;
    int axis = 0;
    if (s == NULL) return FACET_ENOMEM;
    int code = facet_onnx_int(graph, node, "axis", together ? 1 : -1, &value);
    if (code == FACET_OK)
        code = facet_onnx_axis(graph, node, value, x->shape.rank, together, &axis);
    if (code < 0) return code;
    s->step = together ? 1 : facet_onnx_shape_span(&x->shape, axis + 1, x->shape.rank);
    s->count =
        together ? facet_onnx_shape_span(&x->shape, axis, x->shape.rank) : x->shape.dims[axis];
    s->lines = facet_onnx_shape_span(&x->shape, 0, axis) * s->step;
    return facet_onnx_set(graph, node, 0, x->type, &x->shape);
}

void facet_onnx_run_softmax(const struct facet_onnx_task *task)
{
    const struct softmax *s = task->node->settings;
    for (size_t l = 0; l < s->lines; l++) {
        const size_t first = l / s->step * s->count * s->step + l % s->step;
        const float *x = (const float *)task->in[0] + first;
        float *y = (float *)task->out[0] + first;
        float most = -INFINITY;
        double sum = 0;
        for (size_t i = 0; i < s->count; i++)
            if (x[i * s->step] > most) most = x[i * s->step];
        for (size_t i = 0; i < s->count; i++) sum += exp((double)x[i * s->step] - (double)most);
        for (size_t i = 0; i < s->count; i++)
            y[i * s->step] = (float)(exp((double)x[i * s->step] - (double)most) / sum);
    }
}
