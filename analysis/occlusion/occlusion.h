/* occlusion/occlusion: what is left of verification and of the activations when parts of the faces
 * are hidden, to tables. The hidden faces are views of the activation file (occlusion/levels).
 *
 *     struct facet_occlusion_options options = {...};
 *     facet_occlusion_run(&options, run, &report);
 *     facet_occlusion_free(&report);
 */
#ifndef FACET_OCCLUSION_OCCLUSION_H
#define FACET_OCCLUSION_OCCLUSION_H

#include "compare/session.h"
#include "stats/verification.h"

struct facet_occlusion_options {
    struct facet_session_options compare; /* tables go to its folder */
    struct facet_session_options
        beside;        /* another description of the same images; no paths: none */
    const char *pairs; /* protocol file, two folds or more */
    char **levels;     /* [level_count] views or kinds; NULL: all */
    size_t level_count;
    char **identities; /* [identity_count] whose neurons are looked at; NULL: with most images */
    size_t identity_count;
    int64_t hidden_seed; /* faces must have been hidden with; negative: any */
    int one_face;        /* nonzero: the first face of each pair is clean */
    size_t replicates;   /* of the bootstrap; 0: no intervals */
    uint64_t seed;
    int disjoint, allow_missing, quiet;
};

/* A layer by a metric, with one kind of occlusion. */
struct facet_occlusion_line {
    const char *layer, *kind; /* owned by the report */
    enum facet_comparison metric;
    double clean, lowest;       /* accuracy of clean faces, and the least of all levels */
    struct facet_estimate half; /* level at which half of it is lost; NaN: at none */
};

struct facet_occlusion_report {
    size_t pairs, listed, missing, images, levels, line_count;
    struct facet_occlusion_line *lines;
    char **names; /* [name_count] of layers and kinds */
    size_t name_count;
};

/* Writes accuracy, half, differences, drift, neurons, identities and sets (.tsv with sidecars) into
 * the folder, and metric_LAYER.h5 of each Joint Bayesian that was fitted. Memory holds the features
 * of the images in pairs, clean and at one level, whatever the number of levels; every layer and
 * level is read once. Errors as facet_session_new(), facet_trials_new(), occlusion_levels_new();
 * FACET_EINVAL: one fold, a person without an image, files whose faces were hidden otherwise. */
int facet_occlusion_run(const struct facet_occlusion_options *options, struct facet_provenance *run,
                        struct facet_occlusion_report *report);
void facet_occlusion_free(struct facet_occlusion_report *report);

#endif
