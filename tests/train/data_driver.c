/* What training sees and finds in images, for comparison with another program; or how fast it
 * reads them.
 *
 *     data-driver features MODEL.h5 KERNELS THREADS BATCH MANIFEST.tsv OUT.raw
 *         the last fully connected layer of every image, (images, neurons) float32, by the way
 *         forward of training on images without augmentation; KERNELS "best": the fastest here
 *     data-driver --time MODEL.h5 THREADS BATCH MANIFEST.tsv SECONDS
 *         images per second, read, aligned (by resizing) and changed as training does by default
 */
#include "base/cpu.h"
#include "base/file.h"
#include "train/data.h"
#include "train/network.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int write_features(struct facet_network *net, const struct facet_data *data,
                          const char *path)
{
    const struct facet_branch *last = &net->branches[net->branch_count - 1];
    const size_t count = data->manifest->count;
    struct facet_file file;
    size_t *images = facet_alloc(count, sizeof *images, "images");
    int code = images == NULL ? FACET_ENOMEM : facet_file_begin(&file, path);
    for (size_t i = 0; images != NULL && i < count; i++) images[i] = i;
    for (size_t first = 0; first < count && code == FACET_OK; first += net->batch) {
        const size_t n = count - first < net->batch ? count - first : net->batch;
        code = facet_data_read(data, images + first, n, 0, net->input);
        if (code < 0) break;
        facet_network_forward(net, n, 1);
        for (size_t i = 0; i < n; i++)
            fwrite(last->feature + i * last->fc.padded, sizeof(float), last->fc.out, file.stream);
    }
    free(images);
    return code == FACET_OK ? facet_file_commit_lazily(&file) : code;
}

static int features(const struct facet_model *model, char **a)
{
    const struct facet_kernels *kernels = NULL;
    struct facet_network *net = NULL;
    struct facet_manifest *manifest = NULL;
    int code = facet_kernels_choose(strcmp(a[0], "best") == 0 ? NULL : a[0], &kernels);
    if (code == FACET_OK)
        code = facet_network_new(&net, model, (size_t)atol(a[2]), 2, 1, 0, kernels, atoi(a[1]));
    if (code == FACET_OK) code = facet_manifest_read(&manifest, a[3], NULL);
    if (code == FACET_OK) {
        const struct facet_data data = {.manifest = manifest,
                                        .preprocess = &model->preprocess,
                                        .augment = facet_augment_none(),
                                        .threads = atoi(a[1])};
        code = write_features(net, &data, a[4]);
    }
    facet_manifest_free(&manifest);
    facet_network_free(&net);
    return code;
}

static int measure(const struct facet_data *data, size_t batch, double seconds)
{
    const struct facet_preprocess *p = data->preprocess;
    const size_t values = (size_t)p->channels * (size_t)p->height * (size_t)p->width;
    size_t *images = facet_alloc(batch, sizeof *images, "images"), done = 0;
    float *input = facet_alloc(batch, values * sizeof *input, "input");
    int code = images == NULL || input == NULL ? FACET_ENOMEM : FACET_OK;
    const double begun = facet_cpu_seconds();
    while (code == FACET_OK && facet_cpu_seconds() - begun < seconds) {
        for (size_t i = 0; i < batch; i++)
            images[i] = (done + i) * 7919 % data->manifest->count; /* far from each other */
        code = facet_data_read(data, images, batch, done, input);
        done += batch;
    }
    if (code == FACET_OK) printf("%.1f\n", (double)done / (facet_cpu_seconds() - begun));
    free(images);
    free(input);
    return code;
}

static int time_reading(const struct facet_model *model, char **a)
{
    struct facet_manifest *manifest = NULL;
    struct facet_preprocess preprocess = model->preprocess;
    preprocess.align = FACET_ALIGN_RESIZE;
    int code = facet_manifest_read(&manifest, a[2], NULL);
    if (code == FACET_OK) {
        const struct facet_data data = {.manifest = manifest,
                                        .preprocess = &preprocess,
                                        .augment = facet_augment_default(),
                                        .seed = 1,
                                        .threads = atoi(a[0])};
        code = measure(&data, (size_t)atol(a[1]), atof(a[3]));
    }
    facet_manifest_free(&manifest);
    return code;
}

int main(int argc, char **argv)
{
    const int timing = argc == 7 && strcmp(argv[1], "--time") == 0;
    struct facet_model *model = NULL;
    if (!timing && (argc != 8 || strcmp(argv[1], "features") != 0)) return 2;
    int code = facet_model_read(&model, argv[2]);
    if (code == FACET_OK) code = timing ? time_reading(model, argv + 3) : features(model, argv + 3);
    if (code < 0) fprintf(stderr, "data-driver: %s\n", facet_error_message());
    facet_model_free(&model);
    return code < 0;
}
