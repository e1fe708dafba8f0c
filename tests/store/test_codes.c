/* Codes: what is written is read, for any number of bits; whole or not at all; refused when it is
 * something else. */
#include "base/check.h"

#include "kernels/bits.h"
#include "store/codes.h"

static struct facet_provenance *run;
static const char *const names[] = {"a/1.jpg", "a/2.jpg", "b/\xc3\xa9.jpg", "c/1.jpg", "c/2.jpg"};
static const char *const people[] = {"a", "a", "b", NULL, "c"};

enum { IMAGES = 5, MOST = 1000 };

static int setup(void **state)
{
    char *const argv[] = {"facet-test"};
    return enter_scratch(state) != 0 || facet_provenance_new(&run, "facet-test", 1, argv) < 0 ? -1
                                                                                              : 0;
}

static int teardown(void **state)
{
    facet_provenance_free(&run);
    return leave_scratch(state);
}

static void fill(float *thresholds, float *x)
{
    for (size_t j = 0; j < MOST; j++) thresholds[j] = (float)(j % 3);
    for (size_t k = 0; k < IMAGES * MOST; k++) x[k] = (float)(k * k % 7) / 2;
}

static void written_is_read(void **state)
{
    static const size_t widths[] = {1, 7, 8, 9, 63, 64, 65, MOST};
    static float thresholds[MOST], x[IMAGES * MOST];
    (void)state;
    fill(thresholds, x);
    for (size_t w = 0; w < sizeof widths / sizeof *widths; w++) {
        const size_t width = widths[w], words = facet_bits_words(width);
        const struct facet_codes_images images = {IMAGES, names, w % 2 ? people : NULL};
        struct facet_codes_writer *writer;
        struct facet_codes *codes;
        uint64_t packed[IMAGES * (MOST / 64 + 1)];
        facet_bits_pack(x, IMAGES, width, thresholds, packed);
        assert_ok(facet_codes_create(&writer, "codes.h5", &images, run));
        assert_ok(facet_codes_write(writer, "fc3+fc4", width, thresholds, packed));
        assert_ok(facet_codes_write(writer, "fc4", 64, thresholds, packed));
        assert_ok(facet_codes_commit(&writer));
        assert_null(writer);
        assert_int_not_equal(access("codes.h5.partial", F_OK), 0);
        assert_ok(facet_codes_read(&codes, "codes.h5", "fc3+fc4"));
        assert_int_equal(codes->images, IMAGES);
        assert_int_equal(codes->neurons, width);
        assert_int_equal(codes->words, words);
        assert_memory_equal(codes->codes, packed, IMAGES * words * sizeof *packed);
        assert_memory_equal(codes->thresholds, thresholds, width * sizeof *thresholds);
        for (size_t i = 0; i < IMAGES; i++) assert_string_equal(codes->names[i], names[i]);
        facet_codes_free(&codes);
        assert_null(codes);
    }
}

static void given_up_leaves_the_old_one(void **state)
{
    const struct facet_codes_images images = {IMAGES, names, people};
    struct facet_codes_writer *writer;
    (void)state;
    put_file("codes.h5", "old");
    assert_ok(facet_codes_create(&writer, "codes.h5", &images, run));
    assert_int_equal(access("codes.h5.partial", F_OK), 0);
    facet_codes_discard(&writer);
    facet_codes_discard(&writer);
    assert_int_not_equal(access("codes.h5.partial", F_OK), 0);
    assert_int_equal(access("codes.h5", F_OK), 0);
    assert_fails(facet_codes_create(&writer, "nowhere/codes.h5", &images, run), FACET_EIO,
                 "nowhere/codes.h5");
}

static void others_are_refused(void **state)
{
    static const float thresholds[9];
    const struct facet_codes_images images = {IMAGES, names, people};
    const uint64_t packed[IMAGES] = {1, 2, 3, 4, 5};
    struct facet_codes_writer *writer;
    struct facet_codes *codes = NULL;
    (void)state;
    assert_ok(facet_codes_create(&writer, "codes.h5", &images, run));
    assert_ok(facet_codes_write(writer, "fc4", 9, thresholds, packed));
    assert_fails(facet_codes_write(writer, "fc4", 9, thresholds, packed), FACET_EIO, "fc4_byte");
    assert_ok(facet_codes_commit(&writer));
    assert_fails(facet_codes_read(&codes, "codes.h5", "fc3"), FACET_EFORMAT, "fc3_bits");
    assert_fails(facet_codes_read(&codes, "none.h5", "fc4"), FACET_EIO, "none.h5");
    put_file("text.h5", "not HDF5");
    assert_fails(facet_codes_read(&codes, "text.h5", "fc4"), FACET_EFORMAT, "not an HDF5 file");
    assert_int_equal(truncate("codes.h5", 3000), 0);
    assert_fails(facet_codes_read(&codes, "codes.h5", "fc4"), FACET_EFORMAT, "codes.h5");
    assert_null(codes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(written_is_read),
        cmocka_unit_test(given_up_leaves_the_old_one),
        cmocka_unit_test(others_are_refused),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
