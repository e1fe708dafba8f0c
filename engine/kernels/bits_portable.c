/* Hamming distances in the vector extensions of the compiler, for any processor. */
#include "kernels/sets.h"

#define HAMMING facet_hamming_portable
#define LANES   4
#define VECTORS 4

typedef uint32_t vec __attribute__((vector_size(16)));

/* Bits of each byte (Warren, Hacker's Delight, 5-1). */
static inline vec count(vec x)
{
    x -= (x >> 1) & 0x55555555;
    x = (x & 0x33333333) + ((x >> 2) & 0x33333333);
    return (x + (x >> 4)) & 0x0f0f0f0f;
}
#define COUNT(x) count(x)
#define WIDEN(x) add_bytes(x)

#include "kernels/bits_simd.h"
