/* facet-verify: are two images of one person? Accuracy on the pairs of a protocol. */
#include "base/cli.h"
#include "base/cpu.h"
#include "base/file.h"
#include "base/parse.h"
#include "base/progress.h"
#include "verify/verify.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    PAIRS = 256,
    FEATURES,
    VIEW,
    METRIC,
    TRAIN,
    FITTED,
    PCA,
    RIDGE,
    THRESHOLD,
    DISJOINT,
    MISSING,
    FRAMES,
    SCORES,
    MAX_FILES = 64
};

static const struct facet_option options[] = {
    {PAIRS, "pairs", "FILE",
     "pairs of images (required): LFW's pairs.txt or pairsDev*.txt, YouTube Faces' splits.txt, or "
     "a "
     "table with image_a, image_b, same and, if there are several, fold"},
    {'L', "layers", "A,B,..",
     "layers to compare, each by itself; joined by +, as fc3+fc4, together (default: all)"},
    {FEATURES, "features", "WHAT",
     "original, mirror_sum or mirror_concat: of the image, summed with those of its mirror image, "
     "or both (default: both where the file has the mirror image)"},
    {VIEW, "view", "NAME", "view of the images, as bottom:30 (default original)"},
    {METRIC, "metric", "A,B,..",
     "cosine, euclidean, hamming, joint_bayesian (default: cosine,euclidean, and joint_bayesian "
     "with --train-acts or --fitted)"},
    {TRAIN, "train-acts", "FILE,..",
     "activations of other people to fit Joint Bayesian on, a file for each ACTS.h5"},
    {FITTED, "fitted", "METRIC.h5", "a Joint Bayesian that an earlier run has fitted and kept"},
    {PCA, "pca", "N", "components before Joint Bayesian, 0 for none (default 160)"},
    {RIDGE, "ridge", "X",
     "added to the within-person covariance, as a share of its mean variance (default 0)"},
    {THRESHOLD, "threshold", "T", "of hamming: a neuron is on above T (default 0)"},
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
    .notes = "Tables (each with a .json that defines its columns): accuracy, folds, roc, scores. "
             "Accuracy is the mean over folds, each at the threshold that is best on the others; "
             "intervals are 95 % percentile intervals of a bootstrap over people. Several files "
             "(networks, regions of the face) are compared together, their values one behind the "
             "other. The people of --train-acts must not stand in the pairs.",
    .see_also = "facet-dump, facet-binarize, facet-plot",
};

struct arguments {
    struct facet_verify_options run;
    char **trained;
};

static int parse_metrics(const char *text, struct facet_verify_options *run)
{
    char **items;
    size_t count;
    int code = facet_parse_list("--metric", text, ',', &items, &count);
    run->metric_count = 0;
    if (code == FACET_OK && count > FACET_COMPARISONS)
        code = facet_fail(FACET_EINVAL, "--metric: there are %d metrics", FACET_COMPARISONS);
    for (size_t i = 0; code == FACET_OK && i < count; i++)
        code = facet_comparison_parse(items[i], &run->metrics[run->metric_count++]);
    free(items);
    return code;
}

static int parse_size(const char *what, const char *value, int64_t low, size_t *out)
{
    int64_t number = 0;
    int code = facet_parse_int(what, value, low, 100000000, &number);
    *out = (size_t)number;
    return code;
}

static int parse_option(int option, const char *value, struct arguments *a)
{
    struct facet_verify_options *run = &a->run;
    enum facet_combine combine;
    int64_t number = 0;
    int code = FACET_OK;
    switch (option) {
    case PAIRS:
        run->pairs = value;
        break;
    case 'L':
        free(run->layers);
        run->layers = NULL;
        return facet_parse_list("--layers", value, ',', &run->layers, &run->layer_count);
    case FEATURES:
        code = facet_combine_parse(value, &combine);
        run->combine = (int)combine;
        break;
    case VIEW:
        run->view = value;
        break;
    case METRIC:
        return parse_metrics(value, run);
    case TRAIN:
        free(a->trained);
        a->trained = NULL;
        code = facet_parse_list("--train-acts", value, ',', &a->trained, &run->train_count);
        run->train_paths = (const char *const *)a->trained;
        break;
    case FITTED:
        run->metric_path = value;
        break;
    case PCA:
        return parse_size("--pca", value, 0, &run->pca);
    case RIDGE:
        return facet_parse_real("--ridge", value, 0, 1, &run->ridge);
    case THRESHOLD:
        return facet_parse_real("--threshold", value, -3.4e38, 3.4e38, &run->threshold);
    case DISJOINT:
        run->disjoint = 1;
        break;
    case MISSING:
        run->allow_missing = 1;
        break;
    case FRAMES:
        return parse_size("--frames", value, 1, &run->frames);
    case SCORES:
        run->scores = 1;
        break;
    case 'b':
        return parse_size("--bootstrap", value, 0, &run->replicates);
    case 's':
        code = facet_parse_int("--seed", value, 0, INT64_MAX, &number);
        run->seed = (uint64_t)number;
        break;
    }
    return code;
}

/* What is wrong with the options together, NULL if nothing. */
static const char *find_fault(const struct facet_cli *cli, struct facet_verify_options *run)
{
    const int fits = run->train_count > 0 || run->metric_path != NULL;
    if (cli->output == NULL) return "expected a folder for the tables: -o DIR";
    if (run->pairs == NULL) return "--pairs is needed";
    if (run->train_count > 0 && run->metric_path != NULL)
        return "--train-acts and --fitted exclude each other";
    if (run->train_count > 0 && run->train_count != run->path_count)
        return "--train-acts needs a file for each ACTS.h5";
    if (run->metric_count == 0) {
        run->metrics[run->metric_count++] = FACET_COSINE;
        run->metrics[run->metric_count++] = FACET_EUCLIDEAN;
        if (fits) run->metrics[run->metric_count++] = FACET_JOINT_BAYESIAN;
    }
    for (size_t i = 0; i < run->metric_count; i++)
        if (run->metrics[i] == FACET_JOINT_BAYESIAN && !fits)
            return "joint_bayesian needs --train-acts or --fitted";
    return NULL;
}

static void print_lines(const struct facet_verify_report *report)
{
    printf("%-10s %-13s %-14s %16s %15s %8s %8s %12s\n", "layer", "features", "metric", "accuracy",
           "95 % interval", "area", "EER", "TPR at 0.001");
    for (size_t i = 0; i < report->line_count; i++) {
        const struct facet_verify_line *line = &report->lines[i];
        const struct facet_verification *v = &line->result;
        char accuracy[48], interval[48];
        snprintf(accuracy, sizeof accuracy, "%.2f +- %.2f %%", 100 * v->accuracy.estimate,
                 100 * v->standard_error);
        snprintf(interval, sizeof interval, "%.2f to %.2f", 100 * v->accuracy.low,
                 100 * v->accuracy.high);
        printf("%-10s %-13s %-14s %16s %15s %8.4f %7.2f%% %11.2f%%\n", line->layer,
               facet_combine_name(line->combine), facet_comparison_name(line->metric),
               v->folds > 1 ? accuracy : "NA", v->folds > 1 ? interval : "NA", v->auc.estimate,
               100 * v->eer.estimate, 100 * v->tpr[2].estimate);
    }
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
                      "%zu of %zu pairs of %zu images compared, %zu images missing; tables in %s "
                      "(%s, %s)",
                      report.pairs, report.listed, report.images, report.missing, cli->output,
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
    struct arguments a = {
        .run = {.view = "original", .combine = -1, .pca = 160, .replicates = 1000, .seed = 1}};
    int option, status;
    facet_cli_begin(&cli, &program, argc, argv);
    while ((option = facet_cli_next(&cli)) > 0)
        if (parse_option(option, cli.value, &a) < 0) {
            status = facet_cli_misuse(&cli, "%s", facet_error_message());
            goto done;
        }
    status = cli.status;
    if (option < 0) goto done;
    a.run.paths = (const char *const *)cli.arguments;
    a.run.path_count = (size_t)cli.argument_count;
    a.run.folder = cli.output;
    a.run.threads = cli.threads;
    a.run.say = say;
    a.run.context = &cli;
    const char *fault = find_fault(&cli, &a.run);
    status = fault != NULL           ? facet_cli_misuse(&cli, "%s", fault)
             : run(&cli, &a.run) < 0 ? facet_cli_failure(&cli)
                                     : facet_cli_success(&cli);
done:
    free(a.run.layers);
    free(a.trained);
    return status;
}
