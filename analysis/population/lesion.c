#include "population/lesion.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A layer's images in pairs, by a metric. */
struct job {
    const struct lesion *s;
    const struct layer *l;
    struct population_tables *tables;
    enum facet_comparison metric;
    struct facet_verification intact;
    float *x, *work; /* (images in pairs, width) */
    double *scores;  /* [pairs] */
    double *random;  /* (zeroed_count, repeats) accuracies without random neurons */
    double *own;     /* [repeats] the same, as many as are selective */
    uint32_t *order; /* [width] */
};

/* ---- which images ---- */

/* At least two images of the target and of the rest must be left to choose on. */
static int can_choose(const struct lesion *s, const struct facet_target *target)
{
    size_t count[2] = {0};
    for (size_t i = 0; i < s->targets->images; i++)
        if (s->outside[i] && target->label[i] >= 0) count[target->label[i]]++;
    return count[0] >= 2 && count[1] >= 2;
}

static int find_images(struct lesion *s)
{
    const struct facet_session *session = s->session;
    s->image = facet_alloc(session->image_count, sizeof *s->image, "images");
    s->outside = facet_alloc(s->targets->images, 1, "images");
    if (s->image == NULL || s->outside == NULL) return FACET_ENOMEM;
    size_t k = 0;
    for (size_t i = 0; i < s->targets->images; i++) {
        const int in_pair = k < session->image_count && session->images[k] == s->targets->row[i];
        if (in_pair) s->image[k++] = i;
        s->outside[i] = !in_pair;
    }
    for (size_t t = 0; t < s->targets->count; t++) {
        if (can_choose(s, &s->targets->items[t])) continue;
        s->skipped++;
        facet_fail_list(s->skipped_names, sizeof s->skipped_names, s->targets->items[t].name);
    }
    return FACET_OK;
}

int lesion_new(struct lesion **lesion, const struct lesion_options *o,
               const struct facet_targets *targets, struct facet_provenance *run)
{
    struct lesion *s = facet_alloc(1, sizeof *s, "pairs");
    if (s == NULL) return FACET_ENOMEM;
    const struct facet_protocol_options how = {.allow_missing = o->allow_missing, .seed = o->seed};
    s->o = o;
    s->targets = targets;
    s->files = (struct facet_session_options){.paths = &o->path, .path_count = 1};
    int code = facet_session_new(&s->session, &s->files, run);
    if (code == FACET_OK) code = facet_trials_new(&s->trials, s->session, o->pairs, &how, NULL);
    if (code == FACET_OK && s->trials->protocol->folds < 2)
        code = facet_fail(FACET_EINVAL,
                          "%s: has one fold; accuracy needs two, to choose the threshold of one on "
                          "the others",
                          o->pairs);
    if (code == FACET_OK) code = find_images(s);
    if (code < 0)
        lesion_free(&s);
    else
        *lesion = s;
    return code;
}

void lesion_free(struct lesion **lesion)
{
    struct lesion *s = *lesion;
    if (s == NULL) return;
    facet_trials_free(&s->trials);
    facet_session_free(&s->session);
    free(s->image);
    free(s->outside);
    free(s);
    *lesion = NULL;
}

/* ---- verification without some neurons ---- */

static int judge(struct job *j, const uint32_t *zeroed, size_t count, size_t replicates,
                 struct facet_verification *v)
{
    const size_t images = j->s->session->image_count, width = j->l->width;
    const struct facet_compare_options how = {.threads = j->l->threads};
    const struct facet_verification_intervals intervals = {
        .replicates = replicates, .level = 0.95, .seed = j->s->o->seed, .threads = j->l->threads};
    struct facet_compare *c = NULL;
    memcpy(j->work, j->x, images * width * sizeof *j->x);
    for (size_t i = 0; i < images; i++)
        for (size_t k = 0; k < count; k++) j->work[i * width + zeroed[k]] = 0;
    int code = facet_compare_new(&c, j->metric, j->work, images, width, &how);
    if (code == FACET_OK) {
        facet_trials_score(j->s->trials, c, j->l->threads, j->scores);
        code = facet_trials_judge(j->s->trials, j->scores, 0, &intervals, v);
    }
    facet_compare_free(&c);
    return code;
}

/* accuracy (repeats) without the first `count` neurons of each random order. */
static int judge_random(struct job *j, size_t count, double *accuracy)
{
    struct facet_verification v;
    int code = FACET_OK;
    for (size_t r = 0; code == FACET_OK && r < j->l->repeats; r++) {
        code = judge(j, j->l->random + r * j->l->width, count, 0, &v);
        accuracy[r] = v.accuracy.estimate;
    }
    return code;
}

static int put_lesion(struct job *j, const struct facet_target *target, int is_selective,
                      size_t count, const double *random)
{
    struct facet_verification v;
    int code = judge(j, j->order, count, j->s->o->replicates, &v);
    const struct ablation line = {.target = target,
                                  .measure = facet_comparison_name(j->metric),
                                  .is_selective = is_selective,
                                  .neurons = (double)count,
                                  .n = j->s->trials->protocol->count,
                                  .intact = j->intact.accuracy.estimate,
                                  .estimate = v.accuracy.estimate,
                                  .sd = v.sd,
                                  .low = v.accuracy.low,
                                  .high = v.accuracy.high,
                                  .repeats = j->l->repeats,
                                  .random = random};
    return code < 0 ? code : tables_ablation(j->tables, j->l, &line);
}

static int run_target(struct job *j, size_t t)
{
    const struct layer *l = j->l;
    const struct facet_target *target = &l->targets->items[t];
    const struct told *told = ranking_told(l->ranking, RANKING_OUTSIDE, t);
    size_t selective = 0;
    int code = ranking_order(l->ranking, RANKING_OUTSIDE, t, j->order);
    for (size_t k = 0; code == FACET_OK && k < l->zeroed_count; k++)
        code = put_lesion(j, target, 0, l->zeroed[k], j->random + k * l->repeats);
    /* p depends on ties, too: the selective ones needn't come first in that order */
    for (size_t k = 0; k < l->width; k++)
        if (told[k].q < 0.05) j->order[selective++] = (uint32_t)k;
    if (code == FACET_OK) code = judge_random(j, selective, j->own);
    return code < 0 ? code : put_lesion(j, target, 1, selective, j->own);
}

static int run_metric(struct job *j)
{
    int code = judge(j, NULL, 0, 0, &j->intact);
    for (size_t k = 0; code == FACET_OK && k < j->l->zeroed_count; k++)
        code = judge_random(j, j->l->zeroed[k], j->random + k * j->l->repeats);
    for (size_t t = 0; code == FACET_OK && t < j->l->targets->count; t++)
        if (can_choose(j->s, &j->l->targets->items[t])) code = run_target(j, t);
    return code;
}

int lesion_write(const struct lesion *s, const struct layer *l, struct population_tables *tables)
{
    const size_t images = s->session->image_count;
    struct job j = {.s = s, .l = l, .tables = tables};
    j.x = facet_alloc(images, l->width * sizeof *j.x, "features");
    j.work = facet_alloc(images, l->width * sizeof *j.work, "features");
    j.scores = facet_alloc(s->trials->protocol->count, sizeof *j.scores, "scores");
    j.random = facet_alloc(l->zeroed_count, l->repeats * sizeof *j.random, "random sets");
    j.own = facet_alloc(l->repeats, sizeof *j.own, "random sets");
    j.order = facet_alloc(l->width, sizeof *j.order, "neurons");
    int code = j.x == NULL || j.work == NULL || j.scores == NULL || j.random == NULL ||
                       j.own == NULL || j.order == NULL
                   ? FACET_ENOMEM
                   : FACET_OK;
    for (size_t i = 0; code == FACET_OK && i < images; i++)
        memcpy(j.x + i * l->width, l->x + s->image[i] * l->width, l->width * sizeof *j.x);
    for (size_t m = 0; code == FACET_OK && m < s->o->metric_count; m++) {
        j.metric = s->o->metrics[m];
        code = run_metric(&j);
    }
    free(j.x);
    free(j.work);
    free(j.scores);
    free(j.random);
    free(j.own);
    free(j.order);
    return code;
}
