/* net/onnx/binary: Add, Sub, Mul, Div and PRelu: two values become one, with broadcasting. */
#ifndef FACET_NET_ONNX_BINARY_H
#define FACET_NET_ONNX_BINARY_H

#include "net/onnx/operator.h"

int facet_onnx_infer_binary(struct facet_onnx_graph *graph, struct facet_onnx_node *node);
int facet_onnx_infer_div(struct facet_onnx_graph *graph, struct facet_onnx_node *node);
int facet_onnx_infer_prelu(struct facet_onnx_graph *graph, struct facet_onnx_node *node);

void facet_onnx_run_add(const struct facet_onnx_task *task);
void facet_onnx_run_sub(const struct facet_onnx_task *task);
void facet_onnx_run_mul(const struct facet_onnx_task *task);
void facet_onnx_run_div(const struct facet_onnx_task *task);
void facet_onnx_run_prelu(const struct facet_onnx_task *task);

#endif
