/* Random views: each step alone against a closed form, the map against the resampler. */
#include "base/check.h"

#include "image/augment.h"
#include "image/resample.h"

#include <gsl/gsl_cdf.h>
#include <math.h>

enum { W = 47, H = 55, PLANE = W * H, VIEWS = 400 };

static float view[3 * PLANE], plain[3 * PLANE];

/* Red is 2 x, green 2 y: each output value says which place of the source it shows. */
static struct facet_image new_slope(void)
{
    struct facet_image image = {0};
    assert_ok(facet_image_new(&image, 110, 120));
    for (int i = 0; i < 110 * 120; i++) {
        image.pixels[3 * i] = (uint8_t)(2 * (i % 110));
        image.pixels[3 * i + 1] = (uint8_t)(2 * (i / 110));
    }
    return image;
}

static struct facet_image new_noise(int width, int height, int least, int most)
{
    struct facet_image image = {0};
    gsl_rng *rng = facet_rng_new(1, 1);
    assert_ok(facet_image_new(&image, width, height));
    for (int i = 0; i < 3 * width * height; i++)
        image.pixels[i] = (uint8_t)(least + (int)gsl_rng_uniform_int(rng, most - least + 1));
    gsl_rng_free(rng);
    return image;
}

static struct facet_preprocess resize(int width, int height, const char *order)
{
    struct facet_preprocess p;
    facet_preprocess_default(&p, width, height, strcmp(order, "grey") == 0 ? 1 : 3);
    strcpy(p.order, order);
    p.align = FACET_ALIGN_RESIZE;
    return p;
}

static void see(const struct facet_preprocess *p, struct facet_augment a,
                const struct facet_image *image, uint64_t stream, float *out)
{
    gsl_rng *rng = facet_rng_new(20150612, stream);
    assert_ok(facet_augment_check(&a, "test"));
    assert_ok(facet_augment_see(p, &a, image, NULL, "x", rng, out));
    gsl_rng_free(rng);
}

/* Kolmogorov's test at 0.1 %: sorted values in 0..1 are uniform. */
static int by_value(const void *a, const void *b)
{
    return (*(const double *)a > *(const double *)b) - (*(const double *)a < *(const double *)b);
}

static void assert_uniform(double *values, size_t count)
{
    double most = 0, n = (double)count;
    qsort(values, count, sizeof *values, by_value);
    for (size_t i = 0; i < count; i++)
        most = fmax(most, fmax(values[i] - (double)i / n, (double)(i + 1) / n - values[i]));
    if (!(most < 1.95 / sqrt(n)))
        fail_msg("not uniform: %g, expected below %g", most, 1.95 / sqrt(n));
}

static void assert_share(size_t count, size_t of, double share)
{
    double sd = sqrt((double)of * share * (1 - share)), wanted = (double)of * share;
    if (!(fabs((double)count - wanted) < 4 * sd))
        fail_msg("%zu of %zu, expected %g +- %g", count, of, wanted, sd);
}

static void nothing_is_the_alignment(void **state)
{
    (void)state;
    static const char *const orders[] = {"rgb", "bgr", "grey"};
    struct facet_image image = new_noise(110, 120, 0, 255);
    for (int o = 0; o < 3; o++)
        for (int align = FACET_ALIGN_RESIZE; align <= FACET_ALIGN_LANDMARKS; align++) {
            struct facet_preprocess p = resize(W, H, orders[o]);
            struct facet_augment none = facet_augment_none();
            float landmarks[10];
            p.align = (enum facet_align)align;
            memcpy(p.crop, (double[]){3, 4, 90, 100.5}, sizeof p.crop);
            for (int i = 0; i < 10; i++) landmarks[i] = (float)(2.1 * p.points[i] - i);
            size_t bytes = (size_t)p.channels * PLANE * sizeof *view;
            gsl_rng *rng = facet_rng_new(1, 2);
            assert_ok(facet_preprocess_align(&p, &image, landmarks, "x", plain));
            assert_ok(facet_augment_see(&p, &none, &image, landmarks, "x", rng, view));
            assert_memory_equal(view, plain, bytes);
            gsl_rng_free(rng);
        }
    facet_image_free(&image);
}

static void a_stream_fixes_the_view(void **state)
{
    (void)state;
    struct facet_preprocess p = resize(W, H, "rgb");
    struct facet_image image = new_noise(94, 110, 0, 255), other = new_noise(30, 40, 0, 255);
    struct facet_augment all = facet_augment_default();
    all.erase = 1;
    see(&p, all, &image, 1, plain);
    see(&p, all, &image, 1, view);
    assert_memory_equal(view, plain, sizeof view);
    see(&p, all, &image, 2, view);
    assert_true(memcmp(view, plain, sizeof view) != 0);
    /* The count of draws hangs neither on the fields nor on the picture. */
    gsl_rng *a = facet_rng_new(3, 4), *b = facet_rng_new(3, 4);
    struct facet_augment none = facet_augment_none();
    assert_ok(facet_augment_see(&p, &all, &image, NULL, "x", a, view));
    assert_ok(facet_augment_see(&p, &none, &other, NULL, "x", b, view));
    assert_int_equal(gsl_rng_get(a), gsl_rng_get(b));
    gsl_rng_free(a);
    gsl_rng_free(b);
    facet_image_free(&other);
    facet_image_free(&image);
}

/* The affine map of a view of new_slope(), by least squares over pixels whose kernels lie inside: a
 * turned kernel on a grid is off by a few hundredths of a pixel, and the errors cancel. */
static struct facet_map read_map(void)
{
    struct facet_map m = {0};
    double n = 0, spread = 0;
    for (int y = 17; y < 38; y++)
        for (int x = 13; x < 34; x++) {
            double px = view[y * W + x] / 2.0 + .5, py = view[PLANE + y * W + x] / 2.0 + .5;
            m.xu += (x - 23) * px, m.xv += (y - 27) * px, m.x0 += px;
            m.yu += (x - 23) * py, m.yv += (y - 27) * py, m.y0 += py;
            spread += (x - 23) * (x - 23);
            n++;
        }
    m.xu /= spread, m.xv /= spread, m.yu /= spread, m.yv /= spread;
    m.x0 = m.x0 / n - 23.5 * m.xu - 27.5 * m.xv;
    m.y0 = m.y0 / n - 23.5 * m.yu - 27.5 * m.yv;
    return m;
}

/* The crop of the slope is twice the input's size, so a step of the face is two source pixels. */
static void views_are_moved_as_said(void **state)
{
    (void)state;
    const struct facet_augment a = {.shift = 3, .scale = .2, .rotate = 10, .aspect = .1};
    struct facet_preprocess p = resize(W, H, "rgb");
    struct facet_image image = new_slope(), noise = new_noise(110, 120, 0, 255);
    static double x[VIEWS], y[VIEWS], sizes[VIEWS], turns[VIEWS], shapes[VIEWS];
    p.align = FACET_ALIGN_CROP;
    memcpy(p.crop, (double[]){8, 5, 94, 110}, sizeof p.crop);
    for (int i = 0; i < VIEWS; i++) {
        see(&p, a, &image, (uint64_t)i, view);
        struct facet_map m = read_map();
        /* back = stretch^-1 turn^-1: its rows are turned by -angle and as long as 1 / factors. */
        double kx = hypot(m.xu, m.xv) / 2, ky = hypot(m.yu, m.yv) / 2;
        assert_true(fabs(m.xu * m.yu + m.xv * m.yv) < 5e-3);
        double angle = atan2(m.xv, m.xu) * 180 / acos(-1);
        assert_true(fabs(angle - atan2(-m.yu, m.yv) * 180 / acos(-1)) < .1);
        sizes[i] = -log(kx * ky) / 2 / log(1.2) / 2 + .5;
        shapes[i] = log(ky / kx) / log(1.1) / 2 + .5;
        turns[i] = angle / 20 + .5;
        /* The middle of the face, (55, 60) in the source, is seen at the middle plus the shift. */
        double det = m.xu * m.yv - m.xv * m.yu, dx = 55 - m.x0, dy = 60 - m.y0;
        x[i] = ((m.yv * dx - m.xv * dy) / det - W / 2.0) / 6 + .5;
        y[i] = ((m.xu * dy - m.yu * dx) / det - H / 2.0) / 6 + .5;
        /* Another picture is seen through the same map, as far as that could be read. */
        see(&p, a, &noise, (uint64_t)i, view);
        assert_ok(facet_resample(&noise, &m, W, H, plain));
        for (int v = 17; v < 38; v++)
            for (int u = 13; u < 34; u++) assert_true(fabs(view[v * W + u] - plain[v * W + u]) < 4);
    }
    assert_uniform(x, VIEWS);
    assert_uniform(y, VIEWS);
    assert_uniform(sizes, VIEWS);
    assert_uniform(turns, VIEWS);
    assert_uniform(shapes, VIEWS);
    facet_image_free(&noise);
    facet_image_free(&image);
}

static void half_are_mirrored(void **state)
{
    (void)state;
    struct facet_preprocess p = resize(W, H, "bgr");
    struct facet_image image = new_noise(94, 110, 0, 255);
    static float mirrored[3 * PLANE];
    size_t count = 0;
    assert_ok(facet_preprocess_align(&p, &image, NULL, "x", plain));
    memcpy(mirrored, plain, sizeof plain);
    facet_preprocess_mirror(&p, mirrored);
    for (int i = 0; i < VIEWS; i++) {
        see(&p, (struct facet_augment){.mirror = 1}, &image, (uint64_t)i, view);
        int is_mirrored = memcmp(view, mirrored, sizeof view) == 0;
        assert_true(is_mirrored || memcmp(view, plain, sizeof view) == 0);
        count += (size_t)is_mirrored;
    }
    assert_share(count, VIEWS, .5);
    facet_image_free(&image);
}

static void the_edge_goes_on(void **state)
{
    (void)state;
    struct facet_image image = {0}, wide = {0};
    struct facet_preprocess p = resize(W, H, "rgb");
    assert_ok(facet_image_new(&image, 94, 110));
    memset(image.pixels, 200, 3 * 94 * 110);
    for (int i = 0; i < VIEWS; i++) {
        see(&p, (struct facet_augment){.shift = 5, .scale = .3, .rotate = 45, .aspect = .2}, &image,
            (uint64_t)i, view);
        for (int k = 0; k < 3 * PLANE; k++) assert_true(fabs(view[k] - 200) < 1e-3);
    }
    facet_image_free(&image);
    /* Noise against the same noise in a frame of repeated edges, with turn and without. */
    static const struct facet_map maps[] = {{.5, .1, -3, -.2, .6, -5}, {.8, 0, 1, 0, .7, -7}};
    image = new_noise(20, 30, 0, 255);
    assert_ok(facet_image_new(&wide, 100, 100));
    for (int y = 0; y < 100; y++)
        for (int x = 0; x < 100; x++) {
            int from_x = x < 40   ? 0
                         : x < 60 ? x - 40
                                  : 19,
                from_y = y < 35   ? 0
                         : y < 65 ? y - 35
                                  : 29;
            memcpy(wide.pixels + 3 * (100 * y + x), image.pixels + 3 * (20 * from_y + from_x), 3);
        }
    for (int i = 0; i < 2; i++) {
        struct facet_map moved = maps[i];
        moved.x0 += 40;
        moved.y0 += 35;
        assert_ok(facet_resample_extended(&image, &maps[i], W, H, view));
        assert_ok(facet_resample(&wide, &moved, W, H, plain));
        for (int k = 0; k < 3 * PLANE; k++) assert_true(fabs(view[k] - plain[k]) < 1e-2);
    }
    struct facet_map none = {0};
    assert_fails(facet_resample_extended(&image, &none, W, H, view), FACET_EINVAL, "inverted");
    facet_image_free(&wide);
    facet_image_free(&image);
}

static double mean_of(const float *values, int count)
{
    double sum = 0;
    for (int i = 0; i < count; i++) sum += values[i];
    return sum / count;
}

static void light_is_a_line(void **state)
{
    (void)state;
    struct facet_preprocess p = resize(W, H, "rgb");
    struct facet_image image = new_noise(W, H, 100, 150);
    static double contrasts[VIEWS], added[VIEWS];
    assert_ok(facet_preprocess_align(&p, &image, NULL, "x", plain));
    double mean = mean_of(plain, 3 * PLANE);
    for (int i = 0; i < VIEWS; i++) {
        see(&p, (struct facet_augment){.light = 30}, &image, (uint64_t)i, view);
        double bright = mean_of(view, 3 * PLANE) - mean, contrast = 0, spread = 0;
        for (int k = 0; k < 3 * PLANE; k++) {
            contrast += (view[k] - mean - bright) * (plain[k] - mean);
            spread += (plain[k] - mean) * (plain[k] - mean);
        }
        contrast /= spread;
        for (int k = 0; k < 3 * PLANE; k++)
            assert_true(fabs(view[k] - (contrast * (plain[k] - mean) + mean + bright)) < 1e-2);
        contrasts[i] = log(contrast) * 128 / 60 + .5;
        added[i] = bright / 60 + .5;
    }
    assert_uniform(contrasts, VIEWS);
    assert_uniform(added, VIEWS);
    facet_image_free(&image);
}

static void colour_is_a_gain_of_each_channel(void **state)
{
    (void)state;
    struct facet_preprocess p = resize(W, H, "rgb"), grey = resize(W, H, "grey");
    struct facet_image image = new_noise(W, H, 50, 150);
    assert_ok(facet_preprocess_align(&p, &image, NULL, "x", plain));
    double largest = 0;
    for (int i = 0; i < VIEWS; i++) {
        double gains[3];
        see(&p, (struct facet_augment){.colour = .2}, &image, (uint64_t)i, view);
        for (int c = 0; c < 3; c++) {
            gains[c] = view[c * PLANE] / (double)plain[c * PLANE];
            for (int k = c * PLANE; k < (c + 1) * PLANE; k++)
                assert_true(fabs(view[k] - gains[c] * plain[k]) < 1e-2);
            for (int e = 0; e < c; e++) largest = fmax(largest, fabs(log(gains[c] / gains[e])));
        }
        assert_true(fabs(gains[0] + gains[1] + gains[2] - 3) < 1e-5);
    }
    assert_true(largest > .3 && largest < .4);
    assert_ok(facet_preprocess_align(&grey, &image, NULL, "x", plain));
    see(&grey, (struct facet_augment){.colour = .2, .grey = 1}, &image, 1, view);
    assert_memory_equal(view, plain, PLANE * sizeof *view);
    facet_image_free(&image);
}

/* A white pixel becomes the kernel itself. */
static void blur_is_gaussian(void **state)
{
    (void)state;
    struct facet_preprocess p = resize(W, H, "rgb");
    struct facet_image image = {0};
    const int at = 27 * W + 23;
    size_t blurred = 0;
    assert_ok(facet_image_new(&image, W, H));
    memset(image.pixels + 3 * at, 255, 3);
    for (int i = 0; i < VIEWS; i++) {
        see(&p, (struct facet_augment){.blur = 2.5}, &image, (uint64_t)i, view);
        if (view[at] == 255) continue;
        blurred++;
        double sum = 0, near = log(view[at] / view[at + 1]);
        assert_true(near > 1 / (2 * 2.5 * 2.5));
        for (int c = 0; c < 3; c++)
            for (int k = 0; k < PLANE; k++) {
                int x = k % W - 23, y = k / W - 27;
                double sd = sqrt(1 / (2 * near)), value = view[c * PLANE + k];
                sum += value;
                if (abs(x) > 3 * sd + 1 || abs(y) > 3 * sd + 1)
                    assert_true(value == 0);
                else if (abs(x) <= 3 * sd - .01 && abs(y) <= 3 * sd - .01)
                    assert_true(fabs(value - view[at] * exp(-near * (x * x + y * y))) < 1e-2);
            }
        assert_true(fabs(sum - 3 * 255) < 1e-2);
    }
    assert_share(blurred, VIEWS, .5 * (1 - .1 / 2.5)); /* an sd below 0.1 changes nothing */
    memset(image.pixels, 90, 3 * PLANE);               /* the edge is repeated */
    for (int i = 0; i < 20; i++) {
        see(&p, (struct facet_augment){.blur = 10}, &image, (uint64_t)i, view);
        for (int k = 0; k < 3 * PLANE; k++) assert_true(fabs(view[k] - 90) < 1e-3);
    }
    facet_image_free(&image);
}

static void noise_is_nearly_normal(void **state)
{
    (void)state;
    struct facet_preprocess p = resize(W, H, "rgb");
    struct facet_image image = {0};
    static double sds[VIEWS];
    const double n = 3 * PLANE;
    assert_ok(facet_image_new(&image, W, H));
    memset(image.pixels, 128, 3 * PLANE);
    for (int i = 0; i < VIEWS; i++) {
        see(&p, (struct facet_augment){.noise = 10}, &image, (uint64_t)i, view);
        double mean = mean_of(view, 3 * PLANE), squares = 0, fourths = 0, beside = 0, below = 0;
        for (int k = 0; k < 3 * PLANE; k++) {
            double v = view[k] - mean;
            squares += v * v;
            fourths += v * v * v * v;
            if (k >= 1) beside += v * (view[k - 1] - mean);
            if (k >= PLANE) below += v * (view[k - PLANE] - mean);
        }
        double sd = sqrt(squares / n);
        sds[i] = sd / 10;
        if (sd < .01) continue;
        assert_true(fabs(mean - 128) < 5 * sd / sqrt(n));
        assert_true(fabs(fourths / n / pow(sd, 4) - 2.7) < .2); /* four uniforms: 3 - 1.2 / 4 */
        assert_true(fabs(beside / squares) < 5 / sqrt(n) && fabs(below / squares) < 5 / sqrt(n));
    }
    assert_uniform(sds, VIEWS);
    facet_image_free(&image);
}

static void some_become_grey(void **state)
{
    (void)state;
    struct facet_image image = new_noise(94, 110, 0, 255);
    for (int bgr = 0; bgr < 2; bgr++) {
        struct facet_preprocess p = resize(W, H, bgr ? "bgr" : "rgb"), one = resize(W, H, "grey");
        size_t count = 0;
        assert_ok(facet_preprocess_align(&one, &image, NULL, "x", plain));
        for (int i = 0; i < VIEWS; i++) {
            see(&p, (struct facet_augment){.grey = .3}, &image, (uint64_t)i, view);
            if (view[0] != view[PLANE]) continue;
            count++;
            for (int k = 0; k < 3 * PLANE; k++)
                assert_true(fabs(view[k] - plain[k % PLANE]) < 1e-3);
        }
        assert_share(count, VIEWS, .3);
    }
    facet_image_free(&image);
}

static void rectangles_are_erased(void **state)
{
    (void)state;
    struct facet_preprocess p = resize(W, H, "rgb");
    struct facet_image image = new_noise(W, H, 0, 100);
    static double areas[VIEWS];
    size_t count = 0, filled = 0;
    assert_ok(facet_preprocess_align(&p, &image, NULL, "x", plain));
    for (int i = 0; i < VIEWS; i++) {
        int left = W, right = -1, top = H, bottom = -1, changed = 0, alike = 1;
        see(&p, (struct facet_augment){.erase = .5}, &image, (uint64_t)i, view);
        for (int k = 0; k < PLANE; k++) {
            if (view[k] == plain[k] && view[PLANE + k] == plain[PLANE + k]) continue;
            int x = k % W, y = k / W;
            if (right >= 0 && view[k] != view[top * W + left]) alike = 0;
            left = x < left ? x : left, right = x > right ? x : right;
            top = y < top ? y : top, bottom = y > bottom ? y : bottom;
            changed++;
        }
        if (changed == 0) continue;
        int w = right - left + 1, h = bottom - top + 1;
        assert_in_range(changed, w * h - 3, w * h); /* a value may be hit by chance */
        assert_true(h < 3.6 * w && w < 3.6 * h);
        areas[count++] = (w * h / (double)PLANE - .02) / .23;
        filled += (size_t)alike;
        if (alike)
            assert_true(fabs(view[top * W + left] - mean_of(plain, PLANE)) < 1e-3);
        else
            assert_true(fabs(mean_of(view + top * W + left, w) - 127.5) < 5 * 74 / sqrt(w));
    }
    for (size_t i = 0; i < count; i++) areas[i] = fmin(fmax(areas[i], 0), 1); /* whole pixels */
    assert_share(count, VIEWS, .5);
    assert_share(filled, count, .5);
    assert_uniform(areas, count);
    facet_image_free(&image);
}

static void values_stay_in_range(void **state)
{
    (void)state;
    struct facet_preprocess p = resize(W, H, "rgb");
    struct facet_image image = new_noise(94, 110, 0, 255);
    const struct facet_augment most = {1, 1000, 3, 180, 3, 255, 2, 10, 255, 1, 1};
    for (int i = 0; i < VIEWS; i++) {
        see(&p, i % 2 ? most : facet_augment_default(), &image, (uint64_t)i, view);
        for (int k = 0; k < 3 * PLANE; k++) assert_true(view[k] >= 0 && view[k] <= 255);
    }
    p = resize(1, 1, "grey");
    for (int i = 0; i < VIEWS; i++) see(&p, most, &image, (uint64_t)i, view);
    facet_image_free(&image);
}

static void wrong_fields_are_named(void **state)
{
    (void)state;
    struct facet_augment a = facet_augment_default();
    assert_ok(facet_augment_check(&a, "x"));
    a.mirror = 2;
    assert_fails(facet_augment_check(&a, "--mirror"), FACET_EINVAL,
                 "--mirror: mirror of random views is 2, expected 0 to 1");
    a.mirror = 0;
    a.rotate = NAN;
    assert_fails(facet_augment_check(&a, "x"), FACET_EINVAL, "rotate of random views is nan");
    a.rotate = 0;
    a.erase = 1.5;
    assert_fails(facet_augment_check(&a, "x"), FACET_EINVAL, "erase of random views is 1.5");
    a.erase = 0;
    a.shift = -1;
    assert_fails(facet_augment_check(&a, "x"), FACET_EINVAL, "shift of random views is -1");
    /* The alignment's own complaints come through. */
    struct facet_preprocess p;
    struct facet_image image = new_noise(94, 110, 0, 255);
    gsl_rng *rng = facet_rng_new(1, 1);
    a = facet_augment_default();
    facet_preprocess_default(&p, W, H, 3);
    assert_fails(facet_augment_see(&p, &a, &image, NULL, "a.jpg", rng, view), FACET_EFORMAT,
                 "a.jpg: has no landmarks");
    gsl_rng_free(rng);
    facet_image_free(&image);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_the_alignment),
        cmocka_unit_test(a_stream_fixes_the_view),
        cmocka_unit_test(views_are_moved_as_said),
        cmocka_unit_test(half_are_mirrored),
        cmocka_unit_test(the_edge_goes_on),
        cmocka_unit_test(light_is_a_line),
        cmocka_unit_test(colour_is_a_gain_of_each_channel),
        cmocka_unit_test(blur_is_gaussian),
        cmocka_unit_test(noise_is_nearly_normal),
        cmocka_unit_test(some_become_grey),
        cmocka_unit_test(rectangles_are_erased),
        cmocka_unit_test(values_stay_in_range),
        cmocka_unit_test(wrong_fields_are_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
