#include "stats/histogram.h"

#include "base/clones.h"

/* A true division, not a product with the reciprocal: with it values on an edge fall right. */
FACET_CLONES
static void find_bins(const float *restrict x, size_t n, int bins, double low, double range,
                      uint32_t *restrict bin)
{
    double last = bins - 1;
    for (size_t i = 0; i < n; i++) {
        double at = ((double)x[i] - low) * bins / range;
        at = at < last ? at : last;
        bin[i] = (uint32_t)(int)(at > 0 ? at : 0);
    }
}

void facet_histogram_bins(const float *x, size_t n, size_t bins, double low, double high,
                          uint32_t *bin)
{
    find_bins(x, n, (int)bins, low, high - low, bin);
}

double facet_histogram_edge(size_t bin, size_t bins, double low, double high)
{
    return bin == bins ? high : low + (double)bin * (high - low) / (double)bins;
}

uint64_t facet_histogram_step(uint64_t range, uint64_t bins)
{
    uint64_t step = range / bins + (range % bins != 0);
    return step > 0 ? step : 1;
}
