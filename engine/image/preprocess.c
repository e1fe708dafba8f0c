#include "image/preprocess.h"

#include "image/align.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Landmarks that explain less of the template's variance are not those of a face seen from the
 * front or the side: eyes or mouth corners swapped, points in another order. */
static const double LEAST_FIT = 0.25;

static int map_landmarks(const struct facet_preprocess *p, const struct facet_image *image,
                         const float *landmarks, const char *name, struct facet_map *map)
{
    double source[10], fit;
    if (landmarks == NULL) return facet_fail(FACET_EFORMAT, "%s: has no landmarks", name);
    for (int i = 0; i < 10; i++) {
        double value = landmarks[i], size = i % 2 == 0 ? image->width : image->height;
        if (!(value >= -size && value <= 2 * size))
            return facet_fail(
                FACET_EFORMAT,
                "%s: landmark %d has %c = %g, expected %g to %g in an image of %d x %d", name,
                i / 2 + 1, "xy"[i % 2], value, -size, 2 * size, image->width, image->height);
        source[i] = value + 0.5; /* detectors count pixel centres from 0 */
    }
    if (facet_map_similarity(map, source, p->points, 5, &fit) < 0)
        return facet_fail(FACET_EFORMAT, "%s: landmarks: %s", name, facet_error_message());
    if (fit < LEAST_FIT)
        return facet_fail(
            FACET_EFORMAT,
            "%s: landmarks don't look like a face (fit %.2f, expected at least %.2f): "
            "are left (smaller x) and right swapped?",
            name, fit, LEAST_FIT);
    return FACET_OK;
}

static int map_crop(const struct facet_preprocess *p, const struct facet_image *image,
                    const char *name, struct facet_map *map)
{
    const double *c = p->crop;
    if (!(c[0] >= 0 && c[1] >= 0 && c[2] > 0 && c[3] > 0 && c[0] + c[2] <= image->width &&
          c[1] + c[3] <= image->height))
        return facet_fail(
            FACET_EFORMAT,
            "%s: crop %g,%g,%g,%g (x,y,width,height) doesn't lie within %d x %d pixels", name, c[0],
            c[1], c[2], c[3], image->width, image->height);
    facet_map_box(map, c[0], c[1], c[2], c[3], p->width, p->height);
    return FACET_OK;
}

int facet_align_map(const struct facet_preprocess *p, const struct facet_image *image,
                    const float *landmarks, const char *name, struct facet_map *map)
{
    switch (p->align) {
    case FACET_ALIGN_LANDMARKS:
        return map_landmarks(p, image, landmarks, name, map);
    case FACET_ALIGN_CROP:
        return map_crop(p, image, name, map);
    case FACET_ALIGN_RESIZE:
        facet_map_box(map, 0, 0, image->width, image->height, p->width, p->height);
        return FACET_OK;
    }
    return facet_fail(FACET_EINVAL, "%s: alignment %d is unknown", name, (int)p->align);
}

struct look {
    const struct facet_preprocess *preprocess;
    const char *path;
    const float *landmarks;
    struct facet_map *map;
};

static int choose(void *context, int width, int height, struct facet_box *box)
{
    const struct look *look = context;
    const struct facet_preprocess *p = look->preprocess;
    const struct facet_image size = {.width = width, .height = height};
    int code = facet_align_map(p, &size, look->landmarks, look->path, look->map);
    if (code < 0) return code;
    code = facet_resample_box(look->map, p->width, p->height, box);
    return code < 0 ? facet_fail(code, "%s: %s", look->path, facet_error_message()) : FACET_OK;
}

int facet_align_read(const struct facet_preprocess *p, const char *path, const float *landmarks,
                     struct facet_image *image, struct facet_map *map)
{
    struct look look = {p, path, landmarks, map};
    const struct facet_image_part part = {choose, &look};
    return facet_image_read_part(path, &part, image);
}

typedef int resampler(const struct facet_image *image, const struct facet_map *map, int width,
                      int height, float *out);

/* Resampling is linear, so that grey of the resampled colours is the resampled grey. */
static int resample_grey(const struct facet_image *image, const struct facet_map *map,
                         const struct facet_preprocess *p, resampler *resample, float *out)
{
    size_t plane = (size_t)p->width * (size_t)p->height;
    float *rgb = facet_alloc(plane, 3 * sizeof *rgb, "colours of a grey input");
    if (rgb == NULL) return FACET_ENOMEM;
    int code = resample(image, map, p->width, p->height, rgb);
    if (code == FACET_OK)
        for (size_t i = 0; i < plane; i++)
            out[i] = 0.299f * rgb[i] + 0.587f * rgb[plane + i] + 0.114f * rgb[2 * plane + i];
    free(rgb);
    return code;
}

int facet_align_resample(const struct facet_preprocess *p, const struct facet_image *image,
                         const struct facet_map *map, int extend, const char *name, float *out)
{
    size_t plane = (size_t)p->width * (size_t)p->height;
    resampler *resample = extend ? facet_resample_extended : facet_resample;
    int code = p->channels == 1 ? resample_grey(image, map, p, resample, out)
                                : resample(image, map, p->width, p->height, out);
    if (code < 0) return facet_fail(code, "%s: %s", name, facet_error_message());
    if (strcmp(p->order, "bgr") == 0)
        for (size_t i = 0; i < plane; i++) {
            float red = out[i];
            out[i] = out[2 * plane + i];
            out[2 * plane + i] = red;
        }
    return FACET_OK;
}

int facet_preprocess_align(const struct facet_preprocess *p, const struct facet_image *image,
                           const float *landmarks, const char *name, float *out)
{
    struct facet_map map;
    int code = facet_align_map(p, image, landmarks, name, &map);
    return code < 0 ? code : facet_align_resample(p, image, &map, 0, name, out);
}

void facet_preprocess_mirror(const struct facet_preprocess *p, float *values)
{
    for (int row = 0; row < p->channels * p->height; row++, values += p->width)
        for (int l = 0, r = p->width - 1; l < r; l++, r--) {
            float left = values[l];
            values[l] = values[r];
            values[r] = left;
        }
}

void facet_preprocess_normalize(const struct facet_preprocess *p, float *values)
{
    size_t plane = (size_t)p->width * (size_t)p->height;
    for (int c = 0; c < p->channels; c++, values += plane) {
        const float mean = (float)p->mean[c], scale = (float)p->scale[c];
        for (size_t i = 0; i < plane; i++) values[i] = (values[i] - mean) * scale;
    }
}
