/* Errors, numbers, random streams, hashes and files. */
#include "base/check.h"

#include "base/file.h"
#include "base/hash.h"
#include "base/number.h"
#include "base/parse.h"
#include "base/progress.h"
#include "base/rng.h"
#include "base/scratch.h"

#include <dirent.h>
#include <gsl/gsl_randist.h>
#include <inttypes.h>
#include <math.h>
#include <sys/stat.h>

static void messages_can_wrap_themselves(void **state)
{
    (void)state;
    assert_int_equal(facet_fail(FACET_EIO, "%s:%d: bad", "a.tsv", 3), FACET_EIO);
    facet_fail(FACET_EIO, "outer: %s", facet_error_message());
    assert_string_equal(facet_error_message(), "outer: a.tsv:3: bad");
}

static void lists_hold_whole_names(void **state)
{
    char list[16] = "";
    (void)state;
    facet_fail_list(list, sizeof list, "conv1");
    facet_fail_list(list, sizeof list, "fc1");
    assert_string_equal(list, "conv1, fc1");
    facet_fail_list(list, sizeof list, "fc2_linear");
    facet_fail_list(list, sizeof list, "b");
    assert_string_equal(list, "conv1, fc1, ..");
}

static void sizes_are_checked(void **state)
{
    (void)state;
    assert_null(facet_alloc(SIZE_MAX / 2, 3, "weights"));
    assert_non_null(strstr(facet_error_message(), "weights"));
    assert_null(facet_alloc(SIZE_MAX, 1, "weights")); /* rounding up would wrap */
    unsigned char *memory = facet_alloc(3, 5, "small");
    assert_int_equal((uintptr_t)memory % 64, 0);
    for (int i = 0; i < 15; i++) assert_int_equal(memory[i], 0);
    free(memory);
    free(facet_alloc(0, 8, "nothing"));
}

static void numbers_are_strict(void **state)
{
    (void)state;
    int64_t i = 7;
    double x = 7;
    assert_ok(facet_parse_int("-t", "12", 1, 99, &i));
    assert_int_equal(i, 12);
    const char *const wrong[] = {"", " 1", "1 ", "1x", "0x10", "1.0", "--1", "+", "1e3"};
    for (size_t k = 0; k < sizeof wrong / sizeof *wrong; k++)
        assert_fails(facet_parse_int("-t", wrong[k], -9, 99, &i), FACET_EINVAL, "whole number");
    assert_fails(facet_parse_int("-t", "99999999999999999999", 0, INT64_MAX, &i), FACET_EINVAL,
                 "outside");
    assert_fails(facet_parse_int("-t", "0", 1, 99, &i), FACET_EINVAL, "-t: 0 is outside 1 to 99");
    assert_int_equal(i, 12);
    const char *const unreal[] = {"", "nan", "inf", "1e999", "0x1p3", "1,5", "1 ", "e", "."};
    for (size_t k = 0; k < sizeof unreal / sizeof *unreal; k++)
        assert_fails(facet_parse_real("x", unreal[k], -1, 1, &x), FACET_EINVAL, "not a number");
    assert_ok(facet_parse_real("x", "-2.5e-1", -1, 1, &x));
    assert_true(x == -0.25);
    assert_ok(facet_parse_real_or_na("x", "NA", &x));
    assert_true(isnan(x));
}

static void several_numbers(void **state)
{
    (void)state;
    double x[3] = {0};
    size_t count = 0, sizes[2] = {0};
    assert_ok(facet_parse_reals("x", "1,-2.5,1", -9, 9, 1, 3, x, &count));
    assert_true(count == 3 && x[0] == 1 && x[1] == -2.5 && x[2] == 1);
    assert_ok(facet_parse_reals("x", "7", -9, 9, 1, 3, x, &count));
    assert_true(count == 1 && x[0] == 7);
    assert_fails(facet_parse_reals("x", "1,2,3,4", -9, 9, 1, 3, x, &count), FACET_EINVAL,
                 "more than 3 numbers");
    assert_fails(facet_parse_reals("x", "1,2", -9, 9, 3, 3, x, &count), FACET_EINVAL,
                 "fewer than 3 numbers");
    assert_fails(facet_parse_reals("x", "1,,2", -9, 9, 1, 3, x, &count), FACET_EINVAL,
                 "not a number");
    assert_fails(facet_parse_reals("x", "1,10", -9, 9, 1, 3, x, &count), FACET_EINVAL, "outside");
    assert_ok(facet_parse_extent("size", "20x16", 1, 99, sizes));
    assert_true(sizes[0] == 20 && sizes[1] == 16);
    const char *const wrong[] = {"20", "x16", "20x", "20x16x3", "20 x16", ""};
    for (size_t k = 0; k < sizeof wrong / sizeof *wrong; k++)
        assert_fails(facet_parse_extent("size", wrong[k], 1, 99, sizes), FACET_EINVAL, "size: ");
    assert_fails(facet_parse_extent("size", "20x100", 1, 99, sizes), FACET_EINVAL, "outside");
}

static void lists_have_no_holes(void **state)
{
    (void)state;
    char **items;
    size_t count;
    assert_ok(facet_parse_list("--layers", "fc1,conv2", ',', &items, &count));
    assert_int_equal(count, 2);
    assert_string_equal(items[1], "conv2");
    free(items);
    assert_fails(facet_parse_list("--layers", "fc1,,fc2", ',', &items, &count), FACET_EINVAL,
                 "empty item");
    assert_fails(facet_parse_list("--layers", "fc1,fc1", ',', &items, &count), FACET_EINVAL,
                 "fc1 is named twice");
    assert_true(facet_parse_is_utf8("Gerhard Schr\xc3\xb6"
                                    "der"));
    assert_false(facet_parse_is_utf8("Schr\xf6"
                                     "der"));
    assert_false(facet_parse_is_utf8("cut \xc3"));
}

/* First outputs of xoshiro256** from the state {1, 2, 3, 4}, as its authors' code gives them. */
static void generator_is_xoshiro(void **state)
{
    (void)state;
    const uint64_t start[4] = {1, 2, 3, 4};
    const uint64_t expected[] = {11520,
                                 0,
                                 1509978240,
                                 1215971899390074240,
                                 1216172134540287360,
                                 607988272756665600,
                                 16172922978634559625u};
    gsl_rng *rng = facet_rng_new(0, 0);
    memcpy(gsl_rng_state(rng), start, sizeof start);
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++)
        assert_int_equal(gsl_rng_get(rng), expected[i] >> 32);
    gsl_rng_free(rng);
}

static void streams_are_apart_and_repeat(void **state)
{
    (void)state;
    gsl_rng *a = facet_rng_new(1, 0), *b = facet_rng_new(1, 1), *c = facet_rng_new(1, 0);
    int equal = 0;
    double sum = 0, squares = 0;
    const int n = 100000;
    for (int i = 0; i < n; i++) {
        unsigned long x = gsl_rng_get(a);
        equal += x == gsl_rng_get(b);
        assert_int_equal(x, gsl_rng_get(c));
    }
    assert_true(equal < 5);
    facet_rng_restart(b, 1, 0);
    facet_rng_restart(c, 1, 0);
    for (int i = 0; i < n; i++) {
        double x = gsl_ran_gaussian_ziggurat(b, 1);
        sum += x;
        squares += x * x;
        assert_true(x == gsl_ran_gaussian_ziggurat(c, 1));
    }
    assert_true(fabs(sum / n) < 5 / sqrt(n));
    assert_true(fabs(squares / n - 1) < 5 * sqrt(2.0 / n));
    gsl_rng_free(a);
    gsl_rng_free(b);
    gsl_rng_free(c);
    assert_true(facet_rng_stream("") == 0xcbf29ce484222325u); /* FNV-1a's test values */
    assert_true(facet_rng_stream("a") == 0xaf63dc4c8601ec8cu);
}

static void hash_is_sha256(void **state)
{
    (void)state;
    char hex[FACET_HASH_SIZE];
    put_file("abc", "abc"); /* FIPS 180-2, B.1 */
    assert_ok(facet_hash_file("abc", hex));
    assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_fails(facet_hash_file("absent", hex), FACET_EIO, "absent: No such file");
    assert_fails(facet_hash_file(".", hex), FACET_EIO, ".");
}

static void files_appear_whole(void **state)
{
    (void)state;
    struct facet_file file;
    put_file("x", "old");
    assert_ok(facet_file_begin(&file, "x"));
    fputs("new", file.stream);
    char *text = get_file("x");
    assert_string_equal(text, "old");
    free(text);
    facet_file_discard(&file);
    assert_int_not_equal(access("x.partial", F_OK), 0);
    assert_ok(facet_file_begin(&file, "x"));
    fputs("new", file.stream);
    assert_ok(facet_file_commit(&file));
    text = get_file("x");
    assert_string_equal(text, "new");
    free(text);
    assert_int_not_equal(access("x.partial", F_OK), 0);
    assert_fails(facet_file_begin(&file, "no/x"), FACET_EIO, "no/x.partial");
}

static void full_disk_is_noticed(void **state)
{
    (void)state;
    struct facet_file file;
    assert_int_equal(symlink("/dev/full", "y.partial"), 0);
    assert_ok(facet_file_begin(&file, "y"));
    fputs("new", file.stream);
    assert_fails(facet_file_commit(&file), FACET_EIO, "y: cannot write: No space left");
    assert_int_not_equal(access("y", F_OK), 0);
}

/* ---- arrays in files ---- */

static int entries(const char *folder)
{
    int count = 0;
    DIR *all = opendir(folder);
    assert_non_null(all);
    while (readdir(all) != NULL) count++;
    closedir(all);
    return count - 2;
}

static void scratch_holds_values(void **state)
{
    uint64_t *numbers = NULL;
    (void)state;
    assert_int_equal(setenv("TMPDIR", ".", 1), 0);
    const int before = entries(".");
    for (uint64_t k = 0; k < 500000; k++) {
        assert_ok(facet_scratch_grow(&numbers, k, sizeof *numbers, "numbers"));
        numbers[k] = k * k;
    }
    assert_int_equal((uintptr_t)numbers % 64, 0);
    assert_int_equal(entries("."), before);
    for (uint64_t k = 0; k < 500000; k++) assert_true(numbers[k] == k * k);
    facet_scratch_free(numbers);
    for (size_t bytes = 0; bytes < 4000000; bytes = 5 * bytes + 1) {
        char *zero = facet_scratch_alloc(bytes, 1, "zeros");
        assert_non_null(zero);
        for (size_t i = 0; i < bytes; i++) assert_int_equal(zero[i], 0);
        facet_scratch_free(zero);
    }
    facet_scratch_free(NULL);
}

static void scratch_says_why_not(void **state)
{
    (void)state;
    assert_null(facet_scratch_alloc(SIZE_MAX / 4, 8, "scores"));
    assert_non_null(strstr(facet_error_message(), "scores"));
    assert_int_equal(setenv("TMPDIR", "nowhere", 1), 0);
    assert_null(facet_scratch_alloc(2000000, 8, "scores"));
    assert_string_equal(facet_error_message(), "nowhere: cannot keep 15 MiB of scores there: No "
                                               "such file or directory (set TMPDIR to a folder "
                                               "with room)");
    double *few = facet_scratch_alloc(1000, 8, "scores"), *same = few; /* these are in memory */
    assert_non_null(few);
    few[999] = 7;
    assert_fails(facet_scratch_grow(&few, 1000000, 8, "scores"), FACET_ENOMEM, "nowhere: cannot");
    assert_true(few == same && few[999] == 7);
    facet_scratch_free(few);
}

struct item {
    uint32_t key, place;
    char rest[4];
};

static int by_key(const void *a, const void *b)
{
    const uint32_t x = ((const struct item *)a)->key, y = ((const struct item *)b)->key;
    return (x > y) - (x < y);
}

/* Runs of 16,384 and what is left of one, each merged with another or with none. */
static void scratch_is_sorted(void **state)
{
    static const size_t counts[] = {0, 1, 2, 16384, 16385, 40000, 49152, 200000};
    gsl_rng *rng = facet_rng_new(7, 1);
    (void)state;
    assert_int_equal(setenv("TMPDIR", ".", 1), 0);
    for (size_t c = 0; c < sizeof counts / sizeof *counts; c++) {
        const size_t n = counts[c];
        struct item *items = facet_scratch_alloc(n, sizeof *items, "items");
        uint8_t *seen = facet_alloc(n, 1, "items");
        assert_true(items != NULL && seen != NULL);
        for (size_t k = 0; k < n; k++)
            items[k] = (struct item){(uint32_t)gsl_rng_uniform_int(rng, n), (uint32_t)k, "abc"};
        uint32_t *keys = facet_alloc(n, sizeof *keys, "keys");
        assert_non_null(keys);
        for (size_t k = 0; k < n; k++) keys[k] = items[k].key;
        assert_ok(facet_scratch_sort(items, n, sizeof *items, by_key));
        for (size_t k = 0; k < n; k++) {
            assert_true(k == 0 || items[k].key >= items[k - 1].key);
            assert_true(items[k].place < n && !seen[items[k].place]++);
            assert_true(items[k].key == keys[items[k].place] && items[k].rest[2] == 'c');
        }
        facet_scratch_free(items);
        free(seen);
        free(keys);
    }
    gsl_rng_free(rng);
}

static void folders_are_made(void **state)
{
    (void)state;
    struct stat info;
    assert_ok(facet_file_mkdir("a/b//c/"));
    assert_ok(facet_file_mkdir("a/b/c"));
    assert_int_equal(stat("a/b/c", &info), 0);
    put_file("plain", "");
    assert_fails(facet_file_mkdir("plain/d"), FACET_EIO, "a file of that name exists");
    char *path = facet_file_join("a/", "b");
    assert_string_equal(path, "a/b");
    free(path);
    path = facet_file_join("a", "/b");
    assert_string_equal(path, "/b");
    free(path);
}

static void sizes_read_well(void **state)
{
    (void)state;
    char text[32];
    assert_string_equal(facet_progress_time(3725, text), "1 h 02 min");
    assert_string_equal(facet_progress_time(61.9, text), "1 min 01 s");
    assert_string_equal(facet_progress_time(0.25, text), "0.2 s");
    assert_string_equal(facet_progress_bytes(1023, text), "1023 B");
    assert_string_equal(facet_progress_bytes(1.5 * 1024 * 1024, text), "1.5 MiB");
    assert_string_equal(facet_progress_bytes(190.0 * 1024 * 1024, text), "190 MiB");
}

static void check_real(double value)
{
    char text[FACET_NUMBER_SIZE], expected[64];
    size_t length = facet_number_real(value, text);
    snprintf(expected, sizeof expected, "%.9g", value);
    if (strcmp(text, expected) != 0) fail_msg("%a: %s is not %s", value, text, expected);
    assert_int_equal(length, strlen(expected));
}

/* Doubles on both sides of a decimal number, where rounding turns over. */
static void check_around(double value)
{
    double below = value, above = value;
    check_real(value);
    for (int i = 0; i < 3; i++) {
        check_real(below = nextafter(below, -INFINITY));
        check_real(above = nextafter(above, INFINITY));
    }
}

static void numbers_print_as_printf(void **state)
{
    (void)state;
    gsl_rng *rng = facet_rng_new(1, 2);
    const double special[] = {0.0,    -0.0,     INFINITY,           -INFINITY,
                              5e-324, 2.3e-308, 1.7976931348623e308};
    for (size_t i = 0; i < sizeof special / sizeof *special; i++) check_real(special[i]);
    for (int e = -12; e <= 20; e++)
        for (int d = 1; d < 10; d++) check_around(d * pow(10, e));
    for (int i = 0; i < 300000; i++) {
        uint64_t bits = (uint64_t)gsl_rng_get(rng) << 32 | gsl_rng_get(rng);
        double any, unit = gsl_rng_uniform(rng), scale = pow(10, floor(24 * unit) - 8);
        memcpy(&any, &bits, sizeof any);
        if (!isnan(any)) check_real(any);
        check_real((2 * gsl_rng_uniform(rng) - 1) * scale);
        /* halves of a unit of the ninth digit, and few digits */
        check_around((floor(1e9 * gsl_rng_uniform(rng)) + 0.5) * scale / 1e9);
        check_real(floor(1000 * unit) * scale / 1e3);
        check_real((double)(bits % 2000000) / 16); /* ties that are exact */
        check_real(999999999.5 - (double)(bits % 64) / 64);
    }
    gsl_rng_free(rng);
}

static void integers_print_as_printf(void **state)
{
    (void)state;
    gsl_rng *rng = facet_rng_new(1, 3);
    int64_t edge[] = {0, 1, -1, INT64_MAX, INT64_MIN, 999999999999999999, 1000000000000000000};
    char text[FACET_NUMBER_SIZE], expected[64];
    for (int i = 0; i < 10000; i++) {
        uint64_t bits = (uint64_t)gsl_rng_get(rng) << 32 | gsl_rng_get(rng);
        int64_t value = i < 7 ? edge[i] : (int64_t)bits >> (i % 64);
        snprintf(expected, sizeof expected, "%" PRId64, value);
        assert_int_equal(facet_number_int(value, text), strlen(expected));
        assert_string_equal(text, expected);
    }
    gsl_rng_free(rng);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages_can_wrap_themselves),
        cmocka_unit_test(lists_hold_whole_names),
        cmocka_unit_test(sizes_are_checked),
        cmocka_unit_test(numbers_are_strict),
        cmocka_unit_test(numbers_print_as_printf),
        cmocka_unit_test(integers_print_as_printf),
        cmocka_unit_test(several_numbers),
        cmocka_unit_test(lists_have_no_holes),
        cmocka_unit_test(generator_is_xoshiro),
        cmocka_unit_test(streams_are_apart_and_repeat),
        cmocka_unit_test(hash_is_sha256),
        cmocka_unit_test(files_appear_whole),
        cmocka_unit_test(full_disk_is_noticed),
        cmocka_unit_test(scratch_holds_values),
        cmocka_unit_test(scratch_says_why_not),
        cmocka_unit_test(scratch_is_sorted),
        cmocka_unit_test(folders_are_made),
        cmocka_unit_test(sizes_read_well),
    };
    return cmocka_run_group_tests_name("base", tests, enter_scratch, leave_scratch);
}
