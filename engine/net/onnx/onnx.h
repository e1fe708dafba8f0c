/* net/onnx/onnx: networks of .onnx files, ready to run: what net/net.h is for DeepID2+.
 *
 * A network is one of single images: its input is float32 (1, channels, height, width), and every
 * image of a batch is run through it by itself, side by side with others where that is faster. So
 * an image has the same bits whatever runs beside it, and whatever other tensors are asked for.
 * Opsets 7 to 17; operators: net/onnx/operators.c. What a file has that isn't supported is said
 * when it is read.
 *
 * Every tensor that is computed at run time can be asked for, by the file's own name or by its
 * label (net/onnx/label.h), which activation files use. One with the shape (1, channels, y, x)
 * comes as (channels, y, x); others as a list of their values.
 *
 * BatchNormalization becomes part of the convolution or Gemm before it where nothing else reads
 * that (asked for by itself, the value between is computed apart); a sum with an earlier tensor and
 * Relu, LeakyRelu, PRelu or Clip are done together with the convolution that they follow, unless
 * somebody asks for the tensor between. Memory of a tensor is used again when nothing reads it any
 * more.
 *
 *     facet_onnx_read(&onnx, "face.onnx", 0, 0);
 *     facet_onnx_find(onnx, "embedding", &tensor);
 *     facet_onnx_prepare(onnx, kernels, &tensor, 1);
 *     facet_onnx_run_new(&run, onnx, 64);                    // one a thread
 *     facet_onnx_run_forward(run, n, input, outputs);        // outputs[0] (n, 128)
 *     facet_onnx_run_free(&run); facet_onnx_free(&onnx);
 */
#ifndef FACET_NET_ONNX_ONNX_H
#define FACET_NET_ONNX_ONNX_H

#include "net/net.h"

struct facet_onnx;
struct facet_onnx_run;

/* Nonzero if a file's name says that it is one of these. */
int facet_onnx_is_name(const char *path);
/* height, width: of the image, where the file leaves them open; 0: as the file has them.
 * FACET_EFORMAT names file, node or tensor, and lists all that is unsupported. */
int facet_onnx_read(struct facet_onnx **onnx, const char *path, size_t height, size_t width);
void facet_onnx_free(struct facet_onnx **onnx); /* NULL-safe */

const char *facet_onnx_name(const struct facet_onnx *onnx); /* the file's name without ".onnx" */
/* SHA-256 of the file, and where weights lie beside it, of the file and these in order. */
const char *facet_onnx_sha256(const struct facet_onnx *onnx);
int facet_onnx_opset(const struct facet_onnx *onnx);
const char *facet_onnx_producer(const struct facet_onnx *onnx); /* "" if it isn't said */
/* (channels, height, width); channels is 1 or 3. */
const struct facet_acts_layer *facet_onnx_image(const struct facet_onnx *onnx);

/* Tensors computed at run time, the input first, in order of computation: label and shape. */
size_t facet_onnx_tensor_count(const struct facet_onnx *onnx);
const struct facet_acts_layer *facet_onnx_tensor(const struct facet_onnx *onnx, size_t tensor);
/* By the file's own name or by label. FACET_EINVAL names some that are like it. */
int facet_onnx_find(const struct facet_onnx *onnx, const char *name, size_t *tensor);
/* Those that the file names as its outputs. */
size_t facet_onnx_output_count(const struct facet_onnx *onnx);
size_t facet_onnx_output_tensor(const struct facet_onnx *onnx, size_t output);

/* A node that runs for every image, for tables. */
struct facet_onnx_layer {
    const char *name; /* of its first output: the label */
    const char *kind; /* the operator */
    size_t tensor;    /* its first output */
    size_t weights;   /* values known beforehand that it reads */
    double macs;      /* for one image */
};
size_t facet_onnx_layer_count(const struct facet_onnx *onnx);
struct facet_onnx_layer facet_onnx_layer(const struct facet_onnx *onnx, size_t layer);
/* Names of its inputs that are computed at run time, "a,b"; cut where `size` is short. */
void facet_onnx_layer_inputs(const struct facet_onnx *onnx, size_t layer, char *text, size_t size);

/* Plans how to compute `tensors` and packs weights for this set of kernels; instead of what was
 * prepared before. */
int facet_onnx_prepare(struct facet_onnx *onnx, const struct facet_kernels *kernels,
                       const size_t *tensors, size_t count);
double facet_onnx_packed_bytes(const struct facet_onnx *onnx);

/* Buffers for a prepared network, `images` at a time (more come in blocks of FACET_NET_BLOCK). One
 * run is used by one thread at a time; several share a network. */
int facet_onnx_run_new(struct facet_onnx_run **run, const struct facet_onnx *onnx, size_t images);
void facet_onnx_run_free(struct facet_onnx_run **run); /* NULL-safe */
/* Bytes that such a run allocates. */
double facet_onnx_run_memory(const struct facet_onnx *onnx, size_t images);
/* input (n, channels, height, width); outputs[i] (n, shape of tensors[i]). No allocation, nothing
 * fails. */
void facet_onnx_run_forward(struct facet_onnx_run *run, size_t n, const float *input,
                            float *const *outputs);
size_t facet_onnx_run_step_count(const struct facet_onnx_run *run);
struct facet_run_step facet_onnx_run_step(const struct facet_onnx_run *run, size_t step);

#endif
