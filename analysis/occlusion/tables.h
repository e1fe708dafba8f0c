/* occlusion/tables: the tables of facet-occlusion. */
#ifndef FACET_OCCLUSION_TABLES_H
#define FACET_OCCLUSION_TABLES_H

#include "base/table.h"
#include "compare/compare.h"
#include "compare/feature.h"
#include "occlusion/levels.h"
#include "occlusion/measure.h"

enum {
    TABLE_ACCURACY,
    TABLE_HALF,
    TABLE_DIFFERENCES,
    TABLE_DRIFT,
    TABLE_NEURONS,
    TABLE_IDENTITIES,
    TABLE_SETS,
    TABLES
};

struct occlusion_tables {
    struct facet_table *table[TABLES];
};

int tables_new(struct occlusion_tables *tables, const char *folder);
int tables_commit(struct occlusion_tables *tables, const struct facet_provenance *run);
void tables_free(struct occlusion_tables *tables);

/* What a row is of. */
struct tables_what {
    const char *layer;
    enum facet_combine combine;
    enum facet_comparison metric;        /* where a table has it */
    const char *kind;                    /* of the occlusion */
    const struct occlusion_level *level; /* clean faces: level 0 */
};

struct tables_accuracy {
    size_t pairs;
    struct facet_estimate accuracy, change, step;
    double sd, standard_error, area, separation;
};

struct tables_set {
    const char *name;
    size_t size;
    double kept, same_side, clean, mean;
};

void tables_accuracy(struct occlusion_tables *tables, const struct tables_what *what,
                     const struct tables_accuracy *row);
void tables_half(struct occlusion_tables *tables, const struct tables_what *what, double clean,
                 double target, size_t levels, const struct facet_estimate *half);
void tables_difference(struct occlusion_tables *tables, const struct tables_what *a,
                       const struct tables_what *b, size_t pairs,
                       const struct facet_estimate *difference,
                       const struct facet_estimate *change);
/* Of all measures and neurons. */
void tables_drift(struct occlusion_tables *tables, const struct tables_what *what,
                  const struct occlusion_measures *measures, size_t width);
void tables_identity(struct occlusion_tables *tables, const struct tables_what *what,
                     const struct occlusion_person *person, size_t place, size_t neuron,
                     double clean, double mean);
void tables_set(struct occlusion_tables *tables, const struct tables_what *what,
                const struct occlusion_person *person, const struct tables_set *set,
                double correlation);

#endif
