/* net/onnx/resize: Resize and Upsample, by the nearest value or linearly, along any axes. Cubic is
 * unsupported. */
#ifndef FACET_NET_ONNX_RESIZE_H
#define FACET_NET_ONNX_RESIZE_H

#include "net/onnx/operator.h"

int facet_onnx_infer_resize(struct facet_onnx_graph *graph, struct facet_onnx_node *node);
int facet_onnx_infer_upsample(struct facet_onnx_graph *graph, struct facet_onnx_node *node);
void facet_onnx_run_resize(const struct facet_onnx_task *task);

#endif
