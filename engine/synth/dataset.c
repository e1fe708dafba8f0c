#include "synth/dataset.h"

#include "base/file.h"
#include "base/table.h"
#include "synth/draw.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What the manifest says of one image. */
struct row {
    struct facet_synth_labels labels;
    double landmarks[10];
};

static const struct facet_column columns[] = {
    {"image", "string", "1", "path relative to this file's folder"},
    {"identity", "string", "1", "person"},
    {"left_eye_x", "real", "pixel",
     "centre of the eye with the smaller x; true projection; centres "
     "of pixels lie at integers"},
    {"left_eye_y", "real", "pixel", "see left_eye_x; y runs down"},
    {"right_eye_x", "real", "pixel", "centre of the other eye"},
    {"right_eye_y", "real", "pixel", "centre of the other eye"},
    {"nose_x", "real", "pixel", "tip of the nose"},
    {"nose_y", "real", "pixel", "tip of the nose"},
    {"mouth_left_x", "real", "pixel", "corner of the mouth on the side of the left eye"},
    {"mouth_left_y", "real", "pixel", "corner of the mouth on the side of the left eye"},
    {"mouth_right_x", "real", "pixel", "the other corner of the mouth"},
    {"mouth_right_y", "real", "pixel", "the other corner of the mouth"},
    {"male", "boolean", "1", "drawn as a man: shape and hair are shifted towards men's"},
    {"age_years", "real", "year", "age in this image: folds, grey hair, hairline"},
    {"skin_tone", "real", "1", "0 lightest to 1 darkest"},
    {"beard", "boolean", "1", "beard (stubble does not count)"},
    {"mustache", "boolean", "1", "mustache (stubble does not count)"},
    {"glasses", "boolean", "1", "wears glasses, clear or dark, in this image"},
    {"smiling", "boolean", "1", "smiles in this image"},
    {"hat", "boolean", "1", "wears a hat in this image"},
    {"gray_hair", "boolean", "1", "hair is mostly grey (of the bald: beard or what is left)"},
    {"bald", "boolean", "1", "no hair on the top of the head"},
};

enum { COLUMNS = sizeof columns / sizeof *columns };

static char *image_name(const struct facet_synth_dataset *set, int64_t identity, int64_t k)
{
    return facet_format("Synth_%04" PRId64 "/Synth_%04" PRId64 "_%04" PRId64 ".%s", identity + 1,
                        identity + 1, k + 1, set->png ? "png" : "jpg");
}

int facet_synth_counts(const struct facet_synth_dataset *set, int64_t *counts)
{
    int64_t n = set->identities, extra = set->images - 2 * n;
    if (set->each == 0 && extra < 0)
        return facet_fail(FACET_EINVAL,
                          "%" PRId64 " images of %" PRId64
                          " identities: expected at least two of each",
                          set->images, n);
    gsl_rng *rng = facet_rng_new(set->seed, facet_rng_stream("counts"));
    double *weight = facet_alloc((size_t)n, sizeof *weight, "identities");
    int code = rng == NULL || weight == NULL ? FACET_ENOMEM : FACET_OK;
    double total = 0, before = 0;
    /* Pareto weights, as the numbers of pictures of people who are in the news. */
    for (int64_t i = 0; code == FACET_OK && i < n; i++)
        total += weight[i] = pow(1 - 0.995 * draw_uniform(rng), -0.8) - 0.8;
    int64_t given = 0;
    for (int64_t i = 0; code == FACET_OK && i < n; i++) {
        /* Rounding the running sum hands out exactly `extra`. */
        before += weight[i] / total;
        int64_t until = i + 1 == n ? extra : (int64_t)floor(before * (double)extra + 0.5);
        counts[i] = set->each > 0 ? set->each : 2 + until - given;
        given = until;
    }
    if (rng != NULL) gsl_rng_free(rng);
    free(weight);
    return code;
}

/* Creates the folder; one with something in it is an error without `force`. */
static int open_folder(const char *folder, int force)
{
    int code = facet_file_mkdir(folder);
    if (code < 0 || force) return code;
    DIR *dir = opendir(folder);
    if (dir == NULL) return facet_fail(FACET_EIO, "%s: cannot read: %s", folder, strerror(errno));
    int entries = 0;
    for (struct dirent *e; (e = readdir(dir)) != NULL;)
        entries += strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
    closedir(dir);
    return entries == 0
               ? FACET_OK
               : facet_fail(FACET_EINVAL, "%s: not empty (--force writes into it)", folder);
}

/* The work of a run, shared by its threads. */
struct job {
    const struct facet_synth_dataset *set;
    const char *folder;
    const int64_t *counts, *first; /* images of each identity; its first row */
    struct row *rows;
    facet_synth_watch *watch;
    void *user;
    uint64_t done, total;
    int code;
    char message[1024]; /* of the first failure */
};

static int write_image(const struct job *job, struct facet_synth *synth, struct facet_image *image,
                       const struct facet_synth_identity *identity, int64_t i, int64_t k)
{
    const struct facet_synth_dataset *set = job->set;
    struct facet_synth_view view;
    struct row *row = &job->rows[job->first[i] + k];
    int code = facet_synth_draw_view(&view, identity, set->seed, (uint64_t)i, (uint64_t)k);
    if (code < 0) return code;
    facet_synth_render(synth, &view, image, row->landmarks);
    facet_synth_label(&row->labels, identity, &view);
    char *name = image_name(set, i, k);
    char *path = name == NULL ? NULL : facet_file_join(job->folder, name);
    int quality = view.quality < set->quality ? view.quality : set->quality;
    if (path == NULL)
        code = FACET_ENOMEM;
    else
        code = set->png ? facet_image_write_png(path, image)
                        : facet_image_write_jpeg(path, image, quality);
    free(name);
    free(path);
    return code;
}

static int write_identity(struct job *job, struct facet_synth *synth, struct facet_image *image,
                          int64_t i)
{
    struct facet_synth_identity identity;
    char name[32];
    snprintf(name, sizeof name, "Synth_%04" PRId64, i + 1);
    char *path = facet_file_join(job->folder, name);
    int code = path == NULL ? FACET_ENOMEM : facet_file_mkdir(path);
    free(path);
    if (code == FACET_OK) code = facet_synth_draw_identity(&identity, job->set->seed, (uint64_t)i);
    if (code == FACET_OK) facet_synth_meet(synth, &identity);
    for (int64_t k = 0; code == FACET_OK && k < job->counts[i]; k++)
        code = write_image(job, synth, image, &identity, i, k);
    return code;
}

/* Records a failure, the first to come; counts what is done. */
static void account(struct job *job, int code, uint64_t images)
{
#pragma omp critical(facet_synth_job)
    {
        if (code < 0 && job->code == FACET_OK) {
            job->code = code;
            snprintf(job->message, sizeof job->message, "%s", facet_error_message());
        }
        if (code == FACET_OK) job->done += images;
        if (job->watch != NULL) job->watch(job->user, job->done, job->total);
    }
}

static int stopped(const struct job *job)
{
    int code;
#pragma omp atomic read
    code = job->code;
    return code < 0;
}

/* One identity is one piece of work: its head is built once. */
static int write_images(struct job *job)
{
    const struct facet_synth_dataset *set = job->set;
#pragma omp parallel num_threads(set->threads)
    {
        struct facet_synth *synth = NULL;
        struct facet_image image = {0};
        int ready = facet_synth_new(&synth, set->width, set->height, set->framing);
        if (ready == FACET_OK) ready = facet_image_new(&image, set->width, set->height);
        if (ready < 0) account(job, ready, 0);
#pragma omp for schedule(dynamic)
        for (int64_t i = 0; i < set->identities; i++)
            if (ready == FACET_OK && !stopped(job))
                account(job, write_identity(job, synth, &image, i), (uint64_t)job->counts[i]);
        facet_image_free(&image);
        facet_synth_free(&synth);
    }
    return job->code < 0 ? facet_fail(job->code, "%s", job->message) : FACET_OK;
}

static void write_row(struct facet_table *table, const struct row *row)
{
    for (int k = 0; k < 10; k++) facet_table_real(table, round(row->landmarks[k] * 100) / 100);
    const struct facet_synth_labels *l = &row->labels;
    facet_table_int(table, l->male);
    facet_table_real(table, round(l->age_years * 10) / 10);
    facet_table_real(table, round(l->skin_tone * 1000) / 1000);
    const int flags[] = {l->beard, l->mustache,  l->glasses, l->smiling,
                         l->hat,   l->gray_hair, l->bald};
    for (size_t k = 0; k < sizeof flags / sizeof *flags; k++) facet_table_int(table, flags[k]);
}

static int write_manifest(const struct job *job, const struct facet_provenance *run)
{
    char *path = facet_file_join(job->folder, "manifest.tsv");
    struct facet_table *table = NULL;
    int code = path == NULL ? FACET_ENOMEM
                            : facet_table_new(&table, path, "Synthetic faces", columns, COLUMNS);
    for (int64_t i = 0; code == FACET_OK && i < job->set->identities; i++)
        for (int64_t k = 0; k < job->counts[i]; k++) {
            char *name = image_name(job->set, i, k), identity[32];
            snprintf(identity, sizeof identity, "Synth_%04" PRId64, i + 1);
            if (name == NULL) {
                code = FACET_ENOMEM;
                break;
            }
            facet_table_text(table, name);
            facet_table_text(table, identity);
            write_row(table, &job->rows[job->first[i] + k]);
            free(name);
        }
    if (code == FACET_OK) code = facet_table_commit(&table, run);
    facet_table_free(&table);
    free(path);
    return code;
}

static int write_all(struct job *job, int64_t *counts, int64_t *first,
                     const struct facet_provenance *run)
{
    int64_t n = job->set->identities, total = 0;
    int code = facet_synth_counts(job->set, counts);
    if (code < 0) return code;
    for (int64_t i = 0; i < n; i++) {
        first[i] = total;
        total += counts[i];
    }
    job->total = (uint64_t)total;
    job->rows = facet_alloc((size_t)total, sizeof *job->rows, "manifest");
    if (job->rows == NULL) return FACET_ENOMEM;
    code = open_folder(job->folder, job->set->force);
    if (code == FACET_OK) code = facet_synth_write_pairs(job->set, job->folder, counts);
    if (code == FACET_OK) code = write_images(job);
    if (code == FACET_OK) code = write_manifest(job, run);
    return code;
}

int facet_synth_write(const struct facet_synth_dataset *set, const char *folder,
                      const struct facet_provenance *run, facet_synth_watch *watch, void *user,
                      uint64_t *written)
{
    size_t n = (size_t)set->identities;
    int64_t *counts = facet_alloc(n, sizeof *counts, "identities");
    int64_t *first = facet_alloc(n, sizeof *first, "identities");
    struct job job = {.set = set,
                      .folder = folder,
                      .counts = counts,
                      .first = first,
                      .watch = watch,
                      .user = user};
    int code = counts == NULL || first == NULL ? FACET_ENOMEM : write_all(&job, counts, first, run);
    if (code == FACET_OK && written != NULL) *written = job.done;
    free(job.rows);
    free(counts);
    free(first);
    return code;
}
