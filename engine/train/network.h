/* train/network: a network of the DeepID2+ family in the form in which it is trained.
 *
 * Built from a model (store/model): convolutions, each with the 2x2 pooling that follows it, in a
 * chain; and branches: fully connected layers that read the chain at one or two places, which
 * nothing else reads. Every convolution and branch has ReLU. In training a branch carries the two
 * signals of DeepID2+: a linear layer with a neuron for each training identity, whose softmax is
 * the identification signal, and the verification signal on the branch's activations.
 *
 * Images and maps lie (n, y, x, channel). The same batch gives the same bits for any number of
 * threads.
 *
 *     facet_network_new(&net, model, batch, classes, seed, 0, kernels, threads);
 *     facet_network_forward(net, n, 1);        // from net->input to net->branches[i].feature
 *     ...                                      // fill net->branches[i].fc.gradient
 *     facet_network_backward(net, n);
 *     facet_network_step(net, n, &step);
 *     facet_network_export(net, model);
 */
#ifndef FACET_TRAIN_NETWORK_H
#define FACET_TRAIN_NETWORK_H

#include "store/model.h"
#include "train/full.h"
#include "train/normalise.h"

/* A fully connected layer with its signals. */
struct facet_branch {
    struct facet_full fc;
    struct facet_normalise normalise; /* batch normalisation before ReLU, if the network has it */
    struct facet_full identity;       /* (classes): reads `dropped` */
    float *feature;                   /* (n, fc.padded): after ReLU */
    float *dropped;                   /* (n, fc.padded): after dropout; zeros beyond fc.out */
    float *mask;                      /* (n, fc.padded): 0, or 1 / (1 - dropout) */
    float *dropped_gradient;          /* (n, fc.padded) */
    int supervised; /* learns; a branch that doesn't keeps its first weights and sends
                       nothing back, and so do convolutions that only such branches
                       hang on. 1 after facet_network_new() */
};

struct facet_network {
    struct facet_stage *stages;
    size_t stage_count;
    struct facet_branch *branches;
    size_t branch_count;
    size_t batch, classes;
    size_t in_c, in_h, in_w;
    int normalised; /* branches have batch normalisation; folded into their weights on export */
    float *input;   /* (batch, in_h, in_w, in_c) */
    struct facet_crew crew;
};

/* A network for batches of up to `batch` images with the weights of `model`, and identification
 * layers for `classes` people with small random weights drawn from `seed`. Errors name the
 * model and the layer that doesn't fit. */
int facet_network_new(struct facet_network **net, const struct facet_model *model, size_t batch,
                      size_t classes, uint64_t seed, int normalised,
                      const struct facet_kernels *kernels, int threads);
void facet_network_free(struct facet_network **net); /* NULL-safe */
/* Bytes that it allocates. */
double facet_network_memory(const struct facet_network *net);

/* From the first n images of `input` to the features: learning, of the supervised branches,
 * normalised over the batch; otherwise of all, normalised by what earlier batches had. */
void facet_network_forward(struct facet_network *net, size_t n, int learning);
/* From the gradients by the supervised branches' features (in fc.gradient, set by the caller) to
 * those of every weight. Follows a forward that was learning. */
void facet_network_backward(struct facet_network *net, size_t n);
/* Norm of the gradient of all that learns, identification layers included; after backward. */
double facet_network_norm(struct facet_network *net, size_t n);
void facet_network_step(struct facet_network *net, size_t n, const struct facet_step *step);

/* Copies the weights into the model it was built from, or one of the same shape. */
void facet_network_export(const struct facet_network *net, struct facet_model *model);

/* Every parameter in order, for checkpoints: calls visit(context, name, tensor, parameter), name
 * "conv1", "fc1", "fc1_identity", and with normalisation "fc1_normalise" (gain and shift) and
 * "fc1_running" (mean and variance), tensor "weight" or "bias"; stops at the first failure. */
int facet_network_visit(struct facet_network *net, void *context,
                        int (*visit)(void *context, const char *name, const char *tensor,
                                     struct facet_parameter *parameter));

#endif
