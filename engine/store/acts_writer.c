/* The writing half of store/activations.h. The file gets its final structure and all its space at
 * creation (early allocation), so that later only raw chunks and the watermark are written in
 * place: a kill at any moment leaves a file that opens. */
#include "base/file.h"
#include "store/activations.h"
#include "store/h5.h"
#include "store/half.h"

#include <errno.h>
#include <fcntl.h>
#include <hdf5_hl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    CHUNK_BYTES = 512 << 10, /* a chunk: tall, so that one neuron is cheap to read */
    CHUNK_ROWS = 4096,       /* its height, where the layer isn't too wide for ROW_BYTES */
    ROW_BYTES = 32 << 20,    /* chunks side by side that are kept in memory while they fill */
    MAX_RANK = 5,            /* image, view, channel, y, x */
};

struct facet_acts_writer {
    char *path, *partial;
    hid_t file;
    hid_t *datasets; /* one a layer */
    struct facet_acts_layer *layers;
    size_t layer_count, views, images, done;
    int half;
    hid_t missing;
    float *row;     /* one row of the widest layer */
    hid_t transfer; /* writes into a torn chunk that is filled again must not check its old sum */
};

/* ---- shapes ---- */

/* Dimensions of a layer's dataset and of its chunks; returns the rank. */
static int shape_of(const struct facet_acts_layer *layer, size_t images, size_t views, int half,
                    hsize_t dims[MAX_RANK], hsize_t chunk[MAX_RANK])
{
    const size_t size = half ? 2 : 4, width = views * layer->neurons;
    size_t rows = CHUNK_ROWS;
    while (rows > 1 && rows * width * size > ROW_BYTES) rows /= 2;
    if (rows > images) rows = images > 0 ? images : 1;
    size_t columns = CHUNK_BYTES / (rows * size);
    int rank = 0;
    dims[rank] = images;
    chunk[rank++] = rows;
    if (views > 1) {
        dims[rank] = views;
        chunk[rank++] = 1;
    }
    size_t inner = layer->neurons / layer->dims[0]; /* 1, or y * x: maps are kept whole */
    size_t first = columns / inner;
    if (first < 1) first = 1;
    for (int i = 0; i < layer->rank; i++) {
        dims[rank] = layer->dims[i];
        chunk[rank++] = i > 0 || first > layer->dims[0] ? layer->dims[i] : first;
    }
    return rank;
}

/* Bytes of the chunks side by side that hold one block of rows. */
static double row_bytes(const struct facet_acts_layer *layer, size_t images, size_t views, int half)
{
    hsize_t dims[MAX_RANK], chunk[MAX_RANK];
    int rank = shape_of(layer, images, views, half, dims, chunk);
    double bytes = (half ? 2.0 : 4.0) * (double)chunk[0];
    for (int i = 1; i < rank; i++)
        bytes *= (double)((dims[i] + chunk[i] - 1) / chunk[i] * chunk[i]);
    return bytes;
}

double facet_acts_size(const struct facet_acts_spec *spec)
{
    const size_t images = spec->manifest->count;
    double bytes = 1 << 16;
    for (size_t i = 0; i < spec->layer_count; i++) {
        hsize_t dims[MAX_RANK], chunk[MAX_RANK];
        shape_of(&spec->layers[i], images, spec->view_count, spec->half, dims, chunk);
        bytes += row_bytes(&spec->layers[i], images, spec->view_count, spec->half) *
                 ceil((double)images / (double)chunk[0]);
    }
    for (size_t i = 0; i < images; i++)
        bytes += 2.0 * (double)strlen(spec->manifest->images[i]) + 48;
    return bytes + 8.0 * (double)images * (double)spec->manifest->attribute_count;
}

double facet_acts_memory(const struct facet_acts_spec *spec)
{
    double bytes = 4 << 20;
    for (size_t i = 0; i < spec->layer_count; i++)
        bytes += row_bytes(&spec->layers[i], spec->manifest->count, spec->view_count, spec->half);
    return bytes;
}

/* Shape of `rows` images of a layer, as they lie in memory and in the dataset; returns the rank. */
static int block_shape(const struct facet_acts_writer *w, size_t layer, size_t rows,
                       hsize_t count[MAX_RANK])
{
    int rank = 0;
    count[rank++] = rows;
    if (w->views > 1) count[rank++] = w->views;
    for (int i = 0; i < w->layers[layer].rank; i++) count[rank++] = w->layers[layer].dims[i];
    return rank;
}

/* ---- creating ---- */

static int fail_write(const struct facet_acts_writer *w, const char *what)
{
    return facet_h5_fail(FACET_EIO, w->partial, what, "cannot write");
}

/* A scale along one axis: `values` of `type`, or 0, 1, 2, .. where NULL. */
static int write_scale(struct facet_acts_writer *w, const char *name, hsize_t n, hid_t type,
                       const void *values, int unlimited)
{
    hsize_t limit = unlimited ? H5S_UNLIMITED : n, chunk = n < 4096 ? n : 4096;
    hid_t space = H5Screate_simple(1, &n, &limit), plist = H5Pcreate(H5P_DATASET_CREATE);
    int *numbers = NULL;
    if (unlimited) H5Pset_chunk(plist, 1, &chunk);
    hid_t set = H5Dcreate2(w->file, name, type, space, H5P_DEFAULT, plist, H5P_DEFAULT);
    int bad = set < 0;
    if (values == NULL) {
        numbers = facet_alloc(n, sizeof *numbers, name);
        for (hsize_t i = 0; numbers != NULL && i < n; i++) numbers[i] = (int)i;
        values = numbers;
    }
    bad |= values == NULL || H5Dwrite(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) < 0 ||
           H5DSset_scale(set, name) < 0;
    free(numbers);
    if (set >= 0) H5Dclose(set);
    H5Pclose(plist);
    H5Sclose(space);
    return bad ? fail_write(w, name) : FACET_OK;
}

static int attach_scale(struct facet_acts_writer *w, hid_t set, unsigned axis, const char *name)
{
    hid_t scale = H5Dopen2(w->file, name, H5P_DEFAULT);
    int bad = scale < 0 || H5DSattach_scale(set, scale, axis) < 0;
    if (scale >= 0) H5Dclose(scale);
    return bad ? fail_write(w, name) : FACET_OK;
}

/* A variable along `image`. Returns the open dataset through *out, or closes it where NULL. */
static int write_variable(struct facet_acts_writer *w, const char *name, hid_t type,
                          const void *values, hid_t *out)
{
    hsize_t n = w->images, limit = H5S_UNLIMITED, chunk = n < 4096 ? n : 4096;
    hid_t space = H5Screate_simple(1, &n, &limit), plist = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_chunk(plist, 1, &chunk);
    H5Pset_alloc_time(plist, H5D_ALLOC_TIME_EARLY);
    hid_t set = H5Dcreate2(w->file, name, type, space, H5P_DEFAULT, plist, H5P_DEFAULT);
    int bad = set < 0 ||
              (values != NULL && H5Dwrite(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) < 0);
    H5Pclose(plist);
    H5Sclose(space);
    int code = bad ? fail_write(w, name) : attach_scale(w, set, 0, "image");
    if (set >= 0 && (code < 0 || out == NULL))
        H5Dclose(set);
    else if (out != NULL)
        *out = set;
    return code;
}

static int write_labels(struct facet_acts_writer *w, const struct facet_manifest *m)
{
    hid_t text = facet_h5_text_type();
    int code = write_scale(w, "image", m->count, text, m->images, 1);
    if (code == FACET_OK && m->identities != NULL) {
        const char **names = facet_alloc(m->count, sizeof *names, "identities");
        if (names == NULL) code = FACET_ENOMEM;
        for (size_t i = 0; names != NULL && i < m->count; i++)
            names[i] = m->identities[i] != NULL ? m->identities[i] : "NA";
        if (code == FACET_OK) code = write_variable(w, "identity", text, names, NULL);
        free(names);
    }
    H5Tclose(text);
    for (size_t i = 0; code == FACET_OK && i < m->attribute_count; i++)
        code = write_variable(w, m->attribute_names[i], H5T_NATIVE_DOUBLE,
                              m->attributes + i * m->count, NULL);
    if (code == FACET_OK) code = write_variable(w, "missing", H5T_NATIVE_UCHAR, NULL, &w->missing);
    const unsigned char values[] = {0, 1};
    if (code == FACET_OK)
        code = facet_h5_write_text(w->missing, "flag_meanings", "present missing", w->partial);
    if (code == FACET_OK &&
        H5LTset_attribute_uchar(w->file, "missing", "flag_values", values, 2) < 0)
        code = fail_write(w, "missing");
    return code;
}

/* Names of a layer's axes after the image and the view. */
static const char *axis_name(const struct facet_acts_layer *layer, int axis)
{
    static const char *const maps[] = {"channel", "y", "x"};
    return layer->rank == 1 ? "neuron" : maps[axis];
}

static int attach_axes(struct facet_acts_writer *w, const struct facet_acts_layer *layer, hid_t set)
{
    unsigned axis = 0;
    int code = attach_scale(w, set, axis++, "image");
    if (code == FACET_OK && w->views > 1) code = attach_scale(w, set, axis++, "view");
    for (int i = 0; code == FACET_OK && i < layer->rank; i++) {
        char *name = facet_format("%s_%s", layer->name, axis_name(layer, i));
        if (name == NULL) return FACET_ENOMEM;
        code = write_scale(w, name, layer->dims[i], H5T_NATIVE_INT, NULL, 0);
        if (code == FACET_OK) code = attach_scale(w, set, axis++, name);
        free(name);
    }
    return code;
}

/* Room for one row of chunks in memory, so that they are written when full. Chunks at the layer's
 * edge never are: the oldest of them must go when there is nothing else (a preference of 1 for full
 * ones would keep them until the file is closed). */
static hid_t access_list(const struct facet_acts_spec *spec, const struct facet_acts_layer *layer)
{
    hid_t access = H5Pcreate(H5P_DATASET_ACCESS);
    double bytes = row_bytes(layer, spec->manifest->count, spec->view_count, spec->half);
    H5Pset_chunk_cache(access, 10007, (size_t)bytes + (1 << 20), 0.75);
    return access;
}

static int create_layer(struct facet_acts_writer *w, const struct facet_acts_spec *spec, size_t i)
{
    const struct facet_acts_layer *layer = &spec->layers[i];
    hsize_t dims[MAX_RANK], limits[MAX_RANK], chunk[MAX_RANK];
    int rank = shape_of(layer, w->images, w->views, spec->half, dims, chunk);
    memcpy(limits, dims, sizeof limits);
    limits[0] = H5S_UNLIMITED;
    const float nothing = NAN;
    hid_t space = H5Screate_simple(rank, dims, limits), plist = H5Pcreate(H5P_DATASET_CREATE);
    hid_t type = spec->half ? facet_h5_half_type() : H5Tcopy(H5T_IEEE_F32LE);
    hid_t access = access_list(spec, layer);
    H5Pset_chunk(plist, rank, chunk);
    H5Pset_fill_value(plist, H5T_NATIVE_FLOAT, &nothing);
    H5Pset_alloc_time(plist, H5D_ALLOC_TIME_EARLY);
    H5Pset_fletcher32(plist);
    w->datasets[i] = H5Dcreate2(w->file, layer->name, type, space, H5P_DEFAULT, plist, access);
    H5Pclose(access);
    H5Pclose(plist);
    H5Sclose(space);
    H5Tclose(type);
    if (w->datasets[i] < 0)
        return facet_h5_fail(FACET_EIO, w->partial, layer->name, "cannot create");
    int code = attach_axes(w, layer, w->datasets[i]);
    if (code == FACET_OK)
        code = facet_h5_write_int(w->datasets[i], "order", (int64_t)i, w->partial);
    return code;
}

/* The labels that belong to every layer, named for tools that look there (CF conventions). */
static int write_coordinates(struct facet_acts_writer *w, const struct facet_manifest *m)
{
    char *names = facet_strdup(m->identities != NULL ? "identity missing" : "missing");
    for (size_t i = 0; names != NULL && i < m->attribute_count; i++) {
        char *longer = facet_format("%s %s", names, m->attribute_names[i]);
        free(names);
        names = longer;
    }
    if (names == NULL) return FACET_ENOMEM;
    int code = FACET_OK;
    for (size_t i = 0; code == FACET_OK && i < w->layer_count; i++)
        code = facet_h5_write_text(w->datasets[i], "coordinates", names, w->partial);
    free(names);
    return code;
}

static int check_names(const struct facet_acts_spec *spec)
{
    static const char *const ours[] = {"image", "view", "identity", "missing"};
    const struct facet_manifest *m = spec->manifest;
    for (size_t a = 0; a < m->attribute_count; a++) {
        int taken = 0;
        for (size_t i = 0; i < sizeof ours / sizeof *ours; i++)
            taken |= strcmp(m->attribute_names[a], ours[i]) == 0;
        for (size_t i = 0; i < spec->layer_count; i++) {
            size_t n = strlen(spec->layers[i].name);
            const char *rest = m->attribute_names[a] + n;
            taken |= strncmp(m->attribute_names[a], spec->layers[i].name, n) == 0 &&
                     (*rest == '\0' || *rest == '_');
        }
        if (taken)
            return facet_fail(FACET_EINVAL,
                              "%s: an attribute can't be named %s: the activation file uses that "
                              "name",
                              m->path, m->attribute_names[a]);
    }
    return FACET_OK;
}

struct property {
    const char *name, *value;
};

/* What must be the same for a run to be continued. */
enum { IDENTITY_PROPERTIES = 5 };

static int identity_properties(const struct facet_acts_spec *spec, char manifest[FACET_HASH_SIZE],
                               char preprocess[FACET_HASH_SIZE],
                               struct property list[IDENTITY_PROPERTIES])
{
    int code = facet_manifest_hash(spec->manifest, manifest);
    if (code == FACET_OK) code = facet_preprocess_hash(spec->preprocess, preprocess);
    list[0] = (struct property){"model_sha256", spec->model_sha256};
    list[1] = (struct property){"manifest_sha256", manifest};
    list[2] = (struct property){"preprocessing_sha256", preprocess};
    list[3] = (struct property){"kernels", spec->kernels};
    list[4] = (struct property){"occlusion", spec->occlusion != NULL ? spec->occlusion : "none"};
    return code;
}

static int write_properties(struct facet_acts_writer *w, const struct facet_acts_spec *spec)
{
    char manifest[FACET_HASH_SIZE], preprocess[FACET_HASH_SIZE];
    struct property same[IDENTITY_PROPERTIES];
    int code = identity_properties(spec, manifest, preprocess, same);
    const struct property rest[] = {
        {"Conventions", "facet-activations-1"},
        {"title", "activations of a face network"},
        {"source", facet_provenance_source()},
        {"references", FACET_REFERENCE},
        {"history", facet_provenance_history(spec->run)},
        {"model_name", spec->model_name},
    };
    for (size_t i = 0; code == FACET_OK && i < sizeof rest / sizeof *rest; i++)
        code = facet_h5_write_text(w->file, rest[i].name, rest[i].value, w->partial);
    for (size_t i = 0; code == FACET_OK && i < IDENTITY_PROPERTIES; i++)
        code = facet_h5_write_text(w->file, same[i].name, same[i].value, w->partial);
    if (code == FACET_OK && spec->model_definition != NULL)
        code = facet_h5_write_text(w->file, "model_definition", spec->model_definition, w->partial);
    if (code == FACET_OK) code = facet_preprocess_write(spec->preprocess, w->file, w->partial);
    if (code == FACET_OK)
        code = facet_h5_write_int(w->file, "seed", (int64_t)spec->seed, w->partial);
    if (code == FACET_OK) code = facet_h5_write_int(w->file, "rows_done", 0, w->partial);
    return code;
}

static int create_file(struct facet_acts_writer *w, const struct facet_acts_spec *spec)
{
    w->file = H5Fcreate(w->partial, H5F_ACC_EXCL, H5P_DEFAULT, H5P_DEFAULT);
    if (w->file < 0) return facet_h5_fail(FACET_EIO, w->partial, NULL, "cannot create");
    hid_t text = facet_h5_text_type();
    int code = write_properties(w, spec);
    if (code == FACET_OK) code = write_labels(w, spec->manifest);
    if (code == FACET_OK && w->views > 1)
        code = write_scale(w, "view", w->views, text, spec->views, 0);
    H5Tclose(text);
    for (size_t i = 0; code == FACET_OK && i < w->layer_count; i++) code = create_layer(w, spec, i);
    if (code == FACET_OK) code = write_coordinates(w, spec->manifest);
    return code == FACET_OK ? facet_acts_flush(w) : code;
}

/* ---- resuming ---- */

static int compare_properties(struct facet_acts_writer *w, const struct facet_acts_spec *spec)
{
    char manifest[FACET_HASH_SIZE], preprocess[FACET_HASH_SIZE];
    struct property same[IDENTITY_PROPERTIES];
    int code = identity_properties(spec, manifest, preprocess, same);
    for (size_t i = 0; code == FACET_OK && i < IDENTITY_PROPERTIES; i++) {
        char *found = NULL;
        code = facet_h5_read_text(w->file, same[i].name, w->partial, &found);
        if (code == FACET_OK && strcmp(found, same[i].value) != 0)
            code = facet_fail(FACET_EINVAL,
                              "%s: is of another run: its %s is %s, but now it is %s (remove the "
                              "file to start anew)",
                              w->partial, same[i].name, found, same[i].value);
        free(found);
    }
    return code;
}

static int compare_layer(struct facet_acts_writer *w, const struct facet_acts_spec *spec, size_t i)
{
    const struct facet_acts_layer *layer = &spec->layers[i];
    hid_t access = access_list(spec, layer);
    w->datasets[i] = H5Lexists(w->file, layer->name, H5P_DEFAULT) > 0
                         ? H5Dopen2(w->file, layer->name, access)
                         : -1;
    H5Pclose(access);
    if (w->datasets[i] < 0)
        return facet_fail(FACET_EINVAL, "%s: is of another run: it has no layer %s", w->partial,
                          layer->name);
    hsize_t want[MAX_RANK], chunk[MAX_RANK], found[H5S_MAX_RANK];
    int rank = shape_of(layer, w->images, w->views, spec->half, want, chunk);
    hid_t space = H5Dget_space(w->datasets[i]), type = H5Dget_type(w->datasets[i]);
    int same = H5Sget_simple_extent_ndims(space) == rank &&
               H5Sget_simple_extent_dims(space, found, NULL) == rank &&
               memcmp(want, found, (size_t)rank * sizeof *want) == 0 &&
               H5Tget_size(type) == (spec->half ? 2u : 4u);
    H5Sclose(space);
    H5Tclose(type);
    return same ? FACET_OK
                : facet_fail(FACET_EINVAL,
                             "%s: is of another run: layer %s has another shape, type or number of "
                             "views",
                             w->partial, layer->name);
}

/* Nonzero if rows [first, end) of a layer can be read: their chunks' checksums hold. */
static int rows_readable(struct facet_acts_writer *w, size_t layer, size_t first, size_t end)
{
    hsize_t start[MAX_RANK] = {first}, count[MAX_RANK];
    int rank = block_shape(w, layer, 1, count), ok = 1;
    hid_t space = H5Dget_space(w->datasets[layer]), memory = H5Screate_simple(rank, count, NULL);
    for (; ok && start[0] < end; start[0]++) {
        H5Sselect_hyperslab(space, H5S_SELECT_SET, start, NULL, count, NULL);
        ok = H5Dread(w->datasets[layer], H5T_NATIVE_FLOAT, memory, space, H5P_DEFAULT, w->row) >= 0;
    }
    H5Sclose(memory);
    H5Sclose(space);
    return ok;
}

/* Finished rows: the watermark, or the start of a chunk below it that a crash of the machine tore.
 */
static int find_watermark(struct facet_acts_writer *w, const struct facet_acts_spec *spec)
{
    int64_t done;
    int code = facet_h5_read_int(w->file, "rows_done", w->partial, &done);
    if (code < 0) return code;
    if (done < 0 || (uint64_t)done > w->images)
        return facet_fail(FACET_EFORMAT, "%s: rows_done is %lld of %zu images", w->partial,
                          (long long)done, w->images);
    w->done = (size_t)done;
    for (size_t i = 0; i < w->layer_count; i++) {
        hsize_t dims[MAX_RANK], chunk[MAX_RANK];
        shape_of(&w->layers[i], w->images, w->views, spec->half, dims, chunk);
        size_t first = (size_t)done / (size_t)chunk[0] * (size_t)chunk[0];
        if (first < w->done && !rows_readable(w, i, first, (size_t)done)) w->done = first;
    }
    return FACET_OK;
}

static int resume_file(struct facet_acts_writer *w, const struct facet_acts_spec *spec)
{
    w->file = H5Fopen(w->partial, H5F_ACC_RDWR, H5P_DEFAULT);
    if (w->file < 0)
        return facet_h5_fail(FACET_EFORMAT, w->partial, NULL,
                             "cannot be resumed: not an HDF5 file, damaged, or in use by another "
                             "program");
    w->missing = H5Dopen2(w->file, "missing", H5P_DEFAULT);
    if (w->missing < 0)
        return facet_h5_fail(FACET_EFORMAT, w->partial, "missing", "cannot be resumed: not there");
    int code = compare_properties(w, spec);
    for (size_t i = 0; code == FACET_OK && i < w->layer_count; i++)
        code = compare_layer(w, spec, i);
    return code == FACET_OK ? find_watermark(w, spec) : code;
}

/* ---- the room's functions ---- */

static void free_writer(struct facet_acts_writer **writer)
{
    struct facet_acts_writer *w = *writer;
    for (size_t i = 0; w->datasets != NULL && i < w->layer_count; i++)
        if (w->datasets[i] >= 0) H5Dclose(w->datasets[i]);
    if (w->missing >= 0) H5Dclose(w->missing);
    if (w->file >= 0) H5Fclose(w->file);
    H5Pclose(w->transfer);
    free(w->path);
    free(w->partial);
    free(w->datasets);
    free(w->layers);
    free(w->row);
    free(w);
    *writer = NULL;
}

static int new_writer(struct facet_acts_writer **writer, const char *path,
                      const struct facet_acts_spec *spec)
{
    struct facet_acts_writer *w = facet_alloc(1, sizeof *w, "activation file");
    if (w == NULL) return FACET_ENOMEM;
    w->file = w->missing = -1;
    w->transfer = H5Pcreate(H5P_DATASET_XFER);
    H5Pset_edc_check(w->transfer, H5Z_DISABLE_EDC);
    w->path = facet_strdup(path);
    w->partial = facet_format("%s.partial", path);
    w->images = spec->manifest->count;
    w->views = spec->view_count;
    w->half = spec->half;
    w->layer_count = spec->layer_count;
    w->datasets = facet_alloc(w->layer_count, sizeof *w->datasets, "activation file");
    w->layers = facet_alloc(w->layer_count, sizeof *w->layers, "activation file");
    size_t widest = 1;
    for (size_t i = 0; w->layers != NULL && w->datasets != NULL && i < w->layer_count; i++) {
        w->datasets[i] = -1;
        w->layers[i] = spec->layers[i];
        if (w->views * w->layers[i].neurons > widest) widest = w->views * w->layers[i].neurons;
    }
    w->row = facet_alloc(widest, sizeof *w->row, "activation file");
    if (w->path == NULL || w->partial == NULL || w->datasets == NULL || w->layers == NULL ||
        w->row == NULL) {
        free_writer(&w);
        return FACET_ENOMEM;
    }
    *writer = w;
    return FACET_OK;
}

int facet_acts_create(struct facet_acts_writer **writer, const char *path,
                      const struct facet_acts_spec *spec, int resume, size_t *done)
{
    struct facet_acts_writer *w = NULL;
    int code = check_names(spec);
    if (code == FACET_OK) code = new_writer(&w, path, spec);
    if (code < 0) return code;
    facet_h5_quiet();
    int exists = access(w->partial, F_OK) == 0;
    if (exists && !resume)
        code = facet_fail(FACET_EINVAL,
                          "%s: exists, from a run that was cut off: continue it with --resume or "
                          "remove it",
                          w->partial);
    else
        code = exists ? resume_file(w, spec) : create_file(w, spec);
    if (code < 0) {
        char *partial = !exists ? facet_strdup(w->partial) : NULL;
        free_writer(&w);
        if (partial != NULL) unlink(partial);
        free(partial);
        return code;
    }
    *done = w->done;
    *writer = w;
    return FACET_OK;
}

int facet_acts_same(const char *path, const struct facet_acts_spec *spec)
{
    struct facet_acts_writer *w = NULL;
    int code = new_writer(&w, path, spec);
    if (code < 0) return code;
    free(w->partial); /* the finished file stands where the partial one would */
    w->partial = facet_strdup(path);
    facet_h5_quiet();
    if (w->partial == NULL) code = FACET_ENOMEM;
    if (code == FACET_OK) code = facet_h5_open(path, H5F_ACC_RDONLY, &w->file);
    if (code == FACET_OK) code = compare_properties(w, spec);
    for (size_t i = 0; code == FACET_OK && i < w->layer_count; i++)
        code = compare_layer(w, spec, i);
    free_writer(&w);
    return code;
}

/* Values as float16, to be freed; NULL where memory is short or a value is too large. */
static uint16_t *to_half(const struct facet_acts_writer *w, size_t layer, const float *values,
                         size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (fabsf(values[i]) > FACET_HALF_MAX) {
            facet_fail(FACET_EFORMAT, "%s: layer %s: %g is too large for float16", w->partial,
                       w->layers[layer].name, (double)values[i]);
            return NULL;
        }
    uint16_t *halves = facet_alloc(count, sizeof *halves, "float16 values");
    if (halves != NULL) facet_half_from_float(values, count, halves);
    return halves;
}

static int write_block(struct facet_acts_writer *w, size_t layer, size_t row, size_t rows,
                       const float *values)
{
    hsize_t start[MAX_RANK] = {row}, count[MAX_RANK];
    int rank = block_shape(w, layer, rows, count);
    uint16_t *halves = NULL;
    if (w->half) {
        halves = to_half(w, layer, values, rows * w->views * w->layers[layer].neurons);
        if (halves == NULL) return FACET_EFORMAT;
    }
    hid_t type = w->half ? facet_h5_half_type() : H5Tcopy(H5T_NATIVE_FLOAT);
    hid_t space = H5Dget_space(w->datasets[layer]), memory = H5Screate_simple(rank, count, NULL);
    int bad = H5Sselect_hyperslab(space, H5S_SELECT_SET, start, NULL, count, NULL) < 0 ||
              H5Dwrite(w->datasets[layer], type, memory, space, w->transfer,
                       w->half ? (const void *)halves : values) < 0;
    H5Sclose(memory);
    H5Sclose(space);
    H5Tclose(type);
    free(halves);
    return bad ? fail_write(w, w->layers[layer].name) : FACET_OK;
}

static int write_missing(struct facet_acts_writer *w, size_t rows, const uint8_t *missing)
{
    int code = FACET_OK;
    hsize_t start = w->done, count = rows;
    hid_t space = H5Dget_space(w->missing), memory = H5Screate_simple(1, &count, NULL);
    if (H5Sselect_hyperslab(space, H5S_SELECT_SET, &start, NULL, &count, NULL) < 0 ||
        H5Dwrite(w->missing, H5T_NATIVE_UCHAR, memory, space, H5P_DEFAULT, missing) < 0)
        code = fail_write(w, "missing");
    H5Sclose(memory);
    H5Sclose(space);
    for (size_t r = 0; r < rows; r++) {
        for (size_t i = 0; missing[r] && code == FACET_OK && i < w->layer_count; i++) {
            size_t n = w->views * w->layers[i].neurons;
            for (size_t k = 0; k < n; k++) w->row[k] = NAN;
            code = write_block(w, i, w->done + r, 1, w->row);
        }
    }
    return code;
}

int facet_acts_write(struct facet_acts_writer *writer, size_t rows, const float *const *layers,
                     const uint8_t *missing)
{
    struct facet_acts_writer *w = writer;
    if (rows > w->images - w->done)
        return facet_fail(FACET_EINVAL, "%s: %zu rows at row %zu, but there are %zu images",
                          w->partial, rows, w->done, w->images);
    int code = FACET_OK;
    for (size_t i = 0; code == FACET_OK && i < w->layer_count; i++)
        code = write_block(w, i, w->done, rows, layers[i]);
    if (code == FACET_OK && missing != NULL) code = write_missing(w, rows, missing);
    if (code == FACET_OK) w->done += rows;
    return code;
}

/* Values reach the disk before the watermark that speaks of them. */
int facet_acts_flush(struct facet_acts_writer *writer)
{
    struct facet_acts_writer *w = writer;
    int *fd = NULL;
    if (H5Fflush(w->file, H5F_SCOPE_LOCAL) < 0) return fail_write(w, NULL);
    if (H5Fget_vfd_handle(w->file, H5P_DEFAULT, (void **)&fd) >= 0 && fdatasync(*fd) != 0)
        return facet_fail(FACET_EIO, "%s: cannot write: %s", w->partial, strerror(errno));
    int code = facet_h5_write_int(w->file, "rows_done", (int64_t)w->done, w->partial);
    if (code == FACET_OK && H5Fflush(w->file, H5F_SCOPE_LOCAL) < 0) code = fail_write(w, NULL);
    return code;
}

int facet_acts_commit(struct facet_acts_writer **writer)
{
    struct facet_acts_writer *w = *writer;
    int code = w->done == w->images ? facet_acts_flush(w)
                                    : facet_fail(FACET_EINVAL, "%s: %zu of %zu images are written",
                                                 w->partial, w->done, w->images);
    if (code == FACET_OK && H5Adelete(w->file, "rows_done") < 0) code = fail_write(w, "rows_done");
    for (size_t i = 0; i < w->layer_count; i++) {
        if (H5Dclose(w->datasets[i]) < 0 && code == FACET_OK)
            code = fail_write(w, w->layers[i].name);
        w->datasets[i] = -1;
    }
    if (H5Dclose(w->missing) < 0 && code == FACET_OK) code = fail_write(w, "missing");
    w->missing = -1;
    if (H5Fclose(w->file) < 0 && code == FACET_OK) code = fail_write(w, NULL);
    w->file = -1;
    if (code == FACET_OK) code = facet_file_rename(w->partial, w->path);
    free_writer(writer);
    return code;
}

void facet_acts_close(struct facet_acts_writer **writer)
{
    if (*writer == NULL) return;
    facet_acts_flush(*writer); /* on failure the older watermark stands */
    free_writer(writer);
}
