/* facet-lbp: describes faces by high-dimensional local binary patterns. */
#include "dump/lbp.h"
#include "base/cli.h"
#include "base/parse.h"
#include "programs/corridor.h"

#include <stdlib.h>
#include <string.h>

enum { POINTS = 256, SCALES, CELLS };

static const struct facet_option options[] = {
    FACET_IMAGES_OPTIONS,
    {POINTS, "points", "5|21",
     "patches: 5 for eyes, nose and mouth corners, 21 for brows, corners of the eyes, nose and "
     "lips "
     "as well (default 21)"},
    {SCALES, "scales", "N", "scales of the face, 1 to 5, each 0.71 of the one before (default 5)"},
    {CELLS, "cells", "N", "cells a side of a patch, 1 to 8 (default 4)"},
    FACET_CORRIDOR_VIEWS,
    {FACET_CORRIDOR_PROFILE, "profile", NULL, "print a table of time by step"},
    FACET_CORRIDOR_RUN("the descriptor"),
    {0},
};

static const struct facet_program program = {
    .name = "facet-lbp",
    .summary = "describes faces by high-dimensional local binary patterns, in an activation file",
    .arguments = "",
    .output = "OUT.h5",
    .output_help = "activation file to write",
    .threads = 1,
    .example = "facet-lbp --images lfw/ --landmarks points.tsv --half -o lbp.h5",
    .options = options,
    .notes =
        "One layer, lbp, with points x scales x cells^2 x 59 values: histograms of the uniform "
        "patterns of 3 x 3 pixels, the square roots of their shares of a cell. Faces are grey and "
        "aligned by landmarks, unless --align says otherwise, with the network's field of view. "
        "Five points are the landmarks of each image, if there are any; a template places the "
        "others.\n\n"
        "The same images give the same values whatever --batch and --threads are. After a kill, "
        "the same command with --resume goes on and the result is the same file.",
    .see_also = "facet-dump, facet-info, facet-verify",
};

/* What is asked for and what a run holds, beside the corridor's. */
struct session {
    struct facet_corridor corridor;
    int64_t points, scales, cells;
    struct facet_lbp *lbp;
    char *definition;
    char sha256[FACET_HASH_SIZE];
    struct facet_acts_layer layer;
    struct facet_compute compute;
};

static int read_points(const char *text, int64_t *points)
{
    int code = facet_parse_int("--points", text, 5, 21, points);
    if (code == FACET_OK && *points != 5 && *points != 21)
        code = facet_fail(FACET_EINVAL, "--points: \"%s\" is neither 5 nor 21", text);
    return code;
}

static int read_option(struct facet_cli *cli, struct session *s, int option)
{
    int code = facet_corridor_option(&s->corridor, cli, option);
    if (code != 0) return code;
    switch (option) {
    case POINTS:
        return read_points(cli->value, &s->points);
    case SCALES:
        return facet_parse_int("--scales", cli->value, 1, FACET_LBP_SCALES, &s->scales);
    case CELLS:
        return facet_parse_int("--cells", cli->value, 1, FACET_LBP_CELLS, &s->cells);
    }
    return FACET_OK;
}

static int read_command_line(struct facet_cli *cli, struct session *s)
{
    int option;
    while ((option = facet_cli_next(cli)) > 0)
        if (read_option(cli, s, option) < 0)
            return cli->status = facet_cli_misuse(cli, "%s", facet_error_message()), -1;
    return option < 0 ? -1 : facet_corridor_check(&s->corridor, cli, NULL);
}

/* The definition and its hash, which stand where a network's name and hash do. */
static int define(struct session *s, int landmarks)
{
    struct facet_hash *hash = NULL;
    int code = facet_lbp_describe(s->lbp, landmarks, &s->definition);
    if (code == FACET_OK) code = facet_hash_begin(&hash);
    if (code == FACET_OK) code = facet_hash_add(hash, s->definition, strlen(s->definition));
    facet_hash_end(&hash, code == FACET_OK ? s->sha256 : NULL);
    return code;
}

static int set_up(struct facet_cli *cli, struct session *s)
{
    struct facet_corridor *c = &s->corridor;
    int code = facet_corridor_open(c, cli);
    facet_lbp_preprocess(&c->preprocess);
    if (code == FACET_OK) code = facet_corridor_see(c);
    if (code == FACET_OK)
        code = facet_lbp_new(&s->lbp, (int)s->points, (int)s->scales, (int)s->cells);
    if (code < 0) return code;
    const int landmarks = c->manifest->landmarks != NULL;
    code = define(s, landmarks);
    if (code < 0) return code;
    facet_cli_say(cli,
                  "%d points (%d landmarks of each image, %d placed by the template): %zu values",
                  (int)s->points, landmarks ? FACET_LANDMARKS : 0,
                  (int)s->points - (landmarks ? FACET_LANDMARKS : 0), facet_lbp_values(s->lbp));
    c->spec.model_name = "lbp";
    c->spec.model_definition = s->definition;
    c->spec.model_sha256 = s->sha256;
    c->spec.kernels = "lbp";
    facet_dump_lbp(s->lbp, landmarks, &s->layer, &s->compute);
    facet_corridor_plan(c, cli, &s->compute);
    return FACET_OK;
}

static int run(struct facet_cli *cli, struct session *s)
{
    int code = set_up(cli, s);
    if (code == FACET_OK) code = facet_corridor_run(&s->corridor, cli);
    facet_lbp_free(&s->lbp);
    free(s->definition);
    return code < 0 ? facet_cli_failure(cli) : facet_cli_success(cli);
}

int main(int argc, char **argv)
{
    struct facet_cli cli;
    struct session session = {.points = 21, .scales = 5, .cells = 4};
    facet_corridor_begin(&session.corridor, argv[0]);
    facet_cli_begin(&cli, &program, argc, argv);
    int status = read_command_line(&cli, &session) < 0 ? cli.status : run(&cli, &session);
    facet_corridor_close(&session.corridor);
    return status;
}
