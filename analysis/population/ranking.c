#include "population/ranking.h"

#include "stats/auc.h"
#include "stats/tests.h"

#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

static int8_t *labels_of(const struct ranking *r, size_t part, size_t target)
{
    return r->label + (part * r->targets->count + target) * r->targets->images;
}

static struct told *told_of(const struct ranking *r, size_t part, size_t target)
{
    return r->told + (part * r->targets->count + target) * r->width;
}

size_t ranking_half(size_t split, int first)
{
    return RANKING_HALVES + 2 * split + (first ? 0 : 1);
}

static int is_in(const struct ranking *r, size_t part, const struct facet_target *target,
                 const uint8_t *outside, size_t image)
{
    if (part == RANKING_ALL) return 1;
    if (part == RANKING_OUTSIDE) return outside != NULL && outside[image];
    const size_t split = (part - RANKING_HALVES) / 2;
    const int first = facet_targets_in_first(r->targets, target, split, image);
    return part == ranking_half(split, first);
}

int ranking_new(struct ranking **ranking, const struct facet_targets *targets, size_t splits,
                const uint8_t *outside, size_t width)
{
    struct ranking *r = facet_alloc(1, sizeof *r, "ranking");
    if (r == NULL) return FACET_ENOMEM;
    r->targets = targets;
    r->width = width;
    r->parts = RANKING_HALVES + 2 * splits;
    r->label = facet_alloc(r->parts, targets->count * targets->images, "labels");
    r->told = facet_alloc(r->parts, targets->count * width * sizeof *r->told, "ranking");
    if (r->label == NULL || r->told == NULL) {
        ranking_free(&r);
        return FACET_ENOMEM;
    }
    for (size_t p = 0; p < r->parts; p++)
        for (size_t t = 0; t < targets->count; t++)
            for (size_t i = 0; i < targets->images; i++) {
                const struct facet_target *target = &targets->items[t];
                labels_of(r, p, t)[i] = is_in(r, p, target, outside, i) ? target->label[i] : -1;
            }
    *ranking = r;
    return FACET_OK;
}

void ranking_free(struct ranking **ranking)
{
    if (*ranking == NULL) return;
    free((*ranking)->label);
    free((*ranking)->told);
    free(*ranking);
    *ranking = NULL;
}

static void rank_neuron(struct ranking *r, size_t neuron, const struct facet_ranks *ranks)
{
    for (size_t p = 0; p < r->parts; p++)
        for (size_t t = 0; t < r->targets->count; t++) {
            struct facet_auc auc;
            facet_auc_of(ranks, labels_of(r, p, t), &auc);
            told_of(r, p, t)[neuron] = (struct told){auc.auc, facet_auc_p(&auc), NAN};
        }
}

int ranking_add(struct ranking *r, size_t first, size_t count, const float *x, int threads)
{
    const size_t images = r->targets->images;
    struct facet_ranks **ranks = facet_alloc((size_t)threads, sizeof *ranks, "ranks");
    int code = ranks == NULL ? FACET_ENOMEM : FACET_OK;
    for (int t = 0; code == FACET_OK && t < threads; t++) code = facet_ranks_new(&ranks[t], images);
    if (code == FACET_OK) {
#pragma omp parallel for schedule(dynamic) num_threads(threads)
        for (size_t k = 0; k < count; k++) {
            struct facet_ranks *own = ranks[omp_get_thread_num()];
            facet_ranks_of(own, x + k * images);
            rank_neuron(r, first + k, own);
        }
    }
    for (int t = 0; ranks != NULL && t < threads; t++) facet_ranks_free(&ranks[t]);
    free(ranks);
    return code;
}

int ranking_finish(struct ranking *r)
{
    const size_t count = r->targets->count * r->width;
    double *p = facet_alloc(count, sizeof *p, "tests"), *q = facet_alloc(count, sizeof *q, "tests");
    int code = p == NULL || q == NULL ? FACET_ENOMEM : FACET_OK;
    for (size_t part = 0; code == FACET_OK && part < r->parts; part++) {
        struct told *told = told_of(r, part, 0);
        for (size_t i = 0; i < count; i++) p[i] = told[i].p;
        code = facet_fdr(p, count, q);
        for (size_t i = 0; code == FACET_OK && i < count; i++) told[i].q = q[i];
    }
    free(p);
    free(q);
    return code;
}

const struct told *ranking_told(const struct ranking *r, size_t part, size_t target)
{
    return told_of(r, part, target);
}

struct placed {
    double value;
    uint32_t neuron;
};

static int by_value(const void *a, const void *b)
{
    const struct placed *x = a, *y = b;
    if (x->value != y->value) return x->value < y->value ? 1 : -1;
    return (x->neuron > y->neuron) - (x->neuron < y->neuron);
}

int ranking_order(const struct ranking *r, size_t part, size_t target, uint32_t *order)
{
    const struct told *told = told_of(r, part, target);
    struct placed *placed = facet_alloc(r->width, sizeof *placed, "ranking");
    if (placed == NULL) return FACET_ENOMEM;
    for (size_t j = 0; j < r->width; j++)
        placed[j] = (struct placed){isnan(told[j].p) ? -1 : fabs(told[j].auc - 0.5), (uint32_t)j};
    qsort(placed, r->width, sizeof *placed, by_value);
    for (size_t j = 0; j < r->width; j++) order[j] = placed[j].neuron;
    free(placed);
    return FACET_OK;
}
