/* protocol/reader: what reading a verification protocol goes through, from the names of a line to a
 * pair; of use to protocol/pairs and its formats only.
 */
#ifndef FACET_PROTOCOL_READER_H
#define FACET_PROTOCOL_READER_H

#include "protocol/names.h"
#include "protocol/pairs.h"

/* Stands for an image or video that isn't there. */
#define FACET_READER_NONE UINT32_MAX

struct facet_reader {
    const char *path;
    const struct facet_protocol_images *images;
    const struct facet_protocol_options *options;
    struct facet_names *names;
    char **missing; /* [missing_count], room for missing_room: some of them several times */
    size_t missing_count, missing_room;
    uint32_t *group_of; /* [images] 1 + group of a place in `names`; videos only */
    struct facet_protocol *made;
};

/* The formats: what kind of file it is by its first line, then all its pairs. */
int facet_reader_is_videos(const char *path, int *videos);
int facet_reader_read(struct facet_reader *reader);

/* Adds a pair of images, or of videos, by name; an absent one is counted where that is allowed. */
int facet_reader_add(struct facet_reader *reader, size_t line, const char *a, const char *b,
                     int same, uint32_t fold);

#endif
