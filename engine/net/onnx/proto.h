/* net/onnx/proto: .onnx files and tensors as protobuf-c's structures.
 *
 * A file is anybody's. Before protobuf-c unpacks it, its bytes are gone through once: a field that
 * ends beyond its message, messages within messages deeper than any network has them, more of them
 * than memory should hold, or one given twice end in an error that names message and byte.
 */
#ifndef FACET_NET_ONNX_PROTO_H
#define FACET_NET_ONNX_PROTO_H

#include "base/hash.h"

#include "onnx.pb-c.h"

/* Reads a whole file; its bytes are added to `hash` (NULL: to none). The caller frees with
 * facet_onnx_proto_free(). */
int facet_onnx_proto_model(Onnx__ModelProto **model, const char *path, struct facet_hash *hash);
/* The same of bytes; `name` stands for the file in messages. */
int facet_onnx_proto_unpack(Onnx__ModelProto **model, const uint8_t *bytes, size_t size,
                            const char *name);
/* A file with one tensor (input_0.pb of ONNX's test data). */
int facet_onnx_proto_tensor(Onnx__TensorProto **tensor, const char *path);

void facet_onnx_proto_free(Onnx__ModelProto **model);          /* NULL-safe */
void facet_onnx_proto_free_tensor(Onnx__TensorProto **tensor); /* NULL-safe */

#endif
