/* store/manifest: what to run on: images, who they show, where the landmarks are, attributes.
 *
 * From a TSV with a header row (`image` required; `identity`; ten landmark columns left_eye_x,
 * left_eye_y, right_eye_x, right_eye_y, nose_x, nose_y, mouth_left_x, mouth_left_y, mouth_right_x,
 * mouth_right_y in pixels of the image; every further column is an attribute: numbers or NA. A
 * column without a single number is a text and left out, named in `texts`; one with numbers and
 * something else is an error that names file, line and column), or from a folder as LFW is laid out
 * (<identity>/<file>.jpg|.jpeg|.png; pictures right in the folder have no identity), in bytewise
 * order of the paths.
 *
 *     struct facet_manifest *list;
 *     facet_manifest_read(&list, "lfw/", NULL);               // file or folder
 *     facet_manifest_join(list, "landmarks.tsv");             // by image
 *     facet_manifest_free(&list);
 */
#ifndef FACET_STORE_MANIFEST_H
#define FACET_STORE_MANIFEST_H

#include "base/error.h"
#include "base/hash.h"

#include <stddef.h>
#include <stdint.h>

#define FACET_LANDMARKS 5

struct facet_manifest {
    char *path; /* as given */
    char *root; /* folder that the image paths start from */
    size_t count;
    char **images;     /* [count] UTF-8, relative to root */
    char **identities; /* [count], an entry is NULL for NA; NULL where no column gave them */
    float *landmarks;  /* (count, 10) x y .., NaN for NA; NULL where no column gave them. Pixel
                          centres at integers, as detectors report them */
    size_t attribute_count;
    char **attribute_names; /* blanks and punctuation in the column's name become _ */
    double *attributes;     /* (attribute_count, count), NaN for NA */
    char **texts;           /* columns left out because they hold no number */
    size_t text_count;
};

/* Reads a TSV or scans a folder. `root` overrides the folder that paths start from: the manifest's
 * own folder otherwise. No image listed, or one listed twice, is FACET_EFORMAT; the images
 * themselves are not opened. */
int facet_manifest_read(struct facet_manifest **manifest, const char *path, const char *root);

/* Adds columns of a TSV by its `image` column: identity, landmarks, attributes. Images it doesn't
 * list get NA, counted in *missing (may be NULL); rows for other images are ignored; a duplicate
 * row, or a column already there, is an error. */
int facet_manifest_join(struct facet_manifest *manifest, const char *path, size_t *missing);

/* Leaves only the images with keep[i] != 0, in their order. */
void facet_manifest_keep(struct facet_manifest *manifest, const uint8_t *keep);

void facet_manifest_free(struct facet_manifest **manifest); /* NULL-safe */

/* SHA-256 of the content: images, identities, landmarks, attributes (not of the root). */
int facet_manifest_hash(const struct facet_manifest *manifest, char hex[FACET_HASH_SIZE]);

#endif
