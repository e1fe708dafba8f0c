/* Hamming distances for AVX-512 with VPOPCNTDQ, which counts the bits of 16 lanes at once. */
#include "kernels/sets.h"

#include <immintrin.h>

#define HAMMING facet_hamming_vpopcntdq
#define LANES   16
#define VECTORS 1

typedef uint32_t vec __attribute__((vector_size(64)));

#define COUNT(x) (vec) _mm512_popcnt_epi32((__m512i)(x))
#define WIDEN(x) (x)

#include "kernels/bits_simd.h"
