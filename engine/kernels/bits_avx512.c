/* Hamming distances for AVX-512 without VPOPCNTDQ: as for AVX2, on registers twice as wide. */
#include "kernels/sets.h"

#include <immintrin.h>

#define HAMMING facet_hamming_avx512
#define LANES   16
#define VECTORS 1

typedef uint32_t vec __attribute__((vector_size(64)));

static inline vec count(vec x)
{
    const __m512i bits =
        _mm512_broadcast_i32x4(_mm_setr_epi8(0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4));
    const vec low = x & 0x0f0f0f0f, high = (x >> 4) & 0x0f0f0f0f;
    return (vec)_mm512_shuffle_epi8(bits, (__m512i)low) +
           (vec)_mm512_shuffle_epi8(bits, (__m512i)high);
}
#define COUNT(x) count(x)
#define WIDEN(x) add_bytes(x)

#include "kernels/bits_simd.h"
