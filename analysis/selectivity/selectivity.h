/* selectivity/selectivity: which neurons know whom: every neuron of the layers asked for against
 * every target, to tables.
 *
 *     struct selectivity_options options = {...};
 *     selectivity_run(&options, run, &report);
 *     selectivity_free(&report);
 */
#ifndef FACET_SELECTIVITY_SELECTIVITY_H
#define FACET_SELECTIVITY_SELECTIVITY_H

#include "selectivity/tables.h"
#include "targets/options.h"

struct selectivity_options {
    const char *path, *folder;
    struct facet_asked asked;
    char **group; /* [group_count] see selectivity/histograms */
    size_t group_count;
    size_t permutations;
    size_t classifier_splits; /* 0: no classifiers */
    int threads, quiet;
};

struct selectivity_report {
    size_t neurons, constant; /* of all layers; constant ones of them */
    size_t line_count;
    struct target_line *lines; /* [line_count] layers, then targets */
    struct facet_targets *targets;
    char **layers; /* [layer_count] */
    size_t layer_count;
};

/* Writes neurons, targets, response, histograms and, where asked for, classifiers (.tsv with
 * sidecars) into the folder. */
int selectivity_run(const struct selectivity_options *options, struct facet_provenance *run,
                    struct selectivity_report *report);
void selectivity_free(struct selectivity_report *report);

#endif
