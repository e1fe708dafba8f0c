/* population/classify: how many neurons a target's linear classifier needs, and what it loses
 * without some. Neurons are ranked and classifiers (model/discriminant) trained on one half of the
 * images, and judged on the other.
 */
#ifndef FACET_POPULATION_CLASSIFY_H
#define FACET_POPULATION_CLASSIFY_H

#include "population/tables.h"

/* Writes the target's rows of curves, needed and ablation; *needed as in needed.tsv. A target whose
 * halves all lack target or rest has none: needed->splits is 0. */
int classify_target(const struct layer *layer, size_t target, struct population_tables *tables,
                    struct needed *needed);

#endif
