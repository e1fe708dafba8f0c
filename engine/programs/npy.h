/* programs/npy: arrays as NumPy's .npy files (format 1.0: magic, a header that is a Python
 * dictionary, the values in C order). */
#ifndef FACET_PROGRAMS_NPY_H
#define FACET_PROGRAMS_NPY_H

#include "store/model.h"

/* Writes a tensor as float32, whole or not at all. */
int facet_npy_write(const char *path, const struct facet_tensor *tensor);

#endif
