/* facet-dump: runs a network over images and writes the activations of chosen layers. */
#include "base/cli.h"
#include "programs/corridor.h"
#include "programs/network.h"

enum { KERNELS = 256 };

static const struct facet_option options[] = {
    FACET_WHICH_OPTIONS,
    FACET_IMAGES_OPTIONS,
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
        "facet-dump --model model.h5 --images lfw/ --landmarks points.tsv --mirror -o lfw.h5\n"
        "facet-dump --model face.onnx --images lfw/ --landmarks points.tsv --align arcface112 -o "
        "lfw.h5",
    .options = options,
    .notes =
        "The same images and model give the same values whatever --batch and --threads are. "
        "After a kill, the same command with --resume goes on and the result is the same file.",
    .see_also = "facet-model, facet-info, facet-synth, facet-sparsity",
};

/* What is asked for and what a run holds, beside the corridor's. */
struct session {
    struct facet_corridor corridor;
    const char *kernels;
    struct facet_which which;
    struct facet_compute compute;
};

static int read_option(struct facet_cli *cli, struct session *s, int option)
{
    int code = facet_corridor_option(&s->corridor, cli, option);
    if (code == 0) code = facet_which_option(&s->which, option, cli->value);
    if (option == KERNELS) s->kernels = cli->value;
    return code < 0 ? code : FACET_OK;
}

static int read_command_line(struct facet_cli *cli, struct session *s)
{
    int option;
    while ((option = facet_cli_next(cli)) > 0)
        if (read_option(cli, s, option) < 0)
            return cli->status = facet_cli_misuse(cli, "%s", facet_error_message()), -1;
    if (option < 0) return -1;
    return facet_corridor_check(&s->corridor, cli, s->which.path == NULL ? "--model" : NULL);
}

static int set_up(struct facet_cli *cli, struct session *s)
{
    struct facet_corridor *c = &s->corridor;
    const struct facet_kernels *kernels = NULL;
    int code = facet_corridor_open(c, cli);
    if (code == FACET_OK) code = facet_which_open(&s->which, cli, &c->preprocess);
    if (code == FACET_OK) code = facet_corridor_see(c);
    if (code == FACET_OK) code = facet_kernels_choose(s->kernels, &kernels);
    if (code == FACET_OK) code = facet_which_prepare(&s->which, kernels, &s->compute);
    if (code < 0) return code;
    facet_which_describe(&s->which, &c->spec);
    c->spec.kernels = kernels->name;
    facet_corridor_plan(c, cli, &s->compute);
    return FACET_OK;
}

static int run(struct facet_cli *cli, struct session *s)
{
    int code = set_up(cli, s);
    if (code == FACET_OK) code = facet_corridor_run(&s->corridor, cli);
    facet_which_close(&s->which);
    return code < 0 ? facet_cli_failure(cli) : facet_cli_success(cli);
}

int main(int argc, char **argv)
{
    struct facet_cli cli;
    struct session session = {0};
    facet_corridor_begin(&session.corridor, argv[0]);
    facet_cli_begin(&cli, &program, argc, argv);
    int status = read_command_line(&cli, &session) < 0 ? cli.status : run(&cli, &session);
    facet_corridor_close(&session.corridor);
    return status;
}
