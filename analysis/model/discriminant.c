#include "model/discriminant.h"

#include "model/dense.h"

#include <lapacke.h>
#include <math.h>
#include <stdlib.h>

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

int facet_discriminant_new(struct facet_discriminant **discriminant, const float *x, size_t width,
                           const size_t *list, size_t n, const int8_t *label, double ridge,
                           int threads)
{
    struct facet_discriminant *d = facet_alloc(1, sizeof *d, "discriminant");
    if (d == NULL) return FACET_ENOMEM;
    d->width = width;
    d->ridge = ridge;
    d->mean = facet_alloc(width, 2 * sizeof *d->mean, "discriminant");
    d->covariance = facet_alloc(width, width * sizeof *d->covariance, "discriminant");
    double *rows = facet_alloc(n, width * sizeof *rows, "discriminant");
    const int ok = d->mean != NULL && d->covariance != NULL && rows != NULL;
    if (ok) {
        centre(d, x, list, n, label, rows);
        facet_dense_add_symmetric(n, width, rows, rows, d->covariance, threads);
        *discriminant = d;
    } else {
        facet_discriminant_free(&d);
    }
    free(rows);
    return ok ? FACET_OK : FACET_ENOMEM;
}

void facet_discriminant_free(struct facet_discriminant **discriminant)
{
    if (*discriminant == NULL) return;
    free((*discriminant)->mean);
    free((*discriminant)->covariance);
    free(*discriminant);
    *discriminant = NULL;
}

static size_t feature(const uint32_t *features, size_t k)
{
    return features != NULL ? features[k] : k;
}

int facet_discriminant_of(const struct facet_discriminant *d, const uint32_t *features,
                          size_t count, double *room, double *weight)
{
    const double *rest = d->mean, *target = d->mean + d->width;
    double trace = 0, middle = 0;
    for (size_t k = 0; k < count; k++) {
        const size_t f = feature(features, k);
        for (size_t l = 0; l <= k; l++) {
            const size_t g = feature(features, l);
            room[k * count + l] =
                f >= g ? d->covariance[f * d->width + g] : d->covariance[g * d->width + f];
        }
        trace += room[k * count + k];
        weight[k] = target[f] - rest[f];
    }
    for (size_t k = 0; k < count; k++)
        room[k * count + k] += trace > 0 ? d->ridge * trace / (double)count : 1;
    /* the lower triangle of rows is the upper one of columns, which needs no copy */
    if (LAPACKE_dposv(LAPACK_COL_MAJOR, 'U', (int)count, 1, room, (int)count, weight, (int)count) !=
        0)
        return facet_fail(FACET_EINVAL,
                          "no linear discriminant of %zu features: their covariance "
                          "is not positive definite",
                          count);
    for (size_t k = 0; k < count; k++) {
        const size_t f = feature(features, k);
        middle += weight[k] * (target[f] + rest[f]) / 2;
    }
    weight[count] = -middle;
    return FACET_OK;
}
