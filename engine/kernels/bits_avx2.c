/* Hamming distances for AVX2: the bits of each byte from a table of 16 in a register (Mula, Kurz
 * and Lemire, 2018). */
#include "kernels/sets.h"

#include <immintrin.h>

#define HAMMING facet_hamming_avx2
#define LANES   8
#define VECTORS 2

typedef uint32_t vec __attribute__((vector_size(32)));

static inline vec count(vec x)
{
    const __m256i bits = _mm256_setr_epi8(0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4, 0, 1, 1,
                                          2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4);
    const vec low = x & 0x0f0f0f0f, high = (x >> 4) & 0x0f0f0f0f;
    return (vec)_mm256_shuffle_epi8(bits, (__m256i)low) +
           (vec)_mm256_shuffle_epi8(bits, (__m256i)high);
}
#define COUNT(x) count(x)
#define WIDEN(x) add_bytes(x)

#include "kernels/bits_simd.h"
