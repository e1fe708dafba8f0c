/* train/split: who is trained on, who validates, and who is kept for Joint Bayesian.
 *
 * By identity: all images of a person have one role. The draw is seeded, and hangs on the person's
 * name instead of on its place in the manifest. With n the people of the manifest that no exclude
 * list names:
 *
 * - Each person gets two uniform numbers from the stream (seed, name). People with two or more
 *   images, in the order of the first number: the first round(validation n) of them validate (half
 *   is rounded up), the last round(joint_bayesian n) are kept for Joint Bayesian. All others are
 *   trained on, so that a person with one image, who makes no pair, is never kept from training.
 * - Then people to be trained on with fewer than min_images images are excluded; of the others the
 *   first limit_people in the order of the second number stay.
 *
 * So the counts are exact; min_images and limit_people leave the other roles as they are; a
 * smaller limit keeps a subset of a larger one's people; and where people are added or taken
 * away, others change their role only next to where a share ends.
 *
 *     struct facet_split_spec spec = {.seed = 1, .validation = 0.05, .joint_bayesian = 0.15};
 *     struct facet_split *split;
 *     facet_split_new(&split, manifest, &spec);
 *     int32_t person = split->person[image];
 *     if (person >= 0 && split->roles[person] == FACET_ROLE_TRAIN) use(split->label[person]);
 *     facet_split_free(&split);
 */
#ifndef FACET_TRAIN_SPLIT_H
#define FACET_TRAIN_SPLIT_H

#include "base/provenance.h"
#include "store/manifest.h"

#include <stddef.h>
#include <stdint.h>

enum facet_role {
    FACET_ROLE_TRAIN,
    FACET_ROLE_VALIDATION,
    FACET_ROLE_JOINT_BAYESIAN,
    FACET_ROLE_EXCLUDED,
};

#define FACET_ROLES 4

struct facet_split_spec {
    uint64_t seed;
    double validation, joint_bayesian; /* shares of the people, 0..1, together at most 1 */
    size_t min_images;                 /* people with fewer are excluded from training; 0 is 1 */
    size_t limit_people;               /* people to be trained on; 0: all there are */
    const char *exclude;  /* file with an identity a line (before the first tab), or NULL */
    int allow_unlabelled; /* images without identity belong to nobody, instead of an error */
};

struct facet_split {
    size_t people;
    char **names;   /* [people], in bytewise order */
    uint8_t *roles; /* [people], enum facet_role */
    size_t *counts; /* [people], images of each */
    int32_t
        *label; /* [people], classes 0..train_people - 1 in order of names; -1: not trained on */
    int32_t *person;           /* [images of the manifest], index of a name; -1: no identity */
    size_t images, unlabelled; /* images of the manifest; those without identity */
    size_t train_people;
    size_t role_people[FACET_ROLES], role_images[FACET_ROLES];
    size_t exclude_names, exclude_found; /* names that the exclude list holds; those that are
                                            people here. One listed twice counts twice */
};

/* Draws the roles. FACET_EINVAL: a share out of range; too few people with two images for the
 * shares; a share above 0 that comes to fewer than two people, who make no pair; fewer than two
 * people to train on, or fewer than limit_people. FACET_EFORMAT: a manifest without identities, or
 * with images that lack one (the first is named); an exclude list that names nobody at all.
 * FACET_EIO: an exclude list that can't be read. Names are compared byte by byte. */
int facet_split_new(struct facet_split **split, const struct facet_manifest *manifest,
                    const struct facet_split_spec *spec);

/* Takes the roles from a table with the columns `identity` and `role` (others don't matter) that
 * lists every person of the manifest once; FACET_EFORMAT names file and line where it doesn't, and
 * applies to fewer than two people to train on, and to people who validate but make no pairs. The
 * same table gives the same split as the one that wrote it. */
int facet_split_read(struct facet_split **split, const struct facet_manifest *manifest,
                     const char *path, int allow_unlabelled);

/* A table with a row for each person: identity, role, images, label. */
int facet_split_write(const struct facet_split *split, const char *path,
                      const struct facet_provenance *run);

void facet_split_free(struct facet_split **split); /* NULL-safe */

#endif
