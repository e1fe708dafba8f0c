/* report/page: one HTML page that needs no other file: text, style, script and data together.
 *
 * All that comes from files is in the data, JSON in which every < is written as \u003c, so that no
 * name can end the element it stands in; the script puts it into the page as text. A content
 * security policy allows the page's own script, by its hash, and nothing from the network.
 */
#ifndef FACET_REPORT_PAGE_H
#define FACET_REPORT_PAGE_H

#include <jansson.h>
#include <stddef.h>

/* Writes the page; it appears whole or not at all. *bytes: its size. */
int page_write(const char *path, const json_t *data, const char *title, size_t *bytes);

#endif
