/* Which surface each sample sees: a z-buffer over the meshes' triangles. */
#include "synth/model.h"

#include <string.h>

struct corner {
    float x, y, z, u, v;
};

/* The first sample at or after `low` that is in the picture: ceil() without the call. */
static int first_sample(float low)
{
    if (low <= 0) return 0;
    int whole = (int)low;
    return whole + ((float)whole < low);
}

/* Draws one triangle; the order of its corners decides nothing. */
static void draw_triangle(struct facet_synth *s, int part, const struct corner *a,
                          const struct corner *b, const struct corner *c, float area)
{
    float low_x = minf(a->x, minf(b->x, c->x)), high_x = maxf(a->x, maxf(b->x, c->x));
    float low_y = minf(a->y, minf(b->y, c->y)), high_y = maxf(a->y, maxf(b->y, c->y));
    if (high_x < 0 || high_y < 0) return;
    int x0 = first_sample(low_x), x1 = (int)minf(high_x, (float)(s->wide - 1));
    int y0 = first_sample(low_y), y1 = (int)minf(high_y, (float)(s->high - 1));
    if (x0 > x1 || y0 > y1) return;
    float inverse = 1 / area;
    /* Weights of b and c grow linearly over the picture. */
    float bx = (c->y - a->y) * inverse, by = -(c->x - a->x) * inverse;
    float cx = -(b->y - a->y) * inverse, cy = (b->x - a->x) * inverse;
    float zb = b->z - a->z, zc = c->z - a->z, ub = b->u - a->u, uc = c->u - a->u;
    float vb = b->v - a->v, vc = c->v - a->v;
    for (int y = y0; y <= y1; y++) {
        float dx = (float)x0 - a->x, dy = (float)y - a->y;
        float wb = dx * bx + dy * by, wc = dx * cx + dy * cy;
        struct synth_fragment *f = s->fragment + (size_t)y * (size_t)s->wide + x0;
        int entered = 0;
        for (int x = x0; x <= x1; x++, f++, wb += bx, wc += cx) {
            /* A hair of slack, so that rounding leaves no gaps between neighbours. */
            if (wb < -1e-4f || wc < -1e-4f || wb + wc > 1.0001f) {
                if (entered) break; /* a triangle is left once in a row */
                continue;
            }
            entered = 1;
            float depth = a->z + wb * zb + wc * zc;
            if (depth <= f->depth) continue;
            f->depth = depth;
            f->u = a->u + wb * ub + wc * uc;
            f->v = a->v + wb * vb + wc * vc;
            f->part = part;
        }
    }
}

/* Area of the triangle, twice, with the sign of its turn. */
static float turn(const float *a, const float *b, const float *c)
{
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]);
}

static int outside(const struct facet_synth *s, const float *a, const float *b, const float *c,
                   const float *d)
{
    float w = (float)s->wide, h = (float)s->high;
    return (a[0] < 0 && b[0] < 0 && c[0] < 0 && d[0] < 0) ||
           (a[1] < 0 && b[1] < 0 && c[1] < 0 && d[1] < 0) ||
           (a[0] > w && b[0] > w && c[0] > w && d[0] > w) ||
           (a[1] > h && b[1] > h && c[1] > h && d[1] > h);
}

static void draw_quad(struct facet_synth *s, int part, int i, int j)
{
    const struct synth_mesh *mesh = &s->part[part];
    const float *a = mesh->screen[i * mesh->cols + j], *b = a + 3;
    const float *c = a + 3 * mesh->cols, *d = c + 3;
    if (outside(s, a, b, c, d)) return;
    float u = (float)j, v = (float)i;
    const struct corner ca = {a[0], a[1], a[2], u, v}, cb = {b[0], b[1], b[2], u + 1, v};
    const struct corner cc = {c[0], c[1], c[2], u, v + 1}, cd = {d[0], d[1], d[2], u + 1, v + 1};
    /* Facing the viewer, columns run right and rows down: a positive turn. */
    float first = turn(a, b, c), second = turn(d, c, b);
    if (mesh->two_sided ? first != 0 : first > 0) draw_triangle(s, part, &ca, &cb, &cc, first);
    if (mesh->two_sided ? second != 0 : second > 0) draw_triangle(s, part, &cd, &cc, &cb, second);
}

static void draw_part(struct facet_synth *s, int part)
{
    const struct synth_mesh *mesh = &s->part[part];
    for (int i = 0; i + 1 < mesh->rows; i++)
        for (int j = 0; j + 1 < mesh->cols; j++) draw_quad(s, part, i, j);
}

/* Lenses don't hide what is behind them: they are drawn last, and only marked. */
static void draw_lenses(struct facet_synth *s)
{
    size_t count = (size_t)s->wide * (size_t)s->high;
    memset(s->lens, 0, count);
    if (!s->part[PART_LENS_LEFT].active) return;
    memcpy(s->behind, s->fragment, count * sizeof *s->fragment);
    for (int p = PART_LENS_LEFT; p <= PART_LENS_RIGHT; p++) draw_part(s, p);
    for (size_t i = 0; i < count; i++)
        if (s->fragment[i].part >= PART_LENS_LEFT) {
            s->lens[i] = 1;
            s->fragment[i] = s->behind[i];
        }
}

void synth_raster(struct facet_synth *s)
{
    size_t count = (size_t)s->wide * (size_t)s->high;
    const struct synth_fragment empty = {-1000, 0, 0, -1};
    for (size_t i = 0; i < count; i++) s->fragment[i] = empty;
    for (int p = 0; p < PART_LENS_LEFT; p++)
        if (s->part[p].active) draw_part(s, p);
    draw_lenses(s);
}
