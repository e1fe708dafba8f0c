/* protocol/ranking: from scores of probes against a gallery to rates of identification.
 *
 * A person's score for a probe is the highest of the person's gallery images. The rank of a genuine
 * probe is 1 + the number of other people whose score is at least that of its own person: ties
 * count against it. Scores come in blocks of probes, each with the whole gallery; what is kept of a
 * probe is a rank and a score.
 *
 *     facet_ranking_new(&ranks, set);
 *     for (first = 0; first < set->probe_count; first += rows)
 *         facet_ranking_add(ranks, first, rows, scores);         // (rows, gallery_count)
 *     facet_ranking_finish(ranks);
 *     double rank_1 = facet_ranking_cmc(ranks, 1), dir = facet_ranking_dir(ranks, 0.01, &threshold);
 *     facet_ranking_free(&ranks);
 */
#ifndef FACET_PROTOCOL_RANKING_H
#define FACET_PROTOCOL_RANKING_H

#include "protocol/identification.h"

struct facet_ranking {
    const struct facet_identification *set; /* must outlive this */
    size_t genuine, impostors;
    uint32_t *rank; /* [probes] from 1; 0 for an impostor */
    double *score;  /* [probes] of the own person; an impostor's highest */
    double *alarms; /* [impostors] their scores, descending after facet_ranking_finish() */
    double *best;   /* [people] of the probe at hand */
    uint8_t *seen;  /* [probes] */
};

int facet_ranking_new(struct facet_ranking **ranks, const struct facet_identification *set);
void facet_ranking_free(struct facet_ranking **ranks); /* NULL-safe */

/* scores (rows, gallery_count) row-major, of the probes first .. first + rows - 1; higher is more
 * alike. FACET_EFORMAT names probe and gallery image of a score that is NaN. */
int facet_ranking_add(struct facet_ranking *ranks, size_t first, size_t rows, const double *scores);

/* FACET_EINVAL if a probe's scores haven't come. */
int facet_ranking_finish(struct facet_ranking *ranks);

/* Cumulative match characteristic: share of the genuine probes with this rank or a better one; NaN
 * without any. Closed set: rank 1 is the identification rate. */
double facet_ranking_cmc(const struct facet_ranking *ranks, size_t rank);

/* Detection and identification rate (Grother and Phillips 2004): share of the genuine probes of
 * rank 1 whose score is above the threshold. FAR is the share of impostors whose highest score is
 * above it; the threshold is the lowest impostor score (-infinity for far = 1) with FAR <= far,
 * nothing is interpolated. NaN without genuine probes or impostors. */
double facet_ranking_dir(const struct facet_ranking *ranks, double far, double *threshold);

#endif
