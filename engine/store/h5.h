/* store/h5: what every room that touches HDF5 needs: errors, attributes, types.
 *
 * Failures carry HDF5's own innermost description. `file` names the file in messages.
 */
#ifndef FACET_STORE_H5_H
#define FACET_STORE_H5_H

#include "base/error.h"

#include <hdf5.h>
#include <stddef.h>
#include <stdint.h>

/* Keeps HDF5 from printing its error stack; call before the first HDF5 call of a function that a
 * program may call first. Cheap. */
void facet_h5_quiet(void);

/* facet_fail() with "file: object: text: HDF5's reason"; object may be NULL. */
int facet_h5_fail(int code, const char *file, const char *object, const char *text);

/* Opens a file with H5F_ACC_RDONLY or H5F_ACC_RDWR; the message tells an absent or unreadable file
 * from an empty one, from one that isn't HDF5 and from one that is cut short. */
int facet_h5_open(const char *path, unsigned flags, hid_t *file);

/* New types, to be closed with H5Tclose(): variable-length UTF-8 string; IEEE 754 binary16. */
hid_t facet_h5_text_type(void);
hid_t facet_h5_half_type(void);

/* Attributes of an open file, group or dataset. Writing replaces. Reading an absent one, or one of
 * another type or length, is FACET_EFORMAT. Texts read are to be freed. */
int facet_h5_write_text(hid_t object, const char *name, const char *value, const char *file);
int facet_h5_read_text(hid_t object, const char *name, const char *file, char **value);
int facet_h5_write_int(hid_t object, const char *name, int64_t value, const char *file);
int facet_h5_read_int(hid_t object, const char *name, const char *file, int64_t *value);
int facet_h5_write_reals(hid_t object, const char *name, const double *values, size_t count,
                         const char *file);
int facet_h5_read_reals(hid_t object, const char *name, const char *file, double *values,
                        size_t count);

/* The first `rows` values of a one-dimensional dataset, converted to `type`. */
int facet_h5_read_rows(hid_t object, const char *name, hid_t type, size_t rows, const char *file,
                       void *values);

/* H5Dread() of `count` values as float32; float16 is widened here (store/half), not by HDF5, which
 * goes bit by bit and takes longer for it than for all the rest. Negative on failure. */
herr_t facet_h5_read_floats(hid_t set, hid_t memory, hid_t space, size_t count, float *out);

#endif
