/* net/onnx/node: what an operator's infer() works with: a node's inputs, outputs and attributes,
 * checked as they are read. All return a negative code with the message set where the file doesn't
 * hold what is asked for. */
#ifndef FACET_NET_ONNX_NODE_H
#define FACET_NET_ONNX_NODE_H

#include "net/onnx/graph.h"

/* Input or output i; NULL if the node leaves it out. */
const struct facet_onnx_tensor *facet_onnx_input(const struct facet_onnx_graph *graph,
                                                 const struct facet_onnx_node *node, int i);
const struct facet_onnx_tensor *facet_onnx_output(const struct facet_onnx_graph *graph,
                                                  const struct facet_onnx_node *node, int i);

/* Zeroed room for what infer() notes for run(), in node->settings; the graph frees it. NULL with
 * the message set when memory is short. */
void *facet_onnx_settings(struct facet_onnx_node *node, size_t size);

/* Type and shape of output i, if the node has it. */
int facet_onnx_set(struct facet_onnx_graph *graph, const struct facet_onnx_node *node, int i,
                   int type, const struct facet_onnx_shape *shape);
/* Its values, if they are known although the inputs aren't; they become the graph's. */
void facet_onnx_give(struct facet_onnx_graph *graph, const struct facet_onnx_node *node, int i,
                     void *values);

/* Input i must be known beforehand and whole: `values` (count), in one dimension or none. NULL and
 * a count of 0 if it is left out. */
struct facet_onnx_list {
    const int64_t *values;
    size_t count;
};
int facet_onnx_input_list(const struct facet_onnx_graph *graph, const struct facet_onnx_node *node,
                          int i, struct facet_onnx_list *list);
/* Input i must be known beforehand, float, and (if count > 0) have so many values; NULL if it is
 * left out. */
int facet_onnx_input_reals(const struct facet_onnx_graph *graph, const struct facet_onnx_node *node,
                           int i, size_t count, const float **values);
/* The same of one value; `fallback` if it is left out. */
int facet_onnx_input_real(const struct facet_onnx_graph *graph, const struct facet_onnx_node *node,
                          int i, float fallback, float *value);

/* Attributes; `fallback`, or NULL and a count of 0, where there is none of that name. */
int facet_onnx_int(const struct facet_onnx_graph *graph, const struct facet_onnx_node *node,
                   const char *name, int64_t fallback, int64_t *value);
int facet_onnx_real(const struct facet_onnx_graph *graph, const struct facet_onnx_node *node,
                    const char *name, float fallback, float *value);
int facet_onnx_ints(const struct facet_onnx_graph *graph, const struct facet_onnx_node *node,
                    const char *name, struct facet_onnx_list *list);
int facet_onnx_reals(const struct facet_onnx_graph *graph, const struct facet_onnx_node *node,
                     const char *name, const float **values, size_t *count);
/* One of `words` (ends with NULL): its place in *which. */
int facet_onnx_word(const struct facet_onnx_graph *graph, const struct facet_onnx_node *node,
                    const char *name, const char *fallback, const char *const *words, int *which);
/* NULL if there is none; its type is not checked. */
const Onnx__AttributeProto *facet_onnx_attribute(const struct facet_onnx_node *node,
                                                 const char *name);

/* An axis, negative from the end, of `rank` axes (axis = rank is allowed with `beyond`). */
int facet_onnx_axis(const struct facet_onnx_graph *graph, const struct facet_onnx_node *node,
                    int64_t value, int rank, int beyond, int *axis);
/* marked[i] = 1 for each axis of the list; one that occurs twice is an error. */
int facet_onnx_axes(const struct facet_onnx_graph *graph, const struct facet_onnx_node *node,
                    const struct facet_onnx_list *list, int rank, uint8_t marked[FACET_ONNX_RANK]);
/* Lists that older opsets have as an attribute, and newer ones from `since` on as input i. */
int facet_onnx_moved_list(const struct facet_onnx_graph *graph, const struct facet_onnx_node *node,
                          const char *name, int i, int since, struct facet_onnx_list *list);

#endif
