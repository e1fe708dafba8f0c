/* train/loop: a whole training: batches, steps, checks on held-out people, checkpoints.
 *
 * Into `folder` go split.tsv (who is trained on, train/split), log.tsv (losses, every log_every
 * steps), validation.tsv (accuracy and activity of every branch on pairs of the people held out,
 * every check_every epochs), checkpoint.h5 (every save_every seconds, at an interrupt and at the
 * end) and, at the end, model.h5. An epoch is as many steps as the training people's images fill
 * batches; as people are drawn by balance, not every image comes once in each.
 *
 * The learning rate rises in a line over the warm-up, then follows the schedule.
 *
 *     facet_training_run(&training, &result);
 */
#ifndef FACET_TRAIN_LOOP_H
#define FACET_TRAIN_LOOP_H

#include "train/data.h"
#include "train/initialise.h"
#include "train/learn.h"
#include "train/sampler.h"

#include <signal.h>

enum facet_schedule {
    FACET_SCHEDULE_CONSTANT,
    FACET_SCHEDULE_COSINE, /* half a cosine down to rate / 1000 */
    FACET_SCHEDULE_LINEAR, /* a line down to rate / 1000 */
    FACET_SCHEDULE_STEPS,  /* a tenth after 60 % of the steps, a hundredth after 85 % */
};

/* "constant", "cosine", "linear", "steps"; and back (FACET_EINVAL). */
const char *facet_schedule_name(enum facet_schedule schedule);
int facet_schedule_parse(const char *text, enum facet_schedule *schedule);
/* The learning rate of a step. */
double facet_schedule_rate(enum facet_schedule schedule, double rate, uint64_t step,
                           uint64_t warmup, uint64_t steps);

struct facet_training {
    const char *program;
    const char *folder;
    const struct facet_manifest *manifest;
    const struct facet_split *split;
    struct facet_model *model;                 /* what it starts from; receives the weights */
    const struct facet_preprocess *preprocess; /* of the training images; the model keeps its own */
    const struct facet_kernels *kernels;
    struct facet_provenance *run;
    struct facet_learning learning;
    struct facet_augment augment;
    struct facet_sampler_spec sampler;
    uint8_t supervised[FACET_LEARN_BRANCHES];
    int initialise; /* first weights are fitted to the data */
    struct facet_first first;
    int plain;                                    /* gradients aren't centred */
    int normalised;                               /* batch normalisation in the branches */
    double rate, warmup, epochs;                  /* warmup: epochs */
    double verification_start, verification_rise; /* epochs; those of `learning` follow from them */
    enum facet_schedule schedule;
    size_t validation_pairs;        /* of each kind, at most */
    size_t log_every;               /* steps */
    double check_every;             /* epochs */
    double save_every;              /* seconds */
    enum facet_precision precision; /* of model.h5 */
    int resume, quiet, threads;
    void (*say)(void *context, const char *line); /* a line after each check */
    void *say_context;
    const volatile sig_atomic_t *interrupted; /* nonzero: save and stop after the step under way */
};

struct facet_training_result {
    uint64_t steps; /* taken in this run */
    double seconds;
    double cosine, euclidean, active; /* of the last branch at the last check; NaN without pairs */
};

/* Bytes on the disk at the most: the model, and a checkpoint beside the one before. */
double facet_training_disk(const struct facet_training *t);

/* With `resume` it goes on from the folder's checkpoint, to the same weights as if it had never
 * stopped; without, an earlier checkpoint is removed as soon as all is set up. A loss or gradient
 * that isn't finite, or a loss of three times the first one, is FACET_EFORMAT naming the step; an
 * interrupt FACET_EIO. The last checkpoint stays. */
int facet_training_run(struct facet_training *t, struct facet_training_result *result);

#endif
