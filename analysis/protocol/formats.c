#include "base/parse.h"
#include "base/table.h"
#include "protocol/lines.h"
#include "protocol/reader.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_PAIRS = 100000000, MOST_IMAGES = 9999 };

static const char video_header[] = "split number, first name, second name, is same";

/* A number of the file, with file and line in the message. */
static int number(const char *path, size_t line, const char *what, const char *text, int64_t low,
                  int64_t high, int64_t *out)
{
    if (facet_parse_int(what, text, low, high, out) < 0)
        return facet_fail(FACET_EFORMAT, "%s:%zu: %s", path, line, facet_error_message());
    return FACET_OK;
}

/* ---- LFW ---- */

/* "Name" and "4" to "Name/Name_0004.jpg". */
static int lfw_image(const struct facet_lines *l, const char *name, const char *text, char **image)
{
    int64_t which;
    if (name[0] == '\0')
        return facet_fail(FACET_EFORMAT, "%s:%zu: a name is empty", l->path, l->number);
    int code = number(l->path, l->number, "image number", text, 1, MOST_IMAGES, &which);
    if (code < 0) return code;
    *image = facet_format("%s/%s_%04d.jpg", name, name, (int)which);
    return *image == NULL ? FACET_ENOMEM : FACET_OK;
}

static int lfw_pair(struct facet_reader *r, struct facet_lines *l, int same, uint32_t fold)
{
    char *fields[4], *a = NULL, *b = NULL;
    size_t n = facet_lines_cut(l, '\t', fields, 4);
    if (n != (same ? 3 : 4))
        return facet_fail(FACET_EFORMAT,
                          "%s:%zu: %zu fields, expected a pair of %s: %s, separated by tabs",
                          l->path, l->number, n, same ? "one person" : "two people",
                          same ? "name, number, number" : "name, number, name, number");
    int code = lfw_image(l, fields[0], fields[1], &a);
    if (code == FACET_OK) code = lfw_image(l, fields[same ? 0 : 2], fields[same ? 2 : 3], &b);
    if (code == FACET_OK && !same && strcmp(fields[0], fields[2]) == 0)
        code = facet_fail(FACET_EFORMAT, "%s:%zu: both images are of %s, expected two people",
                          l->path, l->number, fields[0]);
    if (code == FACET_OK) code = facet_reader_add(r, l->number, a, b, same, fold);
    free(a);
    free(b);
    return code;
}

/* "10 300": folds, and pairs of either kind in each; "1100": one fold. */
static int lfw_header(struct facet_lines *l, int64_t *folds, int64_t *each)
{
    char *fields[2];
    size_t n = facet_lines_cut(l, '\t', fields, 2);
    *folds = 1;
    int code =
        n > 2 ? facet_fail(FACET_EFORMAT, "%s:1: %zu fields, expected folds and pairs", l->path, n)
              : FACET_OK;
    if (code == FACET_OK && n == 2)
        code = number(l->path, 1, "folds", fields[0], 1, FACET_PROTOCOL_FOLDS, folds);
    if (code == FACET_OK)
        code = number(l->path, 1, "pairs of a kind in a fold", fields[n - 1], 1, MOST_PAIRS, each);
    return code;
}

static int read_lfw(struct facet_reader *r, struct facet_lines *l)
{
    int64_t folds, each;
    int code = lfw_header(l, &folds, &each);
    const int64_t promised = code == FACET_OK ? 2 * folds * each : 0;
    for (int64_t k = 0; code == FACET_OK && k < promised; k++) {
        int got = facet_lines_next(l);
        if (got == 0)
            return facet_fail(FACET_EFORMAT,
                              "%s:%zu: ends after %lld pairs, but its first line promises %lld",
                              l->path, l->number, (long long)k, (long long)promised);
        code = got < 0 ? got : lfw_pair(r, l, k / each % 2 == 0, (uint32_t)(k / each / 2) + 1);
    }
    int more = code == FACET_OK ? facet_lines_next(l) : code;
    if (more > 0)
        return facet_fail(FACET_EFORMAT,
                          "%s:%zu: goes on, but its first line promises no more than %lld pairs",
                          l->path, l->number, (long long)promised);
    return more;
}

/* ---- videos ---- */

static int video_pair(struct facet_reader *r, struct facet_lines *l)
{
    char *fields[4];
    int64_t split, same;
    size_t n = facet_lines_cut(l, ',', fields, 4);
    if (n != 4)
        return facet_fail(FACET_EFORMAT, "%s:%zu: %zu fields, expected 4: %s", l->path, l->number,
                          n, video_header);
    int code = number(l->path, l->number, "split number", fields[0], 0, UINT32_MAX, &split);
    if (code == FACET_OK) code = number(l->path, l->number, "is same", fields[3], 0, 1, &same);
    if (code < 0) return code;
    return facet_reader_add(r, l->number, fields[1], fields[2], (int)same, (uint32_t)split);
}

static int read_videos(struct facet_reader *r, struct facet_lines *l)
{
    int got, code = FACET_OK;
    while (code == FACET_OK && (got = facet_lines_next(l)) != 0)
        code = got < 0 ? got : video_pair(r, l);
    return code;
}

/* ---- a table ---- */

static int table_pair(struct facet_reader *r, const struct facet_tsv *tsv, const int column[4])
{
    const char *path = facet_tsv_path(tsv);
    const size_t line = facet_tsv_line(tsv);
    int64_t same, fold = 1;
    int code = number(path, line, "same", facet_tsv_field(tsv, column[2]), 0, 1, &same);
    if (code == FACET_OK && column[3] >= 0)
        code = number(path, line, "fold", facet_tsv_field(tsv, column[3]), 0, UINT32_MAX, &fold);
    if (code < 0) return code;
    return facet_reader_add(r, line, facet_tsv_field(tsv, column[0]),
                            facet_tsv_field(tsv, column[1]), (int)same, (uint32_t)fold);
}

static int read_table(struct facet_reader *r)
{
    struct facet_tsv *tsv = NULL;
    int column[4], got = 0, code = facet_tsv_open(&tsv, r->path);
    if (code == FACET_OK) code = facet_tsv_require(tsv, "image_a", &column[0]);
    if (code == FACET_OK) code = facet_tsv_require(tsv, "image_b", &column[1]);
    if (code == FACET_OK) code = facet_tsv_require(tsv, "same", &column[2]);
    if (code == FACET_OK) column[3] = facet_tsv_column(tsv, "fold");
    while (code == FACET_OK && (got = facet_tsv_next(tsv)) > 0) code = table_pair(r, tsv, column);
    facet_tsv_close(&tsv);
    return code == FACET_OK ? got : code;
}

/* ---- which ---- */

static int is_videos(const char *text)
{
    return strncmp(text, video_header, strlen("split number")) == 0;
}

int facet_reader_is_videos(const char *path, int *videos)
{
    struct facet_lines l;
    int code = facet_lines_open(&l, path);
    int got = code == FACET_OK ? facet_lines_next(&l) : code;
    if (got == 0) got = facet_fail(FACET_EFORMAT, "%s: empty: expected pairs", path);
    if (got > 0) *videos = is_videos(l.text);
    facet_lines_close(&l);
    return got < 0 ? got : FACET_OK;
}

int facet_reader_read(struct facet_reader *reader)
{
    struct facet_lines l;
    int table = 0, code = facet_lines_open(&l, reader->path);
    int got = code == FACET_OK ? facet_lines_next(&l) : code;
    if (got > 0 && is_videos(l.text))
        got = read_videos(reader, &l);
    else if (got > 0 && strspn(l.text, "0123456789\t ") == strlen(l.text))
        got = read_lfw(reader, &l);
    else
        table = got > 0;
    facet_lines_close(&l);
    return table ? read_table(reader) : got;
}
