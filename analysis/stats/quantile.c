#include "stats/quantile.h"

#include "base/clones.h"
#include "stats/histogram.h"

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
    TILE_ROWS = 16,
    COUNTED = 8, /* variables that are counted at a time: their counters stay in the cache */
    TILE = TILE_WIDTH * TILE_ROWS,
};

/* An order statistic: the bucket it lies in, its rank there, and at last its value. */
struct order {
    uint64_t rank;
    int slot; /* -1: the value is known */
    float value;
};

/* A bucket that is looked into. Its `members` lower halves are listed where the list is smaller
 * than counters for all lower halves. */
struct slot {
    uint32_t bucket, members, listed;
    size_t at; /* in `low`, of counters or list */
};

struct variable {
    uint64_t n;
    uint32_t least, most; /* key's upper half of any value but zero lies between them */
    int slots;
    struct slot slot[SLOTS];
    struct order orders[SLOTS];
};

struct facet_quantiles {
    size_t width, count;
    double p[FACET_QUANTILES_MAX];
    uint32_t *high; /* (width, STRIDE) counts of the upper halves; NULL after pass one */
    struct variable *variables;
    size_t first, part; /* variables in pass two */
    uint32_t *low;      /* their counters of lower halves, and lists, two lower halves a word */
    size_t step, tiles; /* variables a call of refine, in so many tiles of TILE_WIDTH */
    /* (tiles in the part, BUCKETS) what is done with a value of variable j of the tile in pass two:
     * bit 32 + j, it may be an order statistic; bit j, that, or its bin isn't known from its
     * bucket. */
    uint64_t *look;
    uint8_t *edge; /* [BUCKETS] an edge of a bin runs through it */
    uint32_t *histogram;
    size_t bins;
    double bottom, top; /* range of the histogram */
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
    q->edge = facet_alloc(BUCKETS, sizeof *q->edge, "quantiles");
    for (size_t i = 0; q->variables != NULL && i < width; i++) q->variables[i].least = HALF - 1;
    /* calloc rather than facet_alloc: pages that no value falls into are never touched. */
    q->high = calloc(width, STRIDE * sizeof *q->high);
    if (q->high == NULL) facet_fail(FACET_ENOMEM, "quantiles: no memory for %zu variables", width);
    if (q->variables == NULL || q->edge == NULL || q->high == NULL) {
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
    free(q->edge);
    free(q->variables);
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

static inline uint32_t bucket_of(uint32_t bits)
{
    return bits << 1 == 0 ? (uint32_t)ZERO : key_of(bits) >> 16;
}

/* `width` <= TILE_WIDTH values of a row. */
static inline void copy_row(uint32_t *restrict bits, const float *restrict x, size_t width)
{
    if (width == TILE_WIDTH)
        memcpy(bits, x, TILE_WIDTH * sizeof *bits); /* of a known size: some moves */
    else
        memcpy(bits, x, width * sizeof *bits);
}

static inline void count_some(uint32_t *restrict high, const uint32_t *restrict bucket, size_t rows,
                              size_t width)
{
    if (width == COUNTED) /* a loop of a known length is unrolled */
        for (size_t i = 0; i < rows; i++)
            for (size_t j = 0; j < COUNTED; j++) high[j * STRIDE + bucket[i * TILE_WIDTH + j]]++;
    else
        for (size_t i = 0; i < rows; i++)
            for (size_t j = 0; j < width; j++) high[j * STRIDE + bucket[i * TILE_WIDTH + j]]++;
}

/* `extent` [2][TILE_WIDTH]: least and greatest upper halves so far. */
FACET_CLONES
static void count_rows(uint32_t *restrict high, const float *restrict x, size_t rows, size_t stride,
                       size_t width, uint32_t *restrict extent)
{
    uint32_t bits[TILE_WIDTH] = {0}, least[TILE_WIDTH], most[TILE_WIDTH], bucket[TILE];
    memcpy(least, extent, sizeof least);
    memcpy(most, extent + TILE_WIDTH, sizeof most);
    for (size_t r = 0; r < rows; r += TILE_ROWS) {
        size_t n = rows - r < TILE_ROWS ? rows - r : TILE_ROWS;
        for (size_t i = 0; i < n; i++) {
            copy_row(bits, x + (r + i) * stride, width);
            for (size_t j = 0; j < TILE_WIDTH; j++) {
                uint32_t upper = key_of(bits[j]) >> 16;
                uint32_t at = bits[j] << 1 == 0 ? (uint32_t)ZERO : upper;
                least[j] = at < least[j] ? at : least[j];
                most[j] = upper > most[j] ? upper : most[j];
                bucket[i * TILE_WIDTH + j] = at;
            }
        }
        for (size_t k = 0; k < width; k += COUNTED)
            count_some(high + k * STRIDE, bucket + k, n, width - k < COUNTED ? width - k : COUNTED);
    }
    memcpy(extent, least, sizeof least);
    memcpy(extent + TILE_WIDTH, most, sizeof most);
}

void facet_quantiles_count(struct facet_quantiles *quantiles, size_t first, const float *x,
                           size_t rows, size_t width)
{
    for (size_t j = 0; j < width; j += TILE_WIDTH) {
        struct variable *v = &quantiles->variables[first + j];
        uint32_t extent[2 * TILE_WIDTH] = {0};
        size_t n = width - j < TILE_WIDTH ? width - j : TILE_WIDTH;
        for (size_t i = 0; i < n; i++) extent[i] = v[i].least, extent[TILE_WIDTH + i] = v[i].most;
        count_rows(quantiles->high + (first + j) * STRIDE, x + j, rows, width, n, extent);
        for (size_t i = 0; i < n; i++) {
            v[i].least = extent[i], v[i].most = extent[TILE_WIDTH + i];
            v[i].n += rows;
        }
    }
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

/* The first position that a value can have, and the one after another: between the zeros and the
 * least positive value there are thousands of buckets, none of them used. */
static int first_position(const struct variable *v)
{
    return v->least < HALF / 2 ? (int)v->least : HALF / 2;
}

static int next_position(const struct variable *v, int position)
{
    return position == HALF / 2 && v->least > HALF / 2 ? (int)v->least + 1 : position + 1;
}

/* Slot of a bucket of a variable, a new one where it has none yet. */
static int slot_of(struct variable *v, uint32_t bucket, uint32_t members)
{
    for (int s = 0; s < v->slots; s++)
        if (v->slot[s].bucket == bucket) return s;
    v->slot[v->slots] = (struct slot){.bucket = bucket, .members = members};
    return v->slots++;
}

/* Finds the bucket of every order statistic and replaces its rank by the rank in the bucket. */
static void place(struct facet_quantiles *q, size_t variable)
{
    struct variable *v = &q->variables[variable];
    const uint32_t *high = q->high + variable * STRIDE;
    uint64_t before = 0;
    int position = first_position(v);
    if (v->n == 0) return;
    set_ranks(q, v);
    for (size_t i = 0; i < 2 * q->count; i++) {
        struct order *o = &v->orders[i];
        if (o->rank < before) before = 0, position = first_position(v); /* close quantiles swap */
        while (before + high[bucket_at(position)] <= o->rank) {
            before += high[bucket_at(position)];
            position = next_position(v, position);
        }
        uint32_t bucket = bucket_at(position);
        o->rank -= before;
        o->slot = bucket == ZERO ? -1 : slot_of(v, bucket, high[bucket]);
    }
}

/* Values at both ends of every bucket: those whose ends fall into one bin lie in it as a whole. */
static void find_bins(struct facet_quantiles *q, uint32_t *bin)
{
    for (uint32_t bucket = 0; bucket < HALF; bucket++) {
        const float ends[] = {value_of(bucket << 16), value_of(bucket << 16 | (HALF - 1))};
        uint32_t bins[2];
        if (!isfinite(ends[0]) || !isfinite(ends[1])) continue; /* there are no such values */
        facet_histogram_bins(ends, 2, q->bins, q->bottom, q->top, bins);
        bin[bucket] = bins[0];
        q->edge[bucket] = bins[0] != bins[1];
    }
    const float zero = 0;
    facet_histogram_bins(&zero, 1, q->bins, q->bottom, q->top, &bin[ZERO]);
}

static void add_buckets(struct facet_quantiles *q, size_t variable, const uint32_t *bin)
{
    const struct variable *v = &q->variables[variable];
    const uint32_t *high = q->high + variable * STRIDE;
    uint32_t *counts = q->histogram + variable * q->bins;
    counts[bin[ZERO]] += high[ZERO];
    for (uint32_t bucket = v->least; bucket <= v->most; bucket++)
        if (!q->edge[bucket]) counts[bin[bucket]] += high[bucket];
}

int facet_quantiles_plan(struct facet_quantiles *quantiles, uint32_t *histogram, size_t bins,
                         double low, double high)
{
    struct facet_quantiles *q = quantiles;
    q->histogram = histogram;
    q->bins = bins;
    q->bottom = low;
    q->top = high;
    if (histogram != NULL) {
        uint32_t *bin = facet_alloc(BUCKETS, sizeof *bin, "histogram");
        if (bin == NULL) return FACET_ENOMEM;
        find_bins(q, bin);
        for (size_t i = 0; i < q->width; i++) add_buckets(q, i, bin);
        free(bin);
    }
    for (size_t i = 0; i < q->width; i++) place(q, i);
    free(q->high);
    q->high = NULL;
    return FACET_OK;
}

static int is_list(const struct slot *slot)
{
    return slot->members / 2 < HALF;
}

static size_t slot_words(const struct slot *slot)
{
    return is_list(slot) ? slot->members / 2 + 1 : HALF;
}

static size_t variable_words(const struct variable *v)
{
    size_t words = 0;
    for (int s = 0; s < v->slots; s++) words += slot_words(&v->slot[s]);
    return words;
}

static uint64_t *look_of(const struct facet_quantiles *q, size_t variable)
{
    size_t at = variable - q->first;
    return q->look + (at / q->step * q->tiles + at % q->step / TILE_WIDTH) * BUCKETS;
}

static int mark_buckets(struct facet_quantiles *q)
{
    const size_t tables = (q->part + q->step - 1) / q->step * q->tiles;
    const uint64_t both = (uint64_t)1 << 32 | 1;
    q->look = calloc(tables, BUCKETS * sizeof *q->look);
    if (q->look == NULL)
        return facet_fail(FACET_ENOMEM, "quantiles: no memory for %zu variables", q->part);
    for (size_t i = q->first; i < q->first + q->part; i++) {
        uint64_t *look = look_of(q, i);
        const struct variable *v = &q->variables[i];
        for (int s = 0; s < v->slots; s++)
            look[v->slot[s].bucket] |= both << ((i - q->first) % q->step % TILE_WIDTH);
    }
    for (size_t t = 0; q->histogram != NULL && t < tables; t++)
        for (size_t bucket = 0; bucket < HALF; bucket++)
            if (q->edge[bucket]) q->look[t * BUCKETS + bucket] |= UINT32_MAX;
    return FACET_OK;
}

int facet_quantiles_begin(struct facet_quantiles *quantiles, size_t first, size_t step,
                          size_t budget, size_t *count)
{
    struct facet_quantiles *q = quantiles;
    size_t n = 0, words = 0, at = 0;
    while (first + n < q->width) {
        size_t end = first + n + step < q->width ? first + n + step : q->width, more = 0;
        for (size_t i = first + n; i < end; i++) more += variable_words(&q->variables[i]);
        if (n > 0 && (words + more) * sizeof *q->low > budget) break;
        words += more;
        n = end - first;
    }
    q->low = calloc(words + 1, sizeof *q->low);
    if (q->low == NULL)
        return facet_fail(FACET_ENOMEM, "quantiles: no memory for %zu counters", words);
    for (size_t i = first; i < first + n; i++)
        for (int s = 0; s < q->variables[i].slots; s++) {
            q->variables[i].slot[s].at = at;
            at += slot_words(&q->variables[i].slot[s]);
        }
    q->first = first;
    q->part = n;
    q->step = step;
    q->tiles = (step + TILE_WIDTH - 1) / TILE_WIDTH;
    *count = n;
    return mark_buckets(q);
}

/* Values of a tile (rows, TILE_WIDTH) that are looked at: their places in the tile. */
struct hits {
    size_t count, orders, edges;
    uint16_t hit[TILE], order[TILE], edge[TILE];
};

/* Without branches: which values are hits cannot be predicted. Most are none. */
FACET_CLONES
static void find_hits(const uint32_t *restrict bits, size_t rows, const uint64_t *restrict look,
                      struct hits *restrict hits)
{
    size_t count = 0;
    for (size_t r = 0; r < rows; r++) {
        uint32_t bucket[TILE_WIDTH];
        for (size_t j = 0; j < TILE_WIDTH; j++) bucket[j] = bucket_of(bits[r * TILE_WIDTH + j]);
        for (size_t j = 0; j < TILE_WIDTH; j++) {
            hits->hit[count] = (uint16_t)(r * TILE_WIDTH + j);
            count += look[bucket[j]] >> j & 1;
        }
    }
    hits->count = count;
}

static void sort_hits(const uint32_t *restrict bits, const uint64_t *restrict look,
                      const uint8_t *restrict edge, struct hits *restrict hits)
{
    size_t orders = 0, edges = 0;
    for (size_t i = 0; i < hits->count; i++) {
        const uint16_t place = hits->hit[i];
        const uint32_t bucket = bucket_of(bits[place]);
        hits->order[orders] = hits->edge[edges] = place;
        orders += look[bucket] >> (32 + place % TILE_WIDTH) & 1;
        edges += edge[bucket];
    }
    hits->orders = orders;
    hits->edges = edges;
}

static void note(uint32_t *low, struct slot *slot, uint32_t bits)
{
    uint32_t lower = key_of(bits) & (HALF - 1);
    if (!is_list(slot))
        low[slot->at + lower]++;
    else if (slot->listed < slot->members) /* more: not the values of pass one */
        ((uint16_t *)(low + slot->at))[slot->listed++] = (uint16_t)lower;
}

static void note_orders(struct facet_quantiles *q, struct variable *v, const uint32_t *bits,
                        const struct hits *hits)
{
    for (size_t i = 0; i < hits->orders; i++) {
        uint32_t value = bits[hits->order[i]], upper = key_of(value) >> 16;
        struct slot *slot = v[hits->order[i] % TILE_WIDTH].slot;
        while (slot->bucket != upper) slot++;
        note(q->low, slot, value);
    }
}

static void note_edges(const struct facet_quantiles *q, size_t first, size_t width,
                       const uint32_t *bits, const struct hits *hits)
{
    float value[TILE];
    uint32_t bin[TILE];
    uint32_t *counts = q->histogram + first * q->bins;
    for (size_t i = 0; i < hits->edges; i++) memcpy(&value[i], &bits[hits->edge[i]], sizeof *value);
    facet_histogram_bins(value, hits->edges, q->bins, q->bottom, q->top, bin);
    for (size_t i = 0; i < hits->edges; i++) {
        size_t j = hits->edge[i] % TILE_WIDTH;
        if (j < width) counts[j * q->bins + bin[i]]++;
    }
}

static void refine_strip(struct facet_quantiles *q, size_t first, const float *x, size_t rows,
                         size_t stride, size_t width)
{
    const uint64_t *look = look_of(q, first);
    uint32_t bits[TILE] = {0};
    struct hits hits;
    for (size_t r = 0; r < rows; r += TILE_ROWS) {
        size_t n = rows - r < TILE_ROWS ? rows - r : TILE_ROWS;
        for (size_t i = 0; i < n; i++) copy_row(bits + i * TILE_WIDTH, x + (r + i) * stride, width);
        find_hits(bits, n, look, &hits);
        sort_hits(bits, look, q->edge, &hits);
        note_orders(q, &q->variables[first], bits, &hits);
        if (hits.edges > 0) note_edges(q, first, width, bits, &hits);
    }
}

void facet_quantiles_refine(struct facet_quantiles *quantiles, size_t first, const float *x,
                            size_t rows, size_t width)
{
    for (size_t j = 0; j < width; j += TILE_WIDTH)
        refine_strip(quantiles, first + j, x + j, rows, width,
                     width - j < TILE_WIDTH ? width - j : TILE_WIDTH);
}

/* Index of the counter that holds rank *rank, which becomes the rank within it. */
static uint32_t walk(const uint32_t *counters, uint32_t count, uint64_t *rank)
{
    uint32_t k = 0;
    while (k + 1 < count && counters[k] <= *rank) *rank -= counters[k++];
    return k;
}

/* The list's value of a rank: its upper byte first, then its lower one. */
static uint32_t select_listed(const uint16_t *list, uint32_t count, uint64_t rank)
{
    uint32_t counters[256] = {0};
    for (uint32_t i = 0; i < count; i++) counters[list[i] >> 8]++;
    uint32_t upper = walk(counters, 256, &rank);
    memset(counters, 0, sizeof counters);
    for (uint32_t i = 0; i < count; i++) counters[list[i] & 255] += list[i] >> 8 == upper;
    return upper << 8 | walk(counters, 256, &rank);
}

static void resolve(const struct facet_quantiles *q, const struct variable *v, struct order *o)
{
    if (o->slot < 0) return;
    const struct slot *slot = &v->slot[o->slot];
    const uint32_t *low = q->low + slot->at;
    uint64_t rank = o->rank;
    uint32_t lower = is_list(slot) ? select_listed((const uint16_t *)low, slot->listed, rank)
                                   : walk(low, HALF, &rank);
    o->value = value_of(slot->bucket << 16 | lower);
}

void facet_quantiles_end(struct facet_quantiles *quantiles)
{
    struct facet_quantiles *q = quantiles;
    for (size_t j = 0; q->low != NULL && j < q->part; j++) {
        struct variable *v = &q->variables[q->first + j];
        for (size_t i = 0; v->n > 0 && i < 2 * q->count; i++) resolve(q, v, &v->orders[i]);
    }
    free(q->low);
    free(q->look);
    q->low = NULL;
    q->look = NULL;
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
