#include "model/pca.h"

#include "model/dense.h"
#include "stats/moments.h"

#include <float.h>
#include <lapacke.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK = 1024 };

int facet_pca_new(struct facet_pca **pca, size_t d, size_t k)
{
    struct facet_pca *p = facet_alloc(1, sizeof *p, "PCA");
    if (p == NULL) return FACET_ENOMEM;
    p->features = d;
    p->width = k;
    p->mean = facet_alloc(d, sizeof *p->mean, "PCA");
    p->components = facet_alloc(d, k * sizeof *p->components, "PCA");
    p->variance = facet_alloc(k, sizeof *p->variance, "PCA");
    if (p->mean == NULL || p->components == NULL || p->variance == NULL) {
        facet_pca_free(&p);
        return FACET_ENOMEM;
    }
    *pca = p;
    return FACET_OK;
}

void facet_pca_free(struct facet_pca **pca)
{
    struct facet_pca *p = *pca;
    if (p == NULL) return;
    free(p->mean);
    free(p->components);
    free(p->variance);
    free(p);
    *pca = NULL;
}

/* The centred data as a matrix (length, width) that is read in blocks of rows: the rows themselves
 * or, `across`, the features. */
struct source {
    const float *x;
    size_t n, d, length, width;
    const double *mean; /* (d) */
    int across, threads;
};

static size_t load(const struct source *s, size_t at, double *block)
{
    const size_t count = s->length - at < BLOCK ? s->length - at : BLOCK;
    const size_t rows = s->across ? s->n : count, columns = s->across ? count : s->d;
    const size_t row = s->across ? 0 : at, column = s->across ? at : 0;
#pragma omp parallel for num_threads(s->threads)
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < columns; j++)
            block[s->across ? j * rows + i : i * columns + j] =
                (double)s->x[(row + i) * s->d + column + j] - s->mean[column + j];
    return count;
}

static void scatter(const struct source *s, double *block, double *sum)
{
    for (size_t at = 0; at < s->length; at += BLOCK) {
        size_t count = load(s, at, block);
        facet_dense_add_symmetric(count, s->width, block, block, sum, s->threads);
    }
    facet_dense_mirror(s->width, sum);
}

/* The k greatest eigenvalues, decreasing, and their eigenvectors (width, k). Destroys sum. */
static int decompose(size_t width, size_t k, double *sum, double *values, double *vectors)
{
    int found, code = FACET_ENOMEM, w = (int)width;
    int *support = facet_alloc(2 * k, sizeof *support, "PCA");
    double *ascending = facet_alloc(width, sizeof *ascending, "PCA");
    double *rows = facet_alloc(k, width * sizeof *rows, "PCA");
    facet_dense_one_thread();
    if (support != NULL && ascending != NULL && rows != NULL) {
        int info = LAPACKE_dsyevr(LAPACK_COL_MAJOR, 'V', 'I', 'L', w, sum, w, 0, 0, w - (int)k + 1,
                                  w, 0, &found, ascending, rows, w, support);
        code = info == 0 ? FACET_OK
                         : facet_fail(FACET_EINVAL, "PCA: LAPACK's dsyevr failed (%d)", info);
    }
    for (size_t j = 0; code == FACET_OK && j < k; j++) {
        values[j] = ascending[k - 1 - j];
        for (size_t i = 0; i < width; i++) vectors[i * k + j] = rows[(k - 1 - j) * width + i];
    }
    free(support);
    free(ascending);
    free(rows);
    return code;
}

/* From eigenvectors u (n, k) of the Gram matrix: Xc'u, with columns made of length one. */
static void expand(const struct source *s, const double *u, double *block, struct facet_pca *p)
{
    const size_t k = p->width;
    for (size_t at = 0; at < s->d; at += BLOCK) {
        size_t count = load(s, at, block);
        facet_dense_product(count, s->n, k, block, u, 0, p->components + at * k, s->threads);
    }
    for (size_t j = 0; j < k; j++) {
        double squares = 0;
        for (size_t i = 0; i < s->d; i++)
            squares += p->components[i * k + j] * p->components[i * k + j];
        for (size_t i = 0; i < s->d; i++) p->components[i * k + j] /= sqrt(squares);
    }
}

static void fix_signs(struct facet_pca *p)
{
    for (size_t j = 0; j < p->width; j++) {
        double most = 0;
        for (size_t i = 0; i < p->features; i++) {
            double c = p->components[i * p->width + j];
            if (fabs(c) > fabs(most)) most = c;
        }
        for (size_t i = 0; most < 0 && i < p->features; i++) p->components[i * p->width + j] *= -1;
    }
}

/* Eigenvalues to variances; those that are rounding errors of the first are no directions. */
static int finish(struct facet_pca *p, size_t n, double trace)
{
    const size_t longer = n > p->features ? n : p->features;
    size_t rank = 0;
    while (rank < p->width && p->variance[rank] > p->variance[0] * DBL_EPSILON * (double)longer)
        rank++;
    if (rank < p->width)
        return facet_fail(FACET_EINVAL,
                          "PCA: %zu components asked for, but %zu rows of %zu features "
                          "vary in %zu directions only",
                          p->width, n, p->features, rank);
    for (size_t j = 0; j < p->width; j++) p->variance[j] /= (double)(n - 1);
    p->total = trace / (double)(n - 1);
    fix_signs(p);
    return FACET_OK;
}

static int fit(struct facet_pca *p, const float *x, size_t n, int threads)
{
    const size_t d = p->features, k = p->width;
    const int across = n < d;
    const size_t width = across ? n : d;
    struct source s = {.x = x,
                       .n = n,
                       .d = d,
                       .length = across ? d : n,
                       .width = width,
                       .mean = p->mean,
                       .across = across,
                       .threads = threads};
    double *sum = facet_alloc(width, width * sizeof *sum, "PCA");
    double *block = facet_alloc(BLOCK, width * sizeof *block, "PCA");
    double *u = facet_alloc(across ? n : 0, k * sizeof *u, "PCA"), trace = 0;
    int code = sum == NULL || block == NULL || u == NULL ? FACET_ENOMEM : FACET_OK;
    if (code == FACET_OK) {
        scatter(&s, block, sum);
        for (size_t i = 0; i < width; i++) trace += sum[i * width + i];
        code = decompose(width, k, sum, p->variance, across ? u : p->components);
    }
    if (code == FACET_OK && across) expand(&s, u, block, p);
    if (code == FACET_OK) code = finish(p, n, trace);
    free(sum);
    free(block);
    free(u);
    return code;
}

/* Means of the features; a fault where a value isn't finite. */
static int centre(struct facet_pca *p, const float *x, size_t n)
{
    struct facet_moments *moments = NULL;
    int code = facet_moments_new(&moments, p->features);
    if (code == FACET_OK && facet_moments_add(moments, 0, x, n, p->features))
        code = facet_fail(FACET_EFORMAT, "PCA: row %zu holds NaN or infinity",
                          facet_dense_bad_row(x, n, p->features));
    if (code == FACET_OK) memcpy(p->mean, moments->mean, p->features * sizeof *p->mean);
    facet_moments_free(&moments);
    return code;
}

static int check_sizes(size_t n, size_t d, size_t k)
{
    const size_t most = n < 1 ? 0 : n - 1 < d ? n - 1 : d;
    if (k < 1 || k > most)
        return facet_fail(FACET_EINVAL,
                          "PCA: %zu components of %zu rows of %zu features, expected "
                          "1 to %zu",
                          k, n, d, most);
    if (n > FACET_DENSE_MOST && d > FACET_DENSE_MOST)
        return facet_fail(FACET_EINVAL,
                          "PCA: %zu rows of %zu features, expected %d at most of "
                          "either",
                          n, d, FACET_DENSE_MOST);
    return FACET_OK;
}

int facet_pca_fit(struct facet_pca **pca, const float *x, size_t n, size_t d, size_t k, int threads)
{
    struct facet_pca *p = NULL;
    int code = check_sizes(n, d, k);
    if (code == FACET_OK) code = facet_pca_new(&p, d, k);
    if (code == FACET_OK) code = centre(p, x, n);
    if (code == FACET_OK) code = fit(p, x, n, threads);
    if (code < 0)
        facet_pca_free(&p);
    else
        *pca = p;
    return code;
}

int facet_pca_fit_products(struct facet_pca **pca, size_t n, size_t d, size_t k, const double *mean,
                           double *products)
{
    struct facet_pca *p = NULL;
    double trace = 0;
    int code = check_sizes(n, d, k);
    if (code == FACET_OK) code = facet_pca_new(&p, d, k);
    if (code == FACET_OK) {
        memcpy(p->mean, mean, d * sizeof *mean);
        for (size_t i = 0; i < d; i++) trace += products[i * d + i];
        code = decompose(d, k, products, p->variance, p->components);
    }
    if (code == FACET_OK) code = finish(p, n, trace);
    if (code < 0)
        facet_pca_free(&p);
    else
        *pca = p;
    return code;
}

int facet_pca_project(const struct facet_pca *pca, const float *x, size_t rows, int threads,
                      float *out)
{
    return facet_dense_project("PCA", pca->features, pca->width, pca->mean, pca->components, 0, x,
                               rows, threads, out);
}
