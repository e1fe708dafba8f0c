/* image/turned: the resampler where a map turns or slants; private to this room. The definition is
 * in image/resample.h. */
#ifndef FACET_IMAGE_TURNED_H
#define FACET_IMAGE_TURNED_H

#include "image/resample.h"

/* Where the source pixels lie that an output of width x height sees, for any map that can be
 * inverted: at most as far outside the picture, of which only the size matters, as it is long. */
void facet_turned_box(const struct facet_map *map, int width, int height,
                      const struct facet_image *picture, struct facet_box *box);

/* out (3, height, width). `box` is the part of facet_turned_box() within the picture, at least one
 * pixel; nothing else is looked at. */
void facet_turned_run(const struct facet_image *image, const struct facet_map *map,
                      const struct facet_box *box, int width, int height, float *out);

#endif
