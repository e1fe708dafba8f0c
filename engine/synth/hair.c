/* Hair of the head (coverage and loft over the scalp, long hair, a bun), brows and beard. */
#include "synth/model.h"

/* Height of the hairline above the eyes over azimuth; the first three move with the person. */
static const float line_azimuth[] = {0,     0.4f,  0.65f, 0.86f, 1.0f, 1.1f, 1.2f,
                                     1.34f, 1.46f, 1.7f,  1.85f, 2.1f, 3.2f};
static const float line_height[] = {0,     -0.1f, -0.5f, 2.6f,  1.2f,  -0.6f, -2.3f,
                                    -2.3f, 0.6f,  0.3f,  -5.0f, -8.8f, -9.2f};

enum { LINE_POINTS = sizeof line_azimuth / sizeof *line_azimuth };

static float hair_line(const struct facet_synth_identity *id, float azimuth)
{
    float theta = fabsf(azimuth);
    int i = 0;
    while (i + 2 < LINE_POINTS && line_azimuth[i + 1] < theta) i++;
    float y[2];
    for (int k = 0; k < 2; k++) y[k] = line_height[i + k] + (i + k < 3 ? (float)id->hair_line : 0);
    float t = (theta - line_azimuth[i]) / (line_azimuth[i + 1] - line_azimuth[i]);
    float height = mixf(y[0], y[1], smooth(0, 1, t));
    float back = (float)id->recession;
    height +=
        2.6f * back * bump(theta - 0.62f, 0, 0.55f, 1) + 1.3f * back * back * bump(theta, 0, 1, 1);
    return height;
}

/* How far (cm, roughly) inside the hair a point of the scalp lies; negative on bare skin. */
static float hair_depth(const struct facet_synth *s, float azimuth, float y)
{
    const struct facet_synth_identity *id = &s->identity;
    float theta = fabsf(azimuth);
    float depth = y - hair_line(id, azimuth);
    if (id->hair == HAIR_BALD) {
        if (id->texture & 1) return -9;
        float rim = minf(4.2f - y, (theta - 1.05f) * 7);
        return minf(depth, rim);
    }
    if (id->hair == HAIR_FRINGE || (id->hair == HAIR_BOB && id->texture & 1)) {
        float ends = 2.5f + 0.3f * sinf(7 * azimuth + (float)(id->texture & 7)) + 0.8f * theta;
        depth = maxf(depth, (y - ends) * smooth(1.05f, 0.85f, theta) -
                                4 * (1 - smooth(1.05f, 0.85f, theta)));
    }
    if (id->hair == HAIR_SWEPT || id->hair == HAIR_LONG) {
        /* A lock falls over the temple on the side away from the parting. */
        float side = azimuth * (id->parting > 0 ? -1.0f : 1.0f);
        float lock = bump(side - 0.68f, 0, 0.34f, 1);
        depth += (id->hair == HAIR_LONG ? 1.7f : 0.8f) * lock;
    }
    return depth;
}

static const float lofts[HAIR_STYLES] = {
    [HAIR_BALD] = 0.15f, [HAIR_BUZZ] = 0.2f,  [HAIR_SHORT] = 0.9f,
    [HAIR_SWEPT] = 1.7f, [HAIR_CURLY] = 2.2f, [HAIR_FRINGE] = 1.1f,
    [HAIR_BOB] = 1.4f,   [HAIR_LONG] = 1.2f,  [HAIR_TIED] = 0.35f,
};

static void strand_place(const struct facet_synth *s, float azimuth, const float p[3], float at[])
{
    float sway = s->identity.parting > 0 ? 1.0f : -1.0f;
    switch (s->identity.hair) {
    case HAIR_SWEPT:
        at[AT_ACROSS] = 0.9f * p[2] + 0.2f * p[1] + 0.3f * sway * p[0];
        at[AT_ALONG] = p[0];
        break;
    case HAIR_TIED:
        at[AT_ACROSS] = p[0] + 0.3f * p[1];
        at[AT_ALONG] = p[2];
        break;
    default:
        at[AT_ACROSS] = 8 * azimuth;
        at[AT_ALONG] = p[1] + p[2];
    }
}

static void scalp_vertex(struct facet_synth *s, int i, int j)
{
    struct synth_mesh *head = &s->part[PART_HEAD];
    int v = i * head->cols + j;
    float *at = head->at[v], azimuth = synth_azimuth(j), y = at[AT_B];
    float depth = hair_depth(s, azimuth, y);
    enum facet_synth_hair style = s->identity.hair;
    float edge = style == HAIR_BUZZ || style == HAIR_BALD ? 1.6f : 0.9f;
    at[AT_HAIR] = clampf(0.5f + depth / edge, 0, 1);
    float high = lofts[style] * (float)s->identity.volume * smooth(-0.2f, 1.6f, depth);
    if (style <= HAIR_SWEPT) high *= mixf(0.35f, 1.0f, smooth(1.0f, 6.0f, y));
    if (style == HAIR_CURLY)
        high *= 0.72f + 0.75f * noise_at(s->noise->coarse, 60 * azimuth, 11 * y + at[AT_C]);
    float out[3] = {at[AT_A] / 54, (y - 1.0f) / 100, at[AT_C] / 86};
    normalize3(out);
    for (int c = 0; c < 3; c++) head->loft[v][c] = high * out[c];
    strand_place(s, azimuth, at, at);
}

/* Long hair: a curtain round the head, open in front. */
static void build_drape(struct facet_synth *s)
{
    struct synth_mesh *drape = &s->part[PART_DRAPE];
    const struct facet_synth_identity *id = &s->identity;
    drape->active = id->hair == HAIR_BOB || id->hair == HAIR_LONG;
    if (!drape->active) return;
    float vary = (float)(id->texture % 101) / 100;
    float end = id->hair == HAIR_BOB ? -8.0f - 3 * vary : -17.0f;
    float gap = 0.92f - 0.14f * vary, volume = (float)id->volume;
    float wave = (id->texture & 2) ? 0.35f : 0.06f;
    for (int i = 0; i < drape->rows; i++) {
        float t = (float)i / (float)(drape->rows - 1), y = mixf(8.2f, end, t), p[3];
        synth_skull(s, synth_skull_row(s, SYNTH_PI / 2, maxf(y, 0.5f)), SYNTH_PI / 2, p);
        float wide = p[0] + volume * mixf(0.45f, 1.25f, smooth(7, 2, y));
        float fall = smooth(0, end, y);
        wide += (id->hair == HAIR_BOB ? 0.7f : 1.3f) * fall -
                (id->hair == HAIR_BOB ? 2.2f : 0) * smooth(0.86f, 1.05f, t);
        for (int j = 0; j < drape->cols; j++) {
            float q = 2 * (float)j / (float)(drape->cols - 1) - 1; /* -1, 1: the two front edges */
            float open = gap - 0.1f * fall + 0.09f * sinf(0.5f * y + 3 * q);
            float theta = SYNTH_PI - (SYNTH_PI - open) * fabsf(q) * 1.0f,
                  side = q < 0 ? -1.0f : 1.0f;
            float roll = 1 - 0.17f * smooth(0.86f, 1.0f, fabsf(q)) - 0.02f * fabsf(q);
            float curl = wave * sinf(1.1f * y + 9 * theta * side) + 0.12f * sinf(31 * theta * side);
            float r = roll * (1 + 0.05f * curl);
            float *at = drape->at[i * drape->cols + j], *v = drape->neutral[i * drape->cols + j];
            v[0] = side * wide * r * sinf(theta);
            v[1] = y;
            v[2] = -0.4f + (wide + 1.0f) * r * cosf(theta);
            at[AT_A] = v[0], at[AT_B] = v[1], at[AT_C] = v[2];
            at[AT_HAIR] = 1;
            at[AT_ACROSS] = 8 * theta * side + wave * sinf(1.1f * y + 9 * theta * side);
            at[AT_ALONG] = y;
            at[AT_SHADE] =
                mixf(1, 0.55f, smooth(0.9f, 1, fabsf(q))) * (0.9f + 0.1f * sinf(31 * theta * side));
        }
    }
}

static void build_bun(struct facet_synth *s)
{
    struct synth_mesh *bun = &s->part[PART_BUN];
    bun->active = s->identity.hair == HAIR_TIED;
    if (!bun->active) return;
    for (int i = 0; i < bun->rows; i++)
        for (int j = 0; j < bun->cols; j++) {
            float up = SYNTH_PI * (float)i / (float)(bun->rows - 1);
            float round = 2 * SYNTH_PI * (float)j / (float)(bun->cols - 1);
            float *at = bun->at[i * bun->cols + j], *v = bun->neutral[i * bun->cols + j];
            v[0] = 2.7f * sinf(up) * sinf(round);
            v[1] = 11.2f + 2.4f * cosf(up);
            v[2] = -4.0f + 2.7f * sinf(up) * cosf(round);
            at[AT_A] = v[0], at[AT_B] = v[1], at[AT_C] = v[2];
            at[AT_HAIR] = at[AT_SHADE] = 1;
            at[AT_ACROSS] = v[0] + v[1];
            at[AT_ALONG] = v[0] - v[1];
        }
}

void synth_hair_build(struct facet_synth *s)
{
    struct synth_mesh *head = &s->part[PART_HEAD];
    for (int i = 0; i < head->rows; i++)
        for (int j = 0; j < head->cols; j++) scalp_vertex(s, i, j);
    build_drape(s);
    build_bun(s);
}

static float brow_cover(const struct facet_synth_identity *id, float x, float b)
{
    float from = 0.95f, to = 5.0f + 0.15f * (float)id->trait[TRAIT_BROW_LENGTH];
    float t = (x - from) / (to - from);
    if (t < -0.1f || t > 1.1f) return 0;
    float arch = 0.38f + 0.16f * (float)id->trait[TRAIT_BROW_ARCH];
    float line = 1.78f + 0.16f * (float)id->trait[TRAIT_BROW_HEIGHT];
    float rise = t < 0.65f ? sinf(t / 0.65f * SYNTH_PI / 2) : 1 - (t - 0.65f) * (t - 0.65f) * 9;
    float half = (0.36f + 0.085f * (float)id->trait[TRAIT_BROW_THICK]) * (1 - 0.72f * t * t);
    half = maxf(half, 0.12f);
    float d = fabsf(b - line - arch * rise) / half;
    float ends = smooth(-0.1f, 0.25f, t) * smooth(1.08f, 0.8f, t);
    return smooth(1.5f, 0.2f, d) * ends;
}

static float beard_cover(const struct facet_synth *s, float x, float b, float front)
{
    const struct synth_layout *l = &s->layout;
    float cheek = b - mixf(l->mouth_y + 1.5f, -2.6f,
                           0.25f * smooth(1.5f, 4.5f, x) + 0.75f * smooth(4.0f, 7.0f, x));
    float region =
        smooth(0.7f, -1.3f, cheek) * smooth(-14.0f, -12.0f, b) * smooth(-0.25f, 0.05f, front);
    float lip = bump(x - 1.3f, b - l->mouth_y + l->lip_lower + 0.55f, 1.0f, 0.75f);
    float beside = smooth(l->mouth_half - 0.35f, l->mouth_half + 0.5f, x);
    float below = smooth(l->mouth_y - l->lip_lower + 0.1f, l->mouth_y - l->lip_lower - 0.4f, b);
    return region * maxf(beside, below) * (1 - 0.55f * lip);
}

static float mustache_cover(const struct facet_synth *s, float x, float b)
{
    const struct synth_layout *l = &s->layout;
    float drop = 0.9f * smooth(1.2f, l->mouth_half + 0.7f, x);
    float low = l->mouth_y + l->lip_upper * 0.72f - drop,
          high = l->nose_base + 0.05f - 1.15f * drop;
    return smooth(low - 0.35f, low + 0.25f, b) * smooth(high + 0.3f, high - 0.6f, b) *
           smooth(l->mouth_half + 1.0f, l->mouth_half - 0.4f, x) *
           (1 - 0.35f * bump(x, 0, 0.35f, 1));
}

void synth_fuzz_build(struct facet_synth *s)
{
    struct synth_mesh *head = &s->part[PART_HEAD];
    const struct facet_synth_identity *id = &s->identity;
    for (int v = 0; v < mesh_count(head); v++) {
        float *at = head->at[v], x = fabsf(at[AT_A]), b = at[AT_B];
        at[AT_FUZZ] = at[AT_GROWTH] = 0;
        if (b > 6 || at[AT_C] < -2) continue;
        at[AT_FUZZ] = at[AT_C] > 3 && b > 0 ? brow_cover(id, x, b) : 0;
        float beard = (float)id->beard * beard_cover(s, x, b, at[AT_C] / 9);
        float lip = at[AT_C] > 3 ? (float)id->mustache * mustache_cover(s, x, b) : 0;
        float grown = maxf(beard, lip);
        at[AT_GROWTH] = grown;
        if (grown > 0.4f)
            for (int c = 0; c < 3; c++)
                head->loft[v][c] += 0.045f * at[AT_A + c] * smooth(0.4f, 1, grown);
    }
}
