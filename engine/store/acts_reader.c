/* The reading half of store/activations.h. */
#include "store/activations.h"
#include "store/fletcher.h"
#include "store/h5.h"

#include <hdf5_hl.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_RANK = 5, CACHE_BYTES = 64 << 20, CHECKSUM_BYTES = 4 };

struct source {
    hid_t set;
    int has_view;
    int order; /* position among the layers */
    size_t block_rows, block_neurons;
    size_t chunk_neurons; /* of a chunk that can be taken as it is: whole maps, float32 of this
                             machine, one view, no filter but fletcher32; else 0 */
};

struct facet_acts {
    char *path;
    hid_t file;
    size_t images, listed; /* listed: also those of a partial file that aren't finished */
    struct facet_acts_layer *layers;
    struct source *sources;
    size_t layer_count;
    char **views;
    size_t view_count;
    char **names; /* of the images */
    uint8_t *missing;
    size_t missing_count;
    int32_t *identities;
    char **identity_texts; /* [images] */
    size_t identity_count;
    char **attribute_names;
    double **attributes;
    size_t attribute_count;
    char *property;
};

/* ---- strings ---- */

static size_t first_extent(hid_t set, int *rank, hsize_t dims[H5S_MAX_RANK])
{
    hid_t space = H5Dget_space(set);
    *rank = H5Sget_simple_extent_dims(space, dims, NULL);
    H5Sclose(space);
    return *rank > 0 ? (size_t)dims[0] : 0;
}

/* Strings lie one behind the other in one piece of memory; texts[count] is its start. */
static void free_texts(char **texts, size_t count)
{
    if (texts != NULL) free(texts[count]);
    free(texts);
}

struct packed {
    char *bytes;
    size_t used, capacity;
    size_t *at; /* where each string starts */
};

static int pack(struct packed *p, size_t i, const char *text)
{
    size_t length = strlen(text) + 1;
    if (length > p->capacity - p->used) {
        size_t capacity = 2 * (p->capacity + length);
        char *bytes = realloc(p->bytes, capacity);
        if (bytes == NULL) return facet_fail(FACET_ENOMEM, "no memory for %zu strings", i + 1);
        p->bytes = bytes;
        p->capacity = capacity;
    }
    memcpy(p->bytes + p->used, text, length);
    p->at[i] = p->used;
    p->used += length;
    return FACET_OK;
}

/* Strings start .. start + n - 1 of a dataset; raw [n] is scratch. */
static int pack_some(const struct facet_acts *a, const char *name, hid_t set, hsize_t start,
                     hsize_t n, char **raw, struct packed *p)
{
    hid_t text = facet_h5_text_type(), space = H5Dget_space(set);
    hid_t memory = H5Screate_simple(1, &n, NULL);
    int bad = H5Sselect_hyperslab(space, H5S_SELECT_SET, &start, NULL, &n, NULL) < 0 ||
              H5Dread(set, text, memory, space, H5P_DEFAULT, raw) < 0;
    int code =
        bad ? facet_h5_fail(FACET_EFORMAT, a->path, name, "cannot read its strings") : FACET_OK;
    for (size_t i = 0; code == FACET_OK && i < n; i++)
        code = pack(p, start + i, raw[i] != NULL ? raw[i] : "");
    if (!bad) H5Dvlen_reclaim(text, memory, H5P_DEFAULT, raw);
    H5Sclose(memory);
    H5Sclose(space);
    H5Tclose(text);
    return code;
}

/* First `count` strings of a one-dimensional dataset of vlen UTF-8 strings. */
static int read_texts(struct facet_acts *a, const char *name, size_t count, char ***out)
{
    enum { BLOCK = 4096 };
    char *raw[BLOCK], **texts = facet_alloc(count + 1, sizeof *texts, name);
    struct packed p = {.at = facet_alloc(count, sizeof *p.at, name)};
    int rank = 0, code = texts == NULL || p.at == NULL ? FACET_ENOMEM : FACET_OK;
    hsize_t dims[H5S_MAX_RANK];
    hid_t set = H5Dopen2(a->file, name, H5P_DEFAULT);
    if (code == FACET_OK && (set < 0 || first_extent(set, &rank, dims) < count || rank != 1))
        code = facet_h5_fail(FACET_EFORMAT, a->path, name, "cannot read its strings");
    for (size_t at = 0; code == FACET_OK && at < count; at += BLOCK)
        code = pack_some(a, name, set, at, count - at < BLOCK ? count - at : BLOCK, raw, &p);
    if (set >= 0) H5Dclose(set);
    for (size_t i = 0; code == FACET_OK && i < count; i++) texts[i] = p.bytes + p.at[i];
    free(p.at);
    if (code < 0) {
        free(p.bytes);
        free(texts);
    } else {
        texts[count] = p.bytes;
        *out = texts;
    }
    return code;
}

/* ---- what is in the file ---- */

/* Nonzero if axis 0 of `set` is the scale `image`. */
static int along_image(const struct facet_acts *a, hid_t set)
{
    hid_t scale = H5Dopen2(a->file, "image", H5P_DEFAULT);
    int attached = scale >= 0 && H5DSis_attached(set, scale, 0) > 0;
    if (scale >= 0) H5Dclose(scale);
    return attached;
}

/* Nonzero if all that was done to the chunks is that a checksum was added. */
static int is_plain(hid_t set, hid_t plist)
{
    unsigned flags, config;
    size_t values = 0;
    hid_t type = H5Dget_type(set);
    int plain =
        H5Tequal(type, H5T_NATIVE_FLOAT) > 0 && H5Pget_nfilters(plist) == 1 &&
        H5Pget_filter2(plist, 0, &flags, &values, NULL, 0, NULL, &config) == H5Z_FILTER_FLETCHER32;
    H5Tclose(type);
    return plain;
}

static void set_chunk(struct source *source, const struct facet_acts_layer *layer)
{
    hsize_t chunk[H5S_MAX_RANK] = {1024};
    hid_t plist = H5Dget_create_plist(source->set);
    if (H5Pget_layout(plist) == H5D_CHUNKED) {
        const hsize_t *inner = chunk + 1 + source->has_view;
        H5Pget_chunk(plist, H5S_MAX_RANK, chunk);
        int whole = !source->has_view || chunk[1] == 1;
        size_t neurons = 1;
        for (int i = 0; i < layer->rank; i++) {
            neurons *= (size_t)inner[i];
            whole &= i == 0 || inner[i] == layer->dims[i];
        }
        if (whole && is_plain(source->set, plist)) source->chunk_neurons = neurons;
        source->block_neurons = neurons;
    }
    H5Pclose(plist);
    source->block_rows = (size_t)chunk[0];
}

static int add_layer(struct facet_acts *a, const char *name, hid_t set, int rank,
                     const hsize_t *dims)
{
    /* image [view] neuron: ranks 2, 3; image [view] channel y x: ranks 4, 5 */
    int views = rank == 3 || rank == 5;
    if (rank > MAX_RANK || strlen(name) >= FACET_NAME_SIZE)
        return facet_fail(FACET_EFORMAT, "%s: layer %s has %d dimensions", a->path, name, rank);
    if (views && dims[1] != a->view_count)
        return facet_fail(FACET_EFORMAT, "%s: layer %s has %llu views, but the file has %zu",
                          a->path, name, (unsigned long long)dims[1], a->view_count);
    if (!views && a->view_count > 1)
        return facet_fail(FACET_EFORMAT, "%s: layer %s has no view dimension, but the file has %zu",
                          a->path, name, a->view_count);
    struct facet_acts_layer layer = {.rank = rank - 1 - views, .neurons = 1};
    struct source source = {.set = set, .has_view = views};
    strcpy(layer.name, name);
    for (int i = 0; i < layer.rank; i++) {
        layer.dims[i] = (size_t)dims[rank - layer.rank + i];
        layer.neurons *= layer.dims[i];
    }
    if (layer.neurons == 0)
        return facet_fail(FACET_EFORMAT, "%s: layer %s has no neurons", a->path, name);
    int64_t order = 0;
    if (H5Aexists(set, "order") > 0 && facet_h5_read_int(set, "order", a->path, &order) < 0)
        return FACET_EFORMAT;
    source.order = (int)order;
    set_chunk(&source, &layer);
    size_t at = a->layer_count++; /* kept in order of computation */
    for (; at > 0 && a->sources[at - 1].order > source.order; at--) {
        a->layers[at] = a->layers[at - 1];
        a->sources[at] = a->sources[at - 1];
    }
    a->layers[at] = layer;
    a->sources[at] = source;
    return FACET_OK;
}

static int add_attribute(struct facet_acts *a, const char *name)
{
    char *copy = facet_strdup(name);
    if (copy == NULL) return FACET_ENOMEM;
    a->attribute_names[a->attribute_count++] = copy;
    return FACET_OK;
}

/* Sorts one dataset into layers and labels. The dataset stays open if it is a layer. */
static int add_dataset(struct facet_acts *a, const char *name)
{
    static const char *const known[] = {"image", "view", "identity", "missing"};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcmp(name, known[i]) == 0) return FACET_OK;
    hid_t access = H5Pcreate(H5P_DATASET_ACCESS);
    H5Pset_chunk_cache(access, 10007, CACHE_BYTES, 1.0);
    hid_t set = H5Dopen2(a->file, name, access);
    H5Pclose(access);
    if (set < 0) return facet_h5_fail(FACET_EFORMAT, a->path, name, "cannot open");
    hid_t type = H5Dget_type(set);
    int is_float = H5Tget_class(type) == H5T_FLOAT, code = FACET_OK, rank;
    int is_number = is_float || H5Tget_class(type) == H5T_INTEGER;
    hsize_t dims[H5S_MAX_RANK];
    H5Tclose(type);
    size_t rows = first_extent(set, &rank, dims);
    int is_layer = is_float && rank >= 2 && along_image(a, set);
    if (is_layer && rows < a->images)
        code = facet_fail(FACET_EFORMAT, "%s: layer %s has %zu rows, but there are %zu images",
                          a->path, name, rows, a->images);
    else if (is_layer)
        code = add_layer(a, name, set, rank, dims);
    else if (is_number && rank == 1 && along_image(a, set))
        code = rows >= a->images && rows <= a->listed
                   ? add_attribute(a, name)
                   : facet_fail(FACET_EFORMAT,
                                "%s: attribute %s has %zu rows, but there are %zu images", a->path,
                                name, rows, a->images);
    if (!is_layer || code < 0) H5Dclose(set);
    return code;
}

static int find_datasets(struct facet_acts *a)
{
    H5G_info_t info;
    if (H5Gget_info(a->file, &info) < 0)
        return facet_h5_fail(FACET_EFORMAT, a->path, NULL, "cannot list its datasets");
    size_t links = (size_t)info.nlinks;
    a->layers = facet_alloc(links, sizeof *a->layers, "layers");
    a->sources = facet_alloc(links, sizeof *a->sources, "layers");
    a->attribute_names = facet_alloc(links, sizeof *a->attribute_names, "attributes");
    a->attributes = facet_alloc(links, sizeof *a->attributes, "attributes");
    if (a->layers == NULL || a->sources == NULL || a->attribute_names == NULL ||
        a->attributes == NULL)
        return FACET_ENOMEM;
    int code = FACET_OK;
    for (size_t i = 0; code == FACET_OK && i < links; i++) {
        char name[256];
        H5O_info_t object;
        ssize_t length = H5Lget_name_by_idx(a->file, ".", H5_INDEX_NAME, H5_ITER_INC, i, name,
                                            sizeof name, H5P_DEFAULT);
        if (length < 0 || (size_t)length >= sizeof name ||
            H5Oget_info_by_name(a->file, name, &object, H5P_DEFAULT) < 0)
            return facet_h5_fail(FACET_EFORMAT, a->path, NULL, "cannot list its datasets");
        if (object.type == H5O_TYPE_DATASET) code = add_dataset(a, name);
    }
    if (code == FACET_OK && a->layer_count == 0)
        code = facet_fail(FACET_EFORMAT, "%s: has no layer", a->path);
    return code;
}

/* How many images there are: of a partial file, only the finished ones. */
static int count_images(struct facet_acts *a)
{
    char *conventions = NULL;
    int code = facet_h5_read_text(a->file, "Conventions", a->path, &conventions);
    if (code < 0 || strcmp(conventions, "facet-activations-1") != 0)
        code = facet_fail(FACET_EFORMAT,
                          "%s: not an activation file (Conventions is \"%s\", "
                          "expected \"facet-activations-1\")",
                          a->path, code < 0 ? "" : conventions);
    free(conventions);
    if (code < 0) return code;
    hid_t set = H5Dopen2(a->file, "image", H5P_DEFAULT);
    if (set < 0) return facet_h5_fail(FACET_EFORMAT, a->path, "image", "not there");
    int rank;
    hsize_t dims[H5S_MAX_RANK];
    a->images = a->listed = first_extent(set, &rank, dims);
    H5Dclose(set);
    if (H5Aexists(a->file, "rows_done") > 0) {
        int64_t done;
        code = facet_h5_read_int(a->file, "rows_done", a->path, &done);
        if (code == FACET_OK && done >= 0 && (uint64_t)done < a->images) a->images = (size_t)done;
    }
    if (code == FACET_OK && a->images == 0)
        code = facet_fail(FACET_EFORMAT, "%s: has no %simages", a->path,
                          H5Aexists(a->file, "rows_done") > 0 ? "finished " : "");
    return code;
}

static int read_views(struct facet_acts *a)
{
    if (H5Lexists(a->file, "view", H5P_DEFAULT) <= 0) {
        a->views = facet_alloc(2, sizeof *a->views, "views");
        if (a->views == NULL || (a->views[1] = facet_strdup("original")) == NULL)
            return FACET_ENOMEM;
        a->views[0] = a->views[1];
        a->view_count = 1;
        return FACET_OK;
    }
    hid_t set = H5Dopen2(a->file, "view", H5P_DEFAULT);
    if (set < 0) return facet_h5_fail(FACET_EFORMAT, a->path, "view", "cannot open");
    int rank;
    hsize_t dims[H5S_MAX_RANK];
    size_t count = first_extent(set, &rank, dims);
    H5Dclose(set);
    int code = read_texts(a, "view", count, &a->views);
    if (code == FACET_OK) a->view_count = count;
    return code;
}

static int read_missing(struct facet_acts *a)
{
    a->missing = facet_alloc(a->images, 1, "missing");
    if (a->missing == NULL) return FACET_ENOMEM;
    if (H5Lexists(a->file, "missing", H5P_DEFAULT) <= 0) return FACET_OK;
    int code =
        facet_h5_read_rows(a->file, "missing", H5T_NATIVE_UCHAR, a->images, a->path, a->missing);
    for (size_t i = 0; code == FACET_OK && i < a->images; i++) {
        a->missing[i] = a->missing[i] != 0;
        a->missing_count += a->missing[i];
    }
    return code;
}

/* FNV-1a. */
static uint64_t hash_of(const char *text)
{
    uint64_t hash = 0xcbf29ce484222325u;
    for (; *text != '\0'; text++) hash = (hash ^ (unsigned char)*text) * 0x100000001b3u;
    return hash;
}

/* The place in `first` (size, a power of two) of the first row with the text, or an empty one, 0:
 * rows are counted from 1 there. */
static size_t find_row(char **texts, const uint32_t *first, size_t size, const char *text)
{
    size_t at = (size_t)hash_of(text) & (size - 1);
    while (first[at] != 0 && strcmp(texts[first[at] - 1], text) != 0) at = (at + 1) & (size - 1);
    return at;
}

/* Numbers the identities in order of first appearance. */
static int number_identities(struct facet_acts *a, char **texts)
{
    if (a->images >= UINT32_MAX)
        return facet_fail(FACET_ENOMEM, "%s: %zu images are too many", a->path, a->images);
    size_t size = 2;
    while (size < 2 * a->images) size *= 2;
    uint32_t *first = facet_alloc(size, sizeof *first, "identities");
    a->identities = facet_alloc(a->images, sizeof *a->identities, "identities");
    int code = first == NULL || a->identities == NULL ? FACET_ENOMEM : FACET_OK;
    for (size_t i = 0; code == FACET_OK && i < a->images; i++) {
        a->identities[i] = -1;
        if (texts[i][0] == '\0' || strcmp(texts[i], "NA") == 0) continue;
        size_t at = find_row(texts, first, size, texts[i]);
        if (first[at] != 0) {
            a->identities[i] = a->identities[first[at] - 1];
            continue;
        }
        first[at] = (uint32_t)i + 1;
        a->identities[i] = (int32_t)a->identity_count++;
    }
    free(first);
    return code;
}

static int read_identities(struct facet_acts *a)
{
    if (H5Lexists(a->file, "identity", H5P_DEFAULT) <= 0) return FACET_OK;
    int code = read_texts(a, "identity", a->images, &a->identity_texts);
    return code == FACET_OK ? number_identities(a, a->identity_texts) : code;
}

int facet_acts_open(struct facet_acts **acts, const char *path)
{
    struct facet_acts *a = facet_alloc(1, sizeof *a, "activation file");
    if (a == NULL) return FACET_ENOMEM;
    facet_h5_quiet();
    a->file = -1;
    a->path = facet_strdup(path);
    int code = a->path == NULL ? FACET_ENOMEM : facet_h5_open(path, H5F_ACC_RDONLY, &a->file);
    if (code == FACET_OK) code = count_images(a);
    if (code == FACET_OK) code = read_views(a);
    if (code == FACET_OK) code = read_texts(a, "image", a->images, &a->names);
    if (code == FACET_OK) code = read_missing(a);
    if (code == FACET_OK) code = read_identities(a);
    if (code == FACET_OK) code = find_datasets(a);
    if (code < 0)
        facet_acts_free(&a);
    else
        *acts = a;
    return code;
}

void facet_acts_free(struct facet_acts **acts)
{
    struct facet_acts *a = *acts;
    if (a == NULL) return;
    for (size_t i = 0; i < a->layer_count; i++) H5Dclose(a->sources[i].set);
    if (a->file >= 0) H5Fclose(a->file);
    free_texts(a->views, a->view_count);
    free_texts(a->names, a->images);
    free_texts(a->identity_texts, a->images);
    for (size_t i = 0; i < a->attribute_count; i++) {
        free(a->attribute_names[i]);
        free(a->attributes[i]);
    }
    free(a->attribute_names);
    free(a->attributes);
    free(a->identities);
    free(a->missing);
    free(a->layers);
    free(a->sources);
    free(a->property);
    free(a->path);
    free(a);
    *acts = NULL;
}

/* ---- what a caller asks ---- */

const char *facet_acts_path(const struct facet_acts *acts)
{
    return acts->path;
}

size_t facet_acts_images(const struct facet_acts *acts)
{
    return acts->images;
}

size_t facet_acts_layer_count(const struct facet_acts *acts)
{
    return acts->layer_count;
}

const struct facet_acts_layer *facet_acts_layer(const struct facet_acts *acts, size_t layer)
{
    return &acts->layers[layer];
}

int facet_acts_find(const struct facet_acts *acts, const char *name, size_t *layer)
{
    char known[512] = "";
    for (size_t i = 0; i < acts->layer_count; i++) {
        if (strcmp(acts->layers[i].name, name) == 0) {
            *layer = i;
            return FACET_OK;
        }
        facet_fail_list(known, sizeof known, acts->layers[i].name);
    }
    return facet_fail(FACET_EINVAL, "%s: no layer %s (it has: %s)", acts->path, name, known);
}

size_t facet_acts_view_count(const struct facet_acts *acts)
{
    return acts->view_count;
}

const char *facet_acts_view(const struct facet_acts *acts, size_t view)
{
    return acts->views[view];
}

size_t facet_acts_block_rows(const struct facet_acts *acts, size_t layer)
{
    return acts->sources[layer].block_rows;
}

size_t facet_acts_block_neurons(const struct facet_acts *acts, size_t layer)
{
    return acts->sources[layer].block_neurons;
}

/* Selects neurons [first, first + n) of a layer, which must be whole maps, or one part of a row. */
static int select_neurons(const struct facet_acts_layer *layer, size_t first, size_t n,
                          hsize_t *start, hsize_t *count)
{
    size_t inner = layer->neurons / layer->dims[0];
    if (first % inner != 0 || n % inner != 0) return -1;
    start[0] = first / inner;
    count[0] = n / inner;
    for (int i = 1; i < layer->rank; i++) {
        start[i] = 0;
        count[i] = layer->dims[i];
    }
    return 0;
}

int facet_acts_read(struct facet_acts *acts, size_t layer, size_t view, size_t first_row,
                    size_t rows, size_t first_neuron, size_t neurons, float *out)
{
    const struct facet_acts_layer *l = &acts->layers[layer];
    hsize_t start[MAX_RANK] = {first_row}, count[MAX_RANK] = {rows};
    int rank = 1;
    if (acts->sources[layer].has_view) {
        start[rank] = view;
        count[rank++] = 1;
    }
    if (view >= acts->view_count || first_row > acts->images || rows > acts->images - first_row ||
        first_neuron > l->neurons || neurons > l->neurons - first_neuron ||
        select_neurons(l, first_neuron, neurons, start + rank, count + rank) < 0)
        return facet_fail(FACET_EINVAL,
                          "%s: layer %s: cannot read rows %zu+%zu, neurons %zu+%zu of view %zu "
                          "(maps are read whole)",
                          acts->path, l->name, first_row, rows, first_neuron, neurons, view);
    rank += l->rank;
    hid_t space = H5Dget_space(acts->sources[layer].set),
          memory = H5Screate_simple(rank, count, NULL);
    int bad =
        H5Sselect_hyperslab(space, H5S_SELECT_SET, start, NULL, count, NULL) < 0 ||
        facet_h5_read_floats(acts->sources[layer].set, memory, space, rows * neurons, out) < 0;
    H5Sclose(memory);
    H5Sclose(space);
    if (bad) {
        char what[FACET_NAME_SIZE + 64];
        snprintf(what, sizeof what, "%s, rows %zu to %zu", l->name, first_row,
                 first_row + rows - 1);
        return facet_h5_fail(FACET_EFORMAT, acts->path, what, "cannot read (damaged?)");
    }
    return FACET_OK;
}

int facet_acts_fetch(struct facet_acts *acts, size_t layer, size_t view, size_t first_row,
                     size_t rows, size_t first_neuron, size_t neurons, float *out, size_t room,
                     int *unchecked)
{
    const struct facet_acts_layer *l = &acts->layers[layer];
    const struct source *s = &acts->sources[layer];
    const size_t values = s->block_rows * neurons, bytes = values * sizeof *out + CHECKSUM_BYTES;
    const size_t map = l->neurons / l->dims[0];
    hsize_t offset[MAX_RANK] = {first_row}, stored = 0;
    uint32_t skipped = 0;
    *unchecked = 0;
    offset[1] = view;
    offset[s->has_view ? 2 : 1] = first_neuron / map;
    int whole =
        neurons == s->chunk_neurons && first_neuron % neurons == 0 && room > values &&
        first_neuron + neurons <= l->neurons && view < acts->view_count &&
        first_row % s->block_rows == 0 && first_row < acts->images &&
        (rows == s->block_rows || (rows < s->block_rows && rows == acts->images - first_row));
    if (whole && H5Dget_chunk_storage_size(s->set, offset, &stored) >= 0 && stored == bytes &&
        H5Dread_chunk(s->set, H5P_DEFAULT, offset, &skipped, out) >= 0 && skipped == 0) {
        *unchecked = 1;
        return FACET_OK;
    }
    H5Eclear2(H5E_DEFAULT);
    return facet_acts_read(acts, layer, view, first_row, rows, first_neuron, neurons, out);
}

int facet_acts_check(const struct facet_acts *acts, size_t layer, size_t neurons,
                     const float *fetched)
{
    return facet_fletcher_holds(fetched,
                                acts->sources[layer].block_rows * neurons * sizeof *fetched);
}

uint32_t facet_acts_sum(const struct facet_acts *acts, size_t layer, size_t rows, size_t neurons,
                        const float *block, int fetched)
{
    uint32_t sum;
    if (!fetched) return facet_fletcher(block, rows * neurons * sizeof *block);
    memcpy(&sum, block + acts->sources[layer].block_rows * neurons, sizeof sum);
    return sum;
}

int facet_acts_hash_labels(const struct facet_acts *acts, char hex[FACET_HASH_SIZE])
{
    struct facet_hash *hash = NULL;
    int code = facet_hash_begin(&hash);
    for (size_t i = 0; code == FACET_OK && i < acts->images; i++) {
        const char *identity = facet_acts_identity(acts, i);
        if (identity == NULL) identity = "";
        code = facet_hash_add(hash, acts->names[i], strlen(acts->names[i]) + 1);
        if (code == FACET_OK) code = facet_hash_add(hash, identity, strlen(identity) + 1);
    }
    if (code == FACET_OK) code = facet_hash_add(hash, acts->missing, acts->images);
    facet_hash_end(&hash, code == FACET_OK ? hex : NULL);
    return code;
}

const char *facet_acts_image(const struct facet_acts *acts, size_t row)
{
    return acts->names[row];
}

const uint8_t *facet_acts_missing(const struct facet_acts *acts, size_t *count)
{
    if (count != NULL) *count = acts->missing_count;
    return acts->missing;
}

const int32_t *facet_acts_identities(const struct facet_acts *acts, size_t *identity_count)
{
    if (identity_count != NULL) *identity_count = acts->identity_count;
    return acts->identities;
}

const char *facet_acts_identity(const struct facet_acts *acts, size_t row)
{
    return acts->identities != NULL && acts->identities[row] >= 0 ? acts->identity_texts[row]
                                                                  : NULL;
}

size_t facet_acts_attribute_count(const struct facet_acts *acts)
{
    return acts->attribute_count;
}

const char *facet_acts_attribute_name(const struct facet_acts *acts, size_t attribute)
{
    return acts->attribute_names[attribute];
}

const double *facet_acts_attribute(struct facet_acts *acts, size_t attribute)
{
    if (acts->attributes[attribute] != NULL) return acts->attributes[attribute];
    double *values = facet_alloc(acts->images, sizeof *values, "attribute");
    if (values == NULL) return NULL;
    if (facet_h5_read_rows(acts->file, acts->attribute_names[attribute], H5T_NATIVE_DOUBLE,
                           acts->images, acts->path, values) < 0) {
        free(values);
        return NULL;
    }
    return acts->attributes[attribute] = values;
}

int facet_acts_is_text(const struct facet_acts *acts, const char *name)
{
    if (H5Lexists(acts->file, name, H5P_DEFAULT) <= 0) return 0;
    hid_t set = H5Dopen2(acts->file, name, H5P_DEFAULT), type = set < 0 ? -1 : H5Dget_type(set);
    const int is_text = type >= 0 && H5Tget_class(type) == H5T_STRING && along_image(acts, set);
    if (type >= 0) H5Tclose(type);
    if (set >= 0) H5Dclose(set);
    return is_text;
}

const char *facet_acts_property(struct facet_acts *acts, const char *name)
{
    free(acts->property);
    acts->property = NULL;
    if (H5Aexists(acts->file, name) <= 0 ||
        facet_h5_read_text(acts->file, name, acts->path, &acts->property) < 0)
        return NULL;
    return acts->property;
}
