/* net/net: a network ready to run.
 *
 * Built from a model: shapes are inferred and checked; facet_net_prepare packs weights for the
 * kernel set. Its tensors have names: a layer's output after its activation function carries the
 * layer's name (conv1, pool1, fc4), the value before ReLU is NAME_linear (conv1_linear,
 * fc4_linear).
 *
 * An image has the same bits whatever runs beside it: no batch, thread or resume point, and no
 * other tensor that is asked for, changes them (kernels/kernels.h). A run takes images in blocks of
 * up to FACET_NET_BLOCK, for layers whose weights are large and read once a block; before these,
 * layers with shared weights take a few images at a time through one after the other, so that maps
 * stay in the cache, and pooling is part of the convolution before it unless somebody asks for its
 * maps.
 *
 *     facet_kernels_choose(NULL, &kernels);
 *     facet_net_new(&net, model);
 *     facet_net_find(net, "fc4", &tensor);
 *     facet_net_prepare(net, kernels, &tensor, 1);
 *     facet_run_new(&run, net, &tensor, 1, 64);             // one a thread
 *     facet_run_forward(run, n, input, outputs);            // outputs[0] (n, 512)
 *     facet_run_free(&run); facet_net_free(&net);
 */
#ifndef FACET_NET_NET_H
#define FACET_NET_NET_H

#include "kernels/kernels.h"
#include "store/activations.h"
#include "store/model.h"

#define FACET_NET_BLOCK 64

struct facet_net;
struct facet_run;

/* `model` must outlive the network. FACET_EFORMAT names layer, expected and found shape. */
int facet_net_new(struct facet_net **net, const struct facet_model *model);
void facet_net_free(struct facet_net **net); /* NULL-safe */

const struct facet_model *facet_net_model(const struct facet_net *net);
size_t facet_net_tensor_count(const struct facet_net *net);
/* Name and shape (without the image dimension) of a tensor, in order of computation. */
const struct facet_acts_layer *facet_net_tensor(const struct facet_net *net, size_t tensor);
/* FACET_EINVAL lists the names there are. */
int facet_net_find(const struct facet_net *net, const char *name, size_t *tensor);
/* Shape of what layer `layer` of the model gives, and its multiply-accumulates for one image. */
const struct facet_acts_layer *facet_net_shape(const struct facet_net *net, size_t layer);
double facet_net_layer_macs(const struct facet_net *net, size_t layer);
/* Packs the weights of the layers needed for `tensors`, for this set of kernels; again after they
 * have changed. What has been packed doesn't need the model's weights any more (the biases it
 * does). */
int facet_net_prepare(struct facet_net *net, const struct facet_kernels *kernels,
                      const size_t *tensors, size_t count);
/* Bytes that this takes. */
double facet_net_packed_bytes(const struct facet_net *net, const size_t *tensors, size_t count);

/* Bytes of all weights and biases of the model. */
double facet_net_weight_bytes(const struct facet_net *net);

/* Buffers for running a prepared `net` up to `tensors`, `images` at a time (more come in blocks of
 * FACET_NET_BLOCK); layers nobody needs are not computed. One run is used by one thread at a time;
 * several runs share a network. */
int facet_run_new(struct facet_run **run, const struct facet_net *net, const size_t *tensors,
                  size_t count, size_t images);
void facet_run_free(struct facet_run **run); /* NULL-safe */
/* Bytes that such a run allocates. */
double facet_run_memory(const struct facet_net *net, const size_t *tensors, size_t count,
                        size_t images);

/* input (n, channels, height, width) float32; outputs[i] (n, shape of tensors[i]) float32, written
 * for i < count. No allocation, nothing fails. Values that are not finite come out as they are
 * computed. */
void facet_run_forward(struct facet_run *run, size_t n, const float *input, float *const *outputs);

/* One step of a run, for a table of where the time goes. */
struct facet_run_step {
    char name[2 * FACET_NAME_SIZE]; /* "conv1", or "conv1+pool1" where pooling is part of it */
    const char *way;                /* how it is computed; static */
    double macs, multiplications;   /* for one image: as the formula has them, and as done */
    double seconds;                 /* of this run so far, in all */
};
size_t facet_run_step_count(const struct facet_run *run);
/* The last step is laying out input and results. */
struct facet_run_step facet_run_step(const struct facet_run *run, size_t step);

#endif
