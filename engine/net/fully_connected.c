#include "net/layer.h"

static int infer(struct facet_layer *layer, const struct facet_acts_layer *const *inputs,
                 const struct facet_kernels *kernels)
{
    (void)inputs;
    (void)kernels;
    const size_t weight[2] = {0, layer->in};
    int code = facet_layer_check(layer, "weight", 2, weight);
    if (code == FACET_OK) code = facet_layer_check(layer, "bias", 1, layer->data->weight.dims);
    if (code < 0) return code;
    layer->out.rank = 1;
    layer->out.dims[0] = layer->data->weight.dims[0];
    layer->macs = (double)layer->in * (double)layer->out.dims[0];
    return FACET_OK;
}

static void run(const struct facet_layer *layer, const struct facet_kernels *kernels, size_t images,
                const float *input, float *out, void *scratch)
{
    (void)scratch;
    kernels->full(images, layer->in, layer->out.neurons, input, layer->data->weight.values,
                  layer->data->bias.values, out);
}

const struct facet_layer_kind facet_layer_fully_connected = {
    .name = "fully_connected",
    .weights = 1,
    .max_inputs = FACET_MODEL_MAX_INPUTS,
    .block = 1,
    .slots = 1,
    .attributes = {"relu"},
    .infer = infer,
    .run = run,
};
