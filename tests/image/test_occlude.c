/* Occlusions: as much is hidden as was asked for, where it was asked for, and nothing else. */
#include "base/check.h"

#include "base/rng.h"
#include "image/occlude.h"

#include <math.h>

enum { W = 47, H = 55, PLANE = W * H };
static const double pi = 3.14159265358979;

static struct facet_preprocess face_of(int width, int height)
{
    struct facet_preprocess p;
    facet_preprocess_default(&p, width, height, 3);
    return p;
}

/* A face without any value that a fill could give: 1000 + place. */
static float face[3 * PLANE], cover[3 * PLANE], seen[3 * PLANE];

static struct facet_occlusions *new_list(const char *spec, const char *fill, uint64_t seed)
{
    const struct facet_preprocess p = face_of(W, H);
    struct facet_occlusions *o = NULL;
    assert_ok(facet_occlusions_new(&o, spec, fill, seed, &p));
    for (int i = 0; i < 3 * PLANE; i++) face[i] = (float)(1000 + i);
    return o;
}

static void see(const struct facet_occlusions *o, size_t which, const struct facet_preprocess *p,
                const double *landmarks, const char *image)
{
    assert_ok(facet_occlusions_cover(o, p, image, face, cover));
    memcpy(seen, face, sizeof seen);
    assert_ok(facet_occlude(o, which, p, landmarks, image, cover, seen));
    for (int i = 0; i < 3 * PLANE; i++) /* all channels alike, and nothing between */
        assert_true(seen[i] == face[i] ? seen[i % PLANE] == face[i % PLANE] : seen[i] == cover[i]);
}

static int hidden(int x, int y)
{
    return seen[y * W + x] != face[y * W + x];
}

static int count_hidden(void)
{
    int count = 0;
    for (int i = 0; i < PLANE; i++) count += hidden(i % W, i / W);
    return count;
}

static void sides_hide_the_share_asked_for(void **state)
{
    (void)state;
    const struct facet_preprocess p = face_of(W, H);
    struct facet_occlusions *o = new_list("bottom:1-100/9,top:40,left:25,right:100", "black", 1);
    for (size_t i = 0; i < o->count; i++) {
        const struct facet_occlusion *one = &o->list[i];
        const int tall = one->kind == FACET_OCCLUDE_BOTTOM || one->kind == FACET_OCCLUDE_TOP;
        const int size = tall ? H : W;
        const int lines = (int)lround(size * one->level / 100.0);
        see(o, i, &p, NULL, "a/b.jpg");
        for (int y = 0; y < H; y++)
            for (int x = 0; x < W; x++) {
                const int in = one->kind == FACET_OCCLUDE_BOTTOM ? y >= H - lines
                               : one->kind == FACET_OCCLUDE_TOP  ? y < lines
                               : one->kind == FACET_OCCLUDE_LEFT ? x < lines
                                                                 : x >= W - lines;
                assert_int_equal(hidden(x, y), in);
                if (in) assert_true(seen[y * W + x] == 0);
            }
    }
    facet_occlusions_free(&o);
}

/* The left upper corner of the one square that is hidden. */
static void find_square(int side, int *left, int *top)
{
    int at = 0;
    while (!hidden(at % W, at / W)) at++;
    *left = at % W;
    *top = at / W;
    assert_int_equal(count_hidden(), side * side);
    for (int i = 0; i < PLANE; i++)
        assert_int_equal(hidden(i % W, i / W), i % W >= *left && i % W < *left + side &&
                                                   i / W >= *top && i / W < *top + side);
}

static void squares_lie_within_the_face(void **state)
{
    (void)state;
    const struct facet_preprocess p = face_of(W, H);
    struct facet_occlusions *o = new_list("block:10-70/10", "black", 3);
    double sum_x = 0, sum_y = 0;
    enum { IMAGES = 400 };
    for (int image = 0; image < IMAGES; image++) {
        char name[32];
        snprintf(name, sizeof name, "p/%d.jpg", image);
        for (size_t i = 0; i < o->count; i++) {
            int left, top, side = 5 * (int)(i + 1);
            see(o, i, &p, NULL, name);
            find_square(side, &left, &top);
            if (i > 0) continue;
            sum_x += (left + 0.5) / (W - side + 1);
            sum_y += (top + 0.5) / (H - side + 1);
        }
    }
    /* Uniform places: the mean of 400 is within 4.5 of its standard errors of a half. */
    assert_true(fabs(sum_x / IMAGES - 0.5) < 4.5 * sqrt(1 / 12.0 / IMAGES));
    assert_true(fabs(sum_y / IMAGES - 0.5) < 4.5 * sqrt(1 / 12.0 / IMAGES));
    facet_occlusions_free(&o);
}

static void places_hang_on_image_and_seed_alone(void **state)
{
    (void)state;
    const struct facet_preprocess p = face_of(W, H);
    const char *const specs[] = {"block:30", "bottom:10,block:20,block:30x1,eyes"};
    int left[4], top[4];
    for (int i = 0; i < 4; i++) {
        struct facet_occlusions *o = new_list(specs[i % 2], "grey", i == 3 ? 8 : 7);
        see(o, i % 2 == 0 ? 0 : 2, &p, NULL, i == 2 ? "other.jpg" : "one.jpg");
        find_square(15, &left[i], &top[i]);
        facet_occlusions_free(&o);
    }
    assert_true(left[0] == left[1] && top[0] == top[1]);
    assert_true(left[0] != left[2] || top[0] != top[2]);
    assert_true(left[0] != left[3] || top[0] != top[3]);
}

static void several_squares_are_as_many(void **state)
{
    (void)state;
    const struct facet_preprocess p = face_of(W, H);
    struct facet_occlusions *o = new_list("block:4x5", "black", 1);
    int most = 0;
    for (int image = 0; image < 50; image++) {
        char name[32];
        snprintf(name, sizeof name, "%d", image);
        see(o, 0, &p, NULL, name);
        assert_in_range(count_hidden(), 2 * 2, 5 * 2 * 2);
        if (count_hidden() > most) most = count_hidden();
    }
    assert_int_equal(most, 5 * 2 * 2);
    facet_occlusions_free(&o);
}

static void squares_slide_over_the_whole_face(void **state)
{
    (void)state;
    const struct facet_preprocess p = face_of(W, H);
    struct facet_occlusions *o = new_list("slide:20/10,square:21@73x89", "black", 1);
    int left, top, landmarks, over[PLANE] = {0};
    assert_ok(facet_occlusions_check(o, &p, &landmarks));
    assert_int_equal(o->count, 8 * 10 + 1); /* 2, 12, .. 72 and 0, 10, .. 90 */
    assert_string_equal(o->list[0].name, "square:20@2x0");
    assert_string_equal(o->list[79].name, "square:20@72x90");
    for (size_t i = 0; i < 80; i++) {
        see(o, i, &p, NULL, i % 2 ? "one.jpg" : "other.jpg");
        find_square(10, &left, &top);
        assert_int_equal(left, 1 + 5 * (int)(i % 8));
        assert_int_equal(top, 5 * (int)(i / 8));
        for (int k = 0; k < PLANE; k++) over[k] += hidden(k % W, k / W);
    }
    for (int k = 0; k < PLANE; k++) { /* as often everywhere, but near the edges */
        const int x = k % W, y = k / W;
        if (x >= 6 && x < W - 6 && y >= 5 && y < H - 5) assert_int_equal(over[k], 4);
    }
    see(o, 80, &p, NULL, "x"); /* 10.5 pixels at 36.5, 44.5 */
    find_square(11, &left, &top);
    assert_true(left == W - 11 && top == H - 11);
    facet_occlusions_free(&o);
    const struct facet_preprocess flat = face_of(94, 50);
    assert_ok(facet_occlusions_new(&o, "slide:30/15", "black", 1, &flat));
    assert_int_equal(o->count, 5 * 2); /* 2, 17, .. 62 and 2, 17 */
    assert_ok(facet_occlusions_check(o, &flat, &landmarks));
    assert_string_equal(o->list[9].name, "square:30@62x17");
    facet_occlusions_free(&o);
}

static void eyes_and_mouth_follow_the_landmarks(void **state)
{
    (void)state;
    const struct facet_preprocess p = face_of(W, H);
    const double points[10] = {13, 16, 33, 16, 23, 28, 14, 40, 34, 40};
    struct facet_occlusions *o = new_list("eyes,mouth:50", "mean", 1);
    see(o, 0, &p, points, "x"); /* d = 20: 13 - 8 .. 33 + 8, 16 - 6 .. 16 + 6 */
    assert_int_equal(count_hidden(), 36 * 12);
    assert_true(hidden(5, 10) && hidden(40, 21) && !hidden(4, 10) && !hidden(41, 21));
    assert_true(seen[10 * W + 5] == 127.5f);
    see(o, 1, &p, points, "x"); /* half of 14 - 5 .. 34 + 5, 40 - 8 .. 40 + 8 */
    assert_int_equal(count_hidden(), (int)((24.0 + 7.5 + 0.5) - floor(24 - 7.5 + 0.5)) * 8);
    assert_true(hidden(24, 40) && !hidden(24, 35) && !hidden(24, 44));
    facet_occlusions_free(&o);
}

static void fills_are_what_they_say(void **state)
{
    (void)state;
    const struct facet_preprocess p = face_of(W, H);
    struct facet_occlusions *noise = new_list("bottom:100", "noise", 1);
    struct facet_occlusions *blur = new_list("bottom:100", "blur", 1);
    double sum = 0, squares = 0;
    assert_ok(facet_occlusions_cover(noise, &p, "x", face, cover));
    for (int i = 0; i < 3 * PLANE; i++) {
        assert_true(cover[i] >= 0 && cover[i] < 255);
        sum += (double)cover[i] / (3 * PLANE);
        squares += (double)(cover[i] * cover[i]) / (3 * PLANE);
    }
    assert_true(fabs(sum - 127.5) < 4);
    assert_true(fabs(sqrt(squares - sum * sum) - 255 / sqrt(12)) < 3);
    for (int i = 0; i < 3 * PLANE; i++) face[i] = (float)(i % W); /* a slope stays one inside */
    assert_ok(facet_occlusions_cover(blur, &p, "x", face, cover));
    for (int x = 15; x < W - 15; x++) assert_true(fabsf(cover[20 * W + x] - (float)x) < 1e-3f);
    for (int i = 0; i < 3 * PLANE; i++)
        face[i] = i == 20 * W + 23 ? 1000 : 0; /* and a point spreads */
    assert_ok(facet_occlusions_cover(blur, &p, "x", face, cover));
    assert_true(fabs((double)cover[20 * W + 23] - 1000 / (2 * pi * 4.7 * 4.7)) < 0.1);
    facet_occlusions_free(&noise);
    facet_occlusions_free(&blur);
}

static void what_is_asked_for_is_checked(void **state)
{
    (void)state;
    const struct {
        const char *spec, *fill, *message;
    } faults[] = {
        {"nose:10", "black", "unknown kind (there are: bottom, top,"},
        {"bottom", "black", "expected a level, as bottom:30"},
        {"bottom:0", "black", "expected percent from 1 to 100"},
        {"bottom:101", "black", "expected percent from 1 to 100"},
        {"block:95", "black", "expected pixels from 1 to 94"},
        {"block:-5", "black", "expected pixels"},
        {"bottom:70-10/10", "black", "expected percent from 70 to 100"},
        {"bottom:10-70", "black", "expected a step"},
        {"bottom:10-70/0", "black", "expected a step from 1"},
        {"bottom:10x3", "black", "unexpected \"x3\""},
        {"block:10x0", "black", "a number of squares from 1"},
        {"bottom:10 ", "black", "unexpected \" \""},
        {"bottom:10,bottom:10-30/10", "black", "bottom:10 is there twice"},
        {"square:20", "black", "expected '@' at \"\", as in square:20@12x45"},
        {"square:20@5", "black", "expected 'x' at \"\""},
        {"square:20@5x-3", "black", "expected pixels from 0"},
        {"square:20@5x3x2", "black", "unexpected \"x2\""},
        {"square:95@0x0", "black", "expected pixels from 1 to 94"},
        {"slide:20", "black", "expected '/' at \"\", as in slide:20/10"},
        {"slide:20/0", "black", "expected a step from 1"},
        {"slide:95/10", "black", "expected pixels from 1 to 94"},
        {"slide:10/2", "black", "more than 512 occlusions"},
        {"slide:20/10,square:20@2x10", "black", "square:20@2x10 is there twice"},
        {"bottom:10", "red", "no fill is named \"red\" (there are: black, grey"},
    };
    const struct facet_preprocess p = face_of(W, H);
    struct facet_occlusions *o = NULL;
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        assert_fails(facet_occlusions_new(&o, faults[i].spec, faults[i].fill, 1, &p), FACET_EINVAL,
                     faults[i].message);
        assert_null(o);
    }
    const struct facet_preprocess flat = face_of(94, 50);
    int landmarks;
    char *text;
    o = new_list("block:40,eyes,block:60", "blur", 5);
    assert_fails(facet_occlusions_check(o, &flat, &landmarks), FACET_EINVAL,
                 "block:60: a square of 60 pixels doesn't fit into an input of 94 x 50");
    assert_int_equal(landmarks, 1);
    assert_ok(facet_occlusions_describe(o, &text));
    assert_string_equal(text, "blur, seed 5: block:40 eyes:100 block:60");
    free(text);
    facet_occlusions_free(&o);
    const char *const outside[] = {"square:20@75x0", "square:20@0x91"};
    for (int i = 0; i < 2; i++) {
        o = new_list(outside[i], "black", 1);
        assert_fails(facet_occlusions_check(o, &p, &landmarks), FACET_EINVAL,
                     "the square doesn't lie within a face of 94 x 110");
        facet_occlusions_free(&o);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sides_hide_the_share_asked_for),
        cmocka_unit_test(squares_lie_within_the_face),
        cmocka_unit_test(places_hang_on_image_and_seed_alone),
        cmocka_unit_test(several_squares_are_as_many),
        cmocka_unit_test(squares_slide_over_the_whole_face),
        cmocka_unit_test(eyes_and_mouth_follow_the_landmarks),
        cmocka_unit_test(fills_are_what_they_say),
        cmocka_unit_test(what_is_asked_for_is_checked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
