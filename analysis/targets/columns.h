/* targets/columns: neurons as columns, each the values of one neuron on all images, read a
 * strip at a time: memory is that of a strip, not of the layer.
 *
 * A strip is as wide as the file's chunks, so each chunk is read once. Of an image and its mirror
 * image the neurons come one behind the other, or summed, as compare/feature says.
 *
 *     facet_columns_new(&columns, acts, "fc4", FACET_COMBINE_CONCAT, row, images);
 *     for (s = 0; s < columns->strips; s++) {
 *         facet_columns_read(columns, s);            // neurons first .. first + width - 1
 *         for (j = 0; j < columns->width; j++) use(columns->first + j, columns->x + j * images);
 *     }
 *     facet_columns_record(columns, run);
 *     facet_columns_free(&columns);
 */
#ifndef FACET_TARGETS_COLUMNS_H
#define FACET_TARGETS_COLUMNS_H

#include "compare/feature.h"

struct facet_columns_part;

struct facet_columns {
    struct facet_acts *acts;
    struct facet_features *features; /* features->width neurons in all */
    const size_t *row;               /* [images] */
    size_t images, strips, widest;
    struct facet_columns_part *parts; /* [part_count] layers and views, in order */
    size_t part_count, rows;          /* rows: of a block at most */
    float *block;                     /* (rows, widest) as read */
    size_t first, width;              /* the strip that was read last */
    float *x;                         /* (width, images) its values */
};

/* `row` must outlive it. Errors as facet_features_new(). */
int facet_columns_new(struct facet_columns **columns, struct facet_acts *const *acts,
                      const char *layers, enum facet_combine combine, const size_t *row,
                      size_t images);
void facet_columns_free(struct facet_columns **columns); /* NULL-safe */

/* FACET_EFORMAT: a value is NaN or infinite; the message names image and neuron. */
int facet_columns_read(struct facet_columns *columns, size_t strip);

/* First neuron of a strip, and that of the layer for strip = strips. */
size_t facet_columns_first(const struct facet_columns *columns, size_t strip);

/* Records what was read, all strips, with the hash of store/activations. */
int facet_columns_record(const struct facet_columns *columns, struct facet_provenance *run);

#endif
