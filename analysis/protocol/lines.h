/* protocol/lines: the lines of a list without a header row, cut into fields.
 *
 * CRLF ends are taken as they come, empty lines at the end of the file too. Errors name file and
 * line.
 *
 *     facet_lines_open(&lines, "pairs.txt");
 *     while ((got = facet_lines_next(&lines)) > 0) {
 *         size_t n = facet_lines_cut(&lines, '\t', fields, 4);
 *         ...
 *     }
 *     facet_lines_close(&lines);                           // got < 0: failure
 */
#ifndef FACET_PROTOCOL_LINES_H
#define FACET_PROTOCOL_LINES_H

#include "base/error.h"

#include <stddef.h>
#include <stdio.h>

struct facet_lines {
    FILE *stream;
    const char *path; /* as given; must outlive this */
    char *text;       /* the current line, without its end */
    size_t capacity, number;
};

int facet_lines_open(struct facet_lines *lines, const char *path);
void facet_lines_close(struct facet_lines *lines); /* fine after a failed open */

/* 1: a line was read; 0: nothing but empty lines was left; < 0: failure, also an empty line with
 * others after it. */
int facet_lines_next(struct facet_lines *lines);

/* Cuts the line at `separator`, drops blanks around the fields, hands out the first `limit` of them
 * and returns how many there are. */
size_t facet_lines_cut(struct facet_lines *lines, char separator, char **fields, size_t limit);

#endif
