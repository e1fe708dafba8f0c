/* The margin: against all thresholds tried one by one, what it keeps of a batch, its state. */
#include "base/check.h"

#include "base/rng.h"
#include "base/threshold.h"
#include "train/margin.h"

#include <gsl/gsl_randist.h>
#include <math.h>

static struct facet_margin *new_margin(size_t capacity)
{
    struct facet_margin *margin = NULL;
    assert_ok(facet_margin_new(&margin, capacity));
    return margin;
}

/* One genuine and one impostor pair a call: images 0, 1 of person 0, image 2 of person 1; the third
 * pair is left out. */
static void add(struct facet_margin *margin, float genuine, float impostor)
{
    facet_margin_add(margin, 3, (const int32_t[3]){0, 0, 1}, (float[3]){genuine, impostor, NAN});
}

static void a_gap_is_cut_in_the_middle(void **state)
{
    (void)state;
    struct facet_margin *margin = new_margin(10);
    double error = 0;
    assert_true(isnan(facet_margin_find(margin, &error)) && isnan(error));
    assert_true(isnan(facet_margin_find(margin, NULL)));
    add(margin, 1, 5);
    add(margin, 2, 7);
    assert_int_equal(facet_margin_pairs(margin), 2);
    assert_true(facet_margin_find(margin, &error) == 3.5 && error == 0);
    add(margin, 6, 8); /* 3.5 rejects one of three, 6.5 accepts one of three: the smaller */
    assert_true(facet_margin_find(margin, &error) == 3.5 && error == 1 / 6.);
    facet_margin_free(&margin);
    assert_null(margin);
    facet_margin_free(&margin);
}

static void hopeless_distances(void **state)
{
    (void)state;
    struct facet_margin *margin = new_margin(4);
    double error;
    add(margin, 0, 0); /* all images in one place */
    assert_true(facet_margin_find(margin, &error) == 0 && error == 0.5);
    facet_margin_free(&margin);
    margin = new_margin(4);
    add(margin, 9, 1); /* the wrong way round: accept none */
    add(margin, 8, 2);
    assert_true(facet_margin_find(margin, &error) == 1 && error == 0.5);
    facet_margin_free(&margin);
}

static void only_the_last_pairs_count(void **state)
{
    (void)state;
    struct facet_margin *margin = new_margin(3);
    double error;
    for (int k = 0; k < 5; k++) add(margin, 100, 1);
    for (int k = 0; k < 3; k++) add(margin, 10, 30);
    assert_int_equal(facet_margin_pairs(margin), 3);
    assert_true(facet_margin_find(margin, &error) == 20 && error == 0);
    facet_margin_free(&margin);
}

/* A batch without one of the kinds adds nothing. */
static void one_kind_alone_is_not_kept(void **state)
{
    (void)state;
    struct facet_margin *margin = new_margin(3);
    const float distances[3] = {1, 2, 3};
    facet_margin_add(margin, 3, (const int32_t[3]){5, 5, 5}, distances);
    facet_margin_add(margin, 3, (const int32_t[3]){5, 6, 7}, distances);
    facet_margin_add(margin, 1, (const int32_t[1]){5}, distances);
    facet_margin_add(margin, 0, NULL, NULL);
    facet_margin_add(margin, 3, (const int32_t[3]){5, 5, 6}, (float[3]){INFINITY, 1, 2});
    assert_int_equal(facet_margin_pairs(margin), 0);
    assert_true(isnan(facet_margin_find(margin, NULL)));
    facet_margin_free(&margin);
}

/* Mean of both errors when pairs nearer than t are accepted. */
static double error_at(double t, const float *genuine, const float *impostor, size_t n)
{
    size_t wrong = 0;
    for (size_t i = 0; i < n; i++) wrong += (impostor[i] < t) + !(genuine[i] < t);
    return (double)wrong / (2.0 * (double)n);
}

static void agrees_with_all_thresholds(void **state)
{
    (void)state;
    enum { MOST = 40 };
    gsl_rng *rng = facet_rng_new(6, 0);
    for (size_t round = 0; round < 300; round++) {
        size_t n = 1 + round % MOST;
        struct facet_margin *margin = new_margin(n);
        float genuine[MOST], impostor[MOST];
        double error, least = 1, coarse = round % 3 == 0 ? 2 : 1e6;
        for (size_t i = 0; i < n; i++) { /* every third round with many ties */
            genuine[i] = (float)(floor(coarse * gsl_ran_exponential(rng, 1)) / coarse);
            impostor[i] = (float)(floor(coarse * (0.5 + gsl_ran_exponential(rng, 1))) / coarse);
            add(margin, genuine[i], impostor[i]);
        }
        double found = facet_margin_find(margin, &error);
        assert_true(error_at(found, genuine, impostor, n) == error);
        for (size_t i = 0; i < 2 * n; i++) {
            double at = i < n ? genuine[i] : impostor[i - n];
            least = fmin(least, error_at(at, genuine, impostor, n));
            least = fmin(least, error_at(nextafter(at, INFINITY), genuine, impostor, n));
            if (at < found) /* the smallest one is found: below it, all are worse */
                assert_true(error_at(at, genuine, impostor, n) > error);
        }
        assert_true(error == least);
        facet_margin_free(&margin);
    }
    gsl_rng_free(rng);
}

/* Unequal numbers and costs, a fold left out. */
static void thresholds_have_costs_and_folds(void **state)
{
    (void)state;
    struct facet_scored pairs[] = {{5, 0, 0}, {1, 1, 0}, {2, 0, 1},
                                   {3, 1, 0}, {4, 1, 1}, {4, 0, 2}};
    const size_t n = sizeof pairs / sizeof pairs[0];
    uint64_t cost;
    facet_threshold_sort(pairs, n);
    for (size_t i = 1; i < n; i++) assert_true(pairs[i - 1].distance <= pairs[i].distance);
    assert_true(facet_threshold_best(pairs, n, -1, (const uint64_t[2]){1, 1}, &cost) == 1.5);
    assert_int_equal(cost, 2); /* 3.5 and 4.5 cost as much */
    assert_true(facet_threshold_best(pairs, n, -1, (const uint64_t[2]){5, 1}, &cost) == 1.5);
    assert_int_equal(cost, 2);
    assert_true(facet_threshold_best(pairs, n, -1, (const uint64_t[2]){1, 9}, &cost) == 4.5);
    assert_int_equal(cost, 2);
    assert_true(facet_threshold_best(pairs, n, 1, (const uint64_t[2]){1, 1}, &cost) == 3.5);
    assert_int_equal(cost, 0);
    const struct facet_scored genuine = {7, 1, 3};
    double all = facet_threshold_best(&genuine, 1, 0, (const uint64_t[2]){1, 1}, &cost);
    assert_true(all > 7 && all < 7.001 && cost == 0);
    assert_true(isnan(facet_threshold_best(&genuine, 1, 3, (const uint64_t[2]){1, 1}, &cost)));
    assert_int_equal(cost, 0);
}

/* Neighbouring numbers have no midpoint, the difference of huge ones overflows; a threshold still
 * parts them. */
static void thresholds_part_neighbours(void **state)
{
    (void)state;
    uint64_t cost;
    for (double low = 1; low < 3; low += 2 * (nextafter(low, 4) - low) + 0.3) {
        const double high = nextafter(low, 4);
        const struct facet_scored pairs[] = {{low, 1, 0}, {high, 0, 0}};
        double t = facet_threshold_best(pairs, 2, -1, (const uint64_t[2]){1, 1}, &cost);
        assert_true(low < t && !(high < t) && cost == 0);
    }
    double t = facet_threshold_between(-1.5e308, 1.5e308);
    assert_true(-1.5e308 < t && t <= 1.5e308);
}

/* 4 people x 3 images: 12 genuine and 54 impostor pairs. All of the former are kept, and 12 of the
 * latter, over many batches each alike often. */
static void impostors_are_a_fair_sample(void **state)
{
    (void)state;
    enum { N = 12, PAIRS = N * (N - 1) / 2, ROUNDS = 4000 };
    int32_t labels[N];
    float distances[PAIRS], values[2 * 12 + 5];
    size_t seen[PAIRS] = {0}, impostors = 0;
    struct facet_margin *margin = new_margin(12);
    for (int i = 0; i < N; i++) labels[i] = i % 4;
    for (int p = 0; p < PAIRS; p++) distances[p] = (float)p;
    assert_int_equal(facet_margin_state_size(margin), 29);
    for (int round = 0; round < ROUNDS; round++) {
        facet_margin_add(margin, N, labels, distances);
        assert_int_equal(facet_margin_pairs(margin), 12);
        facet_margin_export(margin, values);
        for (size_t k = 5; k < 29; k++) seen[(size_t)values[k]]++;
    }
    size_t p = 0;
    double chi = 0;
    for (int i = 0; i < N; i++)
        for (int j = i + 1; j < N; j++, p++) {
            if (labels[i] == labels[j]) {
                assert_int_equal(seen[p], ROUNDS);
                continue;
            }
            double expected = ROUNDS * 12. / 54, variance = expected * (1 - 12. / 54);
            assert_true(fabs((double)seen[p] - expected) < 5 * sqrt(variance));
            chi += pow((double)seen[p] - expected, 2) / variance * 53 / 54;
            impostors++;
        }
    assert_int_equal(impostors, 54);
    assert_true(chi > 25 && chi < 95); /* chi-squared, 53 degrees of freedom: 99.9 % and more */
    facet_margin_free(&margin);
}

/* A batch with more genuine pairs than impostors, and more of both than there is room for. */
static void many_genuine_pairs(void **state)
{
    (void)state;
    struct facet_margin *margin = new_margin(2);
    float distances[10], values[9];
    for (int p = 0; p < 10; p++) distances[p] = (float)p;
    facet_margin_add(margin, 5, (const int32_t[5]){1, 1, 1, 1, 2}, distances);
    assert_int_equal(facet_margin_pairs(margin), 2);
    facet_margin_export(margin, values);
    assert_true(values[5] == 8 && values[6] == 9); /* the last two impostors: (2,4), (3,4) */
    assert_true(values[7] < values[8] && values[8] < 8);
    facet_margin_free(&margin);
}

static void the_state_goes_on(void **state)
{
    (void)state;
    enum { N = 8, PAIRS = 28, CAPACITY = 50, SIZE = 2 * CAPACITY + 5 };
    struct facet_margin *whole = new_margin(CAPACITY), *first = new_margin(CAPACITY),
                        *second = new_margin(CAPACITY);
    float values[SIZE], others[SIZE], distances[PAIRS];
    const int32_t labels[N] = {0, 0, 1, 1, 2, 2, 3, 3};
    gsl_rng *rng = facet_rng_new(7, 0);
    for (int round = 0; round < 40; round++) {
        double errors[2];
        for (size_t p = 0; p < PAIRS; p++) distances[p] = (float)gsl_ran_exponential(rng, 1);
        facet_margin_add(whole, N, labels, distances);
        facet_margin_add(first, N, labels, distances);
        facet_margin_export(first, values); /* moves to another one after every batch */
        assert_ok(facet_margin_import(second, values, SIZE));
        assert_true(facet_margin_find(whole, &errors[0]) == facet_margin_find(second, &errors[1]));
        assert_true(errors[0] == errors[1]);
        facet_margin_export(second, others);
        assert_memory_equal(values, others, sizeof values);
        facet_margin_export(whole, others);
        assert_memory_equal(values, others, sizeof values);
        struct facet_margin *swap = first;
        first = second;
        second = swap;
    }
    gsl_rng_free(rng);
    assert_fails(facet_margin_import(first, values, SIZE - 2), FACET_EFORMAT,
                 "a state of 103 values, expected 105");
    const struct {
        size_t at;
        float value;
    } bad[] = {{0, -1},   {1, 0.5f}, {2, NAN},  {3, 65536},          {4, CAPACITY + 1},
               {4, 2.5f}, {9, -1},   {60, NAN}, {SIZE - 1, INFINITY}};
    for (size_t k = 0; k < sizeof bad / sizeof bad[0]; k++) {
        float kept = values[bad[k].at];
        values[bad[k].at] = bad[k].value;
        assert_fails(facet_margin_import(second, values, SIZE), FACET_EFORMAT, "impossible value");
        values[bad[k].at] = kept;
    }
    facet_margin_free(&whole);
    facet_margin_free(&first);
    facet_margin_free(&second);
}

static void what_is_refused(void **state)
{
    (void)state;
    struct facet_margin *margin = NULL;
    assert_fails(facet_margin_new(&margin, 0), FACET_EINVAL, "room for 0 pairs");
    assert_fails(facet_margin_new(&margin, 16777217), FACET_EINVAL, "room for 16777217 pairs");
    assert_null(margin);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_gap_is_cut_in_the_middle),
        cmocka_unit_test(hopeless_distances),
        cmocka_unit_test(only_the_last_pairs_count),
        cmocka_unit_test(one_kind_alone_is_not_kept),
        cmocka_unit_test(agrees_with_all_thresholds),
        cmocka_unit_test(thresholds_have_costs_and_folds),
        cmocka_unit_test(thresholds_part_neighbours),
        cmocka_unit_test(impostors_are_a_fair_sample),
        cmocka_unit_test(many_genuine_pairs),
        cmocka_unit_test(the_state_goes_on),
        cmocka_unit_test(what_is_refused),
    };
    return cmocka_run_group_tests_name("margin", tests, NULL, NULL);
}
