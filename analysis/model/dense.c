#include "model/dense.h"

#include <cblas.h>
#include <math.h>
#include <omp.h>
#include <stdlib.h>

enum { TILE = 256 };

void facet_dense_one_thread(void)
{
    openblas_set_num_threads(1);
}

static size_t tiles(size_t size)
{
    return (size + TILE - 1) / TILE;
}

static size_t extent(size_t size, size_t at)
{
    return size - at < TILE ? size - at : TILE;
}

void facet_dense_product(size_t rows, size_t inner, size_t columns, const double *a,
                         const double *b, int transposed, double *c, int threads)
{
    const size_t across = tiles(columns), count = tiles(rows) * across;
    const size_t stride = transposed ? inner : columns, step = transposed ? inner : 1;
    facet_dense_one_thread();
#pragma omp parallel for schedule(dynamic, 1) num_threads(threads)
    for (size_t t = 0; t < count; t++) {
        size_t i = t / across * TILE, j = t % across * TILE;
        cblas_dgemm(CblasRowMajor, CblasNoTrans, transposed ? CblasTrans : CblasNoTrans,
                    (int)extent(rows, i), (int)extent(columns, j), (int)inner, 1, a + i * inner,
                    (int)inner, b + j * step, (int)stride, 0, c + i * columns + j, (int)columns);
    }
}

void facet_dense_add_symmetric(size_t rows, size_t width, const double *a, const double *b,
                               double *c, int threads)
{
    const size_t across = tiles(width);
    facet_dense_one_thread();
#pragma omp parallel for schedule(dynamic, 1) num_threads(threads)
    for (size_t t = 0; t < across * across; t++) {
        size_t i = t / across * TILE, j = t % across * TILE;
        if (j > i) continue;
        cblas_dgemm(CblasRowMajor, CblasTrans, CblasNoTrans, (int)extent(width, i),
                    (int)extent(width, j), (int)rows, 1, a + i, (int)width, b + j, (int)width, 1,
                    c + i * width + j, (int)width);
    }
}

void facet_dense_mirror(size_t width, double *c)
{
    for (size_t i = 0; i < width; i++)
        for (size_t j = 0; j < i; j++) c[j * width + i] = c[i * width + j];
}

size_t facet_dense_bad_row(const float *x, size_t rows, size_t width)
{
    for (size_t r = 0; r < rows; r++) {
        int bad = 0;
        for (size_t j = 0; j < width; j++) bad |= !isfinite(x[r * width + j]);
        if (bad) return r;
    }
    return rows;
}

int facet_dense_project(const char *what, size_t features, size_t width, const double *mean,
                        const double *matrix, int transposed, const float *x, size_t rows,
                        int threads, float *out)
{
    const size_t bad = facet_dense_bad_row(x, rows, features), room = TILE * (features + width);
    if (bad < rows)
        return facet_fail(FACET_EFORMAT, "%s: row %zu holds NaN or infinity", what, bad);
    double *rooms = facet_alloc((size_t)threads, room * sizeof *rooms, what);
    if (rooms == NULL) return FACET_ENOMEM;
    facet_dense_one_thread();
#pragma omp parallel for schedule(dynamic, 1) num_threads(threads)
    for (size_t at = 0; at < rows; at += TILE) {
        double *in = rooms + (size_t)omp_get_thread_num() * room, *result = in + TILE * features;
        const size_t count = extent(rows, at);
        for (size_t i = 0; i < count; i++)
            for (size_t j = 0; j < features; j++)
                in[i * features + j] = (double)x[(at + i) * features + j] - mean[j];
        cblas_dgemm(CblasRowMajor, CblasNoTrans, transposed ? CblasTrans : CblasNoTrans, TILE,
                    (int)width, (int)features, 1, in, (int)features, matrix,
                    (int)(transposed ? features : width), 0, result, (int)width);
        for (size_t i = 0; i < count * width; i++) out[at * width + i] = (float)result[i];
    }
    free(rooms);
    return FACET_OK;
}
