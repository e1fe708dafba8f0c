#include "net/layer.h"

static int check_input(const struct facet_layer *layer, const struct facet_acts_layer *input)
{
    char shape[FACET_SHAPE_TEXT];
    if (input->rank == 3) return FACET_OK;
    return facet_layer_fail(layer, "its input %s has shape %s, expected (channel, y, x)",
                            input->name, facet_layer_shape(input->rank, input->dims, shape));
}

/* Takes the shape from the input and the weight, whose last four dimensions are `w`. */
static int set_shape(struct facet_layer *layer, const struct facet_acts_layer *input,
                     const size_t *w)
{
    char shape[FACET_SHAPE_TEXT];
    if (w[2] > input->dims[1] || w[3] > input->dims[2])
        return facet_layer_fail(layer, "a kernel of %zu x %zu doesn't fit into its input %s %s",
                                w[2], w[3], input->name,
                                facet_layer_shape(input->rank, input->dims, shape));
    layer->conv =
        facet_conv_shape(input->dims[0], input->dims[1], input->dims[2], w[0], w[2], w[3]);
    layer->out.rank = 3;
    layer->out.dims[0] = layer->conv.out_c;
    layer->out.dims[1] = layer->conv.out_h;
    layer->out.dims[2] = layer->conv.out_w;
    layer->macs = facet_conv_macs(&layer->conv);
    return FACET_OK;
}

static int infer(struct facet_layer *layer, const struct facet_acts_layer *const *inputs,
                 const struct facet_kernels *kernels)
{
    const size_t *dims = layer->data->weight.dims;
    const size_t weight[4] = {0, inputs[0]->dims[0], 0, 0};
    int code = check_input(layer, inputs[0]);
    if (code == FACET_OK) code = facet_layer_check(layer, "weight", 4, weight);
    if (code == FACET_OK) code = facet_layer_check(layer, "bias", 1, dims);
    if (code == FACET_OK) code = set_shape(layer, inputs[0], dims);
    if (code == FACET_OK) layer->scratch = kernels->conv_scratch(&layer->conv);
    return code;
}

static int infer_local(struct facet_layer *layer, const struct facet_acts_layer *const *inputs,
                       const struct facet_kernels *kernels)
{
    const int64_t h = facet_model_attribute(layer->data, "region_h", 0);
    const int64_t w = facet_model_attribute(layer->data, "region_w", 0);
    const size_t any[6] = {0, 0, 0, inputs[0]->dims[0], 0, 0};
    struct facet_conv *c = &layer->conv;
    if (h < 1 || w < 1)
        return facet_layer_fail(layer, "attributes region_h and region_w must be given, 1 or more");
    int code = check_input(layer, inputs[0]);
    if (code == FACET_OK) code = facet_layer_check(layer, "weight", 6, any);
    if (code == FACET_OK) code = set_shape(layer, inputs[0], layer->data->weight.dims + 2);
    if (code < 0) return code;
    *c = facet_conv_regions(*c, (size_t)h, (size_t)w);
    layer->scratch = kernels->conv_scratch(c);
    const size_t weight[6] = {c->regions_y, c->regions_x, c->out_c,
                              c->in_c,      c->kernel_h,  c->kernel_w};
    code = facet_layer_check(layer, "weight", 6, weight);
    return code < 0 ? code : facet_layer_check(layer, "bias", 3, weight);
}

static void run(const struct facet_layer *layer, const struct facet_kernels *kernels, size_t images,
                const float *input, float *out, void *scratch)
{
    for (size_t i = 0; i < images; i++)
        kernels->conv(&layer->conv, input + i * layer->in, layer->data->weight.values,
                      layer->data->bias.values, out + i * layer->out.neurons, scratch);
}

static void run_local(const struct facet_layer *layer, const struct facet_kernels *kernels,
                      size_t images, const float *input, float *out, void *scratch)
{
    kernels->local_conv(&layer->conv, images, input, layer->data->weight.values,
                        layer->data->bias.values, out, scratch);
}

const struct facet_layer_kind facet_layer_convolution = {
    .name = "convolution",
    .weights = 1,
    .max_inputs = 1,
    .attributes = {"relu"},
    .infer = infer,
    .run = run,
};

const struct facet_layer_kind facet_layer_local_convolution = {
    .name = "local_convolution",
    .weights = 1,
    .max_inputs = 1,
    .block = 1,
    .attributes = {"relu", "region_h", "region_w"},
    .infer = infer_local,
    .run = run_local,
};
