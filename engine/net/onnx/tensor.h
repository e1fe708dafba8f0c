/* net/onnx/tensor: constant tensors as files hold them.
 *
 * In memory values are float32, or int64 for whole numbers of every width and for truth values.
 * FLOAT16 and DOUBLE are kept as float32 too, under their own type, which nothing but Cast to FLOAT
 * takes: so no arithmetic is ever less exact than the file asks for. Other types are not read.
 */
#ifndef FACET_NET_ONNX_TENSOR_H
#define FACET_NET_ONNX_TENSOR_H

#include "base/error.h"
#include "net/onnx/proto.h"
#include "net/onnx/shape.h"

enum facet_onnx_type {
    FACET_ONNX_UNKNOWN = 0,
    FACET_ONNX_FLOAT = ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT,
    FACET_ONNX_INT64 = ONNX__TENSOR_PROTO__DATA_TYPE__INT64,
    FACET_ONNX_BOOL = ONNX__TENSOR_PROTO__DATA_TYPE__BOOL,
    FACET_ONNX_HALF = ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT16,
    FACET_ONNX_DOUBLE = ONNX__TENSOR_PROTO__DATA_TYPE__DOUBLE
};

struct facet_onnx_tensor {
    int type; /* ONNX's number; enum facet_onnx_type names some */
    struct facet_onnx_shape shape;
    void *values; /* float or int64_t, as the type has it */
};

/* "FLOAT", "INT64"; "type 99". */
const char *facet_onnx_type_name(int type);
/* Nonzero if values of the type are kept as int64_t; as float; bytes of one. */
int facet_onnx_type_is_whole(int type);
int facet_onnx_type_is_real(int type);
size_t facet_onnx_type_size(int type);

/* Where a model's external data may lie. */
struct facet_onnx_source {
    const char *path;        /* of the model, for messages */
    char *folder;            /* resolved: no file outside it is read */
    struct facet_hash *hash; /* of everything that is read; NULL for none */
};

/* Reads a tensor's type, shape and values. FACET_EFORMAT names `name` and the fault: a dimension
 * that is negative or too large, values that are missing, too many or out of range, external data
 * that lie outside the folder or the file. Frees nothing; tensor->values is the caller's. */
int facet_onnx_tensor_read(struct facet_onnx_tensor *tensor, const Onnx__TensorProto *proto,
                           const struct facet_onnx_source *source, const char *name);

#endif
