/* net/onnx/unary: operators that make one value of one. */
#ifndef FACET_NET_ONNX_UNARY_H
#define FACET_NET_ONNX_UNARY_H

#include "net/onnx/operator.h"

/* alpha: slope below zero, or factor; beta: addend. Clip: the least and the largest value. */
struct facet_onnx_unary {
    float alpha, beta;
};

int facet_onnx_infer_unary(struct facet_onnx_graph *graph, struct facet_onnx_node *node);
int facet_onnx_infer_leaky_relu(struct facet_onnx_graph *graph, struct facet_onnx_node *node);
int facet_onnx_infer_elu(struct facet_onnx_graph *graph, struct facet_onnx_node *node);
int facet_onnx_infer_hard_sigmoid(struct facet_onnx_graph *graph, struct facet_onnx_node *node);
int facet_onnx_infer_clip(struct facet_onnx_graph *graph, struct facet_onnx_node *node);

void facet_onnx_run_relu(const struct facet_onnx_task *task);
void facet_onnx_run_leaky_relu(const struct facet_onnx_task *task);
void facet_onnx_run_clip(const struct facet_onnx_task *task);
void facet_onnx_run_sigmoid(const struct facet_onnx_task *task);
void facet_onnx_run_hard_sigmoid(const struct facet_onnx_task *task);
void facet_onnx_run_hard_swish(const struct facet_onnx_task *task);
void facet_onnx_run_tanh(const struct facet_onnx_task *task);
void facet_onnx_run_elu(const struct facet_onnx_task *task);

#endif
