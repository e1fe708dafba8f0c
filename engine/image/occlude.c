#include "image/occlude.h"

#include "base/error.h"
#include "base/parse.h"
#include "base/rng.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Width of the face that squares are pixels of; the most occlusions, and squares of one; the
 * farthest that a square can be placed. */
enum { FACE_WIDTH = 94, MOST = 512, MOST_SQUARES = 100, FARTHEST = 9999 };

static const struct kind {
    const char *name, *unit;
    int highest, fallback; /* level; 0 where one must be given */
} kinds[] = {
    [FACET_OCCLUDE_BOTTOM] = {"bottom", "percent", 100, 0},
    [FACET_OCCLUDE_TOP] = {"top", "percent", 100, 0},
    [FACET_OCCLUDE_LEFT] = {"left", "percent", 100, 0},
    [FACET_OCCLUDE_RIGHT] = {"right", "percent", 100, 0},
    [FACET_OCCLUDE_BLOCK] = {"block", "pixels", FACE_WIDTH, 0},
    [FACET_OCCLUDE_EYES] = {"eyes", "percent", 300, 100},
    [FACET_OCCLUDE_MOUTH] = {"mouth", "percent", 300, 100},
    [FACET_OCCLUDE_SQUARE] = {"square", "pixels", FACE_WIDTH, 0},
};
enum { KINDS = sizeof kinds / sizeof kinds[0] };

static const char *const fills[] = {"black", "grey", "mean", "noise", "blur"};
enum { FILLS = sizeof fills / sizeof fills[0] };

/* ---- what is asked for ---- */

static int find_kind(const char *item, size_t length, enum facet_occlusion_kind *kind)
{
    char known[128] = "";
    for (int i = 0; i < KINDS; i++) {
        if (strlen(kinds[i].name) == length && strncmp(kinds[i].name, item, length) == 0) {
            *kind = (enum facet_occlusion_kind)i;
            return FACET_OK;
        }
        facet_fail_list(known, sizeof known, kinds[i].name);
    }
    facet_fail_list(known, sizeof known, "slide");
    return facet_fail(FACET_EINVAL, "occlusion \"%s\": unknown kind (there are: %s)", item, known);
}

static int find_fill(const char *name, enum facet_occlusion_fill *fill)
{
    char known[128] = "";
    for (int i = 0; i < FILLS; i++) {
        if (strcmp(fills[i], name) == 0) {
            *fill = (enum facet_occlusion_fill)i;
            return FACET_OK;
        }
        facet_fail_list(known, sizeof known, fills[i]);
    }
    return facet_fail(FACET_EINVAL, "no fill is named \"%s\" (there are: %s)", name, known);
}

/* Adds `new` under its name. */
static int add(struct facet_occlusions *o, const char *item, struct facet_occlusion new)
{
    const char *kind = kinds[new.kind].name;
    if (o->count == MOST)
        return facet_fail(FACET_EINVAL, "occlusion \"%s\": more than %d occlusions", item, MOST);
    if (new.kind == FACET_OCCLUDE_SQUARE)
        snprintf(new.name, sizeof new.name, "%s:%d@%dx%d", kind, new.level, new.x, new.y);
    else
        snprintf(new.name, sizeof new.name, new.squares > 1 ? "%s:%dx%d" : "%s:%d", kind, new.level,
                 new.squares);
    for (size_t i = 0; i < o->count; i++)
        if (strcmp(o->list[i].name, new.name) == 0)
            return facet_fail(FACET_EINVAL, "occlusion \"%s\": %s is there twice", item, new.name);
    o->list[o->count++] = new;
    return FACET_OK;
}

/* A whole number at *text, which it steps over. */
static int read_number(const char *item, const char **text, int low, int high, const char *what,
                       int *number)
{
    char *end;
    long value = strtol(*text, &end, 10);
    if (end == *text || value < low || value > high || **text == '+' || **text == ' ')
        return facet_fail(FACET_EINVAL, "occlusion \"%s\": expected %s from %d to %d at \"%s\"",
                          item, what, low, high, *text);
    *text = end;
    *number = (int)value;
    return FACET_OK;
}

/* Steps over `c` at *text. */
static int read_sign(const char *item, const char **text, char c, const char *example)
{
    if (**text != c)
        return facet_fail(FACET_EINVAL, "occlusion \"%s\": expected '%c' at \"%s\", as in %s", item,
                          c, *text, example);
    (*text)++;
    return FACET_OK;
}

static int check_end(const char *item, const char *at)
{
    return *at == '\0' ? FACET_OK
                       : facet_fail(FACET_EINVAL, "occlusion \"%s\": unexpected \"%s\"", item, at);
}

/* square:SIDE@XxY */
static int read_square(struct facet_occlusions *o, const char *item, const char *at)
{
    static const char example[] = "square:20@12x45";
    struct facet_occlusion new = {.kind = FACET_OCCLUDE_SQUARE, .squares = 1};
    int code = read_number(item, &at, 1, FACE_WIDTH, "pixels", &new.level);
    if (code == FACET_OK) code = read_sign(item, &at, '@', example);
    if (code == FACET_OK) code = read_number(item, &at, 0, FARTHEST, "pixels", &new.x);
    if (code == FACET_OK) code = read_sign(item, &at, 'x', example);
    if (code == FACET_OK) code = read_number(item, &at, 0, FARTHEST, "pixels", &new.y);
    if (code == FACET_OK) code = check_end(item, at);
    return code == FACET_OK ? add(o, item, new) : code;
}

/* slide:SIDE/STEP, a square at every step, the places centred on the face */
static int read_slide(struct facet_occlusions *o, const char *item, const char *at,
                      const struct facet_preprocess *p)
{
    struct facet_occlusion new = {.kind = FACET_OCCLUDE_SQUARE, .squares = 1};
    const int high = FACE_WIDTH * p->height / p->width;
    const int least = high < FACE_WIDTH ? high : FACE_WIDTH;
    int step = 0;
    int code = read_number(item, &at, 1, least, "pixels", &new.level);
    if (code == FACET_OK) code = read_sign(item, &at, '/', "slide:20/10");
    if (code == FACET_OK) code = read_number(item, &at, 1, FACE_WIDTH, "a step", &step);
    if (code == FACET_OK) code = check_end(item, at);
    if (code < 0) return code;
    const int wide = FACE_WIDTH - new.level, tall = high - new.level;
    for (new.y = tall % step / 2; code == FACET_OK &&new.y <= tall; new.y += step)
        for (new.x = wide % step / 2; code == FACET_OK &&new.x <= wide; new.x += step)
            code = add(o, item, new);
    return code;
}

/* KIND[:LEVEL[-LAST/STEP]][xSQUARES], square:SIDE@XxY or slide:SIDE/STEP */
static int read_item(struct facet_occlusions *o, const char *item, const struct facet_preprocess *p)
{
    const char *at = item + strcspn(item, ":");
    if (strncmp(item, "slide:", strlen("slide:")) == 0) return read_slide(o, item, at + 1, p);
    enum facet_occlusion_kind kind = FACET_OCCLUDE_BOTTOM;
    int code = find_kind(item, (size_t)(at - item), &kind), first = 0, last, step = 1, squares = 1;
    if (code < 0) return code;
    const struct kind *k = &kinds[kind];
    if (*at == '\0') {
        if (k->fallback > 0)
            return add(o, item, (struct facet_occlusion){.kind = kind, .level = k->fallback});
        return facet_fail(FACET_EINVAL, "occlusion \"%s\": expected a level, as %s:30", item, item);
    }
    at++;
    if (kind == FACET_OCCLUDE_SQUARE) return read_square(o, item, at);
    code = read_number(item, &at, 1, k->highest, k->unit, &first);
    last = first;
    if (code == FACET_OK && *at == '-') {
        at++;
        code = read_number(item, &at, first, k->highest, k->unit, &last);
        if (code == FACET_OK && *at++ != '/')
            return facet_fail(FACET_EINVAL, "occlusion \"%s\": expected a step, as 10-70/10", item);
        if (code == FACET_OK) code = read_number(item, &at, 1, k->highest, "a step", &step);
    }
    if (code == FACET_OK && *at == 'x' && kind == FACET_OCCLUDE_BLOCK) {
        at++;
        code = read_number(item, &at, 1, MOST_SQUARES, "a number of squares", &squares);
    }
    if (code == FACET_OK) code = check_end(item, at);
    for (int level = first; code == FACET_OK && level <= last; level += step)
        code = add(o, item,
                   (struct facet_occlusion){.kind = kind, .level = level, .squares = squares});
    return code;
}

int facet_occlusions_new(struct facet_occlusions **occlusions, const char *spec, const char *fill,
                         uint64_t seed, const struct facet_preprocess *p)
{
    char **items = NULL;
    size_t count = 0;
    struct facet_occlusions *o = facet_alloc(1, sizeof *o, "occlusions");
    if (o == NULL) return FACET_ENOMEM;
    o->seed = seed;
    o->list = facet_alloc(MOST, sizeof *o->list, "occlusions");
    int code = o->list != NULL ? find_fill(fill, &o->fill) : FACET_ENOMEM;
    if (code == FACET_OK) code = facet_parse_list("occlusions", spec, ',', &items, &count);
    for (size_t i = 0; code == FACET_OK && i < count; i++) code = read_item(o, items[i], p);
    free(items);
    if (code < 0)
        facet_occlusions_free(&o);
    else
        *occlusions = o;
    return code;
}

void facet_occlusions_free(struct facet_occlusions **occlusions)
{
    if (*occlusions == NULL) return;
    free((*occlusions)->list);
    free(*occlusions);
    *occlusions = NULL;
}

int facet_occlusions_describe(const struct facet_occlusions *o, char **text)
{
    char *all = facet_format("%s, seed %llu:", fills[o->fill], (unsigned long long)o->seed);
    for (size_t i = 0; all != NULL && i < o->count; i++) {
        char *longer = facet_format("%s %s", all, o->list[i].name);
        free(all);
        all = longer;
    }
    *text = all;
    return all != NULL ? FACET_OK : FACET_ENOMEM;
}

/* Pixels of the input for pixels of a face that is FACE_WIDTH wide. */
static int scaled(int pixels, const struct facet_preprocess *p)
{
    return (int)floor((double)pixels * p->width / FACE_WIDTH + 0.5);
}

int facet_occlusions_check(const struct facet_occlusions *o, const struct facet_preprocess *p,
                           int *landmarks)
{
    *landmarks = 0;
    for (size_t i = 0; i < o->count; i++) {
        const struct facet_occlusion *one = &o->list[i];
        *landmarks |= one->kind == FACET_OCCLUDE_EYES || one->kind == FACET_OCCLUDE_MOUTH;
        if (one->kind != FACET_OCCLUDE_BLOCK && one->kind != FACET_OCCLUDE_SQUARE) continue;
        const int side = scaled(one->level, p), least = p->width < p->height ? p->width : p->height;
        if (side < 1 || side > least)
            return facet_fail(FACET_EINVAL,
                              "occlusion %s: a square of %d pixels doesn't fit into an input of "
                              "%d x %d",
                              one->name, side, p->width, p->height);
        if (one->x + one->level > FACE_WIDTH ||
            (one->y + one->level) * p->width > FACE_WIDTH * p->height)
            return facet_fail(FACET_EINVAL,
                              "occlusion %s: the square doesn't lie within a face of %d x %d",
                              one->name, FACE_WIDTH, FACE_WIDTH * p->height / p->width);
    }
    return FACET_OK;
}

/* ---- where ---- */

/* Rows y0 .. y1 - 1, columns x0 .. x1 - 1. */
struct rectangle {
    int x0, x1, y0, y1;
};

static int share(int size, int percent)
{
    return (int)floor(size * percent / 100.0 + 0.5);
}

static int inside(double x, int size)
{
    return x < 0 ? 0 : x > size ? size : (int)floor(x + 0.5);
}

/* Around points a and b: so many of their distances beyond them, and above and below. */
static struct rectangle around(const double *a, const double *b, double beyond, double beside,
                               double scale, const struct facet_preprocess *p)
{
    const double far = hypot(a[0] - b[0], a[1] - b[1]);
    const double x = (a[0] + b[0]) / 2, y = (a[1] + b[1]) / 2;
    const double half_w = scale * (fabs(a[0] - b[0]) / 2 + beyond * far);
    const double half_h = scale * (fabs(a[1] - b[1]) / 2 + beside * far);
    return (struct rectangle){inside(x - half_w, p->width), inside(x + half_w, p->width),
                              inside(y - half_h, p->height), inside(y + half_h, p->height)};
}

/* A square whose corner is at x, y, moved inwards where rounding puts it outside. */
static struct rectangle square_at(int x, int y, int side, const struct facet_preprocess *p)
{
    if (x > p->width - side) x = p->width - side;
    if (y > p->height - side) y = p->height - side;
    return (struct rectangle){x, x + side, y, y + side};
}

/* All but those whose place is drawn. */
static struct rectangle find(const struct facet_occlusion *o, const struct facet_preprocess *p,
                             const double *landmarks)
{
    struct rectangle r = {0, p->width, 0, p->height};
    switch (o->kind) {
    case FACET_OCCLUDE_BOTTOM:
        r.y0 = p->height - share(p->height, o->level);
        break;
    case FACET_OCCLUDE_TOP:
        r.y1 = share(p->height, o->level);
        break;
    case FACET_OCCLUDE_LEFT:
        r.x1 = share(p->width, o->level);
        break;
    case FACET_OCCLUDE_RIGHT:
        r.x0 = p->width - share(p->width, o->level);
        break;
    case FACET_OCCLUDE_EYES:
        return around(landmarks, landmarks + 2, 0.4, 0.3, o->level / 100.0, p);
    case FACET_OCCLUDE_MOUTH:
        return around(landmarks + 6, landmarks + 8, 0.25, 0.4, o->level / 100.0, p);
    case FACET_OCCLUDE_SQUARE:
        return square_at(scaled(o->x, p), scaled(o->y, p), scaled(o->level, p), p);
    case FACET_OCCLUDE_BLOCK:
        assert(0);
    }
    return r;
}

static struct rectangle draw_square(gsl_rng *rng, int side, const struct facet_preprocess *p)
{
    const double u = gsl_rng_uniform(rng), v = gsl_rng_uniform(rng);
    return square_at((int)(u * (p->width - side + 1)), (int)(v * (p->height - side + 1)), side, p);
}

/* ---- with what ---- */

/* Along one axis of each of `lines` lines: to = from weighted by weight[-reach .. reach] around it;
 * beyond the ends the nearest value. */
static void blur(const float *from, int count, size_t step, size_t lines, size_t line,
                 const double *weight, int reach, float *to)
{
    for (size_t l = 0; l < lines; l++, from += line, to += line)
        for (int i = 0; i < count; i++) {
            double sum = 0;
            for (int d = -reach; d <= reach; d++) {
                const int at = i + d < 0 ? 0 : i + d >= count ? count - 1 : i + d;
                sum += weight[d] * (double)from[(size_t)at * step];
            }
            to[(size_t)i * step] = (float)sum;
        }
}

/* Gaussian, sd a tenth of the width. */
static int blur_face(const struct facet_preprocess *p, const float *values, float *cover)
{
    const size_t width = (size_t)p->width, height = (size_t)p->height;
    const double sd = p->width / 10.0;
    const int reach = (int)ceil(3 * sd);
    double *weights = facet_alloc(2 * (size_t)reach + 1, sizeof *weights, "blur"), sum = 0;
    float *half = facet_alloc(width, height * sizeof *half, "blur");
    const int code = weights != NULL && half != NULL ? FACET_OK : FACET_ENOMEM;
    for (int d = 0; code == FACET_OK && d <= 2 * reach; d++)
        sum += weights[d] = exp(-(d - reach) * (d - reach) / (2 * sd * sd));
    for (int d = 0; code == FACET_OK && d <= 2 * reach; d++) weights[d] /= sum;
    for (int c = 0; code == FACET_OK && c < p->channels; c++) {
        const size_t at = (size_t)c * width * height;
        blur(values + at, p->width, 1, height, width, weights + reach, reach, half);
        blur(half, p->height, width, width, 1, weights + reach, reach, cover + at);
    }
    free(weights);
    free(half);
    return code;
}

static int draw_noise(uint64_t seed, const char *image, size_t count, float *cover)
{
    gsl_rng *rng = facet_rng_new(seed, facet_rng_stream(image) ^ facet_rng_stream("noise"));
    if (rng == NULL) return FACET_ENOMEM;
    for (size_t i = 0; i < count; i++) cover[i] = (float)(255 * gsl_rng_uniform(rng));
    gsl_rng_free(rng);
    return FACET_OK;
}

int facet_occlusions_cover(const struct facet_occlusions *o, const struct facet_preprocess *p,
                           const char *image, const float *values, float *cover)
{
    const size_t plane = (size_t)(p->width * p->height), count = (size_t)p->channels * plane;
    if (o->fill == FACET_FILL_BLUR) return blur_face(p, values, cover);
    if (o->fill == FACET_FILL_NOISE) return draw_noise(o->seed, image, count, cover);
    for (size_t i = 0; i < count; i++)
        cover[i] = o->fill == FACET_FILL_GREY   ? 127.5f
                   : o->fill == FACET_FILL_MEAN ? (float)p->mean[i / plane]
                                                : 0;
    return FACET_OK;
}

static void hide(struct rectangle r, const struct facet_preprocess *p, const float *cover,
                 float *values)
{
    const size_t width = (size_t)p->width;
    if (r.x1 <= r.x0) return;
    for (int c = 0; c < p->channels; c++)
        for (int y = r.y0; y < r.y1; y++) {
            const size_t at = ((size_t)c * (size_t)p->height + (size_t)y) * width + (size_t)r.x0;
            memcpy(values + at, cover + at, (size_t)(r.x1 - r.x0) * sizeof *values);
        }
}

int facet_occlude(const struct facet_occlusions *occlusions, size_t which,
                  const struct facet_preprocess *p, const double *landmarks, const char *image,
                  const float *cover, float *values)
{
    const struct facet_occlusion *o = &occlusions->list[which];
    if (o->kind != FACET_OCCLUDE_BLOCK) {
        hide(find(o, p, landmarks), p, cover, values);
        return FACET_OK;
    }
    gsl_rng *rng = facet_rng_new(occlusions->seed, facet_rng_stream(image));
    if (rng == NULL) return FACET_ENOMEM;
    for (int i = 0; i < o->squares; i++)
        hide(draw_square(rng, scaled(o->level, p), p), p, cover, values);
    gsl_rng_free(rng);
    return FACET_OK;
}
