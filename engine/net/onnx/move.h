/* net/onnx/move: operators that put values elsewhere, or leave them as they are: Concat, Slice,
 * Split, Flatten, Reshape, Squeeze, Unsqueeze, Transpose, Gather, Pad, Identity, Dropout. */
#ifndef FACET_NET_ONNX_MOVE_H
#define FACET_NET_ONNX_MOVE_H

#include "net/onnx/operator.h"

int facet_onnx_infer_concat(struct facet_onnx_graph *graph, struct facet_onnx_node *node);
int facet_onnx_infer_slice(struct facet_onnx_graph *graph, struct facet_onnx_node *node);
int facet_onnx_infer_split(struct facet_onnx_graph *graph, struct facet_onnx_node *node);
int facet_onnx_infer_flatten(struct facet_onnx_graph *graph, struct facet_onnx_node *node);
int facet_onnx_infer_reshape(struct facet_onnx_graph *graph, struct facet_onnx_node *node);
int facet_onnx_infer_squeeze(struct facet_onnx_graph *graph, struct facet_onnx_node *node);
int facet_onnx_infer_unsqueeze(struct facet_onnx_graph *graph, struct facet_onnx_node *node);
int facet_onnx_infer_transpose(struct facet_onnx_graph *graph, struct facet_onnx_node *node);
int facet_onnx_infer_gather(struct facet_onnx_graph *graph, struct facet_onnx_node *node);
int facet_onnx_infer_pad(struct facet_onnx_graph *graph, struct facet_onnx_node *node);
int facet_onnx_infer_identity(struct facet_onnx_graph *graph, struct facet_onnx_node *node);
int facet_onnx_infer_dropout(struct facet_onnx_graph *graph, struct facet_onnx_node *node);

void facet_onnx_run_concat(const struct facet_onnx_task *task);
void facet_onnx_run_slice(const struct facet_onnx_task *task);
void facet_onnx_run_split(const struct facet_onnx_task *task);
/* The same values in the same order; and in the same shape too. */
void facet_onnx_run_reshape(const struct facet_onnx_task *task);
void facet_onnx_run_identity(const struct facet_onnx_task *task);
void facet_onnx_run_transpose(const struct facet_onnx_task *task);
void facet_onnx_run_gather(const struct facet_onnx_task *task);
void facet_onnx_run_pad(const struct facet_onnx_task *task);

#endif
