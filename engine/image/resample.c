#include "image/resample.h"

#include "base/clones.h"

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

/* The kernel of a map with rotation: source offsets to the arguments of the two triangles, and how
 * far it reaches along x and y. */
struct kernel {
    double ux, uy, vx, vy;
    double reach_x, reach_y;
};

static struct kernel new_kernel(const struct facet_map *m)
{
    double determinant = m->xu * m->yv - m->xv * m->yu;
    double ku = fmin(1, hypot(m->xu, m->yu)), kv = fmin(1, hypot(m->xv, m->yv));
    return (struct kernel){
        .ux = m->yv / determinant * ku,
        .uy = -m->xv / determinant * ku,
        .vx = -m->yu / determinant * kv,
        .vy = m->xu / determinant * kv,
        .reach_x = fabs(m->xu) / ku + fabs(m->xv) / kv,
        .reach_y = fabs(m->yu) / ku + fabs(m->yv) / kv,
    };
}

/* Where the source pixels lie that an output of width x height sees, along one axis of the source:
 * lo .. hi - 1, at most as far outside as the source is long. */
static void find_seen(double step_u, double step_v, double start, double reach, int width,
                      int height, int size, int *lo, int *hi)
{
    double first = start + 0.5 * step_u + 0.5 * step_v;
    double along_u = (width - 1) * step_u, along_v = (height - 1) * step_v;
    double least = first + fmin(0, along_u) + fmin(0, along_v) - reach;
    double most = first + fmax(0, along_u) + fmax(0, along_v) + reach;
    *lo = (int)floor(clamp(least, -size, size - 1.0));
    *hi = (int)ceil(clamp(most, 1, 2.0 * size));
}

/* Both axes of `picture`. */
static struct facet_box find_seen_box(const struct facet_map *m, const struct kernel *kernel,
                                      int width, int height, const struct facet_image *picture)
{
    struct facet_box box;
    find_seen(m->xu, m->xv, m->x0, kernel->reach_x, width, height, picture->width, &box.x_lo,
              &box.x_hi);
    find_seen(m->yu, m->yv, m->y0, kernel->reach_y, width, height, picture->height, &box.y_lo,
              &box.y_hi);
    return box;
}

static struct facet_box cut_box(struct facet_box box, const struct facet_image *picture)
{
    if (box.x_lo < 0) box.x_lo = 0;
    if (box.y_lo < 0) box.y_lo = 0;
    if (box.x_hi > picture->width) box.x_hi = picture->width;
    if (box.y_hi > picture->height) box.y_hi = picture->height;
    return box;
}

/* The part of a picture that an output sees, 4 bytes a pixel: then a row of a kernel is summed
 * eight pixels at a time. Rows have eight pixels behind them that may be read. */
struct part {
    struct facet_box box;
    size_t stride;
    int32_t *pixels; /* (rows, stride): red + 256 green + 65536 blue */
};

enum { LANES = 8 };
typedef float lanes __attribute__((vector_size(LANES * sizeof(float))));
typedef double sums4 __attribute__((vector_size(4 * sizeof(double))));
typedef int32_t ints __attribute__((vector_size(LANES * sizeof(int32_t))));
typedef double wide __attribute__((vector_size(LANES * sizeof(double))));
typedef int64_t longs __attribute__((vector_size(LANES * sizeof(int64_t))));

FACET_CLONES
static void pack_row(const uint8_t *restrict in, size_t count, int32_t *restrict out)
{
    for (size_t i = 0; i < count; i++)
        out[i] = in[3 * i] | in[3 * i + 1] << 8 | in[3 * i + 2] << 16;
}

static int pack_part(const struct facet_image *image, struct part *s)
{
    const struct facet_box *box = &s->box;
    size_t columns = (size_t)(box->x_hi - box->x_lo), rows = (size_t)(box->y_hi - box->y_lo);
    s->stride = columns + LANES;
    s->pixels = facet_alloc(rows * s->stride, sizeof *s->pixels, "part of a picture");
    if (s->pixels == NULL) return FACET_ENOMEM;
    for (size_t y = 0; y < rows; y++) {
        size_t at = ((size_t)box->y_lo + y) * (size_t)image->width + (size_t)box->x_lo;
        pack_row(image->pixels + 3 * at, columns, s->pixels + y * s->stride);
    }
    return FACET_OK;
}

/* LANES neighbours of an output row. */
struct group {
    wide x, y;                   /* their places in the source */
    ints x_lo, x_hi, y_lo, y_hi; /* what their kernels reach */
    lanes u, v;                  /* the triangles' arguments at the first pixel in turn */
    sums4 sums[LANES];           /* red, green, blue, weight */
};

/* One output of a map with rotation. */
struct turn {
    struct facet_map map;
    struct kernel kernel;
    struct part source;
    const float *rows_u, *rows_v; /* the triangles' arguments j rows further down */
    int width, height;            /* of the picture */
    int outputs;                  /* pixels of an output row */
    struct group *groups;         /* of one output row */
};

/* clamp() from 0 on. */
static inline void cut(wide *value, double high)
{
    const wide most = (wide){0} + high;
    const longs inside = *value < most;
    *value = (wide)(((longs)*value & inside) | ((longs)most & ~inside));
    *value = (wide)((longs)*value & (*value > 0));
}

/* find_range(). */
static inline void find_ranges(const wide *place, double reach, int size, ints *lo, ints *hi)
{
    wide begin = *place - reach + 0.5, end = *place + reach - 0.5;
    cut(&begin, size);
    cut(&end, size);
    *lo = __builtin_convertvector(begin, ints);
    *hi = __builtin_convertvector(end, ints);
    const longs more = __builtin_convertvector(*hi, wide) < end; /* -1 where it is */
    *hi -= __builtin_convertvector(more, ints);
    const ints none = *hi < *lo;
    *hi = (*lo & none) | (*hi & ~none);
}

/* Output row `v`: where its pixels look. Returns how many source pixels the widest kernel has. */
FACET_CLONES
static int place_row(const struct turn *t, int v)
{
    const struct facet_map *m = &t->map;
    ints widest = {0};
    int most = 0;
    for (int u = 0; u < t->outputs; u += LANES) {
        struct group *g = &t->groups[u / LANES];
        const wide along = (wide){0.5, 1.5, 2.5, 3.5, 4.5, 5.5, 6.5, 7.5} + u;
        g->x = m->xu * along + m->xv * (v + 0.5) + m->x0;
        g->y = m->yu * along + m->yv * (v + 0.5) + m->y0;
        find_ranges(&g->x, t->kernel.reach_x, t->width, &g->x_lo, &g->x_hi);
        find_ranges(&g->y, t->kernel.reach_y, t->height, &g->y_lo, &g->y_hi);
        const ints columns = (g->x_hi - g->x_lo) & (g->y_hi > g->y_lo);
        const ints wider = columns > widest;
        widest = (columns & wider) | (widest & ~wider);
        memset(g->sums, 0, sizeof g->sums);
    }
    for (int i = 0; i < LANES; i++) most = widest[i] > most ? widest[i] : most;
    return most;
}

/* The triangles' arguments at the first row and the column `first` of each kernel. */
FACET_CLONES
static void aim_row(const struct turn *t, int first)
{
    const struct kernel *k = &t->kernel;
    for (int u = 0; u < t->outputs; u += LANES) {
        struct group *g = &t->groups[u / LANES];
        const wide dx = __builtin_convertvector(g->x_lo + first, wide) + 0.5 - g->x;
        const wide dy = __builtin_convertvector(g->y_lo, wide) + 0.5 - g->y;
        g->u = __builtin_convertvector(k->ux * dx + k->uy * dy, lanes);
        g->v = __builtin_convertvector(k->vx * dx + k->vy * dy, lanes);
    }
}

/* Adds up the lanes of four sums, always in the same order. */
static inline void add_lanes(const lanes parts[4], sums4 *sums)
{
    lanes rg = __builtin_shufflevector(parts[0], parts[1], 0, 8, 1, 9, 4, 12, 5, 13) +
               __builtin_shufflevector(parts[0], parts[1], 2, 10, 3, 11, 6, 14, 7, 15);
    lanes bw = __builtin_shufflevector(parts[2], parts[3], 0, 8, 1, 9, 4, 12, 5, 13) +
               __builtin_shufflevector(parts[2], parts[3], 2, 10, 3, 11, 6, 14, 7, 15);
    lanes all = __builtin_shufflevector(rg, bw, 0, 1, 8, 9, 4, 5, 12, 13) +
                __builtin_shufflevector(rg, bw, 2, 3, 10, 11, 6, 7, 14, 15);
    *sums += __builtin_convertvector(__builtin_shufflevector(all, all, 0, 1, 2, 3), sums4) +
             __builtin_convertvector(__builtin_shufflevector(all, all, 4, 5, 6, 7), sums4);
}

/* Adds the columns of each kernel from `first` on, at most LANES. They are summed in float, the
 * picture in double: a kernel may hold millions of pixels. Nothing here hangs on how wide the
 * machine's vectors are. */
FACET_CLONES
static void sum_row(const struct turn *t, int first)
{
    const struct part *s = &t->source;
    const ints index = {0, 1, 2, 3, 4, 5, 6, 7}, magnitude = (ints){0} + 0x7fffffff;
    const lanes step_u = __builtin_convertvector(index, lanes) * (float)t->kernel.ux;
    const lanes step_v = __builtin_convertvector(index, lanes) * (float)t->kernel.vx;
    for (int u = 0; u < t->outputs; u++) {
        struct group *group = &t->groups[u / LANES];
        const int i = u % LANES, x = group->x_lo[i] + first, y = group->y_lo[i];
        const int columns = group->x_hi[i] - x, rows = group->y_hi[i] - y;
        if (columns <= 0 || rows <= 0) continue;
        const lanes far = (lanes)((index >= columns) & (ints)((lanes){0} + 1e9f));
        const lanes first_u = step_u + group->u[i] + far, first_v = step_v + group->v[i];
        const int32_t *in =
            s->pixels + (size_t)(y - s->box.y_lo) * s->stride + (size_t)(x - s->box.x_lo);
        lanes r = {0}, g = {0}, b = {0}, w = {0};
        for (int j = 0; j < rows; j++, in += s->stride) {
            lanes a = 1 - (lanes)((ints)(first_u + t->rows_u[j]) & magnitude);
            lanes c = 1 - (lanes)((ints)(first_v + t->rows_v[j]) & magnitude);
            ints rgb;
            memcpy(&rgb, in, sizeof rgb);
            a = (lanes)((ints)(a * c) & (a > 0) & (c > 0));
            r += a * __builtin_convertvector(rgb & 255, lanes);
            g += a * __builtin_convertvector(rgb >> 8 & 255, lanes);
            b += a * __builtin_convertvector(rgb >> 16, lanes);
            w += a;
        }
        const lanes parts[4] = {r, g, b, w};
        add_lanes(parts, &group->sums[i]);
    }
}

/* Sums divided by their weights. */
FACET_CLONES
static void divide_row(const struct turn *t, size_t plane, float *out)
{
    for (int u = 0; u < t->outputs; u++, out++) {
        sums4 sums = t->groups[u / LANES].sums[u % LANES];
        if (sums[3] > 0) sums /= sums[3];
        for (size_t c = 0; c < 3; c++) out[c * plane] = (float)sums[c];
    }
}

static int resample_turned(const struct facet_image *image, const struct facet_map *m, int width,
                           int height, float *out)
{
    struct turn t = {.map = *m,
                     .kernel = new_kernel(m),
                     .width = image->width,
                     .height = image->height,
                     .outputs = width};
    struct part *s = &t.source;
    size_t plane = (size_t)width * (size_t)height;
    s->box = cut_box(find_seen_box(m, &t.kernel, width, height, image), image);
    size_t rows = (size_t)(s->box.y_hi - s->box.y_lo);
    float *table = facet_alloc(rows, 2 * sizeof *table, "rows of a kernel");
    t.groups = facet_alloc(((size_t)width + LANES - 1) / LANES, sizeof *t.groups, "output row");
    int code = table == NULL || t.groups == NULL ? FACET_ENOMEM : pack_part(image, s);
    for (size_t j = 0; code == FACET_OK && j < rows; j++) {
        table[j] = (float)(t.kernel.uy * (double)j);
        table[rows + j] = (float)(t.kernel.vy * (double)j);
    }
    t.rows_u = table;
    t.rows_v = table + rows;
    for (int v = 0; code == FACET_OK && v < height; v++) {
        const int columns = place_row(&t, v);
        for (int first = 0; first < columns; first += LANES) {
            aim_row(&t, first);
            sum_row(&t, first);
        }
        divide_row(&t, plane, out + (size_t)v * (size_t)width);
    }
    free(s->pixels);
    free(t.groups);
    free(table);
    return code;
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
    const struct kernel kernel = new_kernel(map);
    *box = cut_box(find_seen_box(map, &kernel, width, height, &picture), &picture);
    return FACET_OK;
}

int facet_resample(const struct facet_image *image, const struct facet_map *map, int width,
                   int height, float *out)
{
    int code = check_map(map);
    if (code < 0) return code;
    if (map->xv == 0 && map->yu == 0) return resample_axes(image, map, width, height, out);
    return resample_turned(image, map, width, height, out);
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
    const struct kernel kernel = new_kernel(map);
    const struct facet_box box = find_seen_box(map, &kernel, width, height, image);
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
