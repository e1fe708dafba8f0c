#include "synth/draw.h"
#include "synth/synth.h"

#include <math.h>
#include <string.h>

/* Shift of the mean for men (women get its negative) in standard deviations. */
static const float male_shift[TRAIT_COUNT] = {
    [TRAIT_FACE_WIDTH] = 0.35f,  [TRAIT_FACE_LENGTH] = 0.25f, [TRAIT_FOREHEAD_SLOPE] = 0.4f,
    [TRAIT_JAW_WIDTH] = 0.8f,    [TRAIT_CHIN_LENGTH] = 0.5f,  [TRAIT_CHIN_WIDTH] = 0.7f,
    [TRAIT_CHIN_FORWARD] = 0.3f, [TRAIT_CHEEKBONE] = -0.25f,  [TRAIT_CHEEK_FULL] = -0.15f,
    [TRAIT_BROW_RIDGE] = 0.9f,   [TRAIT_EYE_SIZE] = -0.45f,   [TRAIT_EYE_OPEN] = -0.4f,
    [TRAIT_EYE_TILT] = -0.3f,    [TRAIT_EYE_DEPTH] = 0.4f,    [TRAIT_BROW_THICK] = 0.8f,
    [TRAIT_BROW_ARCH] = -0.6f,   [TRAIT_BROW_HEIGHT] = -0.6f, [TRAIT_NOSE_LENGTH] = 0.3f,
    [TRAIT_NOSE_WIDTH] = 0.4f,   [TRAIT_NOSE_BRIDGE] = 0.3f,  [TRAIT_NOSE_TIP] = 0.2f,
    [TRAIT_NOSE_HUMP] = 0.3f,    [TRAIT_NOSE_UPTURN] = -0.3f, [TRAIT_MOUTH_WIDTH] = 0.25f,
    [TRAIT_LIP_UPPER] = -0.6f,   [TRAIT_LIP_LOWER] = -0.4f,   [TRAIT_LIP_RED] = -0.6f,
    [TRAIT_EAR_SIZE] = 0.3f,
};

static void draw_traits(struct facet_synth_identity *id, gsl_rng *rng)
{
    for (int i = 0; i < TRAIT_COUNT; i++) {
        double z = draw_normal(rng);
        id->trait[i] = fmax(-2.2, fmin(2.2, z)) + (id->male ? 1 : -1) * (double)male_shift[i];
    }
    /* Features that go with the tone of the skin, weakly. */
    double dark = id->skin_tone - 0.45;
    id->trait[TRAIT_LIP_UPPER] += 1.3 * dark;
    id->trait[TRAIT_LIP_LOWER] += 1.3 * dark;
    id->trait[TRAIT_NOSE_WIDTH] += 1.3 * dark;
    id->trait[TRAIT_NOSE_BRIDGE] -= 0.8 * dark;
}

static const float hair_colors[][3] = {
    {0.012f, 0.010f, 0.010f}, {0.035f, 0.022f, 0.015f}, {0.085f, 0.048f, 0.028f},
    {0.16f, 0.095f, 0.05f},   {0.36f, 0.245f, 0.12f},   {0.21f, 0.065f, 0.022f},
    {0.52f, 0.40f, 0.23f},
};

static void draw_hair_color(struct facet_synth_identity *id, gsl_rng *rng)
{
    static const double light[] = {0.08, 0.2, 0.24, 0.2, 0.16, 0.06, 0.06};
    static const double dark[] = {0.72, 0.2, 0.06, 0.02, 0, 0, 0};
    double weights[7];
    double t = fmin(1.0, fmax(0.0, (id->skin_tone - 0.1) / 0.4));
    for (int i = 0; i < 7; i++) weights[i] = light[i] * (1 - t) + dark[i] * t;
    const float *color = hair_colors[draw_choice(rng, weights, 7)];
    double onset = 38 + 8 * draw_normal(rng);
    id->gray = fmin(1.0, fmax(0.0, (id->age_years - onset) / 26));
    if (!id->male && draw_uniform(rng) < 0.45) id->gray *= 0.15; /* dyed */
    float vary = (float)exp(0.18 * draw_normal(rng));
    float white = 0.42f + 0.22f * (float)id->gray;
    for (int c = 0; c < 3; c++) {
        float tint = white * (c == 2 ? 0.98f : c == 1 ? 0.97f : 1.0f);
        float g = (float)id->gray;
        id->hair_color[c] = color[c] * vary + (tint - color[c] * vary) * g * (0.35f + 0.6f * g);
    }
}

static void draw_hair(struct facet_synth_identity *id, gsl_rng *rng)
{
    static const double men[HAIR_STYLES] = {0.0, 0.17, 0.33, 0.24, 0.12, 0.07, 0.0, 0.05, 0.02};
    static const double women[HAIR_STYLES] = {0.0, 0.01, 0.06, 0.05, 0.1, 0.12, 0.2, 0.32, 0.14};
    id->hair = (enum facet_synth_hair)draw_choice(rng, id->male ? men : women, HAIR_STYLES);
    double loss = id->male ? (id->age_years - 28) / 50 + 0.3 * draw_normal(rng) : -1;
    id->recession = fmin(1.0, fmax(0.0, loss));
    if (id->male && draw_uniform(rng) < 0.06 + 0.32 * id->recession) id->hair = HAIR_BALD;
    id->hair_line = 5.0 + 0.5 * draw_normal(rng) + (id->male ? 0.15 : -0.15);
    id->parting = draw_uniform(rng) * 2 - 1;
    id->volume = exp(0.22 * draw_normal(rng));
    draw_hair_color(id, rng);
}

static void draw_beard(struct facet_synth_identity *id, gsl_rng *rng)
{
    id->beard = id->mustache = 0;
    double kind = draw_uniform(rng), density = 0.75 + 0.25 * draw_uniform(rng);
    double shadow = draw_uniform(rng);
    if (!id->male) return;
    id->beard = 0.32 * shadow; /* shaven: a shadow */
    id->mustache = 0.8 * id->beard;
    if (kind < 0.22)
        id->beard = id->mustache = density;
    else if (kind < 0.28)
        id->beard = density;
    else if (kind < 0.38)
        id->mustache = density;
}

static void draw_skin(struct facet_synth_identity *id, gsl_rng *rng)
{
    double freckled = draw_uniform(rng), amount = 0.4 + 0.6 * draw_uniform(rng);
    id->freckles = id->skin_tone < 0.35 && freckled < 0.2 ? amount : 0;
    int moles = (int)(draw_uniform(rng) * 4.5);
    for (int i = 0; i < FACET_SYNTH_MOLES; i++) {
        double side = draw_uniform(rng) < 0.5 ? -1 : 1;
        id->mole[i][0] = (float)(side * (1.2 + 4.2 * draw_uniform(rng)));
        id->mole[i][1] = (float)(-9.5 + 7.5 * draw_uniform(rng));
        id->mole[i][2] = i < moles ? (float)(0.1 + 0.13 * draw_uniform(rng)) : 0;
    }
    if (draw_uniform(rng) < 0.25) id->mole[0][1] = (float)(2.5 + 2 * draw_uniform(rng));
    id->make_up = draw_uniform(rng);
    if (id->male || id->make_up < 0.35) id->make_up = 0;
}

static void draw_iris(struct facet_synth_identity *id, gsl_rng *rng)
{
    static const float irises[][3] = {
        {0.035f, 0.018f, 0.010f}, {0.085f, 0.042f, 0.018f}, {0.12f, 0.10f, 0.045f},
        {0.10f, 0.15f, 0.11f},    {0.13f, 0.21f, 0.32f},    {0.19f, 0.22f, 0.25f},
    };
    double t = fmin(1.0, fmax(0.0, (id->skin_tone - 0.1) / 0.35));
    double weights[6] = {0.15 + 0.6 * t, 0.25,           0.15 * (1 - t) + 0.03,
                         0.12 * (1 - t), 0.25 * (1 - t), 0.08 * (1 - t)};
    const float *color = irises[draw_choice(rng, weights, 6)];
    float vary = (float)exp(0.15 * draw_normal(rng));
    for (int c = 0; c < 3; c++) id->iris[c] = color[c] * vary;
}

static void draw_wear(struct facet_synth_identity *id, gsl_rng *rng)
{
    static const float frames[][3] = {{0.012f, 0.012f, 0.013f}, {0.07f, 0.03f, 0.015f},
                                      {0.35f, 0.30f, 0.22f},    {0.28f, 0.28f, 0.3f},
                                      {0.02f, 0.03f, 0.09f},    {0.16f, 0.012f, 0.015f}};
    double habit = draw_uniform(rng);
    double need = 0.16 + 0.25 * fmin(1.0, fmax(0.0, (id->age_years - 35) / 35));
    id->wears_glasses = habit < need ? 0.85 : 0.07;
    id->wears_hat = draw_uniform(rng) < 0.12 ? 0.6 : 0.05;
    id->glasses_kind = (int)(draw_uniform(rng) * 4);
    id->hat_kind = (int)(draw_uniform(rng) * 3);
    id->glasses_size = exp(0.09 * draw_normal(rng));
    const float *frame = frames[(int)(draw_uniform(rng) * 6)];
    memcpy(id->glasses_color, frame, sizeof id->glasses_color);
    draw_color(rng, 0.02, 0.4, 0.6, id->hat_color);
}

int facet_synth_draw_identity(struct facet_synth_identity *identity, uint64_t seed, uint64_t index)
{
    gsl_rng *rng = facet_rng_new(seed, draw_stream(index, 0));
    if (rng == NULL) return FACET_ENOMEM;
    struct facet_synth_identity id = {0};
    id.male = draw_uniform(rng) < 0.5;
    double young = draw_uniform(rng);
    id.age_years = 18 + 60 * pow(young, 1.35);
    id.skin_tone = pow(draw_uniform(rng), 1.25);
    draw_traits(&id, rng);
    draw_hair(&id, rng);
    draw_beard(&id, rng);
    draw_skin(&id, rng);
    draw_iris(&id, rng);
    draw_wear(&id, rng);
    id.texture = (uint64_t)(draw_uniform(rng) * 65536);
    gsl_rng_free(rng);
    *identity = id;
    return FACET_OK;
}
