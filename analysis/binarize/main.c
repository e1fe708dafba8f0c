/* facet-binarize: what is left of recognition when each neuron becomes one bit. */
#include "base/parse.h"
#include "binarize/binarize.h"
#include "compare/options.h"
#include "compare/program.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    PAIRS = 256,
    RULE,
    THRESHOLD,
    SWEEP,
    LENGTHS,
    REPEATS,
    DISJOINT,
    MISSING,
    MAX_FILES = 64,
    MAX_SWEEP = 64,
    MAX_LENGTHS = 64
};

static const struct facet_option options[] = {
    {PAIRS, "pairs", "FILE",
     "pairs of images in two folds or more (required): LFW's pairs.txt, YouTube Faces' splits.txt, "
     "or a table with image_a, image_b, same and fold"},
    FACET_COMPARE_LAYERS,
    FACET_COMPARE_VIEW,
    {FACET_OPTION_TRAIN, "train-acts", "FILE,..",
     "activations of other people, a file for each ACTS.h5: to fit Joint Bayesian, and to choose "
     "thresholds and bits"},
    {RULE, "rule", "RULE",
     "what a neuron is on above: value (--threshold), median (its own over the training images, "
     "without any over those in the pairs) or trained (the one of --thresholds that is best for "
     "Hamming distance on pairs of training people) (default value)"},
    {THRESHOLD, "threshold", "T", "of --rule value: a neuron is on above T (default 0)"},
    {SWEEP, "thresholds", "A,B,..",
     "thresholds of the sweep, in units of the activations (default: 0, 0.05, 0.1, 0.2, 0.5, 1 and "
     "2 times the layer's scale, the mean of its values above zero)"},
    {LENGTHS, "lengths", "A,B,..", "lengths of codes, beside all bits (default 8,16,32,..)"},
    {REPEATS, "repeats", "N", "random choices of bits for each length (default 20)"},
    FACET_COMPARE_FIT,
    {DISJOINT, "disjoint", NULL,
     "choose a fold's threshold on scores only on pairs without any of the fold's people"},
    {MISSING, "allow-missing", NULL, "leave out pairs whose images aren't there, and count them"},
    {'b', "bootstrap", "N", "replicates of the bootstrap over people, 0 for none (default 1000)"},
    {'s', "seed", "N", "seed of bootstrap, random bits and training pairs (default 1)"},
    {0},
};

static const struct facet_program program = {
    .name = "facet-binarize",
    .summary = "measures what is left of recognition when each neuron becomes one bit",
    .arguments = "ACTS.h5 [MORE.h5]...",
    .min_arguments = 1,
    .max_arguments = MAX_FILES,
    .output = "DIR",
    .output_help = "folder for the tables and codes.h5 (required)",
    .threads = 1,
    .example = "facet-binarize lfw.h5 --pairs pairs.txt --train-acts people.h5 -o out/binarize",
    .options = options,
    .notes = "Tables (each with a .json that defines its columns): table4, thresholds, lengths, "
             "bits, correlation, storage, distances, nearest. codes.h5 holds the packed bits of "
             "the images in the "
             "pairs. With several files (networks) table4 has the first alone and all together; "
             "everything else is of the first. Rows of Joint Bayesian, of informative bits and of "
             "the trained threshold need --train-acts, whose people must not stand in the pairs: "
             "nothing is fitted or chosen on the pairs. Intervals are 95 % percentile intervals of "
             "a bootstrap over people. The times in storage differ from run to run.",
    .see_also = "facet-dump, facet-verify, facet-plot",
};

/* Of facet-sparsity, too. */
static const double relative_thresholds[] = {0, 0.05, 0.1, 0.2, 0.5, 1, 2};

struct arguments {
    struct facet_binarize_options run;
    struct facet_binarize_report report;
    double thresholds[MAX_SWEEP];
    size_t lengths[MAX_LENGTHS];
    int threshold_given;
};

static int parse_sweep(const char *text, struct arguments *a)
{
    char **items;
    size_t count;
    int code = facet_parse_list("--thresholds", text, ',', &items, &count);
    if (code < 0) return code;
    if (count > MAX_SWEEP)
        code = facet_fail(FACET_EINVAL, "--thresholds: expected at most %d values, found %zu",
                          MAX_SWEEP, count);
    for (size_t i = 0; code == FACET_OK && i < count; i++) {
        code = facet_parse_real("--thresholds", items[i], -3.4e38, 3.4e38, &a->thresholds[i]);
        if (code == FACET_OK && i > 0 && a->thresholds[i] <= a->thresholds[i - 1])
            code =
                facet_fail(FACET_EINVAL, "--thresholds: %s: expected ascending values", items[i]);
    }
    free(items);
    a->run.thresholds = a->thresholds;
    a->run.threshold_count = count;
    a->run.relative = 0;
    return code;
}

static int parse_option(void *arguments, int option, const char *value)
{
    struct arguments *a = arguments;
    struct facet_binarize_options *run = &a->run;
    int64_t number = 0;
    int code = FACET_OK;
    switch (option) {
    case PAIRS:
        run->pairs = value;
        break;
    case RULE:
        return facet_binarize_rule_parse(value, &run->rule);
    case THRESHOLD:
        a->threshold_given = 1;
        return facet_parse_real("--threshold", value, -3.4e38, 3.4e38, &run->threshold);
    case SWEEP:
        return parse_sweep(value, a);
    case LENGTHS:
        return facet_parse_counts("--lengths", value, 1, FACET_PARSE_MOST, MAX_LENGTHS, a->lengths,
                                  &run->length_count);
    case REPEATS:
        return facet_parse_size("--repeats", value, 1, FACET_PARSE_MOST, &run->repeats);
    case DISJOINT:
        run->disjoint = 1;
        break;
    case MISSING:
        run->allow_missing = 1;
        break;
    case 'b':
        return facet_parse_size("--bootstrap", value, 0, FACET_PARSE_MOST, &run->replicates);
    case 's':
        code = facet_parse_int("--seed", value, 0, INT64_MAX, &number);
        run->seed = (uint64_t)number;
        break;
    default:
        return facet_compare_option(option, value, &run->compare);
    }
    return code;
}

static const char *find_fault(void *arguments)
{
    struct arguments *a = arguments;
    struct facet_binarize_options *run = &a->run;
    if (run->pairs == NULL) return "--pairs is needed";
    if (run->rule == FACET_RULE_TRAINED && run->compare.train_count == 0)
        return "--rule trained needs --train-acts";
    if (run->rule != FACET_RULE_VALUE && a->threshold_given)
        return "--threshold belongs to --rule value";
    return facet_compare_fault(&run->compare);
}

static int run(void *arguments, struct facet_provenance *provenance)
{
    struct arguments *a = arguments;
    return facet_binarize_run(&a->run, provenance, &a->report);
}

static char *print_lines(const void *arguments)
{
    const struct facet_binarize_report *report = &((const struct arguments *)arguments)->report;
    printf("%-10s %8s %-7s %-14s %17s %17s\n", "layer", "networks", "values", "classifier",
           "accuracy", "95 % interval");
    for (size_t i = 0; i < report->line_count; i++) {
        const struct facet_binarize_line *line = &report->lines[i];
        const struct facet_verification *v = &line->result;
        char accuracy[48], interval[48];
        snprintf(accuracy, sizeof accuracy, "%.2f +- %.2f %%", 100 * v->accuracy.estimate,
                 100 * v->standard_error);
        facet_compare_interval(v->accuracy.low, v->accuracy.high, interval);
        printf("%-10s %8zu %-7s %-14s %17s %17s\n", line->layer, line->networks,
               line->binary ? "binary" : "real", facet_comparison_name(line->classifier), accuracy,
               interval);
    }
    return facet_format("%zu of %zu pairs of %zu images compared, %zu images missing; tables and "
                        "codes.h5",
                        report->pairs, report->listed, report->images, report->missing);
}

static void release(void *arguments)
{
    struct arguments *a = arguments;
    facet_binarize_free(&a->report);
    facet_compare_options_free(&a->run.compare);
}

int main(int argc, char **argv)
{
    struct arguments a = {
        .run = {.compare = FACET_SESSION_DEFAULTS,
                .thresholds = relative_thresholds,
                .threshold_count = sizeof relative_thresholds / sizeof *relative_thresholds,
                .relative = 1,
                .repeats = 20,
                .replicates = 1000,
                .seed = 1}};
    const struct facet_compare_program all = {
        &program, &a, &a.run.compare, parse_option, find_fault, run, print_lines, release, NULL};
    for (size_t length = 8; length <= 1 << 20; length *= 2)
        a.lengths[a.run.length_count++] = length;
    a.run.lengths = a.lengths;
    return facet_compare_main(&all, argc, argv);
}
