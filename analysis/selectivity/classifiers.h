/* selectivity/classifiers: what all neurons of a layer tell of a target together (Fig. 7 of the
 * paper), by the halves that single neurons are judged by.
 *
 * Two linear classifiers, both with target and rest of equal weight:
 *  - svm: L2-regularised, squared hinge loss, cost 1 (liblinear's L2R_L2LOSS_SVC, in the primal,
 * which draws no random numbers), on images scaled to unit length, with a bias;
 *  - lda: Fisher's discriminant with a ridge of 0.01 (model/discriminant).
 * The paper doesn't say which classifier it uses.
 *
 *     classifiers_new(&table, folder);
 *     classifiers_write(table, columns, targets, &how);
 */
#ifndef FACET_SELECTIVITY_CLASSIFIERS_H
#define FACET_SELECTIVITY_CLASSIFIERS_H

#include "base/table.h"
#include "targets/columns.h"
#include "targets/targets.h"

struct classifiers_how {
    const char *layer, *features;
    size_t splits; /* the first ones of the targets' splits */
    uint64_t seed; /* of the bootstrap */
    int threads;
};

int classifiers_new(struct facet_table **table, const char *folder);

/* Holds all values of the layer in memory, several times over: 24 bytes each. Halves that lack
 * target or rest are left out. */
int classifiers_write(struct facet_table *table, struct facet_columns *columns,
                      const struct facet_targets *targets, const struct classifiers_how *how);

#endif
