/* selectivity/measure: every neuron of a strip against every target.
 *
 * A neuron's values are sorted once; what is asked of it then walks through that order. Neurons are
 * shared among threads, 32 at a time; a neuron's numbers don't depend on how.
 *
 *     measure_new(&measure, targets, width, &how);
 *     measure_add(measure, first, count, x);        // for each strip
 *     measure_finish(measure);                      // q, over all neurons and targets
 *     measure_response(measure, target, neuron)->auc;
 *     measure_free(&measure);
 */
#ifndef FACET_SELECTIVITY_MEASURE_H
#define FACET_SELECTIVITY_MEASURE_H

#include "stats/selectivity.h"
#include "targets/targets.h"

enum { RESPONSE_BINS = 8 };

/* Whether a neuron responds to a target with more or less activity: AUC above or below 0.5. */
enum direction { NO_DIRECTION, EXCITATORY, INHIBITORY, DIRECTIONS };

struct response {
    struct facet_part on, off; /* on the target, on the rest */
    enum direction direction;
    double balanced_accuracy, balanced_sd; /* over splits, each the mean of both halves */
    double auc, low, high;
    double d_prime, index, information;
    double p, q, permutation_p; /* NaN: constant neuron; permutation_p: none were asked for */
};

/* The neuron that does best on one half, and what it does on the other: free of the bias of
 * choosing it. */
struct champions {
    double accuracy, sd; /* over splits, each the mean of both halves; NaN: no neuron */
};

struct measure_how {
    size_t splits, permutations;
    uint64_t seed;
    int threads;
};

struct measure;

int measure_new(struct measure **measure, const struct facet_targets *targets, size_t neurons,
                const struct measure_how *how);
void measure_free(struct measure **measure); /* NULL-safe */

/* x (count, images): neurons first .. first + count - 1, in ascending order of calls. */
void measure_add(struct measure *measure, size_t first, size_t count, const float *x);
int measure_finish(struct measure *measure);

const struct response *measure_response(const struct measure *measure, size_t target,
                                        size_t neuron);
/* Least and greatest value of a neuron over all images. */
const float *measure_range(const struct measure *measure, size_t neuron);
/* Of the neurons chosen as excitatory or inhibitory ones. */
struct champions measure_champions(const struct measure *measure, size_t target,
                                   enum direction direction);

#endif
