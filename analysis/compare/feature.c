#include "compare/feature.h"

#include "base/parse.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- names ---- */

static const char *const names[] = {"original", "mirror_sum", "mirror_concat"};

const char *facet_combine_name(enum facet_combine combine)
{
    return names[combine];
}

int facet_combine_parse(const char *name, enum facet_combine *combine)
{
    char known[64] = "";
    for (int i = 0; i < 3; i++) {
        if (strcmp(names[i], name) == 0) {
            *combine = (enum facet_combine)i;
            return FACET_OK;
        }
        facet_fail_list(known, sizeof known, names[i]);
    }
    return facet_fail(FACET_EINVAL, "no features are named \"%s\" (there are: %s)", name, known);
}

/* Index of a view, or the number of views where there is none of that name. */
static size_t find_view(const struct facet_acts *acts, const char *view)
{
    size_t i = 0;
    while (i < facet_acts_view_count(acts) && strcmp(facet_acts_view(acts, i), view) != 0) i++;
    return i;
}

static size_t find_mirror(const struct facet_acts *acts, const char *view)
{
    char name[FACET_NAME_SIZE + 16];
    if (strcmp(view, FACET_VIEW_ORIGINAL) == 0) return find_view(acts, FACET_VIEW_MIRROR);
    snprintf(name, sizeof name, "%s" FACET_VIEW_MIRRORED, view);
    return find_view(acts, name);
}

enum facet_combine facet_combine_best(const struct facet_acts *acts, const char *view)
{
    return find_mirror(acts, view) < facet_acts_view_count(acts) ? FACET_COMBINE_CONCAT
                                                                 : FACET_COMBINE_ONE;
}

/* ---- what there is ---- */

static int fail_view(const struct facet_acts *acts, const char *view, int mirrored)
{
    char known[512] = "";
    for (size_t i = 0; i < facet_acts_view_count(acts); i++)
        facet_fail_list(known, sizeof known, facet_acts_view(acts, i));
    return facet_fail(FACET_EINVAL, "%s: has no %sview \"%s\" (it has: %s)", facet_acts_path(acts),
                      mirrored ? "mirror image of " : "", view, known);
}

static int find_layers(struct facet_features *f, const char *layers)
{
    char **list = NULL;
    int code = facet_parse_list("layers", layers, '+', &list, &f->layer_count);
    if (code < 0) return code;
    f->layers = facet_alloc(f->file_count, f->layer_count * sizeof *f->layers, "layers");
    if (f->layers == NULL) code = FACET_ENOMEM;
    for (size_t k = 0; code == FACET_OK && k < f->file_count; k++)
        for (size_t i = 0; code == FACET_OK && i < f->layer_count; i++) {
            size_t *layer = &f->layers[k * f->layer_count + i];
            code = facet_acts_find(f->files[k], list[i], layer);
            if (code == FACET_OK) f->width += facet_acts_layer(f->files[k], *layer)->neurons;
        }
    if (f->combine == FACET_COMBINE_CONCAT) f->width *= 2;
    free(list);
    return code;
}

static int find_views(struct facet_features *f, const char *view)
{
    f->views = facet_alloc(f->file_count, 2 * sizeof *f->views, "views");
    if (f->views == NULL) return FACET_ENOMEM;
    for (size_t k = 0; k < f->file_count; k++) {
        const struct facet_acts *acts = f->files[k];
        f->views[2 * k] = find_view(acts, view);
        f->views[2 * k + 1] = find_mirror(acts, view);
        if (f->views[2 * k] == facet_acts_view_count(acts)) return fail_view(acts, view, 0);
        if (f->combine != FACET_COMBINE_ONE && f->views[2 * k + 1] == facet_acts_view_count(acts))
            return fail_view(acts, view, 1);
    }
    return FACET_OK;
}

struct named {
    const char *name;
    uint32_t row;
};

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct named *)a)->name, ((const struct named *)b)->name);
}

/* Rows of another file for the images of the first. */
static int match_images(const struct facet_acts *first, const struct facet_acts *other,
                        uint32_t *row_of)
{
    const size_t count = facet_acts_images(other);
    struct named *sorted = facet_alloc(count, sizeof *sorted, "images");
    if (sorted == NULL) return FACET_ENOMEM;
    for (size_t i = 0; i < count; i++)
        sorted[i] = (struct named){facet_acts_image(other, i), (uint32_t)i};
    qsort(sorted, count, sizeof *sorted, by_name);
    int code = FACET_OK;
    for (size_t i = 0; code == FACET_OK && i < facet_acts_images(first); i++) {
        const struct named wanted = {facet_acts_image(first, i), 0};
        const struct named *found = bsearch(&wanted, sorted, count, sizeof *sorted, by_name);
        if (found == NULL)
            code = facet_fail(FACET_EFORMAT, "%s: has no image %s, which %s has",
                              facet_acts_path(other), wanted.name, facet_acts_path(first));
        else
            row_of[i] = found->row;
    }
    free(sorted);
    return code;
}

int facet_features_new(struct facet_features **features, struct facet_acts *const *files,
                       size_t file_count, const char *layers, const char *view,
                       enum facet_combine combine)
{
    struct facet_features *f = facet_alloc(1, sizeof *f, "features");
    if (f == NULL) return FACET_ENOMEM;
    f->files = files;
    f->file_count = file_count;
    f->combine = combine;
    f->row_of = facet_alloc(file_count, sizeof *f->row_of, "files");
    int code = f->row_of == NULL ? FACET_ENOMEM : find_layers(f, layers);
    if (code == FACET_OK) code = find_views(f, view);
    for (size_t k = 1; code == FACET_OK && k < file_count; k++) {
        f->row_of[k] = facet_alloc(facet_acts_images(files[0]), sizeof **f->row_of, "images");
        code = f->row_of[k] == NULL ? FACET_ENOMEM : match_images(files[0], files[k], f->row_of[k]);
    }
    if (code < 0)
        facet_features_free(&f);
    else
        *features = f;
    return code;
}

void facet_features_free(struct facet_features **features)
{
    struct facet_features *f = *features;
    if (f == NULL) return;
    for (size_t k = 0; f->row_of != NULL && k < f->file_count; k++) free(f->row_of[k]);
    free(f->row_of);
    free(f->layers);
    free(f->views);
    free(f);
    *features = NULL;
}

/* ---- reading ---- */

/* Part of x: a layer and view of one file. */
struct part {
    const struct facet_features *f;
    size_t file, layer, view, at; /* at: its first value in a row of x */
    int add;                      /* to what is there */
};

enum { STRIP = 1024 }; /* neurons that are read together */

/* Rows first .. first + count - 1 of the file, neurons n0 .. n0 + width - 1, to their places. */
static void put_block(const struct part *p, const uint32_t *place, size_t first, size_t count,
                      size_t n0, size_t width, const float *block, float *x)
{
    for (size_t r = 0; r < count; r++) {
        if (place[first + r] == 0) continue;
        float *to = x + (place[first + r] - 1) * p->f->width + p->at + n0;
        const float *from = block + r * width;
        for (size_t i = 0; i < width; i++) to[i] = p->add ? to[i] + from[i] : from[i];
    }
}

/* place[row] of the file: 1 + row of x, 0 for none. */
static int read_part(const struct part *p, const uint32_t *place, struct facet_provenance *run,
                     float *x)
{
    struct facet_acts *acts = p->f->files[p->file];
    const size_t neurons = facet_acts_layer(acts, p->layer)->neurons;
    const size_t rows = facet_acts_images(acts), step = facet_acts_block_rows(acts, p->layer);
    const size_t strip = neurons < STRIP ? neurons : STRIP;
    struct facet_hash *digest = NULL;
    char part[2 * FACET_NAME_SIZE], hex[FACET_HASH_SIZE];
    float *block = facet_alloc(step, strip * sizeof *block, "block of activations");
    int code = block == NULL ? FACET_ENOMEM : facet_hash_begin(&digest);
    for (size_t first = 0; code == FACET_OK && first < rows; first += step)
        for (size_t n0 = 0; code == FACET_OK && n0 < neurons; n0 += strip) {
            const size_t count = rows - first < step ? rows - first : step;
            const size_t width = neurons - n0 < strip ? neurons - n0 : strip;
            code = facet_acts_read(acts, p->layer, p->view, first, count, n0, width, block);
            if (code < 0) break;
            const uint32_t sum = facet_acts_sum(acts, p->layer, count, width, block, 0);
            code = facet_hash_add(digest, &sum, sizeof sum);
            put_block(p, place, first, count, n0, width, block, x);
        }
    facet_hash_end(&digest, hex);
    free(block);
    snprintf(part, sizeof part, "%s, %s", facet_acts_layer(acts, p->layer)->name,
             facet_acts_view(acts, p->view));
    if (code < 0 || run == NULL) return code;
    return facet_provenance_input_hash(run, facet_acts_path(acts), part, hex);
}

/* Where each row of a file goes in x. */
static uint32_t *place_rows(const struct facet_features *f, size_t file, const uint32_t *images,
                            size_t rows)
{
    uint32_t *place = facet_alloc(facet_acts_images(f->files[file]), sizeof *place, "images");
    for (size_t i = 0; place != NULL && i < rows; i++)
        place[file == 0 ? images[i] : f->row_of[file][images[i]]] = (uint32_t)i + 1;
    return place;
}

static int check_rows(const struct facet_features *f, const uint32_t *images, size_t rows,
                      const float *x)
{
    for (size_t i = 0; i < rows * f->width; i++)
        if (!isfinite(x[i]))
            return facet_fail(FACET_EFORMAT, "%s: image %s is missing there (its values are NaN)",
                              facet_acts_path(f->files[0]),
                              facet_acts_image(f->files[0], images[i / f->width]));
    return FACET_OK;
}

int facet_features_read(const struct facet_features *f, const uint32_t *images, size_t rows,
                        struct facet_provenance *run, float *x)
{
    size_t at = 0;
    int code = FACET_OK;
    for (size_t k = 0; code == FACET_OK && k < f->file_count; k++) {
        uint32_t *place = place_rows(f, k, images, rows);
        if (place == NULL) return FACET_ENOMEM;
        for (size_t i = 0; code == FACET_OK && i < f->layer_count; i++) {
            const size_t layer = f->layers[k * f->layer_count + i];
            const size_t views = f->combine == FACET_COMBINE_ONE ? 1 : 2;
            const size_t neurons = facet_acts_layer(f->files[k], layer)->neurons;
            for (size_t v = 0; code == FACET_OK && v < views; v++) {
                const int add = v == 1 && f->combine == FACET_COMBINE_SUM;
                const struct part part = {.f = f,
                                          .file = k,
                                          .layer = layer,
                                          .view = f->views[2 * k + v],
                                          .at = add ? at - neurons : at,
                                          .add = add};
                code = read_part(&part, place, run, x);
                if (!add) at += neurons;
            }
        }
        free(place);
    }
    return code < 0 ? code : check_rows(f, images, rows, x);
}
