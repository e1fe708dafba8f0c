#include "selectivity/selectivity.h"

#include "base/progress.h"
#include "selectivity/classifiers.h"
#include "selectivity/columns.h"
#include "selectivity/histograms.h"

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
    line->left_out = targets_left_out(s->report->targets, line->target);
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

static int measure_columns(struct session *s, struct columns *c, struct measure *m)
{
    int code = FACET_OK;
    for (size_t strip = 0; code == FACET_OK && strip < c->strips; strip++) {
        code = columns_read(c, strip);
        if (code == FACET_OK) measure_add(m, c->first, c->width, c->x);
        facet_progress_update(&s->progress, s->report->neurons + columns_first(c, strip + 1));
    }
    if (code == FACET_OK) code = measure_finish(m);
    return code < 0 ? code : columns_record(c, s->run);
}

static int run_layer(struct session *s, size_t layer)
{
    const struct selectivity_options *o = s->o;
    const struct targets *t = s->report->targets;
    const struct measure_how how = {.splits = o->targets.splits,
                                    .permutations = o->permutations,
                                    .seed = o->targets.seed,
                                    .threads = o->threads};
    struct columns *c = NULL;
    struct measure *m = NULL;
    int code = columns_new(&c, &s->acts, s->report->layers[layer], s->combine, t->row, t->images);
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
                                            .seed = o->targets.seed,
                                            .threads = o->threads};
    measure_free(&m);
    if (code == FACET_OK && s->classifiers != NULL)
        code = classifiers_write(s->classifiers, c, t, &trained);
    columns_free(&c);
    return code;
}

/* ---- a run ---- */

/* Names of the layers, and how many neurons they have in all. */
static int name_layers(struct session *s, size_t *neurons)
{
    const struct selectivity_options *o = s->o;
    struct selectivity_report *report = s->report;
    int code = FACET_OK;
    report->layer_count = o->layers != NULL ? o->layer_count : facet_acts_layer_count(s->acts);
    report->layers = facet_alloc(report->layer_count, sizeof *report->layers, "layers");
    if (report->layers == NULL) return FACET_ENOMEM;
    for (size_t i = 0; code == FACET_OK && i < report->layer_count; i++) {
        struct facet_features *f = NULL;
        report->layers[i] =
            facet_strdup(o->layers != NULL ? o->layers[i] : facet_acts_layer(s->acts, i)->name);
        if (report->layers[i] == NULL) return FACET_ENOMEM;
        code = facet_features_new(&f, &s->acts, 1, report->layers[i], "original", s->combine);
        if (code == FACET_OK) *neurons += f->width;
        facet_features_free(&f);
    }
    return code;
}

/* The scores of the attributes, as the file has them. */
static int record_scores(struct session *s)
{
    const struct targets *t = s->report->targets;
    int code = FACET_OK;
    for (size_t k = 0; code == FACET_OK && k < t->count; k++) {
        struct facet_hash *digest = NULL;
        char hex[FACET_HASH_SIZE];
        if (t->items[k].score == NULL) continue;
        code = facet_hash_begin(&digest);
        if (code == FACET_OK)
            code = facet_hash_add(digest, t->items[k].score,
                                  facet_acts_images(s->acts) * sizeof(double));
        facet_hash_end(&digest, hex);
        if (code == FACET_OK)
            code = facet_provenance_input_hash(s->run, s->o->path, t->items[k].name, hex);
    }
    return code;
}

/* Everything that makes a run's numbers what they are; the number of threads doesn't. */
static int record(struct session *s)
{
    const struct targets_options *o = &s->o->targets;
    struct facet_provenance *run = s->run;
    char hex[FACET_HASH_SIZE];
    int code = facet_provenance_set(run, "features", "%s", facet_combine_name(s->combine));
    if (code == FACET_OK)
        code = facet_provenance_set(run, o->quantiles ? "cut_quantiles" : "cut", "%.9g,%.9g",
                                    o->cut[0], o->cut[1]);
    if (code == FACET_OK) code = facet_provenance_set(run, "splits", "%zu", o->splits);
    if (code == FACET_OK)
        code = facet_provenance_set(run, "by_identity_splits", "%d", o->by_identity);
    if (code == FACET_OK)
        code = facet_provenance_set(run, "permutations", "%zu", s->o->permutations);
    if (code == FACET_OK)
        code = facet_provenance_set(run, "classifier_splits", "%zu", s->o->classifier_splits);
    if (code == FACET_OK)
        code = facet_provenance_set(run, "seed", "%llu", (unsigned long long)o->seed);
    if (code == FACET_OK) code = facet_acts_hash_labels(s->acts, hex);
    if (code == FACET_OK) code = facet_provenance_input_hash(run, s->o->path, "labels", hex);
    return code < 0 ? code : record_scores(s);
}

static int open_session(struct session *s, size_t *neurons)
{
    const struct selectivity_options *o = s->o;
    struct selectivity_report *report = s->report;
    int code = facet_acts_open(&s->acts, o->path);
    if (code < 0) return code;
    s->combine =
        o->combine < 0 ? facet_combine_best(s->acts, "original") : (enum facet_combine)o->combine;
    code = name_layers(s, neurons);
    if (code == FACET_OK) code = targets_new(&report->targets, s->acts, &o->targets);
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
    targets_free(&report->targets);
    for (size_t i = 0; report->layers != NULL && i < report->layer_count; i++)
        free(report->layers[i]);
    free(report->layers);
    free(report->lines);
    *report = (struct selectivity_report){0};
}
