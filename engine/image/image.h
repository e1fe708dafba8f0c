/* image/image: pictures in memory, read from and written to JPEG and PNG.
 *
 * Every picture is 8-bit RGB, interleaved, rows from the top, no padding. Readers convert: grey
 * and palette to RGB; 16 bits to 8 by rounding; alpha and transparent colours are dropped, so that
 * a transparent pixel keeps the colour that is stored under it (as in Pillow's convert("RGB"));
 * CMYK and YCCK JPEG as Adobe writes them (inverted) or not, by R = (255 - C)(255 - K) / 255; EXIF
 * orientation is applied, in JPEG and in PNG's eXIf. Colour profiles and gamma are not. The kind of
 * file is found by its first bytes, not by its name.
 *
 *     struct facet_image image = {0};
 *     if (facet_image_read("face.jpg", &image) < 0) ...
 *     facet_image_free(&image);
 */
#ifndef FACET_IMAGE_IMAGE_H
#define FACET_IMAGE_IMAGE_H

#include "base/error.h"

#include <stdint.h>

#define FACET_IMAGE_MAX_PIXELS (1u << 28)

/* Bytes behind the last pixel that may be read, of any value: a vector may begin at any pixel. */
#define FACET_IMAGE_SLACK 16

/* Made by the functions here. */
struct facet_image {
    int width, height;
    uint8_t *pixels; /* (height, width, 3), and FACET_IMAGE_SLACK */
};

/* A black picture. Sizes outside 1..65,535 or more than FACET_IMAGE_MAX_PIXELS are FACET_EINVAL. */
int facet_image_new(struct facet_image *image, int width, int height);
void facet_image_free(struct facet_image *image); /* NULL-safe, clears it */

/* Errors name the file: a folder, unreadable or failing while it is read (FACET_EIO); empty, not
 * JPEG or PNG, truncated, corrupt, too large (FACET_EFORMAT). A JPEG with a premature end or
 * corrupt data is an error, not a grey rest. Sizes are checked before memory is taken for them.
 * `image` is overwritten without being freed, and untouched on failure. */
int facet_image_read(const char *path, struct facet_image *image);

/* The same, for those who look at a part only: a JPEG is decoded down to the last row of the part.
 * Below it a file that is cut short is found, other faults are not. Once the size is known,
 * choose(context, width, height, &box) is called, once, with the box at the whole picture; it may
 * narrow it, and a negative code ends the reading with its message. `image` has the size of the
 * whole picture and its pixels at least within the box; the rest is undefined. */
struct facet_box {
    int x_lo, x_hi, y_lo, y_hi; /* columns x_lo .. x_hi - 1, rows y_lo .. y_hi - 1 */
};
struct facet_image_part {
    int (*choose)(void *context, int width, int height, struct facet_box *box);
    void *context;
};
int facet_image_read_part(const char *path, const struct facet_image_part *part,
                          struct facet_image *image);

/* Written whole or not at all; the same pixels give the same bytes. JPEG quality 1..100, 4:4:4, at
 * most 65,500 pixels a side. */
int facet_image_write_png(const char *path, const struct facet_image *image);
int facet_image_write_jpeg(const char *path, const struct facet_image *image, int quality);

#endif
