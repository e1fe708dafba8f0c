/* dump/preview: a contact sheet of what the network sees, views side by side. */
#ifndef FACET_DUMP_PREVIEW_H
#define FACET_DUMP_PREVIEW_H

#include "dump/dump.h"

/* Writes a PNG with `images` of the job's images (all, if there are fewer), evenly spaced through
 * the manifest, twelve tiles a row. An image that can't be read leaves its tiles empty if the job
 * allows missing images, and is an error otherwise. */
int facet_dump_preview(const struct facet_dump *job, size_t images, const char *path);

#endif
