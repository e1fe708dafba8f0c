#include "base/number.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { DIGITS = 9, LEAST = -4, MOST = 8 }; /* decimal exponents that %.9g writes without "e" */

/* The `count` last decimal digits of `value`. */
static void put_digits(char *out, uint64_t value, int count)
{
    for (int i = count - 1; i >= 0; i--, value /= 10) out[i] = (char)('0' + value % 10);
}

/* Decimal exponent of the finite value > 0 and its first nine digits, correctly rounded; 0 where
 * that is not certain.
 *
 * 10^(8 - e) is exact as a long double of 64 bits, so the scaled value has one rounding, of at most
 * 2^-35 below 10^9. Only where it lies closer than that to the middle between two integers can the
 * digits be wrong, and a tie, which printf rounds to even, lies there too. */
static uint32_t nine_digits(double value, int *exponent)
{
#if LDBL_MANT_DIG >= 64
    static const long double power[] = {1e0L, 1e1L, 1e2L, 1e3L,  1e4L,  1e5L, 1e6L,
                                        1e7L, 1e8L, 1e9L, 1e10L, 1e11L, 1e12L};
    const long double margin = 0x1p-32L;
    if (!(value >= 1e-4 && value < 999999998)) return 0;
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    /* floor(log10(2) e2), the exponent or one less; 1233 / 4096 is exact enough for |e2| < 32 */
    int e = (((int)(bits >> 52) - 1023) * 1233) >> 12;
    if (e < LEAST) e = LEAST;
    long double scaled = (long double)value * power[8 - e];
    if (scaled >= 1e9L) scaled = (long double)value * power[8 - ++e];
    long digits = lrintl(scaled);
    long double off = scaled - (long double)digits;
    if (off > 0.5L - margin || off < margin - 0.5L || digits > 999999998) return 0;
    *exponent = e;
    return (uint32_t)digits;
#else
    (void)value, (void)exponent;
    return 0;
#endif
}

size_t facet_number_real(double value, char text[FACET_NUMBER_SIZE])
{
    char *out = text;
    int exponent = 0, count = DIGITS;
    uint32_t digits = nine_digits(fabs(value), &exponent);
    if (value == 0 && !signbit(value)) return facet_number_int(0, text);
    if (digits == 0) return (size_t)snprintf(text, FACET_NUMBER_SIZE, "%.9g", value);
    if (value < 0) *out++ = '-';
    for (; digits % 10 == 0 && count > exponent + 1; count--) digits /= 10;
    if (exponent >= 0) {
        put_digits(out, digits, count);
        if (count > exponent + 1) { /* the point comes after digit `exponent` */
            for (int i = count; i > exponent + 1; i--) out[i] = out[i - 1];
            out[exponent + 1] = '.';
            out++;
        }
    } else {
        memcpy(out, "0.000", 5);
        out += 1 - exponent;
        put_digits(out, digits, count);
    }
    out[count] = '\0';
    return (size_t)(out + count - text);
}

size_t facet_number_int(int64_t value, char text[FACET_NUMBER_SIZE])
{
    char *out = text;
    uint64_t magnitude = value < 0 ? 0 - (uint64_t)value : (uint64_t)value, limit = 10;
    int count = 1;
    if (value < 0) *out++ = '-';
    for (; count < 19 && magnitude >= limit; limit *= 10) count++;
    put_digits(out, magnitude, count);
    out[count] = '\0';
    return (size_t)(out + count - text);
}
