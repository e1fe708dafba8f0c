/* Verification protocols of every format, as they should be and as they should not. */
#include "base/check.h"

#include "protocol/names.h"
#include "protocol/pairs.h"

static const char *const faces[] = {"set/Ann/Ann_0001.jpg", "set/Ann/Ann_0002.jpg",
                                    "set/Bob/Bob_0001.jpg", "set/Bob/Bob_0002.jpg",
                                    "set/Cy/Cy_0001.jpg",   "set/Cy/Cy_0002.jpg",
                                    "set/Cy/Cy_0003.jpg",   "a/same.jpg",
                                    "b/same.jpg",           "set/BigAnn/Ann_0001.jpg"};
static const int32_t people[] = {0, 0, 1, 1, 2, 2, 2, 3, -1, 4};

enum { FACES = sizeof faces / sizeof *faces };

static const struct facet_protocol_images images = {FACES, faces, people, NULL};
static const struct facet_protocol_options strict = {0, 0, 0}, lenient = {1, 0, 0};

static struct facet_protocol *read_text(const char *text, const struct facet_protocol_options *how)
{
    struct facet_protocol *p = NULL;
    put_file("list", text);
    assert_ok(facet_protocol_read(&p, "list", &images, how));
    return p;
}

/* Reading fails, and the message is "list", `text` after it. */
static void refuses_as(const struct facet_protocol_options *how, const char *list, const char *text)
{
    struct facet_protocol *p = NULL;
    char expected[256];
    put_file("list", list);
    snprintf(expected, sizeof expected, "list%s", text);
    assert_fails(facet_protocol_read(&p, "list", &images, how), FACET_EFORMAT, expected);
    assert_null(p);
}

static void refuses(const char *list, const char *text)
{
    refuses_as(&strict, list, text);
}

static void check_pair(const struct facet_protocol *p, size_t k, uint32_t first, uint32_t second,
                       int same, int fold, size_t line)
{
    assert_int_equal(p->first[k], first);
    assert_int_equal(p->second[k], second);
    assert_int_equal(p->same[k], same);
    assert_int_equal(p->fold[k], fold);
    assert_int_equal(p->line[k], line);
}

/* ---- names ---- */

static void names_are_found_by_their_end(void **state)
{
    (void)state;
    const char *const paths[] = {"x/a/1.jpg", "a/1.jpg",   "y/a/1.jpg", "xa/1.jpg", "z/b/1.jpg",
                                 "1.jpg",     "q/c/2.jpg", "r/c/2.jpg", "twice",    "twice"};
    struct facet_names *names;
    assert_ok(facet_names_new(&names, paths, 10, 0));
    struct facet_match m = facet_names_find(names, "a/1.jpg"); /* exactly, though others end so */
    assert_true(m.count == 1 && m.rows[0] == 1 && m.other == NULL);
    m = facet_names_find(names, "1.jpg");
    assert_true(m.count == 1 && m.rows[0] == 5 && m.other == NULL);
    m = facet_names_find(names, "b/1.jpg");
    assert_true(m.count == 1 && m.rows[0] == 4 && m.other == NULL);
    m = facet_names_find(names, "c/2.jpg");
    assert_string_equal(m.image, "q/c/2.jpg");
    assert_string_equal(m.other, "r/c/2.jpg");
    assert_non_null(facet_names_find(names, "twice").other);
    const char *const none[] = {"", "jpg", ".jpg", "/1.jpg", "w/x/a/1.jpg", "zz", "a/2.jpg"};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        assert_int_equal(facet_names_find(names, none[i]).count, 0);
    facet_names_free(&names);
    assert_ok(facet_names_new(&names, paths, 10, 1));
    m = facet_names_find(names, "b");
    assert_true(m.count == 1 && m.rows[0] == 4 && m.other == NULL);
    assert_null(facet_names_find(names, "a").other);
    assert_non_null(facet_names_find(names, "c").other);
    assert_int_equal(facet_names_find(names, "1.jpg").count, 0);
    facet_names_free(&names);
    assert_ok(facet_names_new(&names, paths, 0, 0));
    assert_int_equal(facet_names_find(names, "a").count, 0);
    facet_names_free(&names);
    assert_null(names);
}

/* ---- LFW ---- */

static void lfw_view_2(void **state)
{
    (void)state;
    struct facet_protocol *p = read_text("2\t1\nAnn\t1\t2\nAnn\t1\tBob\t2\n"
                                         "Cy\t3\t1\nBob\t1\tCy\t2\n",
                                         &strict);
    assert_int_equal(p->count, 4);
    assert_int_equal(p->listed, 4);
    assert_int_equal(p->folds, 2);
    assert_int_equal(p->groups, 0);
    assert_int_equal(p->missing_count, 0);
    assert_int_equal(p->fold_number[1], 2);
    check_pair(p, 0, 0, 1, 1, 0, 2);
    check_pair(p, 1, 0, 3, 0, 0, 3);
    check_pair(p, 2, 6, 4, 1, 1, 4);
    check_pair(p, 3, 2, 5, 0, 1, 5);
    facet_protocol_free(&p);
    assert_null(p);
    facet_protocol_free(&p);
}

static void lfw_view_1_with_crlf(void **state)
{
    (void)state;
    struct facet_protocol *p = read_text("2\r\nAnn\t1\t2\r\nCy\t1\t2\r\nAnn\t1\tBob\t2\r\n"
                                         "Ann\t2\tBob\t2\r\n\r\n\r\n",
                                         &strict);
    assert_int_equal(p->count, 4);
    assert_int_equal(p->folds, 1);
    check_pair(p, 3, 1, 3, 0, 0, 5);
    facet_protocol_free(&p);
}

static void lfw_malformed(void **state)
{
    (void)state;
    refuses("", ": empty: expected pairs");
    refuses("\n\n", ": empty: expected pairs");
    refuses("1\nAnn\t1\t2\n", ":2: ends after 1 pairs, but its first line promises 2");
    refuses("2\t1\nAnn\t1\t2\nAnn\t1\tBob\t2\n", ":3: ends after 2 pairs, but its first line prom");
    refuses("1\nAnn\t1\t2\nAnn\t1\tBob\t2\nAnn\t1\tBob\t1\n", ":4: goes on");
    refuses("1\nAnn\t1\t2\n\nAnn\t1\tBob\t2\n", ":3: an empty line");
    refuses("1\nAnn\t1\t2\nAnn\t1\tBob\n", ":3: 3 fields, expected a pair of two people");
    refuses("1\nAnn\t1\t2\nAnn\t1\tBo", ":3: 3 fields, expected a pair of two people");
    refuses("1\nAnn\t1\tBob\t2\nAnn\t1\t2\n", ":2: 4 fields, expected a pair of one person");
    refuses("1\nAnn 1 2\nAnn 1 Bob 2\n", ":2: 1 fields, expected a pair of one person");
    refuses("1\nAnn\t1\t0\n", ":2: image number: 0 is outside 1 to 9999");
    refuses("1\nAnn\t1\t10000\n", ":2: image number: 10000 is outside");
    refuses("1\nAnn\tone\t2\n", ":2: image number: \"one\" is not a whole number");
    refuses("1\nAnn\t1\t\n", ":2: image number: \"\" is not a whole number");
    refuses("1\n\t1\t2\n", ":2: a name is empty");
    refuses("1\nAnn\t1\t3\n", ":2: Ann/Ann_0003.jpg is not among the images");
    refuses("1\nZoe\t1\t2\n", ":2: Zoe/Zoe_0001.jpg is not among the images");
    refuses("1\nAnn\t1\t1\n", ":2: a pair of Ann/Ann_0001.jpg with itself");
    refuses("1\nAnn\t1\t2\nAnn\t1\tAnn\t2\n", ":3: both images are of Ann");
    refuses("2\nAnn\t1\t2\nAnn\t2\t1\nAnn\t1\tBob\t2\nAnn\t1\tBob\t1\n",
            ":3: the pair of line 2 ag");
    refuses("1\t2\t3\n", ":1: 3 fields, expected folds and pairs");
    refuses("0\t5\n", ":1: folds: 0 is outside 1 to 256");
    refuses("257\t5\n", ":1: folds: 257 is outside");
    refuses("0\n", ":1: pairs of a kind in a fold: 0 is outside");
    refuses("10\t\n", ":1: pairs of a kind in a fold: \"\"");
    refuses("ten\t300\nAnn\t1\t2\n", ":1: no column image_a in the header row (it has: ten, 300)");
    struct facet_protocol *p = NULL;
    assert_fails(facet_protocol_read(&p, "absent", &images, &strict), FACET_EIO, "absent: No such");
}

static void missing_is_counted_where_allowed(void **state)
{
    (void)state;
    const char *list = "2\nAnn\t1\t2\nZoe\t1\t2\nAnn\t1\tBob\t2\nAnn\t2\tZoe\t1\n";
    refuses(list, ":3: Zoe/Zoe_0001.jpg is not among the images");
    struct facet_protocol *p = read_text(list, &lenient);
    assert_int_equal(p->count, 2);
    assert_int_equal(p->listed, 4);
    assert_int_equal(p->missing_count, 2);
    assert_string_equal(p->missing[0], "Zoe/Zoe_0001.jpg");
    assert_string_equal(p->missing[1], "Zoe/Zoe_0002.jpg");
    check_pair(p, 1, 0, 3, 0, 0, 4);
    facet_protocol_free(&p);
    refuses_as(&lenient, "1\nZoe\t1\t2\nAnn\t1\tBob\t2\n",
               ": fold 1 has 0 genuine and 1 impostor pairs (1 of 2 pairs dropped)");
    refuses_as(&lenient, "2\t1\nAnn\t1\t2\nAnn\t1\tBob\t2\nZoe\t1\t2\nZoe\t1\tYul\t2\n",
               ": fold 2 has 0 genuine and 0 impostor pairs (2 of 4 pairs dropped)");
}

enum { SOME = 500, ALL = 900, LINES = 300000 };

/* Pairs (0, 1), (0, 2), .. of images 0 .. ALL - 1. */
static void put_long_list(const char *end)
{
    FILE *list = fopen("list", "w");
    assert_non_null(list);
    fputs("image_a\timage_b\tsame\tfold\n", list);
    for (int k = 0, i = 0, j = 1; k < LINES; k++) {
        fprintf(list, "%03d.jpg\t%03d.jpg\t%d\t%d\n", i, j, k % 3 == 0, 7 - k % 5);
        if (++j == ALL) j = ++i + 1;
    }
    fputs(end, list);
    assert_int_equal(fclose(list), 0);
}

/* More pairs than memory should hold, and many names of images that aren't there. */
static void long_lists_are_read(void **state)
{
    static char names[SOME][16];
    const char *paths[SOME];
    struct facet_protocol *p = NULL;
    (void)state;
    for (int i = 0; i < SOME; i++) {
        snprintf(names[i], sizeof *names, "%03d.jpg", i);
        paths[i] = names[i];
    }
    const struct facet_protocol_images some = {SOME, paths, NULL, NULL};
    put_long_list("003.jpg\t001.jpg\t1\t7\n");
    assert_fails(facet_protocol_read(&p, "list", &some, &strict), FACET_EFORMAT,
                 "list:501: 500.jpg is not among the images");
    assert_fails(facet_protocol_read(&p, "list", &some, &lenient), FACET_EFORMAT,
                 "list:300002: the pair of line 902 again");
    put_long_list("");
    assert_ok(facet_protocol_read(&p, "list", &some, &lenient));
    assert_int_equal(p->listed, LINES);
    assert_int_equal(p->missing_count, ALL - SOME);
    assert_string_equal(p->missing[0], "500.jpg");
    assert_string_equal(p->missing[ALL - SOME - 1], "899.jpg");
    assert_int_equal(p->folds, 5);
    assert_int_equal(p->fold_number[0], 3);
    size_t k = 0;
    for (uint32_t line = 2, i = 0, j = 1; line < LINES + 2; line++) {
        if (i < SOME && j < SOME) {
            assert_true(k < p->count && p->first[k] == i && p->second[k] == j);
            assert_true(p->line[k] == line && p->same[k] == ((line - 2) % 3 == 0) &&
                        p->fold[k] == 4 - (line - 2) % 5);
            k++;
        }
        if (++j == ALL) j = ++i + 1;
    }
    assert_int_equal(p->count, k);
    facet_protocol_free(&p);
}

static void rows_without_activations_are_missing(void **state)
{
    (void)state;
    uint8_t missing[FACES] = {0, 1};
    const struct facet_protocol_images holes = {FACES, faces, people, missing};
    struct facet_protocol *p = NULL;
    put_file("list", "2\nAnn\t1\t2\nCy\t1\t2\nAnn\t1\tBob\t2\nAnn\t2\tBob\t1\n");
    assert_fails(facet_protocol_read(&p, "list", &holes, &strict), FACET_EFORMAT,
                 "list:2: Ann/Ann_0002.jpg has no activations");
    assert_ok(facet_protocol_read(&p, "list", &holes, &lenient));
    assert_int_equal(p->count, 2);
    assert_int_equal(p->missing_count, 1);
    facet_protocol_free(&p);
}

/* ---- tables ---- */

#define HEAD "image_a\timage_b\tsame\tfold\n"

static void table_with_folds(void **state)
{
    (void)state;
    struct facet_protocol *p = read_text("fold\tsame\timage_b\tnote\timage_a\n"
                                         "7\t1\tset/Ann/Ann_0001.jpg\tx\tAnn_0002.jpg\n"
                                         "3\t0\tb/same.jpg\ty\tset/Cy/Cy_0001.jpg\n"
                                         "3\t1\tCy_0002.jpg\ty\tCy_0003.jpg\n"
                                         "7\t0\ta/same.jpg\tx\tb/same.jpg\n",
                                         &strict);
    assert_int_equal(p->folds, 2);
    assert_int_equal(p->fold_number[0], 3);
    assert_int_equal(p->fold_number[1], 7);
    check_pair(p, 0, 1, 0, 1, 1, 2);
    check_pair(p, 1, 4, 8, 0, 0, 3);
    check_pair(p, 3, 8, 7, 0, 1, 5);
    facet_protocol_free(&p);
    p = read_text("image_a\timage_b\tsame\r\nCy_0001.jpg\tCy_0002.jpg\t1\r\n"
                  "Cy_0001.jpg\tBob_0001.jpg\t0\r\n",
                  &strict);
    assert_int_equal(p->folds, 1);
    assert_int_equal(p->count, 2);
    facet_protocol_free(&p);
}

static void table_malformed(void **state)
{
    (void)state;
    refuses("image_a\timage_b\tsam\n", ":1: no column same");
    refuses("image_a\tsame\n", ":1: no column image_b");
    refuses(HEAD, ": lists no pairs");
    refuses(HEAD "Cy_0001.jpg\tCy_0002.jpg\t1\n", ":2: 3 fields, but the header row has 4");
    refuses(HEAD "Cy_0001.jpg\tCy_0002.jpg\tyes\t1\n", ":2: same: \"yes\" is not a whole number");
    refuses(HEAD "Cy_0001.jpg\tCy_0002.jpg\t2\t1\n", ":2: same: 2 is outside 0 to 1");
    refuses(HEAD "Cy_0001.jpg\tCy_0002.jpg\t1\t-1\n", ":2: fold: -1 is outside");
    refuses(HEAD "Cy_0001.jpg\tCy_0002.jpg\t1\tNA\n", ":2: fold: \"NA\" is not a whole number");
    refuses(HEAD "Cy_0001.jpg\tCy_0004.jpg\t1\t1\n", ":2: Cy_0004.jpg is not among the images");
    refuses(HEAD "Cy_0001.jpg\t\t1\t1\n", ":2:  is not among the images");
    refuses(HEAD "Cy_0001.jpg\tsame.jpg\t0\t1\n", ":2: same.jpg could be a/same.jpg or b/same.jpg");
    refuses(HEAD "Cy_0001.jpg\tAnn_0001.jpg\t0\t1\n", ":2: Ann_0001.jpg could be");
    refuses(HEAD "Cy_0001.jpg\tCy/Cy_0001.jpg\t1\t1\n", ":2: a pair of Cy_0001.jpg with itself");
    refuses(HEAD "Cy_0001.jpg\tBob_0001.jpg\t1\t1\n",
            ":2: Cy_0001.jpg and Bob_0001.jpg are listed as one person");
    refuses(HEAD "Cy_0001.jpg\tCy_0002.jpg\t0\t1\n",
            ":2: Cy_0001.jpg and Cy_0002.jpg are listed as two people");
    refuses(HEAD "Cy_0001.jpg\tCy_0002.jpg\t1\t5\n", ": fold 5 has 1 genuine and 0 impostor pairs");
    refuses(HEAD "Cy_0001.jpg\tCy_0002.jpg\t1\t1\nCy_0001.jpg\tBob_0001.jpg\t0\t1\n"
                 "Cy_0001.jpg\tCy_0002.jpg\t1\t2\nCy_0001.jpg\tBob_0002.jpg\t0\t2\n",
            ":4: the pair of line 2 again");
    char *many = facet_alloc(1, 300 * 64, "list");
    int at = sprintf(many, "%s", HEAD);
    for (int f = 0; f < 257; f++) at += sprintf(many + at, "Cy_0001.jpg\tCy_0002.jpg\t1\t%d\n", f);
    refuses(many, ":258: fold 256 is the 257th, expected at most 256");
    free(many);
}

/* ---- videos ---- */

enum { VIDEOS = 4, FRAMES = 30 };

static char frame_names[VIDEOS * FRAMES][32];
static const char *frames[VIDEOS * FRAMES];
static int32_t frame_people[VIDEOS * FRAMES];

/* Ann/0, Ann/1, Bob/0, Cy/5 with 30 frames each, out of order. */
static struct facet_protocol_images video_images(void)
{
    static const char *const folder[VIDEOS] = {"db/Ann/0", "db/Ann/1", "db/Bob/0", "db/Cy/5"};
    static const int32_t person[VIDEOS] = {0, 0, 1, 2};
    for (int i = 0; i < VIDEOS * FRAMES; i++) {
        int video = i * 7 % VIDEOS;
        snprintf(frame_names[i], sizeof *frame_names, "%s/%d.jpg", folder[video], i);
        frames[i] = frame_names[i];
        frame_people[i] = person[video];
    }
    return (struct facet_protocol_images){VIDEOS * FRAMES, frames, frame_people, NULL};
}

#define SPLITS "split number, first name, second name, is same\n"

static void check_group(const struct facet_protocol *p, size_t group, const char *folder,
                        size_t count)
{
    assert_int_equal(p->start[group + 1] - p->start[group], count);
    for (size_t i = p->start[group]; i < p->start[group + 1]; i++) {
        assert_int_equal(strncmp(frames[p->rows[i]], folder, strlen(folder)), 0);
        assert_true(i == p->start[group] || p->rows[i] > p->rows[i - 1]);
    }
}

static void videos_are_groups(void **state)
{
    (void)state;
    struct facet_protocol_images all = video_images();
    struct facet_protocol *p = NULL, *again = NULL;
    put_file("list", SPLITS "1, Ann/0, Ann/1, 1\n1, Ann/1, Bob/0, 0\r\n");
    assert_ok(facet_protocol_read(&p, "list", &all, &strict));
    assert_int_equal(p->groups, 3);
    check_pair(p, 0, 0, 1, 1, 0, 2);
    check_pair(p, 1, 1, 2, 0, 0, 3);
    check_group(p, 0, "db/Ann/0/", FRAMES);
    check_group(p, 1, "db/Ann/1/", FRAMES);
    check_group(p, 2, "db/Bob/0/", FRAMES);
    assert_true(p->group_identity[0] == 0 && p->group_identity[2] == 1);
    facet_protocol_free(&p);
    struct facet_protocol_options few = {0, 4, 11};
    assert_ok(facet_protocol_read(&p, "list", &all, &few));
    check_group(p, 2, "db/Bob/0/", 4);
    put_file("list", SPLITS "1, Bob/0, Ann/1, 0\n1, Ann/0, Ann/1, 1\n"); /* another order */
    assert_ok(facet_protocol_read(&again, "list", &all, &few));
    assert_memory_equal(p->rows + p->start[2], again->rows, 4 * sizeof *p->rows);
    facet_protocol_free(&again);
    few.seed++;
    assert_ok(facet_protocol_read(&again, "list", &all, &few));
    assert_memory_not_equal(p->rows + p->start[2], again->rows, 4 * sizeof *p->rows);
    facet_protocol_free(&again);
    facet_protocol_free(&p);
}

static void videos_malformed(void **state)
{
    (void)state;
    struct facet_protocol_images all = video_images();
    uint8_t missing[VIDEOS * FRAMES] = {0};
    static const char *const cases[][2] = {
        {SPLITS, "list: lists no pairs"},
        {SPLITS "1, Ann/0, Ann/1\n", "list:2: 3 fields, expected 4"},
        {SPLITS "x, Ann/0, Ann/1, 1\n", "list:2: split number: \"x\" is not a whole number"},
        {SPLITS "1, Ann/0, Ann/1, 3\n", "list:2: is same: 3 is outside 0 to 1"},
        {SPLITS "1, Ann/0, Ann/2, 1\n", "list:2: Ann/2 is not among the images"},
        {SPLITS "1, Ann/0, 0, 1\n", "list:2: 0 could be db/"},
        {SPLITS "1, Ann/0, Ann/0, 1\n", "list:2: a pair of Ann/0 with itself"},
        {SPLITS "1, Ann/0, Bob/0, 1\n", "list:2: Ann/0 and Bob/0 are listed as one person"},
        {SPLITS "1, Ann/0, Ann/1, 1\n", "list: fold 1 has 1 genuine and 0 impostor pairs"},
        {SPLITS "1, Ann/0, Ann/1, 1\n1, Ann/0, Bob/0, 0\n1, Ann/1, Ann/0, 1\n",
         "list:4: the pair of line 2 again"},
    };
    struct facet_protocol *p = NULL;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        put_file("list", cases[i][0]);
        assert_fails(facet_protocol_read(&p, "list", &all, &strict), FACET_EFORMAT, cases[i][1]);
    }
    put_file("list", SPLITS "1, Ann/0, Ann/1, 1\n1, Ann/0, Bob/0, 0\n1, Ann/0, Cy/5, 0\n");
    all.missing = missing;
    for (int i = 0; i < VIDEOS * FRAMES; i++)
        missing[i] = strncmp(frames[i], "db/Cy", 5) == 0 || i < 8;
    assert_fails(facet_protocol_read(&p, "list", &all, &strict), FACET_EFORMAT,
                 "list:4: Cy/5 has no frame with activations");
    assert_ok(facet_protocol_read(&p, "list", &all, &lenient));
    assert_int_equal(p->count, 2);
    assert_int_equal(p->groups, 3);
    assert_string_equal(p->missing[0], "Cy/5");
    check_group(p, 0, "db/Ann/0/", FRAMES - 2);
    facet_protocol_free(&p);
    frame_people[VIDEOS * FRAMES - 4] = 9; /* of Ann/0 */
    assert_fails(facet_protocol_read(&p, "list", &all, &lenient), FACET_EFORMAT,
                 "list:2: Ann/0 has frames of several identities");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_found_by_their_end),
        cmocka_unit_test(lfw_view_2),
        cmocka_unit_test(lfw_view_1_with_crlf),
        cmocka_unit_test(lfw_malformed),
        cmocka_unit_test(missing_is_counted_where_allowed),
        cmocka_unit_test(long_lists_are_read),
        cmocka_unit_test(rows_without_activations_are_missing),
        cmocka_unit_test(table_with_folds),
        cmocka_unit_test(table_malformed),
        cmocka_unit_test(videos_are_groups),
        cmocka_unit_test(videos_malformed),
    };
    return cmocka_run_group_tests(tests, enter_scratch, leave_scratch);
}
