/* Whole convolutions, every set and every way, against sums in double; and the same bits whatever
 * they are computed with. */
#include "kernels/area.h"
#include "kernels/convolve.h"

#include <float.h>

static const double eps = FLT_EPSILON / 2;

struct job {
    struct facet_convolution c;
    size_t images;
    struct area input, weight, bias; /* weight as the model file has it */
};

static size_t regions(const struct facet_conv *c)
{
    return c->regions_y * c->regions_x;
}

static struct job new_job(struct facet_conv conv, size_t images, int relu, int pool)
{
    const size_t filters = regions(&conv) * facet_conv_weights(&conv);
    struct job j = {.c = {.conv = conv, .way = facet_convolve_way(&conv), .relu = relu},
                    .images = images,
                    .input = noise(images * facet_conv_inputs(&conv), 3),
                    .weight = noise(filters, 1),
                    .bias = noise(regions(&conv) * conv.out_c, 5)};
    j.c.pool =
        pool && relu && j.c.way <= FACET_WAY_SHALLOW_WINOGRAD && conv.out_h > 1 && conv.out_w > 1;
    return j;
}

static void free_job(struct job *j)
{
    free(j->input.memory);
    free(j->weight.memory);
    free(j->bias.memory);
}

/* Images first .. first + images - 1. */
static struct area convolve(const struct facet_kernels *k, const struct job *j, size_t first,
                            size_t images, size_t shift)
{
    struct facet_convolution c = j->c;
    const struct facet_conv *conv = &c.conv;
    struct area packed = area(facet_convolve_weights(&c), shift);
    struct area scratch = area(facet_convolve_scratch(&c, images), 0);
    struct area out = area(images * (c.pool ? (conv->out_h / 2) * (conv->out_w / 2) * conv->out_c
                                            : facet_conv_outputs(conv)),
                           shift);
    facet_convolve_pack(k, &c, j->weight.at, packed.at);
    c.weight = packed.at;
    c.bias = j->bias.at;
    facet_convolve(k, &c, images, j->input.at + first * facet_conv_inputs(conv), out.at,
                   scratch.at);
    check_guards(packed);
    check_guards(scratch);
    check_guards(out);
    free(packed.memory);
    free(scratch.memory);
    return out;
}

/* The sum for one output before ReLU, and that of magnitudes. */
static double exact(const struct job *j, size_t n, size_t y, size_t x, size_t o, double *magnitude)
{
    const struct facet_conv *c = &j->c.conv;
    const size_t region = y / c->region_h * c->regions_x + x / c->region_w;
    const float *weight =
        j->weight.at + region * facet_conv_weights(c) + o * c->in_c * facet_conv_taps(c);
    const float *input = j->input.at + n * facet_conv_inputs(c);
    double sum = (double)j->bias.at[region * c->out_c + o];
    *magnitude = fabs(sum);
    for (size_t i = 0; i < c->in_c; i++)
        for (size_t ky = 0; ky < c->kernel_h; ky++)
            for (size_t kx = 0; kx < c->kernel_w; kx++, weight++) {
                const size_t from_y = y + ky - c->pad_y, from_x = x + kx - c->pad_x;
                if (from_y >= c->in_h || from_x >= c->in_w) {
                    *magnitude += fabs((double)*weight); /* the tile's error stays */
                    continue;
                }
                double term =
                    (double)*weight * (double)input[(from_y * c->in_w + from_x) * c->in_c + i];
                sum += term;
                *magnitude += fabs(term);
            }
    return sum;
}

/* Sums one after the other are off by eps times the number of terms at most; Winograd's by less
 * than 50 eps (test_sets.c measures 35 with F(4x4), and both F(2x2) are milder). */
static void check_value(const struct facet_kernels *k, const struct job *j, size_t n, size_t y,
                        size_t x, size_t o, double got)
{
    const struct facet_conv *c = &j->c.conv;
    const int winograd = j->c.way != FACET_WAY_PRODUCTS && j->c.way != FACET_WAY_REGION_PRODUCTS;
    const double terms = winograd ? 50 : (double)(c->in_c * facet_conv_taps(c) + 1);
    const size_t size = j->c.pool ? 2 : 1;
    double truth = -INFINITY, limit = 0;
    for (size_t i = 0; i < size * size; i++) {
        double magnitude, sum = exact(j, n, size * y + i / 2, size * x + i % 2, o, &magnitude);
        if (sum > truth) truth = sum;
        if (magnitude * terms * eps > limit) limit = magnitude * terms * eps;
    }
    if (j->c.relu && truth < 0) truth = 0;
    if (!(fabs(got - truth) <= limit))
        fail_msg("%s, %s: image %zu, y %zu, x %zu, channel %zu is %.9g, expected %.9g, allowed "
                 "%.3g (seed %llu)",
                 k->name, facet_convolve_way_name(j->c.way), n, y, x, o, got, truth, limit,
                 (unsigned long long)seed);
}

static void check_job(const struct facet_kernels *k, const struct job *j)
{
    const struct facet_conv *c = &j->c.conv;
    const size_t size = j->c.pool ? 2 : 1, h = c->out_h / size, w = c->out_w / size;
    struct area all = convolve(k, j, 0, j->images, 0);
    const float *at = all.at;
    for (size_t n = 0; n < j->images; n++)
        for (size_t y = 0; y < h; y++)
            for (size_t x = 0; x < w; x++)
                for (size_t o = 0; o < c->out_c; o++) check_value(k, j, n, y, x, o, (double)*at++);
    /* Alone, two, three: sets have ways of their own for few images. */
    for (size_t first = 0, some = 1; first < j->images; first += some, some = some % 3 + 1) {
        if (some > j->images - first) some = j->images - first;
        struct area part = convolve(k, j, first, some, 7);
        assert_memory_equal(part.at, all.at + first * h * w * c->out_c,
                            part.count * sizeof *part.at);
        free(part.memory);
    }
    free(all.memory);
}

static void every_way_agrees(void **state)
{
    (void)state;
    static const size_t shapes[][6] = {
        /* in_c, in_h, in_w, out_c, kernel_h, kernel_w */
        {1, 1, 1, 1, 1, 1},   {3, 13, 11, 8, 4, 4}, {5, 7, 9, 3, 3, 3},   {17, 6, 7, 19, 3, 3},
        {2, 5, 3, 7, 1, 3},   {16, 5, 4, 24, 2, 2}, {32, 9, 8, 16, 3, 3}, {16, 6, 7, 48, 3, 3},
        {16, 3, 3, 16, 3, 3}, {1, 4, 4, 33, 4, 4},  {3, 9, 25, 16, 4, 4}, {1, 7, 15, 32, 4, 4},
        {3, 5, 5, 48, 4, 4},  {1, 13, 9, 16, 4, 4}, {3, 7, 6, 16, 4, 4},  {16, 6, 7, 80, 3, 3},
    };
    const size_t cuts[][2] = {{100, 100}, {1, 1}, {2, 2}, {3, 2}, {1, 100}};
    for (const struct facet_kernels *const *k = facet_kernels_list(); *k != NULL; k++)
        for (size_t i = 0; (*k)->runs() && i < sizeof shapes / sizeof shapes[0]; i++)
            for (size_t r = 0; r < sizeof cuts / sizeof cuts[0]; r++) {
                const size_t *s = shapes[i];
                struct facet_conv conv = facet_conv_shape(s[0], s[1], s[2], s[3], s[4], s[5]);
                struct job j = new_job(facet_conv_regions(conv, cuts[r][0], cuts[r][1]), 10,
                                       (i + r) % 2 == 0, i % 4 < 2);
                check_job(*k, &j);
                free_job(&j);
            }
}

/* Winograd's kernels read zeros all around. */
static void winograd_pads(void **state)
{
    (void)state;
    static const size_t shapes[][4] = {
        /* in_h, in_w, pad, out more than that of the input */
        {7, 7, 1, 0}, {14, 9, 1, 0}, {1, 1, 1, 0}, {2, 3, 2, 2}, {5, 6, 0, 0},
    };
    for (const struct facet_kernels *const *k = facet_kernels_list(); *k != NULL; k++)
        for (size_t i = 0; (*k)->runs() && i < sizeof shapes / sizeof shapes[0]; i++) {
            const size_t *s = shapes[i];
            const struct facet_conv conv = {.in_c = 16,
                                            .in_h = s[0],
                                            .in_w = s[1],
                                            .out_c = 32,
                                            .kernel_h = 3,
                                            .kernel_w = 3,
                                            .regions_y = 1,
                                            .regions_x = 1};
            struct job j = new_job(facet_conv_padded(conv, s[2], s[2], s[0] + s[3], s[1] + s[3]), 5,
                                   i % 2 == 0, 0);
            check_job(*k, &j);
            free_job(&j);
        }
}

static void ways_are_chosen_by_shape(void **state)
{
    (void)state;
    const struct facet_conv three = facet_conv_shape(32, 8, 8, 16, 3, 3);
    const struct facet_conv other = facet_conv_shape(3, 8, 8, 16, 4, 4);
    const struct {
        struct facet_conv conv;
        enum facet_way way;
        double multiplications;
    } cases[] = {
        {other, FACET_WAY_PRODUCTS, 25 * 16 * 48},
        {facet_conv_shape(3, 9, 9, 16, 4, 4), FACET_WAY_SHALLOW_WINOGRAD, 9 * 25 * 16 * 3},
        {facet_conv_shape(1, 9, 7, 32, 4, 4), FACET_WAY_SHALLOW_WINOGRAD, 6 * 25 * 32},
        {facet_conv_shape(2, 9, 9, 16, 4, 4), FACET_WAY_PRODUCTS, 36 * 16 * 32},
        {facet_conv_shape(3, 9, 9, 17, 4, 4), FACET_WAY_PRODUCTS, 36 * 17 * 48},
        {three, FACET_WAY_WINOGRAD, 4 * 36 * 32 * 16},
        {facet_conv_regions(three, 6, 6), FACET_WAY_WINOGRAD, 4 * 36 * 32 * 16},
        {facet_conv_regions(three, 2, 2), FACET_WAY_REGION_WINOGRAD, 9 * 16 * 32 * 16},
        {facet_conv_regions(three, 2, 3), FACET_WAY_REGION_PRODUCTS, 36. * 9 * 32 * 16},
        {facet_conv_regions(other, 2, 2), FACET_WAY_REGION_PRODUCTS, 25 * 16 * 48},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct facet_convolution c = {.conv = cases[i].conv,
                                            .way = facet_convolve_way(&cases[i].conv)};
        assert_int_equal(c.way, cases[i].way);
        assert_true(facet_convolve_multiplications(&c) == cases[i].multiplications);
    }
}

/* A NaN in an image comes out where its window is, and spoils no other image. */
static void what_is_not_finite_stays_there(void **state)
{
    (void)state;
    const size_t cuts[][2] = {{100, 100}, {2, 2}, {1, 1}};
    for (const struct facet_kernels *const *k = facet_kernels_list(); *k != NULL; k++)
        for (size_t r = 0; (*k)->runs() && r < 3; r++) {
            struct facet_conv conv = facet_conv_shape(16, 8, 8, 16, 3, 3);
            struct job j = new_job(facet_conv_regions(conv, cuts[r][0], cuts[r][1]), 3, 1, 1);
            struct area clean = convolve(*k, &j, 0, 3, 0);
            const size_t values = clean.count / 3, inputs = facet_conv_inputs(&conv);
            j.input.at[inputs + (4 * 8 + 4) * 16 + 2] = NAN;
            struct area spoilt = convolve(*k, &j, 0, 3, 0);
            size_t strange = 0;
            for (size_t i = 0; i < clean.count; i++) {
                strange += isnan(spoilt.at[i]);
                if (i / values != 1) assert_true(spoilt.at[i] == clean.at[i]);
            }
            assert_true(strange > 0);
            free(clean.memory);
            free(spoilt.memory);
            free_job(&j);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_way_agrees),
        cmocka_unit_test(winograd_pads),
        cmocka_unit_test(ways_are_chosen_by_shape),
        cmocka_unit_test(what_is_not_finite_stays_there),
    };
    choose_seed();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
