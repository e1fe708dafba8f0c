/* store/acts_strip: how an activation file cuts a layer into chunks, and the chunks side by side
 * that hold one block of rows, while they fill. Private to store/acts_writer.
 *
 * A strip is kept as its chunks lie in the file, and they are written whole, with their checksums:
 * HDF5 would read each chunk back before it adds rows to it.
 *
 *     facet_acts_cut(&cut, &layer, images, views, half);
 *     facet_acts_strip_new(&strip, &cut, set);
 *     facet_acts_strip_add(strip, rows, values, missing);
 *     facet_acts_strip_write(strip);                       // full or not
 *     facet_acts_strip_turn(strip, next_row);
 */
#ifndef FACET_STORE_ACTS_STRIP_H
#define FACET_STORE_ACTS_STRIP_H

#include "store/activations.h"

#include <hdf5.h>

#define FACET_ACTS_RANK 5 /* image, view, channel, y, x */

struct facet_acts_cut {
    int rank; /* image, view where there are several, the layer's own */
    hsize_t dims[FACET_ACTS_RANK], chunk[FACET_ACTS_RANK];
    size_t views, neurons; /* of an image; of a view */
    size_t rows, columns;  /* of a chunk: images, neurons */
    size_t across;         /* chunks of a view side by side; the last may go on beyond the layer */
    size_t size;           /* bytes of a value: 4, or 2 for float16 */
};

void facet_acts_cut(struct facet_acts_cut *cut, const struct facet_acts_layer *layer, size_t images,
                    size_t views, int half);

/* Bytes of a strip. */
double facet_acts_cut_bytes(const struct facet_acts_cut *cut);

struct facet_acts_strip;

/* The strip of the file's first rows, empty. `set`, float32 or float16 and fletcher32, cut so, must
 * stay open. */
int facet_acts_strip_new(struct facet_acts_strip **strip, const struct facet_acts_cut *cut,
                         hid_t set);
void facet_acts_strip_free(struct facet_acts_strip **strip); /* NULL-safe */

/* Adds rows behind those that are there, not more than still go in; values (rows, views, neurons);
 * missing (rows), nonzero for a row of NaN, NULL for none. FACET_EFORMAT: a value is too large for
 * float16. */
int facet_acts_strip_add(struct facet_acts_strip *strip, size_t rows, const float *values,
                         const uint8_t *missing);

/* Writes the chunks if a row was added since, NaN where rows are still to come; negative on
 * failure, HDF5 knows why. */
int facet_acts_strip_write(struct facet_acts_strip *strip);

/* Goes to the strip that begins with `row`, empty. */
void facet_acts_strip_turn(struct facet_acts_strip *strip, size_t row);

/* Goes to the strip that `row` is in, with the rows before it as they are in the file; 0 if a chunk
 * is torn. */
int facet_acts_strip_load(struct facet_acts_strip *strip, size_t row);

#endif
