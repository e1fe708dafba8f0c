/* net/onnx/conv: Conv: groups, depthwise, dilation, strides, padding, one to three axes.
 *
 * There are four ways, by the shape alone:
 *
 *   depthwise     each channel sees itself only: kernels->depthwise
 *   Winograd      3x3, stride 1, channels in sixteens: kernels/convolve
 *   1x1 products  pixels are the rows of one product as they lie
 *   products      windows are gathered into rows, a block of them at a time; each group by itself
 */
#ifndef FACET_NET_ONNX_CONV_H
#define FACET_NET_ONNX_CONV_H

#include "net/onnx/operator.h"

int facet_onnx_infer_conv(struct facet_onnx_graph *graph, struct facet_onnx_node *node);
void facet_onnx_run_conv(const struct facet_onnx_task *task);
size_t facet_onnx_scratch_conv(const struct facet_onnx_graph *graph,
                               const struct facet_onnx_node *node, size_t images);
extern const struct facet_onnx_packing facet_onnx_packing_conv;

#endif
