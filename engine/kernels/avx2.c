/* The kernels for AVX2 and FMA: 16 registers of 8 floats. */
#include "kernels/sets.h"

#include <immintrin.h>

#define WIDTH  8
#define ROWS   6
#define PANELS 2 /* registers a row: 6 x 2 sums, 2 of b, 1 of a */
#define PIXELS 4 /* neighbours of a depthwise convolution done at once */
#define FEW    2 /* images of a region for each of which its weights are transformed anew */
#define TILES  1 /* neighbours of a shallow layer done at once */
#define DEEP   2 /* registers of channels of each: 7 x TILES x DEEP, and 2 */

typedef float vec __attribute__((vector_size(32), aligned(4), may_alias));
typedef __m256i mask;

static inline mask first(size_t count)
{
    const __m256i places = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    return _mm256_cmpgt_epi32(_mm256_set1_epi32((int)count), places);
}
#define LOAD(p)               _mm256_loadu_ps(p)
#define STORE(p, v)           _mm256_storeu_ps(p, v)
#define LOAD_MASKED(m, p)     _mm256_maskload_ps(p, m)
#define STORE_MASKED(p, m, v) _mm256_maskstore_ps(p, m, v)
#define SPLAT(x)              _mm256_set1_ps(x)
#define FMA(a, b, c)          _mm256_fmadd_ps(a, b, c)
#define ZERO()                _mm256_setzero_ps()
/* The larger, NaN if either is; x, or 0 where it is not above; x, or y where x is not
 * above 0. */
#define LARGER(a, b) _mm256_blendv_ps(_mm256_max_ps(a, b), a, _mm256_cmp_ps(a, a, _CMP_UNORD_Q))
#define POSITIVE(x)  _mm256_and_ps(_mm256_cmp_ps(x, _mm256_setzero_ps(), _CMP_NLE_UQ), x)
#define ABOVE(x, y)  _mm256_blendv_ps(y, x, _mm256_cmp_ps(x, _mm256_setzero_ps(), _CMP_NLE_UQ))
typedef __m256 reg;

static int runs(void)
{
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}

#include "kernels/simd.h"

const struct facet_kernels facet_kernels_avx2 =
    FACET_KERNELS_SET("avx2", "AVX2 and FMA, fused products", facet_hamming_avx2);
