#include "selectivity/classifiers.h"

#include "model/dense.h"
#include "model/discriminant.h"
#include "targets/interval.h"

#include <linear.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SVM, LDA, CLASSIFIERS };

static const double ridge = 0.01;
static const char *const names[CLASSIFIERS] = {"svm", "lda"};

static const struct facet_column definitions[] = {
    {"target", "string", "1", "a person, against everybody else, or an attribute"},
    {"layer", "string", "1", "layer, or several joined by +"},
    {"features", "string", "1", "as in neurons.tsv"},
    {"classifier", "string", "1",
     "svm: linear, squared hinge loss, cost 1, images scaled to unit length (liblinear); lda: "
     "Fisher's linear discriminant, 0.01 of the mean variance added to the covariance. Target and "
     "rest weigh the same"},
    {"splits", "integer", "1",
     "random splits into halves, each trained on and judged on the other"},
    {"n_target", "integer", "images", "images of the target that were judged"},
    {"n_rest", "integer", "images", "images of the rest"},
    {"estimate", "real", "1",
     "balanced accuracy: mean of the shares of target and rest that are told right by the "
     "classifier of the other half, mean over splits; chance is 0.5"},
    {"sd", "real", "1", "standard deviation over splits, divisor splits - 1"},
    {"ci_low", "real", "1",
     "lower end of the 95 % percentile interval: bootstrap over identities, for a person over "
     "images, the classifiers held"},
    {"ci_high", "real", "1", "upper end"},
};

struct job {
    const struct facet_targets *targets;
    const struct classifiers_how *how;
    const struct facet_acts *acts;
    size_t images, width;
    float *x;                   /* (images, width) */
    struct feature_node *node;  /* of all images, for liblinear */
    struct feature_node **row;  /* [images] */
    double *weight;             /* [width + 1] the bias last */
    double *right[CLASSIFIERS]; /* [images] splits in which an image is told right */
    uint32_t *judged;           /* [images] splits in which it is judged */
    size_t *train;              /* [images] images of a half */
};

int classifiers_new(struct facet_table **table, const char *folder)
{
    char *path = facet_format("%s/classifiers.tsv", folder);
    int code = path == NULL
                   ? FACET_ENOMEM
                   : facet_table_new(table, path, "What all neurons tell together", definitions,
                                     sizeof definitions / sizeof *definitions);
    free(path);
    return code;
}

/* ---- the data ---- */

static int read_all(struct job *j, struct facet_columns *c)
{
    int code = FACET_OK;
    for (size_t s = 0; code == FACET_OK && s < c->strips; s++) {
        code = facet_columns_read(c, s);
        for (size_t k = 0; code == FACET_OK && k < c->width; k++)
            for (size_t i = 0; i < j->images; i++)
                j->x[i * j->width + c->first + k] = c->x[k * j->images + i];
    }
    return code;
}

/* Rows for liblinear: values that aren't zero, of unit length, the bias, the end. */
static int make_rows(struct job *j)
{
    size_t count = 0, at = 0;
    for (size_t i = 0; i < j->images * j->width; i++) count += j->x[i] != 0;
    j->node = facet_alloc(count + 2 * j->images, sizeof *j->node, "classifier");
    j->row = facet_alloc(j->images, sizeof *j->row, "classifier");
    if (j->node == NULL || j->row == NULL) return FACET_ENOMEM;
    for (size_t i = 0; i < j->images; i++) {
        const float *x = j->x + i * j->width;
        double squares = 0;
        for (size_t k = 0; k < j->width; k++) squares += (double)x[k] * (double)x[k];
        const double length = squares > 0 ? sqrt(squares) : 1;
        j->row[i] = j->node + at;
        for (size_t k = 0; k < j->width; k++)
            if (x[k] != 0) j->node[at++] = (struct feature_node){(int)k + 1, (double)x[k] / length};
        j->node[at++] = (struct feature_node){(int)j->width + 1, 1};
        j->node[at++] = (struct feature_node){-1, 0};
    }
    return FACET_OK;
}

/* ---- training ---- */

static void be_quiet(const char *text)
{
    (void)text;
}

/* The classifier's weights; positive scores for the target. `count` [2] of rest and target. */
static int train_svm(const struct job *j, const struct facet_target *target, const size_t *list,
                     const size_t count[2])
{
    const size_t n = count[0] + count[1];
    int labels[] = {1, 0};
    double weights[] = {(double)n / (2 * (double)count[1]), (double)n / (2 * (double)count[0])};
    struct problem problem = {.l = (int)n, .n = (int)j->width + 1, .bias = 1};
    struct parameter how = {.solver_type = L2R_L2LOSS_SVC,
                            .eps = 0.01,
                            .C = 1,
                            .nr_weight = 2,
                            .weight_label = labels,
                            .weight = weights};
    problem.y = facet_alloc(n, sizeof *problem.y, "classifier");
    problem.x = facet_alloc(n, sizeof *problem.x, "classifier");
    int code = problem.y == NULL || problem.x == NULL ? FACET_ENOMEM : FACET_OK;
    for (size_t i = 0; code == FACET_OK && i < n; i++) {
        problem.y[i] = target->label[list[i]];
        problem.x[i] = j->row[list[i]];
    }
    if (code == FACET_OK) {
        set_print_string_function(be_quiet);
        struct model *model = train(&problem, &how);
        const double sign = model->label[0] == 1 ? 1 : -1;
        for (size_t k = 0; k <= j->width; k++) j->weight[k] = sign * model->w[k];
        free_and_destroy_model(&model);
    }
    free(problem.y);
    free(problem.x);
    return code;
}

static int train_lda(const struct job *j, const struct facet_target *target, const size_t *list,
                     size_t n)
{
    struct facet_discriminant *d = NULL;
    int code =
        facet_discriminant_new(&d, j->x, j->width, list, n, target->label, ridge, j->how->threads);
    if (code == FACET_OK) memcpy(j->weight, d->weight, (j->width + 1) * sizeof *j->weight);
    facet_discriminant_free(&d);
    return code;
}

/* ---- judging ---- */

static double score_svm(const struct job *j, size_t image)
{
    double sum = 0;
    for (const struct feature_node *node = j->row[image]; node->index > 0; node++)
        sum += j->weight[node->index - 1] * node->value;
    return sum;
}

static double score_lda(const struct job *j, size_t image)
{
    const float *x = j->x + image * j->width;
    double sum = j->weight[j->width];
    for (size_t k = 0; k < j->width; k++) sum += j->weight[k] * (double)x[k];
    return sum;
}

/* Trains on one half of a split and judges the other; told[c] counts what is told right. */
static int run_half(struct job *j, const struct facet_target *target, size_t split, int first,
                    double told[CLASSIFIERS][2])
{
    size_t count[2];
    const size_t n = facet_targets_half(j->targets, target, split, first, j->train, count);
    for (int c = 0; c < CLASSIFIERS; c++) {
        int code =
            c == SVM ? train_svm(j, target, j->train, count) : train_lda(j, target, j->train, n);
        if (code < 0) return code;
        for (size_t i = 0; i < j->images; i++) {
            if (target->label[i] < 0 ||
                facet_targets_in_first(j->targets, target, split, i) == first)
                continue;
            const double score = c == SVM ? score_svm(j, i) : score_lda(j, i);
            const int right = (score > 0) == target->label[i];
            j->right[c][i] += right;
            told[c][target->label[i]] += right;
            j->judged[i] += c == SVM;
        }
    }
    return FACET_OK;
}

/* Balanced accuracy of a split from what was told right of all images. */
static double balanced(const struct facet_target *target, const double told[2])
{
    return (told[0] / (double)target->count[0] + told[1] / (double)target->count[1]) / 2;
}

static int put_row(struct facet_table *table, const struct job *j,
                   const struct facet_target *target, int c, const double *split, size_t splits)
{
    double mean = 0, squares = 0, low = NAN, high = NAN;
    int64_t judged[2] = {0};
    for (size_t i = 0; i < j->images; i++)
        if (target->label[i] >= 0 && j->judged[i] > 0) judged[target->label[i]]++;
    int code = splits > 0 ? facet_targets_interval(j->targets, target, j->right[c], j->judged,
                                                   j->how->seed, j->how->threads, &low, &high)
                          : FACET_OK;
    for (size_t s = 0; s < splits; s++) mean += split[s] / (double)splits;
    for (size_t s = 0; s < splits; s++) squares += (split[s] - mean) * (split[s] - mean);
    facet_table_text(table, target->name);
    facet_table_text(table, j->how->layer);
    facet_table_text(table, j->how->features);
    facet_table_text(table, names[c]);
    facet_table_int(table, (int64_t)splits);
    facet_table_int(table, judged[1]);
    facet_table_int(table, judged[0]);
    facet_table_real(table, splits > 0 ? mean : NAN);
    facet_table_real(table, splits > 1 ? sqrt(squares / (double)(splits - 1)) : NAN);
    facet_table_real(table, low);
    facet_table_real(table, high);
    return code;
}

static int run_target(struct facet_table *table, struct job *j, const struct facet_target *target)
{
    double split[CLASSIFIERS][FACET_TARGETS_SPLITS];
    size_t splits = 0;
    int code = FACET_OK;
    memset(j->judged, 0, j->images * sizeof *j->judged);
    for (int c = 0; c < CLASSIFIERS; c++) memset(j->right[c], 0, j->images * sizeof **j->right);
    for (size_t s = 0; code == FACET_OK && s < j->how->splits; s++) {
        double told[CLASSIFIERS][2] = {{0}};
        if (!facet_targets_is_whole(target, s)) continue;
        code = run_half(j, target, s, 1, told);
        if (code == FACET_OK) code = run_half(j, target, s, 0, told);
        for (int c = 0; c < CLASSIFIERS; c++) split[c][splits] = balanced(target, told[c]);
        splits++;
    }
    for (int c = 0; code == FACET_OK && c < CLASSIFIERS; c++)
        code = put_row(table, j, target, c, split[c], splits);
    return code;
}

int classifiers_write(struct facet_table *table, struct facet_columns *columns,
                      const struct facet_targets *targets, const struct classifiers_how *how)
{
    const size_t n = targets->images, w = columns->features->width;
    struct job j = {.targets = targets, .how = how, .acts = columns->acts, .images = n, .width = w};
    j.x = facet_alloc(n, w * sizeof *j.x, "classifier");
    j.weight = facet_alloc(w + 1, sizeof *j.weight, "classifier");
    j.judged = facet_alloc(n, sizeof *j.judged, "classifier");
    j.train = facet_alloc(n, sizeof *j.train, "classifier");
    for (int c = 0; c < CLASSIFIERS; c++)
        j.right[c] = facet_alloc(n, sizeof **j.right, "classifier");
    int code = j.x == NULL || j.weight == NULL || j.judged == NULL || j.train == NULL ||
                       j.right[SVM] == NULL || j.right[LDA] == NULL
                   ? FACET_ENOMEM
                   : read_all(&j, columns);
    if (code == FACET_OK) code = make_rows(&j);
    facet_dense_one_thread();
    for (size_t t = 0; code == FACET_OK && t < targets->count; t++)
        code = run_target(table, &j, &targets->items[t]);
    free(j.x);
    free(j.weight);
    free(j.judged);
    free(j.train);
    free(j.node);
    free(j.row);
    for (int c = 0; c < CLASSIFIERS; c++) free(j.right[c]);
    return code;
}
