/* targets/targets: whom or what neurons may be selective for: a person against everybody else,
 * an attribute's high scores against its low ones; and the random halves each is judged by.
 *
 *     facet_targets_new(&targets, acts, &options);
 *     for (t = 0; t < targets->count; t++) use(&targets->items[t]);
 *     facet_targets_free(&targets);
 */
#ifndef FACET_TARGETS_TARGETS_H
#define FACET_TARGETS_TARGETS_H

#include "stats/cut.h"
#include "store/activations.h"

enum { FACET_TARGETS_SPLITS = 64 };

struct facet_targets_options {
    char **by; /* [by_count] "identity", names of attributes, or "attributes" for all of them */
    size_t by_count;
    char **select; /* [select_count] people; 0: those with most images */
    size_t select_count;
    size_t top;        /* so many people; 0: all with enough images */
    size_t min_images; /* of a person who wasn't asked for by name, 2 or more */
    double cut[2];     /* rest: scores <= cut[0], target: scores > cut[1]; left out between */
    int quantiles;     /* `cut` are quantiles of the attribute's scores, 0 to 1 */
    size_t splits;     /* into halves, 1 .. FACET_TARGETS_SPLITS */
    int by_identity;   /* an attribute's halves have no person in common */
    uint64_t seed;
};

struct facet_target {
    char *name;
    int is_identity;
    const double *score;    /* of all rows of the file; NULL for a person */
    int8_t *label;          /* [images] 1 target, 0 rest, -1 no score, or between the cuts */
    uint32_t *list;         /* the target's images, then the rest's */
    size_t count[2];        /* rest, target */
    uint8_t *first;         /* (batches, images) halves of eight splits a byte */
    struct facet_cut *cuts; /* [batches] */
};

struct facet_targets {
    size_t images;     /* that are not missing: labels and lists are about these */
    size_t *row;       /* [images] their row in the file */
    int32_t *identity; /* [images] -1: unknown */
    size_t identities; /* numbers there are */
    size_t missing, batches, count;
    struct facet_target *items;
    size_t skipped; /* attributes of "attributes" with fewer than two images on a side */
    char skipped_names[400];
};

/* FACET_EINVAL: a name that the file lacks (the nearest is suggested), a person with one image or
 * an attribute with fewer than two images on a side that was asked for by name, no identities where
 * they are needed, nobody with min_images. FACET_EFORMAT: all images are missing. */
int facet_targets_new(struct facet_targets **targets, struct facet_acts *acts,
                      const struct facet_targets_options *options);
void facet_targets_free(struct facet_targets **targets); /* NULL-safe */

/* Whether an image belongs to the first half of a split. */
int facet_targets_in_first(const struct facet_targets *targets, const struct facet_target *target,
                           size_t split, size_t image);

/* Whether both halves of a split have images of the target and of the rest. */
int facet_targets_is_whole(const struct facet_target *target, size_t split);

/* The images of that half that have a label, and how many of rest and target they are. list
 * (images); returns how many. */
size_t facet_targets_half(const struct facet_targets *targets, const struct facet_target *target,
                          size_t split, int first, size_t *list, size_t count[2]);

/* Images that the target has no use for: labels of -1. */
size_t facet_targets_left_out(const struct facet_targets *targets,
                              const struct facet_target *target);

#endif
