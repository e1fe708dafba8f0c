#include "targets/columns.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STRIP = 32 };

/* A layer, of the image or its mirror image, or both summed. */
struct facet_columns_part {
    size_t layer, view, mirror; /* mirror: the view that is added; that of the image for none */
    size_t neurons, strip, at;  /* at: its first neuron; strip: neurons read together */
    size_t first_strip, strips, rows, blocks; /* rows: read together */
    uint32_t *sum[2]; /* (blocks, strips) checksums of what was read of both views */
};

static void place_part(struct facet_columns *c, struct facet_columns_part *p)
{
    const struct facet_acts_layer *layer = facet_acts_layer(c->acts, p->layer);
    const size_t map = layer->neurons / layer->dims[0];
    const size_t block = facet_acts_block_neurons(c->acts, p->layer);
    p->neurons = layer->neurons;
    p->rows = facet_acts_block_rows(c->acts, p->layer);
    p->strip = ((block > STRIP ? block : STRIP) + map - 1) / map * map;
    if (p->strip > p->neurons) p->strip = p->neurons;
    p->first_strip = c->strips;
    p->strips = (p->neurons + p->strip - 1) / p->strip;
    c->strips += p->strips;
    if (p->strip > c->widest) c->widest = p->strip;
    if (p->rows > c->rows) c->rows = p->rows;
}

static int make_parts(struct facet_columns *c)
{
    const struct facet_features *f = c->features;
    const size_t copies = f->combine == FACET_COMBINE_CONCAT ? 2 : 1;
    size_t at = 0;
    c->part_count = f->layer_count * copies;
    c->parts = facet_alloc(c->part_count, sizeof *c->parts, "layers");
    if (c->parts == NULL) return FACET_ENOMEM;
    for (size_t k = 0; k < c->part_count; k++) {
        struct facet_columns_part *p = &c->parts[k];
        p->layer = f->layers[k / copies];
        p->view = f->views[k % copies];
        p->mirror = f->combine == FACET_COMBINE_SUM ? f->views[1] : p->view;
        p->at = at;
        place_part(c, p);
        at += p->neurons;
    }
    const size_t all = facet_acts_images(c->acts);
    for (size_t k = 0; k < c->part_count; k++) {
        struct facet_columns_part *p = &c->parts[k];
        p->blocks = (all + p->rows - 1) / p->rows;
        for (int v = 0; v < 2; v++) {
            p->sum[v] = facet_alloc(p->blocks, p->strips * sizeof(uint32_t), "checksums");
            if (p->sum[v] == NULL) return FACET_ENOMEM;
        }
    }
    return FACET_OK;
}

int facet_columns_new(struct facet_columns **columns, struct facet_acts *const *acts,
                      const char *layers, enum facet_combine combine, const size_t *row,
                      size_t images)
{
    struct facet_columns *c = facet_alloc(1, sizeof *c, "columns");
    if (c == NULL) return FACET_ENOMEM;
    c->acts = acts[0];
    c->row = row;
    c->images = images;
    int code = facet_features_new(&c->features, acts, 1, layers, "original", combine);
    if (code == FACET_OK) code = make_parts(c);
    if (code == FACET_OK) {
        c->block = facet_alloc(c->rows, c->widest * sizeof *c->block, "strip");
        c->x = facet_alloc(c->images, c->widest * sizeof *c->x, "strip");
        if (c->block == NULL || c->x == NULL) code = FACET_ENOMEM;
    }
    if (code < 0)
        facet_columns_free(&c);
    else
        *columns = c;
    return code;
}

void facet_columns_free(struct facet_columns **columns)
{
    struct facet_columns *c = *columns;
    if (c == NULL) return;
    for (size_t k = 0; c->parts != NULL && k < c->part_count; k++) {
        free(c->parts[k].sum[0]);
        free(c->parts[k].sum[1]);
    }
    facet_features_free(&c->features);
    free(c->parts);
    free(c->block);
    free(c->x);
    free(c);
    *columns = NULL;
}

static struct facet_columns_part *part_of(const struct facet_columns *c, size_t strip)
{
    struct facet_columns_part *p = c->parts;
    while (strip >= p->first_strip + p->strips) p++;
    return p;
}

size_t facet_columns_first(const struct facet_columns *c, size_t strip)
{
    if (strip == c->strips) return c->features->width;
    const struct facet_columns_part *p = part_of(c, strip);
    return p->at + (strip - p->first_strip) * p->strip;
}

/* Moves the block's images that are not missing, from image `next` on, to their columns. */
static size_t put_block(struct facet_columns *c, size_t end, size_t start, size_t next, int add)
{
    for (; next < c->images && c->row[next] < end; next++) {
        const float *from = c->block + (c->row[next] - start) * c->width;
        for (size_t j = 0; j < c->width; j++) {
            float *to = c->x + j * c->images + next;
            *to = add ? *to + from[j] : from[j];
        }
    }
    return next;
}

static int read_view(struct facet_columns *c, const struct facet_columns_part *p, size_t neuron,
                     int added)
{
    const size_t all = facet_acts_images(c->acts);
    for (size_t start = 0, next = 0, b = 0; start < all; start += p->rows, b++) {
        const size_t count = all - start < p->rows ? all - start : p->rows;
        int code = facet_acts_read(c->acts, p->layer, added ? p->mirror : p->view, start, count,
                                   neuron, c->width, c->block);
        if (code < 0) return code;
        p->sum[added][b * p->strips + neuron / p->strip] =
            facet_acts_sum(c->acts, p->layer, count, c->width, c->block, 0);
        next = put_block(c, start + count, start, next, added);
    }
    return FACET_OK;
}

static int check_values(const struct facet_columns *c)
{
    for (size_t j = 0; j < c->width; j++)
        for (size_t i = 0; i < c->images; i++)
            if (!isfinite(c->x[j * c->images + i]))
                return facet_fail(FACET_EFORMAT, "%s: row %zu (%s), neuron %zu: found %g",
                                  facet_acts_path(c->acts), c->row[i],
                                  facet_acts_image(c->acts, c->row[i]), c->first + j,
                                  (double)c->x[j * c->images + i]);
    return FACET_OK;
}

int facet_columns_read(struct facet_columns *c, size_t strip)
{
    const struct facet_columns_part *p = part_of(c, strip);
    const size_t neuron = (strip - p->first_strip) * p->strip, left = p->neurons - neuron;
    c->first = p->at + neuron;
    c->width = left < p->strip ? left : p->strip;
    int code = read_view(c, p, neuron, 0);
    if (code == FACET_OK && p->mirror != p->view) code = read_view(c, p, neuron, 1);
    return code < 0 ? code : check_values(c);
}

int facet_columns_record(const struct facet_columns *c, struct facet_provenance *run)
{
    int code = FACET_OK;
    for (size_t k = 0; k < 2 * c->part_count; k++) {
        const struct facet_columns_part *p = &c->parts[k / 2];
        const size_t view = k % 2 ? p->mirror : p->view;
        struct facet_hash *digest = NULL;
        char name[2 * FACET_NAME_SIZE], hex[FACET_HASH_SIZE];
        if (k % 2 && p->mirror == p->view) continue;
        code = facet_hash_begin(&digest);
        if (code == FACET_OK)
            code = facet_hash_add(digest, p->sum[k % 2], p->blocks * p->strips * sizeof(uint32_t));
        facet_hash_end(&digest, hex);
        snprintf(name, sizeof name, "%s, %s", facet_acts_layer(c->acts, p->layer)->name,
                 facet_acts_view(c->acts, view));
        if (code == FACET_OK)
            code = facet_provenance_input_hash(run, facet_acts_path(c->acts), name, hex);
        if (code < 0) return code;
    }
    return code;
}
