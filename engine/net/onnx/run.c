#include "net/onnx/run.h"

#include "base/cpu.h"
#include "net/layout.h"
#include "net/onnx/network.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Images that go through the chunk's steps together. */
enum { CHUNK = 2 };

struct facet_onnx_run {
    const struct facet_onnx_plan *plan;
    size_t images, chunk; /* at most at a time: of a block, of a chunk */
    float *block_memory, *chunk_memory, *scratch;
    const void **in; /* of the step that is run */
    void **out;
    uint8_t *in_last, *out_last;
    double *seconds; /* by step */
    double layout_seconds;
};

static const struct facet_onnx_tensor *tensor_of(const struct facet_onnx_plan *p, size_t value)
{
    return &p->graph->values[value].tensor;
}

static size_t count_of(const struct facet_onnx_plan *p, size_t value)
{
    return facet_onnx_shape_count(&tensor_of(p, value)->shape);
}

/* ---- memory ---- */

static size_t round_up(size_t floats)
{
    return (floats + 15) / 16 * 16;
}

/* Floats of scratch for a step: inputs in another layout, and the operator's own. */
static size_t scratch_of(const struct facet_onnx_plan *p, const struct facet_onnx_step *step,
                         size_t images)
{
    const struct facet_onnx_operator *op = step->node->op;
    size_t floats = 0;
    for (int i = 0; i < step->node->input_count; i++)
        if (facet_onnx_plan_turns(p, step, i))
            floats += round_up(images * count_of(p, step->node->inputs[i]));
    if (op->scratch != NULL) floats += op->scratch(p->graph, step->node, op->batched ? images : 1);
    return floats;
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* What a run for that many images takes, without the plan's own. */
struct sizes {
    size_t images, chunk, block_floats, chunk_floats, scratch, inputs, outputs;
};

static struct sizes sizes_of(const struct facet_onnx_plan *p, size_t images)
{
    struct sizes s = {.images = least(images, FACET_NET_BLOCK)};
    s.chunk = least(s.images, CHUNK);
    s.block_floats = s.images * p->block_floats;
    s.chunk_floats = s.chunk * p->chunk_floats;
    for (size_t i = 0; i < p->step_count; i++) {
        const struct facet_onnx_node *node = p->steps[i].node;
        const size_t floats = scratch_of(p, &p->steps[i], i < p->chunked ? s.chunk : s.images);
        if (floats > s.scratch) s.scratch = floats;
        if ((size_t)node->input_count > s.inputs) s.inputs = (size_t)node->input_count;
        if ((size_t)node->output_count > s.outputs) s.outputs = (size_t)node->output_count;
    }
    return s;
}

double facet_onnx_run_bytes(const struct facet_onnx_plan *plan, size_t images)
{
    const struct sizes s = sizes_of(plan, images);
    return sizeof(float) * ((double)s.block_floats + (double)s.chunk_floats + (double)s.scratch);
}

int facet_onnx_run_plan(struct facet_onnx_run **run, const struct facet_onnx_plan *plan,
                        size_t images)
{
    const struct sizes s = sizes_of(plan, images);
    struct facet_onnx_run *r = facet_alloc(1, sizeof *r, "run");
    if (r == NULL) return FACET_ENOMEM;
    *r = (struct facet_onnx_run){
        .plan = plan,
        .images = s.images,
        .chunk = s.chunk,
        .block_memory = facet_alloc(s.block_floats, sizeof(float), "tensors"),
        .chunk_memory = facet_alloc(s.chunk_floats, sizeof(float), "tensors"),
        .scratch = facet_alloc(s.scratch, sizeof(float), "scratch"),
        .in = facet_alloc(s.inputs, sizeof *r->in, "inputs"),
        .in_last = facet_alloc(s.inputs, 1, "inputs"),
        .out = facet_alloc(s.outputs, sizeof *r->out, "outputs"),
        .out_last = facet_alloc(s.outputs, 1, "outputs"),
        .seconds = facet_alloc(plan->step_count, sizeof *r->seconds, "steps"),
    };
    if (r->block_memory == NULL || r->chunk_memory == NULL || r->scratch == NULL || r->in == NULL ||
        r->in_last == NULL || r->out == NULL || r->out_last == NULL || r->seconds == NULL) {
        facet_onnx_run_free(&r);
        return FACET_ENOMEM;
    }
    *run = r;
    return FACET_OK;
}

void facet_onnx_run_free(struct facet_onnx_run **run)
{
    struct facet_onnx_run *r = *run;
    if (r == NULL) return;
    free(r->block_memory);
    free(r->chunk_memory);
    free(r->scratch);
    free(r->in);
    free(r->in_last);
    free(r->out);
    free(r->out_last);
    free(r->seconds);
    free(r);
    *run = NULL;
}

/* ---- a step ---- */

/* Values of images from `first` of the block on; what is known is there once. */
static float *find(const struct facet_onnx_run *run, size_t value, size_t first)
{
    const struct facet_onnx_plan *p = run->plan;
    const struct facet_onnx_place *place = &p->places[value];
    if (tensor_of(p, value)->values != NULL) return tensor_of(p, value)->values;
    return place->block
               ? run->block_memory + place->offset * run->images + first * count_of(p, value)
               : run->chunk_memory + place->offset * run->chunk;
}

/* A value's images in the other layout. */
static void turn(const struct facet_onnx_shape *shape, size_t images, const float *from, int last,
                 float *to)
{
    const size_t inner = facet_onnx_shape_span(shape, 2, shape->rank), channels = shape->dims[1];
    for (size_t n = 0; n < images * shape->dims[0]; n++, from += inner * channels)
        facet_layout_turn(last ? channels : inner, last ? inner : channels, from,
                          to + n * inner * channels);
}

static void find_inputs(struct facet_onnx_run *run, const struct facet_onnx_step *step,
                        size_t first, size_t images, float **scratch)
{
    const struct facet_onnx_plan *p = run->plan;
    for (int i = 0; i < step->node->input_count; i++) {
        const size_t value = step->node->inputs[i];
        run->in[i] = NULL;
        if (value == FACET_ONNX_NONE) continue;
        run->in[i] = find(run, value, first);
        run->in_last[i] = (uint8_t)p->places[value].last;
        if (!facet_onnx_plan_turns(p, step, i)) continue;
        const double begun = facet_cpu_seconds();
        run->in_last[i] = !run->in_last[i];
        turn(&tensor_of(p, value)->shape, images, run->in[i], run->in_last[i], *scratch);
        run->in[i] = *scratch;
        *scratch += round_up(images * count_of(p, value));
        run->layout_seconds += facet_cpu_seconds() - begun;
    }
}

static void find_outputs(struct facet_onnx_run *run, const struct facet_onnx_step *step,
                         size_t first)
{
    for (int i = 0; i < step->node->output_count; i++) {
        const size_t value = facet_onnx_plan_output(step, i);
        run->out[i] = value != FACET_ONNX_NONE ? find(run, value, first) : NULL;
        run->out_last[i] = value != FACET_ONNX_NONE ? (uint8_t)run->plan->places[value].last : 0;
    }
}

/* Moves what a task reads and writes on by one image. */
static void next_image(const struct facet_onnx_run *run, const struct facet_onnx_step *step)
{
    const struct facet_onnx_plan *p = run->plan;
    for (int i = 0; i < step->node->input_count; i++) {
        const size_t value = step->node->inputs[i];
        if (value != FACET_ONNX_NONE && tensor_of(p, value)->values == NULL)
            run->in[i] = (const float *)run->in[i] + count_of(p, value);
    }
    for (int i = 0; i < step->node->output_count; i++) {
        const size_t value = facet_onnx_plan_output(step, i);
        if (value != FACET_ONNX_NONE) run->out[i] = (float *)run->out[i] + count_of(p, value);
    }
}

static void run_node(const struct facet_onnx_run *run, const struct facet_onnx_step *step,
                     size_t first, size_t images, float *scratch)
{
    struct facet_finish finish = step->finish;
    /* What is known is there once: an operator that takes it for an image's runs for one. */
    const int batched =
        step->node->op->batched && tensor_of(run->plan, step->node->inputs[0])->values == NULL;
    if (step->add != FACET_ONNX_NONE) finish.add = find(run, step->add, first);
    const struct facet_onnx_task task = {.graph = run->plan->graph,
                                         .node = step->node,
                                         .kernels = run->plan->kernels,
                                         .images = batched ? images : 1,
                                         .in = run->in,
                                         .out = run->out,
                                         .in_last = run->in_last,
                                         .out_last = run->out_last,
                                         .packed = step->packed,
                                         .finish = &finish,
                                         .scratch = scratch};
    for (size_t n = 0; n < images; n += task.images) {
        step->node->op->run(&task);
        next_image(run, step);
    }
}

/* Copies a value to every output that asks for it; `at` is the first image's in this call. */
static void emit(struct facet_onnx_run *run, size_t value, size_t first, size_t images, size_t at,
                 float *const *outputs)
{
    const struct facet_onnx_plan *p = run->plan;
    const struct facet_onnx_shape *shape = &tensor_of(p, value)->shape;
    const size_t count = count_of(p, value);
    for (size_t i = 0; i < p->asked_count; i++) {
        if (p->asked[i] != value) continue;
        const double begun = facet_cpu_seconds();
        const float *from = find(run, value, first);
        if (p->places[value].last)
            turn(shape, images, from, 0, outputs[i] + at * count);
        else
            memcpy(outputs[i] + at * count, from, images * count * sizeof *from);
        run->layout_seconds += facet_cpu_seconds() - begun;
    }
}

/* Images first .. first + images - 1 of the block; `at` is the first one's place in this call. */
static void run_step(struct facet_onnx_run *run, size_t i, size_t first, size_t images, size_t at,
                     float *const *outputs)
{
    const struct facet_onnx_step *step = &run->plan->steps[i];
    float *scratch = run->scratch;
    find_inputs(run, step, first, images, &scratch);
    find_outputs(run, step, first);
    const double begun = facet_cpu_seconds();
    run_node(run, step, first, images, scratch);
    run->seconds[i] += facet_cpu_seconds() - begun;
    for (int k = 0; k < step->node->output_count; k++)
        if (facet_onnx_plan_output(step, k) != FACET_ONNX_NONE)
            emit(run, facet_onnx_plan_output(step, k), first, images, at, outputs);
}

void facet_onnx_run_forward(struct facet_onnx_run *run, size_t n, const float *input,
                            float *const *outputs)
{
    const struct facet_onnx_plan *p = run->plan;
    const size_t values = count_of(p, p->graph->input);
    for (size_t at = 0; at < n; at += run->images) {
        const size_t block = least(run->images, n - at);
        for (size_t first = 0; first < block; first += run->chunk) {
            const size_t images = least(run->chunk, block - first);
            memcpy(find(run, p->graph->input, first), input + (at + first) * values,
                   images * values * sizeof *input);
            emit(run, p->graph->input, first, images, at + first, outputs);
            for (size_t i = 0; i < p->chunked; i++)
                run_step(run, i, first, images, at + first, outputs);
        }
        for (size_t i = p->chunked; i < p->step_count; i++) run_step(run, i, 0, block, at, outputs);
    }
}

/* ---- of a network ---- */

int facet_onnx_run_new(struct facet_onnx_run **run, const struct facet_onnx *onnx, size_t images)
{
    return facet_onnx_run_plan(run, onnx->plan, images);
}

double facet_onnx_run_memory(const struct facet_onnx *onnx, size_t images)
{
    return facet_onnx_run_bytes(onnx->plan, images);
}

/* ---- where the time goes ---- */

size_t facet_onnx_run_step_count(const struct facet_onnx_run *run)
{
    return run->plan->step_count + 1;
}

struct facet_run_step facet_onnx_run_step(const struct facet_onnx_run *run, size_t i)
{
    const struct facet_onnx_plan *p = run->plan;
    assert(i <= p->step_count);
    if (i == p->step_count)
        return (struct facet_run_step){
            .name = "layout", .way = "copies", .seconds = run->layout_seconds};
    const struct facet_onnx_node *node = p->steps[i].node;
    const struct facet_onnx_packing *packing = node->op->packing;
    struct facet_run_step step = {.way = packing != NULL ? packing->way(node) : node->op->name,
                                  .macs = node->macs,
                                  .multiplications =
                                      packing != NULL ? packing->multiplications(node) : node->macs,
                                  .seconds = run->seconds[i]};
    snprintf(step.name, sizeof step.name, "%s", p->graph->values[p->steps[i].output].label);
    return step;
}
