/* Relu, LeakyRelu, Clip, Sigmoid, HardSigmoid, HardSwish, Tanh, Elu: one value becomes another. */
#include "net/onnx/unary.h"

#include <math.h>

/* ---- inferring ---- */

static int like_input(struct facet_onnx_graph *graph, const struct facet_onnx_node *node)
{
    const struct facet_onnx_tensor *x = facet_onnx_input(graph, node, 0);
    return facet_onnx_set(graph, node, 0, x->type, &x->shape);
}

int facet_onnx_infer_unary(struct facet_onnx_graph *graph, struct facet_onnx_node *node)
{
    return like_input(graph, node);
}

/* alpha, and beta where the operator has it. */
static int with(struct facet_onnx_graph *graph, struct facet_onnx_node *node, float alpha,
                float beta)
{
    struct facet_onnx_unary *u = facet_onnx_settings(node, sizeof *u);
    if (u == NULL) return FACET_ENOMEM;
    int code = facet_onnx_real(graph, node, "alpha", alpha, &u->alpha);
    if (code == FACET_OK) code = facet_onnx_real(graph, node, "beta", beta, &u->beta);
    return code == FACET_OK ? like_input(graph, node) : code;
}

int facet_onnx_infer_leaky_relu(struct facet_onnx_graph *graph, struct facet_onnx_node *node)
{
    return with(graph, node, 0.01f, 0);
}

int facet_onnx_infer_elu(struct facet_onnx_graph *graph, struct facet_onnx_node *node)
{
    return with(graph, node, 1, 0);
}

int facet_onnx_infer_hard_sigmoid(struct facet_onnx_graph *graph, struct facet_onnx_node *node)
{
    return with(graph, node, 0.2f, 0.5f);
}

/* Attributes min and max before opset 11, inputs since. */
int facet_onnx_infer_clip(struct facet_onnx_graph *graph, struct facet_onnx_node *node)
{
    struct facet_onnx_unary *u = facet_onnx_settings(node, sizeof *u);
    const float low = -INFINITY, high = INFINITY;
    if (u == NULL) return FACET_ENOMEM;
    int code = graph->opset < 11 ? facet_onnx_real(graph, node, "min", low, &u->alpha)
                                 : facet_onnx_input_real(graph, node, 1, low, &u->alpha);
    if (code == FACET_OK)
        code = graph->opset < 11 ? facet_onnx_real(graph, node, "max", high, &u->beta)
                                 : facet_onnx_input_real(graph, node, 2, high, &u->beta);
    return code == FACET_OK ? like_input(graph, node) : code;
}

/* ---- running ---- */

/* By the kernel that also follows sums of products: the same bits, fused or not. */
static void finish(const struct facet_onnx_task *task, const struct facet_finish *how)
{
    const struct facet_onnx_tensor *t = facet_onnx_input(task->graph, task->node, 0);
    const size_t count = task->images * facet_onnx_shape_count(&t->shape);
    task->kernels->finish(1, count, task->in[0], how, task->out[0]);
}

void facet_onnx_run_relu(const struct facet_onnx_task *task)
{
    finish(task, &(struct facet_finish){.activation = FACET_RELU});
}

void facet_onnx_run_clip(const struct facet_onnx_task *task)
{
    const struct facet_onnx_unary *u = task->node->settings;
    finish(task,
           &(struct facet_finish){.activation = FACET_CLIP, .low = u->alpha, .high = u->beta});
}

#define UNARY(name, formula)                                                                       \
    void facet_onnx_run_##name(const struct facet_onnx_task *task)                                 \
    {                                                                                              \
        const struct facet_onnx_unary *u = task->node->settings;                                   \
        const struct facet_onnx_tensor *t = facet_onnx_input(task->graph, task->node, 0);          \
        const size_t count = task->images * facet_onnx_shape_count(&t->shape);                     \
        const float *from = task->in[0];                                                           \
        float *to = task->out[0];                                                                  \
        const float alpha = u != NULL ? u->alpha : 0, beta = u != NULL ? u->beta : 0;              \
        (void)alpha, (void)beta;                                                                   \
        for (size_t i = 0; i < count; i++) {                                                       \
            const float x = from[i];                                                               \
            to[i] = (formula);                                                                     \
        }                                                                                          \
    }

/* At least low, at most high; NaN stays. */
static inline float within(float x, float low, float high)
{
    const float above = x < low ? low : x;
    return above > high ? high : above;
}

UNARY(leaky_relu, x <= 0 ? x * alpha : x)
UNARY(sigmoid, 1 / (1 + expf(-x)))
UNARY(hard_sigmoid, within(alpha *x + beta, 0, 1))
UNARY(hard_swish, x *within(x / 6 + 0.5f, 0, 1))
UNARY(tanh, tanhf(x))
UNARY(elu, x < 0 ? alpha * expm1f(x) : x)
