#include "binarize/subject.h"

#include "binarize/bits.h"
#include "kernels/bits.h"
#include "stats/pairs.h"
#include "stats/roc.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { TRAINING_PAIRS = 10000 }; /* of a kind, to choose a threshold on */

/* ---- thresholds ---- */

void subject_set_all(const struct subject *u, double threshold, float *thresholds)
{
    for (size_t j = 0; j < u->width; j++) thresholds[j] = (float)threshold;
}

double subject_sweep_value(const struct subject *u, size_t k)
{
    return u->s->o->thresholds[k] * u->scale;
}

/* How well Hamming distance tells pairs of training images at the best threshold on it. */
static int judge_training(const struct subject *u, const float *thresholds,
                          const struct facet_pairs *within, const struct facet_pairs *between,
                          double *accuracy)
{
    const struct facet_trainees *t = u->trained;
    const size_t words = facet_bits_words(u->width), pairs = within->count + between->count;
    struct facet_roc *roc = NULL;
    struct facet_roc_choice best;
    uint64_t *codes = facet_alloc(t->count, words * sizeof *codes, "codes");
    uint32_t *differing = facet_alloc(pairs, sizeof *differing, "pairs");
    int code = codes == NULL || differing == NULL ? FACET_ENOMEM : facet_roc_new(&roc, pairs);
    if (code == FACET_OK) {
        facet_bits_pack(t->x, t->count, u->width, thresholds, codes);
        facet_bits_pairs(codes, words, within->first, within->second, within->count, differing,
                         NULL);
        facet_bits_pairs(codes, words, between->first, between->second, between->count,
                         differing + within->count, NULL);
        for (size_t k = 0; k < pairs; k++)
            roc->pairs[k] =
                (struct facet_roc_pair){.score = -(double)differing[k], .same = k < within->count};
        code = facet_roc_sort(roc);
    }
    if (code == FACET_OK) {
        facet_roc_threshold(roc, -1, NULL, &best);
        *accuracy = best.accuracy;
    }
    facet_roc_free(&roc);
    free(codes);
    free(differing);
    return code;
}

/* accuracy (sweep) on pairs of training images. */
static int judge_sweep(const struct subject *u, const struct facet_pairs *within,
                       const struct facet_pairs *between, double *accuracy)
{
    const size_t sweep = u->s->o->threshold_count;
    float *thresholds = facet_alloc(sweep, u->width * sizeof *thresholds, "thresholds");
    if (thresholds == NULL) return FACET_ENOMEM;
    int failed = 0;
#pragma omp parallel for schedule(dynamic, 1) num_threads(u->s->o->compare.threads)                \
    reduction(|                                                                                    \
              : failed)
    for (size_t k = 0; k < sweep; k++) {
        subject_set_all(u, subject_sweep_value(u, k), thresholds + k * u->width);
        failed |= judge_training(u, thresholds + k * u->width, within, between, &accuracy[k]) < 0;
    }
    free(thresholds);
    return failed ? facet_fail(FACET_ENOMEM, "no memory for codes of %zu images", u->trained->count)
                  : FACET_OK;
}

/* The threshold of the sweep that is best on pairs of training images. */
static int choose_threshold(struct subject *u)
{
    const struct facet_binarize_options *o = u->s->o;
    const struct facet_trainees *t = u->trained;
    struct facet_pairs *within = NULL, *between = NULL;
    double most = -1, *accuracy = facet_alloc(o->threshold_count, sizeof *accuracy, "accuracies");
    int code = accuracy == NULL ? FACET_ENOMEM
                                : facet_pairs_sample(&within, t->identity, t->count,
                                                     FACET_PAIRS_WITHIN, TRAINING_PAIRS, o->seed);
    if (code == FACET_OK)
        code = facet_pairs_sample(&between, t->identity, t->count, FACET_PAIRS_BETWEEN,
                                  within->count, o->seed);
    if (code == FACET_OK) code = judge_sweep(u, within, between, accuracy);
    for (size_t k = 0; code == FACET_OK && k < o->threshold_count; k++) {
        if (accuracy[k] <= most) continue;
        most = accuracy[k];
        u->best = subject_sweep_value(u, k);
    }
    free(accuracy);
    facet_pairs_free(&within);
    facet_pairs_free(&between);
    return code;
}

/* What doesn't need the pairs: from the training images, or where there are none from those in the
 * pairs. */
static int set_thresholds(struct subject *u)
{
    const struct facet_binarize_options *o = u->s->o;
    const float *x = u->trained != NULL ? u->trained->x : u->x;
    const size_t n = u->trained != NULL ? u->trained->count : u->s->session->image_count;
    u->scale = o->relative ? bits_scale(x, n, u->width) : 1;
    u->best = NAN;
    int code = bits_medians(x, n, u->width, o->compare.threads, u->medians);
    if (code == FACET_OK && u->trained != NULL) code = choose_threshold(u);
    if (o->rule == FACET_RULE_MEDIAN)
        memcpy(u->thresholds, u->medians, u->width * sizeof *u->medians);
    else
        subject_set_all(u, o->rule == FACET_RULE_VALUE ? o->threshold : u->best, u->thresholds);
    return code;
}

/* ---- a layer in memory ---- */

static int read_values(struct subject *u, struct facet_acts *const *files,
                       struct facet_acts *const *train_files)
{
    const struct binarize_session *s = u->s;
    const struct facet_binarize_options *o = s->o;
    const struct facet_trials *t = s->trials;
    const enum facet_combine combine = o->compare.combine >= 0
                                           ? (enum facet_combine)o->compare.combine
                                           : facet_combine_best(files[0], o->compare.view);
    struct facet_features *f = NULL;
    int code = facet_features_new(&f, files, u->networks, u->layer, o->compare.view, combine);
    if (code == FACET_OK) {
        u->width = f->width;
        u->x = facet_alloc(t->session->image_count, f->width * sizeof *u->x, "features");
        code = u->x == NULL ? FACET_ENOMEM
                            : facet_features_read(f, t->session->images, t->session->image_count,
                                                  s->run, u->x);
    }
    facet_features_free(&f);
    if (code < 0 || s->o->compare.train_count == 0) return code;
    facet_acts_identities(train_files[0], &u->data.people);
    code = facet_features_new(&f, train_files, u->networks, u->layer, "original", combine);
    if (code == FACET_OK && f->width != u->width)
        code = facet_fail(FACET_EINVAL, "%s: %s has %zu values of an image, but %zu in %s",
                          facet_acts_path(train_files[0]), u->layer, f->width, u->width,
                          facet_acts_path(files[0]));
    if (code == FACET_OK)
        code = facet_trainees_read(&u->trained, f, t->session->people, t->session->people_count,
                                   s->run);
    facet_features_free(&f);
    return code;
}

void subject_free(struct subject *u)
{
    facet_trainees_free(&u->trained);
    judge_free(&u->bits);
    free(u->x);
    free(u->medians);
    free(u->thresholds);
    free(u->all);
}

int subject_read(struct subject *u)
{
    const struct binarize_session *s = u->s;
    const struct facet_binarize_options *o = s->o;
    int code = read_values(u, s->session->files, s->session->train_files);
    if (code < 0) return code;
    u->data.trials = s->trials;
    u->data.x = u->x;
    u->data.width = u->width;
    u->data.trained = u->trained;
    u->data.fit = (struct facet_fit){.pca = o->compare.pca, .ridge = o->compare.ridge};
    u->data.intervals = s->intervals;
    u->data.disjoint = o->disjoint;
    u->medians = facet_alloc(u->width, sizeof *u->medians, "thresholds");
    u->thresholds = facet_alloc(u->width, sizeof *u->thresholds, "thresholds");
    u->all = facet_alloc(u->width, sizeof *u->all, "bits");
    if (u->medians == NULL || u->thresholds == NULL || u->all == NULL) return FACET_ENOMEM;
    for (size_t j = 0; j < u->width; j++) u->all[j] = (uint32_t)j;
    return set_thresholds(u);
}
