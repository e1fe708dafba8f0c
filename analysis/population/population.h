/* population/population: what many neurons do together: how few are enough, whether people share
 * them, what is lost without them; for every layer and target asked for, to tables.
 *
 *     struct population_options options = {...};
 *     population_run(&options, run, &report);
 *     population_free(&report);
 */
#ifndef FACET_POPULATION_POPULATION_H
#define FACET_POPULATION_POPULATION_H

#include "population/lesion.h"
#include "targets/options.h"

struct population_options {
    const char *path, *folder;
    struct facet_asked asked;
    const size_t *zeroed; /* [zeroed_count] numbers of neurons that are zeroed, ascending */
    size_t zeroed_count, repeats;
    struct lesion_options lesion; /* lesion.pairs NULL: no verification */
    int threads, quiet;
};

struct population_line {
    const char *layer;
    struct needed needed;
};

struct population_report {
    size_t neurons, pairs;         /* neurons: of all layers */
    struct population_line *lines; /* [line_count] layers, then targets */
    size_t line_count;
    struct facet_targets *targets;
    char **layers; /* [layer_count] */
    size_t layer_count;
    size_t skipped; /* see population/lesion */
    char skipped_names[400];
};

/* Writes curves, needed, overlap and ablation (.tsv with sidecars) into the folder. All values of a
 * layer are held in memory, and those of the images in pairs twice more. */
int population_run(const struct population_options *options, struct facet_provenance *run,
                   struct population_report *report);
void population_free(struct population_report *report);

#endif
