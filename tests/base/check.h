/* What every C test includes: cmocka with its prerequisites, and shorthands. */
#ifndef TESTS_CHECK_H
#define TESTS_CHECK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/error.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The call fails with `code` and its message holds `text`. */
#define assert_fails(call, expected, text)                                                         \
    do {                                                                                           \
        assert_int_equal((call), (expected));                                                      \
        if (strstr(facet_error_message(), (text)) == NULL)                                         \
            fail_msg("message \"%s\" lacks \"%s\"", facet_error_message(), (text));                \
    } while (0)

/* The call succeeds; prints its message where not. */
#define assert_ok(call)                                                                            \
    do {                                                                                           \
        if ((call) < 0) fail_msg("%s: %s", #call, facet_error_message());                          \
    } while (0)

/* A fresh folder under TMPDIR, which the test is moved into (left behind only on failure). */
static inline int enter_scratch(void **state)
{
    const char *parent = getenv("TMPDIR");
    char *folder = facet_format("%s/facet-test-XXXXXX", parent != NULL ? parent : "/tmp");
    if (folder == NULL || mkdtemp(folder) == NULL || chdir(folder) != 0) return -1;
    *state = folder;
    return 0;
}

static inline int leave_scratch(void **state)
{
    char *command = facet_format("rm -rf '%s'", (char *)*state);
    int status = command == NULL || chdir("/") != 0 || system(command) != 0;
    free(command);
    free(*state);
    return status;
}

/* Writes `text` to a file of the current folder. */
static inline void put_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, strlen(text), file), strlen(text));
    assert_int_equal(fclose(file), 0);
}

/* The content of a file, to be freed. */
static inline char *get_file(const char *path)
{
    char *text = calloc(1, 1 << 20);
    FILE *file = fopen(path, "rb");
    assert_non_null(text);
    assert_non_null(file);
    text[fread(text, 1, (1 << 20) - 1, file)] = '\0';
    fclose(file);
    return text;
}

#endif
