/* Manifests from tables and folders, and joining tables to them. */
#include "base/check.h"

#include "base/file.h"
#include "store/manifest.h"

#include <math.h>

#define POINTS                                                                                     \
    "left_eye_x\tleft_eye_y\tright_eye_x\tright_eye_y\tnose_x\tnose_y\tmouth_left_x\tmouth_left_y" \
    "\tmouth_right_x\tmouth_right_y"

static void tables_give_every_column(void **state)
{
    (void)state;
    struct facet_manifest *m = NULL;
    put_file("m.tsv", "image\tidentity\tage years\tsource\t" POINTS "\n"
                      "a/1.jpg\tA\t31\tx\t1\t2\t3\t4\t5\t6\t7\t8\t9\t10.5\n"
                      "b/1.jpg\tNA\tNA\ty\tNA\tNA\tNA\tNA\tNA\tNA\tNA\tNA\tNA\tNA\n");
    assert_ok(facet_manifest_read(&m, "m.tsv", NULL));
    assert_int_equal(m->count, 2);
    assert_string_equal(m->root, ".");
    assert_string_equal(m->images[1], "b/1.jpg");
    assert_string_equal(m->identities[0], "A");
    assert_null(m->identities[1]);
    assert_int_equal(m->attribute_count, 1);
    assert_string_equal(m->attribute_names[0], "age_years");
    assert_true(m->attributes[0] == 31 && isnan(m->attributes[1]));
    assert_int_equal(m->text_count, 1);
    assert_string_equal(m->texts[0], "source");
    assert_true(m->landmarks[9] == 10.5f && isnan(m->landmarks[10]));
    facet_manifest_free(&m);
    assert_ok(facet_manifest_read(&m, "m.tsv", "/data"));
    assert_string_equal(m->root, "/data");
    facet_manifest_free(&m);
}

static void broken_tables_say_where(void **state)
{
    (void)state;
    struct facet_manifest *m = NULL;
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"", "x.tsv: empty"},
        {"a.jpg\tA\n", "no column image in the header row (it has: a.jpg, A)"},
        {"image\n", "x.tsv: lists no image"},
        {"image\nNA\n", "x.tsv:2: no image named"},
        {"image\na\nb\na\n", "x.tsv:4: a is listed twice (first in line 2)"},
        {"image\tx\na\t1\nb\tone\n", "x.tsv:3: column x has numbers, but here something else"},
        {"image\tleft_eye_x\na\t1\n", "x.tsv:1: has landmarks, but no column left_eye_y"},
        {"image\t" POINTS "\na\t1\t2\t3\t4\t5\t6\t7\t8\t9\tx\n", "x.tsv:2: mouth_right_y: \"x\""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        put_file("x.tsv", cases[i].text);
        assert_fails(facet_manifest_read(&m, "x.tsv", NULL), FACET_EFORMAT, cases[i].message);
        assert_null(m);
    }
    assert_fails(facet_manifest_read(&m, "absent", NULL), FACET_EIO, "absent: No such file");
}

static void folders_are_scanned_in_order(void **state)
{
    (void)state;
    struct facet_manifest *m = NULL;
    assert_ok(facet_file_mkdir("lfw/Bob_B"));
    assert_ok(facet_file_mkdir("lfw/Al"));
    assert_ok(facet_file_mkdir("lfw/Bob"));
    put_file("lfw/Bob_B/1.PNG", "");
    put_file("lfw/Bob/2.jpg", "");
    put_file("lfw/Bob/1.jpeg", "");
    put_file("lfw/Bob/.hidden.jpg", "");
    put_file("lfw/Bob/notes.txt", "");
    put_file("lfw/Al/1.jpg", "");
    put_file("lfw/single.jpg", "");
    assert_ok(facet_manifest_read(&m, "lfw", NULL));
    static const char *const images[] = {"Al/1.jpg", "Bob/1.jpeg", "Bob/2.jpg", "Bob_B/1.PNG",
                                         "single.jpg"};
    assert_int_equal(m->count, 5);
    for (size_t i = 0; i < 5; i++) assert_string_equal(m->images[i], images[i]);
    assert_string_equal(m->identities[2], "Bob");
    assert_null(m->identities[4]);
    facet_manifest_free(&m);
    assert_ok(facet_file_mkdir("nothing"));
    assert_fails(facet_manifest_read(&m, "nothing", NULL), FACET_EFORMAT, "nothing: no .jpg");
    put_file("lfw/Al/bad\xff.jpg", "");
    assert_fails(facet_manifest_read(&m, "lfw", NULL), FACET_EFORMAT, "not UTF-8");
}

static void tables_join_by_image(void **state)
{
    (void)state;
    struct facet_manifest *m = NULL;
    size_t missing = 0;
    char before[FACET_HASH_SIZE], after[FACET_HASH_SIZE];
    put_file("m.tsv", "image\nc\na\nb\n");
    put_file("l.tsv", "image\tmale\tidentity\na\t1\tA\nx\t0\tX\nc\t0\tC\n");
    put_file("same.tsv", "image\tmale\na\t1\n");
    put_file("other.tsv", "image\tage\nz\t1\n");
    assert_ok(facet_manifest_read(&m, "m.tsv", NULL));
    assert_ok(facet_manifest_hash(m, before));
    assert_ok(facet_manifest_join(m, "l.tsv", &missing));
    assert_ok(facet_manifest_hash(m, after));
    assert_string_not_equal(before, after);
    assert_int_equal(missing, 1);
    assert_string_equal(m->identities[0], "C");
    assert_null(m->identities[2]);
    assert_true(m->attributes[0] == 0 && m->attributes[1] == 1 && isnan(m->attributes[2]));
    assert_fails(facet_manifest_join(m, "same.tsv", NULL), FACET_EINVAL, "male is already given");
    assert_fails(facet_manifest_join(m, "other.tsv", NULL), FACET_EFORMAT, "none of the 3 images");
    facet_manifest_free(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tables_give_every_column),
        cmocka_unit_test(broken_tables_say_where),
        cmocka_unit_test(folders_are_scanned_in_order),
        cmocka_unit_test(tables_join_by_image),
    };
    return cmocka_run_group_tests_name("manifest", tests, enter_scratch, leave_scratch);
}
