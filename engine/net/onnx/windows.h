/* net/onnx/windows: windows of convolutions and pooling as ONNX describes them: kernel_shape,
 * strides, dilations, pads or auto_pad, for one to three axes after (n, channels). */
#ifndef FACET_NET_ONNX_WINDOWS_H
#define FACET_NET_ONNX_WINDOWS_H

#include "kernels/window.h"
#include "net/onnx/node.h"

struct facet_onnx_window {
    struct facet_window at;
    size_t after[FACET_WINDOW_AXES]; /* padding behind the last value of an axis */
};

/* The window of a node whose input 0 is (n, channels, ..); kernel: where the attribute kernel_shape
 * is missing, NULL if it must be there. ceil_mode is read as pooling has it: the last window may go
 * beyond the padding, but begins in the input or the padding before it. Sets *shape: (n, channels,
 * output). */
int facet_onnx_window(const struct facet_onnx_graph *graph, const struct facet_onnx_node *node,
                      const struct facet_onnx_shape *kernel, struct facet_onnx_window *window,
                      struct facet_onnx_shape *shape);

#endif
