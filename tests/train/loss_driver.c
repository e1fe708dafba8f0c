/* Losses of arrays from standard input to standard output, for comparison with another
 * implementation. Arrays are raw: float32, labels int32, results float64 first.
 *
 *     loss-driver identification N CLASSES STRIDE WEIGHT   logits, labels -> loss, correct, logits
 *     loss-driver verification N WIDTH MARGIN WEIGHT       features, labels, gradient -> loss,
 *         genuine, impostor, genuine pairs, impostor pairs, violating, gradient, distances
 *     loss-driver --time N WIDTH CLASSES                   milliseconds of each, on one thread
 */
#include "base/cpu.h"
#include "base/parse.h"
#include "train/loss.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *take(size_t count)
{
    void *values = facet_alloc(count, 4, "input"); /* float and int32_t have 4 bytes */
    if (values == NULL || fread(values, 4, count, stdin) != count) exit(1);
    return values;
}

static void give(const void *values, size_t size, size_t count)
{
    if (fwrite(values, size, count, stdout) != count) exit(1);
}

static int identification(size_t n, size_t classes, size_t stride, double weight)
{
    float *logits = take(n * stride);
    int32_t *labels = take(n);
    size_t correct = 0;
    double loss = facet_loss_identification(n, classes, stride, logits, labels, weight, &correct);
    give((double[2]){loss, (double)correct}, sizeof(double), 2);
    give(logits, sizeof *logits, n * stride);
    free(logits);
    free(labels);
    return FACET_OK;
}

static int verification(size_t n, size_t width, double margin, double weight)
{
    float *features = take(n * width);
    int32_t *labels = take(n);
    float *gradient = take(n * width);
    float *distances = facet_alloc(n * (n - 1) / 2, sizeof *distances, "distances");
    struct facet_verification v;
    int code = facet_loss_verification(n, width, features, labels, margin, weight, gradient,
                                       distances, &v);
    if (code == FACET_OK) {
        give((double[6]){v.loss, v.genuine, v.impostor, (double)v.genuine_pairs,
                         (double)v.impostor_pairs, (double)v.violating},
             sizeof(double), 6);
        give(gradient, sizeof *gradient, n * width);
        give(distances, sizeof *distances, n * (n - 1) / 2);
    }
    free(features);
    free(labels);
    free(gradient);
    free(distances);
    return code;
}

static int measure(size_t n, size_t width, size_t classes)
{
    enum { TIMES = 10 };
    float *logits = facet_alloc(n * classes, sizeof *logits, "logits");
    float *features = facet_alloc(n * width, sizeof *features, "features");
    float *gradient = facet_alloc(n * width, sizeof *gradient, "gradient");
    int32_t *labels = facet_alloc(n, sizeof *labels, "labels");
    size_t correct;
    struct facet_verification v;
    double seconds[2] = {0, 0}, begun;
    for (size_t t = 0; t < TIMES; t++) {
        for (size_t i = 0; i < n; i++) labels[i] = (int32_t)(i / 2 % classes);
        for (size_t i = 0; i < n * width; i++) features[i] = (float)(i * 2654435761u % 2048) / 2048;
        for (size_t i = 0; i < n * classes; i++) logits[i] = (float)(i * 2654435761u % 2048) / 256;
        begun = facet_cpu_seconds();
        facet_loss_identification(n, classes, classes, logits, labels, 1, &correct);
        seconds[0] += facet_cpu_seconds() - begun;
        begun = facet_cpu_seconds();
        facet_loss_verification(n, width, features, labels, 1e6, 1, gradient, NULL, &v);
        seconds[1] += facet_cpu_seconds() - begun;
    }
    printf("identification %.2f ms, verification %.2f ms\n", 1e3 * seconds[0] / TIMES,
           1e3 * seconds[1] / TIMES);
    free(logits);
    free(features);
    free(gradient);
    free(labels);
    return FACET_OK;
}

int main(int argc, char **argv)
{
    int64_t a[3] = {0};
    double b[2] = {0};
    int timed = argc == 5 && strcmp(argv[1], "--time") == 0;
    int first = argc == 6 && strcmp(argv[1], "identification") == 0;
    if (argc != 6 && !timed) {
        fprintf(stderr, "loss-driver: see the head of loss_driver.c\n");
        return 2;
    }
    int code = FACET_OK;
    for (int i = 0; code == FACET_OK && i < 2 + (first || timed); i++)
        code = facet_parse_int("size", argv[2 + i], 1, 1000000, &a[i]);
    for (int i = 0; code == FACET_OK && !timed && i < 2 - first; i++)
        code = facet_parse_real("number", argv[4 + first + i], -1e30, 1e30, &b[i]);
    size_t n = (size_t)a[0], width = (size_t)a[1], third = (size_t)a[2];
    if (code == FACET_OK)
        code = timed   ? measure(n, width, third)
               : first ? identification(n, width, third, b[0])
                       : verification(n, width, b[0], b[1]);
    if (code < 0) fprintf(stderr, "loss-driver: %s\n", facet_error_message());
    return code < 0;
}
