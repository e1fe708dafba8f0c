#include "store/half.h"

#include <math.h>
#include <string.h>

static uint16_t convert(float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    const uint32_t sign = bits >> 16 & 0x8000, size = bits & 0x7fffffff;
    if (size > 0x7f800000) return (uint16_t)(sign | 0x7e00);
    if (size >= 0x477ff000) return (uint16_t)(sign | 0x7c00); /* 65520 */
    if (size < 0x38800000) /* 2^-14: subnormal, a multiple of 2^-24 */
        return (uint16_t)(sign | (uint32_t)lrintf(fabsf(value) * 0x1p24f));
    /* Half of the last place that stays, less one bit where that place is even; the carry may run
     * into the exponent, whose bias changes from 127 to 15. */
    const uint32_t rounded = size + 0xfff + (size >> 13 & 1);
    return (uint16_t)(sign | ((rounded >> 13) - ((127 - 15) << 10)));
}

void facet_half_from_float(const float *values, size_t count, uint16_t *halves)
{
    for (size_t i = 0; i < count; i++) halves[i] = convert(values[i]);
}

/* Without branches, so that the compiler makes vectors of it. The product moves the bias of the
 * exponent from 15 to 127, also of subnormal halves, and is exact. */
void facet_half_to_float(const uint16_t *halves, size_t count, float *values)
{
    for (size_t i = 0; i < count; i++) {
        const uint32_t sign = (uint32_t)(halves[i] & 0x8000) << 16;
        uint32_t bits = (uint32_t)(halves[i] & 0x7fff) << 13;
        const uint32_t special = bits >= 31u << 23 ? 0x7f800000 : 0; /* infinity and NaN */
        float value;
        memcpy(&value, &bits, sizeof value);
        value *= 0x1p112f;
        memcpy(&bits, &value, sizeof bits);
        bits |= sign | special;
        memcpy(&values[i], &bits, sizeof bits);
    }
}
