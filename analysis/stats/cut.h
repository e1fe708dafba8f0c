/* stats/cut: how well one threshold on a variable tells a target from the rest, the threshold
 * chosen on one half of the observations and judged on the other (the paper's protocol for single
 * neurons).
 *
 * Balanced accuracy is the mean of the shares of the target and of the rest that are told right. A
 * threshold t calls "target" what is above it (an excitatory variable), or what is not
 * (inhibitory). Candidates are the values of the half that is chosen on, and below all of them:
 * with rectified activations zero is one of them, active or not. Threshold and direction with the
 * greatest balanced accuracy there are taken, of equal ones the lowest threshold, and excitatory
 * before inhibitory.
 *
 * Eight splits are followed at once in one walk through the sorted values, each with both roles of
 * its halves, in whole numbers: exact.
 *
 *     facet_cut_count(&cut);                        // once for each target
 *     facet_cut_of(ranks, &cut, chosen, judged);    // O(n) for each variable
 *     accuracy = facet_cut_accuracy(chosen[0][split], judged[0][split]);
 */
#ifndef FACET_STATS_CUT_H
#define FACET_STATS_CUT_H

#include "stats/ranks.h"

enum { FACET_CUT_SPLITS = 8 };

struct facet_cut {
    size_t n;
    const int8_t *label;  /* [n] 1 target, 0 rest, -1 left out */
    const uint8_t *first; /* [n] bit s: belongs to the first half of split s, else to the second */
    int64_t count[2][2][FACET_CUT_SPLITS]; /* of half and label */
};

/* Fills `count` in. */
void facet_cut_count(struct facet_cut *cut);

/* For a threshold chosen on half h of split s, TPR - FPR of "above it" there (chosen[h][s],
 * negative if it was chosen as inhibitory) and on the other half (judged[h][s]). NaN where a half
 * lacks targets or rest. */
void facet_cut_of(const struct facet_ranks *ranks, const struct facet_cut *cut,
                  double chosen[2][FACET_CUT_SPLITS], double judged[2][FACET_CUT_SPLITS]);

/* Balanced accuracy on the other half. */
double facet_cut_accuracy(double chosen, double judged);

#endif
