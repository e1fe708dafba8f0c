/* store/half: float32 to IEEE 754 binary16, rounded to nearest, ties to even, and back, exactly.
 *
 * HDF5 1.10 can convert too, but loses the carry when a value is rounded up to a power of two
 * (0.0156240 becomes 0.0078125), and takes its time, bit by bit. Values are therefore converted
 * here, and written and read as they are.
 */
#ifndef FACET_STORE_HALF_H
#define FACET_STORE_HALF_H

#include <stddef.h>
#include <stdint.h>

#define FACET_HALF_MAX 65504.0f

/* Sizes from 65520 on become infinity; NaN stays NaN. */
void facet_half_from_float(const float *values, size_t count, uint16_t *halves);

/* NaN stays NaN. */
void facet_half_to_float(const uint16_t *halves, size_t count, float *values);

#endif
