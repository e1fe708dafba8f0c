/* The library: what depends on what, landmarks against a brute-force look at the picture, and the
 * shapes of sets. */
#include "base/check.h"

#include "synth/dataset.h"

#include <math.h>

enum { WIDTH = 94, HEIGHT = 110 };

static void render(struct facet_image *image, uint64_t seed, uint64_t i, uint64_t k,
                   double marks[10])
{
    struct facet_synth *synth = NULL;
    struct facet_synth_identity identity;
    struct facet_synth_view view;
    assert_ok(facet_synth_new(&synth, WIDTH, HEIGHT, FACET_SYNTH_CROP));
    assert_ok(facet_image_new(image, WIDTH, HEIGHT));
    assert_ok(facet_synth_draw_identity(&identity, seed, i));
    assert_ok(facet_synth_draw_view(&view, &identity, seed, i, k));
    facet_synth_meet(synth, &identity);
    facet_synth_render(synth, &view, image, marks);
    facet_synth_free(&synth);
    assert_null(synth);
}

static int same(const struct facet_image *a, const struct facet_image *b)
{
    return memcmp(a->pixels, b->pixels, (size_t)WIDTH * HEIGHT * 3) == 0;
}

/* A picture is a function of seed, identity and number, and of each of them. */
static void test_determined(void **state)
{
    (void)state;
    struct facet_image image[5] = {{0}};
    double marks[10];
    const uint64_t of[5][3] = {{1, 2, 3}, {1, 2, 3}, {2, 2, 3}, {1, 3, 3}, {1, 2, 4}};
    for (int n = 0; n < 5; n++) render(&image[n], of[n][0], of[n][1], of[n][2], marks);
    assert_true(same(&image[0], &image[1]));
    for (int n = 2; n < 5; n++) assert_false(same(&image[0], &image[n]));
    for (int n = 0; n < 5; n++) facet_image_free(&image[n]);
}

/* What a renderer drew before leaves no trace. */
static void test_no_memory_of_others(void **state)
{
    (void)state;
    struct facet_synth *synth = NULL;
    struct facet_image image = {0}, fresh = {0};
    double marks[10], alone[10];
    assert_ok(facet_synth_new(&synth, WIDTH, HEIGHT, FACET_SYNTH_CROP));
    assert_ok(facet_image_new(&image, WIDTH, HEIGHT));
    for (uint64_t i = 0; i < 30; i++) {
        struct facet_synth_identity identity;
        struct facet_synth_view view;
        assert_ok(facet_synth_draw_identity(&identity, 1, i));
        assert_ok(facet_synth_draw_view(&view, &identity, 1, i, 0));
        facet_synth_meet(synth, &identity);
        facet_synth_render(synth, &view, &image, marks);
    }
    render(&fresh, 1, 29, 0, alone);
    assert_true(same(&image, &fresh));
    assert_memory_equal(marks, alone, sizeof marks);
    facet_image_free(&image);
    facet_image_free(&fresh);
    facet_synth_free(&synth);
}

static void test_sizes(void **state)
{
    (void)state;
    struct facet_synth *synth = NULL;
    assert_fails(facet_synth_new(&synth, 15, 110, FACET_SYNTH_CROP), FACET_EINVAL, "15 x 110");
    assert_fails(facet_synth_new(&synth, 94, 5000, FACET_SYNTH_CROP), FACET_EINVAL, "94 x 5000");
    assert_null(synth);
    facet_synth_free(&synth);
    static const int sizes[][2] = {{16, 16}, {17, 201}, {301, 33}, {250, 250}};
    for (size_t n = 0; n < sizeof sizes / sizeof *sizes; n++)
        for (int framing = 0; framing < 3; framing++) {
            struct facet_image image = {0};
            struct facet_synth_identity identity;
            struct facet_synth_view view;
            double marks[10];
            assert_ok(facet_synth_new(&synth, sizes[n][0], sizes[n][1], framing));
            assert_ok(facet_image_new(&image, sizes[n][0], sizes[n][1]));
            assert_ok(facet_synth_draw_identity(&identity, 7, n));
            assert_ok(facet_synth_draw_view(&view, &identity, 7, n, 0));
            facet_synth_meet(synth, &identity);
            facet_synth_render(synth, &view, &image, marks);
            for (int k = 0; k < 10; k++) assert_true(isfinite(marks[k]));
            facet_image_free(&image);
            facet_synth_free(&synth);
        }
}

/* Every kind of hair, hat, glasses and every extreme of pose and expression can be drawn. */
static void test_extremes(void **state)
{
    (void)state;
    struct facet_synth *synth = NULL;
    struct facet_image image = {0};
    double marks[10];
    assert_ok(facet_synth_new(&synth, WIDTH, HEIGHT, FACET_SYNTH_CROP));
    assert_ok(facet_image_new(&image, WIDTH, HEIGHT));
    for (int n = 0; n < 36; n++) {
        struct facet_synth_identity identity;
        struct facet_synth_view view;
        assert_ok(facet_synth_draw_identity(&identity, 3, (uint64_t)n));
        identity.hair = n % HAIR_STYLES;
        identity.hat_kind = n % 3;
        identity.glasses_kind = n % 4;
        for (int t = 0; t < TRAIT_COUNT; t++) identity.trait[t] = (n + t) % 2 ? 3.0 : -3.0;
        assert_ok(facet_synth_draw_view(&view, &identity, 3, (uint64_t)n, 0));
        view.yaw = n % 2 ? 0.55 : -0.55;
        view.pitch = n % 4 < 2 ? 0.25 : -0.25;
        view.smile = view.open = view.squint = n % 3 == 0;
        view.hat = view.glasses = 1;
        facet_synth_meet(synth, &identity);
        facet_synth_render(synth, &view, &image, marks);
        assert_true(marks[0] < marks[2] && marks[6] < marks[8] && marks[1] < marks[7]);
    }
    facet_image_free(&image);
    facet_synth_free(&synth);
}

static void test_counts(void **state)
{
    (void)state;
    struct facet_synth_dataset set = {.identities = 50, .images = 777, .seed = 5};
    int64_t counts[50], total = 0, most = 0;
    assert_ok(facet_synth_counts(&set, counts));
    for (int i = 0; i < 50; i++) {
        assert_true(counts[i] >= 2);
        total += counts[i];
        if (counts[i] > most) most = counts[i];
    }
    assert_int_equal(total, 777);
    assert_true(most > 2 * 777 / 50); /* a long tail */
    set.each = 4;
    assert_ok(facet_synth_counts(&set, counts));
    for (int i = 0; i < 50; i++) assert_int_equal(counts[i], 4);
    set.each = 0;
    set.images = 99;
    assert_fails(facet_synth_counts(&set, counts), FACET_EINVAL, "at least two");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_determined), cmocka_unit_test(test_no_memory_of_others),
        cmocka_unit_test(test_sizes),      cmocka_unit_test(test_extremes),
        cmocka_unit_test(test_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
