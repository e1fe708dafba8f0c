/* train/check: how well the branches of a network tell held-out people apart, and how many of their
 * neurons are active. */
#ifndef FACET_TRAIN_CHECK_H
#define FACET_TRAIN_CHECK_H

#include "train/data.h"
#include "train/network.h"
#include "train/split.h"
#include "train/validate.h"

/* Images of the validation people that stand in a pair, and the pairs of them. */
struct facet_check {
    size_t *images; /* [count] indices into the manifest */
    size_t count;
    struct facet_validate_pairs *pairs; /* NULL: nobody validates */
};

struct facet_check_result {
    double cosine, cosine_sd, euclidean, euclidean_sd; /* accuracy and its sd over the folds */
    double active, active_sd;                          /* share of neurons above 0, over images */
    size_t dead, always_on;
};

/* Up to `pairs` pairs of each kind, in ten folds, drawn from `seed`. Without validation people the
 * check is empty. */
int facet_check_new(struct facet_check **check, const struct facet_split *split, size_t pairs,
                    uint64_t seed);
void facet_check_free(struct facet_check **check); /* NULL-safe */

/* result [net->branch_count]. Images as they are, without augmentation. */
int facet_check_run(const struct facet_check *check, const struct facet_data *data,
                    struct facet_network *net, struct facet_check_result *result);

#endif
