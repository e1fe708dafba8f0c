#include "base/cli.h"
#include "base/cpu.h"
#include "base/parse.h"
#include "base/progress.h"
#include "sparsity/sparsity.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { KEY_THRESHOLDS = 256, KEY_PAIRS, MAX_THRESHOLDS = 64 };

static const struct facet_option options[] = {
    {'L', "layers", "A,B,..", "layers to measure (default: all)"},
    {'T', "threshold", "T", "a neuron is active above T >= 0 (default 0)"},
    {KEY_THRESHOLDS, "thresholds", "A,B,..",
     "thresholds of the sweep, in units of the activations (default: 0, 0.05, 0.1, 0.2, 0.5, 1 and "
     "2 times the layer's scale, the mean of its values above zero in the first block of images)"},
    {'b', "bootstrap", "N", "replicates of the bootstrap over identities (default 1000)"},
    {'s', "seed", "N", "seed of bootstrap and pairs (default 1)"},
    {KEY_PAIRS, "pairs", "N",
     "pairs of images whose active sets are compared, within identities and between them "
     "(default 10000 of each)"},
    {0},
};

static const struct facet_program program = {
    .name = "facet-sparsity",
    .summary = "measures how sparse the activations of each layer are",
    .arguments = "ACTS.h5",
    .min_arguments = 1,
    .max_arguments = 1,
    .output = "DIR",
    .output_help = "folder for the tables (required)",
    .threads = 1,
    .example = "facet-sparsity --layers fc3,fc4 -o out/sparsity acts.h5",
    .options = options,
    .notes =
        "Tables (each with a .json that defines its columns): images, neurons, "
        "active_neurons_per_image, images_per_neuron, activation_histograms, thresholds, overlap, "
        "summary. Intervals are 95 % percentile intervals of a bootstrap over identities. Missing "
        "images are left out and counted. The tables don't depend on the number of threads.",
    .see_also = "facet-dump, facet-plot",
};

struct arguments {
    struct facet_sparsity_options run;
    double thresholds[MAX_THRESHOLDS];
    char **layers;
};

static const double relative_thresholds[] = {0, 0.05, 0.1, 0.2, 0.5, 1, 2};

static int parse_thresholds(const char *text, struct arguments *a)
{
    char **items;
    size_t count;
    int code = facet_parse_list("--thresholds", text, ',', &items, &count);
    if (code < 0) return code;
    if (count > MAX_THRESHOLDS)
        code = facet_fail(FACET_EINVAL, "--thresholds: expected at most %d values, found %zu",
                          MAX_THRESHOLDS, count);
    for (size_t i = 0; code == FACET_OK && i < count; i++)
        code = facet_parse_real("--thresholds", items[i], 0, 3.4e38, &a->thresholds[i]);
    free(items);
    a->run.thresholds = a->thresholds;
    a->run.threshold_count = count;
    a->run.relative = 0;
    return code;
}

static int take(int option, const char *value, void *asked)
{
    struct arguments *a = asked;
    int64_t number = 0;
    int code = FACET_OK;
    switch (option) {
    case 'L':
        free(a->layers);
        a->layers = NULL;
        code = facet_parse_list("--layers", value, ',', &a->layers, &a->run.layer_count);
        a->run.layers = a->layers;
        break;
    case 'T':
        code = facet_parse_real("--threshold", value, 0, 3.4e38, &a->run.threshold);
        break;
    case KEY_THRESHOLDS:
        code = parse_thresholds(value, a);
        break;
    case 'b':
        code = facet_parse_int("--bootstrap", value, 2, 1000000, &number);
        a->run.replicates = (size_t)number;
        break;
    case 's':
        code = facet_parse_int("--seed", value, 0, INT64_MAX, &number);
        a->run.seed = (uint64_t)number;
        break;
    case KEY_PAIRS:
        code = facet_parse_int("--pairs", value, 1, 10000000, &number);
        a->run.pairs = (size_t)number;
        break;
    }
    return code;
}

static const char *find_fault(const struct facet_cli *cli, void *asked)
{
    (void)asked;
    return cli->output == NULL ? "expected a folder for the tables: -o DIR" : NULL;
}

static void print_summary(const struct facet_sparsity_result *result)
{
    printf("%-12s %-10s %9s %15s %6s %17s %6s %6s %5s %5s\n", "layer", "view", "neurons",
           "active/image", "share", "images/neuron", "TR", "Gini", "dead", "on");
    for (size_t i = 0; i < result->count; i++) {
        const struct facet_sparsity_summary *s = &result->lines[i];
        char active[64], images[64];
        snprintf(active, sizeof active, "%.1f +- %.1f", s->active, s->active_sd);
        snprintf(images, sizeof images, "%.0f +- %.0f", s->images_per_neuron,
                 s->images_per_neuron_sd);
        printf("%-12s %-10s %9zu %15s %6.3f %17s %6.3f %6.3f %5zu %5zu\n", s->layer, s->view,
               s->neurons, active, s->share, images, s->treves_rolls, s->gini, s->dead,
               s->always_on);
    }
}

static void say_done(const struct facet_cli *cli, const struct facet_sparsity_result *r,
                     double seconds)
{
    size_t constant = 0;
    char took[32], memory[32];
    for (size_t i = 0; i < r->count; i++) constant += r->lines[i].constant;
    facet_cli_say(
        cli,
        "%zu images of %zu identities (%zu without identity) in %zu layers and views; %zu "
        "missing images left out; %zu constant neurons; tables in %s (%s, %s)",
        r->images, r->identities, r->unidentified, r->count, r->missing, constant, cli->output,
        facet_progress_time(seconds, took),
        facet_progress_bytes((double)facet_cpu_peak_memory(), memory));
}

static int run(const struct facet_cli *cli, void *asked)
{
    struct facet_sparsity_options *o = &((struct arguments *)asked)->run;
    struct facet_provenance *provenance = NULL;
    struct facet_sparsity *sparsity = NULL;
    double start = facet_cpu_seconds();
    char *estimate = NULL;
    o->path = cli->arguments[0];
    o->folder = cli->output;
    o->threads = cli->threads;
    o->quiet = cli->quiet;
    int code = facet_provenance_new(&provenance, program.name, cli->argc, cli->argv);
    if (code == FACET_OK) code = facet_sparsity_open(&sparsity, o, provenance);
    if (code == FACET_OK && (estimate = facet_sparsity_estimate(sparsity)) == NULL)
        code = FACET_ENOMEM;
    if (code == FACET_OK) {
        facet_cli_say(cli, "%s", estimate);
        code = facet_sparsity_run(sparsity);
    }
    if (code == FACET_OK) {
        print_summary(facet_sparsity_result(sparsity));
        say_done(cli, facet_sparsity_result(sparsity), facet_cpu_seconds() - start);
    }
    free(estimate);
    facet_sparsity_close(&sparsity);
    facet_provenance_free(&provenance);
    return code;
}

int main(int argc, char **argv)
{
    static const struct facet_cli_steps steps = {take, find_fault, run};
    struct arguments a = {
        .run = {.replicates = 1000,
                .seed = 1,
                .pairs = 10000,
                .thresholds = relative_thresholds,
                .threshold_count = sizeof relative_thresholds / sizeof *relative_thresholds,
                .relative = 1}};
    int status = facet_cli_run(&program, &steps, &a, argc, argv);
    free(a.layers);
    return status;
}
