/* selectivity/histograms: how the neurons that tell a target best respond to all images, to the
 * target, to the rest and to other classes (Fig. 12, 13 of the paper), in common bins.
 *
 *     histograms_write(table, columns, targets, measure, &how);
 */
#ifndef FACET_SELECTIVITY_HISTOGRAMS_H
#define FACET_SELECTIVITY_HISTOGRAMS_H

#include "base/table.h"
#include "selectivity/measure.h"
#include "targets/columns.h"

struct histograms_how {
    const char *layer, *features;
    char **group; /* [group_count] targets that are shown for each other's neurons, too */
    size_t group_count;
};

int histograms_new(struct facet_table **table, const char *folder);

/* Reads the strips of five excitatory and five inhibitory neurons of each target again. */
int histograms_write(struct facet_table *table, struct facet_columns *columns,
                     const struct facet_targets *targets, const struct measure *measure,
                     const struct histograms_how *how);

#endif
