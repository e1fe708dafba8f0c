/* Every kernel set against the reference: odd sizes, unaligned arrays, guard bytes, values that
 * are not finite. The reference itself is compared with PyTorch in tests/net. */
#define _GNU_SOURCE /* dladdr */
#include "kernels/area.h"
#include "kernels/kernels.h"

#include <dlfcn.h>
#include <float.h>
#include <math.h>

/* |got - truth| <= 2 (terms + 1) eps sum |a b|: the sum of `terms` products in any order, and the
 * rounding of the truth to float. NaN and infinities must be the same. */
static void check_close(struct area got, struct area truth, struct area sums, size_t terms,
                        const char *what)
{
    for (size_t i = 0; i < got.count; i++) {
        double g = got.at[i], t = truth.at[i];
        double limit = 2 * (double)(terms + 1) * FLT_EPSILON / 2 * (double)sums.at[i];
        int fits = isfinite(t) ? fabs(g - t) <= limit : isnan(t) ? isnan(g) : g == t;
        if (!fits)
            fail_msg("%s: value %zu is %.9g, the reference gives %.9g, allowed %.3g (seed %llu)",
                     what, i, g, t, limit, (unsigned long long)seed);
    }
}

static const struct facet_kernels *reference(void)
{
    const struct facet_kernels *k = NULL;
    assert_ok(facet_kernels_choose("reference", &k));
    return k;
}

/* ---- convolutions ---- */

struct convolution {
    struct facet_conv shape;
    int local;
    size_t images; /* 1 unless local */
    struct area input, weight, bias;
};

static struct convolution convolution(struct facet_conv shape, int local, size_t shift)
{
    size_t filters = shape.out_c * shape.regions_y * shape.regions_x;
    size_t taps = shape.in_c * shape.kernel_h * shape.kernel_w, images = local ? 3 : 1;
    return (struct convolution){.shape = shape,
                                .local = local,
                                .images = images,
                                .input =
                                    noise(images * shape.in_c * shape.in_h * shape.in_w, shift),
                                .weight = noise(filters * taps, shift),
                                .bias = noise(filters, shift)};
}

static struct area convolve(const struct facet_kernels *k, struct convolution c, size_t shift)
{
    struct area out = area(c.images * c.shape.out_c * c.shape.out_h * c.shape.out_w, shift);
    struct area scratch = area((k->conv_scratch(&c.shape) + 3) / sizeof(float), 0);
    if (c.local)
        k->local_conv(&c.shape, c.images, c.input.at, c.weight.at, c.bias.at, out.at, scratch.at);
    else
        k->conv(&c.shape, c.input.at, c.weight.at, c.bias.at, out.at, scratch.at);
    check_guards(out);
    check_guards(scratch);
    free(scratch.memory);
    return out;
}

static void free_convolution(struct convolution c)
{
    free(c.input.memory);
    free(c.weight.memory);
    free(c.bias.memory);
}

static struct convolution absolute(struct convolution c)
{
    return (struct convolution){.shape = c.shape,
                                .local = c.local,
                                .images = c.images,
                                .input = magnitudes(c.input),
                                .weight = magnitudes(c.weight),
                                .bias = magnitudes(c.bias)};
}

/* Compares set `k` with the reference, and with itself on arrays that lie elsewhere. */
static void check_convolution(const struct facet_kernels *k, struct convolution c, const char *what)
{
    struct convolution size = absolute(c);
    struct convolution moved = {.shape = c.shape,
                                .local = c.local,
                                .images = c.images,
                                .input = copy(c.input, 3),
                                .weight = copy(c.weight, 1),
                                .bias = copy(c.bias, 5)};
    struct area truth = convolve(reference(), c, 0), sums = convolve(reference(), size, 0);
    struct area got = convolve(k, c, 0), again = convolve(k, moved, 7);
    check_close(got, truth, sums, c.shape.in_c * c.shape.kernel_h * c.shape.kernel_w + 1, what);
    assert_true(same_bits(got, again));
    free(truth.memory);
    free(sums.memory);
    free(got.memory);
    free(again.memory);
    free_convolution(moved);
    free_convolution(size);
}

static const size_t shapes[][6] = {
    /* in_c, in_h, in_w, out_c, kernel_h, kernel_w */
    {1, 1, 1, 1, 1, 1},     {3, 55, 47, 8, 4, 4}, {5, 7, 9, 3, 3, 3},   {17, 13, 11, 19, 3, 3},
    {1, 4, 4, 33, 4, 4},    {2, 5, 3, 7, 1, 3},   {16, 5, 4, 24, 2, 2}, {128, 5, 4, 31, 2, 2},
    {31, 12, 10, 16, 3, 3}, {4, 9, 6, 1, 5, 2},
};

enum { SHAPES = sizeof shapes / sizeof shapes[0] };

static struct facet_conv shape(size_t i)
{
    const size_t *s = shapes[i];
    return facet_conv_shape(s[0], s[1], s[2], s[3], s[4], s[5]);
}

static void convolutions_agree(void **state)
{
    (void)state;
    for (const struct facet_kernels *const *k = facet_kernels_list(); *k != NULL; k++)
        for (size_t i = 0; i < SHAPES; i++) {
            struct convolution c = convolution(shape(i), 0, 0);
            check_convolution(*k, c, (*k)->name);
            free_convolution(c);
        }
}

static void local_convolutions_agree(void **state)
{
    (void)state;
    const size_t regions[][2] = {{1, 1}, {2, 2}, {3, 2}, {1, 100}, {100, 100}};
    for (const struct facet_kernels *const *k = facet_kernels_list(); *k != NULL; k++)
        for (size_t i = 0; i < SHAPES; i++)
            for (size_t r = 0; r < sizeof regions / sizeof regions[0]; r++) {
                if (i == 1 && r == 0) continue; /* 44 x 52 regions: slow and no different */
                struct convolution c =
                    convolution(facet_conv_regions(shape(i), regions[r][0], regions[r][1]), 1, 0);
                check_convolution(*k, c, (*k)->name);
                free_convolution(c);
            }
}

static void images_dont_touch_each_other(void **state)
{
    (void)state;
    for (const struct facet_kernels *const *k = facet_kernels_list(); *k != NULL; k++) {
        struct convolution c = convolution(facet_conv_regions(shape(6), 2, 2), 1, 0);
        struct area all = convolve(*k, c, 0);
        for (size_t i = 0; i < c.images; i++) {
            struct convolution one = c;
            one.images = 1;
            one.input.at += i * c.input.count / c.images;
            struct area alone = convolve(*k, one, 0);
            assert_memory_equal(alone.at, all.at + i * alone.count, alone.count * sizeof(float));
            free(alone.memory);
        }
        free(all.memory);
        free_convolution(c);
    }
}

static void regions_are_cut_at_the_border(void **state)
{
    (void)state;
    struct facet_conv c = facet_conv_regions(facet_conv_shape(1, 7, 9, 1, 3, 3), 2, 3);
    assert_int_equal(c.out_h, 5);
    assert_int_equal(c.out_w, 7);
    assert_int_equal(c.regions_y, 3);
    assert_int_equal(c.regions_x, 3);
    assert_true(facet_conv_macs(&c) == 5 * 7 * 9);
    /* Kernels that are zero but for the region's bias show which pixel is in which region. */
    for (const struct facet_kernels *const *k = facet_kernels_list(); *k != NULL; k++) {
        struct convolution z = convolution(c, 1, 0);
        for (size_t i = 0; i < z.weight.count; i++) z.weight.at[i] = 0;
        for (size_t i = 0; i < z.bias.count; i++) z.bias.at[i] = (float)i;
        struct area out = convolve(*k, z, 0);
        for (size_t y = 0; y < 5; y++)
            for (size_t x = 0; x < 7; x++)
                assert_true(out.at[y * 7 + x] == (float)(y / 2 * 3 + x / 3));
        free(out.memory);
        free_convolution(z);
    }
}

static void what_is_not_finite_stays_so(void **state)
{
    (void)state;
    const float odd[] = {NAN, INFINITY, -INFINITY, FLT_MIN / 8, 0};
    for (const struct facet_kernels *const *k = facet_kernels_list(); *k != NULL; k++)
        for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++)
            for (int local = 0; local < 2; local++) {
                struct facet_conv s = shape(3);
                struct convolution c =
                    convolution(local ? facet_conv_regions(s, 2, 2) : s, local, 0);
                struct convolution size = absolute(c);
                c.input.at[c.input.count / 2] = odd[i];
                if (isfinite(odd[i])) size.input.at[c.input.count / 2] = odd[i];
                struct area truth = convolve(reference(), c, 0), got = convolve(*k, c, 0);
                struct area sums = convolve(reference(), size, 0);
                check_close(got, truth, sums, 17 * 9 + 1, (*k)->name);
                size_t strange = 0;
                for (size_t j = 0; j < got.count; j++) strange += !isfinite(got.at[j]);
                assert_true(isfinite(odd[i]) ? strange == 0 : strange > 0 && strange < got.count);
                free(truth.memory);
                free(got.memory);
                free(sums.memory);
                free_convolution(size);
                free_convolution(c);
            }
}

/* ---- fully connected ---- */

static struct area connect(const struct facet_kernels *k, size_t rows, size_t in, struct area input,
                           struct area weight, struct area bias, size_t shift)
{
    struct area out = area(rows * bias.count, shift);
    k->full(rows, in, bias.count, input.at, weight.at, bias.at, out.at);
    check_guards(out);
    return out;
}

static void fully_connected_agree(void **state)
{
    (void)state;
    const size_t sizes[][3] = {{1, 1, 1}, {32, 77, 13}, {5, 1000, 3}, {32, 1536, 512}, {33, 9, 31}};
    for (const struct facet_kernels *const *k = facet_kernels_list(); *k != NULL; k++)
        for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
            size_t rows = sizes[i][0], in = sizes[i][1], outs = sizes[i][2];
            struct area x = noise(rows * in, 0), w = noise(outs * in, 0), b = noise(outs, 0);
            struct area sx = magnitudes(x), sw = magnitudes(w), sb = magnitudes(b);
            struct area ux = copy(x, 1), uw = copy(w, 3), ub = copy(b, 5);
            struct area truth = connect(reference(), rows, in, x, w, b, 0);
            struct area sums = connect(reference(), rows, in, sx, sw, sb, 0);
            struct area got = connect(*k, rows, in, x, w, b, 0);
            struct area again = connect(*k, rows, in, ux, uw, ub, 2);
            check_close(got, truth, sums, in + 1, (*k)->name);
            assert_true(same_bits(got, again));
            struct area *const all[] = {&x,  &w,  &b,     &sx,   &sw,  &sb,   &ux,
                                        &uw, &ub, &truth, &sums, &got, &again};
            for (size_t j = 0; j < sizeof all / sizeof all[0]; j++) free(all[j]->memory);
        }
}

static void a_row_depends_on_itself_only(void **state)
{
    (void)state;
    enum { ROWS = 32, IN = 515, OUTS = 37 };
    for (const struct facet_kernels *const *k = facet_kernels_list(); *k != NULL; k++) {
        struct area w = noise((size_t)IN * OUTS, 0), b = noise(OUTS, 0), x = noise(ROWS * IN, 0);
        struct area all = connect(*k, ROWS, IN, x, w, b, 0);
        for (size_t row = 0; row < ROWS; row += 5) {
            struct area alone = copy(x, 0);
            for (size_t i = 0; i < alone.count; i++)
                if (i / IN != row) alone.at[i] = i % 2 ? NAN : 0;
            struct area one = connect(*k, ROWS, IN, alone, w, b, 0);
            assert_memory_equal(one.at + row * OUTS, all.at + row * OUTS, OUTS * sizeof(float));
            free(alone.memory);
            free(one.memory);
        }
        free(w.memory);
        free(b.memory);
        free(x.memory);
        free(all.memory);
    }
}

/* ---- pooling and ReLU ---- */

static void pools_agree(void **state)
{
    (void)state;
    const size_t sizes[][3] = {{1, 2, 2}, {3, 5, 7}, {128, 52, 44}, {2, 3, 2}, {7, 9, 18}};
    for (const struct facet_kernels *const *k = facet_kernels_list(); *k != NULL; k++)
        for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
            size_t c = sizes[i][0], h = sizes[i][1], w = sizes[i][2];
            struct area x = noise(c * h * w, 3);
            struct area truth = area(c * (h / 2) * (w / 2), 0), got = area(truth.count, 1);
            x.at[x.count / 3] = NAN;
            x.at[x.count / 2] = INFINITY;
            reference()->max_pool(c, h, w, x.at, truth.at);
            (*k)->max_pool(c, h, w, x.at, got.at);
            check_guards(got);
            for (size_t j = 0; j < got.count; j++)
                assert_true(got.at[j] == truth.at[j] || (isnan(got.at[j]) && isnan(truth.at[j])));
            free(x.memory);
            free(truth.memory);
            free(got.memory);
        }
}

static void pooling_takes_the_largest(void **state)
{
    (void)state;
    /* 5 x 3: the last row and column are in no window. */
    const float x[15] = {1, 2, 99, -3, 0, 99, -5, -6, 99, -7, -4, 99, 99, 99, 99};
    for (const struct facet_kernels *const *k = facet_kernels_list(); *k != NULL; k++) {
        float out[2];
        (*k)->max_pool(1, 5, 3, x, out);
        assert_true(out[0] == 2 && out[1] == -4);
        for (int i = 0; i < 4; i++) { /* NaN at each place of a window */
            float window[4] = {1, 2, 3, 4};
            window[i] = NAN;
            (*k)->max_pool(1, 2, 2, window, out);
            assert_true(isnan(out[0]));
        }
    }
}

static void relu_cuts_below_zero(void **state)
{
    (void)state;
    const float in[] = {1, -1, 0, -0.0f, NAN, INFINITY, -INFINITY, FLT_MIN / 4, -FLT_MIN / 4};
    const float out[] = {1, 0, 0, 0, NAN, INFINITY, 0, FLT_MIN / 4, 0};
    enum { COUNT = sizeof in / sizeof in[0] };
    for (const struct facet_kernels *const *k = facet_kernels_list(); *k != NULL; k++) {
        struct area a = area(COUNT * 5, 1);
        for (size_t i = 0; i < a.count; i++) a.at[i] = in[i % COUNT];
        (*k)->relu(a.count, a.at);
        check_guards(a);
        for (size_t i = 0; i < a.count; i++) {
            float expected = out[i % COUNT];
            assert_true(isnan(expected) ? isnan(a.at[i]) : a.at[i] == expected);
        }
        free(a.memory);
    }
}

/* ---- choosing ---- */

static void sets_are_chosen_by_name(void **state)
{
    (void)state;
    const struct facet_kernels *k = NULL;
    unsetenv("FACET_KERNELS");
    assert_ok(facet_kernels_choose(NULL, &k));
    assert_ptr_equal(k, facet_kernels_list()[0]);
    setenv("FACET_KERNELS", "reference", 1);
    assert_ok(facet_kernels_choose(NULL, &k));
    assert_string_equal(k->name, "reference");
    assert_ok(facet_kernels_choose("blas", &k));
    assert_string_equal(k->name, "blas");
    assert_fails(facet_kernels_choose("fast", &k), FACET_EINVAL,
                 "no kernel set is named \"fast\" (there are: blas, reference)");
    setenv("FACET_KERNELS", "quick", 1);
    assert_fails(facet_kernels_choose(NULL, &k), FACET_EINVAL, "FACET_KERNELS: no kernel set");
    assert_string_equal(k->name, "blas");
    unsetenv("FACET_KERNELS");
    assert_int_equal(strncmp(facet_kernels_blas_name(), "OpenBLAS ", 9), 0);
}

/* GSL brings a CBLAS of its own, which is slow and rounds worse; the order of linking decides. */
static void blas_is_openblas(void **state)
{
    (void)state;
    Dl_info info = {0};
    void *sgemm = dlsym(RTLD_DEFAULT, "cblas_sgemm");
    assert_non_null(sgemm);
    assert_int_not_equal(dladdr(sgemm, &info), 0);
    if (strstr(info.dli_fname, "openblas") == NULL)
        fail_msg("cblas_sgemm comes from %s", info.dli_fname);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sets_are_chosen_by_name),
        cmocka_unit_test(blas_is_openblas),
        cmocka_unit_test(convolutions_agree),
        cmocka_unit_test(local_convolutions_agree),
        cmocka_unit_test(images_dont_touch_each_other),
        cmocka_unit_test(regions_are_cut_at_the_border),
        cmocka_unit_test(what_is_not_finite_stays_so),
        cmocka_unit_test(fully_connected_agree),
        cmocka_unit_test(a_row_depends_on_itself_only),
        cmocka_unit_test(pools_agree),
        cmocka_unit_test(pooling_takes_the_largest),
        cmocka_unit_test(relu_cuts_below_zero),
    };
    choose_seed();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
