/* store/codes: packed codes of bits, what is left of a layer when each neuron only says whether it
 * is on (facet-codes-1).
 *
 * HDF5 in the manner of the activation file: `image` is a scale of names and `identity` a variable
 * along it ("NA" where unknown). The root says by which command it was made. A layer fc4 has
 *
 *  - fc4_bits (image, fc4_byte), uint8: neuron j is bit j % 8 of byte j / 8, the lowest first, as
 *    numpy.unpackbits(bits, axis=1, count=neurons, bitorder="little") has it; the bits after the
 *    last neuron are 0. Its attributes `neurons` and `threshold`: their number, and the threshold
 *    that all of them have (NaN where each has its own);
 *  - fc4_threshold (fc4_neuron), float32: a bit is 1 where the activation is above it.
 *
 *     facet_codes_create(&writer, "codes.h5", &images, run);
 *     facet_codes_write(writer, "fc4", 512, thresholds, codes);      // kernels/bits
 *     facet_codes_commit(&writer);        // or facet_codes_discard(&writer)
 */
#ifndef FACET_STORE_CODES_H
#define FACET_STORE_CODES_H

#include "base/provenance.h"

#include <stddef.h>
#include <stdint.h>

struct facet_codes_images {
    size_t count;
    const char *const *names;      /* [count] */
    const char *const *identities; /* [count], NULL for unknown; NULL: no identities */
};

struct facet_codes_writer;

/* Starts PATH.partial, replacing one that is there; the images are not kept. */
int facet_codes_create(struct facet_codes_writer **writer, const char *path,
                       const struct facet_codes_images *images, const struct facet_provenance *run);
/* A layer: thresholds (neurons), codes (images, facet_bits_words(neurons)). */
int facet_codes_write(struct facet_codes_writer *writer, const char *layer, size_t neurons,
                      const float *thresholds, const uint64_t *codes);
/* Closes and renames; frees *writer, also on failure, and then leaves no partial file. */
int facet_codes_commit(struct facet_codes_writer **writer);
/* Gives it up. NULL-safe. */
void facet_codes_discard(struct facet_codes_writer **writer);

#endif
