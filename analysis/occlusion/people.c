#include "occlusion/people.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { TENTH = 10 };

/* ---- who ---- */

static size_t count_images(const struct facet_acts *acts, const char *name, uint8_t *also)
{
    size_t absent, count = 0;
    const uint8_t *missing = facet_acts_missing(acts, &absent);
    for (size_t i = 0; i < facet_acts_images(acts); i++) {
        const char *who = facet_acts_identity(acts, i);
        if (who == NULL || missing[i] || strcmp(who, name) != 0) continue;
        count++;
        also[i] = 1;
    }
    return count;
}

/* NULL where nobody is known. */
static int find_most(const struct facet_acts *acts, const char **name)
{
    size_t people, absent, most = 0;
    const int32_t *identity = facet_acts_identities(acts, &people);
    const uint8_t *missing = facet_acts_missing(acts, &absent);
    size_t *count = facet_alloc(people, sizeof *count, "people");
    *name = NULL;
    if (count == NULL) return FACET_ENOMEM;
    for (size_t i = 0; people > 0 && i < facet_acts_images(acts); i++)
        if (identity[i] >= 0 && !missing[i]) count[identity[i]]++;
    for (size_t i = 0; people > 0 && i < facet_acts_images(acts); i++) {
        if (identity[i] < 0 || count[identity[i]] <= most) continue;
        most = count[identity[i]];
        *name = facet_acts_identity(acts, i);
    }
    free(count);
    return FACET_OK;
}

static int add_person(struct occlusion_people *p, const struct facet_acts *acts, const char *name,
                      uint8_t *also)
{
    struct occlusion_person *person = &p->list[p->count];
    person->name = name;
    if (count_images(acts, name, also) == 0)
        return facet_fail(FACET_EINVAL, "%s: has no image of identity %s", facet_acts_path(acts),
                          name);
    p->count++;
    return FACET_OK;
}

int occlusion_people_choose(struct occlusion_people **people, const struct facet_acts *acts,
                            char *const *names, size_t name_count, uint8_t *also)
{
    const char *most = NULL;
    struct occlusion_people *p = facet_alloc(1, sizeof *p, "people");
    if (p == NULL) return FACET_ENOMEM;
    p->list = facet_alloc(name_count + 1, sizeof *p->list, "people");
    int code = p->list == NULL ? FACET_ENOMEM : FACET_OK;
    if (code == FACET_OK && names == NULL) {
        code = find_most(acts, &most);
        if (code == FACET_OK && most != NULL) code = add_person(p, acts, most, also);
    }
    for (size_t i = 0; code == FACET_OK && i < name_count; i++)
        code = add_person(p, acts, names[i], also);
    if (code < 0)
        occlusion_people_free(&p);
    else
        *people = p;
    return code;
}

static int place(struct occlusion_person *person, const struct facet_session *s)
{
    person->own = facet_alloc(s->image_count, sizeof *person->own, "images");
    person->others = facet_alloc(s->image_count, sizeof *person->others, "images");
    if (person->own == NULL || person->others == NULL) return FACET_ENOMEM;
    for (size_t i = 0; i < s->image_count; i++) {
        const char *who = facet_acts_identity(s->files[0], s->images[i]);
        if (who != NULL && strcmp(who, person->name) == 0)
            person->own[person->own_count++] = (uint32_t)i;
        else
            person->others[person->other_count++] = (uint32_t)i;
    }
    return FACET_OK;
}

int occlusion_people_place(struct occlusion_people *people, const struct facet_session *session)
{
    int code = FACET_OK;
    for (size_t k = 0; code == FACET_OK && k < people->count; k++)
        code = place(&people->list[k], session);
    return code;
}

void occlusion_people_free(struct occlusion_people **people)
{
    struct occlusion_people *p = *people;
    if (p == NULL) return;
    for (size_t k = 0; p->list != NULL && k < p->count; k++) {
        free(p->list[k].own);
        free(p->list[k].others);
    }
    free(p->list);
    free(p);
    *people = NULL;
}

/* ---- their neurons ---- */

struct ranked {
    double value;
    uint32_t neuron;
};

static int by_falling_value(const void *a, const void *b)
{
    const struct ranked *x = a, *y = b;
    if (x->value != y->value) return x->value < y->value ? 1 : -1;
    return (x->neuron > y->neuron) - (x->neuron < y->neuron);
}

/* By falling value, times `sign`; NaN counts as 0. */
static void rank(const double *values, size_t width, double sign, struct ranked *ranked)
{
    for (size_t j = 0; j < width; j++)
        ranked[j] = (struct ranked){isnan(values[j]) ? 0 : sign * values[j], (uint32_t)j};
    qsort(ranked, width, sizeof *ranked, by_falling_value);
}

static double correlate(const double *x, const double *y, size_t n)
{
    double mx = 0, my = 0, xx = 0, yy = 0, xy = 0;
    for (size_t j = 0; j < n; j++) {
        mx += x[j] / (double)n;
        my += y[j] / (double)n;
    }
    for (size_t j = 0; j < n; j++) {
        xx += (x[j] - mx) * (x[j] - mx);
        yy += (y[j] - my) * (y[j] - my);
        xy += (x[j] - mx) * (y[j] - my);
    }
    return xx > 0 && yy > 0 ? xy / sqrt(xx * yy) : NAN;
}

/* A person's part of the measures: (width) each. */
struct pattern {
    const double *mean, *d_prime, *hidden_mean, *hidden_d_prime;
};

/* `in`: (width) all zero, and left so. */
static void compare_sets(const struct pattern *p, size_t width, double sign, struct ranked *ranked,
                         uint8_t *in, struct tables_set *set)
{
    set->size = (width + TENTH - 1) / TENTH;
    rank(p->hidden_d_prime, width, sign, ranked);
    for (size_t k = 0; k < set->size; k++) in[ranked[k].neuron] = 1;
    rank(p->d_prime, width, sign, ranked);
    for (size_t k = 0; k < set->size; k++) {
        const uint32_t j = ranked[k].neuron;
        set->kept += in[j] / (double)set->size;
        set->same_side += (sign * p->hidden_d_prime[j] > 0) / (double)set->size;
        set->clean += p->mean[j] / (double)set->size;
        set->mean += p->hidden_mean[j] / (double)set->size;
    }
    memset(in, 0, width);
}

int occlusion_people_write(const struct occlusion_people *people, struct occlusion_tables *tables,
                           const struct tables_what *what, const struct occlusion_measures *clean,
                           const struct occlusion_measures *hidden, size_t width)
{
    struct ranked *ranked = facet_alloc(width, sizeof *ranked, "neurons");
    uint8_t *in = facet_alloc(width, 1, "neurons");
    const int code = ranked == NULL || in == NULL ? FACET_ENOMEM : FACET_OK;
    for (size_t k = 0; code == FACET_OK && k < people->count; k++) {
        const struct occlusion_person *person = &people->list[k];
        const struct pattern p = {clean->mean + k * width, clean->d_prime + k * width,
                                  hidden->mean + k * width, hidden->d_prime + k * width};
        const double correlation = correlate(p.mean, p.hidden_mean, width);
        struct tables_set excitatory = {.name = "excitatory"}, inhibitory = {.name = "inhibitory"};
        rank(p.mean, width, 1, ranked);
        for (size_t i = 0; i < width; i++)
            tables_identity(tables, what, person, i, ranked[i].neuron, p.mean[ranked[i].neuron],
                            p.hidden_mean[ranked[i].neuron]);
        compare_sets(&p, width, 1, ranked, in, &excitatory);
        compare_sets(&p, width, -1, ranked, in, &inhibitory);
        tables_set(tables, what, person, &excitatory, correlation);
        tables_set(tables, what, person, &inhibitory, correlation);
    }
    free(ranked);
    free(in);
    return code;
}
