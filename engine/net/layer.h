/* net/layer: what a kind of layer is. One file a kind; net.c finds it by name in a model.
 *
 *   kind               inputs              weight, bias
 *   convolution        (c, y, x)           (out, c, kh, kw), (out)
 *   local_convolution  (c, y, x)           (ry, rx, out, c, kh, kw), (ry, rx, out)
 *   max_pool           (c, y, x)           none
 *   fully_connected    one or two, any     (out, sum of inputs), (out)
 *
 * Convolutions have stride 1 and no padding. local_convolution shares its weights within each
 * region of region_h x region_w output pixels (attributes); regions at the bottom and the right
 * are smaller where it doesn't divide. max_pool takes 2x2 windows with stride 2 and leaves out an
 * odd last row or column. fully_connected sees each input flattened in the order c, y, x, one
 * after the other. All but max_pool have the attribute relu: 1 puts ReLU after it, 0 (default)
 * leaves it linear. So models and activation files have it; inside, every image and map is laid out
 * (y, x, c), and weights are packed once for that (facet_net_prepare).
 */
#ifndef FACET_NET_LAYER_H
#define FACET_NET_LAYER_H

#include "kernels/convolve.h"
#include "net/net.h"

struct facet_layer_kind;

struct facet_layer {
    const struct facet_layer_kind *kind;
    const struct facet_model *model;
    const struct facet_model_layer *data; /* names, attributes and weights */
    int inputs[FACET_MODEL_MAX_INPUTS];   /* earlier layers; FACET_NET_INPUT: the image */
    int input_count;
    const struct facet_acts_layer *sources[FACET_MODEL_MAX_INPUTS]; /* what these give */
    struct facet_acts_layer out;          /* name and shape of what it gives */
    struct facet_convolution convolution; /* set by the convolutions; its conv by max_pool too */
    size_t in;                            /* values of all its inputs for one image */
    double macs;            /* multiply-accumulates for one image, as the formula has them */
    double multiplications; /* and as they are done */
    const char *way;        /* how, in words; static */
    float *packed;          /* weights, once prepared */
    int relu;
    int block;     /* runs on a block: its kind does, or a layer it reads */
    size_t tensor; /* its output in the network's list; tensor - 1 is the linear one if relu */
};

enum { FACET_NET_INPUT = -1 };

/* What a layer is to do: inputs[i] (images, values of input i), out (images, neurons). */
struct facet_task {
    size_t images;
    const float *inputs[FACET_MODEL_MAX_INPUTS];
    float *out;
    int relu;       /* ReLU too; 0 where the value before it is wanted */
    int pool;       /* and the 2x2 pooling that follows; only if the kind says so */
    float *scratch; /* 64-byte aligned */
};

struct facet_layer_kind {
    const char *name;
    int weights; /* has weight and bias */
    int max_inputs;
    int block;                 /* gains by many images at a time, whose weights are read once */
    int pools;                 /* can do a pooling that follows it */
    const char *attributes[4]; /* names it knows, ends with NULL */
    /* Checks inputs, attributes and weights; sets out.rank, out.dims, convolution, macs,
     * multiplications, way. */
    int (*infer)(struct facet_layer *layer, const struct facet_acts_layer *const *inputs);
    /* Floats of the packed weights, and packs them; NULL for a kind without weights. */
    size_t (*packed)(const struct facet_layer *layer);
    void (*pack)(const struct facet_layer *layer, const struct facet_kernels *kernels,
                 float *packed);
    /* Floats of scratch for so many images. */
    size_t (*scratch)(const struct facet_layer *layer, size_t images);
    /* What it gives for an image depends neither on the other images nor on how many there are. */
    void (*run)(const struct facet_layer *layer, const struct facet_kernels *kernels,
                const struct facet_task *task);
};

extern const struct facet_layer_kind facet_layer_convolution;
extern const struct facet_layer_kind facet_layer_local_convolution;
extern const struct facet_layer_kind facet_layer_max_pool;
extern const struct facet_layer_kind facet_layer_fully_connected;

/* facet_fail(FACET_EFORMAT) with "model.h5: layer conv1: ...". */
int facet_layer_fail(const struct facet_layer *layer, const char *format, ...) FACET_PRINTF(2, 3);

/* Fails unless `tensor` ("weight" or "bias") has that shape. An expected size of 0 is any size. */
int facet_layer_check(const struct facet_layer *layer, const char *tensor, int rank,
                      const size_t *expected);

/* "(128, 52, 44)" into text. */
#define FACET_SHAPE_TEXT 160
const char *facet_layer_shape(int rank, const size_t *dims, char text[FACET_SHAPE_TEXT]);

#endif
