/* Runs test cases of ONNX's own backend tests: folders with model.onnx and test_data_set_N with
 * input_K.pb and output_K.pb. Usage: conformance KERNELS FOLDER...
 *
 * Each case is run with all its inputs known beforehand, and with each of its float inputs in turn
 * given at run time, three times side by side. A line a case: "passed", "refused" with the
 * reason (all its operators are known, but not all of what it asks for), "foreign" (it has others),
 * or "wrong". Tolerances are those of ONNX's backend tests: 1e-3 of the value, and 1e-7. */
#include "net/onnx/onnx.h"
#include "net/onnx/operator.h"
#include "net/onnx/plan.h"
#include "net/onnx/run.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MOST = 16, IMAGES = 3, KNOWN = -1 };
static const double relative = 1e-3, absolute = 1e-7;

enum outcome { PASSED, REFUSED, FOREIGN, WRONG };

struct tensors {
    size_t count;
    struct facet_onnx_tensor all[MOST];
};

static char reason[1024];

static enum outcome say(enum outcome outcome, const char *text)
{
    snprintf(reason, sizeof reason, "%s", text);
    return outcome;
}

/* ---- files ---- */

/* NAME_0.pb, NAME_1.pb, .. of a folder; 0 if one is of a type that isn't read. */
static int read_tensors(const char *folder, const char *name, struct tensors *t)
{
    const struct facet_onnx_source source = {.path = folder};
    for (t->count = 0; t->count < MOST; t->count++) {
        Onnx__TensorProto *proto = NULL;
        char *path = facet_format("%s/%s_%zu.pb", folder, name, t->count);
        const int there = access(path, F_OK) == 0;
        int code = there ? facet_onnx_proto_tensor(&proto, path) : FACET_OK;
        if (code == FACET_OK && there)
            code = facet_onnx_tensor_read(&t->all[t->count], proto, &source, name);
        facet_onnx_proto_free_tensor(&proto);
        free(path);
        if (code < 0) return 0;
        if (!there) return 1;
    }
    return 0;
}

static void free_tensors(struct tensors *t)
{
    for (size_t i = 0; i < t->count; i++) free(t->all[i].values);
    t->count = 0;
}

/* Whether a model has an operator that is known in no opset. */
static int is_foreign(const char *path)
{
    Onnx__ModelProto *model = NULL;
    int foreign = 0;
    if (facet_onnx_proto_model(&model, path, NULL) < 0) return 0;
    for (size_t i = 0; model->graph != NULL && i < model->graph->n_node; i++) {
        int known = 0;
        for (int opset = 1; opset <= 17; opset++)
            known =
                known || facet_onnx_operator_find(model->graph->node[i]->op_type, opset) != NULL;
        foreign = foreign || !known;
    }
    facet_onnx_proto_free(&model);
    return foreign;
}

/* ---- comparing ---- */

static int same_value(double got, double want)
{
    if (isnan(want)) return isnan(got);
    return got == want || fabs(got - want) <= absolute + relative * fabs(want);
}

static enum outcome compare(const struct facet_onnx_tensor *got, const void *values,
                            const struct facet_onnx_tensor *want)
{
    char text[256], shapes[2][FACET_ONNX_SHAPE_TEXT];
    if (got->type != want->type || !facet_onnx_shape_same(&got->shape, &want->shape)) {
        snprintf(text, sizeof text, "%s %s, expected %s %s", facet_onnx_type_name(got->type),
                 facet_onnx_shape_text(&got->shape, shapes[0]), facet_onnx_type_name(want->type),
                 facet_onnx_shape_text(&want->shape, shapes[1]));
        return say(WRONG, text);
    }
    const int whole = facet_onnx_type_is_whole(got->type);
    for (size_t i = 0; i < facet_onnx_shape_count(&got->shape); i++) {
        const double g =
            whole ? (double)((const int64_t *)values)[i] : (double)((const float *)values)[i];
        const double w = whole ? (double)((const int64_t *)want->values)[i]
                               : (double)((const float *)want->values)[i];
        if (same_value(g, w)) continue;
        snprintf(text, sizeof text, "value %zu is %.9g, expected %.9g", i, g, w);
        return say(WRONG, text);
    }
    return PASSED;
}

/* ---- running ---- */

/* One value computed at run time from `input`. */
static enum outcome run_value(const struct facet_onnx_graph *graph, size_t value,
                              const struct facet_kernels *kernels, const float *input,
                              const struct facet_onnx_tensor *want)
{
    struct facet_onnx_plan *plan = NULL;
    struct facet_onnx_run *run = NULL;
    const size_t in = facet_onnx_shape_count(&graph->values[graph->input].tensor.shape);
    const size_t out = facet_onnx_shape_count(&graph->values[value].tensor.shape);
    float *inputs = facet_alloc(IMAGES * in, sizeof *inputs, "inputs");
    float *outputs = facet_alloc(IMAGES * out, sizeof *outputs, "outputs");
    for (size_t i = 0; i < IMAGES * in; i++) inputs[i] = input[i % in];
    enum outcome outcome = PASSED;
    if (facet_onnx_plan_new(&plan, graph, kernels, &value, 1) < 0 ||
        facet_onnx_run_plan(&run, plan, IMAGES) < 0) {
        outcome = say(WRONG, facet_error_message());
    } else {
        facet_onnx_run_forward(run, IMAGES, inputs, &outputs);
        outcome = compare(&graph->values[value].tensor, outputs, want);
        for (size_t i = 1; outcome == PASSED && i < IMAGES; i++)
            if (memcmp(outputs, outputs + i * out, out * sizeof *outputs) != 0)
                outcome = say(WRONG, "images side by side differ");
    }
    facet_onnx_run_free(&run);
    facet_onnx_plan_free(&plan);
    free(inputs);
    free(outputs);
    return outcome;
}

/* The case with input `open` computed at run time, or all known. */
static enum outcome run_way(const char *model_path, const struct facet_kernels *kernels,
                            const struct tensors *inputs, const struct tensors *outputs, int open)
{
    struct facet_onnx_given given[MOST] = {{0}};
    struct facet_onnx_graph *graph = NULL;
    Onnx__ModelProto *model = NULL;
    if (facet_onnx_proto_model(&model, model_path, NULL) < 0)
        return say(WRONG, facet_error_message());
    for (size_t i = 0; i < inputs->count && i < model->graph->n_input; i++) {
        given[i].name = model->graph->input[i]->name;
        given[i].tensor = inputs->all[i];
        if ((int)i == open) given[i].tensor.values = NULL;
        const Onnx__TypeProto *type = model->graph->input[i]->type;
        if (type == NULL || type->value_case != ONNX__TYPE_PROTO__VALUE_TENSOR_TYPE ||
            type->tensor_type->elem_type != inputs->all[i].type) {
            facet_onnx_proto_free(&model);
            return say(REFUSED, "an input's file has another type than the model");
        }
    }
    if (facet_onnx_graph_new(&graph, model, model_path, NULL, given, inputs->count, 0, 0) < 0)
        return say(REFUSED, facet_error_message());
    enum outcome outcome = PASSED;
    for (size_t i = 0; outcome == PASSED && i < outputs->count && i < graph->output_count; i++) {
        const struct facet_onnx_tensor *got = &graph->values[graph->outputs[i]].tensor;
        outcome = got->values != NULL ? compare(got, got->values, &outputs->all[i])
                                      : run_value(graph, graph->outputs[i], kernels,
                                                  inputs->all[open].values, &outputs->all[i]);
    }
    facet_onnx_graph_free(&graph);
    return outcome;
}

/* All ways that there are: passed if one is, for the others may be refused, and none is wrong. */
static enum outcome run_data(const char *model_path, const struct facet_kernels *kernels,
                             const struct tensors *inputs, const struct tensors *outputs)
{
    int passed = 0, tried = 0;
    for (int open = 0; open < (int)inputs->count; open++) {
        if (inputs->all[open].type != FACET_ONNX_FLOAT ||
            facet_onnx_shape_count(&inputs->all[open].shape) == 0)
            continue;
        const enum outcome way = run_way(model_path, kernels, inputs, outputs, open);
        if (way == WRONG) return WRONG;
        passed = passed || way == PASSED;
        tried = 1;
    }
    const enum outcome way = run_way(model_path, kernels, inputs, outputs, KNOWN);
    if (way == WRONG) return WRONG;
    return passed || (!tried && way == PASSED) ? PASSED : REFUSED;
}

static enum outcome run_case(const char *folder, const struct facet_kernels *kernels)
{
    char *model = facet_format("%s/model.onnx", folder);
    enum outcome outcome = is_foreign(model) ? FOREIGN : PASSED;
    for (int set = 0; outcome == PASSED; set++) {
        struct tensors inputs = {0}, outputs = {0};
        char *data = facet_format("%s/test_data_set_%d", folder, set);
        if (access(data, F_OK) != 0) {
            if (set == 0) outcome = say(WRONG, "has no data");
            free(data);
            break;
        }
        if (!read_tensors(data, "input", &inputs) || !read_tensors(data, "output", &outputs))
            outcome = say(REFUSED, facet_error_message());
        else
            outcome = run_data(model, kernels, &inputs, &outputs);
        free_tensors(&inputs);
        free_tensors(&outputs);
        free(data);
    }
    free(model);
    return outcome;
}

int main(int argc, char **argv)
{
    static const char *const words[] = {"passed", "refused", "foreign", "wrong"};
    const struct facet_kernels *kernels = NULL;
    if (argc < 3) {
        fprintf(stderr, "conformance: see the head of conformance.c\n");
        return 1;
    }
    if (facet_kernels_choose(argv[1], &kernels) < 0) {
        fprintf(stderr, "conformance: %s\n", facet_error_message());
        return 2;
    }
    for (int i = 2; i < argc; i++) {
        reason[0] = '\0';
        const enum outcome outcome = run_case(argv[i], kernels);
        const char *slash = strrchr(argv[i], '/');
        printf("%s\t%s\t%s\n", words[outcome], slash != NULL ? slash + 1 : argv[i],
               outcome == PASSED ? "" : reason);
    }
    return 0;
}
