/* image/occlude: faces half hidden, to see what a network makes of them.
 *
 * An occlusion is a kind and a level:
 *
 * - bottom, top, left, right: percent of the face's height or width, hidden from that side;
 * - block: side of a square in pixels of a face 94 wide (and 110 high in the paper), scaled to the
 *   input; at a place drawn for each image, wholly within it. block:20x3 is three, which may
 *   overlap;
 * - square: such a square with its left upper corner at a given place of that face, the same in
 *   each image: square:20@12x45, counted from 0. slide:20/10 stands for all places of a grid with
 *   steps of 10, which is centred on the face;
 * - eyes, mouth: percent of a rectangle around both eyes, or the mouth, from the five landmarks:
 * the eyes' reaches 0.4 of their distance d beyond them and 0.3 d above and below; the mouth's 0.25
 * of the distance m of its corners beyond them and 0.4 m above and below. 100 if no level is given.
 *
 * "bottom" and "block" at 10 to 70 with black are the paper's (section 6). What is hidden becomes
 * black, grey (127.5), the network's mean, noise (uniform in 0..255, each value for itself) or the
 * face itself blurred (Gaussian, sd a tenth of the width). Blocks and noise depend on seed and the
 * image's name alone: every network, level, run and thread sees the same, and blocks of several
 * sizes lie at the same relative place.
 *
 *     struct facet_occlusions *o;
 *     facet_occlusions_new(&o, "bottom:10-70/10,block:10-70/10", "black", 1, p);
 *     facet_occlusions_cover(o, p, "a/a_1.jpg", face, cover);
 *     for (k = 0; k < o->count; k++) {
 *         memcpy(values, face, size);
 *         facet_occlude(o, k, p, landmarks, "a/a_1.jpg", cover, values);
 *     }
 *     facet_occlusions_free(&o);
 */
#ifndef FACET_IMAGE_OCCLUDE_H
#define FACET_IMAGE_OCCLUDE_H

#include "store/preprocess.h"

#include <stdint.h>

#define FACET_OCCLUSION_NAME 32

enum facet_occlusion_kind {
    FACET_OCCLUDE_BOTTOM,
    FACET_OCCLUDE_TOP,
    FACET_OCCLUDE_LEFT,
    FACET_OCCLUDE_RIGHT,
    FACET_OCCLUDE_BLOCK,
    FACET_OCCLUDE_EYES,
    FACET_OCCLUDE_MOUTH,
    FACET_OCCLUDE_SQUARE
};

enum facet_occlusion_fill {
    FACET_FILL_BLACK,
    FACET_FILL_GREY,
    FACET_FILL_MEAN,
    FACET_FILL_NOISE,
    FACET_FILL_BLUR
};

struct facet_occlusion {
    enum facet_occlusion_kind kind;
    int level, squares;
    int x, y;                        /* of a square */
    char name[FACET_OCCLUSION_NAME]; /* "bottom:30", "block:20x3", "eyes:100", "square:20@12x45" */
};

struct facet_occlusions {
    struct facet_occlusion *list;
    size_t count;
    enum facet_occlusion_fill fill;
    uint64_t seed;
};

/* `spec`: KIND[:LEVEL[-LAST/STEP]][xSQUARES], square:SIDE@XxY or slide:SIDE/STEP, several joined by
 * commas. p: how large the face is. FACET_EINVAL names the item and what was expected: unknown kind
 * or fill, level out of range (1..100 percent, 1..94 pixels, 1..300 percent of eyes or mouth), an
 * occlusion named twice, more than 512. */
int facet_occlusions_new(struct facet_occlusions **occlusions, const char *spec, const char *fill,
                         uint64_t seed, const struct facet_preprocess *p);
void facet_occlusions_free(struct facet_occlusions **occlusions); /* NULL-safe */

/* "black, seed 1: bottom:10 block:30": the same text says the same occlusions. The caller frees. */
int facet_occlusions_describe(const struct facet_occlusions *occlusions, char **text);

/* FACET_EINVAL if a square doesn't lie within the input. *landmarks: nonzero if some need them. */
int facet_occlusions_check(const struct facet_occlusions *occlusions,
                           const struct facet_preprocess *p, int *landmarks);

/* What the hidden parts of a face will show, cover (channels, height, width), the same for all
 * occlusions; values as facet_preprocess_align() gives them. FACET_ENOMEM. */
int facet_occlusions_cover(const struct facet_occlusions *occlusions,
                           const struct facet_preprocess *p, const char *image, const float *values,
                           float *cover);

/* Hides a part of values (channels, height, width) behind `cover`; the others stay as they are.
 * landmarks: ten numbers x y .. in pixels of the input, geometry of image/resample.h; NULL where
 * none of the occlusions needs them. FACET_ENOMEM. */
int facet_occlude(const struct facet_occlusions *occlusions, size_t which,
                  const struct facet_preprocess *p, const double *landmarks, const char *image,
                  const float *cover, float *values);

#endif
