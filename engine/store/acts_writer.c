/* The writing half of store/activations.h. The file gets its final structure and all its space at
 * creation (early allocation), so that later only raw chunks and the watermark are written in
 * place: a kill at any moment leaves a file that opens. */
#include "base/file.h"
#include "store/acts_strip.h"
#include "store/h5.h"

#include <errno.h>
#include <fcntl.h>
#include <hdf5_hl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct facet_acts_writer {
    char *path, *partial;
    hid_t file;
    hid_t *datasets; /* one a layer */
    struct facet_acts_layer *layers;
    struct facet_acts_cut *cuts;
    struct facet_acts_strip **strips; /* the chunks that row `done` is in */
    size_t layer_count, views, images, done;
    hid_t missing;
};

/* ---- shapes ---- */

double facet_acts_size(const struct facet_acts_spec *spec)
{
    const size_t images = spec->manifest->count;
    double bytes = 1 << 16;
    for (size_t i = 0; i < spec->layer_count; i++) {
        struct facet_acts_cut cut;
        facet_acts_cut(&cut, &spec->layers[i], images, spec->view_count, spec->half);
        bytes += facet_acts_cut_bytes(&cut) * ceil((double)images / (double)cut.rows);
    }
    for (size_t i = 0; i < images; i++)
        bytes += 2.0 * (double)strlen(spec->manifest->images[i]) + 48;
    return bytes + 8.0 * (double)images * (double)spec->manifest->attribute_count;
}

double facet_acts_memory(const struct facet_acts_spec *spec)
{
    double bytes = 4 << 20;
    for (size_t i = 0; i < spec->layer_count; i++) {
        struct facet_acts_cut cut;
        facet_acts_cut(&cut, &spec->layers[i], spec->manifest->count, spec->view_count, spec->half);
        bytes += facet_acts_cut_bytes(&cut);
    }
    return bytes;
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

/* Access without a cache: chunks are written whole. */
static hid_t access_list(void)
{
    hid_t access = H5Pcreate(H5P_DATASET_ACCESS);
    H5Pset_chunk_cache(access, 0, 0, 1);
    return access;
}

static int create_layer(struct facet_acts_writer *w, const struct facet_acts_spec *spec, size_t i)
{
    const struct facet_acts_layer *layer = &w->layers[i];
    const struct facet_acts_cut *cut = &w->cuts[i];
    hsize_t limits[FACET_ACTS_RANK];
    memcpy(limits, cut->dims, sizeof limits);
    limits[0] = H5S_UNLIMITED;
    const float nothing = NAN;
    hid_t space = H5Screate_simple(cut->rank, cut->dims, limits);
    hid_t plist = H5Pcreate(H5P_DATASET_CREATE), access = access_list();
    hid_t type = spec->half ? facet_h5_half_type() : H5Tcopy(H5T_IEEE_F32LE);
    H5Pset_chunk(plist, cut->rank, cut->chunk);
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

static int new_strips(struct facet_acts_writer *w)
{
    int code = FACET_OK;
    for (size_t i = 0; code == FACET_OK && i < w->layer_count; i++)
        code = facet_acts_strip_new(&w->strips[i], &w->cuts[i], w->datasets[i]);
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
    if (code == FACET_OK) code = new_strips(w);
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

static int compare_layer(struct facet_acts_writer *w, size_t i)
{
    const struct facet_acts_layer *layer = &w->layers[i];
    const struct facet_acts_cut *cut = &w->cuts[i];
    hid_t access = access_list();
    w->datasets[i] = H5Lexists(w->file, layer->name, H5P_DEFAULT) > 0
                         ? H5Dopen2(w->file, layer->name, access)
                         : -1;
    H5Pclose(access);
    if (w->datasets[i] < 0)
        return facet_fail(FACET_EINVAL, "%s: is of another run: it has no layer %s", w->partial,
                          layer->name);
    hsize_t found[H5S_MAX_RANK];
    hid_t space = H5Dget_space(w->datasets[i]), type = H5Dget_type(w->datasets[i]);
    int same = H5Sget_simple_extent_ndims(space) == cut->rank &&
               H5Sget_simple_extent_dims(space, found, NULL) == cut->rank &&
               memcmp(cut->dims, found, (size_t)cut->rank * sizeof *found) == 0 &&
               H5Tget_size(type) == cut->size;
    H5Sclose(space);
    H5Tclose(type);
    return same ? FACET_OK
                : facet_fail(FACET_EINVAL,
                             "%s: is of another run: layer %s has another shape, type or number of "
                             "views",
                             w->partial, layer->name);
}

/* Loads what is there of the chunks that row `done` is in; 0 where it had to go back to the start
 * of one, which a crash of the machine tore. */
static int load_strips(struct facet_acts_writer *w)
{
    for (size_t i = 0; i < w->layer_count; i++) {
        const size_t first = w->done / w->cuts[i].rows * w->cuts[i].rows;
        if (first < w->done && !facet_acts_strip_load(w->strips[i], w->done)) {
            w->done = first;
            return 0;
        }
        if (first == w->done) facet_acts_strip_turn(w->strips[i], first);
    }
    return 1;
}

/* Finished rows: the watermark, unless chunks below it are torn. */
static int find_watermark(struct facet_acts_writer *w)
{
    int64_t done;
    int code = facet_h5_read_int(w->file, "rows_done", w->partial, &done);
    if (code < 0) return code;
    if (done < 0 || (uint64_t)done > w->images)
        return facet_fail(FACET_EFORMAT, "%s: rows_done is %lld of %zu images", w->partial,
                          (long long)done, w->images);
    w->done = (size_t)done;
    code = new_strips(w);
    while (code == FACET_OK && !load_strips(w)) {
    }
    return code;
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
    for (size_t i = 0; code == FACET_OK && i < w->layer_count; i++) code = compare_layer(w, i);
    return code == FACET_OK ? find_watermark(w) : code;
}

/* ---- the room's functions ---- */

static void free_writer(struct facet_acts_writer **writer)
{
    struct facet_acts_writer *w = *writer;
    for (size_t i = 0; w->strips != NULL && i < w->layer_count; i++)
        facet_acts_strip_free(&w->strips[i]);
    for (size_t i = 0; w->datasets != NULL && i < w->layer_count; i++)
        if (w->datasets[i] >= 0) H5Dclose(w->datasets[i]);
    if (w->missing >= 0) H5Dclose(w->missing);
    if (w->file >= 0) H5Fclose(w->file);
    free(w->path);
    free(w->partial);
    free(w->datasets);
    free(w->layers);
    free(w->cuts);
    free(w->strips);
    free(w);
    *writer = NULL;
}

static int new_writer(struct facet_acts_writer **writer, const char *path,
                      const struct facet_acts_spec *spec)
{
    struct facet_acts_writer *w = facet_alloc(1, sizeof *w, "activation file");
    if (w == NULL) return FACET_ENOMEM;
    w->file = w->missing = -1;
    w->path = facet_strdup(path);
    w->partial = facet_format("%s.partial", path);
    w->images = spec->manifest->count;
    w->views = spec->view_count;
    w->layer_count = spec->layer_count;
    w->datasets = facet_alloc(w->layer_count, sizeof *w->datasets, "activation file");
    w->layers = facet_alloc(w->layer_count, sizeof *w->layers, "activation file");
    w->cuts = facet_alloc(w->layer_count, sizeof *w->cuts, "activation file");
    w->strips = facet_alloc(w->layer_count, sizeof *w->strips, "activation file");
    for (size_t i = 0; w->datasets != NULL && i < w->layer_count; i++) w->datasets[i] = -1;
    if (w->path == NULL || w->partial == NULL || w->datasets == NULL || w->layers == NULL ||
        w->cuts == NULL || w->strips == NULL) {
        free_writer(&w);
        return FACET_ENOMEM;
    }
    for (size_t i = 0; i < w->layer_count; i++) {
        w->layers[i] = spec->layers[i];
        facet_acts_cut(&w->cuts[i], &w->layers[i], w->images, w->views, spec->half);
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
    for (size_t i = 0; code == FACET_OK && i < w->layer_count; i++) code = compare_layer(w, i);
    free_writer(&w);
    return code;
}

/* Rows done .. done + rows - 1 of a layer. */
static int add_rows(struct facet_acts_writer *w, size_t layer, size_t rows, const float *values,
                    const uint8_t *missing)
{
    struct facet_acts_strip *strip = w->strips[layer];
    const size_t width = w->views * w->layers[layer].neurons, high = w->cuts[layer].rows;
    for (size_t at = 0, n; at < rows; at += n) {
        const size_t room = high - (w->done + at) % high;
        n = rows - at < room ? rows - at : room;
        int code = facet_acts_strip_add(strip, n, values + at * width,
                                        missing != NULL ? missing + at : NULL);
        if (code < 0)
            return facet_fail(code, "%s: layer %s: %s", w->partial, w->layers[layer].name,
                              facet_error_message());
        if (n < room) continue;
        if (facet_acts_strip_write(strip) < 0) return fail_write(w, w->layers[layer].name);
        facet_acts_strip_turn(strip, w->done + at + n);
    }
    return FACET_OK;
}

static int write_missing(struct facet_acts_writer *w, size_t rows, const uint8_t *missing)
{
    hsize_t start = w->done, count = rows;
    hid_t space = H5Dget_space(w->missing), memory = H5Screate_simple(1, &count, NULL);
    int bad = H5Sselect_hyperslab(space, H5S_SELECT_SET, &start, NULL, &count, NULL) < 0 ||
              H5Dwrite(w->missing, H5T_NATIVE_UCHAR, memory, space, H5P_DEFAULT, missing) < 0;
    H5Sclose(memory);
    H5Sclose(space);
    return bad ? fail_write(w, "missing") : FACET_OK;
}

int facet_acts_write(struct facet_acts_writer *writer, size_t rows, const float *const *layers,
                     const uint8_t *missing)
{
    struct facet_acts_writer *w = writer;
    if (rows > w->images - w->done)
        return facet_fail(FACET_EINVAL, "%s: %zu rows at row %zu, but there are %zu images",
                          w->partial, rows, w->done, w->images);
    int code = missing != NULL ? write_missing(w, rows, missing) : FACET_OK;
    for (size_t i = 0; code == FACET_OK && i < w->layer_count; i++)
        code = add_rows(w, i, rows, layers[i], missing);
    if (code == FACET_OK) w->done += rows;
    return code;
}

/* Values reach the disk before the watermark that speaks of them. */
int facet_acts_flush(struct facet_acts_writer *writer)
{
    struct facet_acts_writer *w = writer;
    int *fd = NULL;
    for (size_t i = 0; i < w->layer_count; i++)
        if (facet_acts_strip_write(w->strips[i]) < 0) return fail_write(w, w->layers[i].name);
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
