/* report/occlusion: how single neurons bear occlusion, from facet-occlusion's table of neurons.
 *
 * {layers: [{name, features, neurons, levels: [{kind, level}], state_kept, correlation}]}, arrays
 * (levels, neurons) encoded as report/encode says.
 */
#ifndef FACET_REPORT_OCCLUSION_H
#define FACET_REPORT_OCCLUSION_H

#include <jansson.h>

/* The table in folder/occlusion`suffix`; *occlusion is NULL where it isn't there. FACET_EFORMAT: a
 * column is absent, or a field is not what it should be; the message names file and line. */
int occlusion_read(const char *folder, const char *suffix, json_t **occlusion);

#endif
