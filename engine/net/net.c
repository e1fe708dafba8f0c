#include "net/net.h"

#include "net/graph.h"

#include <assert.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct facet_layer_kind *const kinds[] = {
    &facet_layer_convolution,
    &facet_layer_local_convolution,
    &facet_layer_max_pool,
    &facet_layer_fully_connected,
};

enum { KIND_COUNT = sizeof kinds / sizeof kinds[0] };

static int find_kind(struct facet_layer *layer)
{
    char known[256] = "";
    for (size_t i = 0; i < KIND_COUNT; i++) {
        if (strcmp(kinds[i]->name, layer->data->kind) == 0) {
            layer->kind = kinds[i];
            return FACET_OK;
        }
        facet_fail_list(known, sizeof known, kinds[i]->name);
    }
    return facet_layer_fail(layer, "unknown kind \"%s\" (there are: %s)", layer->data->kind, known);
}

static int check_attributes(struct facet_layer *layer)
{
    const struct facet_model_layer *data = layer->data;
    for (int i = 0; i < data->attribute_count; i++) {
        const char *const *known = layer->kind->attributes;
        while (*known != NULL && strcmp(*known, data->attributes[i].name) != 0) known++;
        if (*known == NULL)
            return facet_layer_fail(layer, "a %s has no attribute %s", layer->kind->name,
                                    data->attributes[i].name);
    }
    int64_t relu = facet_model_attribute(data, "relu", 0);
    if (relu != 0 && relu != 1)
        return facet_layer_fail(layer, "attribute relu is %lld, expected 0 or 1", (long long)relu);
    layer->relu = (int)relu;
    if (!layer->kind->weights && (data->weight.rank != 0 || data->bias.rank != 0))
        return facet_layer_fail(layer, "a %s has no weights", layer->kind->name);
    return FACET_OK;
}

/* Finds the inputs among the layers before this one. */
static int find_inputs(struct facet_net *net, struct facet_layer *layer)
{
    const struct facet_model_layer *data = layer->data;
    int here = (int)(layer - net->layers);
    if (data->input_count < 1 || data->input_count > layer->kind->max_inputs)
        return facet_layer_fail(layer, "it has %d inputs, a %s takes 1%s", data->input_count,
                                layer->kind->name, layer->kind->max_inputs > 1 ? " or 2" : "");
    layer->input_count = data->input_count;
    layer->block = layer->kind->block;
    for (int i = 0; i < data->input_count; i++) {
        int found = strcmp(data->inputs[i], "input") == 0 ? FACET_NET_INPUT : here;
        for (int j = 0; j < here && found == here; j++)
            if (strcmp(net->layers[j].data->name, data->inputs[i]) == 0) found = j;
        if (found == here)
            return facet_layer_fail(layer,
                                    "its input \"%s\" is neither \"input\" nor an earlier "
                                    "layer",
                                    data->inputs[i]);
        layer->inputs[i] = found;
        layer->in += facet_net_source(net, found)->neurons;
        if (found != FACET_NET_INPUT && net->layers[found].block) layer->block = 1;
    }
    return FACET_OK;
}

/* HDF5 and users count them in 32 bits. */
static int set_neurons(const struct facet_layer *layer, struct facet_acts_layer *out)
{
    char shape[FACET_SHAPE_TEXT];
    out->neurons = 1;
    for (int i = 0; i < out->rank; i++) {
        if (out->dims[i] > INT_MAX / out->neurons)
            return facet_layer_fail(layer, "shape %s is too large",
                                    facet_layer_shape(out->rank, out->dims, shape));
        out->neurons *= out->dims[i];
    }
    return FACET_OK;
}

/* Adds a tensor with the layer's shape to the network's list. */
static int add_tensor(struct facet_net *net, struct facet_layer *layer, const char *suffix)
{
    struct facet_acts_layer *tensor = &net->tensors[net->tensor_count];
    *tensor = layer->out;
    int length = snprintf(tensor->name, sizeof tensor->name, "%s%s", layer->data->name, suffix);
    if (length < 1 || (size_t)length >= sizeof tensor->name || strcmp(tensor->name, "input") == 0)
        return facet_layer_fail(layer, "\"%s%s\" cannot be the name of a tensor", layer->data->name,
                                suffix);
    for (size_t i = 0; i < net->tensor_count; i++)
        if (strcmp(net->tensors[i].name, tensor->name) == 0)
            return facet_layer_fail(layer, "there is already a tensor %s", tensor->name);
    layer->tensor = net->tensor_count++;
    return FACET_OK;
}

static int add_layer(struct facet_net *net, const struct facet_model_layer *data)
{
    struct facet_layer *layer = &net->layers[net->layer_count];
    layer->model = net->model;
    layer->data = data;
    memcpy(layer->out.name, data->name, sizeof data->name);
    int code = find_kind(layer);
    if (code == FACET_OK) code = check_attributes(layer);
    if (code == FACET_OK) code = find_inputs(net, layer);
    if (code < 0) return code;
    for (int i = 0; i < layer->input_count; i++)
        layer->sources[i] = facet_net_source(net, layer->inputs[i]);
    code = layer->in > INT_MAX ? facet_layer_fail(layer, "its inputs are too large")
                               : layer->kind->infer(layer, layer->sources);
    if (code == FACET_OK) code = set_neurons(layer, &layer->out);
    if (code == FACET_OK && layer->relu) code = add_tensor(net, layer, "_linear");
    if (code == FACET_OK) code = add_tensor(net, layer, "");
    if (code == FACET_OK) net->layer_count++;
    return code;
}

int facet_net_new(struct facet_net **net, const struct facet_model *model)
{
    int code =
        facet_preprocess_check(&model->preprocess, model->path != NULL ? model->path : model->name);
    if (code < 0) return code;
    struct facet_net *n = facet_alloc(1, sizeof *n, "network");
    if (n == NULL) return FACET_ENOMEM;
    const struct facet_preprocess *p = &model->preprocess;
    n->model = model;
    n->input = (struct facet_acts_layer){
        .name = "input",
        .rank = 3,
        .dims = {(size_t)p->channels, (size_t)p->height, (size_t)p->width},
        .neurons = (size_t)p->channels * (size_t)p->height * (size_t)p->width};
    n->layers = facet_alloc(model->layer_count, sizeof *n->layers, "layers");
    n->tensors = facet_alloc(model->layer_count, 2 * sizeof *n->tensors, "tensors");
    code = n->layers == NULL || n->tensors == NULL ? FACET_ENOMEM : FACET_OK;
    for (size_t i = 0; i < model->layer_count && code == FACET_OK; i++)
        code = add_layer(n, &model->layers[i]);
    if (code < 0)
        facet_net_free(&n);
    else
        *net = n;
    return code;
}

void facet_net_free(struct facet_net **net)
{
    if (*net == NULL) return;
    for (size_t i = 0; (*net)->layers != NULL && i < (*net)->layer_count; i++)
        free((*net)->layers[i].packed);
    free((*net)->layers);
    free((*net)->tensors);
    free(*net);
    *net = NULL;
}

const struct facet_acts_layer *facet_net_source(const struct facet_net *net, int layer)
{
    return layer == FACET_NET_INPUT ? &net->input : &net->layers[layer].out;
}

/* Nonzero if `tensor` is what the layer gives, or gives before ReLU. */
static int gives(const struct facet_layer *layer, size_t tensor)
{
    return tensor == layer->tensor || (layer->relu && tensor + 1 == layer->tensor);
}

void facet_net_need(const struct facet_net *net, const size_t *tensors, size_t count,
                    uint8_t *needed)
{
    memset(needed, 0, net->layer_count);
    for (size_t i = net->layer_count; i-- > 0;) {
        const struct facet_layer *layer = &net->layers[i];
        for (size_t j = 0; j < count; j++)
            if (gives(layer, tensors[j])) needed[i] = 1;
        for (int j = 0; needed[i] && j < layer->input_count; j++)
            if (layer->inputs[j] != FACET_NET_INPUT) needed[layer->inputs[j]] = 1;
    }
}

int facet_net_prepare(struct facet_net *net, const struct facet_kernels *kernels,
                      const size_t *tensors, size_t count)
{
    uint8_t *needed = facet_alloc(net->layer_count, 1, "layers");
    int code = needed != NULL ? FACET_OK : FACET_ENOMEM;
    net->kernels = kernels;
    if (code == FACET_OK) facet_net_need(net, tensors, count, needed);
    for (size_t i = 0; code == FACET_OK && i < net->layer_count; i++) {
        struct facet_layer *layer = &net->layers[i];
        if (!needed[i] || layer->kind->packed == NULL) continue;
        if (layer->packed == NULL)
            layer->packed = facet_alloc(layer->kind->packed(layer), sizeof(float), layer->out.name);
        if (layer->packed == NULL)
            code = FACET_ENOMEM;
        else
            layer->kind->pack(layer, kernels, layer->packed);
    }
    free(needed);
    return code;
}

double facet_net_packed_bytes(const struct facet_net *net, const size_t *tensors, size_t count)
{
    uint8_t *needed = facet_alloc(net->layer_count, 1, "layers");
    double floats = 0;
    if (needed == NULL) return 0;
    facet_net_need(net, tensors, count, needed);
    for (size_t i = 0; i < net->layer_count; i++)
        if (needed[i] && net->layers[i].kind->packed != NULL)
            floats += (double)net->layers[i].kind->packed(&net->layers[i]);
    free(needed);
    return floats * sizeof(float);
}

const struct facet_model *facet_net_model(const struct facet_net *net)
{
    return net->model;
}

size_t facet_net_tensor_count(const struct facet_net *net)
{
    return net->tensor_count;
}

const struct facet_acts_layer *facet_net_tensor(const struct facet_net *net, size_t tensor)
{
    assert(tensor < net->tensor_count);
    return &net->tensors[tensor];
}

int facet_net_find(const struct facet_net *net, const char *name, size_t *tensor)
{
    char known[768] = "";
    for (size_t i = 0; i < net->tensor_count; i++) {
        if (strcmp(net->tensors[i].name, name) == 0) {
            *tensor = i;
            return FACET_OK;
        }
        facet_fail_list(known, sizeof known, net->tensors[i].name);
    }
    return facet_fail(FACET_EINVAL, "the network has no tensor \"%s\" (it has: %s)", name, known);
}

const struct facet_acts_layer *facet_net_shape(const struct facet_net *net, size_t layer)
{
    assert(layer < net->layer_count);
    return &net->layers[layer].out;
}

double facet_net_layer_macs(const struct facet_net *net, size_t layer)
{
    assert(layer < net->layer_count);
    return net->layers[layer].macs;
}

double facet_net_weight_bytes(const struct facet_net *net)
{
    double count = 0;
    for (size_t i = 0; i < net->layer_count; i++)
        count += (double)facet_tensor_count(&net->layers[i].data->weight) +
                 (double)facet_tensor_count(&net->layers[i].data->bias);
    return count * sizeof(float);
}
