/* model/pca: principal components of rows of float32.
 *
 * The components are the eigenvectors of the covariance of the features or, where there are fewer
 * rows than features, are had from those of the rows' Gram matrix: with Xc the centred rows and
 * Xc Xc' u = l u, the component is Xc'u / sqrt(l). Sums and products are in double, in blocks of
 * fixed size: the bits don't depend on the number of threads. LAPACK's dsyevr finds the `width`
 * greatest.
 *
 *     struct facet_pca *pca;
 *     facet_pca_fit(&pca, x, n, 512, 100, threads);
 *     facet_pca_project(pca, block, rows, threads, out);     // again and again
 *     facet_pca_free(&pca);
 */
#ifndef FACET_MODEL_PCA_H
#define FACET_MODEL_PCA_H

#include "base/error.h"

#include <stddef.h>

struct facet_pca {
    size_t features, width; /* d, k */
    double *mean;           /* (d) */
    double *components;     /* (d, k): orthonormal columns by decreasing variance; in each, the
                               element of the greatest size, the first of such, is positive */
    double *variance;       /* (k) of the rows along each component, over n - 1 */
    double total; /* variance of all d features; variance / total is the share explained */
};

/* Of x (n, d). FACET_EINVAL: k isn't in 1 .. min(n - 1, d), the matrix would be wider than
 * FACET_DENSE_MOST, or the rows vary in fewer than k directions (where all features are constant,
 * in none). FACET_EFORMAT: NaN or infinity, naming the row. Memory beside x: two square matrices of
 * the lesser of n and d, and 1,024 rows of that width. */
int facet_pca_fit(struct facet_pca **pca, const float *x, size_t n, size_t d, size_t k,
                  int threads);
/* The same from what is known of n rows: mean (d), and products (d, d), the sum over rows of
 * (x - mean)(x - mean)', which is destroyed. Errors as facet_pca_fit(), but for FACET_EFORMAT. */
int facet_pca_fit_products(struct facet_pca **pca, size_t n, size_t d, size_t k, const double *mean,
                           double *products);
/* All zero, for a reader to fill. */
int facet_pca_new(struct facet_pca **pca, size_t d, size_t k);
void facet_pca_free(struct facet_pca **pca); /* NULL-safe */

/* out (rows, k) = (x - mean) components of x (rows, d). A row's result doesn't depend on the
 * others. FACET_EFORMAT: NaN or infinity, naming the row of this block. */
int facet_pca_project(const struct facet_pca *pca, const float *x, size_t rows, int threads,
                      float *out);

#endif
