/* PCA and Joint Bayesian of arrays from standard input to standard output, for comparison with
 * another implementation. Arrays are raw: float32 in, identities int32, results float64 but for
 * rows, which are float32.
 *
 *     model-driver pca N D K THREADS      x -> mean, components, variance, total, projected rows
 *     model-driver pca_products N D K THREADS      the same from mean and products (float64),
 * before x model-driver jb N D STEPS TOLERANCE RIDGE EXACT THREADS x, identity -> mean, between,
 * within, basis, ratio, ridge, steps, converged, changes, scores (N - 1) of rows i and i + 1,
 * prepared rows; seconds since the last step, one line a step, on standard error model-driver
 * jb_means .. the same from how many people there are (int32), their means and products (float64)
 * and numbers of images (int32), before x and identity
 */
#include "base/cpu.h"
#include "base/parse.h"
#include "model/joint_bayesian.h"
#include "model/pca.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *take_sized(size_t size, size_t count)
{
    void *values = facet_alloc(count, size, "input");
    if (values == NULL || fread(values, size, count, stdin) != count) exit(1);
    return values;
}

static void *take(size_t count)
{
    return take_sized(4, count); /* float and int32_t */
}

static void give(const void *values, size_t size, size_t count)
{
    if (fwrite(values, size, count, stdout) != count) exit(1);
}

static int principal(const double *a, int by_products)
{
    const size_t n = (size_t)a[0], d = (size_t)a[1], k = (size_t)a[2];
    const int threads = (int)a[3];
    double *mean = by_products ? take_sized(sizeof *mean, d) : NULL;
    double *products = by_products ? take_sized(sizeof *products, d * d) : NULL;
    float *x = take(n * d), *rows = facet_alloc(n, k * sizeof *rows, "rows");
    struct facet_pca *pca = NULL;
    int code = by_products ? facet_pca_fit_products(&pca, n, d, k, mean, products)
                           : facet_pca_fit(&pca, x, n, d, k, threads);
    if (code == FACET_OK) code = facet_pca_project(pca, x, n, threads, rows);
    if (code == FACET_OK) {
        give(pca->mean, sizeof(double), d);
        give(pca->components, sizeof(double), d * k);
        give(pca->variance, sizeof(double), k);
        give(&pca->total, sizeof(double), 1);
        give(rows, sizeof *rows, n * k);
    }
    facet_pca_free(&pca);
    free(mean);
    free(products);
    free(x);
    free(rows);
    return code;
}

static void tell(void *context, const struct facet_jb_step *step)
{
    double *last = context, now = facet_cpu_seconds();
    if (step->number > 1) fprintf(stderr, "%.4f\n", now - *last);
    *last = now;
}

static void give_jb(const struct facet_jb *jb, const float *rows, size_t n)
{
    const size_t d = jb->width;
    const double *arrays[] = {jb->mean, jb->between, jb->within, jb->basis, jb->ratio};
    const double numbers[] = {jb->ridge, jb->last.number, jb->converged, jb->last.between,
                              jb->last.within};
    for (int i = 0; i < 5; i++) give(arrays[i], sizeof(double), i % 4 == 0 ? d : d * d);
    give(numbers, sizeof(double), 5);
    for (size_t i = 0; i + 1 < n; i++) {
        double score = facet_jb_score(jb, rows + i * d, rows + (i + 1) * d);
        give(&score, sizeof score, 1);
    }
    give(rows, sizeof *rows, n * d);
}

/* What is known of people, before the rows; the rows aren't fitted. */
static int fit_means(struct facet_jb **jb, size_t d, const struct facet_jb_options *options)
{
    int32_t *people = take(1);
    const size_t count = (size_t)*people;
    double *means = take_sized(sizeof *means, count * d);
    double *products = take_sized(sizeof *products, d * d);
    uint32_t *images = take(count);
    int code = facet_jb_fit_means(jb, means, images, count, d, products, options);
    free(people);
    free(means);
    free(products);
    free(images);
    return code;
}

static int joint(const double *a, int by_means)
{
    const size_t n = (size_t)a[0], d = (size_t)a[1];
    double last = 0;
    struct facet_jb_options options = {.max_steps = (int)a[2],
                                       .tolerance = a[3],
                                       .ridge = a[4],
                                       .exact = (int)a[5],
                                       .threads = (int)a[6],
                                       .report = tell,
                                       .context = &last};
    struct facet_jb *jb = NULL;
    int code = by_means ? fit_means(&jb, d, &options) : FACET_OK;
    float *x = take(n * d);
    int32_t *identity = take(n);
    float *rows = facet_alloc(n, d * sizeof *rows, "rows");
    if (code == FACET_OK && !by_means) code = facet_jb_fit(&jb, x, n, d, identity, &options);
    if (code == FACET_OK) code = facet_jb_prepare(jb, x, n, options.threads, rows);
    if (code == FACET_OK) give_jb(jb, rows, n);
    facet_jb_free(&jb);
    free(x);
    free(identity);
    free(rows);
    return code;
}

int main(int argc, char **argv)
{
    double a[7] = {0};
    const char *what = argc > 1 ? argv[1] : "";
    const int products = strcmp(what, "pca_products") == 0, means = strcmp(what, "jb_means") == 0;
    const int pca = products || strcmp(what, "pca") == 0;
    int code = FACET_OK;
    if (argc != (pca ? 6 : 9) || (!pca && !means && strcmp(what, "jb") != 0)) {
        fprintf(stderr, "model-driver: see the head of driver.c\n");
        return 2;
    }
    for (int i = 2; code == FACET_OK && i < argc; i++)
        code = facet_parse_real("argument", argv[i], 0, 1e9, &a[i - 2]);
    if (code == FACET_OK) code = pca ? principal(a, products) : joint(a, means);
    if (code < 0) fprintf(stderr, "model-driver: %s\n", facet_error_message());
    return code < 0;
}
