/* store/activations: the activation file (facet-activations-1), the interface between the engine
 * and every analysis.
 *
 * HDF5, one dataset a layer: fc4 (image, fc4_neuron), conv2 (image, conv2_channel, conv2_y,
 * conv2_x), float32 or float16, chunked tall so that one neuron is cheap to read, fletcher32 on.
 *
 * Views. What the network saw of an image is a view: the aligned image ("original"), its mirror
 * image ("mirror"), later each occlusion. With one view the layers are as above; with several,
 * every layer has one more dimension after the image: fc4 (image, view, fc4_neuron), and `view` is
 * a scale of names. There is no other convention; analyses read (layer, view) pairs and see
 * (image, neuron).
 *
 * While it is being written the file is PATH.partial, has all its space and its final structure
 * from the start, and the root attribute rows_done says how many images are finished: after a
 * kill, only the values of later rows are lost. A missing image (allowed only on request) is a row
 * of NaN with missing = 1.
 *
 *     facet_acts_create(&writer, "out.h5", &spec, resume, &done);
 *     for (row = done; row < images; row += n) facet_acts_write(writer, n, layers, missing);
 *     facet_acts_commit(&writer);            // or facet_acts_close(&writer): keeps the partial
 * file
 *
 *     facet_acts_open(&acts, "out.h5");
 *     facet_acts_find(acts, "fc4", &layer);
 *     facet_acts_read(acts, layer, 0, row, rows, 0, neurons, block);
 *     facet_acts_free(&acts);
 */
#ifndef FACET_STORE_ACTIVATIONS_H
#define FACET_STORE_ACTIVATIONS_H

#include "base/provenance.h"
#include "store/manifest.h"
#include "store/preprocess.h"

#include <stddef.h>
#include <stdint.h>

#define FACET_NAME_SIZE 64

/* Names of views: the face itself, its mirror image, and that of another view. */
#define FACET_VIEW_ORIGINAL "original"
#define FACET_VIEW_MIRROR   "mirror"
#define FACET_VIEW_MIRRORED "+mirror" /* behind the other's name */

/* Shape of one layer for one image and view: rank 1 (neuron) or 3 (channel, y, x). */
struct facet_acts_layer {
    char name[FACET_NAME_SIZE];
    int rank;
    size_t dims[3];
    size_t neurons; /* product of dims */
};

/* ---- writing ---- */

struct facet_acts_spec {
    const struct facet_manifest *manifest;
    const struct facet_acts_layer *layers;
    size_t layer_count;
    const char *const *views;
    size_t view_count;
    int half; /* float16 instead of float32 */
    const struct facet_preprocess *preprocess;
    const char *model_sha256;
    const char *model_name;
    const char *model_definition; /* in words, of what has no model file; NULL for none */
    const char *kernels; /* kernel set that computed it */
    const char
        *occlusion; /* what hides parts of faces in some views, and the seed; NULL for none */
    uint64_t seed;
    const struct facet_provenance *run;
};

struct facet_acts_writer;

/* Bytes the file will take, without opening anything. */
double facet_acts_size(const struct facet_acts_spec *spec);

/* Bytes of memory the writer will use. */
double facet_acts_memory(const struct facet_acts_spec *spec);

/* Starts PATH.partial, all space reserved (a disk too small is found here), or with `resume`
 * continues one whose model, manifest, preprocessing, layers, views, occlusion and kernels are the
 * same
 * (otherwise FACET_EINVAL says what differs). *done: rows already finished. Without `resume` an
 * existing PATH.partial is an error, so that finished rows aren't lost by accident, and with
 * neither a partial file `resume` starts anew. */
int facet_acts_create(struct facet_acts_writer **writer, const char *path,
                      const struct facet_acts_spec *spec, int resume, size_t *done);

/* FACET_OK if the finished file at `path` is what `spec` would give: same model, manifest,
 * preprocessing, kernels, layers, views and type; FACET_EINVAL says what differs. */
int facet_acts_same(const char *path, const struct facet_acts_spec *spec);

/* Appends `rows` images. layers[i] (rows, views, neurons) float32; missing (rows), nonzero for a
 * missing image, whose values are written as NaN; NULL for none. */
int facet_acts_write(struct facet_acts_writer *writer, size_t rows, const float *const *layers,
                     const uint8_t *missing);

/* Makes what was written durable and moves the watermark. */
int facet_acts_flush(struct facet_acts_writer *writer);

/* Checks that all rows are there, closes and renames. Frees *writer, also on failure. */
int facet_acts_commit(struct facet_acts_writer **writer);

/* Flushes and closes; PATH.partial stays for --resume. NULL-safe. */
void facet_acts_close(struct facet_acts_writer **writer);

/* ---- reading ---- */

struct facet_acts;

/* Opens a finished file (or, read-only, a partial one: then only its finished rows are seen). */
int facet_acts_open(struct facet_acts **acts, const char *path);
void facet_acts_free(struct facet_acts **acts); /* NULL-safe */

const char *facet_acts_path(const struct facet_acts *acts);
size_t facet_acts_images(const struct facet_acts *acts);
size_t facet_acts_layer_count(const struct facet_acts *acts);
const struct facet_acts_layer *facet_acts_layer(const struct facet_acts *acts, size_t layer);
/* FACET_EINVAL lists the layers there are. */
int facet_acts_find(const struct facet_acts *acts, const char *name, size_t *layer);
size_t facet_acts_view_count(const struct facet_acts *acts);
const char *facet_acts_view(const struct facet_acts *acts, size_t view);

/* Rows a block should have so that every chunk is read once when all neurons are read. */
size_t facet_acts_block_rows(const struct facet_acts *acts, size_t layer);
/* Neurons of such a block; 0 for a layer that isn't chunked. */
size_t facet_acts_block_neurons(const struct facet_acts *acts, size_t layer);

/* Reads block (rows, neurons) row-major float32 of a layer and view into `out`. A checksum that
 * fails is FACET_EFORMAT with dataset and rows. Values are passed as stored: NaN only in rows of
 * missing images, which callers find by facet_acts_missing(). Not thread-safe (HDF5 is not). */
int facet_acts_read(struct facet_acts *acts, size_t layer, size_t view, size_t first_row,
                    size_t rows, size_t first_neuron, size_t neurons, float *out);

/* Reads as facet_acts_read() does, but where the range is one whole chunk (its rows may go on
 * beyond the last image) copies it as it lies in the file and leaves its checksum to the caller:
 * then *unchecked is nonzero, and facet_acts_check() of the same range, in any thread, says whether
 * the values are sound. `room`: floats that `out` can take; a chunk needs facet_acts_block_rows() *
 * neurons + 1. */
int facet_acts_fetch(struct facet_acts *acts, size_t layer, size_t view, size_t first_row,
                     size_t rows, size_t first_neuron, size_t neurons, float *out, size_t room,
                     int *unchecked);
/* Nonzero if what was fetched is sound. Where it isn't, facet_acts_read() gives the message. */
int facet_acts_check(const struct facet_acts *acts, size_t layer, size_t neurons,
                     const float *fetched);

/* What a program read is known by the checksums it has seen: the SHA-256 of a layer's view is that
 * of the Fletcher-32 sums (uint32) of its blocks as they were read, rows of blocks in order,
 * neurons in order within them; facet_acts_sum() is the sum of one fetched or read block. It costs
 * nothing beside the reading, and nothing of the layers that nobody asked for. That of the labels
 * is of names, identities ("" for NA) and missing flags. */
uint32_t facet_acts_sum(const struct facet_acts *acts, size_t layer, size_t rows, size_t neurons,
                        const float *block, int fetched);
int facet_acts_hash_labels(const struct facet_acts *acts, char hex[FACET_HASH_SIZE]);

/* Labels, loaded at open and owned by `acts`. */
const char *facet_acts_image(const struct facet_acts *acts, size_t row);
/* 0 or 1 for each row, and how many rows are missing. */
const uint8_t *facet_acts_missing(const struct facet_acts *acts, size_t *count);
/* Number of each row's identity, below identity_count, -1 for NA; NULL and a count of 0 where the
 * file has no identities. Numbers run in order of first appearance. */
const int32_t *facet_acts_identities(const struct facet_acts *acts, size_t *identity_count);
/* Name of a row's identity; NULL for NA. */
const char *facet_acts_identity(const struct facet_acts *acts, size_t row);
size_t facet_acts_attribute_count(const struct facet_acts *acts);
const char *facet_acts_attribute_name(const struct facet_acts *acts, size_t attribute);
/* (images) doubles, NaN for NA; owned by `acts`; NULL with the message set on failure. */
const double *facet_acts_attribute(struct facet_acts *acts, size_t attribute);
/* Nonzero if the images have a label of that name that is text, and no attribute therefore. */
int facet_acts_is_text(const struct facet_acts *acts, const char *name);

/* Root attribute as text ("model_sha256", "kernels", "history", ..), NULL where absent; owned by
 * `acts` until the next call. */
const char *facet_acts_property(struct facet_acts *acts, const char *name);

#endif
