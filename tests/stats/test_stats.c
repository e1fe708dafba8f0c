#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/rng.h"
#include "stats/auc.h"
#include "stats/bootstrap.h"
#include "stats/histogram.h"
#include "stats/moments.h"
#include "stats/pairs.h"
#include "stats/quantile.h"
#include "stats/sparseness.h"

static int near(double a, double b, double tolerance)
{
    return fabs(a - b) <= tolerance * fmax(1, fabs(b));
}

#define NEAR(a, b, tolerance) assert_true(near(a, b, tolerance))

enum { LANES = FACET_SPARSENESS_LANES };

/* ---- moments ---- */

/* 1 .. n: mean (n + 1) / 2, variance n (n + 1) / 12, sum of squares n (n + 1)(2 n + 1) / 6; far
 * from zero, in calls of odd sizes. */
static void moments_of_a_range(void **state)
{
    (void)state;
    enum { N = 1001, WIDTH = 37 };
    static float x[N * WIDTH];
    struct facet_moments *m;
    for (int i = 0; i < N; i++)
        for (int j = 0; j < WIDTH; j++) x[i * WIDTH + j] = (float)(i + 1 + 100000 * j);
    assert_int_equal(facet_moments_new(&m, WIDTH), 0);
    for (int at = 0, step = 1; at < N; at += step, step = step * 3 % 211)
        assert_int_equal(
            facet_moments_add(m, 0, x + at * WIDTH, (size_t)(at + step < N ? step : N - at), WIDTH),
            0);
    for (size_t j = 0; j < WIDTH; j++) {
        assert_int_equal(m->n[j], N);
        NEAR(m->mean[j], (N + 1) / 2.0 + 1e5 * (double)j, 1e-15);
        NEAR(facet_moments_variance(m, j), N * (N + 1) / 12.0, 1e-12);
        assert_true(m->low[j] == x[j] && m->high[j] == x[(N - 1) * WIDTH + j]);
    }
    NEAR(m->squares[0], N * (N + 1.0) * (2 * N + 1) / 6, 1e-15);
    facet_moments_free(&m);
    assert_null(m);
}

static void moments_of_few(void **state)
{
    (void)state;
    struct facet_moments *m;
    float x[] = {0, 3}, bad[] = {0, NAN};
    assert_int_equal(facet_moments_new(&m, 2), 0);
    assert_true(isnan(facet_moments_variance(m, 0)));
    assert_true(isnan(facet_moments_treves_rolls(m, 0)));
    facet_moments_add(m, 0, x, 1, 2);
    assert_true(isnan(facet_moments_variance(m, 1)));
    assert_true(isnan(facet_moments_treves_rolls(m, 0))); /* zeros only */
    NEAR(facet_moments_treves_rolls(m, 1), 1, 1e-15);
    assert_true(facet_moments_add(m, 0, bad, 1, 2));
    bad[1] = -INFINITY;
    assert_true(facet_moments_add(m, 0, bad, 1, 2));
    facet_moments_free(&m);
}

/* ---- quantiles ---- */

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Every variable against its sorted values: half zeros, both signs and zeros, denormals, huge,
 * constant, few distinct. Pass two in parts of three variables. */
static float quantile_case(gsl_rng *rng, size_t variable)
{
    double u = gsl_rng_uniform(rng), v = gsl_rng_uniform(rng);
    switch (variable % 7) {
    case 0:
        return u < 0.5 ? 0.0f : (float)v;
    case 1:
        return (float)(v - 0.5);
    case 2:
        return u < 0.3 ? -0.0f : (float)((v - 0.4) * 1e-41);
    case 3:
        return (float)((v - 0.5) * 3e38);
    case 4:
        return -2.5f;
    case 5:
        return (float)floor(u * 3);
    default:
        return (float)exp(20 * (u - v));
    }
}

enum { BINS = 64 };

/* Counts bin by bin, by the definition. */
static void check_histogram(const float *x, size_t rows, size_t width, const uint32_t *found)
{
    uint32_t *counts = calloc(width * BINS, sizeof *counts);
    for (size_t i = 0; i < rows * width; i++) {
        double bin = floor(((double)x[i] + 1) * BINS / 6);
        counts[i % width * BINS + (size_t)(bin < 0 ? 0 : bin > BINS - 1 ? BINS - 1 : bin)]++;
    }
    assert_memory_equal(found, counts, width * BINS * sizeof *counts);
    free(counts);
}

static void check_quantiles(size_t rows, size_t width)
{
    static const double p[] = {0, 0.05, 0.25, 0.5, 0.501, 0.95, 1};
    enum { P = sizeof p / sizeof *p };
    struct facet_quantiles *q;
    gsl_rng *rng = facet_rng_new(7, rows);
    float *x = malloc(rows * width * sizeof *x);
    float *part = malloc(rows * 3 * sizeof *part);
    double *sorted = malloc(rows * sizeof *sorted);
    uint32_t *histogram = calloc(width * BINS, sizeof *histogram);
    for (size_t i = 0; i < rows * width; i++) x[i] = quantile_case(rng, i % width);
    assert_int_equal(facet_quantiles_new(&q, width, p, P), 0);
    facet_quantiles_count(q, 0, x, rows / 3, width);
    facet_quantiles_count(q, 0, x + rows / 3 * width, rows - rows / 3, width);
    assert_int_equal(facet_quantiles_plan(q, histogram, BINS, -1, 5), 0);
    for (size_t first = 0, n = 0; first < width; first += n) {
        assert_int_equal(facet_quantiles_begin(q, first, 3, 1, &n), 0);
        assert_int_equal(n, width - first < 3 ? width - first : 3);
        for (size_t r = 0; r < rows; r++)
            memcpy(part + r * n, x + r * width + first, n * sizeof *x);
        for (size_t r = 0; r < rows; r += 1000)
            facet_quantiles_refine(q, first, part + r * n, rows - r < 1000 ? rows - r : 1000, n);
        facet_quantiles_end(q);
    }
    for (size_t j = 0; j < width; j++) {
        for (size_t r = 0; r < rows; r++) sorted[r] = (double)x[r * width + j];
        qsort(sorted, rows, sizeof *sorted, ascending);
        for (size_t i = 0; i < P; i++)
            assert_true(facet_quantiles_value(q, j, i) ==
                        facet_quantile_sorted(sorted, rows, p[i]));
    }
    check_histogram(x, rows, width, histogram);
    facet_quantiles_free(&q);
    gsl_rng_free(rng);
    free(histogram);
    free(x);
    free(part);
    free(sorted);
}

static void quantiles_are_exact(void **state)
{
    (void)state;
    check_quantiles(1, 1);
    check_quantiles(2, 7);
    check_quantiles(3, 33);
    check_quantiles(1000, 40);
    check_quantiles(20011, 8);
    check_quantiles(300007, 7); /* more in a bucket than are listed */
}

static void quantile_of_sorted(void **state)
{
    (void)state;
    const double x[] = {1, 2, 4, 8};
    NEAR(facet_quantile_sorted(x, 4, 0.5), 3, 1e-15);
    NEAR(facet_quantile_sorted(x, 4, 0.25), 1.75, 1e-15); /* R: quantile(c(1,2,4,8), .25) */
    NEAR(facet_quantile_sorted(x, 4, 1), 8, 0);
    assert_true(isnan(facet_quantile_sorted(x, 0, 0.5)));
}

/* ---- histogram ---- */

static void histogram_edges(void **state)
{
    (void)state;
    const float x[] = {0, 0.999f, 1, 1.5f, 3, 4, -9, 99}; /* one variable */
    uint32_t counts[4] = {0}, bin[8];
    facet_histogram_bins(x, 8, 4, 0, 4, bin);
    for (int i = 0; i < 8; i++) counts[bin[i]]++;
    assert_int_equal(counts[0], 3); /* with what lies below */
    assert_int_equal(counts[1], 2);
    assert_int_equal(counts[2], 0);
    assert_int_equal(counts[3], 3); /* right end and above */
    NEAR(facet_histogram_edge(1, 4, -1, 1), -0.5, 0);
    NEAR(facet_histogram_edge(4, 4, -1, 0.1), 0.1, 0);
    assert_int_equal(facet_histogram_step(512, 32), 16);
    assert_int_equal(facet_histogram_step(513, 32), 17);
    assert_int_equal(facet_histogram_step(31, 32), 1);
    assert_int_equal(facet_histogram_step(46594, 25), 1864);
    assert_int_equal(facet_histogram_step(0, 40), 1);
}

/* ---- sparseness ---- */

static struct facet_sparseness sparseness_of(const float *x, size_t n)
{
    struct facet_sparseness s[LANES];
    uint32_t *work = malloc(facet_sparseness_room(n) * LANES * sizeof *work);
    float *lanes = calloc(n * LANES, sizeof *lanes);
    for (size_t j = 0; j < n; j++) lanes[j * LANES] = x[j];
    facet_sparseness_lanes(lanes, n, work, s);
    free(lanes);
    free(work);
    return s[0];
}

/* One value of n alone: a = 1/n, S = 1, Hoyer 1, Gini 1 - 1/n, kurtosis n - 2 + 1/(n-1) - 3. */
static void sparseness_closed_forms(void **state)
{
    (void)state;
    float one[10] = {0, 0, 0, 5}, equal[] = {2, 2, 2}, zero[4] = {0}, single[] = {3};
    struct facet_sparseness s = sparseness_of(one, 10);
    NEAR(s.treves_rolls, 0.1, 1e-14);
    NEAR(s.vinje_gallant, 1, 1e-14);
    NEAR(s.hoyer, 1, 1e-14);
    NEAR(s.gini, 0.9, 1e-14);
    NEAR(s.kurtosis, 10 - 2 + 1.0 / 9 - 3, 1e-14);
    s = sparseness_of(equal, 3);
    NEAR(s.treves_rolls, 1, 1e-14);
    NEAR(s.vinje_gallant, 0, 1e-14);
    NEAR(s.hoyer, 0, 1e-14);
    NEAR(s.gini, 0, 1e-14);
    assert_true(isnan(s.kurtosis));
    s = sparseness_of(zero, 4);
    assert_true(isnan(s.treves_rolls) && isnan(s.vinje_gallant) && isnan(s.hoyer));
    assert_true(isnan(s.gini) && isnan(s.kurtosis));
    s = sparseness_of(single, 1);
    NEAR(s.treves_rolls, 1, 1e-14);
    NEAR(s.gini, 0, 1e-14);
    assert_true(isnan(s.vinje_gallant) && isnan(s.hoyer) && isnan(s.kurtosis));
}

/* Signs cancel in Treves-Rolls and not in Hoyer and Gini; 1 .. n in any order has Gini
 * (n - 1) / (3 n)... exactly (n^2 - 1) / (3 n (n + 1)); every n tries the sorting network. */
static void sparseness_of_ranges(void **state)
{
    (void)state;
    const float pair[] = {-1, 1};
    struct facet_sparseness s = sparseness_of(pair, 2);
    assert_true(s.treves_rolls == 0);
    NEAR(s.gini, 0, 1e-15);
    gsl_rng *rng = facet_rng_new(3, 0);
    for (size_t n = 1; n < 300; n++) {
        float x[300];
        for (size_t i = 0; i < n; i++) x[i] = (float)(i + 1);
        for (size_t i = n; i-- > 1;) {
            size_t k = (size_t)(gsl_rng_uniform(rng) * (double)(i + 1));
            float swap = x[i];
            x[i] = x[k];
            x[k] = gsl_rng_uniform(rng) < 0.5 ? swap : -swap;
        }
        s = sparseness_of(x, n);
        double count = (double)n;
        NEAR(s.gini, (count * count - 1) / (3 * count * (count + 1)), 1e-13);
    }
    gsl_rng_free(rng);
}

static void lanes_are_independent(void **state)
{
    (void)state;
    enum { N = 77 };
    float lanes[N * LANES], row[N];
    uint32_t work[128 * LANES];
    struct facet_sparseness out[LANES];
    gsl_rng *rng = facet_rng_new(4, 0);
    for (int i = 0; i < N * LANES; i++) lanes[i] = (float)fmax(0, gsl_rng_uniform(rng) - 0.4);
    facet_sparseness_lanes(lanes, N, work, out);
    for (int l = 0; l < LANES; l++) {
        for (int j = 0; j < N; j++) row[j] = lanes[j * LANES + l];
        struct facet_sparseness s = sparseness_of(row, N);
        assert_memory_equal(&s, &out[l], sizeof s);
    }
    gsl_rng_free(rng);
}

/* ---- pairs ---- */

static void all_pairs(void **state)
{
    (void)state;
    const int32_t cluster[] = {1, 0, -1, 1, 2, 1, 0};
    struct facet_pairs *p;
    assert_int_equal(facet_pairs_sample(&p, cluster, 7, FACET_PAIRS_WITHIN, 100, 1), 0);
    assert_int_equal(p->count, 4); /* three of cluster 1, one of cluster 0 */
    for (size_t k = 0; k < p->count; k++)
        assert_true(cluster[p->first[k]] == cluster[p->second[k]] && p->first[k] != p->second[k]);
    facet_pairs_free(&p);
    assert_int_equal(facet_pairs_sample(&p, cluster, 7, FACET_PAIRS_BETWEEN, 100, 1), 0);
    assert_int_equal(p->count, 15 - 4);
    int seen[7][7] = {{0}};
    for (size_t k = 0; k < p->count; k++) {
        uint32_t a = p->first[k], b = p->second[k];
        assert_true(cluster[a] >= 0 && cluster[b] >= 0 && cluster[a] != cluster[b]);
        assert_int_equal(seen[a][b]++ + seen[b][a], 0);
    }
    facet_pairs_free(&p);
    const int32_t alone[] = {0, 1, 2};
    assert_int_equal(facet_pairs_sample(&p, alone, 3, FACET_PAIRS_WITHIN, 100, 1), 0);
    assert_int_equal(p->count, 0);
    facet_pairs_free(&p);
}

/* Each of the 105 pairs of 15 items must come up equally often: chi-square over 2,000 seeds with
 * sets of 10 (sparse way) and 50 (dense way). Drawn without replacement the statistic is at most
 * that of the multinomial, whose 0.9999 quantile at 104 degrees of freedom is 165. */
static void pairs_are_uniform(void **state)
{
    (void)state;
    int32_t cluster[15] = {0};
    for (size_t limit = 10; limit <= 50; limit += 40) {
        double seen[15 * 15] = {0}, chi = 0, expected = 2000.0 * (double)limit / 105;
        for (uint64_t seed = 0; seed < 2000; seed++) {
            struct facet_pairs *p;
            assert_int_equal(facet_pairs_sample(&p, cluster, 15, FACET_PAIRS_WITHIN, limit, seed),
                             0);
            assert_int_equal(p->count, limit);
            for (size_t k = 0; k < limit; k++) seen[p->first[k] * 15 + p->second[k]]++;
            facet_pairs_free(&p);
        }
        for (int a = 0; a < 15; a++)
            for (int b = a + 1; b < 15; b++)
                chi += pow(seen[a * 15 + b] + seen[b * 15 + a] - expected, 2) / expected;
        assert_true(chi < 165);
    }
}

/* ---- bootstrap ---- */

/* Mean over clusters of one value each: the interval's ends approach mean -+ 1.96 sd / sqrt n. */
static void bootstrap_of_a_mean(void **state)
{
    (void)state;
    enum { N = 400, R = 4000 };
    static double sums[N * 2], out[R * 2], again[R * 2], mean[R];
    double sum = 0, squares = 0, low, high;
    gsl_rng *rng = facet_rng_new(11, 0);
    for (int i = 0; i < N; i++) {
        double v = gsl_rng_uniform(rng);
        sums[2 * i] = 1;
        sums[2 * i + 1] = v;
        sum += v;
        squares += v * v;
    }
    gsl_rng_free(rng);
    struct facet_bootstrap *b = NULL;
    assert_int_equal(facet_bootstrap_new(&b, N, R, 5, 1), 0);
    assert_int_equal(facet_bootstrap_sums(b, sums, 2, out), 0);
    facet_bootstrap_free(&b);
    assert_int_equal(facet_bootstrap_new(&b, N, R, 5, 3), 0);
    assert_int_equal(facet_bootstrap_sums(b, sums, 2, again), 0);
    facet_bootstrap_free(&b);
    assert_memory_equal(out, again, sizeof out);
    for (int r = 0; r < R; r++) {
        assert_true(out[2 * r] == N); /* as many clusters as there are */
        mean[r] = out[2 * r + 1] / out[2 * r];
    }
    facet_bootstrap_interval(mean, R, 0.95, &low, &high);
    double se = sqrt((squares / N - pow(sum / N, 2)) / N);
    assert_true(fabs(low - (sum / N - 1.96 * se)) < 0.15 * se);
    assert_true(fabs(high - (sum / N + 1.96 * se)) < 0.15 * se);
    facet_bootstrap_interval(mean, 1, 0.95, &low, &high);
    assert_true(isnan(low) && isnan(high));
}

/* Pairs within clusters are weighted by the draws, pairs between by their product. */
static void bootstrap_of_pairs(void **state)
{
    (void)state;
    enum { C = 5, R = 50 };
    const uint32_t first[] = {0, 1, 2, 3, 4}, second[] = {0, 2, 2, 4, 0};
    const double d[] = {1, NAN, 2, 3, 5, 7, 4, 1, 0, 2}; /* (5, 2) */
    double out[R * 2];
    struct facet_bootstrap *b = NULL;
    assert_int_equal(facet_bootstrap_new(&b, C, R, 9, 2), 0);
    assert_int_equal(facet_bootstrap_pairs(b, first, second, d, 5, 2, out), 0);
    facet_bootstrap_free(&b);
    for (uint64_t r = 0; r < R; r++) {
        uint32_t w[C];
        double sum = 0, total = 0;
        assert_int_equal(facet_bootstrap_draw(9, r, C, w), 0);
        for (int k = 0; k < 5; k++) {
            double weight =
                first[k] == second[k] ? w[first[k]] : (double)w[first[k]] * w[second[k]];
            if (k == 0) continue; /* its second value is NaN */
            sum += weight * d[2 * k + 1];
            total += weight;
        }
        if (total > 0)
            NEAR(out[2 * r + 1], sum / total, 1e-14);
        else
            assert_true(isnan(out[2 * r + 1]));
    }
}

/* Draws that are too many to be kept are made again, the same. */
static void bootstrap_of_many(void **state)
{
    (void)state;
    enum { N = 3000, W = 11, SHORT = 3, LONG = 12001 };
    double *sums = facet_alloc(N, W * sizeof *sums, "test"), kept[SHORT * W], w[W];
    double *out = facet_alloc(LONG, W * sizeof *out, "test");
    uint32_t *draws = facet_alloc(N, sizeof *draws, "test");
    struct facet_bootstrap *b = NULL;
    for (int i = 0; i < N * W; i++) sums[i] = (i * 37) % 101;
    assert_int_equal(facet_bootstrap_new(&b, N, SHORT, 5, 1), 0);
    assert_int_equal(facet_bootstrap_sums(b, sums, W, kept), 0);
    facet_bootstrap_free(&b);
    assert_int_equal(facet_bootstrap_new(&b, N, LONG, 5, 2), 0);
    assert_int_equal(facet_bootstrap_sums(b, sums, W, out), 0);
    facet_bootstrap_free(&b);
    assert_memory_equal(out, kept, sizeof kept);
    assert_int_equal(facet_bootstrap_draw(5, LONG - 1, N, draws), 0);
    memset(w, 0, sizeof w);
    for (int i = 0; i < N * W; i++) w[i % W] += draws[i / W] * sums[i];
    assert_memory_equal(out + (LONG - 1) * W, w, sizeof w); /* integers: exact */
    free(sums);
    free(out);
    free(draws);
}

/* ---- auc ---- */

/* U, its variance and ties from their definitions: placements among the counts of each value, in
 * whole numbers up to the last division. Values are whole and below VALUES. */
enum { VALUES = 8192 };

static void auc_by_counting(const float *x, const int8_t *label, size_t n, struct facet_auc *auc)
{
    static double of[2][VALUES];
    double all[2] = {0}, sum[2] = {0}, squares[2] = {0};
    memset(of, 0, sizeof of);
    for (size_t i = 0; i < n; i++)
        if (label[i] >= 0) of[label[i]][(size_t)x[i]]++;
    *auc = (struct facet_auc){.ties = 0};
    for (size_t v = 0; v < VALUES; v++) {
        const double t = of[0][v] + of[1][v];
        for (int c = 0; c < 2; c++) {
            const double below = all[!c] + of[!c][v] / 2;
            sum[c] += of[c][v] * below;
            squares[c] += of[c][v] * below * below;
        }
        for (int c = 0; c < 2; c++) all[c] += of[c][v];
        auc->ties += t * t * t - t;
    }
    for (int c = 0; c < 2; c++) {
        auc->n[c] = (uint64_t)all[c];
        auc->variance += all[c] > 1 ? (squares[c] - sum[c] * sum[c] / all[c]) / (all[c] - 1) /
                                          (all[!c] * all[!c] * all[c])
                                    : NAN;
    }
    auc->u = sum[1];
    auc->auc = sum[1] / (all[0] * all[1]);
}

/* Many targets at once (test_selectivity.py holds one against scipy): groups of equal values of all
 * sizes around a block, unlabelled observations, any number of targets. */
static void aucs_of_many_targets(void **state)
{
    (void)state;
    enum { N = 3000, TARGETS = 19, REPEATS = 40 };
    static float x[N];
    static int8_t labels[TARGETS][N];
    const int8_t *label[TARGETS];
    gsl_rng *rng = facet_rng_new(11, 0);
    for (int repeat = 0; repeat < REPEATS; repeat++) {
        const size_t n = repeat == 0 ? 1 : 2 + gsl_rng_uniform_int(rng, N - 2);
        const size_t targets = 1 + (size_t)repeat % TARGETS;
        const double values = exp(gsl_rng_uniform(rng) * 9);
        for (size_t i = 0; i < n; i++)
            x[i] = (float)fmax(0, floor(values * (gsl_rng_uniform(rng) - 0.3)));
        for (size_t i = 0; i < n && repeat % 4 == 1; i++) /* in order, and whole blocks of equals */
            x[i] = (float)(repeat % 8 == 1 ? i : i / 40);
        for (size_t t = 0; t < targets; t++) {
            const double share = gsl_rng_uniform(rng), known = t % 3 == 0 ? 1 : share;
            label[t] = labels[t];
            for (size_t i = 0; i < n; i++)
                labels[t][i] = gsl_rng_uniform(rng) < known ? gsl_rng_uniform(rng) < share : -1;
            for (size_t i = 0; i < n && t % 4 == 1; i++) /* the largest sums of a block */
                labels[t][i] = i % 40 >= 27;
        }
        struct facet_ranks *ranks = NULL;
        struct facet_aucs *aucs = NULL;
        struct facet_auc many[TARGETS], one;
        assert_int_equal(facet_ranks_new(&ranks, n), 0);
        assert_int_equal(facet_aucs_new(&aucs, n, targets, label), 0);
        facet_ranks_of(ranks, x);
        facet_aucs_of(aucs, ranks, many);
        for (size_t t = 0; t < targets; t++) {
            auc_by_counting(x, labels[t], n, &one);
            assert_true(many[t].n[0] == one.n[0] && many[t].n[1] == one.n[1]);
            assert_true(many[t].u == one.u && many[t].ties == one.ties);
            if (one.n[0] > 0 && one.n[1] > 0) NEAR(many[t].auc, one.auc, 1e-15);
            if (one.n[0] > 1 && one.n[1] > 1) NEAR(many[t].variance, one.variance, 1e-12);
            assert_int_equal(isnan(many[t].variance), one.n[0] < 2 || one.n[1] < 2);
        }
        facet_aucs_free(&aucs);
        facet_ranks_free(&ranks);
    }
    gsl_rng_free(rng);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(aucs_of_many_targets),    cmocka_unit_test(moments_of_a_range),
        cmocka_unit_test(moments_of_few),          cmocka_unit_test(quantiles_are_exact),
        cmocka_unit_test(quantile_of_sorted),      cmocka_unit_test(histogram_edges),
        cmocka_unit_test(sparseness_closed_forms), cmocka_unit_test(sparseness_of_ranges),
        cmocka_unit_test(lanes_are_independent),   cmocka_unit_test(all_pairs),
        cmocka_unit_test(pairs_are_uniform),       cmocka_unit_test(bootstrap_of_a_mean),
        cmocka_unit_test(bootstrap_of_pairs),      cmocka_unit_test(bootstrap_of_many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
