#include "stats/bits.h"

#include "base/clones.h"

#include <math.h>
#include <string.h>

enum { LANES = FACET_BITS_LANES };

size_t facet_bits_words(size_t n)
{
    return (n + 63) / 64;
}

/* n <= 32 values of each lane. */
FACET_CLONES
static void pack_some(const float *restrict x, size_t n, float threshold, uint32_t *restrict bits)
{
    uint32_t some[LANES] = {0};
    for (size_t j = 0; j < n; j++)
        for (int l = 0; l < LANES; l++) some[l] |= (uint32_t)(x[j * LANES + l] > threshold) << j;
    memcpy(bits, some, sizeof some);
}

void facet_bits_pack(const float *x, size_t n, float threshold, uint64_t *bits)
{
    uint32_t some[LANES];
    memset(bits, 0, facet_bits_words(n) * LANES * sizeof *bits);
    for (size_t j = 0; j < n; j += 32) {
        pack_some(x + j * LANES, n - j < 32 ? n - j : 32, threshold, some);
        for (size_t l = 0; l < LANES; l++)
            bits[j / 64 * LANES + l] |= (uint64_t)some[l] << (j % 64);
    }
}

static uint64_t population(uint64_t v)
{
#if defined(__GNUC__)
    return (uint64_t)__builtin_popcountll(v);
#else
    uint64_t count = 0;
    for (; v != 0; v &= v - 1) count++;
    return count;
#endif
}

uint64_t facet_bits_hamming(const uint64_t *a, const uint64_t *b, size_t words)
{
    uint64_t count = 0;
    for (size_t i = 0; i < words; i++) count += population(a[i] ^ b[i]);
    return count;
}

double facet_bits_jaccard(const uint64_t *a, const uint64_t *b, size_t words)
{
    uint64_t both = 0, either = 0;
    for (size_t i = 0; i < words; i++) {
        both += population(a[i] & b[i]);
        either += population(a[i] | b[i]);
    }
    return either > 0 ? (double)both / (double)either : NAN;
}
