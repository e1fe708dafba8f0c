#include "occlusion/tables.h"

#define LAYER                                                                                      \
    {"layer", "string", "1", "layer, or several joined by +, whose values were compared"},         \
    {                                                                                              \
        "features", "string", "1",                                                                 \
            "original: of the image alone; mirror_sum: summed with those of its mirror image; "    \
            "mirror_concat: both, one behind the other"                                            \
    }
#define METRIC                                                                                     \
    {                                                                                              \
        "metric", "string", "1",                                                                   \
            "cosine, euclidean, hamming (of the neurons above the threshold), joint_bayesian "     \
            "(fitted to clean faces)"                                                              \
    }
#define LEVEL                                                                                      \
    {"kind", "string", "1",                                                                        \
     "what hides the faces: bottom, top, left, right, block (a square at random; blockxN: N of "   \
     "them), eyes, mouth, square (at the place x, y)"},                                            \
    {                                                                                              \
        "level", "integer", "percent or pixel",                                                    \
            "percent of the face; of block and square the side in pixels of a face 94 wide; 0: "   \
            "the clean face, which stands in every kind"                                           \
    }
#define PLACE                                                                                      \
    {"x", "integer", "pixel",                                                                      \
     "of a square: its left edge, in pixels of a face 94 wide, from 0; NA otherwise"},             \
    {                                                                                              \
        "y", "integer", "pixel", "its upper edge"                                                  \
    }
#define INTERVAL                                                                                   \
    {"ci_low", "real", "1",                                                                        \
     "lower end of the 95 % percentile interval: bootstrap over people, a pair weighted by the "   \
     "product of its two people's draws (Owen 2007), thresholds held"},                            \
    {                                                                                              \
        "ci_high", "real", "1", "upper end"                                                        \
    }
#define PERSON                                                                                     \
    {"identity", "string", "1", "the person"},                                                     \
    {                                                                                              \
        "n", "integer", "images", "images of the person"                                           \
    }

static const struct facet_column accuracy_columns[] = {
    LAYER,
    METRIC,
    LEVEL,
    PLACE,
    {"n", "integer", "pairs", "pairs that were compared"},
    {"estimate", "real", "1",
     "verification accuracy: mean over folds, each at the threshold on the scores of this level "
     "that "
     "is best on the other folds"},
    {"sd", "real", "1", "standard deviation over folds, divisor folds - 1"},
    {"se", "real", "1", "sd / sqrt(folds)"},
    INTERVAL,
    {"change", "real", "1", "estimate less that of the clean faces"},
    {"change_low", "real", "1",
     "lower end of its 95 % interval; paired: level and clean faces in the same resamples"},
    {"change_high", "real", "1", "upper end"},
    {"step", "real", "1",
     "estimate less that of the level before in the same kind; NA of squares and clean faces"},
    {"step_low", "real", "1", "lower end of its 95 % interval, paired"},
    {"step_high", "real", "1", "upper end"},
    {"area", "real", "1", "area under the ROC curve of all pairs, ties counted half"},
    {"separation", "real", "sd",
     "d' of the scores: (mean of genuine pairs - mean of impostor pairs) / sqrt of the mean of "
     "their "
     "variances (Green and Swets 1966)"},
};

static const struct facet_column half_columns[] = {
    LAYER,
    METRIC,
    LEVEL,
    {"n", "integer", "levels", "levels of this kind, without the clean faces"},
    {"clean", "real", "1", "accuracy of clean faces"},
    {"target", "real", "1", "half way between it and chance: 0.5 + (clean - 0.5) / 2"},
    {"estimate", "real", "percent or pixel",
     "lowest level at which accuracy is at the target, on straight lines between levels (column "
     "level: the greatest measured); NA: at none of them"},
    {"ci_low", "real", "percent or pixel",
     "lower end of the 95 % percentile interval over the same resamples, each with its own clean "
     "accuracy; NA where it lies beyond the levels"},
    {"ci_high", "real", "percent or pixel", "upper end; likewise"},
};

static const struct facet_column difference_columns[] = {
    {"layer_a", "string", "1", "a layer"},
    {"layer_b", "string", "1", "another"},
    METRIC,
    LEVEL,
    {"n", "integer", "pairs", "pairs that were compared"},
    {"estimate", "real", "1", "accuracy of layer_a less that of layer_b"},
    {"ci_low", "real", "1",
     "lower end of the 95 % percentile interval; paired: both in the same resamples of people"},
    {"ci_high", "real", "1", "upper end"},
    {"change", "real", "1",
     "estimate less that of the clean faces: negative where layer_a loses more"},
    {"change_low", "real", "1", "lower end of its 95 % interval, paired"},
    {"change_high", "real", "1", "upper end"},
};

static const struct facet_column drift_columns[] = {
    LAYER,
    LEVEL,
    PLACE,
    {"measure", "string", "1",
     "of an image with the clean one, over neurons. state_kept: share of neurons that are above "
     "the "
     "threshold on both or on none; correlation: Pearson's; cosine"},
    {"n", "integer", "images",
     "images in the pairs and of the identities on which it is defined (correlation: not constant; "
     "cosine: not all zero)"},
    {"estimate", "real", "1", "mean over these images"},
    {"ci_low", "real", "1", "lower end of the 95 % percentile interval, bootstrap over people"},
    {"ci_high", "real", "1", "upper end"},
};

static const struct facet_column neuron_columns[] = {
    LAYER,
    LEVEL,
    PLACE,
    {"neuron", "integer", "1",
     "index among the features, from 0: layer after layer, each of the image, then of its mirror "
     "image where both are taken"},
    {"state_kept", "real", "1",
     "share of images on which it is above the threshold with the clean face if and only if it is "
     "with the hidden one"},
    {"correlation", "real", "1", "Pearson's, over images; NA where it is constant on either"},
    {"cosine", "real", "1", "over images; NA where it is zero on either"},
    {"mean", "real", "activation", "mean over images"},
    {"active_share", "real", "1", "share of images on which it is above the threshold"},
    {"change", "real", "sd",
     "root mean square of hidden - clean over images, in standard deviations (divisor n) of the "
     "clean values; NA where these are constant"},
};

static const struct facet_column identity_columns[] = {
    PERSON,
    LAYER,
    LEVEL,
    {"place", "integer", "1",
     "place of the neuron when they are sorted by falling mean on the person's clean faces, from 0 "
     "(Fig. 17)"},
    {"neuron", "integer", "1", "index among the features, as in neurons"},
    {"clean_mean", "real", "activation", "mean over the person's clean faces"},
    {"mean", "real", "activation", "mean over the person's faces at this level"},
};

static const struct facet_column set_columns[] = {
    PERSON,
    LAYER,
    LEVEL,
    {"set", "string", "1",
     "excitatory: the tenth of the neurons with the greatest d' on clean faces, inhibitory: with "
     "the "
     "least; d' = (mean on the person - mean on the other images) / sqrt of the mean of the "
     "variances (Green and Swets 1966)"},
    {"size", "integer", "neurons", "neurons in the set: a tenth, rounded up"},
    {"kept", "real", "1", "share of them that are in the set of this level, made in the same way"},
    {"same_side", "real", "1", "share of them whose d' at this level has the sign of the set"},
    {"clean_mean", "real", "activation", "mean over the set and the person's clean faces"},
    {"mean", "real", "activation", "mean over the set and the person's faces at this level"},
    {"correlation", "real", "1",
     "Pearson's over all neurons of their means on the person's faces, clean and at this level"},
};

#define COUNT(columns) (sizeof(columns) / sizeof(columns)[0])
#define TABLE(name, title, columns)                                                                \
    {                                                                                              \
        name, title, columns, COUNT(columns)                                                       \
    }

static const struct facet_table_kind kinds[TABLES] = {
    TABLE("accuracy", "Verification of hidden faces", accuracy_columns),
    TABLE("half", "Where half of the accuracy above chance is lost", half_columns),
    TABLE("differences", "Differences between layers", difference_columns),
    TABLE("drift", "How far activations move", drift_columns),
    TABLE("neurons", "How far every neuron moves", neuron_columns),
    TABLE("identities", "Mean activations on a person's faces", identity_columns),
    TABLE("sets", "Do excitatory and inhibitory neurons of a person stay", set_columns),
};

int tables_new(struct occlusion_tables *t, const char *folder)
{
    return facet_tables_new(t->table, folder, kinds, TABLES);
}

int tables_commit(struct occlusion_tables *t, const struct facet_provenance *run)
{
    return facet_tables_commit(t->table, TABLES, run);
}

void tables_free(struct occlusion_tables *t)
{
    facet_tables_free(t->table, TABLES);
}

/* ---- parts of rows ---- */

static void put_layer(struct facet_table *table, const struct tables_what *w)
{
    facet_table_text(table, w->layer);
    facet_table_text(table, facet_combine_name(w->combine));
}

static void put_level(struct facet_table *table, const struct tables_what *w)
{
    facet_table_text(table, w->kind);
    facet_table_int(table, w->level->level);
}

/* NA where there is none. */
static void put_place(struct facet_table *table, const struct tables_what *w)
{
    if (w->level->x < 0) {
        facet_table_text(table, NULL);
        facet_table_text(table, NULL);
        return;
    }
    facet_table_int(table, w->level->x);
    facet_table_int(table, w->level->y);
}

static void put_estimate(struct facet_table *table, const struct facet_estimate *e)
{
    facet_table_real(table, e->estimate);
    facet_table_real(table, e->low);
    facet_table_real(table, e->high);
}

static void put_person(struct facet_table *table, const struct occlusion_person *person)
{
    facet_table_text(table, person->name);
    facet_table_int(table, (int64_t)person->own_count);
}

/* ---- rows ---- */

void tables_accuracy(struct occlusion_tables *t, const struct tables_what *w,
                     const struct tables_accuracy *row)
{
    struct facet_table *table = t->table[TABLE_ACCURACY];
    put_layer(table, w);
    facet_table_text(table, facet_comparison_name(w->metric));
    put_level(table, w);
    put_place(table, w);
    facet_table_int(table, (int64_t)row->pairs);
    facet_table_real(table, row->accuracy.estimate);
    facet_table_real(table, row->sd);
    facet_table_real(table, row->standard_error);
    facet_table_real(table, row->accuracy.low);
    facet_table_real(table, row->accuracy.high);
    put_estimate(table, &row->change);
    put_estimate(table, &row->step);
    facet_table_real(table, row->area);
    facet_table_real(table, row->separation);
}

void tables_half(struct occlusion_tables *t, const struct tables_what *w, double clean,
                 double target, size_t levels, const struct facet_estimate *half)
{
    struct facet_table *table = t->table[TABLE_HALF];
    put_layer(table, w);
    facet_table_text(table, facet_comparison_name(w->metric));
    put_level(table, w);
    facet_table_int(table, (int64_t)levels);
    facet_table_real(table, clean);
    facet_table_real(table, target);
    put_estimate(table, half);
}

void tables_difference(struct occlusion_tables *t, const struct tables_what *a,
                       const struct tables_what *b, size_t pairs,
                       const struct facet_estimate *difference, const struct facet_estimate *change)
{
    struct facet_table *table = t->table[TABLE_DIFFERENCES];
    facet_table_text(table, a->layer);
    facet_table_text(table, b->layer);
    facet_table_text(table, facet_comparison_name(a->metric));
    put_level(table, a);
    facet_table_int(table, (int64_t)pairs);
    put_estimate(table, difference);
    put_estimate(table, change);
}

static void put_neuron(struct facet_table *table, const struct tables_what *w, size_t j,
                       const struct occlusion_neuron *neuron)
{
    put_layer(table, w);
    put_level(table, w);
    put_place(table, w);
    facet_table_int(table, (int64_t)j);
    for (int k = 0; k < OCCLUSION_MEASURES; k++) facet_table_real(table, neuron->of[k]);
    facet_table_real(table, neuron->mean);
    facet_table_real(table, neuron->active);
    facet_table_real(table, neuron->change);
}

void tables_drift(struct occlusion_tables *t, const struct tables_what *w,
                  const struct occlusion_measures *m, size_t width)
{
    struct facet_table *table = t->table[TABLE_DRIFT];
    for (int k = 0; k < OCCLUSION_MEASURES; k++) {
        put_layer(table, w);
        put_level(table, w);
        put_place(table, w);
        facet_table_text(table, occlusion_measure_name((enum occlusion_measure)k));
        facet_table_int(table, (int64_t)m->images[k]);
        put_estimate(table, &m->of[k]);
    }
    for (size_t j = 0; m->neurons != NULL && j < width; j++)
        put_neuron(t->table[TABLE_NEURONS], w, j, &m->neurons[j]);
}

void tables_identity(struct occlusion_tables *t, const struct tables_what *w,
                     const struct occlusion_person *person, size_t place, size_t neuron,
                     double clean, double mean)
{
    struct facet_table *table = t->table[TABLE_IDENTITIES];
    put_person(table, person);
    put_layer(table, w);
    put_level(table, w);
    facet_table_int(table, (int64_t)place);
    facet_table_int(table, (int64_t)neuron);
    facet_table_real(table, clean);
    facet_table_real(table, mean);
}

void tables_set(struct occlusion_tables *t, const struct tables_what *w,
                const struct occlusion_person *person, const struct tables_set *set,
                double correlation)
{
    struct facet_table *table = t->table[TABLE_SETS];
    put_person(table, person);
    put_layer(table, w);
    put_level(table, w);
    facet_table_text(table, set->name);
    facet_table_int(table, (int64_t)set->size);
    facet_table_real(table, set->kept);
    facet_table_real(table, set->same_side);
    facet_table_real(table, set->clean);
    facet_table_real(table, set->mean);
    facet_table_real(table, correlation);
}
