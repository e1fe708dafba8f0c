/* net/net: a network ready to run.
 *
 * Built from a model: shapes are inferred and checked, weights prepared for the kernel set. Its
 * tensors have names: a layer's output after its activation function carries the layer's name
 * (conv1, pool1, fc4), the value before ReLU is NAME_linear (conv1_linear, fc4_linear).
 *
 * Results don't depend on how images are batched. Convolutions give an image the same bits whatever
 * runs beside it. Fully connected layers run on blocks of FACET_NET_SLOTS rows in which image k
 * always sits in row k % FACET_NET_SLOTS and rows without an image are zero. So any batch, thread
 * or resume point gives the same bits. A call computes every block it touches: calls that start at
 * a multiple of FACET_NET_SLOTS and hold a multiple of it waste nothing, while one image alone
 * costs as much as a block in the fully connected layers.
 *
 *     facet_kernels_choose(NULL, &kernels);
 *     facet_net_new(&net, model, kernels);
 *     facet_net_find(net, "fc4", &tensor);
 *     facet_run_new(&run, net, &tensor, 1);                 // one a thread
 *     facet_run_forward(run, first, n, input, outputs);     // outputs[0] (n, 512)
 *     facet_run_free(&run); facet_net_free(&net);
 */
#ifndef FACET_NET_NET_H
#define FACET_NET_NET_H

#include "kernels/kernels.h"
#include "store/activations.h"
#include "store/model.h"

#define FACET_NET_SLOTS 32

struct facet_net;
struct facet_run;

/* `model` must outlive the network. FACET_EFORMAT names layer, expected and found shape. */
int facet_net_new(struct facet_net **net, const struct facet_model *model,
                  const struct facet_kernels *kernels);
void facet_net_free(struct facet_net **net); /* NULL-safe */

const struct facet_model *facet_net_model(const struct facet_net *net);
const struct facet_kernels *facet_net_kernels(const struct facet_net *net);
size_t facet_net_tensor_count(const struct facet_net *net);
/* Name and shape (without the image dimension) of a tensor, in order of computation. */
const struct facet_acts_layer *facet_net_tensor(const struct facet_net *net, size_t tensor);
/* FACET_EINVAL lists the names there are. */
int facet_net_find(const struct facet_net *net, const char *name, size_t *tensor);
/* Shape of what layer `layer` of the model gives, and its multiply-accumulates for one image. */
const struct facet_acts_layer *facet_net_shape(const struct facet_net *net, size_t layer);
double facet_net_layer_macs(const struct facet_net *net, size_t layer);
/* Multiply-accumulates for one image of the layers needed for `tensors`; bytes of all weights and
 * biases as they lie in memory. */
double facet_net_macs(const struct facet_net *net, const size_t *tensors, size_t count);
double facet_net_weight_bytes(const struct facet_net *net);

/* Buffers for running `net` up to `tensors`; layers nobody needs are not computed. One run is used
 * by one thread at a time; several runs share a network. */
int facet_run_new(struct facet_run **run, const struct facet_net *net, const size_t *tensors,
                  size_t count);
void facet_run_free(struct facet_run **run); /* NULL-safe */
/* Bytes that such a run allocates; what BLAS keeps for itself is not in it. */
double facet_run_memory(const struct facet_net *net, const size_t *tensors, size_t count);

/* input (n, channels, height, width) float32; outputs[i] (n, shape of tensors[i]) float32, written
 * for i < count. `first` is the index of the first image in the whole job (it fixes the slots).
 * No allocation. Values that are not finite come out as they are computed. */
int facet_run_forward(struct facet_run *run, uint64_t first, size_t n, const float *input,
                      float *const *outputs);

#endif
