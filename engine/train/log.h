/* train/log: the tables a training writes while it runs: kept in memory, rewritten whole.
 *
 * A log is a table of numbers (base/table) with column names made at run time; a column of type
 * "string" holds indices into `names`. A training that goes on reads its tables back, up to the
 * step it goes on from.
 *
 *     facet_log_new(&log, "Losses", names);
 *     facet_log_column(log, "identification", "fc1", "real", "nat", "mean cross-entropy of fc1");
 *     facet_log_add(log, row);                       // a number for each column
 *     facet_log_write(log, "out/log.tsv", run);
 */
#ifndef FACET_TRAIN_LOG_H
#define FACET_TRAIN_LOG_H

#include "base/table.h"

struct facet_log;

/* names: [name_count] what the numbers of "string" columns stand for; must outlive the log. */
int facet_log_new(struct facet_log **log, const char *title, const char *const *names,
                  size_t name_count);
void facet_log_free(struct facet_log **log); /* NULL-safe */

/* A column named `name`, or name_suffix where `suffix` is not NULL. type, unit, meaning must
 * outlive the log. */
int facet_log_column(struct facet_log *log, const char *name, const char *suffix, const char *type,
                     const char *unit, const char *meaning);
size_t facet_log_rows(const struct facet_log *log);
int facet_log_add(struct facet_log *log, const double *row);
int facet_log_write(const struct facet_log *log, const char *path,
                    const struct facet_provenance *run);
/* Adds the rows of a table written so whose first column is at most `last`. */
int facet_log_read(struct facet_log *log, const char *path, double last);

#endif
