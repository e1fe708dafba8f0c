/* Tables and their sidecars; provenance; reading tables of others. */
#include "base/check.h"

#include "base/table.h"

#include <math.h>

static const struct facet_column columns[] = {
    {"layer", "string", "1", "layer's name"},
    {"neuron", "integer", "1", "index in the layer"},
    {"mean", "real", "activation", "mean over images"},
};

static struct facet_provenance *new_run(void)
{
    char *const argv[] = {"/usr/bin/facet-x", "-o", "two words", "it's", ""};
    struct facet_provenance *run = NULL;
    assert_ok(facet_provenance_new(&run, "facet-x", 5, argv));
    return run;
}

static void rows_come_out_exactly(void **state)
{
    (void)state;
    struct facet_provenance *run = new_run();
    struct facet_table *table = NULL;
    put_file("in.h5", "abc");
    assert_ok(facet_provenance_input(run, "in.h5"));
    assert_ok(facet_provenance_set(run, "threshold", "%.9g", 0.5));
    assert_ok(facet_table_new(&table, "t.tsv", "A title", columns, 3));
    facet_table_text(table, "fc4");
    facet_table_int(table, 17);
    facet_table_real(table, 1.0 / 3.0);
    facet_table_text(table, "tab\there");
    facet_table_int(table, -1);
    facet_table_real(table, NAN);
    facet_table_text(table, NULL);
    facet_table_int(table, 0);
    facet_table_real(table, -0.0);
    assert_ok(facet_table_commit(&table, run));
    assert_null(table);
    char *text = get_file("t.tsv");
    assert_string_equal(text,
                        "layer\tneuron\tmean\nfc4\t17\t0.333333333\ntab here\t-1\tNA\nNA\t0\t0\n");
    free(text);
    json_t *json = json_load_file("t.json", 0, NULL);
    assert_non_null(json);
    const char *title, *unit, *command, *path, *threshold;
    int rows;
    assert_int_equal(json_unpack(json, "{s:s, s:i, s:[{},{},{s:s}], s:{s:s, s:[{s:s}], s:{s:s}}}",
                                 "title", &title, "rows", &rows, "columns", "unit", &unit,
                                 "provenance", "command", &command, "inputs", "path", &path,
                                 "settings", "threshold", &threshold),
                     0);
    assert_string_equal(title, "A title");
    assert_int_equal(rows, 3);
    assert_string_equal(unit, "activation");
    assert_string_equal(command, "facet-x -o 'two words' 'it'\\''s' ''");
    assert_string_equal(path, "in.h5");
    assert_string_equal(threshold, "0.5");
    json_decref(json);
    facet_provenance_free(&run);
}

static void failed_table_leaves_nothing(void **state)
{
    (void)state;
    struct facet_provenance *run = new_run();
    struct facet_table *table = NULL;
    assert_int_equal(symlink("/dev/full", "full.tsv.partial"), 0);
    assert_ok(facet_table_new(&table, "full.tsv", "t", columns, 3));
    facet_table_text(table, "fc4");
    facet_table_int(table, 1);
    facet_table_real(table, 1);
    assert_fails(facet_table_commit(&table, run), FACET_EIO, "full.tsv: cannot write");
    assert_int_not_equal(access("full.tsv", F_OK), 0);
    facet_table_free(&table);
    facet_provenance_free(&run);
}

static void foreign_tables_are_read(void **state)
{
    (void)state;
    struct facet_tsv *tsv = NULL;
    int column;
    double x;
    put_file("a.tsv", "\xef\xbb\xbfimage\tx\r\na b.jpg\t1.5\r\n\r\n\xc3\xa9.jpg\tNA\nlast\toops");
    assert_ok(facet_tsv_open(&tsv, "a.tsv"));
    assert_int_equal(facet_tsv_columns(tsv), 2);
    assert_ok(facet_tsv_require(tsv, "image", &column));
    assert_int_equal(column, 0);
    assert_fails(facet_tsv_require(tsv, "identity", &column), FACET_EFORMAT,
                 "a.tsv:1: no column identity in the header row (it has: image, x)");
    assert_int_equal(facet_tsv_next(tsv), 1);
    assert_string_equal(facet_tsv_field(tsv, 0), "a b.jpg");
    assert_ok(facet_tsv_real(tsv, 1, &x));
    assert_true(x == 1.5);
    assert_int_equal(facet_tsv_next(tsv), 1);
    assert_int_equal(facet_tsv_line(tsv), 4);
    assert_ok(facet_tsv_real(tsv, 1, &x));
    assert_true(isnan(x));
    assert_int_equal(facet_tsv_next(tsv), 1);
    assert_fails(facet_tsv_real(tsv, 1, &x), FACET_EFORMAT, "a.tsv:5: x: \"oops\" is not a number");
    assert_int_equal(facet_tsv_next(tsv), 0);
    facet_tsv_close(&tsv);
}

static void broken_tables_are_refused(void **state)
{
    (void)state;
    struct facet_tsv *tsv = NULL;
    assert_fails(facet_tsv_open(&tsv, "absent.tsv"), FACET_EIO, "absent.tsv");
    put_file("b.tsv", "");
    assert_fails(facet_tsv_open(&tsv, "b.tsv"), FACET_EFORMAT, "header");
    put_file("b.tsv", "image\timage\n");
    assert_fails(facet_tsv_open(&tsv, "b.tsv"), FACET_EFORMAT, "two columns are named image");
    put_file("b.tsv", "image\t\n");
    assert_fails(facet_tsv_open(&tsv, "b.tsv"), FACET_EFORMAT, "column 2 has no name");
    put_file("b.tsv", "image\tx\na\t1\t2\n");
    assert_ok(facet_tsv_open(&tsv, "b.tsv"));
    assert_fails(facet_tsv_next(tsv), FACET_EFORMAT, "b.tsv:2: 3 fields, but the header row has 2");
    facet_tsv_close(&tsv);
    put_file("b.tsv", "image\n\xff\xfe\n");
    assert_ok(facet_tsv_open(&tsv, "b.tsv"));
    assert_fails(facet_tsv_next(tsv), FACET_EFORMAT, "b.tsv:2: not UTF-8");
    facet_tsv_close(&tsv);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_come_out_exactly),
        cmocka_unit_test(failed_table_leaves_nothing),
        cmocka_unit_test(foreign_tables_are_read),
        cmocka_unit_test(broken_tables_are_refused),
    };
    return cmocka_run_group_tests_name("tables", tests, enter_scratch, leave_scratch);
}
