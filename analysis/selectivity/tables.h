/* selectivity/tables: the tables of facet-selectivity. */
#ifndef FACET_SELECTIVITY_TABLES_H
#define FACET_SELECTIVITY_TABLES_H

#include "base/table.h"
#include "selectivity/measure.h"

struct selectivity_tables {
    struct facet_table *neurons, *targets, *response;
};

/* A line of targets.tsv. */
struct target_line {
    const struct facet_target *target;
    const char *layer, *features;
    size_t left_out, tested, below;   /* below: p < 0.05 */
    size_t selective[DIRECTIONS];     /* q < 0.05; NO_DIRECTION unused */
    size_t best[DIRECTIONS];          /* neuron */
    double best_accuracy[DIRECTIONS]; /* NaN: no neuron of that direction */
    struct champions champions[DIRECTIONS];
};

int selectivity_tables_new(struct selectivity_tables *tables, const char *folder);
void selectivity_tables_neuron(struct selectivity_tables *tables, const struct target_line *line,
                               size_t neuron, const struct response *response);
void selectivity_tables_target(struct selectivity_tables *tables, const struct target_line *line);
void selectivity_tables_response(struct selectivity_tables *tables, const struct target_line *line,
                                 size_t place, size_t neuron, const struct response *response);
int selectivity_tables_commit(struct selectivity_tables *tables,
                              const struct facet_provenance *run);
void selectivity_tables_free(struct selectivity_tables *tables);

/* "excitatory", "inhibitory" or "none". */
const char *direction_name(enum direction direction);

#endif
