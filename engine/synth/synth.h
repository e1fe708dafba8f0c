/* synth: faces that exist nowhere, drawn from a seed, with everything about them known.
 *
 * A head is a surface: twenty horizontal sections (profile, width, back) are splined from the crown
 * to the neck, and the features of the face (sockets, nose, lips, chin, cheekbones, folds) are
 * displacements on its front. Lengths are centimetres in the head's frame: x to the viewer's right,
 * y up, z towards the viewer, the origin between the eyes' centres at the depth of the ears. A
 * point of the surface is named by its place (a, b) on the undisplaced surface; eyes, brows, lips
 * and beard are painted there, so they follow every change of shape. Hair lies on the same surface
 * as a loft over the scalp; long hair, ears, hat, glasses and clothes are further meshes.
 *
 * The meshes are projected (weak perspective), z-buffered at twice the resolution of the picture,
 * and each sample is shaded in linear light: a wrapped Lambert term that is wider in red, as
 * scattering in skin makes it, a Blinn highlight, a strand highlight on hair, ambient light, and
 * occlusion and cast shadows found in the depth buffer. Then come lens blur, noise, exposure and
 * the sRGB curve.
 *
 * What belongs to an identity (struct facet_synth_identity): its traits (shape of skull, features,
 * skin, hair), sex, age around a base, skin tone, beard, habits of wearing glasses or a hat.
 * What belongs to an image (struct facet_synth_view): pose, expression, gaze, light, background,
 * framing, blur, noise, and whether glasses and hat are on.
 * Identity i is drawn from (seed, i) alone and view k of it from (seed, i, k) alone.
 *
 *     struct facet_synth *synth;
 *     facet_synth_new(&synth, 94, 110, FACET_SYNTH_CROP);
 *     facet_synth_draw_identity(&identity, seed, i);
 *     facet_synth_draw_view(&view, &identity, seed, i, k);
 *     facet_synth_meet(synth, &identity);              // builds the head
 *     facet_synth_render(synth, &view, &image, landmarks);
 *     facet_synth_free(&synth);
 */
#ifndef FACET_SYNTH_SYNTH_H
#define FACET_SYNTH_SYNTH_H

#include "base/error.h"
#include "image/image.h"

#include <stdint.h>

/* Traits: standard normal scores, after a shift by sex (identity.c); 0 is the average face. */
enum facet_synth_trait {
    TRAIT_FACE_WIDTH,
    TRAIT_FACE_LENGTH,
    TRAIT_FOREHEAD_WIDTH,
    TRAIT_FOREHEAD_SLOPE,
    TRAIT_JAW_WIDTH,
    TRAIT_CHIN_LENGTH,
    TRAIT_CHIN_WIDTH,
    TRAIT_CHIN_FORWARD,
    TRAIT_CHEEKBONE,
    TRAIT_CHEEK_FULL,
    TRAIT_BROW_RIDGE,
    TRAIT_EYE_SIZE,
    TRAIT_EYE_OPEN,
    TRAIT_EYE_SPACING,
    TRAIT_EYE_TILT,
    TRAIT_EYE_DEPTH,
    TRAIT_LID_FOLD,
    TRAIT_BROW_THICK,
    TRAIT_BROW_ARCH,
    TRAIT_BROW_HEIGHT,
    TRAIT_BROW_LENGTH,
    TRAIT_NOSE_LENGTH,
    TRAIT_NOSE_WIDTH,
    TRAIT_NOSE_BRIDGE,
    TRAIT_NOSE_TIP,
    TRAIT_NOSE_HUMP,
    TRAIT_NOSE_UPTURN,
    TRAIT_MOUTH_WIDTH,
    TRAIT_MOUTH_HEIGHT,
    TRAIT_MOUTH_CURVE,
    TRAIT_LIP_UPPER,
    TRAIT_LIP_LOWER,
    TRAIT_LIP_RED,
    TRAIT_EAR_SIZE,
    TRAIT_UNDERTONE,
    TRAIT_REDNESS,
    TRAIT_COUNT
};

enum facet_synth_hair {
    HAIR_BALD,
    HAIR_BUZZ,
    HAIR_SHORT,
    HAIR_SWEPT,
    HAIR_CURLY,
    HAIR_FRINGE,
    HAIR_BOB,
    HAIR_LONG,
    HAIR_TIED,
    HAIR_STYLES
};

enum { FACET_SYNTH_MOLES = 8 };

struct facet_synth_identity {
    int male;
    double age_years; /* at the middle of the person's pictures, 16 .. 85 */
    double skin_tone; /* 0 lightest .. 1 darkest */
    double trait[TRAIT_COUNT];
    float iris[3]; /* linear RGB, as all colours here */
    enum facet_synth_hair hair;
    float hair_color[3];    /* with its grey */
    double hair_line;       /* centimetres the hairline stands above the eyes at the middle */
    double recession;       /* 0 .. 1, temples */
    double parting;         /* -1 left .. 1 right */
    double volume;          /* scale of the loft */
    double gray;            /* 0 .. 1 */
    double beard, mustache; /* density 0 .. 1; below 0.5 it is stubble, and labelled 0 */
    double freckles;        /* 0 .. 1 */
    float mole[FACET_SYNTH_MOLES][3]; /* a, b, radius; a radius of 0: none */
    double make_up;                   /* 0 .. 1 lips and lids */
    double wears_glasses, wears_hat;  /* probability in an image */
    int glasses_kind, hat_kind;
    float glasses_color[3], hat_color[3];
    double glasses_size;
    uint64_t texture; /* offset into the noise, so that no two skins or heads of hair agree */
};

struct facet_synth_view {
    double years;                        /* age at the image less identity's age_years */
    double yaw, pitch, roll;             /* radians: yaw turns to the viewer's right, pitch up */
    double distance;                     /* camera to head, cm */
    double shift_x, shift_y, zoom, tilt; /* misalignment: pixels of a 94 x 110 frame, factor, rad */
    double smile, open, brows, lids, squint; /* expression: 0 neutral .. 1; brows -1 .. 1 */
    double gaze_x, gaze_y;                   /* radians */
    int glasses, hat, dark_glasses;
    double stubble;             /* added to the beard's density */
    float key[3], key_color[3]; /* direction towards the light; its colour and strength */
    float fill[3], fill_color[3];
    float ambient[3], ground[3]; /* light from above and from below */
    float background[4][3];      /* colours blended by smooth noise */
    double background_scale;
    double background_grain;
    float clothes[3];
    double exposure, contrast, saturation;
    float balance[3];
    double blur;  /* standard deviation, pixels of the picture */
    double noise; /* of the sensor, relative to white */
    int quality;  /* JPEG quality cap */
    uint64_t noise_seed, noise_stream;
};

/* Labels as the manifest has them. */
struct facet_synth_labels {
    int male;
    double age_years, skin_tone;
    int beard, mustache, glasses, smiling, hat, gray_hair, bald;
};

enum facet_synth_framing {
    FACET_SYNTH_CROP, /* as tight as a 94 x 110 crop with the eyes at (25.5, 30.6), (69.2, 30.4) */
    FACET_SYNTH_FACE, /* that crop with a quarter more room each way, for alignment to turn it in */
    FACET_SYNTH_HEAD, /* the whole head, as in a 250 x 250 picture of LFW */
};

struct facet_synth;

/* A renderer for pictures of one size; it holds every buffer, so rendering allocates nothing.
 * Sizes outside 16 .. 4096 are FACET_EINVAL. Use one in each thread. */
int facet_synth_new(struct facet_synth **synth, int width, int height,
                    enum facet_synth_framing framing);
void facet_synth_free(struct facet_synth **synth); /* NULL-safe */

/* Draws identity `index` of the world `seed`; view `k` of that identity. FACET_ENOMEM only. */
int facet_synth_draw_identity(struct facet_synth_identity *identity, uint64_t seed, uint64_t index);
int facet_synth_draw_view(struct facet_synth_view *view,
                          const struct facet_synth_identity *identity, uint64_t seed,
                          uint64_t index, uint64_t k);

void facet_synth_label(struct facet_synth_labels *labels,
                       const struct facet_synth_identity *identity,
                       const struct facet_synth_view *view);

/* Builds the meshes of an identity, which is copied. */
void facet_synth_meet(struct facet_synth *synth, const struct facet_synth_identity *identity);

/* Renders a view of the identity last met. image must have the renderer's size; landmarks (10) are
 * the true projections of eye centres, nose tip and mouth corners: x, y of left eye (the smaller
 * x), right eye, nose, left and right corner, pixel centres at integers. */
void facet_synth_render(struct facet_synth *synth, const struct facet_synth_view *view,
                        struct facet_image *image, double landmarks[10]);

#endif
