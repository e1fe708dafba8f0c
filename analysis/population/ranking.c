#include "population/ranking.h"

#include "stats/tests.h"

#include <math.h>
#include <omp.h>
#include <stdlib.h>

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

static int label_parts(struct ranking *r, const uint8_t *outside)
{
    const struct facet_targets *t = r->targets;
    const size_t count = r->parts * t->count;
    int8_t *labels = facet_alloc(count, t->images, "labels");
    const int8_t **label = facet_alloc(count, sizeof *label, "labels");
    int code = labels == NULL || label == NULL ? FACET_ENOMEM : FACET_OK;
    for (size_t k = 0; code == FACET_OK && k < count; k++) {
        const struct facet_target *target = &t->items[k % t->count];
        label[k] = labels + k * t->images;
        for (size_t i = 0; i < t->images; i++)
            labels[k * t->images + i] =
                is_in(r, k / t->count, target, outside, i) ? target->label[i] : -1;
    }
    if (code == FACET_OK) code = facet_aucs_new(&r->labels, t->images, count, label);
    free(labels);
    free(label);
    return code;
}

int ranking_new(struct ranking **ranking, const struct facet_targets *targets, size_t splits,
                const uint8_t *outside, size_t width)
{
    struct ranking *r = facet_alloc(1, sizeof *r, "ranking");
    if (r == NULL) return FACET_ENOMEM;
    r->targets = targets;
    r->width = width;
    r->parts = RANKING_HALVES + 2 * splits;
    r->told = facet_alloc(r->parts, targets->count * width * sizeof *r->told, "ranking");
    int code = r->told == NULL ? FACET_ENOMEM : label_parts(r, outside);
    if (code < 0)
        ranking_free(&r);
    else
        *ranking = r;
    return code;
}

void ranking_free(struct ranking **ranking)
{
    if (*ranking == NULL) return;
    facet_aucs_free(&(*ranking)->labels);
    free((*ranking)->told);
    free(*ranking);
    *ranking = NULL;
}

/* What a thread works with. */
struct room {
    struct facet_ranks *ranks;
    struct facet_auc *auc; /* (parts, targets) */
};

static void rank_neuron(struct ranking *r, size_t neuron, const float *x, struct room *room)
{
    facet_ranks_of(room->ranks, x);
    facet_aucs_of(r->labels, room->ranks, room->auc);
    for (size_t k = 0; k < r->parts * r->targets->count; k++)
        r->told[k * r->width + neuron] =
            (struct told){room->auc[k].auc, facet_auc_p(&room->auc[k]), NAN};
}

int ranking_add(struct ranking *r, size_t first, size_t count, const float *x, int threads)
{
    const size_t images = r->targets->images;
    struct room *rooms = facet_alloc((size_t)threads, sizeof *rooms, "ranks");
    int code = rooms == NULL ? FACET_ENOMEM : FACET_OK;
    for (int t = 0; code == FACET_OK && t < threads; t++) {
        code = facet_ranks_new(&rooms[t].ranks, images);
        rooms[t].auc = facet_alloc(r->parts, r->targets->count * sizeof *rooms[t].auc, "ranks");
        if (rooms[t].auc == NULL) code = FACET_ENOMEM;
    }
    if (code == FACET_OK) {
#pragma omp parallel for schedule(dynamic) num_threads(threads)
        for (size_t k = 0; k < count; k++)
            rank_neuron(r, first + k, x + k * images, &rooms[omp_get_thread_num()]);
    }
    for (int t = 0; rooms != NULL && t < threads; t++) {
        facet_ranks_free(&rooms[t].ranks);
        free(rooms[t].auc);
    }
    free(rooms);
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
