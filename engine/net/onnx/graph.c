#include "net/onnx/graph.h"

#include "net/onnx/evaluate.h"
#include "net/onnx/external.h"
#include "net/onnx/label.h"
#include "net/onnx/operator.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Opsets whose meaning the operators follow; more nodes than any network has. */
enum { OLDEST = 1, NEWEST = 17, NODES = 1 << 14 };

static int fail(const struct facet_onnx_graph *g, const char *what, const char *name)
{
    return facet_fail(FACET_EFORMAT, "%s: %s '%.128s'", g->source.path, what, name);
}

/* ---- values ---- */

static int add_value(struct facet_onnx_graph *g, const char *name, size_t node, size_t *number)
{
    if (facet_onnx_names_find(&g->names, name) != FACET_ONNX_NONE)
        return fail(g, "two tensors are named", name);
    if (g->value_count == g->value_room) {
        const size_t room = 2 * g->value_room + 64;
        struct facet_onnx_value *more = facet_alloc(room, sizeof *more, "tensors");
        if (more == NULL) return FACET_ENOMEM;
        if (g->value_count > 0) memcpy(more, g->values, g->value_count * sizeof *more);
        free(g->values);
        g->values = more;
        g->value_room = room;
    }
    if (facet_onnx_names_add(&g->names, name, g->value_count) < 0) return FACET_ENOMEM;
    g->values[g->value_count] = (struct facet_onnx_value){.name = name, .node = node};
    if (number != NULL) *number = g->value_count;
    g->value_count++;
    return FACET_OK;
}

static int add_initializers(struct facet_onnx_graph *g)
{
    const Onnx__GraphProto *p = g->model->graph;
    int code = FACET_OK;
    if (p->n_sparse_initializer > 0)
        return facet_fail(FACET_EFORMAT, "%s: sparse initialisers are unsupported", g->source.path);
    for (size_t i = 0; code == FACET_OK && i < p->n_initializer; i++) {
        const char *name = p->initializer[i]->name;
        if (name == NULL || name[0] == '\0')
            return facet_fail(FACET_EFORMAT, "%s: initialiser %zu has no name", g->source.path, i);
        size_t number;
        code = add_value(g, name, FACET_ONNX_NONE, &number);
        if (code == FACET_OK)
            code = facet_onnx_tensor_read(&g->values[number].tensor, p->initializer[i], &g->source,
                                          name);
    }
    return code;
}

/* ---- the input ---- */

/* Dimension i of the image's tensor: the first is 1, the size is the file's or what is asked for.
 */
static int input_dim(const struct facet_onnx_graph *g, const char *name,
                     const Onnx__TensorShapeProto__Dimension *d, int i, size_t wanted, size_t *out)
{
    const int said = d->value_case == ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_VALUE;
    if (said && (d->dim_value < 1 || (uint64_t)d->dim_value > FACET_ONNX_MOST))
        return facet_fail(FACET_EFORMAT, "%s: input '%.128s': dimension %d is %lld", g->source.path,
                          name, i + 1, (long long)d->dim_value);
    if (i == 0 && said && d->dim_value != 1)
        return facet_fail(FACET_EFORMAT,
                          "%s: input '%.128s': its first dimension is fixed to %lld, expected 1 or "
                          "a name: the network must be one of single images",
                          g->source.path, name, (long long)d->dim_value);
    if (said && wanted > 0 && (uint64_t)d->dim_value != wanted)
        return facet_fail(FACET_EFORMAT,
                          "%s: input '%.128s': dimension %d is %lld in the file, %zu was asked for",
                          g->source.path, name, i + 1, (long long)d->dim_value, wanted);
    *out = said ? (size_t)d->dim_value : i == 0 ? 1 : wanted;
    if (*out == 0)
        return facet_fail(FACET_EFORMAT, "%s: input '%.128s': dimension %d is left open: a size %s",
                          g->source.path, name, i + 1,
                          i >= 2 ? "of the image must be given" : "is needed there");
    return FACET_OK;
}

static int read_input(struct facet_onnx_graph *g, const Onnx__ValueInfoProto *p, size_t height,
                      size_t width, struct facet_onnx_tensor *t)
{
    const Onnx__TypeProto__Tensor *type =
        p->type != NULL && p->type->value_case == ONNX__TYPE_PROTO__VALUE_TENSOR_TYPE
            ? p->type->tensor_type
            : NULL;
    if (type == NULL || type->shape == NULL)
        return fail(g, "no shape is declared of the input", p->name);
    if (type->elem_type != FACET_ONNX_FLOAT)
        return facet_fail(FACET_EFORMAT, "%s: input '%.128s' is %s, expected FLOAT", g->source.path,
                          p->name, facet_onnx_type_name(type->elem_type));
    if (type->shape->n_dim > FACET_ONNX_RANK)
        return fail(g, "too many dimensions has the input", p->name);
    *t = (struct facet_onnx_tensor){.type = FACET_ONNX_FLOAT,
                                    .shape = {.rank = (int)type->shape->n_dim}};
    int code = FACET_OK;
    for (int i = 0; code == FACET_OK && i < t->shape.rank; i++) {
        const size_t wanted = t->shape.rank != 4 ? 0 : i == 2 ? height : i == 3 ? width : 0;
        code = input_dim(g, p->name, type->shape->dim[i], i, wanted, &t->shape.dims[i]);
    }
    if (code == FACET_OK && !facet_onnx_shape_fits(&t->shape))
        code = fail(g, "too many values has the input", p->name);
    return code;
}

static int copy_tensor(const struct facet_onnx_tensor *from, struct facet_onnx_tensor *to)
{
    const size_t count = facet_onnx_shape_count(&from->shape);
    *to = *from;
    if (from->values == NULL) return FACET_OK;
    to->values = facet_alloc(count, facet_onnx_type_size(from->type), "a given tensor");
    if (to->values == NULL) return FACET_ENOMEM;
    memcpy(to->values, from->values, count * facet_onnx_type_size(from->type));
    return FACET_OK;
}

/* Inputs that an initialiser names are known. */
static int add_inputs(struct facet_onnx_graph *g, const struct facet_onnx_given *given,
                      size_t given_count, size_t height, size_t width)
{
    const Onnx__GraphProto *p = g->model->graph;
    for (size_t i = 0; i < p->n_input; i++) {
        const char *name = p->input[i]->name;
        if (name == NULL || name[0] == '\0')
            return facet_fail(FACET_EFORMAT, "%s: input %zu has no name", g->source.path, i);
        if (facet_onnx_names_find(&g->names, name) != FACET_ONNX_NONE) continue;
        struct facet_onnx_tensor tensor = {0};
        size_t k = 0, number;
        while (k < given_count && strcmp(given[k].name, name) != 0) k++;
        int code = k < given_count ? copy_tensor(&given[k].tensor, &tensor)
                                   : read_input(g, p->input[i], height, width, &tensor);
        if (code == FACET_OK) code = add_value(g, name, FACET_ONNX_NONE, &number);
        if (code < 0) {
            free(tensor.values);
            return code;
        }
        g->values[number].tensor = tensor;
        if (tensor.values != NULL) continue;
        if (g->input != FACET_ONNX_NONE)
            return facet_fail(FACET_EFORMAT,
                              "%s: has the inputs '%.128s' and '%.128s', expected one image",
                              g->source.path, g->values[g->input].name, name);
        g->input = number;
    }
    return FACET_OK;
}

/* ---- nodes ---- */

static int count_of(size_t count, const struct facet_onnx_graph *g,
                    const struct facet_onnx_node *node, const char *what, int *out)
{
    if (count > INT16_MAX) return facet_onnx_fail(g, node, "has %zu %s", count, what);
    *out = (int)count;
    return FACET_OK;
}

/* All outputs are named before any input is looked up: one that comes later is a fault that has a
 * name. `later`: which node gives what. */
static int name_outputs(struct facet_onnx_graph *g, struct facet_onnx_names *later)
{
    const Onnx__GraphProto *p = g->model->graph;
    int code = FACET_OK;
    for (size_t n = 0; n < g->node_count; n++)
        for (size_t i = 0; i < p->node[n]->n_output; i++) {
            const char *name = p->node[n]->output[i];
            if (name[0] == '\0') continue;
            if (facet_onnx_names_find(later, name) != FACET_ONNX_NONE ||
                facet_onnx_names_find(&g->names, name) != FACET_ONNX_NONE)
                return facet_onnx_fail(g, &g->nodes[n], "another tensor is named '%.128s' too",
                                       name);
            code = facet_onnx_names_add(later, name, n);
            if (code < 0) return code;
        }
    return code;
}

static int find_inputs(struct facet_onnx_graph *g, struct facet_onnx_node *node,
                       const struct facet_onnx_names *later)
{
    node->inputs = facet_alloc((size_t)node->input_count, sizeof *node->inputs, "inputs");
    if (node->inputs == NULL) return FACET_ENOMEM;
    for (int i = 0; i < node->input_count; i++) {
        const char *name = node->proto->input[i];
        node->inputs[i] = FACET_ONNX_NONE;
        if (name[0] == '\0') continue;
        node->inputs[i] = facet_onnx_names_find(&g->names, name);
        if (node->inputs[i] != FACET_ONNX_NONE) continue;
        return facet_onnx_fail(g, node,
                               facet_onnx_names_find(later, name) != FACET_ONNX_NONE
                                   ? "input '%.128s' is given by this node or a later one: a "
                                     "cycle, or nodes out of order"
                                   : "nothing gives its input '%.128s'",
                               name);
    }
    return FACET_OK;
}

static int add_outputs(struct facet_onnx_graph *g, struct facet_onnx_node *node)
{
    int code = FACET_OK;
    node->outputs = facet_alloc((size_t)node->output_count, sizeof *node->outputs, "outputs");
    if (node->outputs == NULL) return FACET_ENOMEM;
    for (int i = 0; i < node->output_count; i++) node->outputs[i] = FACET_ONNX_NONE;
    for (int i = 0; code == FACET_OK && i < node->output_count; i++)
        if (node->proto->output[i][0] != '\0')
            code =
                add_value(g, node->proto->output[i], (size_t)(node - g->nodes), &node->outputs[i]);
    return code;
}

/* Nonzero if " a b " holds " name ". */
static int holds(const char *words, const char *name)
{
    const size_t length = strlen(name);
    for (const char *at = words; length > 0 && (at = strstr(at, name)) != NULL; at++)
        if (at[-1] == ' ' && at[length] == ' ') return 1;
    return 0;
}

static int check_attributes(const struct facet_onnx_graph *g, const struct facet_onnx_node *node)
{
    const Onnx__NodeProto *p = node->proto;
    for (size_t i = 0; i < p->n_attribute; i++) {
        const Onnx__AttributeProto *a = p->attribute[i];
        const char *name = a->name != NULL ? a->name : "";
        if (a->ref_attr_name != NULL && a->ref_attr_name[0] != '\0')
            return facet_onnx_fail(g, node, "attribute '%.64s' refers to a function's", name);
        if (!holds(node->op->attributes, name))
            return facet_onnx_fail(g, node, "attribute '%.64s' is unsupported", name);
        if (facet_onnx_attribute(node, name) != a)
            return facet_onnx_fail(g, node, "attribute '%.64s' is there twice", name);
    }
    return FACET_OK;
}

/* Numbers of inputs and outputs, and the types of data. */
static int check_node(const struct facet_onnx_graph *g, const struct facet_onnx_node *node)
{
    const struct facet_onnx_operator *op = node->op;
    if (node->input_count < op->least || node->input_count > op->most)
        return facet_onnx_fail(g, node, "has %d inputs, expected %d to %d", node->input_count,
                               op->least, op->most);
    if (node->output_count < 1 || node->output_count > op->outputs)
        return facet_onnx_fail(g, node, "has %d outputs, expected 1 to %d", node->output_count,
                               op->outputs);
    if (node->outputs[0] == FACET_ONNX_NONE) return facet_onnx_fail(g, node, "has no output");
    for (int i = 0; i < op->least; i++)
        if (node->inputs[i] == FACET_ONNX_NONE)
            return facet_onnx_fail(g, node, "its input %d is left out", i + 1);
    int code = check_attributes(g, node);
    const int data = op->data == FACET_ONNX_ALL ? node->input_count : op->data;
    for (int i = 0; code == FACET_OK && i < data; i++) {
        const struct facet_onnx_tensor *t = facet_onnx_input(g, node, i);
        if (t == NULL) return facet_onnx_fail(g, node, "its input %d is left out", i + 1);
        const int type = t->type, first = facet_onnx_input(g, node, 0)->type;
        const int fits = type == FACET_ONNX_FLOAT ||
                         (op->accepts == FACET_ONNX_NUMBERS && type == FACET_ONNX_INT64) ||
                         op->accepts == FACET_ONNX_ANY;
        if (!fits || type != first)
            return facet_onnx_fail(g, node, "input %d of %s is unsupported%s", i + 1,
                                   facet_onnx_type_name(type),
                                   type != first ? ": another type than input 1" : "");
    }
    return code;
}

/* Nonzero if all inputs (or all outputs) of the node are known. */
static int all_known(const struct facet_onnx_graph *g, const size_t *values, int count)
{
    int known = 1;
    for (int i = 0; i < count; i++)
        known =
            known && (values[i] == FACET_ONNX_NONE || g->values[values[i]].tensor.values != NULL);
    return known;
}

static int infer(struct facet_onnx_graph *g, struct facet_onnx_node *node)
{
    int code = check_node(g, node);
    if (code == FACET_OK) code = node->op->infer(g, node);
    if (code < 0 || all_known(g, node->outputs, node->output_count)) return code;
    const int known = all_known(g, node->inputs, node->input_count);
    double work = node->macs;
    for (int i = 0; i < node->output_count; i++) {
        const struct facet_onnx_tensor *t = facet_onnx_output(g, node, i);
        if (t == NULL || t->values != NULL) continue;
        work += (double)facet_onnx_shape_count(&t->shape);
        if (!known && t->type != FACET_ONNX_FLOAT)
            return facet_onnx_fail(g, node, "%s at run time is unsupported",
                                   facet_onnx_type_name(t->type));
    }
    if (!known) return FACET_OK;
    node->macs = 0; /* of no image */
    code = facet_onnx_work(g, node, work);
    return code == FACET_OK ? facet_onnx_evaluate(g, node) : code;
}

/* ---- what is unsupported ---- */

struct faults {
    size_t count, unlisted;
    char text[768];
};

/* Adds what facet_error_message() says, without the file's name. */
static void note_fault(const struct facet_onnx_graph *g, struct faults *f)
{
    const char *message = facet_error_message();
    const size_t prefix = strlen(g->source.path) + 2, used = strlen(f->text);
    if (strlen(message) > prefix && strncmp(message, g->source.path, prefix - 2) == 0)
        message += prefix;
    f->count++;
    if (used + strlen(message) + 3 < sizeof f->text)
        snprintf(f->text + used, sizeof f->text - used, "%s%s", used > 0 ? "; " : "", message);
    else
        f->unlisted++;
}

static int say_faults(const struct facet_onnx_graph *g, const struct faults *f)
{
    if (f->count == 0) return FACET_OK;
    if (f->unlisted > 0)
        return facet_fail(FACET_EFORMAT, "%s: %s; and %zu more", g->source.path, f->text,
                          f->unlisted);
    return facet_fail(FACET_EFORMAT, "%s: %s", g->source.path, f->text);
}

static const struct facet_onnx_operator *find_operator(const struct facet_onnx_graph *g,
                                                       const Onnx__NodeProto *p)
{
    const int standard =
        p->domain == NULL || p->domain[0] == '\0' || strcmp(p->domain, "ai.onnx") == 0;
    return standard && p->op_type != NULL ? facet_onnx_operator_find(p->op_type, g->opset) : NULL;
}

/* Nonzero if a node's input comes from one that failed. */
static int hangs_on_fault(const struct facet_onnx_graph *g, const struct facet_onnx_node *node)
{
    for (int i = 0; i < node->input_count; i++)
        if (node->inputs[i] != FACET_ONNX_NONE &&
            g->values[node->inputs[i]].tensor.type == FACET_ONNX_UNKNOWN)
            return 1;
    return 0;
}

/* Goes on behind a node that fails, as far as nothing hangs on it, so that all faults are said. */
static int add_node(struct facet_onnx_graph *g, struct facet_onnx_node *node,
                    const struct facet_onnx_names *later, struct faults *faults)
{
    int code = count_of(node->proto->n_input, g, node, "inputs", &node->input_count);
    if (code == FACET_OK)
        code = count_of(node->proto->n_output, g, node, "outputs", &node->output_count);
    if (code == FACET_OK) code = find_inputs(g, node, later);
    if (code == FACET_OK) code = add_outputs(g, node);
    if (code < 0) return code;
    node->op = find_operator(g, node->proto);
    if (node->op == NULL)
        code = facet_onnx_fail(g, node, "the operator is unsupported in opset %d", g->opset);
    else if (!hangs_on_fault(g, node))
        code = infer(g, node);
    if (code != FACET_EFORMAT) return code;
    note_fault(g, faults);
    for (int i = 0; i < node->output_count; i++)
        if (node->outputs[i] != FACET_ONNX_NONE)
            g->values[node->outputs[i]].tensor.type = FACET_ONNX_UNKNOWN;
    return FACET_OK;
}

static int add_nodes(struct facet_onnx_graph *g)
{
    const Onnx__GraphProto *p = g->model->graph;
    struct facet_onnx_names later = {0};
    struct faults faults = {0};
    if (p->n_node > NODES)
        return facet_fail(FACET_EFORMAT, "%s: has %zu nodes, expected at most %d", g->source.path,
                          p->n_node, NODES);
    g->nodes = facet_alloc(p->n_node, sizeof *g->nodes, "nodes");
    if (g->nodes == NULL) return FACET_ENOMEM;
    g->node_count = p->n_node;
    for (size_t i = 0; i < p->n_node; i++) g->nodes[i].proto = p->node[i];
    int code = name_outputs(g, &later);
    for (size_t i = 0; code == FACET_OK && i < g->node_count; i++)
        code = add_node(g, &g->nodes[i], &later, &faults);
    facet_onnx_names_clear(&later);
    return code == FACET_OK ? say_faults(g, &faults) : code;
}

/* ---- the whole ---- */

static int read_opset(struct facet_onnx_graph *g)
{
    int64_t version = 0;
    for (size_t i = 0; i < g->model->n_opset_import; i++) {
        const Onnx__OperatorSetIdProto *set = g->model->opset_import[i];
        if (set->domain == NULL || set->domain[0] == '\0' || strcmp(set->domain, "ai.onnx") == 0)
            version = set->version;
    }
    if (version < OLDEST || version > NEWEST)
        return facet_fail(FACET_EFORMAT, "%s: opset %lld is unsupported, expected %d to %d",
                          g->source.path, (long long)version, OLDEST, NEWEST);
    g->opset = (int)version;
    return FACET_OK;
}

static int find_results(struct facet_onnx_graph *g)
{
    const Onnx__GraphProto *p = g->model->graph;
    if (p->n_output == 0) return facet_fail(FACET_EFORMAT, "%s: has no output", g->source.path);
    g->outputs = facet_alloc(p->n_output, sizeof *g->outputs, "outputs");
    if (g->outputs == NULL) return FACET_ENOMEM;
    g->output_count = p->n_output;
    for (size_t i = 0; i < p->n_output; i++) {
        const char *name = p->output[i]->name != NULL ? p->output[i]->name : "";
        g->outputs[i] = facet_onnx_names_find(&g->names, name);
        if (g->outputs[i] == FACET_ONNX_NONE) return fail(g, "nothing gives the output", name);
    }
    return FACET_OK;
}

int facet_onnx_graph_new(struct facet_onnx_graph **graph, Onnx__ModelProto *model, const char *path,
                         struct facet_hash *hash, const struct facet_onnx_given *given,
                         size_t given_count, size_t height, size_t width)
{
    struct facet_onnx_graph *g = facet_alloc(1, sizeof *g, "graph");
    if (g == NULL) {
        facet_onnx_proto_free(&model);
        return FACET_ENOMEM;
    }
    *g = (struct facet_onnx_graph){
        .source = {.hash = hash}, .model = model, .input = FACET_ONNX_NONE};
    g->path = facet_strdup(path);
    int code = g->path != NULL ? facet_onnx_external_folder(path, &g->source.folder) : FACET_ENOMEM;
    g->source.path = g->path;
    if (code == FACET_OK && model->graph == NULL)
        code = facet_fail(FACET_EFORMAT, "%s: holds no graph: not an ONNX model", path);
    if (code == FACET_OK) code = read_opset(g);
    if (code == FACET_OK) code = add_initializers(g);
    if (code == FACET_OK) code = add_inputs(g, given, given_count, height, width);
    if (code == FACET_OK) code = add_nodes(g);
    if (code == FACET_OK) code = find_results(g);
    if (code == FACET_OK) code = facet_onnx_label(g);
    g->source.hash = NULL;
    if (code == FACET_OK)
        *graph = g;
    else
        facet_onnx_graph_free(&g);
    return code;
}

void facet_onnx_graph_free(struct facet_onnx_graph **graph)
{
    struct facet_onnx_graph *g = *graph;
    if (g == NULL) return;
    for (size_t i = 0; i < g->value_count; i++) free(g->values[i].tensor.values);
    for (size_t i = 0; i < g->node_count; i++) {
        free(g->nodes[i].inputs);
        free(g->nodes[i].outputs);
        free(g->nodes[i].settings);
    }
    free(g->values);
    free(g->nodes);
    free(g->outputs);
    facet_onnx_names_clear(&g->names);
    facet_onnx_proto_free(&g->model);
    free(g->source.folder);
    free(g->path);
    free(g);
    *graph = NULL;
}
