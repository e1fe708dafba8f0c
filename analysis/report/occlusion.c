#include "report/occlusion.h"

#include "base/parse.h"
#include "base/table.h"
#include "report/encode.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MOST_LEVELS = 256, MOST_NEURONS = 1 << 16, MEASURES = 2 };
static const char *const measures[MEASURES] = {"state_kept", "correlation"};

/* The rows of one layer, features and level. */
struct level {
    char *layer, *features, *kind, *level;
    float *values[MEASURES]; /* [room] NaN where there is no row */
    size_t neurons, room;
};

struct levels {
    struct level list[MOST_LEVELS];
    size_t count;
};

static void levels_free(struct levels *l)
{
    for (size_t i = 0; i < l->count; i++) {
        free(l->list[i].layer);
        free(l->list[i].features);
        free(l->list[i].kind);
        free(l->list[i].level);
        for (int m = 0; m < MEASURES; m++) free(l->list[i].values[m]);
    }
    free(l);
}

static int same_layer(const struct level *a, const char *layer, const char *features)
{
    return strcmp(a->layer, layer) == 0 && strcmp(a->features, features) == 0;
}

static int find_level(struct levels *l, const char *const text[4], struct level **found)
{
    for (size_t i = l->count; i > 0; i--) {
        struct level *v = &l->list[i - 1];
        if (same_layer(v, text[0], text[1]) && strcmp(v->kind, text[2]) == 0 &&
            strcmp(v->level, text[3]) == 0) {
            *found = v;
            return FACET_OK;
        }
    }
    if (l->count == MOST_LEVELS)
        return facet_fail(FACET_EFORMAT, "more than %d layers and levels", MOST_LEVELS);
    struct level *v = &l->list[l->count++];
    *v = (struct level){facet_strdup(text[0]),
                        facet_strdup(text[1]),
                        facet_strdup(text[2]),
                        facet_strdup(text[3]),
                        {NULL},
                        0,
                        0};
    *found = v;
    return v->layer == NULL || v->features == NULL || v->kind == NULL || v->level == NULL
               ? FACET_ENOMEM
               : FACET_OK;
}

static int put_value(struct level *v, size_t neuron, const double value[MEASURES])
{
    if (neuron >= v->room) {
        const size_t room = 2 * (neuron + 256);
        for (int m = 0; m < MEASURES; m++) {
            float *more = realloc(v->values[m], room * sizeof *more);
            if (more == NULL) return facet_fail(FACET_ENOMEM, "no memory for %zu neurons", room);
            v->values[m] = more;
            for (size_t i = v->room; i < room; i++) more[i] = NAN;
        }
        v->room = room;
    }
    for (int m = 0; m < MEASURES; m++) v->values[m][neuron] = (float)value[m];
    if (neuron >= v->neurons) v->neurons = neuron + 1;
    return FACET_OK;
}

static int read_row(struct facet_tsv *tsv, const int column[5 + 1 + MEASURES], struct levels *l)
{
    const char *text[4];
    double value[MEASURES];
    struct level *level = NULL;
    int64_t neuron;
    for (int k = 0; k < 4; k++) text[k] = facet_tsv_field(tsv, column[k]);
    if (strcmp(facet_tsv_field(tsv, column[4]), "NA") != 0) return FACET_OK; /* a square's place */
    if (facet_parse_int("neuron", facet_tsv_field(tsv, column[5]), 0, MOST_NEURONS, &neuron) < 0)
        return facet_fail(FACET_EFORMAT, "%s:%zu: %s", facet_tsv_path(tsv), facet_tsv_line(tsv),
                          facet_error_message());
    int code = FACET_OK;
    for (int m = 0; code == FACET_OK && m < MEASURES; m++)
        code = facet_tsv_real(tsv, column[6 + m], &value[m]);
    if (code == FACET_OK) code = find_level(l, text, &level);
    return code < 0 ? code : put_value(level, (size_t)neuron, value);
}

static int read_levels(const char *path, struct levels *l)
{
    static const char *const names[] = {"layer", "features", "kind", "level", "x", "neuron"};
    struct facet_tsv *tsv = NULL;
    int column[6 + MEASURES], got = 0;
    int code = facet_tsv_open(&tsv, path);
    for (int k = 0; code == FACET_OK && k < 6 + MEASURES; k++)
        code = facet_tsv_require(tsv, k < 6 ? names[k] : measures[k - 6], &column[k]);
    while (code == FACET_OK && (got = facet_tsv_next(tsv)) > 0) code = read_row(tsv, column, l);
    if (code == FACET_OK && got < 0) code = got;
    facet_tsv_close(&tsv);
    return code;
}

/* One measure of all levels of a layer, (levels, neurons). */
static json_t *encode_measure(const struct levels *l, const struct level *of, size_t neurons, int m)
{
    float *all = facet_alloc(l->count, neurons * sizeof *all, "occlusion");
    size_t used = 0;
    if (all == NULL) return NULL;
    for (size_t i = 0; i < l->count; i++) {
        const struct level *v = &l->list[i];
        if (!same_layer(v, of->layer, of->features)) continue;
        for (size_t n = 0; n < neurons; n++) all[used++] = n < v->neurons ? v->values[m][n] : NAN;
    }
    json_t *json = encode_reals(all, used);
    free(all);
    return json;
}

static int add_layer(const struct levels *l, const struct level *of, json_t *layers)
{
    size_t neurons = 0;
    json_t *levels = json_array();
    for (size_t i = 0; i < l->count; i++) {
        const struct level *v = &l->list[i];
        if (!same_layer(v, of->layer, of->features)) continue;
        neurons = v->neurons > neurons ? v->neurons : neurons;
        json_array_append_new(levels, json_pack("{s:s, s:s}", "kind", v->kind, "level", v->level));
    }
    json_t *layer = json_pack("{s:s, s:s, s:I, s:o}", "name", of->layer, "features", of->features,
                              "neurons", (json_int_t)neurons, "levels", levels);
    int code = layer == NULL ? FACET_ENOMEM : FACET_OK;
    for (int m = 0; code == FACET_OK && m < MEASURES; m++)
        if (json_object_set_new(layer, measures[m], encode_measure(l, of, neurons, m)) < 0)
            code = FACET_ENOMEM;
    json_array_append_new(layers, layer);
    return code;
}

int occlusion_read(const char *folder, const char *suffix, json_t **occlusion)
{
    char *path[2] = {facet_format("%s/occlusion%s/tables/neurons.tsv", folder, suffix),
                     facet_format("%s/occlusion%s/neurons.tsv", folder, suffix)};
    struct levels *l = facet_alloc(1, sizeof *l, "occlusion");
    json_t *json = NULL;
    int code = path[0] == NULL || path[1] == NULL || l == NULL ? FACET_ENOMEM : FACET_OK;
    for (int k = 0; code == FACET_OK && json == NULL && k < 2; k++) {
        if (access(path[k], F_OK) != 0) continue;
        json = json_pack("{s:[]}", "layers");
        code = json == NULL ? FACET_ENOMEM : read_levels(path[k], l);
    }
    for (size_t i = 0; code == FACET_OK && i < l->count; i++) {
        size_t first = 0;
        while (!same_layer(&l->list[first], l->list[i].layer, l->list[i].features)) first++;
        if (first == i) code = add_layer(l, &l->list[i], json_object_get(json, "layers"));
    }
    if (l != NULL) levels_free(l);
    free(path[0]);
    free(path[1]);
    if (code < 0) {
        json_decref(json);
        return code;
    }
    *occlusion = json;
    return FACET_OK;
}
