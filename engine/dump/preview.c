#include "dump/preview.h"

#include "image/sheet.h"

#include <stdlib.h>

enum { TILES_A_ROW = 12, FACTOR = 2 };

/* Draws the views of one image at its place, `column` of the first and on. */
static int draw(const struct facet_dump *job, size_t image, struct facet_sheet *sheet, int row,
                int column, size_t views, float *values)
{
    const struct facet_preprocess *p = job->views->preprocess;
    int code = facet_views_see(job->views, job->manifest, image, values, NULL);
    if (code < 0) return job->allow_missing ? FACET_OK : code;
    for (size_t v = 0; v < views; v++)
        facet_sheet_put(sheet, row, column + (int)v, p, values + v * job->views->values);
    return FACET_OK;
}

int facet_dump_preview(const struct facet_dump *job, size_t images, const char *path)
{
    const struct facet_preprocess *p = job->views->preprocess;
    const size_t total = job->manifest->count, views = job->views->count;
    if (images > total) images = total;
    size_t across = TILES_A_ROW / views < images ? TILES_A_ROW / views : images;
    if (across == 0) across = 1; /* more views than tiles in a row */
    const size_t rows = (images + across - 1) / across;
    struct facet_sheet sheet = {0};
    float *values = facet_alloc(views * job->views->values, sizeof *values, "contact sheet");
    int code = values == NULL
                   ? FACET_ENOMEM
                   : facet_sheet_new(&sheet, (int)rows, (int)(across * views), p, FACTOR);
    for (size_t i = 0; code == FACET_OK && i < images; i++)
        code = draw(job, i * total / images, &sheet, (int)(i / across), (int)(i % across * views),
                    views, values);
    if (code == FACET_OK) code = facet_image_write_png(path, &sheet.image);
    facet_sheet_free(&sheet);
    free(values);
    return code;
}
