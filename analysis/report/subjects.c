#include "report/subjects.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SHOWN_ATTRIBUTES = 24 };

/* ---- people ---- */

static int by_images(const void *a, const void *b)
{
    const struct subject *x = a, *y = b;
    if (x->n != y->n) return x->n < y->n ? 1 : -1;
    return (x->identity > y->identity) - (x->identity < y->identity);
}

/* Every identity with its number of images, in the file's order. */
static int count_people(struct facet_acts *acts, struct subject **people, size_t *count,
                        size_t *present)
{
    const size_t images = facet_acts_images(acts);
    const int32_t *identity = facet_acts_identities(acts, count);
    const uint8_t *missing = facet_acts_missing(acts, &(size_t){0});
    struct subject *list = facet_alloc(*count, sizeof *list, "people");
    if (list == NULL) return FACET_ENOMEM;
    for (size_t i = 0; i < images; i++) {
        *present += !missing[i];
        if (missing[i] || identity == NULL || identity[i] < 0) continue;
        struct subject *s = &list[identity[i]];
        s->name = facet_acts_identity(acts, i);
        s->n++;
    }
    for (size_t k = 0; k < *count; k++) {
        list[k].identity = (int32_t)k;
        list[k].rest = *present - list[k].n;
    }
    *people = list;
    return FACET_OK;
}

/* Marks the people that were named. */
static int show_named(const struct facet_acts *acts, const struct subjects_options *o,
                      struct subject *people, size_t count)
{
    for (size_t k = 0; k < o->identity_count; k++) {
        struct subject *found = NULL;
        for (size_t i = 0; i < count; i++)
            if (people[i].name != NULL && strcmp(people[i].name, o->identities[k]) == 0)
                found = &people[i];
        if (found == NULL)
            return facet_fail(FACET_EINVAL, "%s: nobody is called \"%s\"", facet_acts_path(acts),
                              o->identities[k]);
        if (found->n < 2 || found->rest < 2)
            return facet_fail(FACET_EINVAL,
                              "%s: %s: expected two images or more, and as many of others, found "
                              "%zu and %zu",
                              facet_acts_path(acts), found->name, found->n, found->rest);
        found->shown = 1;
    }
    return FACET_OK;
}

static int add_people(struct subjects *s, struct facet_acts *acts, const struct subjects_options *o)
{
    struct subject *people = NULL;
    size_t present = 0;
    int code = count_people(acts, &people, &s->identities, &present);
    if (code == FACET_OK) code = show_named(acts, o, people, s->identities);
    if (code == FACET_OK) {
        qsort(people, s->identities, sizeof *people, by_images);
        for (size_t i = 0; i < s->identities; i++) {
            const int enough = people[i].n >= o->min_images && people[i].rest >= 2;
            if (!people[i].shown && !enough) continue;
            if (!people[i].shown && s->people >= o->most_people) {
                s->left_out++;
                continue;
            }
            if (o->identity_count == 0) people[i].shown = s->people < o->shown_people;
            s->items[s->people++] = people[i];
        }
    }
    s->count = s->people;
    free(people);
    return code;
}

/* ---- attributes ---- */

static int is_wanted(const struct subjects_options *o, const char *name)
{
    int wanted = o->attribute_count == 0;
    for (size_t k = 0; k < o->attribute_count; k++) wanted |= strcmp(o->attributes[k], name) == 0;
    return wanted;
}

static int check_names(const struct facet_acts *acts, const struct subjects_options *o)
{
    for (size_t k = 0; k < o->attribute_count; k++) {
        int found = 0;
        for (size_t a = 0; a < facet_acts_attribute_count(acts); a++)
            found |= strcmp(facet_acts_attribute_name(acts, a), o->attributes[k]) == 0;
        if (!found)
            return facet_fail(FACET_EINVAL, "%s: has no attribute \"%s\"", facet_acts_path(acts),
                              o->attributes[k]);
    }
    return FACET_OK;
}

static int add_attribute(struct subjects *s, struct facet_acts *acts,
                         const struct subjects_options *o, size_t attribute)
{
    const uint8_t *missing = facet_acts_missing(acts, &(size_t){0});
    struct subject item = {.name = facet_acts_attribute_name(acts, attribute), .identity = -1};
    if (!is_wanted(o, item.name)) return FACET_OK;
    if ((item.score = facet_acts_attribute(acts, attribute)) == NULL) return FACET_EFORMAT;
    for (size_t i = 0; i < facet_acts_images(acts); i++) {
        if (missing[i] || isnan(item.score[i])) continue;
        if (item.score[i] > o->cut)
            item.n++;
        else
            item.rest++;
    }
    if (item.n < 2 || item.rest < 2) {
        s->skipped++;
        if (o->attribute_count == 0) return FACET_OK;
        return facet_fail(FACET_EINVAL,
                          "%s: %s: expected two images or more on each side of %g, found %zu above "
                          "and %zu not",
                          facet_acts_path(acts), item.name, o->cut, item.n, item.rest);
    }
    item.shown = s->count - s->people < SHOWN_ATTRIBUTES;
    s->items[s->count++] = item;
    return FACET_OK;
}

/* ---- both ---- */

int subjects_new(struct subjects **subjects, struct facet_acts *acts,
                 const struct subjects_options *options)
{
    struct subjects *s = facet_alloc(1, sizeof *s, "subjects");
    if (s == NULL) return FACET_ENOMEM;
    const size_t attributes = facet_acts_attribute_count(acts);
    facet_acts_identities(acts, &s->identities);
    s->cut = options->cut;
    s->items = facet_alloc(s->identities + attributes, sizeof *s->items, "subjects");
    s->number = facet_alloc(s->identities, sizeof *s->number, "subjects");
    int code = s->items == NULL || s->number == NULL ? FACET_ENOMEM : add_people(s, acts, options);
    if (code == FACET_OK) code = check_names(acts, options);
    for (size_t a = 0; code == FACET_OK && a < attributes; a++)
        code = add_attribute(s, acts, options, a);
    if (code < 0) {
        subjects_free(&s);
        return code;
    }
    for (size_t k = 0; k < s->identities; k++) s->number[k] = -1;
    for (size_t i = 0; i < s->count; i++) {
        s->shown += (size_t)s->items[i].shown;
        if (i < s->people) s->number[s->items[i].identity] = (int32_t)i;
    }
    *subjects = s;
    return FACET_OK;
}

void subjects_free(struct subjects **subjects)
{
    if (*subjects == NULL) return;
    free((*subjects)->items);
    free((*subjects)->number);
    free(*subjects);
    *subjects = NULL;
}

int subjects_side(const struct subjects *s, const struct facet_acts *acts, size_t subject,
                  size_t row)
{
    const struct subject *item = &s->items[subject];
    if (item->score == NULL) {
        size_t count;
        const int32_t *identity = facet_acts_identities(acts, &count);
        return identity[row] == item->identity;
    }
    return isnan(item->score[row]) ? -1 : item->score[row] > s->cut;
}
