#include "net/net.h"

#include "base/cpu.h"
#include "net/graph.h"
#include "net/layout.h"

#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NONE = -1 };

/* Room for what layers give for one image, or for a block of them. Several layers share a buffer,
 * one after the other. */
struct buffer {
    int block;
    size_t values; /* of one image: the most that a layer writes */
    size_t busy;   /* the last step that needs what is in it */
    float *at;
};

struct step {
    size_t layer;
    int pool;      /* the pooling that is part of it, or NONE */
    int linear;    /* the value before ReLU is asked for */
    size_t buffer; /* where its result goes */
    char name[2 * FACET_NAME_SIZE];
    double seconds;
};

/* Steps 0 .. single - 1 take one image through at a time, whose maps stay in the cache, the others
 * a block. */
struct facet_run {
    const struct facet_net *net;
    size_t *tensors; /* what is asked for */
    size_t tensor_count, block;
    struct step *steps;
    size_t step_count, single;
    size_t *place; /* (layers) the step that gives a layer's result, or step_count */
    struct buffer *buffers;
    size_t buffer_count;
    struct buffer input; /* the images, (y, x, c) */
    size_t scratch_values;
    float *scratch;
    double layout_seconds;
};

/* ---- which steps there are ---- */

static int asked(const struct facet_run *run, size_t tensor)
{
    for (size_t i = 0; i < run->tensor_count; i++)
        if (run->tensors[i] == tensor) return 1;
    return 0;
}

/* The pooling that can be part of layer `i`: the only layer that reads it, if nobody asks for its
 * own result. */
static int pool_of(const struct facet_run *run, size_t i, const uint8_t *needed)
{
    const struct facet_net *net = run->net;
    const struct facet_layer *layer = &net->layers[i];
    int found = NONE;
    if (!layer->kind->pools || !layer->relu || asked(run, layer->tensor) ||
        asked(run, layer->tensor - 1))
        return NONE;
    for (size_t j = i + 1; j < net->layer_count; j++)
        for (int k = 0; needed[j] && k < net->layers[j].input_count; k++) {
            if (net->layers[j].inputs[k] != (int)i) continue;
            if (found != NONE || net->layers[j].kind != &facet_layer_max_pool) return NONE;
            found = (int)j;
        }
    return found;
}

/* Adds the steps of the layers that run on one image (block = 0) or on a block (1). */
static void add_steps(struct facet_run *run, const uint8_t *needed, int block)
{
    const struct facet_net *net = run->net;
    for (size_t i = 0; i < net->layer_count; i++) {
        const struct facet_layer *layer = &net->layers[i];
        if (!needed[i] || layer->block != block || run->place[i] != SIZE_MAX) continue;
        struct step *step = &run->steps[run->step_count];
        *step = (struct step){.layer = i, .pool = pool_of(run, i, needed)};
        step->linear = layer->relu && asked(run, layer->tensor - 1);
        snprintf(step->name, sizeof step->name, "%s%s%s", layer->out.name,
                 step->pool != NONE ? "+" : "",
                 step->pool != NONE ? net->layers[step->pool].out.name : "");
        run->place[i] = run->step_count;
        if (step->pool != NONE) run->place[step->pool] = run->step_count;
        run->step_count++;
    }
    if (!block) run->single = run->step_count;
}

/* The layer whose result a step leaves. */
static const struct facet_layer *result_of(const struct facet_run *run, const struct step *step)
{
    return &run->net->layers[step->pool != NONE ? (size_t)step->pool : step->layer];
}

/* ---- which buffers ---- */

/* The last step that reads what step `i` (or the input, NONE) gives; *block if it runs on a block.
 */
static size_t last_reader(const struct facet_run *run, int i, int *block)
{
    size_t last = i == NONE ? 0 : (size_t)i;
    for (size_t j = 0; j < run->step_count; j++) {
        const struct facet_layer *layer = &run->net->layers[run->steps[j].layer];
        for (int k = 0; k < layer->input_count; k++) {
            const int from =
                layer->inputs[k] == FACET_NET_INPUT ? NONE : (int)run->place[layer->inputs[k]];
            if (from == i && j >= last) last = j;
            if (from == i && j >= run->single) *block = 1;
        }
    }
    return last;
}

/* The first buffer of this size class that is free when step `i` begins. What an image leaves for
 * the block must last while the other images run. */
static size_t find_buffer(const struct facet_run *run, size_t i, int block)
{
    const size_t begin = block && i < run->single ? 0 : i;
    size_t b = 0;
    while (b < run->buffer_count &&
           (run->buffers[b].block != block || run->buffers[b].busy >= begin))
        b++;
    return b;
}

static void plan_buffers(struct facet_run *run)
{
    last_reader(run, NONE, &run->input.block);
    run->input.values = run->net->input.neurons;
    for (size_t i = 0; i < run->step_count; i++) {
        struct step *step = &run->steps[i];
        const struct facet_layer *layer = &run->net->layers[step->layer];
        int block = i >= run->single;
        const size_t last = last_reader(run, (int)i, &block);
        const size_t values = result_of(run, step)->out.neurons;
        const size_t scratch = layer->kind->scratch(layer, layer->block ? run->block : 1);
        step->buffer = find_buffer(run, i, block);
        if (step->buffer == run->buffer_count)
            run->buffers[run->buffer_count++] = (struct buffer){.block = block};
        struct buffer *buffer = &run->buffers[step->buffer];
        buffer->busy = last;
        if (values > buffer->values) buffer->values = values;
        if (scratch > run->scratch_values) run->scratch_values = scratch;
    }
}

/* Everything but the large memory. */
static int plan(struct facet_run *run, const struct facet_net *net, const size_t *tensors,
                size_t count, size_t images)
{
    const size_t layers = net->layer_count;
    uint8_t *needed = facet_alloc(layers, 1, "layers");
    run->net = net;
    run->block = images < FACET_NET_BLOCK ? images : FACET_NET_BLOCK;
    run->tensors = facet_alloc(count, sizeof *run->tensors, "tensors");
    run->steps = facet_alloc(layers, sizeof *run->steps, "layers");
    run->place = facet_alloc(layers, sizeof *run->place, "layers");
    run->buffers = facet_alloc(layers, sizeof *run->buffers, "layers");
    int code = needed == NULL || run->tensors == NULL || run->steps == NULL || run->place == NULL ||
                       run->buffers == NULL
                   ? FACET_ENOMEM
                   : FACET_OK;
    if (code == FACET_OK) {
        if (count > 0) memcpy(run->tensors, tensors, count * sizeof *tensors);
        run->tensor_count = count;
        memset(run->place, 0xff, layers * sizeof *run->place); /* SIZE_MAX */
        facet_net_need(net, tensors, count, needed);
        add_steps(run, needed, 0);
        add_steps(run, needed, 1);
        plan_buffers(run);
    }
    free(needed);
    return code;
}

static size_t buffer_images(const struct facet_run *run, const struct buffer *buffer)
{
    return buffer->block ? run->block : 1;
}

static int allocate(const struct facet_run *run, struct buffer *buffer)
{
    buffer->at = facet_alloc(buffer_images(run, buffer), buffer->values * sizeof(float), "layer");
    return buffer->at != NULL ? FACET_OK : FACET_ENOMEM;
}

int facet_run_new(struct facet_run **run, const struct facet_net *net, const size_t *tensors,
                  size_t count, size_t images)
{
    struct facet_run *r = facet_alloc(1, sizeof *r, "run");
    if (r == NULL) return FACET_ENOMEM;
    int code = plan(r, net, tensors, count, images);
    if (code == FACET_OK) code = allocate(r, &r->input);
    for (size_t i = 0; code == FACET_OK && i < r->buffer_count; i++)
        code = allocate(r, &r->buffers[i]);
    if (code == FACET_OK) {
        r->scratch = facet_alloc(r->scratch_values, sizeof *r->scratch, "scratch");
        if (r->scratch == NULL) code = FACET_ENOMEM;
    }
    if (code < 0)
        facet_run_free(&r);
    else
        *run = r;
    return code;
}

void facet_run_free(struct facet_run **run)
{
    struct facet_run *r = *run;
    if (r == NULL) return;
    for (size_t i = 0; r->buffers != NULL && i < r->buffer_count; i++) free(r->buffers[i].at);
    free(r->input.at);
    free(r->tensors);
    free(r->steps);
    free(r->place);
    free(r->buffers);
    free(r->scratch);
    free(r);
    *run = NULL;
}

double facet_run_memory(const struct facet_net *net, const size_t *tensors, size_t count,
                        size_t images)
{
    struct facet_run *planned = facet_alloc(1, sizeof *planned, "run");
    if (planned == NULL) return 0;
    double floats = 0;
    if (plan(planned, net, tensors, count, images) == FACET_OK) {
        floats = (double)planned->scratch_values +
                 (double)buffer_images(planned, &planned->input) * (double)planned->input.values;
        for (size_t i = 0; i < planned->buffer_count; i++)
            floats += (double)buffer_images(planned, &planned->buffers[i]) *
                      (double)planned->buffers[i].values;
    }
    facet_run_free(&planned);
    return floats * sizeof(float);
}

/* ---- running ---- */

/* Copies a tensor's values (images, shape laid out y, x, c) to every output that asks for it; `at`
 * is the first one's image in this call. */
static void emit(struct facet_run *run, size_t tensor, const float *values, size_t images,
                 size_t at, float *const *outputs)
{
    const struct facet_acts_layer *t = &run->net->tensors[tensor];
    const size_t channels = t->rank == 3 ? t->dims[0] : t->neurons;
    for (size_t i = 0; i < run->tensor_count; i++) {
        if (run->tensors[i] != tensor) continue;
        const double begun = facet_cpu_seconds();
        for (size_t n = 0; n < images; n++)
            facet_layout_turn(t->neurons / channels, channels, values + n * t->neurons,
                              outputs[i] + (at + n) * t->neurons);
        run->layout_seconds += facet_cpu_seconds() - begun;
    }
}

/* What `source` gave for the images from `first` of the block on. */
static const float *find_input(const struct facet_run *run, int source, size_t first)
{
    const struct step *step = source == FACET_NET_INPUT ? NULL : &run->steps[run->place[source]];
    const struct buffer *buffer = step == NULL ? &run->input : &run->buffers[step->buffer];
    const size_t values = facet_net_source(run->net, source)->neurons;
    return buffer->at + (buffer->block ? first * values : 0);
}

/* Images first .. first + images - 1 of the block; `at` is the first one's place in this call. */
static void run_step(struct facet_run *run, struct step *step, size_t first, size_t images,
                     size_t at, float *const *outputs)
{
    const struct facet_layer *layer = &run->net->layers[step->layer];
    const struct facet_layer *result = result_of(run, step);
    const struct buffer *buffer = &run->buffers[step->buffer];
    struct facet_task task = {.images = images,
                              .relu = layer->relu && !step->linear,
                              .pool = step->pool != NONE,
                              .scratch = run->scratch};
    const double begun = facet_cpu_seconds();
    task.out = buffer->at + (buffer->block ? first * result->out.neurons : 0);
    for (int i = 0; i < layer->input_count; i++)
        task.inputs[i] = find_input(run, layer->inputs[i], first);
    layer->kind->run(layer, run->net->kernels, &task);
    step->seconds += facet_cpu_seconds() - begun;
    if (step->linear) {
        emit(run, layer->tensor - 1, task.out, images, at, outputs);
        run->net->kernels->relu(images * layer->out.neurons, task.out);
    }
    emit(run, result->tensor, task.out, images, at, outputs);
}

/* Image k of the block, (c, y, x), into the input's buffer. */
static void take_input(struct facet_run *run, size_t k, const float *input)
{
    const struct facet_acts_layer *t = &run->net->input;
    const double begun = facet_cpu_seconds();
    facet_layout_turn(t->dims[0], t->neurons / t->dims[0], input,
                      run->input.at + (run->input.block ? k * t->neurons : 0));
    run->layout_seconds += facet_cpu_seconds() - begun;
}

void facet_run_forward(struct facet_run *run, size_t n, const float *input, float *const *outputs)
{
    for (size_t at = 0; at < n; at += run->block) {
        const size_t block = run->block < n - at ? run->block : n - at;
        for (size_t k = 0; k < block; k++) {
            take_input(run, k, input + (at + k) * run->net->input.neurons);
            for (size_t i = 0; i < run->single; i++)
                run_step(run, &run->steps[i], k, 1, at + k, outputs);
        }
        for (size_t i = run->single; i < run->step_count; i++)
            run_step(run, &run->steps[i], 0, block, at, outputs);
    }
}

/* ---- where the time goes ---- */

size_t facet_run_step_count(const struct facet_run *run)
{
    return run->step_count + 1;
}

struct facet_run_step facet_run_step(const struct facet_run *run, size_t i)
{
    assert(i <= run->step_count);
    if (i == run->step_count)
        return (struct facet_run_step){
            .name = "layout", .way = "copies", .seconds = run->layout_seconds};
    const struct step *step = &run->steps[i];
    const struct facet_layer *layer = &run->net->layers[step->layer];
    struct facet_run_step known = {.way = layer->way,
                                   .macs = layer->macs,
                                   .multiplications = layer->multiplications,
                                   .seconds = step->seconds};
    memcpy(known.name, step->name, sizeof known.name);
    return known;
}
