/* sparsity/stream: a layer's activations block by block, computed on while the next block is read.
 *
 * A block holds some thousand images of a range of neurons, cut into strips of neurons as wide as
 * the file's chunks: strip s holds (rows, width) row-major. Rows of missing images are taken out.
 * Whichever thread reads a strip, one at a time, checks it and works on it as long as it is in that
 * core's cache; work on whole blocks goes on beside that, one block behind. Blocks follow each
 * other in order, so that what is added to a strip's or a task's own accumulators comes in a fixed
 * order.
 */
#ifndef FACET_SPARSITY_STREAM_H
#define FACET_SPARSITY_STREAM_H

#include "base/hash.h"
#include "base/progress.h"
#include "store/activations.h"

#define FACET_STRIP 32

struct block {
    size_t rows; /* images that are not missing */
    size_t *row; /* [rows] their index in the file */
    float *values;
    int *bad;      /* [strips] cannot be read, or its checksum is wrong */
    uint32_t *sum; /* [strips] checksums, where the stream takes a digest */
    size_t first;  /* row of the file it starts at */
    size_t read;   /* rows of the file it spans */
    int passing;   /* as in struct work */
    int parity;    /* 0 or 1, alternating: which set of results is its own */
};

/* Memory for the values of blocks, kept from run to run: new pages cost time. Starts as {0}. */
struct stream_room {
    float *values;
    size_t count;
};

void stream_release(struct stream_room *room);

struct stream {
    struct facet_acts *acts;
    size_t layer, view;
    size_t first, neurons; /* range of neurons */
    size_t strip;          /* neurons a strip; the last may have fewer */
    size_t capacity;       /* rows a block at most */
    size_t images;         /* rows of the file it goes through, from the first */
    int threads;
    struct stream_room *room;
    struct facet_progress *progress; /* in MiB; NULL: none */
    double *bytes;                   /* read so far; NULL: not counted */
    struct facet_hash *digest;       /* takes the checksums of what is read; NULL: not taken */
};

/* What is done with a block. Its strips are worked on before anyone knows whether it is sound: what
 * came of a block that isn't is thrown away with the whole run. NULL members but `strip` are
 * skipped; a block's tasks, and its finish, run beside the strips of the next one, or after them.
 */
struct work {
    void *context;
    void (*strip)(void *context, const struct block *block, size_t strip); /* any thread */
    size_t (*tasks)(void *context, const struct block *block);             /* how many */
    void (*task)(void *context, const struct block *block, size_t task);   /* any thread */
    int (*finish)(void *context, const struct block *block); /* after its tasks, blocks in order */
    void (*write)(void *context, const struct block *block); /* later still, beside other tasks;
                                                                values are gone */
    int passing; /* values are for `strip` alone: each thread has one strip's, in its cache */
};

/* Width of a strip: FACET_STRIP neurons, or whole maps. */
size_t stream_strip(const struct facet_acts_layer *layer);
/* Rows a block should have, and the bytes of a stream's two blocks. */
size_t stream_rows(const struct facet_acts *acts, size_t layer);
double stream_memory(const struct facet_acts *acts, size_t layer);

size_t stream_strips(const struct stream *stream);
size_t stream_width(const struct stream *stream, size_t strip);
const float *stream_values(const struct stream *stream, const struct block *block, size_t strip);

int stream_run(const struct stream *stream, const struct work *work);

#endif
