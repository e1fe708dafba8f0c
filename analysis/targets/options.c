#include "targets/options.h"

#include "base/parse.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int parse_cut(const char *value, struct facet_targets_options *t)
{
    static const char prefix[] = "quantiles:";
    t->quantiles = strncmp(value, prefix, sizeof prefix - 1) == 0;
    if (!t->quantiles) {
        int code = facet_parse_real("--cut", value, -1e308, 1e308, &t->cut[0]);
        t->cut[1] = t->cut[0];
        return code;
    }
    value += sizeof prefix - 1;
    const char *comma = strchr(value, ',');
    char low[32];
    if (comma == NULL || comma - value >= (long)sizeof low)
        return facet_fail(FACET_EINVAL, "--cut: expected quantiles:LOW,HIGH, found \"%s\"", value);
    snprintf(low, sizeof low, "%.*s", (int)(comma - value), value);
    int code = facet_parse_real("--cut", low, 0, 1, &t->cut[0]);
    if (code == FACET_OK) code = facet_parse_real("--cut", comma + 1, 0, 1, &t->cut[1]);
    if (code == FACET_OK && t->cut[0] > t->cut[1])
        code = facet_fail(FACET_EINVAL, "--cut: the quantiles %s must ascend", value);
    return code;
}

static int parse_list(const char *what, const char *value, char ***list, size_t *count)
{
    free(*list);
    *list = NULL;
    return facet_parse_list(what, value, ',', list, count);
}

int facet_targets_option(int option, const char *value, struct facet_asked *asked)
{
    struct facet_targets_options *t = &asked->targets;
    enum facet_combine combine;
    int64_t number = 0;
    int code = FACET_OK;
    switch (option) {
    case FACET_OPTION_BY:
        return parse_list("--by", value, &t->by, &t->by_count);
    case 'L':
        return parse_list("--layers", value, &asked->layers, &asked->layer_count);
    case FACET_OPTION_KINDS:
        code = facet_combine_parse(value, &combine);
        if (code == FACET_OK) asked->combine = (int)combine;
        return code;
    case FACET_OPTION_SELECT:
        return parse_list("--select", value, &t->select, &t->select_count);
    case FACET_OPTION_TOP:
        return facet_parse_size("--top", value, 1, 1000000, &t->top);
    case FACET_OPTION_MIN_IMAGES:
        return facet_parse_size("--min-images", value, 2, 1000000, &t->min_images);
    case FACET_OPTION_CUT:
        return parse_cut(value, t);
    case FACET_OPTION_SPLITS:
        return facet_parse_size("--splits", value, 1, FACET_TARGETS_SPLITS, &t->splits);
    case FACET_OPTION_BY_IDENTITY:
        t->by_identity = 1;
        return FACET_OK;
    default:
        assert(option == 's');
        code = facet_parse_int("--seed", value, 0, INT64_MAX, &number);
        t->seed = (uint64_t)number;
        return code;
    }
}

const char *facet_targets_fault(const struct facet_asked *asked)
{
    const struct facet_targets_options *t = &asked->targets;
    if (t->by_count == 0) return "--by is needed";
    if (t->select_count > 0 && t->top > 0) return "--select and --top exclude each other";
    if (t->select_count == 0 && t->top == 0) return NULL;
    for (size_t k = 0; k < t->by_count; k++)
        if (strcmp(t->by[k], "identity") == 0) return NULL;
    return "--select and --top choose people: --by identity";
}

void facet_asked_free(struct facet_asked *asked)
{
    free(asked->layers);
    free(asked->targets.by);
    free(asked->targets.select);
}

/* ---- of a file ---- */

int facet_asked_layers(const struct facet_asked *asked, struct facet_acts *acts,
                       enum facet_combine *combine, char ***names, size_t *count, size_t *neurons)
{
    const size_t n = asked->layers != NULL ? asked->layer_count : facet_acts_layer_count(acts);
    char **list = facet_alloc(n, sizeof *list, "layers");
    int code = list == NULL ? FACET_ENOMEM : FACET_OK;
    *combine = asked->combine < 0 ? facet_combine_best(acts, FACET_VIEW_ORIGINAL)
                                  : (enum facet_combine)asked->combine;
    *neurons = 0;
    for (size_t i = 0; code == FACET_OK && i < n; i++) {
        struct facet_features *f = NULL;
        list[i] = facet_strdup(asked->layers != NULL ? asked->layers[i]
                                                     : facet_acts_layer(acts, i)->name);
        if (list[i] == NULL) code = FACET_ENOMEM;
        if (code == FACET_OK)
            code = facet_features_new(&f, &acts, 1, list[i], FACET_VIEW_ORIGINAL, *combine);
        if (code == FACET_OK) *neurons += f->width;
        facet_features_free(&f);
    }
    if (code < 0) {
        facet_asked_layers_free(&list, n);
        return code;
    }
    *names = list;
    *count = n;
    return FACET_OK;
}

void facet_asked_layers_free(char ***names, size_t count)
{
    for (size_t i = 0; *names != NULL && i < count; i++) free((*names)[i]);
    free(*names);
    *names = NULL;
}

void facet_targets_say(const struct facet_targets *t, const struct facet_cli *cli)
{
    if (t->skipped > 0)
        facet_cli_say(cli, "%zu attributes skipped, with fewer than 2 images on a side: %s",
                      t->skipped, t->skipped_names);
}

/* The scores of the attributes, as the file has them. */
static int record_scores(const struct facet_targets *t, struct facet_acts *acts,
                         struct facet_provenance *run)
{
    int code = FACET_OK;
    for (size_t k = 0; code == FACET_OK && k < t->count; k++) {
        struct facet_hash *digest = NULL;
        char hex[FACET_HASH_SIZE];
        if (t->items[k].score == NULL) continue;
        code = facet_hash_begin(&digest);
        if (code == FACET_OK)
            code =
                facet_hash_add(digest, t->items[k].score, facet_acts_images(acts) * sizeof(double));
        facet_hash_end(&digest, hex);
        if (code == FACET_OK)
            code = facet_provenance_input_hash(run, facet_acts_path(acts), t->items[k].name, hex);
    }
    return code;
}

int facet_targets_record(const struct facet_targets *targets, const struct facet_asked *asked,
                         struct facet_acts *acts, enum facet_combine combine,
                         struct facet_provenance *run)
{
    const struct facet_targets_options *o = &asked->targets;
    char hex[FACET_HASH_SIZE];
    int code = facet_provenance_set(run, "features", "%s", facet_combine_name(combine));
    if (code == FACET_OK)
        code = facet_provenance_set(run, o->quantiles ? "cut_quantiles" : "cut", "%.9g,%.9g",
                                    o->cut[0], o->cut[1]);
    if (code == FACET_OK) code = facet_provenance_set(run, "splits", "%zu", o->splits);
    if (code == FACET_OK)
        code = facet_provenance_set(run, "by_identity_splits", "%d", o->by_identity);
    if (code == FACET_OK)
        code = facet_provenance_set(run, "seed", "%llu", (unsigned long long)o->seed);
    if (code == FACET_OK) code = facet_acts_hash_labels(acts, hex);
    if (code == FACET_OK)
        code = facet_provenance_input_hash(run, facet_acts_path(acts), "labels", hex);
    return code < 0 ? code : record_scores(targets, acts, run);
}
