#include "store/acts_strip.h"

#include "store/fletcher.h"
#include "store/half.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    CHUNK_BYTES = 512 << 10, /* a chunk: tall, so that one neuron is cheap to read */
    CHUNK_ROWS = 4096,       /* its height, where the layer isn't too wide for ROW_BYTES */
    ROW_BYTES = 32 << 20,    /* a strip */
    CHECKSUM_BYTES = 4,
};

struct facet_acts_strip {
    struct facet_acts_cut cut;
    hid_t set;
    size_t first, filled; /* row of the file; rows that are there */
    int changed;
    size_t bytes;    /* of a chunk with its checksum */
    uint8_t *chunks; /* (views, across) */
};

/* ---- how a layer is cut ---- */

void facet_acts_cut(struct facet_acts_cut *cut, const struct facet_acts_layer *layer, size_t images,
                    size_t views, int half)
{
    const size_t size = half ? 2 : 4, width = views * layer->neurons;
    size_t rows = CHUNK_ROWS;
    while (rows > 1 && rows * width * size > ROW_BYTES) rows /= 2;
    if (rows > images) rows = images > 0 ? images : 1;
    *cut = (struct facet_acts_cut){
        .views = views, .neurons = layer->neurons, .rows = rows, .columns = 1, .size = size};
    cut->dims[cut->rank] = images;
    cut->chunk[cut->rank++] = rows;
    if (views > 1) {
        cut->dims[cut->rank] = views;
        cut->chunk[cut->rank++] = 1;
    }
    const size_t inner = layer->neurons / layer->dims[0]; /* 1, or y * x: maps are kept whole */
    const size_t fit = CHUNK_BYTES / (rows * size) / inner, first = fit < 1 ? 1 : fit;
    for (int i = 0; i < layer->rank; i++) {
        const size_t n = i > 0 || first > layer->dims[0] ? layer->dims[i] : first;
        cut->dims[cut->rank] = layer->dims[i];
        cut->chunk[cut->rank++] = n;
        cut->columns *= n;
    }
    cut->across = (cut->neurons + cut->columns - 1) / cut->columns;
}

double facet_acts_cut_bytes(const struct facet_acts_cut *cut)
{
    return (double)(cut->views * cut->across * cut->columns) * (double)(cut->rows * cut->size);
}

/* ---- a strip ---- */

static uint8_t *chunk_of(const struct facet_acts_strip *s, size_t view, size_t at)
{
    return s->chunks + (view * s->cut.across + at) * s->bytes;
}

/* Columns of chunk `at` that the layer has. */
static size_t columns_of(const struct facet_acts_strip *s, size_t at)
{
    const size_t left = s->cut.neurons - at * s->cut.columns;
    return left < s->cut.columns ? left : s->cut.columns;
}

/* `n` values of a row into a chunk; NULL: NaN. */
static void put(uint8_t *to, const float *values, size_t n, size_t size)
{
    const float nothing = NAN;
    for (size_t i = 0; values == NULL && i < n; i++)
        if (size == sizeof nothing)
            memcpy(to + i * size, &nothing, sizeof nothing);
        else
            facet_half_from_float(&nothing, 1, (uint16_t *)to + i);
    if (values != NULL && size == sizeof *values) memcpy(to, values, n * size);
    if (values != NULL && size != sizeof *values) facet_half_from_float(values, n, (uint16_t *)to);
}

int facet_acts_strip_new(struct facet_acts_strip **strip, const struct facet_acts_cut *cut,
                         hid_t set)
{
    struct facet_acts_strip *s = facet_alloc(1, sizeof *s, "rows of chunks");
    if (s == NULL) return FACET_ENOMEM;
    s->cut = *cut;
    s->set = set;
    s->bytes = cut->rows * cut->columns * cut->size + CHECKSUM_BYTES;
    s->chunks = facet_alloc(cut->views * cut->across, s->bytes, "rows of chunks");
    if (s->chunks == NULL) {
        free(s);
        return FACET_ENOMEM;
    }
    for (size_t i = 0; i < cut->views * cut->across; i++) /* also what lies beyond the layer */
        put(s->chunks + i * s->bytes, NULL, cut->rows * cut->columns, cut->size);
    *strip = s;
    return FACET_OK;
}

void facet_acts_strip_free(struct facet_acts_strip **strip)
{
    if (*strip == NULL) return;
    free((*strip)->chunks);
    free(*strip);
    *strip = NULL;
}

int facet_acts_strip_add(struct facet_acts_strip *s, size_t rows, const float *values,
                         const uint8_t *missing)
{
    const struct facet_acts_cut *c = &s->cut;
    const size_t width = c->views * c->neurons;
    for (size_t i = 0; c->size == 2 && i < rows * width; i++)
        if (fabsf(values[i]) > FACET_HALF_MAX && (missing == NULL || !missing[i / width]))
            return facet_fail(FACET_EFORMAT, "%g is too large for float16", (double)values[i]);
    /* chunk by chunk: they lie so that the same row of all is in the same few lines of a cache */
    for (size_t k = 0; k < c->views * c->across; k++) {
        const size_t view = k / c->across, at = k % c->across, n = columns_of(s, at);
        uint8_t *to = chunk_of(s, view, at) + s->filled * c->columns * c->size;
        const float *from = values + view * c->neurons + at * c->columns;
        for (size_t r = 0; r < rows; r++, to += c->columns * c->size, from += width)
            put(to, missing != NULL && missing[r] ? NULL : from, n, c->size);
    }
    s->filled += rows;
    s->changed = 1;
    return FACET_OK;
}

/* Where a chunk begins in the dataset. */
static void offset_of(const struct facet_acts_strip *s, size_t view, size_t at,
                      hsize_t offset[FACET_ACTS_RANK])
{
    const int own = s->cut.views > 1 ? 2 : 1;
    memset(offset, 0, FACET_ACTS_RANK * sizeof *offset);
    offset[0] = s->first;
    if (own == 2) offset[1] = view;
    offset[own] = at * s->cut.chunk[own];
}

int facet_acts_strip_write(struct facet_acts_strip *s)
{
    const struct facet_acts_cut *c = &s->cut;
    hsize_t offset[FACET_ACTS_RANK];
    for (size_t view = 0; s->changed && view < c->views; view++)
        for (size_t at = 0; at < c->across; at++) {
            uint8_t *chunk = chunk_of(s, view, at);
            put(chunk + s->filled * c->columns * c->size, NULL, (c->rows - s->filled) * c->columns,
                c->size);
            const uint32_t sum = facet_fletcher(chunk, s->bytes - CHECKSUM_BYTES);
            memcpy(chunk + s->bytes - CHECKSUM_BYTES, &sum, sizeof sum);
            offset_of(s, view, at, offset);
            if (H5Dwrite_chunk(s->set, H5P_DEFAULT, 0, offset, s->bytes, chunk) < 0) return -1;
        }
    s->changed = 0;
    return 0;
}

void facet_acts_strip_turn(struct facet_acts_strip *s, size_t row)
{
    s->first = row;
    s->filled = 0;
    s->changed = 0;
}

int facet_acts_strip_load(struct facet_acts_strip *s, size_t row)
{
    hsize_t offset[FACET_ACTS_RANK], stored = 0;
    uint32_t skipped = 0;
    int sound = 1;
    facet_acts_strip_turn(s, row / s->cut.rows * s->cut.rows);
    for (size_t view = 0; view < s->cut.views; view++)
        for (size_t at = 0; sound && at < s->cut.across; at++) {
            uint8_t *chunk = chunk_of(s, view, at);
            offset_of(s, view, at, offset);
            sound = H5Dget_chunk_storage_size(s->set, offset, &stored) >= 0 && stored == s->bytes &&
                    H5Dread_chunk(s->set, H5P_DEFAULT, offset, &skipped, chunk) >= 0 &&
                    facet_fletcher_holds(chunk, s->bytes - CHECKSUM_BYTES);
        }
    if (sound) s->filled = row - s->first;
    return sound;
}
