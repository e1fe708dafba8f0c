/* compare/feature: what of an image is compared with what of another: the values of one or
 * several layers, of an image and its mirror image, from one or several activation files.
 *
 * "fc4" is a layer, "fc3+fc4" both, one behind the other. Of a view ("original", or an occlusion)
 * and its mirror image ("mirror", "bottom:30+mirror") the first alone is taken, or their sum, or
 * both one behind the other: 1,024 values for the 512 of FC-4, as in the paper. Several files
 * (networks, regions of the face) come one behind the other; they must hold the same images, found
 * by name.
 *
 *     facet_features_new(&f, files, 1, "fc4", "original", FACET_COMBINE_CONCAT);
 *     float *x = facet_alloc(rows, f->width * sizeof *x, "features");
 *     facet_features_read(f, images, rows, run, x);         // x (rows, width)
 *     facet_features_free(&f);
 */
#ifndef FACET_COMPARE_FEATURE_H
#define FACET_COMPARE_FEATURE_H

#include "base/provenance.h"
#include "store/activations.h"

enum facet_combine { FACET_COMBINE_ONE, FACET_COMBINE_SUM, FACET_COMBINE_CONCAT };

/* "original", "mirror_sum", "mirror_concat"; and back: FACET_EINVAL lists them. */
const char *facet_combine_name(enum facet_combine combine);
int facet_combine_parse(const char *name, enum facet_combine *combine);
/* Both views where the file has the mirror image of `view`, else the view alone. */
enum facet_combine facet_combine_best(const struct facet_acts *acts, const char *view);

struct facet_features {
    struct facet_acts *const *files;
    size_t file_count;
    enum facet_combine combine;
    size_t layer_count;
    size_t *layers;    /* (files, layer_count) */
    size_t *views;     /* (files, 2): the view and its mirror image */
    uint32_t **row_of; /* [files] row of each image of the first file; NULL for that one */
    size_t width;      /* values of an image */
};

/* The files must outlive it. FACET_EINVAL: a layer or view that a file lacks (lists those it has);
 * FACET_EFORMAT: an image of the first file that another lacks. */
int facet_features_new(struct facet_features **features, struct facet_acts *const *files,
                       size_t file_count, const char *layers, const char *view,
                       enum facet_combine combine);
void facet_features_free(struct facet_features **features); /* NULL-safe */

/* x (rows, width) of the images with these rows in the first file; each may be asked for once.
 * What was read is recorded in `run` (NULL: nowhere) with the hash of store/activations.
 * FACET_EFORMAT names an image that is missing, whose values are NaN. */
int facet_features_read(const struct facet_features *features, const uint32_t *images, size_t rows,
                        struct facet_provenance *run, float *x);

#endif
