/* facet-model: makes a network, lists its layers, exports its weights. */
#include "base/cli.h"
#include "base/file.h"
#include "base/parse.h"
#include "base/progress.h"
#include "base/table.h"
#include "net/deepid2plus.h"
#include "net/net.h"
#include "programs/layers.h"
#include "programs/npy.h"
#include "store/shipped.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* ---- facet-model create ---- */

enum { ARCH = 256, INPUT, CHANNELS, MAPS, WIDTH, FC4_INPUT, SEED, HALF, LAYER, PRECISION };

static const struct facet_option create_options[] = {
    {ARCH, "arch", "NAME", "architecture; there is one: deepid2plus (default)"},
    {INPUT, "input", "HxW", "height x width of the input in pixels (default 55x47)"},
    {CHANNELS, "channels", "1|3", "grey or colour (default 3)"},
    {MAPS, "maps", "N|A,B,C,D", "feature maps of conv1..conv4 (default 128)"},
    {WIDTH, "width", "N|A,B,C,D", "neurons of fc1..fc4 (default 512)"},
    {FC4_INPUT, "fc4-input", "WHAT", "what fc4 sees: conv4 (default) or pool3+conv4"},
    {SEED, "seed", "N", "seed of the random weights (default 1)"},
    {HALF, "half", NULL, "store weights as float16: half the size, rounded to 11 bits"},
    {0},
};

static const struct facet_program create_program = {
    .name = "facet-model create",
    .summary = "makes a network with seeded random weights",
    .arguments = "",
    .output = "MODEL.h5",
    .output_help = "model file to write",
    .options = create_options,
    .example = "facet-model create --arch deepid2plus --input 47x47 --seed 7 -o model.h5",
    .notes =
        "The weights are He-normal (variance 2 / fan-in), biases are zero; the same seed gives "
        "the same weights. Such a network has learned nothing.",
    .see_also = "facet-info, facet-dump",
};

/* "55x47", "128" or "20,40,60,80": numbers from `low` to `high`; there must be 1 (where `one`) or
 * `count`. A single one stands for all. */
static int parse_numbers(const char *what, const char *text, char separator, int one, int low,
                         int high, int *values, size_t count)
{
    size_t found = 1, at = 0;
    for (const char *c = text; *c != '\0'; c++) found += *c == separator;
    if (found != count && !(one && found == 1))
        return facet_fail(FACET_EINVAL, "%s: \"%s\": expected %s%zu numbers with %c between them",
                          what, text, one ? "one number or " : "", count, separator);
    for (const char *c = text; at < found; at++) {
        const char *end = strchr(c, separator);
        char *item = facet_format("%.*s", end != NULL ? (int)(end - c) : (int)strlen(c), c);
        int64_t value = 0;
        int code = item == NULL ? FACET_ENOMEM : facet_parse_int(what, item, low, high, &value);
        free(item);
        if (code < 0) return code;
        values[at] = (int)value;
        c = end != NULL ? end + 1 : c;
    }
    for (; at < count; at++) values[at] = values[0];
    return FACET_OK;
}

struct create_request {
    struct facet_deepid2plus spec;
    enum facet_precision precision;
};

static int create_option(struct create_request *r, int option, const char *value)
{
    struct facet_deepid2plus *spec = &r->spec;
    int size[2], code;
    int64_t seed;
    switch (option) {
    case ARCH:
        if (strcmp(value, "deepid2plus") == 0) return FACET_OK;
        return facet_fail(FACET_EINVAL, "--arch: \"%s\" is unknown (there is: deepid2plus)", value);
    case INPUT:
        code = parse_numbers("--input", value, 'x', 0, 1, 4096, size, 2);
        if (code < 0) return code;
        spec->height = size[0];
        spec->width = size[1];
        return FACET_OK;
    case CHANNELS:
        if (strcmp(value, "1") != 0 && strcmp(value, "3") != 0)
            return facet_fail(FACET_EINVAL, "--channels: \"%s\" is neither 1 nor 3", value);
        spec->channels = value[0] - '0';
        return FACET_OK;
    case MAPS:
        return parse_numbers("--maps", value, ',', 1, 1, 65536, spec->maps, 4);
    case WIDTH:
        return parse_numbers("--width", value, ',', 1, 1, 65536, spec->widths, 4);
    case FC4_INPUT:
        if (strcmp(value, "conv4") != 0 && strcmp(value, "pool3+conv4") != 0)
            return facet_fail(FACET_EINVAL, "--fc4-input: \"%s\" is neither conv4 nor pool3+conv4",
                              value);
        spec->fc4_sees_pool3 = strcmp(value, "conv4") != 0;
        return FACET_OK;
    case SEED:
        code = facet_parse_int("--seed", value, 0, INT64_MAX, &seed);
        if (code == FACET_OK) spec->seed = (uint64_t)seed;
        return code;
    default: /* HALF */
        r->precision = FACET_PRECISION_FLOAT16;
        return FACET_OK;
    }
}

static int create_file(const struct create_request *r, struct facet_cli *cli)
{
    struct facet_provenance *run = NULL;
    struct facet_model *model = NULL;
    size_t weights = 0;
    struct stat info;
    char bytes[32];
    int code = facet_deepid2plus_new(&model, &r->spec);
    if (code == FACET_OK)
        code = facet_provenance_new(&run, cli->program->name, cli->argc, cli->argv);
    if (code == FACET_OK) code = facet_model_write(model, cli->output, r->precision, run);
    if (code == FACET_OK) {
        for (size_t i = 0; i < model->layer_count; i++)
            weights += facet_layers_weights(&model->layers[i]);
        facet_cli_say(
            cli, "%s: %zu layers, %zu weights, %s", cli->output, model->layer_count, weights,
            stat(cli->output, &info) == 0 ? facet_progress_bytes((double)info.st_size, bytes)
                                          : "size unknown");
    }
    facet_model_free(&model);
    facet_provenance_free(&run);
    return code;
}

static int create_main(int argc, char **argv)
{
    struct create_request request = {.spec = facet_deepid2plus_default()};
    struct facet_cli cli;
    int option;
    facet_cli_begin(&cli, &create_program, argc, argv);
    while ((option = facet_cli_next(&cli)) > 0)
        if (create_option(&request, option, cli.value) < 0)
            return facet_cli_misuse(&cli, "%s", facet_error_message());
    if (option < 0) return cli.status;
    if (cli.output == NULL) return facet_cli_misuse(&cli, "expected -o MODEL.h5");
    if (create_file(&request, &cli) < 0) return facet_cli_failure(&cli);
    return facet_cli_success(&cli);
}

/* ---- facet-model list ---- */

static const struct facet_option no_options[] = {{0}};

static const struct facet_program list_program = {
    .name = "facet-model list",
    .summary = "lists the layers of a network, or the trained networks that come with facet",
    .arguments = "[MODEL.h5]",
    .min_arguments = 0,
    .max_arguments = 1,
    .output = "FILE.tsv",
    .output_help = "write the list of layers as a table with its description beside it (FILE.json)",
    .options = no_options,
    .example = "facet-model list\nfacet-model list model.h5",
    .notes =
        "A network that comes with facet is named without folder and .h5 wherever a program "
        "takes a model; beside it lies its card, NAME.md. FACET_MODELS names another folder to "
        "look for such networks in.",
    .see_also = "facet-info",
};

static const struct facet_column list_columns[] = {
    {"layer", "string", "1", "the layer's name, which is also that of its output"},
    {"kind", "string", "1", "what it computes"},
    {"inputs", "string", "1", "layers it reads, joined by commas; input is the image"},
    {"output", "string", "1", "shape of its output: channel x row x column, or neurons"},
    {"relu", "boolean", "1", "1 if ReLU follows"},
    {"weights", "integer", "1", "number of weights and biases"},
    {"macs", "real", "1", "multiply-accumulates for one image"},
};

static int list_table(const struct facet_net *net, const struct facet_cli *cli)
{
    const struct facet_model *model = facet_net_model(net);
    struct facet_provenance *run = NULL;
    struct facet_table *table = NULL;
    int code = facet_provenance_new(&run, cli->program->name, cli->argc, cli->argv);
    if (code == FACET_OK) code = facet_provenance_input_hash(run, model->path, NULL, model->sha256);
    if (code == FACET_OK)
        code = facet_table_new(&table, cli->output, "Layers of a network", list_columns,
                               sizeof list_columns / sizeof list_columns[0]);
    for (size_t i = 0; code == FACET_OK && i < model->layer_count; i++) {
        const struct facet_model_layer *layer = &model->layers[i];
        char text[FACET_LAYERS_TEXT];
        facet_table_text(table, layer->name);
        facet_table_text(table, layer->kind);
        facet_table_text(table, facet_layers_inputs(layer, text));
        facet_table_text(table, facet_layers_shape(facet_net_shape(net, i), text));
        facet_table_int(table, facet_model_attribute(layer, "relu", 0));
        facet_table_int(table, (int64_t)facet_layers_weights(layer));
        facet_table_real(table, facet_net_layer_macs(net, i));
    }
    if (code == FACET_OK) code = facet_table_commit(&table, run);
    facet_table_free(&table);
    facet_provenance_free(&run);
    return code;
}

static int list_shipped(const struct facet_cli *cli)
{
    char **names = NULL, bytes[32];
    size_t count = 0;
    int code = facet_shipped_list(&names, &count);
    if (code < 0) return code;
    facet_cli_say(cli, "%zu trained network%s in %s", count, count == 1 ? "" : "s",
                  facet_shipped_folder());
    for (size_t i = 0; i < count; i++) {
        struct stat info;
        char *path = NULL;
        if (code == FACET_OK && facet_shipped_find(names[i], &path) < 0) code = FACET_ENOMEM;
        if (path != NULL && stat(path, &info) == 0)
            printf("%s\t%s\n", names[i], facet_progress_bytes((double)info.st_size, bytes));
        free(path);
        free(names[i]);
    }
    free(names);
    return code;
}

static int list_main(int argc, char **argv)
{
    struct facet_model *model = NULL;
    struct facet_net *net = NULL;
    struct facet_cli cli;
    int option;
    facet_cli_begin(&cli, &list_program, argc, argv);
    while ((option = facet_cli_next(&cli)) > 0) {
    }
    if (option < 0) return cli.status;
    if (cli.argument_count == 0 && cli.output != NULL)
        return facet_cli_misuse(&cli, "-o needs a MODEL.h5");
    if (cli.argument_count == 0)
        return list_shipped(&cli) < 0 ? facet_cli_failure(&cli) : facet_cli_success(&cli);
    int code = facet_model_read(&model, cli.arguments[0]);
    if (code == FACET_OK) code = facet_net_new(&net, model);
    if (code == FACET_OK && cli.output != NULL)
        code = list_table(net, &cli);
    else if (code == FACET_OK)
        facet_layers_print(net);
    facet_net_free(&net);
    facet_model_free(&model);
    return code < 0 ? facet_cli_failure(&cli) : facet_cli_success(&cli);
}

/* ---- facet-model export ---- */

static const struct facet_option export_options[] = {
    {LAYER, "layer", "NAME", "only this layer (default: every layer that has weights)"},
    {0},
};

static const struct facet_program export_program = {
    .name = "facet-model export",
    .summary = "writes the weights of a network as NumPy files",
    .arguments = "MODEL.h5",
    .min_arguments = 1,
    .max_arguments = 1,
    .output = "FOLDER",
    .output_help = "folder for LAYER.weight.npy and LAYER.bias.npy, made where absent",
    .options = export_options,
    .example = "facet-model export model.h5 --layer conv1 -o weights/",
    .notes = "Shapes: convolution (out, in, y, x); local_convolution (region y, region x, out, in, "
             "y, x); fully_connected (out, in), inputs flattened in the order channel, y, x. "
             "float32.",
    .see_also = "facet-info",
};

static int export_tensor(const char *folder, const char *layer, const char *name,
                         const struct facet_tensor *tensor)
{
    char *file = facet_format("%s.%s.npy", layer, name);
    char *path = file != NULL ? facet_file_join(folder, file) : NULL;
    int code = path == NULL ? FACET_ENOMEM : facet_npy_write(path, tensor);
    free(path);
    free(file);
    return code;
}

static int export_layers(const struct facet_model *model, const char *only, const char *folder,
                         const struct facet_cli *cli)
{
    size_t files = 0;
    int code = facet_file_mkdir(folder);
    for (size_t i = 0; code == FACET_OK && i < model->layer_count; i++) {
        const struct facet_model_layer *layer = &model->layers[i];
        if (layer->weight.rank == 0 || (only != NULL && strcmp(only, layer->name) != 0)) continue;
        code = export_tensor(folder, layer->name, "weight", &layer->weight);
        if (code == FACET_OK) code = export_tensor(folder, layer->name, "bias", &layer->bias);
        files += 2;
    }
    if (code == FACET_OK) facet_cli_say(cli, "%s: %zu files", folder, files);
    return code;
}

static int check_layer(const struct facet_model *model, const char *name)
{
    char known[512] = "";
    for (size_t i = 0; i < model->layer_count; i++) {
        const struct facet_model_layer *layer = &model->layers[i];
        if (layer->weight.rank == 0) continue;
        if (strcmp(layer->name, name) == 0) return FACET_OK;
        facet_fail_list(known, sizeof known, layer->name);
    }
    return facet_fail(FACET_EINVAL, "%s: no layer \"%s\" with weights (it has: %s)", model->path,
                      name, known);
}

static int export_main(int argc, char **argv)
{
    struct facet_model *model = NULL;
    const char *layer = NULL;
    struct facet_cli cli;
    int option;
    facet_cli_begin(&cli, &export_program, argc, argv);
    while ((option = facet_cli_next(&cli)) > 0) layer = cli.value;
    if (option < 0) return cli.status;
    if (cli.output == NULL) return facet_cli_misuse(&cli, "expected -o FOLDER");
    int code = facet_model_read(&model, cli.arguments[0]);
    if (code == FACET_OK && layer != NULL) code = check_layer(model, layer);
    if (code == FACET_OK) code = export_layers(model, layer, cli.output, &cli);
    facet_model_free(&model);
    return code < 0 ? facet_cli_failure(&cli) : facet_cli_success(&cli);
}

/* ---- facet-model convert ---- */

static const struct facet_option convert_options[] = {
    {PRECISION, "precision", "TYPE",
     "float32, float16, or int8: matrices of a million or more "
     "weights in 255 steps a row, float16 for the rest"},
    {0},
};

static const struct facet_program convert_program = {
    .name = "facet-model convert",
    .summary = "stores a network's weights in another precision",
    .arguments = "MODEL.h5",
    .min_arguments = 1,
    .max_arguments = 1,
    .output = "MODEL.h5",
    .output_help = "model file to write",
    .options = convert_options,
    .example = "facet-model convert model.h5 --precision int8 -o small.h5",
    .notes = "Programs compute in float32 whatever the file holds.",
    .see_also = "facet-info",
};

static int convert_main(int argc, char **argv)
{
    struct facet_model *model = NULL;
    struct facet_provenance *run = NULL;
    enum facet_precision precision = FACET_PRECISION_FLOAT32;
    struct facet_cli cli;
    int option, chosen = 0;
    facet_cli_begin(&cli, &convert_program, argc, argv);
    while ((option = facet_cli_next(&cli)) > 0) {
        if (facet_precision_parse(cli.value, &precision) < 0)
            return facet_cli_misuse(&cli, "--precision: %s", facet_error_message());
        chosen = 1;
    }
    if (option < 0) return cli.status;
    if (!chosen || cli.output == NULL)
        return facet_cli_misuse(&cli, "expected --precision TYPE and -o MODEL.h5");
    int code = facet_model_read(&model, cli.arguments[0]);
    if (code == FACET_OK) code = facet_provenance_new(&run, cli.program->name, cli.argc, cli.argv);
    if (code == FACET_OK) code = facet_model_write(model, cli.output, precision, run);
    if (code == FACET_OK)
        facet_cli_say(&cli, "%s: %s", cli.output, facet_precision_name(precision));
    facet_model_free(&model);
    facet_provenance_free(&run);
    return code < 0 ? facet_cli_failure(&cli) : facet_cli_success(&cli);
}

/* ---- facet-model ---- */

static const struct {
    const char *name;
    int (*main)(int argc, char **argv);
} commands[] = {{"create", create_main},
                {"list", list_main},
                {"export", export_main},
                {"convert", convert_main}};

static const struct facet_program program = {
    .name = "facet-model",
    .summary = "makes a network, lists its layers, exports or converts its weights",
    .arguments = "COMMAND ...",
    .min_arguments = 1,
    .max_arguments = -1,
    .options = no_options,
    .example = "facet-model create --arch deepid2plus -o model.h5",
    .notes = "Commands:\n"
             "create: makes a network with seeded random weights\n"
             "list: lists the layers of a network, or the networks that come with facet\n"
             "export: writes the weights of a network as NumPy files\n"
             "convert: stores a network's weights in another precision\n\n"
             "Each explains itself: facet-model create --help.",
    .see_also = "facet-info, facet-dump",
};

int main(int argc, char **argv)
{
    for (size_t i = 0; argc > 1 && i < sizeof commands / sizeof commands[0]; i++)
        if (strcmp(argv[1], commands[i].name) == 0) return commands[i].main(argc - 1, argv + 1);
    struct facet_cli cli;
    facet_cli_begin(&cli, &program, argc > 1 ? 2 : argc, argv);
    if (facet_cli_next(&cli) < 0) return cli.status;
    return facet_cli_misuse(&cli,
                            "unknown command \"%s\" (there are: create, list, export, convert)",
                            cli.argument_count > 0 ? cli.arguments[0] : "");
}
