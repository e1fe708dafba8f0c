#include "synth/draw.h"
#include "synth/synth.h"

#include <math.h>

void draw_color(gsl_rng *rng, double low, double high, double most, float color[3])
{
    double light = exp(draw_between(rng, log(low), log(high)));
    double hue = draw_uniform(rng) * 6.2831853, saturation = most * draw_uniform(rng);
    for (int c = 0; c < 3; c++) {
        double wave = 0.5 + 0.5 * cos(hue - c * 2.0943951);
        color[c] = (float)(light * (1 - saturation + saturation * 2 * wave));
    }
}

static void draw_pose(struct facet_synth_view *v, gsl_rng *rng)
{
    double yaw = 0.21 * draw_normal(rng), pitch = 0.09 * draw_normal(rng);
    v->yaw = fmax(-0.55, fmin(0.55, yaw));
    v->pitch = fmax(-0.25, fmin(0.25, pitch));
    v->roll = 0.03 * draw_normal(rng);
    v->distance = draw_between(rng, 70, 180);
    v->shift_x = 1.5 * draw_normal(rng);
    v->shift_y = 1.5 * draw_normal(rng);
    v->zoom = exp(0.04 * draw_normal(rng));
    v->tilt = 0.055 * draw_normal(rng);
}

static void draw_expression(struct facet_synth_view *v, gsl_rng *rng)
{
    double smiles = draw_uniform(rng), strength = draw_between(rng, 0.55, 1.0);
    double talks = draw_uniform(rng), width = draw_uniform(rng);
    v->smile = smiles < 0.45 ? strength : 0.22 * strength - 0.1;
    double agape = talks < 0.22 ? width : 0;
    v->open = smiles < 0.45 ? 0.45 * width * strength + 0.2 * agape : 0.6 * agape;
    v->brows = fmax(-1.0, fmin(1.0, 0.35 * draw_normal(rng)));
    double lids = 0.12 * draw_normal(rng);
    v->lids = draw_uniform(rng) < 0.03 ? 1.0 : fmax(-0.15, fmin(0.6, lids));
    v->squint = fmax(0.0, 0.55 * v->smile + 0.15 * draw_normal(rng));
    v->gaze_x = 0.16 * draw_normal(rng) - 0.5 * v->yaw;
    v->gaze_y = 0.07 * draw_normal(rng) - 0.3 * v->pitch;
}

static void direction(double azimuth, double elevation, float out[3])
{
    out[0] = (float)(sin(azimuth) * cos(elevation));
    out[1] = (float)sin(elevation);
    out[2] = (float)(cos(azimuth) * cos(elevation));
}

/* Warm (positive) to cool light. */
static void tinted(double strength, double warmth, float out[3])
{
    out[0] = (float)(strength * (1 + 0.22 * warmth));
    out[1] = (float)(strength * (1 + 0.02 * warmth));
    out[2] = (float)(strength * (1 - 0.25 * warmth));
}

static void draw_light(struct facet_synth_view *v, gsl_rng *rng)
{
    double azimuth = 0.62 * draw_normal(rng), elevation = 0.55 + 0.26 * draw_normal(rng);
    azimuth = fmax(-1.35, fmin(1.35, azimuth));
    elevation = fmax(0.0, fmin(1.1, elevation));
    double hard = draw_uniform(rng), warmth = 0.38 * draw_normal(rng);
    double share = 0.42 + 0.34 * hard; /* of the light that comes from the key */
    direction(azimuth, elevation, v->key);
    tinted(1.25 * share, warmth, v->key_color);
    direction(-azimuth - (azimuth > 0 ? 0.5 : -0.5), 0.25, v->fill);
    tinted(0.45 * (1 - share), 0.4 * draw_normal(rng), v->fill_color);
    tinted(0.85 * (1 - share), -0.4 * warmth, v->ambient);
    tinted(0.42 * (1 - share), 0.5 * warmth + 0.3, v->ground);
}

static void draw_scene(struct facet_synth_view *v, gsl_rng *rng)
{
    double light = draw_between(rng, 0.03, 0.7);
    for (int i = 0; i < 4; i++) draw_color(rng, 0.5 * light, 1.25 * light, 0.3, v->background[i]);
    v->background_scale = draw_between(rng, 0.4, 2.0);
    v->background_grain = draw_uniform(rng) < 0.5 ? 0 : draw_between(rng, 0.1, 0.6);
    draw_color(rng, 0.015, 0.5, 0.55, v->clothes);
}

static void draw_camera(struct facet_synth_view *v, gsl_rng *rng)
{
    v->exposure = exp(0.2 * draw_normal(rng));
    v->contrast = 1.08 + 0.1 * draw_normal(rng);
    v->saturation = draw_uniform(rng) < 0.03 ? 0 : fmax(0.5, 1.08 + 0.15 * draw_normal(rng));
    double warmth = 0.16 * draw_normal(rng);
    tinted(1, warmth, v->balance);
    double soft = draw_uniform(rng);
    v->blur = 0.2 + soft * soft * soft * soft;
    v->noise = 0.004 + 0.02 * draw_uniform(rng) * draw_uniform(rng);
    v->quality = draw_uniform(rng) < 0.2 ? (int)draw_between(rng, 60, 92) : 100;
}

int facet_synth_draw_view(struct facet_synth_view *view,
                          const struct facet_synth_identity *identity, uint64_t seed,
                          uint64_t index, uint64_t k)
{
    gsl_rng *rng = facet_rng_new(seed, draw_stream(index, k + 1));
    if (rng == NULL) return FACET_ENOMEM;
    struct facet_synth_view v = {0};
    v.years = fmax(-8.0, fmin(8.0, 3 * draw_normal(rng)));
    draw_pose(&v, rng);
    draw_expression(&v, rng);
    v.glasses = draw_uniform(rng) < identity->wears_glasses;
    v.hat = draw_uniform(rng) < identity->wears_hat;
    v.dark_glasses = v.glasses && draw_uniform(rng) < 0.12;
    v.stubble = 0.2 * draw_uniform(rng) * (identity->male ? 1 : 0);
    draw_light(&v, rng);
    draw_scene(&v, rng);
    draw_camera(&v, rng);
    v.noise_seed = seed;
    v.noise_stream = draw_stream(index, k + 1) ^ facet_rng_stream("noise");
    gsl_rng_free(rng);
    *view = v;
    return FACET_OK;
}

void facet_synth_label(struct facet_synth_labels *labels,
                       const struct facet_synth_identity *identity,
                       const struct facet_synth_view *view)
{
    *labels = (struct facet_synth_labels){
        .male = identity->male,
        .age_years = fmax(16.0, identity->age_years + view->years),
        .skin_tone = identity->skin_tone,
        .beard = identity->beard >= 0.5,
        .mustache = identity->mustache >= 0.5,
        .glasses = view->glasses,
        .smiling = view->smile > 0.4,
        .hat = view->hat,
        .gray_hair = identity->gray > 0.45,
        .bald = identity->hair == HAIR_BALD,
    };
}
