/* image/resample: a picture seen through an affine map, without aliasing.
 *
 * Geometry. A picture of w x h pixels covers [0, w] x [0, h]; the centre of pixel (i, j), counted
 * from 0, lies at (i + 0.5, j + 0.5). Detectors report landmarks with pixel centres at integers:
 * add 0.5 to each coordinate before it meets a map. A map goes from the output to the source.
 *
 * The one resampler, "triangle" (antialiased bilinear). Let s = M(p) be the source place of an
 * output pixel's centre p, and a, b the source vectors of one step along the output's axes. A
 * source pixel centred at q = s + t_u a + t_v b gets the weight
 *
 *     tri(t_u min(1, |a|)) tri(t_v min(1, |b|)),   tri(t) = max(0, 1 - |t|)
 *
 * so the kernel is aligned with the output's axes and reaches max(1, |a|) source pixels along a: it
 * is bilinear interpolation when a picture grows, and grows with the step when it shrinks. Weights
 * are divided by their sum over the pixels inside the source; an output pixel whose kernel holds
 * none is black. For maps without rotation this is Pillow's resize(.., BILINEAR, box), except that
 * Pillow rounds to 8 bits between its two passes and at the end, and nothing is rounded here.
 *
 *     struct facet_map map;
 *     facet_map_box(&map, 0, 0, image.width, image.height, 47, 55);
 *     facet_resample(&image, &map, 47, 55, out);               // out (3, 55, 47)
 */
#ifndef FACET_IMAGE_RESAMPLE_H
#define FACET_IMAGE_RESAMPLE_H

#include "image/image.h"

/* x = xu u + xv v + x0, y = yu u + yv v + y0: output (u, v) to source (x, y). */
struct facet_map {
    double xu, xv, x0;
    double yu, yv, y0;
};

/* The rectangle at (x, y) of w x h source pixels fills the output of width x height. */
void facet_map_box(struct facet_map *map, double x, double y, double w, double h, int width,
                   int height);

/* The similarity (turn, scale and shift, no mirroring) that takes `count` source points to places
 * in the output with the least sum of squared distances there (Umeyama 1991, eq. 40-42, which in
 * the plane is a regression in complex numbers). source, output (count, 2) x y .. in the geometry
 * above. *fit (may be NULL) is the share of the output points' variance that the similarity
 * explains: 1 if they are met exactly. FACET_EINVAL if the source points lie within a pixel of each
 * other, or no turn and scale fits better than none; *map is then untouched. */
int facet_map_similarity(struct facet_map *map, const double *source, const double *output,
                         int count, double *fit);

/* out (3, height, width) float32 RGB in 0..255, not rounded. FACET_EINVAL if the map isn't finite
 * or not invertible, FACET_ENOMEM; `out` is then undefined. The source is not changed. */
int facet_resample(const struct facet_image *image, const struct facet_map *map, int width,
                   int height, float *out);

/* The pixels that facet_resample() looks at, for a picture of box->x_hi x box->y_hi: narrows the
 * box, and leaves at least one pixel. Errors as there. */
int facet_resample_box(const struct facet_map *map, int width, int height, struct facet_box *box);

/* The same, with a source that goes on beyond its edge: each pixel outside has the colour of the
 * nearest one inside. Only as much of it is made as the output sees, at most its own size on each
 * side (what lies further out stays black). */
int facet_resample_extended(const struct facet_image *image, const struct facet_map *map, int width,
                            int height, float *out);

/* A plane of floats brought to another size by the same kernel: prepared once, for many planes. */
struct facet_resizer;

/* FACET_ENOMEM. */
int facet_resizer_new(struct facet_resizer **resizer, int width, int height, int out_width,
                      int out_height);
void facet_resizer_free(struct facet_resizer **resizer); /* NULL-safe */

/* plane (height, width), out (out_height, out_width), line (width) scratch. Nothing fails. */
void facet_resizer_run(const struct facet_resizer *resizer, const float *plane, float *line,
                       float *out);

#endif
