/* From surface to light: the colour of every sample, linear RGB. */
#include "synth/model.h"

#include <string.h>

/* A loop that the compiler turns into vector code only where it stands alone. */
#if defined(__GNUC__)
#define FACET_APART __attribute__((noinline))
#else
#define FACET_APART
#endif

struct surface {
    float at[AT_COUNT];
    float *normal; /* within `at` */
};

/* How light meets a material. */
struct finish {
    float wrap[3]; /* softness of the terminator per channel */
    float specular;
    int sharp; /* the highlight's exponent is 2^sharp */
};

static const struct finish skin_finish = {{0.30f, 0.15f, 0.10f}, 0.16f, 4};
static const struct finish cloth_finish = {{0.2f, 0.2f, 0.2f}, 0.15f, 3};
static const struct finish frame_finish = {{0, 0, 0}, 0.6f, 6};

/* Bilinear blend of two vertices from p on and two from q on. */
FACET_APART static void blend_vertices(const float *restrict p, const float *restrict q, float w00,
                                       float w01, float w10, float w11, float *restrict out)
{
    for (int c = 0; c < AT_COUNT; c++)
        out[c] = w00 * p[c] + w01 * p[AT_COUNT + c] + w10 * q[c] + w11 * q[AT_COUNT + c];
}

static void fetch(const struct synth_mesh *mesh, const struct synth_fragment *f,
                  struct surface *out)
{
    int j = (int)f->u, i = (int)f->v;
    if (j > mesh->cols - 2) j = mesh->cols - 2;
    if (i > mesh->rows - 2) i = mesh->rows - 2;
    float u = f->u - (float)j, v = f->v - (float)i;
    float w00 = (1 - u) * (1 - v), w01 = u * (1 - v), w10 = (1 - u) * v, w11 = u * v;
    int k = i * mesh->cols + j;
    blend_vertices(mesh->at[k], mesh->at[k + mesh->cols], w00, w01, w10, w11, out->at);
    out->normal = out->at + AT_NORMAL;
    normalize3(out->normal);
    if (mesh->two_sided && out->normal[2] < 0)
        for (int c = 0; c < 3; c++) out->normal[c] = -out->normal[c];
}

static void light_surface(const struct synth_light *light, const float n[3], const float albedo[3],
                          float gloss, float shadow, float open, const struct finish *finish,
                          float out[3])
{
    float key = dot3(n, light->key), fill = maxf(0, dot3(n, light->fill) * 0.75f + 0.25f);
    float shine = maxf(0, dot3(n, light->key_half));
    for (int k = 0; k < finish->sharp; k++) shine *= shine;
    float edge = 1 - maxf(0, n[2]); /* grazing surfaces mirror more */
    shine *= finish->specular * gloss * (0.6f + 2.0f * edge * edge) * shadow;
    float up = 0.5f + 0.5f * n[1];
    for (int c = 0; c < 3; c++) {
        float w = finish->wrap[c];
        float soft = clampf((key + w) / (1 + w), 0, 1);
        float reach = mixf(shadow, 1, 0.35f * w * shadow); /* red bleeds into the penumbra */
        float received = light->key_color[c] * soft * reach + open * light->fill_color[c] * fill +
                         open * mixf(light->ground[c], light->sky[c], up);
        out[c] = albedo[c] * received + light->key_color[c] * shine;
    }
}

/* Strands: dark between, bright along the ring where they face half way to the light. */
static void light_hair(const struct facet_synth *s, const struct surface *p, float shadow,
                       float open, float out[3])
{
    const struct synth_light *light = &s->light;
    float shift = (float)s->identity.texture;
    float curly = s->identity.hair == HAIR_CURLY ? 1.0f : 0.0f;
    float fine = noise_at(s->noise->fine, 26 * p->at[AT_ACROSS] + shift,
                          mixf(1.6f, 14, curly) * p->at[AT_ALONG]);
    float locks = noise_at(s->noise->coarse, 13 * p->at[AT_ACROSS] + shift,
                           mixf(1.2f, 12, curly) * p->at[AT_ALONG]);
    float strand = clampf(0.5f + 0.85f * (fine - 0.5f) + 1.5f * (locks - 0.5f), 0, 1);
    const float *n = p->normal;
    float along = dot3(light->strand, n);
    float t[3] = {light->strand[0] - along * n[0], light->strand[1] - along * n[1],
                  light->strand[2] - along * n[2]};
    normalize3(t);
    float th = dot3(t, light->key_half) + 0.28f * (strand - 0.5f), tl = dot3(t, light->key);
    float shine = maxf(0, 1 - th * th);
    shine *= shine, shine *= shine, shine *= shine, shine *= shine;
    float facing = clampf(dot3(n, light->key) * 0.8f + 0.3f, 0, 1);
    float diffuse = sqrtf(maxf(0, 1 - tl * tl)) * facing * shadow;
    float deep = (0.35f + 0.95f * strand) * p->at[AT_SHADE];
    shine *= facing * shadow * (0.02f + 0.16f * strand) * (1 - 0.75f * curly);
    const float *color = s->identity.hair_color;
    for (int c = 0; c < 3; c++) {
        float ambient = open * mixf(light->ground[c], light->sky[c], 0.5f + 0.5f * n[1]);
        out[c] = deep * color[c] *
                     (1.15f * light->key_color[c] * diffuse + ambient +
                      open * 0.5f * light->fill_color[c]) +
                 light->key_color[c] * shine * (0.25f + 1.4f * color[c]);
    }
}

/* Share of hair over skin at a sample: the edge breaks up into strands. */
static float hair_cover(const struct facet_synth *s, const float *at)
{
    if (at[AT_HAIR] <= 0.02f) return 0;
    if (at[AT_HAIR] >= 0.98f && s->identity.hair > HAIR_BUZZ) return 1;
    float shift = (float)s->identity.texture;
    float strand = noise_at(s->noise->fine, 22 * at[AT_ACROSS] + shift, 3 * at[AT_ALONG]);
    if (s->identity.hair <= HAIR_BUZZ) {
        strand = noise_at(s->noise->fine, 30 * at[AT_A], 30 * (at[AT_B] + at[AT_C]));
        return smooth(0.1f, 0.9f, at[AT_HAIR]) * (0.62f + 0.5f * strand) * 0.9f;
    }
    return smooth(0.2f, 0.75f, at[AT_HAIR] + 0.55f * (strand - 0.5f));
}

static void add_fuzz(const struct facet_synth *s, const struct facet_synth_view *view,
                     const float *at, float color[3], float *gloss)
{
    float brow = at[AT_FUZZ], grown = at[AT_GROWTH];
    if (brow <= 0.01f && grown <= 0.01f) return;
    float shift = (float)s->identity.texture, side = at[AT_A] < 0 ? -1.0f : 1.0f;
    const float *hair = s->identity.hair_color;
    float hairs =
        noise_at(s->noise->fine, 30 * at[AT_A] + side * 11 * at[AT_B] + shift, 9 * at[AT_B]);
    float thick = smooth(0.12f, 0.85f, brow + 0.75f * (hairs - 0.5f)) * 0.9f;
    if (grown > 0.01f && grown < 0.5f) grown += (float)view->stubble * smooth(0, 0.15f, grown);
    float coarse = noise_at(s->noise->fine, 26 * at[AT_A] + shift, 8 * at[AT_B]);
    float beard = grown < 0.5f ? grown * (0.75f + 0.5f * coarse)
                               : mixf(grown * 0.8f,
                                      smooth(0.15f, 0.7f, grown + 0.9f * (coarse - 0.5f)), 0.9f);
    float cover = maxf(thick, 0.93f * minf(beard, 1)), strand = 0.55f + 0.9f * coarse;
    for (int c = 0; c < 3; c++) {
        float ink = minf(hair[c] * 0.6f, 0.045f + 0.35f * hair[c]) * (beard > thick ? strand : 1);
        color[c] = mixf(color[c], ink, cover);
    }
    *gloss *= 1 - 0.7f * cover;
}

static void skin_detail(const struct facet_synth *s, const float *at, float color[3])
{
    float shift = (float)s->identity.texture;
    float pores = noise_at(s->noise->fine, 16 * at[AT_A] + shift, 16 * at[AT_B]) - 0.5f;
    float factor = 1 + 0.10f * pores;
    float freckles = (float)s->identity.freckles;
    if (freckles > 0) {
        float spot = noise_at(s->noise->fine, 27 * at[AT_A] + shift, 27 * at[AT_B] + 77);
        float where = bump(at[AT_A], at[AT_B] + 2.5f, 7.0f, 4.5f);
        factor *= 1 - 0.32f * freckles * where * smooth(0.5f, 0.85f, spot);
    }
    color[0] *= factor;
    color[1] *= factor * factor;
    color[2] *= factor * factor;
}

static void shade_skin(struct facet_synth *s, const struct facet_synth_view *view,
                       struct surface *p, int part, float shadow, float open, float out[3])
{
    float *at = p->at, color[3] = {at[AT_RED], at[AT_GREEN], at[AT_BLUE]};
    float cover = part == PART_HEAD ? hair_cover(s, at) : 0;
    if (cover < 1) {
        float grain = 1 / s->scale;
        skin_detail(s, at, color);
        memcpy(s->lip_skin, color, sizeof color);
        if (part == PART_HEAD && at[AT_C] > 2) {
            add_fuzz(s, view, at, color, &at[AT_GLOSS]);
            if (fabsf(at[AT_B]) < 2.2f)
                synth_paint_eye(s, view, at[AT_A], at[AT_B], grain, color, p->normal, &at[AT_GLOSS],
                                &at[AT_SHADE]);
            else if (at[AT_B] < s->layout.mouth_y + 2)
                synth_paint_mouth(s, view, at[AT_A], at[AT_B], grain, color, p->normal,
                                  &at[AT_GLOSS], &at[AT_SHADE]);
        }
        for (int c = 0; c < 3; c++) color[c] *= 0.35f + 0.65f * at[AT_SHADE];
        light_surface(&s->light, p->normal, color, at[AT_GLOSS] * at[AT_SHADE], shadow,
                      open * at[AT_SHADE], &skin_finish, out);
    }
    if (cover > 0) {
        float hair[3];
        at[AT_SHADE] = 1;
        light_hair(s, p, shadow, open, hair);
        for (int c = 0; c < 3; c++) out[c] = cover < 1 ? mixf(out[c], hair[c], cover) : hair[c];
    }
}

static void shade_sample(struct facet_synth *s, const struct facet_synth_view *view,
                         const struct synth_fragment *f, float shadow, float open, float out[3])
{
    struct synth_mesh *mesh = &s->part[f->part];
    struct surface p;
    fetch(mesh, f, &p);
    switch (mesh->material) {
    case MATERIAL_SKIN:
        shade_skin(s, view, &p, f->part, shadow, open, out);
        return;
    case MATERIAL_HAIR:
        light_hair(s, &p, shadow, open, out);
        return;
    default: {
        int frame = mesh->material == MATERIAL_FRAME;
        float weave =
            frame ? 1 : 0.8f + 0.4f * noise_at(s->noise->fine, 12 * p.at[AT_A], 12 * p.at[AT_B]);
        float color[3];
        for (int c = 0; c < 3; c++) color[c] = p.at[AT_RED + c] * weave * p.at[AT_SHADE];
        light_surface(&s->light, p.normal, color, p.at[AT_GLOSS], shadow, open * p.at[AT_SHADE],
                      frame ? &frame_finish : &cloth_finish, out);
    }
    }
}

static void set_light(struct facet_synth *s, const struct facet_synth_view *v)
{
    struct synth_light *l = &s->light;
    memcpy(l->key, v->key, sizeof l->key);
    memcpy(l->key_color, v->key_color, sizeof l->key_color);
    memcpy(l->fill, v->fill, sizeof l->fill);
    memcpy(l->fill_color, v->fill_color, sizeof l->fill_color);
    memcpy(l->sky, v->ambient, sizeof l->sky);
    memcpy(l->ground, v->ground, sizeof l->ground);
    for (int c = 0; c < 3; c++) {
        l->key_half[c] = v->key[c] + (c == 2 ? 1.0f : 0.0f);
        l->strand[c] = -s->turn[3 * c + 1];
    }
    normalize3(l->key_half);
}

static void see_through(const struct facet_synth *s, const struct facet_synth_view *view, int x,
                        int y, float out[3])
{
    float band = smooth(0.35f, 0.0f, fabsf((float)(x + y) / (float)(s->wide) - 0.75f));
    float mirror = view->dark_glasses ? 0.02f + 0.06f * band : 0.012f + 0.03f * band;
    float pass = view->dark_glasses ? 0.07f : 0.92f;
    for (int c = 0; c < 3; c++)
        out[c] = pass * out[c] + mirror * (view->ambient[c] + view->key_color[c]);
}

static int in_box(const struct synth_fragment *f, const float box[4])
{
    return f->u > box[0] && f->u < box[1] && f->v > box[2] && f->v < box[3];
}

/* How many of a pixel's four samples need shading: on one smooth piece of surface two stand for
 * all, or one on bare skin; eyes and mouth have finer detail. */
static int samples_needed(const struct facet_synth *s, const struct synth_fragment *a,
                          const struct synth_fragment *b)
{
    const struct synth_fragment *d = b + 1;
    if (a->part != a[1].part || a->part != b->part || a->part != d->part) return 4;
    if (fabsf(a->u - d->u) > 2 || fabsf(a->v - d->v) > 2) return 4;
    if (a->part != PART_HEAD) return 2;
    if (in_box(a, s->detail[0]) || in_box(a, s->detail[1])) return 4;
    return in_box(a, s->detail[2]) ? 1 : 2;
}

/* The samples of the pixel whose first is number `at`. */
static void shade_pixel(struct facet_synth *s, const struct facet_synth_view *view, size_t at,
                        float shadow, float open)
{
    size_t wide = (size_t)s->wide;
    const size_t sample[4] = {at, at + wide + 1, at + 1, at + wide};
    int needed = samples_needed(s, s->fragment + at, s->fragment + at + wide);
    for (int k = 0; k < 4; k++) {
        const struct synth_fragment *f = s->fragment + sample[k];
        float *out = s->color + 3 * sample[k];
        if (f->part < 0) continue;
        if (k < needed)
            shade_sample(s, view, f, shadow, open, out);
        else
            memcpy(out, s->color + 3 * sample[k % needed], 3 * sizeof *out);
    }
}

void synth_shade(struct facet_synth *s, const struct facet_synth_view *view)
{
    set_light(s, view);
    synth_occlude(s);
    synth_backdrop(s, view);
    for (int y = 0; y < s->height; y++)
        for (int x = 0; x < s->width; x++) {
            int pixel = y * s->width + x;
            size_t at = (size_t)(OVERSAMPLE * y) * (size_t)s->wide + (size_t)(OVERSAMPLE * x);
            shade_pixel(s, view, at, s->shadow[pixel], s->open[pixel]);
        }
    if (!view->glasses) return;
    for (int y = 0; y < s->high; y++)
        for (int x = 0; x < s->wide; x++)
            if (s->lens[y * s->wide + x])
                see_through(s, view, x, y, s->color + 3 * (y * s->wide + x));
}
