/* Runs a model on raw float32 images and writes every tensor as raw float32, for comparison with
 * another implementation.
 *
 *     net-driver MODEL.h5 KERNELS IMAGES.raw COUNT FOLDER       FOLDER/TENSOR.raw (COUNT, shape)
 */
#include "base/parse.h"
#include "net/net.h"
#include "raw.h"

#include <stdio.h>
#include <stdlib.h>

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

int main(int argc, char **argv)
{
    const struct facet_kernels *kernels = NULL;
    struct facet_model *model = NULL;
    struct facet_net *net = NULL;
    int64_t count = 0;
    if (argc != 6) {
        fprintf(stderr, "net-driver: see the head of driver.c\n");
        return 2;
    }
    int code = facet_kernels_choose(argv[2], &kernels);
    if (code == FACET_OK) code = facet_parse_int("COUNT", argv[4], 1, 100000, &count);
    if (code == FACET_OK) code = facet_model_read(&model, argv[1]);
    if (code == FACET_OK) code = facet_net_new(&net, model);
    if (code == FACET_OK) code = dump(net, kernels, argv[3], (size_t)count, argv[5]);
    if (code < 0) fprintf(stderr, "net-driver: %s\n", facet_error_message());
    facet_net_free(&net);
    facet_model_free(&model);
    return code < 0;
}
