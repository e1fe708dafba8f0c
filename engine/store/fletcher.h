/* store/fletcher: the checksum of HDF5's fletcher32 filter, so that chunks can be checked outside
 * HDF5, by several threads.
 *
 *     if (!facet_fletcher_holds(chunk, bytes)) ...    // chunk of bytes + 4
 *
 * Fletcher's sums of 16-bit big-endian words w_1 .. w_n modulo 65535, sum1 = sum_i w_i and sum2 =
 * sum_i (n - i + 1) w_i, where a sum that is a multiple of 65535 is 65535 unless all words are
 * zero; the checksum is sum2 << 16 | sum1 (H5_checksum_fletcher32 of HDF5 1.10). The filter stores
 * it little-endian after the data, and accepts one with the bytes of both halves swapped, as HDF5
 * up to 1.6.2 wrote it.
 */
#ifndef FACET_STORE_FLETCHER_H
#define FACET_STORE_FLETCHER_H

#include <stddef.h>
#include <stdint.h>

uint32_t facet_fletcher(const void *data, size_t bytes); /* `bytes` even */

/* Nonzero if the four bytes after `bytes` of data (even) are their checksum. */
int facet_fletcher_holds(const void *data, size_t bytes);

#endif
