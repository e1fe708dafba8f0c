/* The steps of facet_preprocess_align(), for those who change the map between them. Not a public
 * header. */
#ifndef FACET_IMAGE_ALIGN_H
#define FACET_IMAGE_ALIGN_H

#include "image/preprocess.h"
#include "image/resample.h"

/* The map that the alignment wants; errors as facet_preprocess_align(). */
int facet_align_map(const struct facet_preprocess *p, const struct facet_image *image,
                    const float *landmarks, const char *name, struct facet_map *map);

/* Reads the part of a picture that the alignment looks at, the rest is undefined, and its map.
 * Errors as facet_image_read() and facet_preprocess_align(). */
int facet_align_read(const struct facet_preprocess *p, const char *path, const float *landmarks,
                     struct facet_image *image, struct facet_map *map);

/* The picture seen through `map`, in the channels and order of `p`: out (channels, height, width).
 * With `extend` it goes on beyond its edge (facet_resample_extended). */
int facet_align_resample(const struct facet_preprocess *p, const struct facet_image *image,
                         const struct facet_map *map, int extend, const char *name, float *out);

#endif
