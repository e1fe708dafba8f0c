/* Everything that kernels/bits computes, for test_bits.py. Usage: bits_driver N QUERIES NEURONS
 * NEAREST THREADS. Standard input: threshold (neurons) and acts (N, neurons) float32, identity (N)
 * int32. Standard output: codes (N, words) uint64; with the first QUERIES codes as queries,
 * distances (QUERIES, N) uint32 and the nearest (QUERIES, NEAREST, 2) uint32, index and distance;
 * the nearest of every code but itself; within and between (64 words + 1) uint64; and of each code
 * with the one that stands as far from the end, the pair, differing and both (4, N) uint32. */
#include "base/error.h"
#include "base/parse.h"
#include "kernels/bits.h"

#include <stdio.h>
#include <stdlib.h>

static void *need(size_t count, size_t size)
{
    void *memory = facet_alloc(count, size, "test");
    if (memory == NULL) exit(1);
    return memory;
}

static void *take(size_t count, size_t size)
{
    void *memory = need(count, size);
    if (fread(memory, size, count, stdin) != count) exit(1);
    return memory;
}

/* Frees what it wrote. */
static void give(void *memory, size_t count, size_t size)
{
    if (fwrite(memory, size, count, stdout) != count) exit(1);
    free(memory);
}

static void give_nearest(const struct facet_kernels *k, const struct facet_bits_search *search)
{
    const size_t count = search->query_count * search->nearest;
    struct facet_bits_neighbour *nearest = need(count, sizeof *nearest);
    if (facet_bits_nearest(k, search, nearest) < 0) exit(1);
    give(nearest, count, sizeof *nearest);
}

static void give_histogram(const struct facet_kernels *k, const struct facet_bits_search *search)
{
    const size_t n = search->code_count, bins = 64 * search->words + 1;
    int32_t *identity = take(n, sizeof *identity);
    uint64_t *within = need(bins, sizeof *within), *between = need(bins, sizeof *between);
    if (facet_bits_histogram(k, search->codes, n, search->words, identity, search->threads, within,
                             between) < 0)
        exit(1);
    give(within, bins, sizeof *within);
    give(between, bins, sizeof *between);
    free(identity);
}

static void give_pairs(const struct facet_bits_search *search)
{
    const size_t n = search->code_count;
    uint32_t *pairs = need(n, 4 * sizeof *pairs);
    for (size_t i = 0; i < n; i++) pairs[i] = (uint32_t)i, pairs[n + i] = (uint32_t)(n - 1 - i);
    facet_bits_pairs(search->codes, search->words, pairs, pairs + n, n, pairs + 2 * n,
                     pairs + 3 * n);
    give(pairs, 4 * n, sizeof *pairs);
}

int main(int argc, char **argv)
{
    int64_t given[5];
    const struct facet_kernels *k;
    for (int i = 0; i < 5; i++)
        if (argc != 6 || facet_parse_int("argument", argv[i + 1], 1, 100000, &given[i]) < 0)
            return 2;
    if (facet_kernels_choose(NULL, &k) < 0) return 1;
    const size_t n = (size_t)given[0], neurons = (size_t)given[2];
    struct facet_bits_search search = {.query_count = (size_t)given[1],
                                       .code_count = n,
                                       .words = facet_bits_words(neurons),
                                       .nearest = (size_t)given[3],
                                       .threads = (int)given[4]};
    float *threshold = take(neurons, sizeof *threshold), *acts = take(n * neurons, sizeof *acts);
    uint64_t *codes = need(n * search.words, sizeof *codes);
    uint32_t *distances = need(search.query_count * n, sizeof *distances);
    facet_bits_pack(acts, n, neurons, threshold, codes);
    search.codes = search.queries = codes;
    k->hamming(codes, search.query_count, codes, n, search.words, distances, n);
    if (fwrite(codes, search.words * sizeof *codes, n, stdout) != n) return 1;
    give(distances, search.query_count * n, sizeof *distances);
    give_nearest(k, &search);
    search.query_count = n;
    search.leave_one_out = 1;
    give_nearest(k, &search);
    give_histogram(k, &search);
    give_pairs(&search);
    free(threshold);
    free(acts);
    free(codes);
    return 0;
}
