/* protocol/pairs: verification protocols: which pairs of images, of one person or not, in which
 * fold. Three kinds of file, told apart by their first line:
 *
 * LFW (Huang et al. 2007), tab-separated. pairs.txt (view 2) starts with "10 300": for each of 10
 * folds come 300 genuine pairs "Name 1 4" and 300 impostor pairs "Name 1 Other_name 2".
 * pairsDevTrain.txt and pairsDevTest.txt (view 1) start with "1100": one such fold. Image 4 of Name
 * is Name/Name_0004.jpg.
 *
 * YouTube Faces (Wolf et al. 2011), splits.txt: the header "split number, first name, second name,
 * is same", and a line for each pair of videos, "1, Name/2, Other_name/1, 0". A video is a folder
 * of frames: the pair is one of two groups of images, its score the mean over pairs of frames.
 *
 * A table (base/table) with the columns image_a, image_b, same (1 or 0) and, if there are several,
 * fold (a whole number; folds are taken in ascending order).
 *
 * Images and folders are found by their whole path or its unique end (protocol/names). Folds are
 * taken as they come; where they share people, stats/verification can leave those out.
 *
 *     struct facet_protocol_images images = {count, names, identity, missing};
 *     facet_protocol_read(&p, "pairs.txt", &images, &(struct facet_protocol_options){0});
 *     for (k = 0; k < p->count; k++) score[k] = compare(p->first[k], p->second[k]);
 *     facet_protocol_free(&p);
 */
#ifndef FACET_PROTOCOL_PAIRS_H
#define FACET_PROTOCOL_PAIRS_H

#include "base/error.h"

#include <stddef.h>
#include <stdint.h>

enum { FACET_PROTOCOL_FOLDS = 256 };

/* The images there are, as an activation file lists them; must outlive only the call. */
struct facet_protocol_images {
    size_t count;
    const char *const *names; /* [count] paths */
    const int32_t *identity;  /* [count] negative: unknown; NULL: none known */
    const uint8_t *missing;   /* [count] nonzero: listed, but without activations; NULL: none */
};

struct facet_protocol_options {
    int allow_missing; /* drop pairs whose image or video isn't there; an error otherwise */
    size_t frames;     /* of a video, drawn by seed and the video's name; 0: all */
    uint64_t seed;
};

/* The arrays of `count` are base/scratch. */
struct facet_protocol {
    size_t count, folds;
    uint32_t *first, *second; /* [count] rows of images, or groups where there are any */
    uint32_t *line;           /* [count] of the file */
    uint8_t *same;            /* [count] 1: genuine, 0: impostor */
    uint8_t *fold;            /* [count] 0 .. folds - 1 */
    uint32_t fold_number[FACET_PROTOCOL_FOLDS]; /* [folds] as the file counts them (LFW: from 1) */
    /* coverage */
    size_t listed; /* pairs in the file: count and those dropped */
    size_t missing_count;
    char **missing; /* [missing_count] names that stand for nothing, each once, sorted */
    /* videos; groups is 0 otherwise */
    size_t groups;
    size_t *start;           /* [groups + 1] of each group's images in `rows` */
    uint32_t *rows;          /* [start[groups]] ascending in a group, without missing frames */
    int32_t *group_identity; /* [groups] of its images; -1: unknown */
};

/* Reads a file of any of these kinds. Errors name file and line: a file that can't be read
 * (FACET_EIO); FACET_EFORMAT: a line that isn't what its kind of file should hold, more or fewer
 * lines than the header promises, a number out of range, an image that isn't there, lacks its
 * activations (unless allow_missing) or could be more than one, a pair that is listed twice (in
 * either order), of an image with itself, or that known identities contradict, a video of several
 * people, more than 256 folds, a fold without a genuine or an impostor pair, also when pairs were
 * dropped. */
int facet_protocol_read(struct facet_protocol **protocol, const char *path,
                        const struct facet_protocol_images *images,
                        const struct facet_protocol_options *options);
void facet_protocol_free(struct facet_protocol **protocol); /* NULL-safe */

#endif
