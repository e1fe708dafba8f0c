#include "dump/dump.h"

#include "base/clones.h"
#include "base/cpu.h"
#include "base/progress.h"
#include "image/preprocess.h"

#include <float.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Batches beyond one a worker; notes printed one by one; images that the estimate is made from. */
enum { RING_SPARE = 2, WARNINGS = 10, PROBE = 32 };

enum state { FREE, DECODING, DECODED, RUNNING, DONE };

/* One batch on its way. */
struct slot {
    enum state state;
    size_t first, rows;
    float *input;      /* (rows, views, channels, height, width) */
    double *landmarks; /* (rows, views, 5, 2), or NULL */
    float **outputs;   /* one a layer: (rows, views, neurons) */
    uint8_t *missing;  /* (rows) */
};

struct ring {
    const struct facet_dump *job;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct slot *slots;
    size_t slot_count, batches, next_decode, next_run, next_write, first_row;
    size_t warned;
    struct facet_dump_result *result;
    int code; /* the first failure stops everybody */
    char message[1024];
};

struct worker {
    struct ring *ring;
    void *run; /* the compute's */
    pthread_t thread;
};

/* ---- the workers' two tasks ---- */

static void note_missing(struct ring *ring)
{
    pthread_mutex_lock(&ring->lock);
    ring->result->missing++;
    size_t warned = ring->warned++;
    pthread_mutex_unlock(&ring->lock);
    const struct facet_dump *job = ring->job;
    if (job->note == NULL || warned > WARNINGS) return;
    job->note(job->note_context, warned < WARNINGS
                                     ? facet_error_message()
                                     : "more; the variable `missing` of the file lists them");
}

/* Shows an image as row `row` of a slot. */
static int see(const struct facet_dump *job, struct slot *slot, size_t row, size_t image)
{
    const size_t views = job->views->count;
    double *landmarks =
        slot->landmarks != NULL ? slot->landmarks + row * views * 2 * FACET_LANDMARKS : NULL;
    return facet_views_see(job->views, job->manifest, image,
                           slot->input + row * views * job->views->values, landmarks);
}

static int decode(struct ring *ring, struct slot *slot)
{
    const struct facet_dump *job = ring->job;
    const size_t stride = job->views->count * job->views->values;
    for (size_t r = 0; r < slot->rows; r++) {
        float *out = slot->input + r * stride;
        int code = see(job, slot, r, slot->first + r);
        slot->missing[r] = code < 0;
        for (size_t v = 0; code == FACET_OK && v < job->views->count; v++)
            facet_preprocess_normalize(job->views->preprocess, out + v * job->views->values);
        if (code == FACET_OK) continue;
        if (!job->allow_missing || (code != FACET_EIO && code != FACET_EFORMAT)) return code;
        note_missing(ring);
        memset(out, 0, stride * sizeof *out);
    }
    return FACET_OK;
}

/* All at once: nearly always they are. */
FACET_CLONES
static int all_finite(const float *values, size_t count)
{
    int all = 1;
    for (size_t i = 0; i < count; i++) all &= fabsf(values[i]) <= FLT_MAX;
    return all;
}

static int check_finite(const struct facet_dump *job, const struct slot *slot)
{
    const size_t views = job->views->count;
    for (size_t t = 0; t < job->compute->layer_count; t++) {
        const struct facet_acts_layer *layer = &job->compute->layers[t];
        const float *values = slot->outputs[t];
        const size_t count = slot->rows * views * layer->neurons;
        if (all_finite(values, count)) continue;
        for (size_t i = 0; i < count; i++) {
            if (isfinite(values[i])) continue;
            size_t row = i / (views * layer->neurons);
            return facet_fail(FACET_EFORMAT, "%s: neuron %zu of %s is not finite (%g)",
                              job->manifest->images[slot->first + row], i % layer->neurons,
                              layer->name, (double)values[i]);
        }
    }
    return FACET_OK;
}

static int forward(struct worker *worker, struct slot *slot)
{
    const struct facet_dump *job = worker->ring->job;
    const size_t views = job->views->count;
    job->compute->forward(worker->run, slot->rows * views, slot->input, slot->landmarks,
                          slot->outputs);
    return check_finite(job, slot);
}

/* ---- who does what ---- */

static void fail(struct ring *ring, int code)
{
    if (ring->code < 0) return;
    ring->code = code;
    snprintf(ring->message, sizeof ring->message, "%s", facet_error_message());
}

static struct slot *slot_of(struct ring *ring, size_t batch)
{
    return &ring->slots[batch % ring->slot_count];
}

/* The next piece of work, with the lock held; NULL when there will be none. */
static struct slot *take(struct ring *ring)
{
    while (ring->code == FACET_OK && ring->next_run < ring->batches) {
        struct slot *oldest = slot_of(ring, ring->next_run);
        if (ring->next_run < ring->next_decode && oldest->state == DECODED) {
            ring->next_run++;
            oldest->state = RUNNING;
            return oldest;
        }
        struct slot *next = slot_of(ring, ring->next_decode);
        if (ring->next_decode < ring->batches && next->state == FREE) {
            const size_t batch = ring->job->batch, total = ring->job->manifest->count;
            size_t begin = (ring->first_row / batch + ring->next_decode++) * batch;
            size_t end = begin + batch < total ? begin + batch : total;
            next->first = begin > ring->first_row ? begin : ring->first_row;
            next->rows = end - next->first;
            next->state = DECODING;
            return next;
        }
        pthread_cond_wait(&ring->changed, &ring->lock);
    }
    return NULL;
}

static void *work(void *argument)
{
    struct worker *worker = argument;
    struct ring *ring = worker->ring;
    struct slot *slot;
    pthread_mutex_lock(&ring->lock);
    while ((slot = take(ring)) != NULL) {
        int decoding = slot->state == DECODING;
        pthread_mutex_unlock(&ring->lock);
        double begun = facet_cpu_seconds();
        int code = decoding ? decode(ring, slot) : forward(worker, slot);
        double spent = facet_cpu_seconds() - begun;
        pthread_mutex_lock(&ring->lock);
        *(decoding ? &ring->result->decode_seconds : &ring->result->compute_seconds) += spent;
        if (code < 0) fail(ring, code);
        slot->state = decoding ? DECODED : DONE;
        pthread_cond_broadcast(&ring->changed);
    }
    pthread_mutex_unlock(&ring->lock);
    return NULL;
}

/* The calling thread's part, with the lock held: waits for the next batch in order. */
static struct slot *wait_done(struct ring *ring)
{
    while (ring->code == FACET_OK) {
        struct slot *slot = slot_of(ring, ring->next_write);
        if (slot->state == DONE) return slot;
        pthread_cond_wait(&ring->changed, &ring->lock);
    }
    return NULL;
}

static int write_slot(struct ring *ring, struct facet_acts_writer *writer, const struct slot *slot,
                      double *flushed)
{
    double begun = facet_cpu_seconds();
    int any = memchr(slot->missing, 1, slot->rows) != NULL;
    int code = facet_acts_write(writer, slot->rows, (const float *const *)slot->outputs,
                                any ? slot->missing : NULL);
    double now = facet_cpu_seconds();
    if (code == FACET_OK && now - *flushed >= ring->job->flush) {
        code = facet_acts_flush(writer);
        *flushed = now;
    }
    ring->result->write_seconds += facet_cpu_seconds() - begun;
    return code;
}

static void write_all(struct ring *ring, struct facet_acts_writer *writer)
{
    const struct facet_dump *job = ring->job;
    struct facet_progress progress;
    struct slot *slot;
    double flushed = facet_cpu_seconds();
    facet_progress_begin(&progress, job->program, "images", ring->first_row, job->manifest->count,
                         job->quiet);
    pthread_mutex_lock(&ring->lock);
    while (ring->next_write < ring->batches && (slot = wait_done(ring)) != NULL) {
        pthread_mutex_unlock(&ring->lock);
        int code = write_slot(ring, writer, slot, &flushed);
        facet_progress_update(&progress, slot->first + slot->rows);
        pthread_mutex_lock(&ring->lock);
        if (code == FACET_OK) ring->result->rows += slot->rows;
        if (code == FACET_OK && *job->interrupted != 0)
            code = facet_fail(FACET_EIO, "interrupted after %zu of %zu images; --resume goes on",
                              slot->first + slot->rows, job->manifest->count);
        if (code < 0) fail(ring, code);
        slot->state = FREE;
        ring->next_write++;
        pthread_cond_broadcast(&ring->changed);
    }
    pthread_mutex_unlock(&ring->lock);
    facet_progress_end(&progress);
}

/* ---- buffers ---- */

static size_t output_values(const struct facet_dump *job, size_t layer)
{
    return job->views->count * job->compute->layers[layer].neurons;
}

static size_t landmark_values(const struct facet_dump *job)
{
    return job->compute->landmarks ? job->views->count * 2 * FACET_LANDMARKS : 0;
}

double facet_dump_memory(const struct facet_dump *job)
{
    double values = (double)(job->views->count * job->views->values);
    for (size_t t = 0; t < job->compute->layer_count; t++) values += (double)output_values(job, t);
    double row = values * sizeof(float) + (double)landmark_values(job) * sizeof(double);
    double slots = (double)(job->threads + RING_SPARE);
    return slots * (double)job->batch * row + job->compute->memory(job->compute->context,
                                                                   job->batch * job->views->count,
                                                                   job->threads);
}

static int new_slot(const struct facet_dump *job, struct slot *slot)
{
    const size_t size = sizeof(float), layers = job->compute->layer_count;
    slot->input = facet_alloc(job->batch, job->views->count * job->views->values * size, "batch");
    slot->missing = facet_alloc(job->batch, 1, "batch");
    slot->outputs = facet_alloc(layers, sizeof *slot->outputs, "batch");
    if (slot->input == NULL || slot->missing == NULL || slot->outputs == NULL) return FACET_ENOMEM;
    for (size_t t = 0; t < layers; t++) {
        slot->outputs[t] = facet_alloc(job->batch, output_values(job, t) * size, "batch");
        if (slot->outputs[t] == NULL) return FACET_ENOMEM;
    }
    if (!job->compute->landmarks) return FACET_OK;
    slot->landmarks =
        facet_alloc(job->batch, landmark_values(job) * sizeof *slot->landmarks, "batch");
    return slot->landmarks == NULL ? FACET_ENOMEM : FACET_OK;
}

static void free_slot(const struct facet_dump *job, struct slot *slot)
{
    for (size_t t = 0; slot->outputs != NULL && t < job->compute->layer_count; t++)
        free(slot->outputs[t]);
    free(slot->outputs);
    free(slot->landmarks);
    free(slot->input);
    free(slot->missing);
}

static int new_run(const struct facet_dump *job, void **run)
{
    return job->compute->new_run(job->compute->context, job->batch * job->views->count, run);
}

int facet_dump_probe(const struct facet_dump *job, double *seconds)
{
    struct facet_dump one = *job;
    struct slot slot = {0};
    void *run = NULL;
    const size_t images = job->manifest->count < PROBE ? job->manifest->count : PROBE;
    one.batch =
        images < job->batch ? images : job->batch; /* of many views a batch has few images */
    int code = new_slot(&one, &slot);
    if (code == FACET_OK) code = new_run(&one, &run);
    double begun = facet_cpu_seconds();
    for (size_t i = 0; code == FACET_OK && i < images; i++)
        see(job, &slot, 0, i); /* a bad image has its turn */
    const double seen = facet_cpu_seconds() - begun;
    if (code == FACET_OK)
        memset(slot.input, 0,
               one.batch * job->views->count * job->views->values * sizeof *slot.input);
    for (int warm = 0; code == FACET_OK && warm < 2; warm++) { /* the second is timed */
        begun = facet_cpu_seconds();
        job->compute->forward(run, one.batch * job->views->count, slot.input, slot.landmarks,
                              slot.outputs);
    }
    const double computed = facet_cpu_seconds() - begun;
    if (code == FACET_OK) *seconds = seen / (double)images + computed / (double)one.batch;
    job->compute->free_run(run);
    free_slot(&one, &slot);
    return code;
}

static int start(struct ring *ring, struct worker *workers, int *started)
{
    const struct facet_dump *job = ring->job;
    for (*started = 0; *started < job->threads; (*started)++) {
        struct worker *worker = &workers[*started];
        worker->ring = ring;
        int code = new_run(job, &worker->run);
        if (code < 0) return code;
        if (pthread_create(&worker->thread, NULL, work, worker) != 0) {
            job->compute->free_run(worker->run);
            return facet_fail(FACET_ENOMEM, "cannot start thread %d", *started + 1);
        }
    }
    return FACET_OK;
}

/* Adds a worker's times to the result's; without memory for a profile there is none. */
static void add_steps(const struct facet_compute *c, const void *run,
                      struct facet_dump_result *result)
{
    const size_t count = c->step_count(run);
    if (result->steps == NULL) /* zeroed */
        result->steps = facet_alloc(count, sizeof *result->steps, "profile");
    result->step_count = result->steps != NULL ? count : 0;
    for (size_t i = 0; i < result->step_count; i++) {
        const double before = result->steps[i].seconds;
        result->steps[i] = c->step(run, i);
        result->steps[i].seconds += before;
    }
}

int facet_dump_run(const struct facet_dump *job, struct facet_acts_writer *writer, size_t first,
                   struct facet_dump_result *result)
{
    struct ring ring = {.job = job, .first_row = first, .result = result};
    double begun = facet_cpu_seconds();
    int started = 0;
    *result = (struct facet_dump_result){0};
    ring.batches = (job->manifest->count + job->batch - 1) / job->batch - first / job->batch;
    if (first == job->manifest->count) return FACET_OK;
    ring.slot_count = (size_t)job->threads + RING_SPARE;
    pthread_mutex_init(&ring.lock, NULL);
    pthread_cond_init(&ring.changed, NULL);
    ring.slots = facet_alloc(ring.slot_count, sizeof *ring.slots, "batches");
    struct worker *workers = facet_alloc((size_t)job->threads, sizeof *workers, "threads");
    int code = ring.slots == NULL || workers == NULL ? FACET_ENOMEM : FACET_OK;
    for (size_t i = 0; code == FACET_OK && i < ring.slot_count; i++)
        code = new_slot(job, &ring.slots[i]);
    if (code == FACET_OK) code = start(&ring, workers, &started);
    if (code < 0) {
        pthread_mutex_lock(&ring.lock);
        fail(&ring, code);
        pthread_cond_broadcast(&ring.changed);
        pthread_mutex_unlock(&ring.lock);
    }
    write_all(&ring, writer);
    for (int i = 0; i < started; i++) {
        pthread_join(workers[i].thread, NULL);
        add_steps(job->compute, workers[i].run, result);
        job->compute->free_run(workers[i].run);
    }
    free(workers);
    for (size_t i = 0; ring.slots != NULL && i < ring.slot_count; i++)
        free_slot(job, &ring.slots[i]);
    free(ring.slots);
    pthread_cond_destroy(&ring.changed);
    pthread_mutex_destroy(&ring.lock);
    result->seconds = facet_cpu_seconds() - begun;
    return ring.code < 0 ? facet_fail(ring.code, "%s", ring.message) : FACET_OK;
}
