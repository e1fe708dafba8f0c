/* store/tensor: weights in memory and as a dataset of a model file.
 *
 * A dataset is float32, IEEE float16 or int8, chunked, with a checksum (fletcher32) on every chunk.
 * int8 stands for a matrix whose rows (a row an output) are counted in steps of their own: beside
 * `weight` lies `weight_step`, float32, one for each row, and the value is their product. The step
 * is a 127th of the row's largest value, so that a weight is off by half a step at most.
 */
#ifndef FACET_STORE_TENSOR_H
#define FACET_STORE_TENSOR_H

#include "base/error.h"

#include <hdf5.h>
#include <stddef.h>

#define FACET_MODEL_MAX_RANK 6

struct facet_tensor {
    int rank; /* 0: absent */
    size_t dims[FACET_MODEL_MAX_RANK];
    float *values; /* 64-byte aligned */
};

/* How weights and biases are stored. */
enum facet_precision {
    FACET_PRECISION_FLOAT32,
    FACET_PRECISION_FLOAT16, /* rounded to nearest */
    FACET_PRECISION_INT8,    /* matrices of FACET_TENSOR_LARGE or more; all else as float16 */
};

#define FACET_TENSOR_LARGE (1u << 20)

/* "float32", "float16", "int8"; and back (FACET_EINVAL). */
const char *facet_precision_name(enum facet_precision precision);
int facet_precision_parse(const char *text, enum facet_precision *precision);

/* Number of values. */
size_t facet_tensor_count(const struct facet_tensor *tensor);

/* A new dataset; `where` is "file: layer", for messages. */
int facet_tensor_write(hid_t group, const struct facet_tensor *tensor, const char *name,
                       enum facet_precision precision, const char *where);
/* Reads and checks a dataset, and widens it; a tensor of rank 0 where there is none. */
int facet_tensor_read(hid_t group, struct facet_tensor *tensor, const char *name,
                      const char *where);

#endif
