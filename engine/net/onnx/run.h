/* net/onnx/run: runs a plan. net/onnx/onnx.h has it for networks of images. */
#ifndef FACET_NET_ONNX_RUN_H
#define FACET_NET_ONNX_RUN_H

#include "net/onnx/plan.h"

struct facet_onnx_run;

/* The plan must outlive the run. Frees as facet_onnx_run_free(). */
int facet_onnx_run_plan(struct facet_onnx_run **run, const struct facet_onnx_plan *plan,
                        size_t images);
/* Bytes that it takes. */
double facet_onnx_run_bytes(const struct facet_onnx_plan *plan, size_t images);

#endif
