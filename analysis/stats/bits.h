/* stats/bits: the set of active neurons of an image, packed 64 to a word.
 *
 *     facet_bits_pack(lanes, 512, 0, bits);                     // of 16 images, 8 words each
 *     differing = facet_bits_hamming(bits_a, bits_b, 8);
 */
#ifndef FACET_STATS_BITS_H
#define FACET_STATS_BITS_H

#include <stddef.h>
#include <stdint.h>

/* Words for n bits. */
size_t facet_bits_words(size_t n);

#define FACET_BITS_LANES 16

/* Packs FACET_BITS_LANES vectors of n values that lie side by side, x (n, lanes), into bits (words,
 * lanes): bit j % 64 of word j / 64 is set where x[j] > threshold; the bits after n are 0. */
void facet_bits_pack(const float *x, size_t n, float threshold, uint64_t *bits);

/* Number of positions where a and b differ. */
uint64_t facet_bits_hamming(const uint64_t *a, const uint64_t *b, size_t words);

/* Jaccard index |a and b| / |a or b|; NaN where both are empty. */
double facet_bits_jaccard(const uint64_t *a, const uint64_t *b, size_t words);

#endif
