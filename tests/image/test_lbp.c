/* Local binary patterns: their numbers, where a patch lies and what it counts. */
#include "base/check.h"

#include "image/lbp.h"
#include "image/resample.h"

#include <math.h>
#include <string.h>

enum { W = 188, H = 220, BINS = FACET_LBP_BINS, VALUES = 21 * 5 * 16 * BINS };

static float face[W * H], values[VALUES];

static struct facet_lbp *new_lbp(int points, int scales, int cells)
{
    struct facet_lbp *lbp = NULL;
    assert_ok(facet_lbp_new(&lbp, points, scales, cells));
    return lbp;
}

static void describe(const struct facet_lbp *lbp, const double *landmarks)
{
    void *scratch = facet_alloc(1, facet_lbp_scratch(lbp), "scratch");
    assert_non_null(scratch);
    facet_lbp_patterns(lbp, face, scratch);
    facet_lbp_count(lbp, scratch, landmarks, values);
    free(scratch);
}

/* The bin of the pixel in the middle, whose neighbour p is bright where bit p is set. */
static int bin_of(unsigned pattern)
{
    static const int place[8] = {5, 2, 1, 0, 3, 6, 7, 8}; /* right, and on against the clock */
    uint8_t picture[9] = {[4] = 100}, bins[9];
    for (int p = 0; p < 8; p++) picture[place[p]] = pattern >> p & 1 ? 100 : 99;
    facet_lbp_bins(picture, 3, 3, bins);
    for (int i = 0; i < 9; i++)
        if (i != 4) assert_int_equal(bins[i], FACET_LBP_NONE);
    return bins[4];
}

/* P (P - 1) + 2 = 58 uniform patterns (Ojala et al. 2002), each with a bin of its own. */
static void uniform_patterns_have_bins_of_their_own(void **state)
{
    (void)state;
    int seen[BINS] = {0};
    for (unsigned pattern = 0; pattern < 256; pattern++) seen[bin_of(pattern)]++;
    for (int b = 0; b < BINS - 1; b++) assert_int_equal(seen[b], 1);
    assert_int_equal(seen[BINS - 1], 256 - 58);
    assert_int_equal(bin_of(0), 0);
    assert_int_equal(bin_of(1), 1);     /* a bit at neighbour 0 */
    assert_int_equal(bin_of(2), 8);     /* at neighbour 1 */
    assert_int_equal(bin_of(0x81), 10); /* two from neighbour 7 on */
    assert_int_equal(bin_of(0xff), 57);
    assert_int_equal(bin_of(0x05), 58);
}

static void pictures_without_a_ring_have_no_pattern(void **state)
{
    (void)state;
    static const int sizes[][2] = {{1, 1}, {2, 7}, {7, 2}, {1, 9}, {9, 1}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        uint8_t picture[16] = {0}, bins[16];
        memset(bins, 1, sizeof bins);
        facet_lbp_bins(picture, sizes[i][0], sizes[i][1], bins);
        for (int k = 0; k < sizes[i][0] * sizes[i][1]; k++)
            assert_int_equal(bins[k], FACET_LBP_NONE);
    }
}

static void sizes(void **state)
{
    (void)state;
    static const int cases[][4] = {
        {21, 5, 4, 99120}, {5, 5, 4, 23600}, {5, 1, 1, 295}, {21, 2, 8, 158592}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct facet_lbp *lbp = new_lbp(cases[i][0], cases[i][1], cases[i][2]);
        assert_int_equal(facet_lbp_values(lbp), cases[i][3]);
        facet_lbp_free(&lbp);
        assert_null(lbp);
    }
    static const int wrong[][3] = {{7, 5, 4}, {21, 0, 4}, {21, 6, 4}, {21, 5, 0}, {21, 5, 9}};
    struct facet_lbp *lbp = NULL;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_int_equal(facet_lbp_new(&lbp, wrong[i][0], wrong[i][1], wrong[i][2]), FACET_EINVAL);
        assert_null(lbp);
    }
    facet_lbp_free(&lbp);
}

/* All pixels have every bit; whatever grey it is, resampling must not make a texture of it. */
static void a_constant_face_is_one_bin(void **state)
{
    (void)state;
    struct facet_lbp *lbp = new_lbp(21, 5, 4);
    for (int grey = 0; grey < 256; grey += 51) {
        for (int i = 0; i < W * H; i++) face[i] = (float)grey;
        describe(lbp, NULL);
        int whole = 0;
        for (int i = 0; i < VALUES; i++) {
            if (i % BINS != BINS - 2) assert_true(values[i] == 0);
            whole += values[i] == 1;
        }
        assert_true(whole > VALUES / BINS / 2);
    }
    facet_lbp_free(&lbp);
}

/* Cells of 10 x 10 pixels at full size, one a point, on grey 50. A dark pixel takes a bit from each
 * pixel beside it; a bright one has no bit (bin 0), and those beside it keep theirs. */
static void a_cell_counts_its_pixels(void **state)
{
    (void)state;
    struct facet_lbp *lbp = new_lbp(5, 1, 1);
    double landmarks[10];
    for (int i = 0; i < W * H; i++) face[i] = 50;
    for (int p = 0; p < 5; p++) {
        landmarks[2 * p] = 30 + 20 * p;
        landmarks[2 * p + 1] = 60;
    }
    face[60 * W + 30] = 200; /* in the patch of the first point, columns 25..34, rows 55..64 */
    face[64 * W + 50] = 0;   /* in the last row of the second's */
    face[65 * W + 70] = 0;   /* a row below the third's, and thus beside three of its pixels */
    landmarks[6] = -1e9;     /* nothing is seen there */
    landmarks[8] = 0;        /* half of it lies outside, and the first column has no ring */
    describe(lbp, landmarks);
    const float *v = values;
    assert_float_equal(v[0], 0.1, 1e-7);
    assert_float_equal(v[57], sqrtf(0.99f), 1e-6);
    v += BINS;
    assert_float_equal(v[57], sqrtf(0.95f), 1e-6); /* the pixel has all bits, five beside it not */
    v += BINS;
    assert_float_equal(v[57], sqrtf(0.97f), 1e-6);
    v += BINS;
    for (int b = 0; b < BINS; b++) assert_true(v[b] == 0);
    v += BINS;
    assert_float_equal(v[57], sqrtf(0.4f), 1e-6);
    facet_lbp_free(&lbp);
}

static void points_that_a_manifest_lacks_are_the_templates(void **state)
{
    (void)state;
    struct facet_preprocess p;
    struct facet_lbp *lbp = new_lbp(21, 5, 4);
    static float placed[VALUES];
    facet_lbp_preprocess(&p);
    assert_int_equal(p.width, W);
    assert_int_equal(p.height, H);
    assert_int_equal(p.channels, 1);
    for (int i = 0; i < W * H; i++) face[i] = (float)(i * 7919 % 251);
    describe(lbp, NULL);
    memcpy(placed, values, sizeof placed);
    describe(lbp, p.points);
    assert_memory_equal(placed, values, sizeof values);
    facet_lbp_free(&lbp);
}

static void definitions_differ_where_values_do(void **state)
{
    (void)state;
    static const int cases[][4] = {{21, 5, 4, 1}, {21, 5, 4, 0}, {5, 5, 4, 1},
                                   {5, 5, 4, 0},  {21, 4, 4, 1}, {21, 5, 3, 1}};
    enum { CASES = sizeof cases / sizeof *cases };
    char *texts[CASES];
    for (int i = 0; i < CASES; i++) {
        struct facet_lbp *lbp = new_lbp(cases[i][0], cases[i][1], cases[i][2]);
        assert_ok(facet_lbp_describe(lbp, cases[i][3], &texts[i]));
        facet_lbp_free(&lbp);
        for (int k = 0; k < i; k++) assert_string_not_equal(texts[i], texts[k]);
    }
    assert_non_null(strstr(texts[1], "0 points are landmarks of each image, 21 places of the "));
    for (int i = 0; i < CASES; i++) free(texts[i]);
}

/* A plane is resized as a picture is. */
static void planes_resize_as_pictures_do(void **state)
{
    (void)state;
    static const int cases[][4] = {
        {47, 55, 47, 55}, {47, 55, 33, 39}, {9, 4, 20, 11}, {1, 1, 3, 2}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const int w = cases[i][0], h = cases[i][1], ow = cases[i][2], oh = cases[i][3];
        struct facet_image image;
        struct facet_map map;
        struct facet_resizer *resizer = NULL;
        float plane[47 * 55], line[47], got[47 * 55], expected[3 * 47 * 55];
        assert_ok(facet_image_new(&image, w, h));
        for (int k = 0; k < w * h; k++) {
            memset(image.pixels + 3 * k, k * 131 % 256, 3);
            plane[k] = (float)(k * 131 % 256);
        }
        facet_map_box(&map, 0, 0, w, h, ow, oh);
        assert_ok(facet_resample(&image, &map, ow, oh, expected));
        assert_ok(facet_resizer_new(&resizer, w, h, ow, oh));
        facet_resizer_run(resizer, plane, line, got);
        assert_memory_equal(got, expected, (size_t)(ow * oh) * sizeof *got);
        facet_resizer_free(&resizer);
        facet_image_free(&image);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(uniform_patterns_have_bins_of_their_own),
        cmocka_unit_test(pictures_without_a_ring_have_no_pattern),
        cmocka_unit_test(sizes),
        cmocka_unit_test(a_constant_face_is_one_bin),
        cmocka_unit_test(a_cell_counts_its_pixels),
        cmocka_unit_test(points_that_a_manifest_lacks_are_the_templates),
        cmocka_unit_test(definitions_differ_where_values_do),
        cmocka_unit_test(planes_resize_as_pictures_do),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
