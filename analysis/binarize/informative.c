#include "binarize/informative.h"

#include "base/error.h"
#include "binarize/bits.h"
#include "kernels/bits.h"

#include <math.h>
#include <stdlib.h>

/* The bits that vary, and what is known of them. */
struct bits {
    size_t n, words, count;
    uint64_t *codes;   /* (count, words) over the images */
    size_t *on;        /* images */
    uint32_t *columns; /* of x */
    double *gap;
    double *with_chosen; /* sum of the covariances with the chosen bits */
    uint32_t *differing; /* images on which they differ from the bit chosen last */
    uint8_t *chosen;
};

static void free_bits(struct bits *b)
{
    free(b->codes);
    free(b->on);
    free(b->columns);
    free(b->gap);
    free(b->with_chosen);
    free(b->differing);
    free(b->chosen);
}

static int new_bits(struct bits *b, const float *x, size_t n, size_t width, const float *thresholds)
{
    const char *what = "informative bits";
    b->n = n;
    b->words = facet_bits_words(n);
    b->codes = facet_alloc(width, b->words * sizeof *b->codes, what);
    b->on = facet_alloc(width, sizeof *b->on, what);
    b->columns = facet_alloc(width, sizeof *b->columns, what);
    b->gap = facet_alloc(width, sizeof *b->gap, what);
    b->with_chosen = facet_alloc(width, sizeof *b->with_chosen, what);
    b->differing = facet_alloc(width, sizeof *b->differing, what);
    b->chosen = facet_alloc(width, sizeof *b->chosen, what);
    if (b->codes == NULL || b->on == NULL || b->columns == NULL || b->gap == NULL ||
        b->with_chosen == NULL || b->differing == NULL || b->chosen == NULL)
        return FACET_ENOMEM;
    bits_turn(x, n, width, thresholds, b->codes, b->on);
    b->count = bits_keep_varying(n, width, b->codes, b->on, b->columns);
    return FACET_OK;
}

static int is_on(const struct bits *b, size_t bit, size_t image)
{
    return (int)(b->codes[bit * b->words + image / 64] >> image % 64 & 1);
}

/* images (people): of each person; on (people) is room. */
static double gap_of(const struct bits *b, size_t bit, const int32_t *identity, size_t people,
                     const uint32_t *images, double pairs, double pairs_within, uint32_t *on)
{
    const double all_on = (double)b->on[bit];
    double within = 0;
    for (size_t p = 0; p < people; p++) on[p] = 0;
    for (size_t i = 0; i < b->n; i++) on[identity[i]] += (uint32_t)is_on(b, bit, i);
    for (size_t p = 0; p < people; p++) within += (double)on[p] * (images[p] - on[p]);
    const double between = all_on * ((double)b->n - all_on) - within;
    return between / (pairs - pairs_within) - within / pairs_within;
}

static int find_gaps(struct bits *b, const int32_t *identity, size_t people)
{
    uint32_t *images = facet_alloc(people, 2 * sizeof *images, "people");
    if (images == NULL) return FACET_ENOMEM;
    double pairs = (double)b->n * ((double)b->n - 1) / 2, within = 0;
    for (size_t i = 0; i < b->n; i++) within += images[identity[i]]++;
    int code = FACET_OK;
    if (within == 0 || within == pairs)
        code = facet_fail(FACET_EINVAL, "bits cannot be ranked: the training images need two of "
                                        "one person and two of different people");
    for (size_t k = 0; code == FACET_OK && k < b->count; k++)
        b->gap[k] = gap_of(b, k, identity, people, images, pairs, within, images + people);
    free(images);
    return code;
}

/* Of the differences of bits on two random images, which share `differing` unequal ones. */
static double covariance(const struct bits *b, size_t j, size_t k, uint32_t differing)
{
    const double n = (double)b->n, on_j = (double)b->on[j] / n, on_k = (double)b->on[k] / n;
    const double unequal = differing / n;
    const double p11 = (on_j + on_k - unequal) / 2, p10 = on_j - p11, p01 = on_k - p11;
    const double p00 = 1 - p11 - p10 - p01;
    return 2 * (p11 * p00 + p10 * p01) - 4 * on_j * (1 - on_j) * on_k * (1 - on_k);
}

static size_t find_best(const struct bits *b, double gap, double variance)
{
    size_t best = b->count;
    double most = -INFINITY;
    for (size_t k = 0; k < b->count; k++) {
        if (b->chosen[k]) continue;
        const double sum = variance + 2 * b->with_chosen[k] + covariance(b, k, k, 0);
        const double z = (gap + b->gap[k]) / sqrt(sum);
        if (best < b->count && !(z - most > 1e-12 * fabs(most)))
            continue; /* equal but for rounding */
        best = k;
        most = z;
    }
    return best;
}

static int choose(struct bits *b, size_t count, uint32_t *order)
{
    const struct facet_kernels *kernels;
    double gap = 0, variance = 0;
    int code = facet_kernels_choose(NULL, &kernels);
    if (code < 0) return code;
    for (size_t step = 0; step < count; step++) {
        const size_t best = find_best(b, gap, variance);
        gap += b->gap[best];
        variance += 2 * b->with_chosen[best] + covariance(b, best, best, 0);
        b->chosen[best] = 1;
        order[step] = b->columns[best];
        kernels->hamming(b->codes + best * b->words, 1, b->codes, b->count, b->words, b->differing,
                         b->count);
        for (size_t k = 0; k < b->count; k++)
            b->with_chosen[k] += covariance(b, best, k, b->differing[k]);
    }
    return FACET_OK;
}

int bits_informative(const float *x, size_t n, size_t width, const float *thresholds,
                     const int32_t *identity, size_t people, size_t count, uint32_t *order)
{
    struct bits b = {0};
    int code = new_bits(&b, x, n, width, thresholds);
    if (code == FACET_OK) code = find_gaps(&b, identity, people);
    const size_t varying = count < b.count ? count : b.count;
    if (code == FACET_OK) code = choose(&b, varying, order);
    for (size_t j = 0, k = 0, at = varying; code == FACET_OK && at < count; j++)
        if (k < b.count && b.columns[k] == j)
            k++;
        else
            order[at++] = (uint32_t)j;
    free_bits(&b);
    return code;
}
