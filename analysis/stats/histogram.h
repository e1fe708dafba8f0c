/* stats/histogram: counts in equal bins.
 *
 * Bins are [left, right), the last one closed: bin of x is floor(bins (x - low) / (high - low)),
 * computed in double, and `bins - 1` for x = high; as numpy.histogram.
 *
 *     facet_histogram_bins(values, n, 64, 0, 5, bin);
 *     step = facet_histogram_step(512, 32);                 // 16: bins 0-16, 16-32, ..
 */
#ifndef FACET_STATS_HISTOGRAM_H
#define FACET_STATS_HISTOGRAM_H

#include <stddef.h>
#include <stdint.h>

/* Bin of each of n values. What lies outside [low, high] belongs to the outer bins; NaN is not
 * allowed; low < high. */
void facet_histogram_bins(const float *x, size_t n, size_t bins, double low, double high,
                          uint32_t *bin);

/* Left edge of a bin (the right edge of the one before), low + bin (high - low) / bins. */
double facet_histogram_edge(size_t bin, size_t bins, double low, double high);

/* Bin width for counts 0 .. range: the least whole number that needs at most `bins` bins, 1 or
 * more. Bins start at 0; the last may be narrower and holds `range` too. */
uint64_t facet_histogram_step(uint64_t range, uint64_t bins);

#endif
