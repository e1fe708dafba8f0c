#include "population/population.h"

#include "base/progress.h"
#include "base/rng.h"
#include "population/classify.h"
#include "population/overlap.h"
#include "targets/columns.h"

#include <gsl/gsl_randist.h>
#include <stdlib.h>
#include <string.h>

/* Everything a run holds. */
struct session {
    const struct population_options *o;
    struct facet_provenance *run;
    struct facet_acts *acts;
    enum facet_combine combine;
    struct lesion *lesion; /* NULL without pairs */
    struct population_tables tables;
    struct facet_progress progress;
    struct population_report *report;
};

/* ---- a layer in memory ---- */

static int read_layer(struct session *s, struct layer *l)
{
    const size_t images = l->targets->images;
    struct facet_columns *c = NULL;
    int code = facet_columns_new(&c, &s->acts, l->name, s->combine, l->targets->row, images);
    if (code < 0) return code;
    l->width = c->features->width;
    l->x = facet_alloc(images, l->width * sizeof *l->x, "activations");
    if (l->x == NULL) code = FACET_ENOMEM;
    if (code == FACET_OK)
        code = ranking_new(&l->ranking, l->targets, l->splits,
                           s->lesion != NULL ? s->lesion->outside : NULL, l->width);
    for (size_t strip = 0; code == FACET_OK && strip < c->strips; strip++) {
        code = facet_columns_read(c, strip);
        for (size_t k = 0; code == FACET_OK && k < c->width; k++)
            for (size_t i = 0; i < images; i++)
                l->x[i * l->width + c->first + k] = c->x[k * images + i];
        if (code == FACET_OK) code = ranking_add(l->ranking, c->first, c->width, c->x, l->threads);
    }
    if (code == FACET_OK) code = ranking_finish(l->ranking);
    if (code == FACET_OK) code = facet_columns_record(c, s->run);
    facet_columns_free(&c);
    return code;
}

static int shuffle(struct layer *l)
{
    l->random = facet_alloc(l->repeats, l->width * sizeof *l->random, "random orders");
    gsl_rng *rng = facet_rng_new(l->seed, 0);
    const int ok = l->random != NULL && rng != NULL;
    for (size_t r = 0; ok && r < l->repeats; r++) {
        uint32_t *order = l->random + r * l->width;
        facet_rng_restart(rng, l->seed, facet_rng_stream(l->name) + r);
        for (size_t k = 0; k < l->width; k++) order[k] = (uint32_t)k;
        gsl_ran_shuffle(rng, order, l->width, sizeof *order);
    }
    if (rng != NULL) gsl_rng_free(rng);
    return ok ? FACET_OK : FACET_ENOMEM;
}

static int run_layer(struct session *s, size_t layer)
{
    const struct population_options *o = s->o;
    struct population_report *report = s->report;
    const size_t targets = report->targets->count;
    struct layer l = {.name = report->layers[layer],
                      .features = facet_combine_name(s->combine),
                      .targets = report->targets,
                      .repeats = o->repeats,
                      .splits = o->asked.targets.splits,
                      .zeroed = o->zeroed,
                      .seed = o->asked.targets.seed,
                      .threads = o->threads};
    int code = read_layer(s, &l);
    while (l.zeroed_count < o->zeroed_count && o->zeroed[l.zeroed_count] < l.width)
        l.zeroed_count++;
    if (code == FACET_OK) code = shuffle(&l);
    if (code == FACET_OK) code = overlap_write(&l, &s->tables);
    for (size_t t = 0; code == FACET_OK && t < targets; t++) {
        struct population_line *line = &report->lines[layer * targets + t];
        line->layer = l.name;
        code = classify_target(&l, t, &s->tables, &line->needed);
        facet_progress_update(&s->progress, layer * targets + t + 1);
    }
    if (code == FACET_OK && s->lesion != NULL) code = lesion_write(s->lesion, &l, &s->tables);
    report->neurons += l.width;
    free(l.x);
    free(l.random);
    ranking_free(&l.ranking);
    return code;
}

/* ---- a run ---- */

static int record(struct session *s)
{
    const struct population_options *o = s->o;
    int code = facet_targets_record(s->report->targets, &o->asked, s->acts, s->combine, s->run);
    if (code == FACET_OK) code = facet_provenance_set(s->run, "repeats", "%zu", o->repeats);
    return code;
}

static int open_session(struct session *s)
{
    const struct population_options *o = s->o;
    struct population_report *report = s->report;
    size_t neurons;
    int code = facet_acts_open(&s->acts, o->path);
    if (code == FACET_OK)
        code = facet_asked_layers(&o->asked, s->acts, &s->combine, &report->layers,
                                  &report->layer_count, &neurons);
    if (code == FACET_OK) code = facet_targets_new(&report->targets, s->acts, &o->asked.targets);
    if (code == FACET_OK && o->lesion.pairs != NULL) {
        code = lesion_new(&s->lesion, &o->lesion, report->targets, s->run);
        if (code < 0) return code;
        report->pairs = s->lesion->trials->protocol->count;
        report->skipped = s->lesion->skipped;
        memcpy(report->skipped_names, s->lesion->skipped_names, sizeof report->skipped_names);
    }
    if (code < 0) return code;
    report->line_count = report->layer_count * report->targets->count;
    report->lines = facet_alloc(report->line_count, sizeof *report->lines, "report");
    return report->lines == NULL ? FACET_ENOMEM : FACET_OK;
}

int population_run(const struct population_options *options, struct facet_provenance *run,
                   struct population_report *report)
{
    struct session s = {.o = options, .run = run, .report = report};
    *report = (struct population_report){0};
    int code = open_session(&s);
    if (code == FACET_OK) code = tables_new(&s.tables, options->folder);
    facet_progress_begin(&s.progress, "facet-population", "targets", 0, report->line_count,
                         options->quiet);
    for (size_t i = 0; code == FACET_OK && i < report->layer_count; i++) code = run_layer(&s, i);
    facet_progress_end(&s.progress);
    if (code == FACET_OK) code = record(&s);
    if (code == FACET_OK) code = tables_commit(&s.tables, run);
    tables_free(&s.tables);
    lesion_free(&s.lesion);
    facet_acts_free(&s.acts);
    return code;
}

void population_free(struct population_report *report)
{
    facet_targets_free(&report->targets);
    facet_asked_layers_free(&report->layers, report->layer_count);
    free(report->lines);
    *report = (struct population_report){0};
}
