#include "programs/layers.h"

#include <stdio.h>
#include <string.h>

const char *facet_layers_inputs(const struct facet_model_layer *layer, char text[FACET_LAYERS_TEXT])
{
    size_t used = 0;
    text[0] = '\0';
    for (int i = 0; i < layer->input_count; i++)
        used += (size_t)snprintf(text + used, FACET_LAYERS_TEXT - used, "%s%s", i > 0 ? "," : "",
                                 layer->inputs[i]);
    return text;
}

const char *facet_layers_shape(const struct facet_acts_layer *shape, char text[FACET_LAYERS_TEXT])
{
    size_t used = 0;
    text[0] = '\0';
    for (int i = 0; i < shape->rank; i++)
        used += (size_t)snprintf(text + used, FACET_LAYERS_TEXT - used, "%s%zu", i > 0 ? "x" : "",
                                 shape->dims[i]);
    return text;
}

size_t facet_layers_weights(const struct facet_model_layer *layer)
{
    return facet_tensor_count(&layer->weight) + facet_tensor_count(&layer->bias);
}

void facet_layers_print(const struct facet_net *net)
{
    const struct facet_model *model = facet_net_model(net);
    size_t weights = 0;
    double macs = 0;
    printf("%-12s %-18s %-14s %-14s %12s %14s\n", "layer", "kind", "inputs", "output", "weights",
           "MACs/image");
    for (size_t i = 0; i < model->layer_count; i++) {
        const struct facet_model_layer *layer = &model->layers[i];
        char inputs[FACET_LAYERS_TEXT], shape[FACET_LAYERS_TEXT];
        printf("%-12s %-18s %-14s %-14s %12zu %14.0f\n", layer->name, layer->kind,
               facet_layers_inputs(layer, inputs),
               facet_layers_shape(facet_net_shape(net, i), shape), facet_layers_weights(layer),
               facet_net_layer_macs(net, i));
        weights += facet_layers_weights(layer);
        macs += facet_net_layer_macs(net, i);
    }
    printf("%-12s %-18s %-14s %-14s %12zu %14.0f\n", "all", "", "", "", weights, macs);
}
