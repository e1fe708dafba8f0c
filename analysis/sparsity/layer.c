#include "sparsity/layer.h"

#include "base/clones.h"
#include "kernels/bits.h"
#include "stats/histogram.h"
#include "stats/quantile.h"

#include <assert.h>
#include <math.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    LANES = FACET_SPARSENESS_LANES,
    TASK_ROWS = 16 * LANES, /* images a task */
    REDUCED = 1024,         /* images a task of pass two */
    GROUP = 512,            /* neurons whose quantiles are found together */
    PER_IMAGE_BINS = 32,
    SOON = 8, /* images ahead whose sums are asked for */
};

#define REFINE_BYTES ((size_t)128 << 20)

static const double quantile_p[QUANTILES] = {0.05, 0.25, 0.5, 0.75, 0.95};

/* Results of a block's images. */
struct rows {
    struct facet_sparseness *sparseness; /* [capacity] */
    uint32_t *active;                    /* (thresholds, capacity) */
};

struct passes {
    struct layer *layer;
    struct rows rows[2];
    float *cut;       /* [thresholds] greatest float not above the threshold */
    float *bits_cut;  /* [neurons] the first of them */
    size_t *same;     /* [thresholds] the first threshold that is equal */
    float *lanes;     /* (threads, neurons, LANES) */
    uint32_t *sorted; /* (threads, room of sparseness, LANES) */
    int *bad;         /* (2, strips) by parity of the block: a value was not finite */
    struct facet_quantiles *quantiles;
    size_t first, count; /* neurons that `quantiles` is about */
    struct stream part;  /* the neurons of a run through the file in pass two */
    double *gradient;    /* (LINEAR, neurons) */
    double *linear;      /* (2, strips, LINEAR, capacity) by parity of the block */
    layer_image *image;
    void *context;
};

/* ---- memory ---- */

static void free_passes(struct passes *p)
{
    if (p == NULL) return;
    for (int i = 0; i < 2; i++) {
        free(p->rows[i].sparseness);
        free(p->rows[i].active);
    }
    free(p->cut);
    free(p->bits_cut);
    free(p->same);
    free(p->lanes);
    free(p->sorted);
    free(p->bad);
    free(p->gradient);
    free(p->linear);
    facet_quantiles_free(&p->quantiles);
    free(p);
}

static struct passes *new_passes(struct layer *l)
{
    struct passes *p = facet_alloc(1, sizeof *p, "layer");
    if (p == NULL) return NULL;
    const size_t n = l->shape->neurons, capacity = l->stream.capacity;
    const size_t scratch = n * LANES * (size_t)l->stream.threads,
                 strips = stream_strips(&l->stream);
    p->layer = l;
    int ok = 1;
    for (int i = 0; i < 2; i++) {
        struct rows *r = &p->rows[i];
        r->sparseness = facet_alloc(capacity, sizeof *r->sparseness, "layer");
        r->active = facet_alloc(capacity * l->thresholds, sizeof *r->active, "layer");
        ok = ok && r->sparseness != NULL && r->active != NULL;
    }
    p->cut = facet_alloc(l->thresholds, sizeof *p->cut, "layer");
    p->bits_cut = facet_alloc(n, sizeof *p->bits_cut, "layer");
    p->same = facet_alloc(l->thresholds, sizeof *p->same, "layer");
    p->lanes = facet_alloc(scratch, sizeof *p->lanes, "layer");
    p->sorted = facet_alloc(facet_sparseness_room(n) * LANES,
                            (size_t)l->stream.threads * sizeof *p->sorted, "layer");
    p->bad = facet_alloc(2 * strips, sizeof *p->bad, "layer");
    p->gradient = facet_alloc(n * LINEAR, sizeof *p->gradient, "layer");
    p->linear = facet_alloc(2 * strips, LINEAR * capacity * sizeof *p->linear, "layer");
    if (!ok || p->cut == NULL || p->bits_cut == NULL || p->same == NULL || p->lanes == NULL ||
        p->sorted == NULL || p->bad == NULL || p->gradient == NULL || p->linear == NULL) {
        free_passes(p);
        return NULL;
    }
    for (size_t k = 0; k < l->thresholds; k++) {
        float cut = (float)l->threshold[k];
        p->cut[k] = (double)cut > l->threshold[k] ? nextafterf(cut, -INFINITY) : cut;
        while (p->cut[p->same[k]] != p->cut[k]) p->same[k]++;
    }
    for (size_t j = 0; j < n; j++) p->bits_cut[j] = p->cut[0];
    return p;
}

int layer_new(struct layer **layer, const struct stream *stream, const struct images *images,
              const double *threshold, size_t thresholds)
{
    struct layer *l = facet_alloc(1, sizeof *l, "layer");
    if (l == NULL) return FACET_ENOMEM;
    l->shape = facet_acts_layer(stream->acts, stream->layer);
    const size_t n = l->shape->neurons;
    l->stream = *stream;
    l->images = images;
    l->thresholds = thresholds;
    l->width = SUM_ACTIVE + 2 * thresholds;
    l->words = facet_bits_words(n);
    l->per_image_step = facet_histogram_step(n, PER_IMAGE_BINS);
    l->threshold = facet_alloc(thresholds, sizeof *l->threshold, "layer");
    l->active = facet_alloc(n * thresholds, sizeof *l->active, "layer");
    l->quantile = facet_alloc(n * QUANTILES, sizeof *l->quantile, "layer");
    l->histogram = facet_alloc(n * BINS, sizeof *l->histogram, "layer");
    l->per_image = facet_alloc(n / l->per_image_step + 1, sizeof *l->per_image, "layer");
    l->sums = facet_alloc(images->clusters, l->width * sizeof *l->sums, "identities");
    l->pivot = facet_alloc(l->width, sizeof *l->pivot, "layer");
    l->bits = facet_alloc(images->samples, l->words * sizeof *l->bits, "sampled images");
    if (l->threshold != NULL) memcpy(l->threshold, threshold, thresholds * sizeof *threshold);
    if (l->threshold == NULL || l->active == NULL || l->quantile == NULL || l->histogram == NULL ||
        l->per_image == NULL || l->sums == NULL || l->pivot == NULL || l->bits == NULL ||
        facet_moments_new(&l->moments, n) < 0 || (l->work = new_passes(l)) == NULL) {
        layer_free(&l);
        return FACET_ENOMEM;
    }
    *layer = l;
    return FACET_OK;
}

void layer_free(struct layer **layer)
{
    struct layer *l = *layer;
    if (l == NULL) return;
    free_passes(l->work);
    facet_moments_free(&l->moments);
    free(l->threshold);
    free(l->active);
    free(l->quantile);
    free(l->histogram);
    free(l->per_image);
    free(l->sums);
    free(l->pivot);
    free(l->bits);
    free(l);
    *layer = NULL;
}

double layer_memory(const struct facet_acts_layer *shape, const struct images *images,
                    size_t thresholds, int threads)
{
    double n = (double)shape->neurons, group = n < GROUP ? n : GROUP;
    double quantiles = group * 270e3 > (double)REFINE_BYTES ? group * 270e3 : (double)REFINE_BYTES;
    double sums = (double)images->clusters * (double)(SUM_ACTIVE + 2 * thresholds) * sizeof(double);
    return quantiles + sums + (double)images->samples * n / 8 +
           n * (BINS * sizeof(uint32_t) + (double)threads * LANES * 12 + 400);
}

/* ---- pass one: images ---- */

/* Asks for what is needed next, where it lies in short pieces that the processor doesn't foresee.
 */
static inline void prefetch(const void *memory, size_t bytes)
{
#if defined(__GNUC__)
    for (size_t i = 0; i < bytes; i += 64) __builtin_prefetch((const char *)memory + i, 0, 2);
#else
    (void)memory, (void)bytes;
#endif
}

/* Turns LANES rows of `width` values about. */
FACET_CLONES
static void turn(const float *restrict x, size_t stride, size_t width, float *restrict out)
{
    size_t j = 0;
    for (; j + LANES <= width; j += LANES) {
        float tile[LANES][LANES];
        for (int l = 0; l < LANES; l++) memcpy(tile[l], x + (size_t)l * stride + j, sizeof tile[l]);
        for (int i = 0; i < LANES; i++)
            for (int l = 0; l < LANES; l++) out[(j + (size_t)i) * LANES + (size_t)l] = tile[l][i];
    }
    for (; j < width; j++)
        for (size_t l = 0; l < LANES; l++) out[j * LANES + l] = x[l * stride + j];
}

/* Rows first .. first + LANES - 1 of a block side by side; rows after the last are zero. */
static void fill_lanes(const struct stream *s, const struct block *b, size_t first, float *lanes)
{
    size_t rows = b->rows - first < LANES ? b->rows - first : LANES;
    if (rows < LANES) memset(lanes, 0, s->neurons * LANES * sizeof *lanes);
    for (size_t strip = 0; strip < stream_strips(s); strip++) {
        size_t width = stream_width(s, strip);
        const float *x = stream_values(s, b, strip) + first * width;
        float *out = lanes + strip * s->strip * LANES;
        if (first + 2 * LANES <= b->rows) prefetch(x + LANES * width, LANES * width * sizeof *x);
        if (rows == LANES) turn(x, width, width, out);
        for (size_t l = 0; rows < LANES && l < rows; l++)
            for (size_t j = 0; j < width; j++) out[j * LANES + l] = x[l * width + j];
    }
}

FACET_CLONES
static void count_lanes(const float *restrict lanes, size_t n, float cut, uint32_t *restrict out)
{
    uint32_t count[LANES] = {0};
    for (size_t j = 0; j < n; j++)
        for (int l = 0; l < LANES; l++) count[l] += lanes[j * LANES + l] > cut;
    memcpy(out, count, sizeof count);
}

/* Keeps the bits of those of a few images that are sampled; `acts` has room for one image. */
static void keep_bits(const struct passes *p, const float *lanes, const size_t *row, size_t rows,
                      float *acts)
{
    const struct layer *l = p->layer;
    const size_t n = l->shape->neurons;
    for (size_t i = 0; i < rows; i++) {
        const int32_t sample = l->images->sampled[row[i]];
        if (sample < 0) continue;
        for (size_t j = 0; j < n; j++) acts[j] = lanes[j * LANES + i];
        facet_bits_pack(acts, 1, n, p->bits_cut, l->bits + (size_t)sample * l->words);
    }
}

static void measure_lanes(struct passes *p, const struct block *b, size_t first)
{
    const struct layer *l = p->layer;
    const size_t n = l->shape->neurons, capacity = l->stream.capacity;
    const size_t thread = (size_t)omp_get_thread_num();
    struct rows *out = &p->rows[b->parity];
    float *lanes = p->lanes + thread * n * LANES;
    uint32_t *sorted = p->sorted + thread * facet_sparseness_room(n) * LANES;
    struct facet_sparseness sparseness[LANES];
    uint32_t active[LANES];
    size_t rows = b->rows - first < LANES ? b->rows - first : LANES;
    fill_lanes(&l->stream, b, first, lanes);
    facet_sparseness_lanes(lanes, n, sorted, sparseness);
    memcpy(out->sparseness + first, sparseness, rows * sizeof *sparseness);
    for (size_t k = 0; k < l->thresholds; k++) {
        const uint32_t *known = out->active + p->same[k] * capacity + first;
        if (p->same[k] == k) count_lanes(lanes, n, p->cut[k], active);
        memcpy(out->active + k * capacity + first, p->same[k] == k ? active : known,
               rows * sizeof *active);
    }
    keep_bits(p, lanes, b->row + first, rows, (float *)sorted);
}

/* ---- pass one: neurons ---- */

/* Always FACET_STRIP columns: narrower or wider strips go through a padded copy. */
FACET_CLONES
static void count_strip(const float *restrict x, size_t rows, size_t stride, float cut,
                        uint32_t *restrict out)
{
    uint32_t count[FACET_STRIP] = {0};
    for (size_t r = 0; r < rows; r++)
        for (int j = 0; j < FACET_STRIP; j++) count[j] += x[r * stride + j] > cut;
    memcpy(out, count, sizeof count);
}

static void count_columns(const struct passes *p, const float *x, size_t rows, size_t stride,
                          size_t neuron, size_t width)
{
    enum { TILE = 128 };
    const struct layer *l = p->layer;
    float padded[TILE * FACET_STRIP];
    uint32_t count[FACET_STRIP];
    for (size_t r = 0; r < rows; r += TILE) {
        size_t n = rows - r < TILE ? rows - r : TILE, step = stride;
        const float *from = x + r * stride;
        if (width < FACET_STRIP) {
            memset(padded, 0, sizeof padded);
            for (size_t i = 0; i < n; i++)
                memcpy(padded + i * FACET_STRIP, from + i * stride, width * sizeof *from);
            from = padded;
            step = FACET_STRIP;
        }
        for (size_t k = 0; k < l->thresholds; k++) {
            if (p->same[k] < k) continue;
            count_strip(from, n, step, p->cut[k], count);
            for (size_t j = 0; j < width; j++)
                l->active[k * l->shape->neurons + neuron + j] += count[j];
        }
    }
}

static void first_strip(void *context, const struct block *b, size_t strip)
{
    struct passes *p = context;
    struct layer *l = p->layer;
    size_t width = stream_width(&l->stream, strip), neuron = strip * l->stream.strip;
    const float *x = stream_values(&l->stream, b, strip);
    int *bad = p->bad + (size_t)b->parity * stream_strips(&l->stream);
    bad[strip] = facet_moments_add(l->moments, neuron, x, b->rows, width);
    for (size_t j = 0; j < width; j += FACET_STRIP)
        count_columns(p, x + j, b->rows, width, neuron + j,
                      width - j < FACET_STRIP ? width - j : FACET_STRIP);
    if (neuron >= p->first && neuron < p->first + p->count)
        facet_quantiles_count(p->quantiles, neuron - p->first, x, b->rows, width);
}

/* ---- pass one ---- */

static size_t first_tasks(void *context, const struct block *b)
{
    (void)context;
    return (b->rows + TASK_ROWS - 1) / TASK_ROWS;
}

static void first_task(void *context, const struct block *b, size_t task)
{
    size_t first = task * TASK_ROWS;
    for (size_t r = first; r < b->rows && r < first + TASK_ROWS; r += LANES)
        measure_lanes(context, b, r);
}

static int fail_at(const struct passes *p, size_t row, size_t neuron, double value)
{
    const struct stream *s = &p->layer->stream;
    return facet_fail(FACET_EFORMAT,
                      "%s: layer %s, view %s, row %zu (%s), neuron %zu: expected a finite number, "
                      "found %f (and the image is not marked as missing)",
                      facet_acts_path(s->acts), p->layer->shape->name,
                      facet_acts_view(s->acts, s->view), row, facet_acts_image(s->acts, row),
                      neuron, value);
}

/* The first value, in order of rows, that is not finite. */
static int check_finite(const struct passes *p, const struct block *b)
{
    const struct stream *s = &p->layer->stream;
    const int *bad = p->bad + (size_t)b->parity * stream_strips(s);
    int any = 0;
    for (size_t strip = 0; strip < stream_strips(s); strip++) any |= bad[strip];
    for (size_t r = 0; any && r < b->rows; r++)
        for (size_t strip = 0; strip < stream_strips(s); strip++) {
            size_t width = stream_width(s, strip);
            const float *x = stream_values(s, b, strip) + r * width;
            for (size_t j = 0; j < width; j++)
                if (!isfinite(x[j]))
                    return fail_at(p, b->row[r], strip * s->strip + j, (double)x[j]);
        }
    return FACET_OK;
}

static void add_value(struct layer *l, double *sums, size_t at, double value)
{
    double d = value - l->pivot[at];
    sums[at] += d;
    sums[at + 1] += d * d;
}

static void add_image(struct passes *p, const struct rows *rows, size_t r, double *sums)
{
    struct layer *l = p->layer;
    const struct facet_sparseness *s = &rows->sparseness[r];
    const double index[INDICES] = {s->treves_rolls, s->vinje_gallant, s->hoyer, s->gini,
                                   s->kurtosis};
    sums[SUM_N] += 1;
    for (size_t i = 0; i < INDICES; i++) {
        size_t at = SUM_INDEX + 3 * i;
        if (isnan(index[i])) continue;
        if (isnan(l->pivot[at + 1])) l->pivot[at + 1] = index[i];
        sums[at] += 1;
        add_value(l, sums, at + 1, index[i]);
    }
    for (size_t k = 0; k < l->thresholds; k++)
        add_value(l, sums, SUM_ACTIVE + 2 * k, rows->active[k * l->stream.capacity + r]);
}

/* [width] of an image's identity. */
static double *sums_of(const struct layer *l, size_t row)
{
    return l->sums + (size_t)l->images->cluster[row] * l->width;
}

static int first_finish(void *context, const struct block *b)
{
    return check_finite(context, b);
}

static void first_write(void *context, const struct block *b)
{
    struct passes *p = context;
    struct layer *l = p->layer;
    const struct rows *rows = &p->rows[b->parity];
    if (l->n == 0 && b->rows > 0)
        for (size_t k = 0; k < l->thresholds; k++)
            l->pivot[SUM_ACTIVE + 2 * k] = rows->active[k * l->stream.capacity];
    for (size_t r = 0; r < b->rows; r++) {
        if (r + SOON < b->rows) prefetch(sums_of(l, b->row[r + SOON]), l->width * sizeof *l->sums);
        add_image(p, rows, r, sums_of(l, b->row[r]));
        l->per_image[rows->active[r] / l->per_image_step]++;
        p->image(p->context, p->layer, b->row[r], rows->active[r], &rows->sparseness[r]);
    }
    l->n += b->rows;
}

static int first_pass(struct passes *p)
{
    struct layer *l = p->layer;
    const struct work work = {p, first_strip, first_tasks, first_task, first_finish, first_write,
                              0};
    for (size_t i = 0; i < INDICES; i++) l->pivot[SUM_INDEX + 3 * i + 1] = NAN;
    int code = stream_run(&l->stream, &work);
    const size_t n = l->shape->neurons;
    for (size_t k = 0; k < l->thresholds; k++) /* an equal threshold was counted once */
        if (p->same[k] < k)
            memcpy(l->active + k * n, l->active + p->same[k] * n, n * sizeof *l->active);
    return code;
}

/* ---- between the passes ---- */

double layer_share(const struct layer *layer, size_t threshold, size_t neuron)
{
    return (double)layer->active[threshold * layer->shape->neurons + neuron] / (double)layer->n;
}

double layer_entropy(double share)
{
    if (!(share > 0 && share < 1)) return 0;
    return -share * log2(share) - (1 - share) * log2(1 - share);
}

/* Derivatives of the linearised statistics by each neuron's active share p_j: n sd(p) of N neurons
 * has n (p_j - mean p) / ((N - 1) sd(p)); the mean entropy has log2((1 - p_j) / p_j) / N. A neuron
 * that is always or never active is so in every resample: its derivative is taken as 0. */
static void set_gradients(struct passes *p)
{
    struct layer *l = p->layer;
    const size_t n = l->shape->neurons;
    double mean = 0, m2 = 0, images = (double)l->n;
    for (size_t j = 0; j < n; j++) mean += layer_share(l, 0, j) / (double)n;
    for (size_t j = 0; j < n; j++) m2 += pow(layer_share(l, 0, j) - mean, 2);
    double sd = n > 1 ? sqrt(m2 / (double)(n - 1)) : 0;
    for (size_t j = 0; j < n; j++) {
        double share = layer_share(l, 0, j);
        int varies = share > 0 && share < 1;
        p->gradient[j] = sd > 0 ? images * (share - mean) / ((double)(n - 1) * sd) : 0;
        p->gradient[n + j] = varies ? log2((1 - share) / share) / (double)n : 0;
        for (size_t f = 0; f < LINEAR; f++) l->gradient_mean[f] += p->gradient[f * n + j] * share;
    }
}

static void set_range(struct layer *l)
{
    l->low = 0;
    l->high = -INFINITY;
    for (size_t j = 0; j < l->shape->neurons; j++) {
        if ((double)l->moments->low[j] < l->low) l->low = (double)l->moments->low[j];
        if ((double)l->moments->high[j] > l->high) l->high = (double)l->moments->high[j];
    }
    if (!(l->high > l->low)) l->high = l->low + 1;
}

/* ---- pass two ---- */

static void count_again(void *context, const struct block *b, size_t strip)
{
    struct passes *p = context;
    facet_quantiles_count(p->quantiles, p->part.first - p->first + strip * p->part.strip,
                          stream_values(&p->part, b, strip), b->rows,
                          stream_width(&p->part, strip));
}

/* out[r] = sum of the gradients of the neurons that are active on image r, in eight partial sums so
 * that every instruction set adds in the same order. A product, not `active ? gradient : 0`: GCC
 * 12.2 vectorises that wrongly, where floats choose between doubles. */
FACET_CLONES
static void sum_active(const float *restrict x, size_t rows, size_t width, float cut,
                       const double *restrict gradient, double *restrict out)
{
    size_t whole = width / 8 * 8;
    for (size_t r = 0; r < rows; r++) {
        const float *row = x + r * width;
        double part[8] = {0};
        for (size_t j = 0; j < whole; j += 8)
            for (size_t i = 0; i < 8; i++) part[i] += (double)(row[j + i] > cut) * gradient[j + i];
        for (size_t j = whole; j < width; j++)
            part[j - whole] += (double)(row[j] > cut) * gradient[j];
        out[r] = ((part[0] + part[1]) + (part[2] + part[3])) +
                 ((part[4] + part[5]) + (part[6] + part[7]));
    }
}

/* (LINEAR, capacity) of a strip. */
static double *linear_of(const struct passes *p, const struct block *b, size_t strip)
{
    const struct stream *s = &p->layer->stream;
    return p->linear + ((size_t)b->parity * stream_strips(s) + strip) * LINEAR * s->capacity;
}

static void second_strip(void *context, const struct block *b, size_t strip)
{
    struct passes *p = context;
    struct layer *l = p->layer;
    const float *x = stream_values(&p->part, b, strip);
    size_t width = stream_width(&p->part, strip), neuron = p->part.first + strip * p->part.strip;
    facet_quantiles_refine(p->quantiles, neuron - p->first, x, b->rows, width);
    for (size_t f = 0; f < LINEAR; f++)
        sum_active(x, b->rows, width, p->cut[0], p->gradient + f * l->shape->neurons + neuron,
                   linear_of(p, b, strip) + f * l->stream.capacity);
}

static size_t second_tasks(void *context, const struct block *b)
{
    (void)context;
    return (b->rows + REDUCED - 1) / REDUCED;
}

/* The strips' sums of some images into those of the first, strips in order. */
static void second_task(void *context, const struct block *b, size_t task)
{
    struct passes *p = context;
    const size_t capacity = p->layer->stream.capacity, first = task * REDUCED;
    const size_t end = first + REDUCED < b->rows ? first + REDUCED : b->rows;
    double *sum = linear_of(p, b, 0);
    for (size_t strip = 1; strip < stream_strips(&p->part); strip++) {
        const double *more = linear_of(p, b, strip);
        for (size_t f = 0; f < LINEAR; f++)
            for (size_t r = first; r < end; r++) sum[f * capacity + r] += more[f * capacity + r];
    }
}

/* Adds the images' sums to the identities. */
static int second_finish(void *context, const struct block *b)
{
    struct passes *p = context;
    struct layer *l = p->layer;
    const double *sum = linear_of(p, b, 0);
    for (size_t r = 0; r < b->rows; r++) {
        double *to = sums_of(l, b->row[r]) + SUM_LINEAR;
        if (r + SOON < b->rows) prefetch(sums_of(l, b->row[r + SOON]) + SUM_LINEAR, sizeof *to);
        for (size_t f = 0; f < LINEAR; f++) to[f] += sum[f * l->stream.capacity + r];
    }
    return FACET_OK;
}

static int start_group(struct passes *p, size_t first)
{
    const struct layer *l = p->layer;
    const size_t group =
        GROUP / l->stream.strip > 0 ? GROUP / l->stream.strip * l->stream.strip : l->stream.strip;
    p->first = first;
    p->count = l->shape->neurons - first < group ? l->shape->neurons - first : group;
    facet_quantiles_free(&p->quantiles);
    return facet_quantiles_new(&p->quantiles, p->count, quantile_p, QUANTILES);
}

/* Neurons [first, first + count) of the layer. */
static void set_part(struct passes *p, size_t first, size_t count)
{
    p->part = p->layer->stream;
    p->part.first = first;
    p->part.neurons = count;
    p->part.digest = NULL; /* it was taken in pass one */
}

/* Pass two over the neurons of the current group, as many at a time as fit into memory. */
static int refine_group(struct passes *p)
{
    struct layer *l = p->layer;
    const struct work work = {p, second_strip, second_tasks, second_task, second_finish, NULL, 1};
    int code =
        facet_quantiles_plan(p->quantiles, l->histogram + p->first * BINS, BINS, l->low, l->high);
    for (size_t at = 0, n = 0; code == FACET_OK && at < p->count; at += n) {
        code = facet_quantiles_begin(p->quantiles, at, l->stream.strip, REFINE_BYTES, &n);
        if (code < 0) return code;
        set_part(p, p->first + at, n);
        code = stream_run(&p->part, &work);
        facet_quantiles_end(p->quantiles);
    }
    for (size_t j = 0; code == FACET_OK && j < p->count; j++)
        for (size_t i = 0; i < QUANTILES; i++)
            l->quantile[(p->first + j) * QUANTILES + i] = facet_quantiles_value(p->quantiles, j, i);
    return code;
}

int layer_measure(struct layer *layer, layer_image *image, void *context)
{
    struct passes *p = layer->work;
    const struct work count = {p, count_again, NULL, NULL, NULL, NULL, 1};
    p->image = image;
    p->context = context;
    int code = start_group(p, 0);
    if (code == FACET_OK) code = first_pass(p);
    if (code < 0) return code;
    set_gradients(p);
    set_range(layer);
    /* A wide layer's first group was counted in pass one; the others take one more look. */
    for (size_t first = 0; code == FACET_OK && first < layer->shape->neurons; first += p->count) {
        if (first > 0) {
            code = start_group(p, first);
            set_part(p, p->first, p->count);
            if (code == FACET_OK) code = stream_run(&p->part, &count);
        }
        if (code == FACET_OK) code = refine_group(p);
    }
    return code;
}

/* ---- scale ---- */

struct scale {
    const struct stream *stream;
    double *sum, *count; /* [strips] of the values above zero */
};

static void add_positive(void *context, const struct block *b, size_t strip)
{
    const struct scale *scale = context;
    const float *x = stream_values(scale->stream, b, strip);
    double sum = 0, count = 0;
    for (size_t i = 0; i < b->rows * stream_width(scale->stream, strip); i++) {
        sum += x[i] > 0 ? (double)x[i] : 0;
        count += x[i] > 0;
    }
    scale->sum[strip] = sum;
    scale->count[strip] = count;
}

int layer_scale(const struct stream *stream, double *scale)
{
    struct stream first = *stream;
    first.images = stream->capacity;
    first.digest = NULL; /* it is taken in pass one */
    first.bytes = NULL;
    first.progress = NULL;
    const size_t strips = stream_strips(stream);
    struct scale all = {&first, facet_alloc(strips, sizeof(double), "layer"),
                        facet_alloc(strips, sizeof(double), "layer")};
    const struct work work = {&all, add_positive, NULL, NULL, NULL, NULL, 1};
    int code = all.sum == NULL || all.count == NULL ? FACET_ENOMEM : stream_run(&first, &work);
    double sum = 0, count = 0;
    for (size_t strip = 0; code == FACET_OK && strip < strips; strip++)
        sum += all.sum[strip], count += all.count[strip];
    free(all.sum);
    free(all.count);
    if (code < 0) return code;
    char text[32];
    double mean = count > 0 ? sum / count : 1;
    snprintf(text, sizeof text, "%.1e", mean);
    *scale = isfinite(mean) ? strtod(text, NULL) : 1; /* pass one names what is not finite */
    return FACET_OK;
}
