#include "protocol/ranking.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

int facet_ranking_new(struct facet_ranking **ranks, const struct facet_identification *set)
{
    struct facet_ranking *r = facet_alloc(1, sizeof *r, "ranks");
    if (r == NULL) return FACET_ENOMEM;
    r->set = set;
    r->impostors = set->impostors;
    r->genuine = set->probe_count - set->impostors;
    r->rank = facet_alloc(set->probe_count, sizeof *r->rank, "ranks");
    r->score = facet_alloc(set->probe_count, sizeof *r->score, "ranks");
    r->alarms = facet_alloc(set->impostors, sizeof *r->alarms, "ranks");
    r->best = facet_alloc(set->people, sizeof *r->best, "ranks");
    r->seen = facet_alloc(set->probe_count, sizeof *r->seen, "ranks");
    if (r->rank == NULL || r->score == NULL || r->alarms == NULL || r->best == NULL ||
        r->seen == NULL) {
        facet_ranking_free(&r);
        return FACET_ENOMEM;
    }
    *ranks = r;
    return FACET_OK;
}

void facet_ranking_free(struct facet_ranking **ranks)
{
    if (*ranks == NULL) return;
    free((*ranks)->rank);
    free((*ranks)->score);
    free((*ranks)->alarms);
    free((*ranks)->best);
    free((*ranks)->seen);
    free(*ranks);
    *ranks = NULL;
}

static int rank_probe(struct facet_ranking *r, size_t probe, const double *scores)
{
    const struct facet_identification *set = r->set;
    const int32_t own = set->probe_person[probe];
    double most = -INFINITY;
    uint32_t rank = 0;
    for (size_t who = 0; who < set->people; who++) r->best[who] = -INFINITY;
    for (size_t i = 0; i < set->gallery_count; i++) {
        if (isnan(scores[i]))
            return facet_fail(FACET_EFORMAT,
                              "identification: the score of probe %zu and gallery "
                              "image %zu is not a number",
                              probe, i);
        double *best = &r->best[set->gallery_person[i]];
        if (scores[i] > *best) *best = scores[i];
        if (scores[i] > most) most = scores[i];
    }
    for (size_t who = 0; own >= 0 && who < set->people; who++)
        rank += r->best[who] >= r->best[own]; /* itself, too */
    r->rank[probe] = rank;
    r->score[probe] = own >= 0 ? r->best[own] : most;
    r->seen[probe] = 1;
    return FACET_OK;
}

int facet_ranking_add(struct facet_ranking *ranks, size_t first, size_t rows, const double *scores)
{
    int code = FACET_OK;
    assert(first + rows <= ranks->set->probe_count);
    for (size_t i = 0; code == FACET_OK && i < rows; i++)
        code = rank_probe(ranks, first + i, scores + i * ranks->set->gallery_count);
    return code;
}

static int descending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x < y) - (x > y);
}

int facet_ranking_finish(struct facet_ranking *ranks)
{
    size_t n = 0;
    for (size_t i = 0; i < ranks->set->probe_count; i++) {
        if (!ranks->seen[i])
            return facet_fail(FACET_EINVAL, "identification: no scores of probe %zu", i);
        if (ranks->set->probe_person[i] < 0) ranks->alarms[n++] = ranks->score[i];
    }
    qsort(ranks->alarms, n, sizeof *ranks->alarms, descending);
    return FACET_OK;
}

double facet_ranking_cmc(const struct facet_ranking *ranks, size_t rank)
{
    size_t found = 0;
    for (size_t i = 0; i < ranks->set->probe_count; i++)
        found += ranks->rank[i] != 0 && ranks->rank[i] <= rank;
    return (double)found / (double)ranks->genuine;
}

double facet_ranking_dir(const struct facet_ranking *ranks, double far, double *threshold)
{
    const double impostors = (double)ranks->impostors;
    size_t allowed = 0, found = 0;
    if (ranks->impostors == 0) return *threshold = NAN;
    while (allowed < ranks->impostors && (double)(allowed + 1) / impostors <= far) allowed++;
    *threshold = allowed < ranks->impostors ? ranks->alarms[allowed] : -INFINITY;
    for (size_t i = 0; i < ranks->set->probe_count; i++)
        found += ranks->rank[i] == 1 && ranks->score[i] > *threshold;
    return (double)found / (double)ranks->genuine;
}
