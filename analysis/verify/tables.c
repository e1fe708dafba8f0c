#include "verify/tables.h"

#include <math.h>
#include <stdlib.h>

enum { ROC_POINTS = 400 };

#define WHAT                                                                                       \
    {"layer", "string", "1", "layer, or several joined by +, whose values were compared"},         \
        {"features", "string", "1",                                                                \
         "original: of the image alone; mirror_sum: summed with those of its mirror image; "       \
         "mirror_concat: both, one behind the other"},                                             \
    {                                                                                              \
        "metric", "string", "1",                                                                   \
            "cosine, euclidean, hamming (of the neurons above the threshold), joint_bayesian"      \
    }

static const struct facet_column accuracy_columns[] = {
    WHAT,
    {"folds", "integer", "1", "folds of the protocol"},
    {"n", "integer", "pairs", "pairs that were compared"},
    {"estimate", "real", "1",
     "accuracy: mean over folds, each at the threshold that is best on the other folds (midpoint "
     "between observed scores; of equally good ones that which accepts fewest pairs); NA with one "
     "fold"},
    {"sd", "real", "1", "standard deviation over folds, divisor folds - 1"},
    {"se", "real", "1", "sd / sqrt(folds)"},
    {"ci_low", "real", "1",
     "lower end of the 95 % percentile interval: bootstrap over people, a pair weighted by the "
     "product of its two people's draws (Owen 2007), thresholds held"},
    {"ci_high", "real", "1", "upper end"},
    {"area", "real", "1", "area under the ROC curve of all pairs, ties counted half"},
    {"equal_error_rate", "real", "1", "where false positive and false negative rate are equal"},
    {"tpr_at_fpr_0.1", "real", "1", "largest true positive rate with a false positive rate <= 0.1"},
    {"tpr_at_fpr_0.01", "real", "1", "the same for 0.01"},
    {"tpr_at_fpr_0.001", "real", "1", "the same for 0.001"},
    {"tpr_at_fpr_0.0001", "real", "1",
     "the same for 0.0001; with fewer than 10,000 impostor pairs: above all of them"},
    {"best_accuracy", "real", "1",
     "accuracy at the threshold that is best on the pairs that are judged: an upper bound, all "
     "there "
     "is of a protocol with one fold"},
};

static const struct facet_column fold_columns[] = {
    WHAT,
    {"fold", "integer", "1", "as the protocol counts it"},
    {"n", "integer", "pairs", "pairs that the threshold was chosen on"},
    {"threshold", "real", "score",
     "a pair above it is called one person; scores are higher for more "
     "alike images (distances negated)"},
    {"accuracy", "real", "1", "share of the fold's pairs that are told right"},
};

static const struct facet_column roc_columns[] = {
    WHAT,
    {"false_positive_rate", "real", "1", "share of the impostor pairs above the threshold"},
    {"true_positive_rate", "real", "1", "share of the genuine pairs above it"},
    {"threshold", "real", "score", "as in folds"},
    {"false_positive_deviate", "real", "sd",
     "normal deviate of the false positive rate (DET plot; "
     "Martin et al. 1997)"},
    {"false_negative_deviate", "real", "sd", "normal deviate of 1 - true_positive_rate"},
};

static const struct facet_column score_columns[] = {
    WHAT,
    {"image_a", "string", "1", "first image, or first frame of the first video"},
    {"image_b", "string", "1", "second"},
    {"same", "boolean", "1", "1: of one person"},
    {"fold", "integer", "1", "as the protocol counts it"},
    {"score", "real", "score", "the higher, the more alike"},
};

#define COUNT(columns) (sizeof(columns) / sizeof(columns)[0])

int facet_verify_tables_new(struct facet_verify_tables *t, const char *folder, int scores)
{
    *t = (struct facet_verify_tables){0};
    int code = facet_table_new_in(&t->accuracy, folder, "accuracy", "Verification accuracy",
                                  accuracy_columns, COUNT(accuracy_columns));
    if (code == FACET_OK)
        code = facet_table_new_in(&t->folds, folder, "folds", "Accuracy of each fold", fold_columns,
                                  COUNT(fold_columns));
    if (code == FACET_OK)
        code = facet_table_new_in(&t->roc, folder, "roc", "ROC curves of all pairs", roc_columns,
                                  COUNT(roc_columns));
    if (code == FACET_OK && scores)
        code = facet_table_new_in(&t->scores, folder, "scores", "Score of each pair", score_columns,
                                  COUNT(score_columns));
    return code;
}

static void put_what(struct facet_table *table, const struct facet_verify_line *line)
{
    facet_table_text(table, line->layer);
    facet_table_text(table, facet_combine_name(line->combine));
    facet_table_text(table, facet_comparison_name(line->metric));
}

static void put_accuracy(struct facet_table *table, const struct facet_verify_line *line,
                         size_t pairs)
{
    const struct facet_verification *v = &line->result;
    put_what(table, line);
    facet_table_int(table, (int64_t)v->folds);
    facet_table_int(table, (int64_t)pairs);
    facet_table_real(table, v->accuracy.estimate);
    facet_table_real(table, v->sd);
    facet_table_real(table, v->standard_error);
    facet_table_real(table, v->accuracy.low);
    facet_table_real(table, v->accuracy.high);
    facet_table_real(table, v->auc.estimate);
    facet_table_real(table, v->eer.estimate);
    for (int i = 0; i < FACET_ROC_RATES; i++) facet_table_real(table, v->tpr[i].estimate);
    facet_table_real(table, v->best_accuracy);
}

static void put_roc(struct facet_table *table, const struct facet_verify_line *line,
                    const struct facet_roc *roc)
{
    struct facet_roc_point points[ROC_POINTS];
    const size_t count = facet_roc_thin(roc, ROC_POINTS, points);
    for (size_t i = 0; i < count; i++) {
        const double fpr = points[i].fpr, tpr = points[i].tpr;
        const int ends = fpr <= 0 || fpr >= 1, tops = tpr <= 0 || tpr >= 1;
        put_what(table, line);
        facet_table_real(table, fpr);
        facet_table_real(table, tpr);
        facet_table_real(table, points[i].threshold);
        facet_table_real(table, ends ? NAN : facet_roc_deviate(fpr));
        facet_table_real(table, tops ? NAN : facet_roc_deviate(1 - tpr));
    }
}

void facet_verify_tables_line(struct facet_verify_tables *t, const struct facet_verify_line *line,
                              const struct facet_protocol *protocol, const struct facet_roc *roc)
{
    const struct facet_verification *v = &line->result;
    put_accuracy(t->accuracy, line, protocol->count);
    for (size_t fold = 0; fold < v->folds; fold++) {
        put_what(t->folds, line);
        facet_table_int(t->folds, protocol->fold_number[fold]);
        facet_table_int(t->folds, (int64_t)v->chosen_on[fold]);
        facet_table_real(t->folds, v->threshold[fold]);
        facet_table_real(t->folds, v->fold_accuracy[fold]);
    }
    put_roc(t->roc, line, roc);
}

void facet_verify_tables_scores(struct facet_verify_tables *t, const struct facet_verify_line *line,
                                const struct facet_protocol *p, const double *scores,
                                const char *(*name)(void *context, uint32_t of), void *context)
{
    for (size_t k = 0; k < p->count; k++) {
        put_what(t->scores, line);
        facet_table_text(t->scores, name(context, p->first[k]));
        facet_table_text(t->scores, name(context, p->second[k]));
        facet_table_int(t->scores, p->same[k]);
        facet_table_int(t->scores, p->fold_number[p->fold[k]]);
        facet_table_real(t->scores, scores[k]);
    }
}

int facet_verify_tables_commit(struct facet_verify_tables *t, const struct facet_provenance *run)
{
    int code = facet_table_commit(&t->accuracy, run);
    if (code == FACET_OK) code = facet_table_commit(&t->folds, run);
    if (code == FACET_OK) code = facet_table_commit(&t->roc, run);
    if (code == FACET_OK && t->scores != NULL) code = facet_table_commit(&t->scores, run);
    return code;
}

void facet_verify_tables_free(struct facet_verify_tables *t)
{
    facet_table_free(&t->accuracy);
    facet_table_free(&t->folds);
    facet_table_free(&t->roc);
    facet_table_free(&t->scores);
}
