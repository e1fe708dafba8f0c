/* occlusion/measure: how far activations of hidden faces lie from those of the clean ones.
 *
 * Of an image, over neurons, and of a neuron, over images: the share that keeps its binary state
 * (above the threshold, or not), Pearson's correlation and the cosine with the clean values. Of a
 * person: the mean of every neuron, and its d' (stats/selectivity) on the person's images against
 * all others.
 *
 *     occlusion_measures_new(&m, &faces);
 *     occlusion_measure(&faces, x, &m);           // x (images, width) of a level
 *     occlusion_measures_free(&m);
 */
#ifndef FACET_OCCLUSION_MEASURE_H
#define FACET_OCCLUSION_MEASURE_H

#include "stats/bootstrap.h"
#include "stats/verification.h"

enum occlusion_measure {
    OCCLUSION_KEPT,
    OCCLUSION_CORRELATION,
    OCCLUSION_COSINE,
    OCCLUSION_MEASURES
};

/* "state_kept", "correlation", "cosine" */
const char *occlusion_measure_name(enum occlusion_measure measure);

/* A person whose neurons are looked at one by one. */
struct occlusion_person {
    const char *name;
    uint32_t *own, *others; /* [own_count], [other_count] rows of x */
    size_t own_count, other_count;
};

/* The clean faces. */
struct occlusion_faces {
    size_t images, width;
    const float *clean; /* (images, width) finite */
    double threshold;
    int neurons; /* nonzero: single neurons, too */
    const struct occlusion_person *people;
    size_t people_count;
    const struct facet_bootstrap *bootstrap; /* NULL: no intervals */
    const uint32_t *cluster; /* [images] of the bootstrap, below clusters; NULL without */
    size_t clusters, replicates;
    int threads;
};

struct occlusion_neuron {
    double of[OCCLUSION_MEASURES]; /* over images; NaN where it is constant (or zero) on either */
    double mean, active;           /* on the hidden faces; share of images above the threshold */
    double change; /* root mean square of hidden - clean, in standard deviations (divisor n) of
                      clean; NaN where that is constant */
};

struct occlusion_measures {
    struct facet_estimate of[OCCLUSION_MEASURES]; /* means over images */
    size_t images[OCCLUSION_MEASURES];            /* that they are of: those where it is defined */
    struct occlusion_neuron *neurons;             /* [width]; NULL where nobody asks */
    double *mean, *d_prime;                       /* (people, width); likewise */
};

int occlusion_measures_new(struct occlusion_measures *measures,
                           const struct occlusion_faces *faces);
void occlusion_measures_free(struct occlusion_measures *measures);

/* x (images, width). Intervals are 95 % percentile intervals over clusters. The result doesn't
 * depend on the number of threads. FACET_ENOMEM. */
int occlusion_measure(const struct occlusion_faces *faces, const float *x,
                      struct occlusion_measures *measures);

#endif
