/* net/onnx/reduce: ReduceMean and Softmax. Sums in double. */
#ifndef FACET_NET_ONNX_REDUCE_H
#define FACET_NET_ONNX_REDUCE_H

#include "net/onnx/operator.h"

int facet_onnx_infer_reduce_mean(struct facet_onnx_graph *graph, struct facet_onnx_node *node);
int facet_onnx_infer_softmax(struct facet_onnx_graph *graph, struct facet_onnx_node *node);
void facet_onnx_run_reduce_mean(const struct facet_onnx_task *task);
void facet_onnx_run_softmax(const struct facet_onnx_task *task);

#endif
