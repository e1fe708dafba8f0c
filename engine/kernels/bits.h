/* kernels/bits: binary codes: which neurons are active on an image, packed 64 to a word, and how
 * far apart such codes are.
 *
 * codes (n, words) row-major uint64 with words = facet_bits_words(neurons), at least 1: neuron j is
 * bit j % 64 of word j / 64, and the bits after the last neuron are 0. Distances are exact, so
 * every kernel set and every number of threads gives the same. Distances of all to all, a block at
 * a time, are the kernel `hamming` (kernels/kernels); nothing here holds more than a block of them.
 *
 *     facet_bits_pack(acts, n, 512, threshold, codes);
 *     struct facet_bits_search search = {.queries = codes, .query_count = n, .codes = codes,
 *                                        .code_count = n, .words = 8, .nearest = 1,
 *                                        .leave_one_out = 1, .threads = 2};
 *     facet_bits_nearest(kernels, &search, nearest);            // nearest[i] of image i
 */
#ifndef FACET_KERNELS_BITS_H
#define FACET_KERNELS_BITS_H

#include "kernels/kernels.h"

#include <stddef.h>
#include <stdint.h>

/* Words for a code of so many neurons. */
size_t facet_bits_words(size_t neurons);

/* acts (n, neurons) row-major, threshold (neurons), codes (n, words): a bit is set where an
 * activation is above its neuron's threshold; NaN, of either, sets none. */
void facet_bits_pack(const float *acts, size_t n, size_t neurons, const float *threshold,
                     uint64_t *codes);

/* For pairs (first[k], second[k]) of codes (any, words): differing[k], the bits in which they
 * differ, and both[k], the bits set in both; NULL if nobody asks. */
void facet_bits_pairs(const uint64_t *codes, size_t words, const uint32_t *first,
                      const uint32_t *second, size_t pairs, uint32_t *differing, uint32_t *both);

struct facet_bits_search {
    const uint64_t *queries, *codes; /* (query_count, words), (code_count, words) */
    size_t query_count, code_count, words;
    size_t nearest;    /* neighbours of each query */
    int leave_one_out; /* query i is code i, and not its own neighbour */
    int threads;
};

struct facet_bits_neighbour {
    uint32_t index, distance;
};

/* out (query_count, nearest): the codes nearest to each query, near to far, of equals the lower
 * index first. Threads share the queries; memory beside `out` is some 20 KiB of each one's stack.
 * FACET_EINVAL for no neighbour or more of them than there are codes, for more codes than 32 bits
 * can number, and for more queries than codes where each is one of them. */
int facet_bits_nearest(const struct facet_kernels *kernels, const struct facet_bits_search *search,
                       struct facet_bits_neighbour *out);

/* within, between (64 words + 1): how many pairs i < j of codes (n, words) lie at each distance, of
 * one identity and of two. identity (n): a negative one takes no part. Each thread has counts of
 * its own, and no other memory grows. FACET_ENOMEM. */
int facet_bits_histogram(const struct facet_kernels *kernels, const uint64_t *codes, size_t n,
                         size_t words, const int32_t *identity, int threads, uint64_t *within,
                         uint64_t *between);

#endif
