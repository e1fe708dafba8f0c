#include "image/augment.h"

#include "base/clones.h"
#include "image/align.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_BLUR = 10, MOST_RADIUS = 3 * MOST_BLUR };

struct facet_augment facet_augment_none(void)
{
    return (struct facet_augment){0};
}

struct facet_augment facet_augment_default(void)
{
    return (struct facet_augment){.mirror = 1,
                                  .shift = 2,
                                  .scale = 0.08,
                                  .rotate = 6,
                                  .aspect = 0.04,
                                  .light = 25,
                                  .colour = 0.08,
                                  .blur = 0.8,
                                  .noise = 4,
                                  .grey = 0.1};
}

int facet_augment_check(const struct facet_augment *a, const char *where)
{
    const struct {
        const char *name;
        double value, most;
    } fields[] = {
        {"mirror", a->mirror, 1},   {"shift", a->shift, 1000},    {"scale", a->scale, 3},
        {"rotate", a->rotate, 180}, {"aspect", a->aspect, 3},     {"light", a->light, 255},
        {"colour", a->colour, 2},   {"blur", a->blur, MOST_BLUR}, {"noise", a->noise, 255},
        {"grey", a->grey, 1},       {"erase", a->erase, 1},
    };
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        if (!(fields[i].value >= 0 && fields[i].value <= fields[i].most))
            return facet_fail(FACET_EINVAL, "%s: %s of random views is %g, expected 0 to %g", where,
                              fields[i].name, fields[i].value, fields[i].most);
    return FACET_OK;
}

/* What is drawn for every view, whatever the fields are. New draws go to the end. */
struct draws {
    double mirror, shift_x, shift_y, scale, rotate, aspect, brightness, contrast, gains[3];
    double is_blurred, blur, noise, grey;
    double is_erased, area, shape, left, top, fill;
    uint32_t seed; /* of the noise */
};

static double either_way(gsl_rng *rng)
{
    return 2 * gsl_rng_uniform(rng) - 1;
}

/* In [0, 1), and [-1, 1) where it goes both ways. */
static struct draws draw(gsl_rng *rng)
{
    struct draws d;
    d.mirror = gsl_rng_uniform(rng);
    d.shift_x = either_way(rng);
    d.shift_y = either_way(rng);
    d.scale = either_way(rng);
    d.rotate = either_way(rng);
    d.aspect = either_way(rng);
    d.brightness = either_way(rng);
    d.contrast = either_way(rng);
    for (int c = 0; c < 3; c++) d.gains[c] = either_way(rng);
    d.is_blurred = gsl_rng_uniform(rng);
    d.blur = gsl_rng_uniform(rng);
    d.noise = gsl_rng_uniform(rng);
    d.grey = gsl_rng_uniform(rng);
    d.is_erased = gsl_rng_uniform(rng);
    d.area = gsl_rng_uniform(rng);
    d.shape = either_way(rng);
    d.left = gsl_rng_uniform(rng);
    d.top = gsl_rng_uniform(rng);
    d.fill = gsl_rng_uniform(rng);
    d.seed = (uint32_t)gsl_rng_get(rng);
    return d;
}

/* The aligned face is put at middle + turn (stretch (place - middle)) + shift; the map looks from
 * the view back. */
static void move(struct facet_map *map, const struct facet_preprocess *p,
                 const struct facet_augment *a, const struct draws *d)
{
    double size = exp(d->scale * log1p(a->scale)), stretch = exp(d->aspect * log1p(a->aspect) / 2);
    double angle = d->rotate * a->rotate * acos(-1) / 180, c = cos(angle), s = sin(angle);
    double x = p->width / 2.0, y = p->height / 2.0;
    double kx = 1 / (size * stretch), ky = stretch / size;
    struct facet_map back = {.xu = kx * c, .xv = kx * s, .yu = -ky * s, .yv = ky * c};
    double from_x = x + d->shift_x * a->shift, from_y = y + d->shift_y * a->shift;
    back.x0 = x - back.xu * from_x - back.xv * from_y;
    back.y0 = y - back.yu * from_x - back.yv * from_y;
    const struct facet_map m = *map;
    *map = (struct facet_map){
        .xu = m.xu * back.xu + m.xv * back.yu,
        .xv = m.xu * back.xv + m.xv * back.yv,
        .x0 = m.xu * back.x0 + m.xv * back.y0 + m.x0,
        .yu = m.yu * back.xu + m.yv * back.yu,
        .yv = m.yu * back.xv + m.yv * back.yv,
        .y0 = m.yu * back.x0 + m.yv * back.y0 + m.y0,
    };
}

/* Eight sums side by side, as one would have to wait for itself. */
static double find_mean(const float *values, size_t count)
{
    double sums[8] = {0}, sum = 0;
    size_t i = 0;
    for (; i + 8 <= count; i += 8)
        for (size_t l = 0; l < 8; l++) sums[l] += values[i + l];
    for (; i < count; i++) sum += values[i];
    for (size_t l = 0; l < 8; l++) sum += sums[l];
    return sum / (double)count;
}

FACET_CLONES
static void scale_plane(float *restrict values, size_t count, float gain, float add)
{
    for (size_t i = 0; i < count; i++) values[i] = values[i] * gain + add;
}

/* Gains, then contrast about the mean of all channels, then brightness: one line for a channel. */
static void light(const struct facet_preprocess *p, const struct facet_augment *a,
                  const struct draws *d, float *out)
{
    size_t plane = (size_t)p->width * (size_t)p->height;
    double gains[3] = {1, 1, 1}, mean = 0;
    for (int c = 0; c < 3 && p->channels == 3; c++) gains[c] = exp(d->gains[c] * a->colour);
    double sum = gains[0] + gains[1] + gains[2];
    for (int c = 0; c < p->channels; c++) {
        gains[c] *= 3 / sum;
        mean += gains[c] * find_mean(out + (size_t)c * plane, plane) / p->channels;
    }
    double contrast = exp(d->contrast * a->light / 128), bright = d->brightness * a->light;
    for (int c = 0; c < p->channels; c++)
        scale_plane(out + (size_t)c * plane, plane, (float)(gains[c] * contrast),
                    (float)(mean - contrast * mean + bright));
}

/* line (width + 2 radius) has a row with its ends repeated. */
FACET_CLONES
static void blur_row(const float *restrict line, const float *restrict weights, int radius,
                     float *restrict out, int width)
{
    for (int x = 0; x < width; x++) out[x] = 0;
    for (int k = 0; k <= 2 * radius; k++)
        for (int x = 0; x < width; x++) out[x] += weights[k] * line[k + x];
}

FACET_CLONES
static void blur_column(const float *const *restrict rows, const float *restrict weights,
                        int radius, float *restrict out, int width)
{
    for (int x = 0; x < width; x++) out[x] = 0;
    for (int k = 0; k <= 2 * radius; k++) {
        const float *restrict row = rows[k], weight = weights[k];
        for (int x = 0; x < width; x++) out[x] += weight * row[x];
    }
}

static int clip_index(int i, int count)
{
    return i < 0 ? 0 : i < count ? i : count - 1;
}

/* space: (height, width), then a line of width + 2 radius. */
static void blur_plane(float *out, int width, int height, const float *weights, int radius,
                       float *space)
{
    const float *rows[2 * MOST_RADIUS + 1];
    const size_t w = (size_t)width;
    float *line = space + w * (size_t)height;
    for (int y = 0; y < height; y++) {
        const float *row = out + (size_t)y * w;
        for (int x = 0; x < radius; x++) {
            line[x] = row[0];
            line[radius + width + x] = row[width - 1];
        }
        memcpy(line + radius, row, w * sizeof *line);
        blur_row(line, weights, radius, space + (size_t)y * w, width);
    }
    for (int y = 0; y < height; y++) {
        for (int k = 0; k <= 2 * radius; k++)
            rows[k] = space + (size_t)clip_index(y + k - radius, height) * w;
        blur_column(rows, weights, radius, out + (size_t)y * w, width);
    }
}

static int blur(const struct facet_preprocess *p, double sd, float *out)
{
    float weights[2 * MOST_RADIUS + 1];
    int radius = (int)ceil(3 * sd);
    double sum = 0;
    if (sd < 0.1) return FACET_OK; /* the neighbours' weights are 1e-22 */
    for (int k = -radius; k <= radius; k++) sum += exp(-k * k / (2 * sd * sd));
    for (int k = -radius; k <= radius; k++)
        weights[k + radius] = (float)(exp(-k * k / (2 * sd * sd)) / sum);
    size_t plane = (size_t)p->width * (size_t)p->height;
    float *space = facet_alloc(plane + (size_t)(p->width + 2 * radius), sizeof *space, "blur");
    if (space == NULL) return FACET_ENOMEM;
    for (int c = 0; c < p->channels; c++)
        blur_plane(out + (size_t)c * plane, p->width, p->height, weights, radius, space);
    free(space);
    return FACET_OK;
}

/* A hash of 32 bits (lowbias32, Wellons 2018): the place's own random number, in any order. */
static inline uint32_t mix(uint32_t x)
{
    x = (x ^ (x >> 16)) * 0x7feb352du;
    x = (x ^ (x >> 15)) * 0x846ca68bu;
    return x ^ (x >> 16);
}

/* The sum of four bytes has the mean 510 and the variance 4 (256^2 - 1) / 12 = 21845. */
FACET_CLONES
static void add_noise(float *restrict values, size_t count, uint32_t seed, float sd)
{
    const float unit = sd / 147.80054f;
    for (size_t i = 0; i < count; i++) {
        uint32_t x = mix((uint32_t)i * 0x9e3779b9u + seed);
        uint32_t pairs = (x & 0x00ff00ffu) + (x >> 8 & 0x00ff00ffu);
        int sum = (int)((pairs & 0xffffu) + (pairs >> 16));
        values[i] += (float)(sum - 510) * unit;
    }
}

static void make_grey(const struct facet_preprocess *p, float *out)
{
    size_t plane = (size_t)p->width * (size_t)p->height;
    int bgr = strcmp(p->order, "bgr") == 0;
    float *r = out + (bgr ? 2 * plane : 0), *g = out + plane, *b = out + (bgr ? 0 : 2 * plane);
    for (size_t i = 0; i < plane; i++)
        r[i] = g[i] = b[i] = 0.299f * r[i] + 0.587f * g[i] + 0.114f * b[i];
}

static void erase(const struct facet_preprocess *p, const struct draws *d, float *out)
{
    size_t plane = (size_t)p->width * (size_t)p->height;
    double area = (0.02 + 0.23 * d->area) * (double)plane, shape = exp(d->shape * log(10 / 3.0));
    int h = clip_index((int)lround(sqrt(area * shape)) - 1, p->height) + 1;
    int w = clip_index((int)lround(sqrt(area / shape)) - 1, p->width) + 1;
    int left = (int)(d->left * (p->width - w + 1)), top = (int)(d->top * (p->height - h + 1));
    for (int c = 0; c < p->channels; c++) {
        float *values = out + (size_t)c * plane;
        const float mean = (float)find_mean(values, plane);
        for (int y = top; y < top + h; y++)
            for (int x = left; x < left + w; x++) {
                uint32_t at = (uint32_t)((c * p->height + y) * p->width + x);
                uint32_t random = mix(~d->seed + at * 0x9e3779b9u) >> 24;
                values[y * p->width + x] = d->fill < 0.5 ? mean : (float)random;
            }
    }
}

FACET_CLONES
static void clip(float *values, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        float v = values[i] > 0 ? values[i] : 0;
        values[i] = v < 255 ? v : 255;
    }
}

static int change_values(const struct facet_preprocess *p, const struct facet_augment *a,
                         const struct draws *d, float *out)
{
    size_t count = (size_t)p->channels * (size_t)p->width * (size_t)p->height;
    if (a->light > 0 || (a->colour > 0 && p->channels == 3)) light(p, a, d, out);
    int code = a->blur > 0 && d->is_blurred < 0.5 ? blur(p, d->blur * a->blur, out) : FACET_OK;
    if (code < 0) return code;
    if (a->noise > 0) add_noise(out, count, d->seed, (float)(d->noise * a->noise));
    if (p->channels == 3 && d->grey < a->grey) make_grey(p, out);
    if (d->is_erased < a->erase) erase(p, d, out);
    if (a->light > 0 || a->colour > 0 || a->noise > 0) clip(out, count);
    return FACET_OK;
}

int facet_augment_see(const struct facet_preprocess *p, const struct facet_augment *a,
                      const struct facet_image *image, const float *landmarks, const char *name,
                      gsl_rng *rng, float *out)
{
    const struct draws d = draw(rng);
    struct facet_map map;
    int moves = a->shift > 0 || a->scale > 0 || a->rotate > 0 || a->aspect > 0;
    int code = facet_align_map(p, image, landmarks, name, &map);
    if (code < 0) return code;
    if (moves) move(&map, p, a, &d);
    code = facet_align_resample(p, image, &map, moves, name, out);
    if (code < 0) return code;
    if (a->mirror && d.mirror < 0.5) facet_preprocess_mirror(p, out);
    return change_values(p, a, &d, out);
}
