/* The official lists of LFW, where they are: sizes, folds, and that no person stands in two folds;
 * the identification sets drawn from its images. Usage: test_lfw DATA ($FACET_DATA goes before it);
 * exit status 77 without the data. */
#include "base/check.h"

#include "protocol/identification.h"

enum { PEOPLE = 5749, IMAGES = 13233 };

static char *folder;
static const char *names[IMAGES];
static int32_t person[IMAGES];
static const struct facet_protocol_images images = {IMAGES, names, person, NULL};

/* people.txt: folds, then for each their number and lines "Name images". */
static int list_images(void **state)
{
    (void)state;
    char *path = facet_format("%s/people.txt", folder), line[256], name[200];
    int count, n = 0, who = 0;
    FILE *file = fopen(path, "rb");
    free(path);
    if (file == NULL) return -1;
    while (fgets(line, sizeof line, file) != NULL)
        if (sscanf(line, "%199s\t%d", name, &count) == 2) {
            for (int i = 1; i <= count && n < IMAGES; i++, n++) {
                names[n] = facet_format("lfw-deepfunneled/%s/%s_%04d.jpg", name, name, i);
                person[n] = who;
            }
            who++;
        }
    fclose(file);
    return n == IMAGES && who == PEOPLE ? 0 : -1;
}

static int forget_images(void **state)
{
    (void)state;
    for (int i = 0; i < IMAGES; i++) free((char *)names[i]);
    return 0;
}

static void check_list(const char *name, size_t folds, size_t each)
{
    static int fold_of[PEOPLE];
    size_t count[10][2] = {{0}};
    char *path = facet_format("%s/%s", folder, name);
    struct facet_protocol *p = NULL;
    assert_ok(facet_protocol_read(&p, path, &images, &(struct facet_protocol_options){0}));
    assert_int_equal(p->folds, folds);
    assert_int_equal(p->count, 2 * folds * each);
    assert_int_equal(p->listed, p->count);
    memset(fold_of, 0, sizeof fold_of);
    for (size_t k = 0; k < p->count; k++) {
        count[p->fold[k]][p->same[k]]++;
        const int32_t who[2] = {person[p->first[k]], person[p->second[k]]};
        assert_int_equal(p->same[k], who[0] == who[1]);
        for (int i = 0; i < 2; i++) {
            assert_true(fold_of[who[i]] == 0 || fold_of[who[i]] == p->fold[k] + 1);
            fold_of[who[i]] = p->fold[k] + 1;
        }
    }
    for (size_t f = 0; f < folds; f++) {
        assert_int_equal(count[f][0], each);
        assert_int_equal(count[f][1], each);
    }
    facet_protocol_free(&p);
    free(path);
}

static void view_2(void **state)
{
    (void)state;
    check_list("pairs.txt", 10, 300);
}

static void view_1(void **state)
{
    (void)state;
    check_list("pairsDevTrain.txt", 1, 1100);
    check_list("pairsDevTest.txt", 1, 500);
}

/* The sizes of Best-Rowden et al., and what they are made of. */
static void identification(void **state)
{
    (void)state;
    struct facet_identification *closed = NULL, *open = NULL;
    const struct facet_identification_draw draw = FACET_IDENTIFICATION_LFW;
    static int role[IMAGES]; /* 1: closed gallery, 2: closed probe; 4, 8, 16: open */
    assert_ok(facet_identification_draw(&closed, &open, &images, &draw));
    assert_int_equal(closed->people, 4249);
    assert_int_equal(closed->gallery_count, 4249);
    assert_int_equal(closed->probe_count, 3143);
    assert_int_equal(closed->impostors, 0);
    assert_int_equal(open->people, 596);
    assert_int_equal(open->gallery_count, 596);
    assert_int_equal(open->probe_count, 596 + 9494);
    assert_int_equal(open->impostors, 9494);
    for (size_t i = 0; i < 4249; i++) role[closed->gallery[i]] |= 1;
    for (size_t i = 0; i < 3143; i++) role[closed->probe[i]] |= 2;
    for (size_t i = 0; i < 596; i++) role[open->gallery[i]] |= 4;
    for (size_t i = 0; i < open->probe_count; i++)
        role[open->probe[i]] |= open->probe_person[i] < 0 ? 16 : 8;
    size_t count[32] = {0};
    for (int i = 0; i < IMAGES; i++) count[role[i]]++;
    assert_int_equal(count[1 + 4], 596);
    assert_int_equal(count[2], 3143 - 596);
    assert_int_equal(count[2 + 8], 596);
    assert_int_equal(count[1 + 16], 3653);
    assert_int_equal(count[16], 9494 - 3653);
    facet_identification_free(&closed);
    facet_identification_free(&open);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(view_2),
        cmocka_unit_test(view_1),
        cmocka_unit_test(identification),
    };
    const char *data = getenv("FACET_DATA") != NULL ? getenv("FACET_DATA") : argv[argc - 1];
    folder = facet_format("%s/lfw", data);
    if (folder == NULL || access(folder, R_OK) != 0) {
        printf("skipped: no LFW in %s\n", data);
        free(folder);
        return 77;
    }
    int failed = cmocka_run_group_tests(tests, list_images, forget_images);
    free(folder);
    return failed;
}
