/* Who is trained on, who validates, who is kept for Joint Bayesian. */
#include "people.h"

#include "train/split.h"

static const size_t to_four[] = {1, 2, 3, 4};

static struct facet_split *draw(const struct facet_manifest *m, struct facet_split_spec spec)
{
    struct facet_split *split = NULL;
    assert_ok(facet_split_new(&split, m, &spec));
    return split;
}

static int has_role(const struct facet_split *s, const char *name, enum facet_role role)
{
    for (size_t i = 0; i < s->people; i++)
        if (strcmp(s->names[i], name) == 0) return s->roles[i] == role;
    fail_msg("nobody is called %s", name);
    return 0;
}

static void shares_are_met_exactly(void **state)
{
    (void)state;
    struct facet_manifest *m = new_people(200, to_four, 4);
    struct facet_split *s =
        draw(m, (struct facet_split_spec){.seed = 1, .validation = .1, .joint_bayesian = .15});
    static const size_t people[FACET_ROLES] = {150, 20, 30, 0};
    assert_int_equal(s->people, 200);
    assert_int_equal(s->images, 500);
    assert_int_equal(s->train_people, 150);
    size_t images = 0;
    for (int r = 0; r < FACET_ROLES; r++) {
        assert_int_equal(s->role_people[r], people[r]);
        images += s->role_images[r];
    }
    assert_int_equal(images, 500);
    int32_t label = 0;
    for (size_t i = 0; i < s->people; i++) {
        char name[32];
        snprintf(name, sizeof name, "p%03zu", i);
        assert_string_equal(s->names[i], name);
        assert_int_equal(s->counts[i], to_four[i % 4]);
        if (s->counts[i] == 1) assert_int_equal(s->roles[i], FACET_ROLE_TRAIN);
        assert_int_equal(s->label[i], s->roles[i] == FACET_ROLE_TRAIN ? label++ : -1);
    }
    for (size_t i = 0; i < m->count; i++)
        assert_string_equal(s->names[s->person[i]], m->identities[i]);
    facet_split_free(&s);
    facet_split_free(&s);
    facet_manifest_free(&m);
    m = new_people(10, to_four, 4); /* 2.5 of them, rounded up */
    s = draw(m, (struct facet_split_spec){.validation = .25});
    assert_int_equal(s->role_people[FACET_ROLE_VALIDATION], 3);
    facet_split_free(&s);
    facet_manifest_free(&m);
}

static void everyone_has_the_same_chance(void **state)
{
    (void)state;
    const size_t two = 2;
    struct facet_manifest *m = new_people(10, &two, 1);
    size_t validates[10] = {0}, kept[10] = {0}, stays[10] = {0};
    double often[10];
    for (int i = 0; i < 10; i++) often[i] = 2000 * .3;
    for (uint64_t seed = 0; seed < 2000; seed++) {
        struct facet_split *s =
            draw(m, (struct facet_split_spec){
                        .seed = seed, .validation = .3, .joint_bayesian = .3, .limit_people = 3});
        for (size_t i = 0; i < 10; i++) {
            validates[i] += s->roles[i] == FACET_ROLE_VALIDATION;
            kept[i] += s->roles[i] == FACET_ROLE_JOINT_BAYESIAN;
            stays[i] += s->roles[i] == FACET_ROLE_TRAIN;
        }
        facet_split_free(&s);
    }
    assert_fits(validates, often, 10);
    assert_fits(kept, often, 10);
    assert_fits(stays, often, 10);
    facet_manifest_free(&m);
}

static void roles_hang_on_seed_and_name(void **state)
{
    (void)state;
    struct facet_split_spec spec = {.seed = 7, .validation = .1, .joint_bayesian = .2};
    struct facet_manifest *m = new_people(200, to_four, 4), *more = new_people(240, to_four, 4);
    struct facet_split *a = draw(m, spec), *b = draw(m, spec);
    assert_memory_equal(a->roles, b->roles, 200);
    facet_split_free(&b);
    spec.seed = 8;
    b = draw(m, spec);
    assert_true(memcmp(a->roles, b->roles, 200) != 0);
    facet_split_free(&b);
    /* Forty more people: 24 instead of 20 validate. Whoever did stays close to it. */
    spec.seed = 7;
    b = draw(more, spec);
    assert_int_equal(b->role_people[FACET_ROLE_VALIDATION], 24);
    size_t moved = 0, swapped = 0;
    for (size_t i = 0; i < 200; i++) {
        moved += a->roles[i] != b->roles[i];
        swapped += a->roles[i] + b->roles[i] == FACET_ROLE_VALIDATION + FACET_ROLE_JOINT_BAYESIAN;
    }
    assert_in_range(moved, 0, 12);
    assert_int_equal(swapped, 0);
    facet_split_free(&b);
    /* The same forty, on the exclude list: nobody moves. */
    FILE *file = fopen("forty.txt", "wb");
    for (int i = 200; i < 240; i++) fprintf(file, "p%d\n", i);
    fclose(file);
    spec.exclude = "forty.txt";
    b = draw(more, spec);
    assert_memory_equal(a->roles, b->roles, 200);
    for (size_t i = 200; i < 240; i++) assert_int_equal(b->roles[i], FACET_ROLE_EXCLUDED);
    assert_int_equal(b->exclude_names, 40);
    assert_int_equal(b->exclude_found, 40);
    facet_split_free(&b);
    facet_split_free(&a);
    facet_manifest_free(&m);
    facet_manifest_free(&more);
}

static void less_data_keeps_the_other_roles(void **state)
{
    (void)state;
    struct facet_split_spec spec = {.seed = 3, .validation = .1, .joint_bayesian = .15};
    struct facet_manifest *m = new_people(200, to_four, 4);
    struct facet_split *all = draw(m, spec);
    spec.limit_people = 60;
    struct facet_split *sixty = draw(m, spec);
    spec.limit_people = 25;
    struct facet_split *few = draw(m, spec);
    assert_int_equal(sixty->train_people, 60);
    assert_int_equal(few->train_people, 25);
    for (size_t i = 0; i < 200; i++) {
        if (all->roles[i] != FACET_ROLE_TRAIN) {
            assert_int_equal(sixty->roles[i], all->roles[i]);
            assert_int_equal(few->roles[i], all->roles[i]);
        }
        if (few->label[i] >= 0) assert_true(sixty->label[i] >= 0);
    }
    facet_split_free(&few);
    spec.limit_people = 0;
    spec.min_images = 3;
    few = draw(m, spec);
    for (size_t i = 0; i < 200; i++) {
        int left = all->roles[i] == FACET_ROLE_TRAIN && all->counts[i] < 3;
        assert_int_equal(few->roles[i], left ? FACET_ROLE_EXCLUDED : all->roles[i]);
    }
    facet_split_free(&few);
    facet_split_free(&sixty);
    facet_split_free(&all);
    facet_manifest_free(&m);
}

static void excluded_names_match_exactly(void **state)
{
    (void)state;
    struct facet_manifest *m = new_people(6, to_four, 4);
    put_file("who.txt", "\xef\xbb\xbf"
                        "p001\r\n\np00\np0033\nP004\np005\ta note\n p002\n");
    struct facet_split *s = draw(m, (struct facet_split_spec){.exclude = "who.txt"});
    assert_int_equal(s->exclude_names, 6);
    assert_int_equal(s->exclude_found, 2);
    assert_int_equal(s->role_people[FACET_ROLE_EXCLUDED], 2);
    assert_true(has_role(s, "p001", FACET_ROLE_EXCLUDED));
    assert_true(has_role(s, "p005", FACET_ROLE_EXCLUDED));
    facet_split_free(&s);
    put_file("who.txt", "nobody");
    s = draw(m, (struct facet_split_spec){.exclude = "who.txt"});
    assert_int_equal(s->exclude_names, 1);
    assert_int_equal(s->exclude_found, 0);
    assert_int_equal(s->train_people, 6);
    facet_split_free(&s);
    facet_manifest_free(&m);
}

static void images_of_nobody_are_asked_for(void **state)
{
    (void)state;
    struct facet_manifest *m = NULL;
    struct facet_split *s = NULL;
    struct facet_split_spec spec = {.seed = 1};
    put_file("m.tsv", "image\tidentity\n1\tA\n2\tNA\n3\tB\n4\tNA\n5\tA\n");
    assert_ok(facet_manifest_read(&m, "m.tsv", NULL));
    assert_fails(facet_split_new(&s, m, &spec), FACET_EFORMAT,
                 "m.tsv: 2 of 5 images have no identity, the first is 2");
    spec.allow_unlabelled = 1;
    assert_ok(facet_split_new(&s, m, &spec));
    static const int32_t person[] = {0, -1, 1, -1, 0};
    assert_memory_equal(s->person, person, sizeof person);
    assert_int_equal(s->unlabelled, 2);
    assert_int_equal(s->people, 2);
    facet_split_free(&s);
    facet_manifest_free(&m);
    put_file("m.tsv", "image\n1\n2\n");
    assert_ok(facet_manifest_read(&m, "m.tsv", NULL));
    assert_fails(facet_split_new(&s, m, &spec), FACET_EFORMAT, "m.tsv: has no column identity");
    assert_fails(facet_split_read(&s, m, "s.tsv", 1), FACET_EFORMAT, "has no column identity");
    assert_null(s);
    facet_manifest_free(&m);
}

static void impossible_splits_are_refused(void **state)
{
    (void)state;
    struct facet_manifest *m = new_people(8, to_four, 4), *one = new_people(1, to_four, 4);
    struct facet_split *s = NULL;
    put_file("empty.txt", "\n\n");
    put_file("most.txt", "p000\np001\np002\np003\np004\np005\np006\n");
    static const struct {
        struct facet_split_spec spec;
        int code;
        const char *message;
    } cases[] = {
        {{.validation = -.1}, FACET_EINVAL, "share of validation people -0.1, expected 0 to 1"},
        {{.joint_bayesian = 1.5}, FACET_EINVAL, "share of Joint Bayesian people 1.5"},
        {{.validation = .6, .joint_bayesian = .5}, FACET_EINVAL, "0.6 + 0.5"},
        {{.validation = .15},
         FACET_EINVAL,
         "people.tsv: a share of 0.15 of 8 people comes to 1 for validation, expected at least 2"},
        {{.joint_bayesian = .01}, FACET_EINVAL, "of 8 people comes to 0 for Joint Bayesian"},
        {{.validation = .5, .joint_bayesian = .375},
         FACET_EINVAL,
         "people.tsv: 4 validation and 3 Joint Bayesian people need two images each, but 6 of 8"},
        {{.min_images = 5}, FACET_EINVAL, "people.tsv: 0 of 8 people are left to train on"},
        {{.limit_people = 1}, FACET_EINVAL, "people.tsv: 1 of 8 people are left to train on"},
        {{.limit_people = 9}, FACET_EINVAL, "limit of 9 people to train on, but there are 8"},
        {{.exclude = "most.txt"}, FACET_EINVAL, "1 of 8 people are left"},
        {{.exclude = "absent.txt"}, FACET_EIO, "absent.txt: No such file"},
        {{.exclude = "/"}, FACET_EIO, "/: cannot read line 1"},
        {{.exclude = "empty.txt"}, FACET_EFORMAT, "empty.txt: names nobody"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_fails(facet_split_new(&s, m, &cases[i].spec), cases[i].code, cases[i].message);
        assert_null(s);
    }
    assert_fails(facet_split_new(&s, one, &(struct facet_split_spec){0}), FACET_EINVAL,
                 "1 of 1 people are left to train on, expected at least 2");
    facet_manifest_free(&m);
    facet_manifest_free(&one);
}

static void tables_hold_the_split(void **state)
{
    (void)state;
    struct facet_manifest *m = new_people(200, to_four, 4);
    struct facet_provenance *run = NULL;
    struct facet_split *back = NULL;
    struct facet_split *s =
        draw(m, (struct facet_split_spec){
                    .seed = 5, .validation = .1, .joint_bayesian = .15, .min_images = 2});
    assert_ok(facet_provenance_new(&run, "test", 1, (char *[]){"test"}));
    assert_ok(facet_split_write(s, "split.tsv", run));
    assert_ok(facet_split_read(&back, m, "split.tsv", 0));
    assert_int_equal(back->people, s->people);
    assert_memory_equal(back->roles, s->roles, 200);
    assert_memory_equal(back->label, s->label, 200 * sizeof *s->label);
    assert_memory_equal(back->person, s->person, m->count * sizeof *s->person);
    assert_memory_equal(back->role_images, s->role_images, sizeof s->role_images);
    assert_int_equal(back->train_people, s->train_people);
    facet_split_free(&back);
    facet_split_free(&s);
    facet_manifest_free(&m);
    m = new_people(4, to_four, 4);
    put_file("mine.tsv", "role\tidentity\ntrain\tp003\nexcluded\tp000\ntrain\tp001\n"
                         "joint_bayesian\tp002\n");
    assert_ok(facet_split_read(&s, m, "mine.tsv", 0));
    assert_ok(facet_split_write(s, "split.tsv", run));
    char *text = get_file("split.tsv");
    assert_string_equal(text, "identity\trole\timages\tlabel\np000\texcluded\t1\tNA\n"
                              "p001\ttrain\t2\t0\np002\tjoint_bayesian\t3\tNA\n"
                              "p003\ttrain\t4\t1\n");
    free(text);
    facet_provenance_free(&run);
    facet_split_free(&s);
    facet_manifest_free(&m);
}

static void broken_tables_say_where(void **state)
{
    (void)state;
    struct facet_manifest *m = new_people(4, to_four, 4);
    struct facet_split *s = NULL;
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"identity\nA\n", "s.tsv:1: no column role"},
        {"role\ntrain\n", "s.tsv:1: no column identity"},
        {"identity\trole\np000\ttrain\nEve\ttrain\n",
         "s.tsv:3: nobody in the manifest is called Eve"},
        {"identity\trole\np000\ttrain\np001\ttrain\np000\texcluded\n",
         "s.tsv:4: p000 is listed twice (first in line 2)"},
        {"identity\trole\np000\tTrain\n", "s.tsv:2: role is \"Train\", expected one of train, "
                                          "validation, joint_bayesian, excluded"},
        {"identity\trole\np003\ttrain\np000\ttrain\n",
         "s.tsv: 2 of the 4 people of the manifest are not listed, the first is p001"},
        {"identity\trole\np000\ttrain\np001\tvalidation\np002\tvalidation\np003\texcluded\n",
         "s.tsv: 1 of 4 people are left to train on"},
        {"identity\trole\np000\ttrain\np001\tvalidation\np002\ttrain\np003\ttrain\n",
         "s.tsv: 1 validation people with 2 images make no pairs"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        put_file("s.tsv", cases[i].text);
        assert_fails(facet_split_read(&s, m, "s.tsv", 0), FACET_EFORMAT, cases[i].message);
        assert_null(s);
    }
    assert_fails(facet_split_read(&s, m, "absent.tsv", 0), FACET_EIO, "absent.tsv: No such file");
    facet_manifest_free(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(shares_are_met_exactly, enter_scratch, leave_scratch),
        cmocka_unit_test_setup_teardown(everyone_has_the_same_chance, enter_scratch, leave_scratch),
        cmocka_unit_test_setup_teardown(roles_hang_on_seed_and_name, enter_scratch, leave_scratch),
        cmocka_unit_test_setup_teardown(less_data_keeps_the_other_roles, enter_scratch,
                                        leave_scratch),
        cmocka_unit_test_setup_teardown(excluded_names_match_exactly, enter_scratch, leave_scratch),
        cmocka_unit_test_setup_teardown(images_of_nobody_are_asked_for, enter_scratch,
                                        leave_scratch),
        cmocka_unit_test_setup_teardown(impossible_splits_are_refused, enter_scratch,
                                        leave_scratch),
        cmocka_unit_test_setup_teardown(tables_hold_the_split, enter_scratch, leave_scratch),
        cmocka_unit_test_setup_teardown(broken_tables_say_where, enter_scratch, leave_scratch),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
