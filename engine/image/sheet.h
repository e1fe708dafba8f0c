/* image/sheet: a contact sheet, to look at what a network will see.
 *
 * Tiles of one size stand in rows and columns on grey, with a margin between and around them: an
 * image a row and a view, an occlusion or a level a column, as the caller likes.
 *
 *     struct facet_sheet sheet;
 *     facet_sheet_new(&sheet, 8, 2, p, 4);
 *     facet_sheet_put(&sheet, 0, 1, p, values);
 *     facet_image_write_png("preview.png", &sheet.image);
 *     facet_sheet_free(&sheet);
 */
#ifndef FACET_IMAGE_SHEET_H
#define FACET_IMAGE_SHEET_H

#include "image/image.h"
#include "store/preprocess.h"

struct facet_sheet {
    struct facet_image image;
    int rows, columns;
    int width, height; /* of a tile, in its own pixels */
    int factor;        /* each of which is a square of so many pixels */
};

/* An empty sheet for tiles of p->width x p->height. A sheet too large for a picture, or rows,
 * columns or a factor below 1, are FACET_EINVAL. */
int facet_sheet_new(struct facet_sheet *sheet, int rows, int columns,
                    const struct facet_preprocess *p, int factor);
void facet_sheet_free(struct facet_sheet *sheet); /* NULL-safe, clears it */

/* Draws values (channels, height, width) in 0..255 as facet_preprocess_align() gives them; they are
 * rounded, and cut to 0..255. `p` has the sheet's size. Row and column count from 0 (assert). */
void facet_sheet_put(struct facet_sheet *sheet, int row, int column,
                     const struct facet_preprocess *p, const float *values);

#endif
