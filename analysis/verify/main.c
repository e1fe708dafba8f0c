/* facet-verify: are two images of one person? Accuracy on the pairs of a protocol. */
#include "base/cli.h"
#include "base/cpu.h"
#include "base/file.h"
#include "base/parse.h"
#include "base/progress.h"
#include "compare/options.h"
#include "verify/verify.h"

#include <math.h>
#include <stdio.h>

enum { PAIRS = 256, DISJOINT, MISSING, FRAMES, SCORES, MAX_FILES = 64 };

static const struct facet_option options[] = {
    {PAIRS, "pairs", "FILE",
     "pairs of images (required): LFW's pairs.txt or pairsDev*.txt, YouTube Faces' splits.txt, or "
     "a table with image_a, image_b, same and, if there are several, fold"},
    FACET_COMPARE_OPTIONS,
    FACET_COMPARE_VIEW,
    {DISJOINT, "disjoint", NULL,
     "choose a fold's threshold only on pairs without any of the fold's people"},
    {MISSING, "allow-missing", NULL, "leave out pairs whose images aren't there, and count them"},
    {FRAMES, "frames", "N", "frames of a video, drawn by the seed (default: all)"},
    {SCORES, "scores", NULL, "also write the score of each pair"},
    {'b', "bootstrap", "N", "replicates of the bootstrap over people, 0 for none (default 1000)"},
    {'s', "seed", "N", "seed of bootstrap and frames (default 1)"},
    {0},
};

static const struct facet_program program = {
    .name = "facet-verify",
    .summary = "measures how well activations tell whether two images show one person",
    .arguments = "ACTS.h5 [MORE.h5]...",
    .min_arguments = 1,
    .max_arguments = MAX_FILES,
    .output = "DIR",
    .output_help = "folder for the tables (required)",
    .threads = 1,
    .example = "facet-verify lfw.h5 --pairs pairs.txt --train-acts people.h5 -o out/verify",
    .options = options,
    .notes =
        "Tables (each with a .json that defines its columns): accuracy, folds, roc, scores. "
        "Accuracy is the mean over folds, each at the threshold that is best on the others, with "
        "its standard error; at best, an upper bound, is at the threshold that is best on the "
        "pairs judged, and all there is of one fold, as in LFW's view 1; intervals are 95 % "
        "percentile intervals of a bootstrap over people. Several files "
        "(networks, regions of the face) are compared together, their values one behind the "
        "other. The people of --train-acts must not stand in the pairs.",
    .see_also = "facet-dump, facet-identify, facet-binarize, facet-plot",
};

static int parse_option(int option, const char *value, struct facet_verify_options *o)
{
    int64_t number = 0;
    int code = FACET_OK;
    switch (option) {
    case PAIRS:
        o->pairs = value;
        break;
    case DISJOINT:
        o->disjoint = 1;
        break;
    case MISSING:
        o->allow_missing = 1;
        break;
    case FRAMES:
        return facet_parse_size("--frames", value, 1, FACET_PARSE_MOST, &o->frames);
    case SCORES:
        o->scores = 1;
        break;
    case 'b':
        return facet_parse_size("--bootstrap", value, 0, FACET_PARSE_MOST, &o->replicates);
    case 's':
        code = facet_parse_int("--seed", value, 0, INT64_MAX, &number);
        o->seed = (uint64_t)number;
        break;
    default:
        return facet_compare_option(option, value, &o->compare);
    }
    return code;
}

/* What is wrong with the options together, NULL if nothing. */
static const char *find_fault(struct facet_verify_options *o)
{
    if (o->compare.folder == NULL) return "expected a folder for the tables: -o DIR";
    if (o->pairs == NULL) return "--pairs is needed";
    return facet_compare_fault(&o->compare);
}

/* "97.10 to 98.25", NA without it. */
static void put_interval(const struct facet_estimate *e, char text[48])
{
    if (isnan(e->low) || isnan(e->high))
        snprintf(text, 48, "NA");
    else
        snprintf(text, 48, "%.2f to %.2f", 100 * e->low, 100 * e->high);
}

static void print_lines(const struct facet_verify_report *report)
{
    printf("%-13s %-14s %17s %16s %9s %7s %8s %9s\n", "layer", "metric", "accuracy",
           "95 % interval", "at best", "area", "EER", "TPR 0.001");
    for (size_t i = 0; i < report->line_count; i++) {
        const struct facet_verify_line *line = &report->lines[i];
        const struct facet_verification *v = &line->result;
        char accuracy[48] = "NA", interval[48];
        if (v->folds > 1)
            snprintf(accuracy, sizeof accuracy, "%.2f +- %.2f %%", 100 * v->accuracy.estimate,
                     100 * v->standard_error);
        put_interval(&v->accuracy, interval);
        printf("%-13s %-14s %17s %16s %7.2f %% %7.4f %6.2f %% %7.2f %%\n", line->layer,
               facet_comparison_name(line->metric), accuracy, interval, 100 * v->best_accuracy,
               v->auc.estimate, 100 * v->eer.estimate, 100 * v->tpr[2].estimate);
    }
    if (report->folds == 1)
        puts("One fold: none is left to choose a threshold on. \"At best\" it is chosen on the "
             "pairs judged.");
}

static void say(void *context, const char *message)
{
    facet_cli_say(context, "%s", message);
}

static int run(struct facet_cli *cli, struct facet_verify_options *options)
{
    struct facet_provenance *provenance = NULL;
    struct facet_verify_report report = {0};
    char took[32], memory[32];
    const double start = facet_cpu_seconds();
    int code = facet_provenance_new(&provenance, program.name, cli->argc, cli->argv);
    if (code == FACET_OK) code = facet_file_mkdir(cli->output);
    if (code == FACET_OK) code = facet_verify_run(options, provenance, &report);
    if (code == FACET_OK) {
        print_lines(&report);
        facet_cli_say(cli,
                      "%zu of %zu pairs of %zu images compared (%s), %zu images missing; tables in "
                      "%s (%s, %s)",
                      report.pairs, report.listed, report.images,
                      facet_combine_name(report.lines[0].combine), report.missing, cli->output,
                      facet_progress_time(facet_cpu_seconds() - start, took),
                      facet_progress_bytes((double)facet_cpu_peak_memory(), memory));
    }
    facet_verify_free(&report);
    facet_provenance_free(&provenance);
    return code;
}

int main(int argc, char **argv)
{
    struct facet_cli cli;
    struct facet_verify_options o = {
        .compare = FACET_SESSION_DEFAULTS, .replicates = 1000, .seed = 1};
    int option, status;
    facet_cli_begin(&cli, &program, argc, argv);
    while ((option = facet_cli_next(&cli)) > 0)
        if (parse_option(option, cli.value, &o) < 0) {
            status = facet_cli_misuse(&cli, "%s", facet_error_message());
            goto done;
        }
    status = cli.status;
    if (option < 0) goto done;
    o.compare.paths = (const char *const *)cli.arguments;
    o.compare.path_count = (size_t)cli.argument_count;
    o.compare.folder = cli.output;
    o.compare.threads = cli.threads;
    o.compare.say = say;
    o.compare.context = &cli;
    const char *fault = find_fault(&o);
    status = fault != NULL       ? facet_cli_misuse(&cli, "%s", fault)
             : run(&cli, &o) < 0 ? facet_cli_failure(&cli)
                                 : facet_cli_success(&cli);
done:
    facet_compare_options_free(&o.compare);
    return status;
}
