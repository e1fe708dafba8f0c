#include "net/onnx/fuse.h"

#include "net/onnx/normalise.h"
#include "net/onnx/unary.h"

#include <stdlib.h>
#include <string.h>

static int is(const struct facet_onnx_node *node, const char *op)
{
    return strcmp(node->op->name, op) == 0;
}

static const struct facet_onnx_tensor *tensor_of(const struct facet_onnx_uses *u, size_t value)
{
    return &u->graph->values[value].tensor;
}

/* ---- who needs what ---- */

/* Nonzero if the node runs for every image. */
static int runs(const struct facet_onnx_graph *g, const struct facet_onnx_node *node)
{
    return g->values[node->outputs[0]].tensor.values == NULL;
}

static void count_readers(struct facet_onnx_uses *u)
{
    for (size_t n = 0; n < u->graph->node_count; n++) {
        const struct facet_onnx_node *node = &u->graph->nodes[n];
        for (int i = 0; runs(u->graph, node) && i < node->input_count; i++) {
            const size_t value = node->inputs[i];
            if (value == FACET_ONNX_NONE) continue;
            u->all_readers[value]++;
            if (!u->needed[n]) continue;
            u->readers[value]++;
            u->reader[value] = n;
        }
    }
}

static void find_needed(struct facet_onnx_uses *u)
{
    const struct facet_onnx_graph *g = u->graph;
    uint8_t *wanted = u->computed; /* borrowed */
    memcpy(wanted, u->asked, g->value_count);
    for (size_t n = g->node_count; n-- > 0;) {
        const struct facet_onnx_node *node = &g->nodes[n];
        for (int i = 0; i < node->output_count; i++)
            if (node->outputs[i] != FACET_ONNX_NONE && wanted[node->outputs[i]] &&
                g->values[node->outputs[i]].tensor.values == NULL)
                u->needed[n] = 1;
        for (int i = 0; u->needed[n] && i < node->input_count; i++)
            if (node->inputs[i] != FACET_ONNX_NONE) wanted[node->inputs[i]] = 1;
    }
    memset(u->computed, 0, g->value_count);
    u->computed[g->input] = 1;
}

int facet_onnx_uses_new(struct facet_onnx_uses *uses, const struct facet_onnx_graph *g,
                        const size_t *asked, size_t count)
{
    struct facet_onnx_uses u = {
        .graph = g,
        .needed = facet_alloc(g->node_count, 1, "nodes"),
        .done = facet_alloc(g->node_count, 1, "nodes"),
        .asked = facet_alloc(g->value_count, 1, "tensors"),
        .computed = facet_alloc(g->value_count, 1, "tensors"),
        .readers = facet_alloc(g->value_count, sizeof *u.readers, "tensors"),
        .reader = facet_alloc(g->value_count, sizeof *u.reader, "tensors"),
        .all_readers = facet_alloc(g->value_count, sizeof *u.all_readers, "tensors"),
    };
    *uses = u;
    if (u.needed == NULL || u.done == NULL || u.asked == NULL || u.computed == NULL ||
        u.readers == NULL || u.reader == NULL || u.all_readers == NULL)
        return FACET_ENOMEM;
    for (size_t i = 0; i < count; i++) u.asked[asked[i]] = 1;
    find_needed(uses);
    count_readers(uses);
    return FACET_OK;
}

void facet_onnx_uses_free(struct facet_onnx_uses *u)
{
    free(u->needed);
    free(u->done);
    free(u->asked);
    free(u->computed);
    free(u->readers);
    free(u->reader);
    free(u->all_readers);
    *u = (struct facet_onnx_uses){0};
}

/* ---- what can be done together ---- */

/* The BatchNormalization that becomes part of a node's weights; NULL if none. */
static const struct facet_onnx_node *norm_of(const struct facet_onnx_uses *u,
                                             const struct facet_onnx_node *node)
{
    const size_t value = node->outputs[0];
    const float *bias;
    if (node->op->packing == NULL || u->all_readers[value] != 1 || u->readers[value] != 1 ||
        !node->op->packing->bias(u->graph, node, &bias))
        return NULL;
    const struct facet_onnx_node *norm = &u->graph->nodes[u->reader[value]];
    return is(norm, "BatchNormalization") && norm->inputs[0] == value ? norm : NULL;
}

int facet_onnx_fuse_apart(const struct facet_onnx_uses *u, const struct facet_onnx_node *node)
{
    return u->asked[node->outputs[0]] && norm_of(u, node) != NULL;
}

struct facet_onnx_step facet_onnx_step_alone(const struct facet_onnx_node *node)
{
    return (struct facet_onnx_step){
        .node = node, .output = node->outputs[0], .add = FACET_ONNX_NONE};
}

/* The only node that reads a step's result, if nobody else asks for it. */
static const struct facet_onnx_node *next_of(const struct facet_onnx_uses *u, size_t value)
{
    return !u->asked[value] && u->readers[value] == 1 ? &u->graph->nodes[u->reader[value]] : NULL;
}

/* The value that Add adds to the step's, if it is there already and lies in the same way. */
static size_t addend_of(const struct facet_onnx_plan *p, const struct facet_onnx_uses *u,
                        const struct facet_onnx_node *add, size_t value)
{
    const size_t other = add->inputs[add->inputs[0] == value];
    const struct facet_onnx_shape *shape = &tensor_of(u, value)->shape;
    return u->computed[other] && facet_onnx_shape_same(&tensor_of(u, other)->shape, shape) &&
                   p->places[other].last == (shape->rank >= 3)
               ? other
               : FACET_ONNX_NONE;
}

/* A slope of one value, or of one for each channel of (n, channels, ..). */
static int is_channel_slope(const struct facet_onnx_tensor *slope, const struct facet_onnx_shape *x)
{
    const size_t count = facet_onnx_shape_count(&slope->shape);
    const int axis = slope->shape.rank - (x->rank - 1); /* of the channels */
    if (slope->values == NULL) return 0;
    return count == 1 ||
           (axis >= 0 && slope->shape.dims[axis] == x->dims[1] && count == x->dims[1]);
}

static int set_slope(struct facet_onnx_step *step, size_t channels, const float *values,
                     size_t count)
{
    step->slope = facet_alloc(channels, sizeof *step->slope, "slopes");
    if (step->slope == NULL) return FACET_ENOMEM;
    for (size_t c = 0; c < channels; c++) step->slope[c] = values[count == 1 ? 0 : c];
    step->finish.activation = FACET_SLOPE;
    return FACET_OK;
}

/* 1 if the node is an activation that the step can end with, and does now; 0 if not. */
static int take_activation(const struct facet_onnx_uses *u, const struct facet_onnx_node *node,
                           struct facet_onnx_step *step)
{
    const struct facet_onnx_unary *unary = node->settings;
    const size_t channels = step->node->op->packing->channels(step->node);
    int code = 1;
    if (is(node, "Relu")) {
        step->finish.activation = FACET_RELU;
    } else if (is(node, "Clip")) {
        step->finish.activation = FACET_CLIP;
        step->finish.low = unary->alpha;
        step->finish.high = unary->beta;
    } else if (is(node, "LeakyRelu")) {
        code = set_slope(step, channels, &unary->alpha, 1);
    } else if (is(node, "PRelu") && node->inputs[1] != step->output &&
               is_channel_slope(tensor_of(u, node->inputs[1]),
                                &tensor_of(u, step->output)->shape)) {
        const struct facet_onnx_tensor *slope = tensor_of(u, node->inputs[1]);
        code = set_slope(step, channels, slope->values, facet_onnx_shape_count(&slope->shape));
    } else {
        return 0;
    }
    return code < 0 ? code : 1;
}

static void go_on(struct facet_onnx_uses *u, const struct facet_onnx_node *node,
                  struct facet_onnx_step *step)
{
    u->done[node - u->graph->nodes] = 1;
    step->output = node->outputs[0];
}

int facet_onnx_fuse(const struct facet_onnx_plan *p, struct facet_onnx_uses *u,
                    const struct facet_onnx_node *node, struct facet_onnx_step *step)
{
    const struct facet_onnx_node *norm = norm_of(u, node), *next;
    int code = 0;
    *step = facet_onnx_step_alone(node);
    u->done[node - u->graph->nodes] = 1;
    if (node->op->packing == NULL) return FACET_OK;
    if (norm != NULL) {
        step->norm = norm;
        go_on(u, norm, step);
    }
    while (code == 0 && (next = next_of(u, step->output)) != NULL) {
        if (is(next, "Add") && step->add == FACET_ONNX_NONE) {
            step->add = addend_of(p, u, next, step->output);
            if (step->add == FACET_ONNX_NONE) break;
            go_on(u, next, step);
            continue;
        }
        code = take_activation(u, next, step);
        if (code != 1) break;
        go_on(u, next, step);
    }
    return code < 0 ? code : FACET_OK;
}

/* ---- weights ---- */

int facet_onnx_fuse_pack(const struct facet_onnx_plan *p, struct facet_onnx_step *step)
{
    const struct facet_onnx_packing *packing = step->node->op->packing;
    const size_t channels = packing->channels(step->node);
    const float *bias;
    double *scale = NULL;
    packing->bias(p->graph, step->node, &bias);
    if (step->norm != NULL) {
        const struct facet_onnx_affine *a = step->norm->settings;
        scale = facet_alloc(channels, sizeof *scale, "factors");
        step->bias = facet_alloc(channels, sizeof *step->bias, "biases");
        if (scale == NULL || step->bias == NULL) {
            free(scale);
            return FACET_ENOMEM;
        }
        for (size_t c = 0; c < channels; c++) {
            scale[c] = facet_onnx_affine_factor(a, c);
            step->bias[c] = (float)(facet_onnx_affine_addend(a, c) +
                                    (bias != NULL ? (double)bias[c] * scale[c] : 0));
        }
    }
    packing->pack(p->graph, step->node, p->kernels, scale, step->packed);
    step->finish.bias = step->bias != NULL ? step->bias : bias;
    step->finish.slope = step->slope;
    free(scale);
    return FACET_OK;
}
