/* protocol/identification: who is it? A gallery of images of known people, and probes to be named.
 *
 * A probe of a person in the gallery is genuine, any other an impostor; a closed set has none of
 * those. The lists come from tables, from a draw like that of Best-Rowden et al. (2014) on LFW, or
 * from two conditions that folders are named for. Their scores go to protocol/ranking.
 *
 *     struct facet_identification_draw lfw = FACET_IDENTIFICATION_LFW;
 *     facet_identification_draw(&closed, &open, &images, &lfw);
 *     for (i = 0; i < closed->probe_count; i++) use(closed->probe[i], closed->probe_person[i]);
 *     facet_identification_free(&closed);
 */
#ifndef FACET_PROTOCOL_IDENTIFICATION_H
#define FACET_PROTOCOL_IDENTIFICATION_H

#include "protocol/pairs.h"

struct facet_identification {
    size_t people; /* in the gallery */
    size_t gallery_count;
    uint32_t *gallery;       /* [gallery_count] rows of images, ascending */
    int32_t *gallery_person; /* [gallery_count] 0 .. people - 1 */
    size_t probe_count, impostors;
    uint32_t *probe;       /* [probe_count] rows of images, ascending */
    int32_t *probe_person; /* [probe_count] 0 .. people - 1, -1: an impostor */
    size_t dropped; /* lines or images left out: no activations; in a draw no known identity */
};

/* From two tables (base/table) with the columns image and identity; people are told apart by the
 * text of their identity, images found as protocol/names says. Errors name file and line: an image
 * that isn't there or lacks its activations (allow_missing: counted and left out), that could be
 * more than one, or is listed twice, also once in either table; an identity that is empty or NA; no
 * image left in a table. */
int facet_identification_read(struct facet_identification **set, const char *gallery,
                              const char *probes, const struct facet_protocol_images *images,
                              int allow_missing);

struct facet_identification_draw {
    size_t people;      /* with genuine probes */
    size_t probes;      /* all their images but one each; 0: as many as they happen to have */
    size_t distractors; /* further people of the closed set's gallery */
    uint64_t seed;
};

/* The sizes of Best-Rowden et al.: closed, a gallery of 596 + 3,653 = 4,249 people and 3,143
 * probes; open, a gallery of 596, 596 genuine probes and 9,494 impostors. The sizes fix what they
 * are made of: 13,233 images of LFW less 9,494 leave 3,739 of the 596 people, one of each for the
 * gallery and 3,143 others; the 3,653 have no probes. Who they were is not published with them. */
#define FACET_IDENTIFICATION_LFW                                                                   \
    {                                                                                              \
        596, 3143, 3653, 0                                                                         \
    }

/* Draws both sets by seed among images of known identity that have activations:
 * - `people` of those who have two images or more, at random; then, so that they have people +
 *   probes images in all, one of them and one who isn't are drawn and exchanged unless that leads
 *   away from the number, until it is reached;
 * - one image of each at random for the gallery of both sets; all their others are the probes of
 * the closed set; of these one each at random is the genuine probe of the open set;
 * - `distractors` of the people who have one image only, at random, for the closed set's gallery;
 * - all images of everybody but `people`: the impostors of the open set.
 * FACET_EINVAL says of whom there are too few, or that the number of probes wasn't reached. */
int facet_identification_draw(struct facet_identification **closed,
                              struct facet_identification **open,
                              const struct facet_protocol_images *images,
                              const struct facet_identification_draw *draw);

/* Across conditions that folders are named for, as Oulu-CASIA's NI/Strong/P001/Anger/000.jpeg: a
 * condition is one folder or several ("NI/Strong") that follow each other in an image's path; the
 * folder after them is the person ("P001"). Images of one condition are the gallery, `most` of each
 * person drawn by seed (0: all), those of the other the probes. FACET_EINVAL: a condition without
 * images, or of one person only, as where it lacks a folder; an image in both. */
int facet_identification_conditions(struct facet_identification **set,
                                    const struct facet_protocol_images *images, const char *gallery,
                                    const char *probes, size_t most, uint64_t seed);

void facet_identification_free(struct facet_identification **set); /* NULL-safe */

#endif
