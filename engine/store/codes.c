#include "store/codes.h"

#include "base/file.h"
#include "kernels/bits.h"
#include "store/h5.h"

#include <hdf5_hl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CONVENTIONS "facet-codes-1"

enum { CHUNK_ROWS = 4096 };

struct facet_codes_writer {
    char *path, *partial;
    hid_t file;
    size_t images;
};

static size_t bytes_of(size_t neurons)
{
    return (neurons + 7) / 8;
}

/* ---- writing ---- */

static int fail_write(const struct facet_codes_writer *w, const char *what)
{
    return facet_h5_fail(FACET_EIO, w->partial, what, "cannot write");
}

/* A new dataset of one or two dimensions, with a checksum on numbers; left open in *set. */
static int put(const struct facet_codes_writer *w, const char *name, hid_t type, int rank,
               const hsize_t dims[2], const void *values, hid_t *set)
{
    const hsize_t chunk[2] = {dims[0] < CHUNK_ROWS ? dims[0] : CHUNK_ROWS, rank > 1 ? dims[1] : 1};
    hid_t space = H5Screate_simple(rank, dims, NULL), list = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_obj_track_times(list, 0);
    if (dims[0] > 0) H5Pset_chunk(list, rank, chunk);
    if (dims[0] > 0 && H5Tget_class(type) != H5T_STRING) H5Pset_fletcher32(list);
    *set = H5Dcreate2(w->file, name, type, space, H5P_DEFAULT, list, H5P_DEFAULT);
    const int bad = *set < 0 || H5Dwrite(*set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) < 0;
    H5Pclose(list);
    H5Sclose(space);
    return bad ? fail_write(w, name) : FACET_OK;
}

static int end_set(const struct facet_codes_writer *w, const char *name, hid_t set, int code)
{
    if (set >= 0 && H5Dclose(set) < 0 && code == FACET_OK) code = fail_write(w, name);
    return code;
}

static int attach(const struct facet_codes_writer *w, hid_t set, unsigned axis, const char *scale)
{
    hid_t along = H5Dopen2(w->file, scale, H5P_DEFAULT);
    const int bad = along < 0 || H5DSattach_scale(set, along, axis) < 0;
    if (along >= 0) H5Dclose(along);
    return bad ? fail_write(w, scale) : FACET_OK;
}

/* A scale: texts, or 0, 1, 2, .. where NULL. */
static int put_scale(const struct facet_codes_writer *w, const char *name, size_t count,
                     const char *const *texts)
{
    const hsize_t dims[2] = {count, 1};
    hid_t set = H5I_INVALID_HID, text = facet_h5_text_type();
    int *numbers = facet_alloc(count, sizeof *numbers, name);
    int code = numbers == NULL ? FACET_ENOMEM : FACET_OK;
    for (size_t i = 0; code == FACET_OK && i < count; i++) numbers[i] = (int)i;
    if (code == FACET_OK)
        code = texts != NULL ? put(w, name, text, 1, dims, texts, &set)
                             : put(w, name, H5T_NATIVE_INT, 1, dims, numbers, &set);
    if (code == FACET_OK && H5DSset_scale(set, name) < 0) code = fail_write(w, name);
    free(numbers);
    H5Tclose(text);
    return end_set(w, name, set, code);
}

static int put_identities(const struct facet_codes_writer *w,
                          const struct facet_codes_images *images)
{
    const hsize_t dims[2] = {images->count, 1};
    hid_t set = H5I_INVALID_HID, text = facet_h5_text_type();
    const char **names = facet_alloc(images->count, sizeof *names, "identities");
    int code = names == NULL ? FACET_ENOMEM : FACET_OK;
    for (size_t i = 0; code == FACET_OK && i < images->count; i++)
        names[i] = images->identities[i] != NULL ? images->identities[i] : "NA";
    if (code == FACET_OK) code = put(w, "identity", text, 1, dims, names, &set);
    if (code == FACET_OK) code = attach(w, set, 0, "image");
    free(names);
    H5Tclose(text);
    return end_set(w, "identity", set, code);
}

static int put_root(const struct facet_codes_writer *w, const struct facet_provenance *run)
{
    const char *const texts[][2] = {{"Conventions", CONVENTIONS},
                                    {"title", "Binary codes of images"},
                                    {"history", facet_provenance_history(run)},
                                    {"source", facet_provenance_source()},
                                    {"references", FACET_REFERENCE}};
    int code = FACET_OK;
    for (size_t i = 0; code == FACET_OK && i < sizeof texts / sizeof *texts; i++)
        code = facet_h5_write_text(w->file, texts[i][0], texts[i][1], w->partial);
    return code;
}

void facet_codes_discard(struct facet_codes_writer **writer)
{
    struct facet_codes_writer *w = *writer;
    if (w == NULL) return;
    if (w->file >= 0) {
        H5Fclose(w->file);
        unlink(w->partial);
    }
    free(w->path);
    free(w->partial);
    free(w);
    *writer = NULL;
}

int facet_codes_create(struct facet_codes_writer **writer, const char *path,
                       const struct facet_codes_images *images, const struct facet_provenance *run)
{
    struct facet_codes_writer *w = facet_alloc(1, sizeof *w, "codes");
    if (w == NULL) return FACET_ENOMEM;
    w->file = H5I_INVALID_HID;
    w->images = images->count;
    w->path = facet_strdup(path);
    w->partial = facet_format("%s.partial", path);
    int code = w->path == NULL || w->partial == NULL ? FACET_ENOMEM : FACET_OK;
    facet_h5_quiet();
    if (code == FACET_OK) {
        w->file = H5Fcreate(w->partial, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
        if (w->file < 0) code = facet_h5_fail(FACET_EIO, w->partial, NULL, "cannot create");
    }
    if (code == FACET_OK) code = put_root(w, run);
    if (code == FACET_OK) code = put_scale(w, "image", images->count, images->names);
    if (code == FACET_OK && images->identities != NULL) code = put_identities(w, images);
    if (code < 0)
        facet_codes_discard(&w);
    else
        *writer = w;
    return code;
}

/* Names of what a layer has in the file. */
struct names {
    char *bits, *byte, *threshold, *neuron;
};

static void free_names(struct names *n)
{
    free(n->bits);
    free(n->byte);
    free(n->threshold);
    free(n->neuron);
}

static int name_parts(const char *layer, struct names *n)
{
    *n = (struct names){facet_format("%s_bits", layer), facet_format("%s_byte", layer),
                        facet_format("%s_threshold", layer), facet_format("%s_neuron", layer)};
    return n->bits == NULL || n->byte == NULL || n->threshold == NULL || n->neuron == NULL
               ? FACET_ENOMEM
               : FACET_OK;
}

static int put_bits(const struct facet_codes_writer *w, const struct names *n, size_t neurons,
                    const float *thresholds, const uint64_t *codes)
{
    const size_t bytes = bytes_of(neurons), words = facet_bits_words(neurons);
    const hsize_t dims[2] = {w->images, bytes};
    hid_t set = H5I_INVALID_HID;
    double common = (double)thresholds[0];
    for (size_t j = 1; j < neurons; j++)
        if (thresholds[j] != thresholds[0]) common = NAN;
    uint8_t *packed = facet_alloc(w->images, bytes, "codes");
    if (packed == NULL) return FACET_ENOMEM;
    for (size_t i = 0; i < w->images; i++)
        for (size_t b = 0; b < bytes; b++)
            packed[i * bytes + b] = (uint8_t)(codes[i * words + b / 8] >> 8 * (b % 8));
    int code = put(w, n->bits, H5T_NATIVE_UINT8, 2, dims, packed, &set);
    free(packed);
    if (code == FACET_OK) code = attach(w, set, 0, "image");
    if (code == FACET_OK) code = attach(w, set, 1, n->byte);
    if (code == FACET_OK) code = facet_h5_write_int(set, "neurons", (int64_t)neurons, w->partial);
    if (code == FACET_OK) code = facet_h5_write_reals(set, "threshold", &common, 1, w->partial);
    return end_set(w, n->bits, set, code);
}

int facet_codes_write(struct facet_codes_writer *w, const char *layer, size_t neurons,
                      const float *thresholds, const uint64_t *codes)
{
    const hsize_t dims[2] = {neurons, 1};
    hid_t set = H5I_INVALID_HID;
    struct names n;
    int code = name_parts(layer, &n);
    if (code == FACET_OK) code = put_scale(w, n.byte, bytes_of(neurons), NULL);
    if (code == FACET_OK) code = put_scale(w, n.neuron, neurons, NULL);
    if (code == FACET_OK) code = put_bits(w, &n, neurons, thresholds, codes);
    if (code == FACET_OK) code = put(w, n.threshold, H5T_NATIVE_FLOAT, 1, dims, thresholds, &set);
    if (code == FACET_OK) code = attach(w, set, 0, n.neuron);
    code = end_set(w, n.threshold, set, code);
    free_names(&n);
    return code;
}

int facet_codes_commit(struct facet_codes_writer **writer)
{
    struct facet_codes_writer *w = *writer;
    const int bad = H5Fclose(w->file) < 0;
    int code = bad ? fail_write(w, NULL) : facet_file_rename(w->partial, w->path);
    if (code < 0) unlink(w->partial);
    w->file = H5I_INVALID_HID;
    facet_codes_discard(writer);
    return code;
}
