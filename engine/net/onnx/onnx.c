#include "net/onnx/onnx.h"

#include "net/onnx/network.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SUFFIX ".onnx"

int facet_onnx_is_name(const char *path)
{
    const size_t length = strlen(path), suffix = strlen(SUFFIX);
    return length > suffix && strcmp(path + length - suffix, SUFFIX) == 0;
}

/* ---- what there is ---- */

static int is_computed(const struct facet_onnx_value *value)
{
    return value->tensor.values == NULL && value->tensor.type == FACET_ONNX_FLOAT;
}

/* (1, c, y, x) is (c, y, x), anything else a list. */
static void shape_layer(const struct facet_onnx_value *value, struct facet_acts_layer *layer)
{
    const struct facet_onnx_shape *shape = &value->tensor.shape;
    memcpy(layer->name, value->label, sizeof layer->name);
    layer->neurons = facet_onnx_shape_count(shape);
    layer->rank = shape->rank == 4 && shape->dims[0] == 1 ? 3 : 1;
    layer->dims[0] = layer->neurons;
    for (int i = 0; layer->rank == 3 && i < 3; i++) layer->dims[i] = shape->dims[i + 1];
}

/* Values are in order of computation, but for inputs and initialisers, which come first. */
static int list_tensors(struct facet_onnx *onnx)
{
    const struct facet_onnx_graph *g = onnx->graph;
    onnx->tensors = facet_alloc(g->value_count, sizeof *onnx->tensors, "tensors");
    onnx->values = facet_alloc(g->value_count, sizeof *onnx->values, "tensors");
    onnx->layers = facet_alloc(g->node_count, sizeof *onnx->layers, "nodes");
    onnx->outputs = facet_alloc(g->output_count, sizeof *onnx->outputs, "outputs");
    if (onnx->tensors == NULL || onnx->values == NULL || onnx->layers == NULL ||
        onnx->outputs == NULL)
        return FACET_ENOMEM;
    for (size_t v = 0; v < g->value_count; v++) {
        if (!is_computed(&g->values[v]) || facet_onnx_shape_count(&g->values[v].tensor.shape) == 0)
            continue;
        shape_layer(&g->values[v], &onnx->tensors[onnx->tensor_count]);
        onnx->values[onnx->tensor_count++] = v;
    }
    for (size_t n = 0; n < g->node_count; n++)
        if (is_computed(&g->values[g->nodes[n].outputs[0]])) onnx->layers[onnx->layer_count++] = n;
    return FACET_OK;
}

static size_t tensor_of(const struct facet_onnx *onnx, size_t value)
{
    size_t t = 0;
    while (t < onnx->tensor_count && onnx->values[t] != value) t++;
    return t;
}

static int list_outputs(struct facet_onnx *onnx)
{
    const struct facet_onnx_graph *g = onnx->graph;
    for (size_t i = 0; i < g->output_count; i++) {
        const size_t t = tensor_of(onnx, g->outputs[i]);
        if (t < onnx->tensor_count) onnx->outputs[onnx->output_count++] = t;
    }
    if (onnx->output_count == 0)
        return facet_fail(FACET_EFORMAT, "%s: its outputs don't depend on the image", g->path);
    return FACET_OK;
}

static int check_image(const struct facet_onnx_graph *g)
{
    char text[FACET_ONNX_SHAPE_TEXT];
    if (g->input == FACET_ONNX_NONE) return facet_fail(FACET_EFORMAT, "%s: has no input", g->path);
    const struct facet_onnx_value *input = &g->values[g->input];
    const struct facet_onnx_shape *s = &input->tensor.shape;
    if (s->rank == 4 && (s->dims[1] == 1 || s->dims[1] == 3) && s->dims[2] <= 4096 &&
        s->dims[3] <= 4096)
        return FACET_OK;
    return facet_fail(FACET_EFORMAT,
                      "%s: input '%.128s' has shape %s, expected (1, 3, height, width) or "
                      "(1, 1, height, width), up to 4096 pixels",
                      g->path, input->name, facet_onnx_shape_text(s, text));
}

/* ---- reading ---- */

static int name_network(struct facet_onnx *onnx, const char *path)
{
    const char *slash = strrchr(path, '/'), *file = slash != NULL ? slash + 1 : path;
    const size_t length = strlen(file) - (facet_onnx_is_name(path) ? strlen(SUFFIX) : 0);
    onnx->name = facet_format("%.*s", (int)length, file);
    return onnx->name != NULL ? FACET_OK : FACET_ENOMEM;
}

int facet_onnx_read(struct facet_onnx **onnx, const char *path, size_t height, size_t width)
{
    struct facet_hash *hash = NULL;
    Onnx__ModelProto *model = NULL;
    struct facet_onnx *o = facet_alloc(1, sizeof *o, "network");
    if (o == NULL) return FACET_ENOMEM;
    int code = name_network(o, path);
    if (code == FACET_OK) code = facet_hash_begin(&hash);
    if (code == FACET_OK) code = facet_onnx_proto_model(&model, path, hash);
    if (code == FACET_OK)
        code = facet_onnx_graph_new(&o->graph, model, path, hash, NULL, 0, height, width);
    facet_hash_end(&hash, code == FACET_OK ? o->sha256 : NULL);
    if (code == FACET_OK) code = check_image(o->graph);
    if (code == FACET_OK) code = list_tensors(o);
    if (code == FACET_OK) code = list_outputs(o);
    if (code == FACET_OK)
        *onnx = o;
    else
        facet_onnx_free(&o);
    return code;
}

void facet_onnx_free(struct facet_onnx **onnx)
{
    struct facet_onnx *o = *onnx;
    if (o == NULL) return;
    facet_onnx_plan_free(&o->plan);
    facet_onnx_graph_free(&o->graph);
    free(o->name);
    free(o->tensors);
    free(o->values);
    free(o->layers);
    free(o->outputs);
    free(o);
    *onnx = NULL;
}

/* ---- asking ---- */

const char *facet_onnx_name(const struct facet_onnx *onnx)
{
    return onnx->name;
}

const char *facet_onnx_sha256(const struct facet_onnx *onnx)
{
    return onnx->sha256;
}

int facet_onnx_opset(const struct facet_onnx *onnx)
{
    return onnx->graph->opset;
}

const char *facet_onnx_producer(const struct facet_onnx *onnx)
{
    const char *producer = onnx->graph->model->producer_name;
    return producer != NULL ? producer : "";
}

const struct facet_acts_layer *facet_onnx_image(const struct facet_onnx *onnx)
{
    return &onnx->tensors[tensor_of(onnx, onnx->graph->input)];
}

size_t facet_onnx_tensor_count(const struct facet_onnx *onnx)
{
    return onnx->tensor_count;
}

const struct facet_acts_layer *facet_onnx_tensor(const struct facet_onnx *onnx, size_t tensor)
{
    return &onnx->tensors[tensor];
}

size_t facet_onnx_output_count(const struct facet_onnx *onnx)
{
    return onnx->output_count;
}

size_t facet_onnx_output_tensor(const struct facet_onnx *onnx, size_t output)
{
    return onnx->outputs[output];
}

int facet_onnx_find(const struct facet_onnx *onnx, const char *name, size_t *tensor)
{
    const struct facet_onnx_graph *g = onnx->graph;
    char known[512] = "";
    for (size_t t = 0; t < onnx->tensor_count; t++)
        if (strcmp(g->values[onnx->values[t]].name, name) == 0 ||
            strcmp(onnx->tensors[t].name, name) == 0) {
            *tensor = t;
            return FACET_OK;
        }
    for (size_t i = 0; i < onnx->output_count; i++)
        facet_fail_list(known, sizeof known, onnx->tensors[onnx->outputs[i]].name);
    return facet_fail(FACET_EINVAL,
                      "%s: no tensor computed at run time is named '%s' (outputs: %s; facet-info "
                      "lists all %zu)",
                      g->path, name, known, onnx->tensor_count);
}

size_t facet_onnx_layer_count(const struct facet_onnx *onnx)
{
    return onnx->layer_count;
}

struct facet_onnx_layer facet_onnx_layer(const struct facet_onnx *onnx, size_t layer)
{
    const struct facet_onnx_graph *g = onnx->graph;
    const struct facet_onnx_node *node = &g->nodes[onnx->layers[layer]];
    struct facet_onnx_layer known = {.name = g->values[node->outputs[0]].label,
                                     .kind = node->op->name,
                                     .tensor = tensor_of(onnx, node->outputs[0]),
                                     .macs = node->macs};
    for (int i = 0; i < node->input_count; i++) {
        const struct facet_onnx_tensor *t = facet_onnx_input(g, node, i);
        if (t != NULL && t->values != NULL) known.weights += facet_onnx_shape_count(&t->shape);
    }
    return known;
}

void facet_onnx_layer_inputs(const struct facet_onnx *onnx, size_t layer, char *text, size_t size)
{
    const struct facet_onnx_graph *g = onnx->graph;
    const struct facet_onnx_node *node = &g->nodes[onnx->layers[layer]];
    size_t used = 0;
    text[0] = '\0';
    for (int i = 0; i < node->input_count && used < size; i++) {
        const struct facet_onnx_tensor *t = facet_onnx_input(g, node, i);
        if (t != NULL && t->values == NULL)
            used += (size_t)snprintf(text + used, size - used, "%s%s", used > 0 ? "," : "",
                                     g->values[node->inputs[i]].label);
    }
}

/* ---- preparing ---- */

int facet_onnx_prepare(struct facet_onnx *onnx, const struct facet_kernels *kernels,
                       const size_t *tensors, size_t count)
{
    struct facet_onnx_plan *plan = NULL;
    size_t *values = facet_alloc(count, sizeof *values, "tensors");
    if (values == NULL) return FACET_ENOMEM;
    for (size_t i = 0; i < count; i++) values[i] = onnx->values[tensors[i]];
    int code = facet_onnx_plan_new(&plan, onnx->graph, kernels, values, count);
    free(values);
    if (code < 0) return code;
    facet_onnx_plan_free(&onnx->plan);
    onnx->plan = plan;
    return FACET_OK;
}

double facet_onnx_packed_bytes(const struct facet_onnx *onnx)
{
    double floats = 0;
    for (size_t i = 0; i < onnx->plan->step_count; i++)
        floats += (double)onnx->plan->steps[i].packed_floats;
    return floats * sizeof(float);
}
