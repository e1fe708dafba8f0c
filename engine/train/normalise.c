#include "train/normalise.h"

#include "base/error.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double EPSILON = 1e-5, NEW = 0.1; /* the newest batch's share of the running means */

int facet_normalise_new(struct facet_normalise *b, size_t batch, size_t width)
{
    b->width = width;
    if (facet_parameter_new(&b->gain, width, 0, 1) < 0 ||
        facet_parameter_new(&b->shift, width, 0, 1) < 0 ||
        facet_parameter_new(&b->mean, width, 0, 0) < 0 ||
        facet_parameter_new(&b->variance, width, 0, 0) < 0)
        return FACET_ENOMEM;
    b->normalised = facet_alloc(batch, width * sizeof(float), "normalised");
    b->scale = facet_alloc(width, sizeof(float), "scales");
    if (b->normalised == NULL || b->scale == NULL) return FACET_ENOMEM;
    for (size_t j = 0; j < width; j++) b->gain.value[j] = b->variance.value[j] = 1;
    return FACET_OK;
}

void facet_normalise_free(struct facet_normalise *b)
{
    facet_parameter_free(&b->gain);
    facet_parameter_free(&b->shift);
    facet_parameter_free(&b->mean);
    facet_parameter_free(&b->variance);
    free(b->normalised);
    free(b->scale);
}

void facet_normalise_learn(struct facet_normalise *b, size_t n, float *values)
{
    const size_t width = b->width;
    for (size_t j = 0; j < width; j++) {
        double sum = 0, squares = 0;
        for (size_t i = 0; i < n; i++) sum += (double)values[i * width + j];
        const double mean = sum / (double)n;
        for (size_t i = 0; i < n; i++) {
            const double off = (double)values[i * width + j] - mean;
            squares += off * off;
        }
        const double variance = squares / (double)n, scale = 1 / sqrt(variance + EPSILON);
        b->scale[j] = (float)scale;
        b->mean.value[j] += (float)(NEW * (mean - (double)b->mean.value[j]));
        b->variance.value[j] += (float)(NEW * (variance - (double)b->variance.value[j]));
        for (size_t i = 0; i < n; i++) {
            float *at = &values[i * width + j];
            b->normalised[i * width + j] = (float)(((double)*at - mean) * scale);
            *at = b->gain.value[j] * b->normalised[i * width + j] + b->shift.value[j];
        }
    }
}

void facet_normalise_affine(const struct facet_normalise *b, size_t j, double *factor,
                            double *addend)
{
    *factor = (double)b->gain.value[j] / sqrt((double)b->variance.value[j] + EPSILON);
    *addend = (double)b->shift.value[j] - *factor * (double)b->mean.value[j];
}

void facet_normalise_use(const struct facet_normalise *b, size_t n, float *values)
{
    for (size_t j = 0; j < b->width; j++) {
        double factor, addend;
        facet_normalise_affine(b, j, &factor, &addend);
        for (size_t i = 0; i < n; i++) {
            float *at = &values[i * b->width + j];
            *at = (float)(factor * (double)*at + addend);
        }
    }
}

void facet_normalise_backward(struct facet_normalise *b, size_t n, float *gradient)
{
    const size_t width = b->width;
    for (size_t j = 0; j < width; j++) {
        double sum = 0, along = 0; /* of the gradient, and of its product with the normalised */
        for (size_t i = 0; i < n; i++) {
            sum += (double)gradient[i * width + j];
            along += (double)gradient[i * width + j] * (double)b->normalised[i * width + j];
        }
        b->shift.gradient[j] = (float)sum;
        b->gain.gradient[j] = (float)along;
        const double factor = (double)b->gain.value[j] * (double)b->scale[j];
        for (size_t i = 0; i < n; i++) {
            float *at = &gradient[i * width + j];
            *at = (float)(factor *
                          ((double)*at -
                           (sum + along * (double)b->normalised[i * width + j]) / (double)n));
        }
    }
}
