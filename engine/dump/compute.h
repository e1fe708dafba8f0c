/* dump/compute: what the corridor computes of the faces it sees: a network's layers
 * (dump/network.h) or a descriptor (dump/lbp.h).
 *
 * A face must have the same bits whatever else is in its batch and whichever worker computes it.
 *
 *     void *run;
 *     compute->new_run(compute->context, 64, &run);                // one a worker
 *     compute->forward(run, n, faces, landmarks, outputs);         // n <= 64
 *     compute->free_run(run);
 */
#ifndef FACET_DUMP_COMPUTE_H
#define FACET_DUMP_COMPUTE_H

#include "net/net.h"

struct facet_compute {
    const char *name; /* of the work, for the closing line */
    const struct facet_acts_layer *layers;
    size_t layer_count;
    int landmarks;       /* nonzero: it wants to know where the landmarks of each face are */
    const void *context; /* what is computed; outlives all runs, and is not changed by them */

    /* Scratch for up to `views` faces at a time. FACET_ENOMEM. */
    int (*new_run)(const void *context, size_t views, void **run);
    void (*free_run)(void *run);
    /* input (views, channels, height, width), normalised; landmarks (views, 5, 2) x y in pixels of
     * the input, as facet_views_see() gives them, NULL if not wanted; outputs[i] (views, neurons of
     * layers[i]). Nothing fails. */
    void (*forward)(void *run, size_t views, const float *input, const double *landmarks,
                    float *const *outputs);
    /* Bytes of `runs` of these and of what they share. */
    double (*memory)(const void *context, size_t views, int runs);
    /* Where a run's time went so far. */
    size_t (*step_count)(const void *run);
    struct facet_run_step (*step)(const void *run, size_t step);
};

#endif
