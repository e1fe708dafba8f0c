/* What is behind the head, and what the camera makes of the light: averaging of samples, lens blur,
 * noise of the sensor, exposure, white balance, contrast and the sRGB curve. */
#include "synth/develop.h"
#include "base/rng.h"
#include "synth/draw.h"

#include <string.h>

static float blob(const struct facet_synth *s, float x, float y, float scale, float shift)
{
    return noise_at(s->noise->coarse, scale * x + shift, scale * y + 3.7f * shift);
}

static void backdrop_color(const struct facet_synth *s, const struct facet_synth_view *v, float x,
                           float y, float out[3])
{
    float scale = 22 * (float)v->background_scale, shift = (float)(v->noise_stream % 9973);
    float across = clampf(0.5f + 2.6f * (blob(s, x, y, scale, shift) - 0.5f), 0, 1);
    float down = clampf(y + 2.0f * (blob(s, x, y, scale, shift + 101) - 0.5f), 0, 1);
    float grain = 1 + (float)v->background_grain * 2 * (blob(s, x, y, 4 * scale, shift) - 0.5f);
    for (int c = 0; c < 3; c++)
        out[c] = grain * mixf(mixf(v->background[0][c], v->background[1][c], across),
                              mixf(v->background[2][c], v->background[3][c], across), down);
}

/* The background is out of focus: a coarse grid of colours, interpolated where nothing covers it.
 */
void synth_backdrop(struct facet_synth *s, const struct facet_synth_view *view)
{
    int cols = BACKDROP_COLS(s->wide), rows = BACKDROP_COLS(s->high);
    for (int i = 0; i < rows; i++)
        for (int j = 0; j < cols; j++)
            backdrop_color(s, view, (float)j / (float)(cols - 1), (float)i / (float)(rows - 1),
                           s->backdrop + 3 * (i * cols + j));
    for (int y = 0; y < s->high; y++)
        for (int x = 0; x < s->wide; x++) {
            size_t at = (size_t)y * (size_t)s->wide + (size_t)x;
            if (s->fragment[at].part >= 0) continue;
            int i = y / BACKDROP_STEP, j = x / BACKDROP_STEP;
            float u = (float)(x % BACKDROP_STEP) / BACKDROP_STEP,
                  v = (float)(y % BACKDROP_STEP) / BACKDROP_STEP;
            const float *p = s->backdrop + 3 * (i * cols + j), *q = p + 3 * cols;
            for (int c = 0; c < 3; c++)
                s->color[3 * at + (size_t)c] =
                    mixf(mixf(p[c], p[3 + c], u), mixf(q[c], q[3 + c], u), v);
        }
}

static void shrink(struct facet_synth *s)
{
    size_t step = 3 * (size_t)s->wide;
    for (int y = 0; y < s->height; y++) {
        const float *p = s->color + (size_t)(OVERSAMPLE * y) * step;
        float *out = s->small + 3 * (size_t)y * (size_t)s->width;
        for (int x = 0; x < s->width; x++, p += 3 * OVERSAMPLE, out += 3)
            for (int c = 0; c < 3; c++)
                out[c] = 0.25f * (minf(p[c], 4) + minf(p[3 + c], 4) + minf(p[step + (size_t)c], 4) +
                                  minf(p[step + 3 + (size_t)c], 4));
    }
}

enum { BLUR_RADIUS = 6 };

/* One pass of a symmetric kernel along rows (stride 3) or columns; edges are repeated. */
static void blur_pass(const float *in, float *out, int width, int height, int vertical,
                      const float *kernel, int radius)
{
    for (int y = 0; y < height; y++) {
        float *o = out + 3 * (size_t)y * (size_t)width;
        if (vertical) memset(o, 0, 3 * (size_t)width * sizeof *o);
        for (int k = -radius; k <= radius; k++) {
            float weight = kernel[k < 0 ? -k : k];
            int row = (int)clampf((float)(y + k), 0, (float)(height - 1));
            if (vertical) {
                const float *p = in + 3 * (size_t)row * (size_t)width;
                for (int x = 0; x < 3 * width; x++) o[x] += weight * p[x];
            }
        }
        if (vertical) continue;
        const float *p = in + 3 * (size_t)y * (size_t)width;
        for (int x = 0; x < width; x++)
            for (int c = 0; c < 3; c++) {
                float sum = 0;
                for (int k = -radius; k <= radius; k++) {
                    int col = x + k < 0 ? 0 : x + k >= width ? width - 1 : x + k;
                    sum += kernel[k < 0 ? -k : k] * p[3 * col + c];
                }
                o[3 * x + c] = sum;
            }
    }
}

static void blur(struct facet_synth *s, float sigma)
{
    if (sigma < 0.2f) return;
    float kernel[BLUR_RADIUS + 1], total = 0;
    int radius = (int)ceilf(2.6f * sigma);
    if (radius > BLUR_RADIUS) radius = BLUR_RADIUS;
    for (int k = 0; k <= radius; k++) {
        kernel[k] = expf(-0.5f * (float)(k * k) / (sigma * sigma));
        total += k == 0 ? kernel[k] : 2 * kernel[k];
    }
    for (int k = 0; k <= radius; k++) kernel[k] /= total;
    blur_pass(s->small, s->spare, s->width, s->height, 0, kernel, radius);
    blur_pass(s->spare, s->small, s->width, s->height, 1, kernel, radius);
}

/* Highlights roll off instead of clipping; then the sRGB transfer curve (IEC 61966-2-1). */
void synth_curve_fill(float *curve)
{
    for (int i = 0; i < CURVE_SIZE; i++) {
        float x = (float)i / CURVE_UNIT;
        if (x > 0.55f) x = 0.55f + 0.45f * (1 - expf(-(x - 0.55f) / 0.45f));
        curve[i] = x <= 0.0031308f ? 12.92f * x : 1.055f * powf(x, 1 / 2.4f) - 0.055f;
    }
}

void synth_develop(struct facet_synth *s, const struct facet_synth_view *view,
                   struct facet_image *image)
{
    shrink(s);
    blur(s, (float)view->blur);
    float gain[3], contrast = 255 * (float)view->contrast, saturation = (float)view->saturation;
    float light = (float)view->exposure * (1 + 1.1f * (float)s->identity.skin_tone);
    for (int c = 0; c < 3; c++) gain[c] = light * view->balance[c];
    uint64_t draw = view->noise_seed ^ view->noise_stream;
    for (int y = 0; y < s->height; y++) {
        const float *p = s->small + 3 * (size_t)y * (size_t)s->width;
        uint8_t *out = image->pixels + 3 * (size_t)y * (size_t)s->width;
        /* Every row starts at another place of the table of normal deviates. */
        draw = draw * 6364136223846793005u + 1442695040888963407u;
        const float *deviate = s->deviates + (draw >> 40) % (DEVIATES - 3 * (uint64_t)s->width);
        for (int x = 0; x < s->width; x++, p += 3, out += 3, deviate += 3) {
            const float pivot = 0.45f;
            /* Photon noise grows with the root of the light, over a floor of read-out noise. */
            float grain = (float)view->noise * (0.35f + sqrtf(maxf(p[1] * gain[1], 0)));
            float v[3];
            for (int c = 0; c < 3; c++) {
                float level = p[c] * gain[c];
                level += deviate[c] * grain;
                int index = (int)(clampf(level, 0, 3.999f) * CURVE_UNIT + 0.5f);
                v[c] = s->curve[index];
            }
            float grey = 0.299f * v[0] + 0.587f * v[1] + 0.114f * v[2];
            for (int c = 0; c < 3; c++) {
                float value = grey + saturation * (v[c] - grey);
                value = 255 * pivot + contrast * (value - pivot);
                out[c] = (uint8_t)(clampf(value, 0, 255) + 0.5f);
            }
        }
    }
}
