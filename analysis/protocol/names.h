/* protocol/names: finds images, or folders of them, by the names that a list gives them.
 *
 * A list says "Aaron_Eckhart/Aaron_Eckhart_0001.jpg"; an activation file may call the same image
 * "lfw-deepfunneled/Aaron_Eckhart/Aaron_Eckhart_0001.jpg". A name stands for the image of exactly
 * that path, or where there is none for the one whose path ends in "/" and the name. That more than
 * one path does is for the caller to refuse.
 *
 *     facet_names_new(&names, images, count, 0);
 *     struct facet_match match = facet_names_find(names, "Aaron_Eckhart/Aaron_Eckhart_0001.jpg");
 *     if (match.count > 0 && match.other == NULL) use(match.rows[0]);
 *     facet_names_free(&names);
 */
#ifndef FACET_PROTOCOL_NAMES_H
#define FACET_PROTOCOL_NAMES_H

#include "base/error.h"

#include <stddef.h>
#include <stdint.h>

struct facet_names;

struct facet_match {
    size_t count;         /* 0: none; 1, or all images of the folder */
    const uint32_t *rows; /* [count] ascending; owned by the index */
    size_t place;         /* the same for the same image or folder, below the number of images */
    const char *image;    /* path of the first, NULL for none */
    const char *other;    /* path of an image that the name could mean as well; NULL: it is clear */
};

/* images (count) must outlive the index. folders: names are those of folders that images lie in. */
int facet_names_new(struct facet_names **names, const char *const *images, size_t count,
                    int folders);
void facet_names_free(struct facet_names **names); /* NULL-safe */

struct facet_match facet_names_find(const struct facet_names *names, const char *wanted);

#endif
