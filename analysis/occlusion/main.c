/* facet-occlusion: what is left of recognition when parts of the faces are hidden. */
#include "base/parse.h"
#include "compare/options.h"
#include "compare/program.h"
#include "occlusion/occlusion.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    PAIRS = 256,
    LEVELS,
    HIDDEN_SEED,
    IDENTITIES,
    FACES,
    BESIDE,
    BESIDE_TRAIN,
    DISJOINT,
    MISSING,
    MAX_FILES = 64
};

static const struct facet_option options[] = {
    {PAIRS, "pairs", "FILE",
     "pairs of images in two folds or more (required): LFW's pairs.txt, YouTube Faces' splits.txt, "
     "or a table with image_a, image_b, same and fold"},
    {LEVELS, "levels", "A,B,..",
     "hidden faces to measure: views, as bottom:30, or kinds, as block (default: all in the file)"},
    {HIDDEN_SEED, "occlude-seed", "N",
     "refuse files whose faces were hidden with another seed (default: any)"},
    {FACES, "faces", "WHICH",
     "which faces of a pair are hidden: both, or the second (default both)"},
    FACET_COMPARE_OPTIONS,
    {BESIDE, "beside", "FILE,..",
     "another description of the same images, as facet-lbp's, measured in the same way: accuracy "
     "and drift of all its layers"},
    {BESIDE_TRAIN, "beside-train", "FILE,..",
     "the same of other people, to fit Joint Bayesian on; a file for each of --beside"},
    {IDENTITIES, "identities", "A,B,..",
     "people whose mean activations are written (default: the one with most images)"},
    {DISJOINT, "disjoint", NULL,
     "choose a fold's threshold only on pairs without any of the fold's people"},
    {MISSING, "allow-missing", NULL, "leave out pairs whose images aren't there, and count them"},
    {'b', "bootstrap", "N", "replicates of the bootstrap over people, 0 for none (default 1000)"},
    {'s', "seed", "N", "seed of the bootstrap (default 1)"},
    {0},
};

static const struct facet_program program = {
    .name = "facet-occlusion",
    .summary = "measures what is left of recognition when parts of the faces are hidden",
    .arguments = "ACTS.h5 [MORE.h5]...",
    .min_arguments = 1,
    .max_arguments = MAX_FILES,
    .output = "DIR",
    .output_help = "folder for the tables (required)",
    .threads = 1,
    .example = "facet-dump --model deepid2plus --images lfw/ --landmarks points.tsv \\\n"
               "    --occlude bottom:10-70/10,block:10-70/10 -o lfw.h5\n"
               "facet-occlusion lfw.h5 --pairs pairs.txt --train-acts people.h5 -o out/occlusion",
    .options = options,
    .notes =
        "Tables (each with a .json that defines its columns): accuracy, half, differences, drift, "
        "neurons, identities, sets. The clean faces are level 0 of every kind. Joint Bayesian is "
        "fitted to clean faces, of people who don't stand in the pairs. Intervals are 95 % "
        "percentile intervals of a bootstrap over people; those of differences are paired. Squares "
        "at given places (facet-dump --occlude slide:20/10) make a map: facet-plot occlusion_map. "
        "Several files (networks, regions of the face) are compared together, their values one "
        "behind the other.",
    .see_also = "facet-dump, facet-lbp, facet-verify, facet-plot",
};

static int parse_list(const char *what, const char *value, char ***items, size_t *count)
{
    free(*items);
    *items = NULL;
    return facet_parse_list(what, value, ',', items, count);
}

static int parse_faces(const char *value, int *one_face)
{
    *one_face = strcmp(value, "second") == 0;
    if (*one_face || strcmp(value, "both") == 0) return FACET_OK;
    return facet_fail(FACET_EINVAL, "--faces: \"%s\" is neither both nor second", value);
}

/* Options, with lists that the compare options don't own. */
struct arguments {
    struct facet_occlusion_options run;
    struct facet_occlusion_report report;
    char **beside;
};

static int parse_option(void *arguments, int option, const char *value)
{
    struct arguments *a = arguments;
    struct facet_occlusion_options *o = &a->run;
    int64_t number = 0;
    int code = FACET_OK;
    switch (option) {
    case PAIRS:
        o->pairs = value;
        break;
    case LEVELS:
        return parse_list("--levels", value, &o->levels, &o->level_count);
    case HIDDEN_SEED:
        return facet_parse_int("--occlude-seed", value, 0, INT64_MAX, &o->hidden_seed);
    case FACES:
        return parse_faces(value, &o->one_face);
    case BESIDE:
        code = parse_list("--beside", value, &a->beside, &o->beside.path_count);
        o->beside.paths = (const char *const *)a->beside;
        break;
    case BESIDE_TRAIN:
        return parse_list("--beside-train", value, &o->beside.train_paths, &o->beside.train_count);
    case IDENTITIES:
        return parse_list("--identities", value, &o->identities, &o->identity_count);
    case DISJOINT:
        o->disjoint = 1;
        break;
    case MISSING:
        o->allow_missing = 1;
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

/* What is compared beside is so in the same way; without training images not by Joint Bayesian. */
static const char *set_beside(struct facet_occlusion_options *o)
{
    struct facet_session_options *b = &o->beside;
    if (b->path_count == 0) return b->train_count > 0 ? "--beside-train belongs to --beside" : NULL;
    if (b->train_count > 0 && b->train_count != b->path_count)
        return "--beside-train needs a file for each of --beside";
    for (size_t i = 0; i < o->compare.metric_count; i++)
        if (o->compare.metrics[i] != FACET_JOINT_BAYESIAN || b->train_count > 0)
            b->metrics[b->metric_count++] = o->compare.metrics[i];
    b->folder = o->compare.folder;
    b->combine = o->compare.combine;
    b->threshold = o->compare.threshold;
    b->pca = o->compare.pca;
    b->pca_usual = o->compare.pca_usual;
    b->ridge = o->compare.ridge;
    b->threads = o->compare.threads;
    b->say = o->compare.say;
    b->context = o->compare.context;
    return b->metric_count == 0 ? "--beside needs --beside-train or another --metric" : NULL;
}

static const char *find_fault(void *arguments)
{
    struct facet_occlusion_options *o = &((struct arguments *)arguments)->run;
    if (o->pairs == NULL) return "--pairs is needed";
    const char *fault = facet_compare_fault(&o->compare);
    return fault != NULL ? fault : set_beside(o);
}

/* "38.2 (36.9 to 39.4)" */
static void put_half(const struct facet_estimate *half, char text[64])
{
    char low[24] = "..", high[24] = "..";
    if (!isnan(half->low)) snprintf(low, sizeof low, "%.1f", half->low);
    if (!isnan(half->high)) snprintf(high, sizeof high, "%.1f", half->high);
    if (isnan(half->estimate))
        snprintf(text, 64, "not reached");
    else
        snprintf(text, 64, "%.1f (%s to %s)", half->estimate, low, high);
}

static int run(void *arguments, struct facet_provenance *provenance)
{
    struct arguments *a = arguments;
    return facet_occlusion_run(&a->run, provenance, &a->report);
}

static char *print_lines(const void *arguments)
{
    const struct facet_occlusion_report *report = &((const struct arguments *)arguments)->report;
    printf("%-10s %-14s %-9s %9s %9s  %s\n", "layer", "metric", "hidden", "clean", "lowest",
           "half lost at level");
    for (size_t i = 0; i < report->line_count; i++) {
        const struct facet_occlusion_line *line = &report->lines[i];
        char half[64];
        put_half(&line->half, half);
        printf("%-10s %-14s %-9s %7.2f %% %7.2f %%  %s\n", line->layer,
               facet_comparison_name(line->metric), line->kind, 100 * line->clean,
               100 * line->lowest, half);
    }
    return facet_format(
        "%zu of %zu pairs of %zu images compared at %zu levels, %zu images missing; "
        "tables",
        report->pairs, report->listed, report->images, report->levels, report->missing);
}

static void release(void *arguments)
{
    struct arguments *a = arguments;
    facet_occlusion_free(&a->report);
    facet_compare_options_free(&a->run.compare);
    facet_compare_options_free(&a->run.beside);
    free(a->beside);
    free(a->run.levels);
    free(a->run.identities);
}

int main(int argc, char **argv)
{
    struct arguments a = {.run = {.compare = FACET_SESSION_DEFAULTS,
                                  .beside = FACET_SESSION_DEFAULTS,
                                  .hidden_seed = -1,
                                  .replicates = 1000,
                                  .seed = 1}};
    const struct facet_compare_program all = {&program,     &a,         &a.run.compare,
                                              parse_option, find_fault, run,
                                              print_lines,  release,    &a.run.quiet};
    return facet_compare_main(&all, argc, argv);
}
