/* Balanced batches. */
#include "people.h"

#include "train/sampler.h"

#include <math.h>

static const size_t few_or_many[] = {1, 2, 4, 9};

enum { MOST = 256 };

/* A manifest, everyone in it trained on, and a sampler. */
struct bench {
    struct facet_manifest *manifest;
    struct facet_split *split;
    struct facet_sampler *sampler;
    size_t images[MOST];
    int32_t labels[MOST];
};

static struct bench begin(size_t people, const size_t *counts, size_t cycle,
                          struct facet_sampler_spec spec, struct facet_split_spec split)
{
    struct bench b = {.manifest = new_people(people, counts, cycle)};
    assert_ok(facet_split_new(&b.split, b.manifest, &split));
    assert_ok(facet_sampler_new(&b.sampler, b.manifest, b.split, &spec));
    return b;
}

static void end(struct bench *b)
{
    facet_sampler_free(&b->sampler);
    facet_sampler_free(&b->sampler);
    facet_split_free(&b->split);
    facet_manifest_free(&b->manifest);
}

static void batches_have_people_and_their_images(void **state)
{
    (void)state;
    enum { PEOPLE = 20, IMAGES = 5 };
    struct bench b = begin(
        100, few_or_many, 4,
        (struct facet_sampler_spec){.seed = 4, .people = PEOPLE, .images = IMAGES, .balance = .5},
        (struct facet_split_spec){.seed = 4, .validation = .1, .joint_bayesian = .1});
    for (uint64_t step = 0; step < 300; step++) {
        int seen[100] = {0};
        facet_sampler_draw(b.sampler, step, b.images, b.labels);
        for (int p = 0; p < PEOPLE; p++) {
            const int32_t label = b.labels[p * IMAGES];
            assert_in_range(label, 0, b.split->train_people - 1);
            assert_int_equal(seen[label]++, 0);
            for (int k = 0; k < IMAGES; k++) {
                size_t image = b.images[p * IMAGES + k], times = 0;
                int32_t person = b.split->person[image];
                assert_int_equal(b.labels[p * IMAGES + k], label);
                assert_int_equal(b.split->label[person], label);
                for (int j = 0; j < IMAGES; j++) times += b.images[p * IMAGES + j] == image;
                size_t count = b.split->counts[person], least = IMAGES / count;
                assert_in_range(times, least > 0 ? least : 1, (IMAGES + count - 1) / count);
            }
        }
    }
    end(&b);
}

static void a_batch_hangs_on_seed_and_step(void **state)
{
    (void)state;
    struct facet_sampler_spec spec = {.seed = 4, .people = 20, .images = 4, .balance = 1};
    struct bench b = begin(100, few_or_many, 4, spec, (struct facet_split_spec){0});
    struct facet_sampler *other = NULL;
    size_t images[MOST];
    int32_t labels[MOST];
    assert_ok(facet_sampler_new(&other, b.manifest, b.split, &spec));
    facet_sampler_draw(b.sampler, 0, images, labels);
    facet_sampler_draw(b.sampler, 1, b.images, b.labels);
    assert_true(memcmp(images, b.images, 80 * sizeof *images) != 0);
    facet_sampler_draw(b.sampler, UINT64_MAX, b.images, b.labels);
    facet_sampler_draw(other, 0, b.images, b.labels);
    assert_memory_equal(images, b.images, 80 * sizeof *images);
    assert_memory_equal(labels, b.labels, 80 * sizeof *labels);
    facet_sampler_free(&other);
    spec.seed = 5;
    assert_ok(facet_sampler_new(&other, b.manifest, b.split, &spec));
    facet_sampler_draw(other, 0, b.images, b.labels);
    assert_true(memcmp(images, b.images, 80 * sizeof *images) != 0);
    facet_sampler_free(&other);
    end(&b);
}

static void people_come_by_their_weights(void **state)
{
    (void)state;
    enum { STEPS = 40000 };
    for (double balance = 0; balance <= 1; balance += .25) {
        struct bench b = begin(
            40, few_or_many, 4,
            (struct facet_sampler_spec){.seed = 11, .people = 1, .images = 1, .balance = balance},
            (struct facet_split_spec){0});
        size_t often[40] = {0};
        double expected[40], sum = 0;
        for (int step = 0; step < STEPS; step++) {
            facet_sampler_draw(b.sampler, (uint64_t)step, b.images, b.labels);
            often[b.labels[0]]++;
        }
        for (int i = 0; i < 4; i++) sum += 10 * pow((double)few_or_many[i], balance);
        for (int i = 0; i < 40; i++)
            expected[i] = STEPS * pow((double)few_or_many[i % 4], balance) / sum;
        assert_fits(often, expected, 40);
        end(&b);
    }
}

/* The chance of i and then j is w_i / W times w_j / (W - w_i). */
static void people_are_not_put_back(void **state)
{
    (void)state;
    enum { STEPS = 40000 };
    struct bench b =
        begin(4, few_or_many, 4,
              (struct facet_sampler_spec){.seed = 2, .people = 2, .images = 1, .balance = 1},
              (struct facet_split_spec){0});
    size_t often[16] = {0}, pairs[12];
    double expected[12];
    for (int step = 0; step < STEPS; step++) {
        facet_sampler_draw(b.sampler, (uint64_t)step, b.images, b.labels);
        often[4 * b.labels[0] + b.labels[1]]++;
    }
    for (int i = 0, cell = 0; i < 4; i++)
        for (int j = 0; j < 4; j++) {
            double first = (double)few_or_many[i], second = (double)few_or_many[j];
            if (i == j) continue;
            pairs[cell] = often[4 * i + j];
            expected[cell++] = STEPS * first / 16 * second / (16 - first);
        }
    assert_fits(pairs, expected, 12);
    end(&b);
}

static void a_batch_may_hold_everyone(void **state)
{
    (void)state;
    static const size_t uneven[] = {1, 200, 1, 1, 37};
    struct bench b = begin(100, uneven, 5,
                           (struct facet_sampler_spec){.people = 100, .images = 2, .balance = .7},
                           (struct facet_split_spec){0});
    for (uint64_t step = 0; step < 200; step++) {
        int seen[100] = {0};
        facet_sampler_draw(b.sampler, step, b.images, b.labels);
        for (int i = 0; i < 200; i++) seen[b.labels[i]]++;
        for (int i = 0; i < 100; i++) assert_int_equal(seen[i], 2);
    }
    end(&b);
}

/* Three of four images of one person: 24 orders, all alike often. Four places for three images: all
 * three in each of 6 orders, then any of them. */
static void images_come_in_every_order(void **state)
{
    (void)state;
    enum { STEPS = 20000 };
    static const size_t counts[] = {4, 3};
    struct bench b =
        begin(2, counts, 2, (struct facet_sampler_spec){.seed = 1, .people = 2, .images = 4},
              (struct facet_split_spec){0});
    size_t four[256] = {0}, three[81] = {0}, cells[24];
    double expected[24];
    for (int step = 0; step < STEPS; step++) {
        facet_sampler_draw(b.sampler, (uint64_t)step, b.images, b.labels);
        int at[2] = {0};
        for (int i = 0; i < 8; i++) {
            const char *name = b.manifest->images[b.images[i]]; /* p000_2.jpg */
            int base = b.labels[i] == 0 ? 4 : 3;
            at[b.labels[i]] = at[b.labels[i]] * base + name[5] - '0';
        }
        four[at[0]]++;
        three[at[1]]++;
    }
    size_t n = 0;
    for (int i = 0; i < 256; i++)
        if (four[i] > 0) {
            assert_in_range(n, 0, 23);
            expected[n] = STEPS / 24.0;
            cells[n++] = four[i];
        }
    assert_int_equal(n, 24);
    assert_fits(cells, expected, 24);
    n = 0;
    for (int i = 0; i < 81; i++)
        if (three[i] > 0) {
            assert_in_range(n, 0, 17);
            expected[n] = STEPS / 18.0;
            cells[n++] = three[i];
        }
    assert_int_equal(n, 18);
    assert_fits(cells, expected, 18);
    end(&b);
}

static void impossible_batches_are_refused(void **state)
{
    (void)state;
    struct bench b =
        begin(10, few_or_many, 4, (struct facet_sampler_spec){.people = 1, .images = 1},
              (struct facet_split_spec){0});
    struct facet_manifest *other = new_people(9, few_or_many, 4);
    struct facet_sampler *s = NULL;
    static const struct {
        struct facet_sampler_spec spec;
        const char *message;
    } cases[] = {
        {{.people = 0, .images = 2}, "a batch of 0 people with 2 images each"},
        {{.people = 2, .images = 0}, "a batch of 2 people with 0 images each"},
        {{.people = 11, .images = 2}, "a batch of 11 people, but only 10 are trained on"},
        {{.people = 8, .images = SIZE_MAX / 4}, "is too large"},
        {{.people = 2, .images = 2, .balance = -.5}, "balance -0.5, expected 0 to 1"},
        {{.people = 2, .images = 2, .balance = NAN}, "balance nan, expected 0 to 1"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_fails(facet_sampler_new(&s, b.manifest, b.split, &cases[i].spec), FACET_EINVAL,
                     cases[i].message);
        assert_null(s);
    }
    assert_fails(facet_sampler_new(&s, other, b.split, &(struct facet_sampler_spec){0, 1, 1, 0}),
                 FACET_EINVAL, "people.tsv: 33 images, but the split is one of 35");
    facet_manifest_free(&other);
    end(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(batches_have_people_and_their_images, enter_scratch,
                                        leave_scratch),
        cmocka_unit_test_setup_teardown(a_batch_hangs_on_seed_and_step, enter_scratch,
                                        leave_scratch),
        cmocka_unit_test_setup_teardown(people_come_by_their_weights, enter_scratch, leave_scratch),
        cmocka_unit_test_setup_teardown(people_are_not_put_back, enter_scratch, leave_scratch),
        cmocka_unit_test_setup_teardown(a_batch_may_hold_everyone, enter_scratch, leave_scratch),
        cmocka_unit_test_setup_teardown(images_come_in_every_order, enter_scratch, leave_scratch),
        cmocka_unit_test_setup_teardown(impossible_batches_are_refused, enter_scratch,
                                        leave_scratch),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
