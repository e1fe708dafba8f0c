/* net/onnx/matrix: Gemm and MatMul. */
#ifndef FACET_NET_ONNX_MATRIX_H
#define FACET_NET_ONNX_MATRIX_H

#include "net/onnx/operator.h"

int facet_onnx_infer_gemm(struct facet_onnx_graph *graph, struct facet_onnx_node *node);
void facet_onnx_run_gemm(const struct facet_onnx_task *task);
extern const struct facet_onnx_packing facet_onnx_packing_gemm;

int facet_onnx_infer_matmul(struct facet_onnx_graph *graph, struct facet_onnx_node *node);
void facet_onnx_run_matmul(const struct facet_onnx_task *task);

#endif
