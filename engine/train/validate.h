/* train/validate: how well a layer tells held-out people apart, and how sparse it is.
 *
 * Accuracy is measured as on LFW: pairs of images lie in folds; a fold is judged with the threshold
 * that is best on all other folds. Only that one number is chosen, so the folds here are folds of
 * pairs: a person can be in several of them, other than in LFW's own list.
 *
 *     facet_validate_pairs(&pairs, n, person, 3000, 10, seed);        // once
 *     facet_validate_accuracy(pairs, features, 512, FACET_DISTANCE_COSINE, &accuracy, &sd);
 *     facet_validate_activity(n, 512, features, &active, &active_sd, &dead, &always_on);
 *     facet_validate_pairs_free(&pairs);
 */
#ifndef FACET_TRAIN_VALIDATE_H
#define FACET_TRAIN_VALIDATE_H

#include "base/error.h"

#include <stddef.h>
#include <stdint.h>

struct facet_validate_pairs {
    size_t count;        /* all pairs: half of them genuine, half impostor */
    size_t (*images)[2]; /* [count] two different images, the lower index first */
    uint8_t *same;       /* [count] 1: one person, 0: two people */
    uint8_t *fold;       /* [count] 0 .. folds - 1 */
    size_t folds;
};

/* Draws `count` genuine and `count` impostor pairs of the images 0 .. n - 1 of people person[i]
 * (any numbers; negative: unknown, takes no part). Where one kind has fewer distinct pairs, as many
 * as it has of both, so that chance is 1/2. No pair comes twice.
 *
 * Genuine pairs: of people drawn without replacement until all of those who have a pair left had
 * their turn, then again; the two images at random. Impostor pairs: the same with pairs of people
 * and an image of each. Hence no person with many images fills the list. Genuine and impostor pairs
 * alternate, and pair k of either kind lies in fold k % folds: folds differ by at most one pair of
 * each kind. The same arguments give the same pairs.
 *
 * FACET_EINVAL: folds not in 2 .. 255, or fewer pairs of a kind than folds. */
int facet_validate_pairs(struct facet_validate_pairs **pairs, size_t n, const int32_t *person,
                         size_t count, size_t folds, uint64_t seed);
void facet_validate_pairs_free(struct facet_validate_pairs **pairs); /* NULL-safe */

enum facet_distance {
    FACET_DISTANCE_COSINE,   /* 1 - a'b / (||a|| ||b||); 1 where a or b is zero */
    FACET_DISTANCE_EUCLIDEAN /* ||a - b|| */
};

/* Share of the pairs of a fold that are told right: genuine below the threshold, impostor not; mean
 * and sample standard deviation over the folds. features (n, width) row-major, n as above. The
 * threshold makes the fewest errors on the pairs of all other folds; it is a midpoint of two
 * neighbouring distances, or lies below or above all; among equally good ones the smallest
 * (base/threshold.h). Works for any pairs, also for other than facet_validate_pairs() gives.
 *
 * FACET_EFORMAT names an image with a feature that is NaN or infinite; FACET_EINVAL: fewer than two
 * folds, or one without pairs. */
int facet_validate_accuracy(const struct facet_validate_pairs *pairs, const float *features,
                            size_t width, enum facet_distance how, double *accuracy, double *sd);

/* Active neurons, as the paper counts them: values above 0 (NaN is not). features (n, width)
 * row-major, n > 0, width > 0. *active, *active_sd: mean and sample standard deviation over images
 * of the share of neurons that are active on an image (the paper's FC-4: 292 +- 34 of 512); the
 * latter is NaN for one image. *dead: neurons active on no image; *always_on: on all. */
void facet_validate_activity(size_t n, size_t width, const float *features, double *active,
                             double *active_sd, size_t *dead, size_t *always_on);

#endif
