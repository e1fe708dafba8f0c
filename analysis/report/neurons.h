/* report/neurons: what the page shows of every neuron, from an activation file.
 *
 *     json_t *neurons;
 *     neurons_read(&options, run, &neurons);
 *
 * {file, view, images, missing, identities, left_out, skipped, cut, subjects: [{name, kind, n}],
 *  shown: [places among the subjects], names: [images that are named], thumbnails: {place: data
 * URL}, notes, layers: [{name, neurons, bins, most, images, active_share, .., all, of, excites,
 * ..}]} Arrays are in the shapes of report/responses, encoded as report/encode says; places are
 * counted from 1, 0 is nobody.
 */
#ifndef FACET_REPORT_NEURONS_H
#define FACET_REPORT_NEURONS_H

#include "base/provenance.h"
#include "report/responses.h"

struct neurons_options {
    const char *path; /* activation file */
    char **layers;    /* [layer_count]; none: all of one dimension */
    size_t layer_count;
    const char *view;
    struct subjects_options subjects;
    struct responses_sizes sizes;
    const char *thumbnails;  /* folder of the images; NULL: no pictures */
    size_t thumbnails_limit; /* bytes of pictures */
};

/* Errors as facet_acts_open(), subjects_new(), responses_new(); FACET_EINVAL: no such layer or
 * view. */
int neurons_read(const struct neurons_options *options, struct facet_provenance *run,
                 json_t **neurons);

#endif
