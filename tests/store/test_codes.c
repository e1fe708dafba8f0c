/* Codes: what HDF5 reads is what was written, for any number of bits; whole or not at all. */
#include "base/check.h"

#include "kernels/bits.h"
#include "store/codes.h"

#include <hdf5.h>

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

static void read_set(hid_t file, const char *name, hid_t type, size_t size, void *values)
{
    hid_t set = H5Dopen2(file, name, H5P_DEFAULT), space = H5Dget_space(set);
    assert_int_equal(H5Sget_simple_extent_npoints(space), size);
    assert_true(H5Dread(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0);
    H5Sclose(space);
    H5Dclose(set);
}

static void written_is_read(void **state)
{
    static const size_t widths[] = {1, 7, 8, 9, 63, 64, 65, MOST};
    static float thresholds[MOST], x[IMAGES * MOST];
    (void)state;
    fill(thresholds, x);
    for (size_t w = 0; w < sizeof widths / sizeof *widths; w++) {
        const size_t width = widths[w], bytes = (width + 7) / 8;
        const struct facet_codes_images images = {IMAGES, names, w % 2 ? people : NULL};
        struct facet_codes_writer *writer;
        uint64_t packed[IMAGES * (MOST / 64 + 1)];
        uint8_t bits[IMAGES * (MOST / 8 + 1)], expected[sizeof bits] = {0};
        float above[MOST];
        char *name[IMAGES];
        facet_bits_pack(x, IMAGES, width, thresholds, packed);
        assert_ok(facet_codes_create(&writer, "codes.h5", &images, run));
        assert_ok(facet_codes_write(writer, "fc3+fc4", width, thresholds, packed));
        assert_ok(facet_codes_write(writer, "fc4", 64, thresholds, packed));
        assert_ok(facet_codes_commit(&writer));
        assert_null(writer);
        assert_int_not_equal(access("codes.h5.partial", F_OK), 0);
        hid_t file = H5Fopen("codes.h5", H5F_ACC_RDONLY, H5P_DEFAULT), text = H5Tcopy(H5T_C_S1);
        H5Tset_size(text, H5T_VARIABLE);
        H5Tset_cset(text, H5T_CSET_UTF8);
        read_set(file, "fc3+fc4_bits", H5T_NATIVE_UINT8, IMAGES * bytes, bits);
        read_set(file, "fc3+fc4_threshold", H5T_NATIVE_FLOAT, width, above);
        read_set(file, "image", text, IMAGES, name);
        for (size_t k = 0; k < IMAGES * width; k++) {
            const size_t i = k / width, j = k % width;
            expected[i * bytes + j / 8] |= (uint8_t)((x[k] > thresholds[j]) << j % 8);
        }
        assert_memory_equal(bits, expected, IMAGES * bytes);
        assert_memory_equal(above, thresholds, width * sizeof *above);
        for (size_t i = 0; i < IMAGES; i++) {
            assert_string_equal(name[i], names[i]);
            free(name[i]);
        }
        H5Tclose(text);
        H5Fclose(file);
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

static void layers_stand_there_once(void **state)
{
    static const float thresholds[9];
    const struct facet_codes_images images = {IMAGES, names, people};
    const uint64_t packed[IMAGES] = {1, 2, 3, 4, 5};
    struct facet_codes_writer *writer;
    (void)state;
    assert_ok(facet_codes_create(&writer, "codes.h5", &images, run));
    assert_ok(facet_codes_write(writer, "fc4", 9, thresholds, packed));
    assert_fails(facet_codes_write(writer, "fc4", 9, thresholds, packed), FACET_EIO, "fc4_byte");
    assert_ok(facet_codes_commit(&writer));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(written_is_read),
        cmocka_unit_test(given_up_leaves_the_old_one),
        cmocka_unit_test(layers_stand_there_once),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
