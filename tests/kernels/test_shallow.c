/* F(2x2, 4x4) of every set that runs here: each kernel against its formula in double, and the whole
 * against the convolution that it stands for. */
#include "kernels/convolve.h"
#include "kernels/each_set.h"

enum { PLACES = FACET_SHALLOW_PLACES, PANEL = FACET_SHALLOW_PANEL };

/* Cook and Toom's F(2, 4) for the points 0, 1, -1, 2 and infinity: rows of B', of A'. */
static const double input_matrix[5][5] = {
    {2, -1, -2, 1, 0}, {0, -2, -1, 1, 0}, {0, 2, -3, 1, 0}, {0, -1, 0, 1, 0}, {0, 2, -1, -2, 1}};
static const double output_matrix[2][5] = {{1, 1, 1, 1, 0}, {0, 1, -1, 2, 1}};

/* In a row 1 to 7 tiles, and 22 of them: runs of every length. */
static const struct {
    size_t in_c, tiles, out_c;
} shapes[] = {{3, 1, 16}, {1, 2, 32}, {3, 3, 16}, {1, 4, 16},
              {3, 5, 48}, {1, 6, 16}, {3, 7, 16}, {3, 22, 128}};
enum { SHAPES = sizeof shapes / sizeof shapes[0] };

static struct facet_conv shape(size_t i)
{
    const struct facet_conv c =
        facet_conv_shape(shapes[i].in_c, 9, 2 * shapes[i].tiles + 3, shapes[i].out_c, 4, 4);
    assert_true(facet_shallow_fits(&c));
    return c;
}

/* Where place (i, j) of tile tx, channel c lies in v; of channel o in u. */
static size_t in_v(const struct facet_conv *conv, size_t i, size_t j, size_t tx, size_t c)
{
    return (5 * j + i) * facet_shallow_line(conv) + 2 * tx * conv->in_c + c;
}

static size_t in_u(const struct facet_conv *conv, size_t i, size_t j, size_t c, size_t o)
{
    return ((o / PANEL * PLACES + 5 * j + i) * conv->in_c + c) * PANEL + o % PANEL;
}

static void the_input_is_the_formula(void **state)
{
    (void)state;
    EACH_SET(k)
    for (size_t s = 0; s < SHAPES; s++) {
        const struct facet_conv conv = shape(s);
        struct area input = noise(facet_conv_inputs(&conv), 3);
        for (size_t ty = 0; ty < conv.out_h / 2; ty++) {
            struct area v = area(facet_shallow_scratch(&conv), 5);
            k->shallow_input(&conv, ty, input.at, v.at);
            check_guards(v);
            for (size_t at = 0; at < PLACES * shapes[s].tiles * conv.in_c; at++) {
                const size_t i = at % 5, j = at / 5 % 5, c = at / PLACES % conv.in_c;
                const size_t tx = at / PLACES / conv.in_c;
                double sum = 0, size = 0;
                for (size_t y = 0; y < 5; y++)
                    for (size_t x = 0; x < 5; x++) {
                        const double term =
                            input_matrix[i][y] * input_matrix[j][x] *
                            (double)
                                input.at[((2 * ty + y) * conv.in_w + 2 * tx + x) * conv.in_c + c];
                        sum += term;
                        size += fabs(term);
                    }
                check_value(k->name, "shallow_input", at, (double)v.at[in_v(&conv, i, j, tx, c)],
                            sum, 6 * eps * size);
            }
            free(v.memory);
        }
        free(input.memory);
    }
}

/* Output (y, x) of tile tx, and the sum of magnitudes. */
static double exact(const struct facet_conv *conv, const float *v, const float *u, size_t y,
                    size_t x, size_t tx, size_t o, double *size)
{
    double sum = 0;
    *size = 0;
    for (size_t at = 0; at < PLACES * conv->in_c; at++) {
        const size_t i = at % 5, j = at / 5 % 5, c = at / PLACES;
        const double term = output_matrix[y][i] * output_matrix[x][j] *
                            (double)v[in_v(conv, i, j, tx, c)] * (double)u[in_u(conv, i, j, c, o)];
        sum += term;
        *size += fabs(term);
    }
    return sum;
}

/* Pooled, the same values: ReLU(bias + largest), NaN if one is. */
static void check_pooled(const struct facet_kernels *k, const struct facet_conv *conv,
                         const float *v, const float *u, const float *strip)
{
    const size_t c = conv->out_c, row = conv->out_w * c;
    struct area bias = noise(c, 1), out = area(conv->out_w / 2 * c, 3);
    k->shallow_relu_pool(conv, v, u, bias.at, out.at);
    check_guards(out);
    for (size_t i = 0; i < out.count; i++) {
        const float *at = strip + i / c * 2 * c + i % c;
        const float values[] = {at[0], at[c], at[row], at[row + c]};
        float most = values[0];
        for (size_t j = 1; j < 4; j++)
            if (values[j] > most || isnan(values[j])) most = values[j];
        most += bias.at[i % c];
        check_value(k->name, "shallow_relu_pool", i, (double)out.at[i],
                    (double)(most <= 0 ? 0 : most), 0);
    }
    free(bias.memory);
    free(out.memory);
}

static void the_output_is_the_formula(void **state)
{
    (void)state;
    EACH_SET(k)
    for (size_t s = 0; s < SHAPES; s++) {
        const struct facet_conv conv = shape(s);
        struct area v = noise(facet_shallow_scratch(&conv), 3);
        struct area u = noise(PLACES * conv.in_c * conv.out_c, 1);
        struct area strip = area(2 * conv.out_w * conv.out_c, 5);
        k->shallow_output(&conv, v.at, u.at, strip.at);
        check_guards(strip);
        for (size_t at = 0; at < strip.count; at++) {
            const size_t o = at % conv.out_c, x = at / conv.out_c % conv.out_w;
            const size_t y = at / conv.out_c / conv.out_w;
            double size, truth = exact(&conv, v.at, u.at, y, x % 2, x / 2, o, &size);
            check_value(k->name, "shallow_output", at, (double)strip.at[at], truth,
                        12 * eps * size);
        }
        check_pooled(k, &conv, v.at, u.at, strip.at);
        v.at[in_v(&conv, 1, 2, shapes[s].tiles - 1, 0)] = NAN;
        k->shallow_output(&conv, v.at, u.at, strip.at);
        assert_true(isnan(strip.at[strip.count - 1]));
        check_pooled(k, &conv, v.at, u.at, strip.at);
        free(v.memory);
        free(u.memory);
        free(strip.memory);
    }
}

/* Root mean square and largest error of the first layer done one way, in eps times the sum of
 * magnitudes. */
static void find_error(const struct facet_kernels *k, struct facet_convolution c,
                       const float *input, const float *weight, double *rms, double *most)
{
    const struct facet_conv *conv = &c.conv;
    struct area packed = area(facet_convolve_weights(&c), 1);
    struct area scratch = area(facet_convolve_scratch(&c, 1), 0);
    struct area out = area(facet_conv_outputs(conv), 0);
    facet_convolve_pack(k, &c, weight, packed.at);
    c.weight = packed.at;
    facet_convolve(k, &c, 1, input, out.at, scratch.at);
    *rms = *most = 0;
    for (size_t at = 0; at < out.count; at++) {
        const size_t x = at / conv->out_c % conv->out_w, y = at / conv->out_c / conv->out_w;
        double sum = 0, size = 0;
        for (size_t i = 0; i < 48; i++) {
            const double term =
                (double)weight[at % conv->out_c * 48 + i] *
                (double)input[((y + i / 4 % 4) * conv->in_w + x + i % 4) * 3 + i / 16];
            sum += term;
            size += fabs(term);
        }
        const double off = fabs((double)out.at[at] - sum) / (eps * size);
        *rms += off * off / (double)out.count;
        *most = fmax(*most, off);
    }
    *rms = sqrt(*rms);
    free(packed.memory);
    free(scratch.memory);
    free(out.memory);
}

/* What it costs in accuracy, measured with twenty seeds:
 *
 *                    rms          largest
 *     plain sum      0.4          3.6 .. 4.9
 *     F(2x2, 4x4)    1.1 .. 1.4   11 .. 20
 *
 * (The reference rounds what it stores alone: 0.08 and 0.8.) */
static void it_is_the_convolution(void **state)
{
    (void)state;
    const struct facet_conv conv = facet_conv_shape(3, 55, 47, 128, 4, 4);
    struct area input = noise(facet_conv_inputs(&conv), 0), bias = area(conv.out_c, 0);
    struct area weight = noise(facet_conv_weights(&conv), 0);
    for (size_t i = 0; i < bias.count; i++) bias.at[i] = 0;
    EACH_SET(k)
    {
        struct facet_convolution c = {.conv = conv, .way = FACET_WAY_PRODUCTS, .bias = bias.at};
        double plain, plain_most, rms, most;
        find_error(k, c, input.at, weight.at, &plain, &plain_most);
        c.way = facet_convolve_way(&conv);
        assert_int_equal(c.way, FACET_WAY_SHALLOW_WINOGRAD);
        find_error(k, c, input.at, weight.at, &rms, &most);
        printf("%s: error, rms and largest: plain sum %.2g %.2g Winograd %.2g %.2g\n", k->name,
               plain, plain_most, rms, most);
        if (!(rms <= 2 && most <= 30))
            fail_msg("%s is off by %g (rms), %g (most) (seed %llu)", k->name, rms, most,
                     (unsigned long long)seed);
    }
    free(input.memory);
    free(weight.memory);
    free(bias.memory);
}

static void it_fits_where_it_can(void **state)
{
    (void)state;
    const struct facet_conv conv = facet_conv_shape(3, 9, 9, 16, 4, 4);
    struct facet_conv other[] = {
        facet_conv_shape(3, 8, 9, 16, 4, 4), conv,
        facet_conv_shape(3, 9, 8, 16, 4, 4), conv,
        facet_conv_shape(2, 9, 9, 16, 4, 4), facet_conv_shape(3, 9, 9, 24, 4, 4),
        facet_conv_shape(3, 9, 9, 16, 4, 2), facet_conv_shape(3, 9, 9, 16, 2, 4)};
    other[1] = facet_conv_regions(conv, 2, 2);
    other[3] = facet_conv_padded(conv, 1, 1, 6, 6);
    assert_true(facet_shallow_fits(&conv));
    for (size_t i = 0; i < sizeof other / sizeof other[0]; i++)
        assert_false(facet_shallow_fits(&other[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_input_is_the_formula),
        cmocka_unit_test(the_output_is_the_formula),
        cmocka_unit_test(it_is_the_convolution),
        cmocka_unit_test(it_fits_where_it_can),
    };
    choose_seed();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
