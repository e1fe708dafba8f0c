#include "stats/histogram.h"

#include "stats/clones.h"

#include <string.h>

enum { TILE_WIDTH = 32 };

/* A true division, not a product with the reciprocal: with it values on an edge fall right. */
FACET_CLONES
static void add_rows(uint32_t *restrict counts, int bins, double low, double range,
                     const float *restrict x, size_t rows, size_t stride, size_t width)
{
    float row[TILE_WIDTH] = {0};
    int bin[TILE_WIDTH];
    double last = bins - 1;
    for (size_t r = 0; r < rows; r++) {
        memcpy(row, x + r * stride, width * sizeof *row);
        for (int j = 0; j < TILE_WIDTH; j++) {
            double at = ((double)row[j] - low) * bins / range;
            at = at < last ? at : last;
            bin[j] = (int)(at > 0 ? at : 0);
        }
        for (size_t j = 0; j < width; j++) counts[j * (size_t)bins + (size_t)bin[j]]++;
    }
}

void facet_histogram_add(uint32_t *counts, size_t bins, double low, double high, const float *x,
                         size_t rows, size_t width)
{
    for (size_t j = 0; j < width; j += TILE_WIDTH)
        add_rows(counts + j * bins, (int)bins, low, high - low, x + j, rows, width,
                 width - j < TILE_WIDTH ? width - j : TILE_WIDTH);
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
