/* stats/roc: how well scores tell genuine pairs from impostor pairs, at every threshold.
 *
 * The higher a score, the more alike the two of a pair; a distance is passed negated. A pair is
 * accepted when its score is above the threshold, everywhere here. The curve has a point for each
 * number of distinct scores accepted, from none to all; its threshold lies between neighbouring
 * distinct scores (base/threshold, whose distances are negated scores), is the highest score for
 * none, and the next number below the lowest for all. Equal scores are accepted together. With
 * FPR the share of impostor pairs that are accepted, TPR that of genuine pairs, FNR = 1 - TPR:
 *
 *     facet_roc_new(&roc, scores, same, n);
 *     double auc = facet_roc_auc(roc), eer = facet_roc_eer(roc), tpr = facet_roc_tpr_at(roc, 1e-3);
 *     facet_roc_threshold(roc, NULL, &threshold, &accuracy);
 *     count = facet_roc_thin(roc, 500, kept);
 *     for (i = 0; i < count; i++) row(facet_roc_fpr(roc, kept[i]), facet_roc_tpr(roc, kept[i]));
 *     facet_roc_free(&roc);
 *
 * Building takes O(n log n), everything else O(n).
 */
#ifndef FACET_STATS_ROC_H
#define FACET_STATS_ROC_H

#include "base/error.h"

#include <stddef.h>
#include <stdint.h>

struct facet_roc {
    size_t pairs, points; /* points: distinct scores + 1 */
    double weight[2];     /* of all impostor [0] and genuine pairs [1]; their number at first */
    double *threshold;    /* [points] descending */
    double *accepted[2];  /* [points] weight of accepted impostor and genuine pairs */
    uint32_t *order;      /* [pairs] by descending score */
    double *score;        /* [pairs] in that order */
    uint8_t *same;        /* [pairs] in that order */
    size_t *count;        /* [points] pairs accepted: the first ones of that order */
};

/* scores (n), same (n) 1: genuine, 0: impostor. FACET_EFORMAT names a score that is NaN or
 * infinite; FACET_EINVAL: no genuine or no impostor pair. */
int facet_roc_new(struct facet_roc **roc, const double *scores, const uint8_t *same, size_t n);
void facet_roc_free(struct facet_roc **roc); /* NULL-safe */

/* Counts each pair weights[k] >= 0 times from now on (NULL: once), for resampling. Where one kind
 * is left without weight, rates and measures are NaN. */
void facet_roc_weigh(struct facet_roc *roc, const double *weights);

double facet_roc_fpr(const struct facet_roc *roc, size_t point);
double facet_roc_tpr(const struct facet_roc *roc, size_t point);

/* Area under the curve: share of (genuine, impostor) with the higher score for the genuine pair,
 * equal ones counted half (Mann-Whitney's U / (n1 n2); Hanley and McNeil 1982). */
double facet_roc_auc(const struct facet_roc *roc);

/* Equal error rate: FPR = FNR on the curve, its points joined by straight lines. */
double facet_roc_eer(const struct facet_roc *roc);

/* The largest TPR of a point with FPR <= fpr: nothing is interpolated. With fewer than 1 / fpr
 * impostor pairs that is the share of genuine pairs above all of them. */
double facet_roc_tpr_at(const struct facet_roc *roc, double fpr);

/* Normal deviate of a rate, an axis of the DET plot (Martin et al. 1997): -infinity at 0, infinity
 * at 1. */
double facet_roc_deviate(double rate);

/* Threshold with the fewest errors on the pairs with use[k] != 0 (k as in scores; NULL: all pairs),
 * among equally good ones the one that accepts fewest; weights play no part. *accuracy: the share
 * of these pairs it tells right, an optimistic figure for having been chosen on them. FACET_EINVAL
 * without pairs. */
int facet_roc_threshold(const struct facet_roc *roc, const uint8_t *use, double *threshold,
                        double *accuracy);

/* At most limit >= 2 points for a table: all where there are no more, else the first, the last, and
 * the first beyond each of limit - 2 even steps of FPR + TPR; so the curve is as finely described
 * where it is steep. kept [limit] ascends; returns how many. */
size_t facet_roc_thin(const struct facet_roc *roc, size_t limit, size_t *kept);

#endif
