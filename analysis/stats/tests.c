#include "stats/tests.h"

#include <math.h>
#include <stdlib.h>

struct placed {
    double p;
    size_t at;
};

static int by_p(const void *a, const void *b)
{
    const struct placed *x = a, *y = b;
    return (x->p > y->p) - (x->p < y->p);
}

int facet_fdr(const double *p, size_t count, double *q)
{
    struct placed *sorted = facet_alloc(count, sizeof *sorted, "tests");
    size_t tests = 0;
    double least = 1;
    if (sorted == NULL) return FACET_ENOMEM;
    for (size_t i = 0; i < count; i++) {
        q[i] = NAN;
        if (!isnan(p[i])) sorted[tests++] = (struct placed){p[i], i};
    }
    qsort(sorted, tests, sizeof *sorted, by_p);
    for (size_t j = tests; j > 0; j--) {
        least = fmin(least, sorted[j - 1].p * (double)tests / (double)j);
        q[sorted[j - 1].at] = least;
    }
    free(sorted);
    return FACET_OK;
}

void facet_permute(gsl_rng *rng, uint32_t *list, size_t n, size_t m)
{
    for (size_t i = 0; i < m; i++) {
        const size_t j = i + gsl_rng_uniform_int(rng, n - i);
        const uint32_t moved = list[j];
        list[j] = list[i];
        list[i] = moved;
    }
}

double facet_permutation_p(uint64_t more, uint64_t permutations)
{
    return ((double)more + 1) / ((double)permutations + 1);
}
