#define _DEFAULT_SOURCE /* madvise() */

#include "base/error.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* Large arrays lie on large pages where the system has them. */
static const size_t LARGE_PAGE = (size_t)2 << 20;

static _Thread_local char message[1024];

int facet_fail(int code, const char *format, ...)
{
    char text[sizeof message]; /* an argument may be the old message itself */
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    /* Names come from anybody's files: none of them steers a terminal. */
    for (unsigned char *c = (unsigned char *)text; *c != '\0'; c++)
        if ((*c < ' ' && *c != '\n' && *c != '\t') || *c == 0x7f) *c = '?';
    memcpy(message, text, sizeof message);
    return code;
}

const char *facet_error_message(void)
{
    return message;
}

void facet_fail_list(char *list, size_t size, const char *name)
{
    static const char more[] = ", ..";
    const size_t used = strlen(list), comma = used > 0 ? 2 : 0;
    if (used >= sizeof more - 1 && strcmp(list + used + 1 - sizeof more, more) == 0) return;
    const int fits = used + comma + strlen(name) + sizeof more <= size;
    snprintf(list + used, size - used, "%s%s", used > 0 ? ", " : "", fits ? name : "..");
}

void *facet_alloc(size_t count, size_t size, const char *what)
{
    const size_t line = 64;
    if (size != 0 && count > (SIZE_MAX - LARGE_PAGE) / size) {
        facet_fail(FACET_ENOMEM, "%s: %zu elements of %zu bytes are too many", what, count, size);
        return NULL;
    }
    const size_t wanted = count * size, align = wanted < 2 * LARGE_PAGE ? line : LARGE_PAGE;
    const size_t bytes = wanted == 0 ? line : (wanted + align - 1) / align * align;
    void *memory = aligned_alloc(align, bytes);
    if (memory == NULL) {
        facet_fail(FACET_ENOMEM, "%s: no memory for %zu bytes", what, bytes);
        return NULL;
    }
#ifdef MADV_HUGEPAGE
    if (align == LARGE_PAGE) madvise(memory, wanted / LARGE_PAGE * LARGE_PAGE, MADV_HUGEPAGE);
#endif
    return memset(memory, 0, wanted == 0 ? line : wanted);
}

char *facet_strdup(const char *text)
{
    return facet_format("%s", text);
}

char *facet_format(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int length = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (length < 0) {
        facet_fail(FACET_EINVAL, "cannot format \"%s\"", format);
        return NULL;
    }
    char *text = facet_alloc((size_t)length + 1, 1, "text");
    if (text == NULL) return NULL;
    va_start(args, format);
    vsnprintf(text, (size_t)length + 1, format, args);
    va_end(args);
    return text;
}
