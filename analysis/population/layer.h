/* population/layer: a layer at work: its values in memory, what each neuron tells, and the random
 * orders that choices of neurons are set beside; with them the settings that every measure needs.
 */
#ifndef FACET_POPULATION_LAYER_H
#define FACET_POPULATION_LAYER_H

#include "population/ranking.h"

struct layer {
    const char *name, *features;
    const struct facet_targets *targets;
    size_t width;
    float *x; /* (images, width) */
    struct ranking *ranking;
    size_t repeats;
    uint32_t *random; /* (repeats, width) orders */
    size_t splits;
    const size_t *zeroed; /* [zeroed_count] numbers of neurons, ascending, below width */
    size_t zeroed_count;
    uint64_t seed;
    int threads;
};

/* What zeroing some neurons does: a line of ablation.tsv. */
struct ablation {
    const struct facet_target *target;
    const char *measure; /* "lda", "lda_refitted", or of verification "cosine" */
    int is_selective;    /* all that are selective, not the best ones */
    double neurons;      /* zeroed; a mean over halves */
    size_t n;            /* images, or pairs */
    double intact, estimate, sd, low, high;
    size_t repeats;
    const double *random; /* [repeats] the same with as many random neurons */
};

#endif
