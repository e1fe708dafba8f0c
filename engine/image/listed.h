/* image/listed: the pictures that a manifest lists. */
#ifndef FACET_IMAGE_LISTED_H
#define FACET_IMAGE_LISTED_H

#include "image/image.h"
#include "store/manifest.h"

/* Reads image `i`. *path is its file, for messages, the caller's to free also on failure;
 * *landmarks its ten numbers, NULL where the manifest has none. Errors as facet_image_read(). */
int facet_listed_read(const struct facet_manifest *manifest, size_t i, struct facet_image *picture,
                      char **path, const float **landmarks);

#endif
