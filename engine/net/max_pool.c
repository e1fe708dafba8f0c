#include "net/layer.h"

static int infer(struct facet_layer *layer, const struct facet_acts_layer *const *inputs)
{
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
    layer->way = "comparisons";
    return FACET_OK;
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
    const size_t *from = layer->sources[0]->dims, line = from[2] * from[0];
    const size_t out_line = layer->out.dims[2] * from[0];
    for (size_t n = 0; n < task->images; n++)
        for (size_t y = 0; y < layer->out.dims[1]; y++)
            kernels->max_pool(from[2], from[0], task->inputs[0] + n * layer->in + 2 * y * line,
                              task->out + n * layer->out.neurons + y * out_line);
}

const struct facet_layer_kind facet_layer_max_pool = {
    .name = "max_pool",
    .max_inputs = 1,
    .infer = infer,
    .scratch = scratch,
    .run = run,
};
