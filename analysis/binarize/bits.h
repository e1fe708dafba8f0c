/* binarize/bits: features as bits, and what bits are worth.
 *
 * A bit is on where a value is above its threshold; x is (n, width) row-major everywhere, without
 * NaN. Results don't depend on the number of threads.
 */
#ifndef FACET_BINARIZE_BITS_H
#define FACET_BINARIZE_BITS_H

#include "base/error.h"

#include <stddef.h>
#include <stdint.h>

/* What of x is compared: some of its columns, as values or as bits. */
struct bits_choice {
    const float *thresholds; /* (width of x); NULL: the values as they are */
    const uint32_t *columns; /* [count] */
    size_t count;
};

/* out (n, choice->count): the values, or 1 for bits that are on and 0 for others. */
void bits_gather(const float *x, size_t n, size_t width, const struct bits_choice *choice,
                 float *out);

/* Those of the choice's columns that aren't the same for all rows; kept has room for choice->count.
 * Returns how many. */
size_t bits_varying(const float *x, size_t n, size_t width, const struct bits_choice *choice,
                    uint32_t *kept);

/* Median of every column, of an even number of rows the mean of the middle two: thresholds (width).
 */
int bits_medians(const float *x, size_t n, size_t width, int threads, float *thresholds);

/* The mean of the values above zero, to two digits; 1 without any. */
double bits_scale(const float *x, size_t n, size_t width);

/* on (width): rows on which each bit is on. */
void bits_count(const float *x, size_t n, size_t width, const float *thresholds, size_t *on);

/* Entropy in bits of a bit that is on with this probability. */
double bits_entropy(double share);

/* The bits as codes over the rows: codes (width, words of n), on (width) rows on which they are on.
 */
void bits_turn(const float *x, size_t n, size_t width, const float *thresholds, uint64_t *codes,
               size_t *on);
/* Keeps of them those that aren't the same on all n rows; columns (width): which these are. Returns
 * how many. */
size_t bits_keep_varying(size_t n, size_t width, uint64_t *codes, size_t *on, uint32_t *columns);

enum { BITS_BINS = 80 };

/* Correlation of two bits (Pearson's, for bits the phi coefficient: with n11, n1, n2 rows on which
 * both, one, the other is on, (n n11 - n1 n2) / sqrt(n1 (n - n1) n2 (n - n2))), over all pairs of
 * columns: counts (BITS_BINS) equal bins of [-1, 1] (stats/histogram). Bits that are the same on
 * all rows are left out; *constant says how many. */
int bits_correlations(const float *x, size_t n, size_t width, const float *thresholds, int threads,
                      uint64_t *counts, size_t *constant);

#endif
