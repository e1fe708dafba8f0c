/* net/onnx/names: which number a name has: a hash table over strings that belong to others. */
#ifndef FACET_NET_ONNX_NAMES_H
#define FACET_NET_ONNX_NAMES_H

#include <stddef.h>
#include <stdint.h>

struct facet_onnx_names {
    const char **names;
    size_t *numbers;
    size_t places, count; /* places: a power of two */
};

#define FACET_ONNX_NONE SIZE_MAX

/* FACET_ONNX_NONE if there is none of that name. */
size_t facet_onnx_names_find(const struct facet_onnx_names *names, const char *name);
/* `name` must be new, and outlive the table. FACET_ENOMEM. */
int facet_onnx_names_add(struct facet_onnx_names *names, const char *name, size_t number);
void facet_onnx_names_clear(struct facet_onnx_names *names);

#endif
