/* base/table: the tables between analyses, plots and people.
 *
 * Writing: UTF-8 TSV, one header row, `%.9g`, NA for missing, no comment lines; beside x.tsv stands
 * x.json with the meaning of every column and the provenance of the run. Both files appear whole or
 * not at all. The same inputs give the same bytes of x.tsv; times are in the sidecar only.
 *
 *     static const struct facet_column columns[] = {
 *         {"layer", "string", "1", "layer's name"},
 *         {"neuron", "integer", "1", "index in the layer, from 0"},
 *         {"mean", "real", "activation", "mean over images"},
 *     };
 *     struct facet_table *table;
 *     facet_table_new(&table, "out/neurons.tsv", "Neurons of each layer", columns, 3);
 *     facet_table_text(table, "fc4");
 *     facet_table_int(table, 17);
 *     facet_table_real(table, 0.25);       // the row ends by itself after the last column
 *     facet_table_commit(&table, run);     // or facet_table_free(&table) to give up
 *
 * Reading: any TSV with a header row. A row with too many or too few fields, a field that is not
 * UTF-8, a duplicate or empty column name are errors that name file and line. A UTF-8 byte order
 * mark and CRLF line ends are taken as they come.
 *
 *     struct facet_tsv *tsv;
 *     facet_tsv_open(&tsv, "labels.tsv");
 *     int image = facet_tsv_column(tsv, "image");          // -1 where absent
 *     while ((code = facet_tsv_next(tsv)) > 0)
 *         use(facet_tsv_field(tsv, image));
 *     facet_tsv_close(&tsv);                               // code < 0: failure
 */
#ifndef FACET_BASE_TABLE_H
#define FACET_BASE_TABLE_H

#include "base/provenance.h"

#include <stddef.h>
#include <stdint.h>

struct facet_column {
    const char *name;    /* snake_case */
    const char *type;    /* "string", "integer", "real" or "boolean" (0 or 1) */
    const char *unit;    /* "1" for counts and pure numbers */
    const char *meaning; /* with the definition or formula, and its source */
};

struct facet_table;

/* Starts a table; columns must outlive it. The folder of `path` must exist. */
int facet_table_new(struct facet_table **table, const char *path, const char *title,
                    const struct facet_column *columns, size_t count);
/* The same for folder/name.tsv. */
int facet_table_new_in(struct facet_table **table, const char *folder, const char *name,
                       const char *title, const struct facet_column *columns, size_t count);
/* The next field. Kinds are checked against the column's type (assert). NaN is written as NA; so
 * is a NULL text. Tabs and line ends in a text become spaces. Write errors surface at commit. */
void facet_table_text(struct facet_table *table, const char *value);
void facet_table_int(struct facet_table *table, int64_t value);
void facet_table_real(struct facet_table *table, double value);
/* Finishes x.tsv and x.json and frees *table, also on failure. */
int facet_table_commit(struct facet_table **table, const struct facet_provenance *run);
/* Gives the table up. NULL-safe. */
void facet_table_free(struct facet_table **table);

/* Several tables in one folder. */
struct facet_table_kind {
    const char *name, *title;
    const struct facet_column *columns;
    size_t count;
};
/* table[i] (count) from kinds[i]; on failure facet_tables_free() lets go of those begun. */
int facet_tables_new(struct facet_table **tables, const char *folder,
                     const struct facet_table_kind *kinds, size_t count);
/* Each is committed in turn; the first failure ends it. */
int facet_tables_commit(struct facet_table **tables, size_t count,
                        const struct facet_provenance *run);
void facet_tables_free(struct facet_table **tables, size_t count);

struct facet_tsv;

/* "-" reads standard input. FACET_EFORMAT if there is no header row. */
int facet_tsv_open(struct facet_tsv **tsv, const char *path);
void facet_tsv_close(struct facet_tsv **tsv); /* NULL-safe */
size_t facet_tsv_columns(const struct facet_tsv *tsv);
const char *facet_tsv_name(const struct facet_tsv *tsv, size_t column);
/* Index of a column, -1 where absent. */
int facet_tsv_column(const struct facet_tsv *tsv, const char *name);
/* As above, absent is FACET_EFORMAT with a message that lists the columns there are. */
int facet_tsv_require(const struct facet_tsv *tsv, const char *name, int *column);
/* 1: a row was read; 0: the end; < 0: failure. Empty lines are skipped. */
int facet_tsv_next(struct facet_tsv *tsv);
/* Field of the current row; valid until the next call. */
const char *facet_tsv_field(const struct facet_tsv *tsv, int column);
/* The field as number, or NaN for NA; failures name file, line and column. */
int facet_tsv_real(const struct facet_tsv *tsv, int column, double *out);
/* Line number of the current row, counted from 1, and the file's name, for messages. */
size_t facet_tsv_line(const struct facet_tsv *tsv);
const char *facet_tsv_path(const struct facet_tsv *tsv);

#endif
