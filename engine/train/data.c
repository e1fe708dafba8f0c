#include "train/data.h"

#include "base/progress.h"
#include "base/rng.h"
#include "image/listed.h"
#include "image/preprocess.h"

#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CHECK_BLOCK = 256, MESSAGE = 1024 };

static size_t input_values(const struct facet_preprocess *p)
{
    return (size_t)p->channels * (size_t)p->height * (size_t)p->width;
}

/* One image: view (channels, height, width) in 0..255. */
static int see(const struct facet_data *d, size_t image, gsl_rng *rng, float *view)
{
    struct facet_image picture = {0};
    char *path;
    const float *landmarks;
    int code = facet_listed_find(d->manifest, image, &path, &landmarks);
    if (code == FACET_OK) code = facet_image_read(path, &picture);
    if (code == FACET_OK)
        code = facet_augment_see(d->preprocess, &d->augment, &picture, landmarks, path, rng, view);
    facet_image_free(&picture);
    free(path);
    return code;
}

/* (channels, height, width) to (height, width, channels). */
static void turn(const struct facet_preprocess *p, const float *view, float *input)
{
    const size_t plane = (size_t)p->height * (size_t)p->width, channels = (size_t)p->channels;
    for (size_t i = 0; i < plane; i++)
        for (size_t c = 0; c < channels; c++) input[i * channels + c] = view[c * plane + i];
}

int facet_data_view(const struct facet_data *d, size_t image, uint64_t draw, size_t place,
                    float *view)
{
    gsl_rng *rng = facet_rng_new(d->seed ^ facet_rng_stream("view") ^ draw << 20, place);
    if (rng == NULL) return facet_fail(FACET_ENOMEM, "out of memory for a random stream");
    int code = see(d, image, rng, view);
    if (code == FACET_OK) facet_preprocess_normalize(d->preprocess, view);
    gsl_rng_free(rng);
    return code;
}

static int read_one(const struct facet_data *d, size_t image, uint64_t draw, size_t place,
                    float *input)
{
    float *view = facet_alloc(input_values(d->preprocess), sizeof *view, "image");
    int code = view == NULL ? FACET_ENOMEM : facet_data_view(d, image, draw, place, view);
    if (code == FACET_OK) turn(d->preprocess, view, input);
    free(view);
    return code;
}

int facet_data_read(const struct facet_data *d, const size_t *images, size_t n, uint64_t draw,
                    float *input)
{
    const size_t values = input_values(d->preprocess);
    size_t failed = n;
    int code = FACET_OK;
    char message[MESSAGE];
#pragma omp parallel for schedule(dynamic, 1) num_threads(d->threads)
    for (size_t i = 0; i < n; i++) {
        int found = read_one(d, images[i], draw, i, input + i * values);
        if (found == FACET_OK) continue;
#pragma omp critical(facet_data_message)
        if (i < failed) {
            failed = i;
            code = found;
            snprintf(message, sizeof message, "%s", facet_error_message());
        }
    }
    return code == FACET_OK ? FACET_OK : facet_fail(code, "%s", message);
}

int facet_data_check(const struct facet_data *d, uint8_t *usable, const char *program, int quiet,
                     void (*note)(void *context, const char *message), void *context)
{
    const size_t values = input_values(d->preprocess), count = d->manifest->count;
    char(*messages)[MESSAGE] = facet_alloc(CHECK_BLOCK, sizeof *messages, "messages");
    float *views = facet_alloc((size_t)d->threads, values * sizeof *views, "images");
    struct facet_progress progress;
    int code = messages == NULL || views == NULL ? FACET_ENOMEM : FACET_OK;
    facet_progress_begin(&progress, program, "images checked", 0, count, quiet);
    for (size_t first = 0; first < count && code == FACET_OK; first += CHECK_BLOCK) {
        const size_t n = count - first < CHECK_BLOCK ? count - first : CHECK_BLOCK;
#pragma omp parallel for schedule(dynamic, 1) num_threads(d->threads)
        for (size_t i = 0; i < n; i++) {
            gsl_rng *rng = facet_rng_new(0, 0);
            usable[first + i] =
                rng != NULL &&
                see(d, first + i, rng, views + (size_t)omp_get_thread_num() * values) == FACET_OK;
            if (!usable[first + i]) snprintf(messages[i], MESSAGE, "%s", facet_error_message());
            if (rng != NULL) gsl_rng_free(rng);
        }
        for (size_t i = 0; i < n && code == FACET_OK; i++) {
            if (usable[first + i]) continue;
            if (note != NULL)
                note(context, messages[i]);
            else
                code = facet_fail(FACET_EFORMAT, "%s", messages[i]);
        }
        facet_progress_update(&progress, first + n);
    }
    facet_progress_end(&progress);
    free(messages);
    free(views);
    return code;
}
