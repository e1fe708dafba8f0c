/* model/dense: products of large matrices of doubles through OpenBLAS, with the same bits for any
 * number of threads.
 *
 * A result is cut into tiles of fixed size; a tile is computed by one thread in one call of BLAS,
 * and which thread takes which tile doesn't matter. OpenBLAS's own threads would cut a product by
 * their number, so these functions set it to one, for the whole process.
 *
 * All matrices are row-major without gaps. Sizes are below 2^31.
 */
#ifndef FACET_MODEL_DENSE_H
#define FACET_MODEL_DENSE_H

#include "base/error.h"

#include <stddef.h>

/* Largest width of a symmetric matrix whose eigenvectors are asked for: LAPACK counts the elements
 * of its workspace, 2 width^2 and more, in an int. */
#define FACET_DENSE_MOST 30000

/* Keeps OpenBLAS and its LAPACK to one thread; to be called before a direct call of either. */
void facet_dense_one_thread(void);

/* c (rows, columns) = a (rows, inner) b with b (inner, columns) or, `transposed`, a b' with
 * b (columns, inner). */
void facet_dense_product(size_t rows, size_t inner, size_t columns, const double *a,
                         const double *b, int transposed, double *c, int threads);

/* c (width, width) += a'b with a, b (rows, width), where a'b is known to be symmetric (a = b is the
 * usual case). Only the lower triangle of c is valid afterwards: facet_dense_mirror() when all is
 * added. */
void facet_dense_add_symmetric(size_t rows, size_t width, const double *a, const double *b,
                               double *c, int threads);
/* Copies the lower triangle to the upper one. */
void facet_dense_mirror(size_t width, double *c);

/* out (rows, width) = (x - mean) matrix of x (rows, features), with mean (features) and matrix
 * (features, width) or, `transposed`, (width, features). Computed in double, in padded blocks of
 * one size, so that a row's bits don't depend on the others. FACET_EFORMAT: NaN or infinity; the
 * message names the row and begins with `what`. */
int facet_dense_project(const char *what, size_t features, size_t width, const double *mean,
                        const double *matrix, int transposed, const float *x, size_t rows,
                        int threads, float *out);

/* Row of the first NaN or infinity in x (rows, width), `rows` if there is none. */
size_t facet_dense_bad_row(const float *x, size_t rows, size_t width);

#endif
