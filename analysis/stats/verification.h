/* stats/verification: are two images of one person? Accuracy over folds as on LFW, and how sure.
 *
 * Every fold is judged at the threshold that makes the fewest errors on the pairs of the other
 * folds (LFW view 2; Huang et al. 2007); accuracy is the mean over folds, with its sample standard
 * deviation and standard error sd / sqrt(folds). ROC measures are of all pairs together.
 *
 * Intervals are over people, not pairs: a replicate draws the people who stand in pairs with
 * replacement, and a pair counts the product of its two people's draws, a genuine pair the draws of
 * its one person (the pigeonhole bootstrap; Owen 2007; stats/bootstrap). Which they are depends on
 * the seed and the people of the pairs alone: of the same pairs scored in several ways, replicate r
 * is the same resample, and the interval of a difference is that of the replicates' differences.
 * Thresholds are held at those of the full data: the interval of accuracy doesn't hold what
 * choosing them adds. In a replicate, too, accuracy is the mean over the folds (those that have a
 * pair in it).
 *
 *     struct facet_verification_pairs pairs = {count, folds, scores, same, fold, first, second,
 *                                              identity, 0};
 *     struct facet_verification_intervals how = {1000, 0.95, seed, threads, NULL, NULL, NULL};
 *     facet_verification_run(&pairs, &how, &result);
 *     // result.accuracy.estimate, .low, .high
 */
#ifndef FACET_STATS_VERIFICATION_H
#define FACET_STATS_VERIFICATION_H

#include "base/error.h"
#include "stats/roc.h"

#include <stddef.h>
#include <stdint.h>

enum { FACET_VERIFICATION_FOLDS = 256 };

struct facet_verification_pairs {
    size_t count, folds;
    const double *scores;           /* [count] the higher, the more alike */
    const uint8_t *same, *fold;     /* [count] 1: genuine; below folds */
    const uint32_t *first, *second; /* [count] images (or groups of them) */
    const int32_t *identity;        /* of each image, negative: unknown; NULL: none known */
    int disjoint; /* choose a fold's threshold only on pairs without any of the fold's people */
};

struct facet_verification_draws;

struct facet_verification_intervals {
    size_t replicates; /* 0: no intervals, people needn't be known */
    double level;
    uint64_t seed;
    int threads;        /* 1 or more */
    double *accuracies; /* [replicates] receives each replicate's accuracy; NULL if nobody asks */
    struct facet_roc **curve; /* receives the one of all pairs, to be freed; NULL if nobody asks */
    /* of these pairs and this many replicates: only accuracy has an interval, the same and found
     * far sooner; NULL: all measures have */
    const struct facet_verification_draws *draws;
};

struct facet_estimate {
    double estimate, low, high; /* NaN ends without an interval */
};

struct facet_verification {
    size_t folds;
    double fold_accuracy[FACET_VERIFICATION_FOLDS];
    double threshold[FACET_VERIFICATION_FOLDS];
    size_t chosen_on[FACET_VERIFICATION_FOLDS]; /* pairs that the threshold was chosen on */
    struct facet_estimate accuracy;             /* NaN with one fold: no others to choose on */
    double sd, standard_error;                  /* NaN with one fold */
    double best_threshold, best_accuracy;       /* chosen and judged on all pairs: an upper bound */
    struct facet_estimate auc, eer;             /* stats/roc */
    struct facet_estimate tpr[FACET_ROC_RATES]; /* at facet_roc_rates */
    size_t identities;                          /* people in pairs, 0 where nobody asked for them */
};

/* Draws of the people of pairs, for many scores of the same pairs; of `how` replicates, seed and
 * threads. Only the pairs' count, first, second and identity matter. FACET_EINVAL: an image of
 * unknown identity. */
int facet_verification_draws_new(struct facet_verification_draws **draws,
                                 const struct facet_verification_pairs *pairs,
                                 const struct facet_verification_intervals *how);
void facet_verification_draws_free(struct facet_verification_draws **draws); /* NULL-safe */

/* The result depends on neither the number of threads nor the order of equal scores. Without kept
 * draws no memory is taken that grows with the pairs, which are a base/scratch (stats/roc).
 * FACET_EFORMAT names a score that is NaN or infinite; FACET_EINVAL: more than 256 folds or none, a
 * fold without pairs, a threshold to be chosen on no genuine or no impostor pairs, an image of
 * unknown identity where `disjoint` or an interval needs it. */
int facet_verification_run(const struct facet_verification_pairs *pairs,
                           const struct facet_verification_intervals *how,
                           struct facet_verification *result);

#endif
