/* report/encode: bytes as text for the page: arrays and pictures in base64, which the page's script
 * turns back into arrays. Real numbers are little-endian float32. Counts are LEB128: seven bits a
 * byte, lowest first, the eighth set where more follow; most counts of the page are small.
 *
 *     json_object_set_new(layer, "mean", encode_reals(mean, neurons));
 *
 * All give a new JSON string, or NULL with the message set when memory is short.
 */
#ifndef FACET_REPORT_ENCODE_H
#define FACET_REPORT_ENCODE_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

json_t *encode_bytes(const void *bytes, size_t size);
json_t *encode_reals(const float *values, size_t count);
json_t *encode_counts(const uint32_t *values, size_t count);
/* "data:TYPE;base64,..." */
json_t *encode_data_url(const char *type, const void *bytes, size_t size);

/* A whole file into memory; the caller frees *bytes. FACET_EIO. */
int encode_read_file(const char *path, unsigned char **bytes, size_t *size);

#endif
