/* selectivity/classifiers: what all neurons of a layer tell of a target together (Fig. 7 of the
 * paper), by the halves that single neurons are judged by.
 *
 * Two linear classifiers, both with target and rest of equal weight:
 *  - svm: L2-regularised, squared hinge loss, cost 1 (liblinear's L2R_L2LOSS_SVC, in the primal,
 * which draws no random numbers), on images scaled to unit length, with a bias;
 *  - lda: Fisher's discriminant, w = (S + r tr(S)/d I)^-1 (m1 - m0) with the pooled covariance S
 *    within target and rest and r = 0.01, threshold midway between the projected means.
 * The paper doesn't say which classifier it uses.
 *
 *     classifiers_new(&table, folder);
 *     classifiers_write(table, columns, targets, &how);
 */
#ifndef FACET_SELECTIVITY_CLASSIFIERS_H
#define FACET_SELECTIVITY_CLASSIFIERS_H

#include "base/table.h"
#include "selectivity/columns.h"
#include "selectivity/targets.h"

struct classifiers_how {
    const char *layer, *features;
    size_t splits; /* the first ones of the targets' splits */
    uint64_t seed; /* of the bootstrap */
    int threads;
};

int classifiers_new(struct facet_table **table, const char *folder);

/* Holds all values of the layer in memory, twice and more: 32 bytes each. Halves that lack target
 * or rest are left out. */
int classifiers_write(struct facet_table *table, struct columns *columns,
                      const struct targets *targets, const struct classifiers_how *how);

#endif
