#include "net/onnx/known.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- Constant ---- */

/* A list of floats or of whole numbers, or one of them (rank 0). */
static int list_tensor(const void *values, size_t count, int rank, int type,
                       struct facet_onnx_tensor *t)
{
    const size_t size = facet_onnx_type_size(type);
    t->values = facet_alloc(count, size, "a constant");
    if (t->values == NULL) return FACET_ENOMEM;
    if (count > 0) memcpy(t->values, values, count * size);
    t->type = type;
    t->shape = (struct facet_onnx_shape){.rank = rank, .dims = {count}};
    return FACET_OK;
}

int facet_onnx_infer_constant(struct facet_onnx_graph *graph, struct facet_onnx_node *node)
{
    const Onnx__AttributeProto *a =
        node->proto->n_attribute == 1 ? node->proto->attribute[0] : NULL;
    struct facet_onnx_tensor t = {0};
    int code;
    if (a == NULL || a->name == NULL)
        return facet_onnx_fail(graph, node, "%zu attributes, expected one",
                               node->proto->n_attribute);
    if (strcmp(a->name, "value") == 0 && a->t != NULL)
        code = facet_onnx_tensor_read(&t, a->t, &graph->source, node->proto->output[0]);
    else if (strcmp(a->name, "value_float") == 0)
        code = list_tensor(&a->f, 1, 0, FACET_ONNX_FLOAT, &t);
    else if (strcmp(a->name, "value_int") == 0)
        code = list_tensor(&a->i, 1, 0, FACET_ONNX_INT64, &t);
    else if (strcmp(a->name, "value_floats") == 0)
        code = list_tensor(a->floats, a->n_floats, 1, FACET_ONNX_FLOAT, &t);
    else if (strcmp(a->name, "value_ints") == 0)
        code = list_tensor(a->ints, a->n_ints, 1, FACET_ONNX_INT64, &t);
    else
        return facet_onnx_fail(graph, node, "a constant as %.64s is unsupported", a->name);
    if (code == FACET_OK) code = facet_onnx_set(graph, node, 0, t.type, &t.shape);
    if (code == FACET_OK)
        facet_onnx_give(graph, node, 0, t.values);
    else
        free(t.values);
    return code;
}

/* ---- Shape ---- */

int facet_onnx_infer_shape(struct facet_onnx_graph *graph, struct facet_onnx_node *node)
{
    const struct facet_onnx_shape *in = &facet_onnx_input(graph, node, 0)->shape;
    int64_t start, end;
    int code = facet_onnx_int(graph, node, "start", 0, &start);
    if (code == FACET_OK) code = facet_onnx_int(graph, node, "end", in->rank, &end);
    if (code < 0) return code;
    if (start < 0) start = start < -in->rank ? 0 : start + in->rank;
    if (end < 0) end = end < -in->rank ? 0 : end + in->rank;
    if (end > in->rank) end = in->rank;
    const size_t count = end > start ? (size_t)(end - start) : 0;
    const struct facet_onnx_shape out = {.rank = 1, .dims = {count}};
    int64_t *dims = facet_alloc(count, sizeof *dims, "a shape");
    if (dims == NULL) return FACET_ENOMEM;
    for (size_t i = 0; i < count; i++) dims[i] = (int64_t)in->dims[(size_t)start + i];
    code = facet_onnx_set(graph, node, 0, FACET_ONNX_INT64, &out);
    if (code == FACET_OK)
        facet_onnx_give(graph, node, 0, dims);
    else
        free(dims);
    return code;
}

/* ---- Cast ---- */

/* From float to float, or between what is kept as whole numbers and float. Types that this room
 * keeps less exactly than they are (net/onnx/tensor.h) can be cast to FLOAT only. */
int facet_onnx_infer_cast(struct facet_onnx_graph *graph, struct facet_onnx_node *node)
{
    const struct facet_onnx_tensor *x = facet_onnx_input(graph, node, 0);
    const int whole = facet_onnx_type_is_whole(x->type);
    const size_t count = facet_onnx_shape_count(&x->shape);
    int64_t to;
    int code = facet_onnx_int(graph, node, "to", 0, &to);
    if (code < 0) return code;
    const int exact = whole || x->type == FACET_ONNX_FLOAT;
    if (to != FACET_ONNX_FLOAT && !(exact && (to == FACET_ONNX_INT64 || to == FACET_ONNX_BOOL)))
        return facet_onnx_fail(graph, node, "%s to %s is unsupported",
                               facet_onnx_type_name(x->type), facet_onnx_type_name((int)to));
    if (to != FACET_ONNX_FLOAT && x->values == NULL)
        return facet_onnx_fail(graph, node, "a cast to %s at run time is unsupported",
                               facet_onnx_type_name((int)to));
    for (size_t i = 0; to == FACET_ONNX_INT64 && !whole && i < count; i++) {
        const float value = ((const float *)x->values)[i];
        if (!(value >= -0x1p63f && value < 0x1p63f))
            return facet_onnx_fail(graph, node, "%g is no INT64", (double)value);
    }
    return facet_onnx_set(graph, node, 0, (int)to, &x->shape);
}

void facet_onnx_run_cast(const struct facet_onnx_task *task)
{
    const struct facet_onnx_tensor *x = facet_onnx_input(task->graph, task->node, 0);
    const int to = facet_onnx_output(task->graph, task->node, 0)->type;
    const int whole = facet_onnx_type_is_whole(x->type);
    const size_t count = task->images * facet_onnx_shape_count(&x->shape);
    const float *reals = task->in[0];
    const int64_t *wholes = task->in[0];
    for (size_t i = 0; i < count; i++)
        if (to == FACET_ONNX_FLOAT)
            ((float *)task->out[0])[i] = whole ? (float)wholes[i] : reals[i];
        else if (to == FACET_ONNX_BOOL)
            ((int64_t *)task->out[0])[i] = whole ? wholes[i] != 0 : reals[i] != 0;
        else
            ((int64_t *)task->out[0])[i] = whole ? wholes[i] : (int64_t)reals[i];
}
