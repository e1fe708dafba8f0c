/* train/sampler: balanced batches, P people with K images each.
 *
 * Random batches of thousands of people hold hardly any pair of one person, which the verification
 * loss lives on. Here every batch has P different people and K images of each: K - 1 partners for
 * every image, and (P - 1) K images of others.
 *
 * People are drawn one after the other, without replacement: of those not yet in the batch, a
 * person with n images is next with a probability proportional to n^balance (successive sampling).
 * With balance 0 everyone comes alike often; with balance 1 and P far below the number of people
 * every image does. The weights decide alone: people with one image are drawn too, and that image
 * then fills their K places (with K different views, where they are augmented).
 *
 * A person's K images are drawn without replacement, in random order. Where there are fewer, all of
 * them come, in random order, then all of them again in another, and so on.
 *
 * A batch depends on (seed, step) only: a training that goes on sees the batches that it would have
 * seen, and threads may draw different steps from one sampler.
 *
 *     struct facet_sampler_spec spec = {.seed = 1, .people = 32, .images = 4, .balance = 0.5};
 *     facet_sampler_new(&sampler, manifest, split, &spec);
 *     facet_sampler_draw(sampler, step, images, labels);      // [128] each
 *     facet_sampler_free(&sampler);
 */
#ifndef FACET_TRAIN_SAMPLER_H
#define FACET_TRAIN_SAMPLER_H

#include "train/split.h"

struct facet_sampler_spec {
    uint64_t seed;
    size_t people;  /* P, people of a batch */
    size_t images;  /* K, images of each */
    double balance; /* 0..1 */
};

struct facet_sampler;

/* The images of the split's training people. Neither manifest nor split is needed afterwards.
 * FACET_EINVAL: P or K of 0, P above the number of training people, P K above INT32_MAX, a balance
 * out of range, or a split of another manifest (by its number of images). */
int facet_sampler_new(struct facet_sampler **sampler, const struct facet_manifest *manifest,
                      const struct facet_split *split, const struct facet_sampler_spec *spec);

/* The batch of a step: images[P K] are indices into the manifest, labels[P K] classes of the split;
 * a person's K images stand together. */
void facet_sampler_draw(const struct facet_sampler *sampler, uint64_t step, size_t *images,
                        int32_t *labels);

void facet_sampler_free(struct facet_sampler **sampler); /* NULL-safe */

#endif
