#include "occlusion/measure.h"

#include "stats/selectivity.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { STRIP = 16 }; /* neurons that are gathered together */

static const char *const names[OCCLUSION_MEASURES] = {"state_kept", "correlation", "cosine"};

const char *occlusion_measure_name(enum occlusion_measure measure)
{
    return names[measure];
}

/* ---- two vectors ---- */

struct likeness {
    double of[OCCLUSION_MEASURES];
    double mean_x, squares_x0, differences; /* squares_x0: about the mean */
    size_t active;
};

/* Of x with x0, in two passes: exact zeros where a vector is constant. */
static void compare(const float *x, const float *x0, size_t n, double threshold,
                    struct likeness *out)
{
    double sum = 0, sum0 = 0, xx = 0, x0x0 = 0, xx0 = 0, cxx = 0, cx0x0 = 0, cxx0 = 0, dd = 0;
    size_t kept = 0, active = 0;
    for (size_t i = 0; i < n; i++) {
        const double a = (double)x[i], b = (double)x0[i];
        sum += a;
        sum0 += b;
        xx += a * a;
        x0x0 += b * b;
        xx0 += a * b;
        dd += (a - b) * (a - b);
        kept += (a > threshold) == (b > threshold);
        active += a > threshold;
    }
    const double mean = sum / (double)n, mean0 = sum0 / (double)n;
    for (size_t i = 0; i < n; i++) {
        const double a = (double)x[i] - mean, b = (double)x0[i] - mean0;
        cxx += a * a;
        cx0x0 += b * b;
        cxx0 += a * b;
    }
    *out =
        (struct likeness){.mean_x = mean, .squares_x0 = cx0x0, .differences = dd, .active = active};
    out->of[OCCLUSION_KEPT] = (double)kept / (double)n;
    out->of[OCCLUSION_CORRELATION] = cxx > 0 && cx0x0 > 0 ? cxx0 / sqrt(cxx * cx0x0) : NAN;
    out->of[OCCLUSION_COSINE] = xx > 0 && x0x0 > 0 ? xx0 / sqrt(xx * x0x0) : NAN;
}

/* ---- over neurons: a mean over images ---- */

enum { SUMS = 2 * OCCLUSION_MEASURES }; /* of each measure its sum and how many there are */

/* each (images, OCCLUSION_MEASURES) */
static void compare_images(const struct occlusion_faces *f, const float *x, double *each)
{
#pragma omp parallel for schedule(static) num_threads(f->threads)
    for (size_t i = 0; i < f->images; i++) {
        struct likeness l;
        compare(x + i * f->width, f->clean + i * f->width, f->width, f->threshold, &l);
        memcpy(each + i * OCCLUSION_MEASURES, l.of, sizeof l.of);
    }
}

/* sums (rows, SUMS) of the images, each added to the row that `row` says, or to the first. */
static void add_up(const double *each, size_t images, const uint32_t *row, double *sums)
{
    for (size_t i = 0; i < images; i++) {
        double *to = sums + (row != NULL ? row[i] : 0) * SUMS;
        for (int k = 0; k < OCCLUSION_MEASURES; k++) {
            const double value = each[i * OCCLUSION_MEASURES + (size_t)k];
            if (isnan(value)) continue;
            to[2 * k] += value;
            to[2 * k + 1]++;
        }
    }
}

static int find_intervals(const struct occlusion_faces *f, const double *each,
                          struct occlusion_measures *m)
{
    double *sums = facet_alloc(f->clusters, SUMS * sizeof *sums, "bootstrap");
    double *drawn = facet_alloc(f->replicates, SUMS * sizeof *drawn, "bootstrap");
    double *values = facet_alloc(f->replicates, sizeof *values, "bootstrap");
    int code = sums == NULL || drawn == NULL || values == NULL ? FACET_ENOMEM : FACET_OK;
    if (code == FACET_OK) add_up(each, f->images, f->cluster, sums);
    if (code == FACET_OK) code = facet_bootstrap_sums(f->bootstrap, sums, SUMS, drawn);
    for (int k = 0; code == FACET_OK && k < OCCLUSION_MEASURES; k++) {
        for (size_t r = 0; r < f->replicates; r++)
            values[r] = drawn[r * SUMS + 2 * (size_t)k] / drawn[r * SUMS + 2 * (size_t)k + 1];
        facet_bootstrap_interval(values, f->replicates, 0.95, &m->of[k].low, &m->of[k].high);
    }
    free(sums);
    free(drawn);
    free(values);
    return code;
}

static int measure_images(const struct occlusion_faces *f, const float *x,
                          struct occlusion_measures *m)
{
    double total[SUMS] = {0};
    double *each = facet_alloc(f->images, OCCLUSION_MEASURES * sizeof *each, "images");
    if (each == NULL) return FACET_ENOMEM;
    compare_images(f, x, each);
    add_up(each, f->images, NULL, total);
    for (int k = 0; k < OCCLUSION_MEASURES; k++) {
        m->of[k] = (struct facet_estimate){total[2 * k] / total[2 * k + 1], NAN, NAN};
        m->images[k] = (size_t)total[2 * k + 1];
    }
    int code = f->bootstrap != NULL ? find_intervals(f, each, m) : FACET_OK;
    free(each);
    return code;
}

/* ---- over images: every neuron ---- */

/* columns (STRIP, images): neurons j .. of x. */
static void gather(const float *x, const struct occlusion_faces *f, size_t j, size_t count,
                   float *columns)
{
    for (size_t i = 0; i < f->images; i++)
        for (size_t k = 0; k < count; k++) columns[k * f->images + i] = x[i * f->width + j + k];
}

static void measure_neuron(const struct occlusion_faces *f, const float *column, const float *clean,
                           size_t j, struct occlusion_measures *m)
{
    struct likeness l;
    struct facet_part own, others;
    struct occlusion_neuron *neuron = &m->neurons[j];
    compare(column, clean, f->images, f->threshold, &l);
    memcpy(neuron->of, l.of, sizeof l.of);
    neuron->mean = l.mean_x;
    neuron->active = (double)l.active / (double)f->images;
    neuron->change = l.squares_x0 > 0 ? sqrt(l.differences / l.squares_x0) : NAN;
    for (size_t p = 0; p < f->people_count; p++) {
        const struct occlusion_person *person = &f->people[p];
        facet_part_of(column, person->own, person->own_count, &own);
        facet_part_of(column, person->others, person->other_count, &others);
        m->mean[p * f->width + j] = own.mean;
        m->d_prime[p * f->width + j] = facet_d_prime(&own, &others);
    }
}

static int measure_neurons(const struct occlusion_faces *f, const float *x,
                           struct occlusion_measures *m)
{
    int failed = 0;
#pragma omp parallel num_threads(f->threads) reduction(| : failed)
    {
        float *columns = facet_alloc(f->images, 2 * STRIP * sizeof *columns, "neurons");
        failed = columns == NULL;
#pragma omp for schedule(dynamic)
        for (size_t j = 0; j < f->width; j += STRIP) {
            if (failed) continue;
            const size_t count = f->width - j < STRIP ? f->width - j : STRIP;
            float *clean = columns + STRIP * f->images;
            gather(x, f, j, count, columns);
            gather(f->clean, f, j, count, clean);
            for (size_t k = 0; k < count; k++)
                measure_neuron(f, columns + k * f->images, clean + k * f->images, j + k, m);
        }
        free(columns);
    }
    return failed ? facet_fail(FACET_ENOMEM, "no memory for neurons of %zu images", f->images)
                  : FACET_OK;
}

/* ---- all of it ---- */

int occlusion_measures_new(struct occlusion_measures *m, const struct occlusion_faces *f)
{
    *m = (struct occlusion_measures){0};
    if (!f->neurons) return FACET_OK;
    m->neurons = facet_alloc(f->width, sizeof *m->neurons, "neurons");
    m->mean = facet_alloc(f->people_count, f->width * sizeof *m->mean, "neurons");
    m->d_prime = facet_alloc(f->people_count, f->width * sizeof *m->d_prime, "neurons");
    if (m->neurons != NULL && m->mean != NULL && m->d_prime != NULL) return FACET_OK;
    occlusion_measures_free(m);
    return FACET_ENOMEM;
}

void occlusion_measures_free(struct occlusion_measures *m)
{
    free(m->neurons);
    free(m->mean);
    free(m->d_prime);
    *m = (struct occlusion_measures){0};
}

int occlusion_measure(const struct occlusion_faces *f, const float *x, struct occlusion_measures *m)
{
    int code = measure_images(f, x, m);
    return code == FACET_OK && f->neurons ? measure_neurons(f, x, m) : code;
}
