/* binarize/counts: how often bits are on, alone and two at a time: all that a PCA and Joint
 * Bayesian need to know of training images' bits.
 *
 * The products of bits are counts, which come from packed codes by counting ones, exactly, far
 * sooner than by multiplying; those of some bits are a part of those of all. So one count serves
 * every choice of bits, and no fit looks at an image.
 *
 *     bits_counts_new(&counts, x, n, width, thresholds, identity, people);
 *     bits_counts_fit(&metric, counts, columns, count, &(struct facet_fit){.pca = 60, .threads =
 * 1}); bits_counts_free(&counts);
 */
#ifndef FACET_BINARIZE_COUNTS_H
#define FACET_BINARIZE_COUNTS_H

#include "compare/fit.h"

#include <stdint.h>

struct bits_counts {
    size_t rows, width, people;
    uint32_t *images; /* [people] rows of each */
    uint32_t *on;     /* (people, width) of them, those on which a bit is on */
    uint32_t *both;   /* (width, width) rows on which two bits are on, symmetric */
};

/* Of x (n, width), a bit being on above its threshold; identity (n): numbers below `people`, of
 * whom those without rows are left out. */
int bits_counts_new(struct bits_counts **counts, const float *x, size_t n, size_t width,
                    const float *thresholds, const int32_t *identity, size_t people);
void bits_counts_free(struct bits_counts **counts); /* NULL-safe */

/* Those of columns (count) that aren't the same for all rows: kept, with room for `count`. Returns
 * how many. */
size_t bits_counts_varying(const struct bits_counts *counts, const uint32_t *columns, size_t count,
                           uint32_t *kept);

/* facet_fit_metric() of the bits in these columns, as values 0 and 1: the same but for rounding. */
int bits_counts_fit(struct facet_metric **metric, const struct bits_counts *counts,
                    const uint32_t *columns, size_t count, const struct facet_fit *how);

#endif
