/* facet-dump: runs a network over images and writes the activations of chosen layers. */
#include "base/cli.h"
#include "base/parse.h"
#include "dump/network.h"
#include "programs/corridor.h"

#include <stdlib.h>

enum { KERNELS = 256 };

static const struct facet_option options[] = {
    {'m', "model", "MODEL.h5", "network to run (see facet-model)"},
    FACET_IMAGES_OPTIONS,
    {'L', "layers", "A,B,..", "layers to write (default fc1,fc2,fc3,fc4); facet-info lists them"},
    FACET_CORRIDOR_VIEWS,
    {KERNELS, "kernels", "SET", "kernels to use (default: the fastest; or FACET_KERNELS)"},
    {FACET_CORRIDOR_PROFILE, "profile", NULL, "print a table of time and arithmetic by layer"},
    FACET_CORRIDOR_RUN("the network"),
    {0},
};

static const struct facet_program program = {
    .name = "facet-dump",
    .summary = "runs a network over images and writes its activations to HDF5",
    .arguments = "",
    .output = "OUT.h5",
    .output_help = "activation file to write",
    .threads = 1,
    .example =
        "facet-dump --model model.h5 --images lfw/ --landmarks points.tsv --mirror -o lfw.h5",
    .options = options,
    .notes =
        "The same images and model give the same values whatever --batch and --threads are. "
        "After a kill, the same command with --resume goes on and the result is the same file.",
    .see_also = "facet-model, facet-info, facet-synth, facet-sparsity",
};

/* What is asked for and what a run holds, beside the corridor's. */
struct session {
    struct facet_corridor corridor;
    const char *model_path, *layers, *kernels;
    struct facet_model *model;
    struct facet_net *net;
    size_t *tensors;
    struct facet_acts_layer *shapes;
    struct facet_network network;
    struct facet_compute compute;
};

static int read_option(struct facet_cli *cli, struct session *s, int option)
{
    int code = facet_corridor_option(&s->corridor, cli, option);
    if (code != 0) return code;
    if (option == 'm') s->model_path = cli->value;
    if (option == 'L') s->layers = cli->value;
    if (option == KERNELS) s->kernels = cli->value;
    return FACET_OK;
}

static int read_command_line(struct facet_cli *cli, struct session *s)
{
    int option;
    while ((option = facet_cli_next(cli)) > 0)
        if (read_option(cli, s, option) < 0)
            return cli->status = facet_cli_misuse(cli, "%s", facet_error_message()), -1;
    if (option < 0) return -1;
    return facet_corridor_check(&s->corridor, cli, s->model_path == NULL ? "--model" : NULL);
}

static int choose_layers(struct session *s)
{
    char **names;
    size_t count;
    int code = facet_parse_list("--layers", s->layers, ',', &names, &count);
    if (code < 0) return code;
    s->tensors = facet_alloc(count, sizeof *s->tensors, "layers");
    s->shapes = facet_alloc(count, sizeof *s->shapes, "layers");
    if (s->tensors == NULL || s->shapes == NULL) code = FACET_ENOMEM;
    for (size_t i = 0; code == FACET_OK && i < count; i++) {
        code = facet_net_find(s->net, names[i], &s->tensors[i]);
        if (code == FACET_OK) s->shapes[i] = *facet_net_tensor(s->net, s->tensors[i]);
    }
    s->network = (struct facet_network){s->net, s->tensors, s->shapes, count};
    free(names);
    return code;
}

static int set_up(struct facet_cli *cli, struct session *s)
{
    struct facet_corridor *c = &s->corridor;
    const struct facet_kernels *kernels = NULL;
    int code = facet_corridor_open(c, cli);
    if (code == FACET_OK) code = facet_model_read(&s->model, s->model_path);
    if (code == FACET_OK) c->preprocess = s->model->preprocess;
    if (code == FACET_OK) code = facet_corridor_see(c);
    if (code == FACET_OK) code = facet_kernels_choose(s->kernels, &kernels);
    if (code == FACET_OK) code = facet_net_new(&s->net, s->model);
    if (code == FACET_OK) code = choose_layers(s);
    if (code == FACET_OK) code = facet_net_prepare(s->net, kernels, s->tensors, s->network.count);
    facet_model_forget_weights(s->model);
    if (code < 0) return code;
    c->spec.model_sha256 = s->model->sha256;
    c->spec.model_name = s->model->name;
    c->spec.kernels = kernels->name;
    c->spec.seed = s->model->seed;
    facet_network_compute(&s->network, &s->compute);
    facet_corridor_plan(c, cli, &s->compute);
    return FACET_OK;
}

static int run(struct facet_cli *cli, struct session *s)
{
    int code = set_up(cli, s);
    if (code == FACET_OK) code = facet_corridor_run(&s->corridor, cli);
    facet_net_free(&s->net);
    facet_model_free(&s->model);
    free(s->tensors);
    free(s->shapes);
    return code < 0 ? facet_cli_failure(cli) : facet_cli_success(cli);
}

int main(int argc, char **argv)
{
    struct facet_cli cli;
    struct session session = {.layers = "fc1,fc2,fc3,fc4"};
    facet_corridor_begin(&session.corridor, argv[0]);
    facet_cli_begin(&cli, &program, argc, argv);
    int status = read_command_line(&cli, &session) < 0 ? cli.status : run(&cli, &session);
    facet_corridor_close(&session.corridor);
    return status;
}
