#include "net/graph.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Plain convolutions and pooling work image by image and share a few buffers: one is free again
 * once the last layer that reads it has run. Local convolutions, fully connected layers and what
 * follows them work on a block, whose weights are then read once for many images; each keeps its
 * inputs and its outputs for a whole block. */
struct facet_run {
    const struct facet_net *net;
    size_t *tensors; /* what is asked for */
    size_t tensor_count;
    uint8_t *needed;     /* (layers) */
    size_t *buffer;      /* (layers) which of the shared buffers an image-wise layer writes */
    size_t *buffer_size; /* (buffers) values */
    size_t buffer_count;
    float **buffers;      /* (buffers) */
    float **blocks;       /* (layers) inputs of a block layer (FACET_NET_SLOTS, in) */
    float **results;      /* (layers) outputs of a block layer (FACET_NET_SLOTS, neurons) */
    size_t scratch_bytes; /* the most that a layer needs */
    void *scratch;
};

/* The last layer that reads what layer `i` gives while an image is computed; block layers take
 * their copy at once. */
static size_t last_reader(const struct facet_run *run, size_t i)
{
    size_t last = i;
    for (size_t j = i + 1; j < run->net->layer_count; j++) {
        const struct facet_layer *layer = &run->net->layers[j];
        if (run->needed[j] && !layer->block && layer->inputs[0] == (int)i) last = j;
    }
    return last;
}

/* Gives every image-wise layer the first buffer that nobody reads any more. busy[b] is the last
 * layer that still needs buffer b. */
static void plan_buffers(struct facet_run *run, size_t *busy)
{
    const struct facet_net *net = run->net;
    for (size_t i = 0; i < net->layer_count; i++) {
        const struct facet_layer *layer = &net->layers[i];
        if (!run->needed[i]) continue;
        if (layer->scratch > run->scratch_bytes) run->scratch_bytes = layer->scratch;
        if (layer->block) continue;
        size_t b = 0;
        while (b < run->buffer_count && busy[b] >= i) b++;
        if (b == run->buffer_count) run->buffer_count++;
        if (layer->out.neurons > run->buffer_size[b]) run->buffer_size[b] = layer->out.neurons;
        run->buffer[i] = b;
        busy[b] = last_reader(run, i);
    }
}

/* Everything but the large memory. */
static int plan(struct facet_run *run, const struct facet_net *net, const size_t *tensors,
                size_t count)
{
    size_t layers = net->layer_count;
    run->net = net;
    run->tensors = facet_alloc(count, sizeof *run->tensors, "tensors");
    run->needed = facet_alloc(layers, 1, "layers");
    run->buffer = facet_alloc(layers, sizeof *run->buffer, "layers");
    run->buffer_size = facet_alloc(layers, sizeof *run->buffer_size, "layers");
    run->buffers = facet_alloc(layers, sizeof *run->buffers, "layers");
    run->blocks = facet_alloc(layers, sizeof *run->blocks, "layers");
    run->results = facet_alloc(layers, sizeof *run->results, "layers");
    size_t *busy = facet_alloc(layers, sizeof *busy, "layers");
    int code = run->tensors == NULL || run->needed == NULL || run->buffer == NULL ||
                       run->buffer_size == NULL || run->buffers == NULL || run->blocks == NULL ||
                       run->results == NULL || busy == NULL
                   ? FACET_ENOMEM
                   : FACET_OK;
    if (code == FACET_OK) {
        if (count > 0) memcpy(run->tensors, tensors, count * sizeof *tensors);
        run->tensor_count = count;
        facet_net_need(net, tensors, count, run->needed);
        plan_buffers(run, busy);
    }
    free(busy);
    return code;
}

static int allocate(struct facet_run *run)
{
    const struct facet_net *net = run->net;
    run->scratch = facet_alloc(run->scratch_bytes, 1, "scratch");
    if (run->scratch == NULL) return FACET_ENOMEM;
    for (size_t i = 0; i < run->buffer_count; i++) {
        run->buffers[i] = facet_alloc(run->buffer_size[i], sizeof(float), "layer");
        if (run->buffers[i] == NULL) return FACET_ENOMEM;
    }
    for (size_t i = 0; i < net->layer_count; i++) {
        const struct facet_layer *layer = &net->layers[i];
        if (!run->needed[i] || !layer->block) continue;
        run->blocks[i] = facet_alloc(layer->in, FACET_NET_SLOTS * sizeof(float), layer->out.name);
        run->results[i] =
            facet_alloc(layer->out.neurons, FACET_NET_SLOTS * sizeof(float), layer->out.name);
        if (run->blocks[i] == NULL || run->results[i] == NULL) return FACET_ENOMEM;
    }
    return FACET_OK;
}

int facet_run_new(struct facet_run **run, const struct facet_net *net, const size_t *tensors,
                  size_t count)
{
    struct facet_run *r = facet_alloc(1, sizeof *r, "run");
    if (r == NULL) return FACET_ENOMEM;
    int code = plan(r, net, tensors, count);
    if (code == FACET_OK) code = allocate(r);
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
    for (size_t i = 0; r->buffers != NULL && i < r->buffer_count; i++) free(r->buffers[i]);
    for (size_t i = 0; r->blocks != NULL && i < r->net->layer_count; i++) free(r->blocks[i]);
    for (size_t i = 0; r->results != NULL && i < r->net->layer_count; i++) free(r->results[i]);
    free(r->tensors);
    free(r->needed);
    free(r->buffer);
    free(r->buffer_size);
    free(r->buffers);
    free(r->blocks);
    free(r->results);
    free(r->scratch);
    free(r);
    *run = NULL;
}

double facet_run_memory(const struct facet_net *net, const size_t *tensors, size_t count)
{
    struct facet_run *planned = facet_alloc(1, sizeof *planned, "run");
    if (planned == NULL) return 0;
    double bytes = 0;
    if (plan(planned, net, tensors, count) == FACET_OK) {
        bytes = (double)planned->scratch_bytes;
        for (size_t i = 0; i < planned->buffer_count; i++)
            bytes += (double)planned->buffer_size[i] * sizeof(float);
        for (size_t i = 0; i < net->layer_count; i++)
            if (planned->needed[i] && net->layers[i].block)
                bytes += (double)(net->layers[i].in + net->layers[i].out.neurons) *
                         FACET_NET_SLOTS * sizeof(float);
    }
    facet_run_free(&planned);
    return bytes;
}

/* Copies rows of a tensor to every output that asks for it; `at` is the first row's image in this
 * call. */
static void emit(const struct facet_run *run, size_t tensor, const float *values, size_t rows,
                 size_t at, float *const *outputs)
{
    size_t neurons = run->net->tensors[tensor].neurons;
    for (size_t i = 0; i < run->tensor_count; i++)
        if (run->tensors[i] == tensor)
            memcpy(outputs[i] + at * neurons, values, rows * neurons * sizeof *values);
}

/* Emits rows of what a layer has computed, before ReLU and after it. */
static void finish(const struct facet_run *run, const struct facet_layer *layer, float *values,
                   size_t rows, size_t at, float *const *outputs)
{
    if (layer->relu) {
        emit(run, layer->tensor - 1, values, rows, at, outputs);
        run->net->kernels->relu(rows * layer->out.neurons, values);
    }
    emit(run, layer->tensor, values, rows, at, outputs);
}

/* Puts rows of what `source` gives where the block layers that read it expect them. */
static void feed(const struct facet_run *run, int source, const float *values, size_t slot,
                 size_t rows)
{
    size_t neurons = facet_net_source(run->net, source)->neurons;
    for (size_t i = 0; i < run->net->layer_count; i++) {
        const struct facet_layer *layer = &run->net->layers[i];
        if (!run->needed[i] || !layer->block) continue;
        float *column = run->blocks[i] + slot * layer->in;
        for (int j = 0; j < layer->input_count; j++) {
            if (layer->inputs[j] == source)
                for (size_t r = 0; r < rows; r++)
                    memcpy(column + r * layer->in, values + r * neurons, neurons * sizeof *values);
            column += facet_net_source(run->net, layer->inputs[j])->neurons;
        }
    }
}

/* The layers that work on one image; at: its place in this call. */
static void run_image(const struct facet_run *run, size_t slot, const float *input, size_t at,
                      float *const *outputs)
{
    const struct facet_net *net = run->net;
    feed(run, FACET_NET_INPUT, input, slot, 1);
    for (size_t i = 0; i < net->layer_count; i++) {
        const struct facet_layer *layer = &net->layers[i];
        if (!run->needed[i] || layer->block) continue;
        const float *in = layer->inputs[0] == FACET_NET_INPUT
                              ? input
                              : run->buffers[run->buffer[layer->inputs[0]]];
        float *out = run->buffers[run->buffer[i]];
        layer->kind->run(layer, net->kernels, 1, in, out, run->scratch);
        finish(run, layer, out, 1, at, outputs);
        feed(run, (int)i, out, slot, 1);
    }
}

/* Clears the rows of a block that hold no image. */
static void clear_rest(float *block, size_t width, size_t slot, size_t rows)
{
    memset(block, 0, slot * width * sizeof *block);
    memset(block + (slot + rows) * width, 0,
           (FACET_NET_SLOTS - slot - rows) * width * sizeof *block);
}

/* The layers that work on a block, of which rows slot .. slot + rows - 1 are in use. */
static void run_block(const struct facet_run *run, size_t slot, size_t rows, size_t at,
                      float *const *outputs)
{
    const struct facet_net *net = run->net;
    for (size_t i = 0; i < net->layer_count; i++) {
        const struct facet_layer *layer = &net->layers[i];
        if (!run->needed[i] || !layer->block) continue;
        float *in = run->blocks[i], *wanted = run->results[i] + slot * layer->out.neurons;
        if (layer->kind->slots) {
            clear_rest(in, layer->in, slot, rows);
            layer->kind->run(layer, net->kernels, FACET_NET_SLOTS, in, run->results[i],
                             run->scratch);
        } else {
            layer->kind->run(layer, net->kernels, rows, in + slot * layer->in, wanted,
                             run->scratch);
        }
        finish(run, layer, wanted, rows, at, outputs);
        feed(run, (int)i, wanted, slot, rows);
    }
}

int facet_run_forward(struct facet_run *run, uint64_t first, size_t n, const float *input,
                      float *const *outputs)
{
    const size_t size = run->net->input.neurons;
    for (size_t at = 0; at < n;) {
        size_t slot = (size_t)((first + at) % FACET_NET_SLOTS);
        size_t rows = FACET_NET_SLOTS - slot < n - at ? FACET_NET_SLOTS - slot : n - at;
        for (size_t r = 0; r < rows; r++)
            run_image(run, slot + r, input + (at + r) * size, at + r, outputs);
        run_block(run, slot, rows, at, outputs);
        at += rows;
    }
    return FACET_OK;
}
