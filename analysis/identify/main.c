/* facet-identify: who is it? Probes named by a gallery of known people. */
#include "base/parse.h"
#include "compare/options.h"
#include "compare/program.h"
#include "identify/identify.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { GALLERY = 256, PROBES, LFW, PEOPLE, DISTRACTORS, CONDITIONS, MOST, MISSING, MAX_FILES = 64 };

static const struct facet_option options[] = {
    {GALLERY, "gallery", "FILE", "table with image and identity: images of known people"},
    {PROBES, "probes", "FILE",
     "table of images to be named; who isn't in the gallery is an impostor"},
    {LFW, "lfw", "closed|open",
     "instead: draw both from the images as Best-Rowden et al. (2014) do from LFW: closed, 4,249 "
     "people and 3,143 probes; open, 596 people, 596 probes and 9,494 impostors"},
    {PEOPLE, "people", "N[,M]",
     "of --lfw: people with probes, and all their probes together in the closed set (default "
     "596,3143; without M as many as they have)"},
    {DISTRACTORS, "distractors", "N",
     "of --lfw closed: further people in the gallery (default 3653)"},
    {CONDITIONS, "conditions", "A,B",
     "instead: images in folders named A are the gallery, in folders named B the probes, as "
     "VL/Strong,NI/Strong of Oulu-CASIA; the folder after it, as P001 in "
     "NI/Strong/P001/Anger/000.jpeg, is the person"},
    {MOST, "gallery-images", "N",
     "of --conditions: gallery images of a person, drawn by the seed (default: all)"},
    FACET_COMPARE_OPTIONS,
    FACET_COMPARE_VIEW,
    {MISSING, "allow-missing", NULL, "leave out listed images that aren't there, and count them"},
    {'b', "bootstrap", "N", "replicates of the bootstrap over people, 0 for none (default 1000)"},
    {'s', "seed", "N", "seed of draws and bootstrap (default 1)"},
    {0},
};

static const struct facet_program program = {
    .name = "facet-identify",
    .summary = "measures how well activations tell who is on an image, given a gallery of people",
    .arguments = "ACTS.h5 [MORE.h5]...",
    .min_arguments = 1,
    .max_arguments = MAX_FILES,
    .output = "DIR",
    .output_help = "folder for the tables (required)",
    .threads = 1,
    .example = "facet-identify lfw.h5 --lfw closed --train-acts people.h5 -o out/closed\n"
               "facet-identify acts.h5 --gallery known.tsv --probes unknown.tsv -o out/mine",
    .options = options,
    .notes =
        "Tables (each with a .json that defines its columns): identification, cmc, dir. A "
        "person's score is that of the most alike gallery image. Rank 1 is the share of probes "
        "of people in the gallery that get their own name; DIR (detection and identification "
        "rate) the share that get it above the threshold that 1 % of the impostors pass. "
        "Intervals are 95 % percentile intervals of a bootstrap over people. Several files "
        "are compared together. The people of --train-acts must not be among those compared.",
    .see_also = "facet-dump, facet-verify",
};

struct arguments {
    struct facet_identify_options run;
    struct facet_identify_report report;
    char **conditions;
    int sources; /* ways in which gallery and probes are given */
};

static int parse_lfw(const char *value, struct arguments *a)
{
    const int open = strcmp(value, "open") == 0;
    if (!open && strcmp(value, "closed") != 0)
        return facet_fail(FACET_EINVAL, "--lfw: \"%s\", expected closed or open", value);
    a->run.protocol = open ? FACET_IDENTIFY_LFW_OPEN : FACET_IDENTIFY_LFW_CLOSED;
    a->sources++;
    return FACET_OK;
}

static int parse_people(const char *value, struct facet_identification_draw *draw)
{
    char **items;
    size_t count;
    int code = facet_parse_list("--people", value, ',', &items, &count);
    if (code < 0) return code;
    if (count > 2) code = facet_fail(FACET_EINVAL, "--people: \"%s\", expected N or N,M", value);
    if (code == FACET_OK)
        code = facet_parse_size("--people", items[0], 1, FACET_PARSE_MOST, &draw->people);
    draw->probes = 0;
    if (code == FACET_OK && count == 2)
        code = facet_parse_size("--people", items[1], 1, FACET_PARSE_MOST, &draw->probes);
    free(items);
    return code;
}

static int parse_conditions(const char *value, struct arguments *a)
{
    size_t count;
    free(a->conditions);
    a->conditions = NULL;
    int code = facet_parse_list("--conditions", value, ',', &a->conditions, &count);
    if (code == FACET_OK && count != 2)
        code = facet_fail(FACET_EINVAL, "--conditions: \"%s\", expected two", value);
    if (code < 0) return code;
    a->run.protocol = FACET_IDENTIFY_CONDITIONS;
    a->run.gallery = a->conditions[0];
    a->run.probes = a->conditions[1];
    a->sources++;
    return FACET_OK;
}

static int parse_option(void *arguments, int option, const char *value)
{
    struct arguments *a = arguments;
    struct facet_identify_options *o = &a->run;
    int64_t number = 0;
    int code = FACET_OK;
    switch (option) {
    case GALLERY:
        o->gallery = value;
        a->sources++;
        break;
    case PROBES:
        o->probes = value;
        break;
    case LFW:
        return parse_lfw(value, a);
    case PEOPLE:
        return parse_people(value, &o->draw);
    case DISTRACTORS:
        return facet_parse_size("--distractors", value, 0, FACET_PARSE_MOST, &o->draw.distractors);
    case CONDITIONS:
        return parse_conditions(value, a);
    case MOST:
        return facet_parse_size("--gallery-images", value, 1, FACET_PARSE_MOST, &o->most);
    case MISSING:
        o->allow_missing = 1;
        break;
    case 'b':
        return facet_parse_size("--bootstrap", value, 0, FACET_PARSE_MOST, &o->replicates);
    case 's':
        code = facet_parse_int("--seed", value, 0, INT64_MAX, &number);
        o->seed = o->draw.seed = (uint64_t)number;
        break;
    default:
        return facet_compare_option(option, value, &o->compare);
    }
    return code;
}

static const char *find_fault(void *arguments)
{
    struct arguments *a = arguments;
    struct facet_identify_options *o = &a->run;
    if (a->sources != 1) return "expected one of --gallery with --probes, --lfw and --conditions";
    if (o->protocol == FACET_IDENTIFY_TABLES && o->probes == NULL)
        return "--gallery needs --probes";
    return facet_compare_fault(&o->compare);
}

/* "95.00 (93.10 to 96.40)", NA for what isn't there. */
static void put_estimate(const struct facet_estimate *e, char text[64])
{
    if (isnan(e->estimate))
        snprintf(text, 64, "NA");
    else if (isnan(e->low))
        snprintf(text, 64, "%.2f %%", 100 * e->estimate);
    else
        snprintf(text, 64, "%.2f %% (%.2f to %.2f)", 100 * e->estimate, 100 * e->low,
                 100 * e->high);
}

static int run(void *arguments, struct facet_provenance *provenance)
{
    struct arguments *a = arguments;
    return facet_identify_run(&a->run, provenance, &a->report);
}

static char *print_lines(const void *arguments)
{
    const struct facet_identify_report *report = &((const struct arguments *)arguments)->report;
    printf("%-15s %-14s %30s %30s\n", "layer", "metric", "rank 1 (95 % interval)",
           "DIR at FAR 1 % (interval)");
    for (size_t i = 0; i < report->line_count; i++) {
        const struct facet_identify_line *line = &report->lines[i];
        char rank1[64], dir[64];
        put_estimate(&line->rank1, rank1);
        put_estimate(&line->dir, dir);
        printf("%-15s %-14s %30s %30s\n", line->layer, facet_comparison_name(line->metric), rank1,
               dir);
    }
    return facet_format("%zu people by %zu images, %zu probes of them and %zu of others (%s), %zu "
                        "images left out; tables",
                        report->people, report->gallery, report->probes, report->impostors,
                        facet_combine_name(report->lines[0].combine), report->dropped);
}

static void release(void *arguments)
{
    struct arguments *a = arguments;
    facet_identify_free(&a->report);
    facet_compare_options_free(&a->run.compare);
    free(a->conditions);
}

int main(int argc, char **argv)
{
    struct arguments a = {.run = {.compare = FACET_SESSION_DEFAULTS,
                                  .draw = FACET_IDENTIFICATION_LFW,
                                  .replicates = 1000,
                                  .seed = 1}};
    const struct facet_compare_program all = {
        &program, &a, &a.run.compare, parse_option, find_fault, run, print_lines, release, NULL};
    a.run.draw.seed = a.run.seed;
    return facet_compare_main(&all, argc, argv);
}
