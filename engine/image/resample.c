#include "image/resample.h"

#include "base/clones.h"
#include "image/turned.h"

#include <complex.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

void facet_map_box(struct facet_map *map, double x, double y, double w, double h, int width,
                   int height)
{
    *map = (struct facet_map){.xu = w / width, .x0 = x, .yv = h / height, .y0 = y};
}

static double clamp(double value, double low, double high)
{
    return value > low ? value < high ? value : high : low;
}

/* Source pixels lo .. hi - 1 have their centres strictly within `reach` of `place`; the range is
 * cut to the picture and may be empty. Called for every output pixel, hence without libm. */
static void find_range(double place, double reach, int size, int *lo, int *hi)
{
    double end = clamp(place + reach - 0.5, 0, size);
    int whole = (int)end;
    *lo = (int)clamp(place - reach + 0.5, 0, size); /* the floor, where it is not cut to 0 */
    *hi = whole + (whole < end);
    if (*hi < *lo) *hi = *lo;
}

static double triangle(double t)
{
    return fabs(t) < 1 ? 1 - fabs(t) : 0;
}

/* One axis of a map without rotation: for each output pixel a run of source pixels and weights. */
struct axis {
    int *lo, *hi;   /* equal where the kernel holds no pixel */
    float *weights; /* (outputs, most) */
    size_t most;
    int first, end; /* the source pixels that are used at all */
};

static void free_axis(struct axis *axis)
{
    free(axis->lo);
    free(axis->hi);
    free(axis->weights);
}

static void weigh(struct axis *axis, int output, double place, double sharpness)
{
    int lo = axis->lo[output], hi = axis->hi[output];
    float *weights = axis->weights + (size_t)output * axis->most;
    double sum = 0;
    for (int i = lo; i < hi; i++) sum += triangle((i + 0.5 - place) * sharpness);
    for (int i = lo; i < hi; i++)
        weights[i - lo] = sum > 0 ? (float)(triangle((i + 0.5 - place) * sharpness) / sum) : 0;
}

/* Output pixel k lies at start + (k + 0.5) step on a source axis of `size` pixels. */
static int new_axis(struct axis *axis, double start, double step, int size, int outputs)
{
    double reach = fmax(1, fabs(step));
    size_t n = (size_t)outputs;
    axis->lo = facet_alloc(n, sizeof *axis->lo, "ranges of an axis");
    axis->hi = facet_alloc(n, sizeof *axis->hi, "ranges of an axis");
    if (axis->lo == NULL || axis->hi == NULL) return FACET_ENOMEM;
    axis->first = size;
    for (int k = 0; k < outputs; k++) {
        find_range(start + (k + 0.5) * step, reach, size, &axis->lo[k], &axis->hi[k]);
        size_t taps = (size_t)(axis->hi[k] - axis->lo[k]);
        if (taps == 0) continue;
        if (taps > axis->most) axis->most = taps;
        if (axis->lo[k] < axis->first) axis->first = axis->lo[k];
        if (axis->hi[k] > axis->end) axis->end = axis->hi[k];
    }
    if (axis->first > axis->end) axis->first = axis->end;
    axis->weights = facet_alloc(n * axis->most, sizeof *axis->weights, "weights of an axis");
    if (axis->weights == NULL) return FACET_ENOMEM;
    for (int k = 0; k < outputs; k++) {
        if (axis->lo[k] == axis->hi[k]) axis->lo[k] = axis->hi[k] = axis->first;
        weigh(axis, k, start + (k + 0.5) * step, 1 / reach);
    }
    return FACET_OK;
}

/* line (count values) = the weighted sum of the source rows that make output row `v`, over the
 * columns in use. */
static void sum_rows(const struct facet_image *image, const struct axis *x, const struct axis *y,
                     int v, float *restrict line, size_t count)
{
    const float *weights = y->weights + (size_t)v * y->most;
    memset(line, 0, count * sizeof *line);
    for (int row = y->lo[v]; row < y->hi[v]; row++) {
        const uint8_t *restrict in =
            image->pixels + ((size_t)row * (size_t)image->width + (size_t)x->first) * 3;
        const float weight = weights[row - y->lo[v]];
        for (size_t i = 0; i < count; i++) line[i] += weight * in[i];
    }
}

/* One output row of the three planes from the summed line. */
static void sum_columns(const float *line, const struct axis *x, int width, size_t plane,
                        float *out)
{
    for (int u = 0; u < width; u++) {
        const float *weights = x->weights + (size_t)u * x->most;
        const float *in = line + (size_t)(x->lo[u] - x->first) * 3;
        float r = 0, g = 0, b = 0;
        for (int i = 0; i < x->hi[u] - x->lo[u]; i++, in += 3) {
            r += weights[i] * in[0];
            g += weights[i] * in[1];
            b += weights[i] * in[2];
        }
        out[u] = r;
        out[plane + (size_t)u] = g;
        out[2 * plane + (size_t)u] = b;
    }
}

/* Without rotation the kernel is a product of two axes. Rows are summed first: that pass runs along
 * memory, and it leaves one line instead of a picture. */
static int resample_axes(const struct facet_image *image, const struct facet_map *map, int width,
                         int height, float *out)
{
    struct axis x = {0}, y = {0};
    float *line = NULL;
    size_t plane = (size_t)width * (size_t)height;
    int code = new_axis(&x, map->x0, map->xu, image->width, width);
    if (code == FACET_OK) code = new_axis(&y, map->y0, map->yv, image->height, height);
    if (code < 0) goto done;
    size_t count = (size_t)(x.end - x.first) * 3;
    line = facet_alloc(count, sizeof *line, "line of a picture");
    if (line == NULL) {
        code = FACET_ENOMEM;
        goto done;
    }
    for (int v = 0; v < height; v++) {
        sum_rows(image, &x, &y, v, line, count);
        sum_columns(line, &x, width, plane, out + (size_t)v * (size_t)width);
    }
done:
    free(line);
    free_axis(&x);
    free_axis(&y);
    return code;
}

struct facet_resizer {
    struct axis x, y;
    size_t width, out_width, out_height;
};

int facet_resizer_new(struct facet_resizer **resizer, int width, int height, int out_width,
                      int out_height)
{
    struct facet_resizer *r = facet_alloc(1, sizeof *r, "axes of a plane");
    if (r == NULL) return FACET_ENOMEM;
    r->width = (size_t)width;
    r->out_width = (size_t)out_width;
    r->out_height = (size_t)out_height;
    int code = new_axis(&r->x, 0, (double)width / out_width, width, out_width);
    if (code == FACET_OK)
        code = new_axis(&r->y, 0, (double)height / out_height, height, out_height);
    if (code < 0)
        facet_resizer_free(&r);
    else
        *resizer = r;
    return code;
}

void facet_resizer_free(struct facet_resizer **resizer)
{
    if (*resizer == NULL) return;
    free_axis(&(*resizer)->x);
    free_axis(&(*resizer)->y);
    free(*resizer);
    *resizer = NULL;
}

FACET_CLONES
static void add_row(const float *restrict in, float weight, size_t count, float *restrict line)
{
    for (size_t i = 0; i < count; i++) line[i] += weight * in[i];
}

void facet_resizer_run(const struct facet_resizer *r, const float *plane, float *line, float *out)
{
    const struct axis *x = &r->x, *y = &r->y;
    for (size_t v = 0; v < r->out_height; v++) {
        memset(line, 0, r->width * sizeof *line);
        for (int row = y->lo[v]; row < y->hi[v]; row++)
            add_row(plane + (size_t)row * r->width,
                    y->weights[v * y->most + (size_t)(row - y->lo[v])], r->width, line);
        for (size_t u = 0; u < r->out_width; u++) {
            const float *weights = x->weights + u * x->most;
            float sum = 0;
            for (int i = x->lo[u]; i < x->hi[u]; i++) sum += weights[i - x->lo[u]] * line[i];
            *out++ = sum;
        }
    }
}

static void cut_box(struct facet_box *box, const struct facet_image *picture)
{
    if (box->x_lo < 0) box->x_lo = 0;
    if (box->y_lo < 0) box->y_lo = 0;
    if (box->x_hi > picture->width) box->x_hi = picture->width;
    if (box->y_hi > picture->height) box->y_hi = picture->height;
}

static int check_map(const struct facet_map *map)
{
    double determinant = map->xu * map->yv - map->xv * map->yu;
    if (!isnormal(determinant) || !isfinite(map->x0) || !isfinite(map->y0))
        return facet_fail(FACET_EINVAL, "map (%g %g %g; %g %g %g) cannot be inverted", map->xu,
                          map->xv, map->x0, map->yu, map->yv, map->y0);
    return FACET_OK;
}

int facet_resample_box(const struct facet_map *map, int width, int height, struct facet_box *box)
{
    const struct facet_image picture = {.width = box->x_hi, .height = box->y_hi};
    int code = check_map(map);
    if (code < 0) return code;
    facet_turned_box(map, width, height, &picture, box);
    cut_box(box, &picture);
    return FACET_OK;
}

int facet_resample(const struct facet_image *image, const struct facet_map *map, int width,
                   int height, float *out)
{
    int code = check_map(map);
    if (code < 0) return code;
    if (map->xv == 0 && map->yu == 0) return resample_axes(image, map, width, height, out);
    struct facet_box box;
    facet_turned_box(map, width, height, image, &box);
    cut_box(&box, image);
    facet_turned_run(image, map, &box, width, height, out);
    return FACET_OK;
}

/* The pixels of a box, of the nearest inside where they lie outside the picture. */
static int copy_extended(const struct facet_image *from, const struct facet_box *box,
                         struct facet_image *to)
{
    const int x_lo = box->x_lo, x_hi = box->x_hi, y_lo = box->y_lo, y_hi = box->y_hi;
    int code = facet_image_new(to, x_hi - x_lo, y_hi - y_lo);
    if (code < 0) return code;
    size_t before = x_lo < 0 ? (size_t)-x_lo : 0, first = x_lo > 0 ? (size_t)x_lo : 0;
    size_t end = (size_t)(x_hi < from->width ? x_hi : from->width);
    size_t after = x_hi > from->width ? (size_t)(x_hi - from->width) : 0;
    uint8_t *out = to->pixels;
    for (int y = y_lo; y < y_hi; y++) {
        int row = y < 0 ? 0 : y < from->height ? y : from->height - 1;
        const uint8_t *in = from->pixels + (size_t)row * (size_t)from->width * 3;
        for (size_t i = 0; i < before; i++, out += 3) memcpy(out, in, 3);
        memcpy(out, in + first * 3, (end - first) * 3);
        out += (end - first) * 3;
        for (size_t i = 0; i < after; i++, out += 3) memcpy(out, in + (end - 1) * 3, 3);
    }
    return FACET_OK;
}

int facet_resample_extended(const struct facet_image *image, const struct facet_map *map, int width,
                            int height, float *out)
{
    int code = check_map(map);
    if (code < 0) return code;
    struct facet_box box;
    facet_turned_box(map, width, height, image, &box);
    if (box.x_lo >= 0 && box.y_lo >= 0 && box.x_hi <= image->width && box.y_hi <= image->height)
        return facet_resample(image, map, width, height, out);
    struct facet_image wide = {0};
    struct facet_map moved = *map;
    moved.x0 -= box.x_lo;
    moved.y0 -= box.y_lo;
    code = copy_extended(image, &box, &wide);
    if (code == FACET_OK) code = facet_resample(&wide, &moved, width, height, out);
    facet_image_free(&wide);
    return code;
}

int facet_map_similarity(struct facet_map *map, const double *source, const double *output,
                         int count, double *fit)
{
    double complex source_mean = 0, output_mean = 0, cross = 0;
    double source_spread = 0, output_spread = 0;
    for (int i = 0; i < count; i++) {
        source_mean += (source[2 * i] + source[2 * i + 1] * I) / count;
        output_mean += (output[2 * i] + output[2 * i + 1] * I) / count;
    }
    for (int i = 0; i < count; i++) {
        double complex s = source[2 * i] + source[2 * i + 1] * I - source_mean;
        double complex o = output[2 * i] + output[2 * i + 1] * I - output_mean;
        cross += conj(s) * o;
        source_spread += creal(s * conj(s));
        output_spread += creal(o * conj(o));
    }
    if (!(source_spread > 0.5 * count) || cabs(cross) <= 1e-9 * sqrt(source_spread * output_spread))
        return facet_fail(FACET_EINVAL,
                          "no similarity fits: the points coincide, or match no turn");
    double complex turn = source_spread / cross; /* of the way back, output to source */
    double complex shift = source_mean - turn * output_mean;
    *map = (struct facet_map){.xu = creal(turn),
                              .xv = -cimag(turn),
                              .x0 = creal(shift),
                              .yu = cimag(turn),
                              .yv = creal(turn),
                              .y0 = cimag(shift)};
    if (fit != NULL) *fit = creal(cross * conj(cross)) / (source_spread * output_spread);
    return FACET_OK;
}
