/* image/augment: random views of a face to train on.
 *
 * The alignment's map is composed with a random similarity (and a little change of width against
 * height) about the middle of the input, so that there is one resampling. What a view shows from
 * beyond the picture's edge is the nearest pixel's colour: black wedges would tell how a tight crop
 * was turned. Then come, in this order: mirror; colour; contrast and brightness; blur; noise; grey;
 * erasing; and all is clipped to 0..255.
 *
 *     struct facet_augment a = facet_augment_default();
 *     facet_rng_restart(rng, seed, view);
 *     facet_augment_see(&p, &a, &image, landmarks, "face.jpg", rng, input);
 *     facet_preprocess_normalize(&p, input);
 */
#ifndef FACET_IMAGE_AUGMENT_H
#define FACET_IMAGE_AUGMENT_H

#include "base/rng.h"
#include "image/preprocess.h"

/* Every field from 0 on; 0 leaves that step out. */
struct facet_augment {
    int mirror;    /* 1: half of the views are mirrored */
    double shift;  /* along x and y, input pixels: uniform in +-shift (to 1,000) */
    double scale;  /* size: factor exp(u), u uniform in +-log(1 + scale) (to 3) */
    double rotate; /* degrees, positive is clockwise: uniform in +-rotate (to 180) */
    double aspect; /* width against height: as scale, at the same area (to 3) */
    double light;  /* grey levels added, uniform in +-light; and contrast about the mean of the
                      view, factor exp(u), u uniform in +-light / 128 (to 255) */
    double colour; /* each channel's gain exp(u), u uniform in +-colour, then divided by the mean
                      of the three gains; no effect on grey inputs (to 2) */
    double blur;   /* half of the views: Gaussian, its sd uniform in 0..blur input pixels, sampled
                      to 3 sd; the view's edge is repeated (to 10) */
    double noise;  /* in every value, its sd the same in a view, uniform in 0..noise grey levels;
                      nearly normal, the sum of four uniform numbers (to 255) */
    double grey;   /* probability that all channels become the luma (ITU-R 601) */
    double erase;  /* probability of a rectangle that is erased (Zhong et al. 2017): 2 to 25 % of
                      the area, height against width 0.3 to 3.3, filled half of the times with
                      each channel's mean, else with uniform noise */
};

/* All zero: the view is what facet_preprocess_align() gives, bit for bit. */
struct facet_augment facet_augment_none(void);

/* For faces of 47 x 55: mirror 1, shift 2, scale 0.08, rotate 6, aspect 0.04 (about what landmarks
 * err by), light 25, colour 0.08, blur 0.8, noise 4, grey 0.1, erase 0 (the paper trains on whole
 * faces and then asks how the network bears occlusion). Its authors don't say what they did. */
struct facet_augment facet_augment_default(void);

/* Everything finite and in range; FACET_EINVAL names `where` and the field. */
int facet_augment_check(const struct facet_augment *a, const char *where);

/* A view: out (channels, height, width) float32 in 0..255, before mean and scale. Landmarks, name
 * and errors as facet_preprocess_align(). `a` has passed its check. Whatever the fields are, `rng`
 * moves on by the same draws in the same order, so that (seed, stream) fixes the view, and fields
 * that are changed leave the other steps as they were. */
int facet_augment_see(const struct facet_preprocess *p, const struct facet_augment *a,
                      const struct facet_image *image, const float *landmarks, const char *name,
                      gsl_rng *rng, float *out);

#endif
