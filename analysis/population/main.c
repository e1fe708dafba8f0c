/* facet-population: what many neurons do together. */
#include "base/cli.h"
#include "base/cpu.h"
#include "base/file.h"
#include "base/parse.h"
#include "base/progress.h"
#include "population/population.h"

#include <stdio.h>
#include <stdlib.h>

enum { ZERO = 256, REPEATS, PAIRS, METRIC, MISSING, MAX_ZEROED = 64 };

static const struct facet_option options[] = {
    FACET_TARGETS_OPTIONS(4),
    {ZERO, "zero", "A,B,..",
     "how many of a target's neurons are set to zero, beside all that are selective (default "
     "8,32,128; those below the layer's number)"},
    {REPEATS, "repeats", "N", "sets of random neurons that they are set beside (default 20)"},
    {PAIRS, "pairs", "FILE",
     "pairs of images in two folds or more, as facet-verify reads them: measure what verification "
     "loses, too"},
    {METRIC, "metric", "A,B,..",
     "what pairs are compared by: cosine, euclidean, hamming (default "
     "cosine)"},
    {MISSING, "allow-missing", NULL, "leave out pairs whose images aren't there"},
    {'b', "bootstrap", "N",
     "replicates of the bootstrap over people in pairs, 0 for none (default 1000)"},
    {'s', "seed", "N", "seed of splits, random neurons and bootstrap (default 1)"},
    {0},
};

static const struct facet_program program = {
    .name = "facet-population",
    .summary = "measures how many neurons are enough, who shares them, and what is lost without "
               "them",
    .arguments = "ACTS.h5",
    .min_arguments = 1,
    .max_arguments = 1,
    .output = "DIR",
    .output_help = "folder for the tables (required)",
    .threads = 1,
    .example =
        "facet-population lfw.h5 --by identity,male --top 5 --layers fc4 --pairs pairs.txt -o "
        "out/population",
    .options = options,
    .notes =
        "Tables (each with a .json that defines its columns): curves, needed, overlap, ablation. "
        "Neurons are ranked by |AUC - 1/2| on half of the images, which a linear discriminant is "
        "trained on, too; it is judged on the other half, both ways. For verification they are "
        "chosen on the images that stand in no pair. The tables don't depend on the number of "
        "threads. A layer's values must fit into memory.",
    .see_also = "facet-selectivity, facet-verify, facet-plot",
};

struct arguments {
    struct population_options run;
    size_t zeroed[MAX_ZEROED];
};

static int parse_metrics(const char *text, struct lesion_options *o)
{
    char **items;
    size_t count;
    int code = facet_parse_list("--metric", text, ',', &items, &count);
    if (code < 0) return code;
    o->metric_count = 0;
    for (size_t i = 0; code == FACET_OK && i < count && i < FACET_COMPARISONS; i++) {
        code = facet_comparison_parse(items[i], &o->metrics[o->metric_count]);
        if (code == FACET_OK && o->metrics[o->metric_count++] == FACET_JOINT_BAYESIAN)
            code = facet_fail(FACET_EINVAL,
                              "--metric: expected cosine, euclidean or hamming, found "
                              "%s, which is fitted to all neurons",
                              items[i]);
    }
    free(items);
    return code;
}

static int take(int option, const char *value, void *asked)
{
    struct arguments *a = asked;
    struct population_options *run = &a->run;
    switch (option) {
    case ZERO:
        return facet_parse_counts("--zero", value, 1, FACET_PARSE_MOST, MAX_ZEROED, a->zeroed,
                                  &run->zeroed_count);
    case REPEATS:
        return facet_parse_size("--repeats", value, 1, 100000, &run->repeats);
    case PAIRS:
        run->lesion.pairs = value;
        return FACET_OK;
    case METRIC:
        return parse_metrics(value, &run->lesion);
    case MISSING:
        run->lesion.allow_missing = 1;
        return FACET_OK;
    case 'b':
        return facet_parse_size("--bootstrap", value, 0, FACET_PARSE_MOST, &run->lesion.replicates);
    default:
        return facet_targets_option(option, value, &run->asked);
    }
}

static const char *find_fault(const struct facet_cli *cli, void *asked)
{
    const struct arguments *a = asked;
    if (cli->output == NULL) return "expected a folder for the tables: -o DIR";
    return facet_targets_fault(&a->run.asked);
}

static void print_lines(const struct population_report *report)
{
    printf("%-20s %-13s %7s %12s %22s %13s\n", "target", "layer", "images", "all neurons",
           "nine tenths by neurons", "random order");
    for (size_t i = 0; i < report->line_count; i++) {
        const struct needed *n = &report->lines[i].needed;
        char fewest[48] = "NA", random[24] = "NA", full[24] = "NA";
        if (n->splits > 0) {
            snprintf(full, sizeof full, "%.1f %%", 100 * n->full);
            snprintf(fewest, sizeof fewest, "%zu (%zu to %zu)", n->neurons, n->least, n->most);
            snprintf(random, sizeof random, "%zu", n->random);
        }
        printf("%-20.20s %-13.13s %7zu %12s %22s %13s\n", n->target->name, report->lines[i].layer,
               n->target->count[1], full, fewest, random);
    }
}

static void say_done(const struct facet_cli *cli, const struct population_report *report,
                     double seconds)
{
    const struct facet_targets *t = report->targets;
    char took[32], memory[32];
    facet_targets_say(t, cli);
    if (report->skipped > 0)
        facet_cli_say(cli,
                      "verification: %zu targets left out, with fewer than 2 images on a side that "
                      "stand in no pair: %s",
                      report->skipped, report->skipped_names);
    facet_cli_say(cli,
                  "%zu targets, %zu neurons, %zu images, %zu pairs; %zu missing images left out; "
                  "tables in %s (%s, %s)",
                  t->count, report->neurons, t->images, report->pairs, t->missing, cli->output,
                  facet_progress_time(seconds, took),
                  facet_progress_bytes((double)facet_cpu_peak_memory(), memory));
}

static int run(const struct facet_cli *cli, void *asked)
{
    struct arguments *a = asked;
    struct population_options *o = &a->run;
    struct facet_provenance *provenance = NULL;
    struct population_report report = {0};
    const double start = facet_cpu_seconds();
    o->path = o->lesion.path = cli->arguments[0];
    o->folder = cli->output;
    o->zeroed = a->zeroed;
    o->threads = o->lesion.threads = cli->threads;
    o->lesion.seed = o->asked.targets.seed;
    o->quiet = cli->quiet;
    int code = facet_provenance_new(&provenance, program.name, cli->argc, cli->argv);
    if (code == FACET_OK) code = facet_file_mkdir(cli->output);
    if (code == FACET_OK) code = population_run(o, provenance, &report);
    if (code == FACET_OK) {
        print_lines(&report);
        say_done(cli, &report, facet_cpu_seconds() - start);
    }
    population_free(&report);
    facet_provenance_free(&provenance);
    return code;
}

int main(int argc, char **argv)
{
    static const struct facet_cli_steps steps = {take, find_fault, run};
    struct arguments a = {
        .run = {.asked = FACET_ASKED(4),
                .zeroed_count = 3,
                .repeats = 20,
                .lesion = {.metrics = {FACET_COSINE}, .metric_count = 1, .replicates = 1000}},
        .zeroed = {8, 32, 128}};
    int status = facet_cli_run(&program, &steps, &a, argc, argv);
    facet_asked_free(&a.run.asked);
    return status;
}
