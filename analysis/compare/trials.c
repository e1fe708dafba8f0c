#include "compare/trials.h"

#include <stdlib.h>
#include <string.h>

/* ---- the pairs ---- */

const uint32_t *facet_trials_rows(const struct facet_trials *t, const uint32_t *side, size_t *count)
{
    const struct facet_protocol *p = t->protocol;
    *count = p->groups > 0 ? p->start[*side + 1] - p->start[*side] : 1;
    return p->groups > 0 ? p->rows + p->start[*side] : side;
}

static int need_images(const struct facet_trials *t, const uint8_t *also)
{
    const struct facet_protocol *p = t->protocol;
    const size_t images = facet_acts_images(t->session->files[0]);
    uint8_t *used = facet_alloc(images, 1, "images");
    if (used == NULL) return FACET_ENOMEM;
    if (also != NULL) memcpy(used, also, images);
    for (size_t k = 0; k < 2 * p->count; k++) {
        size_t count;
        const uint32_t *rows =
            facet_trials_rows(t, k < p->count ? &p->first[k] : &p->second[k - p->count], &count);
        for (size_t i = 0; i < count; i++) used[rows[i]] = 1;
    }
    int code = facet_session_need(t->session, used);
    free(used);
    return code;
}

int facet_trials_new(struct facet_trials **trials, struct facet_session *session, const char *pairs,
                     const struct facet_protocol_options *how, const uint8_t *also)
{
    struct facet_protocol_images images;
    struct facet_trials *t = facet_alloc(1, sizeof *t, "pairs");
    if (t == NULL) return FACET_ENOMEM;
    t->session = session;
    facet_session_images(session, &images);
    int code = facet_protocol_read(&t->protocol, pairs, &images, how);
    if (code == FACET_OK) code = facet_provenance_input(session->run, pairs);
    if (code == FACET_OK) code = need_images(t, also);
    if (code < 0)
        facet_trials_free(&t);
    else
        *trials = t;
    return code;
}

void facet_trials_free(struct facet_trials **trials)
{
    if (*trials == NULL) return;
    facet_protocol_free(&(*trials)->protocol);
    free(*trials);
    *trials = NULL;
}

/* ---- their scores ---- */

void facet_trials_score_between(const struct facet_trials *t, const struct facet_compare *first,
                                const struct facet_compare *second, int threads, double *scores)
{
    const struct facet_protocol *p = t->protocol;
    const uint32_t *place = t->session->place;
#pragma omp parallel for schedule(dynamic, 256) num_threads(threads)
    for (size_t k = 0; k < p->count; k++) {
        size_t n, m;
        const uint32_t *a = facet_trials_rows(t, &p->first[k], &n);
        const uint32_t *b = facet_trials_rows(t, &p->second[k], &m);
        double sum = 0;
        for (size_t i = 0; i < n; i++)
            for (size_t j = 0; j < m; j++)
                sum += facet_compare_score_between(first, place[a[i]], second, place[b[j]]);
        scores[k] = sum / (double)(n * m);
    }
}

void facet_trials_score(const struct facet_trials *t, const struct facet_compare *c, int threads,
                        double *scores)
{
    facet_trials_score_between(t, c, c, threads, scores);
}

/* NULL where nobody is known. */
static const int32_t *identity_of(const struct facet_trials *t)
{
    size_t people;
    return t->protocol->groups > 0 ? t->protocol->group_identity
                                   : facet_acts_identities(t->session->files[0], &people);
}

static struct facet_verification_pairs pairs_of(const struct facet_trials *t, const double *scores,
                                                int disjoint)
{
    const struct facet_protocol *p = t->protocol;
    return (struct facet_verification_pairs){.count = p->count,
                                             .folds = p->folds,
                                             .scores = scores,
                                             .same = p->same,
                                             .fold = p->fold,
                                             .first = p->first,
                                             .second = p->second,
                                             .identity = identity_of(t),
                                             .disjoint = disjoint};
}

int facet_trials_draw(const struct facet_trials *t, const struct facet_verification_intervals *how,
                      struct facet_verification_draws **draws)
{
    const struct facet_verification_pairs pairs = pairs_of(t, NULL, 0);
    *draws = NULL;
    if (how->replicates == 0 || pairs.identity == NULL) return FACET_OK;
    return facet_verification_draws_new(draws, &pairs, how);
}

int facet_trials_judge(const struct facet_trials *t, const double *scores, int disjoint,
                       const struct facet_verification_intervals *how,
                       struct facet_verification *result)
{
    const struct facet_verification_pairs pairs = pairs_of(t, scores, disjoint);
    struct facet_verification_intervals intervals = *how;
    if (pairs.identity == NULL) intervals.replicates = 0;
    return facet_verification_run(&pairs, &intervals, result);
}
