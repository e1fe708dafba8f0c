#include "dump/views.h"

#include "image/align.h"
#include "image/listed.h"
#include "store/activations.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static size_t occlusion_count(const struct facet_views *v)
{
    return v->occlusions != NULL ? v->occlusions->count : 0;
}

static int name_views(struct facet_views *v)
{
    const size_t faces = 1 + occlusion_count(v), each = v->mirror ? 2 : 1;
    v->names = facet_alloc(faces * each, sizeof *v->names, "views");
    if (v->names == NULL) return FACET_ENOMEM;
    for (size_t i = 0; i < faces; i++) {
        const char *name = i == 0 ? FACET_VIEW_ORIGINAL : v->occlusions->list[i - 1].name;
        v->names[v->count] = facet_strdup(name);
        if (v->names[v->count++] == NULL) return FACET_ENOMEM;
        if (!v->mirror) continue;
        v->names[v->count] =
            i == 0 ? facet_strdup(FACET_VIEW_MIRROR) : facet_format("%s" FACET_VIEW_MIRRORED, name);
        if (v->names[v->count++] == NULL) return FACET_ENOMEM;
    }
    return FACET_OK;
}

int facet_views_new(struct facet_views **views, const struct facet_preprocess *preprocess,
                    const struct facet_occlusions *occlusions, int mirror)
{
    int code = FACET_OK;
    struct facet_views *v = facet_alloc(1, sizeof *v, "views");
    if (v == NULL) return FACET_ENOMEM;
    v->preprocess = preprocess;
    v->occlusions = occlusions;
    v->mirror = mirror;
    v->values =
        (size_t)preprocess->channels * (size_t)preprocess->height * (size_t)preprocess->width;
    if (occlusions != NULL) code = facet_occlusions_check(occlusions, preprocess, &v->landmarks);
    if (code == FACET_OK) code = name_views(v);
    if (code < 0)
        facet_views_free(&v);
    else
        *views = v;
    return code;
}

void facet_views_free(struct facet_views **views)
{
    struct facet_views *v = *views;
    if (v == NULL) return;
    for (size_t i = 0; v->names != NULL && i < v->count; i++) free(v->names[i]);
    free(v->names);
    free(v);
    *views = NULL;
}

/* Where the five points of the picture lie in the input; `who` needs them. */
static int map_points(const struct facet_map *m, const float *landmarks, const char *name,
                      const char *who, double points[2 * FACET_LANDMARKS])
{
    const double determinant = m->xu * m->yv - m->xv * m->yu;
    if (landmarks == NULL)
        return facet_fail(FACET_EFORMAT, "%s: has no landmarks, and %s needs them", name, who);
    for (int i = 0; i < FACET_LANDMARKS; i++) {
        const double x = (double)landmarks[2 * i] + 0.5 - m->x0;
        const double y = (double)landmarks[2 * i + 1] + 0.5 - m->y0;
        points[2 * i] = (m->yv * x - m->xv * y) / determinant;
        points[2 * i + 1] = (m->xu * y - m->yu * x) / determinant;
        if (!isfinite(points[2 * i]) || !isfinite(points[2 * i + 1]))
            return facet_fail(FACET_EFORMAT, "%s: landmark %d is missing, and %s needs it", name,
                              i + 1, who);
    }
    return FACET_OK;
}

/* The points of each view: all faces have the same, and mirror images theirs. */
static void copy_points(const struct facet_views *v, const double points[2 * FACET_LANDMARKS],
                        double *out)
{
    static const int mirrored[FACET_LANDMARKS] = {1, 0, 2, 4, 3};
    for (size_t k = 0; k < v->count; k++)
        for (int i = 0; i < FACET_LANDMARKS; i++) {
            const int flip = v->mirror && k % 2 == 1;
            const double *from = points + 2 * (flip ? mirrored[i] : i);
            *out++ = flip ? v->preprocess->width - from[0] : from[0];
            *out++ = from[1];
        }
}

/* The occluded faces, from the first on; *out is where the second view of a face goes. */
static int occlude(const struct facet_views *v, const char *image, const char *path,
                   const struct facet_map *map, const float *landmarks, float *out)
{
    const size_t each = v->mirror ? 2 : 1;
    const struct facet_occlusions *o = v->occlusions;
    double points[2 * FACET_LANDMARKS];
    int code = v->landmarks ? map_points(map, landmarks, path, "an occlusion", points) : FACET_OK;
    if (code < 0) return code;
    float *cover = facet_alloc(v->values, sizeof *cover, "occlusion");
    code =
        cover == NULL ? FACET_ENOMEM : facet_occlusions_cover(o, v->preprocess, image, out, cover);
    for (size_t i = 0; code == FACET_OK && i < o->count; i++) {
        float *face = out + (i + 1) * each * v->values;
        memcpy(face, out, v->values * sizeof *out);
        code = facet_occlude(o, i, v->preprocess, v->landmarks ? points : NULL, image, cover, face);
    }
    free(cover);
    return code;
}

int facet_views_see(const struct facet_views *v, const struct facet_manifest *manifest, size_t i,
                    float *out, double *landmarks)
{
    struct facet_image picture = {0};
    struct facet_map map;
    char *path;
    const float *known;
    double points[2 * FACET_LANDMARKS];
    int code = facet_listed_find(manifest, i, &path, &known);
    if (code == FACET_OK) code = facet_align_read(v->preprocess, path, known, &picture, &map);
    if (code == FACET_OK) code = facet_align_resample(v->preprocess, &picture, &map, 0, path, out);
    if (code == FACET_OK && v->occlusions != NULL)
        code = occlude(v, manifest->images[i], path, &map, known, out);
    if (code == FACET_OK && landmarks != NULL)
        code = map_points(&map, known, path, "the descriptor", points);
    if (code == FACET_OK && landmarks != NULL) copy_points(v, points, landmarks);
    facet_image_free(&picture);
    free(path);
    for (size_t k = 0; code == FACET_OK && v->mirror && k < v->count; k += 2) {
        float *face = out + k * v->values;
        memcpy(face + v->values, face, v->values * sizeof *face);
        facet_preprocess_mirror(v->preprocess, face + v->values);
    }
    return code;
}
