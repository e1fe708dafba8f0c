#include "selectivity/selectivity.h"

#include "base/progress.h"
#include "selectivity/classifiers.h"
#include "selectivity/histograms.h"
#include "targets/columns.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Everything a run holds. */
struct session {
    const struct selectivity_options *o;
    struct facet_provenance *run;
    struct facet_acts *acts;
    enum facet_combine combine;
    struct selectivity_tables tables;
    struct facet_table *histograms, *classifiers; /* classifiers: NULL if not asked for */
    struct facet_progress progress;
    struct selectivity_report *report;
};

/* ---- what a layer's measures say ---- */

static void summarise(const struct session *s, const struct measure *m, size_t neurons,
                      size_t target, struct target_line *line)
{
    for (enum direction d = EXCITATORY; d < DIRECTIONS; d++) line->best_accuracy[d] = NAN;
    for (size_t j = 0; j < neurons; j++) {
        const struct response *r = measure_response(m, target, j);
        double *best = &line->best_accuracy[r->direction];
        line->tested += !isnan(r->p);
        line->below += r->p < 0.05;
        line->selective[r->direction] += r->q < 0.05;
        if (isnan(*best) || r->balanced_accuracy > *best) {
            *best = r->balanced_accuracy;
            line->best[r->direction] = j;
        }
    }
    line->left_out = facet_targets_left_out(s->report->targets, line->target);
    for (enum direction d = EXCITATORY; d < DIRECTIONS; d++)
        line->champions[d] = measure_champions(m, target, d);
}

struct placed {
    double mean;
    size_t neuron;
};

static int by_mean(const void *a, const void *b)
{
    const struct placed *x = a, *y = b;
    if (x->mean != y->mean) return x->mean < y->mean ? 1 : -1;
    return (x->neuron > y->neuron) - (x->neuron < y->neuron);
}

static int write_target(struct session *s, const struct measure *m, size_t neurons, size_t target,
                        const struct target_line *line)
{
    struct placed *order = facet_alloc(neurons, sizeof *order, "neurons");
    if (order == NULL) return FACET_ENOMEM;
    for (size_t j = 0; j < neurons; j++) {
        const struct response *r = measure_response(m, target, j);
        selectivity_tables_neuron(&s->tables, line, j, r);
        order[j] = (struct placed){r->on.mean, j};
    }
    qsort(order, neurons, sizeof *order, by_mean);
    for (size_t k = 0; k < neurons; k++)
        selectivity_tables_response(&s->tables, line, k, order[k].neuron,
                                    measure_response(m, target, order[k].neuron));
    selectivity_tables_target(&s->tables, line);
    free(order);
    return FACET_OK;
}

static int report_layer(struct session *s, size_t layer, const struct measure *m, size_t neurons)
{
    struct selectivity_report *report = s->report;
    const size_t targets = report->targets->count;
    int code = FACET_OK;
    for (size_t j = 0; j < neurons; j++) {
        const float *range = measure_range(m, j);
        report->constant += range[0] == range[1];
    }
    report->neurons += neurons;
    for (size_t t = 0; code == FACET_OK && t < targets; t++) {
        struct target_line *line = &report->lines[layer * targets + t];
        line->target = &report->targets->items[t];
        line->layer = report->layers[layer];
        line->features = facet_combine_name(s->combine);
        summarise(s, m, neurons, t, line);
        code = write_target(s, m, neurons, t, line);
    }
    return code;
}

/* ---- a layer ---- */

static int measure_columns(struct session *s, struct facet_columns *c, struct measure *m)
{
    int code = FACET_OK;
    for (size_t strip = 0; code == FACET_OK && strip < c->strips; strip++) {
        code = facet_columns_read(c, strip);
        if (code == FACET_OK) measure_add(m, c->first, c->width, c->x);
        facet_progress_update(&s->progress, s->report->neurons + facet_columns_first(c, strip + 1));
    }
    if (code == FACET_OK) code = measure_finish(m);
    return code < 0 ? code : facet_columns_record(c, s->run);
}

static int run_layer(struct session *s, size_t layer)
{
    const struct selectivity_options *o = s->o;
    const struct facet_targets *t = s->report->targets;
    const struct measure_how how = {.splits = o->asked.targets.splits,
                                    .permutations = o->permutations,
                                    .seed = o->asked.targets.seed,
                                    .threads = o->threads};
    struct facet_columns *c = NULL;
    struct measure *m = NULL;
    int code =
        facet_columns_new(&c, &s->acts, s->report->layers[layer], s->combine, t->row, t->images);
    if (code == FACET_OK) code = measure_new(&m, t, c->features->width, &how);
    if (code == FACET_OK) code = measure_columns(s, c, m);
    if (code == FACET_OK) code = report_layer(s, layer, m, c->features->width);
    const struct histograms_how drawn = {.layer = s->report->layers[layer],
                                         .features = facet_combine_name(s->combine),
                                         .group = o->group,
                                         .group_count = o->group_count};
    if (code == FACET_OK) code = histograms_write(s->histograms, c, t, m, &drawn);
    const struct classifiers_how trained = {.layer = drawn.layer,
                                            .features = drawn.features,
                                            .splits = o->classifier_splits,
                                            .seed = o->asked.targets.seed,
                                            .threads = o->threads};
    measure_free(&m);
    if (code == FACET_OK && s->classifiers != NULL)
        code = classifiers_write(s->classifiers, c, t, &trained);
    facet_columns_free(&c);
    return code;
}

/* ---- a run ---- */

/* Everything that makes a run's numbers what they are; the number of threads doesn't. */
static int record(struct session *s)
{
    int code = facet_targets_record(s->report->targets, &s->o->asked, s->acts, s->combine, s->run);
    if (code == FACET_OK)
        code = facet_provenance_set(s->run, "permutations", "%zu", s->o->permutations);
    if (code == FACET_OK)
        code = facet_provenance_set(s->run, "classifier_splits", "%zu", s->o->classifier_splits);
    return code;
}

static int open_session(struct session *s, size_t *neurons)
{
    const struct selectivity_options *o = s->o;
    struct selectivity_report *report = s->report;
    int code = facet_acts_open(&s->acts, o->path);
    if (code < 0) return code;
    code = facet_asked_layers(&o->asked, s->acts, &s->combine, &report->layers,
                              &report->layer_count, neurons);
    if (code == FACET_OK) code = facet_targets_new(&report->targets, s->acts, &o->asked.targets);
    if (code < 0) return code;
    report->line_count = report->layer_count * report->targets->count;
    report->lines = facet_alloc(report->line_count, sizeof *report->lines, "report");
    return report->lines == NULL ? FACET_ENOMEM : FACET_OK;
}

int selectivity_run(const struct selectivity_options *options, struct facet_provenance *run,
                    struct selectivity_report *report)
{
    struct session s = {.o = options, .run = run, .report = report};
    size_t neurons = 0;
    int code = open_session(&s, &neurons);
    if (code == FACET_OK) code = selectivity_tables_new(&s.tables, options->folder);
    if (code == FACET_OK) code = histograms_new(&s.histograms, options->folder);
    if (code == FACET_OK && options->classifier_splits > 0)
        code = classifiers_new(&s.classifiers, options->folder);
    facet_progress_begin(&s.progress, "facet-selectivity", "neurons", 0, neurons, options->quiet);
    for (size_t i = 0; code == FACET_OK && i < report->layer_count; i++) code = run_layer(&s, i);
    facet_progress_end(&s.progress);
    if (code == FACET_OK) code = record(&s);
    if (code == FACET_OK) code = selectivity_tables_commit(&s.tables, run);
    if (code == FACET_OK) code = facet_table_commit(&s.histograms, run);
    if (code == FACET_OK && s.classifiers != NULL) code = facet_table_commit(&s.classifiers, run);
    facet_table_free(&s.histograms);
    facet_table_free(&s.classifiers);
    selectivity_tables_free(&s.tables);
    facet_acts_free(&s.acts);
    return code;
}

void selectivity_free(struct selectivity_report *report)
{
    facet_targets_free(&report->targets);
    facet_asked_layers_free(&report->layers, report->layer_count);
    free(report->lines);
    *report = (struct selectivity_report){0};
}
