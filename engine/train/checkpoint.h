/* train/checkpoint: a training at rest, and how it goes on.
 *
 * A checkpoint is a file of the model file's kind (store/model: whole or not at all, a checksum on
 * every chunk), named "facet-checkpoint-1". For each layer that learns it has a layer of that name
 * with weight and bias and a layer NAME_velocity with their momentum, as they lie in memory
 * (train/stage, train/full); and for each branch NAME_margin, whose weight is the margin's recent
 * pairs and whose bias is the margin, -1 while there is none. Its training text is JSON:
 * `settings`, everything that determines the weights, and `state`, where the training stands.
 */
#ifndef FACET_TRAIN_CHECKPOINT_H
#define FACET_TRAIN_CHECKPOINT_H

#include "train/learn.h"

#include <jansson.h>

/* Borrows `settings` and `state`. */
int facet_checkpoint_write(const char *path, const struct facet_learner *learner,
                           const struct facet_preprocess *preprocess, json_t *settings,
                           json_t *state, const struct facet_provenance *run);

/* Fills the learner and its network, and *state (the caller decrefs). FACET_EFORMAT if the file is
 * damaged or no checkpoint; FACET_EINVAL if it was made with other settings: the message names the
 * first that differs, with both values. Nothing has changed then. */
int facet_checkpoint_read(const char *path, struct facet_learner *learner, json_t *settings,
                          json_t **state);

#endif
