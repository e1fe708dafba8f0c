/* Occlusion found in the depth buffer, at the picture's resolution: shadows cast by the key light,
 * and how open each point is to light from all round. */
#include "synth/model.h"

enum { SHADOW_STEPS = 8 };

static float depth_at(const struct facet_synth *s, float x, float y)
{
    int ix = (int)(x + 0.5f), iy = (int)(y + 0.5f);
    /* As unsigned numbers, negative ones are too large as well. */
    if ((unsigned)ix >= (unsigned)s->width || (unsigned)iy >= (unsigned)s->height) return -1000;
    return s->depth[iy * s->width + ix];
}

/* The nearest of the samples that make up each pixel. */
static void shrink_depth(struct facet_synth *s)
{
    for (int y = 0; y < s->height; y++)
        for (int x = 0; x < s->width; x++) {
            const struct synth_fragment *f =
                s->fragment + (size_t)(OVERSAMPLE * y) * (size_t)s->wide + OVERSAMPLE * x;
            float near =
                maxf(maxf(f[0].depth, f[1].depth), maxf(f[s->wide].depth, f[s->wide + 1].depth));
            s->depth[y * s->width + x] = near;
        }
}

/* Walks from a point towards the light: 1 where nothing stands in between. */
static float lit(const struct facet_synth *s, int x, int y, const float step[3])
{
    float z = s->depth[y * s->width + x], dark = 0;
    /* Neighbours step at different places, and are averaged afterwards: no bands. */
    float phase = 0.25f * (float)((x & 1) + 2 * (y & 1));
    for (int i = 0; i < SHADOW_STEPS; i++) {
        float k = (float)i + 0.6f + phase, t = 0.3f * k + 0.07f * k * k; /* cm */
        float ahead = depth_at(s, (float)x + t * step[0], (float)y + t * step[1]);
        float above = ahead - (z + t * step[2]) - 0.12f;
        if (above <= 0 || above > 5) continue;
        float covers = above / (0.10f + 0.16f * t);
        if (covers > dark) dark = covers;
    }
    return dark >= 1 ? 0 : 1 - dark;
}

/* Pairs of opposite neighbours that are nearer than the point between them close it in. */
static float openness(const struct facet_synth *s, int x, int y, float scale)
{
    static const float ways[4][2] = {{1, 0}, {0, 1}, {0.7f, 0.7f}, {0.7f, -0.7f}};
    static const float radii[2] = {0.75f, 2.0f};
    float z = s->depth[y * s->width + x], closed = 0;
    for (int r = 0; r < 2; r++)
        for (int k = 2 * r; k < 2 + 2 * r; k++) {
            float dx = ways[k][0] * radii[r] * scale, dy = ways[k][1] * radii[r] * scale;
            float one = maxf(depth_at(s, (float)x + dx, (float)y + dy), z - 2);
            float two = maxf(depth_at(s, (float)x - dx, (float)y - dy), z - 2);
            closed += clampf((0.5f * (one + two) - z) / radii[r], 0, 0.8f);
        }
    return 1 / (1 + 1.1f * closed);
}

static void smooth_rows(const struct facet_synth *s, const float *in, float *out)
{
    for (int y = 0; y < s->height; y++)
        for (int x = 0; x < s->width; x++) {
            int left = x > 0 ? x - 1 : 0, right = x + 1 < s->width ? x + 1 : x;
            const float *row = in + y * s->width;
            out[y * s->width + x] = 0.25f * row[left] + 0.5f * row[x] + 0.25f * row[right];
        }
}

static void smooth_columns(const struct facet_synth *s, const float *in, float *out)
{
    for (int y = 0; y < s->height; y++) {
        const float *up = in + (y > 0 ? y - 1 : 0) * s->width;
        const float *row = in + y * s->width;
        const float *down = in + (y + 1 < s->height ? y + 1 : y) * s->width;
        for (int x = 0; x < s->width; x++)
            out[y * s->width + x] = 0.25f * up[x] + 0.5f * row[x] + 0.25f * down[x];
    }
}

void synth_occlude(struct facet_synth *s)
{
    shrink_depth(s);
    float scale = s->scale / OVERSAMPLE; /* pixels in a centimetre */
    const float *key = s->light.key;
    const float step[3] = {(s->cosine * key[0] + s->sine * key[1]) / OVERSAMPLE,
                           (s->sine * key[0] - s->cosine * key[1]) / OVERSAMPLE, key[2]};
    for (int y = 0; y < s->height; y++)
        for (int x = 0; x < s->width; x++) {
            int at = y * s->width + x, empty = s->depth[at] < -999;
            s->shadow[at] = empty ? 1 : lit(s, x, y, step);
            s->open[at] = empty ? 1 : openness(s, x, y, scale);
        }
    smooth_rows(s, s->shadow, s->spare);
    smooth_columns(s, s->spare, s->shadow);
    smooth_rows(s, s->open, s->spare);
    smooth_columns(s, s->spare, s->open);
}
