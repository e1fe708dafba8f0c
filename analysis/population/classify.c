#include "population/classify.h"

#include "model/dense.h"
#include "model/discriminant.h"
#include "targets/interval.h"

#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_SIZES = 64 };

static const double ridge = 0.01;
static const char *const measures[2] = {"lda_refitted", "lda"};

/* A choice of neurons. */
struct trial {
    double told[2]; /* images of rest and target told right in a split */
    double *right;  /* [images] splits in which each is told right; NULL: not asked */
    double accuracy[FACET_TARGETS_SPLITS];
};

struct job {
    const struct layer *l;
    const struct facet_target *target;
    size_t index; /* of the target */
    size_t sizes[MOST_SIZES], size_count;
    size_t lesions;       /* zeroed_count + 1: all selective ones are the last */
    struct trial *trials; /* ranked and random of each size; then by measure and lesion those of the
                             target and `repeats` random ones */
    size_t trial_count, splits;
    double *zeroed;         /* [lesions] neurons, summed over halves */
    uint32_t *order, *kind; /* [width] ranked; selective ones, then the others */
    size_t *list;           /* [images] of a half */
    double *x, *scores;     /* (images, width + 1), (images, trial_count) of a half */
    double *weights;        /* (trial_count, width + 1) */
    double *room;           /* (threads, width + 2, width) */
    uint32_t *times;        /* [images] splits in which each is judged */
};

static struct trial *curve_of(const struct job *j, int random, size_t k)
{
    return &j->trials[(random ? j->size_count : 0) + k];
}

/* The target's own neurons zeroed, followed by the random ones. */
static struct trial *lesion_of(const struct job *j, int held, size_t lesion)
{
    const size_t each = 1 + j->l->repeats, before = held ? j->lesions : 0;
    return &j->trials[2 * j->size_count + (before + lesion) * each];
}

/* ---- memory ---- */

/* 1, 2, 3, 4, 6, 8, 12, .. and all. */
static void set_sizes(struct job *j)
{
    for (size_t k = 1; k < j->l->width; k *= 2) {
        j->sizes[j->size_count++] = k;
        if (k > 1 && k + k / 2 < j->l->width) j->sizes[j->size_count++] = k + k / 2;
    }
    j->sizes[j->size_count++] = j->l->width;
}

static int ask_images(struct trial *trial, size_t images)
{
    trial->right = facet_alloc(images, sizeof *trial->right, "classifier");
    return trial->right == NULL ? FACET_ENOMEM : FACET_OK;
}

static int set_up(struct job *j)
{
    const struct layer *l = j->l;
    const size_t images = l->targets->images, threads = (size_t)l->threads;
    set_sizes(j);
    j->lesions = l->zeroed_count + 1;
    j->trial_count = 2 * j->size_count + 2 * j->lesions * (1 + l->repeats);
    j->trials = facet_alloc(j->trial_count, sizeof *j->trials, "classifier");
    j->zeroed = facet_alloc(j->lesions, sizeof *j->zeroed, "classifier");
    j->order = facet_alloc(l->width, sizeof *j->order, "classifier");
    j->kind = facet_alloc(l->width, sizeof *j->kind, "classifier");
    j->list = facet_alloc(images, sizeof *j->list, "classifier");
    j->x = facet_alloc(images, (l->width + 1) * sizeof *j->x, "classifier");
    j->scores = facet_alloc(images, j->trial_count * sizeof *j->scores, "classifier");
    j->weights = facet_alloc(j->trial_count, (l->width + 1) * sizeof *j->weights, "classifier");
    j->times = facet_alloc(images, sizeof *j->times, "classifier");
    j->room = facet_alloc(threads * (l->width + 2), l->width * sizeof *j->room, "classifier");
    if (j->trials == NULL || j->zeroed == NULL || j->order == NULL || j->kind == NULL ||
        j->list == NULL || j->x == NULL || j->scores == NULL || j->weights == NULL ||
        j->times == NULL || j->room == NULL)
        return FACET_ENOMEM;
    int code = ask_images(curve_of(j, 0, j->size_count - 1), images);
    for (size_t k = 0; code == FACET_OK && k < 2 * j->lesions; k++)
        code = ask_images(lesion_of(j, k % 2, k / 2), images);
    return code;
}

static void tear_down(struct job *j)
{
    for (size_t k = 0; j->trials != NULL && k < j->trial_count; k++) free(j->trials[k].right);
    free(j->trials);
    free(j->zeroed);
    free(j->order);
    free(j->kind);
    free(j->list);
    free(j->x);
    free(j->scores);
    free(j->weights);
    free(j->times);
    free(j->room);
}

/* ---- a half ---- */

static double *weights_of(const struct job *j, const struct trial *trial)
{
    return j->weights + (size_t)(trial - j->trials) * (j->l->width + 1);
}

/* Puts the neurons that are selective on a part into j->kind, and then the others; returns how many
 * are. */
static size_t part_neurons(struct job *j, size_t part)
{
    const struct told *told = ranking_told(j->l->ranking, part, j->index);
    size_t selective = 0, at = 0;
    for (size_t k = 0; k < j->l->width; k++)
        if (told[k].q < 0.05) j->kind[selective++] = (uint32_t)k;
    at = selective;
    for (size_t k = 0; k < j->l->width; k++)
        if (!(told[k].q < 0.05)) j->kind[at++] = (uint32_t)k;
    return selective;
}

/* The classifier of all neurons, and of all but the first ones of an order, with `zeroed` of them.
 */
static void train_lesion(const struct job *j, const struct facet_discriminant *d, size_t lesion,
                         size_t which, size_t zeroed)
{
    const size_t width = j->l->width;
    const uint32_t *order = which > 0                      ? j->l->random + (which - 1) * width
                            : lesion == j->l->zeroed_count ? j->kind
                                                           : j->order;
    double *room = j->room + (size_t)omp_get_thread_num() * (width + 2) * width;
    double *held = weights_of(j, lesion_of(j, 1, lesion) + which);
    memcpy(held, d->weight, (width + 1) * sizeof *held);
    for (size_t k = 0; k < zeroed; k++) held[order[k]] = 0;
    facet_discriminant_without(d, order, zeroed, room,
                               weights_of(j, lesion_of(j, 0, lesion) + which));
}

/* All classifiers; `half` counts halves. */
static void train_all(struct job *j, const struct facet_discriminant *d, size_t selective,
                      size_t half)
{
    const struct layer *l = j->l;
    const size_t each = 1 + l->repeats;
    facet_discriminant_of(d, j->order, j->sizes, j->size_count, j->room,
                          weights_of(j, curve_of(j, 0, 0)));
    facet_discriminant_of(d, l->random + half % l->repeats * l->width, j->sizes, j->size_count,
                          j->room, weights_of(j, curve_of(j, 1, 0)));
    for (size_t a = 0; a < j->lesions; a++)
        j->zeroed[a] += (double)(a == l->zeroed_count ? selective : l->zeroed[a]);
#pragma omp parallel for schedule(dynamic) num_threads(l->threads)
    for (size_t k = 0; k < j->lesions * each; k++) {
        const size_t a = k / each;
        train_lesion(j, d, a, k % each, a == l->zeroed_count ? selective : l->zeroed[a]);
    }
}

/* Scores all images of j->list by all classifiers. */
static void judge_all(struct job *j, size_t count)
{
    const size_t width = j->l->width;
    for (size_t i = 0; i < count; i++) {
        double *row = j->x + i * (width + 1);
        const float *x = j->l->x + j->list[i] * width;
        for (size_t k = 0; k < width; k++) row[k] = (double)x[k];
        row[width] = 1;
    }
    facet_dense_product(count, width + 1, j->trial_count, j->x, j->weights, 1, j->scores,
                        j->l->threads);
    for (size_t i = 0; i < count; i++) {
        const int label = j->target->label[j->list[i]];
        j->times[j->list[i]]++;
        for (size_t k = 0; k < j->trial_count; k++) {
            struct trial *trial = &j->trials[k];
            const int is_right = (j->scores[i * j->trial_count + k] > 0) == label;
            trial->told[label] += is_right;
            if (trial->right != NULL) trial->right[j->list[i]] += is_right;
        }
    }
}

static int run_half(struct job *j, size_t split, int first)
{
    const struct layer *l = j->l;
    const size_t part = ranking_half(split, first);
    struct facet_discriminant *d = NULL;
    size_t count[2];
    size_t n = facet_targets_half(l->targets, j->target, split, first, j->list, count);
    int code = ranking_order(l->ranking, part, j->index, j->order);
    if (code == FACET_OK)
        code = facet_discriminant_new(&d, l->x, l->width, j->list, n, j->target->label, ridge,
                                      l->threads);
    if (code < 0) return code;
    train_all(j, d, part_neurons(j, part), 2 * j->splits + (first ? 0 : 1));
    facet_discriminant_free(&d);
    n = facet_targets_half(l->targets, j->target, split, !first, j->list, count);
    judge_all(j, n);
    return FACET_OK;
}

static int run_splits(struct job *j)
{
    int code = FACET_OK;
    for (size_t s = 0; code == FACET_OK && s < j->l->splits; s++) {
        if (!facet_targets_is_whole(j->target, s)) continue;
        for (size_t k = 0; k < j->trial_count; k++) j->trials[k].told[0] = j->trials[k].told[1] = 0;
        code = run_half(j, s, 1);
        if (code == FACET_OK) code = run_half(j, s, 0);
        for (size_t k = 0; k < j->trial_count; k++)
            j->trials[k].accuracy[j->splits] =
                (j->trials[k].told[0] / (double)j->target->count[0] +
                 j->trials[k].told[1] / (double)j->target->count[1]) /
                2;
        j->splits++;
    }
    return code;
}

/* ---- what came out ---- */

static double mean_of(const struct job *j, const struct trial *trial)
{
    double sum = 0;
    for (size_t s = 0; s < j->splits; s++) sum += trial->accuracy[s];
    return sum / (double)j->splits;
}

static double sd_of(const struct job *j, const struct trial *trial)
{
    const double mean = mean_of(j, trial);
    double squares = 0;
    for (size_t s = 0; s < j->splits; s++)
        squares += (trial->accuracy[s] - mean) * (trial->accuracy[s] - mean);
    return j->splits > 1 ? sqrt(squares / (double)(j->splits - 1)) : NAN;
}

static int interval_of(const struct job *j, const struct trial *trial, double *low, double *high)
{
    return facet_targets_interval(j->l->targets, j->target, trial->right, j->times, j->l->seed,
                                  j->l->threads, low, high);
}

/* Fewest neurons that reach the goal: in the mean, or in one split. */
static size_t fewest(const struct job *j, int random, double goal)
{
    size_t k = 0;
    while (k < j->size_count - 1 && !(mean_of(j, curve_of(j, random, k)) >= goal)) k++;
    return j->sizes[k];
}

static size_t fewest_in(const struct job *j, size_t split)
{
    const double goal = 0.5 + 0.9 * (curve_of(j, 0, j->size_count - 1)->accuracy[split] - 0.5);
    size_t k = 0;
    while (k < j->size_count - 1 && !(curve_of(j, 0, k)->accuracy[split] >= goal)) k++;
    return j->sizes[k];
}

static int put_curves(const struct job *j, struct population_tables *tables, struct needed *needed)
{
    static const char *const orders[2] = {"ranked", "random"};
    for (int random = 0; random < 2; random++)
        for (size_t k = 0; k < j->size_count; k++) {
            const struct trial *trial = curve_of(j, random, k);
            tables_curve(tables, j->l, j->target, orders[random], j->sizes[k], j->splits,
                         mean_of(j, trial), sd_of(j, trial));
        }
    const struct trial *all = curve_of(j, 0, j->size_count - 1);
    const double full = mean_of(j, all), goal = 0.5 + 0.9 * (full - 0.5);
    *needed = (struct needed){.target = j->target,
                              .splits = j->splits,
                              .full = full,
                              .sd = sd_of(j, all),
                              .neurons = fewest(j, 0, goal),
                              .least = j->l->width,
                              .random = fewest(j, 1, goal),
                              .literal = fewest(j, 0, 0.9 * full)};
    for (size_t s = 0; s < j->splits; s++) {
        const size_t own = fewest_in(j, s);
        if (own < needed->least) needed->least = own;
        if (own > needed->most) needed->most = own;
    }
    int code = interval_of(j, all, &needed->low, &needed->high);
    if (code == FACET_OK) tables_needed(tables, j->l, needed);
    return code;
}

static int put_lesion(const struct job *j, struct population_tables *tables, int held, size_t a,
                      double full)
{
    const struct trial *trial = lesion_of(j, held, a);
    const size_t repeats = j->l->repeats;
    double *random = facet_alloc(repeats, sizeof *random, "random sets");
    struct ablation line = {.target = j->target,
                            .measure = measures[held],
                            .is_selective = a == j->l->zeroed_count,
                            .neurons = j->zeroed[a] / (double)(2 * j->splits),
                            .n = j->target->count[0] + j->target->count[1],
                            .intact = full,
                            .estimate = mean_of(j, trial),
                            .sd = sd_of(j, trial),
                            .repeats = repeats,
                            .random = random};
    if (random == NULL) return FACET_ENOMEM;
    for (size_t r = 0; r < repeats; r++) random[r] = mean_of(j, trial + 1 + r);
    int code = interval_of(j, trial, &line.low, &line.high);
    if (code == FACET_OK) code = tables_ablation(tables, j->l, &line);
    free(random);
    return code;
}

int classify_target(const struct layer *layer, size_t target, struct population_tables *tables,
                    struct needed *needed)
{
    struct job j = {.l = layer, .target = &layer->targets->items[target], .index = target};
    *needed = (struct needed){.target = j.target};
    int code = set_up(&j);
    if (code == FACET_OK) code = run_splits(&j);
    if (code == FACET_OK && j.splits > 0) {
        code = put_curves(&j, tables, needed);
        for (int held = 1; held >= 0; held--)
            for (size_t a = 0; code == FACET_OK && a < j.lesions; a++)
                code = put_lesion(&j, tables, held, a, needed->full);
    }
    tear_down(&j);
    return code;
}
