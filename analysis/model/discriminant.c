#include "model/discriminant.h"

#include "model/dense.h"

#include <cblas.h>
#include <lapacke.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* d->mean, and the rows less their class's mean in `rows` (n, width), each times sqrt(1 / n of its
 * class): the product with itself is S. */
static void centre(struct facet_discriminant *d, const float *x, const size_t *list, size_t n,
                   const int8_t *label, double *rows)
{
    const size_t w = d->width;
    size_t count[2] = {0};
    for (size_t i = 0; i < n; i++) {
        const size_t c = (size_t)label[list[i]];
        count[c]++;
        for (size_t k = 0; k < w; k++) d->mean[c * w + k] += (double)x[list[i] * w + k];
    }
    for (size_t k = 0; k < 2 * w; k++) d->mean[k] /= (double)count[k / w];
    for (size_t i = 0; i < n; i++) {
        const size_t c = (size_t)label[list[i]];
        const double scale = 1 / sqrt((double)count[c]);
        for (size_t k = 0; k < w; k++)
            rows[i * w + k] = scale * ((double)x[list[i] * w + k] - d->mean[c * w + k]);
    }
}

static void add_ridge(struct facet_discriminant *d, double ridge)
{
    const size_t w = d->width;
    double trace = 0;
    for (size_t k = 0; k < w; k++) trace += d->covariance[k * w + k];
    for (size_t k = 0; k < w; k++)
        d->covariance[k * w + k] += trace > 0 ? ridge * trace / (double)w : 1;
    facet_dense_mirror(w, d->covariance);
}

/* The threshold midway between the projected means. */
static void set_constant(const struct facet_discriminant *d, double *weight)
{
    double middle = 0;
    for (size_t k = 0; k < d->width; k++)
        middle += weight[k] * (d->mean[d->width + k] + d->mean[k]) / 2;
    weight[d->width] = -middle;
}

static int invert(struct facet_discriminant *d)
{
    const size_t w = d->width;
    const int size = (int)w;
    memcpy(d->inverse, d->covariance, w * w * sizeof *d->inverse);
    /* C is symmetric: its upper triangle by columns is the lower one by rows */
    if (LAPACKE_dpotrf(LAPACK_COL_MAJOR, 'U', size, d->inverse, size) != 0 ||
        LAPACKE_dpotri(LAPACK_COL_MAJOR, 'U', size, d->inverse, size) != 0)
        return facet_fail(FACET_EINVAL,
                          "no linear discriminant of %zu features: their covariance is not "
                          "positive definite",
                          w);
    facet_dense_mirror(w, d->inverse);
    for (size_t k = 0; k < w; k++) {
        double sum = 0;
        for (size_t l = 0; l < w; l++) sum += d->inverse[k * w + l] * (d->mean[w + l] - d->mean[l]);
        d->weight[k] = sum;
    }
    set_constant(d, d->weight);
    return FACET_OK;
}

int facet_discriminant_new(struct facet_discriminant **discriminant, const float *x, size_t width,
                           const size_t *list, size_t n, const int8_t *label, double ridge,
                           int threads)
{
    struct facet_discriminant *d = facet_alloc(1, sizeof *d, "discriminant");
    if (d == NULL) return FACET_ENOMEM;
    d->width = width;
    d->mean = facet_alloc(width, 2 * sizeof *d->mean, "discriminant");
    d->covariance = facet_alloc(width, width * sizeof *d->covariance, "discriminant");
    d->inverse = facet_alloc(width, width * sizeof *d->inverse, "discriminant");
    d->weight = facet_alloc(width + 1, sizeof *d->weight, "discriminant");
    double *rows = facet_alloc(n, width * sizeof *rows, "discriminant");
    int code = d->mean == NULL || d->covariance == NULL || d->inverse == NULL ||
                       d->weight == NULL || rows == NULL
                   ? FACET_ENOMEM
                   : FACET_OK;
    if (code == FACET_OK) {
        centre(d, x, list, n, label, rows);
        facet_dense_add_symmetric(n, width, rows, rows, d->covariance, threads);
        add_ridge(d, ridge);
        code = invert(d);
    }
    free(rows);
    if (code < 0)
        facet_discriminant_free(&d);
    else
        *discriminant = d;
    return code;
}

void facet_discriminant_free(struct facet_discriminant **discriminant)
{
    struct facet_discriminant *d = *discriminant;
    if (d == NULL) return;
    free(d->mean);
    free(d->covariance);
    free(d->inverse);
    free(d->weight);
    free(d);
    *discriminant = NULL;
}

/* The rows and columns `list` of a matrix (width, width), decomposed: out = L (count, count) below
 * the diagonal. Parts of a positive definite matrix are. */
static void decompose(const double *matrix, size_t width, const uint32_t *list, size_t count,
                      double *out)
{
    for (size_t k = 0; k < count; k++)
        for (size_t l = 0; l <= k; l++) out[k * count + l] = matrix[list[k] * width + list[l]];
    LAPACKE_dpotrf_work(LAPACK_COL_MAJOR, 'U', (int)count, out, (int)count);
}

/* x = L^-1 x, of the first n rows and columns of L (stride, stride). */
static void forward(const double *l, size_t stride, size_t n, double *x)
{
    cblas_dtrsv(CblasRowMajor, CblasLower, CblasNoTrans, CblasNonUnit, (int)n, l, (int)stride, x,
                1);
}

/* x = L'^-1 x */
static void backward(const double *l, size_t stride, size_t n, double *x)
{
    cblas_dtrsv(CblasRowMajor, CblasLower, CblasTrans, CblasNonUnit, (int)n, l, (int)stride, x, 1);
}

void facet_discriminant_of(const struct facet_discriminant *d, const uint32_t *order,
                           const size_t *sizes, size_t count, double *room, double *weights)
{
    const size_t w = d->width, most = sizes[count - 1];
    double *half = room + w * w, *x = half + w;
    memset(weights, 0, count * (w + 1) * sizeof *weights);
    decompose(d->covariance, w, order, most, room);
    for (size_t k = 0; k < most; k++) half[k] = d->mean[w + order[k]] - d->mean[order[k]];
    forward(room, most, most, half); /* its beginning is that of fewer features */
    for (size_t s = 0; s < count; s++) {
        double *weight = weights + s * (w + 1);
        memcpy(x, half, sizes[s] * sizeof *x);
        backward(room, most, sizes[s], x);
        for (size_t k = 0; k < sizes[s]; k++) weight[order[k]] = x[k];
        set_constant(d, weight);
    }
}

/* With C^-1 = P, z those that are left out and k the others: w_k - P_kz P_zz^-1 w_z. */
static void cut_down(const struct facet_discriminant *d, const uint32_t *order, size_t count,
                     double *room, double *weight)
{
    const size_t w = d->width;
    double *x = room + w * w;
    decompose(d->inverse, w, order, count, room);
    for (size_t k = 0; k < count; k++) x[k] = d->weight[order[k]];
    forward(room, count, count, x);
    backward(room, count, count, x);
    memcpy(weight, d->weight, w * sizeof *weight);
    for (size_t k = 0; k < count; k++)
        cblas_daxpy((int)w, -x[k], d->inverse + order[k] * w, 1, weight, 1);
    for (size_t k = 0; k < count; k++) weight[order[k]] = 0;
    set_constant(d, weight);
}

void facet_discriminant_without(const struct facet_discriminant *d, const uint32_t *order,
                                size_t count, double *room, double *weight)
{
    const size_t left = d->width - count;
    if (left == 0)
        memset(weight, 0, (d->width + 1) * sizeof *weight);
    else if (left < count)
        facet_discriminant_of(d, order + count, &left, 1, room, weight);
    else
        cut_down(d, order, count, room, weight);
}
