/* Pairs of held-out people, their accuracy, active neurons: closed forms and what is refused.
 * Values are compared with numpy and scipy in test_validate.py. */
#include "base/check.h"

#include "train/validate.h"

#include <math.h>

static struct facet_validate_pairs *draw(size_t n, const int32_t *person, size_t count,
                                         size_t folds, uint64_t seed)
{
    struct facet_validate_pairs *pairs = NULL;
    assert_ok(facet_validate_pairs(&pairs, n, person, count, folds, seed));
    return pairs;
}

/* What must hold for any pairs. */
static void check_pairs(const struct facet_validate_pairs *pairs, size_t n, const int32_t *person)
{
    size_t kinds[2] = {0, 0}, in[2][256] = {{0}};
    for (size_t p = 0; p < pairs->count; p++) {
        size_t a = pairs->images[p][0], b = pairs->images[p][1];
        assert_true(a < b && b < n);
        assert_true(person[a] >= 0 && person[b] >= 0);
        assert_int_equal(person[a] == person[b], pairs->same[p]);
        assert_true(pairs->fold[p] < pairs->folds);
        kinds[pairs->same[p]]++;
        in[pairs->same[p]][pairs->fold[p]]++;
        for (size_t q = 0; q < p; q++)
            assert_false(pairs->images[q][0] == a && pairs->images[q][1] == b);
    }
    assert_int_equal(kinds[0], kinds[1]);
    for (int kind = 0; kind < 2; kind++)
        for (size_t f = 0; f < pairs->folds; f++) {
            assert_true(in[kind][f] >= kinds[kind] / pairs->folds);
            assert_true(in[kind][f] <= (kinds[kind] + pairs->folds - 1) / pairs->folds);
        }
}

static void pairs_are_distinct_and_dealt_evenly(void **state)
{
    (void)state;
    enum { N = 200 };
    int32_t person[N];
    for (int i = 0; i < N; i++) /* person 0 has 81 images, others one to five, some are unknown */
        person[i] = i % 5 < 2 ? 0 : i % 7 == 0 ? -1 : 3 * (i * i % 41) + 1;
    const size_t counts[] = {2, 3, 10, 25, 100, 700};
    for (size_t c = 0; c < sizeof counts / sizeof counts[0]; c++)
        for (size_t folds = 2; folds < 12; folds += 3) {
            if (folds > counts[c]) continue;
            struct facet_validate_pairs *pairs = draw(N, person, counts[c], folds, c);
            struct facet_validate_pairs *again = draw(N, person, counts[c], folds, c);
            struct facet_validate_pairs *other = draw(N, person, counts[c], folds, c + 1000);
            assert_int_equal(pairs->count, 2 * counts[c]);
            check_pairs(pairs, N, person);
            assert_memory_equal(pairs->images, again->images, pairs->count * sizeof(size_t[2]));
            assert_memory_not_equal(pairs->images, other->images, pairs->count * sizeof(size_t[2]));
            facet_validate_pairs_free(&pairs);
            facet_validate_pairs_free(&again);
            facet_validate_pairs_free(&other);
            assert_null(pairs);
            facet_validate_pairs_free(&pairs);
        }
}

/* 2 people x 3 images: 6 genuine and 9 impostor pairs. */
static void all_pairs_there_are(void **state)
{
    (void)state;
    const int32_t person[7] = {4, 9, 4, 9, -1, 9, 4};
    for (uint64_t seed = 0; seed < 20; seed++) {
        struct facet_validate_pairs *pairs = draw(7, person, 1000, 2, seed);
        assert_int_equal(pairs->count, 12);
        check_pairs(pairs, 7, person);
        facet_validate_pairs_free(&pairs);
    }
    /* the impostors are fewer: 9 of 1 x 9, 36 genuine */
    const int32_t uneven[10] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 2};
    struct facet_validate_pairs *pairs = draw(10, uneven, 1000, 3, 1);
    assert_int_equal(pairs->count, 18);
    check_pairs(pairs, 10, uneven);
    facet_validate_pairs_free(&pairs);
}

/* Genuine pairs go round the people: 3 with 2 images (1 pair), 2 with 4 images (6), 1 with 10. */
static void people_have_their_turns(void **state)
{
    (void)state;
    const int32_t person[24] = {0, 0, 1, 1, 2, 2, 3, 3, 3, 3, 4, 4,
                                4, 4, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5};
    const size_t expected[][6] = {
        {1, 1, 1, 1, 1, 1}, {1, 1, 1, 2, 2, 2}, {1, 1, 1, 6, 6, 6}, {1, 1, 1, 6, 6, 20}};
    const size_t counts[] = {6, 9, 21, 35};
    for (size_t c = 0; c < 4; c++) {
        size_t turns[6] = {0};
        struct facet_validate_pairs *pairs = draw(24, person, counts[c], 2, 3);
        check_pairs(pairs, 24, person);
        for (size_t p = 0; p < pairs->count; p++)
            if (pairs->same[p]) turns[person[pairs->images[p][0]]]++;
        assert_memory_equal(turns, expected[c], sizeof turns);
        facet_validate_pairs_free(&pairs);
    }
    size_t second[6] = {0}; /* who of 3, 4 and 5 has a second turn is left to chance */
    for (uint64_t seed = 0; seed < 30; seed++) {
        size_t turns[6] = {0};
        struct facet_validate_pairs *pairs = draw(24, person, 7, 2, seed);
        for (size_t p = 0; p < pairs->count; p++)
            if (pairs->same[p]) turns[person[pairs->images[p][0]]]++;
        for (size_t who = 0; who < 6; who++) second[who] += turns[who] == 2;
        facet_validate_pairs_free(&pairs);
    }
    assert_int_equal(second[3] + second[4] + second[5], 30);
    assert_true(second[3] > 2 && second[4] > 2 && second[5] > 2);
}

/* 1 image of a, 2 of b, 100 of c: a third of 6 impostor pairs is of a and b, though they are 2 of
 * 302 possible ones. */
static void pairs_of_people_have_their_turns(void **state)
{
    (void)state;
    int32_t person[103] = {0, 1, 1};
    for (int i = 3; i < 103; i++) person[i] = 2;
    struct facet_validate_pairs *pairs = draw(103, person, 6, 2, 3);
    size_t seen[4] = {0};
    for (size_t p = 0; p < pairs->count; p++)
        if (!pairs->same[p]) seen[person[pairs->images[p][0]] + person[pairs->images[p][1]]]++;
    assert_true(seen[1] == 2 && seen[2] == 2 && seen[3] == 2);
    facet_validate_pairs_free(&pairs);
}

static void what_is_refused(void **state)
{
    (void)state;
    struct facet_validate_pairs *pairs = NULL;
    const int32_t one[5] = {3, 3, 3, 3, 3}, none[3] = {-1, -1, -1}, singles[4] = {1, 2, 3, 4},
                  some[4] = {1, 1, 2, 2};
    assert_fails(facet_validate_pairs(&pairs, 5, one, 10, 2, 1), FACET_EINVAL,
                 "1 people in 5 images: 10 pairs of one person and 0 of two, 0 of each");
    assert_fails(facet_validate_pairs(&pairs, 4, singles, 10, 2, 1), FACET_EINVAL,
                 "4 people in 4 images: 0 pairs of one person and 6 of two");
    assert_fails(facet_validate_pairs(&pairs, 3, none, 10, 2, 1), FACET_EINVAL, "0 people");
    assert_fails(facet_validate_pairs(&pairs, 0, NULL, 10, 2, 1), FACET_EINVAL, "0 people");
    assert_fails(facet_validate_pairs(&pairs, 4, some, 10, 3, 1), FACET_EINVAL,
                 "2 of each to be drawn, expected one in each of 3 folds");
    assert_fails(facet_validate_pairs(&pairs, 4, some, 0, 2, 1), FACET_EINVAL, "0 of each");
    assert_fails(facet_validate_pairs(&pairs, 4, some, 2, 1, 1), FACET_EINVAL, "1 folds");
    assert_fails(facet_validate_pairs(&pairs, 4, some, 2, 256, 1), FACET_EINVAL, "256 folds");
    assert_null(pairs);
}

/* ---- accuracy ---- */

/* Four pairs of one number each in two folds: (0, d). */
static struct facet_validate_pairs by_hand(size_t (*images)[2], uint8_t *same, uint8_t *fold,
                                           size_t count, size_t folds)
{
    return (struct facet_validate_pairs){count, images, same, fold, folds};
}

static void the_threshold_comes_from_the_other_fold(void **state)
{
    (void)state;
    size_t images[6][2] = {{0, 1}, {0, 2}, {0, 3}, {0, 4}, {0, 5}, {0, 6}};
    uint8_t same[6] = {1, 1, 0, 1, 1, 0}, fold[6] = {0, 0, 0, 1, 1, 1};
    const float values[7] = {0, 1, 2, 9, 3, 5.5f, 8};
    struct facet_validate_pairs pairs = by_hand(images, same, fold, 6, 2);
    double accuracy, sd;
    /* fold 0 gives 5.5, which rejects 5.5 of fold 1: 2/3; fold 1 gives 6.75, right on fold 0 */
    assert_ok(facet_validate_accuracy(&pairs, values, 1, FACET_DISTANCE_EUCLIDEAN, &accuracy, &sd));
    assert_true(fabs(accuracy - 5 / 6.) < 1e-15);
    assert_true(fabs(sd - sqrt(2) / 6) < 1e-15);
    fold[3] = fold[4] = fold[5] = 0;
    assert_fails(
        facet_validate_accuracy(&pairs, values, 1, FACET_DISTANCE_EUCLIDEAN, &accuracy, &sd),
        FACET_EINVAL, "fold 1 has no pairs");
    pairs.folds = 1;
    assert_fails(
        facet_validate_accuracy(&pairs, values, 1, FACET_DISTANCE_EUCLIDEAN, &accuracy, &sd),
        FACET_EINVAL, "1 folds");
}

/* Directions tell people apart that lengths mix up; a zero vector is as far as a right angle. */
static void cosine_sees_directions(void **state)
{
    (void)state;
    enum { N = 12 };
    int32_t person[N];
    float features[N][3] = {{0}};
    double accuracy, sd;
    for (int i = 0; i < N; i++) {
        person[i] = i % 3;
        features[i][i % 3] = (float)pow(10, i / 3);
    }
    struct facet_validate_pairs *pairs = draw(N, person, 18, 3, 4);
    assert_int_equal(pairs->count, 36);
    assert_ok(
        facet_validate_accuracy(pairs, features[0], 3, FACET_DISTANCE_COSINE, &accuracy, &sd));
    assert_true(accuracy == 1 && sd == 0);
    assert_ok(
        facet_validate_accuracy(pairs, features[0], 3, FACET_DISTANCE_EUCLIDEAN, &accuracy, &sd));
    assert_true(accuracy < 0.9 && sd >= 0);
    memset(features, 0, sizeof features); /* all alike: nothing but chance */
    for (int how = 0; how < 2; how++) {
        assert_ok(facet_validate_accuracy(pairs, features[0], 3, (enum facet_distance)how,
                                          &accuracy, &sd));
        assert_true(accuracy == 0.5 && sd == 0);
    }
    facet_validate_pairs_free(&pairs);

    size_t images[4][2] = {{0, 1}, {1, 2}, {0, 1}, {1, 2}}; /* zero to x, x to x and y */
    uint8_t same[4] = {0, 1, 0, 1}, fold[4] = {0, 0, 1, 1};
    const float points[3][2] = {{0, 0}, {1, 0}, {1e-20f, 1e-20f}};
    struct facet_validate_pairs few = by_hand(images, same, fold, 4, 2);
    assert_ok(facet_validate_accuracy(&few, points[0], 2, FACET_DISTANCE_COSINE, &accuracy, &sd));
    assert_true(accuracy == 1);
}

static void a_feature_that_is_not_finite_is_named(void **state)
{
    (void)state;
    const int32_t person[4] = {0, 0, 1, 1};
    const float odd[] = {NAN, INFINITY, -INFINITY};
    struct facet_validate_pairs *pairs = draw(4, person, 2, 2, 1);
    double accuracy = 7, sd = 7;
    for (size_t k = 0; k < 3; k++)
        for (int zero = 0; zero < 2; zero++)
            for (int how = 0; how < 2; how++) {
                float features[4][2] = {{1, 2}, {2, 1}, {3, 4}, {4, 3}};
                if (zero) memset(features, 0, sizeof features);
                features[2][1] = odd[k];
                assert_fails(facet_validate_accuracy(pairs, features[0], 2,
                                                     (enum facet_distance)how, &accuracy, &sd),
                             FACET_EFORMAT, "image 2 has a feature that is not finite");
            }
    assert_true(accuracy == 7 && sd == 7);
    facet_validate_pairs_free(&pairs);
}

/* ---- activity ---- */

static void active_neurons(void **state)
{
    (void)state;
    const float features[3][5] = {
        {1, 0, -2, 3, NAN}, {1e-30f, 0, 4, -0.0f, NAN}, {5, 0, 0, 6, INFINITY}};
    double active, sd;
    size_t dead, always_on;
    facet_validate_activity(3, 5, features[0], &active, &sd, &dead, &always_on);
    assert_true(fabs(active - 7 / 15.) < 1e-15); /* 2, 2 and 3 of 5 */
    assert_true(fabs(sd - sqrt(1 / 3.) / 5) < 1e-15);
    assert_int_equal(dead, 1);
    assert_int_equal(always_on, 1);
    facet_validate_activity(1, 5, features[0], &active, &sd, &dead, &always_on);
    assert_true(active == 0.4 && isnan(sd) && dead == 3 && always_on == 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pairs_are_distinct_and_dealt_evenly),
        cmocka_unit_test(all_pairs_there_are),
        cmocka_unit_test(people_have_their_turns),
        cmocka_unit_test(pairs_of_people_have_their_turns),
        cmocka_unit_test(what_is_refused),
        cmocka_unit_test(the_threshold_comes_from_the_other_fold),
        cmocka_unit_test(cosine_sees_directions),
        cmocka_unit_test(a_feature_that_is_not_finite_is_named),
        cmocka_unit_test(active_neurons),
    };
    return cmocka_run_group_tests_name("validate", tests, NULL, NULL);
}
