/* facet-selectivity: which neurons know whom. */
#include "base/cli.h"
#include "base/cpu.h"
#include "base/file.h"
#include "base/parse.h"
#include "base/progress.h"
#include "selectivity/selectivity.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    BY = 256,
    FEATURES,
    SELECT,
    TOP,
    MIN_IMAGES,
    CUT,
    SPLITS,
    BY_IDENTITY,
    PERMUTATIONS,
    GROUP,
    CLASSIFIERS
};

static const struct facet_option options[] = {
    {BY, "by", "A,B,..",
     "what neurons may be selective for (required): identity, a person against everybody else; "
     "names of attributes; attributes: all of them"},
    {'L', "layers", "A,B,..",
     "layers to measure, each by itself; joined by +, as fc3+fc4, together (default: all)"},
    {FEATURES, "features", "WHAT",
     "neurons: original (of the image), mirror_sum (summed with those of its mirror image) or "
     "mirror_concat (both: 1,024 for the 512 of FC-4; the default where the file has both)"},
    {SELECT, "select", "NAME,..", "these people"},
    {TOP, "top", "N", "the N people with most images"},
    {MIN_IMAGES, "min-images", "N",
     "of people who aren't named, those with N images or more (default 10)"},
    {CUT, "cut", "CUT",
     "what of an attribute's scores is the target: above a number (default 0), or "
     "quantiles:LOW,HIGH: above the one, against those at or below the other"},
    {SPLITS, "splits", "N", "random splits into halves, up to 64 (default 8)"},
    {BY_IDENTITY, "by-identity-splits", NULL, "an attribute's halves have no person in common"},
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

static int parse_cut(const char *value, struct targets_options *t)
{
    static const char prefix[] = "quantiles:";
    t->quantiles = strncmp(value, prefix, sizeof prefix - 1) == 0;
    if (!t->quantiles) {
        int code = facet_parse_real("--cut", value, -1e308, 1e308, &t->cut[0]);
        t->cut[1] = t->cut[0];
        return code;
    }
    value += sizeof prefix - 1;
    const char *comma = strchr(value, ',');
    char low[32];
    if (comma == NULL || comma - value >= (long)sizeof low)
        return facet_fail(FACET_EINVAL, "--cut: expected quantiles:LOW,HIGH, found \"%s\"", value);
    snprintf(low, sizeof low, "%.*s", (int)(comma - value), value);
    int code = facet_parse_real("--cut", low, 0, 1, &t->cut[0]);
    if (code == FACET_OK) code = facet_parse_real("--cut", comma + 1, 0, 1, &t->cut[1]);
    if (code == FACET_OK && t->cut[0] > t->cut[1])
        code = facet_fail(FACET_EINVAL, "--cut: the quantiles %s must ascend", value);
    return code;
}

static int parse_list(const char *what, const char *value, char ***list, size_t *count)
{
    free(*list);
    *list = NULL;
    return facet_parse_list(what, value, ',', list, count);
}

static int parse_option(int option, const char *value, struct selectivity_options *run)
{
    struct targets_options *t = &run->targets;
    enum facet_combine combine;
    int64_t number = 0;
    int code = FACET_OK;
    switch (option) {
    case BY:
        return parse_list("--by", value, &t->by, &t->by_count);
    case 'L':
        return parse_list("--layers", value, &run->layers, &run->layer_count);
    case FEATURES:
        code = facet_combine_parse(value, &combine);
        if (code == FACET_OK) run->combine = (int)combine;
        break;
    case SELECT:
        return parse_list("--select", value, &t->select, &t->select_count);
    case TOP:
        return facet_parse_size("--top", value, 1, 1000000, &t->top);
    case MIN_IMAGES:
        return facet_parse_size("--min-images", value, 2, 1000000, &t->min_images);
    case CUT:
        return parse_cut(value, t);
    case SPLITS:
        return facet_parse_size("--splits", value, 1, MAX_SPLITS, &t->splits);
    case BY_IDENTITY:
        t->by_identity = 1;
        break;
    case PERMUTATIONS:
        return facet_parse_size("--permutations", value, 1, 1000000, &run->permutations);
    case CLASSIFIERS:
        return facet_parse_size("--classifiers", value, 1, MAX_SPLITS, &run->classifier_splits);
    case GROUP:
        return parse_list("--group", value, &run->group, &run->group_count);
    case 's':
        code = facet_parse_int("--seed", value, 0, INT64_MAX, &number);
        t->seed = (uint64_t)number;
        break;
    }
    return code;
}

/* What is wrong with the options together, NULL if nothing. */
static const char *find_fault(const struct facet_cli *cli, const struct selectivity_options *run)
{
    const struct targets_options *t = &run->targets;
    if (cli->output == NULL) return "expected a folder for the tables: -o DIR";
    if (t->by_count == 0) return "--by is needed";
    if (t->select_count > 0 && t->top > 0) return "--select and --top exclude each other";
    if (run->classifier_splits > t->splits) return "--classifiers can't be more than --splits";
    return NULL;
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
    const struct targets *t = report->targets;
    char took[32], memory[32];
    if (t->skipped > 0)
        facet_cli_say(cli, "%zu attributes skipped, with fewer than 2 images on a side: %s",
                      t->skipped, t->skipped_names);
    facet_cli_say(cli,
                  "%zu targets, %zu neurons, %zu images; %zu missing images left out; %zu constant "
                  "neurons; tables in %s (%s, %s)",
                  t->count, report->neurons, t->images, t->missing, report->constant, cli->output,
                  facet_progress_time(seconds, took),
                  facet_progress_bytes((double)facet_cpu_peak_memory(), memory));
}

static int run(struct facet_cli *cli, const struct selectivity_options *options)
{
    struct facet_provenance *provenance = NULL;
    struct selectivity_report report = {0};
    const double start = facet_cpu_seconds();
    int code = facet_provenance_new(&provenance, program.name, cli->argc, cli->argv);
    if (code == FACET_OK) code = facet_file_mkdir(cli->output);
    if (code == FACET_OK) code = selectivity_run(options, provenance, &report);
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
    struct facet_cli cli;
    struct selectivity_options a = {.combine = -1,
                                    .targets = {.min_images = 10, .splits = 8, .seed = 1}};
    int option, status;
    facet_cli_begin(&cli, &program, argc, argv);
    while ((option = facet_cli_next(&cli)) > 0)
        if (parse_option(option, cli.value, &a) < 0) {
            status = facet_cli_misuse(&cli, "%s", facet_error_message());
            goto done;
        }
    status = cli.status;
    if (option < 0) goto done;
    a.path = cli.arguments[0];
    a.folder = cli.output;
    a.threads = cli.threads;
    a.quiet = cli.quiet;
    const char *fault = find_fault(&cli, &a);
    status = fault != NULL       ? facet_cli_misuse(&cli, "%s", fault)
             : run(&cli, &a) < 0 ? facet_cli_failure(&cli)
                                 : facet_cli_success(&cli);
done:
    free(a.layers);
    free(a.group);
    free(a.targets.by);
    free(a.targets.select);
    return status;
}
