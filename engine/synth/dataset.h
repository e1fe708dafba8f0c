/* synth/dataset: a folder of synthetic faces, laid out as LFW is.
 *
 *     DIR/Synth_0001/Synth_0001_0001.jpg   image 1 of identity 1
 *     DIR/manifest.tsv, manifest.json      image, identity, five landmarks, attributes; what they
 * mean DIR/people.txt                       folds of people, as LFW's view 2 DIR/pairs.txt folds x
 * (same, different) pairs, as LFW's view 2
 *
 * A picture depends on (seed, identity, number) and on size and framing only, so a larger set
 * contains a smaller one's pictures; folds and pairs are drawn anew for each set. The manifest is
 * written last: a folder with a manifest is complete.
 *
 *     struct facet_synth_dataset set = {.identities = 200, .images = 2000, .seed = 1, .width = 94,
 *                                       .height = 110, .quality = 92, .threads = 2};
 *     facet_synth_write(&set, "faces", run, NULL, NULL, NULL);
 */
#ifndef FACET_SYNTH_DATASET_H
#define FACET_SYNTH_DATASET_H

#include "base/provenance.h"
#include "synth/synth.h"

#include <stddef.h>

struct facet_synth_dataset {
    int64_t identities; /* 2 .. 1,000,000 */
    int64_t images;     /* in all, with a long tail over identities and at least two of each; or */
    int64_t each;       /* so many of each identity, where not 0 */
    uint64_t seed;
    int width, height;
    enum facet_synth_framing framing;
    int png;     /* PNG instead of JPEG */
    int quality; /* of JPEG; a fifth of the pictures is written at a lower one, down to 60 */
    int folds;   /* 0: 10, or half the identities if these are fewer than 20 */
    int pairs;   /* of each kind in a fold; 0: 300, or as many as every fold can give */
    int threads;
    int force; /* write into a folder that isn't empty */
};

/* Called from one thread at a time. */
typedef void facet_synth_watch(void *user, uint64_t done, uint64_t total);

/* FACET_EINVAL: settings that contradict each other; a folder that isn't empty, without `force`.
 * FACET_EIO names the file. *written (may be NULL): images written. */
int facet_synth_write(const struct facet_synth_dataset *set, const char *folder,
                      const struct facet_provenance *run, facet_synth_watch *watch, void *user,
                      uint64_t *written);

/* How many images each identity has: counts (identities). FACET_EINVAL for fewer than two each. */
int facet_synth_counts(const struct facet_synth_dataset *set, int64_t *counts);

/* Writes DIR/people.txt and DIR/pairs.txt for identities with `counts` images. */
int facet_synth_write_pairs(const struct facet_synth_dataset *set, const char *folder,
                            const int64_t *counts);

#endif
