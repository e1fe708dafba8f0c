#include "targets/targets.h"

#include "base/nearest.h"
#include "base/rng.h"
#include "stats/quantile.h"

#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* People of the file, by number. */
struct person {
    const char *name;
    size_t images, number;
};

struct build {
    struct facet_acts *acts;
    const struct facet_targets_options *o;
    struct facet_targets *t;
    struct person *people; /* [targets->identities] */
    size_t room;           /* items there is room for */
};

/* ---- images and people ---- */

static int list_images(struct build *b)
{
    struct facet_targets *t = b->t;
    const size_t all = facet_acts_images(b->acts);
    const int32_t *identity = facet_acts_identities(b->acts, &t->identities);
    const uint8_t *missing = facet_acts_missing(b->acts, &t->missing);
    t->row = facet_alloc(all, sizeof *t->row, "images");
    t->identity = facet_alloc(all, sizeof *t->identity, "images");
    b->people = facet_alloc(t->identities, sizeof *b->people, "people");
    if (t->row == NULL || t->identity == NULL || b->people == NULL) return FACET_ENOMEM;
    for (size_t i = 0; i < all; i++) {
        if (missing[i]) continue;
        const int32_t who = identity != NULL ? identity[i] : -1;
        if (who >= 0) {
            b->people[who].name = facet_acts_identity(b->acts, i);
            b->people[who].images++;
            b->people[who].number = (size_t)who;
        }
        t->identity[t->images] = who;
        t->row[t->images++] = i;
    }
    if (t->images == 0)
        return facet_fail(FACET_EFORMAT, "%s: all %zu images are missing", facet_acts_path(b->acts),
                          all);
    return FACET_OK;
}

static int need_identities(const struct build *b, const char *why)
{
    for (size_t k = 0; k < b->t->identities; k++)
        if (b->people[k].images > 0) return FACET_OK;
    return facet_fail(FACET_EINVAL, "%s: has no identities, which %s needs",
                      facet_acts_path(b->acts), why);
}

/* ---- one target ---- */

/* Room for another target, with its labels all -1. */
static struct facet_target *add_target(struct build *b, const char *name, int is_identity)
{
    struct facet_targets *t = b->t;
    if (t->count == b->room) {
        const size_t room = 2 * b->room + 16;
        struct facet_target *more = facet_alloc(room, sizeof *more, "targets");
        if (more == NULL) return NULL;
        if (t->count > 0) memcpy(more, t->items, t->count * sizeof *more);
        free(t->items);
        t->items = more;
        b->room = room;
    }
    struct facet_target *target = &t->items[t->count];
    *target = (struct facet_target){.name = facet_strdup(name), .is_identity = is_identity};
    t->count++;
    target->label = facet_alloc(t->images, 1, "labels");
    target->list = facet_alloc(t->images, sizeof *target->list, "labels");
    target->first = facet_alloc(t->images, t->batches, "halves");
    target->cuts = facet_alloc(t->batches, sizeof *target->cuts, "halves");
    if (target->name == NULL || target->label == NULL || target->list == NULL ||
        target->first == NULL || target->cuts == NULL)
        return NULL;
    memset(target->label, -1, t->images);
    return target;
}

static void free_target(struct facet_target *target)
{
    free(target->name);
    free(target->label);
    free(target->list);
    free(target->first);
    free(target->cuts);
}

static void list_members(const struct facet_targets *t, struct facet_target *target)
{
    size_t at = 0;
    for (int c = 1; c >= 0; c--) {
        const size_t start = at;
        for (size_t i = 0; i < t->images; i++)
            if (target->label[i] == c) target->list[at++] = (uint32_t)i;
        target->count[c] = at - start;
    }
}

static void put_first(const struct facet_targets *t, struct facet_target *target, size_t split,
                      size_t image)
{
    target->first[split / FACET_CUT_SPLITS * t->images + image] |=
        (uint8_t)(1U << split % FACET_CUT_SPLITS);
}

/* Half of the target's images and half of the rest's. */
static void halve_images(const struct facet_targets *t, struct facet_target *target, size_t split,
                         gsl_rng *rng, uint32_t *work)
{
    const size_t on = target->count[1], off = target->count[0];
    memcpy(work, target->list, (on + off) * sizeof *work);
    gsl_ran_shuffle(rng, work, on, sizeof *work);
    gsl_ran_shuffle(rng, work + on, off, sizeof *work);
    for (size_t i = 0; i < on / 2; i++) put_first(t, target, split, work[i]);
    for (size_t i = 0; i < off / 2; i++) put_first(t, target, split, work[on + i]);
}

/* Half of the people; an image of nobody known is one of its own. `work`: room for images + people.
 */
static void halve_people(const struct facet_targets *t, struct facet_target *target, size_t split,
                         gsl_rng *rng, uint32_t *work)
{
    size_t units = t->identities;
    for (size_t i = 0; i < t->images; i++) units += t->identity[i] < 0;
    for (size_t k = 0; k < units; k++) work[k] = k < units / 2;
    gsl_ran_shuffle(rng, work, units, sizeof *work);
    for (size_t i = 0, alone = t->identities; i < t->images; i++)
        if (work[t->identity[i] >= 0 ? (size_t)t->identity[i] : alone++])
            put_first(t, target, split, i);
}

static int halve(const struct build *b, struct facet_target *target)
{
    const struct facet_targets *t = b->t;
    uint32_t *work = facet_alloc(t->images + t->identities, sizeof *work, "halves");
    gsl_rng *rng = facet_rng_new(b->o->seed, facet_rng_stream(target->name));
    int code = work == NULL || rng == NULL ? FACET_ENOMEM : FACET_OK;
    for (size_t s = 0; code == FACET_OK && s < b->o->splits; s++) {
        if (b->o->by_identity && !target->is_identity)
            halve_people(t, target, s, rng, work);
        else
            halve_images(t, target, s, rng, work);
    }
    for (size_t k = 0; code == FACET_OK && k < t->batches; k++) {
        target->cuts[k] = (struct facet_cut){
            .n = t->images, .label = target->label, .first = target->first + k * t->images};
        facet_cut_count(&target->cuts[k]);
    }
    if (rng != NULL) gsl_rng_free(rng);
    free(work);
    return code;
}

static int finish_target(const struct build *b, struct facet_target *target)
{
    list_members(b->t, target);
    return halve(b, target);
}

/* ---- people ---- */

static int add_person(struct build *b, const struct person *person)
{
    struct facet_target *target = add_target(b, person->name, 1);
    if (target == NULL) return FACET_ENOMEM;
    for (size_t i = 0; i < b->t->images; i++)
        target->label[i] = b->t->identity[i] == (int32_t)person->number;
    list_members(b->t, target);
    if (target->count[1] < 2 || target->count[0] < 2)
        return facet_fail(
            FACET_EINVAL, "%s: %s has %zu images, others have %zu: expected 2 or more of each",
            facet_acts_path(b->acts), person->name, target->count[1], target->count[0]);
    return finish_target(b, target);
}

static int fail_name(const struct build *b, const char *what, const char *wanted,
                     const char *const *names, size_t count)
{
    const char *nearest = facet_nearest(wanted, names, count);
    return facet_fail(FACET_EINVAL, "%s: has no %s \"%s\"%s%s%s", facet_acts_path(b->acts), what,
                      wanted, nearest != NULL ? " (did you mean " : "",
                      nearest != NULL ? nearest : "", nearest != NULL ? "?)" : "");
}

static int fail_person(const struct build *b, const char *wanted)
{
    const char **names = facet_alloc(b->t->identities, sizeof *names, "people");
    size_t count = 0;
    if (names == NULL) return FACET_ENOMEM;
    for (size_t k = 0; k < b->t->identities; k++)
        if (b->people[k].name != NULL) names[count++] = b->people[k].name;
    const int code = fail_name(b, "images of", wanted, names, count);
    free(names);
    return code;
}

static int add_selected(struct build *b)
{
    int code = FACET_OK;
    for (size_t s = 0; code == FACET_OK && s < b->o->select_count; s++) {
        const struct person *found = NULL;
        for (size_t k = 0; k < b->t->identities; k++)
            if (b->people[k].name != NULL && strcmp(b->people[k].name, b->o->select[s]) == 0)
                found = &b->people[k];
        code = found != NULL ? add_person(b, found) : fail_person(b, b->o->select[s]);
    }
    return code;
}

static int by_images(const void *a, const void *b)
{
    const struct person *x = a, *y = b;
    if (x->images != y->images) return x->images < y->images ? 1 : -1;
    return (x->number > y->number) - (x->number < y->number);
}

static int add_people(struct build *b)
{
    const struct facet_targets_options *o = b->o;
    int code = need_identities(b, "--by identity");
    if (code < 0 || o->select_count > 0) return code < 0 ? code : add_selected(b);
    qsort(b->people, b->t->identities, sizeof *b->people, by_images);
    const size_t most = o->top > 0 && o->top < b->t->identities ? o->top : b->t->identities;
    for (size_t k = 0; code == FACET_OK && k < most && b->people[k].images >= o->min_images; k++)
        code = add_person(b, &b->people[k]);
    if (code == FACET_OK && b->people[0].images < o->min_images)
        code = facet_fail(FACET_EINVAL, "%s: nobody has %zu images (%s has most: %zu)",
                          facet_acts_path(b->acts), o->min_images, b->people[0].name,
                          b->people[0].images);
    return code;
}

/* ---- attributes ---- */

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The two cuts as scores. */
static int find_cuts(const struct build *b, const double *score, double cut[2])
{
    double *sorted = facet_alloc(b->t->images, sizeof *sorted, "scores");
    size_t n = 0;
    if (sorted == NULL) return FACET_ENOMEM;
    for (size_t i = 0; i < b->t->images; i++)
        if (!isnan(score[b->t->row[i]])) sorted[n++] = score[b->t->row[i]];
    qsort(sorted, n, sizeof *sorted, ascending);
    for (int k = 0; k < 2; k++)
        cut[k] = b->o->quantiles ? facet_quantile_sorted(sorted, n, b->o->cut[k]) : b->o->cut[k];
    free(sorted);
    return FACET_OK;
}

/* `named`: asked for by name. */
static int add_attribute(struct build *b, size_t attribute, int named)
{
    struct facet_targets *t = b->t;
    const char *name = facet_acts_attribute_name(b->acts, attribute);
    const double *score = facet_acts_attribute(b->acts, attribute);
    struct facet_target *target = score != NULL ? add_target(b, name, 0) : NULL;
    double cut[2];
    if (score == NULL) return FACET_EFORMAT;
    int code = target != NULL ? find_cuts(b, score, cut) : FACET_ENOMEM;
    if (code < 0) return code;
    target->score = score;
    for (size_t i = 0; i < t->images; i++) {
        const double v = score[t->row[i]];
        target->label[i] = v > cut[1] ? 1 : v <= cut[0] ? 0 : -1;
    }
    list_members(t, target);
    if (target->count[1] >= 2 && target->count[0] >= 2) return finish_target(b, target);
    if (named)
        return facet_fail(FACET_EINVAL,
                          "%s: %s is above the cut in %zu images and not in %zu (%zu have no "
                          "score): expected 2 or more of each",
                          facet_acts_path(b->acts), name, target->count[1], target->count[0],
                          facet_targets_left_out(t, target));
    t->skipped++;
    facet_fail_list(t->skipped_names, sizeof t->skipped_names, name);
    free_target(target);
    t->count--;
    return FACET_OK;
}

static int fail_attribute(const struct build *b, const char *wanted)
{
    const size_t count = facet_acts_attribute_count(b->acts);
    if (facet_acts_is_text(b->acts, wanted))
        return facet_fail(FACET_EINVAL, "%s: %s is text; an attribute needs numbers",
                          facet_acts_path(b->acts), wanted);
    const char **names = facet_alloc(count, sizeof *names, "attributes");
    if (names == NULL) return FACET_ENOMEM;
    for (size_t k = 0; k < count; k++) names[k] = facet_acts_attribute_name(b->acts, k);
    const int code = fail_name(b, "attribute", wanted, names, count);
    free(names);
    return code;
}

static int add_named(struct build *b, const char *name)
{
    const size_t count = facet_acts_attribute_count(b->acts);
    for (size_t k = 0; k < count; k++)
        if (strcmp(facet_acts_attribute_name(b->acts, k), name) == 0) return add_attribute(b, k, 1);
    return fail_attribute(b, name);
}

static int add_attributes(struct build *b)
{
    int code = FACET_OK;
    for (size_t k = 0; code == FACET_OK && k < facet_acts_attribute_count(b->acts); k++)
        code = add_attribute(b, k, 0);
    return code;
}

/* ---- all of them ---- */

static int add_all(struct build *b)
{
    int code = b->o->by_identity ? need_identities(b, "--by-identity-splits") : FACET_OK;
    for (size_t k = 0; code == FACET_OK && k < b->o->by_count; k++) {
        const char *by = b->o->by[k];
        code = strcmp(by, "identity") == 0     ? add_people(b)
               : strcmp(by, "attributes") == 0 ? add_attributes(b)
                                               : add_named(b, by);
    }
    if (code == FACET_OK && b->t->count == 0)
        code = facet_fail(FACET_EINVAL, "%s: no attribute has 2 or more images on either side",
                          facet_acts_path(b->acts));
    return code;
}

int facet_targets_new(struct facet_targets **targets, struct facet_acts *acts,
                      const struct facet_targets_options *options)
{
    struct facet_targets *t = facet_alloc(1, sizeof *t, "targets");
    if (t == NULL) return FACET_ENOMEM;
    struct build b = {.acts = acts, .o = options, .t = t};
    t->batches = (options->splits + FACET_CUT_SPLITS - 1) / FACET_CUT_SPLITS;
    int code = list_images(&b);
    if (code == FACET_OK) code = add_all(&b);
    free(b.people);
    if (code < 0)
        facet_targets_free(&t);
    else
        *targets = t;
    return code;
}

void facet_targets_free(struct facet_targets **targets)
{
    struct facet_targets *t = *targets;
    if (t == NULL) return;
    for (size_t k = 0; k < t->count; k++) free_target(&t->items[k]);
    free(t->items);
    free(t->row);
    free(t->identity);
    free(t);
    *targets = NULL;
}

size_t facet_targets_left_out(const struct facet_targets *t, const struct facet_target *target)
{
    return t->images - target->count[0] - target->count[1];
}

int facet_targets_in_first(const struct facet_targets *t, const struct facet_target *target,
                           size_t split, size_t image)
{
    return target->first[split / FACET_CUT_SPLITS * t->images + image] >> split % FACET_CUT_SPLITS &
           1;
}

int facet_targets_is_whole(const struct facet_target *target, size_t split)
{
    const struct facet_cut *cut = &target->cuts[split / FACET_CUT_SPLITS];
    int whole = 1;
    for (int k = 0; k < 4; k++) whole &= cut->count[k / 2][k % 2][split % FACET_CUT_SPLITS] > 0;
    return whole;
}

size_t facet_targets_half(const struct facet_targets *t, const struct facet_target *target,
                          size_t split, int first, size_t *list, size_t count[2])
{
    size_t n = 0;
    count[0] = count[1] = 0;
    for (size_t i = 0; i < t->images; i++) {
        if (target->label[i] < 0 || facet_targets_in_first(t, target, split, i) != first) continue;
        list[n++] = i;
        count[target->label[i]]++;
    }
    return n;
}
