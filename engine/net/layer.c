#include "net/layer.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int facet_layer_fail(const struct facet_layer *layer, const char *format, ...)
{
    char text[768];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    const struct facet_model *model = layer->model;
    return facet_fail(FACET_EFORMAT, "%s: layer %s: %s",
                      model->path != NULL ? model->path : model->name, layer->data->name, text);
}

const char *facet_layer_shape(int rank, const size_t *dims, char text[FACET_SHAPE_TEXT])
{
    size_t used = 0;
    text[0] = '\0';
    for (int i = 0; i < rank; i++)
        used += (size_t)snprintf(text + used, FACET_SHAPE_TEXT - used, "%s%zu", i > 0 ? ", " : "(",
                                 dims[i]);
    snprintf(text + used, FACET_SHAPE_TEXT - used, rank > 0 ? ")" : "nothing");
    return text;
}

/* As facet_layer_shape, with "any" for a size of 0. */
static const char *expected_shape(int rank, const size_t *dims, char text[FACET_SHAPE_TEXT])
{
    size_t used = 0;
    for (int i = 0; i < rank; i++) {
        const char *start = i > 0 ? ", " : "(";
        used +=
            (size_t)(dims[i] == 0
                         ? snprintf(text + used, FACET_SHAPE_TEXT - used, "%sany", start)
                         : snprintf(text + used, FACET_SHAPE_TEXT - used, "%s%zu", start, dims[i]));
    }
    snprintf(text + used, FACET_SHAPE_TEXT - used, ")");
    return text;
}

int facet_layer_check(const struct facet_layer *layer, const char *tensor, int rank,
                      const size_t *expected)
{
    const struct facet_tensor *t =
        strcmp(tensor, "weight") == 0 ? &layer->data->weight : &layer->data->bias;
    int fits = t->rank == rank;
    for (int i = 0; fits && i < rank; i++)
        fits = t->dims[i] > 0 && (expected[i] == 0 || t->dims[i] == expected[i]);
    if (fits) return FACET_OK;
    char want[FACET_SHAPE_TEXT], got[FACET_SHAPE_TEXT];
    if (t->rank == 0)
        return facet_layer_fail(layer, "%s is missing, expected shape %s", tensor,
                                expected_shape(rank, expected, want));
    return facet_layer_fail(layer, "%s has shape %s, expected %s", tensor,
                            facet_layer_shape(t->rank, t->dims, got),
                            expected_shape(rank, expected, want));
}
