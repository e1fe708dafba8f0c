/* net/onnx/operator: what an operator is: one entry of the table in operators.c. */
#ifndef FACET_NET_ONNX_OPERATOR_H
#define FACET_NET_ONNX_OPERATOR_H

#include "kernels/kernels.h"
#include "net/onnx/node.h"

/* What a node is to do, for `images` evaluations of the graph side by side: the values of
 * evaluation e of input i begin at in[i] + e * count(input i), those of output i likewise; what is
 * known beforehand is there once. `images` is 1 unless the operator is batched. */
struct facet_onnx_task {
    const struct facet_onnx_graph *graph;
    const struct facet_onnx_node *node;
    const struct facet_kernels *kernels;
    size_t images;
    const void *const *in;
    void *const *out;
    const uint8_t *in_last, *out_last; /* nonzero: channels last (net/onnx/shape.h) */
    const float *packed;               /* what pack() made */
    const struct facet_finish *finish; /* what follows the sums of a packed operator */
    float *scratch;                    /* 64-byte aligned */
};

enum facet_onnx_accepts {
    FACET_ONNX_FLOATS,  /* data must be FLOAT */
    FACET_ONNX_NUMBERS, /* or INT64, all alike */
    FACET_ONNX_ANY      /* of any type, all alike */
};

enum facet_onnx_layout {
    FACET_ONNX_PLAIN,  /* reads and writes as ONNX has it */
    FACET_ONNX_LAST,   /* input 0 and the outputs have their channels last, if they have 3 axes */
    FACET_ONNX_EITHER, /* reads data in either layout; writes as its inputs are */
    FACET_ONNX_TURNS   /* reads data in either layout, writes as ONNX has it */
};

struct facet_onnx_operator {
    const char *name;
    int since, until; /* opsets that have it, within 7 to 17 */
    int least, most;  /* inputs */
    int outputs;      /* at most */
    int data;         /* so many first inputs are data, or FACET_ONNX_ALL; the others say what
                         to do with them */
    enum facet_onnx_accepts accepts;
    enum facet_onnx_layout layout;
    int batched;
    const char *attributes; /* those it knows, between spaces */
    /* Checks the node, sets its outputs' types and shapes, its settings and macs. */
    int (*infer)(struct facet_onnx_graph *graph, struct facet_onnx_node *node);
    void (*run)(const struct facet_onnx_task *task);
    /* Floats of scratch; NULL for none. */
    size_t (*scratch)(const struct facet_onnx_graph *graph, const struct facet_onnx_node *node,
                      size_t images);
    const struct facet_onnx_packing *packing; /* for products with weights; or NULL */
};

#define FACET_ONNX_ALL (-1)

/* Sums of products over weights that are known: packed once, and followed by bias and activation.
 * `scale` (channels) multiplies what each channel gives. */
struct facet_onnx_packing {
    size_t (*channels)(const struct facet_onnx_node *node);
    /* The node's own addend of each channel (NULL: none); 0 if what it adds is of another form, and
     * done by run(). */
    int (*bias)(const struct facet_onnx_graph *graph, const struct facet_onnx_node *node,
                const float **values);
    size_t (*packed)(const struct facet_onnx_graph *graph, const struct facet_onnx_node *node);
    void (*pack)(const struct facet_onnx_graph *graph, const struct facet_onnx_node *node,
                 const struct facet_kernels *kernels, const double *scale, float *packed);
    /* How, and multiplications for one image, transforms not counted. */
    const char *(*way)(const struct facet_onnx_node *node);
    double (*multiplications)(const struct facet_onnx_node *node);
};

/* NULL if there is none of that name in the opset. */
const struct facet_onnx_operator *facet_onnx_operator_find(const char *name, int opset);
#endif
