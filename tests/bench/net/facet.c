/* facet's part of the benchmark of forward passes: bench-net-facet MODEL.h5 KERNELS IMAGES.raw.
 *
 * KERNELS "best": the fastest set. Answers requests, see bench.py; each thread takes batches of its
 * own, as in facet-dump. Before the rate it prints, for each step of one thread, split by tabs:
 * name, how it is done, multiply-accumulates an image, the multiplications that are done, seconds
 * an image; after rate and sum, how many images were done. */
#include "base/cpu.h"
#include "base/parse.h"
#include "net/net.h"
#include "raw.h"

#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_TENSORS = 8 };

struct request {
    size_t tensors[MAX_TENSORS], count, batch;
    int threads;
    double seconds;
};

static void print_steps(const struct facet_run *run, double images)
{
    for (size_t i = 0; i < facet_run_step_count(run); i++) {
        const struct facet_run_step s = facet_run_step(run, i);
        printf("%s\t%s\t%.0f\t%.0f\t%.4g\n", s.name, s.way, s.macs, s.multiplications,
               s.seconds / images);
    }
}

/* One thread's passes until the time is over; returns how many images it has done. */
static double work(struct facet_run *run, size_t batch, const float *input, float *const *outputs,
                   double seconds)
{
    double images = 0, until = facet_cpu_seconds() + seconds;
    do {
        facet_run_forward(run, batch, input, outputs);
        images += (double)batch;
    } while (facet_cpu_seconds() < until);
    return images;
}

/* *first: the sum of what the first image gives. */
static int thread(const struct facet_net *net, const struct request *r, const float *input,
                  double *rate, double *first, double *all)
{
    struct facet_run *run = NULL;
    float *outputs[MAX_TENSORS] = {NULL};
    int code = facet_run_new(&run, net, r->tensors, r->count, r->batch);
    for (size_t i = 0; i < r->count && code == FACET_OK; i++) {
        const size_t neurons = facet_net_tensor(net, r->tensors[i])->neurons;
        outputs[i] = facet_alloc(r->batch * neurons, sizeof(float), "output");
        if (outputs[i] == NULL) code = FACET_ENOMEM;
    }
    if (code == FACET_OK) {
        double images = work(run, r->batch, input, outputs, 0), begun;
#pragma omp barrier
        begun = facet_cpu_seconds();
        const double done = work(run, r->batch, input, outputs, r->seconds);
        *rate = done / (facet_cpu_seconds() - begun);
        *all = done;
        if (omp_get_thread_num() == 0) {
            print_steps(run, images + done);
            for (size_t i = 0; i < r->count; i++)
                for (size_t k = 0; k < facet_net_tensor(net, r->tensors[i])->neurons; k++)
                    *first += (double)outputs[i][k];
        }
    }
    for (size_t i = 0; i < r->count; i++) free(outputs[i]);
    facet_run_free(&run);
    return code;
}

static int answer(struct facet_net *net, const struct facet_kernels *kernels,
                  const struct request *r, const float *input)
{
    double rate = 0, first = 0, images = 0;
    int failed = 0, code = facet_net_prepare(net, kernels, r->tensors, r->count);
    if (code < 0) return code;
#pragma omp parallel num_threads(r->threads) reduction(+ : rate, first, images, failed)
    failed += thread(net, r, input, &rate, &first, &images) < 0;
    printf("%.1f %.9g %.0f\n", rate, first, images);
    fflush(stdout);
    return failed ? FACET_ENOMEM : FACET_OK;
}

static int read_request(const struct facet_net *net, char *line, struct request *r)
{
    char names[256], **list = NULL;
    if (sscanf(line, "%255s %zu %d %lf", names, &r->batch, &r->threads, &r->seconds) != 4)
        return facet_fail(FACET_EINVAL, "no request: %s", line);
    int code = facet_parse_list("request", names, ',', &list, &r->count);
    if (code == FACET_OK && r->count > MAX_TENSORS) code = facet_fail(FACET_EINVAL, "too many");
    for (size_t i = 0; i < r->count && code == FACET_OK; i++)
        code = facet_net_find(net, list[i], &r->tensors[i]);
    free(list);
    return code;
}

int main(int argc, char **argv)
{
    const struct facet_kernels *kernels;
    struct facet_model *model = NULL;
    struct facet_net *net = NULL;
    struct request request;
    char line[512];
    if (argc != 4) return 2;
    float *images = read_all(argv[3]);
    int code = images != NULL ? FACET_OK : FACET_EIO;
    if (code == FACET_OK)
        code = facet_kernels_choose(strcmp(argv[2], "best") == 0 ? NULL : argv[2], &kernels);
    if (code == FACET_OK) code = facet_model_read(&model, argv[1]);
    if (code == FACET_OK) code = facet_net_new(&net, model);
    while (code == FACET_OK && fgets(line, sizeof line, stdin) != NULL) {
        code = read_request(net, line, &request);
        if (code == FACET_OK) code = answer(net, kernels, &request, images);
    }
    if (code < 0) fprintf(stderr, "bench-net-facet: %s\n", facet_error_message());
    facet_net_free(&net);
    facet_model_free(&model);
    free(images);
    return code < 0;
}
