/* report/tables: a table for the page: its rows as they stand in the file, and what its sidecar
 * says.
 *
 *     json_t *table;
 *     tables_read("out/sparsity/tables/summary.tsv", "tables/summary.tsv", limit, notes, &table);
 *
 * {name, text, rows, shown, title, columns: [{name, type, unit, meaning}], command, source, inputs}
 * where `text` holds the header and the first `shown` of `rows` rows. Without a sidecar the last
 * five are absent.
 */
#ifndef FACET_REPORT_TABLES_H
#define FACET_REPORT_TABLES_H

#include <jansson.h>
#include <stddef.h>

/* Bytes of `text` are at most `limit` and one row. `notes`, a JSON array, gets a sentence where the
 * sidecar is of another version of facet or describes other columns. FACET_EFORMAT: a row or the
 * sidecar is broken; the message names file and line. */
int tables_read(const char *path, const char *name, size_t limit, json_t *notes, json_t **table);

#endif
