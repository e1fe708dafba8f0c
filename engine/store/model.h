/* store/model: the model file (facet-model-1): a network as data.
 *
 * HDF5. Attributes of the root: Conventions ("facet-model-1"), name, seed, preprocessing as
 * store/preprocess.h writes it, history and source (how and by what it was made), training (JSON,
 * where it was trained). One group a layer, named as the layer, with the attributes kind, inputs
 * (names of earlier layers, or "input", joined by commas), order (its place from 0) and the
 * integers of its kind, and the datasets weight and bias (store/tensor). The file's own structure
 * has checksums too (HDF5 1.10 format). What the kinds mean is defined in net/layer.h; this room
 * only keeps them.
 *
 *     facet_model_read(&model, "model.h5");
 *     facet_model_write(model, "half.h5", FACET_PRECISION_FLOAT16, run);
 *     facet_model_free(&model);
 */
#ifndef FACET_STORE_MODEL_H
#define FACET_STORE_MODEL_H

#include "base/provenance.h"
#include "store/preprocess.h"
#include "store/tensor.h"

#include <stddef.h>
#include <stdint.h>

#define FACET_MODEL_MAX_ATTRIBUTES 8
#define FACET_MODEL_MAX_INPUTS     2

#define FACET_CHECKPOINT_NAME "facet-checkpoint-1" /* see train/checkpoint */

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
    char *path;                   /* the file it was read from, NULL if not read from one */
    char sha256[FACET_HASH_SIZE]; /* of that file, "" if not read from one */
    char *history, *source;       /* of that file: how and by what it was made; NULL likewise */
};

/* Reads and checks a file, or where there is none of that name the network that comes with facet
 * under it (store/shipped): truncated, not a model, a weight without a bias, a dataset of another
 * type, with a chunk missing or damaged, NaN or infinity in it, are FACET_EFORMAT naming file and
 * dataset. float16 is widened. Not thread-safe (HDF5 is not). */
int facet_model_read(struct facet_model **model, const char *name);

/* Writes whole or not at all. A value that isn't finite, or that float16 cannot hold where it
 * should, is FACET_EFORMAT. */
int facet_model_write(const struct facet_model *model, const char *path,
                      enum facet_precision precision, const struct facet_provenance *run);

/* Frees the weights, which are most of a model's memory; the biases stay. NULL-safe. */
void facet_model_forget_weights(struct facet_model *model);

void facet_model_free(struct facet_model **model); /* NULL-safe */

/* Value of an attribute or `fallback`. */
int64_t facet_model_attribute(const struct facet_model_layer *layer, const char *name,
                              int64_t fallback);

#endif
