#include "protocol/lines.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int facet_lines_open(struct facet_lines *lines, const char *path)
{
    *lines = (struct facet_lines){.stream = fopen(path, "rb"), .path = path};
    return lines->stream == NULL ? facet_fail(FACET_EIO, "%s: %s", path, strerror(errno))
                                 : FACET_OK;
}

void facet_lines_close(struct facet_lines *lines)
{
    if (lines->stream != NULL) fclose(lines->stream);
    free(lines->text);
    *lines = (struct facet_lines){0};
}

static int read_line(struct facet_lines *l)
{
    ssize_t length = getline(&l->text, &l->capacity, l->stream);
    if (length < 0 && ferror(l->stream))
        return facet_fail(FACET_EIO, "%s: cannot read line %zu", l->path, l->number + 1);
    if (length < 0) return 0;
    l->number++;
    if (strlen(l->text) != (size_t)length)
        return facet_fail(FACET_EFORMAT, "%s:%zu: a zero byte; this is not a text", l->path,
                          l->number);
    while (length > 0 && (l->text[length - 1] == '\n' || l->text[length - 1] == '\r'))
        l->text[--length] = '\0';
    return 1;
}

int facet_lines_next(struct facet_lines *lines)
{
    int got = read_line(lines);
    if (got <= 0 || lines->text[0] != '\0') return got;
    const size_t empty = lines->number;
    while ((got = read_line(lines)) > 0)
        if (lines->text[0] != '\0')
            return facet_fail(FACET_EFORMAT, "%s:%zu: an empty line", lines->path, empty);
    return got;
}

size_t facet_lines_cut(struct facet_lines *lines, char separator, char **fields, size_t limit)
{
    size_t n = 0;
    for (char *c = lines->text, *next; c != NULL; c = next, n++) {
        next = strchr(c, separator);
        char *end = next != NULL ? next : c + strlen(c);
        if (next != NULL) *next++ = '\0';
        while (*c == ' ') c++;
        while (end > c && end[-1] == ' ') *--end = '\0';
        if (n < limit) fields[n] = c;
    }
    return n;
}
