/* binarize/tables: the tables of facet-binarize. */
#ifndef FACET_BINARIZE_TABLES_H
#define FACET_BINARIZE_TABLES_H

#include "base/table.h"
#include "binarize/binarize.h"

enum {
    TABLE_TABLE4,
    TABLE_THRESHOLDS,
    TABLE_LENGTHS,
    TABLE_BITS,
    TABLE_CORRELATION,
    TABLE_STORAGE,
    TABLE_DISTANCES,
    TABLE_NEAREST,
    TABLES
};

struct binarize_tables {
    struct facet_table *table[TABLES];
};

int tables_new(struct binarize_tables *tables, const char *folder);
int tables_commit(struct binarize_tables *tables, const struct facet_provenance *run);
void tables_free(struct binarize_tables *tables);

/* Rows. Pairs: how many were compared. NaN is NA. */
void tables_table4(struct binarize_tables *tables, const struct facet_binarize_line *line,
                   size_t pairs);
void tables_threshold(struct binarize_tables *tables, const char *layer, const char *rule,
                      double threshold, double active_share, enum facet_comparison classifier,
                      size_t pairs, const struct facet_estimate *accuracy);
void tables_length(struct binarize_tables *tables, const char *layer, const char *choice,
                   size_t bits, size_t repeats, enum facet_comparison classifier,
                   const struct facet_estimate *accuracy, double sd);
void tables_bit(struct binarize_tables *tables, const char *layer, size_t neuron, double threshold,
                double share_on, double entropy);
void tables_correlation(struct binarize_tables *tables, const char *layer, double left,
                        double right, uint64_t count);
void tables_storage(struct binarize_tables *tables, const char *layer, const char *code,
                    size_t bytes, double seconds, double accuracy);
void tables_distance(struct binarize_tables *tables, const char *layer, size_t distance,
                     uint64_t within, uint64_t between);
void tables_nearest(struct binarize_tables *tables, const char *layer, size_t images, size_t probes,
                    size_t right);

#endif
