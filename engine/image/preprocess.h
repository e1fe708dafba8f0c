/* image/preprocess: from a picture to the network's input, as store/preprocess.h describes it. */
#ifndef FACET_IMAGE_PREPROCESS_H
#define FACET_IMAGE_PREPROCESS_H

#include "image/image.h"
#include "store/preprocess.h"

/* What the network will see, before mean and scale: out (channels, height, width) float32 in
 * 0..255, not rounded. landmarks: x, y of the five points in pixels of `image` (pixel centres at
 * integers), needed by FACET_ALIGN_LANDMARKS only, else NULL. Landmarks that are NaN, that
 * coincide, or that lie further outside the image than its own size are FACET_EFORMAT; so is a
 * crop that doesn't lie within the image. `name` names the image in messages. */
int facet_preprocess_align(const struct facet_preprocess *p, const struct facet_image *image,
                           const float *landmarks, const char *name, float *out);

/* In place: mirror left to right; (v - mean) * scale. */
void facet_preprocess_mirror(const struct facet_preprocess *p, float *values);
void facet_preprocess_normalize(const struct facet_preprocess *p, float *values);

#endif
