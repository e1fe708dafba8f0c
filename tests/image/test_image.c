/* Pictures in memory, alignment, contact sheets and the stored preprocessing. Decoding and
 * resampling are tested against Pillow and numpy in decode.py and resample.py. */
#include "base/check.h"

#include "image/formats.h"
#include "image/preprocess.h"
#include "image/sheet.h"
#include "store/h5.h"

#include <math.h>

/* Every pixel of w x h differs from the others: red is x, green is y, blue is 7 x + 3 y. */
static struct facet_image new_picture(int w, int h)
{
    struct facet_image image = {0};
    assert_ok(facet_image_new(&image, w, h));
    for (int y = 0; y < h; y++)
        for (int x = 0; x < w; x++) {
            uint8_t *pixel = image.pixels + (y * w + x) * 3;
            pixel[0] = (uint8_t)x;
            pixel[1] = (uint8_t)y;
            pixel[2] = (uint8_t)(7 * x + 3 * y);
        }
    return image;
}

static void sizes_are_checked(void **state)
{
    (void)state;
    struct facet_image image = {0};
    assert_fails(facet_image_new(&image, 0, 5), FACET_EINVAL, "0 x 5");
    assert_fails(facet_image_new(&image, 5, -1), FACET_EINVAL, "5 x -1");
    assert_fails(facet_image_new(&image, 65536, 1), FACET_EINVAL, "65536 x 1");
    assert_fails(facet_image_new(&image, 65535, 65535), FACET_EINVAL, "268435456");
    assert_null(image.pixels);
    facet_image_free(&image);
    facet_image_free(NULL);
}

static void orientations_turn_upright(void **state)
{
    (void)state;
    /* Where the stored pixel (0, 0) of a 3 x 2 picture belongs: EXIF 2.32, table of tag 0x0112. */
    static const struct {
        int width, height, x, y;
    } expected[9] = {{0},          {3, 2, 0, 0}, {3, 2, 2, 0}, {3, 2, 2, 1}, {3, 2, 0, 1},
                     {2, 3, 0, 0}, {2, 3, 1, 0}, {2, 3, 1, 2}, {2, 3, 0, 2}};
    for (int o = 1; o <= 8; o++) {
        struct facet_image image = new_picture(3, 2);
        memset(image.pixels, 200, 3);
        assert_ok(facet_image_orient(&image, o, "x.jpg"));
        assert_int_equal(image.width, expected[o].width);
        assert_int_equal(image.height, expected[o].height);
        size_t at = (size_t)(expected[o].y * image.width + expected[o].x) * 3;
        assert_int_equal(image.pixels[at], 200);
        facet_image_free(&image);
    }
}

static struct facet_preprocess plain(int width, int height, const char *order)
{
    struct facet_preprocess p;
    facet_preprocess_default(&p, width, height, strcmp(order, "grey") == 0 ? 1 : 3);
    strcpy(p.order, order);
    p.align = FACET_ALIGN_RESIZE;
    return p;
}

static void channels_come_in_order(void **state)
{
    (void)state;
    struct facet_image image = new_picture(4, 3);
    float rgb[36], bgr[36], grey[12];
    struct facet_preprocess p = plain(4, 3, "rgb");
    assert_ok(facet_preprocess_align(&p, &image, NULL, "x", rgb));
    p = plain(4, 3, "bgr");
    assert_ok(facet_preprocess_align(&p, &image, NULL, "x", bgr));
    p = plain(4, 3, "grey");
    assert_ok(facet_preprocess_align(&p, &image, NULL, "x", grey));
    for (int i = 0; i < 12; i++) {
        const uint8_t *pixel = image.pixels + i * 3;
        for (int c = 0; c < 3; c++) {
            assert_true(rgb[c * 12 + i] == pixel[c]);
            assert_true(bgr[c * 12 + i] == pixel[2 - c]);
        }
        double luma = 0.299 * pixel[0] + 0.587 * pixel[1] + 0.114 * pixel[2];
        assert_true(fabs(grey[i] - luma) < 1e-4);
    }
    facet_image_free(&image);
}

static void mirror_and_normalize(void **state)
{
    (void)state;
    struct facet_preprocess p = plain(3, 2, "rgb");
    float values[18];
    for (int i = 0; i < 18; i++) values[i] = (float)i;
    facet_preprocess_mirror(&p, values);
    for (int i = 0; i < 18; i++) assert_true(values[i] == (float)(i / 3 * 3 + 2 - i % 3));
    for (int c = 0; c < 3; c++) p.mean[c] = c, p.scale[c] = 0.5 * (c + 1);
    facet_preprocess_normalize(&p, values);
    assert_true(values[0] == 1 && values[6] == (8 - 1) && values[17] == (15 - 2) * 1.5);
}

/* Landmarks of a face that stands where `p` wants it after (x, y) -> (x, y) + shift, or after a
 * quarter turn. */
static void place(const struct facet_preprocess *p, int turned, float landmarks[10])
{
    for (int i = 0; i < 10; i += 2) {
        double x = p->points[i], y = p->points[i + 1];
        landmarks[i] = (float)((turned ? 70 - y : x + 5) - 0.5);
        landmarks[i + 1] = (float)((turned ? x + 4 : y + 3) - 0.5);
    }
}

static void landmarks_place_the_face(void **state)
{
    (void)state;
    struct facet_image image = new_picture(80, 70);
    struct facet_preprocess p;
    float landmarks[10], *out = facet_alloc(3 * 55 * 47, sizeof *out, "out");
    facet_preprocess_default(&p, 47, 55, 3);
    for (int turned = 0; turned < 2; turned++) {
        place(&p, turned, landmarks);
        assert_ok(facet_preprocess_align(&p, &image, landmarks, "x", out));
        for (int y = 0; y < 55; y++)
            for (int x = 0; x < 47; x++) {
                const float *red = out + y * 47 + x, *green = red + 55 * 47;
                assert_true(fabs(*red - (turned ? 69 - y : x + 5)) < 1e-3);
                assert_true(fabs(*green - (turned ? x + 4 : y + 3)) < 1e-3);
            }
    }
    free(out);
    facet_image_free(&image);
}

static void wrong_places_are_refused(void **state)
{
    (void)state;
    struct facet_image image = new_picture(80, 70);
    struct facet_preprocess p;
    float good[10], bad[10], *out = facet_alloc(3 * 55 * 47, sizeof *out, "out");
    facet_preprocess_default(&p, 47, 55, 3);
    place(&p, 0, good);
    assert_fails(facet_preprocess_align(&p, &image, NULL, "a.jpg", out), FACET_EFORMAT, "a.jpg");
    memcpy(bad, good, sizeof bad);
    bad[5] = NAN;
    assert_fails(facet_preprocess_align(&p, &image, bad, "a.jpg", out), FACET_EFORMAT,
                 "landmark 3 has y = nan");
    bad[5] = -71;
    assert_fails(facet_preprocess_align(&p, &image, bad, "a.jpg", out), FACET_EFORMAT,
                 "-70 to 140");
    for (int i = 0; i < 10; i++) bad[i] = 20.25f;
    assert_fails(facet_preprocess_align(&p, &image, bad, "a.jpg", out), FACET_EFORMAT, "coincide");
    memcpy(bad,
           (float[]){good[2], good[3], good[0], good[1], good[4], good[5], good[8], good[9],
                     good[6], good[7]},
           sizeof bad);
    assert_fails(facet_preprocess_align(&p, &image, bad, "a.jpg", out), FACET_EFORMAT, "swapped");
    p.align = FACET_ALIGN_CROP;
    memcpy(p.crop, (double[]){10, 10, 70, 60.5}, sizeof p.crop);
    assert_fails(facet_preprocess_align(&p, &image, NULL, "a.jpg", out), FACET_EFORMAT,
                 "a.jpg: crop 10,10,70,60.5");
    p.crop[3] = 60;
    assert_ok(facet_preprocess_align(&p, &image, NULL, "a.jpg", out));
    free(out);
    facet_image_free(&image);
}

static void square_is_the_middle_of_the_face(void **state)
{
    (void)state;
    struct facet_preprocess face, square;
    facet_preprocess_default(&face, 47, 55, 3);
    facet_preprocess_default(&square, 47, 47, 1);
    for (int i = 0; i < 10; i++)
        assert_true(fabs(face.points[i] - square.points[i] - (i % 2 == 1 ? 4 : 0)) < 1e-12);
    assert_ok(facet_preprocess_check(&face, "default"));
    assert_ok(facet_preprocess_check(&square, "default"));
}

static void tiles_stand_in_their_places(void **state)
{
    (void)state;
    struct facet_sheet sheet;
    struct facet_preprocess p = plain(2, 1, "bgr");
    float values[6] = {1.4f, 300, 2.5f, 20, 3, -5}; /* b b, g g, r r */
    assert_ok(facet_sheet_new(&sheet, 2, 3, &p, 5));
    assert_int_equal(sheet.image.width, 4 + 3 * 14);
    assert_int_equal(sheet.image.height, 4 + 2 * 9);
    facet_sheet_put(&sheet, 1, 2, &p, values);
    for (int y = 0; y < sheet.image.height; y++)
        for (int x = 0; x < sheet.image.width; x++) {
            const uint8_t *pixel = sheet.image.pixels + (y * sheet.image.width + x) * 3;
            int inside = y >= 13 && y < 18 && x >= 32 && x < 42;
            uint8_t left[3] = {3, 3, 1}, right[3] = {0, 20, 255}, grey[3] = {160, 160, 160};
            assert_memory_equal(pixel, inside ? (x < 37 ? left : right) : grey, 3);
        }
    facet_sheet_free(&sheet);
    facet_sheet_free(NULL);
    assert_fails(facet_sheet_new(&sheet, 0, 3, &p, 5), FACET_EINVAL, "3 x 0 tiles");
    assert_fails(facet_sheet_new(&sheet, 1, 100000, &p, 5), FACET_EINVAL, "contact sheet");
}

static hid_t new_file(const char *path)
{
    facet_h5_quiet();
    hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    assert_true(file >= 0);
    return file;
}

static void attributes_hold_the_preprocessing(void **state)
{
    (void)state;
    struct facet_preprocess p, q = {0};
    char before[FACET_HASH_SIZE], after[FACET_HASH_SIZE];
    hid_t file = new_file("p.h5");
    for (int align = FACET_ALIGN_RESIZE; align <= FACET_ALIGN_LANDMARKS; align++) {
        facet_preprocess_default(&p, 31, 47, align == FACET_ALIGN_CROP ? 1 : 3);
        p.align = (enum facet_align)align;
        if (align == FACET_ALIGN_CROP)
            for (int i = 0; i < 4; i++) p.crop[i] = 1 / 3.0 + i;
        hid_t group =
            H5Gcreate2(file, facet_align_name(p.align), H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
        assert_ok(facet_preprocess_write(&p, group, "p.h5"));
        assert_ok(facet_preprocess_read(&q, group, "p.h5"));
        H5Gclose(group);
        assert_memory_equal(&p.points, &q.points, sizeof p.points);
        assert_memory_equal(&p.crop, &q.crop, sizeof p.crop);
        assert_memory_equal(&p.scale, &q.scale, sizeof p.scale);
        assert_true(p.align == q.align && p.width == q.width && p.channels == q.channels);
        assert_string_equal(p.order, q.order);
        assert_ok(facet_preprocess_hash(&p, before));
        assert_ok(facet_preprocess_hash(&q, after));
        assert_string_equal(before, after);
        q.points[3] += 1e-9;
        assert_ok(facet_preprocess_hash(&q, after));
        assert_int_equal(strcmp(before, after) != 0, align == FACET_ALIGN_LANDMARKS);
    }
    H5Fclose(file);
}

static void broken_attributes_are_named(void **state)
{
    (void)state;
    struct facet_preprocess p, q = {.width = 99};
    const double two[2] = {1, 2};
    hid_t file = new_file("broken.h5");
    facet_preprocess_default(&p, 47, 55, 3);
    assert_fails(facet_preprocess_read(&q, file, "broken.h5"), FACET_EFORMAT, "input_width");
    assert_ok(facet_preprocess_write(&p, file, "broken.h5"));
    assert_ok(facet_h5_write_int(file, "input_height", 0, "broken.h5"));
    assert_fails(facet_preprocess_read(&q, file, "broken.h5"), FACET_EFORMAT, "input_height is 0");
    assert_ok(facet_h5_write_int(file, "input_height", 55, "broken.h5"));
    assert_ok(facet_h5_write_text(file, "channel_order", "gbr", "broken.h5"));
    assert_fails(facet_preprocess_read(&q, file, "broken.h5"), FACET_EFORMAT, "gbr");
    assert_ok(facet_h5_write_text(file, "channel_order", "rgb", "broken.h5"));
    assert_ok(facet_h5_write_text(file, "align", "by eye", "broken.h5"));
    assert_fails(facet_preprocess_read(&q, file, "broken.h5"), FACET_EFORMAT, "by eye");
    assert_ok(facet_h5_write_text(file, "align", "landmarks", "broken.h5"));
    H5Adelete(file, "mean");
    assert_ok(facet_h5_write_reals(file, "mean", two, 2, "broken.h5"));
    assert_fails(facet_preprocess_read(&q, file, "broken.h5"), FACET_EFORMAT,
                 "broken.h5: attribute mean");
    assert_int_equal(q.width, 99);
    H5Fclose(file);
    p.points[4] = INFINITY;
    assert_fails(facet_preprocess_check(&p, "here"), FACET_EFORMAT, "here: a template point");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sizes_are_checked),
        cmocka_unit_test(orientations_turn_upright),
        cmocka_unit_test(channels_come_in_order),
        cmocka_unit_test(mirror_and_normalize),
        cmocka_unit_test(landmarks_place_the_face),
        cmocka_unit_test(wrong_places_are_refused),
        cmocka_unit_test(square_is_the_middle_of_the_face),
        cmocka_unit_test(tiles_stand_in_their_places),
        cmocka_unit_test_setup_teardown(attributes_hold_the_preprocessing, enter_scratch,
                                        leave_scratch),
        cmocka_unit_test_setup_teardown(broken_attributes_are_named, enter_scratch, leave_scratch),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
