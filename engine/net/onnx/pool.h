/* net/onnx/pool: MaxPool, AveragePool, GlobalMaxPool, GlobalAveragePool. Averages add up in double.
 * A window with NaN gives NaN. */
#ifndef FACET_NET_ONNX_POOL_H
#define FACET_NET_ONNX_POOL_H

#include "net/onnx/operator.h"

int facet_onnx_infer_max_pool(struct facet_onnx_graph *graph, struct facet_onnx_node *node);
int facet_onnx_infer_average_pool(struct facet_onnx_graph *graph, struct facet_onnx_node *node);
int facet_onnx_infer_global_pool(struct facet_onnx_graph *graph, struct facet_onnx_node *node);

void facet_onnx_run_max_pool(const struct facet_onnx_task *task);
void facet_onnx_run_average_pool(const struct facet_onnx_task *task);
size_t facet_onnx_scratch_pool(const struct facet_onnx_graph *graph,
                               const struct facet_onnx_node *node, size_t images);

#endif
