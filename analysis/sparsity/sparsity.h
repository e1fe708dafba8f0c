/* sparsity: how sparse are the activations? (the paper's section 4.1 and Fig. 6, and more)
 *
 * For each layer and view of an activation file: sparsity of every image over the layer's neurons,
 * activity and distribution of every neuron over the images, their histograms, the same for a
 * sweep of thresholds, and how much the active sets of two images of one identity and of two
 * identities have in common. Two passes over the file; memory does not depend on the number of
 * images but for their labels and some sums for each identity.
 *
 * A neuron is active on an image when its activation is above the threshold. Missing images are
 * left out and counted. Intervals are 95 % percentile intervals of a bootstrap over identities; an
 * image without identity is one of its own.
 */
#ifndef FACET_SPARSITY_SPARSITY_H
#define FACET_SPARSITY_SPARSITY_H

#include "store/activations.h"

struct facet_sparsity_options {
    const char *path;   /* activation file */
    const char *folder; /* tables go here */
    char **layers;      /* [layer_count]; NULL: all */
    size_t layer_count;
    double threshold;
    const double *thresholds; /* [threshold_count] the sweep */
    size_t threshold_count;
    int relative; /* nonzero: `thresholds` are multiples of each layer's scale */
    size_t replicates;
    uint64_t seed;
    size_t pairs;
    int threads, quiet;
};

/* One line of the summary. */
struct facet_sparsity_summary {
    char layer[FACET_NAME_SIZE];
    char *view;
    size_t neurons, images;
    double active, active_sd, share, images_per_neuron, images_per_neuron_sd, treves_rolls, gini;
    size_t dead, always_on, constant;
};

struct facet_sparsity_result {
    size_t images, missing, identities, unidentified;
    size_t count;
    struct facet_sparsity_summary *lines; /* [count] layers x views */
};

struct facet_sparsity; /* a prepared run */

/* Opens the file and checks the request. */
int facet_sparsity_open(struct facet_sparsity **sparsity,
                        const struct facet_sparsity_options *options, struct facet_provenance *run);
/* One line on what is ahead: data, memory. Caller frees. */
char *facet_sparsity_estimate(const struct facet_sparsity *sparsity);
/* Does the work and writes all tables, whole or not at all. */
int facet_sparsity_run(struct facet_sparsity *sparsity);
const struct facet_sparsity_result *facet_sparsity_result(const struct facet_sparsity *sparsity);
void facet_sparsity_close(struct facet_sparsity **sparsity); /* NULL-safe */

#endif
