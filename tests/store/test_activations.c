/* Activation files: what is written is read; cut off, resumed, torn, refused. */
#include "base/check.h"

#include "base/cpu.h"
#include "base/file.h"
#include "store/activations.h"

#include <math.h>

enum { IMAGES = 300, VIEWS = 2 };

static const struct facet_acts_layer layers[] = {
    {"conv2", 3, {6, 5, 4}, 120},
    {"fc4", 1, {70}, 70},
};
static const char *const views[] = {"original", "mirror"};
static struct facet_manifest *manifest;
static struct facet_preprocess preprocess;
static struct facet_acts_spec spec;

static int setup(void **state)
{
    char *const argv[] = {"facet-test"};
    static struct facet_provenance *run;
    if (enter_scratch(state) != 0) return -1;
    FILE *file = fopen("m.tsv", "w");
    fprintf(file, "image\tidentity\tage\n");
    for (int i = 0; i < IMAGES; i++) {
        if (i % 7 == 0)
            fprintf(file, "p%d/%d.jpg\tNA\tNA\n", i / 3, i);
        else
            fprintf(file, "p%d/%d.jpg\tp%d\t%d\n", i / 3, i, i / 3, i);
    }
    fclose(file);
    facet_preprocess_default(&preprocess, 47, 55, 3);
    spec = (struct facet_acts_spec){
        .layers = layers,
        .layer_count = 2,
        .views = views,
        .view_count = VIEWS,
        .preprocess = &preprocess,
        .model_sha256 = "0123",
        .model_name = "test",
        .kernels = "reference",
        .seed = 7,
    };
    if (facet_manifest_read(&manifest, "m.tsv", NULL) < 0 ||
        facet_provenance_new(&run, "facet-test", 1, argv) < 0)
        return -1;
    spec.manifest = manifest;
    spec.run = run;
    return 0;
}

static int teardown(void **state)
{
    facet_manifest_free(&manifest);
    struct facet_provenance *run = (struct facet_provenance *)spec.run;
    facet_provenance_free(&run);
    return leave_scratch(state);
}

static float value(size_t layer, size_t view, size_t row, size_t neuron)
{
    return (float)(layer * 1000000 + view * 500000 + row * 1000 + neuron);
}

static float *rows_of(size_t layer, size_t first, size_t rows)
{
    size_t n = layers[layer].neurons;
    float *out = facet_alloc(rows * VIEWS * n, sizeof *out, "test");
    for (size_t r = 0; r < rows; r++)
        for (size_t v = 0; v < VIEWS; v++)
            for (size_t k = 0; k < n; k++)
                out[(r * VIEWS + v) * n + k] = value(layer, v, first + r, k);
    return out;
}

static int append(struct facet_acts_writer *w, size_t first, size_t rows, const uint8_t *missing)
{
    float *blocks[] = {rows_of(0, first, rows), rows_of(1, first, rows)};
    int code = facet_acts_write(w, rows, (const float *const *)blocks, missing);
    free(blocks[0]);
    free(blocks[1]);
    return code;
}

static void write_rest(struct facet_acts_writer *w, size_t first)
{
    for (size_t row = first; row < IMAGES; row += 64)
        assert_ok(append(w, row, IMAGES - row < 64 ? IMAGES - row : 64, NULL));
}

static void check_values(const char *path)
{
    struct facet_acts *a = NULL;
    assert_ok(facet_acts_open(&a, path));
    assert_int_equal(facet_acts_images(a), IMAGES);
    for (size_t layer = 0; layer < 2; layer++) {
        size_t n = layers[layer].neurons;
        float *block = facet_alloc(IMAGES * n, sizeof *block, "test");
        for (size_t view = 0; view < VIEWS; view++) {
            assert_ok(facet_acts_read(a, layer, view, 0, IMAGES, 0, n, block));
            for (size_t r = 0; r < IMAGES; r++)
                for (size_t k = 0; k < n; k++)
                    assert_true(block[r * n + k] == value(layer, view, r, k));
        }
        free(block);
    }
    facet_acts_free(&a);
}

static void written_is_read(void **state)
{
    (void)state;
    struct facet_acts_writer *w = NULL;
    struct facet_acts *a = NULL;
    size_t done = 9, layer, count;
    float few[6];
    assert_ok(facet_acts_create(&w, "a.h5", &spec, 0, &done));
    assert_int_equal(done, 0);
    write_rest(w, 0);
    assert_ok(facet_acts_commit(&w));
    check_values("a.h5");
    assert_ok(facet_acts_same("a.h5", &spec));
    assert_ok(facet_acts_open(&a, "a.h5"));
    assert_int_equal(facet_acts_layer_count(a), 2);
    assert_string_equal(facet_acts_layer(a, 0)->name, "conv2");
    assert_int_equal(facet_acts_layer(a, 0)->rank, 3);
    assert_ok(facet_acts_find(a, "fc4", &layer));
    assert_fails(facet_acts_find(a, "fc9", &layer), FACET_EINVAL, "it has: conv2, fc4");
    assert_string_equal(facet_acts_view(a, 1), "mirror");
    assert_ok(facet_acts_read(a, layer, 1, 299, 1, 5, 2, few));
    assert_true(few[1] == value(1, 1, 299, 6));
    assert_fails(facet_acts_read(a, layer, 1, 299, 2, 0, 1, few), FACET_EINVAL, "rows 299+2");
    assert_string_equal(facet_acts_image(a, 4), "p1/4.jpg");
    const int32_t *identities = facet_acts_identities(a, &count);
    assert_int_equal(count, 100);
    assert_int_equal(identities[0], -1);
    assert_int_equal(identities[1], 0);
    assert_int_equal(identities[299], 99);
    assert_string_equal(facet_acts_identity(a, 299), "p99");
    assert_null(facet_acts_identity(a, 0));
    assert_int_equal(facet_acts_attribute_count(a), 1);
    const double *age = facet_acts_attribute(a, 0);
    assert_true(age[8] == 8 && isnan(age[7]));
    assert_string_equal(facet_acts_property(a, "kernels"), "reference");
    assert_null(facet_acts_property(a, "rows_done"));
    facet_acts_missing(a, &count);
    assert_int_equal(count, 0);
    facet_acts_free(&a);
}

static void cut_off_runs_go_on(void **state)
{
    (void)state;
    struct facet_acts_writer *w = NULL;
    struct facet_acts *a = NULL;
    size_t done;
    assert_ok(facet_acts_create(&w, "b.h5", &spec, 1, &done));
    assert_ok(append(w, 0, 100, NULL));
    assert_ok(facet_acts_flush(w));
    assert_ok(append(w, 100, 50, NULL));
    facet_acts_close(&w);
    assert_fails(facet_acts_create(&w, "b.h5", &spec, 0, &done), FACET_EINVAL, "--resume");
    assert_ok(facet_acts_open(&a, "b.h5.partial"));
    assert_int_equal(facet_acts_images(a), 150);
    facet_acts_free(&a);
    struct facet_acts_spec other = spec;
    other.model_sha256 = "4567";
    assert_fails(facet_acts_create(&w, "b.h5", &other, 1, &done), FACET_EINVAL,
                 "its model_sha256 is 0123, but now it is 4567");
    other = spec;
    other.view_count = 1;
    assert_fails(facet_acts_create(&w, "b.h5", &other, 1, &done), FACET_EINVAL, "layer conv2");
    assert_ok(facet_acts_create(&w, "b.h5", &spec, 1, &done));
    assert_int_equal(done, 150);
    write_rest(w, done);
    assert_fails(append(w, IMAGES, 1, NULL), FACET_EINVAL, "there are 300 images");
    assert_ok(facet_acts_commit(&w));
    check_values("b.h5");
}

/* A chunk that a crash tore must cost its rows, not the run. */
static void torn_chunks_are_written_again(void **state)
{
    (void)state;
    struct facet_acts_writer *w = NULL;
    size_t done;
    assert_ok(facet_acts_create(&w, "c.h5", &spec, 0, &done));
    assert_ok(append(w, 0, 100, NULL));
    facet_acts_close(&w);
    const float needle = value(1, 0, 50, 3);
    FILE *file = fopen("c.h5.partial", "r+b");
    unsigned char four[4];
    long at = 0, found = -1;
    while (fread(four, 1, 4, file) == 4) {
        if (memcmp(four, &needle, 4) == 0) found = at;
        at += 4;
    }
    assert_true(found > 0);
    assert_int_equal(fseek(file, found, SEEK_SET), 0);
    fputc(0x55, file);
    fclose(file);
    assert_ok(facet_acts_create(&w, "c.h5", &spec, 1, &done));
    assert_int_equal(done, 0);
    write_rest(w, 0);
    assert_ok(facet_acts_commit(&w));
    check_values("c.h5");
}

static void missing_images_are_nan(void **state)
{
    (void)state;
    struct facet_acts_writer *w = NULL;
    struct facet_acts *a = NULL;
    size_t done, count;
    uint8_t missing[100] = {0};
    float row[70];
    missing[40] = 1;
    assert_ok(facet_acts_create(&w, "d.h5", &spec, 0, &done));
    assert_ok(append(w, 0, 100, missing));
    write_rest(w, 100);
    assert_ok(facet_acts_commit(&w));
    assert_ok(facet_acts_open(&a, "d.h5"));
    assert_int_equal(facet_acts_missing(a, &count)[40], 1);
    assert_int_equal(count, 1);
    assert_ok(facet_acts_read(a, 1, 1, 40, 1, 0, 70, row));
    for (int i = 0; i < 70; i++) assert_true(isnan(row[i]));
    assert_ok(facet_acts_read(a, 1, 1, 41, 1, 0, 70, row));
    assert_true(row[0] == value(1, 1, 41, 0));
    facet_acts_free(&a);
}

static void half_precision_rounds(void **state)
{
    (void)state;
    struct facet_acts_writer *w = NULL;
    struct facet_acts *a = NULL;
    struct facet_acts_spec half = spec;
    size_t done;
    float *block = facet_alloc(IMAGES * 70, sizeof *block, "test"), back[70];
    const float *const blocks[] = {block};
    for (int i = 0; i < IMAGES * 70; i++) block[i] = 1.0f + (float)(i % 70) / 4096.0f;
    block[200 * 70] = 0.0156240f; /* rounds up to a power of two, where HDF5's conversion errs */
    half.layers = &layers[1];
    half.layer_count = half.view_count = 1;
    half.half = 1;
    assert_ok(facet_acts_create(&w, "e.h5", &half, 0, &done));
    assert_ok(facet_acts_write(w, IMAGES, blocks, NULL));
    assert_ok(facet_acts_commit(&w));
    assert_ok(facet_acts_open(&a, "e.h5"));
    assert_int_equal(facet_acts_view_count(a), 1);
    assert_ok(facet_acts_read(a, 0, 0, 200, 1, 0, 70, back));
    for (int i = 0; i < 70; i++) assert_true(fabsf(back[i] - block[200 * 70 + i]) <= 0x1p-11f);
    float *all = facet_alloc(IMAGES * 70, sizeof *all, "test"); /* many blocks of widening */
    assert_ok(facet_acts_read(a, 0, 0, 0, IMAGES, 0, 70, all));
    for (int i = 0; i < IMAGES * 70; i++) assert_true(fabsf(all[i] - block[i]) <= 0x1p-11f);
    free(all);
    facet_acts_free(&a);
    block[9] = 70000;
    assert_ok(facet_acts_create(&w, "f.h5", &half, 0, &done));
    assert_fails(facet_acts_write(w, IMAGES, blocks, NULL), FACET_EFORMAT, "too large for float16");
    facet_acts_close(&w);
    free(block);
}

static void strangers_are_refused(void **state)
{
    (void)state;
    struct facet_acts *a = NULL;
    put_file("text.h5", "hello");
    put_file("empty.h5", "");
    assert_fails(facet_acts_open(&a, "absent.h5"), FACET_EIO, "absent.h5: No such file");
    assert_fails(facet_acts_open(&a, "text.h5"), FACET_EFORMAT, "text.h5: is not an HDF5 file");
    assert_fails(facet_acts_open(&a, "empty.h5"), FACET_EFORMAT, "empty.h5: is empty");
    assert_fails(facet_acts_open(&a, "."), FACET_EIO, "folder");
    assert_int_equal(system("head -c 100000 a.h5 > cut.h5"), 0);
    assert_fails(facet_acts_open(&a, "cut.h5"), FACET_EFORMAT, "cut.h5");
    assert_null(a);
    struct facet_acts_writer *w = NULL;
    size_t done;
    assert_fails(facet_acts_create(&w, "no/a.h5", &spec, 0, &done), FACET_EIO, "no/a.h5.partial");
}

/* Chunks at a layer's edge are never filled; the writer must let go of them all the same. Here
 * every second one is such: 48 of half a MiB. */
static void memory_is_bounded(void **state)
{
    (void)state;
    enum { MANY = 48 * 4096, WIDTH = 40, ROWS = 2048 };
    static const struct facet_acts_layer narrow = {"fc4", 1, {WIDTH}, WIDTH};
    static float block[ROWS * WIDTH];
    const float *const blocks[] = {block};
    struct facet_acts_spec large = spec;
    struct facet_manifest *many = NULL;
    struct facet_acts_writer *w = NULL;
    size_t done;
    FILE *file = fopen("many.tsv", "w");
    fprintf(file, "image\n");
    for (int i = 0; i < MANY; i++) fprintf(file, "%d.jpg\n", i);
    fclose(file);
    assert_ok(facet_manifest_read(&many, "many.tsv", NULL));
    large.manifest = many;
    large.layers = &narrow;
    large.layer_count = large.view_count = 1;
    assert_ok(facet_acts_create(&w, "many.h5", &large, 0, &done));
    const size_t before = facet_cpu_peak_memory();
    for (int row = 0; row < MANY; row += ROWS) assert_ok(facet_acts_write(w, ROWS, blocks, NULL));
#ifndef __SANITIZE_ADDRESS__ /* which holds back what is freed */
    assert_true(facet_cpu_peak_memory() - before < 8 << 20);
#else
    (void)before;
#endif
    assert_ok(facet_acts_commit(&w));
    facet_manifest_free(&many);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(written_is_read),
        cmocka_unit_test(cut_off_runs_go_on),
        cmocka_unit_test(torn_chunks_are_written_again),
        cmocka_unit_test(missing_images_are_nan),
        cmocka_unit_test(half_precision_rounds),
        cmocka_unit_test(strangers_are_refused),
        cmocka_unit_test(memory_is_bounded),
    };
    return cmocka_run_group_tests_name("activations", tests, setup, teardown);
}
