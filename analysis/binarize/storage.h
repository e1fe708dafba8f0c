/* binarize/storage: how long comparing takes, of floats and of bits.
 *
 * One thread compares up to 16 faces with up to 1,024 others at a time, as a search through a
 * gallery does: inner products of floats, Hamming distances of codes, both by the kernels that run
 * here. It goes on for 0.05 s of the clock. The times differ from run to run; nothing else does.
 */
#ifndef FACET_BINARIZE_STORAGE_H
#define FACET_BINARIZE_STORAGE_H

#include <stddef.h>
#include <stdint.h>

/* Seconds for a million comparisons: of rows of x (n, width), and of codes (n, words), n > 0.
 * FACET_EINVAL: FACET_KERNELS names no set. */
int storage_time_floats(const float *x, size_t n, size_t width, double *seconds);
int storage_time_codes(const uint64_t *codes, size_t n, size_t words, double *seconds);

/* x (count), rounded to float16 and back: out (count). FACET_EINVAL where a value is too large. */
int storage_round(const float *x, size_t count, float *out);

#endif
