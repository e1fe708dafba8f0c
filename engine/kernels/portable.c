/* The kernels in the vector extensions of the compiler, for any processor: registers of 4 floats.
 */
#include "kernels/sets.h"

#include <stddef.h>

#define WIDTH  4
#define ROWS   6
#define PANELS 2 /* registers a row: 6 x 2 sums, 2 of b, 1 of a */
#define PIXELS 4 /* neighbours of a depthwise convolution done at once */
#define FEW    1 /* images of a region for each of which its weights are transformed anew */
#define TILES  1 /* neighbours of a shallow layer done at once */
#define DEEP   2 /* registers of channels of each: 7 x TILES x DEEP, and 2 */

typedef float vec __attribute__((vector_size(16), aligned(4), may_alias));
typedef float reg __attribute__((vector_size(16)));
typedef size_t mask;

static inline mask first(size_t count)
{
    return count;
}

static inline reg load_first(mask count, const float *from)
{
    reg r = {0};
    for (size_t i = 0; i < count; i++) r[i] = from[i];
    return r;
}

static inline void store_first(float *to, mask count, reg r)
{
    for (size_t i = 0; i < count; i++) to[i] = r[i];
}

static inline reg larger(reg a, reg b)
{
    for (size_t i = 0; i < WIDTH; i++) a[i] = a[i] >= b[i] || a[i] != a[i] ? a[i] : b[i];
    return a;
}

static inline reg positive(reg x)
{
    for (size_t i = 0; i < WIDTH; i++) x[i] = x[i] <= 0 ? 0 : x[i];
    return x;
}

static inline reg above(reg x, reg y)
{
    for (size_t i = 0; i < WIDTH; i++) x[i] = x[i] <= 0 ? y[i] : x[i];
    return x;
}
#define LOAD(p)               ((reg) * (const vec *)(p))
#define STORE(p, v)           (*(vec *)(p) = (vec)(v))
#define LOAD_MASKED(m, p)     load_first(m, p)
#define STORE_MASKED(p, m, v) store_first(p, m, v)
#define SPLAT(x)              ((reg){x, x, x, x})
#define FMA(a, b, c)          ((a) * (b) + (c))
#define ZERO()                ((reg){0})
#define LARGER(a, b)          larger(a, b)
#define POSITIVE(x)           positive(x)
#define ABOVE(x, y)           above(x, y)

static int runs(void)
{
    return 1;
}

#include "kernels/simd.h"

const struct facet_kernels facet_kernels_portable =
    FACET_KERNELS_SET("portable", "vectors of four, any processor", facet_hamming_portable);
