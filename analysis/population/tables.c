#include "population/tables.h"

#include "stats/bootstrap.h"
#include "stats/tests.h"

#include <stdlib.h>
#include <string.h>

#define LAYER                                                                                      \
    {"layer", "string", "1", "layer, or several joined by +"},                                     \
    {                                                                                              \
        "features", "string", "1",                                                                 \
            "original: neurons of the image alone; mirror_sum: summed with those of its mirror "   \
            "image; mirror_concat: both, one behind the other"                                     \
    }
#define TARGET                                                                                     \
    {                                                                                              \
        "target", "string", "1", "a person, against everybody else, or an attribute"               \
    }
#define COUNTS                                                                                     \
    {"n_target", "integer", "images", "images of the target"},                                     \
    {                                                                                              \
        "n_rest", "integer", "images",                                                             \
            "images of the rest: of others, or at or below the attribute's cut"                    \
    }
#define LDA                                                                                        \
    "Fisher's linear discriminant, target and rest of equal weight, 0.01 of the mean variance "    \
    "added to the covariance"

static const struct facet_column curve_columns[] = {
    TARGET,
    LAYER,
    {"order", "string", "1",
     "ranked: the neurons with the greatest |AUC - 1/2| on the half that the classifier is trained "
     "on; random: in a random order, another one for each half"},
    {"neurons", "integer", "1", "so many of them, the first ones of the order"},
    {"splits", "integer", "1",
     "random splits into halves, each ranked and trained on and judged on the other"},
    COUNTS,
    {"estimate", "real", "1",
     "balanced accuracy of " LDA ", on the other half, mean over splits; chance is 0.5"},
    {"sd", "real", "1", "standard deviation over splits, divisor splits - 1"},
};

static const struct facet_column needed_columns[] = {
    TARGET,
    LAYER,
    {"splits", "integer", "1", "as in curves.tsv"},
    COUNTS,
    {"estimate", "real", "1", "balanced accuracy of all neurons, as in curves.tsv"},
    {"sd", "real", "1", "its standard deviation over splits"},
    {"ci_low", "real", "1",
     "lower end of its 95 % percentile interval: bootstrap over identities, for a person over "
     "images, the classifiers held"},
    {"ci_high", "real", "1", "upper end"},
    {"goal", "real", "1", "0.5 + 0.9 (estimate - 0.5): nine tenths of the way from chance"},
    {"neurons", "integer", "1",
     "fewest of the numbers tried (curves.tsv) with which the ranked neurons' mean over splits "
     "reaches the goal"},
    {"neurons_least", "integer", "1",
     "least over the splits of the same for a split's own accuracies and goal"},
    {"neurons_most", "integer", "1", "greatest over the splits"},
    {"neurons_random", "integer", "1", "fewest that reach the goal in random order"},
    {"neurons_for_0.9_estimate", "integer", "1",
     "fewest that reach 0.9 of the estimate itself, ranked"},
};

static const struct facet_column overlap_columns[] = {
    {"target_a", "string", "1", "a person, against everybody else"},
    {"target_b", "string", "1", "another"},
    LAYER,
    {"neurons", "integer", "1", "N, neurons that aren't constant"},
    {"excitatory_a", "integer", "neurons",
     "a, neurons with AUC > 0.5 and q < 0.05 (Mann-Whitney, all images; Benjamini-Hochberg over "
     "all "
     "neurons and targets of the layer) for target_a"},
    {"excitatory_b", "integer", "neurons", "b, for target_b"},
    {"shared", "integer", "neurons", "k, in both sets"},
    {"expected", "real", "neurons",
     "a b / N: mean of the hypergeometric distribution, sets of these sizes drawn independently"},
    {"jaccard", "real", "1", "k / (a + b - k); NA where both sets are empty"},
    {"jaccard_expected", "real", "1", "its mean under that distribution"},
    {"p", "real", "1",
     "two-sided, min(1, 2 min(P(K <= k), P(K >= k))) under that distribution, which takes neurons "
     "as independent: those of an image and of its mirror image are not"},
    {"q", "real", "1",
     "false discovery rate of Benjamini and Hochberg (1995) over the layer's pairs of people"},
};

static const struct facet_column ablation_columns[] = {
    TARGET,
    LAYER,
    {"measure", "string", "1",
     "lda: balanced accuracy of the target's classifier (" LDA
     ") that was trained with all neurons; lda_refitted: of one trained without those that are "
     "zeroed; cosine, euclidean, hamming: verification accuracy on the pairs"},
    {"zeroed", "string", "1",
     "best: the neurons with the greatest |AUC - 1/2|; selective: all with q < 0.05; chosen on the "
     "half that the classifier is trained on, for verification on the images that stand in no "
     "pair, and judged on the others"},
    {"neurons", "real", "1",
     "neurons that are set to zero; of selective ones the mean over halves"},
    {"n", "integer", "1", "images, or pairs, that are judged"},
    {"intact", "real", "1", "accuracy with all neurons"},
    {"estimate", "real", "1", "accuracy with these neurons at zero"},
    {"sd", "real", "1", "its standard deviation over splits, for verification over folds"},
    {"ci_low", "real", "1",
     "lower end of its 95 % percentile interval: bootstrap over people, for a person's classifier "
     "over images; classifiers, thresholds and chosen neurons held"},
    {"ci_high", "real", "1", "upper end"},
    {"repeats", "integer", "1", "sets of as many random neurons that are zeroed instead"},
    {"random_estimate", "real", "1", "mean accuracy over these sets"},
    {"random_ci_low", "real", "1", "2.5 % quantile over these sets"},
    {"random_ci_high", "real", "1", "97.5 % quantile"},
    {"p", "real", "1",
     "(m + 1) / (repeats + 1), m sets with an accuracy of at most the estimate: whether the "
     "target's neurons matter more than random ones"},
};

#define COUNT(columns) (sizeof(columns) / sizeof(columns)[0])

static const struct {
    const char *name, *title;
    const struct facet_column *columns;
    size_t count;
} definitions[TABLES] = {
    {"curves", "What the first neurons of an order tell", curve_columns, COUNT(curve_columns)},
    {"needed", "Neurons that are enough", needed_columns, COUNT(needed_columns)},
    {"overlap", "Excitatory neurons that people share", overlap_columns, COUNT(overlap_columns)},
    {"ablation", "What is lost without a target's neurons", ablation_columns,
     COUNT(ablation_columns)},
};

int tables_new(struct population_tables *t, const char *folder)
{
    int code = FACET_OK;
    *t = (struct population_tables){0};
    for (int i = 0; code == FACET_OK && i < TABLES; i++)
        code = facet_table_new_in(&t->table[i], folder, definitions[i].name, definitions[i].title,
                                  definitions[i].columns, definitions[i].count);
    return code;
}

int tables_commit(struct population_tables *t, const struct facet_provenance *run)
{
    int code = FACET_OK;
    for (int i = 0; code == FACET_OK && i < TABLES; i++)
        code = facet_table_commit(&t->table[i], run);
    return code;
}

void tables_free(struct population_tables *t)
{
    for (int i = 0; i < TABLES; i++) facet_table_free(&t->table[i]);
}

/* ---- rows ---- */

static struct facet_table *begin(struct population_tables *t, int which, const struct layer *layer,
                                 const struct facet_target *target)
{
    facet_table_text(t->table[which], target->name);
    facet_table_text(t->table[which], layer->name);
    facet_table_text(t->table[which], layer->features);
    return t->table[which];
}

void tables_curve(struct population_tables *tables, const struct layer *layer,
                  const struct facet_target *target, const char *order, size_t neurons,
                  size_t splits, double mean, double sd)
{
    struct facet_table *t = begin(tables, TABLE_CURVES, layer, target);
    facet_table_text(t, order);
    facet_table_int(t, (int64_t)neurons);
    facet_table_int(t, (int64_t)splits);
    facet_table_int(t, (int64_t)target->count[1]);
    facet_table_int(t, (int64_t)target->count[0]);
    facet_table_real(t, mean);
    facet_table_real(t, sd);
}

void tables_needed(struct population_tables *tables, const struct layer *layer,
                   const struct needed *n)
{
    struct facet_table *t = begin(tables, TABLE_NEEDED, layer, n->target);
    facet_table_int(t, (int64_t)n->splits);
    facet_table_int(t, (int64_t)n->target->count[1]);
    facet_table_int(t, (int64_t)n->target->count[0]);
    facet_table_real(t, n->full);
    facet_table_real(t, n->sd);
    facet_table_real(t, n->low);
    facet_table_real(t, n->high);
    facet_table_real(t, 0.5 + 0.9 * (n->full - 0.5));
    facet_table_int(t, (int64_t)n->neurons);
    facet_table_int(t, (int64_t)n->least);
    facet_table_int(t, (int64_t)n->most);
    facet_table_int(t, (int64_t)n->random);
    facet_table_int(t, (int64_t)n->literal);
}

void tables_overlap(struct population_tables *tables, const struct layer *layer,
                    const struct overlap *o)
{
    struct facet_table *t = tables->table[TABLE_OVERLAP];
    facet_table_text(t, o->a->name);
    facet_table_text(t, o->b->name);
    facet_table_text(t, layer->name);
    facet_table_text(t, layer->features);
    facet_table_int(t, (int64_t)o->neurons);
    facet_table_int(t, (int64_t)o->count[0]);
    facet_table_int(t, (int64_t)o->count[1]);
    facet_table_int(t, (int64_t)o->shared);
    facet_table_real(t, o->expected);
    facet_table_real(t, o->jaccard);
    facet_table_real(t, o->expected_jaccard);
    facet_table_real(t, o->p);
    facet_table_real(t, o->q);
}

int tables_ablation(struct population_tables *tables, const struct layer *layer,
                    const struct ablation *a)
{
    double *sorted = facet_alloc(a->repeats, sizeof *sorted, "random sets"), sum = 0, low, high;
    if (sorted == NULL) return FACET_ENOMEM;
    uint64_t more = 0;
    for (size_t r = 0; r < a->repeats; r++) {
        sum += a->random[r];
        more += a->random[r] <= a->estimate;
    }
    memcpy(sorted, a->random, a->repeats * sizeof *sorted);
    facet_bootstrap_interval(sorted, a->repeats, 0.95, &low, &high);
    free(sorted);
    struct facet_table *t = begin(tables, TABLE_ABLATION, layer, a->target);
    facet_table_text(t, a->measure);
    facet_table_text(t, a->is_selective ? "selective" : "best");
    facet_table_real(t, a->neurons);
    facet_table_int(t, (int64_t)a->n);
    facet_table_real(t, a->intact);
    facet_table_real(t, a->estimate);
    facet_table_real(t, a->sd);
    facet_table_real(t, a->low);
    facet_table_real(t, a->high);
    facet_table_int(t, (int64_t)a->repeats);
    facet_table_real(t, sum / (double)a->repeats);
    facet_table_real(t, low);
    facet_table_real(t, high);
    facet_table_real(t, facet_permutation_p(more, a->repeats));
    return FACET_OK;
}
