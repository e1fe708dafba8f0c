/* Galleries and probes: from tables, drawn, and across conditions. */
#include "base/check.h"

#include "protocol/identification.h"

/* ---- tables ---- */

static const char *const faces[] = {"set/Ann/1.jpg", "set/Ann/2.jpg", "set/Bob/1.jpg",
                                    "set/Bob/2.jpg", "set/Cy/1.jpg",  "old/Cy/1.jpg"};

enum { FACES = sizeof faces / sizeof *faces };

static const struct facet_protocol_images images = {FACES, faces, NULL, NULL};

static struct facet_identification *read_lists(const char *gallery, const char *probes,
                                               const struct facet_protocol_images *among,
                                               int allow_missing)
{
    struct facet_identification *set = NULL;
    put_file("gallery", gallery);
    put_file("probes", probes);
    assert_ok(facet_identification_read(&set, "gallery", "probes", among, allow_missing));
    return set;
}

#define HEAD "image\tidentity\n"

static void tables(void **state)
{
    (void)state;
    const char *gallery = "identity\timage\r\nBob\tBob/1.jpg\r\nAnn\tset/Ann/2.jpg\r\n"
                          "Bob\tBob/2.jpg\r\n";
    struct facet_identification *set =
        read_lists(gallery, HEAD "set/Cy/1.jpg\tCy\nAnn/1.jpg\tAnn\n", &images, 0);
    assert_int_equal(set->people, 2);
    const uint32_t rows[] = {1, 2, 3}, probes[] = {0, 4};
    const int32_t people[] = {0, 1, 1}, probe_people[] = {0, -1};
    assert_int_equal(set->gallery_count, 3);
    assert_memory_equal(set->gallery, rows, sizeof rows);
    assert_memory_equal(set->gallery_person, people, sizeof people);
    assert_int_equal(set->probe_count, 2);
    assert_memory_equal(set->probe, probes, sizeof probes);
    assert_memory_equal(set->probe_person, probe_people, sizeof probe_people);
    assert_int_equal(set->impostors, 1);
    assert_int_equal(set->dropped, 0);
    facet_identification_free(&set);
    assert_null(set);
    facet_identification_free(&set);
    const uint8_t missing[FACES] = {0, 0, 1, 0, 0, 0};
    struct facet_protocol_images holes = images;
    holes.missing = missing;
    set = read_lists(gallery, HEAD "Zoe/1.jpg\tZoe\nAnn/1.jpg\tAnn\n", &holes, 1);
    assert_int_equal(set->gallery_count, 2);
    assert_int_equal(set->probe_count, 1);
    assert_int_equal(set->dropped, 2);
    facet_identification_free(&set);
    assert_fails(facet_identification_read(&set, "gallery", "probes", &holes, 0), FACET_EFORMAT,
                 "gallery:2: Bob/1.jpg has no activations");
}

static void tables_malformed(void **state)
{
    (void)state;
    static const char *const cases[][3] = {
        {"", HEAD, "gallery: empty: expected a header row"},
        {"image\tname\n", HEAD, "gallery:1: no column identity"},
        {HEAD "Ann/1.jpg\n", HEAD, "gallery:2: 1 fields"},
        {HEAD, HEAD, "gallery: lists no image that is there (0 dropped)"},
        {HEAD "Ann/1.jpg\tAnn\n", HEAD, "probes: lists no image that is there"},
        {HEAD "Ann/1.jpg\tNA\n", HEAD, "gallery:2: no identity"},
        {HEAD "Ann/1.jpg\t\n", HEAD, "gallery:2: no identity"},
        {HEAD "Ann/3.jpg\tAnn\n", HEAD, "gallery:2: Ann/3.jpg is not among the images"},
        {HEAD "Ann/1.jpg\tAnn\nCy/1.jpg\tCy\n", HEAD, "gallery:3: Cy/1.jpg could be old/Cy/1.jpg"},
        {HEAD "Ann/1.jpg\tAnn\nBob/1.jpg\tBob\nset/Ann/1.jpg\tBob\n", HEAD "Ann/2.jpg\tAnn\n",
         "gallery:4: set/Ann/1.jpg is listed twice (first in line 2)"},
        {HEAD "Ann/1.jpg\tAnn\n", HEAD "Ann/2.jpg\tAnn\nAnn/1.jpg\tAnn\n",
         "probes:3: set/Ann/1.jpg is in gallery, too"},
    };
    struct facet_identification *set = NULL;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        put_file("gallery", cases[i][0]);
        put_file("probes", cases[i][1]);
        assert_fails(facet_identification_read(&set, "gallery", "probes", &images, 0),
                     FACET_EFORMAT, cases[i][2]);
        assert_null(set);
    }
}

/* ---- drawn ---- */

enum { MANY = 400 };

static const char *many_names[MANY];
static int32_t many_people[MANY];
static uint8_t many_missing[MANY];

/* Persons 0 .. 39 with 1 to 8 images (5 each of 1, .. 8), then 100 with one; the rest is unknown.
 */
static struct facet_protocol_images crowd(void)
{
    int n = 0;
    for (int i = 0; i < MANY; i++) {
        many_names[i] = "";
        many_people[i] = -1;
    }
    for (int who = 0; who < 140; who++)
        for (int i = 0; i < (who < 40 ? 1 + who % 8 : 1); i++) many_people[n++ * 7 % MANY] = who;
    return (struct facet_protocol_images){MANY, many_names, many_people, many_missing};
}

static void drawn_sets_fit_together(void **state)
{
    (void)state;
    struct facet_protocol_images all = crowd();
    size_t drawn[140] = {0}, distracted[140] = {0};
    for (uint64_t seed = 0; seed < 50; seed++) {
        struct facet_identification *closed = NULL, *open = NULL;
        const struct facet_identification_draw draw = {12, 50, 60, seed};
        int role[MANY] = {0}, of[140] = {0};
        assert_ok(facet_identification_draw(&closed, &open, &all, &draw));
        assert_int_equal(closed->people, 72);
        assert_int_equal(closed->gallery_count, 72);
        assert_int_equal(closed->probe_count, 50);
        assert_int_equal(open->gallery_count, 12);
        assert_int_equal(open->probe_count, 12 + open->impostors);
        assert_int_equal(open->impostors, 5 * 36 + 100 - 12 - 50);
        assert_int_equal(closed->dropped, MANY - 280);
        for (size_t i = 0; i < open->gallery_count; i++) {
            assert_int_equal(of[many_people[open->gallery[i]]], 0); /* nobody twice */
            of[many_people[open->gallery[i]]] = open->gallery_person[i] + 1;
            role[open->gallery[i]] = 1;
            drawn[many_people[open->gallery[i]]]++;
        }
        for (size_t i = 0; i < closed->gallery_count; i++) {
            int32_t who = many_people[closed->gallery[i]];
            assert_true(of[who] > 0 ? role[closed->gallery[i]] == 1 : who >= 40 || who % 8 == 0);
            distracted[who] += of[who] == 0;
        }
        for (size_t i = 0; i < closed->probe_count; i++) {
            assert_int_equal(role[closed->probe[i]], 0);
            role[closed->probe[i]] = 2;
            assert_true(of[many_people[closed->probe[i]]] > 0);
        }
        for (size_t i = 0; i < open->probe_count; i++) {
            const int32_t who = many_people[open->probe[i]];
            assert_int_equal(open->probe_person[i], of[who] - 1);
            assert_int_equal(role[open->probe[i]], of[who] > 0 ? 2 : 0);
            role[open->probe[i]] = 3;
        }
        facet_identification_free(&closed);
        facet_identification_free(&open);
    }
    for (int who = 0; who < 140; who++) { /* everybody has a turn: 17 and 29 are expected */
        int one = who >= 40 || who % 8 == 0;
        assert_true(one ? drawn[who] == 0 && distracted[who] > 9
                        : drawn[who] > 1 && distracted[who] == 0);
    }
}

static void draws_are_repeatable(void **state)
{
    (void)state;
    struct facet_protocol_images all = crowd();
    struct facet_identification *closed[3] = {NULL}, *open[3] = {NULL};
    for (int i = 0; i < 3; i++) {
        const struct facet_identification_draw draw = {10, 0, 0, i < 2 ? 5 : 6};
        assert_ok(facet_identification_draw(&closed[i], &open[i], &all, &draw));
        assert_int_equal(open[i]->probe_count - 10 + closed[i]->probe_count + 10, 280);
    }
    assert_memory_equal(open[0]->gallery, open[1]->gallery, 10 * sizeof(uint32_t));
    assert_memory_equal(open[0]->probe, open[1]->probe, open[0]->probe_count * sizeof(uint32_t));
    assert_memory_not_equal(open[0]->gallery, open[2]->gallery, 10 * sizeof(uint32_t));
    for (int i = 0; i < 3; i++) {
        facet_identification_free(&closed[i]);
        facet_identification_free(&open[i]);
    }
}

static void draws_that_cannot_be(void **state)
{
    (void)state;
    struct facet_protocol_images all = crowd();
    struct facet_identification *closed = NULL, *open = NULL;
    static const struct facet_identification_draw draws[] = {
        {36, 0, 0, 1}, {0, 0, 0, 1}, {5, 0, 106, 1}, {35, 141, 0, 1}, {2, 15, 0, 1}};
    static const char *const why[] = {
        "35 people have two images or more, 36 asked for", "35 people have two images or more, 0",
        "105 people have one image, 106 asked for", "no draw of 35 people with 141 images",
        "no draw of 2 people with 15 images besides one each was found (-1)"};
    for (size_t i = 0; i < sizeof draws / sizeof *draws; i++)
        assert_fails(facet_identification_draw(&closed, &open, &all, &draws[i]), FACET_EINVAL,
                     why[i]);
    all.identity = NULL;
    assert_fails(facet_identification_draw(&closed, &open, &all, &draws[2]), FACET_EINVAL,
                 "0 people have two images");
    assert_true(closed == NULL && open == NULL);
}

/* ---- conditions ---- */

static void conditions(void **state)
{
    (void)state;
    static const char *const paths[] = {
        "db/NI/Strong/P001/Anger/000.jpeg", "db/NI/Strong/P001/Anger/001.jpeg",
        "db/VL/Strong/P001/Anger/000.jpeg", "db/NI/Dark/P001/Fear/000.jpeg",
        "db/VL/Strong/P010/Fear/000.jpeg",  "db/NI/Strong/P010/000.jpeg",
        "db/NI/Strong/P002/Joy/000.jpeg",   "db/NI/Strong/000.jpeg",
        "db/XNI/Strong/P003/000.jpeg",      "db/NI/Stronger/P003/000.jpeg"};
    const struct facet_protocol_images oulu = {10, paths, NULL, NULL};
    struct facet_identification *set = NULL;
    assert_ok(facet_identification_conditions(&set, &oulu, "VL/Strong", "NI/Strong", 0, 0));
    const uint32_t gallery[] = {2, 4}, probes[] = {0, 1, 5, 6};
    const int32_t people[] = {0, 1}, probe_people[] = {0, 0, 1, -1};
    assert_int_equal(set->gallery_count, 2);
    assert_memory_equal(set->gallery, gallery, sizeof gallery);
    assert_memory_equal(set->gallery_person, people, sizeof people);
    assert_int_equal(set->probe_count, 4);
    assert_memory_equal(set->probe, probes, sizeof probes);
    assert_memory_equal(set->probe_person, probe_people, sizeof probe_people);
    facet_identification_free(&set);
    size_t first = 0;
    for (uint64_t seed = 0; seed < 40; seed++) { /* one of two images of P001 */
        assert_ok(facet_identification_conditions(&set, &oulu, "NI/Strong", "VL/Strong", 1, seed));
        assert_int_equal(set->gallery_count, 3);
        assert_int_equal(set->impostors, 0);
        first += set->gallery[0] == 0;
        facet_identification_free(&set);
    }
    assert_true(first > 5 && first < 35);
    assert_fails(facet_identification_conditions(&set, &oulu, "NI/Strong", "VL", 0, 0),
                 FACET_EINVAL, "VL/<person>/ are all of one person, Strong");
    assert_fails(facet_identification_conditions(&set, &oulu, "VL/Weak", "NI", 0, 0), FACET_EINVAL,
                 "no image lies in VL/Weak/<person>/");
    assert_fails(facet_identification_conditions(&set, &oulu, "Strong", "NI/Strong", 0, 0),
                 FACET_EINVAL, "000.jpeg is in both Strong and NI/Strong");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tables),
        cmocka_unit_test(tables_malformed),
        cmocka_unit_test(drawn_sets_fit_together),
        cmocka_unit_test(draws_are_repeatable),
        cmocka_unit_test(draws_that_cannot_be),
        cmocka_unit_test(conditions),
    };
    return cmocka_run_group_tests(tests, enter_scratch, leave_scratch);
}
