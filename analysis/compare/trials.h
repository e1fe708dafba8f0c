/* compare/trials: the pairs of a protocol on activation files: which images and people they need,
 * the score of every pair, how many are told right.
 *
 *     facet_files_open(&files, paths, count);
 *     facet_trials_new(&trials, files[0], "pairs.txt", &(struct facet_protocol_options){0}, run);
 *     facet_features_read(f, trials->images, trials->image_count, run, x);
 *     facet_compare_new(&c, FACET_COSINE, x, trials->image_count, f->width, &options);
 *     facet_trials_score(trials, c, threads, scores);
 *     facet_trials_judge(trials, scores, 0, &how, &result);
 *     facet_trials_free(&trials);
 *     facet_files_close(&files, count);
 */
#ifndef FACET_COMPARE_TRIALS_H
#define FACET_COMPARE_TRIALS_H

#include "base/provenance.h"
#include "compare/compare.h"
#include "protocol/pairs.h"
#include "stats/verification.h"
#include "store/activations.h"

/* Opens all of them or none; errors as facet_acts_open(). NULL-safe. */
int facet_files_open(struct facet_acts ***files, const char *const *paths, size_t count);
void facet_files_close(struct facet_acts ***files, size_t count);

struct facet_trials {
    struct facet_acts *acts; /* whose images the pairs name; not owned */
    struct facet_protocol *protocol;
    uint32_t *images; /* [image_count] rows that stand in pairs, ascending */
    size_t image_count;
    uint32_t *place;     /* (images of the file) their place in that list */
    const char **people; /* [people_count] who stands in pairs, sorted by strcmp, each once; names
                            belong to acts */
    size_t people_count;
};

/* `acts` must outlive it. The protocol is recorded in `run`; errors as facet_protocol_read(). */
int facet_trials_new(struct facet_trials **trials, struct facet_acts *acts, const char *pairs,
                     const struct facet_protocol_options *how, struct facet_provenance *run);
void facet_trials_free(struct facet_trials **trials); /* NULL-safe */

/* Images behind a side of a pair, rows of the file: one, or those of a group. */
const uint32_t *facet_trials_rows(const struct facet_trials *trials, const uint32_t *side,
                                  size_t *count);

/* scores (pairs) of what compares rows of x (image_count, width); of two groups the mean over pairs
 * of their images. Doesn't depend on the number of threads. */
void facet_trials_score(const struct facet_trials *trials, const struct facet_compare *compare,
                        int threads, double *scores);

/* facet_verification_run() of these scores; without intervals where the file has no identities. */
int facet_trials_judge(const struct facet_trials *trials, const double *scores, int disjoint,
                       const struct facet_verification_intervals *how,
                       struct facet_verification *result);

#endif
