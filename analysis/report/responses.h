/* report/responses: how every neuron of a layer responds: to all images, to each person and
 * attribute, and which images drive it most and least. One pass over a strip of neurons at a time:
 * memory is that of the strip and of the results, not of the layer.
 *
 *     responses_new(&r, acts, layer, view, subjects, &sizes);
 *     use(r->all + neuron * r->bins, ...);
 *     responses_free(&r);
 */
#ifndef FACET_REPORT_RESPONSES_H
#define FACET_REPORT_RESPONSES_H

#include "report/subjects.h"

struct responses_sizes {
    size_t bins;   /* of the histograms */
    size_t most;   /* people of each direction a neuron, neurons of each direction a subject */
    size_t images; /* highest and lowest a neuron */
};

/* A subject's or a neuron's best: who (or which neuron) it is, and its d'. */
struct preference {
    uint32_t who; /* RESPONSES_NONE: nobody */
    float d_prime;
};
#define RESPONSES_NONE UINT32_MAX

/* Of one neuron, over the images that aren't missing. */
struct neuron {
    float active_share; /* above zero */
    float mean, sd;     /* divisor n - 1 */
    float entropy_bits; /* of active or not */
    float treves_rolls; /* stats/moments */
    float low, high;    /* least and greatest value */
    uint32_t lowest;    /* images that share the least value */
};

struct responses {
    size_t neurons, images; /* images: not missing */
    struct responses_sizes sizes;
    struct neuron *neuron; /* [neurons] */
    uint32_t *all;         /* (neurons, bins) equal bins from min(low, 0) to high */
    uint32_t *of;          /* (shown subjects, neurons, bins) of the subject's images */
    struct preference
        *excites; /* (neurons, most) people by falling d' (stats/selectivity), above 0 */
    struct preference *inhibits; /* (neurons, most) people by rising d', below 0 */
    float *attributes;           /* (attributes, neurons) d'; NaN for a constant neuron */
    struct preference *excited;  /* (subjects, most) neurons by falling d', above 0 */
    struct preference *inhibited;
    uint32_t *top, *bottom; /* (neurons, sizes.images) rows; RESPONSES_NONE where there are fewer */
    float *top_value, *bottom_value;
};

/* FACET_EFORMAT: a value that isn't finite, of an image that isn't missing; no image at all. */
int responses_new(struct responses **responses, struct facet_acts *acts, size_t layer, size_t view,
                  const struct subjects *subjects, const struct responses_sizes *sizes);
void responses_free(struct responses **responses); /* NULL-safe */

#endif
