#include "net/onnx/evaluate.h"

#include "net/onnx/operator.h"

#include <stdlib.h>
#include <string.h>

int facet_onnx_work(struct facet_onnx_graph *graph, const struct facet_onnx_node *node, double work)
{
    graph->folded += work;
    if (graph->folded <= FACET_ONNX_WORK) return FACET_OK;
    return facet_onnx_fail(graph, node,
                           "computing what is known beforehand takes more than %g steps",
                           FACET_ONNX_WORK);
}

/* What a node is given to work on, and what is taken down when it is done. */
struct work {
    const void **in;
    void **out;
    void **turned; /* inputs in another layout */
    uint8_t *in_last, *out_last;
    float *packed, *scratch;
    struct facet_finish finish;
};

static int is_turned(const struct facet_onnx_node *node, const struct facet_onnx_tensor *t)
{
    return node->op->layout == FACET_ONNX_LAST && t != NULL && t->shape.rank >= 3;
}

/* The tensor's values in the other layout; new. */
static int turn(const struct facet_onnx_tensor *t, const void *from, int last, void **to)
{
    const struct facet_onnx_view plain = facet_onnx_view(&t->shape, 0);
    const struct facet_onnx_view turned = facet_onnx_view(&t->shape, 1);
    const size_t size = facet_onnx_type_size(t->type);
    *to = facet_alloc(facet_onnx_shape_count(&t->shape), size, "a known value");
    if (*to == NULL) return FACET_ENOMEM;
    facet_onnx_copy(size, from, last ? &plain : &turned, *to, last ? &turned : &plain);
    return FACET_OK;
}

static int take_inputs(const struct facet_onnx_graph *graph, const struct facet_onnx_node *node,
                       struct work *w)
{
    int code = FACET_OK;
    for (int i = 0; code == FACET_OK && i < node->input_count; i++) {
        const struct facet_onnx_tensor *t = facet_onnx_input(graph, node, i);
        if (t == NULL) continue;
        w->in[i] = t->values;
        if (i > 0 || !is_turned(node, t)) continue;
        code = turn(t, t->values, 1, &w->turned[i]);
        w->in[i] = w->turned[i];
        w->in_last[i] = 1;
    }
    return code;
}

static int make_outputs(const struct facet_onnx_graph *graph, const struct facet_onnx_node *node,
                        struct work *w)
{
    for (int i = 0; i < node->output_count; i++) {
        const struct facet_onnx_tensor *t = facet_onnx_output(graph, node, i);
        if (t == NULL || t->values != NULL) continue;
        w->out[i] = facet_alloc(facet_onnx_shape_count(&t->shape), facet_onnx_type_size(t->type),
                                "a known value");
        if (w->out[i] == NULL) return FACET_ENOMEM;
        w->out_last[i] = (uint8_t)is_turned(node, t);
    }
    return FACET_OK;
}

static int prepare(const struct facet_onnx_graph *graph, const struct facet_onnx_node *node,
                   const struct facet_kernels *kernels, struct work *w)
{
    const struct facet_onnx_packing *packing = node->op->packing;
    if (node->op->scratch != NULL) {
        w->scratch = facet_alloc(node->op->scratch(graph, node, 1), sizeof(float), "scratch");
        if (w->scratch == NULL) return FACET_ENOMEM;
    }
    if (packing == NULL) return FACET_OK;
    w->packed = facet_alloc(packing->packed(graph, node), sizeof(float), "weights");
    if (w->packed == NULL) return FACET_ENOMEM;
    packing->pack(graph, node, kernels, NULL, w->packed);
    packing->bias(graph, node, &w->finish.bias);
    return FACET_OK;
}

/* The outputs, in the plain layout, become the graph's. */
static int keep_outputs(struct facet_onnx_graph *graph, const struct facet_onnx_node *node,
                        struct work *w)
{
    int code = FACET_OK;
    for (int i = 0; code == FACET_OK && i < node->output_count; i++) {
        if (w->out[i] == NULL) continue;
        void *plain = w->out[i];
        if (w->out_last[i]) code = turn(facet_onnx_output(graph, node, i), w->out[i], 0, &plain);
        if (code < 0) break;
        if (plain != w->out[i]) free(w->out[i]);
        w->out[i] = NULL;
        facet_onnx_give(graph, node, i, plain);
    }
    return code;
}

int facet_onnx_evaluate(struct facet_onnx_graph *graph, struct facet_onnx_node *node)
{
    const size_t ins = (size_t)node->input_count, outs = (size_t)node->output_count;
    struct work w = {.in = facet_alloc(ins, sizeof *w.in, "inputs"),
                     .out = facet_alloc(outs, sizeof *w.out, "outputs"),
                     .turned = facet_alloc(ins, sizeof *w.turned, "inputs"),
                     .in_last = facet_alloc(ins, 1, "inputs"),
                     .out_last = facet_alloc(outs, 1, "outputs")};
    const struct facet_kernels *kernels = NULL;
    int code =
        w.in == NULL || w.out == NULL || w.turned == NULL || w.in_last == NULL || w.out_last == NULL
            ? FACET_ENOMEM
            : facet_kernels_choose("reference", &kernels);
    if (code == FACET_OK) code = take_inputs(graph, node, &w);
    if (code == FACET_OK) code = make_outputs(graph, node, &w);
    if (code == FACET_OK) code = prepare(graph, node, kernels, &w);
    if (code == FACET_OK) {
        const struct facet_onnx_task task = {.graph = graph,
                                             .node = node,
                                             .kernels = kernels,
                                             .images = 1,
                                             .in = w.in,
                                             .out = w.out,
                                             .in_last = w.in_last,
                                             .out_last = w.out_last,
                                             .packed = w.packed,
                                             .finish = &w.finish,
                                             .scratch = w.scratch};
        node->op->run(&task);
        code = keep_outputs(graph, node, &w);
    }
    for (size_t i = 0; w.turned != NULL && i < ins; i++) free(w.turned[i]);
    for (size_t i = 0; w.out != NULL && i < outs; i++) free(w.out[i]);
    free(w.in);
    free(w.out);
    free(w.turned);
    free(w.in_last);
    free(w.out_last);
    free(w.packed);
    free(w.scratch);
    return code;
}
