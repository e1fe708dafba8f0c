#include "net/onnx/names.h"

#include "base/error.h"

#include <stdlib.h>
#include <string.h>

/* FNV-1a */
static uint64_t hash_of(const char *name)
{
    uint64_t hash = 0xcbf29ce484222325;
    for (; *name != '\0'; name++) hash = (hash ^ (uint8_t)*name) * 0x100000001b3;
    return hash;
}

/* The place where a name is, or would be. */
static size_t place_of(const struct facet_onnx_names *n, const char *name)
{
    size_t at = (size_t)hash_of(name) & (n->places - 1);
    while (n->names[at] != NULL && strcmp(n->names[at], name) != 0) at = (at + 1) & (n->places - 1);
    return at;
}

size_t facet_onnx_names_find(const struct facet_onnx_names *n, const char *name)
{
    if (n->places == 0) return FACET_ONNX_NONE;
    const size_t at = place_of(n, name);
    return n->names[at] != NULL ? n->numbers[at] : FACET_ONNX_NONE;
}

static int grow(struct facet_onnx_names *n)
{
    struct facet_onnx_names larger = {.places = n->places > 0 ? 2 * n->places : 64};
    larger.names = facet_alloc(larger.places, sizeof *larger.names, "names");
    larger.numbers = facet_alloc(larger.places, sizeof *larger.numbers, "names");
    if (larger.names == NULL || larger.numbers == NULL) {
        facet_onnx_names_clear(&larger);
        return FACET_ENOMEM;
    }
    for (size_t i = 0; i < n->places; i++) {
        if (n->names[i] == NULL) continue;
        const size_t at = place_of(&larger, n->names[i]);
        larger.names[at] = n->names[i];
        larger.numbers[at] = n->numbers[i];
    }
    larger.count = n->count;
    facet_onnx_names_clear(n);
    *n = larger;
    return FACET_OK;
}

int facet_onnx_names_add(struct facet_onnx_names *n, const char *name, size_t number)
{
    if (2 * (n->count + 1) > n->places && grow(n) < 0) return FACET_ENOMEM;
    const size_t at = place_of(n, name);
    n->names[at] = name;
    n->numbers[at] = number;
    n->count++;
    return FACET_OK;
}

void facet_onnx_names_clear(struct facet_onnx_names *n)
{
    free(n->names);
    free(n->numbers);
    *n = (struct facet_onnx_names){0};
}
