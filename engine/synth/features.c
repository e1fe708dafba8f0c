/* Eyes and mouth, painted over the skin at the resolution of the samples. */
#include "synth/model.h"

#include <string.h>

static void blend(float color[3], const float other[3], float amount)
{
    for (int c = 0; c < 3; c++) color[c] = mixf(color[c], other[c], amount);
}

static void dim(float color[3], float factor)
{
    for (int c = 0; c < 3; c++) color[c] *= factor;
}

/* Bends the normal towards one given in the head's frame. */
static void bend(const struct facet_synth *s, const float head_normal[3], float amount,
                 float normal[3])
{
    for (int r = 0; r < 3; r++)
        normal[r] = mixf(normal[r], dot3(s->turn + 3 * r, head_normal), amount);
    normalize3(normal);
}

/* Sclera, iris and pupil at (x, y) from the eye's centre, inside the lids. */
static void eyeball(const struct facet_synth *s, const struct facet_synth_view *view, float x,
                    float y, float grain, float color[3])
{
    const float sclera[3] = {0.50f, 0.47f, 0.445f}, pupil[3] = {0.004f, 0.004f, 0.004f};
    const float *iris = s->identity.iris;
    float size = s->layout.iris, edge = 0.7f * grain;
    float ix = x - 1.15f * (float)view->gaze_x, iy = y - 0.06f - 1.15f * (float)view->gaze_y;
    float r = sqrtf(ix * ix + iy * iy);
    memcpy(color, sclera, sizeof sclera);
    float corner = smooth(0.7f, 1.6f, fabsf(x));
    color[1] *= 1 - 0.22f * corner;
    color[2] *= 1 - 0.25f * corner;
    float fibre = noise_at(s->noise->fine, 40 * ix / (r + 0.05f), 40 * iy / (r + 0.05f));
    float tone = (0.65f + 0.7f * fibre) * mixf(0.8f, 1.35f, smooth(0.6f, 0.3f, r / size)) *
                 mixf(1, 0.3f, smooth(0.75f, 1.0f, r / size)) * (1.15f - 0.6f * iy);
    const float ring[3] = {iris[0] * tone, iris[1] * tone, iris[2] * tone};
    blend(color, ring, smooth(size + edge, size - edge, r));
    blend(color, pupil, smooth(0.25f + edge, 0.25f - edge, r));
    /* The cornea bulges and mirrors the key light. */
    float n[3] = {ix / 0.8f, iy / 0.8f, 0}, out[3];
    n[2] = sqrtf(maxf(0.05f, 1 - n[0] * n[0] - n[1] * n[1]));
    normalize3(n);
    for (int k = 0; k < 3; k++) out[k] = dot3(s->turn + 3 * k, n);
    float shine = maxf(0, dot3(out, s->light.key_half)) * (r < 0.66f ? 1.0f : 0.0f);
    for (int k = 0; k < 7; k++) shine *= shine;
    for (int c = 0; c < 3; c++) color[c] += 1.5f * shine;
}

void synth_paint_eye(const struct facet_synth *s, const struct facet_synth_view *view, float a,
                     float b, float grain, float color[3], float normal[3], float *gloss,
                     float *shade)
{
    const struct synth_layout *l = &s->layout;
    float side = a < 0 ? -1.0f : 1.0f, x = fabsf(a) - l->eye_x, y = b - l->eye_y;
    float u = x + l->eye_tilt * y, v = y - l->eye_tilt * x;
    float e = u / l->eye_half;
    if (fabsf(e) > 1.25f) return;
    float round = maxf(0, 1 - e * e), closed = (float)view->lids, squint = (float)view->squint;
    float rise = l->eye_upper * (1 - 0.16f * squint);
    float drop = l->eye_lower * (1 - 0.3f * squint);
    float upper =
        mixf(rise, -0.75f * drop, clampf(closed, -0.2f, 1)) * powf(round, 0.72f) * (1 - 0.1f * e);
    float lower = -drop * round * (1 + 0.12f * e);
    float above = upper - v, below = v - lower; /* positive inside the opening */
    float inside =
        smooth(-0.6f * grain, 0.6f * grain, minf(above, below)) * (round > 0 ? 1.0f : 0.0f);
    if (inside > 0) {
        float ball[3], n[3] = {0.62f * side * x, 0.62f * y, 0};
        eyeball(s, view, side * x, y, grain, ball);
        dim(ball, (0.36f + 0.64f * smooth(-0.02f, 0.42f, above)) *
                      (1 - 0.35f * (float)s->identity.skin_tone));
        n[2] = sqrtf(maxf(0.1f, 1 - n[0] * n[0] - n[1] * n[1]));
        blend(color, ball, inside);
        bend(s, n, inside, normal);
        *gloss = mixf(*gloss, 0.3f, inside);
        *shade = mixf(*shade, 1, inside);
    }
    float span = smooth(1.16f, 0.9f, fabsf(e)), paint = (float)s->identity.make_up;
    float lash = smooth(0.16f + 0.07f * paint, 0.02f, fabsf(above + 0.05f)) * span;
    float lower_lash = smooth(0.12f, 0.0f, fabsf(below)) * span * (0.35f + 0.25f * paint);
    float fold = v - (rise * powf(round, 0.6f) +
                      l->crease * (1 - 0.25f * e * e) * (1 - 0.8f * maxf(0, closed)));
    float crease = smooth(0.17f, 0.0f, fabsf(fold)) * span * smooth(0.02f, 0.2f, l->crease) * 0.42f;
    dim(color, (1 - (0.72f + 0.2f * paint) * lash) * (1 - lower_lash) * (1 - crease));
}

/* Teeth and the dark behind them. `down` runs 0 .. 1 from the upper to the lower lip. */
static void mouth_inside(const struct facet_synth *s, float a, float down, float gap,
                         float color[3])
{
    float h = fabsf(a) / s->layout.mouth_half;
    float teeth = clampf(0.72f / (gap + 0.01f), 0, 1.2f); /* share of the gap that teeth fill */
    const float dark[3] = {0.05f, 0.014f, 0.012f}, enamel[3] = {0.74f, 0.70f, 0.61f};
    float width = mixf(0.86f, 0.66f, smooth(0.6f, 1.6f, fabsf(a)));
    float seam = fabsf(a / width - floorf(a / width + 0.5f)) * width;
    float tooth = smooth(teeth + 0.06f, teeth - 0.06f, down) * smooth(0.98f, 0.72f, h);
    memcpy(color, dark, sizeof dark);
    blend(color, enamel, tooth);
    dim(color, (1 - 0.32f * smooth(0.07f, 0.0f, seam) * tooth) *
                   mixf(1, 0.5f, smooth(0.3f, 0.95f, h)) * (0.62f + 0.38f * smooth(0, 0.3f, down)));
}

static void lip_color(const struct facet_synth *s, float a, float b, const float skin[3],
                      float lip[3])
{
    const struct facet_synth_identity *id = &s->identity;
    float red = clampf(0.75f + 0.14f * (float)id->trait[TRAIT_LIP_RED], 0.35f, 1.2f);
    const float factor[3] = {0.93f, 0.60f, 0.64f};
    const float stick[3] = {0.42f, 0.05f, 0.07f};
    for (int c = 0; c < 3; c++) lip[c] = skin[c] * mixf(1, factor[c], red);
    for (int c = 0; c < 3; c++)
        lip[c] = mixf(lip[c], stick[c] * (0.5f + 0.7f * skin[0]), 0.62f * (float)id->make_up);
    dim(lip, 0.82f + 0.36f * noise_at(s->noise->fine, 30 * a, 5 * b));
}

void synth_paint_mouth(const struct facet_synth *s, const struct facet_synth_view *view, float a,
                       float b, float grain, float color[3], float normal[3], float *gloss,
                       float *shade)
{
    const struct synth_layout *l = &s->layout;
    float h = fabsf(a) / l->mouth_half;
    float y = b - l->mouth_y - l->mouth_curve * h * h;
    if (h > 1.12f || y > l->lip_upper + 0.3f || y < -l->lip_lower - 0.8f) return;
    float round = maxf(0, 1 - h * h), open = (float)view->open, smile = maxf(0, (float)view->smile);
    float gap = open * (0.75f + 0.25f * smile) * powf(round, 0.55f);
    float high = 0.10f * gap, low = -0.36f * gap;
    float thin = 1 - 0.18f * smile;
    float bow = 1 - 0.2f * bump(a, 0, 0.55f, 1) + 0.05f * bump(fabsf(a) - 0.6f, 0, 0.5f, 1);
    float top = high + l->lip_upper * thin * powf(round, 0.8f) * bow;
    float bottom = low - l->lip_lower * thin * powf(round, 0.62f);
    float soft = 0.09f + 0.5f * grain;
    float vermilion = smooth(top + soft, top - soft, y) * smooth(bottom - soft, bottom + soft, y) *
                      (round > 0 ? 1.0f : 0.0f);
    float lip[3];
    lip_color(s, a, b, s->lip_skin, lip);
    blend(color, lip, vermilion);
    *gloss = mixf(*gloss, 0.9f + 0.8f * (float)s->identity.make_up, vermilion);
    float within = smooth(low - 0.5f * grain, low + 0.5f * grain, y) *
                   smooth(high + 0.5f * grain, high - 0.5f * grain, y) * smooth(0.03f, 0.12f, gap);
    if (within > 0) {
        float inner[3], n[3] = {0.12f * a, 0, 1};
        mouth_inside(s, a, clampf((high - y) / (high - low + 1e-4f), 0, 1), 1.45f * gap, inner);
        blend(color, inner, within);
        normalize3(n);
        bend(s, n, within, normal);
        *gloss = mixf(*gloss, 0.8f, within);
    }
    float line =
        smooth(0.13f, 0.0f, minf(fabsf(y - high), fabsf(y - low))) * smooth(1.06f, 0.94f, h);
    float shut = 1 - 0.55f * smooth(0.03f, 0.2f, gap);
    *shade *= 1 - 0.62f * line * shut;
}
