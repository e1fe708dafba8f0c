/* facet-verify: are two images of one person? Accuracy on the pairs of a protocol. */
#include "base/parse.h"
#include "compare/options.h"
#include "compare/program.h"
#include "verify/verify.h"

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
        "other. The people of --train-acts must not stand in the pairs. Memory holds the images' "
        "values; what is kept of a pair, 84 bytes at most, lies in the folder that TMPDIR names "
        "(or /tmp), in files without a name: their pages count in the peak of memory that is said "
        "at the end, but the system takes them back when it needs them.",
    .see_also = "facet-dump, facet-identify, facet-binarize, facet-plot",
};

struct arguments {
    struct facet_verify_options run;
    struct facet_verify_report report;
};

static int parse_option(void *arguments, int option, const char *value)
{
    struct facet_verify_options *o = &((struct arguments *)arguments)->run;
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

static const char *find_fault(void *arguments)
{
    struct facet_verify_options *o = &((struct arguments *)arguments)->run;
    return o->pairs == NULL ? "--pairs is needed" : facet_compare_fault(&o->compare);
}

static int run(void *arguments, struct facet_provenance *provenance)
{
    struct arguments *a = arguments;
    return facet_verify_run(&a->run, provenance, &a->report);
}

static char *print_lines(const void *arguments)
{
    const struct facet_verify_report *report = &((const struct arguments *)arguments)->report;
    printf("%-13s %-14s %17s %16s %9s %7s %8s %9s\n", "layer", "metric", "accuracy",
           "95 % interval", "at best", "area", "EER", "TPR 0.001");
    for (size_t i = 0; i < report->line_count; i++) {
        const struct facet_verify_line *line = &report->lines[i];
        const struct facet_verification *v = &line->result;
        char accuracy[48] = "NA", interval[48];
        if (v->folds > 1)
            snprintf(accuracy, sizeof accuracy, "%.2f +- %.2f %%", 100 * v->accuracy.estimate,
                     100 * v->standard_error);
        facet_compare_interval(v->accuracy.low, v->accuracy.high, interval);
        printf("%-13s %-14s %17s %16s %7.2f %% %7.4f %6.2f %% %7.2f %%\n", line->layer,
               facet_comparison_name(line->metric), accuracy, interval, 100 * v->best_accuracy,
               v->auc.estimate, 100 * v->eer.estimate, 100 * v->tpr[2].estimate);
    }
    if (report->folds == 1)
        puts("One fold: none is left to choose a threshold on. \"At best\" it is chosen on the "
             "pairs judged.");
    return facet_format("%zu of %zu pairs of %zu images compared (%s), %zu images missing; tables",
                        report->pairs, report->listed, report->images,
                        facet_combine_name(report->lines[0].combine), report->missing);
}

static void release(void *arguments)
{
    struct arguments *a = arguments;
    facet_verify_free(&a->report);
    facet_compare_options_free(&a->run.compare);
}

int main(int argc, char **argv)
{
    struct arguments a = {
        .run = {.compare = FACET_SESSION_DEFAULTS, .replicates = 1000, .seed = 1}};
    const struct facet_compare_program all = {
        &program, &a, &a.run.compare, parse_option, find_fault, run, print_lines, release, NULL};
    return facet_compare_main(&all, argc, argv);
}
