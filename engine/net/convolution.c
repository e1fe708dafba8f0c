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
    struct facet_conv *conv = &layer->convolution.conv;
    *conv = facet_conv_shape(input->dims[0], input->dims[1], input->dims[2], w[0], w[2], w[3]);
    layer->out.rank = 3;
    layer->out.dims[0] = conv->out_c;
    layer->out.dims[1] = conv->out_h;
    layer->out.dims[2] = conv->out_w;
    return FACET_OK;
}

static void choose_way(struct facet_layer *layer)
{
    struct facet_convolution *c = &layer->convolution;
    c->way = facet_convolve_way(&c->conv);
    c->bias = layer->data->bias.values;
    layer->macs = facet_conv_macs(&c->conv);
    layer->multiplications = facet_convolve_multiplications(c);
    layer->way = facet_convolve_way_name(c->way);
}

static int infer(struct facet_layer *layer, const struct facet_acts_layer *const *inputs)
{
    const size_t *dims = layer->data->weight.dims;
    const size_t weight[4] = {0, inputs[0]->dims[0], 0, 0};
    int code = check_input(layer, inputs[0]);
    if (code == FACET_OK) code = facet_layer_check(layer, "weight", 4, weight);
    if (code == FACET_OK) code = facet_layer_check(layer, "bias", 1, dims);
    if (code == FACET_OK) code = set_shape(layer, inputs[0], dims);
    if (code == FACET_OK) choose_way(layer);
    return code;
}

static int infer_local(struct facet_layer *layer, const struct facet_acts_layer *const *inputs)
{
    const int64_t h = facet_model_attribute(layer->data, "region_h", 0);
    const int64_t w = facet_model_attribute(layer->data, "region_w", 0);
    const size_t any[6] = {0, 0, 0, inputs[0]->dims[0], 0, 0};
    struct facet_conv *c = &layer->convolution.conv;
    if (h < 1 || w < 1)
        return facet_layer_fail(layer, "attributes region_h and region_w must be given, 1 or more");
    int code = check_input(layer, inputs[0]);
    if (code == FACET_OK) code = facet_layer_check(layer, "weight", 6, any);
    if (code == FACET_OK) code = set_shape(layer, inputs[0], layer->data->weight.dims + 2);
    if (code < 0) return code;
    *c = facet_conv_regions(*c, (size_t)h, (size_t)w);
    const size_t weight[6] = {c->regions_y, c->regions_x, c->out_c,
                              c->in_c,      c->kernel_h,  c->kernel_w};
    code = facet_layer_check(layer, "weight", 6, weight);
    if (code == FACET_OK) code = facet_layer_check(layer, "bias", 3, weight);
    if (code == FACET_OK) choose_way(layer);
    return code;
}

static size_t packed(const struct facet_layer *layer)
{
    return facet_convolve_weights(&layer->convolution);
}

static void pack(const struct facet_layer *layer, const struct facet_kernels *kernels, float *to)
{
    facet_convolve_pack(kernels, &layer->convolution, layer->data->weight.values, to);
}

static size_t scratch(const struct facet_layer *layer, size_t images)
{
    return facet_convolve_scratch(&layer->convolution, images);
}

static void run(const struct facet_layer *layer, const struct facet_kernels *kernels,
                const struct facet_task *task)
{
    struct facet_convolution c = layer->convolution;
    c.weight = layer->packed;
    c.relu = task->relu;
    c.pool = task->pool;
    facet_convolve(kernels, &c, task->images, task->inputs[0], task->out, task->scratch);
}

const struct facet_layer_kind facet_layer_convolution = {
    .name = "convolution",
    .weights = 1,
    .max_inputs = 1,
    .pools = 1,
    .attributes = {"relu"},
    .infer = infer,
    .packed = packed,
    .pack = pack,
    .scratch = scratch,
    .run = run,
};

const struct facet_layer_kind facet_layer_local_convolution = {
    .name = "local_convolution",
    .weights = 1,
    .max_inputs = 1,
    .block = 1,
    .attributes = {"relu", "region_h", "region_w"},
    .infer = infer_local,
    .packed = packed,
    .pack = pack,
    .scratch = scratch,
    .run = run,
};
