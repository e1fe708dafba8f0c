/* net/graph: the inside of a network, for net.c and run.c. */
#ifndef FACET_NET_GRAPH_H
#define FACET_NET_GRAPH_H

#include "net/layer.h"

struct facet_net {
    const struct facet_model *model;
    const struct facet_kernels *kernels; /* once prepared */
    struct facet_acts_layer input;       /* (channels, height, width) */
    struct facet_layer *layers;
    size_t layer_count;
    struct facet_acts_layer *tensors;
    size_t tensor_count;
};

/* What a layer gives, or the network's input for FACET_NET_INPUT. */
const struct facet_acts_layer *facet_net_source(const struct facet_net *net, int layer);

/* needed[i] (layer_count): 1 if layer i must be computed for one of `tensors`. */
void facet_net_need(const struct facet_net *net, const size_t *tensors, size_t count,
                    uint8_t *needed);

#endif
