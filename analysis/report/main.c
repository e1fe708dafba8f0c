#define _XOPEN_SOURCE 700 /* realpath */

/* facet-report: everything that was measured, on one page. */
#include "base/cli.h"
#include "base/cpu.h"
#include "base/parse.h"
#include "base/progress.h"
#include "report/report.h"

#include <stdlib.h>
#include <string.h>

enum {
    ACTS = 256,
    VIEW,
    IDENTITIES,
    PEOPLE,
    MIN_IMAGES,
    ATTRIBUTES,
    CUT,
    THUMBNAILS,
    THUMBNAILS_LIMIT,
    FACES,
    TITLE,
    PAPER,
    SUFFIX,
    TABLE_LIMIT
};

static const struct facet_option options[] = {
    {ACTS, "acts", "FILE", "activation file, for the pages of neurons (default: none)"},
    {'L', "layers", "A,B,..", "its layers to show (default: all of one dimension)"},
    {VIEW, "view", "NAME", "view of its images (default original)"},
    {IDENTITIES, "identities", "NAME,..",
     "people whose histograms are shown (default: those with most images)"},
    {PEOPLE, "people", "N", "so many of them where none are named (default 16)"},
    {MIN_IMAGES, "min-images", "N",
     "people with N images or more are asked whom a neuron knows (default 5); of more than 2,000 "
     "those with most images"},
    {ATTRIBUTES, "attributes", "A,B,..",
     "attributes to look at (default: all that divide the images; the first 24 are shown)"},
    {CUT, "cut", "X", "an attribute's images have a score above X (default 0)"},
    {THUMBNAILS, "thumbnails", "DIR",
     "also put pictures of the images that drive neurons most and least into the page, from the "
     "files in DIR as they are. Faces are personal data: by default there are names only"},
    {THUMBNAILS_LIMIT, "thumbnails-limit", "MIB", "so many MiB of them at most (default 4)"},
    {FACES, "faces", "TEXT", "what the faces are, for the page"},
    {TITLE, "title", "TEXT", "the page's title (default: the folder's name)"},
    {PAPER, "paper", "DIR", "the paper's numbers (default: those that come with facet)"},
    {SUFFIX, "suffix", "TEXT", "the experiments' folders are called NAME and this, as -lfw"},
    {TABLE_LIMIT, "table-limit", "KIB",
     "of longer tables the page holds the first rows (default 96)"},
    {0},
};

static const struct facet_program program = {
    .name = "facet-report",
    .summary = "puts the tables and figures of the experiments on one page",
    .arguments = "DIR",
    .min_arguments = 1,
    .max_arguments = 1,
    .output = "FILE.html",
    .output_help = "the page (required)",
    .example = "facet-report out/paper --acts out/paper/activations.h5 -o report.html\n"
               "facet-report notebooks-data/results --suffix -lfw -o lfw.html",
    .options = options,
    .notes =
        "DIR holds a folder for each experiment (sparsity, verification, ..), as "
        "experiments/paper/run.sh leaves them; of one that isn't there the page says how to make "
        "it. The page needs no network and no other file. A neuron's d' for a person or an "
        "attribute is (mean on it - mean on all other images) / sqrt of the mean of both "
        "variances.",
    .see_also = "facet-dump, facet-sparsity, facet-selectivity, facet-plot",
};

static int parse_list(const char *what, const char *value, char ***list, size_t *count)
{
    free(*list);
    *list = NULL;
    return facet_parse_list(what, value, ',', list, count);
}

static int take(int option, const char *value, void *asked)
{
    struct report_options *o = asked;
    struct subjects_options *s = &o->neurons.subjects;
    int code = FACET_OK;
    switch (option) {
    case ACTS:
        o->neurons.path = value;
        break;
    case 'L':
        return parse_list("--layers", value, &o->neurons.layers, &o->neurons.layer_count);
    case VIEW:
        o->neurons.view = value;
        break;
    case IDENTITIES:
        return parse_list("--identities", value, &s->identities, &s->identity_count);
    case PEOPLE:
        return facet_parse_size("--people", value, 0, 200, &s->shown_people);
    case MIN_IMAGES:
        return facet_parse_size("--min-images", value, 2, 1000000, &s->min_images);
    case ATTRIBUTES:
        return parse_list("--attributes", value, &s->attributes, &s->attribute_count);
    case CUT:
        return facet_parse_real("--cut", value, -1e308, 1e308, &s->cut);
    case THUMBNAILS:
        o->neurons.thumbnails = value;
        break;
    case THUMBNAILS_LIMIT:
        code = facet_parse_size("--thumbnails-limit", value, 1, 1000, &o->neurons.thumbnails_limit);
        o->neurons.thumbnails_limit <<= code == FACET_OK ? 20 : 0;
        return code;
    case FACES:
        o->faces = value;
        break;
    case TITLE:
        o->title = value;
        break;
    case PAPER:
        o->paper = value;
        break;
    case SUFFIX:
        o->suffix = value;
        break;
    case TABLE_LIMIT:
        code = facet_parse_size("--table-limit", value, 1, 100000, &o->table_limit);
        o->table_limit <<= code == FACET_OK ? 10 : 0;
        return code;
    }
    return FACET_OK;
}

static const char *find_fault(const struct facet_cli *cli, void *asked)
{
    const struct report_options *o = asked;
    if (cli->output == NULL) return "expected a file for the page: -o FILE.html";
    if (o->neurons.path == NULL && o->neurons.thumbnails != NULL)
        return "--thumbnails needs --acts";
    return NULL;
}

static void say_done(const struct facet_cli *cli, const struct report_result *r, double seconds)
{
    char size[32], took[32];
    facet_cli_say(cli,
                  "%zu of %zu experiments, %zu tables, %zu figures, %zu neurons, %zu people and "
                  "attributes; %zu notes on tables; %s, %s (%s)",
                  r->present, r->studies, r->tables, r->figures, r->neurons, r->subjects, r->notes,
                  cli->output, facet_progress_bytes((double)r->bytes, size),
                  facet_progress_time(seconds, took));
}

static int run(const struct facet_cli *cli, void *asked)
{
    struct report_options *o = asked;
    struct facet_provenance *provenance = NULL;
    struct report_result result;
    const double start = facet_cpu_seconds();
    o->folder = cli->arguments[0];
    o->output = cli->output;
    char *whole = realpath(o->folder, NULL); /* "." has no name */
    if (o->title == NULL)
        o->title = whole != NULL && whole[1] != '\0' ? strrchr(whole, '/') + 1 : o->folder;
    int code = facet_provenance_new(&provenance, program.name, cli->argc, cli->argv);
    if (code == FACET_OK) code = report_run(o, provenance, &result);
    if (code == FACET_OK) say_done(cli, &result, facet_cpu_seconds() - start);
    facet_provenance_free(&provenance);
    free(whole);
    return code;
}

int main(int argc, char **argv)
{
    static const struct facet_cli_steps steps = {take, find_fault, run};
    struct report_options o = {
        .suffix = "",
        .table_limit = 96 << 10,
        .neurons = {.view = FACET_VIEW_ORIGINAL,
                    .subjects = {.shown_people = 16, .min_images = 5, .most_people = 2000},
                    .sizes = {.bins = 32, .most = 8, .images = 6},
                    .thumbnails_limit = 4 << 20}};
    int status = facet_cli_run(&program, &steps, &o, argc, argv);
    free(o.neurons.layers);
    free(o.neurons.subjects.identities);
    free(o.neurons.subjects.attributes);
    return status;
}
