/* base/error: one error convention for every room.
 *
 * A function that can fail returns FACET_OK (0) or a negative code and hands its results out
 * through pointers, which stay untouched on failure. Where the fault is first seen, the message is
 * set with facet_fail(): it names the file, dataset or row, what was expected and what was found.
 * Callers only pass the code on. The message belongs to the calling thread; a program that works
 * in threads copies it to where main prints it, once.
 *
 *     if (width == 0)
 *         return facet_fail(FACET_EFORMAT, "%s: image has no columns", path);
 *     ...
 *     if (facet_image_read(path, &image) < 0)
 *         fprintf(stderr, "facet-dump: %s\n", facet_error_message());
 */
#ifndef FACET_BASE_ERROR_H
#define FACET_BASE_ERROR_H

#include <stddef.h>

#if defined(__GNUC__)
#define FACET_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#else
#define FACET_PRINTF(fmt, args)
#endif

enum facet_code {
    FACET_OK = 0,
    FACET_EINVAL = -1,  /* the request makes no sense: option, argument, name */
    FACET_EIO = -2,     /* the system refused: open, read, write, disk full */
    FACET_EFORMAT = -3, /* the file is not what it should be: corrupt, wrong shape, NaN */
    FACET_ENOMEM = -4,  /* out of memory, or a size that overflows */
};

/* Sets this thread's message (cut at 1,023 bytes; control characters become "?") and returns
 * `code`. */
int facet_fail(int code, const char *format, ...) FACET_PRINTF(2, 3);

/* The message of this thread's last failure; never NULL, owned by the thread. */
const char *facet_error_message(void);

/* Appends `name` to "a, b, c" for a message that says what there is; the first that doesn't fit,
 * and those that follow, are ", ..". */
void facet_fail_list(char *list, size_t size, const char *name);

/* Zeroed array of `count` elements of `size` bytes, 64-byte aligned; the caller frees it with
 * free(). NULL with the message set when memory is short or the product overflows; a count of zero
 * gives a valid pointer. `what` names the array in the message. */
void *facet_alloc(size_t count, size_t size, const char *what);

/* strdup and printf-to-memory with the same error convention; the caller frees. */
char *facet_strdup(const char *text);
char *facet_format(const char *format, ...) FACET_PRINTF(1, 2);

#endif
