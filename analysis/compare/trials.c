#include "compare/trials.h"

#include <stdlib.h>
#include <string.h>

/* ---- files ---- */

int facet_files_open(struct facet_acts ***files, const char *const *paths, size_t count)
{
    struct facet_acts **opened = facet_alloc(count, sizeof *opened, "files");
    int code = opened == NULL ? FACET_ENOMEM : FACET_OK;
    for (size_t k = 0; code == FACET_OK && k < count; k++)
        code = facet_acts_open(&opened[k], paths[k]);
    if (code < 0)
        facet_files_close(&opened, count);
    else
        *files = opened;
    return code;
}

void facet_files_close(struct facet_acts ***files, size_t count)
{
    for (size_t k = 0; *files != NULL && k < count; k++) facet_acts_free(&(*files)[k]);
    free(*files);
    *files = NULL;
}

/* ---- the pairs ---- */

static int read_protocol(struct facet_trials *t, const char *pairs,
                         const struct facet_protocol_options *how)
{
    size_t people, absent;
    struct facet_protocol_images images = {.count = facet_acts_images(t->acts),
                                           .identity = facet_acts_identities(t->acts, &people),
                                           .missing = facet_acts_missing(t->acts, &absent)};
    const char **names = facet_alloc(images.count, sizeof *names, "images");
    if (names == NULL) return FACET_ENOMEM;
    for (size_t i = 0; i < images.count; i++) names[i] = facet_acts_image(t->acts, i);
    images.names = names;
    int code = facet_protocol_read(&t->protocol, pairs, &images, how);
    free(names);
    return code;
}

const uint32_t *facet_trials_rows(const struct facet_trials *t, const uint32_t *side, size_t *count)
{
    const struct facet_protocol *p = t->protocol;
    *count = p->groups > 0 ? p->start[*side + 1] - p->start[*side] : 1;
    return p->groups > 0 ? p->rows + p->start[*side] : side;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Which images and people the pairs need. */
static int list_images(struct facet_trials *t)
{
    const struct facet_protocol *p = t->protocol;
    const size_t total = facet_acts_images(t->acts);
    t->place = facet_alloc(total, sizeof *t->place, "images");
    t->images = facet_alloc(total, sizeof *t->images, "images");
    t->people = facet_alloc(total, sizeof *t->people, "people");
    if (t->place == NULL || t->images == NULL || t->people == NULL) return FACET_ENOMEM;
    for (size_t k = 0; k < 2 * p->count; k++) {
        size_t count;
        const uint32_t *rows =
            facet_trials_rows(t, k < p->count ? &p->first[k] : &p->second[k - p->count], &count);
        for (size_t i = 0; i < count; i++) t->place[rows[i]] = 1;
    }
    for (size_t i = 0; i < total; i++) {
        if (t->place[i] == 0) continue;
        const char *name = facet_acts_identity(t->acts, i);
        if (name != NULL) t->people[t->people_count++] = name;
        t->place[i] = (uint32_t)t->image_count;
        t->images[t->image_count++] = (uint32_t)i;
    }
    qsort(t->people, t->people_count, sizeof *t->people, by_text);
    size_t kept = 0;
    for (size_t i = 0; i < t->people_count; i++)
        if (kept == 0 || strcmp(t->people[kept - 1], t->people[i]) != 0)
            t->people[kept++] = t->people[i];
    t->people_count = kept;
    return FACET_OK;
}

int facet_trials_new(struct facet_trials **trials, struct facet_acts *acts, const char *pairs,
                     const struct facet_protocol_options *how, struct facet_provenance *run)
{
    struct facet_trials *t = facet_alloc(1, sizeof *t, "pairs");
    if (t == NULL) return FACET_ENOMEM;
    t->acts = acts;
    int code = read_protocol(t, pairs, how);
    if (code == FACET_OK) code = facet_provenance_input(run, pairs);
    if (code == FACET_OK) code = list_images(t);
    if (code < 0)
        facet_trials_free(&t);
    else
        *trials = t;
    return code;
}

void facet_trials_free(struct facet_trials **trials)
{
    struct facet_trials *t = *trials;
    if (t == NULL) return;
    facet_protocol_free(&t->protocol);
    free(t->images);
    free(t->place);
    free(t->people);
    free(t);
    *trials = NULL;
}

/* ---- their scores ---- */

void facet_trials_score(const struct facet_trials *t, const struct facet_compare *c, int threads,
                        double *scores)
{
    const struct facet_protocol *p = t->protocol;
#pragma omp parallel for schedule(dynamic, 256) num_threads(threads)
    for (size_t k = 0; k < p->count; k++) {
        size_t n, m;
        const uint32_t *a = facet_trials_rows(t, &p->first[k], &n);
        const uint32_t *b = facet_trials_rows(t, &p->second[k], &m);
        double sum = 0;
        for (size_t i = 0; i < n; i++)
            for (size_t j = 0; j < m; j++)
                sum += facet_compare_score(c, t->place[a[i]], t->place[b[j]]);
        scores[k] = sum / (double)(n * m);
    }
}

int facet_trials_judge(const struct facet_trials *t, const double *scores, int disjoint,
                       const struct facet_verification_intervals *how,
                       struct facet_verification *result)
{
    const struct facet_protocol *p = t->protocol;
    size_t people;
    const int32_t *identity =
        p->groups > 0 ? p->group_identity : facet_acts_identities(t->acts, &people);
    const struct facet_verification_pairs pairs = {.count = p->count,
                                                   .folds = p->folds,
                                                   .scores = scores,
                                                   .same = p->same,
                                                   .fold = p->fold,
                                                   .first = p->first,
                                                   .second = p->second,
                                                   .identity = identity,
                                                   .disjoint = disjoint};
    struct facet_verification_intervals intervals = *how;
    if (identity == NULL) intervals.replicates = 0;
    return facet_verification_run(&pairs, &intervals, result);
}
