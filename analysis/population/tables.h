/* population/tables: the tables of facet-population. */
#ifndef FACET_POPULATION_TABLES_H
#define FACET_POPULATION_TABLES_H

#include "base/table.h"
#include "population/layer.h"

enum { TABLE_CURVES, TABLE_NEEDED, TABLE_OVERLAP, TABLE_ABLATION, TABLES };

struct population_tables {
    struct facet_table *table[TABLES];
};

/* Neurons that are enough: a line of needed.tsv. */
struct needed {
    const struct facet_target *target;
    size_t splits;
    double full, sd, low, high;
    size_t neurons, least, most, random; /* random: in a random order */
    size_t literal;                      /* for 0.9 full */
};

/* Excitatory neurons of two people: a line of overlap.tsv. */
struct overlap {
    const struct facet_target *a, *b;
    size_t neurons, count[2], shared;
    double expected, jaccard, expected_jaccard, p, q;
};

int tables_new(struct population_tables *tables, const char *folder);
int tables_commit(struct population_tables *tables, const struct facet_provenance *run);
void tables_free(struct population_tables *tables);

/* Mean and standard deviation over splits of the accuracy of the first `neurons` of an order,
 * "ranked" or "random". */
void tables_curve(struct population_tables *tables, const struct layer *layer,
                  const struct facet_target *target, const char *order, size_t neurons,
                  size_t splits, double mean, double sd);
void tables_needed(struct population_tables *tables, const struct layer *layer,
                   const struct needed *needed);
void tables_overlap(struct population_tables *tables, const struct layer *layer,
                    const struct overlap *overlap);
int tables_ablation(struct population_tables *tables, const struct layer *layer,
                    const struct ablation *ablation);

#endif
