#include "base/table.h"

#include "base/file.h"
#include "base/number.h"
#include "base/parse.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Rows are gathered here: the stream's own buffer would cost a lock for every field. */
enum { BUFFER = 1 << 16, AHEAD = 8 << 20 };

struct facet_table {
    struct facet_file file;
    char *title;
    const struct facet_column *columns;
    size_t count, at;
    uint64_t rows;
    off_t written, sent; /* bytes; those that the system was asked to put on the disk */
    size_t used;
    char buffer[BUFFER];
};

/* A failure stays in the stream's error flag until the commit. What is written is sent to the disk
 * as it comes (Linux starts to write pages that it is told are not needed), so that the commit
 * needn't wait for all of it. */
static void flush(struct facet_table *t)
{
    fwrite(t->buffer, 1, t->used, t->file.stream);
    t->written += (off_t)t->used;
    t->used = 0;
    if (t->written - t->sent < AHEAD) return;
    posix_fadvise(fileno(t->file.stream), t->sent, t->written - t->sent, POSIX_FADV_DONTNEED);
    t->sent = t->written;
}

/* Room for `bytes` <= BUFFER more. */
static char *reserve(struct facet_table *t, size_t bytes)
{
    if (t->used + bytes > BUFFER) flush(t);
    return t->buffer + t->used;
}

static void put_char(struct facet_table *t, char c)
{
    *reserve(t, 1) = c;
    t->used++;
}

/* Tabs and line ends become spaces. */
static void put_text(struct facet_table *t, const char *text)
{
    for (size_t left = strlen(text), n; left > 0; left -= n, text += n, t->used += n) {
        n = left < BUFFER / 2 ? left : BUFFER / 2;
        char *to = reserve(t, n);
        memcpy(to, text, n);
        for (size_t i = 0; i < n; i++)
            to[i] = to[i] == '\t' || to[i] == '\n' || to[i] == '\r' ? ' ' : to[i];
    }
}

int facet_table_new(struct facet_table **table, const char *path, const char *title,
                    const struct facet_column *columns, size_t count)
{
    struct facet_table *t = facet_alloc(1, sizeof *t, "table");
    if (t == NULL) return FACET_ENOMEM;
    t->title = facet_strdup(title);
    t->columns = columns;
    t->count = count;
    int code = t->title == NULL ? FACET_ENOMEM : facet_file_begin(&t->file, path);
    if (code < 0) {
        facet_table_free(&t);
        return code;
    }
    for (size_t i = 0; i < count; i++) {
        put_text(t, columns[i].name);
        put_char(t, i + 1 < count ? '\t' : '\n');
    }
    *table = t;
    return FACET_OK;
}

static void end_field(struct facet_table *t)
{
    int last = ++t->at == t->count;
    put_char(t, last ? '\n' : '\t');
    if (!last) return;
    t->at = 0;
    t->rows++;
}

static inline int is_type(const struct facet_table *t, const char *type)
{
    return strcmp(t->columns[t->at].type, type) == 0;
}

int facet_table_new_in(struct facet_table **table, const char *folder, const char *name,
                       const char *title, const struct facet_column *columns, size_t count)
{
    char *path = facet_format("%s/%s.tsv", folder, name);
    int code = path == NULL ? FACET_ENOMEM : facet_table_new(table, path, title, columns, count);
    free(path);
    return code;
}

void facet_table_text(struct facet_table *table, const char *value)
{
    assert(value == NULL || is_type(table, "string"));
    put_text(table, value != NULL ? value : "NA");
    end_field(table);
}

void facet_table_int(struct facet_table *table, int64_t value)
{
    assert(is_type(table, "integer") || is_type(table, "boolean"));
    table->used += facet_number_int(value, reserve(table, FACET_NUMBER_SIZE));
    end_field(table);
}

void facet_table_real(struct facet_table *table, double value)
{
    assert(is_type(table, "real"));
    if (isnan(value))
        put_text(table, "NA");
    else /* no "-0" */
        table->used +=
            facet_number_real(value == 0 ? 0.0 : value, reserve(table, FACET_NUMBER_SIZE));
    end_field(table);
}

static json_t *describe(const struct facet_table *t, const struct facet_provenance *run)
{
    json_t *columns = json_array();
    for (size_t i = 0; i < t->count; i++) {
        const struct facet_column *c = &t->columns[i];
        json_array_append_new(columns, json_pack("{s:s, s:s, s:s, s:s}", "name", c->name, "type",
                                                 c->type, "unit", c->unit, "meaning", c->meaning));
    }
    return json_pack("{s:s, s:I, s:o, s:o}", "title", t->title, "rows", (json_int_t)t->rows,
                     "columns", columns, "provenance", facet_provenance_json(run));
}

static int write_sidecar(const struct facet_table *t, const struct facet_provenance *run)
{
    size_t length = strlen(t->file.path);
    int stem = length > 4 && strcmp(t->file.path + length - 4, ".tsv") == 0 ? (int)length - 4
                                                                            : (int)length;
    char *path = facet_format("%.*s.json", stem, t->file.path);
    json_t *json = describe(t, run);
    struct facet_file file;
    int code = path == NULL || json == NULL
                   ? facet_fail(FACET_ENOMEM, "%s: no memory for its description", t->file.path)
                   : facet_file_begin(&file, path);
    if (code == FACET_OK) {
        int bad = json_dumpf(json, file.stream, JSON_INDENT(2)) != 0;
        fputc('\n', file.stream);
        if (bad) {
            code = facet_fail(FACET_EIO, "%s: cannot write", path);
            facet_file_discard(&file);
        } else {
            code = facet_file_commit(&file);
        }
    }
    json_decref(json);
    free(path);
    return code;
}

int facet_table_commit(struct facet_table **table, const struct facet_provenance *run)
{
    struct facet_table *t = *table;
    assert(t->at == 0);
    flush(t);
    int code = write_sidecar(t, run);
    if (code == FACET_OK) code = facet_file_commit(&t->file);
    facet_table_free(table);
    return code;
}

void facet_table_free(struct facet_table **table)
{
    if (*table == NULL) return;
    facet_file_discard(&(*table)->file);
    free((*table)->title);
    free(*table);
    *table = NULL;
}

int facet_tables_new(struct facet_table **tables, const char *folder,
                     const struct facet_table_kind *kinds, size_t count)
{
    int code = FACET_OK;
    for (size_t i = 0; i < count; i++) tables[i] = NULL;
    for (size_t i = 0; code == FACET_OK && i < count; i++)
        code = facet_table_new_in(&tables[i], folder, kinds[i].name, kinds[i].title,
                                  kinds[i].columns, kinds[i].count);
    return code;
}

int facet_tables_commit(struct facet_table **tables, size_t count,
                        const struct facet_provenance *run)
{
    int code = FACET_OK;
    for (size_t i = 0; code == FACET_OK && i < count; i++)
        code = facet_table_commit(&tables[i], run);
    return code;
}

void facet_tables_free(struct facet_table **tables, size_t count)
{
    for (size_t i = 0; i < count; i++) facet_table_free(&tables[i]);
}

struct facet_tsv {
    FILE *stream;
    char *path;
    char *line; /* the current row, cut at its tabs */
    size_t capacity, number;
    char *header;
    char **names;
    char **fields;
    size_t count;
};

/* Reads one line without its end into tsv->line. 1, 0 at the end, < 0 on failure. */
static int read_line(struct facet_tsv *tsv)
{
    ssize_t length = getline(&tsv->line, &tsv->capacity, tsv->stream);
    if (length < 0 && ferror(tsv->stream))
        return facet_fail(FACET_EIO, "%s: cannot read line %zu", tsv->path, tsv->number + 1);
    if (length < 0) return 0;
    tsv->number++;
    if (strlen(tsv->line) != (size_t)length)
        return facet_fail(FACET_EFORMAT, "%s:%zu: a zero byte; this is not a text table", tsv->path,
                          tsv->number);
    while (length > 0 && (tsv->line[length - 1] == '\n' || tsv->line[length - 1] == '\r'))
        tsv->line[--length] = '\0';
    if (!facet_parse_is_utf8(tsv->line))
        return facet_fail(FACET_EFORMAT, "%s:%zu: not UTF-8", tsv->path, tsv->number);
    return 1;
}

/* Cuts `line` at its tabs into at most `limit` fields; returns how many there are. */
static size_t cut(char *line, char **fields, size_t limit)
{
    size_t n = 0;
    for (char *c = line; c != NULL; n++) {
        char *tab = strchr(c, '\t');
        if (tab != NULL && n < limit) *tab = '\0';
        if (n < limit) fields[n] = c;
        c = tab != NULL ? tab + 1 : NULL;
    }
    return n;
}

static int read_header(struct facet_tsv *t)
{
    int got = read_line(t);
    if (got < 0) return got;
    if (got == 0) return facet_fail(FACET_EFORMAT, "%s: empty: expected a header row", t->path);
    t->header = facet_strdup(strncmp(t->line, "\xef\xbb\xbf", 3) == 0 ? t->line + 3 : t->line);
    if (t->header == NULL) return FACET_ENOMEM;
    t->count = cut(t->header, NULL, 0);
    t->names = facet_alloc(t->count, sizeof *t->names, "columns");
    t->fields = facet_alloc(t->count, sizeof *t->fields, "columns");
    if (t->names == NULL || t->fields == NULL) return FACET_ENOMEM;
    cut(t->header, t->names, t->count);
    for (size_t i = 0; i < t->count; i++) {
        if (t->names[i][0] == '\0')
            return facet_fail(FACET_EFORMAT, "%s:1: column %zu has no name", t->path, i + 1);
        for (size_t j = 0; j < i; j++)
            if (strcmp(t->names[i], t->names[j]) == 0)
                return facet_fail(FACET_EFORMAT, "%s:1: two columns are named %s", t->path,
                                  t->names[i]);
    }
    return FACET_OK;
}

int facet_tsv_open(struct facet_tsv **tsv, const char *path)
{
    struct facet_tsv *t = facet_alloc(1, sizeof *t, "table reader");
    if (t == NULL) return FACET_ENOMEM;
    t->path = facet_strdup(strcmp(path, "-") == 0 ? "standard input" : path);
    t->stream = strcmp(path, "-") == 0 ? stdin : fopen(path, "rb");
    int code = t->path == NULL ? FACET_ENOMEM : FACET_OK;
    if (code == FACET_OK && t->stream == NULL)
        code = facet_fail(FACET_EIO, "%s: %s", path, strerror(errno));
    if (code == FACET_OK) code = read_header(t);
    if (code < 0) {
        facet_tsv_close(&t);
        return code;
    }
    *tsv = t;
    return FACET_OK;
}

void facet_tsv_close(struct facet_tsv **tsv)
{
    struct facet_tsv *t = *tsv;
    if (t == NULL) return;
    if (t->stream != NULL && t->stream != stdin) fclose(t->stream);
    free(t->path);
    free(t->line);
    free(t->header);
    free(t->names);
    free(t->fields);
    free(t);
    *tsv = NULL;
}

size_t facet_tsv_columns(const struct facet_tsv *tsv)
{
    return tsv->count;
}

const char *facet_tsv_name(const struct facet_tsv *tsv, size_t column)
{
    return tsv->names[column];
}

int facet_tsv_column(const struct facet_tsv *tsv, const char *name)
{
    for (size_t i = 0; i < tsv->count; i++)
        if (strcmp(tsv->names[i], name) == 0) return (int)i;
    return -1;
}

int facet_tsv_require(const struct facet_tsv *tsv, const char *name, int *column)
{
    int found = facet_tsv_column(tsv, name);
    if (found < 0) {
        char known[512] = "";
        for (size_t i = 0; i < tsv->count; i++) {
            facet_fail_list(known, sizeof known, tsv->names[i]);
        }
        return facet_fail(FACET_EFORMAT, "%s:1: no column %s in the header row (it has: %s)",
                          tsv->path, name, known);
    }
    *column = found;
    return FACET_OK;
}

int facet_tsv_next(struct facet_tsv *tsv)
{
    int got;
    do {
        got = read_line(tsv);
    } while (got > 0 && tsv->line[0] == '\0');
    if (got <= 0) return got;
    size_t n = cut(tsv->line, tsv->fields, tsv->count);
    if (n != tsv->count)
        return facet_fail(FACET_EFORMAT, "%s:%zu: %zu fields, but the header row has %zu",
                          tsv->path, tsv->number, n, tsv->count);
    return 1;
}

const char *facet_tsv_field(const struct facet_tsv *tsv, int column)
{
    return tsv->fields[column];
}

int facet_tsv_real(const struct facet_tsv *tsv, int column, double *out)
{
    double value;
    if (facet_parse_real_or_na(tsv->names[column], tsv->fields[column], &value) < 0)
        return facet_fail(FACET_EFORMAT, "%s:%zu: %s (expected a number or NA)", tsv->path,
                          tsv->number, facet_error_message());
    *out = value;
    return FACET_OK;
}

size_t facet_tsv_line(const struct facet_tsv *tsv)
{
    return tsv->number;
}

const char *facet_tsv_path(const struct facet_tsv *tsv)
{
    return tsv->path;
}
