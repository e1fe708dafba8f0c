#include "store/preprocess.h"

#include "store/h5.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const align_names[] = {"resize", "crop", "landmarks"};

void facet_preprocess_default(struct facet_preprocess *p, int width, int height, int channels)
{
    /* How these were found is told in the header. */
    static const double face[10] = {26.25, 32.15, 70.2, 32.15, 48.2, 58, 28.9, 80.5, 67.55, 80.5};
    const double scale = width / 94.0;
    *p = (struct facet_preprocess){
        .width = width,
        .height = height,
        .channels = channels,
        .resampler = "triangle",
        .align = FACET_ALIGN_LANDMARKS,
    };
    strcpy(p->order, channels == 1 ? "grey" : "rgb");
    for (int i = 0; i < 10; i += 2) {
        p->points[i] = face[i] * scale;
        p->points[i + 1] = (face[i + 1] - 55) * scale + height / 2.0;
    }
    for (int c = 0; c < channels; c++) {
        p->mean[c] = 127.5;
        p->scale[c] = 1 / 127.5;
    }
}

int facet_preprocess_template(struct facet_preprocess *p, const char *name)
{
    static const double arcface[10] = {38.2946, 51.6963, 73.5318, 51.5014, 56.0252,
                                       71.7366, 41.5493, 92.3655, 70.7299, 92.2041};
    if (strcmp(name, "arcface112") != 0) return 0;
    const double scale = p->width / 112.0;
    for (int i = 0; i < 10; i += 2) {
        p->points[i] = (arcface[i] + 0.5) * scale;
        p->points[i + 1] = (arcface[i + 1] + 0.5 - 56) * scale + p->height / 2.0;
    }
    p->align = FACET_ALIGN_LANDMARKS;
    return 1;
}

int facet_preprocess_preset(struct facet_preprocess *p, const char *name)
{
    static const struct {
        const char *name;
        int face;
        double mean[3], deviation[3]; /* of 0 to 255 */
    } presets[] = {
        {"raw", 1, {0, 0, 0}, {1, 1, 1}},
        {"arcface", 1, {127.5, 127.5, 127.5}, {127.5, 127.5, 127.5}},
        {"unit", 1, {0, 0, 0}, {255, 255, 255}},
        {"imagenet", 0, {123.675, 116.28, 103.53}, {58.395, 57.12, 57.375}},
    };
    char known[64] = "";
    for (size_t i = 0; i < sizeof presets / sizeof *presets; i++) {
        facet_fail_list(known, sizeof known, presets[i].name);
        if (strcmp(presets[i].name, name) != 0) continue;
        facet_preprocess_default(p, p->width, p->height, p->channels);
        if (presets[i].face)
            facet_preprocess_template(p, "arcface112");
        else
            p->align = FACET_ALIGN_RESIZE;
        for (int c = 0; c < p->channels; c++) {
            p->mean[c] = presets[i].mean[c];
            p->scale[c] = 1 / presets[i].deviation[c];
        }
        return FACET_OK;
    }
    return facet_fail(FACET_EINVAL, "preset \"%s\": there are %s", name, known);
}

static int all_finite(const double *values, int count)
{
    for (int i = 0; i < count; i++)
        if (!isfinite(values[i])) return 0;
    return 1;
}

size_t facet_preprocess_channel(const struct facet_preprocess *p, size_t colour)
{
    return p->channels == 1 ? 0 : strcmp(p->order, "bgr") == 0 ? 2 - colour : colour;
}

int facet_preprocess_check(const struct facet_preprocess *p, const char *where)
{
    const char *order = p->order;
    if (p->width < 1 || p->height < 1 || p->width > 4096 || p->height > 4096)
        return facet_fail(FACET_EFORMAT, "%s: input of %d x %d pixels is outside 1 to 4096", where,
                          p->width, p->height);
    int colour = p->channels == 3 && (strcmp(order, "rgb") == 0 || strcmp(order, "bgr") == 0);
    if (!colour && !(p->channels == 1 && strcmp(order, "grey") == 0))
        return facet_fail(FACET_EFORMAT,
                          "%s: %d channels in order \"%s\": expected 3 as rgb or bgr, or 1 as grey",
                          where, p->channels, order);
    if (strcmp(p->resampler, "triangle") != 0)
        return facet_fail(FACET_EFORMAT, "%s: unknown resampler \"%s\", expected triangle", where,
                          p->resampler);
    if (!all_finite(p->mean, p->channels) || !all_finite(p->scale, p->channels))
        return facet_fail(FACET_EFORMAT, "%s: mean or scale is not finite", where);
    if (p->align == FACET_ALIGN_LANDMARKS && !all_finite(p->points, 10))
        return facet_fail(FACET_EFORMAT, "%s: a template point is not finite", where);
    if (p->align == FACET_ALIGN_CROP && (!all_finite(p->crop, 4) || p->crop[0] < 0 ||
                                         p->crop[1] < 0 || p->crop[2] <= 0 || p->crop[3] <= 0))
        return facet_fail(FACET_EFORMAT, "%s: crop %g,%g,%g,%g is not x,y,width,height in pixels",
                          where, p->crop[0], p->crop[1], p->crop[2], p->crop[3]);
    return FACET_OK;
}

int facet_preprocess_write(const struct facet_preprocess *p, hid_t object, const char *where)
{
    int code = facet_h5_write_int(object, "input_width", p->width, where);
    if (code == FACET_OK) code = facet_h5_write_int(object, "input_height", p->height, where);
    if (code == FACET_OK) code = facet_h5_write_int(object, "input_channels", p->channels, where);
    if (code == FACET_OK) code = facet_h5_write_text(object, "channel_order", p->order, where);
    if (code == FACET_OK) code = facet_h5_write_text(object, "resampler", p->resampler, where);
    if (code == FACET_OK)
        code = facet_h5_write_text(object, "align", facet_align_name(p->align), where);
    if (code == FACET_OK && p->align == FACET_ALIGN_CROP)
        code = facet_h5_write_reals(object, "crop", p->crop, 4, where);
    /* The template stays with the model even where this run didn't align by it. */
    if (code == FACET_OK)
        code = facet_h5_write_reals(object, "template_points", p->points, 10, where);
    const size_t n = (size_t)p->channels;
    if (code == FACET_OK) code = facet_h5_write_reals(object, "mean", p->mean, n, where);
    if (code == FACET_OK) code = facet_h5_write_reals(object, "scale", p->scale, n, where);
    return code;
}

static int read_small(hid_t object, const char *name, const char *where, int *out)
{
    int64_t value;
    int code = facet_h5_read_int(object, name, where, &value);
    if (code < 0) return code;
    if (value < 1 || value > 4096)
        return facet_fail(FACET_EFORMAT, "%s: attribute %s is %lld, expected 1 to 4096", where,
                          name, (long long)value);
    *out = (int)value;
    return FACET_OK;
}

static int read_word(hid_t object, const char *name, const char *where, char *out, size_t size)
{
    char *text = NULL;
    int code = facet_h5_read_text(object, name, where, &text);
    if (code < 0) return code;
    if (strlen(text) < size)
        strcpy(out, text);
    else
        code = facet_fail(FACET_EFORMAT, "%s: attribute %s is \"%s\"", where, name, text);
    free(text);
    return code;
}

int facet_preprocess_read(struct facet_preprocess *p, hid_t object, const char *where)
{
    struct facet_preprocess q = {0};
    char align[16];
    int code = read_small(object, "input_width", where, &q.width);
    if (code == FACET_OK) code = read_small(object, "input_height", where, &q.height);
    if (code == FACET_OK) code = read_small(object, "input_channels", where, &q.channels);
    if (code == FACET_OK) code = read_word(object, "channel_order", where, q.order, sizeof q.order);
    if (code == FACET_OK)
        code = read_word(object, "resampler", where, q.resampler, sizeof q.resampler);
    if (code == FACET_OK) code = read_word(object, "align", where, align, sizeof align);
    if (code == FACET_OK && facet_align_parse(align, &q.align) < 0)
        code = facet_fail(FACET_EFORMAT, "%s: attribute align is \"%s\"", where, align);
    if (code == FACET_OK && q.align == FACET_ALIGN_CROP)
        code = facet_h5_read_reals(object, "crop", where, q.crop, 4);
    if (code == FACET_OK)
        code = facet_h5_read_reals(object, "template_points", where, q.points, 10);
    const size_t n = q.channels == 1 ? 1 : 3;
    if (code == FACET_OK) code = facet_h5_read_reals(object, "mean", where, q.mean, n);
    if (code == FACET_OK) code = facet_h5_read_reals(object, "scale", where, q.scale, n);
    if (code == FACET_OK) code = facet_preprocess_check(&q, where);
    if (code == FACET_OK) *p = q;
    return code;
}

int facet_preprocess_hash(const struct facet_preprocess *p, char hex[FACET_HASH_SIZE])
{
    struct facet_hash *hash = NULL;
    char text[1024];
    int at = snprintf(text, sizeof text, "%d %d %d %s %s %s", p->width, p->height, p->channels,
                      p->order, p->resampler, facet_align_name(p->align));
    const double *place = p->align == FACET_ALIGN_CROP ? p->crop : p->points;
    const int places = p->align == FACET_ALIGN_CROP        ? 4
                       : p->align == FACET_ALIGN_LANDMARKS ? 10
                                                           : 0;
    for (int i = 0; i < places; i++)
        at += snprintf(text + at, sizeof text - (size_t)at, " %.17g", place[i]);
    for (int c = 0; c < p->channels; c++)
        at +=
            snprintf(text + at, sizeof text - (size_t)at, " %.17g %.17g", p->mean[c], p->scale[c]);
    int code = facet_hash_begin(&hash);
    if (code == FACET_OK) code = facet_hash_add(hash, text, (size_t)at);
    facet_hash_end(&hash, code == FACET_OK ? hex : NULL);
    return code;
}

const char *facet_align_name(enum facet_align align)
{
    return align_names[align];
}

int facet_align_parse(const char *text, enum facet_align *align)
{
    for (int i = 0; i < 3; i++)
        if (strcmp(text, align_names[i]) == 0) {
            *align = (enum facet_align)i;
            return FACET_OK;
        }
    return facet_fail(FACET_EINVAL,
                      "alignment \"%s\": expected landmarks, arcface112, crop or resize", text);
}
