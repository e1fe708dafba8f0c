/* sparsity/tables: the tables the program writes, their columns and meanings. */
#ifndef FACET_SPARSITY_TABLES_H
#define FACET_SPARSITY_TABLES_H

#include "base/table.h"

enum table {
    TABLE_IMAGES,
    TABLE_NEURONS,
    TABLE_PER_IMAGE,
    TABLE_PER_NEURON,
    TABLE_ACTIVATIONS,
    TABLE_THRESHOLDS,
    TABLE_OVERLAP,
    TABLE_SUMMARY,
    TABLES,
};

struct tables {
    struct facet_table *table[TABLES];
};

/* Starts all tables in `folder`, which is created where absent. */
int tables_new(struct tables *tables, const char *folder);
int tables_commit(struct tables *tables, const struct facet_provenance *run);
void tables_free(struct tables *tables);

struct estimate {
    double n, value, sd, low, high; /* NaN: NA */
};

void tables_estimate(struct facet_table *table, const struct estimate *e);
/* Values 0..total in bins of `step`: counts[v / step], total / step + 1 of them. */
void tables_histogram(struct facet_table *table, const char *layer, const char *view,
                      const uint64_t *counts, uint64_t step, uint64_t total);

#endif
