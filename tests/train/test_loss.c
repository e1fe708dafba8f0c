/* The losses: closed forms, finite differences, and what is not a number. Values are compared with
 * PyTorch in test_loss.py. */
#include "base/check.h"

#include "base/rng.h"
#include "train/loss.h"

#include <gsl/gsl_randist.h>
#include <math.h>

static float *normals(size_t count, double sd, uint64_t stream)
{
    float *values = facet_alloc(count, sizeof *values, "values");
    gsl_rng *rng = facet_rng_new(5, stream);
    assert_non_null(values);
    assert_non_null(rng);
    for (size_t i = 0; i < count; i++) values[i] = (float)gsl_ran_gaussian_ziggurat(rng, sd);
    gsl_rng_free(rng);
    return values;
}

static void assert_near(double found, double expected, double tolerance)
{
    if (!(fabs(found - expected) <= tolerance))
        fail_msg("%.12g, expected %.12g within %g", found, expected, tolerance);
}

/* ---- identification ---- */

static void equal_logits_give_log_classes(void **state)
{
    (void)state;
    float logits[2][8] = {{7, 7, 7, 7, 7, 99, 99, 99}, {-3, -3, -3, -3, -3, 99, 99, 99}};
    const int32_t labels[2] = {0, 4};
    size_t correct = 99;
    double loss = facet_loss_identification(2, 5, 8, logits[0], labels, 3, &correct);
    assert_near(loss, log(5), 1e-7);
    assert_int_equal(correct, 1); /* a tie goes to the lowest index */
    for (size_t i = 0; i < 2; i++)
        for (size_t j = 0; j < 8; j++)
            assert_near(logits[i][j], j >= 5 ? 0 : 1.5 * (0.2 - (labels[i] == (int32_t)j)), 1e-7);
}

static void large_logits_dont_overflow(void **state)
{
    (void)state;
    float logits[3][3] = {{1000, 990, -1000}, {3e38f, -3e38f, 0}, {-2000, -2000, -2040}};
    const int32_t labels[3] = {1, 0, 2};
    size_t correct;
    double loss = facet_loss_identification(3, 3, 3, logits[0], labels, 1, &correct);
    /* log(1 + e^-10) + 10, log 1, log 2 + 40 */
    assert_near(loss, (10 + log1p(exp(-10)) + 0 + 40 + log(2)) / 3, 1e-7);
    assert_int_equal(correct, 1);
    for (size_t i = 0; i < 3; i++)
        for (size_t j = 0; j < 3; j++) assert_true(isfinite(logits[i][j]));
    assert_near(logits[1][0], 0, 0);
}

/* A network that is nearly certain: the loss e^-30 and the gradient -e^-30 keep their digits. */
static void certainty_keeps_its_digits(void **state)
{
    (void)state;
    float logits[2] = {30, 0};
    size_t correct;
    double loss = facet_loss_identification(1, 2, 2, logits, (const int32_t[]){0}, 1, &correct);
    assert_near(loss, log1p(exp(-30)), 1e-6 * exp(-30));
    assert_near(logits[0], -exp(-30), 1e-6 * exp(-30));
    assert_near(logits[1], exp(-30), 1e-6 * exp(-30));
}

static void one_class_costs_nothing(void **state)
{
    (void)state;
    float logits[2] = {-4, 5};
    size_t correct;
    assert_true(facet_loss_identification(2, 1, 1, logits, (const int32_t[2]){0, 0}, 1, &correct) ==
                0);
    assert_int_equal(correct, 2);
    assert_true(logits[0] == 0 && logits[1] == 0);
}

static void a_logit_that_is_not_finite_gives_nan(void **state)
{
    (void)state;
    const float odd[] = {NAN, INFINITY, -INFINITY};
    for (size_t k = 0; k < 3; k++)
        for (size_t where = 0; where < 3; where++) {
            float logits[2][4] = {{1, 2, 3, 9}, {3, 2, 1, 9}};
            size_t correct;
            logits[0][where] = odd[k];
            double loss = facet_loss_identification(2, 3, 4, logits[0], (const int32_t[2]){2, 0}, 1,
                                                    &correct);
            assert_true(isnan(loss));
            assert_int_equal(correct, 1);
            for (size_t j = 0; j < 3; j++) {
                assert_true(isnan(logits[0][j]));
                assert_true(isfinite(logits[1][j]));
            }
            assert_true(logits[0][3] == 0);
        }
}

static double cross_entropy(size_t n, size_t classes, size_t stride, const float *logits,
                            const int32_t *labels, size_t moved, double by)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        double all = 0, own = 0;
        for (size_t j = 0; j < classes; j++) {
            double z = logits[i * stride + j] + (i * stride + j == moved ? by : 0);
            all += exp(z);
            if ((int32_t)j == labels[i]) own = z;
        }
        sum += log(all) - own;
    }
    return sum / (double)n;
}

static void identification_agrees_with_differences(void **state)
{
    (void)state;
    enum { N = 7, CLASSES = 19, STRIDE = 24 };
    const double h = 1e-4, weight = 0.7;
    float *logits = normals(N * STRIDE, 2, 1), before[N * STRIDE];
    int32_t labels[N];
    size_t correct;
    for (size_t i = 0; i < N; i++) labels[i] = (int32_t)(i * 11 % CLASSES);
    memcpy(before, logits, sizeof before);
    double loss = facet_loss_identification(N, CLASSES, STRIDE, logits, labels, weight, &correct);
    assert_near(loss, cross_entropy(N, CLASSES, STRIDE, before, labels, SIZE_MAX, 0), 1e-6);
    for (size_t i = 0; i < N; i++)
        for (size_t j = 0; j < CLASSES; j++) {
            size_t at = i * STRIDE + j;
            double slope = (cross_entropy(N, CLASSES, STRIDE, before, labels, at, h) -
                            cross_entropy(N, CLASSES, STRIDE, before, labels, at, -h)) /
                           (2 * h);
            assert_near(logits[at], weight * slope, 1e-7);
        }
    free(logits);
}

/* ---- verification ---- */

static void verification_of_three_points(void **state)
{
    (void)state;
    /* a and b are one person at distance 5; c is another, 3 from a and 4 from b. */
    const float points[3][2] = {{0, 0}, {3, 4}, {3, 0}};
    const int32_t labels[3] = {8, 8, -1};
    float gradient[3][2] = {{0, 0}, {1, 2}, {0, 0}}, distances[3];
    struct facet_verification v;
    assert_ok(facet_loss_verification(3, 2, points[0], labels, 3.5, 2, gradient[0], distances, &v));
    assert_true(distances[0] == 5 && distances[1] == 3 && distances[2] == 4);
    assert_int_equal(v.genuine_pairs, 1);
    assert_int_equal(v.impostor_pairs, 2);
    assert_int_equal(v.violating, 1);
    assert_near(v.genuine, 12.5, 0);
    assert_near(v.impostor, 0.0625, 0); /* (0.5^2 / 2) / 2 */
    assert_near(v.loss, 6.28125, 0);
    /* genuine: 1/2 (a - b) = (-1.5, -2) to a; impostor a, c: 1/4 (-0.5 / 3) (a - c) to a */
    const float expected[3][2] = {{2 * (-1.5f + 0.125f), -4}, {1 + 3, 2 + 4}, {-0.25f, 0}};
    for (size_t i = 0; i < 3; i++)
        for (size_t k = 0; k < 2; k++) assert_near(gradient[i][k], expected[i][k], 1e-6);
}

static void kinds_without_pairs_count_zero(void **state)
{
    (void)state;
    const float points[2][3] = {{1, 0, 0}, {0, 0, 2}};
    struct facet_verification v = {.loss = -1};
    float gradient[2][3] = {{0}};
    assert_ok(facet_loss_verification(2, 3, points[0], (const int32_t[2]){4, 4}, NAN, 1,
                                      gradient[0], NULL, &v));
    assert_near(v.loss, 1.25, 1e-12); /* no margin is needed without impostors */
    assert_int_equal(v.impostor_pairs, 0);
    assert_ok(facet_loss_verification(2, 3, points[0], (const int32_t[2]){4, 5}, 3, 1, gradient[0],
                                      NULL, &v));
    assert_near(v.loss, (3 - sqrt(5)) * (3 - sqrt(5)) / 4, 1e-12);
    assert_int_equal(v.genuine_pairs, 0);
    memset(gradient, 0, sizeof gradient);
    for (size_t n = 0; n < 2; n++) {
        assert_ok(facet_loss_verification(n, 3, points[0], (const int32_t[2]){4, 5}, 3, 1,
                                          gradient[0], NULL, &v));
        assert_true(v.loss == 0 && v.genuine_pairs == 0 && v.impostor_pairs == 0);
        for (size_t k = 0; k < 6; k++) assert_true(gradient[k / 3][k % 3] == 0);
    }
}

static void points_in_one_place_are_not_pushed(void **state)
{
    (void)state;
    const float points[2][2] = {{1, 2}, {1, 2}};
    float gradient[2][2] = {{0}};
    struct facet_verification v;
    assert_ok(facet_loss_verification(2, 2, points[0], (const int32_t[2]){0, 1}, 2, 1, gradient[0],
                                      NULL, &v));
    assert_near(v.loss, 1, 0);
    assert_int_equal(v.violating, 1);
    for (size_t k = 0; k < 4; k++) assert_true(gradient[k / 2][k % 2] == 0);
    assert_ok(facet_loss_verification(2, 2, points[0], (const int32_t[2]){0, 1}, 0, 1, gradient[0],
                                      NULL, &v));
    assert_true(v.loss == 0 && v.violating == 0);
}

/* Neighbours far from the origin, where float squares of the norms would drown their distance. */
static void small_distances_are_kept(void **state)
{
    (void)state;
    enum { WIDTH = 37 };
    float points[2][WIDTH], gradient[2][WIDTH] = {{0}}, distance;
    struct facet_verification v;
    for (size_t k = 0; k < WIDTH; k++) points[0][k] = points[1][k] = 1000 + (float)k;
    points[1][30] += 0x1p-10f;
    assert_ok(facet_loss_verification(2, WIDTH, points[0], (const int32_t[2]){0, 0}, 1, 1,
                                      gradient[0], &distance, &v));
    assert_true(distance == 0x1p-10f);
    assert_true(gradient[1][30] == 0x1p-11f && gradient[0][30] == -0x1p-11f);
}

static void what_is_not_finite_gives_nan(void **state)
{
    (void)state;
    const float odd[] = {NAN, INFINITY, -INFINITY};
    const int32_t same[3] = {1, 1, 1}, different[3] = {1, 2, 3};
    struct facet_verification v;
    for (size_t k = 0; k < 3; k++)
        for (int kind = 0; kind < 2; kind++) {
            float points[3][2] = {{1, 2}, {3, 4}, {5, 6}}, gradient[3][2] = {{0}};
            points[1][0] = odd[k];
            assert_ok(facet_loss_verification(3, 2, points[0], kind ? same : different, 2, 1,
                                              gradient[0], NULL, &v));
            assert_true(isnan(v.loss));
            assert_true(isnan(gradient[1][0]));
            assert_int_equal(v.violating, 0);
            points[1][0] = 0;
            assert_ok(facet_loss_verification(3, 2, points[0], different, odd[k], 1, gradient[0],
                                              NULL, &v));
            assert_true(isnan(v.loss));
        }
}

static double pairwise(size_t n, size_t width, const float *f, const int32_t *labels, double margin,
                       size_t moved, double by)
{
    double sum[2] = {0, 0}, count[2] = {0, 0};
    for (size_t i = 0; i < n; i++)
        for (size_t j = i + 1; j < n; j++) {
            double square = 0;
            for (size_t k = 0; k < width; k++) {
                double a = f[i * width + k] + (i * width + k == moved ? by : 0);
                double b = f[j * width + k] + (j * width + k == moved ? by : 0);
                square += (a - b) * (a - b);
            }
            int same = labels[i] == labels[j];
            double gap = margin - sqrt(square);
            sum[same] += same ? square / 2 : gap > 0 ? gap * gap / 2 : 0;
            count[same]++;
        }
    return (sum[0] / count[0] + sum[1] / count[1]) / 2;
}

static void verification_agrees_with_differences(void **state)
{
    (void)state;
    enum { N = 9, WIDTH = 21 };
    const double h = 1e-4, margin = 6.3, weight = 0.025;
    float *features = normals(N * WIDTH, 1, 2), gradient[N * WIDTH] = {0};
    const int32_t labels[N] = {3, 3, 5, 5, 5, 0, 7, 7, 1};
    struct facet_verification v;
    assert_ok(
        facet_loss_verification(N, WIDTH, features, labels, margin, weight, gradient, NULL, &v));
    assert_true(v.violating > 3 && v.violating < v.impostor_pairs);
    assert_near(v.loss, pairwise(N, WIDTH, features, labels, margin, SIZE_MAX, 0), 1e-12);
    for (size_t at = 0; at < N * WIDTH; at++) {
        double slope = (pairwise(N, WIDTH, features, labels, margin, at, h) -
                        pairwise(N, WIDTH, features, labels, margin, at, -h)) /
                       (2 * h);
        assert_near(gradient[at], weight * slope, 1e-8);
    }
    free(features);
}

/* One pair a step, genuine and impostor alike often, against the batch: the same expectation. */
static void the_batch_is_the_mean_over_pairs(void **state)
{
    (void)state;
    enum { N = 6, WIDTH = 5 };
    float *features = normals(N * WIDTH, 1, 3), batch[N * WIDTH] = {0};
    double expected[N * WIDTH] = {0}, loss = 0;
    const int32_t labels[N] = {0, 0, 1, 1, 1, 2};
    struct facet_verification v, one;
    assert_ok(facet_loss_verification(N, WIDTH, features, labels, 3, 1, batch, NULL, &v));
    for (size_t i = 0; i < N; i++)
        for (size_t j = i + 1; j < N; j++) {
            float pair[2 * WIDTH], gradient[2 * WIDTH] = {0};
            const int32_t who[2] = {labels[i], labels[j]};
            size_t kind = who[0] == who[1] ? v.genuine_pairs : v.impostor_pairs;
            memcpy(pair, features + i * WIDTH, sizeof(float[WIDTH]));
            memcpy(pair + WIDTH, features + j * WIDTH, sizeof(float[WIDTH]));
            assert_ok(facet_loss_verification(2, WIDTH, pair, who, 3, 1, gradient, NULL, &one));
            /* one.loss is half of eq. 2, and a coin chooses the kind */
            loss += one.loss / (double)kind;
            for (size_t k = 0; k < WIDTH; k++) {
                expected[i * WIDTH + k] += gradient[k] / (double)kind;
                expected[j * WIDTH + k] += gradient[WIDTH + k] / (double)kind;
            }
        }
    assert_near(v.loss, loss, 1e-12);
    for (size_t k = 0; k < N * WIDTH; k++) assert_near(batch[k], expected[k], 1e-6);
    free(features);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_logits_give_log_classes),
        cmocka_unit_test(large_logits_dont_overflow),
        cmocka_unit_test(certainty_keeps_its_digits),
        cmocka_unit_test(one_class_costs_nothing),
        cmocka_unit_test(a_logit_that_is_not_finite_gives_nan),
        cmocka_unit_test(identification_agrees_with_differences),
        cmocka_unit_test(verification_of_three_points),
        cmocka_unit_test(kinds_without_pairs_count_zero),
        cmocka_unit_test(points_in_one_place_are_not_pushed),
        cmocka_unit_test(small_distances_are_kept),
        cmocka_unit_test(what_is_not_finite_gives_nan),
        cmocka_unit_test(verification_agrees_with_differences),
        cmocka_unit_test(the_batch_is_the_mean_over_pairs),
    };
    return cmocka_run_group_tests_name("loss", tests, NULL, NULL);
}
