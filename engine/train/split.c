#include "train/split.h"

#include "base/rng.h"
#include "base/table.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const role_names[FACET_ROLES] = {"train", "validation", "joint_bayesian",
                                                    "excluded"};

/* ---- the people of a manifest ---- */

struct entry {
    const char *identity;
    size_t image;
};

static int by_identity(const void *a, const void *b)
{
    return strcmp(((const struct entry *)a)->identity, ((const struct entry *)b)->identity);
}

static int check_identities(const struct facet_manifest *m, int allow_unlabelled)
{
    if (m->identities == NULL)
        return facet_fail(FACET_EFORMAT, "%s: has no column identity (who is on each image)",
                          m->path);
    size_t missing = 0, first = 0;
    for (size_t i = 0; i < m->count; i++)
        if (m->identities[i] == NULL && missing++ == 0) first = i;
    if (missing > 0 && !allow_unlabelled)
        return facet_fail(FACET_EFORMAT, "%s: %zu of %zu images have no identity, the first is %s",
                          m->path, missing, m->count, m->images[first]);
    if (m->count > INT32_MAX)
        return facet_fail(FACET_EINVAL, "%s: %zu images, expected at most %d", m->path, m->count,
                          INT32_MAX);
    return FACET_OK;
}

/* Names, counts and persons from entries in order of their identities. */
static int take_people(struct facet_split *s, const struct entry *entries, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (i == 0 || by_identity(&entries[i - 1], &entries[i]) != 0) {
            s->names[s->people] = facet_strdup(entries[i].identity);
            if (s->names[s->people] == NULL) return FACET_ENOMEM;
            s->people++;
        }
        s->counts[s->people - 1]++;
        s->person[entries[i].image] = (int32_t)(s->people - 1);
    }
    return FACET_OK;
}

/* A split in which everyone is to be trained on. */
static int new_split(struct facet_split **split, const struct facet_manifest *m,
                     int allow_unlabelled)
{
    int code = check_identities(m, allow_unlabelled);
    if (code < 0) return code;
    struct facet_split *s = facet_alloc(1, sizeof *s, "split");
    struct entry *entries = facet_alloc(m->count, sizeof *entries, "people of a manifest");
    if (s == NULL || entries == NULL) goto short_of_memory;
    s->names = facet_alloc(m->count, sizeof *s->names, "names");
    s->roles = facet_alloc(m->count, sizeof *s->roles, "roles");
    s->counts = facet_alloc(m->count, sizeof *s->counts, "images of each person");
    s->label = facet_alloc(m->count, sizeof *s->label, "labels");
    s->person = facet_alloc(m->count, sizeof *s->person, "people of the images");
    if (s->names == NULL || s->roles == NULL || s->counts == NULL || s->label == NULL ||
        s->person == NULL)
        goto short_of_memory;
    s->images = m->count;
    size_t named = 0;
    for (size_t i = 0; i < m->count; i++) {
        s->person[i] = -1;
        if (m->identities[i] != NULL) entries[named++] = (struct entry){m->identities[i], i};
    }
    s->unlabelled = m->count - named;
    qsort(entries, named, sizeof *entries, by_identity);
    if (take_people(s, entries, named) < 0) goto short_of_memory;
    free(entries);
    *split = s;
    return FACET_OK;
short_of_memory:
    free(entries);
    facet_split_free(&s);
    return FACET_ENOMEM;
}

void facet_split_free(struct facet_split **split)
{
    struct facet_split *s = *split;
    if (s == NULL) return;
    for (size_t i = 0; i < s->people; i++) free(s->names[i]);
    free(s->names);
    free(s->roles);
    free(s->counts);
    free(s->label);
    free(s->person);
    free(s);
    *split = NULL;
}

/* Index of a name, -1 where nobody has it. */
static int32_t find_person(const struct facet_split *s, const char *name)
{
    size_t low = 0, high = s->people;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(s->names[middle], name);
        if (order == 0) return (int32_t)middle;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return -1;
}

/* Labels and totals, once the roles stand. `code` is that of a fault. */
static int finish(struct facet_split *s, const char *where, int code)
{
    for (size_t i = 0; i < s->people; i++) {
        int trained = s->roles[i] == FACET_ROLE_TRAIN;
        s->label[i] = trained ? (int32_t)s->train_people++ : -1;
        s->role_people[s->roles[i]]++;
        s->role_images[s->roles[i]] += s->counts[i];
    }
    if (s->train_people < 2)
        return facet_fail(code, "%s: %zu of %zu people are left to train on, expected at least 2",
                          where, s->train_people, s->people);
    return FACET_OK;
}

/* ---- drawing the roles ---- */

static int check_share(const char *what, double share)
{
    if (share >= 0 && share <= 1) return FACET_OK;
    return facet_fail(FACET_EINVAL, "share of %s people %g, expected 0 to 1", what, share);
}

static int check_spec(const struct facet_split_spec *spec)
{
    int code = check_share("validation", spec->validation);
    if (code == FACET_OK) code = check_share("Joint Bayesian", spec->joint_bayesian);
    if (code == FACET_OK && spec->validation + spec->joint_bayesian > 1)
        code = facet_fail(FACET_EINVAL,
                          "shares of validation and Joint Bayesian people %g + %g, expected at "
                          "most 1 together",
                          spec->validation, spec->joint_bayesian);
    return code;
}

/* Excludes whom the list names. */
static int exclude(struct facet_split *s, const char *path)
{
    FILE *stream = fopen(path, "rb");
    if (stream == NULL) return facet_fail(FACET_EIO, "%s: %s", path, strerror(errno));
    char *line = NULL;
    size_t capacity = 0, number = 0;
    while (getline(&line, &capacity, stream) >= 0) {
        char *name = number++ == 0 && strncmp(line, "\xef\xbb\xbf", 3) == 0 ? line + 3 : line;
        name[strcspn(name, "\t\r\n")] = '\0';
        if (name[0] == '\0') continue;
        s->exclude_names++;
        int32_t person = find_person(s, name);
        if (person < 0) continue;
        s->exclude_found++;
        s->roles[person] = FACET_ROLE_EXCLUDED;
    }
    int code = FACET_OK;
    if (ferror(stream))
        code = facet_fail(FACET_EIO, "%s: cannot read line %zu", path, number + 1);
    else if (s->exclude_names == 0)
        code = facet_fail(FACET_EFORMAT, "%s: names nobody, expected an identity a line", path);
    free(line);
    fclose(stream);
    return code;
}

struct draw {
    double first, second;
    size_t person;
};

static int by_first(const void *a, const void *b)
{
    const struct draw *x = a, *y = b;
    if (x->first != y->first) return x->first > y->first ? 1 : -1;
    return (x->person > y->person) - (x->person < y->person);
}

static int by_second(const void *a, const void *b)
{
    const struct draw *x = a, *y = b;
    if (x->second != y->second) return x->second > y->second ? 1 : -1;
    return (x->person > y->person) - (x->person < y->person);
}

/* The people still to be trained on who have `least` images or more: draws[people], *count. */
static void select_people(const struct facet_split *s, gsl_rng *rng, uint64_t seed, size_t least,
                          struct draw *draws, size_t *count)
{
    const uint64_t room = facet_rng_stream("split"); /* apart from other streams of this seed */
    *count = 0;
    for (size_t i = 0; i < s->people; i++) {
        if (s->roles[i] != FACET_ROLE_TRAIN || s->counts[i] < least) continue;
        facet_rng_restart(rng, seed, facet_rng_stream(s->names[i]) ^ room);
        struct draw *draw = &draws[(*count)++];
        draw->first = gsl_rng_uniform(rng);
        draw->second = gsl_rng_uniform(rng);
        draw->person = i;
    }
}

/* How many people a share comes to. */
static int find_number(const char *where, const char *what, double share, size_t people,
                       size_t *number)
{
    *number = (size_t)floor(share * (double)people + 0.5);
    if (share == 0 || *number >= 2) return FACET_OK;
    return facet_fail(FACET_EINVAL,
                      "%s: a share of %g of %zu people comes to %zu for %s, expected at least 2: "
                      "they make no pairs",
                      where, share, people, *number, what);
}

static int draw_kept(struct facet_split *s, const char *where, const struct facet_split_spec *spec,
                     gsl_rng *rng, struct draw *draws)
{
    size_t people = 0, pairs, validation, joint_bayesian = 0;
    for (size_t i = 0; i < s->people; i++) people += s->roles[i] == FACET_ROLE_TRAIN;
    int code = find_number(where, "validation", spec->validation, people, &validation);
    if (code == FACET_OK)
        code = find_number(where, "Joint Bayesian", spec->joint_bayesian, people, &joint_bayesian);
    if (code < 0) return code;
    select_people(s, rng, spec->seed, 2, draws, &pairs);
    if (validation + joint_bayesian > pairs)
        return facet_fail(FACET_EINVAL,
                          "%s: %zu validation and %zu Joint Bayesian people need two images each, "
                          "but %zu of %zu people have them",
                          where, validation, joint_bayesian, pairs, people);
    qsort(draws, pairs, sizeof *draws, by_first);
    for (size_t i = 0; i < validation; i++) s->roles[draws[i].person] = FACET_ROLE_VALIDATION;
    for (size_t i = pairs - joint_bayesian; i < pairs; i++)
        s->roles[draws[i].person] = FACET_ROLE_JOINT_BAYESIAN;
    return FACET_OK;
}

static int limit_training(struct facet_split *s, const char *where,
                          const struct facet_split_spec *spec, gsl_rng *rng, struct draw *draws)
{
    size_t count, limit = spec->limit_people;
    for (size_t i = 0; i < s->people; i++)
        if (s->roles[i] == FACET_ROLE_TRAIN && s->counts[i] < spec->min_images)
            s->roles[i] = FACET_ROLE_EXCLUDED;
    select_people(s, rng, spec->seed, 0, draws, &count);
    if (limit > count)
        return facet_fail(FACET_EINVAL, "%s: a limit of %zu people to train on, but there are %zu",
                          where, limit, count);
    qsort(draws, count, sizeof *draws, by_second);
    for (size_t i = limit; limit > 0 && i < count; i++)
        s->roles[draws[i].person] = FACET_ROLE_EXCLUDED;
    return FACET_OK;
}

static int draw_roles(struct facet_split *s, const char *where, const struct facet_split_spec *spec)
{
    int code = spec->exclude != NULL ? exclude(s, spec->exclude) : FACET_OK;
    if (code < 0) return code;
    gsl_rng *rng = facet_rng_new(spec->seed, 0);
    struct draw *draws = facet_alloc(s->people, sizeof *draws, "draw of people");
    code = rng == NULL || draws == NULL ? FACET_ENOMEM : FACET_OK;
    if (code == FACET_OK) code = draw_kept(s, where, spec, rng, draws);
    if (code == FACET_OK) code = limit_training(s, where, spec, rng, draws);
    free(draws);
    if (rng != NULL) gsl_rng_free(rng);
    return code;
}

int facet_split_new(struct facet_split **split, const struct facet_manifest *manifest,
                    const struct facet_split_spec *spec)
{
    struct facet_split *s = NULL;
    int code = check_spec(spec);
    if (code == FACET_OK) code = new_split(&s, manifest, spec->allow_unlabelled);
    if (code == FACET_OK) code = draw_roles(s, manifest->path, spec);
    if (code == FACET_OK) code = finish(s, manifest->path, FACET_EINVAL);
    if (code == FACET_OK)
        *split = s;
    else
        facet_split_free(&s);
    return code;
}

/* ---- reading and writing them ---- */

static int read_role(const struct facet_tsv *tsv, int column, uint8_t *role)
{
    const char *text = facet_tsv_field(tsv, column);
    char known[128] = "";
    for (int r = 0; r < FACET_ROLES; r++) {
        if (strcmp(text, role_names[r]) == 0) {
            *role = (uint8_t)r;
            return FACET_OK;
        }
        facet_fail_list(known, sizeof known, role_names[r]);
    }
    return facet_fail(FACET_EFORMAT, "%s:%zu: role is \"%s\", expected one of %s",
                      facet_tsv_path(tsv), facet_tsv_line(tsv), text, known);
}

/* lines[people]: where each person is listed, 0: nowhere so far. */
static int read_row(struct facet_split *s, const struct facet_tsv *tsv, int identity, int role,
                    size_t *lines)
{
    const char *name = facet_tsv_field(tsv, identity), *path = facet_tsv_path(tsv);
    size_t line = facet_tsv_line(tsv);
    int32_t person = find_person(s, name);
    if (person < 0)
        return facet_fail(FACET_EFORMAT, "%s:%zu: nobody in the manifest is called %s", path, line,
                          name);
    if (lines[person] != 0)
        return facet_fail(FACET_EFORMAT, "%s:%zu: %s is listed twice (first in line %zu)", path,
                          line, name, lines[person]);
    lines[person] = line;
    return read_role(tsv, role, &s->roles[person]);
}

static int read_rows(struct facet_split *s, struct facet_tsv *tsv, size_t *lines)
{
    int identity, role, got = 0;
    int code = facet_tsv_require(tsv, "identity", &identity);
    if (code == FACET_OK) code = facet_tsv_require(tsv, "role", &role);
    while (code == FACET_OK && (got = facet_tsv_next(tsv)) > 0)
        code = read_row(s, tsv, identity, role, lines);
    if (code < 0 || got < 0) return code < 0 ? code : got;
    size_t missing = 0, first = 0;
    for (size_t i = 0; i < s->people; i++)
        if (lines[i] == 0 && missing++ == 0) first = i;
    if (missing > 0)
        return facet_fail(FACET_EFORMAT,
                          "%s: %zu of the %zu people of the manifest are not listed, the first is "
                          "%s",
                          facet_tsv_path(tsv), missing, s->people, s->names[first]);
    return FACET_OK;
}

/* Pairs of one person and of two are both needed to validate. */
static int check_pairs(const struct facet_split *s, const char *path)
{
    size_t people = s->role_people[FACET_ROLE_VALIDATION];
    size_t images = s->role_images[FACET_ROLE_VALIDATION];
    if (people == 0 || (people > 1 && images > people)) return FACET_OK;
    return facet_fail(FACET_EFORMAT,
                      "%s: %zu validation people with %zu images make no pairs: expected two or "
                      "more people, and one with two or more images",
                      path, people, images);
}

int facet_split_read(struct facet_split **split, const struct facet_manifest *manifest,
                     const char *path, int allow_unlabelled)
{
    struct facet_split *s = NULL;
    struct facet_tsv *tsv = NULL;
    size_t *lines = NULL;
    int code = new_split(&s, manifest, allow_unlabelled);
    if (code < 0) return code;
    lines = facet_alloc(s->people, sizeof *lines, "lines of a split");
    code = lines == NULL ? FACET_ENOMEM : facet_tsv_open(&tsv, path);
    if (code == FACET_OK) code = read_rows(s, tsv, lines);
    if (code == FACET_OK) code = finish(s, path, FACET_EFORMAT);
    if (code == FACET_OK) code = check_pairs(s, path);
    facet_tsv_close(&tsv);
    free(lines);
    if (code == FACET_OK)
        *split = s;
    else
        facet_split_free(&s);
    return code;
}

int facet_split_write(const struct facet_split *split, const char *path,
                      const struct facet_provenance *run)
{
    static const struct facet_column columns[] = {
        {"identity", "string", "1", "person, as the manifest names it"},
        {"role", "string", "1",
         "train: trained on; validation: pairs for the verification error; joint_bayesian: kept "
         "for Joint Bayesian; excluded: by a list, or left out of training for too few images or a "
         "limit of people"},
        {"images", "integer", "1", "images of the person in the manifest"},
        {"label", "integer", "1",
         "class of the identification loss, from 0 in order of identity; NA where not trained on"},
    };
    struct facet_table *table;
    int code = facet_table_new(&table, path, "Roles of the people in a training", columns, 4);
    if (code < 0) return code;
    for (size_t i = 0; i < split->people; i++) {
        facet_table_text(table, split->names[i]);
        facet_table_text(table, role_names[split->roles[i]]);
        facet_table_int(table, (int64_t)split->counts[i]);
        if (split->label[i] >= 0)
            facet_table_int(table, split->label[i]);
        else
            facet_table_text(table, NULL);
    }
    return facet_table_commit(&table, run);
}
