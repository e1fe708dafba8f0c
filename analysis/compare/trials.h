/* compare/trials: the pairs of a protocol on activation files: which images and people they need,
 * the score of every pair, how many are told right.
 *
 *     facet_session_new(&session, &options, run);
 *     facet_trials_new(&trials, session, "pairs.txt", &(struct facet_protocol_options){0}, NULL);
 *     facet_trials_score(trials, compare, threads, scores);  // of the session's images
 *     facet_trials_judge(trials, scores, 0, &how, &result);
 *     facet_trials_free(&trials);
 *     facet_session_free(&session);
 */
#ifndef FACET_COMPARE_TRIALS_H
#define FACET_COMPARE_TRIALS_H

#include "compare/session.h"
#include "stats/verification.h"

struct facet_trials {
    struct facet_session
        *session; /* not owned; its images are those in pairs, and others asked for */
    struct facet_protocol *protocol;
};

/* `session` must outlive it. also (images of the first file): nonzero for images that are needed
 * besides those in pairs; NULL: none. The protocol is recorded in the session's run; errors as
 * facet_protocol_read(). */
int facet_trials_new(struct facet_trials **trials, struct facet_session *session, const char *pairs,
                     const struct facet_protocol_options *how, const uint8_t *also);
void facet_trials_free(struct facet_trials **trials); /* NULL-safe */

/* Images behind a side of a pair, rows of the file: one, or those of a group. */
const uint32_t *facet_trials_rows(const struct facet_trials *trials, const uint32_t *side,
                                  size_t *count);

/* scores (pairs) of what compares rows of x (images of the session, width); of two groups the mean
 * over pairs of their images. Doesn't depend on the number of threads. */
void facet_trials_score(const struct facet_trials *trials, const struct facet_compare *compare,
                        int threads, double *scores);
/* The same of the first image of each pair as `first` has it, and the second as `second` has it. */
void facet_trials_score_between(const struct facet_trials *trials,
                                const struct facet_compare *first,
                                const struct facet_compare *second, int threads, double *scores);

/* facet_verification_run() of these scores; without intervals where the file has no identities. */
int facet_trials_judge(const struct facet_trials *trials, const double *scores, int disjoint,
                       const struct facet_verification_intervals *how,
                       struct facet_verification *result);

/* Draws for how->draws of many calls of facet_trials_judge(), with its replicates and seed; NULL
 * where there are no intervals. */
int facet_trials_draw(const struct facet_trials *trials,
                      const struct facet_verification_intervals *how,
                      struct facet_verification_draws **draws);

#endif
