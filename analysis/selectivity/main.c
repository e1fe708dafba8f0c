/* facet-selectivity: which neurons know whom. */
#include "base/cli.h"
#include "base/cpu.h"
#include "base/file.h"
#include "base/parse.h"
#include "base/progress.h"
#include "selectivity/selectivity.h"

#include <stdio.h>
#include <stdlib.h>

enum { PERMUTATIONS = 256, GROUP, CLASSIFIERS };

static const struct facet_option options[] = {
    FACET_TARGETS_OPTIONS(8),
    {PERMUTATIONS, "permutations", "N", "also test by N random targets of the same size"},
    {CLASSIFIERS, "classifiers", "N",
     "also train linear classifiers of all neurons on the halves of the first N splits; a layer's "
     "values must fit into memory"},
    {GROUP, "group", "A,B,..",
     "targets, as races, whose histograms are shown for each other's neurons, too"},
    {'s', "seed", "N", "seed of splits and permutations (default 1)"},
    {0},
};

static const struct facet_program program = {
    .name = "facet-selectivity",
    .summary = "measures what each neuron tells of people and attributes",
    .arguments = "ACTS.h5",
    .min_arguments = 1,
    .max_arguments = 1,
    .output = "DIR",
    .output_help = "folder for the tables (required)",
    .threads = 1,
    .example = "facet-selectivity acts.h5 --by identity --top 5 --layers fc4 -o out/identities\n"
               "facet-selectivity acts.h5 --by male,white --cut 0 --layers fc4 -o out/attributes",
    .options = options,
    .notes =
        "Tables (each with a .json that defines its columns): neurons, targets, response, "
        "histograms, classifiers. A neuron's accuracy is that of one threshold, chosen on half "
        "of the images and judged on the other half, both ways, for the mean of target and rest; "
        "selective neurons have a false discovery rate below 0.05 over all neurons and targets "
        "of a layer (Mann-Whitney, Benjamini-Hochberg). Missing images and those without a score "
        "are left out and counted. The tables don't depend on the number of threads.",
    .see_also = "facet-dump, facet-sparsity, facet-plot",
};

static int take(int option, const char *value, void *asked)
{
    struct selectivity_options *run = asked;
    switch (option) {
    case PERMUTATIONS:
        return facet_parse_size("--permutations", value, 1, 1000000, &run->permutations);
    case CLASSIFIERS:
        return facet_parse_size("--classifiers", value, 1, FACET_TARGETS_SPLITS,
                                &run->classifier_splits);
    case GROUP:
        free(run->group);
        run->group = NULL;
        return facet_parse_list("--group", value, ',', &run->group, &run->group_count);
    default:
        return facet_targets_option(option, value, &run->asked);
    }
}

/* What is wrong with the options together, NULL if nothing. */
static const char *find_fault(const struct facet_cli *cli, void *asked)
{
    const struct selectivity_options *run = asked;
    if (cli->output == NULL) return "expected a folder for the tables: -o DIR";
    if (run->classifier_splits > run->asked.targets.splits)
        return "--classifiers can't be more than --splits";
    return facet_targets_fault(&run->asked);
}

/* "neuron 17, 94.3 %" */
static void describe(const struct target_line *line, enum direction d, char text[48])
{
    if (line->best_accuracy[d] == line->best_accuracy[d])
        snprintf(text, 48, "%zu, %.1f %%", line->best[d], 100 * line->best_accuracy[d]);
    else
        snprintf(text, 48, "NA");
}

static void print_lines(const struct selectivity_report *report)
{
    printf("%-20s %-8s %7s %9s %9s %8s  %-15s %-15s\n", "target", "layer", "images", "neurons",
           "selective", "+/-", "best +", "best -");
    for (size_t i = 0; i < report->line_count; i++) {
        const struct target_line *line = &report->lines[i];
        const size_t *found = line->selective;
        char excitatory[48], inhibitory[48], parts[48];
        snprintf(parts, sizeof parts, "%zu/%zu", found[EXCITATORY], found[INHIBITORY]);
        describe(line, EXCITATORY, excitatory);
        describe(line, INHIBITORY, inhibitory);
        printf("%-20.20s %-8.8s %7zu %9zu %9zu %8s  %-15s %-15s\n", line->target->name, line->layer,
               line->target->count[1], line->tested, found[EXCITATORY] + found[INHIBITORY], parts,
               excitatory, inhibitory);
    }
}

static void say_done(const struct facet_cli *cli, const struct selectivity_report *report,
                     double seconds)
{
    const struct facet_targets *t = report->targets;
    char took[32], memory[32];
    facet_targets_say(t, cli);
    facet_cli_say(cli,
                  "%zu targets, %zu neurons, %zu images; %zu missing images left out; %zu constant "
                  "neurons; tables in %s (%s, %s)",
                  t->count, report->neurons, t->images, t->missing, report->constant, cli->output,
                  facet_progress_time(seconds, took),
                  facet_progress_bytes((double)facet_cpu_peak_memory(), memory));
}

static int run(const struct facet_cli *cli, void *asked)
{
    struct selectivity_options *o = asked;
    struct facet_provenance *provenance = NULL;
    struct selectivity_report report = {0};
    const double start = facet_cpu_seconds();
    o->path = cli->arguments[0];
    o->folder = cli->output;
    o->threads = cli->threads;
    o->quiet = cli->quiet;
    int code = facet_provenance_new(&provenance, program.name, cli->argc, cli->argv);
    if (code == FACET_OK) code = facet_file_mkdir(cli->output);
    if (code == FACET_OK) code = selectivity_run(o, provenance, &report);
    if (code == FACET_OK) {
        print_lines(&report);
        say_done(cli, &report, facet_cpu_seconds() - start);
    }
    selectivity_free(&report);
    facet_provenance_free(&provenance);
    return code;
}

int main(int argc, char **argv)
{
    static const struct facet_cli_steps steps = {take, find_fault, run};
    struct selectivity_options asked = {.asked = FACET_ASKED(8)};
    int status = facet_cli_run(&program, &steps, &asked, argc, argv);
    facet_asked_free(&asked.asked);
    free(asked.group);
    return status;
}
