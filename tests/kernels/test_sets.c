/* The kernel sets: every one that runs here against sums in double, against the
 * reference, and Winograd as a whole against the convolution that it stands for.
 *
 * A sum of n products may be off by n eps sum |a_i b_i|, with eps = 2^-24: the bound for adding up
 * one after the other with each step rounded once; the reference, which rounds at the end only, by
 * eps sum |a_i b_i|. */
#include "kernels/each_set.h"

static const struct facet_kernels *reference(void)
{
    const struct facet_kernels *k = NULL;
    assert_ok(facet_kernels_choose("reference", &k));
    return k;
}

/* ---- products ---- */

/* The smallest arrays that hold a, b and c of a product. */
static size_t size_a(const struct facet_product *p)
{
    return (p->rows - 1) * p->a_row + (p->segments - 1) * p->a_segment +
           (p->inner - 1) * p->a_inner + 1;
}

static size_t size_b(const struct facet_product *p)
{
    return (p->segments - 1) * p->b_segment + (p->inner - 1) * p->b_row + p->columns;
}

static size_t size_c(const struct facet_product *p)
{
    return (p->rows - 1) * p->c_row + p->columns;
}

/* c[i, j] in double, and the sum of magnitudes. */
static double exact(const struct facet_product *p, const float *a, const float *b, const float *c,
                    size_t i, size_t j, double *magnitude)
{
    double sum = p->add ? (double)c[i * p->c_row + j] : 0;
    *magnitude = fabs(sum);
    for (size_t s = 0; s < p->segments; s++)
        for (size_t k = 0; k < p->inner; k++) {
            double term = (double)a[i * p->a_row + s * p->a_segment + k * p->a_inner] *
                          (double)b[s * p->b_segment + k * p->b_row + j];
            sum += term;
            *magnitude += fabs(term);
        }
    return sum;
}

static struct area multiply(const struct facet_kernels *k, const struct facet_product *p,
                            struct area a, struct area b, struct area start, size_t shift)
{
    struct area c = copy(start, shift);
    k->product(p, a.at, b.at, c.at);
    check_guards(c);
    for (size_t i = 0; i < c.count; i++) /* between the rows too */
        if (i % p->c_row >= p->columns) assert_true(c.at[i] == start.at[i]);
    return c;
}

static void check_product(const struct facet_kernels *k, const struct facet_product *p)
{
    const double terms = (double)(p->segments * p->inner + (size_t)p->add);
    const size_t rounded = k == reference() ? 1 : (size_t)terms;
    struct area a = noise(size_a(p), 3), b = noise(size_b(p), 1);
    struct area start = p->add ? noise(size_c(p), 0) : area(size_c(p), 0);
    struct area got = multiply(k, p, a, b, start, 5),
                truth = multiply(reference(), p, a, b, start, 0);
    for (size_t i = 0; i < p->rows; i++)
        for (size_t j = 0; j < p->columns; j++) {
            const size_t at = i * p->c_row + j;
            double magnitude, sum = exact(p, a.at, b.at, start.at, i, j, &magnitude);
            check_value(k->name, "product", at, (double)got.at[at], sum,
                        (double)rounded * eps * magnitude * (1 + 1e-5));
            check_value(k->name, "product by reference", at, (double)got.at[at],
                        (double)truth.at[at], (terms + 1) * eps * magnitude);
        }
    struct area *const all[] = {&a, &b, &start, &got, &truth};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) free(all[i]->memory);
}

/* Number `kind` of the ways in which the network uses products. */
static struct facet_product product_of(int kind, size_t rows, size_t columns)
{
    struct facet_product p = {.rows = rows,
                              .columns = columns,
                              .segments = 1,
                              .inner = 1 + (rows * 7 + columns) % 23,
                              .a_inner = 1,
                              .b_row = columns + kind % 3,
                              .c_row = columns + rows % 4,
                              .add = (int)(rows + columns / 2) % 2};
    p.a_row = p.inner;
    switch (kind) {
    case 1: /* a convolution: rows overlap, a segment a row of the kernel */
        p.segments = 3;
        p.inner = 9;
        p.a_row = 3;
        p.a_segment = rows * 3 + 11;
        p.b_segment = p.inner * p.b_row + 5;
        break;
    case 2: /* transposed */
        p.a_row = 1;
        p.a_inner = rows + 2;
        break;
    case 3: /* rows an image apart */
        p.segments = 2;
        p.a_row = 8 * p.inner + 1;
        p.a_segment = 3 * p.inner;
        p.b_segment = p.inner * p.b_row;
        break;
    default:
        break;
    }
    return p;
}

static void products_agree(void **state)
{
    (void)state;
    EACH_SET(k)
    for (size_t rows = 1; rows <= 13; rows++)
        for (size_t columns = 1; columns <= 130; columns++) {
            struct facet_product p = product_of((int)(rows + columns) % 4, rows, columns);
            check_product(k, &p);
        }
}

static void every_kind_of_product_agrees(void **state)
{
    (void)state;
    const size_t rows[] = {1, 6, 7, 12, 19}, columns[] = {1, 15, 16, 17, 64, 80, 127, 128, 201};
    EACH_SET(k)
    for (int kind = 0; kind < 4; kind++)
        for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
            for (size_t j = 0; j < sizeof columns / sizeof columns[0]; j++)
                for (int add = 0; add < 2; add++) {
                    struct facet_product p = product_of(kind, rows[i], columns[j]);
                    p.add = add;
                    check_product(k, &p);
                }
}

static void long_sums_agree(void **state)
{
    (void)state;
    EACH_SET(k)
    for (size_t rows = 5; rows <= 8; rows++) {
        struct facet_product p = product_of(0, rows, 75);
        p.inner = p.a_row = 3001;
        check_product(k, &p);
    }
}

/* The same bits wherever the arrays lie, whatever the other rows and columns are, and however many
 * come behind. */
static void a_value_depends_on_its_own_sum_only(void **state)
{
    (void)state;
    enum { ROWS = 13, COLUMNS = 93 };
    EACH_SET(k)
    for (int kind = 0; kind < 4; kind += 3) { /* those whose rows don't overlap */
        struct facet_product p = product_of(kind, ROWS, COLUMNS);
        struct area a = noise(size_a(&p), 0), b = noise(size_b(&p), 0), c = noise(size_c(&p), 0);
        struct area all = multiply(k, &p, a, b, c, 0);
        struct area a2 = copy(a, 1), b2 = copy(b, 7), moved = multiply(k, &p, a2, b2, c, 9);
        assert_true(same_bits(all, moved));
        for (size_t row = 0; row < ROWS; row++) {
            struct area alone = copy(a, 0);
            struct facet_product fewer = p;
            fewer.rows = row + 1;
            for (size_t i = 0; i < alone.count; i++)
                if (i / p.a_row != row) alone.at[i] = i % 2 ? NAN : INFINITY;
            struct area one = multiply(k, &p, alone, b, c, 0);
            struct area some = multiply(k, &fewer, a, b, c, 0);
            assert_memory_equal(one.at + row * p.c_row, all.at + row * p.c_row,
                                COLUMNS * sizeof(float));
            assert_memory_equal(some.at, all.at, (row * p.c_row + COLUMNS) * sizeof(float));
            free(alone.memory);
            free(one.memory);
            free(some.memory);
        }
        for (size_t columns = 1; columns < COLUMNS; columns += 4) {
            struct facet_product fewer = p;
            fewer.columns = columns;
            struct area some = multiply(k, &fewer, a, b, c, 0);
            for (size_t row = 0; row < ROWS; row++)
                assert_memory_equal(some.at + row * p.c_row, all.at + row * p.c_row,
                                    columns * sizeof(float));
            free(some.memory);
        }
        struct area *const areas[] = {&a, &b, &c, &all, &a2, &b2, &moved};
        for (size_t i = 0; i < sizeof areas / sizeof areas[0]; i++) free(areas[i]->memory);
    }
}

static void products_keep_what_is_not_finite(void **state)
{
    (void)state;
    const float odd[] = {NAN, INFINITY, -INFINITY, FLT_MAX};
    EACH_SET(k)
    for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++)
        for (int kind = 0; kind < 4; kind++) {
            struct facet_product p = product_of(kind, 9, 83);
            struct area a = noise(size_a(&p), 1), b = noise(size_b(&p), 2);
            struct area c = noise(size_c(&p), 0);
            a.at[4 * p.a_row + p.inner / 2 * p.a_inner] = odd[i];
            b.at[p.inner / 2 * p.b_row + 41] = 0; /* infinity times zero */
            struct area got = multiply(k, &p, a, b, c, 0);
            size_t strange = 0;
            for (size_t row = 0; row < p.rows; row++)
                for (size_t j = 0; j < p.columns; j++) {
                    double magnitude, sum = exact(&p, a.at, b.at, c.at, row, j, &magnitude);
                    const float value = got.at[row * p.c_row + j];
                    strange += !isfinite(value);
                    check_value(k->name, "product", row * p.c_row + j, (double)value, sum,
                                30 * eps * magnitude);
                }
            assert_true(isfinite(odd[i]) ? strange == 0
                                         : strange > 0 && strange < p.rows * p.columns);
            struct area *const all[] = {&a, &b, &c, &got};
            for (size_t j = 0; j < sizeof all / sizeof all[0]; j++) free(all[j]->memory);
        }
}

/* Numbers below FLT_MIN are numbers: nothing is flushed to zero. */
static void products_keep_denormals(void **state)
{
    (void)state;
    EACH_SET(k)
    {
        struct facet_product p = product_of(0, 7, 81);
        struct area a = area(size_a(&p), 1), b = area(size_b(&p), 1), c = area(size_c(&p), 1);
        p.add = 0;
        for (size_t i = 0; i < a.count; i++) a.at[i] = i % p.inner == 0 ? FLT_TRUE_MIN * 5 : 0;
        for (size_t i = 0; i < b.count; i++) b.at[i] = 3;
        struct area got = multiply(k, &p, a, b, c, 0);
        for (size_t i = 0; i < p.rows; i++)
            for (size_t j = 0; j < p.columns; j++)
                assert_true(got.at[i * p.c_row + j] == 15 * FLT_TRUE_MIN);
        struct area *const all[] = {&a, &b, &c, &got};
        for (size_t j = 0; j < sizeof all / sizeof all[0]; j++) free(all[j]->memory);
    }
}

/* ---- Winograd, kernel by kernel ---- */

/* F(4x4, 3x3) of Lavin and Gray, 2016, section 4.3. */
static const double input_matrix[36] = {4, 0, -5, 0,  1, 0, 0, -4, -4, 1,  1, 0,
                                        0, 4, -4, -1, 1, 0, 0, -2, -1, 2,  1, 0,
                                        0, 2, -1, -2, 1, 0, 0, 4,  0,  -5, 0, 1};
static const double output_matrix[24] = {1, 1, 1, 1, 1, 0, 0, 1, -1, 2, -2, 0,
                                         0, 1, 1, 4, 4, 0, 0, 1, -1, 8, -8, 1};
static const double weight_matrix[18] = {1 / 4.,  0,        0,       -1 / 6., -1 / 6., -1 / 6.,
                                         -1 / 6., 1 / 6.,   -1 / 6., 1 / 24., 1 / 12., 1 / 6.,
                                         1 / 24., -1 / 12., 1 / 6.,  0,       0,       1};

/* A square of values in an array: value (y, x) lies at at + y row + x column, and is there if y < h
 * and x < w. */
struct square {
    size_t size, at, row, column, h, w;
};

static double *lies_in(struct square s, double *values, size_t y, size_t x)
{
    return y < s.h && x < s.w ? &values[s.at + y * s.row + x * s.column] : NULL;
}

/* to += M from M' with M (to.size, from.size), or its transpose M (from.size, to.size)'. */
static void transform(const double *m, int turned, double *from, struct square in, double *to,
                      struct square out)
{
    for (size_t y = 0; y < out.size; y++)
        for (size_t x = 0; x < out.size; x++) {
            double *at = lies_in(out, to, y, x);
            for (size_t i = 0; i < in.size && at != NULL; i++)
                for (size_t j = 0; j < in.size; j++) {
                    const double *value = lies_in(in, from, i, j);
                    if (value == NULL) continue;
                    *at += *value * (turned ? m[i * out.size + y] * m[j * out.size + x]
                                            : m[y * in.size + i] * m[x * in.size + j]);
                }
        }
}

enum kernel { INPUT, INPUT_GRADIENT, OUTPUT, OUTPUT_GRADIENT, WEIGHT, WEIGHT_GRADIENT, KERNELS };

static const char *const kernel_names[] = {"winograd_input",  "winograd_input_gradient",
                                           "winograd_output", "winograd_output_gradient",
                                           "winograd_weight", "winograd_weight_gradient"};

static size_t tiles(const struct facet_conv *c)
{
    return facet_winograd_tiles_y(c) * facet_winograd_tiles_x(c);
}

/* Floats from one of the 36 places to the next, and of the arrays of a kernel. The places have
 * room for more tiles than there are, as when a chunk of images shares them. */
static size_t place_size(const struct facet_conv *c, enum kernel what)
{
    const size_t channels = what <= INPUT_GRADIENT ? c->in_c : c->out_c;
    return what >= WEIGHT ? c->in_c * c->out_c : (tiles(c) + 2) * channels;
}

static size_t image_size(const struct facet_conv *c, enum kernel what)
{
    if (what >= WEIGHT) return 9 * c->in_c * c->out_c;
    return what <= INPUT_GRADIENT ? c->in_h * c->in_w * c->in_c : c->out_h * c->out_w * c->out_c;
}

/* Kernels with an even number go from the image (or filter) to the places or, OUTPUT, back. */
static int from_image(enum kernel what)
{
    return what == INPUT || what == OUTPUT_GRADIENT || what == WEIGHT;
}

static void run_kernel(const struct facet_kernels *k, const struct facet_conv *c, enum kernel what,
                       const float *from, float *to)
{
    const size_t place = place_size(c, what), strip = 4 * c->out_w * c->out_c;
    struct area turned = area(36 * place, 1);
    if (what == INPUT) k->winograd_input(c, from, to, place);
    if (what == INPUT_GRADIENT) k->winograd_input_gradient(c, from, place, to);
    for (size_t ty = 0; ty < facet_winograd_tiles_y(c); ty++) {
        if (what == OUTPUT) k->winograd_output(c, from, place, ty, to + ty * strip);
        if (what == OUTPUT_GRADIENT)
            k->winograd_output_gradient(c, from + ty * strip, ty, to, place);
    }
    if (what == WEIGHT) {
        struct area u = area(36 * place, 3);
        k->winograd_weight(c, from, u.at, turned.at);
        check_guards(u);
        check_guards(turned);
        for (size_t i = 0; i < 36 * place; i++)
            to[i] = u.at[i / place * place +
                         facet_winograd_in_u(c, i % place / c->out_c, i % c->out_c)];
        free(u.memory);
        for (size_t i = 0; i < 36; i++)
            for (size_t in = 0; in < c->in_c; in++)
                for (size_t out = 0; out < c->out_c; out++)
                    assert_true(to[i * place + in * c->out_c + out] ==
                                turned.at[i * place + out * c->in_c + in]);
    }
    if (what == WEIGHT_GRADIENT) k->winograd_weight_gradient(c, from, to);
    free(turned.memory);
}

/* The same in double, or with magnitudes instead of values: adds to `to`. */
static void run_exactly(const struct facet_conv *c, enum kernel what, int absolute, double *from,
                        double *to)
{
    const int filter = what >= WEIGHT, side = filter ? 3 : what <= INPUT_GRADIENT ? 6 : 4;
    const double *matrix = filter ? weight_matrix : side == 6 ? input_matrix : output_matrix;
    const size_t place = place_size(c, what), channels = side == 6 ? c->in_c : c->out_c;
    const size_t h = side == 6 ? c->in_h : c->out_h, w = side == 6 ? c->in_w : c->out_w;
    const size_t blocks = filter ? 1 : tiles(c), values = filter ? place : channels;
    double used[36];
    for (size_t i = 0; i < (filter ? 18u : side == 6 ? 36u : 24u); i++)
        used[i] = absolute ? fabs(matrix[i]) : matrix[i];
    for (size_t tile = 0; tile < blocks; tile++)
        for (size_t i = 0; i < values; i++) {
            const size_t y = tile / facet_winograd_tiles_x(c) * 4;
            const size_t x = tile % facet_winograd_tiles_x(c) * 4;
            struct square at_places = {6, tile * channels + i, 6 * place, place, 6, 6};
            struct square at_image = {
                (size_t)side, (y * w + x) * channels + i, w * channels, channels, h - y, w - x};
            if (filter) at_image = (struct square){3, i, 3 * place, place, 3, 3};
            if (from_image(what))
                transform(used, what == OUTPUT_GRADIENT, from, at_image, to, at_places);
            else
                transform(used, what != OUTPUT, from, at_places, to, at_image);
        }
}

static double *widen(struct area a, int absolute)
{
    double *values = calloc(a.count, sizeof *values);
    assert_non_null(values);
    for (size_t i = 0; i < a.count; i++)
        values[i] = absolute ? fabs((double)a.at[i]) : (double)a.at[i];
    return values;
}

/* An output of `what`: zeros where the kernel adds up, else guards. */
static struct area result(const struct facet_conv *c, enum kernel what, size_t shift)
{
    struct area a = area(from_image(what) ? 36 * place_size(c, what) : image_size(c, what), shift);
    for (size_t i = 0; i < a.count && what == INPUT_GRADIENT; i++) a.at[i] = 0;
    return a;
}

static struct area argument(const struct facet_conv *c, enum kernel what, size_t shift)
{
    return noise(from_image(what) ? image_size(c, what) : 36 * place_size(c, what), shift);
}

/* Nothing is written between the places. */
static void check_gaps(const struct facet_conv *c, enum kernel what, struct area got)
{
    const size_t place = place_size(c, what);
    const size_t used = tiles(c) * (what == INPUT ? c->in_c : c->out_c);
    for (size_t i = 0; i < got.count && what < WEIGHT && from_image(what); i++)
        if (i % place >= used) assert_true(got.at[i] == guard);
}

/* Largest error as a multiple of eps sum |terms|. */
static double check_kernel(const struct facet_kernels *k, const struct facet_conv *c,
                           enum kernel what)
{
    struct area from = argument(c, what, 3), got = result(c, what, 5);
    double *exact_from = widen(from, 0), *sizes_from = widen(from, 1), worst = 0;
    double *truth = calloc(got.count, sizeof *truth), *sizes = calloc(got.count, sizeof *sizes);
    assert_true(truth != NULL && sizes != NULL);
    run_kernel(k, c, what, from.at, got.at);
    check_guards(got);
    check_gaps(c, what, got);
    run_exactly(c, what, 0, exact_from, truth);
    run_exactly(c, what, 1, sizes_from, sizes);
    for (size_t i = 0; i < got.count; i++) {
        if (got.at[i] == guard && truth[i] == 0) continue; /* a gap */
        /* Six terms in each of two directions; the sum over tiles adds three. */
        check_value(k->name, kernel_names[what], i, (double)got.at[i], truth[i],
                    (k == reference() ? 4 : 12) * eps * sizes[i]);
        if (sizes[i] > 0)
            worst = fmax(worst, fabs((double)got.at[i] - truth[i]) / (eps * sizes[i]));
    }
    free(exact_from);
    free(sizes_from);
    free(truth);
    free(sizes);
    free(from.memory);
    free(got.memory);
    return worst;
}

static const size_t shapes[][4] = {
    /* in_c, in_h, in_w, out_c */
    {16, 3, 3, 16},  {16, 6, 6, 48},  {48, 7, 10, 16},  {16, 8, 5, 16},
    {48, 11, 3, 48}, {16, 9, 13, 32}, {16, 14, 10, 16}, {32, 3, 4, 80},
};

enum { SHAPES = sizeof shapes / sizeof shapes[0] };

static struct facet_conv shape(size_t i)
{
    return facet_conv_shape(shapes[i][0], shapes[i][1], shapes[i][2], shapes[i][3], 3, 3);
}

static void winograd_kernels_agree(void **state)
{
    (void)state;
    EACH_SET(k)
    for (int what = 0; what < KERNELS; what++) {
        double worst = 0;
        for (size_t i = 0; i < SHAPES; i++) {
            struct facet_conv c = shape(i);
            assert_true(facet_winograd_fits(&c));
            worst = fmax(worst, check_kernel(k, &c, what));
        }
        printf("%s, %s: off by %.2g eps sum |terms| at most\n", k->name, kernel_names[what], worst);
    }
}

/* <kernel(x), y> = <x, adjoint(y)>. On small whole numbers the transforms of input and output are
 * exact, and so must this be; those of weights divide by 6. */
static void winograd_gradients_are_adjoint(void **state)
{
    (void)state;
    const enum kernel pairs[][2] = {
        {INPUT, INPUT_GRADIENT}, {OUTPUT, OUTPUT_GRADIENT}, {WEIGHT, WEIGHT_GRADIENT}};
    EACH_SET(k)
    for (size_t p = 0; p < 3; p++)
        for (size_t s = 0; s < SHAPES; s++) {
            const struct facet_conv c = shape(s);
            struct area x = argument(&c, pairs[p][0], 1), y = argument(&c, pairs[p][1], 2);
            struct area *const arguments[] = {&x, &y};
            for (int j = 0; j < 2; j++)
                for (size_t i = 0; i < arguments[j]->count; i++)
                    arguments[j]->at[i] = roundf(8 * arguments[j]->at[i]);
            struct area ax = result(&c, pairs[p][0], 3), ay = result(&c, pairs[p][1], 4);
            run_kernel(k, &c, pairs[p][0], x.at, ax.at);
            run_kernel(k, &c, pairs[p][1], y.at, ay.at);
            double left = 0, right = 0, size = 0;
            for (size_t i = 0; i < y.count; i++) {
                if (ax.at[i] == guard) continue; /* a gap */
                left += (double)ax.at[i] * (double)y.at[i];
                size += fabs((double)ax.at[i] * (double)y.at[i]);
            }
            for (size_t i = 0; i < x.count; i++) {
                if (ay.at[i] == guard) continue;
                right += (double)x.at[i] * (double)ay.at[i];
            }
            check_value(k->name, kernel_names[pairs[p][1]], s, left, right,
                        pairs[p][0] == WEIGHT ? 4 * eps * size : 0);
            struct area *const all[] = {&x, &y, &ax, &ay};
            for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) free(all[i]->memory);
        }
}

static void input_gradient_is_added(void **state)
{
    (void)state;
    const struct facet_conv c = shape(3);
    EACH_SET(k)
    {
        struct area v = argument(&c, INPUT_GRADIENT, 0), zero = result(&c, INPUT_GRADIENT, 0);
        struct area sum = result(&c, INPUT_GRADIENT, 0);
        for (size_t i = 0; i < v.count; i++) v.at[i] = roundf(8 * v.at[i]);
        for (size_t i = 0; i < sum.count; i++) sum.at[i] = 1000;
        run_kernel(k, &c, INPUT_GRADIENT, v.at, zero.at);
        run_kernel(k, &c, INPUT_GRADIENT, v.at, sum.at);
        for (size_t i = 0; i < sum.count; i++) assert_true(sum.at[i] == zero.at[i] + 1000);
        free(v.memory);
        free(zero.memory);
        free(sum.memory);
    }
}

static void winograd_fits_where_it_can(void **state)
{
    (void)state;
    const struct facet_conv good = facet_conv_shape(16, 5, 5, 32, 3, 3);
    const struct facet_conv bad[] = {
        facet_conv_shape(3, 5, 5, 32, 3, 3),
        facet_conv_shape(16, 5, 5, 24, 3, 3),
        facet_conv_shape(16, 5, 5, 32, 2, 3),
        facet_conv_shape(16, 5, 5, 32, 3, 4),
    };
    assert_true(facet_winograd_fits(&good));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(facet_winograd_fits(&bad[i]));
}

/* ---- Winograd as a whole ---- */

/* A convolution, what it is given, and what it gives and sends back in double. */
struct truth {
    struct facet_conv c;
    struct area x, w, dy;
    double *y, *dx, *dw;                /* values */
    double *y_size, *dx_size, *dw_size; /* sums of magnitudes */
};

static double *zeros(size_t count)
{
    double *values = calloc(count, sizeof *values);
    assert_non_null(values);
    return values;
}

static struct truth convolve_directly(struct facet_conv c)
{
    struct truth t = {.c = c,
                      .x = noise(image_size(&c, INPUT), 1),
                      .w = noise(image_size(&c, WEIGHT), 2),
                      .dy = noise(image_size(&c, OUTPUT), 3)};
    t.y = zeros(t.dy.count), t.dx = zeros(t.x.count), t.dw = zeros(t.w.count);
    t.y_size = zeros(t.dy.count), t.dx_size = zeros(t.x.count), t.dw_size = zeros(t.w.count);
    for (size_t p = 0; p < c.out_h * c.out_w; p++)
        for (size_t tap = 0; tap < 9; tap++)
            for (size_t i = 0; i < c.in_c; i++)
                for (size_t o = 0; o < c.out_c; o++) {
                    const size_t y = p / c.out_w + tap / 3, x = p % c.out_w + tap % 3;
                    const size_t at_x = (y * c.in_w + x) * c.in_c + i, at_y = p * c.out_c + o;
                    const size_t at_w = (tap * c.in_c + i) * c.out_c + o;
                    const double in = (double)t.x.at[at_x], weight = (double)t.w.at[at_w];
                    const double back = (double)t.dy.at[at_y];
                    t.y[at_y] += in * weight, t.y_size[at_y] += fabs(in * weight);
                    t.dx[at_x] += back * weight, t.dx_size[at_x] += fabs(back * weight);
                    t.dw[at_w] += back * in, t.dw_size[at_w] += fabs(back * in);
                }
    return t;
}

static void free_truth(struct truth *t)
{
    double *const values[] = {t->y, t->dx, t->dw, t->y_size, t->dx_size, t->dw_size};
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) free(values[i]);
    free(t->x.memory);
    free(t->w.memory);
    free(t->dy.memory);
}

/* y, dx, dw of a convolution by Winograd. */
struct pass {
    struct area y, dx, dw;
};

static struct pass convolve_by_winograd(const struct facet_kernels *k, const struct truth *t)
{
    const struct facet_conv *c = &t->c;
    const size_t count = c->in_c * c->out_c, v_place = place_size(c, INPUT);
    const size_t m_place = place_size(c, OUTPUT), strip = 4 * c->out_w * c->out_c;
    struct pass out = {
        .y = result(c, OUTPUT, 1), .dx = result(c, INPUT_GRADIENT, 1), .dw = area(9 * count, 1)};
    struct area u = area(36 * count, 0), turned = area(36 * count, 0), du = area(36 * count, 0);
    struct area v = area(36 * v_place, 0), dv = area(36 * v_place, 0);
    struct area m = area(36 * m_place, 0), dm = area(36 * m_place, 0);
    struct facet_product p = {.segments = 1};
    k->winograd_weight(c, t->w.at, u.at, turned.at);
    k->winograd_input(c, t->x.at, v.at, v_place);
    for (size_t ty = 0; ty < facet_winograd_tiles_y(c); ty++)
        k->winograd_output_gradient(c, t->dy.at + ty * strip, ty, dm.at, m_place);
    for (size_t i = 0; i < 36; i++) {
        p = (struct facet_product){.rows = tiles(c),
                                   .segments = 1,
                                   .inner = c->in_c,
                                   .a_row = c->in_c,
                                   .a_inner = 1,
                                   .c_row = c->out_c};
        for (size_t o = 0; o < c->out_c; o += FACET_WINOGRAD_PANEL) {
            p.columns = p.b_row = facet_winograd_panel(c, o);
            k->product(&p, v.at + i * v_place, u.at + i * count + o * c->in_c,
                       m.at + i * m_place + o);
        }
        p = (struct facet_product){.rows = tiles(c),
                                   .columns = c->in_c,
                                   .segments = 1,
                                   .inner = c->out_c,
                                   .a_row = c->out_c,
                                   .a_inner = 1,
                                   .b_row = c->in_c,
                                   .c_row = c->in_c};
        k->product(&p, dm.at + i * m_place, turned.at + i * count, dv.at + i * v_place);
        p = (struct facet_product){.rows = c->in_c,
                                   .columns = c->out_c,
                                   .segments = 1,
                                   .inner = tiles(c),
                                   .a_row = 1,
                                   .a_inner = c->in_c,
                                   .b_row = c->out_c,
                                   .c_row = c->out_c};
        k->product(&p, v.at + i * v_place, dm.at + i * m_place, du.at + i * count);
    }
    for (size_t ty = 0; ty < facet_winograd_tiles_y(c); ty++)
        k->winograd_output(c, m.at, m_place, ty, out.y.at + ty * strip);
    k->winograd_input_gradient(c, dv.at, v_place, out.dx.at);
    k->winograd_weight_gradient(c, du.at, out.dw.at);
    struct area *const all[] = {&u, &turned, &du, &v, &dv, &m, &dm};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) free(all[i]->memory);
    return out;
}

/* The same as a plain sum of products. */
static struct area convolve_plainly(const struct facet_kernels *k, const struct truth *t)
{
    const struct facet_conv *c = &t->c;
    const struct facet_product p = {.rows = c->out_w,
                                    .columns = c->out_c,
                                    .segments = 3,
                                    .inner = 3 * c->in_c,
                                    .a_row = c->in_c,
                                    .a_segment = c->in_w * c->in_c,
                                    .a_inner = 1,
                                    .b_segment = 3 * c->in_c * c->out_c,
                                    .b_row = c->out_c,
                                    .c_row = c->out_c};
    struct area y = result(c, OUTPUT, 0);
    for (size_t row = 0; row < c->out_h; row++)
        k->product(&p, t->x.at + row * c->in_w * c->in_c, t->w.at,
                   y.at + row * c->out_w * c->out_c);
    return y;
}

/* Root mean square and largest error of an array, as multiples of eps times the largest sum of
 * magnitudes in it. */
struct error {
    double rms, most;
};

static struct error error_of(struct area got, const double *truth, const double *sizes)
{
    struct error e = {0, 0};
    double size = 0;
    for (size_t i = 0; i < got.count; i++) {
        const double off = fabs((double)got.at[i] - truth[i]);
        size = fmax(size, sizes[i]);
        e.most = fmax(e.most, off);
        e.rms += off * off / (double)got.count;
    }
    return (struct error){sqrt(e.rms) / (eps * size), e.most / (eps * size)};
}

static double dot(struct area a, struct area b)
{
    double sum = 0;
    for (size_t i = 0; i < a.count; i++) sum += (double)a.at[i] * (double)b.at[i];
    return sum;
}

static void check_identities(const char *set, const struct truth *t, const struct pass *got)
{
    const double forward = dot(t->dy, got->y);
    double size = 0;
    for (size_t i = 0; i < got->y.count; i++) size += fabs((double)t->dy.at[i] * t->y_size[i]);
    check_value(set, "<dy, y> = <x, dx>", 0, dot(t->x, got->dx), forward, eps * size);
    check_value(set, "<dy, y> = <w, dw>", 0, dot(t->w, got->dw), forward, eps * size);
}

/* What Winograd costs in accuracy: its terms, products of transforms, are larger than those of the
 * sum they stand for, and cancel. Measured with twenty seeds and 16 to 128 channels, in eps times
 * the sum of magnitudes:
 *
 *                          rms          largest
 *     plain sum            0.3 .. 0.5   1 .. 3.5
 *     Winograd             0.8 .. 1.7   5 .. 21
 *     gradient of input    0.8 .. 1.4   5 .. 16
 *     gradient of weights  1.2 .. 1.8   10 .. 28
 *
 * that is, three to four times the plain sum's rms and six times its largest. (The reference rounds
 * what it stores alone: a half of that, and a plain sum of 0.05.) */
static void winograd_is_the_convolution(void **state)
{
    (void)state;
    const struct facet_conv cases[] = {
        facet_conv_shape(16, 9, 8, 16, 3, 3),    facet_conv_shape(48, 8, 13, 32, 3, 3),
        facet_conv_shape(128, 14, 10, 32, 3, 3), facet_conv_shape(16, 3, 3, 48, 3, 3),
        facet_conv_shape(32, 5, 6, 144, 3, 3),
    };
    const struct error limits[] = {{1, 6}, {2.5, 35}, {2.5, 35}, {3, 50}};
    EACH_SET(k)
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct truth t = convolve_directly(cases[i]);
        struct pass got = convolve_by_winograd(k, &t);
        struct area plain = convolve_plainly(k, &t);
        const struct error errors[] = {
            error_of(plain, t.y, t.y_size), error_of(got.y, t.y, t.y_size),
            error_of(got.dx, t.dx, t.dx_size), error_of(got.dw, t.dw, t.dw_size)};
        const char *const names[] = {"plain sum", "Winograd", "gradient of input",
                                     "gradient of weights"};
        printf("%s, %zu channels: error, rms and largest:", k->name, cases[i].in_c);
        for (size_t j = 0; j < 4; j++)
            printf(" %s %.2g %.2g", names[j], errors[j].rms, errors[j].most);
        printf("\n");
        for (size_t j = 0; j < 4; j++)
            if (!(errors[j].rms <= limits[j].rms && errors[j].most <= limits[j].most))
                fail_msg("%s: %s is off by %g (rms), %g (most); allowed %g, %g (seed %llu)",
                         k->name, names[j], errors[j].rms, errors[j].most, limits[j].rms,
                         limits[j].most, (unsigned long long)seed);
        check_guards(got.y);
        check_guards(got.dx);
        check_guards(got.dw);
        check_identities(k->name, &t, &got);
        free_truth(&t);
        free(got.y.memory);
        free(got.dx.memory);
        free(got.dw.memory);
        free(plain.memory);
    }
}

/* ---- ReLU and pooling ---- */

enum { BYTE_GUARD = 0xA5 };

/* Indices with guards around them, which don't start on a boundary. */
static uint8_t *new_indices(size_t count)
{
    uint8_t *memory = malloc(count + 2 * GUARD);
    assert_non_null(memory);
    memset(memory, BYTE_GUARD, count + 2 * GUARD);
    return memory + GUARD - 1;
}

static void free_indices(uint8_t *index, size_t count)
{
    uint8_t *memory = index - GUARD + 1;
    for (size_t i = 0; i < count + 2 * GUARD; i++)
        if (i < GUARD - 1 || i >= count + GUARD - 1) assert_int_equal(memory[i], BYTE_GUARD);
    free(memory);
}

/* Values of which many are equal, of both signs, and some are not finite or tiny. */
static struct area few_values(size_t count, size_t shift, int finite)
{
    const float values[] = {
        1,           1,    2,   -1,       -2,       0, -0.0f, FLT_TRUE_MIN, -FLT_TRUE_MIN,
        FLT_MIN / 2, 0.5f, NAN, INFINITY, -INFINITY};
    struct area a = noise(count, shift);
    for (size_t i = 0; i < count; i++)
        a.at[i] = values[(size_t)((a.at[i] + 1) * (finite ? 5.5f : 7))];
    return a;
}

static void check_window(const char *set, const float *window, float bias, float out, uint8_t index)
{
    size_t best = 0;
    int unknown = isnan(window[0]);
    for (size_t i = 1; i < 4; i++) {
        unknown |= isnan(window[i]);
        if (window[i] > window[best]) best = i;
    }
    const float sum = window[best] + bias;
    check_value(set, "relu_pool", best, (double)out,
                unknown || isnan(sum) ? NAN : (double)(sum > 0 ? sum : 0), 0);
    assert_false(signbit(out) && !isnan(out));
    if (unknown)
        assert_true(index <= 3 && isnan(window[index]));
    else
        assert_int_equal(index, isnan(sum) || sum > 0 ? best : FACET_UNPOOLED);
}

/* Without indices the same; and the largest of each window as it is. */
static void check_plain_pooling(const struct facet_kernels *k, size_t width, size_t c,
                                struct area rows, struct area bias, struct area out)
{
    struct area again = area(out.count, 1), most = area(out.count, 3);
    k->relu_pool(width, c, rows.at, bias.at, again.at, NULL);
    k->max_pool(width, c, rows.at, most.at);
    check_guards(again);
    check_guards(most);
    for (size_t i = 0; i < out.count; i++) {
        const float value = most.at[i] + bias.at[i % c];
        assert_true(isnan(out.at[i]) ? isnan(again.at[i]) : again.at[i] == out.at[i]);
        assert_true(isnan(value) ? isnan(out.at[i]) : out.at[i] == (value > 0 ? value : 0));
    }
    free(again.memory);
    free(most.memory);
}

static void pooling_is_the_formula(void **state)
{
    (void)state;
    EACH_SET(k)
    for (size_t width = 1; width <= 9; width++)
        for (size_t c = 1; c <= 67; c += c < 20 ? 3 : 16)
            for (int finite = 0; finite < 2; finite++) {
                struct area rows = few_values(2 * width * c, 3, finite);
                struct area bias = few_values(c, 1, finite), out = area(width / 2 * c, 5);
                uint8_t *index = new_indices(out.count);
                k->relu_pool(width, c, rows.at, bias.at, out.at, index);
                check_guards(out);
                check_plain_pooling(k, width, c, rows, bias, out);
                for (size_t i = 0; i < out.count; i++) {
                    const float *at = rows.at + 2 * (i / c) * c + i % c;
                    const float window[] = {at[0], at[c], at[width * c], at[(width + 1) * c]};
                    check_window(k->name, window, bias.at[i % c], out.at[i], index[i]);
                }
                free_indices(index, out.count);
                free(rows.memory);
                free(bias.memory);
                free(out.memory);
            }
}

static void pooling_takes_the_first_of_equals(void **state)
{
    (void)state;
    const struct {
        float window[4], bias, out;
        uint8_t index;
    } cases[] = {
        {{1, 1, 1, 1}, 0, 1, 0},
        {{0, 2, 1, 2}, 1, 3, 1},
        {{-3, -4, -2, -2}, 5, 3, 2},
        {{-3, -4, -2, -1}, 1, 0, FACET_UNPOOLED},
        {{-0.0f, 0, 0, 0}, 1, 1, 0},
        {{0, 0, 0, 0}, -0.0f, 0, FACET_UNPOOLED},
        {{0, -1, 0, -1}, FLT_TRUE_MIN, FLT_TRUE_MIN, 0},
        {{1, INFINITY, 2, 3}, -5, INFINITY, 1},
        {{-INFINITY, -INFINITY, -INFINITY, -INFINITY}, 5, 0, FACET_UNPOOLED},
    };
    EACH_SET(k)
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        float out;
        uint8_t index;
        k->relu_pool(2, 1, cases[i].window, &cases[i].bias, &out, &index);
        check_value(k->name, "a window", i, (double)out, (double)cases[i].out, 0);
        assert_int_equal(index, cases[i].index);
    }
}

static void unpooling_puts_it_back(void **state)
{
    (void)state;
    EACH_SET(k)
    for (size_t width = 1; width <= 9; width++)
        for (size_t c = 1; c <= 67; c += c < 20 ? 3 : 16) {
            struct area gradient = few_values(width / 2 * c, 1, 0), rows = area(2 * width * c, 3);
            uint8_t *index = new_indices(gradient.count);
            for (size_t i = 0; i < gradient.count; i++) index[i] = (uint8_t)(i * 7 % 5);
            k->unpool(width, c, gradient.at, index, rows.at);
            check_guards(rows);
            for (size_t i = 0; i < rows.count; i++) {
                const size_t y = i / (width * c), x = i / c % width, channel = i % c;
                const size_t from = x / 2 * c + channel;
                const int here = x / 2 < width / 2 && index[from] == 2 * y + x % 2;
                const float expected = here ? gradient.at[from] : 0;
                assert_memory_equal(&rows.at[i], &expected, sizeof expected);
            }
            free_indices(index, gradient.count);
            free(gradient.memory);
            free(rows.memory);
        }
}

/* f(x) of a sum that is exact, in double. */
static double finished(const struct facet_finish *how, double x, size_t channel)
{
    switch (how->activation) {
    case FACET_RELU:
        return x < 0 ? 0 : x;
    case FACET_SLOPE:
        return x < 0 ? (double)((float)x * how->slope[channel]) : x;
    case FACET_CLIP:
        return isnan(x) ? x : fmin(fmax(x, (double)how->low), (double)how->high);
    default:
        return x;
    }
}

static void check_finish(const struct facet_kernels *k, size_t c, enum facet_activation activation,
                         int biased, int added, int in_place)
{
    struct area from = few_values(5 * c, 3, 0), bias = few_values(c, 1, 0);
    struct area add = few_values(5 * c, 2, 0), slope = noise(c, 1);
    struct area out = in_place ? copy(from, 5) : area(from.count, 5);
    const struct facet_finish how = {.bias = biased ? bias.at : NULL,
                                     .add = added ? add.at : NULL,
                                     .activation = activation,
                                     .slope = slope.at,
                                     .low = -0.75f,
                                     .high = 0.5f};
    k->finish(5, c, in_place ? out.at : from.at, &how, out.at);
    check_guards(out);
    for (size_t i = 0; i < out.count; i++) {
        double x = (double)from.at[i];
        if (biased) x += (double)bias.at[i % c];
        if (added) x += (double)add.at[i];
        check_value(k->name, "finish", i, (double)out.at[i], finished(&how, x, i % c), 0);
    }
    struct area *const all[] = {&from, &bias, &add, &slope, &out};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) free(all[i]->memory);
}

static void finishing_is_the_formula(void **state)
{
    (void)state;
    EACH_SET(k)
    for (size_t c = 1; c <= 67; c += c < 20 ? 3 : 16)
        for (int way = 0; way < 32; way++)
            check_finish(k, c, (enum facet_activation)(way % 4), way / 4 % 2, way / 8 % 2,
                         way / 16);
}

/* What isn't a number stays so, and infinity is cut as any value. */
static void finishing_keeps_nan(void **state)
{
    (void)state;
    const float slope = 0.25f, from[] = {NAN, INFINITY, -INFINITY};
    const double expected[][3] = {
        {NAN, INFINITY, -INFINITY}, {NAN, INFINITY, 0}, {NAN, INFINITY, -INFINITY}, {NAN, 1, -1}};
    EACH_SET(k)
    for (int activation = 0; activation < 4; activation++) {
        const struct facet_finish how = {
            .activation = (enum facet_activation)activation, .slope = &slope, .low = -1, .high = 1};
        float out[3];
        k->finish(3, 1, from, &how, out);
        for (size_t i = 0; i < 3; i++)
            check_value(k->name, "finish", i, (double)out[i], expected[activation][i], 0);
    }
}

static void relu_is_the_formula(void **state)
{
    (void)state;
    EACH_SET(k)
    for (size_t count = 1; count <= 67; count += count < 20 ? 3 : 16) {
        struct area from = few_values(count, 3, 0), cut = copy(from, 7);
        k->relu(cut.count, cut.at);
        check_guards(cut);
        for (size_t i = 0; i < count; i++) {
            const double value = (double)from.at[i];
            check_value(k->name, "relu", i, (double)cut.at[i], value < 0 ? 0 : value, 0);
        }
        free(from.memory);
        free(cut.memory);
    }
}

/* ---- one channel at a time ---- */

/* Value (x, channel) of a row, and the sum of magnitudes. */
static double exact_depthwise(const struct facet_window *w, size_t row, size_t x, size_t channel,
                              const float *input, const float *weight, double *magnitude)
{
    double sum = 0;
    *magnitude = 0;
    const ptrdiff_t in[3] = {(ptrdiff_t)w->in[0], (ptrdiff_t)w->in[1], (ptrdiff_t)w->in[2]};
    const size_t at[3] = {row / w->out[1], row % w->out[1], x};
    for (size_t k = 0; k < w->kernel[0] * w->kernel[1] * w->kernel[2]; k++) {
        const size_t tap[3] = {k / w->kernel[2] / w->kernel[1], k / w->kernel[2] % w->kernel[1],
                               k % w->kernel[2]};
        ptrdiff_t place[3];
        int inside = 1;
        for (int a = 0; a < 3; a++) {
            place[a] = (ptrdiff_t)(at[a] * w->stride[a] + tap[a] * w->dilation[a]) -
                       (ptrdiff_t)w->before[a];
            inside = inside && place[a] >= 0 && place[a] < in[a];
        }
        if (!inside) continue;
        const ptrdiff_t pixel = (place[0] * in[1] + place[1]) * in[2] + place[2];
        const double term = (double)input[(size_t)pixel * w->channels + channel] *
                            (double)weight[k * w->channels + channel];
        sum += term;
        *magnitude += fabs(term);
    }
    return sum;
}

static void check_depthwise(const struct facet_kernels *k, const struct facet_window *w)
{
    const size_t c = w->channels, taps = facet_window_volume(w->kernel);
    struct area input = noise(facet_window_volume(w->in) * c, 1), weight = noise(taps * c, 3);
    for (size_t row = 0; row < w->out[0] * w->out[1]; row++) {
        struct area out = area(w->out[2] * c, 5);
        k->depthwise(w, row, input.at, weight.at, out.at);
        check_guards(out);
        for (size_t i = 0; i < out.count; i++) {
            double magnitude,
                truth = exact_depthwise(w, row, i / c, i % c, input.at, weight.at, &magnitude);
            check_value(k->name, "depthwise", row * out.count + i, (double)out.at[i], truth,
                        (double)taps * eps * magnitude);
        }
        free(out.memory);
    }
    free(input.memory);
    free(weight.memory);
}

static void depthwise_is_the_formula(void **state)
{
    (void)state;
    const struct facet_window windows[] = {
        /* channels, in, out, kernel, stride, dilation, before */
        {16, {1, 7, 9}, {1, 7, 9}, {1, 3, 3}, {1, 1, 1}, {1, 1, 1}, {0, 1, 1}},
        {37, {1, 8, 9}, {1, 4, 5}, {1, 3, 3}, {1, 2, 2}, {1, 1, 1}, {0, 1, 1}},
        {5, {1, 7, 7}, {1, 1, 1}, {1, 7, 7}, {1, 1, 1}, {1, 1, 1}, {0, 0, 0}},
        {33, {1, 6, 12}, {1, 6, 9}, {1, 1, 3}, {1, 1, 1}, {1, 1, 3}, {0, 0, 2}},
        {3, {3, 4, 5}, {2, 4, 3}, {2, 3, 2}, {1, 1, 2}, {1, 1, 1}, {0, 1, 1}},
        {1, {1, 1, 2}, {1, 3, 5}, {1, 3, 5}, {1, 1, 1}, {1, 1, 1}, {0, 2, 4}},
    };
    EACH_SET(k)
    for (size_t i = 0; i < sizeof windows / sizeof *windows; i++) check_depthwise(k, &windows[i]);
}

/* ---- choosing ---- */

static void sets_are_chosen_by_name(void **state)
{
    (void)state;
    const struct facet_kernels *k = NULL, *best = NULL;
    size_t at = 0;
    unsetenv("FACET_KERNELS");
    assert_ok(facet_kernels_choose(NULL, &best));
    assert_ptr_equal(best, next_set(&at));
    EACH_SET(set)
    {
        assert_ok(facet_kernels_choose(set->name, &k));
        assert_ptr_equal(k, set);
        setenv("FACET_KERNELS", set->name, 1);
        assert_ok(facet_kernels_choose(NULL, &k));
        assert_ptr_equal(k, set);
        assert_ok(facet_kernels_choose("reference", &k));
        assert_ptr_equal(k, reference());
    }
    setenv("FACET_KERNELS", "", 1); /* nothing is no name */
    assert_ok(facet_kernels_choose(NULL, &k));
    assert_ptr_equal(k, best);
    k = NULL;
    setenv("FACET_KERNELS", "quick", 1);
    assert_fails(facet_kernels_choose(NULL, &k), FACET_EINVAL,
                 "FACET_KERNELS: no kernel set that runs here is named \"quick\" (there are: ");
    assert_non_null(strstr(facet_error_message(), "reference"));
    assert_fails(facet_kernels_choose("blas", &k), FACET_EINVAL, "is named \"blas\" (there");
    assert_fails(facet_kernels_choose("", &k), FACET_EINVAL, "is named \"\" (there");
    assert_null(k);
    unsetenv("FACET_KERNELS");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(products_agree),
        cmocka_unit_test(every_kind_of_product_agrees),
        cmocka_unit_test(long_sums_agree),
        cmocka_unit_test(a_value_depends_on_its_own_sum_only),
        cmocka_unit_test(products_keep_what_is_not_finite),
        cmocka_unit_test(products_keep_denormals),
        cmocka_unit_test(winograd_kernels_agree),
        cmocka_unit_test(winograd_gradients_are_adjoint),
        cmocka_unit_test(input_gradient_is_added),
        cmocka_unit_test(winograd_fits_where_it_can),
        cmocka_unit_test(winograd_is_the_convolution),
        cmocka_unit_test(pooling_is_the_formula),
        cmocka_unit_test(pooling_takes_the_first_of_equals),
        cmocka_unit_test(unpooling_puts_it_back),
        cmocka_unit_test(finishing_is_the_formula),
        cmocka_unit_test(finishing_keeps_nan),
        cmocka_unit_test(relu_is_the_formula),
        cmocka_unit_test(depthwise_is_the_formula),
        cmocka_unit_test(sets_are_chosen_by_name),
    };
    choose_seed();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
