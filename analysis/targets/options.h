/* targets/options: the command line of programs that ask what neurons know (targets/targets): whom
 * or what, of which layers, judged by which halves.
 *
 *     static const struct facet_option options[] = {
 *         FACET_TARGETS_OPTIONS(8),
 *         {0},
 *     };
 *     struct facet_asked asked = FACET_ASKED(8);
 *     default: code = facet_targets_option(option, cli.value, &asked);
 *     fault = facet_targets_fault(&asked);
 *     facet_asked_free(&asked);
 */
#ifndef FACET_TARGETS_OPTIONS_H
#define FACET_TARGETS_OPTIONS_H

#include "base/cli.h"
#include "compare/feature.h"
#include "targets/targets.h"

/* What was asked for. */
struct facet_asked {
    char **layers; /* [layer_count] "fc4" or "fc3+fc4"; NULL: every layer */
    size_t layer_count;
    int combine; /* enum facet_combine, or -1: both views where there is a mirror image */
    struct facet_targets_options targets;
};
#define FACET_ASKED(halvings)                                                                      \
    {                                                                                              \
        .combine = -1, .targets = {.min_images = 10, .splits = halvings, .seed = 1 }               \
    }

enum {
    FACET_OPTION_BY = 768,
    FACET_OPTION_KINDS,
    FACET_OPTION_SELECT,
    FACET_OPTION_TOP,
    FACET_OPTION_MIN_IMAGES,
    FACET_OPTION_CUT,
    FACET_OPTION_SPLITS,
    FACET_OPTION_BY_IDENTITY
};

/* clang-format off */
#define FACET_TARGETS_OPTIONS(halvings)                                                            \
    {FACET_OPTION_BY, "by", "A,B,..",                                                              \
     "what neurons may be selective for (required): identity, a person against everybody else; "  \
     "names of attributes; attributes: all of them"},                                              \
    {'L', "layers", "A,B,..",                                                                      \
     "layers to measure, each by itself; joined by +, as fc3+fc4, together (default: all)"},       \
    {FACET_OPTION_KINDS, "features", "WHAT",                                                       \
     "neurons: original (of the image), mirror_sum (summed with those of its mirror image) or "    \
     "mirror_concat (both: 1,024 for the 512 of FC-4; the default where the file has both)"},      \
    {FACET_OPTION_SELECT, "select", "NAME,..", "these people"},                                    \
    {FACET_OPTION_TOP, "top", "N", "the N people with most images"},                               \
    {FACET_OPTION_MIN_IMAGES, "min-images", "N",                                                   \
     "of people who aren't named, those with N images or more (default 10)"},                      \
    {FACET_OPTION_CUT, "cut", "CUT",                                                               \
     "what of an attribute's scores is the target: above a number (default 0), or "                \
     "quantiles:LOW,HIGH: above the one, against those at or below the other"},                    \
    {FACET_OPTION_SPLITS, "splits", "N",                                                           \
     "random splits into halves, up to 64 (default " #halvings ")"},                               \
    {FACET_OPTION_BY_IDENTITY, "by-identity-splits", NULL,                                         \
     "an attribute's halves have no person in common"}
/* clang-format on */

/* Takes one of these options, or 's' for the seed; FACET_EINVAL says what is wrong with its value.
 */
int facet_targets_option(int option, const char *value, struct facet_asked *asked);

/* What is wrong with the options together, NULL if nothing. */
const char *facet_targets_fault(const struct facet_asked *asked);

/* What facet_targets_option() has allocated. */
void facet_asked_free(struct facet_asked *asked);

/* Names of the layers of a file that were asked for, by which views, and how many neurons they have
 * in all. Errors as facet_features_new(). */
int facet_asked_layers(const struct facet_asked *asked, struct facet_acts *acts,
                       enum facet_combine *combine, char ***names, size_t *count, size_t *neurons);
void facet_asked_layers_free(char ***names, size_t count); /* NULL-safe */

/* Says which attributes were skipped, if any. */
void facet_targets_say(const struct facet_targets *targets, const struct facet_cli *cli);

/* Records what was asked for, the labels and the scores of the attributes. */
int facet_targets_record(const struct facet_targets *targets, const struct facet_asked *asked,
                         struct facet_acts *acts, enum facet_combine combine,
                         struct facet_provenance *run);

#endif
