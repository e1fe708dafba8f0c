#include "binarize/storage.h"

#include "base/cpu.h"
#include "base/error.h"
#include "kernels/kernels.h"
#include "store/half.h"

#include <math.h>
#include <stdlib.h>

enum { FACES = 16, OTHERS = 1024 };

#define LEAST_SECONDS 0.05

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Seconds a million, from when `comparisons` at a time began. Nonzero *on: it is to go on. */
static double a_million(double start, double comparisons, int *on)
{
    const double took = facet_cpu_seconds() - start;
    *on = took < LEAST_SECONDS;
    return 1e6 * took / comparisons;
}

int storage_time_floats(const float *x, size_t n, size_t width, double *seconds)
{
    const size_t faces = least(n, FACES), others = least(n, OTHERS);
    const struct facet_product p = {.rows = others,
                                    .columns = faces,
                                    .segments = 1,
                                    .inner = width,
                                    .a_row = width,
                                    .a_inner = 1,
                                    .b_row = faces,
                                    .c_row = faces};
    const struct facet_kernels *kernels;
    int on = 1, code = facet_kernels_choose(NULL, &kernels);
    if (code < 0) return code;
    float *turned = facet_alloc(width, faces * sizeof *turned, "faces");
    float *scores = facet_alloc(others, faces * sizeof *scores, "scores");
    if (turned == NULL || scores == NULL) code = FACET_ENOMEM;
    for (size_t k = 0; code == FACET_OK && k < width * faces; k++)
        turned[k] = x[k % faces * width + k / faces];
    const double start = facet_cpu_seconds();
    for (double times = 1; code == FACET_OK && on; times++) {
        kernels->product(&p, x, turned, scores);
        *seconds = a_million(start, times * (double)(faces * others), &on);
    }
    free(turned);
    free(scores);
    return code;
}

int storage_time_codes(const uint64_t *codes, size_t n, size_t words, double *seconds)
{
    const size_t faces = least(n, FACES), others = least(n, OTHERS);
    const struct facet_kernels *kernels;
    int on = 1, code = facet_kernels_choose(NULL, &kernels);
    if (code < 0) return code;
    uint32_t *distances = facet_alloc(others, faces * sizeof *distances, "distances");
    if (distances == NULL) return FACET_ENOMEM;
    const double start = facet_cpu_seconds();
    for (double times = 1; on; times++) {
        kernels->hamming(codes, others, codes, faces, words, distances, faces);
        *seconds = a_million(start, times * (double)(faces * others), &on);
    }
    free(distances);
    return FACET_OK;
}

int storage_round(const float *x, size_t count, float *out)
{
    uint16_t *halves = facet_alloc(count, sizeof *halves, "float16 values");
    if (halves == NULL) return FACET_ENOMEM;
    facet_half_from_float(x, count, halves);
    int code = FACET_OK;
    for (size_t i = 0; code == FACET_OK && i < count; i++) {
        const int exponent = halves[i] >> 10 & 31, fraction = halves[i] & 1023;
        if (exponent == 31)
            code = facet_fail(FACET_EINVAL, "%g is too large for float16", (double)x[i]);
        const float size = exponent == 0 ? ldexpf((float)fraction, -24)
                                         : ldexpf((float)(1024 + fraction), exponent - 25);
        out[i] = halves[i] & 0x8000 ? -size : size;
    }
    free(halves);
    return code;
}
