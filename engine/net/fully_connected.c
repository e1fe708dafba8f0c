/* Packed weights lie in panels of PANEL neurons, each (in, neurons of the panel), inputs in the
 * order in which they lie in memory: y, x, c. So a panel is one stream through memory, and the part
 * of it in use stays in the cache while all images pass it. */
#include "net/layer.h"

#include <string.h>

enum { PANEL = 64, DEPTH = 1024 }; /* neurons, and inputs, that pass together */

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

static int infer(struct facet_layer *layer, const struct facet_acts_layer *const *inputs)
{
    (void)inputs;
    const size_t weight[2] = {0, layer->in};
    int code = facet_layer_check(layer, "weight", 2, weight);
    if (code == FACET_OK) code = facet_layer_check(layer, "bias", 1, layer->data->weight.dims);
    if (code < 0) return code;
    layer->out.rank = 1;
    layer->out.dims[0] = layer->data->weight.dims[0];
    layer->macs = layer->multiplications = (double)layer->in * (double)layer->out.dims[0];
    layer->way = "products";
    return FACET_OK;
}

static size_t packed(const struct facet_layer *layer)
{
    return layer->in * layer->out.neurons;
}

/* Weights (neurons, in) of one input's values, from `weight` on, into panel (.., neurons). */
static void pack_input(const struct facet_acts_layer *input, const float *weight, size_t in,
                       size_t neurons, float *panel)
{
    const size_t channels = input->rank == 3 ? input->dims[0] : 1;
    const size_t pixels = input->neurons / channels;
    enum { RUN = 16 };
    for (size_t c = 0; c < channels; c++)
        for (size_t p0 = 0; p0 < pixels; p0 += RUN)
            for (size_t o = 0; o < neurons; o++)
                for (size_t p = p0; p < least(p0 + RUN, pixels); p++)
                    panel[(p * channels + c) * neurons + o] = weight[o * in + c * pixels + p];
}

static void pack(const struct facet_layer *layer, const struct facet_kernels *kernels, float *to)
{
    (void)kernels;
    const size_t outs = layer->out.neurons;
    for (size_t first = 0; first < outs; first += PANEL) {
        const float *weight = layer->data->weight.values + first * layer->in;
        const size_t neurons = least(PANEL, outs - first);
        for (int i = 0; i < layer->input_count; i++) {
            pack_input(layer->sources[i], weight, layer->in, neurons, to);
            weight += layer->sources[i]->neurons;
            to += layer->sources[i]->neurons * neurons;
        }
    }
}

static size_t scratch(const struct facet_layer *layer, size_t images)
{
    (void)layer;
    (void)images;
    return 0;
}

static void run(const struct facet_layer *layer, const struct facet_kernels *kernels,
                const struct facet_task *task)
{
    const size_t outs = layer->out.neurons;
    size_t before = 0; /* inputs of the layer before this one's */
    for (size_t n = 0; n < task->images; n++)
        memcpy(task->out + n * outs, layer->data->bias.values, outs * sizeof *task->out);
    for (int i = 0; i < layer->input_count; i++) {
        const size_t values = layer->sources[i]->neurons;
        for (size_t at = 0; at < values; at += DEPTH)
            for (size_t first = 0; first < outs; first += PANEL) {
                const size_t neurons = least(PANEL, outs - first);
                const struct facet_product p = {.rows = task->images,
                                                .columns = neurons,
                                                .segments = 1,
                                                .inner = least(DEPTH, values - at),
                                                .a_row = values,
                                                .a_inner = 1,
                                                .b_row = neurons,
                                                .c_row = outs,
                                                .add = 1};
                kernels->product(&p, task->inputs[i] + at,
                                 layer->packed + first * layer->in + (before + at) * neurons,
                                 task->out + first);
            }
        before += values;
    }
    if (task->relu) kernels->relu(task->images * outs, task->out);
}

const struct facet_layer_kind facet_layer_fully_connected = {
    .name = "fully_connected",
    .weights = 1,
    .max_inputs = FACET_MODEL_MAX_INPUTS,
    .block = 1,
    .attributes = {"relu"},
    .infer = infer,
    .packed = packed,
    .pack = pack,
    .scratch = scratch,
    .run = run,
};
