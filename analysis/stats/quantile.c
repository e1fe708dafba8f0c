#include "stats/quantile.h"

#include "stats/clones.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    HALF = 1 << 16,
    ZERO = HALF, /* the bucket of exact zeros, after the others */
    BUCKETS = HALF + 1,
    /* Distance between two variables' counters; not a multiple of a large power of two, so that
     * the same bucket of neighbouring variables falls into different cache sets. */
    STRIDE = HALF + 2064,
    SLOTS = 2 * FACET_QUANTILES_MAX,
    TILE_WIDTH = 32,
};

#define NO_BUCKET UINT32_MAX

/* An order statistic: the bucket it lies in, its rank there, and at last its value. */
struct order {
    uint64_t rank;
    int slot; /* -1: the value is known */
    float value;
};

struct variable {
    uint64_t n;
    int slots;
    struct order orders[SLOTS];
};

struct facet_quantiles {
    size_t width, count;
    double p[FACET_QUANTILES_MAX];
    uint32_t *high; /* (width, STRIDE) counts of the upper halves; NULL after pass one */
    struct variable *variables;
    uint32_t *buckets;  /* (SLOTS, width) upper halves to refine, NO_BUCKET where unused */
    size_t first, part; /* variables in pass two */
    size_t *offsets;    /* [part] first slot of each in `low` */
    uint32_t *low;      /* (slots, HALF) counts of the lower halves */
};

int facet_quantiles_new(struct facet_quantiles **quantiles, size_t width, const double *p,
                        size_t count)
{
    struct facet_quantiles *q = facet_alloc(1, sizeof *q, "quantiles");
    if (q == NULL) return FACET_ENOMEM;
    q->width = width;
    q->count = count;
    memcpy(q->p, p, count * sizeof *p);
    q->variables = facet_alloc(width, sizeof *q->variables, "quantiles");
    q->buckets = facet_alloc(width, SLOTS * sizeof *q->buckets, "quantiles");
    /* calloc rather than facet_alloc: pages that no value falls into are never touched. */
    q->high = calloc(width, STRIDE * sizeof *q->high);
    if (q->high == NULL) facet_fail(FACET_ENOMEM, "quantiles: no memory for %zu variables", width);
    if (q->variables == NULL || q->buckets == NULL || q->high == NULL) {
        facet_quantiles_free(&q);
        return FACET_ENOMEM;
    }
    *quantiles = q;
    return FACET_OK;
}

void facet_quantiles_free(struct facet_quantiles **quantiles)
{
    struct facet_quantiles *q = *quantiles;
    if (q == NULL) return;
    facet_quantiles_end(q);
    free(q->high);
    free(q->variables);
    free(q->buckets);
    free(q);
    *quantiles = NULL;
}

/* Bits of a float that order as the float does. */
static inline uint32_t key_of(uint32_t bits)
{
    return bits ^ ((uint32_t)((int32_t)bits >> 31) | 0x80000000u);
}

static float value_of(uint32_t key)
{
    uint32_t bits = key & 0x80000000u ? key ^ 0x80000000u : ~key;
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

FACET_CLONES
static void count_rows(uint32_t *restrict high, const float *restrict x, size_t rows, size_t stride,
                       size_t width)
{
    uint32_t bits[TILE_WIDTH], bucket[TILE_WIDTH];
    for (size_t r = 0; r < rows; r++) {
        memcpy(bits, x + r * stride, width * sizeof *bits);
        for (int j = 0; j < TILE_WIDTH; j++)
            bucket[j] = bits[j] << 1 == 0 ? (uint32_t)ZERO : key_of(bits[j]) >> 16;
        for (size_t j = 0; j < width; j++) high[j * STRIDE + bucket[j]]++;
    }
}

void facet_quantiles_count(struct facet_quantiles *quantiles, size_t first, const float *x,
                           size_t rows, size_t width)
{
    for (size_t j = 0; j < width; j += TILE_WIDTH)
        count_rows(quantiles->high + (first + j) * STRIDE, x + j, rows, width,
                   width - j < TILE_WIDTH ? width - j : TILE_WIDTH);
    for (size_t j = 0; j < width; j++) quantiles->variables[first + j].n += rows;
}

/* Orders 2i and 2i + 1 of a variable are the two neighbours of quantile i. */
static void set_ranks(const struct facet_quantiles *q, struct variable *v)
{
    for (size_t i = 0; i < q->count; i++) {
        double h = (double)(v->n - 1) * q->p[i];
        uint64_t below = (uint64_t)floor(h);
        v->orders[2 * i].rank = below;
        v->orders[2 * i + 1].rank = below + (h > (double)below && below + 1 < v->n);
    }
}

/* Buckets in ascending order of their values: zero lies between the signs. */
static uint32_t bucket_at(int position)
{
    if (position < HALF / 2) return (uint32_t)position;
    return position == HALF / 2 ? (uint32_t)ZERO : (uint32_t)position - 1;
}

/* Slot of a bucket of a variable, a new one where it has none yet. */
static int slot_of(struct facet_quantiles *q, size_t variable, uint32_t bucket)
{
    struct variable *v = &q->variables[variable];
    for (int s = 0; s < v->slots; s++)
        if (q->buckets[(size_t)s * q->width + variable] == bucket) return s;
    q->buckets[(size_t)v->slots * q->width + variable] = bucket;
    return v->slots++;
}

/* Finds the bucket of every order statistic and replaces its rank by the rank in the bucket. */
static void place(struct facet_quantiles *q, size_t variable)
{
    struct variable *v = &q->variables[variable];
    const uint32_t *high = q->high + variable * STRIDE;
    uint64_t before = 0;
    int position = 0;
    if (v->n == 0) return;
    set_ranks(q, v);
    for (size_t i = 0; i < 2 * q->count; i++) {
        struct order *o = &v->orders[i];
        if (o->rank < before) before = 0, position = 0; /* neighbours of close quantiles swap */
        while (before + high[bucket_at(position)] <= o->rank) before += high[bucket_at(position++)];
        uint32_t bucket = bucket_at(position);
        o->rank -= before;
        o->slot = bucket == ZERO ? -1 : slot_of(q, variable, bucket);
    }
}

int facet_quantiles_plan(struct facet_quantiles *quantiles)
{
    struct facet_quantiles *q = quantiles;
    for (size_t i = 0; i < q->width * SLOTS; i++) q->buckets[i] = NO_BUCKET;
    for (size_t i = 0; i < q->width; i++) place(q, i);
    free(q->high);
    q->high = NULL;
    return FACET_OK;
}

int facet_quantiles_begin(struct facet_quantiles *quantiles, size_t first, size_t step,
                          size_t budget, size_t *count)
{
    struct facet_quantiles *q = quantiles;
    const size_t slot_bytes = HALF * sizeof *q->low;
    size_t n = 0, slots = 0;
    while (first + n < q->width) {
        size_t end = first + n + step < q->width ? first + n + step : q->width, more = 0;
        for (size_t i = first + n; i < end; i++) more += (size_t)q->variables[i].slots;
        if (n > 0 && (slots + more) * slot_bytes > budget) break;
        slots += more;
        n = end - first;
    }
    q->offsets = facet_alloc(n, sizeof *q->offsets, "quantiles");
    q->low = calloc(slots > 0 ? slots : 1, slot_bytes);
    if (q->low == NULL) facet_fail(FACET_ENOMEM, "quantiles: no memory for %zu buckets", slots);
    if (q->offsets == NULL || q->low == NULL) {
        facet_quantiles_end(q);
        return FACET_ENOMEM;
    }
    for (size_t i = 0, at = 0; i < n; at += (size_t)q->variables[first + i++].slots)
        q->offsets[i] = at;
    q->first = first;
    q->part = n;
    *count = n;
    return FACET_OK;
}

/* hit[j] = 1 + slot of value j's bucket, 0 where its bucket isn't looked at. */
FACET_CLONES
static int find_hits(const uint32_t *restrict bits, const uint32_t *restrict buckets, size_t width,
                     int slots, uint32_t *restrict hit)
{
    uint32_t upper[TILE_WIDTH], any = 0;
    for (int j = 0; j < TILE_WIDTH; j++) {
        upper[j] = bits[j] << 1 == 0 ? (uint32_t)ZERO : key_of(bits[j]) >> 16;
        hit[j] = 0;
    }
    for (int s = 0; s < slots; s++)
        for (int j = 0; j < TILE_WIDTH; j++)
            hit[j] |= upper[j] == buckets[(size_t)s * width + j] ? (uint32_t)s + 1 : 0;
    for (int j = 0; j < TILE_WIDTH; j++) any |= hit[j];
    return any != 0;
}

static void refine_tile(struct facet_quantiles *q, size_t first, const float *x, size_t rows,
                        size_t stride, size_t width)
{
    uint32_t buckets[SLOTS * TILE_WIDTH], bits[TILE_WIDTH] = {0}, hit[TILE_WIDTH];
    const size_t *offsets = q->offsets + (first - q->first);
    int slots = 0;
    for (int i = 0; i < SLOTS * TILE_WIDTH; i++) buckets[i] = NO_BUCKET;
    for (size_t j = 0; j < width; j++) {
        int n = q->variables[first + j].slots;
        if (n > slots) slots = n;
        for (int s = 0; s < n; s++)
            buckets[s * TILE_WIDTH + j] = q->buckets[(size_t)s * q->width + first + j];
    }
    for (size_t r = 0; slots > 0 && r < rows; r++) {
        memcpy(bits, x + r * stride, width * sizeof *bits);
        if (!find_hits(bits, buckets, TILE_WIDTH, slots, hit)) continue;
        for (size_t j = 0; j < width; j++)
            if (hit[j] != 0)
                q->low[(offsets[j] + hit[j] - 1) * HALF + (key_of(bits[j]) & (HALF - 1))]++;
    }
}

void facet_quantiles_refine(struct facet_quantiles *quantiles, size_t first, const float *x,
                            size_t rows, size_t width)
{
    for (size_t j = 0; j < width; j += TILE_WIDTH)
        refine_tile(quantiles, first + j, x + j, rows, width,
                    width - j < TILE_WIDTH ? width - j : TILE_WIDTH);
}

void facet_quantiles_end(struct facet_quantiles *quantiles)
{
    struct facet_quantiles *q = quantiles;
    for (size_t j = 0; q->low != NULL && j < q->part; j++) {
        struct variable *v = &q->variables[q->first + j];
        for (size_t i = 0; v->n > 0 && i < 2 * q->count; i++) {
            struct order *o = &v->orders[i];
            if (o->slot < 0) continue;
            const uint32_t *low = q->low + (q->offsets[j] + (size_t)o->slot) * HALF;
            uint32_t k = 0;
            for (uint64_t before = low[0]; before <= o->rank && k + 1 < HALF; before += low[k]) k++;
            uint32_t bucket = q->buckets[(size_t)o->slot * q->width + q->first + j];
            o->value = value_of(bucket << 16 | k);
        }
    }
    free(q->offsets);
    free(q->low);
    q->offsets = NULL;
    q->low = NULL;
    q->part = 0;
}

double facet_quantiles_value(const struct facet_quantiles *quantiles, size_t variable, size_t which)
{
    const struct variable *v = &quantiles->variables[variable];
    if (v->n == 0) return NAN;
    double h = (double)(v->n - 1) * quantiles->p[which];
    double a = (double)v->orders[2 * which].value, b = (double)v->orders[2 * which + 1].value;
    return a + (h - floor(h)) * (b - a);
}

double facet_quantile_sorted(const double *sorted, size_t n, double p)
{
    if (n == 0) return NAN;
    double h = (double)(n - 1) * p;
    size_t k = (size_t)floor(h);
    double next = sorted[k + 1 < n ? k + 1 : k];
    return sorted[k] + (h - (double)k) * (next - sorted[k]);
}
