#include "compare/options.h"

#include "base/parse.h"

#include <assert.h>
#include <stdlib.h>

static int parse_metrics(const char *text, struct facet_session_options *o)
{
    char **items;
    size_t count;
    int code = facet_parse_list("--metric", text, ',', &items, &count);
    if (code < 0) return code;
    o->metric_count = 0;
    if (count > FACET_COMPARISONS)
        code = facet_fail(FACET_EINVAL, "--metric: there are %d metrics", FACET_COMPARISONS);
    for (size_t i = 0; code == FACET_OK && i < count; i++)
        code = facet_comparison_parse(items[i], &o->metrics[o->metric_count++]);
    free(items);
    return code;
}

static int parse_pca(const char *value, struct facet_session_options *o)
{
    int64_t number = 0;
    int code = facet_parse_int("--pca", value, 0, 100000000, &number);
    o->pca = (size_t)number;
    o->pca_usual = 0;
    return code;
}

static int parse_list(const char *what, const char *value, char ***items, size_t *count)
{
    free(*items);
    *items = NULL;
    return facet_parse_list(what, value, ',', items, count);
}

int facet_compare_option(int option, const char *value, struct facet_session_options *o)
{
    enum facet_combine combine;
    int code = FACET_OK;
    switch (option) {
    case 'L':
        return parse_list("--layers", value, &o->layers, &o->layer_count);
    case FACET_OPTION_FEATURES:
        code = facet_combine_parse(value, &combine);
        if (code == FACET_OK) o->combine = (int)combine;
        return code;
    case FACET_OPTION_VIEW:
        o->view = value;
        return FACET_OK;
    case FACET_OPTION_METRIC:
        return parse_metrics(value, o);
    case FACET_OPTION_TRAIN:
        return parse_list("--train-acts", value, &o->train_paths, &o->train_count);
    case FACET_OPTION_FITTED:
        o->metric_path = value;
        return FACET_OK;
    case FACET_OPTION_PCA:
        return parse_pca(value, o);
    case FACET_OPTION_RIDGE:
        return facet_parse_real("--ridge", value, 0, 1, &o->ridge);
    default:
        assert(option == FACET_OPTION_THRESHOLD);
        return facet_parse_real("--threshold", value, -3.4e38, 3.4e38, &o->threshold);
    }
}

const char *facet_compare_fault(struct facet_session_options *o)
{
    const int fits = o->train_count > 0 || o->metric_path != NULL;
    if (o->train_count > 0 && o->metric_path != NULL)
        return "--train-acts and --fitted exclude each other";
    if (o->train_count > 0 && o->train_count != o->path_count)
        return "--train-acts needs a file for each ACTS.h5";
    if (o->metric_count == 0) {
        o->metrics[o->metric_count++] = FACET_COSINE;
        o->metrics[o->metric_count++] = FACET_EUCLIDEAN;
        if (fits) o->metrics[o->metric_count++] = FACET_JOINT_BAYESIAN;
    }
    for (size_t i = 0; i < o->metric_count; i++)
        if (o->metrics[i] == FACET_JOINT_BAYESIAN && !fits)
            return "joint_bayesian needs --train-acts or --fitted";
    return NULL;
}

void facet_compare_options_free(struct facet_session_options *o)
{
    free(o->layers);
    free(o->train_paths);
}
