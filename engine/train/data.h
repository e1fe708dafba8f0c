/* train/data: images from disk as the network in training takes them: decoded, aligned, changed at
 * random, normalised, laid out (n, y, x, channel).
 *
 * The view of an image depends on the seed, its draw and its place in the batch only, so a training
 * that goes on sees the views it would have seen, with any number of threads.
 */
#ifndef FACET_TRAIN_DATA_H
#define FACET_TRAIN_DATA_H

#include "image/augment.h"
#include "store/manifest.h"
#include "store/preprocess.h"

struct facet_data {
    const struct facet_manifest *manifest;
    const struct facet_preprocess *preprocess;
    struct facet_augment augment; /* facet_augment_none(): images as facet-dump sees them */
    uint64_t seed;
    int threads;
};

/* One image: view (channels, height, width), normalised; image `place` of draw `draw`. */
int facet_data_view(const struct facet_data *data, size_t image, uint64_t draw, size_t place,
                    float *view);

/* A batch: input (n, height, width, channels). Errors name the image; of several, the first in the
 * batch. */
int facet_data_read(const struct facet_data *data, const size_t *images, size_t n, uint64_t draw,
                    float *input);

/* Decodes and aligns every image of the manifest once; usable[i] is 1 or 0. The first that fails is
 * the error, or where `note` is given it is called with the message of each, in order. */
int facet_data_check(const struct facet_data *data, uint8_t *usable, const char *program, int quiet,
                     void (*note)(void *context, const char *message), void *context);

#endif
