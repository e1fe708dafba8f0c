/* A libFuzzer target: any bytes as a model that is read, planned and, if that is little work, run.
 * Usage: fuzz [libFuzzer's options] CORPUS. */
#include "net/onnx/operator.h"
#include "net/onnx/plan.h"
#include "net/onnx/run.h"

#include <stdlib.h>

/* Values and multiplications up to which a graph is run. */
static const double LITTLE = 1e6;

static double work_of(const struct facet_onnx_graph *graph)
{
    double work = 0;
    for (size_t i = 0; i < graph->value_count; i++)
        work += (double)facet_onnx_shape_count(&graph->values[i].tensor.shape);
    for (size_t i = 0; i < graph->node_count; i++) work += graph->nodes[i].macs;
    return work;
}

static void run_graph(const struct facet_onnx_graph *graph)
{
    struct facet_onnx_plan *plan = NULL;
    struct facet_onnx_run *run = NULL;
    const struct facet_kernels *kernels = NULL;
    const struct facet_onnx_tensor *input = &graph->values[graph->input].tensor;
    const size_t value = graph->outputs[0];
    const struct facet_onnx_tensor *output = &graph->values[value].tensor;
    if (output->values != NULL || work_of(graph) > LITTLE) return;
    float *in = facet_alloc(facet_onnx_shape_count(&input->shape), sizeof *in, "input");
    float *out = facet_alloc(facet_onnx_shape_count(&output->shape), sizeof *out, "output");
    if (facet_kernels_choose("portable", &kernels) == FACET_OK &&
        facet_onnx_plan_new(&plan, graph, kernels, &value, 1) == FACET_OK &&
        facet_onnx_run_plan(&run, plan, 1) == FACET_OK)
        facet_onnx_run_forward(run, 1, in, &out);
    facet_onnx_run_free(&run);
    facet_onnx_plan_free(&plan);
    free(in);
    free(out);
}

enum { GIVEN = 8 };

/* Zeros for every input but the first, so that models with several are read too; and the first as
 * it is declared where that isn't one image. */
static size_t give_zeros(const Onnx__ModelProto *model, struct facet_onnx_given *given)
{
    size_t count = 0;
    for (size_t i = 0; model->graph != NULL && i < model->graph->n_input && count < GIVEN; i++) {
        const Onnx__ValueInfoProto *p = model->graph->input[i];
        const Onnx__TypeProto__Tensor *type =
            p->name != NULL && p->type != NULL &&
                    p->type->value_case == ONNX__TYPE_PROTO__VALUE_TENSOR_TYPE
                ? p->type->tensor_type
                : NULL;
        if (type == NULL || type->shape == NULL || type->shape->n_dim > FACET_ONNX_RANK) continue;
        struct facet_onnx_tensor t = {.type = type->elem_type,
                                      .shape = {.rank = (int)type->shape->n_dim}};
        for (int k = 0; k < t.shape.rank; k++)
            t.shape.dims[k] = (size_t)type->shape->dim[k]->dim_value;
        if (!facet_onnx_shape_fits(&t.shape) || (double)facet_onnx_shape_count(&t.shape) > LITTLE ||
            (!facet_onnx_type_is_whole(t.type) && !facet_onnx_type_is_real(t.type)))
            continue;
        if (i == 0 && (t.type != FACET_ONNX_FLOAT || t.shape.rank == 0 || t.shape.dims[0] == 1))
            continue;
        if (i > 0)
            t.values = facet_alloc(facet_onnx_shape_count(&t.shape), sizeof(int64_t), "zeros");
        given[count++] = (struct facet_onnx_given){.name = p->name, .tensor = t};
    }
    return count;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    Onnx__ModelProto *model = NULL;
    struct facet_onnx_graph *graph = NULL;
    if (facet_onnx_proto_unpack(&model, bytes, size, "fuzz.onnx") < 0) return 0;
    struct facet_onnx_given given[GIVEN];
    const size_t count = give_zeros(model, given);
    if (facet_onnx_graph_new(&graph, model, "/nowhere/fuzz.onnx", NULL, given, count, 0, 0) ==
            FACET_OK &&
        graph->input != FACET_ONNX_NONE)
        run_graph(graph);
    facet_onnx_graph_free(&graph);
    for (size_t i = 0; i < count; i++) free(given[i].tensor.values);
    return 0;
}
