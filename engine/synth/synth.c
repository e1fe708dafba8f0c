/* The renderer's buffers, and the order in which a picture comes about. */
#include "synth/synth.h"

#include "base/rng.h"
#include "synth/develop.h"
#include "synth/draw.h"
#include "synth/model.h"

#include <stdlib.h>
#include <string.h>

struct part_form {
    int rows, cols, two_sided;
    enum synth_material material;
};

static const struct part_form forms[PART_COUNT] = {
    [PART_HEAD] = {0, HEAD_COLS, 0, MATERIAL_SKIN}, /* rows: synth_head_rows() */
    [PART_EAR_LEFT] = {12, 21, 1, MATERIAL_SKIN},   [PART_EAR_RIGHT] = {12, 21, 1, MATERIAL_SKIN},
    [PART_DRAPE] = {32, 97, 1, MATERIAL_HAIR},      [PART_BUN] = {13, 17, 1, MATERIAL_HAIR},
    [PART_TORSO] = {17, 41, 1, MATERIAL_CLOTH},     [PART_HAT] = {33, 49, 1, MATERIAL_CLOTH},
    [PART_BRIM] = {7, 41, 1, MATERIAL_CLOTH},       [PART_RIM_LEFT] = {7, 41, 1, MATERIAL_FRAME},
    [PART_RIM_RIGHT] = {7, 41, 1, MATERIAL_FRAME},  [PART_BRIDGE] = {7, 9, 1, MATERIAL_FRAME},
    [PART_ARM_LEFT] = {7, 9, 1, MATERIAL_FRAME},    [PART_ARM_RIGHT] = {7, 9, 1, MATERIAL_FRAME},
    [PART_LENS_LEFT] = {3, 33, 1, MATERIAL_FRAME},  [PART_LENS_RIGHT] = {3, 33, 1, MATERIAL_FRAME},
};

static int new_mesh(struct synth_mesh *mesh, const struct part_form *form, int rows)
{
    mesh->rows = rows;
    mesh->cols = form->cols;
    mesh->two_sided = form->two_sided;
    mesh->material = form->material;
    mesh->active = 1;
    size_t count = (size_t)mesh_count(mesh);
    mesh->neutral = facet_alloc(count, sizeof *mesh->neutral, "mesh");
    mesh->loft = facet_alloc(count, sizeof *mesh->loft, "mesh");
    mesh->placed = facet_alloc(count, sizeof *mesh->placed, "mesh");
    mesh->screen = facet_alloc(count, sizeof *mesh->screen, "mesh");
    mesh->at = facet_alloc(count, sizeof *mesh->at, "mesh");
    return mesh->neutral && mesh->loft && mesh->placed && mesh->screen && mesh->at ? FACET_OK
                                                                                   : FACET_ENOMEM;
}

static int new_buffers(struct facet_synth *s)
{
    size_t samples = (size_t)s->wide * (size_t)s->high,
           pixels = (size_t)s->width * (size_t)s->height;
    size_t points = (size_t)BACKDROP_COLS(s->wide) * (size_t)BACKDROP_COLS(s->high);
    s->fragment = facet_alloc(samples, sizeof *s->fragment, "samples");
    s->behind = facet_alloc(samples, sizeof *s->behind, "samples");
    s->lens = facet_alloc(samples, 1, "samples");
    s->color = facet_alloc(3 * samples, sizeof *s->color, "samples");
    s->small = facet_alloc(3 * pixels, sizeof *s->small, "picture");
    s->spare = facet_alloc(3 * pixels, sizeof *s->spare, "picture");
    s->depth = facet_alloc(pixels, sizeof *s->depth, "picture");
    s->shadow = facet_alloc(pixels, sizeof *s->shadow, "picture");
    s->open = facet_alloc(pixels, sizeof *s->open, "picture");
    s->backdrop = facet_alloc(3 * points, sizeof *s->backdrop, "background");
    s->curve = facet_alloc(CURVE_SIZE, sizeof *s->curve, "tone curve");
    s->deviates = facet_alloc(DEVIATES, sizeof *s->deviates, "noise");
    s->noise = facet_alloc(1, sizeof *s->noise, "noise");
    return s->fragment && s->behind && s->lens && s->color && s->small && s->spare && s->depth &&
                   s->shadow && s->open && s->backdrop && s->curve && s->deviates && s->noise
               ? FACET_OK
               : FACET_ENOMEM;
}

/* Value noise: random lattices of growing fineness, joined by a smooth curve. */
static void add_octave(float *texture, gsl_rng *rng, int cells, float weight)
{
    const int size = NOISE_SIZE;
    float values[128 * 128];
    for (int i = 0; i < cells * cells; i++) values[i] = (float)draw_uniform(rng) - 0.5f;
    for (int y = 0; y < size; y++)
        for (int x = 0; x < size; x++) {
            float fx = (float)(x * cells) / (float)size, fy = (float)(y * cells) / (float)size;
            int ix = (int)fx, iy = (int)fy, jx = (ix + 1) % cells, jy = (iy + 1) % cells;
            float u = smooth(0, 1, fx - (float)ix), v = smooth(0, 1, fy - (float)iy);
            float top = mixf(values[iy * cells + ix], values[iy * cells + jx], u);
            float low = mixf(values[jy * cells + ix], values[jy * cells + jx], u);
            texture[y * size + x] += weight * mixf(top, low, v);
        }
}

static int fill_noise(struct synth_noise *noise)
{
    gsl_rng *rng = facet_rng_new(0, facet_rng_stream("texture"));
    if (rng == NULL) return FACET_ENOMEM;
    for (int i = 0; i < NOISE_SIZE * NOISE_SIZE; i++) noise->coarse[i] = noise->fine[i] = 0.5f;
    add_octave(noise->coarse, rng, 8, 0.62f);
    add_octave(noise->coarse, rng, 16, 0.36f);
    add_octave(noise->coarse, rng, 32, 0.22f);
    add_octave(noise->coarse, rng, 64, 0.12f);
    add_octave(noise->fine, rng, 64, 0.5f);
    add_octave(noise->fine, rng, 128, 0.75f);
    gsl_rng_free(rng);
    return FACET_OK;
}

static int fill_tables(struct facet_synth *s)
{
    synth_curve_fill(s->curve);
    gsl_rng *rng = facet_rng_new(0, facet_rng_stream("sensor"));
    if (rng == NULL) return FACET_ENOMEM;
    for (int i = 0; i < DEVIATES; i++) s->deviates[i] = (float)draw_normal(rng);
    gsl_rng_free(rng);
    return fill_noise(s->noise);
}

int facet_synth_new(struct facet_synth **synth, int width, int height,
                    enum facet_synth_framing framing)
{
    if (width < 16 || height < 16 || width > 4096 || height > 4096)
        return facet_fail(FACET_EINVAL, "picture of %d x %d: expected 16 to 4096 pixels a side",
                          width, height);
    struct facet_synth *s = facet_alloc(1, sizeof *s, "renderer");
    if (s == NULL) return FACET_ENOMEM;
    s->width = width, s->height = height, s->framing = framing;
    s->wide = OVERSAMPLE * width, s->high = OVERSAMPLE * height;
    int code = new_buffers(s);
    for (int p = 0; code == FACET_OK && p < PART_COUNT; p++)
        code = new_mesh(&s->part[p], &forms[p], p == PART_HEAD ? synth_head_rows() : forms[p].rows);
    for (int k = 0; code == FACET_OK && k < SHAPE_COUNT; k++) {
        s->shape[k] =
            facet_alloc((size_t)mesh_count(&s->part[PART_HEAD]), sizeof *s->shape[k], "mesh");
        if (s->shape[k] == NULL) code = FACET_ENOMEM;
    }
    if (code == FACET_OK) {
        s->section = facet_alloc((size_t)synth_head_rows(), sizeof *s->section, "mesh");
        code = s->section == NULL ? FACET_ENOMEM : fill_tables(s);
    }
    if (code < 0)
        facet_synth_free(&s);
    else
        *synth = s;
    return code;
}

void facet_synth_free(struct facet_synth **synth)
{
    struct facet_synth *s = *synth;
    if (s == NULL) return;
    for (int p = 0; p < PART_COUNT; p++) {
        struct synth_mesh *mesh = &s->part[p];
        free(mesh->neutral), free(mesh->loft), free(mesh->placed);
        free(mesh->screen), free(mesh->at);
    }
    for (int k = 0; k < SHAPE_COUNT; k++) free(s->shape[k]);
    free(s->section), free(s->fragment), free(s->behind), free(s->lens), free(s->color);
    free(s->small), free(s->spare), free(s->depth), free(s->shadow), free(s->open);
    free(s->backdrop), free(s->curve), free(s->deviates), free(s->noise);
    free(s);
    *synth = NULL;
}

void facet_synth_meet(struct facet_synth *synth, const struct facet_synth_identity *identity)
{
    struct facet_synth *s = synth;
    s->identity = *identity;
    synth_head_build(s);
    synth_ears_build(s);
    synth_skin_build(s);
    synth_hair_build(s);
    synth_fuzz_build(s);
    synth_wear_build(s);
}

void facet_synth_render(struct facet_synth *synth, const struct facet_synth_view *view,
                        struct facet_image *image, double landmarks[10])
{
    synth_place(synth, view, landmarks);
    synth_raster(synth);
    synth_shade(synth, view);
    synth_develop(synth, view, image);
}
