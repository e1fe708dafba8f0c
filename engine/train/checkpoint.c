#include "train/checkpoint.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The layers of a checkpoint, in a fixed order: their arrays are the network's own. */
struct layout {
    struct facet_model_layer *layers;
    size_t count;
    int velocity; /* which of the two arrays the visit notes */
};

static struct facet_model_layer *find_layer(struct facet_model_layer *layers, size_t count,
                                            const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(layers[i].name, name) == 0) return &layers[i];
    return NULL;
}

static struct facet_model_layer *add_layer(struct layout *layout, const char *name,
                                           const char *suffix)
{
    struct facet_model_layer *l = &layout->layers[layout->count++];
    snprintf(l->name, sizeof l->name, "%.50s%s", name, suffix);
    snprintf(l->kind, sizeof l->kind, "%s", suffix[0] != '\0' ? suffix + 1 : "parameters");
    snprintf(l->inputs[0], sizeof l->inputs[0], "input");
    l->input_count = 1;
    return l;
}

static int note_parameter(void *context, const char *name, const char *tensor,
                          struct facet_parameter *p)
{
    struct layout *layout = context;
    const char *suffix = layout->velocity ? "_velocity" : "";
    char full[64];
    snprintf(full, sizeof full, "%.50s%s", name, suffix);
    struct facet_model_layer *l = find_layer(layout->layers, layout->count, full);
    if (l == NULL) l = add_layer(layout, name, suffix);
    struct facet_tensor *t = strcmp(tensor, "weight") == 0 ? &l->weight : &l->bias;
    t->rank = 1;
    t->dims[0] = p->count;
    t->values = layout->velocity ? p->velocity : p->value;
    return FACET_OK;
}

/* margins: (2, branch_count) pointers to room for states and margins, owned by the caller. */
static int lay_out(const struct facet_learner *l, struct layout *layout, float **margins)
{
    const size_t branches = l->net->branch_count;
    layout->layers = facet_alloc(2 * (l->net->stage_count + 4 * branches) + branches,
                                 sizeof *layout->layers, "layers");
    if (layout->layers == NULL) return FACET_ENOMEM;
    for (layout->velocity = 0; layout->velocity < 2; layout->velocity++)
        facet_network_visit(l->net, layout, note_parameter);
    for (size_t i = 0; i < branches; i++) {
        const size_t size = facet_margin_state_size(l->margins[i]);
        margins[i] = facet_alloc(size + 1, sizeof(float), "margins");
        if (margins[i] == NULL) return FACET_ENOMEM;
        struct facet_model_layer *layer = add_layer(layout, l->net->branches[i].fc.name, "_margin");
        layer->weight = (struct facet_tensor){.rank = 1, .dims = {size}, .values = margins[i]};
        layer->bias = (struct facet_tensor){.rank = 1, .dims = {1}, .values = margins[i] + size};
    }
    return FACET_OK;
}

int facet_checkpoint_write(const char *path, const struct facet_learner *l,
                           const struct facet_preprocess *preprocess, json_t *settings,
                           json_t *state, const struct facet_provenance *run)
{
    struct layout layout = {0};
    float *margins[FACET_LEARN_BRANCHES] = {NULL};
    json_t *text = json_pack("{s:O, s:O}", "settings", settings, "state", state);
    char *training =
        text != NULL ? json_dumps(text, JSON_SORT_KEYS | JSON_REAL_PRECISION(17)) : NULL;
    int code = training == NULL ? facet_fail(FACET_ENOMEM, "out of memory for the settings")
                                : lay_out(l, &layout, margins);
    for (size_t i = 0; i < l->net->branch_count && code == FACET_OK; i++) {
        facet_margin_export(l->margins[i], margins[i]);
        margins[i][facet_margin_state_size(l->margins[i])] =
            isnan(l->margin[i]) ? -1 : (float)l->margin[i];
    }
    if (code == FACET_OK) {
        const struct facet_model model = {.name = FACET_CHECKPOINT_NAME,
                                          .preprocess = *preprocess,
                                          .layers = layout.layers,
                                          .layer_count = layout.count,
                                          .seed = l->settings.seed,
                                          .training = training};
        code = facet_model_write(&model, path, FACET_PRECISION_FLOAT32, run);
    }
    for (size_t i = 0; i < l->net->branch_count; i++) free(margins[i]);
    free(layout.layers);
    free(training);
    json_decref(text);
    return code;
}

/* ---- reading ---- */

static int compare_settings(const char *path, json_t *found, json_t *wanted)
{
    const char *key;
    json_t *value;
    json_object_foreach(wanted, key, value)
    {
        json_t *other = json_object_get(found, key);
        if (other != NULL && json_equal(other, value)) continue;
        char *here = json_dumps(value, JSON_ENCODE_ANY | JSON_REAL_PRECISION(9));
        char *there = other != NULL ? json_dumps(other, JSON_ENCODE_ANY | JSON_REAL_PRECISION(9))
                                    : facet_strdup("nothing");
        int code = facet_fail(FACET_EINVAL,
                              "%s: made with another %s: %s there, %s here; resume with the same "
                              "settings, or start afresh with --force",
                              path, key, there != NULL ? there : "?", here != NULL ? here : "?");
        free(here);
        free(there);
        return code;
    }
    return FACET_OK;
}

static int check_layers(const char *path, const struct layout *wanted,
                        const struct facet_model *found)
{
    for (size_t i = 0; i < wanted->count; i++) {
        const struct facet_model_layer *w = &wanted->layers[i];
        const struct facet_model_layer *f = find_layer(found->layers, found->layer_count, w->name);
        if (f == NULL) return facet_fail(FACET_EFORMAT, "%s: has no layer %s", path, w->name);
        if (f->weight.rank != 1 || f->weight.dims[0] != w->weight.dims[0] || f->bias.rank != 1 ||
            f->bias.dims[0] != w->bias.dims[0])
            return facet_fail(FACET_EFORMAT, "%s: layer %s has %zu weights, expected %zu", path,
                              w->name, facet_tensor_count(&f->weight), w->weight.dims[0]);
    }
    return FACET_OK;
}

/* Margins first: they alone can still be refused. */
static int take_margins(struct facet_learner *l, const struct facet_model *model)
{
    for (size_t i = 0; i < l->net->branch_count; i++) {
        char name[64];
        snprintf(name, sizeof name, "%.50s_margin", l->net->branches[i].fc.name);
        const struct facet_model_layer *f = find_layer(model->layers, model->layer_count, name);
        int code = facet_margin_import(l->margins[i], f->weight.values, f->weight.dims[0]);
        if (code < 0) return code;
        l->margin[i] = f->bias.values[0] < 0 ? NAN : (double)f->bias.values[0];
    }
    return FACET_OK;
}

static void take_weights(const struct layout *layout, const struct facet_model *model)
{
    for (size_t i = 0; i < layout->count; i++) {
        const struct facet_model_layer *to = &layout->layers[i];
        const struct facet_model_layer *from =
            find_layer(model->layers, model->layer_count, to->name);
        memcpy(to->weight.values, from->weight.values, to->weight.dims[0] * sizeof(float));
        memcpy(to->bias.values, from->bias.values, to->bias.dims[0] * sizeof(float));
    }
}

int facet_checkpoint_read(const char *path, struct facet_learner *l, json_t *settings,
                          json_t **state)
{
    struct layout layout = {0};
    float *margins[FACET_LEARN_BRANCHES] = {NULL};
    struct facet_model *model = NULL;
    json_t *text = NULL;
    int code = facet_model_read(&model, path);
    if (code == FACET_OK && strcmp(model->name, FACET_CHECKPOINT_NAME) != 0)
        code = facet_fail(FACET_EFORMAT, "%s: is no checkpoint, but a model named %s", path,
                          model->name);
    if (code == FACET_OK) {
        text = model->training != NULL ? json_loads(model->training, 0, NULL) : NULL;
        if (!json_is_object(json_object_get(text, "state")))
            code = facet_fail(FACET_EFORMAT, "%s: doesn't say where the training stands", path);
    }
    if (code == FACET_OK)
        code = compare_settings(path, json_object_get(text, "settings"), settings);
    if (code == FACET_OK) code = lay_out(l, &layout, margins);
    if (code == FACET_OK) code = check_layers(path, &layout, model);
    if (code == FACET_OK) code = take_margins(l, model);
    if (code == FACET_OK) {
        take_weights(&layout, model);
        *state = json_incref(json_object_get(text, "state"));
    }
    for (size_t i = 0; i < l->net->branch_count; i++) free(margins[i]);
    free(layout.layers);
    facet_model_free(&model);
    json_decref(text);
    return code;
}
