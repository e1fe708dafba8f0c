/* The kernels for AVX-512: 32 registers of 16 floats. */
#include "kernels/sets.h"

#include <immintrin.h>

#define WIDTH  16
#define ROWS   6
#define PANELS 4 /* registers a row: 6 x 4 sums, 4 of b, 1 of a */
#define PIXELS 4 /* neighbours of a depthwise convolution done at once */
#define FEW    8 /* images of a region for each of which its weights are transformed anew */
#define TILES  4 /* neighbours of a shallow layer done at once */
#define DEEP   1 /* registers of channels of each: 7 x TILES x DEEP, and 2 */

typedef float vec __attribute__((vector_size(64), aligned(4), may_alias));
typedef __mmask16 mask;

static inline mask first(size_t count)
{
    return (mask)((1u << count) - 1);
}
#define LOAD(p)               _mm512_loadu_ps(p)
#define STORE(p, v)           _mm512_storeu_ps(p, v)
#define LOAD_MASKED(m, p)     _mm512_maskz_loadu_ps(m, p)
#define STORE_MASKED(p, m, v) _mm512_mask_storeu_ps(p, m, v)
#define SPLAT(x)              _mm512_set1_ps(x)
#define FMA(a, b, c)          _mm512_fmadd_ps(a, b, c)
#define ZERO()                _mm512_setzero_ps()
/* The larger, NaN if either is; x, or 0 where it is not above; x, or y where x is not
 * above 0. */
#define LARGER(a, b)                                                                               \
    _mm512_mask_mov_ps(_mm512_max_ps(a, b), _mm512_cmp_ps_mask(a, a, _CMP_UNORD_Q), a)
#define POSITIVE(x) _mm512_maskz_mov_ps(_mm512_cmp_ps_mask(x, _mm512_setzero_ps(), _CMP_NLE_UQ), x)
#define ABOVE(x, y)                                                                                \
    _mm512_mask_mov_ps(y, _mm512_cmp_ps_mask(x, _mm512_setzero_ps(), _CMP_NLE_UQ), x)
typedef __m512 reg;

static int runs(void)
{
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
           __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
           __builtin_cpu_supports("fma");
}

#include "kernels/simd.h"

static void hamming(const uint64_t *a, size_t rows, const uint64_t *b, size_t columns, size_t words,
                    uint32_t *out, size_t out_row)
{
    facet_hamming *best =
        __builtin_cpu_supports("avx512vpopcntdq") ? facet_hamming_vpopcntdq : facet_hamming_avx512;
    best(a, rows, b, columns, words, out, out_row);
}

const struct facet_kernels facet_kernels_avx512 =
    FACET_KERNELS_SET("avx512", "AVX-512, fused products", hamming);
