/* net/onnx/evaluate: computes what is known before an image is seen. */
#ifndef FACET_NET_ONNX_EVALUATE_H
#define FACET_NET_ONNX_EVALUATE_H

#include "net/onnx/graph.h"

/* Work (values read and written, multiplications) that a file may ask for before it is run. */
#define FACET_ONNX_WORK 5e7

/* Notes more work; FACET_EFORMAT beyond the limit. */
int facet_onnx_work(struct facet_onnx_graph *graph, const struct facet_onnx_node *node,
                    double work);
/* Runs a node whose inputs are all known; its outputs become known. */
int facet_onnx_evaluate(struct facet_onnx_graph *graph, struct facet_onnx_node *node);

#endif
