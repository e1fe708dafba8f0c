/* binarize/neighbours: how far apart codes of one person and of two lie, and whose code is nearest.
 */
#ifndef FACET_BINARIZE_NEIGHBOURS_H
#define FACET_BINARIZE_NEIGHBOURS_H

#include <stddef.h>
#include <stdint.h>

struct neighbours {
    uint64_t *within, *between; /* (64 words + 1) pairs of images at each distance, of one person
                                   and of two */
    size_t probes;              /* images that have another one of their person */
    size_t right;               /* of these: the nearest of all other images is of their person */
};

/* codes (n, words) as in kernels/bits, of at least two images; identity (n), a negative one takes
 * no part but can be nearest. Equally near ones count by the first in the file. `found` is the
 * caller's to free. */
int neighbours_find(const uint64_t *codes, size_t n, size_t words, const int32_t *identity,
                    size_t people, int threads, struct neighbours *found);
void neighbours_free(struct neighbours *found);

#endif
