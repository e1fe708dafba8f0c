#include "train/log.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { COLUMNS = 96 };

struct facet_log {
    const char *title;
    const char *const *names;
    size_t name_count;
    struct facet_column columns[COLUMNS];
    char *column_names[COLUMNS];
    size_t width, rows, room;
    double *values; /* (rows, width) */
};

int facet_log_new(struct facet_log **log, const char *title, const char *const *names,
                  size_t name_count)
{
    struct facet_log *l = facet_alloc(1, sizeof *l, "log");
    if (l == NULL) return FACET_ENOMEM;
    l->title = title;
    l->names = names;
    l->name_count = name_count;
    *log = l;
    return FACET_OK;
}

void facet_log_free(struct facet_log **log)
{
    if (*log == NULL) return;
    for (size_t i = 0; i < (*log)->width; i++) free((*log)->column_names[i]);
    free((*log)->values);
    free(*log);
    *log = NULL;
}

int facet_log_column(struct facet_log *l, const char *name, const char *suffix, const char *type,
                     const char *unit, const char *meaning)
{
    if (l->width == COLUMNS)
        return facet_fail(FACET_EINVAL, "%s: more than %d columns", l->title, COLUMNS);
    char *full = suffix != NULL ? facet_format("%s_%s", name, suffix) : facet_strdup(name);
    if (full == NULL) return FACET_ENOMEM;
    l->column_names[l->width] = full;
    l->columns[l->width++] = (struct facet_column){full, type, unit, meaning};
    return FACET_OK;
}

size_t facet_log_rows(const struct facet_log *l)
{
    return l->rows;
}

int facet_log_add(struct facet_log *l, const double *row)
{
    if (l->rows == l->room) {
        const size_t room = 2 * l->room + 64;
        double *values = realloc(l->values, room * l->width * sizeof *values);
        if (values == NULL) return facet_fail(FACET_ENOMEM, "out of memory for a log");
        l->values = values;
        l->room = room;
    }
    memcpy(l->values + l->rows++ * l->width, row, l->width * sizeof *row);
    return FACET_OK;
}

int facet_log_write(const struct facet_log *l, const char *path, const struct facet_provenance *run)
{
    struct facet_table *table;
    int code = facet_table_new(&table, path, l->title, l->columns, l->width);
    if (code < 0) return code;
    for (size_t i = 0; i < l->rows * l->width; i++) {
        const char *type = l->columns[i % l->width].type;
        if (strcmp(type, "string") == 0)
            facet_table_text(table, l->names[(size_t)l->values[i]]);
        else if (strcmp(type, "integer") == 0)
            facet_table_int(table, (int64_t)l->values[i]);
        else
            facet_table_real(table, l->values[i]);
    }
    return facet_table_commit(&table, run);
}

static int read_field(const struct facet_log *l, struct facet_tsv *tsv, size_t column,
                      double *value)
{
    int at;
    int code = facet_tsv_require(tsv, l->column_names[column], &at);
    if (code < 0) return code;
    if (strcmp(l->columns[column].type, "string") != 0) return facet_tsv_real(tsv, at, value);
    const char *text = facet_tsv_field(tsv, at);
    for (size_t i = 0; i < l->name_count; i++)
        if (strcmp(l->names[i], text) == 0) {
            *value = (double)i;
            return FACET_OK;
        }
    return facet_fail(FACET_EFORMAT, "%s:%zu: %s is \"%s\", which this training doesn't have",
                      facet_tsv_path(tsv), facet_tsv_line(tsv), l->column_names[column], text);
}

int facet_log_read(struct facet_log *l, const char *path, double last)
{
    struct facet_tsv *tsv = NULL;
    double row[COLUMNS];
    int code = facet_tsv_open(&tsv, path);
    while (code >= 0 && (code = facet_tsv_next(tsv)) > 0) {
        for (size_t i = 0; i < l->width && code >= 0; i++) code = read_field(l, tsv, i, &row[i]);
        if (code >= 0 && row[0] <= last) code = facet_log_add(l, row);
    }
    facet_tsv_close(&tsv);
    return code;
}
