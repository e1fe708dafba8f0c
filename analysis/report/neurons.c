#include "report/neurons.h"

#include "report/encode.h"
#include "report/thumbnails.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Images that are named, in order of first appearance. */
struct names {
    uint32_t *place; /* [images of the file] counted from 1; 0: isn't named */
    uint32_t *row;   /* [count] */
    uint32_t *uses;  /* [count] */
    size_t count;
};

static int find_view(const struct facet_acts *acts, const char *name, size_t *view)
{
    char known[512] = "";
    for (size_t i = 0; i < facet_acts_view_count(acts); i++) {
        if (strcmp(facet_acts_view(acts, i), name) == 0) {
            *view = i;
            return FACET_OK;
        }
        facet_fail_list(known, sizeof known, facet_acts_view(acts, i));
    }
    return facet_fail(FACET_EINVAL, "%s: has no view \"%s\" (it has: %s)", facet_acts_path(acts),
                      name, known);
}

/* ---- one layer ---- */

/* Puts `value` under `name`; NULL is short memory, and the message is set. */
static void put(json_t *object, const char *name, json_t *value, int *code)
{
    if (value == NULL || json_object_set_new(object, name, value) < 0)
        *code = *code < 0 ? *code : FACET_ENOMEM;
}

/* The members of struct neuron, one array each. */
static void put_neurons(json_t *layer, const struct responses *r, int *code)
{
    static const struct {
        const char *name;
        size_t at;
    } members[] = {
        {"active_share", offsetof(struct neuron, active_share)},
        {"mean", offsetof(struct neuron, mean)},
        {"sd", offsetof(struct neuron, sd)},
        {"entropy_bits", offsetof(struct neuron, entropy_bits)},
        {"treves_rolls", offsetof(struct neuron, treves_rolls)},
        {"low", offsetof(struct neuron, low)},
        {"high", offsetof(struct neuron, high)},
    };
    float *values = facet_alloc(r->neurons, sizeof *values, "neurons");
    uint32_t *lowest = facet_alloc(r->neurons, sizeof *lowest, "neurons");
    if (values == NULL || lowest == NULL) *code = FACET_ENOMEM;
    for (size_t k = 0; *code == FACET_OK && k < sizeof members / sizeof *members; k++) {
        for (size_t n = 0; n < r->neurons; n++)
            memcpy(&values[n], (const char *)&r->neuron[n] + members[k].at, sizeof *values);
        put(layer, members[k].name, encode_reals(values, r->neurons), code);
    }
    for (size_t n = 0; *code == FACET_OK && n < r->neurons; n++) lowest[n] = r->neuron[n].lowest;
    if (*code == FACET_OK) put(layer, "lowest", encode_counts(lowest, r->neurons), code);
    free(values);
    free(lowest);
}

/* {who, d_prime} of lists of preferences. */
static void put_preferences(json_t *layer, const char *name, const struct preference *list,
                            size_t count, int *code)
{
    uint32_t *who = facet_alloc(count, sizeof *who, "preferences");
    float *d = facet_alloc(count, sizeof *d, "preferences");
    json_t *both = json_object();
    if (who == NULL || d == NULL || both == NULL) *code = FACET_ENOMEM;
    for (size_t i = 0; *code == FACET_OK && i < count; i++) {
        who[i] = list[i].who == RESPONSES_NONE ? 0 : list[i].who + 1;
        d[i] = list[i].d_prime;
    }
    if (*code == FACET_OK) put(both, "who", encode_counts(who, count), code);
    if (*code == FACET_OK) put(both, "d_prime", encode_reals(d, count), code);
    put(layer, name, both, code);
    free(who);
    free(d);
}

/* {image, value} of rows, which become places among the names. */
static void put_images(json_t *layer, const char *name, uint32_t *rows, const float *values,
                       size_t count, struct names *names, int *code)
{
    json_t *both = json_object();
    for (size_t i = 0; i < count; i++) {
        if (rows[i] == RESPONSES_NONE) {
            rows[i] = 0;
            continue;
        }
        uint32_t *place = &names->place[rows[i]];
        if (*place == 0) {
            names->row[names->count++] = rows[i];
            *place = (uint32_t)names->count;
        }
        names->uses[*place - 1]++;
        rows[i] = *place;
    }
    if (both == NULL) *code = FACET_ENOMEM;
    if (*code == FACET_OK) put(both, "image", encode_counts(rows, count), code);
    if (*code == FACET_OK) put(both, "value", encode_reals(values, count), code);
    put(layer, name, both, code);
}

static int add_layer(json_t *layers, const char *name, struct responses *r,
                     const struct subjects *s, struct names *names)
{
    json_t *layer = json_pack("{s:s, s:I, s:I, s:I, s:I}", "name", name, "neurons",
                              (json_int_t)r->neurons, "bins", (json_int_t)r->sizes.bins, "most",
                              (json_int_t)r->sizes.most, "images", (json_int_t)r->sizes.images);
    const size_t n = r->neurons, most = r->sizes.most;
    int code = layer == NULL ? facet_fail(FACET_ENOMEM, "%s: no memory", name) : FACET_OK;
    if (code < 0) return code;
    put_neurons(layer, r, &code);
    put(layer, "all", encode_counts(r->all, n * r->sizes.bins), &code);
    put(layer, "of", encode_counts(r->of, s->shown * n * r->sizes.bins), &code);
    put(layer, "attributes", encode_reals(r->attributes, (s->count - s->people) * n), &code);
    put_preferences(layer, "excites", r->excites, n * most, &code);
    put_preferences(layer, "inhibits", r->inhibits, n * most, &code);
    put_preferences(layer, "excited", r->excited, s->count * most, &code);
    put_preferences(layer, "inhibited", r->inhibited, s->count * most, &code);
    put_images(layer, "top", r->top, r->top_value, n * r->sizes.images, names, &code);
    put_images(layer, "bottom", r->bottom, r->bottom_value, n * r->sizes.images, names, &code);
    if (code == FACET_OK)
        json_array_append_new(layers, layer);
    else
        json_decref(layer);
    return code;
}

/* ---- all of them ---- */

static int add_all_layers(const struct neurons_options *o, struct facet_acts *acts,
                          const struct subjects *s, struct names *names, json_t *neurons)
{
    json_t *layers = json_object_get(neurons, "layers");
    const size_t count = o->layer_count > 0 ? o->layer_count : facet_acts_layer_count(acts);
    size_t view = 0;
    int code = find_view(acts, o->view, &view);
    for (size_t k = 0; code == FACET_OK && k < count; k++) {
        struct responses *r = NULL;
        size_t layer = k;
        if (o->layer_count > 0) code = facet_acts_find(acts, o->layers[k], &layer);
        if (code < 0 || (o->layer_count == 0 && facet_acts_layer(acts, layer)->rank > 1)) continue;
        code = responses_new(&r, acts, layer, view, s, &o->sizes);
        if (code == FACET_OK) {
            json_object_set_new(neurons, "images", json_integer((json_int_t)r->images));
            code = add_layer(layers, facet_acts_layer(acts, layer)->name, r, s, names);
        }
        responses_free(&r);
    }
    if (code == FACET_OK && json_array_size(layers) == 0)
        code = facet_fail(FACET_EINVAL, "%s: has no layer of one dimension; name one (--layers)",
                          facet_acts_path(acts));
    return code;
}

static int add_subjects(const struct subjects *s, json_t *neurons)
{
    json_t *list = json_array(), *shown = json_array();
    for (size_t i = 0; i < s->count; i++) {
        const struct subject *item = &s->items[i];
        json_array_append_new(list, json_pack("{s:s, s:s, s:I}", "name", item->name, "kind",
                                              item->score == NULL ? "identity" : "attribute", "n",
                                              (json_int_t)item->n));
        if (item->shown) json_array_append_new(shown, json_integer((json_int_t)i));
    }
    json_object_set_new(neurons, "subjects", list);
    json_object_set_new(neurons, "shown", shown);
    json_object_set_new(neurons, "identities", json_integer((json_int_t)s->identities));
    json_object_set_new(neurons, "left_out", json_integer((json_int_t)s->left_out));
    json_object_set_new(neurons, "skipped", json_integer((json_int_t)s->skipped));
    json_object_set_new(neurons, "cut", json_real(s->cut));
    return json_array_size(list) == s->count && shown != NULL
               ? FACET_OK
               : facet_fail(FACET_ENOMEM, "no memory for the page's names");
}

static int add_names(const struct neurons_options *o, const struct facet_acts *acts,
                     const struct names *names, json_t *neurons)
{
    json_t *list = json_array();
    for (size_t i = 0; i < names->count; i++)
        json_array_append_new(list, json_string(facet_acts_image(acts, names->row[i])));
    json_object_set_new(neurons, "names", list);
    if (json_array_size(list) != names->count)
        return facet_fail(FACET_ENOMEM, "no memory for the page's names");
    if (o->thumbnails == NULL) return FACET_OK;
    return thumbnails_read(o->thumbnails, o->thumbnails_limit, list, names->uses, neurons);
}

static int names_new(struct names *names, size_t images)
{
    names->place = facet_alloc(images, sizeof *names->place, "names");
    names->row = facet_alloc(images, sizeof *names->row, "names");
    names->uses = facet_alloc(images, sizeof *names->uses, "names");
    return names->place == NULL || names->row == NULL || names->uses == NULL ? FACET_ENOMEM
                                                                             : FACET_OK;
}

int neurons_read(const struct neurons_options *o, struct facet_provenance *run, json_t **neurons)
{
    struct facet_acts *acts = NULL;
    struct subjects *subjects = NULL;
    struct names names = {0};
    size_t missing = 0;
    json_t *json = NULL;
    int code = facet_acts_open(&acts, o->path);
    if (code == FACET_OK) code = facet_provenance_input(run, o->path);
    if (code == FACET_OK) code = subjects_new(&subjects, acts, &o->subjects);
    if (code == FACET_OK) code = names_new(&names, facet_acts_images(acts));
    if (code == FACET_OK) {
        facet_acts_missing(acts, &missing);
        json = json_pack("{s:s, s:s, s:I, s:[], s:[]}", "file", o->path, "view", o->view, "missing",
                         (json_int_t)missing, "notes", "layers");
        if (json == NULL) code = facet_fail(FACET_ENOMEM, "%s: no memory", o->path);
    }
    if (code == FACET_OK) code = add_subjects(subjects, json);
    if (code == FACET_OK) code = add_all_layers(o, acts, subjects, &names, json);
    if (code == FACET_OK) code = add_names(o, acts, &names, json);
    free(names.place);
    free(names.row);
    free(names.uses);
    subjects_free(&subjects);
    facet_acts_free(&acts);
    if (code < 0)
        json_decref(json);
    else
        *neurons = json;
    return code;
}
