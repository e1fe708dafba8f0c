/* Runs a model on raw float32 images and writes every tensor as raw float32, for comparison with
 * another implementation; or, with --time, measures.
 *
 *     net-driver MODEL.h5 KERNELS IMAGES.raw COUNT FOLDER       FOLDER/TENSOR.raw (COUNT, shape)
 *     net-driver --time MODEL.h5 KERNELS TENSORS BATCH THREADS SECONDS
 *         prints a line for each step of one thread, split by tabs: name, how it is done,
 *         multiply-accumulates an image, the multiplications that are done, seconds an image; in
 * the end images per second of wall time, and per second of processor time of all threads
 */
#include "base/cpu.h"
#include "base/file.h"
#include "base/parse.h"
#include "net/net.h"

#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static int write_raw(const char *folder, const char *name, const float *values, size_t count)
{
    struct facet_file file;
    char *path = facet_format("%s/%s.raw", folder, name);
    int code = path == NULL ? FACET_ENOMEM : facet_file_begin(&file, path);
    free(path);
    if (code < 0) return code;
    fwrite(values, sizeof *values, count, file.stream);
    return facet_file_commit(&file);
}

static int read_raw(const char *path, float *values, size_t count)
{
    FILE *file = fopen(path, "rb");
    size_t got = file != NULL ? fread(values, sizeof *values, count, file) : 0;
    if (file != NULL) fclose(file);
    return got == count ? FACET_OK
                        : facet_fail(FACET_EIO, "%s: %zu values, expected %zu", path, got, count);
}

static size_t input_size(const struct facet_net *net)
{
    const struct facet_preprocess *p = &facet_net_model(net)->preprocess;
    return (size_t)p->channels * (size_t)p->height * (size_t)p->width;
}

static int dump(struct facet_net *net, const struct facet_kernels *kernels, const char *images,
                size_t count, const char *folder)
{
    size_t tensors = facet_net_tensor_count(net);
    struct facet_run *run = NULL;
    size_t *list = facet_alloc(tensors, sizeof *list, "tensors");
    float **outputs = facet_alloc(tensors, sizeof *outputs, "outputs");
    float *input = facet_alloc(count * input_size(net), sizeof *input, "images");
    int code = list == NULL || outputs == NULL || input == NULL ? FACET_ENOMEM : FACET_OK;
    for (size_t i = 0; code == FACET_OK && i < tensors; i++) {
        list[i] = i;
        outputs[i] =
            facet_alloc(count * facet_net_tensor(net, i)->neurons, sizeof(float), "output");
        if (outputs[i] == NULL) code = FACET_ENOMEM;
    }
    if (code == FACET_OK) code = read_raw(images, input, count * input_size(net));
    if (code == FACET_OK) code = facet_net_prepare(net, kernels, list, tensors);
    if (code == FACET_OK) code = facet_run_new(&run, net, list, tensors, count);
    if (code == FACET_OK) facet_run_forward(run, count, input, outputs);
    for (size_t i = 0; code == FACET_OK && i < tensors; i++) {
        const struct facet_acts_layer *tensor = facet_net_tensor(net, i);
        code = write_raw(folder, tensor->name, outputs[i], count * tensor->neurons);
    }
    facet_run_free(&run);
    for (size_t i = 0; outputs != NULL && i < tensors; i++) free(outputs[i]);
    free(outputs);
    free(list);
    free(input);
    return code;
}

/* Forward passes of one thread until the time is over; returns how many images it has done. */
static double work(struct facet_run *run, size_t batch, const float *input, float *const *outputs,
                   double seconds)
{
    double images = 0, until = facet_cpu_seconds() + seconds;
    while (facet_cpu_seconds() < until) {
        facet_run_forward(run, batch, input, outputs);
        images += (double)batch;
    }
    return images;
}

static void print_steps(const struct facet_run *run, double images)
{
    for (size_t i = 0; i < facet_run_step_count(run); i++) {
        const struct facet_run_step s = facet_run_step(run, i);
        printf("%s\t%s\t%.0f\t%.0f\t%.4g\n", s.name, s.way, s.macs, s.multiplications,
               s.seconds / images);
    }
}

static int measure(struct facet_net *net, const struct facet_kernels *kernels, const char *names,
                   size_t batch, int threads, double seconds)
{
    char **list = NULL;
    size_t count = 0, tensors[16];
    double rate = 0, images = 0;
    clock_t processor = 0;
    int failed = 0, code = facet_parse_list("tensors", names, ',', &list, &count);
    for (size_t i = 0; code == FACET_OK && i < count && i < 16; i++)
        code = facet_net_find(net, list[i], &tensors[i]);
    free(list);
    if (code == FACET_OK) code = facet_net_prepare(net, kernels, tensors, count);
    if (code < 0) return code;
#pragma omp parallel num_threads(threads) reduction(+ : rate, images, failed)
    {
        struct facet_run *run = NULL;
        float *outputs[16] = {NULL};
        float *input = facet_alloc(batch * input_size(net), sizeof *input, "images");
        for (size_t i = 0; i < count; i++)
            outputs[i] =
                facet_alloc(batch * facet_net_tensor(net, tensors[i])->neurons, sizeof(float), "o");
        failed += facet_run_new(&run, net, tensors, count, batch) < 0;
        for (size_t i = 0; i < batch * input_size(net); i++)
            input[i] = (float)((i * 2654435761u) % 2048) / 1024.0f - 1;
        double warm = work(run, batch, input, outputs, seconds / 4);
#pragma omp barrier
        double begun = facet_cpu_seconds(), done = 0;
#pragma omp single
        processor = clock();
        done = work(run, batch, input, outputs, seconds);
        rate += done / (facet_cpu_seconds() - begun);
        images += done;
#pragma omp barrier
        if (omp_get_thread_num() == 0) print_steps(run, warm + done);
        for (size_t i = 0; i < count; i++) free(outputs[i]);
        free(input);
        facet_run_free(&run);
    }
    printf("%.1f %.1f\n", rate, images / ((double)(clock() - processor) / CLOCKS_PER_SEC));
    return failed ? FACET_ENOMEM : FACET_OK;
}

int main(int argc, char **argv)
{
    int timed = argc > 1 && strcmp(argv[1], "--time") == 0;
    char **a = argv + timed;
    if (argc != 6 + 2 * timed) {
        fprintf(stderr, "net-driver: see the head of driver.c\n");
        return 2;
    }
    const struct facet_kernels *kernels = NULL;
    struct facet_model *model = NULL;
    struct facet_net *net = NULL;
    int64_t count = 0, threads = 1;
    double seconds = 0;
    int code = facet_kernels_choose(a[2], &kernels);
    if (code == FACET_OK) code = facet_parse_int("COUNT", a[4], 1, 100000, &count);
    if (code == FACET_OK && timed) code = facet_parse_int("THREADS", a[5], 1, 1024, &threads);
    if (code == FACET_OK && timed) code = facet_parse_real("SECONDS", a[6], 0.01, 600, &seconds);
    if (code == FACET_OK) code = facet_model_read(&model, a[1]);
    if (code == FACET_OK) code = facet_net_new(&net, model);
    if (code == FACET_OK)
        code = timed ? measure(net, kernels, a[3], (size_t)count, (int)threads, seconds)
                     : dump(net, kernels, a[3], (size_t)count, a[5]);
    if (code < 0) fprintf(stderr, "net-driver: %s\n", facet_error_message());
    facet_net_free(&net);
    facet_model_free(&model);
    return code < 0;
}
