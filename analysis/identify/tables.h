/* identify/tables: the tables of facet-identify. */
#ifndef FACET_IDENTIFY_TABLES_H
#define FACET_IDENTIFY_TABLES_H

#include "base/table.h"
#include "identify/identify.h"

struct facet_identify_tables {
    struct facet_table *identification, *cmc, *dir;
};

int facet_identify_tables_new(struct facet_identify_tables *tables, const char *folder);
void facet_identify_tables_line(struct facet_identify_tables *tables, const char *protocol,
                                const struct facet_identify_line *line,
                                const struct facet_ranking *ranks);
int facet_identify_tables_commit(struct facet_identify_tables *tables,
                                 const struct facet_provenance *run);
void facet_identify_tables_free(struct facet_identify_tables *tables);

#endif
