/* The colour of skin over the head. */
#include "synth/model.h"

/* Albedo from the lightest to the darkest skin, linear RGB. */
static const float tones[][3] = {{0.80f, 0.575f, 0.465f},  {0.70f, 0.46f, 0.335f},
                                 {0.52f, 0.315f, 0.205f},  {0.30f, 0.165f, 0.10f},
                                 {0.155f, 0.083f, 0.053f}, {0.075f, 0.042f, 0.030f}};

static void base_tone(const struct facet_synth_identity *id, float color[3])
{
    float t = (float)id->skin_tone * 4.999f;
    int i = (int)t;
    float under = 0.05f * (float)id->trait[TRAIT_UNDERTONE];
    for (int c = 0; c < 3; c++) color[c] = mixf(tones[i][c], tones[i + 1][c], t - (float)i);
    color[0] *= 1 + 0.3f * under;
    color[1] *= 1 + 0.5f * under;
    color[2] *= 1 - under;
}

/* Blood under the skin: positive where it is redder. */
static float flush(const struct synth_layout *l, float x, float b)
{
    return 0.45f * bump(x - 4.3f, b + 3.0f, 3.6f, 3.2f) +
           0.4f * bump(x, b - l->nose_tip, 2.1f, 1.9f) +
           0.35f * bump(x, b - l->chin_y, 2.0f, 1.5f) - 0.35f * bump(x, b - 4.0f, 6, 2.5f) +
           0.4f * bump(x - 1.9f, b + 0.2f, 0.8f, 0.8f);
}

/* Corners and openings that light hardly reaches. */
static float baked_shade(const struct synth_layout *l, float x, float b)
{
    float nostril = bump(x - 0.66f * l->nose_wide, b - l->nose_base - 0.2f, 0.5f, 0.3f);
    float wing = bump(x - 1.95f * l->nose_wide, b - l->nose_tip + 0.1f, 0.42f, 0.8f);
    float corner = bump(x - l->mouth_half - 0.1f, b - l->mouth_y, 0.5f, 0.4f);
    float below = bump(x, b - l->nose_base + 0.1f, 1.5f * l->nose_wide, 0.4f);
    return (1 - 0.88f * nostril) * (1 - 0.3f * wing) * (1 - 0.35f * corner) * (1 - 0.1f * below);
}

static void skin_vertex(const struct facet_synth *s, const float base[3], float *at)
{
    const struct facet_synth_identity *id = &s->identity;
    const struct synth_layout *l = &s->layout;
    float x = fabsf(at[AT_A]), b = at[AT_B], front = smooth(0, 3, at[AT_C]);
    float pale = 1 - 0.75f * (float)id->skin_tone;
    float red = front * flush(l, x, b) * (1 + 0.35f * (float)id->trait[TRAIT_REDNESS]) * pale;
    float under_eye = front * bump(x - l->eye_x + 0.4f, b + 1.0f, 1.7f, 0.75f);
    float lid = front * bump(x - l->eye_x, b - 0.75f, 1.8f, 0.9f);
    float dark = (0.12f + 0.16f * l->old) * under_eye + (0.08f + 0.3f * (float)id->make_up) * lid;
    float mottle =
        noise_at(s->noise->coarse, 7 * at[AT_A] + (float)id->texture, 7 * b + at[AT_C]) - 0.5f;
    float mole = 0;
    for (int k = 0; k < FACET_SYNTH_MOLES; k++)
        if (id->mole[k][2] > 0 && at[AT_C] > 2)
            mole = maxf(mole, bump(at[AT_A] - id->mole[k][0], b - id->mole[k][1],
                                   0.16f + id->mole[k][2], 0.16f + id->mole[k][2]));
    float shade = (1 - dark) * (1 + 0.2f * mottle) * (1 - 0.7f * mole);
    at[AT_RED] = base[0] * shade * (1 + 0.03f * red);
    at[AT_GREEN] = base[1] * shade * (1 - 0.20f * red - 0.1f * dark);
    at[AT_BLUE] = base[2] * shade * (1 - 0.17f * red + 0.1f * dark);
    float oily = bump(x, b - 3.5f, 4.5f, 3.0f) + 1.3f * bump(x, b + 2.5f, 1.1f, 3.6f) +
                 0.7f * bump(x - 4.3f, b + 1.6f, 2.0f, 1.6f) +
                 0.4f * bump(x, b - l->chin_y, 2, 1.5f);
    at[AT_GLOSS] = 0.55f + 0.5f * front * oily;
    at[AT_SHADE] = mixf(1, baked_shade(l, x, b), front);
}

void synth_skin_build(struct facet_synth *s)
{
    float base[3];
    base_tone(&s->identity, base);
    struct synth_mesh *head = &s->part[PART_HEAD];
    for (int v = 0; v < mesh_count(head); v++) skin_vertex(s, base, head->at[v]);
    for (int side = 0; side < 2; side++) {
        struct synth_mesh *ear = &s->part[PART_EAR_LEFT + side];
        for (int v = 0; v < mesh_count(ear); v++) {
            float *at = ear->at[v];
            at[AT_RED] = base[0], at[AT_GREEN] = 0.84f * base[1], at[AT_BLUE] = 0.84f * base[2];
            at[AT_GLOSS] = 0.5f;
        }
    }
}
