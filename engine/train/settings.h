/* train/settings: everything that determines what a training's weights become, as JSON: what a
 * checkpoint is compared with before a training goes on, and what the model says of its origin. */
#ifndef FACET_TRAIN_SETTINGS_H
#define FACET_TRAIN_SETTINGS_H

#include "train/loop.h"

#include <jansson.h>

/* names: of the model's branches. The caller decrefs *settings. */
int facet_training_settings(const struct facet_training *t, const char *const *names, size_t count,
                            json_t **settings);

#endif
