/* engine/dump: the main corridor: images are decoded, aligned, run through the network (or whatever
 * dump/compute.h stands for), and their activations written, all at once.
 *
 * Batches of images go round a ring of buffers. `threads` workers take whatever can be done next:
 * compute the oldest decoded batch, or else decode the next one; the calling thread writes finished
 * batches in order. Batches lie on a fixed grid (batch b holds images b * batch ..), and results
 * don't depend on the grid (dump/compute.h), so neither threads nor batch size nor the row a
 * resumed run starts from change a bit of the file.
 *
 *     struct facet_dump job = {.manifest = list, .views = views, .compute = &compute, ...};
 *     facet_dump_run(&job, writer, done, &result);
 */
#ifndef FACET_DUMP_DUMP_H
#define FACET_DUMP_DUMP_H

#include "dump/compute.h"
#include "dump/views.h"
#include "store/activations.h"

#include <signal.h>

struct facet_dump {
    const char *program; /* named in the progress line */
    const struct facet_manifest *manifest;
    const struct facet_views *views; /* what is shown of each image */
    const struct facet_compute *compute;
    size_t batch; /* images a batch */
    int threads;
    double flush;      /* seconds between two watermarks */
    int allow_missing; /* an image that can't be read or aligned becomes a row of NaN */
    int quiet;
    void (*note)(void *context, const char *message); /* an image left out; from any thread */
    void *note_context;
    const volatile sig_atomic_t *interrupted; /* nonzero: stop after the batches under way */
};

struct facet_dump_result {
    size_t rows;    /* written in this run */
    size_t missing; /* of them, rows without an image */
    double seconds, write_seconds;
    double decode_seconds, compute_seconds; /* over all workers */
    struct facet_run_step *steps; /* of the computing, over all workers; the caller frees it */
    size_t step_count;
};

/* Bytes of memory for buffers, scratch and weights (not the writer's). */
double facet_dump_memory(const struct facet_dump *job);

/* Seconds an image takes on one thread, measured on a few. */
int facet_dump_probe(const struct facet_dump *job, double *seconds);

/* Runs rows first .. count - 1 and appends them to `writer`, which is left open: the caller commits
 * it, or closes it on failure (finished rows stay). An interrupt is FACET_EIO "interrupted". A
 * value that is not finite is FACET_EFORMAT naming image, layer and neuron. */
int facet_dump_run(const struct facet_dump *job, struct facet_acts_writer *writer, size_t first,
                   struct facet_dump_result *result);

#endif
