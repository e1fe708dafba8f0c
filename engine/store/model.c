#include "store/model.h"

#include "base/file.h"
#include "store/h5.h"
#include "store/half.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CONVENTIONS "facet-model-1"
#define CHUNK_BYTES (1u << 20)

size_t facet_tensor_count(const struct facet_tensor *tensor)
{
    size_t count = tensor->rank > 0;
    for (int i = 0; i < tensor->rank; i++) count *= tensor->dims[i];
    return count;
}

int64_t facet_model_attribute(const struct facet_model_layer *layer, const char *name,
                              int64_t fallback)
{
    for (int i = 0; i < layer->attribute_count; i++)
        if (strcmp(layer->attributes[i].name, name) == 0) return layer->attributes[i].value;
    return fallback;
}

void facet_model_free(struct facet_model **model)
{
    struct facet_model *m = *model;
    if (m == NULL) return;
    for (size_t i = 0; m->layers != NULL && i < m->layer_count; i++) {
        free(m->layers[i].weight.values);
        free(m->layers[i].bias.values);
    }
    free(m->layers);
    free(m->training);
    free(m->path);
    free(m->history);
    free(m->source);
    free(m);
    *model = NULL;
}

/* Index of the first value that isn't finite or exceeds `limit` in size; `count` if there is none.
 */
static size_t find_bad(const float *values, size_t count, float limit)
{
    size_t i = 0;
    while (i < count && fabsf(values[i]) <= limit) i++;
    return i;
}

/* facet_h5_fail() for a dataset: where is "file: layer". */
static int fail(int code, const char *where, const char *name, const char *text)
{
    char dataset[1024];
    snprintf(dataset, sizeof dataset, "%s/%s", where, name);
    return facet_h5_fail(code, dataset, NULL, text);
}

/* ---- writing ---- */

/* Chunks of about CHUNK_BYTES, cut along the first dimensions. */
static hid_t chunked(const struct facet_tensor *tensor, size_t value_bytes)
{
    hsize_t chunk[FACET_MODEL_MAX_RANK];
    size_t bytes = value_bytes;
    for (int i = 0; i < tensor->rank; i++) bytes *= (size_t)(chunk[i] = tensor->dims[i]);
    for (int i = 0; i < tensor->rank; i++)
        while (bytes > CHUNK_BYTES && chunk[i] > 1) {
            bytes /= (size_t)chunk[i];
            chunk[i] = (chunk[i] + 1) / 2;
            bytes *= (size_t)chunk[i];
        }
    hid_t list = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_chunk(list, tensor->rank, chunk);
    H5Pset_fletcher32(list);
    H5Pset_obj_track_times(list, 0);
    return list;
}

/* Fails if a value isn't finite or doesn't fit. */
static int check_values(const struct facet_tensor *tensor, const char *name, int half,
                        const char *where)
{
    size_t count = facet_tensor_count(tensor);
    size_t bad = find_bad(tensor->values, count, half ? FACET_HALF_MAX : FLT_MAX);
    if (bad == count) return FACET_OK;
    return facet_fail(FACET_EFORMAT, "%s/%s: value %zu is %g, which %s", where, name, bad,
                      (double)tensor->values[bad],
                      isfinite(tensor->values[bad]) ? "float16 cannot hold" : "is not finite");
}

static int write_dataset(hid_t group, const struct facet_tensor *tensor, const char *name,
                         hid_t type, const void *values, const char *where)
{
    hsize_t dims[FACET_MODEL_MAX_RANK];
    for (int i = 0; i < tensor->rank; i++) dims[i] = tensor->dims[i];
    hid_t space = H5Screate_simple(tensor->rank, dims, NULL);
    hid_t list = chunked(tensor, H5Tget_size(type));
    hid_t set = H5Dcreate2(group, name, type, space, H5P_DEFAULT, list, H5P_DEFAULT);
    int bad = set < 0 || H5Dwrite(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) < 0;
    if (set >= 0 && H5Dclose(set) < 0) bad = 1;
    H5Pclose(list);
    H5Sclose(space);
    return bad ? fail(FACET_EIO, where, name, "cannot write") : FACET_OK;
}

static int write_tensor(hid_t group, const struct facet_tensor *tensor, const char *name, int half,
                        const char *where)
{
    int code = check_values(tensor, name, half, where);
    if (code < 0) return code;
    if (!half) return write_dataset(group, tensor, name, H5T_NATIVE_FLOAT, tensor->values, where);
    size_t count = facet_tensor_count(tensor);
    uint16_t *halves = facet_alloc(count, sizeof *halves, name);
    if (halves == NULL) return FACET_ENOMEM;
    facet_half_from_float(tensor->values, count, halves);
    hid_t type = facet_h5_half_type();
    code = write_dataset(group, tensor, name, type, halves, where);
    H5Tclose(type);
    free(halves);
    return code;
}

static int write_layer(hid_t group, const struct facet_model_layer *layer, size_t order, int half,
                       const char *where)
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
        code = write_tensor(group, &layer->weight, "weight", half, where);
    if (code == FACET_OK && layer->bias.rank > 0)
        code = write_tensor(group, &layer->bias, "bias", half, where);
    return code;
}

static int write_layers(hid_t file, const struct facet_model *model, const char *path, int half)
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
            code = write_layer(group, layer, i, half, where);
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

int facet_model_write(const struct facet_model *model, const char *path, int half,
                      const struct facet_provenance *run)
{
    char *partial = facet_format("%s.partial", path);
    if (partial == NULL) return FACET_ENOMEM;
    facet_h5_quiet();
    hid_t file = create(partial);
    int code = file < 0 ? facet_h5_fail(FACET_EIO, partial, NULL, "cannot create") : FACET_OK;
    if (code == FACET_OK) code = write_root(file, model, path, run);
    if (code == FACET_OK) code = write_layers(file, model, path, half);
    if (file >= 0 && H5Fclose(file) < 0 && code == FACET_OK)
        code = facet_h5_fail(FACET_EIO, path, NULL, "cannot write");
    if (code == FACET_OK) code = facet_file_rename(partial, path);
    if (code < 0 && file >= 0) unlink(partial);
    free(partial);
    return code;
}

/* ---- reading ---- */

/* Whether all chunks of a dataset are there: HDF5 reads one that was never written as zeros. */
static int is_complete(hid_t set, int rank, const hsize_t *dims)
{
    hsize_t chunk[H5S_MAX_RANK], expected = 1, found = 0;
    hid_t list = H5Dget_create_plist(set), space = H5Dget_space(set);
    int chunked = H5Pget_layout(list) == H5D_CHUNKED;
    int bad = chunked && H5Pget_chunk(list, H5S_MAX_RANK, chunk) != rank;
    for (int i = 0; chunked && !bad && i < rank; i++)
        expected *= (dims[i] + chunk[i] - 1) / chunk[i];
    if (chunked && !bad) bad = H5Dget_num_chunks(set, space, &found) < 0 || found != expected;
    if (!chunked) bad = H5Dget_storage_size(set) == 0;
    H5Sclose(space);
    H5Pclose(list);
    return !bad;
}

/* The file's description of a dataset: float16 or float32, of a rank and size that fit, with all
 * of its chunks. */
static int check_tensor(hid_t set, struct facet_tensor *tensor, const char *name, const char *where)
{
    hsize_t dims[H5S_MAX_RANK];
    hid_t type = H5Dget_type(set), space = H5Dget_space(set);
    int is_float = H5Tget_class(type) == H5T_FLOAT && H5Tget_size(type) <= 4;
    int rank = H5Sget_simple_extent_dims(space, dims, NULL);
    H5Sclose(space);
    H5Tclose(type);
    if (!is_float)
        return facet_fail(FACET_EFORMAT, "%s/%s: expected float32 or float16 values", where, name);
    if (rank < 1 || rank > FACET_MODEL_MAX_RANK)
        return facet_fail(FACET_EFORMAT, "%s/%s: %d dimensions, expected 1 to %d", where, name,
                          rank, FACET_MODEL_MAX_RANK);
    size_t count = 1;
    for (int i = 0; i < rank; i++) {
        if (dims[i] < 1 || dims[i] > SIZE_MAX / sizeof(float) / count)
            return facet_fail(FACET_EFORMAT, "%s/%s: dimension %d of %llu", where, name, i,
                              (unsigned long long)dims[i]);
        count *= tensor->dims[i] = (size_t)dims[i];
    }
    tensor->rank = rank;
    if (!is_complete(set, rank, dims))
        return facet_fail(FACET_EFORMAT, "%s/%s: some of its values are missing", where, name);
    return FACET_OK;
}

static int read_tensor(hid_t group, struct facet_tensor *tensor, const char *name,
                       const char *where)
{
    htri_t exists = H5Lexists(group, name, H5P_DEFAULT);
    if (exists < 0) return fail(FACET_EFORMAT, where, name, "cannot be looked up");
    if (exists == 0) return FACET_OK;
    hid_t set = H5Dopen2(group, name, H5P_DEFAULT);
    if (set < 0) return fail(FACET_EFORMAT, where, name, "cannot be opened as a dataset");
    int code = check_tensor(set, tensor, name, where);
    size_t count = facet_tensor_count(tensor), bad = count;
    if (code == FACET_OK) {
        tensor->values = facet_alloc(count, sizeof(float), name);
        code = tensor->values == NULL
                   ? facet_fail(FACET_ENOMEM, "%s/%s: no memory for %zu values", where, name, count)
                   : FACET_OK;
    }
    if (code == FACET_OK &&
        H5Dread(set, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, tensor->values) < 0)
        code = fail(FACET_EFORMAT, where, name, "cannot be read: cut short or damaged");
    H5Dclose(set);
    if (code == FACET_OK) bad = find_bad(tensor->values, count, 3.4028235e38f);
    if (bad < count)
        code = facet_fail(FACET_EFORMAT, "%s/%s: value %zu is %g, expected finite numbers", where,
                          name, bad, (double)tensor->values[bad]);
    return code;
}

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
    if (code == FACET_OK) code = read_tensor(group, &layer->weight, "weight", where);
    if (code == FACET_OK) code = read_tensor(group, &layer->bias, "bias", where);
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

int facet_model_read(struct facet_model **model, const char *path)
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
