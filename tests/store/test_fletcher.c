/* Checksums of chunks against those that HDF5's filter writes. */
#include "base/check.h"

#include "base/rng.h"
#include "store/fletcher.h"
#include "store/h5.h"

enum { MOST = 70000 };

/* A one-chunk dataset of `bytes` bytes, read back raw with its checksum. */
static void store(hid_t file, const unsigned char *data, size_t bytes, unsigned char *raw)
{
    hsize_t n = bytes, offset = 0, stored = 0;
    uint32_t skipped;
    hid_t space = H5Screate_simple(1, &n, NULL), plist = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_chunk(plist, 1, &n);
    H5Pset_fletcher32(plist);
    hid_t set = H5Dcreate2(file, "d", H5T_STD_U8LE, space, H5P_DEFAULT, plist, H5P_DEFAULT);
    assert_true(H5Dwrite(set, H5T_NATIVE_UCHAR, H5S_ALL, H5S_ALL, H5P_DEFAULT, data) >= 0);
    assert_true(H5Dflush(set) >= 0);
    assert_true(H5Dget_chunk_storage_size(set, &offset, &stored) >= 0);
    assert_int_equal(stored, bytes + 4);
    assert_true(H5Dread_chunk(set, H5P_DEFAULT, &offset, &skipped, raw) >= 0);
    assert_memory_equal(raw, data, bytes);
    H5Dclose(set);
    H5Pclose(plist);
    H5Sclose(space);
    assert_true(H5Ldelete(file, "d", H5P_DEFAULT) >= 0);
}

static void check_damage(unsigned char *raw, size_t bytes, gsl_rng *rng)
{
    for (int i = 0; i < 20; i++) {
        size_t at = gsl_rng_get(rng) % (bytes + 4);
        unsigned char bit = (unsigned char)(1u << gsl_rng_get(rng) % 8);
        raw[at] ^= bit;
        assert_false(facet_fletcher_holds(raw, bytes));
        raw[at] ^= bit;
    }
    /* as HDF5 up to 1.6.2 wrote it: both halves with their bytes swapped */
    unsigned char *sum = raw + bytes, old[] = {sum[1], sum[0], sum[3], sum[2]};
    memcpy(sum, old, sizeof old);
    assert_true(facet_fletcher_holds(raw, bytes));
}

static void sums_are_those_of_hdf5(void **state)
{
    (void)state;
    static unsigned char data[MOST], raw[MOST + 4];
    static const size_t sizes[] = {2, 4, 126, 128, 130, 4096, 32768, 32770, 66000, MOST};
    hid_t file = H5Fcreate("f.h5", H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    gsl_rng *rng = facet_rng_new(3, 0);
    assert_true(file >= 0);
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++)
        for (int kind = 0; kind < 5; kind++) { /* zeros, all ones, any, few, a last word */
            for (size_t i = 0; i < sizes[s]; i++)
                data[i] = (unsigned char)(kind == 1   ? 255
                                          : kind == 2 ? gsl_rng_get(rng) % 256
                                          : kind == 3 ? gsl_rng_get(rng) % 50 == 0
                                          : kind == 4 ? i + 2 >= sizes[s]
                                                      : 0);
            store(file, data, sizes[s], raw);
            assert_true(facet_fletcher_holds(raw, sizes[s]));
            if (kind == 2) check_damage(raw, sizes[s], rng);
        }
    gsl_rng_free(rng);
    H5Fclose(file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(sums_are_those_of_hdf5)};
    return cmocka_run_group_tests_name("fletcher", tests, enter_scratch, leave_scratch);
}
