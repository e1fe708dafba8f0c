#include "store/model.h"

#include "base/file.h"
#include "store/h5.h"
#include "store/shipped.h"
#include "store/tensor.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CONVENTIONS "facet-model-1"

int64_t facet_model_attribute(const struct facet_model_layer *layer, const char *name,
                              int64_t fallback)
{
    for (int i = 0; i < layer->attribute_count; i++)
        if (strcmp(layer->attributes[i].name, name) == 0) return layer->attributes[i].value;
    return fallback;
}

void facet_model_forget_weights(struct facet_model *model)
{
    for (size_t i = 0; model != NULL && model->layers != NULL && i < model->layer_count; i++) {
        free(model->layers[i].weight.values);
        model->layers[i].weight.values = NULL;
    }
}

void facet_model_free(struct facet_model **model)
{
    struct facet_model *m = *model;
    if (m == NULL) return;
    facet_model_forget_weights(m);
    for (size_t i = 0; m->layers != NULL && i < m->layer_count; i++) free(m->layers[i].bias.values);
    free(m->layers);
    free(m->training);
    free(m->path);
    free(m->history);
    free(m->source);
    free(m);
    *model = NULL;
}

/* ---- writing ---- */

static int write_layer(hid_t group, const struct facet_model_layer *layer, size_t order,
                       enum facet_precision precision, const char *where)
{
    char inputs[FACET_MODEL_MAX_INPUTS * 65] = "";
    for (int i = 0; i < layer->input_count; i++) {
        size_t used = strlen(inputs);
        snprintf(inputs + used, sizeof inputs - used, "%s%s", i > 0 ? "," : "", layer->inputs[i]);
    }
    int code = facet_h5_write_text(group, "kind", layer->kind, where);
    if (code == FACET_OK) code = facet_h5_write_text(group, "inputs", inputs, where);
    if (code == FACET_OK) code = facet_h5_write_int(group, "order", (int64_t)order, where);
    for (int i = 0; code == FACET_OK && i < layer->attribute_count; i++)
        code =
            facet_h5_write_int(group, layer->attributes[i].name, layer->attributes[i].value, where);
    if (code == FACET_OK && layer->weight.rank > 0)
        code = facet_tensor_write(group, &layer->weight, "weight", precision, where);
    if (code == FACET_OK && layer->bias.rank > 0)
        code = facet_tensor_write(group, &layer->bias, "bias", precision, where);
    return code;
}

static int write_layers(hid_t file, const struct facet_model *model, const char *path,
                        enum facet_precision precision)
{
    hid_t list = H5Pcreate(H5P_GROUP_CREATE);
    H5Pset_obj_track_times(list, 0);
    int code = FACET_OK;
    for (size_t i = 0; code == FACET_OK && i < model->layer_count; i++) {
        const struct facet_model_layer *layer = &model->layers[i];
        char *where = facet_format("%s: %s", path, layer->name);
        hid_t group = H5Gcreate2(file, layer->name, H5P_DEFAULT, list, H5P_DEFAULT);
        if (where == NULL)
            code = FACET_ENOMEM;
        else if (group < 0)
            code = facet_h5_fail(FACET_EIO, path, layer->name, "cannot create the layer's group");
        else
            code = write_layer(group, layer, i, precision, where);
        if (group >= 0) H5Gclose(group);
        free(where);
    }
    H5Pclose(list);
    return code;
}

static int write_root(hid_t file, const struct facet_model *model, const char *path,
                      const struct facet_provenance *run)
{
    /* A file made from another keeps its history, newest first. */
    char *history =
        facet_format("%s%s%s", facet_provenance_history(run), model->history != NULL ? "\n" : "",
                     model->history != NULL ? model->history : "");
    int code = history == NULL ? FACET_ENOMEM
                               : facet_h5_write_text(file, "Conventions", CONVENTIONS, path);
    if (code == FACET_OK) code = facet_h5_write_text(file, "name", model->name, path);
    if (code == FACET_OK) code = facet_h5_write_text(file, "history", history, path);
    if (code == FACET_OK)
        code = facet_h5_write_text(file, "source", facet_provenance_source(), path);
    if (code == FACET_OK) code = facet_h5_write_text(file, "references", FACET_REFERENCE, path);
    if (code == FACET_OK) code = facet_h5_write_int(file, "seed", (int64_t)model->seed, path);
    if (code == FACET_OK && model->training != NULL)
        code = facet_h5_write_text(file, "training", model->training, path);
    if (code == FACET_OK) code = facet_preprocess_write(&model->preprocess, file, path);
    free(history);
    return code;
}

/* A new file in the 1.10 format, whose structures, the index of chunks too, carry checksums;
 * without times. */
static hid_t create(const char *path)
{
    hid_t access = H5Pcreate(H5P_FILE_ACCESS), list = H5Pcreate(H5P_FILE_CREATE);
    H5Pset_libver_bounds(access, H5F_LIBVER_V110, H5F_LIBVER_V110);
    H5Pset_obj_track_times(list, 0);
    hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, list, access);
    H5Pclose(list);
    H5Pclose(access);
    return file;
}

int facet_model_write(const struct facet_model *model, const char *path,
                      enum facet_precision precision, const struct facet_provenance *run)
{
    char *partial = facet_format("%s.partial", path);
    if (partial == NULL) return FACET_ENOMEM;
    facet_h5_quiet();
    hid_t file = create(partial);
    int code = file < 0 ? facet_h5_fail(FACET_EIO, partial, NULL, "cannot create") : FACET_OK;
    if (code == FACET_OK) code = write_root(file, model, path, run);
    if (code == FACET_OK) code = write_layers(file, model, path, precision);
    if (file >= 0 && H5Fclose(file) < 0 && code == FACET_OK)
        code = facet_h5_fail(FACET_EIO, path, NULL, "cannot write");
    if (code == FACET_OK) code = facet_file_rename(partial, path);
    if (code < 0 && file >= 0) unlink(partial);
    free(partial);
    return code;
}

/* ---- reading ---- */

/* Reads a text attribute into out (size). */
static int read_name(hid_t object, const char *name, const char *where, char *out, size_t size)
{
    char *text = NULL;
    int code = facet_h5_read_text(object, name, where, &text);
    if (code < 0) return code;
    size_t length = strlen(text);
    if (length == 0 || length >= size)
        code = facet_fail(FACET_EFORMAT, "%s: attribute %s has %zu bytes, expected 1 to %zu", where,
                          name, length, size - 1);
    else
        memcpy(out, text, length + 1);
    free(text);
    return code;
}

static int read_inputs(hid_t group, struct facet_model_layer *layer, const char *where)
{
    char text[FACET_MODEL_MAX_INPUTS * sizeof layer->inputs[0]];
    int code = read_name(group, "inputs", where, text, sizeof text);
    for (char *at = text; code == FACET_OK && at != NULL;) {
        char *comma = strchr(at, ',');
        size_t length = comma != NULL ? (size_t)(comma - at) : strlen(at);
        if (layer->input_count == FACET_MODEL_MAX_INPUTS || length == 0 ||
            length >= sizeof layer->inputs[0])
            return facet_fail(FACET_EFORMAT, "%s: inputs \"%s\": expected 1 or 2 names", where,
                              text);
        memcpy(layer->inputs[layer->input_count++], at, length); /* the rest is zero */
        at = comma != NULL ? comma + 1 : NULL;
    }
    return code;
}

/* Every attribute that isn't one of the layer's own three is an integer of its kind. */
static int read_attributes(hid_t group, struct facet_model_layer *layer, const char *where)
{
    H5O_info_t info;
    if (H5Oget_info(group, &info) < 0)
        return facet_h5_fail(FACET_EFORMAT, where, NULL, "cannot list its attributes");
    for (hsize_t i = 0; i < info.num_attrs; i++) {
        char name[32];
        ssize_t length = H5Aget_name_by_idx(group, ".", H5_INDEX_NAME, H5_ITER_INC, i, name,
                                            sizeof name, H5P_DEFAULT);
        if (length < 1 || (size_t)length >= sizeof name)
            return facet_fail(FACET_EFORMAT, "%s: an attribute's name is longer than %zu bytes",
                              where, sizeof name - 1);
        if (strcmp(name, "kind") == 0 || strcmp(name, "inputs") == 0 || strcmp(name, "order") == 0)
            continue;
        if (layer->attribute_count == FACET_MODEL_MAX_ATTRIBUTES)
            return facet_fail(FACET_EFORMAT, "%s: more than %d attributes", where,
                              FACET_MODEL_MAX_ATTRIBUTES);
        int at = layer->attribute_count;
        int code = facet_h5_read_int(group, name, where, &layer->attributes[at].value);
        if (code < 0) return code;
        memcpy(layer->attributes[at].name, name, sizeof name);
        layer->attribute_count++;
    }
    return FACET_OK;
}

static int read_layer(hid_t group, struct facet_model_layer *layer, const char *where)
{
    int code = read_name(group, "kind", where, layer->kind, sizeof layer->kind);
    if (code == FACET_OK) code = read_inputs(group, layer, where);
    if (code == FACET_OK) code = read_attributes(group, layer, where);
    if (code == FACET_OK) code = facet_tensor_read(group, &layer->weight, "weight", where);
    if (code == FACET_OK) code = facet_tensor_read(group, &layer->bias, "bias", where);
    if (code == FACET_OK && (layer->weight.rank == 0) != (layer->bias.rank == 0))
        code = facet_fail(FACET_EFORMAT, "%s/%s: missing", where,
                          layer->weight.rank == 0 ? "weight" : "bias");
    return code;
}

/* The layer in group number `i` in order of names goes where its attribute `order` says. */
static int place_layer(hid_t file, struct facet_model *model, hsize_t i, const char *path)
{
    char name[sizeof model->layers->name];
    ssize_t length = H5Lget_name_by_idx(file, ".", H5_INDEX_NAME, H5_ITER_INC, i, name, sizeof name,
                                        H5P_DEFAULT);
    if (length < 1 || (size_t)length >= sizeof name)
        return facet_fail(FACET_EFORMAT, "%s: a layer's name is longer than %zu bytes", path,
                          sizeof name - 1);
    char *where = facet_format("%s: %s", path, name);
    if (where == NULL) return FACET_ENOMEM;
    int64_t order;
    hid_t group = H5Gopen2(file, name, H5P_DEFAULT);
    int code = group < 0 ? facet_h5_fail(FACET_EFORMAT, path, name, "is not a layer's group")
                         : facet_h5_read_int(group, "order", where, &order);
    if (code == FACET_OK && (order < 0 || (size_t)order >= model->layer_count))
        code = facet_fail(FACET_EFORMAT, "%s: its order is %lld, but there are %zu layers", where,
                          (long long)order, model->layer_count);
    if (code == FACET_OK && model->layers[order].name[0] != '\0')
        code = facet_fail(FACET_EFORMAT, "%s: it has the same order as %s", where,
                          model->layers[order].name);
    if (code == FACET_OK) {
        memcpy(model->layers[order].name, name, sizeof name);
        code = read_layer(group, &model->layers[order], where);
    }
    if (group >= 0) H5Gclose(group);
    free(where);
    return code;
}

static int read_layers(hid_t file, struct facet_model *model, const char *path)
{
    H5G_info_t info;
    if (H5Gget_info(file, &info) < 0)
        return facet_h5_fail(FACET_EFORMAT, path, NULL, "cannot list its layers");
    if (info.nlinks < 1 || info.nlinks > 4096)
        return facet_fail(FACET_EFORMAT, "%s: %llu layers, expected 1 to 4096", path,
                          (unsigned long long)info.nlinks);
    model->layers = facet_alloc((size_t)info.nlinks, sizeof *model->layers, "layers");
    if (model->layers == NULL) return FACET_ENOMEM;
    model->layer_count = (size_t)info.nlinks;
    int code = FACET_OK;
    for (hsize_t i = 0; code == FACET_OK && i < info.nlinks; i++)
        code = place_layer(file, model, i, path);
    return code;
}

/* FACET_OK if the file says that it is a model. */
static int check_conventions(hid_t file, const char *path)
{
    char *conventions = NULL;
    if (H5Aexists(file, "Conventions") <= 0 ||
        facet_h5_read_text(file, "Conventions", path, &conventions) < 0)
        return facet_fail(FACET_EFORMAT, "%s: is HDF5, but not a model: it has no Conventions",
                          path);
    int code = FACET_OK;
    if (strcmp(conventions, CONVENTIONS) != 0)
        code = facet_fail(FACET_EFORMAT, "%s: Conventions are \"%.64s\", expected \"%s\"", path,
                          conventions, CONVENTIONS);
    free(conventions);
    return code;
}

static int read_root(hid_t file, struct facet_model *model, const char *path)
{
    int64_t seed = 0;
    int code = check_conventions(file, path);
    if (code == FACET_OK) code = read_name(file, "name", path, model->name, sizeof model->name);
    if (code == FACET_OK) code = facet_h5_read_int(file, "seed", path, &seed);
    if (code == FACET_OK) code = facet_h5_read_text(file, "history", path, &model->history);
    if (code == FACET_OK) code = facet_h5_read_text(file, "source", path, &model->source);
    if (code == FACET_OK && H5Aexists(file, "training") > 0)
        code = facet_h5_read_text(file, "training", path, &model->training);
    if (code == FACET_OK) code = facet_preprocess_read(&model->preprocess, file, path);
    model->seed = (uint64_t)seed;
    return code;
}

static int read_file(struct facet_model **model, const char *path)
{
    hid_t file = H5I_INVALID_HID;
    int code = facet_h5_open(path, H5F_ACC_RDONLY, &file);
    if (code < 0) return code;
    struct facet_model *m = facet_alloc(1, sizeof *m, "model");
    if (m == NULL) code = FACET_ENOMEM;
    if (code == FACET_OK && (m->path = facet_strdup(path)) == NULL) code = FACET_ENOMEM;
    if (code == FACET_OK) code = read_root(file, m, path);
    if (code == FACET_OK) code = read_layers(file, m, path);
    H5Fclose(file);
    if (code == FACET_OK) code = facet_hash_file(path, m->sha256);
    if (code < 0)
        facet_model_free(&m);
    else
        *model = m;
    return code;
}

int facet_model_read(struct facet_model **model, const char *name)
{
    char *shipped = NULL;
    int found = access(name, F_OK) == 0 ? 0 : facet_shipped_find(name, &shipped);
    int code = found < 0 ? found : read_file(model, found > 0 ? shipped : name);
    free(shipped);
    return code;
}
