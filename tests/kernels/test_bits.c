/* Packed codes: every kernel set that runs here, and the one that a newer processor hides, against
 * counts over unpacked neurons; searches and histograms against sorting and counting by hand. All
 * is exact, whatever the set and the threads. */
#include "kernels/area.h"
#include "kernels/bits.h"
#include "kernels/sets.h"

static const size_t sizes[] = {1,   2,   31,  32,  33,  63,   64,   65,   127,  128,  129, 320,
                               511, 512, 513, 575, 577, 1023, 1024, 1025, 2047, 2048, 2049};

#define EACH_SIZE(neurons)                                                                         \
    for (size_t neurons##_at = 0, neurons;                                                         \
         neurons##_at < sizeof sizes / sizeof sizes[0] && (neurons = sizes[neurons##_at], 1);      \
         neurons##_at++)

/* ---- codes ---- */

/* n codes, with the same neurons unpacked, in memory that ends where they do, `shift` words behind
 * a boundary. */
struct codes {
    uint8_t *on; /* (n, neurons) */
    uint64_t *memory, *at;
    size_t n, neurons, words;
};

/* Each neuron active with probability `share`; each array of a run has a stream of its own. */
static struct codes codes(size_t n, size_t neurons, double share, size_t shift)
{
    static uint64_t drawn = 0;
    struct codes c = {.n = n, .neurons = neurons, .words = facet_bits_words(neurons)};
    gsl_rng *rng = facet_rng_new(seed, drawn++);
    c.on = facet_alloc(n * neurons, 1, "test");
    c.memory = facet_alloc(n * c.words + shift, sizeof *c.memory, "test");
    assert_true(rng != NULL && c.on != NULL && c.memory != NULL);
    c.at = c.memory + shift;
    for (size_t i = 0; i < n * neurons; i++) {
        c.on[i] = gsl_rng_uniform(rng) < share;
        c.at[i / neurons * c.words + i % neurons / 64] |= (uint64_t)c.on[i] << (i % neurons % 64);
    }
    gsl_rng_free(rng);
    return c;
}

static void free_codes(struct codes *c)
{
    free(c->on);
    free(c->memory);
}

static uint32_t differing(const struct codes *a, size_t i, const struct codes *b, size_t j)
{
    uint32_t count = 0;
    for (size_t k = 0; k < a->neurons; k++)
        count += a->on[i * a->neurons + k] != b->on[j * b->neurons + k];
    return count;
}

static const struct facet_kernels *set(const char *name)
{
    const struct facet_kernels *k = NULL;
    assert_ok(facet_kernels_choose(name, &k));
    return k;
}

/* ---- the kernel ---- */

static void check_hamming(const char *name, facet_hamming *hamming, const struct codes *a,
                          const struct codes *b)
{
    enum { AROUND = 37 };
    const size_t out_row = b->n + b->n % 3, count = a->n * out_row;
    uint32_t *memory = facet_alloc(count + 2 * AROUND, sizeof *memory, "test");
    assert_non_null(memory);
    memset(memory, 0xa5, (count + 2 * AROUND) * sizeof *memory);
    hamming(a->at, a->n, b->at, b->n, a->words, memory + AROUND, out_row);
    for (size_t i = 0; i < count + 2 * AROUND; i++) {
        const size_t row = (i - AROUND) / out_row, column = (i - AROUND) % out_row;
        const int inside = i >= AROUND && i < AROUND + count && column < b->n;
        const uint32_t expected = inside ? differing(a, row, b, column) : 0xa5a5a5a5;
        if (memory[i] != expected)
            fail_msg("%s: %zu x %zu codes of %zu: value %zu is %u, expected %u (seed %llu)", name,
                     a->n, b->n, a->neurons, i, memory[i], expected, (unsigned long long)seed);
    }
    free(memory);
}

static void check_every_set(const struct codes *a, const struct codes *b)
{
    const struct facet_kernels *const *sets = facet_kernels_list();
    for (; *sets != NULL; sets++)
        if ((*sets)->runs()) check_hamming((*sets)->name, (*sets)->hamming, a, b);
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx512bw"))
        check_hamming("avx512 without vpopcntdq", facet_hamming_avx512, a, b);
#endif
}

static void distances_are_counts(void **state)
{
    (void)state;
    const size_t rows[] = {1, 2, 7, 33}, columns[] = {1, 3, 15, 16, 17, 32, 45};
    EACH_SIZE(neurons)
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        for (size_t j = 0; j < sizeof columns / sizeof columns[0]; j++) {
            struct codes a = codes(rows[i], neurons, 0.5, (i + j) % 8);
            struct codes b = codes(columns[j], neurons, 0.3, (i + 3 * j) % 8);
            check_every_set(&a, &b);
            free_codes(&a);
            free_codes(&b);
        }
}

/* No sum overflows on its way. */
static void opposites_differ_everywhere(void **state)
{
    (void)state;
    EACH_SIZE(neurons)
    {
        struct codes none = codes(5, neurons, 0, 1), all = codes(19, neurons, 1, 3);
        check_every_set(&none, &all);
        check_every_set(&all, &none);
        check_every_set(&all, &all);
        free_codes(&none);
        free_codes(&all);
    }
}

/* ---- packing and pairs ---- */

static void packing_is_a_comparison(void **state)
{
    (void)state;
    EACH_SIZE(neurons)
    {
        enum { N = 5 };
        struct area acts = noise(N * neurons, 1), threshold = noise(neurons, 3);
        const size_t words = facet_bits_words(neurons);
        uint64_t packed[(N + 1) * 33];
        assert_int_equal(words, neurons / 64 + (neurons % 64 != 0));
        for (size_t i = 0; i < acts.count; i += 3) acts.at[i] = threshold.at[i % neurons];
        for (size_t i = 1; i < acts.count; i += 7) acts.at[i] = i % 2 ? NAN : INFINITY;
        for (size_t j = 2; j < neurons; j += 11) threshold.at[j] = j % 2 ? NAN : -INFINITY;
        memset(packed, 0xa5, sizeof packed);
        facet_bits_pack(acts.at, N, neurons, threshold.at, packed);
        for (size_t i = 0; i < N * words * 64; i++) {
            const size_t row = i / (words * 64), j = i % (words * 64);
            const int on = j < neurons && acts.at[row * neurons + j] > threshold.at[j];
            assert_int_equal(packed[i / 64] >> i % 64 & 1, on);
        }
        assert_true(packed[N * words] == UINT64_C(0xa5a5a5a5a5a5a5a5));
        free(acts.memory);
        free(threshold.memory);
    }
}

static void pairs_are_counts(void **state)
{
    (void)state;
    EACH_SIZE(neurons)
    {
        const uint32_t first[] = {0, 8, 3, 5, 5}, second[] = {8, 0, 3, 1, 2};
        struct codes c = codes(9, neurons, 0.5, 1);
        uint32_t unlike[6] = {[5] = 77}, alone[6] = {[5] = 77}, both[6] = {[5] = 77};
        facet_bits_pairs(c.at, c.words, first, second, 5, unlike, both);
        facet_bits_pairs(c.at, c.words, first, second, 5, alone, NULL);
        for (size_t k = 0; k < 5; k++) {
            uint32_t common = 0;
            for (size_t j = 0; j < neurons; j++)
                common += c.on[first[k] * neurons + j] & c.on[second[k] * neurons + j];
            assert_int_equal(unlike[k], differing(&c, first[k], &c, second[k]));
            assert_int_equal(both[k], common);
        }
        assert_memory_equal(unlike, alone, sizeof unlike);
        assert_int_equal(unlike[5], 77);
        assert_int_equal(both[5], 77);
        free_codes(&c);
    }
}

/* ---- nearest ---- */

static int nearer(const void *a, const void *b)
{
    const struct facet_bits_neighbour *x = a, *y = b;
    if (x->distance != y->distance) return x->distance < y->distance ? -1 : 1;
    return x->index < y->index ? -1 : 1;
}

static void check_nearest(const struct facet_kernels *k, const struct facet_bits_search *s,
                          const struct codes *queries, const struct codes *of)
{
    struct facet_bits_neighbour all[700], *got;
    const struct facet_bits_neighbour behind = {77, 78};
    got = facet_alloc(s->query_count * s->nearest + 1, sizeof *got, "test");
    assert_non_null(got);
    got[s->query_count * s->nearest] = behind;
    assert_ok(facet_bits_nearest(k, s, got));
    for (size_t i = 0; i < s->query_count; i++) {
        size_t n = 0;
        for (uint32_t j = 0; j < of->n; j++)
            if (!s->leave_one_out || i != j)
                all[n++] = (struct facet_bits_neighbour){j, differing(queries, i, of, j)};
        qsort(all, n, sizeof *all, nearer);
        if (memcmp(all, got + i * s->nearest, s->nearest * sizeof *all) != 0)
            fail_msg("%s: query %zu of %zu among %zu codes of %zu, %zu nearest on %d threads "
                     "(seed %llu)",
                     k->name, i, s->query_count, of->n, of->neurons, s->nearest, s->threads,
                     (unsigned long long)seed);
    }
    assert_memory_equal(&got[s->query_count * s->nearest], &behind, sizeof behind);
    free(got);
}

/* Codes of few neurons have many equal distances. */
static void nearest_are_the_first_sorted(void **state)
{
    (void)state;
    const size_t neurons[] = {1, 5, 70, 512}, n[] = {2, 17, 256, 257, 600};
    for (size_t i = 0; i < 4; i++)
        for (size_t j = 0; j < 5; j++) {
            struct codes of = codes(n[j], neurons[i], 0.5, j % 3);
            struct codes others = codes(1 + 33 * j, neurons[i], 0.4, 1);
            struct facet_bits_search s = {
                .codes = of.at, .code_count = of.n, .words = of.words, .threads = 1 + (int)j % 3};
            for (s.leave_one_out = 0; s.leave_one_out < 2; s.leave_one_out++) {
                const struct codes *queries = s.leave_one_out ? &of : &others;
                const size_t most = of.n - (size_t)s.leave_one_out;
                const size_t wanted[] = {1, most < 9 ? most : 9, most};
                s.queries = queries->at;
                s.query_count = queries->n;
                for (size_t w = 0; w < 3; w++) {
                    s.nearest = wanted[w];
                    check_nearest(set(i % 2 ? "portable" : NULL), &s, queries, &of);
                }
            }
            free_codes(&of);
            free_codes(&others);
        }
}

static void impossible_searches_are_refused(void **state)
{
    (void)state;
    uint64_t words[4] = {0};
    struct facet_bits_neighbour out[4] = {{9, 9}};
    struct facet_bits_search s = {.queries = words,
                                  .query_count = 1,
                                  .codes = words,
                                  .code_count = 3,
                                  .words = 1,
                                  .nearest = 0,
                                  .threads = 1};
    assert_fails(facet_bits_nearest(set(NULL), &s, out), FACET_EINVAL,
                 "from 1 to 3 neighbours, found 0");
    s.nearest = 4;
    assert_fails(facet_bits_nearest(set(NULL), &s, out), FACET_EINVAL, "found 4");
    s.nearest = 3;
    s.leave_one_out = 1;
    assert_fails(facet_bits_nearest(set(NULL), &s, out), FACET_EINVAL,
                 "from 1 to 2 neighbours, found 3");
    s.nearest = 1;
    s.query_count = 4;
    assert_fails(facet_bits_nearest(set(NULL), &s, out), FACET_EINVAL, "4 queries");
    s.code_count = 0;
    s.query_count = 0;
    assert_fails(facet_bits_nearest(set(NULL), &s, out), FACET_EINVAL, "from 1 to 0");
    assert_int_equal(out[0].index, 9);
}

/* ---- histogram ---- */

static void histogram_counts_every_pair(void **state)
{
    (void)state;
    const size_t n[] = {0, 1, 2, 16, 17, 255, 300, 513};
    for (size_t i = 0; i < sizeof n / sizeof n[0]; i++)
        for (size_t neurons = 1; neurons < 140; neurons += 68) {
            struct codes c = codes(n[i], neurons, 0.5, 0);
            const size_t bins = 64 * c.words + 1;
            uint64_t expected[2][200] = {{0}}, got[2][200];
            int32_t identity[513];
            for (size_t j = 0; j < n[i]; j++) identity[j] = (int32_t)(j * j % 7) - 1;
            for (size_t a = 0; a < n[i]; a++)
                for (size_t b = a + 1; b < n[i]; b++)
                    if (identity[a] >= 0 && identity[b] >= 0)
                        expected[identity[a] == identity[b]][differing(&c, a, &c, b)]++;
            for (int threads = 1; threads <= 3; threads++) {
                memset(got, 0xa5, sizeof got);
                assert_ok(facet_bits_histogram(set(threads == 2 ? "portable" : NULL), c.at, n[i],
                                               c.words, identity, threads, got[1], got[0]));
                for (size_t kind = 0; kind < 2; kind++) {
                    assert_memory_equal(got[kind], expected[kind], bins * sizeof **got);
                    assert_true(got[kind][bins] == UINT64_C(0xa5a5a5a5a5a5a5a5));
                }
            }
            free_codes(&c);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(distances_are_counts),
        cmocka_unit_test(opposites_differ_everywhere),
        cmocka_unit_test(packing_is_a_comparison),
        cmocka_unit_test(pairs_are_counts),
        cmocka_unit_test(nearest_are_the_first_sorted),
        cmocka_unit_test(impossible_searches_are_refused),
        cmocka_unit_test(histogram_counts_every_pair),
    };
    choose_seed();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
