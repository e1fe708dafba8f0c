/* stats/roc: how well scores tell genuine pairs from impostor pairs, at every threshold.
 *
 * The higher a score, the more alike the two of a pair; a distance is passed negated. A pair is
 * accepted when its score is above the threshold, everywhere here. The curve has a point for each
 * number of distinct scores accepted, from none to all; its threshold lies between neighbouring
 * distinct scores (base/threshold, whose distances are negated scores), is the highest score for
 * none, and the next number below the lowest for all. Equal scores are accepted together. With
 * FPR the share of impostor pairs that are accepted, TPR that of genuine pairs, FNR = 1 - TPR:
 *
 *     facet_roc_new(&roc, n);
 *     for (k = 0; k < n; k++) roc->pairs[k] = (struct facet_roc_pair){score[k], .same = same[k]};
 *     facet_roc_sort(roc);
 *     facet_roc_measure(roc, &measures);               // measures.auc, .eer, .tpr
 *     facet_roc_threshold(roc, -1, NULL, &best);
 *     count = facet_roc_thin(roc, 500, points);
 *     for (i = 0; i < count; i++) row(points[i].fpr, points[i].tpr);
 *     facet_roc_free(&roc);
 *
 * The pairs are a base/scratch of 24 bytes each, 48 while they are sorted: O(n log n). Everything
 * else goes through them once, in order, and holds nothing.
 */
#ifndef FACET_STATS_ROC_H
#define FACET_STATS_ROC_H

#include "base/error.h"

#include <stddef.h>
#include <stdint.h>

enum { FACET_ROC_RATES = 4 };

/* 1e-1, 1e-2, 1e-3, 1e-4 */
extern const double facet_roc_rates[FACET_ROC_RATES];

struct facet_roc_pair {
    double score;
    uint32_t first, second; /* people, for those who ask about them */
    uint8_t same, fold;     /* 1: genuine, 0: impostor */
};

struct facet_roc {
    size_t count, points;         /* pairs; distinct scores + 1 */
    size_t kinds[2];              /* impostor and genuine pairs */
    struct facet_roc_pair *pairs; /* [count] by descending score once they are sorted */
};

/* Room for pairs, to be filled in; then facet_roc_sort(), and everything else after it.
 * FACET_EFORMAT names a score that is NaN or infinite; FACET_EINVAL: no genuine or no impostor
 * pair. */
int facet_roc_new(struct facet_roc **roc, size_t count);
int facet_roc_sort(struct facet_roc *roc);
void facet_roc_free(struct facet_roc **roc); /* NULL-safe */

struct facet_roc_measures {
    /* Area under the curve: share of (genuine, impostor) with the higher score for the genuine
     * pair, equal ones counted half (Mann-Whitney's U / (n1 n2); Hanley and McNeil 1982). */
    double auc;
    /* Equal error rate: FPR = FNR on the curve, its points joined by straight lines. */
    double eer;
    /* The largest TPR of a point with FPR <= each of facet_roc_rates: nothing is interpolated. With
     * fewer than 1 / FPR impostor pairs that is the share of genuine pairs above all of them. */
    double tpr[FACET_ROC_RATES];
};

void facet_roc_measure(const struct facet_roc *roc, struct facet_roc_measures *measures);

/* The same of a resample that holds each person draws[person] times, and so a pair the product of
 * its two people's draws, a pair of one person its draws: walks along the curve, from begin() with
 * the weight of all impostor and all genuine pairs to the last pair. Where one kind is without
 * weight, measures are NaN. */
struct facet_roc_walk {
    double weight[2], accepted[2], before[2]; /* of either kind: all, so far, at the last point */
    double area, gap;                         /* twice the area so far; FNR - FPR at that point */
    struct facet_roc_measures measures;       /* at the end */
};

void facet_roc_walk_begin(struct facet_roc_walk *walk, const double weight[2]);
/* Pairs from .. to - 1; draws NULL: each once. */
void facet_roc_walk_on(struct facet_roc_walk *walk, const struct facet_roc *roc, size_t from,
                       size_t to, const uint32_t *draws);

/* How often the pair is in such a resample. */
static inline double facet_roc_weight(const struct facet_roc_pair *pair, const uint32_t *draws)
{
    const double first = draws[pair->first], second = draws[pair->second];
    return first * (pair->first == pair->second ? 1 : second);
}

/* Threshold with the fewest errors on the pairs that are not of fold `without` (-1: all) nor of a
 * person with barred[person] != 0 (NULL: nobody is barred), among equally good ones the one that
 * accepts fewest. accuracy: the share of these pairs it tells right, an optimistic figure for
 * having been chosen on them. NaN without pairs. */
struct facet_roc_choice {
    double threshold, accuracy;
    size_t kinds[2]; /* impostor and genuine pairs that it was chosen on */
};
void facet_roc_threshold(const struct facet_roc *roc, int without, const uint8_t *barred,
                         struct facet_roc_choice *choice);

struct facet_roc_point {
    double threshold, fpr, tpr;
};

/* At most limit >= 2 points for a table: all where there are no more, else the first, the last, and
 * the first beyond each of limit - 2 even steps of FPR + TPR; so the curve is as finely described
 * where it is steep. points [limit] in order; returns how many. */
size_t facet_roc_thin(const struct facet_roc *roc, size_t limit, struct facet_roc_point *points);

/* Normal deviate of a rate, an axis of the DET plot (Martin et al. 1997): -infinity at 0, infinity
 * at 1. */
double facet_roc_deviate(double rate);

#endif
