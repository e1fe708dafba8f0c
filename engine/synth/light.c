/* Occlusion found in the depth buffer, at the picture's resolution: shadows cast by the key light,
 * and how open each point is to light from all round. */
#include "synth/model.h"

enum { SHADOW_STEPS = 8, SHADOW_PHASES = 4, RING = 4 };

/* Where to look in the depth map, in pixels from a point, and how far away that is, cm. */
struct tap {
    int dx, dy;
    float far;
};

struct probe {
    struct tap shadow[SHADOW_PHASES][SHADOW_STEPS];
    struct tap ring[RING]; /* one of each pair of opposite neighbours */
    float rise;            /* of a ray to the light, cm for a cm */
};

static int nearest(float x)
{
    return (int)floorf(x + 0.5f);
}

static struct probe aim(const struct facet_synth *s)
{
    static const float ways[RING][3] = {
        {1, 0, 0.75f}, {0, 1, 0.75f}, {0.7f, 0.7f, 2}, {0.7f, -0.7f, 2}};
    const float *key = s->light.key;
    float scale = s->scale / OVERSAMPLE; /* pixels in a centimetre */
    float x = (s->cosine * key[0] + s->sine * key[1]) / OVERSAMPLE;
    float y = (s->sine * key[0] - s->cosine * key[1]) / OVERSAMPLE;
    struct probe probe = {.rise = key[2]};
    for (int p = 0; p < SHADOW_PHASES; p++)
        for (int i = 0; i < SHADOW_STEPS; i++) {
            /* Neighbours step at different places, and are averaged afterwards: no bands. */
            float k = (float)i + 0.6f + (float)p / SHADOW_PHASES, far = 0.3f * k + 0.07f * k * k;
            probe.shadow[p][i] = (struct tap){nearest(far * x), nearest(far * y), far};
        }
    for (int r = 0; r < RING; r++) {
        float far = ways[r][2] * scale;
        probe.ring[r] =
            (struct tap){nearest(far * ways[r][0]), nearest(far * ways[r][1]), ways[r][2]};
    }
    return probe;
}

static float depth_at(const struct facet_synth *s, int x, int y)
{
    /* As unsigned numbers, negative ones are too large as well. */
    if ((unsigned)x >= (unsigned)s->width || (unsigned)y >= (unsigned)s->height) return -1000;
    return s->depth[y * s->width + x];
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
static float lit(const struct facet_synth *s, int x, int y, const struct probe *probe)
{
    const struct tap *taps = probe->shadow[(x & 1) + 2 * (y & 1)];
    float z = s->depth[y * s->width + x], dark = 0;
    for (int k = 0; k < SHADOW_STEPS; k++) {
        float far = taps[k].far;
        float above = depth_at(s, x + taps[k].dx, y + taps[k].dy) - (z + far * probe->rise) - 0.12f;
        if (above <= 0 || above > 5) continue;
        float covers = above / (0.10f + 0.16f * far);
        if (covers > dark) dark = covers;
    }
    return dark >= 1 ? 0 : 1 - dark;
}

/* Pairs of opposite neighbours that are nearer than the point between them close it in. */
static float openness(const struct facet_synth *s, int x, int y, const struct probe *probe)
{
    float z = s->depth[y * s->width + x], closed = 0;
    for (int r = 0; r < RING; r++) {
        const struct tap *tap = &probe->ring[r];
        float one = maxf(depth_at(s, x + tap->dx, y + tap->dy), z - 2);
        float two = maxf(depth_at(s, x - tap->dx, y - tap->dy), z - 2);
        closed += clampf((0.5f * (one + two) - z) / tap->far, 0, 0.8f);
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
    const struct probe probe = aim(s);
    shrink_depth(s);
    for (int y = 0; y < s->height; y++)
        for (int x = 0; x < s->width; x++) {
            int at = y * s->width + x, empty = s->depth[at] < -999;
            s->shadow[at] = empty ? 1 : lit(s, x, y, &probe);
            s->open[at] = empty ? 1 : openness(s, x, y, &probe);
        }
    smooth_rows(s, s->shadow, s->spare);
    smooth_columns(s, s->spare, s->shadow);
    smooth_rows(s, s->open, s->spare);
    smooth_columns(s, s->spare, s->open);
}
