/* programs/layers: the layers of a model as people read them, for facet-model and facet-info. */
#ifndef FACET_PROGRAMS_LAYERS_H
#define FACET_PROGRAMS_LAYERS_H

#include "net/net.h"

/* "pool3,conv4"; "128x52x44". */
#define FACET_LAYERS_TEXT 160
const char *facet_layers_inputs(const struct facet_model_layer *layer,
                                char text[FACET_LAYERS_TEXT]);
const char *facet_layers_shape(const struct facet_acts_layer *shape, char text[FACET_LAYERS_TEXT]);

/* Values of weight and bias of a layer. */
size_t facet_layers_weights(const struct facet_model_layer *layer);

/* Prints a line a layer and one with the sums on stdout. */
void facet_layers_print(const struct facet_net *net);

#endif
