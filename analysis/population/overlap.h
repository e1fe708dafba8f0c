/* population/overlap: do people share their excitatory neurons more than chance would have it? */
#ifndef FACET_POPULATION_OVERLAP_H
#define FACET_POPULATION_OVERLAP_H

#include "population/tables.h"

/* Writes a row of overlap.tsv for each pair of the targets that are people. */
int overlap_write(const struct layer *layer, struct population_tables *tables);

/* Mean of k / (a + b - k) for k hypergeometric: in sets of a and b of n, drawn independently. NaN
 * for a = b = 0. */
double overlap_expected_jaccard(size_t n, size_t a, size_t b);

#endif
