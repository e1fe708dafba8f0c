/* verify/tables: the tables of facet-verify. */
#ifndef FACET_VERIFY_TABLES_H
#define FACET_VERIFY_TABLES_H

#include "base/table.h"
#include "protocol/pairs.h"
#include "stats/roc.h"
#include "verify/verify.h"

struct facet_verify_tables {
    struct facet_table *accuracy, *folds, *roc, *scores; /* scores: NULL if not asked for */
};

int facet_verify_tables_new(struct facet_verify_tables *tables, const char *folder, int scores);
void facet_verify_tables_line(struct facet_verify_tables *tables,
                              const struct facet_verify_line *line,
                              const struct facet_protocol *protocol, const struct facet_roc *roc);
/* names: of the images, or of the groups' first images. */
void facet_verify_tables_scores(struct facet_verify_tables *tables,
                                const struct facet_verify_line *line,
                                const struct facet_protocol *protocol, const double *scores,
                                const char *(*name)(void *context, uint32_t of), void *context);
int facet_verify_tables_commit(struct facet_verify_tables *tables,
                               const struct facet_provenance *run);
void facet_verify_tables_free(struct facet_verify_tables *tables);

#endif
