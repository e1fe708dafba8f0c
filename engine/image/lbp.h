/* image/lbp: high-dimensional local binary patterns, the descriptor that the paper sets beside its
 * neurons (Chen, Cao, Wen, Sun: Blessing of Dimensionality, CVPR 2013): histograms of uniform
 * patterns in the cells of patches around landmarks, at several scales.
 *
 * The face is grey and aligned by five landmarks (facet_lbp_preprocess): the network's field of
 * view, so that both see the same of a face and an occlusion hides as much from one as from the
 * other, at 188 x 220 pixels. Scale k of the pyramid is that face resampled (image/resample.h,
 * antialiased) to 2^(-k/2) of its size and rounded to 8 bits.
 *
 * A pattern is made of the eight pixels around one (the 3 x 3 ring; Ojala et al. 2002 interpolate
 * the diagonal ones at distance 1): bit p is 1 where neighbour p is at least as bright, neighbour 0
 * to the right and on against the clock. The ring needs bytes only, so that every instruction set
 * gives the same bits, and a pyramid has other radii anyway. A pattern with at most two changes
 * around the ring is uniform. Bins, as scikit-image's "nri_uniform" numbers them:
 *
 *     0                                   no bit
 *     1 + 8 (n - 1) + (8 - first) mod 8   n = 1..7 bits in one run that starts at neighbour `first`
 *     57                                  all bits (a constant picture)
 *     58                                  every pattern that is not uniform
 *
 * A patch is 4 x 4 (or `cells` x `cells`) cells of 10 x 10 pixels at each scale, its centre at the
 * pixel corner nearest to the point. A cell's value for a bin is
 *
 *     sqrt(pixels with a pattern of that bin / 100)
 *
 * so that the dot product of two cells is the Bhattacharyya coefficient of their histograms. Pixels
 * whose ring leaves the picture have no pattern and count nowhere: a cell beyond the edge is 0.
 * Values lie in (point, scale, cell row, cell column, bin): 21 x 5 x 16 x 59 = 99,120.
 *
 * From Chen et al.: points, scales, 4 x 4 cells, 59 bins. Ours: sizes of face, scales and cells,
 * the square root, which 21 points. Sizes were compared on view 1 of LFW (pairsDevTest; cosine,
 * area under the ROC curve): 0.770 with these, 0.761 with cells of 12 pixels, 0.758 with a face of
 * 132 x 154, 0.755 with 94 x 110 and cells of 8. The paper had a detector of 21 landmarks. Of the
 * 21 here five are the manifest's (eyes, nose, mouth corners), the rest are placed by a template in
 * the aligned face: ends and middles of the eyebrows, corners of the eyes, bridge, wings and base
 * of the nose, edges of upper and lower lip. Their places are those of the mean shape of 68 points
 * that OpenFace (Amos et al. 2016, from dlib's detector) aligns by, made symmetric, and laid by
 * scale and shift with the least squares upon our five (they are then at most 0.6 pixels off, 94
 * wide). Without landmarks the template places all of them.
 *
 *     facet_lbp_new(&lbp, 21, 5, 4);
 *     facet_lbp_patterns(lbp, face, scratch);          // face (height, width), 0..255
 *     facet_lbp_count(lbp, scratch, landmarks, out);   // out (facet_lbp_values(lbp))
 *     facet_lbp_free(&lbp);
 */
#ifndef FACET_IMAGE_LBP_H
#define FACET_IMAGE_LBP_H

#include "store/preprocess.h"

#include <stddef.h>
#include <stdint.h>

enum { FACET_LBP_BINS = 59, FACET_LBP_NONE = 59, FACET_LBP_SCALES = 5, FACET_LBP_CELLS = 8 };

struct facet_lbp;

/* points: 5 or 21; scales 1..FACET_LBP_SCALES, the finest first; cells 1..FACET_LBP_CELLS a side.
 * Other numbers are FACET_EINVAL. */
int facet_lbp_new(struct facet_lbp **lbp, int points, int scales, int cells);
void facet_lbp_free(struct facet_lbp **lbp); /* NULL-safe */

/* The face it looks at: grey, 0..255, aligned by landmarks to a template that is the network's
 * (facet_preprocess_default) moved to be symmetric in the face, so that in a mirror image the
 * points lie right as well. */
void facet_lbp_preprocess(struct facet_preprocess *p);

/* Values of one face. */
size_t facet_lbp_values(const struct facet_lbp *lbp);

/* All that decides about the values, in words and numbers, the template among them; `landmarks`:
 * whether five points are the faces' own. The caller frees. */
int facet_lbp_describe(const struct facet_lbp *lbp, int landmarks, char **text);

/* Bytes of scratch for one face. */
size_t facet_lbp_scratch(const struct facet_lbp *lbp);

/* Pyramid and bins of all its pixels; face (height, width) float32, 0..255. */
void facet_lbp_patterns(const struct facet_lbp *lbp, const float *face, void *scratch);

/* Histograms of what facet_lbp_patterns() left in `scratch`. landmarks (5, 2): where the five
 * points lie in the face, NULL for the template's places. */
void facet_lbp_count(const struct facet_lbp *lbp, const void *scratch, const double *landmarks,
                     float *out);

/* Bin of each pixel of a picture (height, width), FACET_LBP_NONE along its edge. */
void facet_lbp_bins(const uint8_t *picture, int width, int height, uint8_t *bins);

#endif
