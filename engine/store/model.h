/* store/model: the model file (facet-model-1): a network as data.
 *
 * HDF5, one group a layer in order of computation (attribute `order`), with its kind, its inputs
 * (names of earlier layers, or "input"), its integer attributes, `weight` and `bias`; preprocessing
 * as attributes of the root; training provenance. What the kinds mean is defined in net/net.h; this
 * room only keeps them.
 */
#ifndef FACET_STORE_MODEL_H
#define FACET_STORE_MODEL_H

#include "base/provenance.h"
#include "store/preprocess.h"

#include <stddef.h>
#include <stdint.h>

#define FACET_MODEL_MAX_RANK       6
#define FACET_MODEL_MAX_ATTRIBUTES 8
#define FACET_MODEL_MAX_INPUTS     2

struct facet_tensor {
    int rank; /* 0: absent */
    size_t dims[FACET_MODEL_MAX_RANK];
    float *values; /* 64-byte aligned */
};

struct facet_model_layer {
    char name[64];
    char kind[32];
    char inputs[FACET_MODEL_MAX_INPUTS][64];
    int input_count;
    struct {
        char name[32];
        int64_t value;
    } attributes[FACET_MODEL_MAX_ATTRIBUTES];
    int attribute_count;
    struct facet_tensor weight, bias;
};

struct facet_model {
    char name[64]; /* e.g. "deepid2plus" */
    struct facet_preprocess preprocess;
    struct facet_model_layer *layers;
    size_t layer_count;
    uint64_t seed;
    char *training;               /* JSON text: data hash, settings, history; NULL if untrained */
    char sha256[FACET_HASH_SIZE]; /* of the file it was read from, "" if not read from one */
};

/* Reads and checks a file: truncated, not a model, a layer without weights, a weight with NaN or
 * infinity, are FACET_EFORMAT naming file and dataset. float16 is widened. */
int facet_model_read(struct facet_model **model, const char *path);

/* Writes whole or not at all; `half` stores weights as float16. */
int facet_model_write(const struct facet_model *model, const char *path, int half,
                      const struct facet_provenance *run);

void facet_model_free(struct facet_model **model); /* NULL-safe */

/* Number of values; value of an attribute or `fallback`. */
size_t facet_tensor_count(const struct facet_tensor *tensor);
int64_t facet_model_attribute(const struct facet_model_layer *layer, const char *name,
                              int64_t fallback);

#endif
