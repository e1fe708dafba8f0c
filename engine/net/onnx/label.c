#include "net/onnx/label.h"

#include <stdio.h>
#include <string.h>

enum { KEPT = FACET_NAME_SIZE - 12 }; /* room for "~" and a number */

static char plain(char c)
{
    if (c == '/') return '.';
    return c <= ' ' || c > '~' || strchr(",+*?[]\\", c) != NULL ? '_' : c;
}

static void spell(const char *name, char label[FACET_NAME_SIZE])
{
    while (*name == '/') name++;
    const size_t length = strlen(name), half = (KEPT - 2) / 2;
    size_t used = 0;
    for (size_t i = 0; i < length; i++) {
        if (length > KEPT && i == half) {
            label[used++] = '.';
            label[used++] = '.';
            i = length - half;
        }
        label[used++] = plain(name[i]);
    }
    label[used] = '\0';
    /* A path of dots is a folder's, not a dataset's. */
    if (strspn(label, ".") == used) strcpy(label, "tensor");
}

int facet_onnx_label(struct facet_onnx_graph *g)
{
    struct facet_onnx_names taken = {0};
    int code = FACET_OK;
    for (size_t i = 0; code == FACET_OK && i < g->value_count; i++) {
        char *label = g->values[i].label;
        spell(g->values[i].name, label);
        const size_t length = strlen(label);
        for (size_t n = i; facet_onnx_names_find(&taken, label) != FACET_ONNX_NONE; n++)
            snprintf(label + length, FACET_NAME_SIZE - length, "~%zu", n);
        code = facet_onnx_names_add(&taken, label, i);
    }
    facet_onnx_names_clear(&taken);
    return code;
}
