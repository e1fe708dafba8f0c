/* report/thumbnails: pictures of the images that drive neurons most and least, as their files are:
 * they are not decoded. Faces are personal data: the page has them only where the user asked for
 * them.
 */
#ifndef FACET_REPORT_THUMBNAILS_H
#define FACET_REPORT_THUMBNAILS_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

/* Reads folder/NAME for the `names`, those with most `uses` [names] first, as long as they fit into
 * `limit` bytes together; puts neurons.thumbnails {place among the names: data URL} and a sentence
 * into neurons.notes that says how many there are, and how many not. Only JPEG and PNG files inside
 * the folder; others, and names that aren't there, are counted. FACET_EINVAL: not a single one
 * could be read. */
int thumbnails_read(const char *folder, size_t limit, const json_t *names, const uint32_t *uses,
                    json_t *neurons);

#endif
