/* synth/model: meshes, buffers and helpers shared by the files of this room; not for others. */
#ifndef FACET_SYNTH_MODEL_H
#define FACET_SYNTH_MODEL_H

#include "synth/synth.h"

#include <math.h>
#include <stddef.h>

#define SYNTH_PI 3.14159265f

/* Samples a picture's pixel is made of, along each axis. */
enum { OVERSAMPLE = 2 };

/* ---- small helpers ---- */

static inline float clampf(float x, float low, float high)
{
    return x < low ? low : x > high ? high : x;
}

/* fmaxf and fminf are calls where NaN must be minded; here it need not be. */
static inline float maxf(float a, float b)
{
    return a > b ? a : b;
}

static inline float minf(float a, float b)
{
    return a < b ? a : b;
}

static inline float mixf(float a, float b, float t)
{
    return a + (b - a) * t;
}

/* 0 at and before `from`, 1 at and after `to`; from > to turns it round. */
static inline float smooth(float from, float to, float x)
{
    float t = clampf((x - from) / (to - from), 0.0f, 1.0f);
    return t * t * (3.0f - 2.0f * t);
}

/* A bump of height 1 at the centre that ends at the ellipse with radii rx, ry. */
static inline float bump(float x, float y, float rx, float ry)
{
    float d = 1.0f - (x * x) / (rx * rx) - (y * y) / (ry * ry);
    return d > 0 ? d * d * d : 0;
}

static inline float dot3(const float a[3], const float b[3])
{
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

static inline void normalize3(float v[3])
{
    float length = sqrtf(dot3(v, v));
    float scale = length > 1e-12f ? 1.0f / length : 0.0f;
    for (int i = 0; i < 3; i++) v[i] *= scale;
}

/* ---- noise ---- */

enum { NOISE_SIZE = 256 };

/* Tileable smooth noise with values around 0.5: coarse (five octaves) and fine (two). */
struct synth_noise {
    float coarse[NOISE_SIZE * NOISE_SIZE];
    float fine[NOISE_SIZE * NOISE_SIZE];
};

/* Bilinear sample at (x, y) in texels, wrapped round. */
static inline float noise_at(const float *texture, float x, float y)
{
    x += 65536.0f;
    y += 65536.0f;
    int ix = (int)x, iy = (int)y;
    float fx = x - (float)ix, fy = y - (float)iy;
    const float *r0 = texture + NOISE_SIZE * (iy & (NOISE_SIZE - 1));
    const float *r1 = texture + NOISE_SIZE * ((iy + 1) & (NOISE_SIZE - 1));
    int x0 = ix & (NOISE_SIZE - 1), x1 = (ix + 1) & (NOISE_SIZE - 1);
    float top = r0[x0] + (r0[x1] - r0[x0]) * fx;
    float bottom = r1[x0] + (r1[x1] - r1[x0]) * fx;
    return top + (bottom - top) * fy;
}

/* ---- meshes ---- */

/* What a vertex carries besides its place. */
enum synth_attribute {
    AT_A,
    AT_B,
    AT_C, /* place on the undisplaced surface */
    AT_RED,
    AT_GREEN,
    AT_BLUE, /* albedo */
    AT_HAIR, /* coverage by hair of the head */
    AT_FUZZ,
    AT_GROWTH, /* coverage by brows; by beard and mustache */
    AT_GLOSS,
    AT_SHADE, /* baked occlusion, 1 open */
    AT_ACROSS,
    AT_ALONG,  /* strand coordinates of hair */
    AT_NORMAL, /* three: in the view's frame, set for each image */
    AT_COUNT = AT_NORMAL + 3
};

enum synth_material { MATERIAL_SKIN, MATERIAL_HAIR, MATERIAL_CLOTH, MATERIAL_FRAME };

enum synth_part {
    PART_HEAD,
    PART_EAR_LEFT,
    PART_EAR_RIGHT,
    PART_DRAPE,
    PART_BUN,
    PART_TORSO,
    PART_HAT,
    PART_BRIM,
    PART_RIM_LEFT,
    PART_RIM_RIGHT,
    PART_BRIDGE,
    PART_ARM_LEFT,
    PART_ARM_RIGHT,
    PART_LENS_LEFT,
    PART_LENS_RIGHT,
    PART_COUNT
};

struct synth_mesh {
    int rows, cols, active, two_sided;
    enum synth_material material;
    float (*neutral)[3]; /* (rows, cols) head frame, without hair and expression */
    float (*loft)[3];    /* hair over the scalp; NULL for parts other than the head */
    float (*placed)[3];  /* view frame, this image */
    float (*screen)[3];  /* samples x, y and view depth */
    float (*at)[AT_COUNT];
};

/* Expressions as directions in which the head's vertices move. */
enum synth_shape { SHAPE_SMILE, SHAPE_OPEN, SHAPE_BROWS, SHAPE_SQUINT, SHAPE_COUNT };

/* Where the features of an identity lie, in (a, b). */
struct synth_layout {
    float eye_x, eye_y, eye_half, eye_upper, eye_lower, eye_tilt, iris;
    float crease; /* lid fold above the upper lid, cm */
    float nose_top, nose_tip, nose_base, nose_wide;
    float mouth_y, mouth_half, lip_upper, lip_lower, mouth_curve;
    float chin_y;
    float old; /* 0 .. 1: folds and wrinkles */
};

struct synth_fragment {
    float depth, u, v; /* u along columns, v along rows of the part's mesh */
    int part;          /* -1: background */
};

/* What the samples are shaded with, in the view's frame. */
struct synth_light {
    float key[3], key_color[3], key_half[3];
    float fill[3], fill_color[3];
    float sky[3], ground[3];
    float strand[3]; /* the head's downward direction */
};

struct facet_synth {
    int width, height; /* of the picture */
    int wide, high;    /* of the sample grid */
    enum facet_synth_framing framing;
    struct facet_synth_identity identity;
    struct synth_layout layout;
    float (*section)[6]; /* (head rows): the skull, see shape.c */
    struct synth_mesh part[PART_COUNT];
    float (*shape[SHAPE_COUNT])[3]; /* (head vertices) */
    float mark[5][2];               /* landmarks as (u, v) of the head's mesh */
    float detail[3][4];             /* (u, v) boxes: eyes, mouth, bare skin between */
    float turn[9];                  /* head to view */
    float pivot[3];
    float distance, scale, cosine, sine, move_x, move_y; /* view to samples */
    struct synth_light light;
    struct synth_fragment *fragment; /* (high, wide) */
    struct synth_fragment *behind;   /* (high, wide): as `fragment`, without the lenses */
    uint8_t *lens;                   /* (high, wide): 1 under a lens */
    float *color;                    /* (high, wide, 3) linear */
    float *small;                    /* (height, width, 3) linear */
    float *spare;                    /* (height, width, 3) */
    float *depth;                    /* (height, width) */
    float *shadow, *open;            /* (height, width): key light reaching it; ambient */
    float *backdrop;                 /* coarse background */
    float *curve;                    /* linear to sRGB 0 .. 1, see develop.c */
    float *deviates;                 /* standard normal, see develop.c */
    float lip_skin[3];               /* skin under the lips, without beard */
    struct synth_noise *noise;
};

static inline int mesh_count(const struct synth_mesh *mesh)
{
    return mesh->rows * mesh->cols;
}

/* ---- building (shape.c, hair.c, wear.c) ---- */

enum { HEAD_COLS = 105 };

int synth_head_rows(void);
/* Azimuth of a column of the head's mesh, -pi at the back .. 0 in front .. pi. */
float synth_azimuth(int col);
void synth_head_build(struct facet_synth *s);
void synth_ears_build(struct facet_synth *s);
void synth_hair_build(struct facet_synth *s);
void synth_fuzz_build(struct facet_synth *s);
void synth_wear_build(struct facet_synth *s);
void synth_skin_build(struct facet_synth *s);
/* Base surface at azimuth theta and height y of the front profile's table, cm. */
void synth_skull(const struct facet_synth *s, float row, float theta, float out[3]);
float synth_skull_row(const struct facet_synth *s, float theta, float y);

/* ---- rendering ---- */

void synth_place(struct facet_synth *s, const struct facet_synth_view *view, double landmarks[10]);
void synth_raster(struct facet_synth *s);
void synth_occlude(struct facet_synth *s);
void synth_shade(struct facet_synth *s, const struct facet_synth_view *view);
void synth_backdrop(struct facet_synth *s, const struct facet_synth_view *view);
void synth_develop(struct facet_synth *s, const struct facet_synth_view *view,
                   struct facet_image *image);

/* Paints eye or mouth over skin at (a, b): color is albedo in and out, normal is bent, *gloss and
 * *shade are changed. `grain` is the size of a sample in cm. */
void synth_paint_eye(const struct facet_synth *s, const struct facet_synth_view *view, float a,
                     float b, float grain, float color[3], float normal[3], float *gloss,
                     float *shade);
void synth_paint_mouth(const struct facet_synth *s, const struct facet_synth_view *view, float a,
                       float b, float grain, float color[3], float normal[3], float *gloss,
                       float *shade);

#endif
