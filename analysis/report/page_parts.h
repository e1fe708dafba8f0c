/* report/page_parts: page.html, page.css, page.js and studies.json as the build has put them into
 * C. */
#ifndef FACET_REPORT_PAGE_PARTS_H
#define FACET_REPORT_PAGE_PARTS_H

#include <stddef.h>

extern const unsigned char page_html[], page_css[], page_js[], studies_json[];
extern const size_t page_html_size, page_css_size, page_js_size, studies_json_size;

#endif
