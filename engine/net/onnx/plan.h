/* net/onnx/plan: how to compute some values of a graph: steps, what is fused into them, layouts,
 * and where values lie in memory. */
#ifndef FACET_NET_ONNX_PLAN_H
#define FACET_NET_ONNX_PLAN_H

#include "net/onnx/operator.h"

/* A node, and those after it that are done together with it. */
struct facet_onnx_step {
    const struct facet_onnx_node *node;
    const struct facet_onnx_node *norm; /* BatchNormalization in its weights, or NULL */
    size_t output;              /* the value that is there when all is done, in place of output 0 */
    size_t add;                 /* a value that is added, or NONE */
    struct facet_finish finish; /* its add is set when it is run */
    float *packed, *bias, *slope;
    size_t packed_floats;
};

/* Where a value lies. */
struct facet_onnx_place {
    int used, last;      /* last: channels last */
    int block;           /* in the block's memory; else in the chunk's */
    size_t first, final; /* steps (from 1; 0: the input) between which it is needed */
    size_t offset;       /* floats of one image before it */
};

/* Steps 0 .. chunked - 1 take a few images through at a time, whose maps stay in the cache; from
 * the first step on whose weights are large, they take a block, for which these are read once. */
struct facet_onnx_plan {
    const struct facet_onnx_graph *graph;
    const struct facet_kernels *kernels;
    size_t *asked; /* values */
    size_t asked_count;
    struct facet_onnx_step *steps;
    size_t step_count, chunked;
    struct facet_onnx_place *places;   /* by value */
    size_t chunk_floats, block_floats; /* of one image */
};

int facet_onnx_plan_new(struct facet_onnx_plan **plan, const struct facet_onnx_graph *graph,
                        const struct facet_kernels *kernels, const size_t *asked, size_t count);
void facet_onnx_plan_free(struct facet_onnx_plan **plan); /* NULL-safe */

/* Nonzero if input i of the step's node must be laid out anew. */
int facet_onnx_plan_turns(const struct facet_onnx_plan *plan, const struct facet_onnx_step *step,
                          int i);
/* Value that output i of a step's node becomes, or NONE. */
size_t facet_onnx_plan_output(const struct facet_onnx_step *step, int i);

#endif
