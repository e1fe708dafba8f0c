/* binarize/informative: the bits that together tell people apart best. */
#ifndef FACET_BINARIZE_INFORMATIVE_H
#define FACET_BINARIZE_INFORMATIVE_H

#include <stddef.h>
#include <stdint.h>

/* Chosen one after the other, always the one with which the chosen bits S have the greatest
 *
 *     z(S) = (sum of gap_j over S) / sd of the Hamming distance of two images over S
 *     gap_j = P(bit j differs on two images of two people) - P(.. on two images of one person)
 *
 * The gap, over all pairs of the images, is what a bit adds to the difference of the mean Hamming
 * distances, the gap of true and false positive rate by which Shakhnarovich, Viola and Darrell
 * (Fast pose estimation with parameter-sensitive hashing, ICCV 2003) choose bits; unlike an
 * estimate of mutual information it has no bias from few images a person. By it alone bits would be
 * chosen that repeat each other, as a neuron's on an image and on its mirror image; the variance
 * of the distance counts that against them. It is of two images drawn at random: with p11, p10,
 * p01, p00 the shares of images on which two bits j and k are on or off,
 *
 *     cov(j, k) = 2 (p11 p00 + p10 p01) - 2 p_j (1 - p_j) 2 p_k (1 - p_k)
 *
 * x (n, width), thresholds (width); identity (n): numbers below people. order (count), count at
 * most width: the columns as they are chosen, equally good ones by number, in the end those that
 * are the same for all images. FACET_EINVAL where there are no two images of one person, or none of
 * two. */
int bits_informative(const float *x, size_t n, size_t width, const float *thresholds,
                     const int32_t *identity, size_t people, size_t count, uint32_t *order);

#endif
