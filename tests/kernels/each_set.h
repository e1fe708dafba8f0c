/* What tests of the kernel sets share: each set that runs here, and values within a limit. */
#ifndef TESTS_KERNELS_EACH_SET_H
#define TESTS_KERNELS_EACH_SET_H

#include "kernels/area.h"
#include "kernels/kernels.h"

#include <float.h>

static const double eps = FLT_EPSILON / 2;

/* The next set that runs here, from *at on; NULL behind the last. */
static const struct facet_kernels *next_set(size_t *at)
{
    const struct facet_kernels *const *sets = facet_kernels_list();
    while (sets[*at] != NULL && !sets[*at]->runs()) (*at)++;
    return sets[*at] != NULL ? sets[(*at)++] : NULL;
}

#define EACH_SET(k)                                                                                \
    size_t k##_at = 0;                                                                             \
    for (const struct facet_kernels *k; (k = next_set(&k##_at)) != NULL;)

static void check_value(const char *set, const char *what, size_t place, double got, double truth,
                        double limit)
{
    int fits = isnan(truth) ? isnan(got) : isinf(truth) ? got == truth : fabs(got - truth) <= limit;
    if (!fits)
        fail_msg("%s, %s: value %zu is %.9g, expected %.9g, allowed %.3g (seed %llu)", set, what,
                 place, got, truth, limit, (unsigned long long)seed);
}

#endif
