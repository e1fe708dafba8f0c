#include "selectivity/tables.h"

#include <math.h>
#include <stdlib.h>

#define WHAT                                                                                       \
    {"target", "string", "1", "a person, against everybody else, or an attribute"},                \
        {"layer", "string", "1", "layer, or several joined by +"},                                 \
    {                                                                                              \
        "features", "string", "1",                                                                 \
            "original: neurons of the image alone; mirror_sum: summed with those of its mirror "   \
            "image; mirror_concat: both, one behind the other"                                     \
    }
#define NEURON                                                                                     \
    {                                                                                              \
        "neuron", "integer", "1",                                                                  \
            "index in the layer, from 0, maps in C order; those of the mirror image follow those " \
            "of the image"                                                                         \
    }
#define COUNTS                                                                                     \
    {"n_target", "integer", "images", "images of the target"},                                     \
    {                                                                                              \
        "n_rest", "integer", "images",                                                             \
            "images of the rest: of others, or at or below the attribute's cut"                    \
    }
#define MOMENTS                                                                                    \
    {"mean_target", "real", "activation", "mean over the target's images"},                        \
        {"sd_target", "real", "activation", "standard deviation over them, divisor n - 1"},        \
        {"mean_rest", "real", "activation", "mean over the rest's images"},                        \
    {                                                                                              \
        "sd_rest", "real", "activation", "standard deviation over them"                            \
    }
#define DIRECTION                                                                                  \
    {                                                                                              \
        "direction", "string", "1",                                                                \
            "excitatory: AUC above 0.5; inhibitory: below; none: 0.5 exactly"                      \
    }
#define ACCURACY                                                                                   \
    {                                                                                              \
        "balanced_accuracy", "real", "1",                                                          \
            "mean of the shares of target and rest that a threshold tells right; threshold and "   \
            "direction are the best of one random half of the images, judged on the other, both "  \
            "ways, mean over splits; chance is 0.5. Thresholds tried: the half's values (above "   \
            "one: target or not), and none. Halves hold half of target and rest each; with "       \
            "--by-identity-splits those of attributes have no person in common"                    \
    }

static const struct facet_column neuron_columns[] = {
    WHAT,
    NEURON,
    COUNTS,
    MOMENTS,
    DIRECTION,
    ACCURACY,
    {"balanced_accuracy_sd", "real", "1", "its standard deviation over splits, divisor splits - 1"},
    {"auc", "real", "1",
     "share of (target, rest) pairs of images with the higher activation on the target, equal ones "
     "counted half (Mann-Whitney's U / (n_target n_rest))"},
    {"ci_low", "real", "1",
     "lower end of the 95 % interval of auc: DeLong, DeLong and Clarke-Pearson (1988), normal on "
     "the logit scale; images count as independent; NA where auc is 0 or 1 or has no variance"},
    {"ci_high", "real", "1", "upper end"},
    {"d_prime", "real", "sd",
     "(mean_target - mean_rest) / sqrt((sd_target^2 + sd_rest^2) / 2); NA where both are constant"},
    {"selectivity_index", "real", "1",
     "(mean_target - mean_rest) / (mean_target + mean_rest), the class selectivity index of Morcos "
     "et al. (2018) for this target; NA where a mean is negative or both are zero"},
    {"mutual_information_bits", "real", "bit",
     "between target or rest and the activation in 8 bins of as equal counts over all images as "
     "ties allow; the bias (bins - 1) / (2 n ln 2) is taken off (Miller 1955), so that it can be "
     "below 0"},
    {"p", "real", "1",
     "Mann-Whitney's test, two-sided, normal approximation corrected for ties and continuity; "
     "images count as independent; NA for a constant neuron"},
    {"q", "real", "1",
     "false discovery rate of Benjamini and Hochberg (1995) over all neurons and targets of the "
     "layer"},
    {"selective", "boolean", "1", "1: q < 0.05"},
    {"permutation_p", "real", "1",
     "(m + 1) / (N + 1), m of N random targets of the same size whose U deviates as much from its "
     "expectation; NA without --permutations"},
};

static const struct facet_column target_columns[] = {
    WHAT,
    {"kind", "string", "1", "identity or attribute"},
    COUNTS,
    {"n_left_out", "integer", "images", "images without score, or between two cuts"},
    {"tested", "integer", "neurons", "neurons that aren't constant"},
    {"p_below_0.05", "integer", "neurons", "neurons with p < 0.05"},
    {"expected_by_chance", "real", "neurons",
     "0.05 tested: so many have p < 0.05 if none knows the target"},
    {"selective", "integer", "neurons", "neurons with q < 0.05"},
    {"selective_excitatory", "integer", "neurons", "of these, excitatory ones"},
    {"selective_inhibitory", "integer", "neurons", "of these, inhibitory ones"},
    {"expected_false", "real", "neurons",
     "0.05 selective: so many of them are expected at most to be there by chance"},
    {"best_excitatory", "real", "1",
     "index of the excitatory neuron with the greatest balanced accuracy; NA: there is none"},
    {"best_excitatory_accuracy", "real", "1",
     "its balanced accuracy (see neurons); the greatest of many, hence an optimistic figure"},
    {"best_inhibitory", "real", "1", "the same of inhibitory neurons"},
    {"best_inhibitory_accuracy", "real", "1", "its balanced accuracy"},
    {"chosen_excitatory_accuracy", "real", "1",
     "balanced accuracy on one half of the excitatory neuron that is best on the other, both "
     "ways, mean over splits: free of the bias of choosing"},
    {"chosen_excitatory_sd", "real", "1", "its standard deviation over splits"},
    {"chosen_inhibitory_accuracy", "real", "1", "the same of inhibitory neurons"},
    {"chosen_inhibitory_sd", "real", "1", "its standard deviation over splits"},
};

static const struct facet_column response_columns[] = {
    WHAT,
    {"place", "integer", "1",
     "place of the neuron when they are sorted by falling mean on the target, from 0 (Fig. 10, "
     "11)"},
    NEURON,
    MOMENTS,
    DIRECTION,
    ACCURACY,
};

#define COUNT(columns) (sizeof(columns) / sizeof(columns)[0])

int selectivity_tables_new(struct selectivity_tables *t, const char *folder)
{
    *t = (struct selectivity_tables){0};
    int code =
        facet_table_new_in(&t->neurons, folder, "neurons", "What each neuron tells of each target",
                           neuron_columns, COUNT(neuron_columns));
    if (code == FACET_OK)
        code =
            facet_table_new_in(&t->targets, folder, "targets", "Selective neurons of each target",
                               target_columns, COUNT(target_columns));
    if (code == FACET_OK)
        code = facet_table_new_in(&t->response, folder, "response",
                                  "Neurons sorted by their response to each target",
                                  response_columns, COUNT(response_columns));
    return code;
}

const char *direction_name(enum direction direction)
{
    return direction == EXCITATORY ? "excitatory" : direction == INHIBITORY ? "inhibitory" : "none";
}

static void put_what(struct facet_table *table, const struct target_line *line)
{
    facet_table_text(table, line->target->name);
    facet_table_text(table, line->layer);
    facet_table_text(table, line->features);
}

static void put_counts(struct facet_table *table, const struct facet_target *target)
{
    facet_table_int(table, (int64_t)target->count[1]);
    facet_table_int(table, (int64_t)target->count[0]);
}

static void put_moments(struct facet_table *table, const struct response *r)
{
    facet_table_real(table, r->on.mean);
    facet_table_real(table, r->on.sd);
    facet_table_real(table, r->off.mean);
    facet_table_real(table, r->off.sd);
    facet_table_text(table, direction_name(r->direction));
    facet_table_real(table, r->balanced_accuracy);
}

void selectivity_tables_neuron(struct selectivity_tables *tables, const struct target_line *line,
                               size_t neuron, const struct response *r)
{
    struct facet_table *t = tables->neurons;
    put_what(t, line);
    facet_table_int(t, (int64_t)neuron);
    put_counts(t, line->target);
    put_moments(t, r);
    facet_table_real(t, r->balanced_sd);
    facet_table_real(t, r->auc);
    facet_table_real(t, r->low);
    facet_table_real(t, r->high);
    facet_table_real(t, r->d_prime);
    facet_table_real(t, r->index);
    facet_table_real(t, r->information);
    facet_table_real(t, r->p);
    facet_table_real(t, r->q);
    facet_table_int(t, r->q < 0.05);
    facet_table_real(t, r->permutation_p);
}

static void put_best(struct facet_table *t, const struct target_line *line, enum direction d)
{
    facet_table_real(t, isnan(line->best_accuracy[d]) ? NAN : (double)line->best[d]);
    facet_table_real(t, line->best_accuracy[d]);
}

void selectivity_tables_target(struct selectivity_tables *tables, const struct target_line *line)
{
    struct facet_table *t = tables->targets;
    const size_t *found = line->selective, all = found[EXCITATORY] + found[INHIBITORY];
    put_what(t, line);
    facet_table_text(t, line->target->is_identity ? "identity" : "attribute");
    put_counts(t, line->target);
    facet_table_int(t, (int64_t)line->left_out);
    facet_table_int(t, (int64_t)line->tested);
    facet_table_int(t, (int64_t)line->below);
    facet_table_real(t, 0.05 * (double)line->tested);
    facet_table_int(t, (int64_t)all);
    facet_table_int(t, (int64_t)found[EXCITATORY]);
    facet_table_int(t, (int64_t)found[INHIBITORY]);
    facet_table_real(t, 0.05 * (double)all);
    put_best(t, line, EXCITATORY);
    put_best(t, line, INHIBITORY);
    for (enum direction d = EXCITATORY; d <= INHIBITORY; d++) {
        facet_table_real(t, line->champions[d].accuracy);
        facet_table_real(t, line->champions[d].sd);
    }
}

void selectivity_tables_response(struct selectivity_tables *tables, const struct target_line *line,
                                 size_t place, size_t neuron, const struct response *response)
{
    put_what(tables->response, line);
    facet_table_int(tables->response, (int64_t)place);
    facet_table_int(tables->response, (int64_t)neuron);
    put_moments(tables->response, response);
}

int selectivity_tables_commit(struct selectivity_tables *t, const struct facet_provenance *run)
{
    int code = facet_table_commit(&t->neurons, run);
    if (code == FACET_OK) code = facet_table_commit(&t->targets, run);
    if (code == FACET_OK) code = facet_table_commit(&t->response, run);
    return code;
}

void selectivity_tables_free(struct selectivity_tables *t)
{
    facet_table_free(&t->neurons);
    facet_table_free(&t->targets);
    facet_table_free(&t->response);
}
