/* image/listed: the pictures that a manifest lists. */
#ifndef FACET_IMAGE_LISTED_H
#define FACET_IMAGE_LISTED_H

#include "image/image.h"
#include "store/manifest.h"

/* Where image `i` is: *path its file, the caller's to free, *landmarks its ten numbers, NULL where
 * the manifest has none. FACET_ENOMEM, with *path NULL. */
int facet_listed_find(const struct facet_manifest *manifest, size_t i, char **path,
                      const float **landmarks);

#endif
