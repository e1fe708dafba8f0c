/* base/scratch: arrays that are as long as a list of pairs, and needn't stay in memory.
 *
 * From 1 MiB on such an array is a file: one in the folder that TMPDIR names (/tmp where it names
 * none), mapped, and without a name, so that it is gone however the program ends. The system writes
 * its pages out when memory is short and reads them again when they are asked for, and the memory
 * that is the program's own doesn't grow. Going through an array from one end to the other costs
 * little then; jumping about in it costs much. Its room on the disk is taken at once: a full disk
 * is an error here, not a fault later. A folder that is kept in memory (tmpfs) saves none of it.
 *
 *     double *scores = facet_scratch_alloc(pairs, sizeof *scores, "scores");
 *     facet_scratch_sort(scores, pairs, sizeof *scores, ascending);
 *     facet_scratch_free(scores);
 */
#ifndef FACET_BASE_SCRATCH_H
#define FACET_BASE_SCRATCH_H

#include "base/error.h"

#include <stddef.h>

/* Zeroed, 64-byte aligned. NULL with the message set, which names folder, size and `what`, where
 * there is no room. */
void *facet_scratch_alloc(size_t count, size_t size, const char *what);
void facet_scratch_free(void *array); /* NULL-safe */

/* Makes room for one more than the `count` elements of `size` bytes that the array holds to which
 * `array` points (a pointer to it, NULL at first): moves them to one of twice the room where that
 * is needed. On failure the array stays as it was. */
int facet_scratch_grow(void *array, size_t count, size_t size, const char *what);

/* Sorts as qsort() does, by a merge sort that goes through the array in order and takes as much
 * room again while it runs. On failure nothing has been moved. */
int facet_scratch_sort(void *array, size_t count, size_t size,
                       int (*compare)(const void *, const void *));

#endif
