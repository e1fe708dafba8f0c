/* model/metric: a fitted way of comparing two images, as a file (facet-metric-1): a PCA, a Joint
 * Bayesian, or the second on top of the first.
 *
 * HDF5. Attributes of the root: Conventions ("facet-metric-1"); layers, views and combine (text:
 * which layers and views the features were, and how views are combined); data_sha256 and training
 * (text: what it was fitted to and how); history and source (how and by what it was made). Groups,
 * either or both:
 *     pca             mean (d), components (d, k), variance (k); attribute total
 *     joint_bayesian  mean (k), between (k, k), within (k, k), basis (k, k), ratio (k); attributes
 *                     images, identities, steps, change (of between, of within), converged, exact,
 *                     ridge
 * All datasets are float64 with checksums (fletcher32); what they mean stands in model/pca.h and
 * model/joint_bayesian.h.
 *
 *     facet_metric_read(&metric, "metric.h5");
 *     facet_metric_prepare(metric, x, rows, threads, prepared);
 *     facet_metric_score(metric, prepared + i * width, prepared + j * width);
 *     facet_metric_free(&metric);
 */
#ifndef FACET_MODEL_METRIC_H
#define FACET_MODEL_METRIC_H

#include "base/provenance.h"
#include "model/joint_bayesian.h"
#include "model/pca.h"

struct facet_metric {
    struct facet_pca *pca;             /* NULL: none */
    struct facet_jb *jb;               /* NULL: none; of width pca->width where there is one */
    char *layers, *views, *combine;    /* never NULL in a file, "" where it means nothing */
    char *training;                    /* likewise; JSON text */
    char data_sha256[FACET_HASH_SIZE]; /* of the training data */
    char *path;                        /* the file it was read from, NULL if not read from one */
    char sha256[FACET_HASH_SIZE];      /* of that file, "" if not read from one */
    char *history, *source;            /* of that file; NULL likewise */
};

/* Reads and checks a file: truncated, not a metric, a dataset of another shape, missing, damaged,
 * or with NaN or infinity in it, are FACET_EFORMAT naming file and dataset. Not thread-safe (HDF5
 * is not). */
int facet_metric_read(struct facet_metric **metric, const char *path);

/* Writes whole or not at all. FACET_EINVAL without PCA and Joint Bayesian, or if they don't fit
 * together. */
int facet_metric_write(const struct facet_metric *metric, const char *path,
                       const struct facet_provenance *run);

void facet_metric_free(
    struct facet_metric **metric); /* NULL-safe; the PCA and Joint Bayesian too */

/* Width of the rows that go in, and of prepared ones. */
size_t facet_metric_features(const struct facet_metric *metric);
size_t facet_metric_width(const struct facet_metric *metric);

/* out (rows, width) of x (rows, features). A row's result doesn't depend on the others.
 * FACET_EFORMAT: NaN or infinity, naming the row of this block. */
int facet_metric_prepare(const struct facet_metric *metric, const float *x, size_t rows,
                         int threads, float *out);

/* Score of two prepared rows, higher for one person: facet_jb_score(), or without a Joint Bayesian
 * minus the Euclidean distance. */
double facet_metric_score(const struct facet_metric *metric, const float *u, const float *v);

#endif
