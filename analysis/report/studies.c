#include "report/studies.h"

#include "base/error.h"
#include "base/file.h"
#include "report/encode.h"
#include "report/page_parts.h"
#include "report/tables.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DEPTH = 2, LARGE_FIGURE = 700 << 10 };

static int is_folder(const char *path)
{
    struct stat s;
    return stat(path, &s) == 0 && S_ISDIR(s.st_mode);
}

static int ends_in(const char *text, const char *end)
{
    const size_t n = strlen(text), m = strlen(end);
    return n > m && strcmp(text + n - m, end) == 0;
}

static int is_visible(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

/* ---- tables ---- */

/* Is it a table of results: with a sidecar, or the comparison? Manifests and lists are not. */
static int is_result(const char *path)
{
    char *beside = facet_format("%.*s.json", (int)strlen(path) - 4, path);
    const int found = beside != NULL && access(beside, F_OK) == 0;
    free(beside);
    return found || ends_in(path, "/comparison.tsv");
}

static int add_table(const char *path, const char *name, size_t limit, json_t *study)
{
    json_t *table = NULL;
    int code = tables_read(path, name, limit, json_object_get(study, "notes"), &table);
    if (code == FACET_OK) json_array_append_new(json_object_get(study, "tables"), table);
    return code;
}

/* Tables in folder/inner, then those in its sub-folders, in bytewise order of their names. */
static int find_tables(const char *folder, const char *inner, int depth, size_t limit,
                       json_t *study)
{
    char *here = facet_file_join(folder, inner);
    struct dirent **entries = NULL;
    if (here == NULL) return FACET_ENOMEM;
    int count = scandir(inner[0] != '\0' ? here : folder, &entries, is_visible, alphasort);
    int code = FACET_OK;
    for (int pass = 0; pass < 2; pass++)
        for (int i = 0; code == FACET_OK && i < count; i++) {
            char *name = facet_file_join(inner, entries[i]->d_name);
            char *path = name == NULL ? NULL : facet_file_join(folder, name);
            if (path == NULL)
                code = FACET_ENOMEM;
            else if (pass == 0 && ends_in(path, ".tsv") && is_result(path))
                code = add_table(path, name, limit, study);
            else if (pass == 1 && depth > 1 && is_folder(path))
                code = find_tables(folder, name, depth - 1, limit, study);
            free(path);
            free(name);
        }
    for (int i = 0; i < count; i++) free(entries[i]);
    free(entries);
    free(here);
    return code;
}

/* ---- figures ---- */

/* folder/figures/name.ending or folder/name.ending, NULL where neither is there or memory is short.
 */
static char *figure_path(const char *folder, const char *name, const char *ending)
{
    static const char *const inner[] = {"/figures", ""};
    for (size_t i = 0; i < 2; i++) {
        char *path = facet_format("%s%s/%s.%s", folder, inner[i], name, ending);
        if (path != NULL && access(path, R_OK) == 0) return path;
        free(path);
    }
    return NULL;
}

static int read_picture(const char *path, json_t *figure)
{
    unsigned char *bytes = NULL;
    size_t size = 0;
    int code = encode_read_file(path, &bytes, &size);
    if (code < 0) return code;
    json_t *data =
        encode_data_url(ends_in(path, ".svg") ? "image/svg+xml" : "image/png", bytes, size);
    free(bytes);
    if (data == NULL) return FACET_ENOMEM;
    json_object_set_new(figure, "data", data);
    return FACET_OK;
}

/* The picture of a figure, as curves unless these are large and it is there as pixels, too. A
 * figure that isn't there gets none. */
static int add_picture(const char *folder, json_t *figure)
{
    const char *name = json_string_value(json_object_get(figure, "file"));
    if (name == NULL) return FACET_OK;
    char *svg = figure_path(folder, name, "svg"), *png = figure_path(folder, name, "png");
    struct stat s;
    if (svg != NULL && png != NULL && stat(svg, &s) == 0 && s.st_size > LARGE_FIGURE) {
        free(svg);
        svg = NULL;
    }
    const char *path = svg != NULL ? svg : png;
    int code = path == NULL ? FACET_OK : read_picture(path, figure);
    free(svg);
    free(png);
    return code;
}

static int is_listed(const json_t *figures, const char *name)
{
    size_t i;
    json_t *figure;
    json_array_foreach(figures, i, figure)
    {
        const char *known = json_string_value(json_object_get(figure, "file"));
        if (known != NULL && strcmp(known, name) == 0) return 1;
    }
    return 0;
}

/* Figures of the folder that studies.json doesn't know. */
static int add_others(const char *folder, const char *inner, json_t *figures)
{
    char *here = facet_format("%s%s", folder, inner);
    struct dirent **entries = NULL;
    if (here == NULL) return FACET_ENOMEM;
    int count = scandir(here, &entries, is_visible, alphasort);
    int code = FACET_OK;
    for (int i = 0; i < count; i++) {
        char *name = entries[i]->d_name, *dot = strrchr(name, '.');
        if (code == FACET_OK && (ends_in(name, ".svg") || ends_in(name, ".png"))) {
            *dot = '\0';
            if (!is_listed(figures, name)) {
                json_t *figure = json_pack("{s:s, s:s}", "file", name, "title", name);
                code = figure == NULL
                           ? facet_fail(FACET_ENOMEM, "%s: not UTF-8, or no memory", here)
                           : add_picture(folder, figure);
                json_array_append_new(figures, figure);
            }
        }
        free(entries[i]);
    }
    free(entries);
    free(here);
    return code;
}

static int add_figures(const char *folder, json_t *study)
{
    json_t *figures = json_object_get(study, "figures"), *figure;
    size_t i;
    int code = FACET_OK;
    json_array_foreach(figures, i, figure)
    {
        if (code == FACET_OK) code = add_picture(folder, figure);
    }
    if (code == FACET_OK) code = add_others(folder, "/figures", figures);
    return code;
}

/* ---- studies ---- */

static int read_study(const char *root, const char *suffix, size_t limit, json_t *study)
{
    const char *name = json_string_value(json_object_get(study, "name"));
    char *folder = facet_format("%s/%s%s", root, name, suffix);
    if (folder == NULL) return FACET_ENOMEM;
    const int present = is_folder(folder);
    json_object_set_new(study, "notes", json_array());
    json_object_set_new(study, "tables", json_array());
    int code = present ? find_tables(folder, "", DEPTH, limit, study) : FACET_OK;
    if (code == FACET_OK && present) code = add_figures(folder, study);
    json_object_set_new(
        study, "present",
        json_boolean(present && json_array_size(json_object_get(study, "tables")) > 0));
    free(folder);
    return code;
}

int studies_read(const char *folder, const char *suffix, size_t limit, json_t **list)
{
    json_error_t error;
    if (!is_folder(folder)) return facet_fail(FACET_EIO, "%s: no such folder", folder);
    json_t *studies = json_loadb((const char *)studies_json, studies_json_size, 0, &error), *study;
    if (studies == NULL)
        return facet_fail(FACET_EFORMAT, "studies.json:%d: %s", error.line, error.text);
    size_t i, present = 0;
    int code = FACET_OK;
    json_array_foreach(studies, i, study)
    {
        if (code == FACET_OK) code = read_study(folder, suffix, limit, study);
        present += json_is_true(json_object_get(study, "present"));
    }
    if (code == FACET_OK && present == 0)
        code = facet_fail(FACET_EINVAL,
                          "%s: holds none of the experiments' folders (sparsity%s, ..): "
                          "experiments/paper/run.sh makes them",
                          folder, suffix);
    if (code < 0) {
        json_decref(studies);
        return code;
    }
    *list = studies;
    return FACET_OK;
}

/* Reads the table of one chart of the paper, unless it was read before. */
static int add_paper(const char *folder, const json_t *chart, json_t *tables)
{
    const char *name = json_string_value(json_object_get(chart, "table"));
    if (name == NULL || json_object_get(tables, name) != NULL) return FACET_OK;
    char *path = facet_format("%s/%s.tsv", folder, name);
    json_t *notes = json_array(), *table = NULL;
    int code = path == NULL || notes == NULL ? FACET_ENOMEM
                                             : tables_read(path, name, SIZE_MAX, notes, &table);
    if (code == FACET_OK) json_object_set_new(tables, name, table);
    json_decref(notes);
    free(path);
    return code;
}

int studies_read_paper(const json_t *list, const char *paper, json_t **tables)
{
    json_t *all = json_object(), *study, *figure, *chart;
    size_t i, j, k;
    int code =
        all == NULL ? facet_fail(FACET_ENOMEM, "no memory for the paper's tables") : FACET_OK;
    json_array_foreach(list, i, study)
    {
        json_array_foreach(json_object_get(study, "figures"), j, figure)
        {
            json_array_foreach(json_object_get(figure, "paper"), k, chart)
            {
                if (code == FACET_OK) code = add_paper(paper, chart, all);
            }
        }
    }
    if (code < 0) {
        json_decref(all);
        return code;
    }
    *tables = all;
    return FACET_OK;
}
