#include "dump/mean_face.h"

#include "base/progress.h"
#include "base/table.h"

#include <stdlib.h>

static const struct facet_column columns[] = {
    {"x", "integer", "pixel", "column of the network's input, from 0 at the left"},
    {"y", "integer", "pixel", "row, from 0 at the top"},
    {"red", "real", "1", "mean over images, 0 to 255"},
    {"green", "real", "1", "the same of green"},
    {"blue", "real", "1", "the same of blue"},
};

/* sum (values): over the images that can be seen, *seen of them. */
static int add_faces(const struct facet_dump *job, const struct facet_views *views, double *sum,
                     size_t *seen)
{
    struct facet_progress progress;
    const size_t count = job->manifest->count;
    float *face = facet_alloc(views->values, sizeof *face, "mean face");
    int code = face == NULL ? FACET_ENOMEM : FACET_OK;
    *seen = 0;
    facet_progress_begin(&progress, job->program, "images", 0, count, job->quiet);
    for (size_t i = 0; code == FACET_OK && i < count; i++) {
        code = facet_views_see(views, job->manifest, i, face, NULL);
        for (size_t k = 0; code == FACET_OK && k < views->values; k++) sum[k] += (double)face[k];
        *seen += code == FACET_OK;
        if (job->allow_missing && (code == FACET_EIO || code == FACET_EFORMAT)) code = FACET_OK;
        facet_progress_update(&progress, i + 1);
    }
    facet_progress_end(&progress);
    free(face);
    if (code == FACET_OK && *seen == 0)
        code = facet_fail(FACET_EFORMAT, "%s: no image can be read", job->manifest->path);
    return code;
}

static int write_face(const struct facet_preprocess *p, const double *sum, size_t seen,
                      const char *path, const struct facet_provenance *run)
{
    struct facet_table *table;
    const size_t width = (size_t)p->width, plane = width * (size_t)p->height;
    int code = facet_table_new(&table, path, "The mean of the faces", columns,
                               sizeof columns / sizeof *columns);
    if (code < 0) return code;
    for (size_t i = 0; i < plane; i++) {
        facet_table_int(table, (int64_t)(i % width));
        facet_table_int(table, (int64_t)(i / width));
        for (size_t c = 0; c < 3; c++)
            facet_table_real(table, sum[facet_preprocess_channel(p, c) * plane + i] / (double)seen);
    }
    return facet_table_commit(&table, run);
}

int facet_dump_mean_face(const struct facet_dump *job, const char *path,
                         const struct facet_provenance *run)
{
    const struct facet_preprocess *p = job->views->preprocess;
    struct facet_views *clean = NULL;
    double *sum = NULL;
    size_t seen;
    int code = facet_views_new(&clean, p, NULL, 0);
    if (code == FACET_OK) {
        sum = facet_alloc(clean->values, sizeof *sum, "mean face");
        code = sum == NULL ? FACET_ENOMEM : add_faces(job, clean, sum, &seen);
    }
    if (code == FACET_OK) code = write_face(p, sum, seen, path, run);
    free(sum);
    facet_views_free(&clean);
    return code;
}
