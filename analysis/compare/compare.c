#include "compare/compare.h"

#include "kernels/bits.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *const names[] = {"cosine", "euclidean", "hamming", "joint_bayesian"};

const char *facet_comparison_name(enum facet_comparison comparison)
{
    return names[comparison];
}

int facet_comparison_parse(const char *name, enum facet_comparison *comparison)
{
    char known[64] = "";
    for (int i = 0; i < FACET_COMPARISONS; i++) {
        if (strcmp(names[i], name) == 0 ||
            (i == FACET_JOINT_BAYESIAN && strcmp(name, "joint-bayesian") == 0)) {
            *comparison = (enum facet_comparison)i;
            return FACET_OK;
        }
        facet_fail_list(known, sizeof known, names[i]);
    }
    return facet_fail(FACET_EINVAL, "no metric is named \"%s\" (there are: %s)", name, known);
}

static int pack(struct facet_compare *c, const float *x, size_t width, const float *thresholds)
{
    float *zeros = thresholds == NULL ? facet_alloc(width, sizeof *zeros, "thresholds") : NULL;
    c->width = facet_bits_words(width);
    c->codes = facet_alloc(c->count, c->width * sizeof *c->codes, "codes");
    const int code = (thresholds == NULL && zeros == NULL) || c->codes == NULL ? FACET_ENOMEM : 0;
    if (code == FACET_OK)
        facet_bits_pack(x, c->count, width, thresholds != NULL ? thresholds : zeros, c->codes);
    free(zeros);
    return code;
}

static void normalise(struct facet_compare *c)
{
    for (size_t i = 0; i < c->count; i++) {
        float *row = c->values + i * c->width;
        double squares = 0;
        for (size_t k = 0; k < c->width; k++) squares += (double)row[k] * (double)row[k];
        c->zero += squares == 0;
        const double scale = squares > 0 ? 1 / sqrt(squares) : 0;
        for (size_t k = 0; k < c->width; k++) row[k] = (float)(scale * (double)row[k]);
    }
}

static int prepare(struct facet_compare *c, const float *x, size_t width, int threads)
{
    if (c->comparison != FACET_JOINT_BAYESIAN) {
        c->values = facet_alloc(c->count, width * sizeof *c->values, "features");
        if (c->values == NULL) return FACET_ENOMEM;
        memcpy(c->values, x, c->count * width * sizeof *x);
        if (c->comparison == FACET_COSINE) normalise(c);
        return FACET_OK;
    }
    if (c->metric == NULL || c->metric->jb == NULL)
        return facet_fail(FACET_EINVAL, "Joint Bayesian needs a training set or a fitted metric");
    if (facet_metric_features(c->metric) != width)
        return facet_fail(FACET_EINVAL, "the metric is for %zu features, and there are %zu",
                          facet_metric_features(c->metric), width);
    c->width = facet_metric_width(c->metric);
    c->values = facet_alloc(c->count, c->width * sizeof *c->values, "features");
    return c->values == NULL ? FACET_ENOMEM
                             : facet_metric_prepare(c->metric, x, c->count, threads, c->values);
}

int facet_compare_new(struct facet_compare **compare, enum facet_comparison comparison,
                      const float *x, size_t n, size_t width,
                      const struct facet_compare_options *options)
{
    struct facet_compare *c = facet_alloc(1, sizeof *c, "comparison");
    if (c == NULL) return FACET_ENOMEM;
    *c = (struct facet_compare){
        .comparison = comparison, .count = n, .width = width, .metric = options->metric};
    int code = comparison == FACET_HAMMING ? pack(c, x, width, options->thresholds)
                                           : prepare(c, x, width, options->threads);
    if (code < 0)
        facet_compare_free(&c);
    else
        *compare = c;
    return code;
}

int facet_compare_codes(struct facet_compare **compare, const uint64_t *codes, size_t n,
                        size_t words, const uint64_t *mask)
{
    struct facet_compare *c = facet_alloc(1, sizeof *c, "comparison");
    if (c == NULL) return FACET_ENOMEM;
    *c = (struct facet_compare){.comparison = FACET_HAMMING, .count = n, .width = words};
    c->codes = facet_alloc(n, words * sizeof *c->codes, "codes");
    if (c->codes == NULL) {
        facet_compare_free(&c);
        return FACET_ENOMEM;
    }
    for (size_t i = 0; i < n; i++)
        for (size_t w = 0; w < words; w++) c->codes[i * words + w] = codes[i * words + w] & mask[w];
    *compare = c;
    return FACET_OK;
}

void facet_compare_free(struct facet_compare **compare)
{
    if (*compare == NULL) return;
    free((*compare)->values);
    free((*compare)->codes);
    free(*compare);
    *compare = NULL;
}

static double hamming(const uint64_t *a, const uint64_t *b, size_t words)
{
    int differing = 0;
    for (size_t w = 0; w < words; w++) differing += __builtin_popcountll(a[w] ^ b[w]);
    return differing;
}

double facet_compare_score_between(const struct facet_compare *one, size_t i,
                                   const struct facet_compare *other, size_t j)
{
    assert(one->comparison == other->comparison && one->width == other->width);
    const size_t width = one->width;
    if (one->comparison == FACET_HAMMING)
        return -hamming(one->codes + i * width, other->codes + j * width, width);
    const float *a = one->values + i * width, *b = other->values + j * width;
    if (one->comparison == FACET_JOINT_BAYESIAN) return facet_metric_score(one->metric, a, b);
    double sum = 0;
    for (size_t k = 0; k < width; k++) {
        const double x = (double)a[k], y = (double)b[k];
        sum += one->comparison == FACET_COSINE ? x * y : (x - y) * (x - y);
    }
    return one->comparison == FACET_COSINE ? sum : -sqrt(sum);
}

double facet_compare_score(const struct facet_compare *c, size_t i, size_t j)
{
    return facet_compare_score_between(c, i, c, j);
}
