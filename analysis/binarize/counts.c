#include "binarize/counts.h"

#include "base/clones.h"
#include "binarize/bits.h"
#include "kernels/bits.h"
#include "model/dense.h"

#include <stdlib.h>
#include <string.h>

enum { PANEL = 16 };

/* ---- counting ---- */

FACET_CLONES
static void add_row(const float *restrict row, const float *restrict thresholds, size_t width,
                    uint32_t *restrict on)
{
    for (size_t j = 0; j < width; j++) on[j] += row[j] > thresholds[j];
}

/* Who has rows, by their numbers, and how often each bit is on for them. */
static int count_people(struct bits_counts *c, const float *x, const float *thresholds,
                        const int32_t *identity, size_t people)
{
    uint32_t *place = facet_alloc(people, sizeof *place, "people"); /* 1 + that in the counts */
    if (place == NULL) return FACET_ENOMEM;
    for (size_t i = 0; i < c->rows; i++) place[identity[i]] = 1;
    for (size_t p = 0; p < people; p++)
        if (place[p] != 0) place[p] = (uint32_t)++c->people;
    c->images = facet_alloc(c->people, sizeof *c->images, "people");
    c->on = facet_alloc(c->people, c->width * sizeof *c->on, "bits of people");
    int code = c->images == NULL || c->on == NULL ? FACET_ENOMEM : FACET_OK;
    for (size_t i = 0; code == FACET_OK && i < c->rows; i++) {
        const size_t p = place[identity[i]] - 1;
        c->images[p]++;
        add_row(x + i * c->width, thresholds, c->width, c->on + p * c->width);
    }
    free(place);
    return code;
}

/* With a and b rows on which two bits are on, and d on which they differ: on both (a + b - d) / 2.
 */
static void count_both(struct bits_counts *c, const struct facet_kernels *kernels,
                       const uint64_t *codes, const size_t *on, size_t words, uint32_t *differing)
{
    for (size_t at = 0; at < c->width; at += PANEL) {
        const size_t columns = c->width - at < PANEL ? c->width - at : PANEL;
        kernels->hamming(codes + at * words, c->width - at, codes + at * words, columns, words,
                         differing, PANEL);
        for (size_t i = at; i < c->width; i++)
            for (size_t k = 0; k < columns; k++) {
                const size_t j = at + k;
                const uint32_t both =
                    (uint32_t)((on[i] + on[j] - differing[(i - at) * PANEL + k]) / 2);
                c->both[i * c->width + j] = c->both[j * c->width + i] = both;
            }
    }
}

static int count_pairs(struct bits_counts *c, const float *x, const float *thresholds)
{
    const struct facet_kernels *kernels;
    const size_t words = facet_bits_words(c->rows);
    int code = facet_kernels_choose(NULL, &kernels);
    if (code < 0) return code;
    uint64_t *codes = facet_alloc(c->width, words * sizeof *codes, "codes");
    size_t *on = facet_alloc(c->width, sizeof *on, "codes");
    uint32_t *differing = facet_alloc(c->width, PANEL * sizeof *differing, "codes");
    c->both = facet_alloc(c->width, c->width * sizeof *c->both, "pairs of bits");
    if (codes == NULL || on == NULL || differing == NULL || c->both == NULL) code = FACET_ENOMEM;
    if (code == FACET_OK) {
        bits_turn(x, c->rows, c->width, thresholds, codes, on);
        count_both(c, kernels, codes, on, words, differing);
    }
    free(codes);
    free(on);
    free(differing);
    return code;
}

int bits_counts_new(struct bits_counts **counts, const float *x, size_t n, size_t width,
                    const float *thresholds, const int32_t *identity, size_t people)
{
    struct bits_counts *c = facet_alloc(1, sizeof *c, "counts");
    if (c == NULL) return FACET_ENOMEM;
    *c = (struct bits_counts){.rows = n, .width = width};
    int code = count_people(c, x, thresholds, identity, people);
    if (code == FACET_OK) code = count_pairs(c, x, thresholds);
    if (code < 0)
        bits_counts_free(&c);
    else
        *counts = c;
    return code;
}

void bits_counts_free(struct bits_counts **counts)
{
    if (*counts == NULL) return;
    free((*counts)->images);
    free((*counts)->on);
    free((*counts)->both);
    free(*counts);
    *counts = NULL;
}

/* Rows on which it is on. */
static uint32_t total(const struct bits_counts *c, uint32_t column)
{
    return c->both[(size_t)column * c->width + column];
}

size_t bits_counts_varying(const struct bits_counts *c, const uint32_t *columns, size_t count,
                           uint32_t *kept)
{
    size_t varying = 0;
    for (size_t k = 0; k < count; k++)
        if (total(c, columns[k]) > 0 && total(c, columns[k]) < c->rows)
            kept[varying++] = columns[k];
    return varying;
}

/* ---- fitting ---- */

/* What a fit works on; `width` of the chosen columns. */
struct work {
    const struct bits_counts *c;
    const uint32_t *columns;
    size_t width;
    double *mean;     /* (width) */
    double *means;    /* (people, width) of each person */
    double *products; /* (width, width) */
};

static int new_work(struct work *w)
{
    const struct bits_counts *c = w->c;
    w->mean = facet_alloc(w->width, sizeof *w->mean, "bits");
    w->means = facet_alloc(c->people, w->width * sizeof *w->means, "bits of people");
    w->products = facet_alloc(w->width, w->width * sizeof *w->products, "products of bits");
    if (w->mean == NULL || w->means == NULL || w->products == NULL) return FACET_ENOMEM;
    for (size_t k = 0; k < w->width; k++)
        w->mean[k] = (double)total(c, w->columns[k]) / (double)c->rows;
    for (size_t p = 0; p < c->people; p++)
        for (size_t k = 0; k < w->width; k++)
            w->means[p * w->width + k] =
                (double)c->on[p * c->width + w->columns[k]] / (double)c->images[p];
    return FACET_OK;
}

static void free_work(struct work *w)
{
    free(w->mean);
    free(w->means);
    free(w->products);
}

/* The sum over rows of products of two bits; `centred`: less the means first. */
static void fill_products(struct work *w, int centred)
{
    const struct bits_counts *c = w->c;
    for (size_t i = 0; i < w->width; i++)
        for (size_t j = 0; j < w->width; j++)
            w->products[i * w->width + j] =
                (double)c->both[w->columns[i] * c->width + w->columns[j]] -
                (centred ? (double)c->rows * w->mean[i] * w->mean[j] : 0);
}

/* Of means (people, width) and the sum over rows of products, from which that of the people's means
 * is taken away: what is left lies within people. Both about the same point, any. */
static int fit_jb(struct facet_jb **jb, const struct bits_counts *c, const double *means,
                  size_t width, double *products, const struct facet_fit *how)
{
    const struct facet_jb_options options = facet_fit_options(how);
    double *sums = facet_alloc(c->people, width * sizeof *sums, "bits of people");
    if (sums == NULL) return FACET_ENOMEM;
    for (size_t p = 0; p < c->people; p++)
        for (size_t k = 0; k < width; k++)
            sums[p * width + k] = -(double)c->images[p] * means[p * width + k];
    facet_dense_add_symmetric(c->people, width, sums, means, products, how->threads);
    facet_dense_mirror(width, products);
    free(sums);
    return facet_jb_fit_means(jb, means, c->images, c->people, width, products, &options);
}

/* On components: the sum of products is diagonal there. */
static int fit_projected(struct facet_jb **jb, struct work *w, const struct facet_pca *pca,
                         const struct facet_fit *how)
{
    const struct bits_counts *c = w->c;
    const size_t k = pca->width;
    double *projected = facet_alloc(c->people, k * sizeof *projected, "bits of people");
    double *products = facet_alloc(k, k * sizeof *products, "products of bits");
    int code = projected == NULL || products == NULL ? FACET_ENOMEM : FACET_OK;
    if (code == FACET_OK) {
        for (size_t p = 0; p < c->people; p++)
            for (size_t j = 0; j < w->width; j++) w->means[p * w->width + j] -= w->mean[j];
        facet_dense_product(c->people, w->width, k, w->means, pca->components, 0, projected,
                            how->threads);
        for (size_t i = 0; i < k; i++)
            products[i * k + i] = (double)(c->rows - 1) * pca->variance[i];
        code = fit_jb(jb, c, projected, k, products, how);
    }
    free(projected);
    free(products);
    return code;
}

static int fit(struct facet_metric *m, struct work *w, const struct facet_fit *how)
{
    int code = new_work(w);
    if (code < 0) return code;
    fill_products(w, how->pca > 0);
    if (how->pca == 0) return fit_jb(&m->jb, w->c, w->means, w->width, w->products, how);
    code = facet_pca_fit_products(&m->pca, w->c->rows, w->width, how->pca, w->mean, w->products);
    return code == FACET_OK ? fit_projected(&m->jb, w, m->pca, how) : code;
}

int bits_counts_fit(struct facet_metric **metric, const struct bits_counts *counts,
                    const uint32_t *columns, size_t count, const struct facet_fit *how)
{
    struct work w = {.c = counts, .columns = columns, .width = count};
    struct facet_metric *m = facet_alloc(1, sizeof *m, "metric");
    if (m == NULL) return FACET_ENOMEM;
    int code = fit(m, &w, how);
    free_work(&w);
    if (code < 0)
        facet_metric_free(&m);
    else
        *metric = m;
    return code;
}
