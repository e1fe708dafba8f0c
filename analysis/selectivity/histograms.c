#include "selectivity/histograms.h"

#include "selectivity/tables.h"
#include "stats/histogram.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { EACH = 5, BINS = 50 };

static const struct facet_column definitions[] = {
    {"target", "string", "1", "whom or what the neuron was chosen for"},
    {"layer", "string", "1", "layer, or several joined by +"},
    {"features", "string", "1", "as in neurons.tsv"},
    {"direction", "string", "1", "excitatory or inhibitory"},
    {"rank", "integer", "1",
     "1 to 5: place among the target's neurons of that direction by balanced accuracy"},
    {"neuron", "integer", "1", "index as in neurons.tsv"},
    {"balanced_accuracy", "real", "1", "as in neurons.tsv"},
    {"images", "string", "1",
     "what the histogram is over: all, target, rest (its other images), or the name of another "
     "target of --group"},
    {"n", "integer", "images", "how many these are"},
    {"bin_left", "real", "activation",
     "50 equal bins from the least value (0 if none is negative) to the greatest of all neurons of "
     "the layer in this table; bins are [left, right), the last one closed"},
    {"bin_right", "real", "activation", "right edge"},
    {"count", "integer", "images", "images whose activation is in the bin"},
};

/* A neuron that is shown for a target. */
struct pick {
    size_t target, neuron, rank;
    enum direction direction;
    double accuracy;
    uint32_t *counts; /* (all, rest, target, the group; BINS) */
};

struct job {
    const struct facet_targets *targets;
    const struct histograms_how *how;
    struct pick *picks;
    size_t count;
    const struct facet_target **group; /* [group_count] */
    double low, high;
    uint32_t *bin; /* [images] */
};

int histograms_new(struct facet_table **table, const char *folder)
{
    char *path = facet_format("%s/histograms.tsv", folder);
    int code = path == NULL
                   ? FACET_ENOMEM
                   : facet_table_new(table, path, "Histograms of single neurons", definitions,
                                     sizeof definitions / sizeof *definitions);
    free(path);
    return code;
}

/* ---- which neurons ---- */

static int by_accuracy(const void *a, const void *b)
{
    const struct pick *x = a, *y = b;
    if (x->accuracy != y->accuracy) return x->accuracy < y->accuracy ? 1 : -1;
    return (x->neuron > y->neuron) - (x->neuron < y->neuron);
}

/* The best ones of a direction; `work` has room for all neurons. */
static int pick_best(struct job *j, const struct measure *m, size_t neurons, size_t target,
                     enum direction direction, struct pick *work)
{
    size_t found = 0;
    for (size_t n = 0; n < neurons; n++) {
        const struct response *r = measure_response(m, target, n);
        if (r->direction == direction && !isnan(r->balanced_accuracy))
            work[found++] = (struct pick){.target = target,
                                          .neuron = n,
                                          .direction = direction,
                                          .accuracy = r->balanced_accuracy};
    }
    qsort(work, found, sizeof *work, by_accuracy);
    for (size_t k = 0; k < found && k < EACH; k++) {
        struct pick *pick = &j->picks[j->count++];
        const float *range = measure_range(m, work[k].neuron);
        *pick = work[k];
        pick->rank = k + 1;
        pick->counts = facet_alloc(3 + j->how->group_count, BINS * sizeof(uint32_t), "histograms");
        if (pick->counts == NULL) return FACET_ENOMEM;
        j->low = fmin(j->low, (double)range[0]);
        j->high = fmax(j->high, (double)range[1]);
    }
    return FACET_OK;
}

static int pick_all(struct job *j, const struct measure *m, size_t neurons)
{
    struct pick *work = facet_alloc(neurons, sizeof *work, "histograms");
    int code = work == NULL ? FACET_ENOMEM : FACET_OK;
    for (size_t t = 0; code == FACET_OK && t < j->targets->count; t++) {
        code = pick_best(j, m, neurons, t, EXCITATORY, work);
        if (code == FACET_OK) code = pick_best(j, m, neurons, t, INHIBITORY, work);
    }
    if (!(j->high > j->low)) j->high = j->low + 1;
    free(work);
    return code;
}

static int find_group(struct job *j)
{
    j->group = facet_alloc(j->how->group_count, sizeof *j->group, "group");
    if (j->group == NULL) return FACET_ENOMEM;
    for (size_t g = 0; g < j->how->group_count; g++) {
        for (size_t t = 0; t < j->targets->count; t++)
            if (strcmp(j->targets->items[t].name, j->how->group[g]) == 0)
                j->group[g] = &j->targets->items[t];
        if (j->group[g] == NULL)
            return facet_fail(FACET_EINVAL, "--group: %s is not among the targets",
                              j->how->group[g]);
    }
    return FACET_OK;
}

/* ---- counting ---- */

static void count_column(struct job *j, const struct pick *pick, const float *x)
{
    const struct facet_target *target = &j->targets->items[pick->target];
    facet_histogram_bins(x, j->targets->images, BINS, j->low, j->high, j->bin);
    for (size_t i = 0; i < j->targets->images; i++) {
        pick->counts[j->bin[i]]++;
        if (target->label[i] >= 0) pick->counts[(1 + target->label[i]) * BINS + j->bin[i]]++;
        for (size_t g = 0; g < j->how->group_count; g++)
            if (j->group[g]->label[i] == 1) pick->counts[(3 + g) * BINS + j->bin[i]]++;
    }
}

/* Reads the strips that hold a chosen neuron. */
static int count_all(struct job *j, struct facet_columns *c)
{
    for (size_t s = 0; s < c->strips; s++) {
        const size_t first = facet_columns_first(c, s), end = facet_columns_first(c, s + 1);
        int is_read = 0;
        for (size_t k = 0; k < j->count; k++) {
            const struct pick *pick = &j->picks[k];
            if (pick->neuron < first || pick->neuron >= end) continue;
            int code = is_read ? FACET_OK : facet_columns_read(c, s);
            if (code < 0) return code;
            is_read = 1;
            count_column(j, pick, c->x + (pick->neuron - first) * c->images);
        }
    }
    return FACET_OK;
}

/* ---- rows ---- */

static void put_histogram(struct facet_table *t, const struct job *j, const struct pick *pick,
                          const char *images, const uint32_t *counts)
{
    int64_t n = 0;
    for (size_t b = 0; b < BINS; b++) n += counts[b];
    for (size_t b = 0; b < BINS; b++) {
        facet_table_text(t, j->targets->items[pick->target].name);
        facet_table_text(t, j->how->layer);
        facet_table_text(t, j->how->features);
        facet_table_text(t, direction_name(pick->direction));
        facet_table_int(t, (int64_t)pick->rank);
        facet_table_int(t, (int64_t)pick->neuron);
        facet_table_real(t, pick->accuracy);
        facet_table_text(t, images);
        facet_table_int(t, n);
        facet_table_real(t, facet_histogram_edge(b, BINS, j->low, j->high));
        facet_table_real(t, facet_histogram_edge(b + 1, BINS, j->low, j->high));
        facet_table_int(t, counts[b]);
    }
}

static void put_pick(struct facet_table *t, const struct job *j, const struct pick *pick)
{
    const struct facet_target *target = &j->targets->items[pick->target];
    int in_group = 0;
    for (size_t g = 0; g < j->how->group_count; g++) in_group |= j->group[g] == target;
    put_histogram(t, j, pick, "all", pick->counts);
    put_histogram(t, j, pick, "target", pick->counts + 2 * BINS);
    put_histogram(t, j, pick, "rest", pick->counts + BINS);
    for (size_t g = 0; in_group && g < j->how->group_count; g++)
        if (j->group[g] != target)
            put_histogram(t, j, pick, j->group[g]->name, pick->counts + (3 + g) * BINS);
}

int histograms_write(struct facet_table *table, struct facet_columns *columns,
                     const struct facet_targets *targets, const struct measure *measure,
                     const struct histograms_how *how)
{
    struct job j = {.targets = targets, .how = how};
    j.picks = facet_alloc(targets->count, 2 * EACH * sizeof *j.picks, "histograms");
    j.bin = facet_alloc(targets->images, sizeof *j.bin, "histograms");
    int code = j.picks == NULL || j.bin == NULL ? FACET_ENOMEM : find_group(&j);
    if (code == FACET_OK) code = pick_all(&j, measure, columns->features->width);
    if (code == FACET_OK) code = count_all(&j, columns);
    for (size_t k = 0; code == FACET_OK && k < j.count; k++) put_pick(table, &j, &j.picks[k]);
    for (size_t k = 0; k < j.count; k++) free(j.picks[k].counts);
    free(j.picks);
    free(j.group);
    free(j.bin);
    return code;
}
