#include "report/thumbnails.h"

#include "base/error.h"
#include "base/file.h"
#include "report/encode.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct use {
    size_t place;
    uint32_t uses;
};

static int by_uses(const void *a, const void *b)
{
    const struct use *x = a, *y = b;
    if (x->uses != y->uses) return x->uses < y->uses ? 1 : -1;
    return (x->place > y->place) - (x->place < y->place);
}

static const char *type_of(const unsigned char *bytes, size_t size)
{
    if (size > 3 && memcmp(bytes, "\xff\xd8\xff", 3) == 0) return "image/jpeg";
    if (size > 8 && memcmp(bytes, "\x89PNG\r\n\x1a\n", 8) == 0) return "image/png";
    return NULL;
}

/* Does a name from the activation file stay inside the folder? */
static int is_inside(const char *name)
{
    return name[0] != '/' && strncmp(name, "../", 3) != 0 && strstr(name, "/../") == NULL;
}

/* Puts one picture into `list` and takes its bytes from *left. 1: done; 0: doesn't fit, or no
 * picture. */
static int add(const char *folder, const char *name, size_t place, size_t *left, json_t *list)
{
    unsigned char *bytes = NULL;
    size_t size = 0;
    char key[32], *path = is_inside(name) ? facet_file_join(folder, name) : NULL;
    int done = 0;
    if (path != NULL && encode_read_file(path, &bytes, &size) == FACET_OK && size <= *left) {
        const char *type = type_of(bytes, size);
        snprintf(key, sizeof key, "%zu", place);
        done =
            type != NULL && json_object_set_new(list, key, encode_data_url(type, bytes, size)) == 0;
        *left -= done ? size : 0;
    }
    free(bytes);
    free(path);
    return done;
}

int thumbnails_read(const char *folder, size_t limit, const json_t *names, const uint32_t *uses,
                    json_t *neurons)
{
    const size_t count = json_array_size(names);
    struct use *order = facet_alloc(count, sizeof *order, "thumbnails");
    json_t *list = json_object();
    if (order == NULL || list == NULL) {
        free(order);
        json_decref(list);
        return FACET_ENOMEM;
    }
    for (size_t i = 0; i < count; i++) order[i] = (struct use){i, uses[i]};
    qsort(order, count, sizeof *order, by_uses);
    size_t left = limit, done = 0;
    for (size_t k = 0; k < count; k++)
        done += (size_t)add(folder, json_string_value(json_array_get(names, order[k].place)),
                            order[k].place, &left, list);
    free(order);
    json_object_set_new(neurons, "thumbnails", list);
    json_array_append_new(
        json_object_get(neurons, "notes"),
        json_sprintf("%zu of %zu named images are shown; the others were too many "
                     "for %zu bytes, or not in the folder of pictures.",
                     done, count, limit));
    if (done == 0)
        return facet_fail(FACET_EINVAL, "%s: holds none of the %zu images that are named", folder,
                          count);
    return FACET_OK;
}
