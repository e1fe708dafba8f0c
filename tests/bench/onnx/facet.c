/* facet's part of the benchmark of .onnx networks: bench_onnx_facet KERNELS IMAGES.raw NAME=MODEL..
 *
 * KERNELS "best": the fastest set. Answers requests, see peers.py; each thread takes batches of its
 * own, as in facet-dump. Before the rate it prints, for each step of one thread, split by tabs:
 * name, how it is done, multiply-accumulates an image, the multiplications that are done, seconds
 * an image. */
#include "base/cpu.h"
#include "net/onnx/onnx.h"
#include "raw.h"

#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct request {
    size_t output, batch;
    int threads;
    double seconds;
};

static double work(struct facet_onnx_run *run, size_t batch, const float *input,
                   float *const *outputs, double seconds)
{
    double images = 0, until = facet_cpu_seconds() + seconds;
    do {
        facet_onnx_run_forward(run, batch, input, outputs);
        images += (double)batch;
    } while (facet_cpu_seconds() < until);
    return images;
}

static void print_steps(const struct facet_onnx_run *run, double images)
{
    for (size_t i = 0; i < facet_onnx_run_step_count(run); i++) {
        const struct facet_run_step s = facet_onnx_run_step(run, i);
        printf("%s\t%s\t%.0f\t%.0f\t%.4g\n", s.name, s.way, s.macs, s.multiplications,
               s.seconds / images);
    }
}

/* *first: the sum of what the first image gives. */
static int thread(const struct facet_onnx *onnx, const struct request *r, const float *input,
                  double *rate, double *first)
{
    struct facet_onnx_run *run = NULL;
    const size_t neurons = facet_onnx_tensor(onnx, r->output)->neurons;
    float *output = facet_alloc(r->batch * neurons, sizeof *output, "output");
    int code = output == NULL ? FACET_ENOMEM : facet_onnx_run_new(&run, onnx, r->batch);
    if (code == FACET_OK) {
        const double before = work(run, r->batch, input, &output, 0);
#pragma omp barrier
        const double begun = facet_cpu_seconds();
        const double done = work(run, r->batch, input, &output, r->seconds);
        *rate = done / (facet_cpu_seconds() - begun);
        if (omp_get_thread_num() == 0) {
            print_steps(run, before + done);
            for (size_t k = 0; k < neurons; k++) *first += (double)output[k];
        }
    }
    free(output);
    facet_onnx_run_free(&run);
    return code;
}

static int answer(const char *line, const struct facet_kernels *kernels, int count,
                  char *const *models, const float *input)
{
    struct facet_onnx *onnx = NULL;
    struct request r;
    char name[64];
    double rate = 0, first = 0;
    int at = 0, failed = 0;
    if (sscanf(line, "%63s %zu %d %lf", name, &r.batch, &r.threads, &r.seconds) != 4)
        return facet_fail(FACET_EINVAL, "no request: %s", line);
    const size_t length = strlen(name);
    while (at < count && (strncmp(models[at], name, length) != 0 || models[at][length] != '='))
        at++;
    if (at == count) return facet_fail(FACET_EINVAL, "no model is named %s", name);
    int code = facet_onnx_read(&onnx, models[at] + length + 1, 0, 0);
    if (code == FACET_OK) {
        r.output = facet_onnx_output_tensor(onnx, 0);
        code = facet_onnx_prepare(onnx, kernels, &r.output, 1);
    }
    if (code == FACET_OK) {
#pragma omp parallel num_threads(r.threads) reduction(+ : rate, first, failed)
        failed += thread(onnx, &r, input, &rate, &first) < 0;
        printf("%.1f %.9g\n", rate, first);
        fflush(stdout);
    }
    facet_onnx_free(&onnx);
    return failed ? FACET_ENOMEM : code;
}

int main(int argc, char **argv)
{
    const struct facet_kernels *kernels = NULL;
    char line[512];
    if (argc < 4) return 2;
    float *images = read_all(argv[2]);
    int code = images != NULL ? FACET_OK : FACET_EIO;
    if (code == FACET_OK)
        code = facet_kernels_choose(strcmp(argv[1], "best") == 0 ? NULL : argv[1], &kernels);
    while (code == FACET_OK && fgets(line, sizeof line, stdin) != NULL)
        code = answer(line, kernels, argc - 3, argv + 3, images);
    if (code < 0) fprintf(stderr, "bench_onnx_facet: %s\n", facet_error_message());
    free(images);
    return code < 0;
}
