/* base/number: numbers as text, with the bytes of printf and a fraction of its time.
 *
 *     char text[FACET_NUMBER_SIZE];
 *     size_t length = facet_number_real(0.1, text);       // "0.1": "%.9g"
 *     length = facet_number_int(-3, text);                // "-3": "%" PRId64
 */
#ifndef FACET_BASE_NUMBER_H
#define FACET_BASE_NUMBER_H

#include <stddef.h>
#include <stdint.h>

/* Room for any number and the zero byte after it. */
#define FACET_NUMBER_SIZE 32

/* Writes `value` as printf's %.9g does in the C locale and returns the length. */
size_t facet_number_real(double value, char text[FACET_NUMBER_SIZE]);

size_t facet_number_int(int64_t value, char text[FACET_NUMBER_SIZE]);

#endif
