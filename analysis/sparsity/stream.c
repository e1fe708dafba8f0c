#include "sparsity/stream.h"

#include <omp.h>
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
    return block->values +
           (block->passing ? (size_t)omp_get_thread_num() : strip) * strip_room(stream);
}

const float *stream_values(const struct stream *stream, const struct block *block, size_t strip)
{
    return strip_of(stream, block, strip);
}

/* Which rows a block spans, and which of them are not missing. */
static void place_block(const struct stream *s, struct block *b, size_t at)
{
    const uint8_t *missing = facet_acts_missing(s->acts, NULL);
    size_t left = s->images - at;
    b->first = at;
    b->read = left < s->capacity ? left : s->capacity;
    b->rows = 0;
    for (size_t r = 0; r < b->read; r++)
        if (!missing[at + r]) b->row[b->rows++] = at + r;
}

/* Reads a strip, checks it, and moves the rows that are not missing together. Any thread, but the
 * reading is one thread's at a time. What fails is read again by check_block(), for the message. */
static void read_strip(const struct stream *s, struct block *b, size_t strip)
{
    const size_t width = stream_width(s, strip), neuron = s->first + strip * s->strip;
    float *x = strip_of(s, b, strip);
    int unchecked = 0, code;
#pragma omp critical(stream)
    code = facet_acts_fetch(s->acts, s->layer, s->view, b->first, b->read, neuron, width, x,
                            strip_room(s), &unchecked);
    b->bad[strip] = code < 0;
    if (code == FACET_OK && s->digest != NULL)
        b->sum[strip] = facet_acts_sum(s->acts, s->layer, b->read, width, x, unchecked);
    if (code == FACET_OK && unchecked)
        b->bad[strip] = !facet_acts_check(s->acts, s->layer, width, x);
    for (size_t r = 0; b->rows < b->read && r < b->rows; r++)
        memmove(x + r * width, x + (b->row[r] - b->first) * width, width * sizeof *x);
}

static int check_block(const struct stream *s, const struct block *b)
{
    size_t at = b->first;
    for (size_t strip = 0; strip < stream_strips(s); strip++) {
        if (!b->bad[strip]) continue;
        int code =
            facet_acts_read(s->acts, s->layer, s->view, at, b->read, s->first + strip * s->strip,
                            stream_width(s, strip), strip_of(s, b, strip));
        if (code == FACET_OK)
            code = facet_fail(FACET_EFORMAT, "%s: layer %zu, rows %zu to %zu: changed while read",
                              facet_acts_path(s->acts), s->layer, at, at + b->read - 1);
        return code;
    }
    if (s->digest != NULL)
        return facet_hash_add(s->digest, b->sum, stream_strips(s) * sizeof *b->sum);
    return FACET_OK;
}

/* A round: `next` is read and its strips are worked on, beside the tasks of `now`, in turns as long
 * as there are both, and the writing of what `last` gave. NULL: there is no such block. */
static void share(const struct stream *s, const struct work *work, struct block *next,
                  const struct block *now, const struct block *last)
{
    long strips = next != NULL ? (long)stream_strips(s) : 0;
    long tasks = now != NULL && work->tasks != NULL ? (long)work->tasks(work->context, now) : 0;
    long turns = 2 * (strips < tasks ? strips : tasks);
#pragma omp parallel num_threads(s->threads)
    {
#pragma omp master
        if (last != NULL && work->write != NULL) work->write(work->context, last);
#pragma omp for schedule(dynamic)
        for (long i = 0; i < strips + tasks; i++) {
            long at = i < turns ? i / 2 : i - turns / 2;
            if (i < turns ? i % 2 == 0 : strips > tasks) {
                read_strip(s, next, (size_t)at);
                work->strip(work->context, next, (size_t)at);
            } else {
                work->task(work->context, now, (size_t)at);
            }
        }
    }
}

static void say_read(const struct stream *s, const struct block *b)
{
    if (s->bytes != NULL) *s->bytes += (double)(b->read * s->neurons * sizeof(float));
    if (s->progress != NULL) facet_progress_update(s->progress, (uint64_t)(*s->bytes / 1048576));
}

static int new_block(const struct stream *s, struct block *b)
{
    const size_t strips = stream_strips(s);
    b->row = facet_alloc(s->capacity, sizeof *b->row, "block");
    b->bad = facet_alloc(strips, sizeof *b->bad, "block");
    b->sum = facet_alloc(strips, sizeof *b->sum, "block");
    return b->row == NULL || b->bad == NULL || b->sum == NULL ? FACET_ENOMEM : FACET_OK;
}

void stream_release(struct stream_room *room)
{
    free(room->values);
    *room = (struct stream_room){0};
}

static int make_room(struct stream_room *room, size_t count)
{
    if (room->count >= count) return FACET_OK;
    stream_release(room);
    room->values = facet_alloc(count, sizeof *room->values, "block");
    if (room->values == NULL) return FACET_ENOMEM;
    room->count = count;
    return FACET_OK;
}

/* Three blocks take turns: being read, computed on, written. The last needs no values. */
static int run(const struct stream *s, const struct work *work, struct block blocks[3])
{
    struct block *next = NULL, *now = NULL, *last = NULL;
    int code = FACET_OK;
    size_t at = 0, round = 0;
    do {
        last = now;
        now = next;
        next = at < s->images ? &blocks[round % 3] : NULL;
        if (next != NULL) {
            next->values = s->room->values;
            if (!work->passing && round % 2) next->values += stream_strips(s) * strip_room(s);
            next->parity = (int)(round % 2);
            next->passing = work->passing;
            place_block(s, next, at);
            at += next->read;
        }
        round++;
        share(s, work, next, now, last);
        if (now != NULL && work->finish != NULL) code = work->finish(work->context, now);
        if (code == FACET_OK && next != NULL) code = check_block(s, next);
        if (code == FACET_OK && next != NULL) say_read(s, next);
    } while (code == FACET_OK && (next != NULL || now != NULL));
    return code;
}

int stream_run(const struct stream *stream, const struct work *work)
{
    struct block blocks[3] = {{0}};
    const size_t strips = 2 * stream_strips(stream), threads = (size_t)stream->threads;
    int code = make_room(stream->room, (strips > threads ? strips : threads) * strip_room(stream));
    for (int i = 0; code == FACET_OK && i < 3; i++) code = new_block(stream, &blocks[i]);
    if (code == FACET_OK) code = run(stream, work, blocks);
    for (int i = 0; i < 3; i++) {
        free(blocks[i].row);
        free(blocks[i].bad);
        free(blocks[i].sum);
    }
    return code;
}
