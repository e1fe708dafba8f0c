/* Peak of single-precision products on one core: OpenBLAS, 1,024 x 1,024 x 1,024; GFLOP/s, the best of
 * several. */
#include "base/cpu.h"

#include <cblas.h>
#include <stdio.h>
#include <stdlib.h>

enum { SIDE = 1024, TURNS = 12 };

int main(void)
{
    const size_t count = (size_t)SIDE * SIDE;
    float *a = malloc(3 * count * sizeof *a), *b = a + count, *c = b + count;
    double best = 0;
    if (a == NULL) return 1;
    for (size_t i = 0; i < 3 * count; i++) a[i] = (float)(i % 7) - 3;
    openblas_set_num_threads(1);
    for (int i = 0; i < TURNS; i++) {
        double begun = facet_cpu_seconds();
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, SIDE, SIDE, SIDE, 1, a, SIDE, b,
                    SIDE, 0, c, SIDE);
        double rate = 2e-9 * (double)count * SIDE / (facet_cpu_seconds() - begun);
        if (rate > best) best = rate;
    }
    printf("%.1f\n", best);
    free(a);
    return 0;
}
