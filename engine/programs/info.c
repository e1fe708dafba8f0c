/* facet-info: says what a model file, an .onnx file or an activation file holds. */
#include "base/cli.h"
#include "base/parse.h"
#include "base/progress.h"
#include "net/net.h"
#include "net/onnx/onnx.h"
#include "programs/layers.h"
#include "store/activations.h"
#include "store/h5.h"
#include "store/shipped.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { COLUMNS = 100, LABEL = 16 };

enum { INPUT_SIZE = 256 };

static const struct facet_option options[] = {
    {INPUT_SIZE, "input-size", "WxH",
     "size of the input in pixels, where an .onnx file leaves it open"},
    {0},
};

static const struct facet_program program = {
    .name = "facet-info",
    .summary = "says what a model file, an .onnx file or an activation file holds",
    .arguments = "FILE",
    .min_arguments = 1,
    .max_arguments = 1,
    .options = options,
    .example = "facet-info model.h5",
    .notes = "MACs are multiply-accumulates. Every layer's output carries its name, after ReLU "
             "where it has one; NAME_linear is the value before ReLU. An .onnx file's tensors are "
             "listed "
             "by the names that facet-dump writes them under (--layers takes the file's own too).",
    .see_also = "facet-model, facet-dump",
};

/* "label           text", wrapped at spaces where it doesn't fit. */
static void say(const char *label, const char *text)
{
    int room = COLUMNS - LABEL;
    printf("%-*s", LABEL, label);
    while (text != NULL && *text != '\0') {
        int length = (int)strcspn(text, "\n"), cut = length;
        if (length > room) {
            cut = room;
            while (cut > 0 && text[cut] != ' ') cut--;
            if (cut == 0) cut = (int)strcspn(text, " \n"); /* one long word */
        }
        printf("%.*s\n", cut, text);
        text += cut;
        while (*text == ' ' || *text == '\n') text++;
        if (*text != '\0') printf("%*s", LABEL, "");
    }
    if (text == NULL) putchar('\n');
}

static void say_size(const char *path)
{
    struct stat info;
    char text[32];
    if (stat(path, &info) != 0) return;
    say("size", facet_progress_bytes((double)info.st_size, text));
}

/* What an image goes through before the network sees it. */
static void say_preprocessing(const struct facet_preprocess *p)
{
    char text[512];
    snprintf(text, sizeof text, "%d x %d (height x width), %d channel%s (%s)", p->height, p->width,
             p->channels, p->channels > 1 ? "s" : "", p->order);
    say("input", text);
    if (p->align == FACET_ALIGN_CROP)
        snprintf(text, sizeof text, "rectangle of %g x %g pixels at x %g, y %g, %s", p->crop[2],
                 p->crop[3], p->crop[0], p->crop[1], p->resampler);
    else if (p->align == FACET_ALIGN_LANDMARKS)
        snprintf(
            text, sizeof text,
            "five landmarks, by a similarity to (x, y): eyes (%g, %g) (%g, %g), nose (%g, %g), "
            "mouth (%g, %g) (%g, %g), %s",
            p->points[0], p->points[1], p->points[2], p->points[3], p->points[4], p->points[5],
            p->points[6], p->points[7], p->points[8], p->points[9], p->resampler);
    else
        snprintf(text, sizeof text, "the whole image, %s", p->resampler);
    say("alignment", text);
    size_t used = 0;
    int alike = 1; /* then the first channel speaks for all */
    for (int c = 1; c < p->channels; c++)
        alike = alike && p->mean[c] == p->mean[0] && p->scale[c] == p->scale[0];
    for (int c = 0; c < (alike ? 1 : p->channels); c++)
        used += (size_t)snprintf(text + used, sizeof text - used, "%s(v - %g) * %.9g",
                                 c > 0 ? ", " : "", p->mean[c], p->scale[c]);
    say("values", text);
}

/* "rate 0.05, schedule cosine": the members of a JSON object, hashes left out; the caller frees. */
static char *members(json_t *object)
{
    char *text = facet_strdup("");
    const char *key;
    json_t *value;
    json_object_foreach(object, key, value)
    {
        const size_t length = strlen(key);
        if (length > 7 && strcmp(key + length - 7, "_sha256") == 0) continue;
        char *inner = json_is_object(value)
                          ? members(value)
                          : json_dumps(value, JSON_ENCODE_ANY | JSON_REAL_PRECISION(6));
        char *longer = text == NULL || inner == NULL
                           ? NULL
                           : facet_format(json_is_object(value) ? "%s%s%s (%s)" : "%s%s%s %s", text,
                                          text[0] != '\0' ? ", " : "", key, inner);
        free(inner);
        free(text);
        text = longer;
    }
    return text;
}

/* How it was trained: what facet-train noted. Any other text is shown as it is. */
static void say_training(const struct facet_model *model)
{
    json_t *training = model->training != NULL ? json_loads(model->training, 0, NULL) : NULL;
    json_t *validation = json_object_get(training, "validation");
    char text[256], duration[32];
    const char *layer;
    json_t *checked;
    if (!json_is_object(json_object_get(training, "settings"))) {
        say("training", model->training != NULL ? model->training : "none: random weights");
        json_decref(training);
        return;
    }
    snprintf(
        text, sizeof text,
        "%" JSON_INTEGER_FORMAT " people, %" JSON_INTEGER_FORMAT " images, %" JSON_INTEGER_FORMAT
        " steps, %s",
        json_integer_value(json_object_get(training, "people")),
        json_integer_value(json_object_get(training, "images")),
        json_integer_value(json_object_get(training, "steps")),
        facet_progress_time(json_number_value(json_object_get(training, "seconds")), duration));
    say("training", text);
    json_object_foreach(validation, layer, checked)
    {
        snprintf(text, sizeof text,
                 "%s: %.2f %% of held-out pairs by cosine, %.2f %% by Euclidean "
                 "distance; %.1f %% of its neurons active",
                 layer, 100 * json_number_value(json_object_get(checked, "cosine_accuracy")),
                 100 * json_number_value(json_object_get(checked, "euclidean_accuracy")),
                 100 * json_number_value(json_object_get(checked, "active_share")));
        say("", text);
    }
    char *settings = members(json_object_get(training, "settings"));
    if (settings != NULL) say("settings", settings);
    free(settings);
    json_decref(training);
}

static void say_model(const struct facet_net *net)
{
    const struct facet_model *model = facet_net_model(net);
    char text[256];
    snprintf(text, sizeof text, "%s: a model, %s", model->path, model->name);
    printf("%s\n\n", text);
    say_preprocessing(&model->preprocess);
    snprintf(text, sizeof text, "%" PRIu64, model->seed);
    say("seed", text);
    say_training(model);
    say("source", model->source);
    say("history", model->history);
    say_size(model->path);
    snprintf(text, sizeof text, "%s as float32",
             facet_progress_bytes(facet_net_weight_bytes(net), (char[32]){0}));
    say("weights", text);
    say("sha256", model->sha256);
    putchar('\n');
    facet_layers_print(net);
}

static int model_file(const char *path)
{
    struct facet_model *model = NULL;
    struct facet_net *net = NULL;
    int code = facet_model_read(&model, path);
    if (code == FACET_OK && strcmp(model->name, FACET_CHECKPOINT_NAME) == 0) {
        printf("%s: a checkpoint of a training, which facet-train --resume goes on with\n\n", path);
        say("history", model->history);
    } else {
        if (code == FACET_OK) code = facet_net_new(&net, model);
        if (code == FACET_OK) say_model(net);
    }
    facet_net_free(&net);
    facet_model_free(&model);
    return code;
}

static void say_count(const char *label, const char *format, size_t count)
{
    char text[64];
    snprintf(text, sizeof text, format, count);
    say(label, text);
}

/* ---- .onnx ---- */

/* A line a node that runs for every image, and one with the sums. */
static void print_onnx_layers(const struct facet_onnx *onnx)
{
    size_t weights = 0;
    double macs = 0;
    printf("%-32s %-20s %-14s %10s %12s  %s\n", "layer", "operator", "output", "weights",
           "MACs/image", "inputs");
    for (size_t i = 0; i < facet_onnx_layer_count(onnx); i++) {
        const struct facet_onnx_layer layer = facet_onnx_layer(onnx, i);
        char inputs[FACET_LAYERS_TEXT], shape[FACET_LAYERS_TEXT];
        facet_onnx_layer_inputs(onnx, i, inputs, sizeof inputs);
        printf("%-32s %-20s %-14s %10zu %12.0f  %s\n", layer.name, layer.kind,
               facet_layers_shape(facet_onnx_tensor(onnx, layer.tensor), shape), layer.weights,
               layer.macs, inputs);
        weights += layer.weights;
        macs += layer.macs;
    }
    printf("%-32s %-20s %-14s %10zu %12.0f\n", "all", "", "", weights, macs);
}

static int onnx_file(const char *path, size_t height, size_t width)
{
    struct facet_onnx *onnx = NULL;
    char text[256], shape[FACET_LAYERS_TEXT];
    int code = facet_onnx_read(&onnx, path, height, width);
    if (code < 0) return code;
    const struct facet_acts_layer *image = facet_onnx_image(onnx);
    printf("%s: an ONNX network, %s\n\n", path, facet_onnx_name(onnx));
    snprintf(text, sizeof text, "%s: %zu x %zu (height x width), %zu channel%s", image->name,
             image->dims[1], image->dims[2], image->dims[0], image->dims[0] > 1 ? "s" : "");
    say("input", text);
    for (size_t i = 0; i < facet_onnx_output_count(onnx); i++) {
        const struct facet_acts_layer *out =
            facet_onnx_tensor(onnx, facet_onnx_output_tensor(onnx, i));
        snprintf(text, sizeof text, "%s: %s", out->name, facet_layers_shape(out, shape));
        say(i == 0 ? "outputs" : "", text);
    }
    say("producer", facet_onnx_producer(onnx));
    say_count("opset", "%zu", (size_t)facet_onnx_opset(onnx));
    say_size(path);
    say("sha256", facet_onnx_sha256(onnx));
    putchar('\n');
    print_onnx_layers(onnx);
    facet_onnx_free(&onnx);
    return FACET_OK;
}

static void say_property(struct facet_acts *acts, const char *label, const char *name)
{
    const char *value = facet_acts_property(acts, name);
    if (value != NULL) say(label, value);
}

/* The names that `name` gives for 0 .. count - 1, joined by commas. */
static int say_names(const char *label, const struct facet_acts *acts, size_t count,
                     const char *(*name)(const struct facet_acts *, size_t))
{
    char *text = facet_strdup(count > 0 ? name(acts, 0) : "none");
    for (size_t i = 1; i < count && text != NULL; i++) {
        char *longer = facet_format("%s, %s", text, name(acts, i));
        free(text);
        text = longer;
    }
    if (text == NULL) return FACET_ENOMEM;
    say(label, text);
    free(text);
    return FACET_OK;
}

static void say_layers(const struct facet_acts *acts)
{
    printf("\n%-20s %-20s %12s\n", "layer", "shape", "neurons");
    for (size_t i = 0; i < facet_acts_layer_count(acts); i++) {
        const struct facet_acts_layer *layer = facet_acts_layer(acts, i);
        char shape[FACET_LAYERS_TEXT];
        printf("%-20s %-20s %12zu\n", layer->name, facet_layers_shape(layer, shape),
               layer->neurons);
    }
}

static int say_activations(struct facet_acts *acts, const struct facet_preprocess *preprocess)
{
    size_t missing, identities;
    const char *path = facet_acts_path(acts);
    facet_acts_missing(acts, &missing);
    facet_acts_identities(acts, &identities);
    printf("%s: activations\n\n", path);
    say_count("images", missing > 0 ? "%zu, some of them missing" : "%zu", facet_acts_images(acts));
    if (missing > 0) say_count("missing", "%zu (rows of NaN)", missing);
    say_count("identities", "%zu", identities);
    int code =
        say_names("attributes", acts, facet_acts_attribute_count(acts), facet_acts_attribute_name);
    if (code == FACET_OK)
        code = say_names("views", acts, facet_acts_view_count(acts), facet_acts_view);
    if (code < 0) return code;
    say_preprocessing(preprocess);
    say_property(acts, "model", "model_name");
    say_property(acts, "definition", "model_definition");
    say_property(acts, "model sha256", "model_sha256");
    say_property(acts, "images sha256", "manifest_sha256");
    say_property(acts, "occlusion", "occlusion");
    say_property(acts, "kernels", "kernels");
    say_property(acts, "source", "source");
    say_property(acts, "history", "history");
    say_size(path);
    say_layers(acts);
    return FACET_OK;
}

static int activation_file(const char *path, const struct facet_preprocess *preprocess)
{
    struct facet_acts *acts = NULL;
    char hex[FACET_HASH_SIZE];
    int code = facet_acts_open(&acts, path);
    if (code == FACET_OK) code = say_activations(acts, preprocess);
    facet_acts_free(&acts);
    if (code == FACET_OK) code = facet_hash_file(path, hex);
    if (code == FACET_OK) printf("\n%-*s%s\n", LABEL, "sha256", hex);
    return code;
}

/* Finds out by its Conventions what a file is. */
static int any_file(const char *path)
{
    hid_t file = H5I_INVALID_HID;
    char *conventions = NULL;
    struct facet_preprocess preprocess;
    int code = facet_h5_open(path, H5F_ACC_RDONLY, &file);
    if (code < 0) return code;
    if (H5Aexists(file, "Conventions") <= 0 ||
        facet_h5_read_text(file, "Conventions", path, &conventions) < 0)
        code = facet_fail(FACET_EFORMAT, "%s: is HDF5, but neither a model nor an activation file",
                          path);
    int is_model = conventions != NULL && strncmp(conventions, "facet-model", 11) == 0;
    if (code == FACET_OK && !is_model) code = facet_preprocess_read(&preprocess, file, path);
    H5Fclose(file);
    free(conventions);
    if (code < 0) return code;
    return is_model ? model_file(path) : activation_file(path, &preprocess);
}

/* A file, or the network of that name that comes with facet. */
static int named(const char *name, const size_t size[2])
{
    char *shipped = NULL;
    if (facet_onnx_is_name(name)) return onnx_file(name, size[1], size[0]);
    int found = access(name, F_OK) == 0 ? 0 : facet_shipped_find(name, &shipped);
    int code = found < 0 ? found : any_file(found > 0 ? shipped : name);
    free(shipped);
    return code;
}

int main(int argc, char **argv)
{
    struct facet_cli cli;
    size_t size[2] = {0, 0};
    int option;
    facet_cli_begin(&cli, &program, argc, argv);
    while ((option = facet_cli_next(&cli)) > 0)
        if (facet_parse_extent("--input-size", cli.value, 1, 4096, size) < 0)
            return facet_cli_misuse(&cli, "%s", facet_error_message());
    if (option < 0) return cli.status;
    return named(cli.arguments[0], size) < 0 ? facet_cli_failure(&cli) : facet_cli_success(&cli);
}
