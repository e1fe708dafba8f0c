#include "stats/pairs.h"

#include "base/rng.h"

#include <stdlib.h>

/* Items in order of their clusters. The pairs of the item at position p are those with positions
 * from(p) .. from(p) + partners(p) - 1, all after p; offset[p] pairs come before them. */
struct grouping {
    size_t count;
    uint32_t *items;  /* [count] */
    uint32_t *ends;   /* [count] where the item's cluster ends */
    uint64_t *offset; /* [count + 1] */
    enum facet_pairs_relation relation;
};

static size_t from(const struct grouping *g, size_t p)
{
    return g->relation == FACET_PAIRS_WITHIN ? p + 1 : g->ends[p];
}

static size_t partners(const struct grouping *g, size_t p)
{
    return g->relation == FACET_PAIRS_WITHIN ? g->ends[p] - p - 1 : g->count - g->ends[p];
}

static void release(struct grouping *g)
{
    free(g->items);
    free(g->ends);
    free(g->offset);
}

/* Counting sort by cluster. */
static int group(struct grouping *g, const int32_t *cluster, size_t items)
{
    size_t clusters = 0;
    for (size_t i = 0; i < items; i++)
        if (cluster[i] >= 0 && (size_t)cluster[i] >= clusters) clusters = (size_t)cluster[i] + 1;
    uint32_t *start = facet_alloc(clusters + 1, sizeof *start, "pairs");
    g->items = facet_alloc(items, sizeof *g->items, "pairs");
    g->ends = facet_alloc(items, sizeof *g->ends, "pairs");
    g->offset = facet_alloc(items + 1, sizeof *g->offset, "pairs");
    int code = start == NULL || g->items == NULL || g->ends == NULL || g->offset == NULL
                   ? FACET_ENOMEM
                   : FACET_OK;
    for (size_t i = 0; code == FACET_OK && i < items; i++)
        if (cluster[i] >= 0) start[cluster[i] + 1]++, g->count++;
    for (size_t c = 0; code == FACET_OK && c < clusters; c++) {
        for (size_t p = start[c]; p < start[c] + start[c + 1]; p++)
            g->ends[p] = start[c] + start[c + 1];
        start[c + 1] += start[c];
    }
    for (size_t i = 0; code == FACET_OK && i < items; i++)
        if (cluster[i] >= 0) g->items[start[cluster[i]]++] = (uint32_t)i;
    for (size_t p = 0; code == FACET_OK && p < g->count; p++)
        g->offset[p + 1] = g->offset[p] + partners(g, p);
    free(start);
    return code;
}

static int ascending(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* `count` distinct numbers below `total`, ascending. Sparse: draw, sort, drop the doubles, again;
 * dense: go through all (Knuth, TAOCP 2, algorithm 3.4.2S). */
static void choose(gsl_rng *rng, uint64_t total, size_t count, uint64_t *out)
{
    size_t have = 0;
    if (total / 4 < count) {
        for (uint64_t rank = 0; have < count; rank++)
            if ((double)(total - rank) * gsl_rng_uniform(rng) < (double)(count - have))
                out[have++] = rank;
        return;
    }
    while (have < count) {
        for (size_t i = have; i < count; i++)
            out[i] = (uint64_t)(gsl_rng_uniform(rng) * (double)total);
        qsort(out, count, sizeof *out, ascending);
        have = 1;
        for (size_t i = 1; i < count; i++)
            if (out[i] != out[have - 1]) out[have++] = out[i];
    }
}

/* Ranks ascend, so the position only moves on. */
static void unrank(const struct grouping *g, const uint64_t *ranks, struct facet_pairs *pairs)
{
    size_t p = 0;
    for (size_t k = 0; k < pairs->count; k++) {
        while (g->offset[p + 1] <= ranks[k]) p++;
        pairs->first[k] = g->items[p];
        pairs->second[k] = g->items[from(g, p) + (ranks[k] - g->offset[p])];
    }
}

static int sample(struct facet_pairs *pairs, const struct grouping *g, size_t limit, uint64_t seed)
{
    uint64_t total = g->offset[g->count];
    pairs->possible = (double)total;
    pairs->count = total < limit ? (size_t)total : limit;
    pairs->first = facet_alloc(pairs->count, sizeof *pairs->first, "pairs");
    pairs->second = facet_alloc(pairs->count, sizeof *pairs->second, "pairs");
    uint64_t *ranks = facet_alloc(pairs->count, sizeof *ranks, "pairs");
    gsl_rng *rng = facet_rng_new(seed, facet_rng_stream("pairs") + (uint64_t)g->relation);
    int ok = pairs->first != NULL && pairs->second != NULL && ranks != NULL && rng != NULL;
    if (ok) {
        choose(rng, total, pairs->count, ranks);
        unrank(g, ranks, pairs);
    }
    free(ranks);
    if (rng != NULL) gsl_rng_free(rng);
    return ok ? FACET_OK : FACET_ENOMEM;
}

int facet_pairs_sample(struct facet_pairs **pairs, const int32_t *cluster, size_t items,
                       enum facet_pairs_relation relation, size_t limit, uint64_t seed)
{
    if (items > UINT32_MAX) return facet_fail(FACET_ENOMEM, "pairs: %zu items are too many", items);
    struct grouping g = {.relation = relation};
    struct facet_pairs *p = facet_alloc(1, sizeof *p, "pairs");
    int code = p == NULL ? FACET_ENOMEM : group(&g, cluster, items);
    if (code == FACET_OK) code = sample(p, &g, limit, seed);
    release(&g);
    if (code < 0)
        facet_pairs_free(&p);
    else
        *pairs = p;
    return code;
}

void facet_pairs_free(struct facet_pairs **pairs)
{
    if (*pairs == NULL) return;
    free((*pairs)->first);
    free((*pairs)->second);
    free(*pairs);
    *pairs = NULL;
}
