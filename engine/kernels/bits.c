#include "kernels/bits.h"

#include "base/clones.h"
#include "base/error.h"

#include <omp.h>
#include <stdlib.h>
#include <string.h>

enum {
    PANEL = 16,  /* codes that pass through the kernel side by side */
    PANELS = 4,  /* that see a block while it is in the cache */
    BLOCK = 256, /* codes whose distances from a panel are held */
    STRETCH = 4, /* rows of a block looked through at once */
};

size_t facet_bits_words(size_t neurons)
{
    return (neurons + 63) / 64;
}

FACET_CLONES
static void pack_code(const float *restrict acts, size_t neurons, const float *restrict threshold,
                      uint64_t *restrict code)
{
    for (size_t j = 0; j < neurons; j += 64) {
        const size_t count = neurons - j < 64 ? neurons - j : 64;
        uint64_t word = 0;
        for (size_t i = 0; i < count; i++) word |= (uint64_t)(acts[j + i] > threshold[j + i]) << i;
        code[j / 64] = word;
    }
}

void facet_bits_pack(const float *acts, size_t n, size_t neurons, const float *threshold,
                     uint64_t *codes)
{
    const size_t words = facet_bits_words(neurons);
    for (size_t i = 0; i < n; i++)
        pack_code(acts + i * neurons, neurons, threshold, codes + i * words);
}

FACET_CLONES
void facet_bits_pairs(const uint64_t *codes, size_t words, const uint32_t *first,
                      const uint32_t *second, size_t pairs, uint32_t *differing, uint32_t *both)
{
    for (size_t k = 0; k < pairs; k++) {
        const uint64_t *a = codes + first[k] * words, *b = codes + second[k] * words;
        int unlike = 0, alike = 0;
        for (size_t w = 0; w < words; w++) {
            unlike += __builtin_popcountll(a[w] ^ b[w]);
            if (both != NULL) alike += __builtin_popcountll(a[w] & b[w]);
        }
        differing[k] = (uint32_t)unlike;
        if (both != NULL) both[k] = (uint32_t)alike;
    }
}

/* ---- nearest ---- */

/* The queries of a panel: how many neighbours each has by now, and the distance a further one must
 * be below, UINT32_MAX until there are enough; 0 for the lanes beyond the last query. */
struct lists {
    size_t have[PANEL];
    uint32_t below[PANEL];
};

/* Whether any of STRETCH rows is below its lane's limit. */
FACET_CLONES
static int any_below(const uint32_t *restrict distance, const uint32_t *restrict below)
{
    uint32_t any = 0;
    for (int l = 0; l < STRETCH * PANEL; l++) any |= distance[l] < below[l % PANEL];
    return any != 0;
}

/* Codes come with rising index, so that of equals the first stays. */
static void insert(struct lists *lists, size_t lane, size_t nearest, uint32_t index,
                   uint32_t distance, struct facet_bits_neighbour *list)
{
    size_t last = lists->have[lane], at;
    if (last == nearest)
        last--; /* is pushed out */
    else
        lists->have[lane]++;
    for (at = last; at > 0 && list[at - 1].distance > distance; at--) list[at] = list[at - 1];
    list[at] = (struct facet_bits_neighbour){index, distance};
    if (lists->have[lane] == nearest) lists->below[lane] = list[nearest - 1].distance;
}

/* Codes first .. first + rows - 1 against the queries from `query` on. */
static void search_block(const struct facet_kernels *k, const struct facet_bits_search *s,
                         size_t query, size_t first, size_t rows, struct lists *lists,
                         struct facet_bits_neighbour *out)
{
    uint32_t distance[BLOCK * PANEL];
    const size_t left = s->query_count - query, lanes = left < PANEL ? left : PANEL;
    if (lanes < PANEL || rows < BLOCK) memset(distance, 0xff, sizeof distance);
    k->hamming(s->codes + first * s->words, rows, s->queries + query * s->words, lanes, s->words,
               distance, PANEL);
    for (size_t l = 0; s->leave_one_out && l < lanes; l++)
        if (query + l >= first && query + l < first + rows)
            distance[(query + l - first) * PANEL + l] = UINT32_MAX;
    for (size_t row = 0; row < rows; row += STRETCH) {
        const uint32_t *d = distance + row * PANEL;
        if (!any_below(d, lists->below)) continue;
        for (size_t i = 0; i < STRETCH * PANEL; i++)
            if (d[i] < lists->below[i % PANEL])
                insert(lists, i % PANEL, s->nearest, (uint32_t)(first + row + i / PANEL), d[i],
                       out + (query + i % PANEL) * s->nearest);
    }
}

/* PANELS panels of queries from `query` on, against all codes. */
static void search_all(const struct facet_kernels *k, const struct facet_bits_search *s,
                       size_t query, struct facet_bits_neighbour *out)
{
    struct lists lists[PANELS];
    memset(lists, 0, sizeof lists);
    for (size_t i = 0; i < PANELS * PANEL && query + i < s->query_count; i++)
        lists[i / PANEL].below[i % PANEL] = UINT32_MAX;
    for (size_t first = 0; first < s->code_count; first += BLOCK) {
        const size_t left = s->code_count - first, rows = left < BLOCK ? left : BLOCK;
        for (size_t p = 0; p < PANELS && query + p * PANEL < s->query_count; p++)
            search_block(k, s, query + p * PANEL, first, rows, &lists[p], out);
    }
}

int facet_bits_nearest(const struct facet_kernels *kernels, const struct facet_bits_search *search,
                       struct facet_bits_neighbour *out)
{
    const size_t n = search->code_count, most = search->leave_one_out && n > 0 ? n - 1 : n;
    if (search->nearest < 1 || search->nearest > most)
        return facet_fail(FACET_EINVAL, "bits: expected from 1 to %zu neighbours, found %zu", most,
                          search->nearest);
    if (n > UINT32_MAX) return facet_fail(FACET_EINVAL, "bits: %zu codes are too many", n);
    if (search->leave_one_out && search->query_count > n)
        return facet_fail(FACET_EINVAL, "bits: %zu queries can't be among %zu codes",
                          search->query_count, n);
#pragma omp parallel for schedule(dynamic) num_threads(search->threads)
    for (size_t query = 0; query < search->query_count; query += PANELS * PANEL)
        search_all(kernels, search, query, out);
    return FACET_OK;
}

/* ---- histogram ---- */

enum relation { BETWEEN, WITHIN, NO_PART, RELATIONS };

/* Adds the pairs i < j of the codes j from `panel` on to counts (RELATIONS, bins). */
static void count_panel(const struct facet_kernels *k, const uint64_t *codes, size_t n,
                        size_t words, const int32_t *identity, size_t panel, uint64_t *counts)
{
    uint32_t distance[BLOCK * PANEL];
    const size_t lanes = n - panel < PANEL ? n - panel : PANEL, bins = 64 * words + 1;
    for (size_t first = 0; first < panel + lanes; first += BLOCK) {
        const size_t left = panel + lanes - first, rows = left < BLOCK ? left : BLOCK;
        k->hamming(codes + first * words, rows, codes + panel * words, lanes, words, distance,
                   PANEL);
        for (size_t i = first; i < first + rows; i++) {
            if (identity[i] < 0) continue;
            for (size_t l = i < panel ? 0 : i - panel + 1; l < lanes; l++) {
                const int32_t other = identity[panel + l];
                const size_t relation = other < 0              ? NO_PART
                                        : other == identity[i] ? WITHIN
                                                               : BETWEEN;
                counts[relation * bins + distance[(i - first) * PANEL + l]]++;
            }
        }
    }
}

int facet_bits_histogram(const struct facet_kernels *kernels, const uint64_t *codes, size_t n,
                         size_t words, const int32_t *identity, int threads, uint64_t *within,
                         uint64_t *between)
{
    const size_t bins = 64 * words + 1, room = RELATIONS * bins;
    uint64_t *counts = facet_alloc((size_t)threads * room, sizeof *counts, "bits");
    if (counts == NULL) return FACET_ENOMEM;
#pragma omp parallel for schedule(dynamic) num_threads(threads)
    for (size_t panel = 0; panel < n; panel += PANEL)
        count_panel(kernels, codes, n, words, identity, panel,
                    counts + (size_t)omp_get_thread_num() * room);
    for (size_t thread = 1; thread < (size_t)threads; thread++)
        for (size_t i = 0; i < room; i++) counts[i] += counts[thread * room + i];
    memcpy(between, counts + BETWEEN * bins, bins * sizeof *between);
    memcpy(within, counts + WITHIN * bins, bins * sizeof *within);
    free(counts);
    return FACET_OK;
}
