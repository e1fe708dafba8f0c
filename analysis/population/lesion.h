/* population/lesion: what verification loses without a target's neurons. They are chosen on the
 * images that stand in no pair; all pairs are compared with them at zero, and with as many random
 * ones.
 *
 *     lesion_new(&lesion, &options, targets, run);
 *     ranking_new(&ranking, targets, splits, lesion->outside, width);
 *     lesion_write(lesion, layer, tables);
 *     lesion_free(&lesion);
 */
#ifndef FACET_POPULATION_LESION_H
#define FACET_POPULATION_LESION_H

#include "compare/trials.h"
#include "population/tables.h"

struct lesion_options {
    const char *path;  /* activation file */
    const char *pairs; /* see protocol/pairs */
    int allow_missing;
    enum facet_comparison metrics[FACET_COMPARISONS]; /* that need no fitting */
    size_t metric_count;
    size_t replicates;
    uint64_t seed;
    int threads;
};

struct lesion {
    const struct lesion_options *o;
    const struct facet_targets *targets;
    struct facet_session_options files;
    struct facet_session *session;
    struct facet_trials *trials;
    size_t *image;    /* [session->image_count] as the targets count them */
    uint8_t *outside; /* [targets->images] 1: stands in no pair */
    size_t skipped;   /* targets with fewer than two images, or two of the rest, outside */
    char skipped_names[400];
};

/* Errors as facet_trials_new(); FACET_EINVAL: one fold. */
int lesion_new(struct lesion **lesion, const struct lesion_options *options,
               const struct facet_targets *targets, struct facet_provenance *run);
void lesion_free(struct lesion **lesion); /* NULL-safe */

/* Writes the rows of all targets; skipped ones have none. */
int lesion_write(const struct lesion *lesion, const struct layer *layer,
                 struct population_tables *tables);

#endif
