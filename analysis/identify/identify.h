/* identify/identify: who is it? Probes against a gallery, by every layer and metric asked for, to
 * tables: rank-1 and the cumulative match characteristic, and where there are impostors the
 * detection and identification rate over false alarm rates.
 *
 * Intervals are over the people of the gallery: a replicate draws those who have probes with
 * replacement, a person's probes stay together (stats/bootstrap). Gallery and impostors are held,
 * and so is the threshold of a false alarm rate.
 *
 *     struct facet_identify_options options = {...};
 *     facet_identify_run(&options, run, &report);
 *     facet_identify_free(&report);
 */
#ifndef FACET_IDENTIFY_IDENTIFY_H
#define FACET_IDENTIFY_IDENTIFY_H

#include "compare/session.h"
#include "protocol/identification.h"
#include "protocol/ranking.h"
#include "stats/verification.h"

enum facet_identify_protocol {
    FACET_IDENTIFY_TABLES,
    FACET_IDENTIFY_LFW_CLOSED,
    FACET_IDENTIFY_LFW_OPEN,
    FACET_IDENTIFY_CONDITIONS
};

struct facet_identify_options {
    struct facet_session_options compare; /* tables go to its folder */
    enum facet_identify_protocol protocol;
    const char *gallery, *probes;          /* tables, or conditions */
    struct facet_identification_draw draw; /* of the LFW protocols, with its seed */
    size_t most;       /* gallery images of a person across conditions; 0: all */
    int allow_missing; /* of tables */
    size_t replicates; /* of the bootstrap; 0: no intervals */
    uint64_t seed;
};

struct facet_identify_line {
    char *layer;
    enum facet_combine combine;
    enum facet_comparison metric;
    struct facet_estimate rank1; /* NaN without genuine probes */
    struct facet_estimate dir;   /* at FAR 0.01; NaN without impostors */
    double threshold;            /* of that */
};

struct facet_identify_report {
    size_t people, gallery, probes, impostors, dropped, line_count;
    struct facet_identify_line *lines;
};

/* "tables", "lfw_closed", "lfw_open", "conditions" */
const char *facet_identify_protocol_name(enum facet_identify_protocol protocol);

/* Writes identification, cmc and dir (.tsv with sidecars) into the folder, and metric_LAYER.h5 of
 * each Joint Bayesian that was fitted. Errors as protocol/identification and facet_session_run().
 */
int facet_identify_run(const struct facet_identify_options *options, struct facet_provenance *run,
                       struct facet_identify_report *report);
void facet_identify_free(struct facet_identify_report *report);

#endif
