#include "sparsity/sparsity.h"

#include "base/hash.h"
#include "base/progress.h"
#include "sparsity/layer.h"
#include "sparsity/report.h"
#include "sparsity/tables.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct facet_sparsity {
    struct facet_sparsity_options options;
    struct facet_provenance *run;
    struct facet_acts *acts;
    size_t *layers;
    size_t layer_count;
    struct images images;
    struct tables tables;
    struct facet_progress progress;
    struct stream_room room;
    double bytes;
    struct facet_sparsity_result result;
};

/* ---- opening ---- */

static int choose_layers(struct facet_sparsity *s)
{
    const struct facet_sparsity_options *o = &s->options;
    s->layer_count = o->layers != NULL ? o->layer_count : facet_acts_layer_count(s->acts);
    s->layers = facet_alloc(s->layer_count, sizeof *s->layers, "layers");
    int code = s->layers == NULL ? FACET_ENOMEM : FACET_OK;
    for (size_t i = 0; code == FACET_OK && i < s->layer_count; i++) {
        s->layers[i] = i;
        if (o->layers != NULL) code = facet_acts_find(s->acts, o->layers[i], &s->layers[i]);
    }
    return code;
}

/* Numbers the identities that have an image; an image without identity is one of its own. */
static int make_clusters(struct facet_sparsity *s)
{
    struct images *m = &s->images;
    size_t n = facet_acts_images(s->acts), identities, missing_count;
    const int32_t *identity = facet_acts_identities(s->acts, &identities);
    const uint8_t *missing = facet_acts_missing(s->acts, &missing_count);
    if (n > INT32_MAX)
        return facet_fail(FACET_EINVAL, "%s: %zu images are too many", s->options.path, n);
    if (n == missing_count)
        return facet_fail(FACET_EFORMAT, "%s: all %zu images are missing", s->options.path, n);
    int32_t *number = facet_alloc(identities, sizeof *number, "identities");
    m->cluster = facet_alloc(n, sizeof *m->cluster, "identities");
    if (number == NULL || m->cluster == NULL) {
        free(number);
        return FACET_ENOMEM;
    }
    for (size_t i = 0; i < n; i++) {
        int32_t of = identity != NULL ? identity[i] : -1;
        if (missing[i]) {
            m->cluster[i] = -1;
        } else if (of < 0) {
            m->cluster[i] = (int32_t)m->clusters++;
            s->result.unidentified++;
        } else {
            if (number[of] == 0) number[of] = (int32_t)++m->clusters; /* from 1 */
            m->cluster[i] = number[of] - 1;
        }
    }
    free(number);
    s->result.images = n - missing_count;
    s->result.missing = missing_count;
    s->result.identities = m->clusters - s->result.unidentified;
    return FACET_OK;
}

/* Chooses the pairs whose overlap is measured; the bits of their images will be kept. */
static int sample_pairs(struct facet_sparsity *s)
{
    struct images *m = &s->images;
    size_t n = facet_acts_images(s->acts);
    m->sampled = facet_alloc(n, sizeof *m->sampled, "sampled images");
    int code = m->sampled == NULL ? FACET_ENOMEM : FACET_OK;
    for (int r = 0; code == FACET_OK && r < 2; r++)
        code = facet_pairs_sample(&m->pairs[r], m->cluster, n, (enum facet_pairs_relation)r,
                                  s->options.pairs, s->options.seed);
    if (code < 0) return code;
    for (int r = 0; r < 2; r++)
        for (size_t k = 0; k < m->pairs[r]->count; k++)
            m->sampled[m->pairs[r]->first[k]] = m->sampled[m->pairs[r]->second[k]] = 1;
    for (size_t i = 0; i < n; i++) m->sampled[i] = m->sampled[i] ? (int32_t)m->samples++ : -1;
    return FACET_OK;
}

/* Everything that makes a run's numbers what they are; the number of threads doesn't. */
static int record(struct facet_sparsity *s)
{
    const struct facet_sparsity_options *o = &s->options;
    int code = facet_provenance_set(s->run, "threshold", "%.9g", o->threshold);
    char list[1000] = "";
    for (size_t k = 0; k < o->threshold_count; k++) {
        size_t used = strlen(list);
        snprintf(list + used, sizeof list - used, "%s%.9g", k > 0 ? "," : "", o->thresholds[k]);
    }
    if (code == FACET_OK)
        code = facet_provenance_set(s->run, o->relative ? "relative_thresholds" : "thresholds",
                                    "%s", list);
    if (code == FACET_OK) code = facet_provenance_set(s->run, "bootstrap", "%zu", o->replicates);
    if (code == FACET_OK)
        code = facet_provenance_set(s->run, "seed", "%llu", (unsigned long long)o->seed);
    if (code == FACET_OK) code = facet_provenance_set(s->run, "pairs", "%zu", o->pairs);
    return code;
}

int facet_sparsity_open(struct facet_sparsity **sparsity,
                        const struct facet_sparsity_options *options, struct facet_provenance *run)
{
    struct facet_sparsity *s = facet_alloc(1, sizeof *s, "run");
    if (s == NULL) return FACET_ENOMEM;
    s->options = *options;
    s->run = run;
    int code = facet_acts_open(&s->acts, options->path);
    if (code == FACET_OK) code = choose_layers(s);
    if (code == FACET_OK) code = make_clusters(s);
    if (code == FACET_OK) code = sample_pairs(s);
    if (code == FACET_OK)
        code = facet_bootstrap_new(&s->images.bootstrap, s->images.clusters, options->replicates,
                                   options->seed, options->threads);
    if (code == FACET_OK) code = record(s);
    s->result.count = s->layer_count * (s->acts != NULL ? facet_acts_view_count(s->acts) : 0);
    if (code == FACET_OK) {
        s->result.lines = facet_alloc(s->result.count, sizeof *s->result.lines, "summary");
        if (s->result.lines == NULL) code = FACET_ENOMEM;
    }
    if (code < 0)
        facet_sparsity_close(&s);
    else
        *sparsity = s;
    return code;
}

void facet_sparsity_close(struct facet_sparsity **sparsity)
{
    struct facet_sparsity *s = *sparsity;
    if (s == NULL) return;
    tables_free(&s->tables);
    stream_release(&s->room);
    facet_acts_free(&s->acts);
    for (int r = 0; r < 2; r++) facet_pairs_free(&s->images.pairs[r]);
    for (size_t i = 0; s->result.lines != NULL && i < s->result.count; i++)
        free(s->result.lines[i].view);
    free(s->result.lines);
    facet_bootstrap_free(&s->images.bootstrap);
    free(s->images.cluster);
    free(s->images.sampled);
    free(s->layers);
    free(s);
    *sparsity = NULL;
}

/* ---- estimate ---- */

static double data_bytes(const struct facet_sparsity *s)
{
    double values = 0;
    for (size_t i = 0; i < s->layer_count; i++)
        values += (double)facet_acts_layer(s->acts, s->layers[i])->neurons;
    return values * (double)facet_acts_images(s->acts) * sizeof(float) *
           (double)facet_acts_view_count(s->acts);
}

char *facet_sparsity_estimate(const struct facet_sparsity *sparsity)
{
    const struct facet_sparsity *s = sparsity;
    double most = 0;
    for (size_t i = 0; i < s->layer_count; i++) {
        double bytes = stream_memory(s->acts, s->layers[i]) +
                       layer_memory(facet_acts_layer(s->acts, s->layers[i]), &s->images,
                                    s->options.threshold_count + 1, s->options.threads);
        if (bytes > most) most = bytes;
    }
    char data[32], memory[32];
    return facet_format(
        "%zu images, %zu layers, %zu views: %s of activations to read twice, about %s of memory",
        facet_acts_images(s->acts), s->layer_count, facet_acts_view_count(s->acts),
        facet_progress_bytes(data_bytes(s), data), facet_progress_bytes(most, memory));
}

/* ---- running ---- */

/* Says in the tables' sidecars what was read. */
static int record_layer(struct facet_sparsity *s, size_t layer, size_t view,
                        struct facet_hash **digest)
{
    char part[2 * FACET_NAME_SIZE], hex[FACET_HASH_SIZE];
    snprintf(part, sizeof part, "%s, %s", facet_acts_layer(s->acts, layer)->name,
             facet_acts_view(s->acts, view));
    facet_hash_end(digest, hex);
    return facet_provenance_input_hash(s->run, s->options.path, part, hex);
}

static int record_labels(struct facet_sparsity *s)
{
    char hex[FACET_HASH_SIZE];
    int code = facet_acts_hash_labels(s->acts, hex);
    return code < 0 ? code : facet_provenance_input_hash(s->run, s->options.path, "labels", hex);
}

static int run_layer(struct facet_sparsity *s, size_t layer, size_t view,
                     struct facet_sparsity_summary *line)
{
    const struct facet_sparsity_options *o = &s->options;
    const struct facet_acts_layer *shape = facet_acts_layer(s->acts, layer);
    struct facet_hash *digest = NULL;
    int code = facet_hash_begin(&digest);
    const struct stream stream = {
        .acts = s->acts,
        .digest = digest,
        .layer = layer,
        .view = view,
        .neurons = shape->neurons,
        .strip = stream_strip(shape),
        .capacity = stream_rows(s->acts, layer),
        .images = facet_acts_images(s->acts),
        .threads = o->threads,
        .room = &s->room,
        .progress = &s->progress,
        .bytes = &s->bytes,
    };
    double scale = 0, *threshold = facet_alloc(o->threshold_count + 1, sizeof *threshold, "layer");
    struct layer *l = NULL;
    if (threshold == NULL) code = FACET_ENOMEM;
    if (code == FACET_OK && o->relative) code = layer_scale(&stream, &scale);
    for (size_t k = 0; code == FACET_OK && k < o->threshold_count; k++)
        threshold[k + 1] = o->thresholds[k] * (o->relative ? scale : 1);
    if (code == FACET_OK) {
        threshold[0] = o->threshold;
        code = layer_new(&l, &stream, &s->images, threshold, o->threshold_count + 1);
    }
    if (code == FACET_OK) code = layer_measure(l, report_image, &s->tables);
    if (code == FACET_OK) code = report_layer(&s->tables, l, o, scale, line);
    if (code == FACET_OK) code = record_layer(s, layer, view, &digest);
    facet_hash_end(&digest, NULL);
    layer_free(&l);
    free(threshold);
    return code;
}

int facet_sparsity_run(struct facet_sparsity *sparsity)
{
    struct facet_sparsity *s = sparsity;
    int code = tables_new(&s->tables, s->options.folder);
    size_t views = facet_acts_view_count(s->acts);
    facet_progress_begin(&s->progress, "facet-sparsity", "MiB", 0,
                         (uint64_t)(2 * data_bytes(s) / 1048576), s->options.quiet);
    for (size_t i = 0; code == FACET_OK && i < s->result.count; i++)
        code = run_layer(s, s->layers[i / views], i % views, &s->result.lines[i]);
    facet_progress_end(&s->progress);
    if (code == FACET_OK) code = record_labels(s);
    if (code == FACET_OK) code = tables_commit(&s->tables, s->run);
    return code;
}

const struct facet_sparsity_result *facet_sparsity_result(const struct facet_sparsity *sparsity)
{
    return &sparsity->result;
}
