/* net/onnx/fuse: what is done together: BatchNormalization as part of the weights before it, and
 * what follows sums of products (a bias, another tensor, an activation) while they are in the
 * cache.
 *
 * What becomes part of the weights depends on the graph alone, for it changes how results are
 * rounded; the rest changes no bit, and depends on what is asked for. */
#ifndef FACET_NET_ONNX_FUSE_H
#define FACET_NET_ONNX_FUSE_H

#include "net/onnx/plan.h"

/* Who needs what. */
struct facet_onnx_uses {
    const struct facet_onnx_graph *graph;
    uint8_t *needed, *done;    /* by node: for what is asked for; part of a step already */
    uint8_t *asked, *computed; /* by value */
    size_t *readers, *reader;  /* by value: how many needed nodes read it (twice counts twice), and
                                  one  of them */
    size_t *all_readers;       /* by value: of all nodes that run */
};

int facet_onnx_uses_new(struct facet_onnx_uses *uses, const struct facet_onnx_graph *graph,
                        const size_t *asked, size_t count);
void facet_onnx_uses_free(struct facet_onnx_uses *uses);

/* Nonzero if the node's own output is asked for, and another step computes it with
 * BatchNormalization. */
int facet_onnx_fuse_apart(const struct facet_onnx_uses *uses, const struct facet_onnx_node *node);
/* A step of one node. */
struct facet_onnx_step facet_onnx_step_alone(const struct facet_onnx_node *node);
/* A step of the node and all that can be done with it; these are marked as done. */
int facet_onnx_fuse(const struct facet_onnx_plan *plan, struct facet_onnx_uses *uses,
                    const struct facet_onnx_node *node, struct facet_onnx_step *step);
/* Packs a step's weights and sets what follows. */
int facet_onnx_fuse_pack(const struct facet_onnx_plan *plan, struct facet_onnx_step *step);

#endif
