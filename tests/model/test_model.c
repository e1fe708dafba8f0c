/* PCA, Joint Bayesian and their file: faults, threads, and what comes back from a file. Their
 * values are compared in test_model.py. */
#define _GNU_SOURCE
#include "base/check.h"

#include "base/rng.h"
#include "model/dense.h"
#include "model/metric.h"

#include <dlfcn.h>
#include <gsl/gsl_randist.h>
#include <hdf5.h>
#include <math.h>
#include <sys/stat.h>

enum { N = 700, D = 300, K = 40, PEOPLE = 150 };

static float x[N * D];
static int32_t identity[N];

/* Groups of 1 to about 10, with differences between people. */
static void fill(void)
{
    static float centre[PEOPLE * D];
    gsl_rng *rng = facet_rng_new(5, 0);
    for (int i = 0; i < PEOPLE * D; i++) centre[i] = (float)gsl_ran_gaussian(rng, 1);
    for (int i = 0; i < N; i++) {
        identity[i] = (int32_t)(PEOPLE * pow(gsl_rng_uniform(rng), 2));
        for (int k = 0; k < D; k++)
            x[i * D + k] = centre[identity[i] * D + k] + (float)gsl_ran_gaussian(rng, 1.5) + 2;
    }
    gsl_rng_free(rng);
}

static struct facet_pca *fit_pca(int threads)
{
    struct facet_pca *pca = NULL;
    assert_ok(facet_pca_fit(&pca, x, N, D, K, threads));
    return pca;
}

static struct facet_jb *fit_jb(const float *rows, size_t width, int threads)
{
    struct facet_jb *jb = NULL;
    struct facet_jb_options options = FACET_JB_DEFAULTS;
    options.max_steps = 4;
    options.threads = threads;
    assert_ok(facet_jb_fit(&jb, rows, N, width, identity, &options));
    return jb;
}

#define assert_same(a, b, count) assert_memory_equal(a, b, (count) * sizeof *(a))

/* GSL's own CBLAS has the same names and is many times as slow. */
static void blas_is_openblas(void **state)
{
    (void)state;
    Dl_info info;
    void *sgemm = dlsym(RTLD_DEFAULT, "cblas_sgemm");
    assert_non_null(sgemm);
    assert_int_not_equal(dladdr(sgemm, &info), 0);
    if (strstr(info.dli_fname, "openblas") == NULL)
        fail_msg("cblas_sgemm comes from %s", info.dli_fname);
}

static void bits_do_not_depend_on_threads(void **state)
{
    (void)state;
    struct facet_pca *one = fit_pca(1), *two = fit_pca(2);
    assert_same(one->components, two->components, D * K);
    assert_same(one->variance, two->variance, K);
    struct facet_jb *a = fit_jb(x, D, 1), *b = fit_jb(x, D, 2);
    assert_same(a->between, b->between, D * D);
    assert_same(a->within, b->within, D * D);
    assert_same(a->basis, b->basis, D * D);
    static float first[N * D], second[N * D];
    assert_ok(facet_jb_prepare(a, x, N, 1, first));
    assert_ok(facet_jb_prepare(b, x, N, 2, second));
    assert_same(first, second, N * D);
    facet_pca_free(&one);
    facet_pca_free(&two);
    facet_jb_free(&a);
    facet_jb_free(&b);
}

static void rows_do_not_depend_on_each_other(void **state)
{
    (void)state;
    static float whole[N * D], part[N * D];
    struct facet_jb *jb = fit_jb(x, D, 1);
    struct facet_pca *pca = fit_pca(1);
    assert_ok(facet_jb_prepare(jb, x, N, 2, whole));
    for (size_t at = 0, step = 1; at < N; at += step, step = step * 3 % 211)
        assert_ok(
            facet_jb_prepare(jb, x + at * D, at + step < N ? step : N - at, 1, part + at * D));
    assert_same(whole, part, N * D);
    assert_ok(facet_pca_project(pca, x, N, 2, whole));
    for (size_t at = 0; at < N; at += 7)
        assert_ok(facet_pca_project(pca, x + at * D, 7, 1, part + at * K));
    assert_same(whole, part, N * K);
    facet_jb_free(&jb);
    facet_pca_free(&pca);
}

static void pca_faults(void **state)
{
    (void)state;
    struct facet_pca *pca = NULL;
    float y[12] = {1, 2, 3, 4, 5, 7, 8, 8, 8, 2, 1, 5};
    assert_fails(facet_pca_fit(&pca, y, 4, 3, 0, 1), FACET_EINVAL, "expected 1 to 3");
    assert_fails(facet_pca_fit(&pca, y, 4, 3, 4, 1), FACET_EINVAL, "expected 1 to 3");
    assert_fails(facet_pca_fit(&pca, y, 3, 4, 3, 1), FACET_EINVAL, "expected 1 to 2");
    y[7] = NAN;
    assert_fails(facet_pca_fit(&pca, y, 4, 3, 1, 1), FACET_EFORMAT, "row 2 holds NaN");
    y[7] = -INFINITY;
    assert_fails(facet_pca_fit(&pca, y, 4, 3, 1, 1), FACET_EFORMAT, "row 2 holds NaN");
    for (int i = 0; i < 12; i++) y[i] = 0.1f * (float)(i % 3);
    assert_fails(facet_pca_fit(&pca, y, 4, 3, 1, 1), FACET_EINVAL, "vary in 0 directions");
    for (int i = 0; i < 12; i++) y[i] = 0.1f * (float)(i % 4);
    assert_fails(facet_pca_fit(&pca, y, 3, 4, 1, 1), FACET_EINVAL, "vary in 0 directions");
    for (int i = 0; i < 12; i++) y[i] = (float)(i / 3 * (i % 3));
    assert_fails(facet_pca_fit(&pca, y, 4, 3, 2, 1), FACET_EINVAL, "vary in 1 directions");
    assert_null(pca);
    pca = fit_pca(1);
    x[5 * D] = NAN;
    static float out[N * K];
    assert_fails(facet_pca_project(pca, x, N, 1, out), FACET_EFORMAT, "PCA: row 5");
    fill();
    facet_pca_free(&pca);
}

static void jb_faults(void **state)
{
    (void)state;
    struct facet_jb *jb = NULL;
    struct facet_jb_options options = FACET_JB_DEFAULTS;
    const float y[] = {1, 4, 2, 7, 3, 9, 4, 2, 7, 5}; /* rows of two */
    const int32_t alone[] = {3, 3, 1, 0, 9}, pairs[] = {3, 3, 0, 0, -1};
    assert_fails(facet_jb_fit(&jb, y, 5, 2, alone, &options), FACET_EINVAL,
                 "1 of 4 people have two images or more");
    assert_fails(facet_jb_fit(&jb, y, 5, 0, pairs, &options), FACET_EINVAL, "of 0 features");
    /* Two people's differences span two directions, not three. */
    const float z[] = {1, 2, 3, 4, 4, 4, 5, 1, 0, 2, 2, 9};
    assert_fails(facet_jb_fit(&jb, z, 4, 3, pairs, &options), FACET_EFORMAT,
                 "feature 2 follows from those before it");
    const float constant[] = {1, 2, 1, 3, 1, 7, 1, 9};
    assert_fails(facet_jb_fit(&jb, constant, 4, 2, pairs, &options), FACET_EFORMAT,
                 "feature 0 is constant within people");
    options.ridge = 0.01;
    assert_ok(facet_jb_fit(&jb, z, 4, 3, pairs, &options));
    assert_true(jb->ridge > 0);
    assert_int_equal(jb->identities, 2);
    facet_jb_free(&jb);
    x[7 * D + 3] = INFINITY;
    assert_fails(facet_jb_fit(&jb, x, N, D, identity, &options), FACET_EFORMAT, "row 7 holds NaN");
    identity[7] = -1; /* takes no part */
    assert_ok(facet_jb_fit(&jb, x, N, D, identity, &options));
    assert_int_equal(jb->images, N - 1);
    static float out[N * D];
    assert_fails(facet_jb_prepare(jb, x, N, 1, out), FACET_EFORMAT, "Joint Bayesian: row 7");
    facet_jb_free(&jb);
    fill();
}

static void note(void *context, const struct facet_jb_step *step)
{
    struct facet_jb_step *last = context;
    assert_int_equal(step->number, last->number + 1);
    *last = *step;
}

static void steps_are_reported(void **state)
{
    (void)state;
    struct facet_jb_step last = {0};
    struct facet_jb *jb = NULL;
    struct facet_jb_options options = FACET_JB_DEFAULTS;
    options.report = note;
    options.context = &last;
    options.ridge = 1e-3;
    options.tolerance = 0.05;
    assert_ok(facet_jb_fit(&jb, x, N, 50, identity, &options)); /* any numbers will do */
    assert_true(jb->converged && last.number == jb->last.number && last.number > 1);
    assert_true(last.between <= 0.05 && last.within <= 0.05);
    facet_jb_free(&jb);
}

/* ---- files ---- */

static struct facet_provenance *new_run(void)
{
    struct facet_provenance *run = NULL;
    char *argv[] = {"facet-verify", "fit"};
    assert_ok(facet_provenance_new(&run, "facet-verify", 2, argv));
    return run;
}

static struct facet_metric *new_metric(int with_pca, int with_jb)
{
    static float projected[N * K];
    struct facet_metric *m = facet_alloc(1, sizeof *m, "metric");
    if (with_pca) m->pca = fit_pca(2);
    if (with_pca) assert_ok(facet_pca_project(m->pca, x, N, 2, projected));
    if (with_jb) m->jb = fit_jb(with_pca ? projected : x, with_pca ? K : D, 2);
    m->layers = facet_strdup("fc4,fc3");
    m->combine = facet_strdup("mean");
    m->training = facet_strdup("{\"people\": 150}");
    memset(m->data_sha256, 'a', FACET_HASH_SIZE - 1);
    return m;
}

static void a_file_gives_the_same_bits(void **state)
{
    (void)state;
    static float before[N * D], after[N * D];
    struct facet_provenance *run = new_run();
    for (int kind = 1; kind < 4; kind++) {
        struct facet_metric *m = new_metric(kind & 1, kind & 2), *r = NULL;
        assert_ok(facet_metric_write(m, "m.h5", run));
        assert_int_equal(access("m.h5.partial", F_OK), -1);
        assert_ok(facet_metric_read(&r, "m.h5"));
        const size_t width = facet_metric_width(r);
        assert_int_equal(facet_metric_features(r), D);
        assert_int_equal(width, kind == 2 ? D : K);
        assert_ok(facet_metric_prepare(m, x, N, 1, before));
        assert_ok(facet_metric_prepare(r, x, N, 2, after));
        assert_same(before, after, N * width);
        for (size_t i = 1; i < N; i++)
            assert_true(facet_metric_score(m, before, before + i * width) ==
                        facet_metric_score(r, after, after + i * width));
        assert_string_equal(r->layers, "fc4,fc3");
        assert_string_equal(r->views, "");
        assert_string_equal(r->training, m->training);
        assert_string_equal(r->data_sha256, m->data_sha256);
        assert_string_equal(r->history, facet_provenance_history(run));
        if (r->jb != NULL) {
            assert_same(&r->jb->last.between, &m->jb->last.between, 2);
            assert_int_equal(r->jb->last.number, 4);
            assert_same(r->jb->within, m->jb->within, width * width);
            assert_int_equal(r->jb->images, N);
        }
        facet_metric_free(&m);
        facet_metric_free(&r);
    }
    facet_provenance_free(&run);
}

/* Without a Joint Bayesian: minus the Euclidean distance. */
static void plain_score_is_a_distance(void **state)
{
    (void)state;
    struct facet_pca pca = {.width = 2};
    struct facet_metric m = {.pca = &pca};
    const float u[] = {1, 2}, v[] = {4, -2};
    assert_true(facet_metric_score(&m, u, v) == -5);
}

static void write_faults(void **state)
{
    (void)state;
    struct facet_provenance *run = new_run();
    struct facet_metric none = {0}, *m = new_metric(1, 1);
    assert_fails(facet_metric_write(&none, "n.h5", run), FACET_EINVAL, "n.h5: has neither");
    assert_fails(facet_metric_write(m, "absent/m.h5", run), FACET_EIO, "absent/m.h5");
    m->jb->width--;
    assert_fails(facet_metric_write(m, "n.h5", run), FACET_EINVAL,
                 "pca gives 40 values, but joint_bayesian takes 39");
    assert_int_equal(access("n.h5", F_OK), -1);
    facet_metric_free(&m);
    facet_provenance_free(&run);
}

static void fails_to_read(const char *text)
{
    struct facet_metric *m = NULL;
    assert_fails(facet_metric_read(&m, "m.h5"), FACET_EFORMAT, text);
    assert_null(m);
}

/* A fresh m.h5, opened for damage. */
static hid_t open_fresh(const struct facet_metric *m, const struct facet_provenance *run)
{
    assert_ok(facet_metric_write(m, "m.h5", run));
    hid_t file = H5Fopen("m.h5", H5F_ACC_RDWR, H5P_DEFAULT);
    assert_true(file >= 0);
    return file;
}

static void read_faults(void **state)
{
    (void)state;
    struct facet_provenance *run = new_run();
    struct facet_metric *m = new_metric(1, 1);
    const double nan = NAN;
    const hsize_t one = 1, first = 3;
    hid_t file = open_fresh(m, run), all = H5Screate_simple(1, &one, NULL);
    hid_t set = H5Dopen2(file, "joint_bayesian/ratio", H5P_DEFAULT), space = H5Dget_space(set);
    H5Sselect_hyperslab(space, H5S_SELECT_SET, &first, NULL, &one, NULL);
    assert_true(H5Dwrite(set, H5T_NATIVE_DOUBLE, all, space, H5P_DEFAULT, &nan) >= 0);
    H5Sclose(space);
    H5Sclose(all);
    H5Dclose(set);
    H5Fclose(file);
    fails_to_read("m.h5: joint_bayesian/ratio: value 3 is nan");

    file = open_fresh(m, run);
    H5Ldelete(file, "pca/components", H5P_DEFAULT);
    H5Fclose(file);
    fails_to_read("m.h5: pca: components");

    file = open_fresh(m, run);
    H5Ldelete(file, "pca", H5P_DEFAULT);
    H5Lmove(file, "joint_bayesian/basis", file, "joint_bayesian/old", H5P_DEFAULT, H5P_DEFAULT);
    H5Lcreate_hard(file, "joint_bayesian/mean", file, "joint_bayesian/basis", H5P_DEFAULT,
                   H5P_DEFAULT);
    H5Fclose(file);
    fails_to_read("joint_bayesian/basis: expected 1600 float64 values in 2 dimensions");

    file = open_fresh(m, run);
    H5Ldelete(file, "pca", H5P_DEFAULT);
    H5Ldelete(file, "joint_bayesian", H5P_DEFAULT);
    H5Fclose(file);
    fails_to_read("m.h5: has neither");

    file = open_fresh(m, run);
    H5Adelete(file, "layers");
    H5Fclose(file);
    fails_to_read("m.h5: attribute layers is missing");
    facet_metric_free(&m);
    facet_provenance_free(&run);
}

/* Cut anywhere, or with a byte changed among the values: a fault, never other numbers. */
static void damaged_files(void **state)
{
    (void)state;
    struct facet_provenance *run = new_run();
    struct facet_metric *m = new_metric(0, 1), *r = NULL;
    struct stat info;
    assert_ok(facet_metric_write(m, "m.h5", run));
    assert_int_equal(stat("m.h5", &info), 0);
    FILE *file = fopen("m.h5", "r+b");
    assert_non_null(file);
    fseek(file, info.st_size / 2, SEEK_SET);
    int byte = fgetc(file);
    fseek(file, info.st_size / 2, SEEK_SET);
    fputc(byte ^ 1, file);
    fclose(file);
    fails_to_read("m.h5: joint_bayesian");
    assert_int_equal(truncate("m.h5", info.st_size / 2), 0);
    fails_to_read("m.h5: cannot be opened: cut short");
    put_file("m.h5", "text");
    fails_to_read("m.h5: is not an HDF5 file");
    assert_fails(facet_metric_read(&r, "none.h5"), FACET_EIO, "none.h5");
    facet_metric_free(&m);
    facet_provenance_free(&run);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blas_is_openblas),
        cmocka_unit_test(bits_do_not_depend_on_threads),
        cmocka_unit_test(rows_do_not_depend_on_each_other),
        cmocka_unit_test(pca_faults),
        cmocka_unit_test(jb_faults),
        cmocka_unit_test(steps_are_reported),
        cmocka_unit_test(a_file_gives_the_same_bits),
        cmocka_unit_test(plain_score_is_a_distance),
        cmocka_unit_test(write_faults),
        cmocka_unit_test(read_faults),
        cmocka_unit_test(damaged_files),
    };
    fill();
    return cmocka_run_group_tests_name("model", tests, enter_scratch, leave_scratch);
}
