/* facet-synth: writes a folder of labelled synthetic faces, laid out as LFW is. */
#include "base/cli.h"
#include "base/parse.h"
#include "base/progress.h"
#include "synth/dataset.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { EACH = 256, SIZE, FORMAT, QUALITY, FRAMING, FOLDS, PAIRS, FORCE };

static const struct facet_option options[] = {
    {'n', "identities", "N", "people (default 200)"},
    {'i', "images", "TOTAL",
     "images in all, at least two of each person, few of most and many of a "
     "few (default 10 times the people)"},
    {EACH, "images-per-identity", "N", "the same number of images of each person instead"},
    {SIZE, "size", "WxH",
     "width and height in pixels (default 94x110; 250x250 for --framing head)"},
    {FRAMING, "framing", "HOW",
     "crop: tight, eyes at (25.5, 30.6) and (69.2, 30.4) of 94x110; face: with a quarter more "
     "room, "
     "for alignment to turn it in (default); head: the whole head, as large as in LFW"},
    {FORMAT, "format", "jpg|png", "kind of file (default jpg)"},
    {QUALITY, "quality", "Q",
     "JPEG quality of most images; a fifth has less, down to 60 (default 92)"},
    {FOLDS, "folds", "N",
     "folds of pairs.txt and people.txt (default 10, fewer for under 20 people)"},
    {PAIRS, "pairs-per-fold", "N",
     "pairs of the same and of different people in a fold, each "
     "(default 300, or as many as all folds can give)"},
    {'s', "seed", "N", "of everything that is drawn (default 1)"},
    {FORCE, "force", NULL, "write into DIR although it is not empty"},
    {0},
};

static const struct facet_program program = {
    .name = "facet-synth",
    .summary = "writes labelled synthetic faces, laid out as LFW is",
    .arguments = "",
    .output = "DIR",
    .output_help =
        "folder to write: DIR/Synth_0001/Synth_0001_0001.jpg .., manifest.tsv, pairs.txt, "
        "people.txt",
    .threads = 1,
    .example = "facet-synth --identities 200 --images 2000 -o faces",
    .options = options,
    .notes =
        "The faces show nobody. The manifest has identity, true landmarks, sex, age, skin tone, "
        "beard, mustache, glasses, smile, hat, grey hair and baldness of every image. Image k of "
        "person i depends only on the seed, i and k (and on size and framing), not on the number "
        "of threads or of images.",
    .see_also = "facet-model, facet-dump",
};

static int parse_size(const char *text, struct facet_synth_dataset *set)
{
    size_t size[2];
    int code = facet_parse_extent("--size", text, 16, 4096, size);
    if (code == FACET_OK) set->width = (int)size[0], set->height = (int)size[1];
    return code;
}

static int parse_framing(const char *text, struct facet_synth_dataset *set)
{
    static const char *const names[] = {"crop", "face", "head"};
    for (int i = 0; i < 3; i++)
        if (strcmp(text, names[i]) == 0) {
            set->framing = (enum facet_synth_framing)i;
            return FACET_OK;
        }
    return facet_fail(FACET_EINVAL, "--framing \"%s\": expected crop, face or head", text);
}

static int parse_number(const char *name, const char *text, int64_t low, int64_t high, int *out)
{
    int64_t value;
    int code = facet_parse_int(name, text, low, high, &value);
    if (code == FACET_OK) *out = (int)value;
    return code;
}

static int parse_option(int option, const char *value, struct facet_synth_dataset *set)
{
    int64_t number;
    int code = FACET_OK;
    switch (option) {
    case 'n':
        return facet_parse_int("--identities", value, 2, 1000000, &set->identities);
    case 'i':
        return facet_parse_int("--images", value, 4, 100000000, &set->images);
    case EACH:
        return facet_parse_int("--images-per-identity", value, 2, 1000000, &set->each);
    case SIZE:
        return parse_size(value, set);
    case FRAMING:
        return parse_framing(value, set);
    case FORMAT:
        set->png = strcmp(value, "png") == 0;
        if (set->png || strcmp(value, "jpg") == 0) return FACET_OK;
        return facet_fail(FACET_EINVAL, "--format \"%s\": expected jpg or png", value);
    case QUALITY:
        return parse_number("--quality", value, 1, 100, &set->quality);
    case FOLDS:
        return parse_number("--folds", value, 1, 100000, &set->folds);
    case PAIRS:
        return parse_number("--pairs-per-fold", value, 1, 1000000, &set->pairs);
    case 's':
        code = facet_parse_int("--seed", value, 0, INT64_MAX, &number);
        if (code == FACET_OK) set->seed = (uint64_t)number;
        return code;
    default:
        set->force = 1;
        return FACET_OK;
    }
}

static void watch(void *user, uint64_t done, uint64_t total)
{
    (void)total;
    facet_progress_update(user, done);
}

static int write_set(const struct facet_cli *cli, const struct facet_synth_dataset *set)
{
    struct facet_provenance *run = NULL;
    struct facet_progress progress;
    uint64_t written = 0,
             total = (uint64_t)(set->each > 0 ? set->each * set->identities : set->images);
    int code = facet_provenance_new(&run, program.name, cli->argc, cli->argv);
    if (code == FACET_OK) code = facet_provenance_set(run, "seed", "%" PRIu64, set->seed);
    if (code < 0) {
        facet_provenance_free(&run);
        return code;
    }
    facet_progress_begin(&progress, program.name, "images", 0, total, cli->quiet);
    code = facet_synth_write(set, cli->output, run, watch, &progress, &written);
    double seconds = facet_progress_end(&progress);
    facet_provenance_free(&run);
    if (code == FACET_OK)
        facet_cli_say(cli, "%" PRIu64 " images of %" PRId64 " people in %s, %.1f s (%.0f images/s)",
                      written, set->identities, cli->output, seconds, (double)written / seconds);
    return code;
}

int main(int argc, char **argv)
{
    struct facet_cli cli;
    struct facet_synth_dataset set = {
        .identities = 200, .seed = 1, .quality = 92, .framing = FACET_SYNTH_FACE};
    int option;
    facet_cli_begin(&cli, &program, argc, argv);
    while ((option = facet_cli_next(&cli)) > 0)
        if (parse_option(option, cli.value, &set) < 0)
            return facet_cli_misuse(&cli, "%s", facet_error_message());
    if (option < 0) return cli.status;
    if (cli.output == NULL) return facet_cli_misuse(&cli, "-o DIR is missing");
    if (set.each > 0 && set.images > 0)
        return facet_cli_misuse(&cli, "--images and --images-per-identity exclude each other");
    if (set.images == 0) set.images = 10 * set.identities;
    if (set.width == 0) {
        set.width = set.framing == FACET_SYNTH_HEAD ? 250 : 94;
        set.height = set.framing == FACET_SYNTH_HEAD ? 250 : 110;
    }
    set.threads = cli.threads;
    if (write_set(&cli, &set) < 0) return facet_cli_failure(&cli);
    return facet_cli_success(&cli);
}
