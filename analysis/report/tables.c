#include "report/tables.h"

#include "base/table.h"
#include "report/encode.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The text of a table, grown by rows. */
struct text {
    char *data;
    size_t used, room;
};

static int append(struct text *t, const char *field, char end)
{
    const size_t length = strlen(field);
    if (t->used + length + 1 > t->room) {
        const size_t room = 2 * (t->used + length + 1);
        char *data = realloc(t->data, room);
        if (data == NULL) return facet_fail(FACET_ENOMEM, "no memory for a table");
        t->data = data;
        t->room = room;
    }
    memcpy(t->data + t->used, field, length);
    t->used += length;
    t->data[t->used++] = end;
    return FACET_OK;
}

static int append_row(struct text *t, struct facet_tsv *tsv, int header)
{
    const size_t columns = facet_tsv_columns(tsv);
    int code = FACET_OK;
    for (size_t i = 0; code == FACET_OK && i < columns; i++)
        code = append(t, header ? facet_tsv_name(tsv, i) : facet_tsv_field(tsv, (int)i),
                      i + 1 < columns ? '\t' : '\n');
    return code;
}

static int read_rows(struct facet_tsv *tsv, size_t limit, json_t *table)
{
    struct text text = {0};
    json_int_t rows = 0, shown = 0;
    int code = append_row(&text, tsv, 1), got = 0;
    while (code == FACET_OK && (got = facet_tsv_next(tsv)) > 0) {
        rows++;
        if (text.used > limit) continue;
        shown++;
        code = append_row(&text, tsv, 0);
    }
    if (code == FACET_OK && got < 0) code = got;
    if (code == FACET_OK) {
        json_object_set_new(table, "text", json_stringn(text.data, text.used));
        json_object_set_new(table, "rows", json_integer(rows));
        json_object_set_new(table, "shown", json_integer(shown));
    }
    free(text.data);
    return code;
}

/* Says what in the sidecar doesn't fit the table or this program. */
static void compare(const json_t *sidecar, struct facet_tsv *tsv, const char *name, json_t *notes)
{
    const json_t *columns = json_object_get(sidecar, "columns");
    const char *source =
        json_string_value(json_object_get(json_object_get(sidecar, "provenance"), "source"));
    size_t same = json_array_size(columns) == facet_tsv_columns(tsv);
    for (size_t i = 0; same && i < json_array_size(columns); i++) {
        const char *column = json_string_value(json_object_get(json_array_get(columns, i), "name"));
        same = column != NULL && strcmp(column, facet_tsv_name(tsv, i)) == 0;
    }
    if (!same)
        json_array_append_new(
            notes, json_sprintf("%s: its sidecar describes other columns than it has: it was not "
                                "written with it. Make it again.",
                                name));
    if (source != NULL &&
        strncmp(source, "facet " FACET_VERSION " ", 7 + strlen(FACET_VERSION)) != 0)
        json_array_append_new(notes,
                              json_sprintf("%s was made by %s, this page by facet %s. Columns "
                                           "may mean something else; make it again to be sure.",
                                           name, source, FACET_VERSION));
}

static int read_sidecar(const char *path, const char *name, struct facet_tsv *tsv, json_t *notes,
                        json_t *table)
{
    char *beside = facet_format("%.*s.json", (int)strlen(path) - 4, path);
    json_error_t error;
    if (beside == NULL) return FACET_ENOMEM;
    if (access(beside, F_OK) != 0) {
        free(beside);
        return FACET_OK;
    }
    json_t *sidecar = json_load_file(beside, 0, &error);
    int code = FACET_OK;
    if (!json_is_object(sidecar))
        code = facet_fail(FACET_EFORMAT, "%s:%d: %s", beside, sidecar == NULL ? error.line : 1,
                          sidecar == NULL ? error.text : "expected an object");
    else {
        static const char *const taken[] = {"command", "source", "inputs"};
        const json_t *run = json_object_get(sidecar, "provenance");
        compare(sidecar, tsv, name, notes);
        json_object_set(table, "title", json_object_get(sidecar, "title"));
        json_object_set(table, "columns", json_object_get(sidecar, "columns"));
        for (size_t i = 0; i < sizeof taken / sizeof *taken; i++)
            json_object_set(table, taken[i], json_object_get(run, taken[i]));
    }
    json_decref(sidecar);
    free(beside);
    return code;
}

int tables_read(const char *path, const char *name, size_t limit, json_t *notes, json_t **table)
{
    struct facet_tsv *tsv = NULL;
    json_t *t = json_pack("{s:s}", "name", name);
    int code = t == NULL ? facet_fail(FACET_ENOMEM, "%s: no memory", path) : FACET_OK;
    if (code == FACET_OK) code = facet_tsv_open(&tsv, path);
    if (code == FACET_OK) code = read_sidecar(path, name, tsv, notes, t);
    if (code == FACET_OK) code = read_rows(tsv, limit, t);
    facet_tsv_close(&tsv);
    if (code < 0) {
        json_decref(t);
        return code;
    }
    *table = t;
    return FACET_OK;
}
