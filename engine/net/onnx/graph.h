/* net/onnx/graph: a network of an .onnx file, understood: every value has its type and shape, what
 * can be known before an image is seen is computed, and every operator has been checked.
 *
 * The graph is that of one image: the first dimension of its input is 1, and a run evaluates it for
 * many images side by side (net/onnx/onnx.h). So an image's values can't depend on those beside it,
 * whatever operators there are. At run time values are float32; whole numbers (shapes, indices)
 * must be known beforehand, as they are in networks whose input has a fixed size.
 */
#ifndef FACET_NET_ONNX_GRAPH_H
#define FACET_NET_ONNX_GRAPH_H

#include "net/onnx/names.h"
#include "net/onnx/tensor.h"
#include "store/activations.h"

struct facet_onnx_operator;

struct facet_onnx_value {
    const char *name;
    char label[FACET_NAME_SIZE];     /* the name as activation files can have it */
    struct facet_onnx_tensor tensor; /* values are NULL where they are computed at run time */
    size_t node; /* that gives it; FACET_ONNX_NONE for inputs and initialisers */
};

struct facet_onnx_node {
    const Onnx__NodeProto *proto;
    const struct facet_onnx_operator *op; /* NULL: unsupported */
    size_t *inputs;                       /* values; FACET_ONNX_NONE: left out */
    size_t *outputs;
    int input_count, output_count;
    void *settings; /* what the operator's infer() noted */
    double macs;    /* multiply-accumulates for one image */
};

struct facet_onnx_graph {
    char *path;
    struct facet_onnx_source source;
    Onnx__ModelProto *model; /* names and attributes lie in it */
    int opset;
    struct facet_onnx_names names;
    struct facet_onnx_value *values;
    size_t value_count, value_room;
    struct facet_onnx_node *nodes; /* each after those it reads */
    size_t node_count;
    size_t *outputs;
    size_t output_count;
    size_t input;  /* the value that an image becomes; FACET_ONNX_NONE if all is given */
    double folded; /* work done so far on what is known beforehand */
};

/* A tensor that takes the place of an input of that name. */
struct facet_onnx_given {
    const char *name;
    struct facet_onnx_tensor tensor; /* values: NULL for what is computed at run time */
};

/* Understands `model`, which becomes the graph's, also on failure. given: inputs whose tensors are
 * known; they are copied. height, width: of the input where the file leaves them
 * open; 0 for none. FACET_EFORMAT names node or tensor; what is unsupported is listed whole, by
 * node and operator. */
int facet_onnx_graph_new(struct facet_onnx_graph **graph, Onnx__ModelProto *model, const char *path,
                         struct facet_hash *hash, const struct facet_onnx_given *given,
                         size_t given_count, size_t height, size_t width);
void facet_onnx_graph_free(struct facet_onnx_graph **graph); /* NULL-safe */

/* FACET_EFORMAT with "model.onnx: node 'x' (Conv): ...". */
int facet_onnx_fail(const struct facet_onnx_graph *graph, const struct facet_onnx_node *node,
                    const char *format, ...) FACET_PRINTF(3, 4);

#endif
