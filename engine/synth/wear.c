/* What people wear: hat, glasses, clothes. */
#include "synth/model.h"

#include <string.h>

static void paint(struct synth_mesh *mesh, const float color[3], float gloss)
{
    for (int v = 0; v < mesh_count(mesh); v++) {
        float *at = mesh->at[v];
        memcpy(at, mesh->neutral[v], 3 * sizeof(float)); /* AT_A, AT_B, AT_C */
        memcpy(at + AT_RED, color, 3 * sizeof(float));
        at[AT_GLOSS] = gloss;
        if (at[AT_SHADE] == 0) at[AT_SHADE] = 1;
    }
}

/* Where the hat's edge lies on the head. */
static float hat_edge(const struct facet_synth *s, float theta)
{
    float low = 2.75f + 0.5f * (float)(s->identity.texture % 17) / 16;
    float front = 0.5f + 0.5f * cosf(theta);
    return s->identity.hat_kind == 0 ? mixf(-0.5f, low, front) : mixf(1.2f, low, front);
}

/* Point of the hat: t from the crown, 0, to its edge, which lies on row `edge` of the skull. */
static void hat_point(const struct facet_synth *s, float t, float theta, float edge, float out[3])
{
    synth_skull(s, edge * (0.06f + 0.94f * t), theta, out);
    int kind = s->identity.hat_kind;
    float hair = s->part[PART_DRAPE].active || s->identity.hair == HAIR_CURLY ? 0.75f : 0.3f;
    float away = 1.035f + 0.075f * hair + (kind == 0 ? 0.035f * smooth(0.72f, 0.78f, t) : 0);
    float tall = kind == 2 ? 1.9f * smooth(1.0f, 0.6f, t) : 0.9f * smooth(1.0f, 0.3f, t);
    if (kind == 2) away += 0.10f * smooth(0.9f, 0.35f, t) * smooth(0.0f, 0.4f, t);
    out[0] *= away;
    out[1] = 2 + (out[1] - 2) * away + tall;
    out[2] = -0.4f + (out[2] + 0.4f) * away + 0.25f * smooth(0, 1, cosf(theta));
}

#define VISOR_REACH 1.25f /* azimuth at which the visor of a cap ends */

/* Point of a visor or brim, t from 0 at the hat's edge to 1. */
static void brim_point(int kind, float t, float theta, const float edge[3], float out[3])
{
    if (kind == 1) {
        float w = theta / VISOR_REACH, length = 6.2f * t * sqrtf(maxf(0, 1 - w * w));
        out[0] = edge[0] * (1 + 0.03f * length);
        out[1] =
            edge[1] - 0.10f * length - 0.0175f * length * length - 0.0275f * edge[0] * edge[0] * t;
        out[2] = edge[2] + length;
    } else {
        float length = 5.0f * t, side = sinf(theta);
        out[0] = edge[0] + length * side;
        out[1] = edge[1] - 0.16f * length + 0.12f * t * length * side * side;
        out[2] = edge[2] + length * cosf(theta);
    }
}

static void build_hat(struct facet_synth *s)
{
    struct synth_mesh *hat = &s->part[PART_HAT], *brim = &s->part[PART_BRIM];
    int kind = s->identity.hat_kind;
    for (int j = 0; j < hat->cols; j++) {
        float theta = SYNTH_PI * (2 * (float)j / (float)(hat->cols - 1) - 1);
        float edge = synth_skull_row(s, theta, hat_edge(s, theta));
        for (int i = 0; i < hat->rows; i++) {
            float t = (float)i / (float)(hat->rows - 1);
            int v = i * hat->cols + j;
            hat_point(s, t, theta, edge, hat->neutral[v]);
            hat->at[v][AT_SHADE] = kind == 0 ? 1 - 0.4f * bump(t - 0.74f, 0, 0.035f, 1)
                                             : 1 - 0.25f * bump(t - 0.97f, 0, 0.05f, 1);
            if (kind == 2 && t > 0.8f) hat->at[v][AT_SHADE] = 0.35f; /* the band */
        }
    }
    for (int j = 0; j < brim->cols; j++) {
        float theta =
            (kind == 1 ? VISOR_REACH : SYNTH_PI) * (2 * (float)j / (float)(brim->cols - 1) - 1);
        float edge[3];
        hat_point(s, 1, theta, synth_skull_row(s, theta, hat_edge(s, theta)), edge);
        for (int i = 0; i < brim->rows; i++) {
            float t = (float)i / (float)(brim->rows - 1);
            brim_point(kind, t, theta, edge, brim->neutral[i * brim->cols + j]);
        }
    }
    paint(hat, s->identity.hat_color, 0.12f);
    paint(brim, s->identity.hat_color, 0.12f);
}

/* A tube of radii `thick` (across, along `up`) round a path of mesh->cols points. */
static void tube(struct synth_mesh *mesh, float (*path)[3], const float up[3], float thick,
                 float deep)
{
    for (int j = 0; j < mesh->cols; j++) {
        const float *before = path[j > 0 ? j - 1 : 0];
        const float *after = path[j + 1 < mesh->cols ? j + 1 : j];
        float t[3] = {after[0] - before[0], after[1] - before[1], after[2] - before[2]};
        float across[3] = {t[1] * up[2] - t[2] * up[1], t[2] * up[0] - t[0] * up[2],
                           t[0] * up[1] - t[1] * up[0]};
        normalize3(across);
        for (int i = 0; i < mesh->rows; i++) {
            float angle = 2 * SYNTH_PI * (float)i / (float)(mesh->rows - 1);
            for (int c = 0; c < 3; c++)
                mesh->neutral[i * mesh->cols + j][c] =
                    path[j][c] + thick * cosf(angle) * across[c] + deep * sinf(angle) * up[c];
        }
    }
}

enum { RIM_POINTS = 41 };

struct glasses {
    float center, half_wide, half_high, power, y, thick;
};

static struct glasses glasses_shape(const struct facet_synth *s)
{
    static const float shapes[4][4] = {{2.55f, 1.5f, 4, 0.12f},
                                       {2.25f, 2.1f, 2, 0.09f},
                                       {2.65f, 2.0f, 2.5f, 0.08f},
                                       {2.6f, 1.8f, 3.4f, 0.2f}};
    const float *k = shapes[s->identity.glasses_kind & 3];
    float size = (float)s->identity.glasses_size;
    struct glasses g = {.center = s->layout.eye_x + 0.15f,
                        .half_wide = k[0] * size,
                        .half_high = k[1] * size,
                        .power = k[2],
                        .y = -0.3f,
                        .thick = k[3]};
    float inner = g.center - g.half_wide; /* the bridge is at least 1.2 cm wide */
    if (inner < 0.6f) g.half_wide -= 0.6f - inner;
    return g;
}

static float lens_depth(float x)
{
    return 9.95f - 0.042f * x * x;
}

/* Outline of a lens; radius 1 is the rim. */
static void lens_point(const struct glasses *g, float sign, float angle, float radius, float out[3])
{
    float c = cosf(angle), d = sinf(angle);
    float r = radius / powf(powf(fabsf(c), g->power) + powf(fabsf(d), g->power), 1 / g->power);
    out[0] = sign * (g->center + g->half_wide * r * c);
    out[1] = g->y + g->half_high * r * d;
    out[2] = lens_depth(out[0]);
}

static void build_rim(struct facet_synth *s, const struct glasses *g, int side)
{
    struct synth_mesh *rim = &s->part[PART_RIM_LEFT + side];
    struct synth_mesh *lens = &s->part[PART_LENS_LEFT + side];
    float path[RIM_POINTS][3], sign = side == 0 ? -1.0f : 1.0f;
    for (int j = 0; j < rim->cols; j++)
        lens_point(g, sign, 2 * SYNTH_PI * (float)j / (float)(rim->cols - 1), 1, path[j]);
    /* The tangent at the seam must see its neighbour on the other side: close the path. */
    tube(rim, path, (const float[3]){0, 0, 1}, g->thick, 0.16f);
    for (int i = 0; i < rim->rows; i++)
        for (int c = 0; c < 3; c++) {
            float *first = &rim->neutral[i * rim->cols][c];
            float *last = &rim->neutral[i * rim->cols + rim->cols - 1][c];
            *first = *last = 0.5f * (*first + *last);
        }
    for (int i = 0; i < lens->rows; i++)
        for (int j = 0; j < lens->cols; j++)
            lens_point(g, sign, 2 * SYNTH_PI * (float)j / (float)(lens->cols - 1),
                       (float)i / (float)(lens->rows - 1), lens->neutral[i * lens->cols + j]);
    paint(rim, s->identity.glasses_color, 1.2f);
    paint(lens, s->identity.glasses_color, 1);
}

static void build_glasses(struct facet_synth *s)
{
    struct glasses g = glasses_shape(s);
    const float *color = s->identity.glasses_color;
    for (int side = 0; side < 2; side++) build_rim(s, &g, side);
    struct synth_mesh *bridge = &s->part[PART_BRIDGE];
    float path[RIM_POINTS][3], inner = g.center - g.half_wide;
    for (int j = 0; j < bridge->cols; j++) {
        float x = inner * (2 * (float)j / (float)(bridge->cols - 1) - 1), w = x / inner;
        path[j][0] = x;
        path[j][1] = g.y + 0.35f + 0.3f * (1 - w * w);
        path[j][2] = lens_depth(x) + 0.3f * (1 - w * w);
    }
    tube(bridge, path, (const float[3]){0, 0, 1}, 0.85f * g.thick, 0.13f);
    paint(bridge, color, 1.2f);
    for (int side = 0; side < 2; side++) {
        struct synth_mesh *arm = &s->part[PART_ARM_LEFT + side];
        float sign = side == 0 ? -1.0f : 1.0f, outer = g.center + g.half_wide, wall[3];
        synth_skull(s, synth_skull_row(s, SYNTH_PI / 2, 0.3f), SYNTH_PI / 2, wall);
        for (int j = 0; j < arm->cols; j++) {
            float t = (float)j / (float)(arm->cols - 1);
            path[j][0] = sign * mixf(outer, wall[0] + 0.25f, smooth(0, 0.25f, t));
            path[j][1] = g.y + 0.6f - 0.2f * t;
            path[j][2] = mixf(lens_depth(outer), -1.5f, t);
        }
        tube(arm, path, (const float[3]){0, 1, 0}, 0.08f, maxf(0.14f, g.thick));
        paint(arm, color, 1.0f);
    }
}

static void build_torso(struct facet_synth *s)
{
    struct synth_mesh *torso = &s->part[PART_TORSO];
    for (int i = 0; i < torso->rows; i++)
        for (int j = 0; j < torso->cols; j++) {
            float t = (float)i / (float)(torso->rows - 1);
            float theta = SYNTH_PI * (2 * (float)j / (float)(torso->cols - 1) - 1);
            float build = s->identity.male ? 1.0f : 0.86f;
            float wide = 5.9f + 16 * build * smooth(-0.2f, 0.75f, t) - 2.5f;
            float deep = 5.2f + 5.5f * smooth(0, 0.6f, t);
            float *p = torso->neutral[i * torso->cols + j];
            p[0] = wide * sinf(theta);
            p[1] = -14.6f - 5.0f * t - 14 * smooth(0.55f, 1.2f, t) -
                   1.6f * smooth(0, 1, cosf(theta)) + (i == 0 ? -0.6f : 0);
            p[2] = -2.0f + deep * cosf(theta);
            torso->at[i * torso->cols + j][AT_SHADE] = 1 - 0.35f * bump(t - 0.14f, 0, 0.05f, 1);
        }
    paint(torso, (const float[3]){0.2f, 0.2f, 0.2f}, 0.1f);
}

void synth_wear_build(struct facet_synth *s)
{
    build_hat(s);
    build_glasses(s);
    build_torso(s);
}
