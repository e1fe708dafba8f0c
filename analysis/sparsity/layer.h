/* sparsity/layer: one layer and view, measured in two passes over its activations.
 *
 * Pass one takes everything about whole images (sparsity, active neurons at every threshold, packed
 * bits of the sampled images), the neurons' moments and active counts, and the first half of their
 * quantiles. Pass two, some strips of neurons at a time, takes histograms, the second half of the
 * quantiles, and each identity's part in the linearised statistics.
 */
#ifndef FACET_SPARSITY_LAYER_H
#define FACET_SPARSITY_LAYER_H

#include "sparsity/stream.h"
#include "stats/bootstrap.h"
#include "stats/moments.h"
#include "stats/pairs.h"
#include "stats/sparseness.h"

enum {
    QUANTILES = 5,
    BINS = 64,   /* of an activation histogram */
    INDICES = 5, /* members of struct facet_sparseness */
    LINEAR = 2,  /* linearised statistics: sd of images per neuron, mean entropy */
};

/* What each cluster (identity) sums up over its images. S is the sum and Q the sum of squares of
 * deviations from a pivot, so that a constant measure has no rounding in its variance. */
enum {
    SUM_N,
    SUM_LINEAR,                           /* LINEAR values */
    SUM_INDEX = SUM_LINEAR + LINEAR,      /* INDICES times n, S, Q */
    SUM_ACTIVE = SUM_INDEX + 3 * INDICES, /* for every threshold S, Q */
};

/* Shared by all layers. */
struct images {
    int32_t *cluster; /* [images] -1 for missing images */
    size_t clusters;
    int32_t *sampled; /* [images] slot of an image whose bits are kept, or -1 */
    size_t samples;
    struct facet_pairs *pairs[2];      /* by enum facet_pairs_relation */
    struct facet_bootstrap *bootstrap; /* over clusters */
};

struct layer {
    const struct facet_acts_layer *shape;
    struct stream stream; /* over all neurons */
    const struct images *images;
    size_t thresholds; /* number of them; the first is the main one */
    double *threshold; /* [thresholds] */
    uint64_t n;        /* images that are not missing */
    struct facet_moments *moments;
    uint64_t *active;    /* (thresholds, neurons) images on which a neuron is active */
    double *quantile;    /* (neurons, QUANTILES) */
    uint32_t *histogram; /* (neurons, BINS) */
    double low, high;    /* range of the histogram */
    uint64_t *per_image; /* [neurons / step + 1] histogram of active neurons per image */
    uint64_t per_image_step;
    double gradient_mean[LINEAR]; /* sum_j g_j p_j of the linearised statistics */
    size_t width;                 /* sums a cluster */
    double *sums;                 /* (clusters, width) */
    double *pivot;                /* [width], at the places of S */
    uint64_t *bits;               /* (samples, words) */
    size_t words;
    void *work; /* private to the passes */
};

/* `thresholds` values, the main one first. */
int layer_new(struct layer **layer, const struct stream *stream, const struct images *images,
              const double *threshold, size_t thresholds);
void layer_free(struct layer **layer); /* NULL-safe */

/* Bytes a layer takes at most, without the stream's blocks. */
double layer_memory(const struct facet_acts_layer *shape, const struct images *images,
                    size_t thresholds, int threads);

/* A row of images.tsv. */
typedef void layer_image(void *context, const struct layer *layer, size_t row, uint32_t active,
                         const struct facet_sparseness *s);

/* Both passes. `image` is called for every image in order. */
int layer_measure(struct layer *layer, layer_image *image, void *context);

/* Active share of a neuron at a threshold, and the entropy in bits of a share. */
double layer_share(const struct layer *layer, size_t threshold, size_t neuron);
double layer_entropy(double share);

/* Mean of the values above zero in the first block, to two digits; 1 where there are none. */
int layer_scale(const struct stream *stream, double *scale);

#endif
