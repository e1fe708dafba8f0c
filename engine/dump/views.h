/* dump/views: what a network or a descriptor is shown of an image: the aligned face, its mirror
 * image, and the face with parts hidden.
 *
 * Views are one dimension of the activation file. The first is the face itself, "original"; then
 * each occlusion under its name (image/occlude.h). With the mirror image every view is followed by
 * the same view mirrored: "mirror" for the face, "bottom:30+mirror" for an occlusion; image and
 * mirror image have the same part of the face hidden. An image is decoded and aligned once for all.
 *
 *     facet_views_new(&views, &preprocess, occlusions, 1);
 *     facet_views_see(views, manifest, i, values, NULL);    // values (count, channels, h, w)
 *     facet_views_free(&views);
 */
#ifndef FACET_DUMP_VIEWS_H
#define FACET_DUMP_VIEWS_H

#include "image/occlude.h"
#include "store/manifest.h"
#include "store/preprocess.h"

struct facet_views {
    const struct facet_preprocess *preprocess;
    const struct facet_occlusions *occlusions; /* NULL for none */
    int mirror;
    char **names;
    size_t count;
    size_t values; /* of one view */
    int landmarks; /* nonzero: an occlusion needs them */
};

/* Both structures must outlive the views. FACET_EINVAL: a square larger than the input. */
int facet_views_new(struct facet_views **views, const struct facet_preprocess *preprocess,
                    const struct facet_occlusions *occlusions, int mirror);
void facet_views_free(struct facet_views **views); /* NULL-safe */

/* All views of image `i`, out (count, channels, height, width) float32 in 0..255, before mean and
 * scale. landmarks (count, 5, 2), NULL if nobody asks: where the five points lie in each view, x y
 * in its pixels (geometry of image/resample.h); in a mirror image left and right have changed
 * places, so that "left" has the smaller x there too. Errors name the image; one whose landmarks
 * are missing where an occlusion or the caller needs them is FACET_EFORMAT. */
int facet_views_see(const struct facet_views *views, const struct facet_manifest *manifest,
                    size_t i, float *out, double *landmarks);

#endif
