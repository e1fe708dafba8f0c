/* net/onnx/external: values that lie in a file beside the model.
 *
 * The location is relative to the model's folder; a file outside it (an absolute path, "..", a link
 * that leads out) is refused, and what is declared must be there.
 */
#ifndef FACET_NET_ONNX_EXTERNAL_H
#define FACET_NET_ONNX_EXTERNAL_H

#include "net/onnx/tensor.h"

struct facet_onnx_external {
    uint8_t *bytes;
};

/* The folder of a model, resolved; NULL where there is none. The caller frees. */
int facet_onnx_external_folder(const char *path, char **folder);

/* Finds the `size` bytes of tensor `name`, reads them, and adds them to the source's hash. */
int facet_onnx_external_open(struct facet_onnx_external *external, const Onnx__TensorProto *proto,
                             const struct facet_onnx_source *source, const char *name, size_t size);
void facet_onnx_external_close(struct facet_onnx_external *external); /* nothing twice */

#endif
