#define _XOPEN_SOURCE 700 /* realpath */

#include "net/onnx/external.h"

#include "base/parse.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int facet_onnx_external_folder(const char *path, char **folder)
{
    const char *slash = strrchr(path, '/');
    char *name = slash == NULL   ? facet_strdup(".")
                 : slash == path ? facet_strdup("/")
                                 : facet_format("%.*s", (int)(slash - path), path);
    if (name == NULL) return FACET_ENOMEM;
    *folder = realpath(name, NULL);
    free(name);
    return FACET_OK;
}

/* What a tensor says of its place. */
struct place {
    const char *location;
    int64_t offset, length; /* length < 0: not said */
};

static int read_place(struct place *place, const Onnx__TensorProto *p,
                      const struct facet_onnx_source *source, const char *name)
{
    *place = (struct place){.length = -1};
    int code = FACET_OK;
    for (size_t i = 0; code == FACET_OK && i < p->n_external_data; i++) {
        const char *key = p->external_data[i]->key, *value = p->external_data[i]->value;
        if (key == NULL || value == NULL) continue;
        if (strcmp(key, "location") == 0) place->location = value;
        if (strcmp(key, "offset") == 0)
            code = facet_parse_int("offset", value, 0, INT64_MAX, &place->offset);
        if (strcmp(key, "length") == 0)
            code = facet_parse_int("length", value, 0, INT64_MAX, &place->length);
    }
    if (code < 0)
        return facet_fail(FACET_EFORMAT, "%s: tensor '%s': external data: %s", source->path, name,
                          facet_error_message());
    if (place->location == NULL || place->location[0] == '\0')
        return facet_fail(FACET_EFORMAT, "%s: tensor '%s': external data without a location",
                          source->path, name);
    return FACET_OK;
}

/* Opens the file if it lies in the model's folder, links followed. */
static int open_inside(const struct place *place, const struct facet_onnx_source *source,
                       const char *name, int *file)
{
    const char *fault = NULL;
    char *path = NULL, *real = NULL;
    int code = FACET_OK;
    if (source->folder == NULL || place->location[0] == '/') {
        fault = "lies outside the model's folder";
    } else {
        path = facet_format("%s/%s", source->folder, place->location);
        real = path != NULL ? realpath(path, NULL) : NULL;
        const size_t length = strlen(source->folder);
        if (path == NULL)
            code = FACET_ENOMEM;
        else if (real == NULL)
            fault = strerror(errno);
        else if (strncmp(real, source->folder, length) != 0 ||
                 (real[length] != '/' && source->folder[length - 1] != '/'))
            fault = "lies outside the model's folder";
        else if ((*file = open(real, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)) < 0)
            fault = strerror(errno);
    }
    if (fault != NULL)
        code = facet_fail(FACET_EFORMAT, "%s: tensor '%s': external data '%s': %s", source->path,
                          name, place->location, fault);
    free(path);
    free(real);
    return code;
}

static int read_bytes(struct facet_onnx_external *e, int file, const struct place *place,
                      const struct facet_onnx_source *source, const char *name, size_t size)
{
    struct stat info;
    if (fstat(file, &info) != 0 || !S_ISREG(info.st_mode))
        return facet_fail(FACET_EFORMAT, "%s: tensor '%s': external data '%s': is not a file",
                          source->path, name, place->location);
    if (info.st_size < place->offset || (size_t)(info.st_size - place->offset) < size)
        return facet_fail(FACET_EFORMAT,
                          "%s: tensor '%s': external data '%s': has %lld bytes, expected %zu from "
                          "byte %lld on",
                          source->path, name, place->location, (long long)info.st_size, size,
                          (long long)place->offset);
    e->bytes = facet_alloc(size, 1, name);
    if (e->bytes == NULL) return FACET_ENOMEM;
    for (size_t done = 0; done < size;) {
        const ssize_t got = pread(file, e->bytes + done, size - done, place->offset + (off_t)done);
        if (got <= 0)
            return facet_fail(FACET_EIO, "%s: tensor '%s': external data '%s': cannot be read",
                              source->path, name, place->location);
        done += (size_t)got;
    }
    return source->hash != NULL ? facet_hash_add(source->hash, e->bytes, size) : FACET_OK;
}

int facet_onnx_external_open(struct facet_onnx_external *external, const Onnx__TensorProto *proto,
                             const struct facet_onnx_source *source, const char *name, size_t size)
{
    struct place place;
    int file = -1;
    int code = read_place(&place, proto, source, name);
    if (code == FACET_OK && place.length >= 0 && (uint64_t)place.length != size)
        code = facet_fail(FACET_EFORMAT,
                          "%s: tensor '%s': external data '%s': %lld bytes, expected %zu for its "
                          "shape",
                          source->path, name, place.location, (long long)place.length, size);
    if (code == FACET_OK) code = open_inside(&place, source, name, &file);
    if (code == FACET_OK) code = read_bytes(external, file, &place, source, name, size);
    if (file >= 0) close(file);
    return code;
}

void facet_onnx_external_close(struct facet_onnx_external *external)
{
    free(external->bytes);
    external->bytes = NULL;
}
