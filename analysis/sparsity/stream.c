#include "sparsity/stream.h"

#include <stdlib.h>
#include <string.h>

enum { MIN_ROWS = 1024 };

#define MAX_BLOCK_BYTES ((size_t)256 << 20)

size_t stream_strip(const struct facet_acts_layer *layer)
{
    size_t map = layer->neurons / layer->dims[0];
    return (FACET_STRIP + map - 1) / map * map;
}

size_t stream_rows(const struct facet_acts *acts, size_t layer)
{
    size_t chunk = facet_acts_block_rows(acts, layer);
    size_t rows = (MIN_ROWS + chunk - 1) / chunk * chunk, images = facet_acts_images(acts);
    size_t most = MAX_BLOCK_BYTES / sizeof(float) / facet_acts_layer(acts, layer)->neurons;
    if (rows > most && rows > chunk) rows = most > chunk ? most / chunk * chunk : chunk;
    return rows < images ? rows : images;
}

double stream_memory(const struct facet_acts *acts, size_t layer)
{
    return 2.0 * sizeof(float) * (double)stream_rows(acts, layer) *
           (double)facet_acts_layer(acts, layer)->neurons;
}

size_t stream_strips(const struct stream *stream)
{
    return (stream->neurons + stream->strip - 1) / stream->strip;
}

size_t stream_width(const struct stream *stream, size_t strip)
{
    size_t left = stream->neurons - strip * stream->strip;
    return left < stream->strip ? left : stream->strip;
}

/* Floats from strip to strip: its values and their checksum, in whole cache lines. */
static size_t strip_room(const struct stream *stream)
{
    return (stream->strip * stream->capacity / 16 + 1) * 16;
}

static float *strip_of(const struct stream *stream, const struct block *block, size_t strip)
{
    return block->values + strip * strip_room(stream);
}

const float *stream_values(const struct stream *stream, const struct block *block, size_t strip)
{
    return strip_of(stream, block, strip);
}

/* Moves the rows that are not missing together. */
static void drop_missing(const struct stream *s, struct block *b, size_t at)
{
    const uint8_t *missing = facet_acts_missing(s->acts, NULL);
    b->rows = 0;
    for (size_t r = 0; r < b->read; r++)
        if (!missing[at + r]) b->row[b->rows++] = at + r;
    if (b->rows == b->read) return;
    for (size_t strip = 0; strip < stream_strips(s); strip++) {
        size_t width = stream_width(s, strip);
        float *x = strip_of(s, b, strip);
        for (size_t r = 0; r < b->rows; r++)
            memmove(x + r * width, x + (b->row[r] - at) * width, width * sizeof *x);
    }
}

/* Checks a strip as it was read. Any thread. */
static void check_strip(const struct stream *s, struct block *b, size_t strip)
{
    const float *values = strip_of(s, b, strip);
    const size_t width = stream_width(s, strip);
    if (s->digest != NULL)
        b->sum[strip] =
            facet_acts_sum(s->acts, s->layer, b->read, width, values, b->unchecked[strip]);
    if (b->unchecked[strip])
        b->unchecked[strip] = !facet_acts_check(s->acts, s->layer, width, values);
}

/* A strip that failed its check is read again, for the message. */
static int check_block(const struct stream *s, const struct block *b)
{
    size_t at = b->first;
    for (size_t strip = 0; strip < stream_strips(s); strip++) {
        if (!b->unchecked[strip]) continue;
        int code =
            facet_acts_read(s->acts, s->layer, s->view, at, b->read, s->first + strip * s->strip,
                            stream_width(s, strip), strip_of(s, b, strip));
        if (code == FACET_OK)
            code = facet_fail(FACET_EFORMAT, "%s: layer %zu, rows %zu to %zu: changed while read",
                              facet_acts_path(s->acts), s->layer, at, at + b->read - 1);
        return code;
    }
    return FACET_OK;
}

static int read_block(const struct stream *s, struct block *b, size_t at)
{
    size_t left = facet_acts_images(s->acts) - at, missing;
    b->first = at;
    b->read = left < s->capacity ? left : s->capacity;
    for (size_t strip = 0; strip < stream_strips(s); strip++) {
        int code = facet_acts_fetch(s->acts, s->layer, s->view, at, b->read,
                                    s->first + strip * s->strip, stream_width(s, strip),
                                    strip_of(s, b, strip), strip_room(s), &b->unchecked[strip]);
        if (code < 0) return code;
    }
    facet_acts_missing(s->acts, &missing);
    b->checked = missing > 0; /* then it must be done before rows are moved */
    for (size_t strip = 0; b->checked && strip < stream_strips(s); strip++)
        check_strip(s, b, strip);
    if (b->checked) {
        int code = check_block(s, b);
        if (code < 0) return code;
    }
    drop_missing(s, b, at);
    if (s->bytes != NULL) *s->bytes += (double)(b->read * s->neurons * sizeof(float));
    if (s->progress != NULL) facet_progress_update(s->progress, (uint64_t)(*s->bytes / 1048576));
    return FACET_OK;
}

/* Shares the current block's tasks among the threads, the checks of its strips first; this thread
 * before that writes what the block before gave and reads the one after. */
static int compute(const struct stream *s, const struct work *work, struct block *now,
                   struct block *other, int written, size_t next)
{
    int code = FACET_OK, more = next < facet_acts_images(s->acts);
    long strips = now->checked ? 0 : (long)stream_strips(s);
    long tasks = strips + (long)work->tasks(work->context, now);
#pragma omp parallel num_threads(s->threads)
    {
#pragma omp master
        {
            if (!written && work->write != NULL) work->write(work->context, other);
            if (more) code = read_block(s, other, next);
        }
#pragma omp for schedule(dynamic)
        for (long task = 0; task < tasks; task++)
            if (task < strips)
                check_strip(s, now, (size_t)task);
            else
                work->task(work->context, now, (size_t)(task - strips));
    }
    if (code == FACET_OK) code = check_block(s, now);
    if (code == FACET_OK && s->digest != NULL)
        code = facet_hash_add(s->digest, now->sum, stream_strips(s) * sizeof *now->sum);
    if (code == FACET_OK && work->finish != NULL) code = work->finish(work->context, now);
    return code;
}

static int new_block(const struct stream *s, struct block *b)
{
    const size_t strips = stream_strips(s);
    b->row = facet_alloc(s->capacity, sizeof *b->row, "block");
    b->values = facet_alloc(strips, strip_room(s) * sizeof(float), "block");
    b->unchecked = facet_alloc(strips, sizeof *b->unchecked, "block");
    b->sum = facet_alloc(strips, sizeof *b->sum, "block");
    return b->row == NULL || b->values == NULL || b->unchecked == NULL || b->sum == NULL
               ? FACET_ENOMEM
               : FACET_OK;
}

int stream_run(const struct stream *stream, const struct work *work)
{
    struct block blocks[2] = {{.parity = 0}, {.parity = 1}};
    int code = FACET_OK, now = 0;
    size_t images = facet_acts_images(stream->acts), at = 0;
    for (int i = 0; code == FACET_OK && i < 2; i++) code = new_block(stream, &blocks[i]);
    if (code == FACET_OK) code = read_block(stream, &blocks[0], 0);
    while (code == FACET_OK && at < images) {
        size_t next = at + blocks[now].read;
        code = compute(stream, work, &blocks[now], &blocks[!now], at == 0, next);
        at = next;
        now = !now;
    }
    if (code == FACET_OK && work->write != NULL) work->write(work->context, &blocks[!now]);
    for (int i = 0; i < 2; i++) {
        free(blocks[i].row);
        free(blocks[i].values);
        free(blocks[i].unchecked);
        free(blocks[i].sum);
    }
    return code;
}
