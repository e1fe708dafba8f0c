/* Runs an .onnx network on raw float32 images and writes tensors as raw float32, for comparison
 * with another implementation.
 *
 *     onnx-driver MODEL.onnx KERNELS IMAGES.raw COUNT AT-ONCE FOLDER [TENSOR..]
 *
 * FOLDER/LABEL.raw has (COUNT, shape); without names, of every tensor. AT-ONCE: images a run takes
 * at a time. KERNELS may be "best". */
#include "base/parse.h"
#include "net/onnx/onnx.h"
#include "raw.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct job {
    struct facet_onnx *onnx;
    size_t count, at_once, tensor_count;
    size_t *tensors;
    float *input, **outputs;
};

static int read_images(struct job *job, const char *path)
{
    const size_t count = job->count * facet_onnx_image(job->onnx)->neurons;
    job->input = facet_alloc(count, sizeof *job->input, "images");
    if (job->input == NULL) return FACET_ENOMEM;
    return read_raw(path, job->input, count);
}

static int choose_tensors(struct job *job, char *const *names, size_t name_count)
{
    job->tensor_count = name_count > 0 ? name_count : facet_onnx_tensor_count(job->onnx);
    job->tensors = facet_alloc(job->tensor_count, sizeof *job->tensors, "tensors");
    job->outputs = facet_alloc(job->tensor_count, sizeof *job->outputs, "outputs");
    int code = job->tensors == NULL || job->outputs == NULL ? FACET_ENOMEM : FACET_OK;
    for (size_t i = 0; code == FACET_OK && i < job->tensor_count; i++) {
        job->tensors[i] = i;
        if (name_count > 0) code = facet_onnx_find(job->onnx, names[i], &job->tensors[i]);
        if (code < 0) break;
        const size_t neurons = facet_onnx_tensor(job->onnx, job->tensors[i])->neurons;
        job->outputs[i] = facet_alloc(job->count * neurons, sizeof(float), "output");
        if (job->outputs[i] == NULL) code = FACET_ENOMEM;
    }
    return code;
}

static int run(struct job *job, const char *kernel_name, const char *folder)
{
    const struct facet_kernels *kernels = NULL;
    struct facet_onnx_run *run = NULL;
    int code =
        facet_kernels_choose(strcmp(kernel_name, "best") == 0 ? NULL : kernel_name, &kernels);
    if (code == FACET_OK)
        code = facet_onnx_prepare(job->onnx, kernels, job->tensors, job->tensor_count);
    if (code == FACET_OK) code = facet_onnx_run_new(&run, job->onnx, job->at_once);
    if (code == FACET_OK) facet_onnx_run_forward(run, job->count, job->input, job->outputs);
    for (size_t i = 0; code == FACET_OK && i < job->tensor_count; i++) {
        const struct facet_acts_layer *tensor = facet_onnx_tensor(job->onnx, job->tensors[i]);
        code = write_raw(folder, tensor->name, job->outputs[i], job->count * tensor->neurons);
    }
    facet_onnx_run_free(&run);
    return code;
}

int main(int argc, char **argv)
{
    struct job job = {0};
    if (argc < 7) {
        fprintf(stderr, "onnx-driver: see the head of driver.c\n");
        return 2;
    }
    int code = facet_parse_size("COUNT", argv[4], 1, 100000, &job.count);
    if (code == FACET_OK) code = facet_parse_size("AT-ONCE", argv[5], 1, 100000, &job.at_once);
    if (code == FACET_OK) code = facet_onnx_read(&job.onnx, argv[1], 0, 0);
    if (code == FACET_OK) code = read_images(&job, argv[3]);
    if (code == FACET_OK) code = choose_tensors(&job, argv + 7, (size_t)(argc - 7));
    if (code == FACET_OK) code = run(&job, argv[2], argv[6]);
    if (code < 0) fprintf(stderr, "onnx-driver: %s\n", facet_error_message());
    for (size_t i = 0; job.outputs != NULL && i < job.tensor_count; i++) free(job.outputs[i]);
    free(job.outputs);
    free(job.tensors);
    free(job.input);
    facet_onnx_free(&job.onnx);
    return code < 0;
}
