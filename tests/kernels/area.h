/* Arrays between guard values, for the tests of kernels. Random numbers come from `seed`, which
 * choose_seed() prints and takes from FACET_TEST_SEED. */
#ifndef TESTS_KERNELS_AREA_H
#define TESTS_KERNELS_AREA_H

#include "base/check.h"

#include "base/rng.h"

#include <math.h>

enum { GUARD = 32 }; /* values before and after an array */

static const float guard = -12345.5f;
static uint64_t seed = 20150607;

static inline void choose_seed(void)
{
    const char *given = getenv("FACET_TEST_SEED");
    if (given != NULL) seed = strtoull(given, NULL, 10);
    printf("seed %llu\n", (unsigned long long)seed);
}

/* `count` floats, `shift` floats behind a 64-byte boundary, with guards around them; they hold the
 * guards' value too. Free `memory`. */
struct area {
    float *memory, *at;
    size_t count;
};

static inline struct area area(size_t count, size_t shift)
{
    struct area a = {.count = count};
    a.memory = facet_alloc(count + 2 * GUARD + 16, sizeof(float), "test");
    assert_non_null(a.memory);
    a.at = a.memory + GUARD + shift;
    for (size_t i = 0; i < count + 2 * GUARD + 16; i++) a.memory[i] = guard;
    return a;
}

/* Uniform in [-1, 1). Each array of a run has a stream of its own. */
static inline struct area noise(size_t count, size_t shift)
{
    static uint64_t drawn = 0;
    struct area a = area(count, shift);
    gsl_rng *rng = facet_rng_new(seed, drawn++);
    for (size_t i = 0; i < count; i++) a.at[i] = (float)(2 * gsl_rng_uniform(rng) - 1);
    gsl_rng_free(rng);
    return a;
}

static inline struct area copy(struct area from, size_t shift)
{
    struct area a = area(from.count, shift);
    for (size_t i = 0; i < a.count; i++) a.at[i] = from.at[i];
    return a;
}

static inline struct area magnitudes(struct area from)
{
    struct area a = copy(from, 0);
    for (size_t i = 0; i < a.count; i++) a.at[i] = fabsf(a.at[i]);
    return a;
}

static inline void check_guards(struct area a)
{
    size_t before = (size_t)(a.at - a.memory);
    for (size_t i = 0; i < a.count + 2 * GUARD + 16; i++)
        if ((i < before || i >= before + a.count) && a.memory[i] != guard)
            fail_msg("value %zd of an array of %zu was written (seed %llu)",
                     (ssize_t)i - (ssize_t)before, a.count, (unsigned long long)seed);
}

static inline int same_bits(struct area a, struct area b)
{
    return memcmp(a.at, b.at, a.count * sizeof(float)) == 0;
}

#endif
