#include "protocol/identification.h"

#include "base/rng.h"
#include "base/table.h"
#include "protocol/names.h"

#include <gsl/gsl_randist.h>
#include <stdlib.h>
#include <string.h>

/* An image of a list: its person is a number, or a name until people are numbered. */
struct member {
    uint32_t row;
    int32_t person;
    const char *name; /* [length], not terminated */
    size_t length;
    size_t line;
};

struct list {
    struct member *members; /* room for all images there are */
    size_t count;
};

static int list_new(struct list *list, size_t room)
{
    *list = (struct list){.members = facet_alloc(room, sizeof *list->members, "identification")};
    return list->members == NULL ? FACET_ENOMEM : FACET_OK;
}

static int by_row(const void *a, const void *b)
{
    const struct member *x = a, *y = b;
    if (x->row != y->row) return x->row < y->row ? -1 : 1;
    return (x->line > y->line) - (x->line < y->line);
}

static int is_missing(const struct facet_protocol_images *images, size_t row)
{
    return images->missing != NULL && images->missing[row];
}

/* ---- from two lists to a set ---- */

static int32_t most_person(const struct list *list)
{
    int32_t most = 0;
    for (size_t i = 0; i < list->count; i++)
        if (list->members[i].person > most) most = list->members[i].person;
    return most;
}

/* number[person]: 1 + place among the people of the gallery, 0 for others. */
static void fill(struct facet_identification *s, const struct list *gallery,
                 const struct list *probes, int32_t *number, size_t numbers)
{
    s->gallery_count = gallery->count;
    s->probe_count = probes->count;
    for (size_t i = 0; i < gallery->count; i++) number[gallery->members[i].person] = 1;
    for (size_t who = 0; who < numbers; who++)
        if (number[who] != 0) number[who] = (int32_t)++s->people;
    for (size_t i = 0; i < gallery->count; i++) {
        s->gallery[i] = gallery->members[i].row;
        s->gallery_person[i] = number[gallery->members[i].person] - 1;
    }
    for (size_t i = 0; i < probes->count; i++) {
        s->probe[i] = probes->members[i].row;
        s->probe_person[i] = number[probes->members[i].person] - 1;
        s->impostors += s->probe_person[i] < 0;
    }
}

static int build(struct facet_identification **set, struct list *gallery, struct list *probes)
{
    struct facet_identification *s = facet_alloc(1, sizeof *s, "identification");
    if (s == NULL) return FACET_ENOMEM;
    const int32_t a = most_person(gallery), b = most_person(probes);
    const size_t numbers = (size_t)(a > b ? a : b) + 1;
    int32_t *number = facet_alloc(numbers, sizeof *number, "people");
    s->gallery = facet_alloc(gallery->count, sizeof *s->gallery, "gallery");
    s->gallery_person = facet_alloc(gallery->count, sizeof *s->gallery_person, "gallery");
    s->probe = facet_alloc(probes->count, sizeof *s->probe, "probes");
    s->probe_person = facet_alloc(probes->count, sizeof *s->probe_person, "probes");
    int ok = number != NULL && s->gallery != NULL && s->gallery_person != NULL &&
             s->probe != NULL && s->probe_person != NULL;
    if (ok) {
        qsort(gallery->members, gallery->count, sizeof *gallery->members, by_row);
        qsort(probes->members, probes->count, sizeof *probes->members, by_row);
        fill(s, gallery, probes, number, numbers);
        *set = s;
    } else {
        facet_identification_free(&s);
    }
    free(number);
    return ok ? FACET_OK : FACET_ENOMEM;
}

void facet_identification_free(struct facet_identification **set)
{
    if (*set == NULL) return;
    free((*set)->gallery);
    free((*set)->gallery_person);
    free((*set)->probe);
    free((*set)->probe_person);
    free(*set);
    *set = NULL;
}

static int by_name(const void *a, const void *b)
{
    const struct member *x = *(struct member *const *)a, *y = *(struct member *const *)b;
    int order = memcmp(x->name, y->name, x->length < y->length ? x->length : y->length);
    return order != 0 ? order : (x->length > y->length) - (x->length < y->length);
}

/* Numbers the people of both lists by their names' order. */
static int number_people(struct list *a, struct list *b)
{
    const size_t n = a->count + b->count;
    struct member **all = facet_alloc(n, sizeof *all, "people");
    if (all == NULL) return FACET_ENOMEM;
    for (size_t i = 0; i < n; i++)
        all[i] = i < a->count ? &a->members[i] : &b->members[i - a->count];
    qsort(all, n, sizeof *all, by_name);
    for (size_t i = 1; i < n; i++)
        all[i]->person = all[i - 1]->person + (by_name(&all[i - 1], &all[i]) != 0);
    free(all);
    return FACET_OK;
}

/* ---- tables ---- */

struct table {
    const char *path;
    struct list list;
    size_t room, dropped;
};

/* *row UINT32_MAX: not there, and that is allowed. */
static int find(const struct facet_tsv *tsv, const struct facet_names *names,
                const struct facet_protocol_images *images, int allow_missing, const char *image,
                uint32_t *row)
{
    const struct facet_match match = facet_names_find(names, image);
    if (match.other != NULL)
        return facet_fail(FACET_EFORMAT, "%s:%zu: %s could be %s or %s", facet_tsv_path(tsv),
                          facet_tsv_line(tsv), image, match.image, match.other);
    const int there = match.count > 0 && !is_missing(images, match.rows[0]);
    if (!there && !allow_missing)
        return facet_fail(FACET_EFORMAT, "%s:%zu: %s %s", facet_tsv_path(tsv), facet_tsv_line(tsv),
                          image,
                          match.count > 0 ? "has no activations" : "is not among the images");
    *row = there ? match.rows[0] : UINT32_MAX;
    return FACET_OK;
}

static int add_row(struct table *t, const struct facet_tsv *tsv, const char *identity, uint32_t row)
{
    if (identity[0] == '\0' || strcmp(identity, "NA") == 0)
        return facet_fail(FACET_EFORMAT, "%s:%zu: no identity", t->path, facet_tsv_line(tsv));
    if (row == UINT32_MAX) {
        t->dropped++;
        return FACET_OK;
    }
    if (t->list.count == t->room) {
        const size_t room = 2 * t->room + 64;
        struct member *larger = realloc(t->list.members, room * sizeof *larger);
        if (larger == NULL) return facet_fail(FACET_ENOMEM, "%s: no memory", t->path);
        t->list.members = larger;
        t->room = room;
    }
    char *name = facet_strdup(identity);
    if (name == NULL) return FACET_ENOMEM;
    t->list.members[t->list.count++] =
        (struct member){row, 0, name, strlen(name), facet_tsv_line(tsv)};
    return FACET_OK;
}

static int read_table(struct table *t, const struct facet_names *names,
                      const struct facet_protocol_images *images, int allow_missing)
{
    struct facet_tsv *tsv = NULL;
    int image, identity, got = 0, code = facet_tsv_open(&tsv, t->path);
    uint32_t row = 0;
    if (code == FACET_OK) code = facet_tsv_require(tsv, "image", &image);
    if (code == FACET_OK) code = facet_tsv_require(tsv, "identity", &identity);
    while (code == FACET_OK && (got = facet_tsv_next(tsv)) > 0) {
        code = find(tsv, names, images, allow_missing, facet_tsv_field(tsv, image), &row);
        if (code == FACET_OK) code = add_row(t, tsv, facet_tsv_field(tsv, identity), row);
    }
    if (code == FACET_OK) code = got;
    if (code == FACET_OK && t->list.count == 0)
        code = facet_fail(FACET_EFORMAT, "%s: lists no image that is there (%zu dropped)", t->path,
                          t->dropped);
    facet_tsv_close(&tsv);
    return code;
}

/* seen[row]: the line that lists an image of the table; SIZE_MAX for those of the one `before`. */
static int check_repeats(const struct table *t, const struct facet_protocol_images *images,
                         const struct table *before, size_t *seen)
{
    for (size_t i = 0; before != NULL && i < before->list.count; i++)
        seen[before->list.members[i].row] = SIZE_MAX;
    for (size_t i = 0; i < t->list.count; i++) {
        const struct member *m = &t->list.members[i];
        if (seen[m->row] == SIZE_MAX)
            return facet_fail(FACET_EFORMAT, "%s:%zu: %s is in %s, too", t->path, m->line,
                              images->names[m->row], before->path);
        if (seen[m->row] != 0)
            return facet_fail(FACET_EFORMAT, "%s:%zu: %s is listed twice (first in line %zu)",
                              t->path, m->line, images->names[m->row], seen[m->row]);
        seen[m->row] = m->line;
    }
    return FACET_OK;
}

static void table_free(struct table *t)
{
    for (size_t i = 0; i < t->list.count; i++) free((char *)t->list.members[i].name);
    free(t->list.members);
}

int facet_identification_read(struct facet_identification **set, const char *gallery,
                              const char *probes, const struct facet_protocol_images *images,
                              int allow_missing)
{
    struct table g = {.path = gallery}, p = {.path = probes};
    struct facet_names *names = NULL;
    size_t *seen = facet_alloc(images->count, sizeof *seen, "images");
    int code = seen == NULL ? FACET_ENOMEM : FACET_OK;
    if (code == FACET_OK) code = facet_names_new(&names, images->names, images->count, 0);
    if (code == FACET_OK) code = read_table(&g, names, images, allow_missing);
    if (code == FACET_OK) code = read_table(&p, names, images, allow_missing);
    if (code == FACET_OK) code = check_repeats(&g, images, NULL, seen);
    if (code == FACET_OK) code = check_repeats(&p, images, &g, seen);
    if (code == FACET_OK) code = number_people(&g.list, &p.list);
    if (code == FACET_OK) code = build(set, &g.list, &p.list);
    if (code == FACET_OK) (*set)->dropped = g.dropped + p.dropped;
    facet_names_free(&names);
    free(seen);
    table_free(&g);
    table_free(&p);
    return code;
}

/* ---- a draw of people ---- */

struct person {
    int32_t number;
    size_t start, count; /* of its images in `rows` */
    size_t gallery;      /* which of them was drawn */
};

struct crowd {
    uint32_t *rows;
    struct person *several, *single; /* people with two images or more, with one */
    size_t several_count, single_count, dropped;
    gsl_rng *rng;
};

static int crowd_new(struct crowd *c, const struct facet_protocol_images *images, uint64_t seed)
{
    struct list known;
    int code = list_new(&known, images->count);
    c->rows = facet_alloc(images->count, sizeof *c->rows, "images");
    c->several = facet_alloc(images->count, sizeof *c->several, "people");
    c->single = facet_alloc(images->count, sizeof *c->single, "people");
    c->rng = facet_rng_new(seed, facet_rng_stream("identification"));
    if (c->rows == NULL || c->several == NULL || c->single == NULL || c->rng == NULL)
        code = FACET_ENOMEM;
    for (size_t i = 0; code == FACET_OK && i < images->count; i++) {
        const int32_t who = images->identity == NULL ? -1 : images->identity[i];
        if (who < 0 || is_missing(images, i))
            c->dropped++;
        else /* sorted by person, then image */
            known.members[known.count++] = (struct member){(uint32_t)who, who, NULL, 0, i};
    }
    if (code == FACET_OK) qsort(known.members, known.count, sizeof *known.members, by_row);
    for (size_t i = 0, n; code == FACET_OK && i < known.count; i += n) {
        const int32_t who = known.members[i].person;
        for (n = 0; i + n < known.count && known.members[i + n].person == who; n++)
            c->rows[i + n] = (uint32_t)known.members[i + n].line;
        const struct person p = {who, i, n, 0};
        if (n > 1)
            c->several[c->several_count++] = p;
        else
            c->single[c->single_count++] = p;
    }
    free(known.members);
    return code;
}

static void crowd_free(struct crowd *c)
{
    if (c->rng != NULL) gsl_rng_free(c->rng);
    free(c->rows);
    free(c->several);
    free(c->single);
}

static size_t below(gsl_rng *rng, size_t n)
{
    return (size_t)(gsl_rng_uniform(rng) * (double)n);
}

/* Exchanges people until the first draw->people have the probes that are asked for. */
static int reach_probes(struct crowd *c, const struct facet_identification_draw *draw)
{
    enum { TRIES = 10000000 };
    const size_t people = draw->people, others = c->several_count - people;
    double excess = -(double)draw->probes; /* exact: whole numbers */
    for (size_t i = 0; i < people; i++) excess += (double)c->several[i].count - 1;
    for (size_t t = 0; excess != 0 && others > 0 && t < TRIES; t++) {
        struct person *in = &c->several[below(c->rng, people)];
        struct person *out = &c->several[people + below(c->rng, others)], swap = *in;
        double after = excess + (double)out->count - (double)in->count;
        if ((after < 0 ? -after : after) > (excess < 0 ? -excess : excess)) continue;
        *in = *out;
        *out = swap;
        excess = after;
    }
    if (excess != 0)
        return facet_fail(FACET_EINVAL,
                          "identification: no draw of %zu people with %zu images besides one each "
                          "was found (%+.0f)",
                          people, draw->probes, excess);
    return FACET_OK;
}

static int draw_people(struct crowd *c, const struct facet_identification_draw *draw)
{
    if (draw->people == 0 || c->several_count < draw->people)
        return facet_fail(FACET_EINVAL,
                          "identification: %zu people have two images or more, %zu asked for",
                          c->several_count, draw->people);
    if (c->single_count < draw->distractors)
        return facet_fail(FACET_EINVAL,
                          "identification: %zu people have one image, %zu asked for as distractors",
                          c->single_count, draw->distractors);
    gsl_ran_shuffle(c->rng, c->several, c->several_count, sizeof *c->several);
    if (c->single_count > 0) /* GSL's shuffle of none aborts */
        gsl_ran_shuffle(c->rng, c->single, c->single_count, sizeof *c->single);
    return draw->probes > 0 ? reach_probes(c, draw) : FACET_OK;
}

static void add(struct list *list, const struct crowd *c, const struct person *p, size_t image)
{
    list->members[list->count++] =
        (struct member){c->rows[p->start + image], p->number, NULL, 0, 0};
}

static void add_all(struct list *list, const struct crowd *c, const struct person *p)
{
    for (size_t i = 0; i < p->count; i++) add(list, c, p, i);
}

/* Lists of the open set, then what the closed set has besides: its distractors, its probes. */
static int build_both(struct facet_identification **closed, struct facet_identification **open,
                      struct crowd *c, const struct facet_identification_draw *draw, size_t images)
{
    struct list gallery, some, all;
    int code = list_new(&gallery, images) | list_new(&some, images) | list_new(&all, images);
    for (size_t i = 0; code == FACET_OK && i < draw->people; i++) {
        const struct person *p = &c->several[i];
        const size_t shown = below(c->rng, p->count), other = below(c->rng, p->count - 1);
        add(&gallery, c, p, shown);
        add(&some, c, p, other + (other >= shown));
        for (size_t k = 0; k < p->count; k++)
            if (k != shown) add(&all, c, p, k);
    }
    for (size_t i = draw->people; code == FACET_OK && i < c->several_count; i++)
        add_all(&some, c, &c->several[i]);
    for (size_t i = 0; code == FACET_OK && i < c->single_count; i++)
        add_all(&some, c, &c->single[i]);
    if (code == FACET_OK) code = build(open, &gallery, &some);
    for (size_t i = 0; code == FACET_OK && i < draw->distractors; i++)
        add_all(&gallery, c, &c->single[i]);
    if (code == FACET_OK) code = build(closed, &gallery, &all);
    free(gallery.members);
    free(some.members);
    free(all.members);
    return code == FACET_OK ? FACET_OK : FACET_ENOMEM;
}

int facet_identification_draw(struct facet_identification **closed,
                              struct facet_identification **open,
                              const struct facet_protocol_images *images,
                              const struct facet_identification_draw *draw)
{
    struct crowd c = {0};
    struct facet_identification *shut = NULL, *wide = NULL;
    int code = crowd_new(&c, images, draw->seed);
    if (code == FACET_OK) code = draw_people(&c, draw);
    if (code == FACET_OK) code = build_both(&shut, &wide, &c, draw, images->count);
    if (code == FACET_OK) {
        shut->dropped = wide->dropped = c.dropped;
        *closed = shut;
        *open = wide;
    } else {
        facet_identification_free(&wide);
    }
    crowd_free(&c);
    return code;
}

/* ---- conditions ---- */

/* The person of an image in the condition: the folder after it. 0 where it isn't in it. */
static size_t person_in(const char *image, const char *condition, const char **person)
{
    const size_t length = strlen(condition);
    for (const char *at = image; at != NULL; at = strchr(at, '/')) {
        at += *at == '/';
        if (strncmp(at, condition, length) != 0 || at[length] != '/') continue;
        const char *name = at + length + 1, *end = strchr(name, '/');
        if (end == NULL || end == name) return 0;
        *person = name;
        return (size_t)(end - name);
    }
    return 0;
}

/* Of one person there is nobody else to be taken for: the folder names something else. */
static int check_people(const struct list *list, const char *condition)
{
    const struct member *first = &list->members[0], *m = first;
    if (list->count == 0)
        return facet_fail(FACET_EINVAL,
                          "identification: no image lies in %s/<person>/ and has activations",
                          condition);
    while (m < first + list->count && m->length == first->length &&
           memcmp(m->name, first->name, first->length) == 0)
        m++;
    if (m < first + list->count) return FACET_OK;
    return facet_fail(FACET_EINVAL,
                      "identification: the images in %s/<person>/ are all of one person, %.*s; if "
                      "that is no person, the condition is %s/%.*s",
                      condition, (int)first->length, first->name, condition, (int)first->length,
                      first->name);
}

static int list_conditions(const struct facet_protocol_images *images,
                           const char *const condition[2], struct list lists[2], size_t *dropped)
{
    for (size_t i = 0; i < images->count; i++) {
        size_t length[2];
        const char *person[2];
        for (int k = 0; k < 2; k++)
            length[k] = person_in(images->names[i], condition[k], &person[k]);
        if (length[0] > 0 && length[1] > 0)
            return facet_fail(FACET_EINVAL, "identification: %s is in both %s and %s",
                              images->names[i], condition[0], condition[1]);
        const int which = length[1] > 0;
        if (length[which] == 0) continue;
        if (is_missing(images, i))
            (*dropped)++;
        else
            lists[which].members[lists[which].count++] =
                (struct member){(uint32_t)i, 0, person[which], length[which], i};
    }
    int code = check_people(&lists[0], condition[0]);
    return code == FACET_OK ? check_people(&lists[1], condition[1]) : code;
}

static int by_person(const void *a, const void *b)
{
    const struct member *x = a, *y = b;
    return x->person != y->person ? (x->person < y->person ? -1 : 1) : by_row(a, b);
}

/* Leaves `most` members of each person. */
static int thin(struct list *list, size_t most, uint64_t seed)
{
    gsl_rng *rng = facet_rng_new(seed, facet_rng_stream("gallery"));
    if (rng == NULL) return FACET_ENOMEM;
    struct member *m = list->members;
    size_t kept = 0;
    qsort(m, list->count, sizeof *m, by_person);
    for (size_t i = 0, n; i < list->count; i += n) {
        for (n = 1; i + n < list->count && m[i + n].person == m[i].person;) n++;
        gsl_ran_shuffle(rng, m + i, n, sizeof *m);
        for (size_t k = 0; k < n && k < most; k++) m[kept++] = m[i + k];
    }
    list->count = kept;
    gsl_rng_free(rng);
    return FACET_OK;
}

int facet_identification_conditions(struct facet_identification **set,
                                    const struct facet_protocol_images *images, const char *gallery,
                                    const char *probes, size_t most, uint64_t seed)
{
    struct list lists[2];
    size_t dropped = 0;
    int code = list_new(&lists[0], images->count) | list_new(&lists[1], images->count);
    if (code == FACET_OK)
        code = list_conditions(images, (const char *const[2]){gallery, probes}, lists, &dropped);
    if (code == FACET_OK) code = number_people(&lists[0], &lists[1]);
    if (code == FACET_OK && most > 0) code = thin(&lists[0], most, seed);
    if (code == FACET_OK) code = build(set, &lists[0], &lists[1]);
    if (code == FACET_OK) (*set)->dropped = dropped;
    free(lists[0].members);
    free(lists[1].members);
    return code;
}
