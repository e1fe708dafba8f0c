/* Raw float32 files, for the drivers of tests and benchmarks that compare with other programs. */
#ifndef TESTS_RAW_H
#define TESTS_RAW_H

#include "base/error.h"
#include "base/file.h"

#include <stdio.h>
#include <stdlib.h>

/* FOLDER/NAME.raw */
static inline int write_raw(const char *folder, const char *name, const float *values, size_t count)
{
    struct facet_file file;
    char *path = facet_format("%s/%s.raw", folder, name);
    int code = path == NULL ? FACET_ENOMEM : facet_file_begin(&file, path);
    free(path);
    if (code < 0) return code;
    fwrite(values, sizeof *values, count, file.stream);
    return facet_file_commit_lazily(&file);
}

static inline int read_raw(const char *path, float *values, size_t count)
{
    FILE *file = fopen(path, "rb");
    size_t got = file != NULL ? fread(values, sizeof *values, count, file) : 0;
    if (file != NULL) fclose(file);
    return got == count ? FACET_OK
                        : facet_fail(FACET_EIO, "%s: %zu values, expected %zu", path, got, count);
}

/* All of a file; NULL with the message set if it can't be read. The caller frees. */
static inline float *read_all(const char *path)
{
    FILE *file = fopen(path, "rb");
    float *values = NULL;
    if (file != NULL && fseek(file, 0, SEEK_END) == 0) {
        const size_t count = (size_t)ftell(file) / sizeof *values;
        values = facet_alloc(count, sizeof *values, path);
        if (values != NULL && read_raw(path, values, count) < 0) {
            free(values);
            values = NULL;
        }
    } else {
        facet_fail(FACET_EIO, "%s: cannot be read", path);
    }
    if (file != NULL) fclose(file);
    return values;
}

#endif
