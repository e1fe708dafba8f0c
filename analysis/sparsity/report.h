/* sparsity/report: a measured layer's rows in the tables, with intervals over identities. */
#ifndef FACET_SPARSITY_REPORT_H
#define FACET_SPARSITY_REPORT_H

#include "sparsity/layer.h"
#include "sparsity/sparsity.h"
#include "sparsity/tables.h"

/* Row of images.tsv; `context` is the tables. A layer_image. */
void report_image(void *context, const struct layer *layer, size_t row, uint32_t active,
                  const struct facet_sparseness *s);

/* Everything else about the layer. `scale`: of relative thresholds, 0 if they are absolute. */
int report_layer(struct tables *tables, const struct layer *layer,
                 const struct facet_sparsity_options *options, double scale,
                 struct facet_sparsity_summary *line);

#endif
