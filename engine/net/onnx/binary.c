#include "net/onnx/binary.h"

/* ---- inferring ---- */

int facet_onnx_infer_binary(struct facet_onnx_graph *graph, struct facet_onnx_node *node)
{
    const struct facet_onnx_tensor *a = facet_onnx_input(graph, node, 0);
    const struct facet_onnx_tensor *b = facet_onnx_input(graph, node, 1);
    struct facet_onnx_shape shape;
    char text[2][FACET_ONNX_SHAPE_TEXT];
    if (!facet_onnx_shape_broadcast(&a->shape, &b->shape, &shape))
        return facet_onnx_fail(graph, node, "shapes %s and %s don't fit together",
                               facet_onnx_shape_text(&a->shape, text[0]),
                               facet_onnx_shape_text(&b->shape, text[1]));
    return facet_onnx_set(graph, node, 0, a->type, &shape);
}

/* Whole numbers are all known here: none is divided by zero. */
int facet_onnx_infer_div(struct facet_onnx_graph *graph, struct facet_onnx_node *node)
{
    const struct facet_onnx_tensor *b = facet_onnx_input(graph, node, 1);
    const size_t count = facet_onnx_shape_count(&b->shape);
    for (size_t i = 0; b->type == FACET_ONNX_INT64 && b->values != NULL && i < count; i++)
        if (((const int64_t *)b->values)[i] == 0)
            return facet_onnx_fail(graph, node, "divides a whole number by zero");
    return facet_onnx_infer_binary(graph, node);
}

/* The slope as it is broadcast: before opset 7 a list of one for each channel of (n, channels, ..).
 */
static struct facet_onnx_shape slope_shape(const struct facet_onnx_graph *graph,
                                           const struct facet_onnx_node *node)
{
    const struct facet_onnx_shape *x = &facet_onnx_input(graph, node, 0)->shape;
    struct facet_onnx_shape slope = facet_onnx_input(graph, node, 1)->shape;
    if (graph->opset < 7 && slope.rank == 1 && x->rank > 2)
        for (slope.rank = 1; slope.rank < x->rank - 1; slope.rank++) slope.dims[slope.rank] = 1;
    return slope;
}

/* The slope is broadcast to x, not x to the slope. */
int facet_onnx_infer_prelu(struct facet_onnx_graph *graph, struct facet_onnx_node *node)
{
    const struct facet_onnx_tensor *x = facet_onnx_input(graph, node, 0);
    const struct facet_onnx_shape slope = slope_shape(graph, node);
    struct facet_onnx_shape shape;
    char text[2][FACET_ONNX_SHAPE_TEXT];
    if (!facet_onnx_shape_broadcast(&x->shape, &slope, &shape) ||
        !facet_onnx_shape_same(&shape, &x->shape))
        return facet_onnx_fail(graph, node, "a slope of shape %s doesn't fit values of shape %s",
                               facet_onnx_shape_text(&slope, text[0]),
                               facet_onnx_shape_text(&x->shape, text[1]));
    return facet_onnx_set(graph, node, 0, x->type, &shape);
}

/* ---- running ---- */

struct operands {
    const void *a, *b;
    void *out;
};

/* A line of float32: the steps that occur have loops of their own. */
#define REAL_LINE(name, formula)                                                                   \
    static void name##_reals(void *context, size_t count, const ptrdiff_t *at,                     \
                             const ptrdiff_t *step)                                                \
    {                                                                                              \
        const struct operands *o = context;                                                        \
        float *out = (float *)o->out + at[0];                                                      \
        const float *from_a = (const float *)o->a + at[1], *from_b = (const float *)o->b + at[2];  \
        if (step[0] == 1 && step[1] == 1 && step[2] == 1)                                          \
            for (size_t i = 0; i < count; i++) {                                                   \
                const float a = from_a[i], b = from_b[i];                                          \
                out[i] = (formula);                                                                \
            }                                                                                      \
        else if (step[0] == 1 && step[1] == 1 && step[2] == 0) {                                   \
            const float b = *from_b;                                                               \
            for (size_t i = 0; i < count; i++) {                                                   \
                const float a = from_a[i];                                                         \
                out[i] = (formula);                                                                \
            }                                                                                      \
        } else                                                                                     \
            for (ptrdiff_t i = 0; i < (ptrdiff_t)count; i++) {                                     \
                const float a = from_a[i * step[1]], b = from_b[i * step[2]];                      \
                out[i * step[0]] = (formula);                                                      \
            }                                                                                      \
    }

/* Whole numbers wrap around at 64 bits. */
#define WHOLE_LINE(name, formula)                                                                  \
    static void name##_wholes(void *context, size_t count, const ptrdiff_t *at,                    \
                              const ptrdiff_t *step)                                               \
    {                                                                                              \
        const struct operands *o = context;                                                        \
        for (ptrdiff_t i = 0; i < (ptrdiff_t)count; i++) {                                         \
            const uint64_t a = ((const uint64_t *)o->a)[at[1] + i * step[1]];                      \
            const uint64_t b = ((const uint64_t *)o->b)[at[2] + i * step[2]];                      \
            ((uint64_t *)o->out)[at[0] + i * step[0]] = (formula);                                 \
        }                                                                                          \
    }

/* The one quotient that doesn't fit wraps around as the others do. */
static uint64_t quotient(uint64_t a, uint64_t b)
{
    return b == UINT64_MAX ? 0 - a : (uint64_t)((int64_t)a / (int64_t)b);
}

REAL_LINE(add, a + b)
REAL_LINE(sub, a - b)
REAL_LINE(mul, a *b)
REAL_LINE(div, a / b)
REAL_LINE(prelu, a <= 0 ? a * b : a)
WHOLE_LINE(add, a + b)
WHOLE_LINE(sub, a - b)
WHOLE_LINE(mul, a *b)
WHOLE_LINE(div, quotient(a, b))

static void run(const struct facet_onnx_task *task, const struct facet_onnx_shape *shape_b,
                facet_onnx_line *reals, facet_onnx_line *wholes)
{
    const struct facet_onnx_tensor *out = facet_onnx_output(task->graph, task->node, 0);
    const struct facet_onnx_shape *shape_a = &facet_onnx_input(task->graph, task->node, 0)->shape;
    const struct facet_onnx_view a = facet_onnx_view(shape_a, task->in_last[0]);
    const struct facet_onnx_view b = facet_onnx_view(shape_b, task->in_last[1]);
    const struct facet_onnx_view views[] = {facet_onnx_view(&out->shape, task->out_last[0]),
                                            facet_onnx_view_broadcast(a, &out->shape),
                                            facet_onnx_view_broadcast(b, &out->shape)};
    struct operands operands = {.a = task->in[0], .b = task->in[1], .out = task->out[0]};
    facet_onnx_walk(3, views, out->type == FACET_ONNX_FLOAT ? reals : wholes, &operands);
}

#define RUN(name)                                                                                  \
    void facet_onnx_run_##name(const struct facet_onnx_task *task)                                 \
    {                                                                                              \
        run(task, &facet_onnx_input(task->graph, task->node, 1)->shape, name##_reals,              \
            name##_wholes);                                                                        \
    }

RUN(add)
RUN(sub)
RUN(mul)
RUN(div)

void facet_onnx_run_prelu(const struct facet_onnx_task *task)
{
    const struct facet_onnx_shape slope = slope_shape(task->graph, task->node);
    run(task, &slope, prelu_reals, NULL);
}
