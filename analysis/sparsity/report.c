#include "sparsity/report.h"

#include "kernels/bits.h"
#include "stats/histogram.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { PER_NEURON_BINS = 25 };

/* What the rows are made from. */
struct report {
    struct tables *tables;
    const struct layer *layer;
    const struct facet_sparsity_options *options;
    const char *name, *view;
    double *total;    /* [width] sums over all clusters */
    double *resample; /* (replicates, width) */
    double *values;   /* [replicates] of one statistic */
};

/* n, S and Q of a measure in a row of sums. */
struct measure {
    size_t n, s;
    double scale; /* of the measure in units of what was summed */
};

static struct facet_table *begin_row(const struct report *r, enum table table)
{
    struct facet_table *t = r->tables->table[table];
    facet_table_text(t, r->name);
    facet_table_text(t, r->view);
    return t;
}

void report_image(void *context, const struct layer *layer, size_t row, uint32_t active,
                  const struct facet_sparseness *s)
{
    struct tables *tables = context;
    struct facet_acts *acts = layer->stream.acts;
    struct facet_table *t = tables->table[TABLE_IMAGES];
    facet_table_text(t, layer->shape->name);
    facet_table_text(t, facet_acts_view(acts, layer->stream.view));
    facet_table_text(t, facet_acts_image(acts, row));
    facet_table_text(t, facet_acts_identity(acts, row));
    facet_table_int(t, active);
    facet_table_real(t, (double)active / (double)layer->shape->neurons);
    facet_table_real(t, s->treves_rolls);
    facet_table_real(t, s->vinje_gallant);
    facet_table_real(t, s->hoyer);
    facet_table_real(t, s->gini);
    facet_table_real(t, s->kurtosis);
}

/* ---- estimates over images ---- */

static double mean_of(const struct report *r, const double *sums, struct measure m)
{
    return m.scale * (r->layer->pivot[m.s] + sums[m.s] / sums[m.n]);
}

static double sd_of(const double *sums, struct measure m)
{
    double n = sums[m.n], q = sums[m.s + 1] - sums[m.s] * sums[m.s] / n;
    return n < 2 ? NAN : m.scale * sqrt(q > 0 ? q / (n - 1) : 0);
}

/* Interval of the mean or the sd of a measure. */
static void interval(const struct report *r, struct measure m, int sd, double *low, double *high)
{
    size_t replicates = r->layer->images->clusters < 2 ? 0 : r->options->replicates;
    for (size_t k = 0; k < replicates; k++) {
        const double *sums = r->resample + k * r->layer->width;
        r->values[k] = sums[m.n] > 0 ? sd ? sd_of(sums, m) : mean_of(r, sums, m) : NAN;
    }
    facet_bootstrap_interval(r->values, replicates, 0.95, low, high);
}

static struct estimate mean_estimate(const struct report *r, struct measure m)
{
    double n = r->total[m.n];
    struct estimate e = {n, n > 0 ? mean_of(r, r->total, m) : NAN, sd_of(r->total, m), NAN, NAN};
    interval(r, m, 0, &e.low, &e.high);
    return e;
}

static struct estimate sd_estimate(const struct report *r, struct measure m)
{
    struct estimate e = {r->total[m.n], sd_of(r->total, m), NAN, NAN, NAN};
    interval(r, m, 1, &e.low, &e.high);
    return e;
}

/* Interval of a linearised statistic around its value. */
static void linear_interval(const struct report *r, size_t which, struct estimate *e)
{
    size_t replicates = r->layer->images->clusters < 2 ? 0 : r->options->replicates;
    for (size_t k = 0; k < replicates; k++) {
        const double *sums = r->resample + k * r->layer->width;
        r->values[k] =
            e->value + sums[SUM_LINEAR + which] / sums[SUM_N] - r->layer->gradient_mean[which];
    }
    if (!isnan(e->value)) facet_bootstrap_interval(r->values, replicates, 0.95, &e->low, &e->high);
}

/* ---- estimates over neurons ---- */

enum per_neuron { IMAGES_ACTIVE, ENTROPY, LIFETIME, DEAD, ALWAYS_ON, CONSTANT };

static double neuron_value(const struct layer *l, enum per_neuron what, size_t threshold, size_t j)
{
    uint64_t active = l->active[threshold * l->shape->neurons + j];
    switch (what) {
    case IMAGES_ACTIVE:
        return (double)active;
    case ENTROPY:
        return layer_entropy(layer_share(l, threshold, j));
    case LIFETIME:
        return facet_moments_treves_rolls(l->moments, j);
    case DEAD:
        return active == 0;
    case ALWAYS_ON:
        return active == l->n;
    case CONSTANT:
        return !(l->moments->low[j] < l->moments->high[j]);
    }
    return NAN;
}

/* Mean and sd over the neurons for which it is defined. */
static struct estimate over_neurons(const struct layer *l, enum per_neuron what, size_t threshold)
{
    const size_t neurons = l->shape->neurons;
    double n = 0, sum = 0, m2 = 0;
    for (size_t j = 0; j < neurons; j++) {
        double v = neuron_value(l, what, threshold, j);
        if (!isnan(v)) n++, sum += v;
    }
    for (size_t j = 0; j < neurons; j++) {
        double v = neuron_value(l, what, threshold, j);
        if (!isnan(v)) m2 += (v - sum / n) * (v - sum / n);
    }
    return (struct estimate){n, n > 0 ? sum / n : NAN, n > 1 ? sqrt(m2 / (n - 1)) : NAN, NAN, NAN};
}

static struct estimate count_neurons(const struct layer *l, enum per_neuron what, size_t threshold)
{
    struct estimate e = over_neurons(l, what, threshold);
    return (struct estimate){e.n, round(e.value * e.n), NAN, NAN, NAN};
}

static struct measure active_measure(size_t threshold, double scale)
{
    return (struct measure){SUM_N, SUM_ACTIVE + 2 * threshold, scale};
}

/* The mean over neurons is the mean active share times the images, so its interval comes from the
 * images' sums. */
static struct estimate images_per_neuron(const struct report *r, size_t threshold)
{
    const struct layer *l = r->layer;
    struct estimate e = over_neurons(l, IMAGES_ACTIVE, threshold);
    double scale = (double)l->n / (double)l->shape->neurons;
    interval(r, active_measure(threshold, scale), 0, &e.low, &e.high);
    return e;
}

/* ---- tables ---- */

static void summary_row(const struct report *r, const char *measure, struct estimate e)
{
    struct facet_table *t = begin_row(r, TABLE_SUMMARY);
    facet_table_text(t, measure);
    tables_estimate(t, &e);
}

static void count_row(const struct report *r, const char *measure, double n, double count)
{
    summary_row(r, measure, (struct estimate){n, count, NAN, NAN, NAN});
}

static void report_image_summary(const struct report *r, struct facet_sparsity_summary *line)
{
    static const char *const names[INDICES] = {"treves_rolls", "vinje_gallant", "hoyer", "gini",
                                               "kurtosis"};
    const struct layer *l = r->layer;
    size_t all = facet_acts_images(l->stream.acts), missing;
    facet_acts_missing(l->stream.acts, &missing);
    count_row(r, "images", (double)all, (double)l->n);
    count_row(r, "missing_images", (double)all, (double)missing);
    count_row(r, "identities", (double)l->n, (double)l->images->clusters);
    struct estimate active = mean_estimate(r, active_measure(0, 1));
    summary_row(r, "active_neurons_per_image", active);
    summary_row(r, "active_neurons_per_image_sd", sd_estimate(r, active_measure(0, 1)));
    struct estimate share = mean_estimate(r, active_measure(0, 1.0 / (double)l->shape->neurons));
    summary_row(r, "active_share", share);
    for (size_t i = 0; i < INDICES; i++) {
        size_t at = SUM_INDEX + 3 * i;
        struct estimate e = mean_estimate(r, (struct measure){at, at + 1, 1});
        summary_row(r, names[i], e);
        if (i == 0) line->treves_rolls = e.value;
        if (i == 3) line->gini = e.value;
    }
    line->active = active.value;
    line->active_sd = active.sd;
    line->share = share.value;
}

static void report_neuron_summary(const struct report *r, struct facet_sparsity_summary *line)
{
    const struct layer *l = r->layer;
    struct estimate images = images_per_neuron(r, 0);
    struct estimate spread = {images.n, images.sd, NAN, NAN, NAN};
    struct estimate entropy = over_neurons(l, ENTROPY, 0);
    struct estimate dead = count_neurons(l, DEAD, 0), on = count_neurons(l, ALWAYS_ON, 0);
    struct estimate constant = count_neurons(l, CONSTANT, 0);
    linear_interval(r, 0, &spread);
    linear_interval(r, 1, &entropy);
    summary_row(r, "images_per_neuron", images);
    summary_row(r, "images_per_neuron_sd", spread);
    summary_row(r, "entropy_bits", entropy);
    summary_row(r, "lifetime_treves_rolls", over_neurons(l, LIFETIME, 0));
    summary_row(r, "dead_neurons", dead);
    summary_row(r, "always_on_neurons", on);
    summary_row(r, "constant_neurons", constant);
    line->images_per_neuron = images.value;
    line->images_per_neuron_sd = images.sd;
    line->dead = (size_t)dead.value;
    line->always_on = (size_t)on.value;
    line->constant = (size_t)constant.value;
}

static void threshold_row(const struct report *r, size_t k, double scale, const char *measure,
                          struct estimate e)
{
    struct facet_table *t = begin_row(r, TABLE_THRESHOLDS);
    facet_table_real(t, r->layer->threshold[k]);
    facet_table_real(t, scale > 0 ? r->options->thresholds[k - 1] : NAN);
    facet_table_text(t, measure);
    tables_estimate(t, &e);
}

static void report_thresholds(const struct report *r, double scale)
{
    const struct layer *l = r->layer;
    double share = 1.0 / (double)l->shape->neurons;
    for (size_t k = 1; k < l->thresholds; k++) {
        threshold_row(r, k, scale, "active_neurons_per_image",
                      mean_estimate(r, active_measure(k, 1)));
        threshold_row(r, k, scale, "active_share", mean_estimate(r, active_measure(k, share)));
        threshold_row(r, k, scale, "images_per_neuron", images_per_neuron(r, k));
        threshold_row(r, k, scale, "entropy_bits", over_neurons(l, ENTROPY, k));
        threshold_row(r, k, scale, "dead_neurons", count_neurons(l, DEAD, k));
        threshold_row(r, k, scale, "always_on_neurons", count_neurons(l, ALWAYS_ON, k));
    }
}

static void report_neurons(const struct report *r)
{
    const struct layer *l = r->layer;
    const struct facet_moments *m = l->moments;
    for (size_t j = 0; j < l->shape->neurons; j++) {
        struct facet_table *t = begin_row(r, TABLE_NEURONS);
        facet_table_int(t, (int64_t)j);
        facet_table_int(t, (int64_t)l->n);
        facet_table_int(t, (int64_t)l->active[j]);
        facet_table_real(t, layer_share(l, 0, j));
        facet_table_real(t, m->mean[j]);
        facet_table_real(t, sqrt(facet_moments_variance(m, j)));
        facet_table_real(t, (double)m->low[j]);
        for (size_t i = 0; i < QUANTILES; i++) facet_table_real(t, l->quantile[j * QUANTILES + i]);
        facet_table_real(t, (double)m->high[j]);
        facet_table_real(t, neuron_value(l, ENTROPY, 0, j));
        facet_table_real(t, neuron_value(l, LIFETIME, 0, j));
        facet_table_int(t, neuron_value(l, DEAD, 0, j) > 0);
        facet_table_int(t, neuron_value(l, ALWAYS_ON, 0, j) > 0);
        facet_table_int(t, neuron_value(l, CONSTANT, 0, j) > 0);
    }
}

static void report_activations(const struct report *r)
{
    const struct layer *l = r->layer;
    for (size_t j = 0; j < l->shape->neurons; j++)
        for (size_t b = 0; b < BINS; b++) {
            struct facet_table *t = begin_row(r, TABLE_ACTIVATIONS);
            facet_table_int(t, (int64_t)j);
            facet_table_real(t, facet_histogram_edge(b, BINS, l->low, l->high));
            facet_table_real(t, facet_histogram_edge(b + 1, BINS, l->low, l->high));
            facet_table_int(t, l->histogram[j * BINS + b]);
        }
}

/* Fig. 6: active neurons per image, images per neuron. */
static int report_figure(const struct report *r)
{
    const struct layer *l = r->layer;
    uint64_t step = facet_histogram_step(l->n, PER_NEURON_BINS), bins = l->n / step + 1;
    uint64_t *counts = facet_alloc(bins, sizeof *counts, "histogram");
    if (counts == NULL) return FACET_ENOMEM;
    for (size_t j = 0; j < l->shape->neurons; j++) counts[l->active[j] / step]++;
    tables_histogram(r->tables->table[TABLE_PER_NEURON], r->name, r->view, counts, step, l->n);
    tables_histogram(r->tables->table[TABLE_PER_IMAGE], r->name, r->view, l->per_image,
                     l->per_image_step, l->shape->neurons);
    free(counts);
    return FACET_OK;
}

/* ---- overlap ---- */

enum { OVERLAPS = 2 }; /* hamming share, jaccard */

/* The sampled pairs of one relation: clusters and values of each. */
struct overlaps {
    const struct facet_pairs *pairs;
    uint32_t *first, *second; /* clusters */
    double *d;                /* (pairs, OVERLAPS) */
    double *resample;         /* (replicates, OVERLAPS) */
};

static void compare_pairs(const struct layer *l, struct overlaps *o)
{
    const struct images *images = l->images;
    for (size_t k = 0; k < o->pairs->count; k++) {
        size_t a = o->pairs->first[k], b = o->pairs->second[k];
        const uint32_t sample[2] = {(uint32_t)images->sampled[a], (uint32_t)images->sampled[b]};
        uint32_t differing, both;
        facet_bits_pairs(l->bits, l->words, &sample[0], &sample[1], 1, &differing, &both);
        o->first[k] = (uint32_t)images->cluster[a];
        o->second[k] = (uint32_t)images->cluster[b];
        o->d[k * OVERLAPS] = differing / (double)l->shape->neurons;
        o->d[k * OVERLAPS + 1] = both / (double)(both + differing); /* NaN where none is active */
    }
}

static struct estimate overlap_estimate(const struct report *r, const struct overlaps *o,
                                        size_t which)
{
    double n = 0, sum = 0, m2 = 0;
    size_t replicates = r->layer->images->clusters < 2 ? 0 : r->options->replicates;
    for (size_t k = 0; k < o->pairs->count; k++) {
        double d = o->d[k * OVERLAPS + which];
        if (!isnan(d)) n++, sum += d;
    }
    for (size_t k = 0; k < o->pairs->count; k++) {
        double d = o->d[k * OVERLAPS + which];
        if (!isnan(d)) m2 += (d - sum / n) * (d - sum / n);
    }
    struct estimate e = {n, n > 0 ? sum / n : NAN, n > 1 ? sqrt(m2 / (n - 1)) : NAN, NAN, NAN};
    for (size_t k = 0; k < replicates; k++) r->values[k] = o->resample[k * OVERLAPS + which];
    facet_bootstrap_interval(r->values, replicates, 0.95, &e.low, &e.high);
    return e;
}

static int report_overlap(const struct report *r, enum facet_pairs_relation relation)
{
    static const char *const relations[] = {"within", "between"};
    static const char *const measures[OVERLAPS] = {"hamming", "jaccard"};
    const struct images *images = r->layer->images;
    struct overlaps o = {.pairs = images->pairs[relation]};
    const size_t count = o.pairs->count, replicates = r->options->replicates;
    o.first = facet_alloc(count, sizeof *o.first, "pairs");
    o.second = facet_alloc(count, sizeof *o.second, "pairs");
    o.d = facet_alloc(count, OVERLAPS * sizeof *o.d, "pairs");
    o.resample = facet_alloc(replicates, OVERLAPS * sizeof *o.resample, "pairs");
    int code = FACET_ENOMEM;
    if (o.first != NULL && o.second != NULL && o.d != NULL && o.resample != NULL) {
        compare_pairs(r->layer, &o);
        code = facet_bootstrap_pairs(images->bootstrap, o.first, o.second, o.d, count, OVERLAPS,
                                     o.resample);
    }
    for (size_t i = 0; code == FACET_OK && i < OVERLAPS; i++) {
        struct estimate e = overlap_estimate(r, &o, i);
        struct facet_table *t = begin_row(r, TABLE_OVERLAP);
        facet_table_text(t, relations[relation]);
        facet_table_text(t, measures[i]);
        facet_table_real(t, o.pairs->possible);
        tables_estimate(t, &e);
    }
    free(o.first);
    free(o.second);
    free(o.d);
    free(o.resample);
    return code;
}

/* ---- all ---- */

static int write_layer(const struct report *r, double scale, struct facet_sparsity_summary *line)
{
    const struct layer *l = r->layer;
    for (size_t c = 0; c < l->images->clusters; c++)
        for (size_t k = 0; k < l->width; k++) r->total[k] += l->sums[c * l->width + k];
    int code = facet_bootstrap_sums(l->images->bootstrap, l->sums, l->width, r->resample);
    if (code < 0) return code;
    strcpy(line->layer, r->name);
    line->neurons = l->shape->neurons;
    line->images = (size_t)l->n;
    report_image_summary(r, line);
    report_neuron_summary(r, line);
    report_thresholds(r, scale);
    report_neurons(r);
    report_activations(r);
    code = report_figure(r);
    if (code == FACET_OK) code = report_overlap(r, FACET_PAIRS_WITHIN);
    if (code == FACET_OK) code = report_overlap(r, FACET_PAIRS_BETWEEN);
    return code;
}

int report_layer(struct tables *tables, const struct layer *layer,
                 const struct facet_sparsity_options *options, double scale,
                 struct facet_sparsity_summary *line)
{
    struct report r = {
        .tables = tables,
        .layer = layer,
        .options = options,
        .name = layer->shape->name,
        .view = facet_acts_view(layer->stream.acts, layer->stream.view),
        .total = facet_alloc(layer->width, sizeof(double), "report"),
        .resample = facet_alloc(options->replicates, layer->width * sizeof(double), "bootstrap"),
        .values = facet_alloc(options->replicates, sizeof(double), "bootstrap"),
    };
    line->view = facet_strdup(r.view);
    int code = r.total == NULL || r.resample == NULL || r.values == NULL || line->view == NULL
                   ? FACET_ENOMEM
                   : write_layer(&r, scale, line);
    free(r.total);
    free(r.resample);
    free(r.values);
    return code;
}
