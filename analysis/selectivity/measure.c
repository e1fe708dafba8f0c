#include "selectivity/measure.h"

#include "base/rng.h"
#include "stats/auc.h"
#include "stats/tests.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { GROUP = 32, DRAWS = 64 };

/* What the threshold of a half told: see stats/cut. */
struct gap {
    double chosen, judged;
};

/* A neuron of the group at work. */
struct column {
    const float *x;
    struct facet_ranks *ranks;
    struct facet_auc *auc; /* [targets] */
    uint8_t *bin;          /* [images] of its response */
    uint32_t *twice;       /* [images] ranks for permutations */
};

struct measure {
    const struct facet_targets *t;
    struct facet_aucs *aucs;
    struct measure_how how;
    size_t neurons;
    struct response *responses; /* (targets, neurons) */
    float (*range)[2];          /* [neurons] */
    struct gap *best;           /* (targets, DIRECTIONS, 2, splits) the champions' */
    struct gap *gaps;           /* (GROUP, targets, 2, splits) */
    struct column column[GROUP];
    gsl_rng *rng;
    uint32_t *list, *drawn; /* [images]; (DRAWS, images) */
};

/* ---- memory ---- */

static int arrange_labels(struct measure *m)
{
    const int8_t **label = facet_alloc(m->t->count, sizeof *label, "labels");
    if (label == NULL) return FACET_ENOMEM;
    for (size_t t = 0; t < m->t->count; t++) label[t] = m->t->items[t].label;
    int code = facet_aucs_new(&m->aucs, m->t->images, m->t->count, label);
    free(label);
    return code;
}

int measure_new(struct measure **measure, const struct facet_targets *targets, size_t neurons,
                const struct measure_how *how)
{
    struct measure *m = facet_alloc(1, sizeof *m, "measures");
    if (m == NULL) return FACET_ENOMEM;
    const size_t images = targets->images, halves = 2 * how->splits;
    const size_t draws = how->permutations > 0 ? DRAWS : 0;
    m->t = targets;
    m->how = *how;
    m->neurons = neurons;
    m->responses = facet_alloc(targets->count, neurons * sizeof *m->responses, "measures");
    m->range = facet_alloc(neurons, sizeof *m->range, "measures");
    m->best = facet_alloc(targets->count, DIRECTIONS * halves * sizeof *m->best, "measures");
    m->gaps = facet_alloc(targets->count, GROUP * halves * sizeof *m->gaps, "measures");
    m->list = facet_alloc(images, sizeof *m->list, "permutations");
    m->drawn = facet_alloc(images, draws * sizeof *m->drawn, "permutations");
    m->rng = facet_rng_new(how->seed, 0);
    int code = m->responses == NULL || m->range == NULL || m->best == NULL || m->gaps == NULL ||
                       m->list == NULL || m->drawn == NULL || m->rng == NULL
                   ? FACET_ENOMEM
                   : arrange_labels(m);
    for (int k = 0; code == FACET_OK && k < GROUP; k++) {
        struct column *c = &m->column[k];
        code = facet_ranks_new(&c->ranks, images);
        c->auc = facet_alloc(targets->count, sizeof *c->auc, "measures");
        c->bin = facet_alloc(images, 1, "measures");
        c->twice = facet_alloc(images, sizeof *c->twice, "measures");
        if (c->auc == NULL || c->bin == NULL || c->twice == NULL) code = FACET_ENOMEM;
    }
    for (size_t k = 0; code == FACET_OK && k < targets->count * DIRECTIONS * halves; k++)
        m->best[k] = (struct gap){NAN, NAN};
    if (code < 0)
        measure_free(&m);
    else
        *measure = m;
    return code;
}

void measure_free(struct measure **measure)
{
    struct measure *m = *measure;
    if (m == NULL) return;
    for (int k = 0; k < GROUP; k++) {
        facet_ranks_free(&m->column[k].ranks);
        free(m->column[k].auc);
        free(m->column[k].bin);
        free(m->column[k].twice);
    }
    if (m->rng != NULL) gsl_rng_free(m->rng);
    facet_aucs_free(&m->aucs);
    free(m->responses);
    free(m->range);
    free(m->best);
    free(m->gaps);
    free(m->list);
    free(m->drawn);
    free(m);
    *measure = NULL;
}

static struct response *response_of(const struct measure *m, size_t target, size_t neuron)
{
    return &m->responses[target * m->neurons + neuron];
}

static struct gap *gaps_of(const struct measure *m, size_t k, size_t target)
{
    return m->gaps + (k * m->t->count + target) * 2 * m->how.splits;
}

static struct gap *best_of(const struct measure *m, size_t target, enum direction direction)
{
    return m->best + (target * DIRECTIONS + direction) * 2 * m->how.splits;
}

/* ---- one neuron ---- */

/* Eight bins of as equal counts as ties allow: by the midrank's share, equal values together. */
static void bin_responses(const struct facet_ranks *r, uint8_t *bin)
{
    for (size_t g = 0, start = 0; g < r->groups; start = r->end[g++]) {
        const size_t at = RESPONSE_BINS * (start + r->end[g]) / (2 * r->n);
        for (size_t k = start; k < r->end[g]; k++) bin[r->order[k]] = (uint8_t)at;
    }
}

static void prepare(struct measure *m, struct column *c, size_t neuron)
{
    facet_ranks_of(c->ranks, c->x);
    facet_aucs_of(m->aucs, c->ranks, c->auc);
    bin_responses(c->ranks, c->bin);
    m->range[neuron][0] = c->x[c->ranks->order[0]];
    m->range[neuron][1] = c->x[c->ranks->order[c->ranks->n - 1]];
}

static double information(const struct column *c, const struct facet_target *target)
{
    uint64_t counts[RESPONSE_BINS][2] = {{0}};
    for (size_t i = 0; i < target->count[1]; i++) counts[c->bin[target->list[i]]][1]++;
    for (size_t i = 0; i < target->count[0]; i++)
        counts[c->bin[target->list[target->count[1] + i]]][0]++;
    return facet_mutual_information((const uint64_t(*)[2])counts, RESPONSE_BINS);
}

/* Mean and sd over the splits whose halves both have a value of `accuracy` (2, splits). */
static void over_splits(const double *accuracy, size_t splits, double *mean, double *sd)
{
    double sum = 0, squares = 0, n = 0;
    for (size_t s = 0; s < splits; s++) {
        const double a = (accuracy[s] + accuracy[splits + s]) / 2;
        if (isnan(a)) continue;
        sum += a;
        n++;
    }
    *mean = sum / n;
    for (size_t s = 0; s < splits; s++) {
        const double d = (accuracy[s] + accuracy[splits + s]) / 2 - *mean;
        if (!isnan(d)) squares += d * d;
    }
    *sd = n > 1 ? sqrt(squares / (n - 1)) : NAN;
}

static void cut_halves(const struct measure *m, const struct column *c,
                       const struct facet_target *target, struct gap *gaps, struct response *out)
{
    const size_t splits = m->how.splits;
    double accuracy[2 * FACET_TARGETS_SPLITS];
    for (size_t b = 0; b < m->t->batches; b++) {
        double chosen[2][FACET_CUT_SPLITS], judged[2][FACET_CUT_SPLITS];
        facet_cut_of(c->ranks, &target->cuts[b], chosen, judged);
        for (size_t h = 0; h < 2; h++)
            for (size_t l = 0, s = b * FACET_CUT_SPLITS; l < FACET_CUT_SPLITS && s < splits;
                 l++, s++) {
                gaps[h * splits + s] = (struct gap){chosen[h][l], judged[h][l]};
                accuracy[h * splits + s] = facet_cut_accuracy(chosen[h][l], judged[h][l]);
            }
    }
    over_splits(accuracy, splits, &out->balanced_accuracy, &out->balanced_sd);
}

static void measure_neuron(const struct measure *m, const struct column *c,
                           const struct facet_target *target, const struct facet_auc *auc,
                           struct gap *gaps, struct response *out)
{
    facet_part_of(c->x, target->list, target->count[1], &out->on);
    facet_part_of(c->x, target->list + target->count[1], target->count[0], &out->off);
    out->auc = auc->auc;
    out->p = facet_auc_p(auc);
    facet_auc_interval(auc, 0.95, &out->low, &out->high);
    out->direction = auc->auc > 0.5 ? EXCITATORY : auc->auc < 0.5 ? INHIBITORY : NO_DIRECTION;
    out->d_prime = facet_d_prime(&out->on, &out->off);
    out->index = facet_class_selectivity(&out->on, &out->off);
    out->information = information(c, target);
    out->permutation_p = NAN;
    cut_halves(m, c, target, gaps, out);
}

/* ---- permutations ---- */

/* |2 U - n1 n0| of the images in `list`, from twice their ranks among `all`. */
static int64_t deviation(const uint32_t *twice, const uint32_t *list, size_t count, size_t all)
{
    int64_t sum = 0;
    for (size_t i = 0; i < count; i++) sum += twice[list[i]];
    return llabs(sum - (int64_t)count * (int64_t)(all + 1));
}

/* Draws the smaller side anew, the same for all neurons, and counts how often U deviates as much
 * from its expectation as it does. */
static void permute(struct measure *m, size_t target_index, size_t first, size_t count)
{
    const struct facet_target *target = &m->t->items[target_index];
    const size_t all = target->count[0] + target->count[1];
    const int small = target->count[1] > target->count[0] ? 0 : 1;
    const uint32_t *members = target->list + (small ? 0 : target->count[1]);
    const size_t size = target->count[small];
    uint64_t more[GROUP] = {0};
    int64_t observed[GROUP];
    facet_rng_restart(m->rng, m->how.seed, facet_rng_stream(target->name) + 1);
    memcpy(m->list, target->list, all * sizeof *m->list);
#pragma omp parallel for schedule(dynamic) num_threads(m->how.threads)
    for (size_t k = 0; k < count; k++) {
        struct column *c = &m->column[k];
        facet_ranks_twice(c->ranks, target->label, c->twice);
        observed[k] = deviation(c->twice, members, size, all);
    }
    for (size_t done = 0; done < m->how.permutations;) {
        size_t draws = 0;
        for (; draws < DRAWS && done < m->how.permutations; draws++, done++) {
            facet_permute(m->rng, m->list, all, size);
            memcpy(m->drawn + draws * size, m->list, size * sizeof *m->list);
        }
#pragma omp parallel for schedule(dynamic) num_threads(m->how.threads)
        for (size_t k = 0; k < count; k++)
            for (size_t d = 0; d < draws; d++)
                more[k] +=
                    deviation(m->column[k].twice, m->drawn + d * size, size, all) >= observed[k];
    }
    for (size_t k = 0; k < count; k++) {
        struct response *r = response_of(m, target_index, first + k);
        if (!isnan(r->p)) r->permutation_p = facet_permutation_p(more[k], m->how.permutations);
    }
}

/* ---- all ---- */

/* Keeps, for each half and direction, what the neuron that does best there does elsewhere; of equal
 * ones the first. */
static void compete(struct measure *m, size_t target, const struct gap *gaps)
{
    for (size_t k = 0; k < 2 * m->how.splits; k++) {
        const enum direction direction = gaps[k].chosen < 0 ? INHIBITORY : EXCITATORY;
        struct gap *best = &best_of(m, target, direction)[k];
        if (gaps[k].chosen != 0 &&
            (isnan(best->chosen) || fabs(gaps[k].chosen) > fabs(best->chosen)))
            *best = gaps[k];
    }
}

static void add_group(struct measure *m, size_t first, size_t count, const float *x)
{
    const size_t images = m->t->images, targets = m->t->count;
#pragma omp parallel for schedule(dynamic) num_threads(m->how.threads)
    for (size_t k = 0; k < count; k++) {
        struct column *c = &m->column[k];
        c->x = x + k * images;
        prepare(m, c, first + k);
        for (size_t t = 0; t < targets; t++)
            measure_neuron(m, c, &m->t->items[t], &c->auc[t], gaps_of(m, k, t),
                           response_of(m, t, first + k));
    }
    for (size_t k = 0; k < count; k++)
        for (size_t t = 0; t < targets; t++) compete(m, t, gaps_of(m, k, t));
    for (size_t t = 0; m->how.permutations > 0 && t < targets; t++) permute(m, t, first, count);
}

void measure_add(struct measure *m, size_t first, size_t count, const float *x)
{
    for (size_t k = 0; k < count; k += GROUP)
        add_group(m, first + k, count - k < GROUP ? count - k : GROUP, x + k * m->t->images);
}

int measure_finish(struct measure *m)
{
    const size_t count = m->t->count * m->neurons;
    double *p = facet_alloc(count, sizeof *p, "tests"), *q = facet_alloc(count, sizeof *q, "tests");
    int code = p == NULL || q == NULL ? FACET_ENOMEM : FACET_OK;
    for (size_t i = 0; code == FACET_OK && i < count; i++) p[i] = m->responses[i].p;
    if (code == FACET_OK) code = facet_fdr(p, count, q);
    for (size_t i = 0; code == FACET_OK && i < count; i++) m->responses[i].q = q[i];
    free(p);
    free(q);
    return code;
}

const struct response *measure_response(const struct measure *m, size_t target, size_t neuron)
{
    return response_of(m, target, neuron);
}

const float *measure_range(const struct measure *m, size_t neuron)
{
    return m->range[neuron];
}

struct champions measure_champions(const struct measure *m, size_t target, enum direction direction)
{
    const struct gap *best = best_of(m, target, direction);
    double accuracy[2 * FACET_TARGETS_SPLITS];
    struct champions c;
    for (size_t k = 0; k < 2 * m->how.splits; k++)
        accuracy[k] = facet_cut_accuracy(best[k].chosen, best[k].judged);
    over_splits(accuracy, m->how.splits, &c.accuracy, &c.sd);
    return c;
}
