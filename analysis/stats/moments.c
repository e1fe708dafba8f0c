#include "stats/moments.h"

#include "base/clones.h"

#include <math.h>
#include <stdlib.h>

/* A tile of 128 x 32 floats is 16 KiB and stays in the first-level cache for its second pass. */
enum { TILE_ROWS = 128, TILE_WIDTH = 32 };

struct tile {
    double sum[TILE_WIDTH], squares[TILE_WIDTH], m2[TILE_WIDTH], mean[TILE_WIDTH];
    float low[TILE_WIDTH], high[TILE_WIDTH];
};

int facet_moments_new(struct facet_moments **moments, size_t width)
{
    struct facet_moments *m = facet_alloc(1, sizeof *m, "moments");
    if (m == NULL) return FACET_ENOMEM;
    m->width = width;
    m->n = facet_alloc(width, sizeof *m->n, "moments");
    m->mean = facet_alloc(width, sizeof *m->mean, "moments");
    m->m2 = facet_alloc(width, sizeof *m->m2, "moments");
    m->squares = facet_alloc(width, sizeof *m->squares, "moments");
    m->low = facet_alloc(width, sizeof *m->low, "moments");
    m->high = facet_alloc(width, sizeof *m->high, "moments");
    if (m->n == NULL || m->mean == NULL || m->m2 == NULL || m->squares == NULL || m->low == NULL ||
        m->high == NULL) {
        facet_moments_free(&m);
        return FACET_ENOMEM;
    }
    for (size_t i = 0; i < width; i++) {
        m->low[i] = INFINITY;
        m->high[i] = -INFINITY;
    }
    *moments = m;
    return FACET_OK;
}

void facet_moments_free(struct facet_moments **moments)
{
    struct facet_moments *m = *moments;
    if (m == NULL) return;
    free(m->n);
    free(m->mean);
    free(m->m2);
    free(m->squares);
    free(m->low);
    free(m->high);
    free(m);
    *moments = NULL;
}

/* Always TILE_WIDTH columns, so that the accumulators live in registers: a narrower tile comes as a
 * padded copy. */
FACET_CLONES
static void sum_tile(const float *restrict x, size_t rows, size_t stride, struct tile *restrict t)
{
    struct tile s = {0};
    for (int j = 0; j < TILE_WIDTH; j++) s.low[j] = s.high[j] = x[j];
    for (size_t r = 0; r < rows; r++)
        for (int j = 0; j < TILE_WIDTH; j++) {
            float v = x[r * stride + j];
            s.sum[j] += (double)v;
            s.squares[j] += (double)v * (double)v;
            s.low[j] = v < s.low[j] ? v : s.low[j];
            s.high[j] = v > s.high[j] ? v : s.high[j];
        }
    for (int j = 0; j < TILE_WIDTH; j++) s.mean[j] = s.sum[j] / (double)rows;
    for (size_t r = 0; r < rows; r++)
        for (int j = 0; j < TILE_WIDTH; j++) {
            double d = (double)x[r * stride + j] - s.mean[j];
            s.m2[j] += d * d;
        }
    *t = s;
}

static void join(struct facet_moments *m, size_t i, const struct tile *t, int j, size_t rows)
{
    double na = (double)m->n[i], nb = (double)rows, n = na + nb;
    double d = t->mean[j] - m->mean[i];
    m->m2[i] += t->m2[j] + d * d * (na * nb / n);
    m->mean[i] += d * (nb / n);
    m->squares[i] += t->squares[j];
    m->n[i] += rows;
    if (t->low[j] < m->low[i]) m->low[i] = t->low[j];
    if (t->high[j] > m->high[i]) m->high[i] = t->high[j];
}

static int add_tile(struct facet_moments *m, size_t first, const float *x, size_t rows,
                    size_t stride, size_t width)
{
    struct tile t;
    if (width == TILE_WIDTH) {
        sum_tile(x, rows, stride, &t);
    } else {
        float padded[TILE_ROWS * TILE_WIDTH] = {0};
        for (size_t r = 0; r < rows; r++)
            for (size_t j = 0; j < width; j++) padded[r * TILE_WIDTH + j] = x[r * stride + j];
        sum_tile(padded, rows, TILE_WIDTH, &t);
    }
    int bad = 0;
    for (size_t j = 0; j < width; j++) {
        bad |= !isfinite(t.squares[j]);
        join(m, first + j, &t, (int)j, rows);
    }
    return bad;
}

int facet_moments_add(struct facet_moments *moments, size_t first, const float *x, size_t rows,
                      size_t width)
{
    int bad = 0;
    for (size_t j = 0; j < width; j += TILE_WIDTH)
        for (size_t r = 0; r < rows; r += TILE_ROWS)
            bad |= add_tile(moments, first + j, x + r * width + j,
                            rows - r < TILE_ROWS ? rows - r : TILE_ROWS, width,
                            width - j < TILE_WIDTH ? width - j : TILE_WIDTH);
    return bad;
}

double facet_moments_variance(const struct facet_moments *moments, size_t variable)
{
    uint64_t n = moments->n[variable];
    return n < 2 ? NAN : moments->m2[variable] / (double)(n - 1);
}

double facet_moments_treves_rolls(const struct facet_moments *moments, size_t variable)
{
    double mean = moments->mean[variable], squares = moments->squares[variable];
    if (!(squares > 0)) return NAN;
    return mean * mean / (squares / (double)moments->n[variable]);
}
