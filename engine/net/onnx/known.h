/* net/onnx/known: operators whose result is known before an image is seen: Constant, Shape, and
 * Cast of what is known. */
#ifndef FACET_NET_ONNX_KNOWN_H
#define FACET_NET_ONNX_KNOWN_H

#include "net/onnx/operator.h"

int facet_onnx_infer_constant(struct facet_onnx_graph *graph, struct facet_onnx_node *node);
int facet_onnx_infer_shape(struct facet_onnx_graph *graph, struct facet_onnx_node *node);
int facet_onnx_infer_cast(struct facet_onnx_graph *graph, struct facet_onnx_node *node);
void facet_onnx_run_cast(const struct facet_onnx_task *task);

#endif
