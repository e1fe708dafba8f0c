/* stats/auc: does a variable tell a target from the rest? Area under the ROC curve with its
 * interval, and Mann-Whitney's test, from ranks that were found once.
 *
 * Observations carry a label: 1 target, 0 rest, -1 left out. With U the number of (target, rest)
 * pairs in which the target is higher, ties counted half, AUC = U / (n1 n0).
 *
 *     facet_aucs_new(&aucs, n, targets, labels);
 *     facet_ranks_of(ranks, column);
 *     facet_aucs_of(aucs, ranks, auc);             // O(n) for eight targets
 *     facet_auc_interval(&auc[t], 0.95, &low, &high);
 *     p = facet_auc_p(&auc[t]);
 *     facet_aucs_free(&aucs);
 */
#ifndef FACET_STATS_AUC_H
#define FACET_STATS_AUC_H

#include "stats/ranks.h"

struct facet_auc {
    uint64_t n[2];   /* rest, target */
    double u;        /* of the target */
    double ties;     /* sum of t^3 - t over groups of t equal values of both */
    double auc;      /* NaN without target or rest */
    double variance; /* of auc, DeLong, DeLong and Clarke-Pearson (1988); NaN with fewer than two
                        of either */
};

/* Labels of many targets, so that a variable is walked through once for eight of them. */
struct facet_aucs {
    size_t n, targets;
    int8_t *label; /* (targets / 8 rounded up, n, 8) */
};

/* label [targets], each (n), is not kept; at most 2^20 observations with a label >= 0, so that all
 * sums are exact. */
int facet_aucs_new(struct facet_aucs **aucs, size_t n, size_t targets, const int8_t *const *label);
void facet_aucs_free(struct facet_aucs **aucs); /* NULL-safe */

/* auc [targets]. Several threads may ask at once. */
void facet_aucs_of(const struct facet_aucs *aucs, const struct facet_ranks *ranks,
                   struct facet_auc *auc);

/* Normal interval of `level` for logit(auc), whose variance is variance / (auc (1 - auc))^2, put
 * back (Pepe 2003, section 5.2.4): its ends lie within (0, 1). Both NaN where auc is 0 or 1, or has
 * no variance: the method says nothing there. */
void facet_auc_interval(const struct facet_auc *auc, double level, double *low, double *high);

/* Two-sided p of Mann-Whitney's U by the normal approximation, corrected for ties and continuity,
 * as scipy's mannwhitneyu(method="asymptotic"). NaN without target or rest, or if all values are
 * equal.
 */
double facet_auc_p(const struct facet_auc *auc);

#endif
