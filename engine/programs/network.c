#include "programs/network.h"

#include "base/parse.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

int facet_which_option(struct facet_which *w, int option, const char *value)
{
    const struct {
        int option;
        const char **kept;
    } options[] = {{'m', &w->path},
                   {'L', &w->layers},
                   {FACET_WHICH_MATCHING, &w->matching},
                   {FACET_WHICH_PRESET, &w->preset},
                   {FACET_WHICH_MEAN, &w->mean},
                   {FACET_WHICH_SCALE, &w->scale},
                   {FACET_WHICH_ORDER, &w->order},
                   {FACET_WHICH_SIZE, &w->size}};
    for (size_t i = 0; i < sizeof options / sizeof *options; i++)
        if (options[i].option == option) {
            *options[i].kept = value;
            return 1;
        }
    return 0;
}

/* ---- opening ---- */

/* One number for all channels, or one for each. */
static int parse_channels(const char *what, const char *text, int channels, double *out)
{
    double numbers[3];
    size_t count = 0;
    if (text == NULL) return FACET_OK;
    int code = facet_parse_reals(what, text, -1e9, 1e9, 1, 3, numbers, &count);
    if (code == FACET_OK && count != 1 && count != (size_t)channels)
        code = facet_fail(FACET_EINVAL,
                          "%s: \"%s\": expected one number, or one for each of %d "
                          "channels",
                          what, text, channels);
    for (int c = 0; code == FACET_OK && c < channels; c++) out[c] = numbers[count == 1 ? 0 : c];
    return code;
}

static int read_preprocess(const struct facet_which *w, const struct facet_cli *cli,
                           struct facet_preprocess *p)
{
    const struct facet_acts_layer *image = facet_onnx_image(w->onnx);
    *p = (struct facet_preprocess){.channels = (int)image->dims[0],
                                   .height = (int)image->dims[1],
                                   .width = (int)image->dims[2]};
    int code = facet_preprocess_preset(p, w->preset != NULL ? w->preset : "raw");
    if (code == FACET_OK) code = parse_channels("--mean", w->mean, p->channels, p->mean);
    if (code == FACET_OK) code = parse_channels("--scale", w->scale, p->channels, p->scale);
    if (code == FACET_OK && w->order != NULL && strlen(w->order) < sizeof p->order)
        strcpy(p->order, w->order);
    if (code == FACET_OK) code = facet_preprocess_check(p, "--channel-order");
    if (code == FACET_OK && w->preset == NULL && w->mean == NULL && w->scale == NULL)
        facet_cli_say(cli,
                      "%s: takes values of 0 to 255; --preset, --mean and --scale say "
                      "otherwise",
                      w->path);
    return code;
}

static int open_onnx(struct facet_which *w, const struct facet_cli *cli, struct facet_preprocess *p)
{
    size_t size[2] = {0, 0}; /* as the file has it */
    int code = FACET_OK;
    if (w->size != NULL) code = facet_parse_extent("--input-size", w->size, 1, 4096, size);
    if (code == FACET_OK) code = facet_onnx_read(&w->onnx, w->path, size[1], size[0]);
    return code == FACET_OK ? read_preprocess(w, cli, p) : code;
}

int facet_which_open(struct facet_which *w, const struct facet_cli *cli, struct facet_preprocess *p)
{
    if (facet_onnx_is_name(w->path)) return open_onnx(w, cli, p);
    if (w->preset != NULL || w->mean != NULL || w->scale != NULL || w->order != NULL ||
        w->size != NULL)
        return facet_fail(
            FACET_EINVAL,
            "--preset, --mean, --scale, --channel-order and --input-size are for .onnx "
            "networks: %s says itself what it takes",
            w->path);
    int code = facet_model_read(&w->model, w->path);
    if (code == FACET_OK) *p = w->model->preprocess;
    return code == FACET_OK ? facet_net_new(&w->net, w->model) : code;
}

/* ---- layers ---- */

static size_t tensor_count(const struct facet_which *w)
{
    return w->onnx != NULL ? facet_onnx_tensor_count(w->onnx) : facet_net_tensor_count(w->net);
}

static const struct facet_acts_layer *tensor(const struct facet_which *w, size_t i)
{
    return w->onnx != NULL ? facet_onnx_tensor(w->onnx, i) : facet_net_tensor(w->net, i);
}

/* Adds a tensor that isn't there yet. */
static void take(struct facet_which *w, size_t i)
{
    for (size_t k = 0; k < w->count; k++)
        if (w->tensors[k] == i) return;
    w->shapes[w->count] = *tensor(w, i);
    w->tensors[w->count++] = i;
}

static int take_named(struct facet_which *w, const char *layers)
{
    char **names;
    size_t count, found;
    int code = facet_parse_list("--layers", layers, ',', &names, &count);
    if (code < 0) return code;
    for (size_t i = 0; code == FACET_OK && i < count; i++) {
        code = w->onnx != NULL ? facet_onnx_find(w->onnx, names[i], &found)
                               : facet_net_find(w->net, names[i], &found);
        if (code == FACET_OK) take(w, found);
    }
    free(names);
    return code;
}

static int take_matching(struct facet_which *w)
{
    const size_t before = w->count;
    for (size_t i = 0; i < tensor_count(w); i++)
        if (fnmatch(w->matching, tensor(w, i)->name, 0) == 0) take(w, i);
    if (w->count > before || before > 0) return FACET_OK;
    return facet_fail(FACET_EINVAL, "--layers-matching: no layer of %s is named like \"%s\"",
                      w->path, w->matching);
}

static int choose_layers(struct facet_which *w)
{
    int code = FACET_OK;
    w->tensors = facet_alloc(tensor_count(w), sizeof *w->tensors, "layers");
    w->shapes = facet_alloc(tensor_count(w), sizeof *w->shapes, "layers");
    if (w->tensors == NULL || w->shapes == NULL) return FACET_ENOMEM;
    if (w->layers != NULL)
        code = take_named(w, w->layers);
    else if (w->matching == NULL && w->onnx == NULL)
        code = take_named(w, "fc1,fc2,fc3,fc4");
    else
        for (size_t i = 0; w->matching == NULL && i < facet_onnx_output_count(w->onnx); i++)
            take(w, facet_onnx_output_tensor(w->onnx, i));
    return code == FACET_OK && w->matching != NULL ? take_matching(w) : code;
}

int facet_which_prepare(struct facet_which *w, const struct facet_kernels *kernels,
                        struct facet_compute *compute)
{
    int code = choose_layers(w);
    if (code < 0) return code;
    if (w->onnx != NULL) {
        code = facet_onnx_prepare(w->onnx, kernels, w->tensors, w->count);
        if (code == FACET_OK) facet_dump_onnx(w->onnx, w->shapes, w->count, compute);
        return code;
    }
    code = facet_net_prepare(w->net, kernels, w->tensors, w->count);
    facet_model_forget_weights(w->model);
    w->network = (struct facet_network){w->net, w->tensors, w->shapes, w->count};
    if (code == FACET_OK) facet_network_compute(&w->network, compute);
    return code;
}

void facet_which_describe(const struct facet_which *w, struct facet_acts_spec *spec)
{
    spec->model_sha256 = w->onnx != NULL ? facet_onnx_sha256(w->onnx) : w->model->sha256;
    spec->model_name = w->onnx != NULL ? facet_onnx_name(w->onnx) : w->model->name;
    spec->seed = w->onnx != NULL ? 0 : w->model->seed;
}

void facet_which_close(struct facet_which *w)
{
    facet_net_free(&w->net);
    facet_model_free(&w->model);
    facet_onnx_free(&w->onnx);
    free(w->tensors);
    free(w->shapes);
}
