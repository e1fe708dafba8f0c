/* net/onnx/label: names of tensors as activation files can have them.
 *
 * ONNX's names may hold anything. A label has no "/" (the file's own separator; "/a/b" becomes
 * "a.b"), no comma or plus (which separate layers on command lines) and no character that isn't
 * printable ASCII ("_"), is shorter than FACET_NAME_SIZE (cut in the middle), and no other tensor
 * has it ("x~17", with the number of the tensor).
 */
#ifndef FACET_NET_ONNX_LABEL_H
#define FACET_NET_ONNX_LABEL_H

#include "net/onnx/graph.h"

/* Labels all values, in order. */
int facet_onnx_label(struct facet_onnx_graph *graph);

#endif
