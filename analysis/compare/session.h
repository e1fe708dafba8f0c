/* compare/session: what a program goes through that compares images: activation files are opened,
 * a metric is read, the images that are needed of them are named; then every layer is compared by
 * every metric, Joint Bayesian fitted on the way. compare/options reads it all from a command line.
 *
 *     facet_session_new(&session, &options, run);
 *     facet_session_images(session, &images);              // for a protocol
 *     facet_session_need(session, used);                   // used (images): 1, or 0
 *     facet_session_run(session, visit, context);          // compare rows session->place[image]
 *     facet_session_free(&session);
 */
#ifndef FACET_COMPARE_SESSION_H
#define FACET_COMPARE_SESSION_H

#include "compare/compare.h"
#include "compare/feature.h"
#include "protocol/pairs.h"

struct facet_session_options {
    const char *const *paths; /* [path_count] activation files, one behind the other */
    size_t path_count;
    char **train_paths; /* [train_count] for Joint Bayesian: as many, in that order; or 0 */
    size_t train_count;
    const char *metric_path; /* a fitted metric instead; NULL: none */
    const char *folder;      /* where metrics that are fitted are kept */
    char **layers; /* [layer_count] "fc4" or "fc3+fc4"; NULL: every layer of the first file */
    size_t layer_count;
    const char *view;
    int combine; /* enum facet_combine, or -1: both views where there is a mirror image */
    enum facet_comparison metrics[FACET_COMPARISONS];
    size_t metric_count;
    double threshold; /* of Hamming */
    size_t pca;       /* components before Joint Bayesian, 0: none */
    int pca_usual;    /* nonzero: `pca`, or as many as an image has values where those are fewer */
    double ridge;
    int threads;
    void (*say)(const void *context, const char *message); /* what is done and left out; or NULL */
    const void *context;
};
#define FACET_SESSION_DEFAULTS                                                                     \
    {                                                                                              \
        .view = "original", .combine = -1, .pca = 60, .pca_usual = 1, .threads = 1                 \
    }

struct facet_session {
    const struct facet_session_options *options;
    struct facet_provenance *run;
    struct facet_acts **files, **train_files;
    const char **names;         /* [images of the first file] */
    struct facet_metric *given; /* read from a file, or NULL */
    uint32_t *images; /* [image_count] rows of the first file that are needed, ascending */
    size_t image_count;
    uint32_t *place;     /* (images of the first file) their place in that list */
    const char **people; /* [people_count] who is on them, sorted by strcmp, each once */
    size_t people_count;
};

/* Opens the files and records the metric in `run`; options and run must outlive it. Errors as
 * facet_acts_open() and facet_metric_read(). */
int facet_session_new(struct facet_session **session, const struct facet_session_options *options,
                      struct facet_provenance *run);
void facet_session_free(struct facet_session **session); /* NULL-safe */

/* Images of the first file; what `images` points to belongs to the session. */
void facet_session_images(const struct facet_session *session,
                          struct facet_protocol_images *images);

/* used (images of the first file): nonzero for those that are compared. Once, before the run. Their
 * people must not be among those whom Joint Bayesian is fitted to. */
int facet_session_need(struct facet_session *session, const uint8_t *used);

/* A layer (or several joined by +) by a metric. */
struct facet_session_line {
    const char *layer;
    enum facet_combine combine;
    enum facet_comparison metric;
};

/* ---- a layer at a time ---- */

/* A layer ready to be compared. */
struct facet_session_layer {
    struct facet_session *session;
    const char *name;
    enum facet_combine combine;
    size_t width;                      /* features of an image */
    const struct facet_metric *metric; /* Joint Bayesian, given or fitted; NULL if nobody asks */
    struct facet_metric *fitted;
};

/* How many layers there are to compare. */
size_t facet_session_layers(const struct facet_session *session);
const char *facet_session_layer_name(const struct facet_session *session, size_t index);

/* Layer `index`; Joint Bayesian, where it is among the metrics, is fitted now, to faces that
 * nothing was done to, and kept as metric_LAYER.h5 in the folder. Errors as facet_session_run(). */
int facet_session_layer_new(struct facet_session_layer **layer, struct facet_session *session,
                            size_t index);
void facet_session_layer_free(struct facet_session_layer **layer); /* NULL-safe */

/* x (images of the session, width) of a view. */
int facet_session_layer_read(const struct facet_session_layer *layer, const char *view, float *x);

/* What compares rows of such an x; x isn't kept. Says how many images are all zero. */
int facet_session_layer_compare(const struct facet_session_layer *layer,
                                enum facet_comparison metric, const float *x,
                                struct facet_compare **compare);

/* ---- all layers and metrics ---- */

/* At most so many lines come. */
size_t facet_session_lines(const struct facet_session *session);

/* Calls visit for every layer and metric, layers first. `compare` is of the rows of `images`. Keeps
 * every metric that it fits as metric_LAYER.h5 in the folder. Errors as facet_features_new(),
 * facet_features_read(), facet_features_fit(); FACET_EINVAL: the metric that was read is of other
 * layers or features; visit's own. */
typedef int facet_session_visit(void *context, const struct facet_session_line *line,
                                const struct facet_compare *compare);
int facet_session_run(struct facet_session *session, facet_session_visit *visit, void *context);

#endif
