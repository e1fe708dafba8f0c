#include "net/onnx/node.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int facet_onnx_fail(const struct facet_onnx_graph *graph, const struct facet_onnx_node *node,
                    const char *format, ...)
{
    char text[768];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    const Onnx__NodeProto *p = node->proto;
    const char *op = p->op_type != NULL ? p->op_type : "";
    if (p->name != NULL && p->name[0] != '\0')
        return facet_fail(FACET_EFORMAT, "%s: node '%.128s' (%.64s): %s", graph->source.path,
                          p->name, op, text);
    return facet_fail(FACET_EFORMAT, "%s: node that gives '%.128s' (%.64s): %s", graph->source.path,
                      p->n_output > 0 ? p->output[0] : "", op, text);
}

static struct facet_onnx_value *value_of(const struct facet_onnx_graph *graph, const size_t *list,
                                         int count, int i)
{
    return i < count && list[i] != FACET_ONNX_NONE ? &graph->values[list[i]] : NULL;
}

const struct facet_onnx_tensor *facet_onnx_input(const struct facet_onnx_graph *graph,
                                                 const struct facet_onnx_node *node, int i)
{
    const struct facet_onnx_value *value = value_of(graph, node->inputs, node->input_count, i);
    return value != NULL ? &value->tensor : NULL;
}

const struct facet_onnx_tensor *facet_onnx_output(const struct facet_onnx_graph *graph,
                                                  const struct facet_onnx_node *node, int i)
{
    const struct facet_onnx_value *value = value_of(graph, node->outputs, node->output_count, i);
    return value != NULL ? &value->tensor : NULL;
}

void *facet_onnx_settings(struct facet_onnx_node *node, size_t size)
{
    return node->settings = facet_alloc(1, size, "an operator's settings");
}

int facet_onnx_set(struct facet_onnx_graph *graph, const struct facet_onnx_node *node, int i,
                   int type, const struct facet_onnx_shape *shape)
{
    struct facet_onnx_value *value = value_of(graph, node->outputs, node->output_count, i);
    char text[FACET_ONNX_SHAPE_TEXT];
    if (value == NULL) return FACET_OK;
    if (!facet_onnx_shape_fits(shape))
        return facet_onnx_fail(graph, node, "'%.128s' would have shape %s, more than %zu values",
                               value->name, facet_onnx_shape_text(shape, text), FACET_ONNX_MOST);
    value->tensor.type = type;
    value->tensor.shape = *shape;
    return FACET_OK;
}

void facet_onnx_give(struct facet_onnx_graph *graph, const struct facet_onnx_node *node, int i,
                     void *values)
{
    value_of(graph, node->outputs, node->output_count, i)->tensor.values = values;
}

/* ---- inputs ---- */

static int fail_unknown(const struct facet_onnx_graph *graph, const struct facet_onnx_node *node,
                        int i)
{
    return facet_onnx_fail(graph, node, "input %d ('%.128s') is computed at run time: unsupported",
                           i + 1, graph->values[node->inputs[i]].name);
}

int facet_onnx_input_list(const struct facet_onnx_graph *graph, const struct facet_onnx_node *node,
                          int i, struct facet_onnx_list *list)
{
    const struct facet_onnx_tensor *t = facet_onnx_input(graph, node, i);
    *list = (struct facet_onnx_list){0};
    if (t == NULL) return FACET_OK;
    if (t->values == NULL) return fail_unknown(graph, node, i);
    if (!facet_onnx_type_is_whole(t->type) || t->shape.rank > 1)
        return facet_onnx_fail(
            graph, node, "input %d is %s with %d dimensions, expected a list of whole numbers",
            i + 1, facet_onnx_type_name(t->type), t->shape.rank);
    *list = (struct facet_onnx_list){t->values, facet_onnx_shape_count(&t->shape)};
    return FACET_OK;
}

int facet_onnx_input_reals(const struct facet_onnx_graph *graph, const struct facet_onnx_node *node,
                           int i, size_t count, const float **values)
{
    const struct facet_onnx_tensor *t = facet_onnx_input(graph, node, i);
    *values = NULL;
    if (t == NULL) return FACET_OK;
    if (t->values == NULL) return fail_unknown(graph, node, i);
    const size_t found = facet_onnx_shape_count(&t->shape);
    if (t->type != FACET_ONNX_FLOAT)
        return facet_onnx_fail(graph, node, "input %d is %s, expected FLOAT", i + 1,
                               facet_onnx_type_name(t->type));
    if (count > 0 && found != count)
        return facet_onnx_fail(graph, node, "input %d has %zu values, expected %zu", i + 1, found,
                               count);
    *values = t->values;
    return FACET_OK;
}

int facet_onnx_input_real(const struct facet_onnx_graph *graph, const struct facet_onnx_node *node,
                          int i, float fallback, float *value)
{
    const float *values;
    int code = facet_onnx_input_reals(graph, node, i, 1, &values);
    if (code == FACET_OK) *value = values != NULL ? values[0] : fallback;
    return code;
}

/* ---- attributes ---- */

const Onnx__AttributeProto *facet_onnx_attribute(const struct facet_onnx_node *node,
                                                 const char *name)
{
    for (size_t i = 0; i < node->proto->n_attribute; i++) {
        const Onnx__AttributeProto *a = node->proto->attribute[i];
        if (a->name != NULL && strcmp(a->name, name) == 0) return a;
    }
    return NULL;
}

/* The attribute, if it is there and of that type; files of old leave the type out. */
static int find(const struct facet_onnx_graph *graph, const struct facet_onnx_node *node,
                const char *name, Onnx__AttributeProto__AttributeType type,
                const Onnx__AttributeProto **out)
{
    *out = facet_onnx_attribute(node, name);
    if (*out == NULL || !(*out)->has_type || (*out)->type == type) return FACET_OK;
    return facet_onnx_fail(graph, node, "attribute %s has type %d, expected %d", name,
                           (int)(*out)->type, (int)type);
}

int facet_onnx_int(const struct facet_onnx_graph *graph, const struct facet_onnx_node *node,
                   const char *name, int64_t fallback, int64_t *value)
{
    const Onnx__AttributeProto *a;
    int code = find(graph, node, name, ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__INT, &a);
    *value = code == FACET_OK && a != NULL ? a->i : fallback;
    return code;
}

int facet_onnx_real(const struct facet_onnx_graph *graph, const struct facet_onnx_node *node,
                    const char *name, float fallback, float *value)
{
    const Onnx__AttributeProto *a;
    int code = find(graph, node, name, ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__FLOAT, &a);
    *value = code == FACET_OK && a != NULL ? a->f : fallback;
    return code;
}

int facet_onnx_ints(const struct facet_onnx_graph *graph, const struct facet_onnx_node *node,
                    const char *name, struct facet_onnx_list *list)
{
    const Onnx__AttributeProto *a;
    *list = (struct facet_onnx_list){0};
    int code = find(graph, node, name, ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__INTS, &a);
    if (code == FACET_OK && a != NULL) *list = (struct facet_onnx_list){a->ints, a->n_ints};
    return code;
}

int facet_onnx_reals(const struct facet_onnx_graph *graph, const struct facet_onnx_node *node,
                     const char *name, const float **values, size_t *count)
{
    const Onnx__AttributeProto *a;
    *values = NULL;
    *count = 0;
    int code = find(graph, node, name, ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__FLOATS, &a);
    if (code == FACET_OK && a != NULL) {
        *values = a->floats;
        *count = a->n_floats;
    }
    return code;
}

int facet_onnx_word(const struct facet_onnx_graph *graph, const struct facet_onnx_node *node,
                    const char *name, const char *fallback, const char *const *words, int *which)
{
    const Onnx__AttributeProto *a;
    int code = find(graph, node, name, ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__STRING, &a);
    if (code < 0) return code;
    const char *text = a != NULL ? (const char *)a->s.data : fallback;
    const size_t length = a != NULL ? a->s.len : strlen(fallback);
    for (int i = 0; words[i] != NULL; i++)
        if (strlen(words[i]) == length && memcmp(words[i], text, length) == 0) {
            *which = i;
            return FACET_OK;
        }
    return facet_onnx_fail(graph, node, "attribute %s is \"%.*s\": unsupported", name,
                           (int)(length < 64 ? length : 64), length > 0 ? text : "");
}

/* ---- axes ---- */

int facet_onnx_axis(const struct facet_onnx_graph *graph, const struct facet_onnx_node *node,
                    int64_t value, int rank, int beyond, int *axis)
{
    const int64_t most = beyond ? rank : rank - 1;
    if (value < -rank || value > most)
        return facet_onnx_fail(graph, node, "axis %lld is outside %d to %lld", (long long)value,
                               -rank, (long long)most);
    *axis = (int)(value < 0 ? value + rank : value);
    return FACET_OK;
}

int facet_onnx_axes(const struct facet_onnx_graph *graph, const struct facet_onnx_node *node,
                    const struct facet_onnx_list *list, int rank, uint8_t marked[FACET_ONNX_RANK])
{
    memset(marked, 0, FACET_ONNX_RANK);
    for (size_t i = 0; i < list->count; i++) {
        int axis;
        int code = facet_onnx_axis(graph, node, list->values[i], rank, 0, &axis);
        if (code < 0) return code;
        if (marked[axis]) return facet_onnx_fail(graph, node, "axis %d is given twice", axis);
        marked[axis] = 1;
    }
    return FACET_OK;
}

int facet_onnx_moved_list(const struct facet_onnx_graph *graph, const struct facet_onnx_node *node,
                          const char *name, int i, int since, struct facet_onnx_list *list)
{
    return graph->opset >= since ? facet_onnx_input_list(graph, node, i, list)
                                 : facet_onnx_ints(graph, node, name, list);
}
