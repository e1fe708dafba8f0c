/* Seconds of CPU time that one thread takes for all pairs of N codes of 512 bits from the standard
 * input, as lines "what seconds checksum": the kernel alone, the nearest other code of each, the
 * histogram of the pairs i < j; and two bounds, every code against every other by the processor's
 * popcount with nothing kept but sums: "limit" with its widest registers, "words" with 64 bits at a
 * time, which bounds whatever is compiled so. Usage: bits N */
#include "kernels/bits.h"
#include "base/error.h"
#include "base/parse.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { WORDS = 8, BLOCK = 256, PANEL = 16, PEOPLE = 5749 };

/* The bounds: a code stays in registers while a block of others passes from the first-level cache.
 * Four sums, so that the additions don't wait for each other. */
#if defined(__x86_64__)
#include <immintrin.h>

__attribute__((target("avx512f,avx512vpopcntdq"))) static inline __m512i
add_count(__m512i sum, __m512i code, const uint64_t *other)
{
    const __m512i differing = _mm512_xor_si512(code, _mm512_loadu_si512(other));
    return _mm512_add_epi64(sum, _mm512_popcnt_epi64(differing));
}

__attribute__((target("avx512f,avx512vpopcntdq"))) static uint64_t
vector_loop(const uint64_t *code, const uint64_t *block, size_t rows)
{
    const __m512i one = _mm512_loadu_si512(code), zero = _mm512_setzero_si512();
    __m512i a = zero, b = zero, c = zero, d = zero;
    for (; rows >= 4; rows -= 4, block += 4 * WORDS) {
        a = add_count(a, one, block);
        b = add_count(b, one, block + WORDS);
        c = add_count(c, one, block + 2 * WORDS);
        d = add_count(d, one, block + 3 * WORDS);
    }
    for (; rows > 0; rows--, block += WORDS) a = add_count(a, one, block);
    return (uint64_t)_mm512_reduce_add_epi64(
        _mm512_add_epi64(_mm512_add_epi64(a, b), _mm512_add_epi64(c, d)));
}
#define POPCNT __attribute__((target("popcnt")))
#else
#define POPCNT
#endif

POPCNT static uint64_t word_loop(const uint64_t *code, const uint64_t *block, size_t rows)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < rows; i++)
        for (size_t w = 0; w < WORDS; w++)
            sum += (uint64_t)__builtin_popcountll(code[w] ^ block[i * WORDS + w]);
    return sum;
}

typedef uint64_t count_loop(const uint64_t *code, const uint64_t *block, size_t rows);

static count_loop *best_loop(void)
{
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx512vpopcntdq")) return vector_loop;
#endif
    return word_loop;
}

static uint64_t all_pairs(count_loop *loop, const uint64_t *codes, size_t n)
{
    uint64_t sum = 0;
    for (size_t first = 0; first < n; first += BLOCK)
        for (size_t i = 0; i < n; i++)
            sum += loop(codes + i * WORDS, codes + first * WORDS,
                        n - first < BLOCK ? n - first : BLOCK);
    return sum;
}

/* The kernel as the search calls it; a checksum of what it gave. */
static uint64_t kernel(const struct facet_kernels *k, const uint64_t *codes, size_t n)
{
    static uint32_t distance[BLOCK * PANEL];
    uint64_t sum = 0;
    for (size_t first = 0; first < n; first += BLOCK)
        for (size_t j = 0; j < n; j += PANEL) {
            k->hamming(codes + first * WORDS, n - first < BLOCK ? n - first : BLOCK,
                       codes + j * WORDS, n - j < PANEL ? n - j : PANEL, WORDS, distance, PANEL);
            sum += distance[0];
        }
    return sum;
}

static clock_t say(const char *what, clock_t begin, uint64_t sum)
{
    printf("%s %.6f %llu\n", what, (double)(clock() - begin) / CLOCKS_PER_SEC,
           (unsigned long long)sum);
    return clock();
}

static int measure(const struct facet_kernels *k, const uint64_t *codes, size_t n,
                   struct facet_bits_neighbour *nearest, const int32_t *identity)
{
    static uint64_t within[64 * WORDS + 1], between[64 * WORDS + 1];
    const struct facet_bits_search search = {.queries = codes,
                                             .query_count = n,
                                             .codes = codes,
                                             .code_count = n,
                                             .words = WORDS,
                                             .nearest = 1,
                                             .leave_one_out = 1,
                                             .threads = 1};
    uint64_t sum = 0, least = 0;
    clock_t begin = clock();
    begin = say("words", begin, all_pairs(word_loop, codes, n));
    begin = say("limit", begin, all_pairs(best_loop(), codes, n));
    begin = say("kernel", begin, kernel(k, codes, n));
    if (facet_bits_nearest(k, &search, nearest) < 0) return FACET_EINVAL;
    for (size_t i = 0; i < n; i++) least += nearest[i].distance;
    begin = say("nearest", begin, least);
    if (facet_bits_histogram(k, codes, n, WORDS, identity, 1, within, between) < 0)
        return FACET_ENOMEM;
    for (size_t d = 0; d <= 64 * WORDS; d++) sum += d * (within[d] + between[d]);
    say("histogram", begin, sum);
    return FACET_OK;
}

int main(int argc, char **argv)
{
    int64_t n;
    const struct facet_kernels *k;
    if (argc != 2 || facet_parse_int("N", argv[1], 2, 10000000, &n) < 0) {
        fprintf(stderr, "Usage: bits N < CODES\n");
        return 2;
    }
    uint64_t *codes = facet_alloc((size_t)n, WORDS * sizeof *codes, "codes");
    int32_t *identity = facet_alloc((size_t)n, sizeof *identity, "identities");
    struct facet_bits_neighbour *nearest = facet_alloc((size_t)n, sizeof *nearest, "nearest");
    int code = codes == NULL || identity == NULL || nearest == NULL ? FACET_ENOMEM : FACET_OK;
    if (code == FACET_OK && fread(codes, WORDS * sizeof *codes, (size_t)n, stdin) != (size_t)n)
        code = facet_fail(FACET_EIO, "expected %lld codes of 64 bytes", (long long)n);
    for (int64_t i = 0; code == FACET_OK && i < n; i++) identity[i] = (int32_t)(i % PEOPLE);
    if (code == FACET_OK) code = facet_kernels_choose(NULL, &k);
    if (code == FACET_OK) code = measure(k, codes, (size_t)n, nearest, identity);
    if (code < 0) fprintf(stderr, "bits: %s\n", facet_error_message());
    free(codes);
    free(identity);
    free(nearest);
    return code < 0;
}
