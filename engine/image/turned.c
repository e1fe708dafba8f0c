#include "image/turned.h"

#include "base/clones.h"

#include <math.h>
#include <string.h>

/* The kernel of a map: source offsets to the arguments of the two triangles, and how far it reaches
 * along x and y. */
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

/* Along one axis of the source: lo .. hi - 1. */
static void find_seen(double step_u, double step_v, double start, double reach, int width,
                      int height, int size, int *lo, int *hi)
{
    double first = start + 0.5 * step_u + 0.5 * step_v;
    double along_u = (width - 1) * step_u, along_v = (height - 1) * step_v;
    double least = first + fmin(0, along_u) + fmin(0, along_v) - reach;
    double most = first + fmax(0, along_u) + fmax(0, along_v) + reach;
    *lo = (int)floor(fmax(-size, fmin(least, size - 1.0)));
    *hi = (int)ceil(fmax(1, fmin(most, 2.0 * size)));
}

void facet_turned_box(const struct facet_map *m, int width, int height,
                      const struct facet_image *picture, struct facet_box *box)
{
    const struct kernel kernel = new_kernel(m);
    find_seen(m->xu, m->xv, m->x0, kernel.reach_x, width, height, picture->width, &box->x_lo,
              &box->x_hi);
    find_seen(m->yu, m->yv, m->y0, kernel.reach_y, width, height, picture->height, &box->y_lo,
              &box->y_hi);
}

/* LANES neighbours of an output row are summed together, each in a lane of its own, so that nothing
 * hangs on how wide the machine's vectors are. Their kernels' rows are loaded RUN pixels at a time,
 * and sums of BLOCK such rows in float are added up with little loss. */
enum { QUAD = 4, LANES = 2 * QUAD, RUN = 5, BLOCK = 16 };

/* A map at work. */
struct turn {
    struct facet_map map;
    struct kernel kernel;
    float down_u[BLOCK], down_v[BLOCK]; /* the triangles' arguments j rows further down */
    struct facet_box box;
    int columns, rows; /* that an output looks at; those out of its reach weigh nothing */
    const struct facet_image *image;
    int outputs; /* pixels of an output row */
};

typedef float lanes __attribute__((vector_size(LANES * sizeof(float))));
typedef int32_t ints __attribute__((vector_size(sizeof(lanes))));
typedef uint32_t words __attribute__((vector_size(sizeof(lanes))));
typedef int64_t longs __attribute__((vector_size(sizeof(lanes))));
typedef uint8_t bytes __attribute__((vector_size(sizeof(lanes))));
typedef float floats4 __attribute__((vector_size(QUAD * sizeof(float))));
typedef int32_t ints4 __attribute__((vector_size(QUAD * sizeof(int32_t))));
typedef double reals4 __attribute__((vector_size(QUAD * sizeof(double))));

/* For what a clone calls (base/clones.h). */
#define FORCED static inline __attribute__((always_inline))

#define JOIN(a, b) __builtin_shufflevector(a, b, 0, 1, 2, 3, 4, 5, 6, 7)

/* Along one axis: the first pixel that QUAD outputs look at, within lo .. hi, and the way to its
 * centre from each output's place, which *place is on entry. */
FORCED void find_first(reals4 *place, double reach, int lo, int hi, ints4 *first)
{
    const reals4 least = (reals4){0} + lo, most = (reals4){0} + hi;
    reals4 begin = *place - (reach - 0.5); /* the first centre in reach is from here to 1 further */
    longs inside = begin < most;
    begin = (reals4)(((longs)begin & inside) | ((longs)most & ~inside));
    inside = begin > least;
    begin = (reals4)(((longs)begin & inside) | ((longs)least & ~inside));
    *first = __builtin_convertvector(begin, ints4);
    *place = __builtin_convertvector(*first, reals4) + 0.5 - *place;
}

/* LANES outputs: the first pixel that each looks at, the way there, and how many follow. */
struct group {
    reals4 dx[2], dy[2];
    const uint8_t *in[LANES];
    int columns, rows; /* the last is left out where it is in no lane's reach */
};

/* Whether any of LANES distances is less than `most`. */
FORCED int any_less(const reals4 d[2], double most)
{
    const longs near = (d[0] < most) | (d[1] < most);
    return (near[0] | near[1] | near[2] | near[3]) != 0;
}

/* The outputs from (u, v) on. Behind the row's end they are made and dropped. */
FORCED void place(const struct turn *t, int u, int v, struct group *g)
{
    const struct facet_map *m = &t->map;
    const struct facet_box *box = &t->box;
    ints4 x[2], y[2];
    for (int h = 0; h < 2; h++) {
        const reals4 along = (reals4){0.5, 1.5, 2.5, 3.5} + (u + h * QUAD);
        g->dx[h] = m->xu * along + (m->xv * (v + 0.5) + m->x0);
        g->dy[h] = m->yu * along + (m->yv * (v + 0.5) + m->y0);
        find_first(&g->dx[h], t->kernel.reach_x, box->x_lo, box->x_hi - t->columns, &x[h]);
        find_first(&g->dy[h], t->kernel.reach_y, box->y_lo, box->y_hi - t->rows, &y[h]);
    }
    g->rows = t->rows - !any_less(g->dy, t->kernel.reach_y - (t->rows - 1));
    g->columns = t->columns - !any_less(g->dx, t->kernel.reach_x - (t->columns - 1));
    const ints at = JOIN(y[0], y[1]) * t->image->width + JOIN(x[0], x[1]);
    for (int i = 0; i < LANES; i++) g->in[i] = t->image->pixels + (size_t)at[i] * 3;
}

/* Parts of two vectors by turns, in each half of 4: the first or the last two, singly or in pairs.
 */
#define FIRST(a, b)      __builtin_shufflevector(a, b, 0, 8, 1, 9, 4, 12, 5, 13)
#define LAST(a, b)       __builtin_shufflevector(a, b, 2, 10, 3, 11, 6, 14, 7, 15)
#define FIRST_PAIR(a, b) (ints) __builtin_shufflevector((longs)(a), (longs)(b), 0, 4, 2, 6)
#define LAST_PAIR(a, b)  (ints) __builtin_shufflevector((longs)(a), (longs)(b), 1, 5, 3, 7)

/* A run of pixels from in[lane] + offset on: pixel i of every lane to pixels[i], a word each with
 * the bytes red, green, green, blue. */
FORCED void load_run(const uint8_t *const in[LANES], size_t offset, ints pixels[RUN])
{
    ints raw[QUAD], four[QUAD]; /* lanes k and k + QUAD */
    for (int k = 0; k < QUAD; k++) {
        ints4 low, high;
        memcpy(&low, in[k] + offset, sizeof low);
        memcpy(&high, in[k + QUAD] + offset, sizeof high);
        raw[k] = JOIN(low, high);
        four[k] = (ints)__builtin_shufflevector((bytes)raw[k], (bytes)raw[k], 0, 1, 1, 2, 3, 4, 4,
                                                5, 6, 7, 7, 8, 9, 10, 10, 11, 16, 17, 17, 18, 19,
                                                20, 20, 21, 22, 23, 23, 24, 25, 26, 26, 27);
    }
    const ints first[2] = {FIRST(four[0], four[1]), FIRST(four[2], four[3])};
    const ints last[2] = {LAST(four[0], four[1]), LAST(four[2], four[3])};
    const bytes fifth = (bytes)LAST_PAIR(LAST(raw[0], raw[1]), LAST(raw[2], raw[3]));
    pixels[0] = FIRST_PAIR(first[0], first[1]);
    pixels[1] = LAST_PAIR(first[0], first[1]);
    pixels[2] = FIRST_PAIR(last[0], last[1]);
    pixels[3] = LAST_PAIR(last[0], last[1]);
    pixels[4] = (ints)__builtin_shufflevector(fifth, fifth, 0, 1, 1, 2, 4, 5, 5, 6, 8, 9, 9, 10, 12,
                                              13, 13, 14, 16, 17, 17, 18, 20, 21, 21, 22, 24, 25,
                                              25, 26, 28, 29, 29, 30);
}

/* A sum whose additions lose little: what one rounds off goes into the next (Kahan 1965). */
struct sum {
    lanes sum, excess;
};

FORCED void add(struct sum *s, const lanes *part)
{
    const lanes more = *part - s->excess, sum = s->sum + more;
    s->excess = (sum - s->sum) - more;
    s->sum = sum;
}

/* Adds `rows` x `columns` pixels of each output's kernel, from (row, column) on: red, green, blue
 * and weight. */
FORCED void add_block(const struct turn *t, const struct group *group, int row, int column,
                      int rows, int columns, struct sum sums[4])
{
    const struct kernel *k = &t->kernel;
    const size_t stride = (size_t)t->image->width * 3;
    const ints magnitude = (ints){0} + 0x7fffffff;
    floats4 u[2], v[2];
    for (int h = 0; h < 2; h++) {
        const reals4 dx = group->dx[h] + column, dy = group->dy[h] + row;
        u[h] = __builtin_convertvector(k->ux * dx + k->uy * dy, floats4);
        v[h] = __builtin_convertvector(k->vx * dx + k->vy * dy, floats4);
    }
    lanes us[RUN], vs[RUN], r = {0}, g = {0}, b = {0}, w = {0};
    for (int i = 0; i < columns; i++) {
        us[i] = JOIN(u[0], u[1]) + (float)(i * k->ux);
        vs[i] = JOIN(v[0], v[1]) + (float)(i * k->vx);
    }
    size_t offset = (size_t)row * stride + (size_t)column * 3;
    for (int j = 0; j < rows; j++, offset += stride) {
        ints rgb[RUN];
        load_run(group->in, offset, rgb);
        for (int i = 0; i < columns; i++) {
            lanes a = 1 - (lanes)((ints)(us[i] + t->down_u[j]) & magnitude);
            lanes c = 1 - (lanes)((ints)(vs[i] + t->down_v[j]) & magnitude);
            a = (lanes)((ints)(a * c) & (a > 0) & (c > 0));
            r += a * __builtin_convertvector(rgb[i] & 255, lanes);
            g += a * __builtin_convertvector(rgb[i] >> 8 & 255, lanes);
            b += a * __builtin_convertvector((ints)((words)rgb[i] >> 24), lanes);
            w += a;
        }
    }
    add(&sums[0], &r);
    add(&sums[1], &g);
    add(&sums[2], &b);
    add(&sums[3], &w);
}

/* All of each output's kernel. */
FORCED void add_kernels(const struct turn *t, const struct group *group, struct sum sums[4])
{
    for (int row = 0; row < group->rows; row += BLOCK) {
        const int rows = group->rows - row < BLOCK ? group->rows - row : BLOCK;
        int column = 0;
        for (; group->columns - column >= RUN; column += RUN)
            add_block(t, group, row, column, rows, RUN, sums);
        const int left = group->columns - column; /* each has a loop without branches */
        if (left == 4) add_block(t, group, row, column, rows, 4, sums);
        if (left == 3) add_block(t, group, row, column, rows, 3, sums);
        if (left == 2) add_block(t, group, row, column, rows, 2, sums);
        if (left == 1) add_block(t, group, row, column, rows, 1, sums);
    }
}

/* Output row `v` of the three planes. */
FACET_CLONES
static void see_row(const struct turn *t, int v, size_t plane, float *out)
{
    for (int u = 0; u < t->outputs; u += LANES, out += LANES) {
        struct group group;
        struct sum sums[4] = {{{0}, {0}}};
        place(t, u, v, &group);
        add_kernels(t, &group, sums);
        const ints seen = sums[3].sum > 0;
        for (size_t c = 0; c < 3; c++) {
            const lanes mean = (lanes)((ints)(sums[c].sum / sums[3].sum) & seen);
            if (t->outputs - u >= LANES)
                memcpy(out + c * plane, &mean, sizeof mean);
            else
                for (int i = 0; i < t->outputs - u; i++) out[c * plane + (size_t)i] = mean[i];
        }
    }
}

void facet_turned_run(const struct facet_image *image, const struct facet_map *map,
                      const struct facet_box *box, int width, int height, float *out)
{
    const struct kernel kernel = new_kernel(map);
    struct turn t = {
        .map = *map,
        .kernel = kernel,
        .box = *box,
        .columns = (int)fmin(ceil(2 * kernel.reach_x), box->x_hi - box->x_lo),
        .rows = (int)fmin(ceil(2 * kernel.reach_y), box->y_hi - box->y_lo),
        .image = image,
        .outputs = width,
    };
    for (int j = 0; j < BLOCK; j++) {
        t.down_u[j] = (float)(j * kernel.uy);
        t.down_v[j] = (float)(j * kernel.vy);
    }
    for (int v = 0; v < height; v++)
        see_row(&t, v, (size_t)width * (size_t)height, out + (size_t)v * (size_t)width);
}
