#include "base/scratch.h"

#include "base/file.h"
#include "base/progress.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { HEAD = 64, PLAIN = 1 << 20 }; /* bytes before an array; from so many on it's a file's */
enum { FIRST = 64, RUN = 1 << 14 };  /* elements: room at first; sorted at a time, in memory */

/* Lies HEAD bytes before an array. */
struct head {
    size_t bytes; /* with the head */
    int mapped;
};

static struct head *head_of(void *array)
{
    return (struct head *)((char *)array - HEAD);
}

static int refuse(const char *folder, size_t bytes, const char *what, int fault)
{
    char room[32];
    return facet_fail(FACET_EIO,
                      "%s: cannot keep %s of %s there: %s (set TMPDIR to a folder with room)",
                      folder, facet_progress_bytes((double)bytes, room), what, strerror(fault));
}

static int map(size_t bytes, const char *what, void **data)
{
    const char *named = getenv("TMPDIR"), *folder = named != NULL && *named ? named : "/tmp";
    char *path = facet_file_join(folder, "facet-XXXXXX");
    if (path == NULL) return FACET_ENOMEM;
    const int file = mkstemp(path);
    int fault = file < 0 ? errno : 0;
    if (file >= 0) {
        unlink(path);
        fault = posix_fallocate(file, 0, (off_t)bytes);
        *data = fault == 0 ? mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0) : NULL;
        if (*data == MAP_FAILED) fault = errno;
        close(file);
    }
    free(path);
    return fault == 0 ? FACET_OK : refuse(folder, bytes, what, fault);
}

void *facet_scratch_alloc(size_t count, size_t size, const char *what)
{
    void *data = NULL;
    if (size > 0 && count > (SIZE_MAX / 2 - HEAD) / size) {
        facet_fail(FACET_ENOMEM, "%s: %zu elements of %zu bytes are too many", what, count, size);
        return NULL;
    }
    const struct head head = {HEAD + count * size, HEAD + count * size >= PLAIN};
    if (head.mapped ? map(head.bytes, what, &data) < 0
                    : (data = facet_alloc(1, head.bytes, what)) == NULL)
        return NULL;
    memcpy(data, &head, sizeof head);
    return (char *)data + HEAD;
}

void facet_scratch_free(void *array)
{
    if (array == NULL) return;
    struct head *head = head_of(array);
    if (head->mapped)
        munmap(head, head->bytes);
    else
        free(head);
}

int facet_scratch_grow(void *array, size_t count, size_t size, const char *what)
{
    void *old, *larger;
    memcpy(&old, array, sizeof old);
    if (old != NULL && count < (head_of(old)->bytes - HEAD) / size) return FACET_OK;
    larger = facet_scratch_alloc(count > 0 ? 2 * count : FIRST, size, what);
    if (larger == NULL) return FACET_ENOMEM;
    if (old != NULL) memcpy(larger, old, count * size);
    facet_scratch_free(old);
    memcpy(array, &larger, sizeof larger);
    return FACET_OK;
}

/* ---- sorting ---- */

struct order {
    size_t size;
    int (*compare)(const void *, const void *);
};

/* The sorted stretches `a`, up to b, and b, up to `end`, as one. */
static void merge(const struct order *o, const char *a, const char *b, const char *end, char *out)
{
    const char *middle = b;
    for (; a < middle || b < end; out += o->size) {
        const int left = b == end || (a < middle && o->compare(a, b) <= 0);
        memcpy(out, left ? a : b, o->size);
        *(left ? &a : &b) += o->size;
    }
}

static void merge_all(const struct order *o, const char *from, size_t count, size_t run, char *to)
{
    for (size_t at = 0; at < count; at += 2 * run) {
        const size_t middle = count - at < run ? count : at + run;
        const size_t end = count - at < 2 * run ? count : at + 2 * run;
        merge(o, from + at * o->size, from + middle * o->size, from + end * o->size,
              to + at * o->size);
    }
}

int facet_scratch_sort(void *array, size_t count, size_t size,
                       int (*compare)(const void *, const void *))
{
    const struct order o = {size, compare};
    char *from = array, *to = NULL, *other = NULL;
    if (count > RUN && (to = other = facet_scratch_alloc(count, size, "sorting")) == NULL)
        return FACET_ENOMEM;
    for (size_t at = 0; at < count; at += RUN)
        qsort(from + at * size, count - at < RUN ? count - at : RUN, size, compare);
    for (size_t run = RUN; run < count; run *= 2) {
        merge_all(&o, from, count, run, to);
        char *sorted = to;
        to = from;
        from = sorted;
    }
    if (from != array) memcpy(array, from, count * size);
    facet_scratch_free(other);
    return FACET_OK;
}
