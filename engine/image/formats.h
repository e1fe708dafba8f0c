/* image/formats: what the readers of each kind of file share; private to this room. */
#ifndef FACET_IMAGE_FORMATS_H
#define FACET_IMAGE_FORMATS_H

#include "image/image.h"

#include <stddef.h>

/* All of a file in memory; its path is for messages. */
struct facet_image_file {
    const char *path;
    const uint8_t *bytes;
    size_t size;
};

/* Decode a file, EXIF orientation applied. `part` as in facet_image_read_part(), NULL for all.
 * `image` is untouched on failure. */
int facet_image_decode_jpeg(const struct facet_image_file *file,
                            const struct facet_image_part *part, struct facet_image *image);
int facet_image_decode_png(const struct facet_image_file *file, struct facet_image *image);

/* The box that `part` wants of an upright picture, not empty and within it. */
int facet_image_choose(const struct facet_image_part *part, int width, int height,
                       struct facet_box *box);

/* An image of a size found in a file, its pixels undefined: FACET_EFORMAT or FACET_ENOMEM names the
 * file. */
int facet_image_new_for(const char *path, uint32_t width, uint32_t height,
                        struct facet_image *image);

/* Orientation 1..8 (EXIF 2.32, tag 0x0112) in `size` bytes of a TIFF header and its first
 * directory, as in JPEG's APP1 after "Exif\0\0" and in PNG's eXIf. 1, upright, where the tag is
 * absent or the data makes no sense: cameras write many a broken block beside a good picture. */
int facet_exif_orientation(const uint8_t *data, size_t size);

/* Turns and mirrors the picture upright; its sides change places for orientations 5..8. `path` is
 * for messages. */
int facet_image_orient(struct facet_image *image, int orientation, const char *path);

#endif
