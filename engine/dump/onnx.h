/* dump/onnx: a network of an .onnx file as what the corridor computes. */
#ifndef FACET_DUMP_ONNX_H
#define FACET_DUMP_ONNX_H

#include "dump/compute.h"
#include "net/onnx/onnx.h"

/* `onnx` is prepared for the tensors that `layers` describe, in the same order; both must outlive
 * *compute. */
void facet_dump_onnx(const struct facet_onnx *onnx, const struct facet_acts_layer *layers,
                     size_t count, struct facet_compute *compute);

#endif
