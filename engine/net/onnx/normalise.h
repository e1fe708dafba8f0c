/* net/onnx/normalise: BatchNormalization (as used after training), InstanceNormalization,
 * LayerNormalization, LpNormalization, LRN. Sums in double. */
#ifndef FACET_NET_ONNX_NORMALISE_H
#define FACET_NET_ONNX_NORMALISE_H

#include "net/onnx/operator.h"

/* What BatchNormalization does to a channel: x * factor + addend. */
struct facet_onnx_affine {
    size_t channels;
    const float *scale, *bias, *mean, *variance;
    float epsilon;
};
double facet_onnx_affine_factor(const struct facet_onnx_affine *a, size_t channel);
double facet_onnx_affine_addend(const struct facet_onnx_affine *a, size_t channel);

int facet_onnx_infer_batch_norm(struct facet_onnx_graph *graph, struct facet_onnx_node *node);
/* Opset 6, which has to say that it isn't in training. */
int facet_onnx_infer_old_batch_norm(struct facet_onnx_graph *graph, struct facet_onnx_node *node);
int facet_onnx_infer_instance_norm(struct facet_onnx_graph *graph, struct facet_onnx_node *node);
int facet_onnx_infer_layer_norm(struct facet_onnx_graph *graph, struct facet_onnx_node *node);
int facet_onnx_infer_lp_norm(struct facet_onnx_graph *graph, struct facet_onnx_node *node);
int facet_onnx_infer_lrn(struct facet_onnx_graph *graph, struct facet_onnx_node *node);

void facet_onnx_run_batch_norm(const struct facet_onnx_task *task);
void facet_onnx_run_instance_norm(const struct facet_onnx_task *task);
void facet_onnx_run_layer_norm(const struct facet_onnx_task *task);
void facet_onnx_run_lp_norm(const struct facet_onnx_task *task);
void facet_onnx_run_lrn(const struct facet_onnx_task *task);

#endif
