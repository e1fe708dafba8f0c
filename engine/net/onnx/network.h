/* net/onnx/network: the inside of a network, for onnx.c and run.c. */
#ifndef FACET_NET_ONNX_NETWORK_H
#define FACET_NET_ONNX_NETWORK_H

#include "net/onnx/onnx.h"
#include "net/onnx/plan.h"

struct facet_onnx {
    struct facet_onnx_graph *graph;
    char *name;
    char sha256[FACET_HASH_SIZE];
    struct facet_acts_layer *tensors; /* computed at run time, the input first */
    size_t *values;                   /* their numbers in the graph */
    size_t tensor_count;
    size_t *layers; /* nodes that run for every image */
    size_t layer_count;
    size_t *outputs; /* tensors */
    size_t output_count;
    struct facet_onnx_plan *plan; /* once prepared */
};

#endif
