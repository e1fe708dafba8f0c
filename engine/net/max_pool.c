#include "net/layer.h"

static int infer(struct facet_layer *layer, const struct facet_acts_layer *const *inputs,
                 const struct facet_kernels *kernels)
{
    (void)kernels;
    const struct facet_acts_layer *input = inputs[0];
    char shape[FACET_SHAPE_TEXT];
    if (input->rank != 3 || input->dims[1] < 2 || input->dims[2] < 2)
        return facet_layer_fail(layer,
                                "its input %s has shape %s, expected (channel, y, x) with y and x "
                                "of 2 or more",
                                input->name, facet_layer_shape(input->rank, input->dims, shape));
    layer->out.rank = 3;
    layer->out.dims[0] = input->dims[0];
    layer->out.dims[1] = input->dims[1] / 2;
    layer->out.dims[2] = input->dims[2] / 2;
    layer->conv.in_c = input->dims[0];
    layer->conv.in_h = input->dims[1];
    layer->conv.in_w = input->dims[2];
    return FACET_OK;
}

static void run(const struct facet_layer *layer, const struct facet_kernels *kernels, size_t images,
                const float *input, float *out, void *scratch)
{
    (void)scratch;
    kernels->max_pool(images * layer->conv.in_c, layer->conv.in_h, layer->conv.in_w, input, out);
}

const struct facet_layer_kind facet_layer_max_pool = {
    .name = "max_pool",
    .max_inputs = 1,
    .infer = infer,
    .run = run,
};
