#include "stats/auc.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Sums over the n placement values a_i (whole numbers): their sample variance. */
static double variance_of(uint64_t n, uint64_t sum, uint64_t squares)
{
    if (n < 2) return NAN;
    const long double mean = (long double)sum / (long double)n;
    const long double spread = (long double)squares - mean * (long double)sum;
    return spread > 0 ? (double)(spread / (long double)(n - 1)) : 0;
}

/* Twice the placement values of each side, of a target the rest below it, of one of the rest the
 * targets below it, equal ones counted half: their sums; with t^3 - t of groups of equal values. */
struct placements {
    uint64_t count[2], sum[2], squares[2], ties;
};

static void finish(const struct placements *p, struct facet_auc *auc)
{
    const double n0 = (double)p->count[0], n1 = (double)p->count[1];
    auc->n[0] = p->count[0];
    auc->n[1] = p->count[1];
    auc->u = (double)p->sum[1] / 2;
    auc->ties = (double)p->ties;
    auc->auc = auc->u / (n0 * n1);
    auc->variance = variance_of(p->count[1], p->sum[1], p->squares[1]) / (4 * n0 * n0 * n1) +
                    variance_of(p->count[0], p->sum[0], p->squares[0]) / (4 * n1 * n1 * n0);
}

/* Equal values of so many of rest and target come next. */
static void add_group(struct placements *p, const uint64_t here[2])
{
    const uint64_t t = here[0] + here[1];
    for (int c = 0; c < 2; c++) {
        const uint64_t a = 2 * p->count[!c] + here[!c];
        p->sum[c] += here[c] * a;
        p->squares[c] += here[c] * a * a;
    }
    p->ties += t * t * t - t;
    p->count[0] += here[0];
    p->count[1] += here[1];
}

/* ---- eight targets at once ----
 *
 * Within a block of 40 observations m of the rest lie below k targets, k + m <= 40: with placements
 * a <= 2 m the sums k a and k a^2 <= 4 m^2 k < 38,000 fit into 16 bits, and so does t^3 - t <
 * 64,000. With b below the block, sum (2 b + a) and sum (2 b + a)^2 follow from n, sum a and sum
 * a^2. Groups of more equal values are counted by themselves. */

enum { LANES = 8, BLOCK = 40, MOST = 65535 };

typedef uint16_t lanes __attribute__((vector_size(2 * LANES)));
typedef int16_t labels __attribute__((vector_size(2 * LANES)));

struct block {
    size_t filled;
    lanes count[2], sum[2], squares[2], ties;
};

int facet_aucs_new(struct facet_aucs **aucs, size_t n, size_t targets, const int8_t *const *label)
{
    struct facet_aucs *a = facet_alloc(1, sizeof *a, "labels");
    const size_t chunks = (targets + LANES - 1) / LANES;
    if (a == NULL) return FACET_ENOMEM;
    a->n = n;
    a->targets = targets;
    a->label = facet_alloc(chunks * LANES, n, "labels");
    if (a->label == NULL) {
        facet_aucs_free(&a);
        return FACET_ENOMEM;
    }
    memset(a->label, -1, chunks * LANES * n);
    for (size_t t = 0; t < targets; t++)
        for (size_t i = 0; i < n; i++)
            a->label[(t / LANES * n + i) * LANES + t % LANES] = label[t][i];
    *aucs = a;
    return FACET_OK;
}

void facet_aucs_free(struct facet_aucs **aucs)
{
    if (*aucs == NULL) return;
    free((*aucs)->label);
    free(*aucs);
    *aucs = NULL;
}

/* Adds the labels of the observations order[0 .. size - 1] to here. */
static void count_labels(const int8_t *label, const uint32_t *order, size_t size, lanes here[2])
{
    for (size_t k = 0; k < size; k++) {
        int8_t bytes __attribute__((vector_size(LANES)));
        memcpy(&bytes, label + (size_t)order[k] * LANES, sizeof bytes);
        const labels y = __builtin_convertvector(bytes, labels);
        here[0] -= (lanes)(y == 0);
        here[1] -= (lanes)(y == 1);
    }
}

static void flush(struct block *b, struct placements p[LANES])
{
    for (size_t l = 0; l < LANES; l++) {
        const uint64_t below[2] = {p[l].count[0], p[l].count[1]};
        for (int c = 0; c < 2; c++) {
            const uint64_t twice = 2 * below[!c], n = b->count[c][l], sum = b->sum[c][l];
            p[l].sum[c] += twice * n + sum;
            p[l].squares[c] += twice * (twice * n + 2 * sum) + b->squares[c][l];
            p[l].count[c] += n;
        }
        p[l].ties += b->ties[l];
    }
    *b = (struct block){0};
}

static void add_few(struct block *b, const int8_t *label, const uint32_t *order, size_t size)
{
    lanes here[2] = {{0}};
    count_labels(label, order, size, here);
    for (int c = 0; c < 2; c++) {
        const lanes a = 2 * b->count[!c] + here[!c], sum = here[c] * a;
        b->sum[c] += sum;
        b->squares[c] += sum * a;
    }
    if (size > 1) {
        const lanes t = here[0] + here[1];
        b->ties += t * t * t - t;
    }
    b->count[0] += here[0];
    b->count[1] += here[1];
    b->filled += size;
}

static void add_many(struct placements p[LANES], const int8_t *label, const uint32_t *order,
                     size_t size)
{
    uint64_t all[LANES][2] = {{0}};
    for (size_t k = 0; k < size; k += MOST) {
        lanes here[2] = {{0}};
        count_labels(label, order + k, size - k < MOST ? size - k : MOST, here);
        for (size_t l = 0; l < LANES; l++) {
            all[l][0] += here[0][l];
            all[l][1] += here[1][l];
        }
    }
    for (size_t l = 0; l < LANES; l++) add_group(&p[l], all[l]);
}

void facet_aucs_of(const struct facet_aucs *aucs, const struct facet_ranks *r,
                   struct facet_auc *auc)
{
    for (size_t first = 0; first < aucs->targets; first += LANES) {
        const int8_t *label = aucs->label + first * aucs->n;
        struct placements p[LANES] = {{.ties = 0}};
        struct block block = {0};
        for (size_t g = 0, k = 0; g < r->groups; k = r->end[g++]) {
            const size_t size = r->end[g] - k;
            if (block.filled + size > BLOCK) flush(&block, p);
            if (size > BLOCK)
                add_many(p, label, r->order + k, size);
            else
                add_few(&block, label, r->order + k, size);
        }
        flush(&block, p);
        for (size_t l = 0; l < LANES && first + l < aucs->targets; l++)
            finish(&p[l], &auc[first + l]);
    }
}

void facet_auc_interval(const struct facet_auc *auc, double level, double *low, double *high)
{
    const double a = auc->auc, slope = a * (1 - a);
    *low = *high = NAN;
    if (!(slope > 0) || isnan(auc->variance)) return;
    const double centre = log(a / (1 - a));
    const double half = gsl_cdf_ugaussian_Qinv((1 - level) / 2) * sqrt(auc->variance) / slope;
    *low = 1 / (1 + exp(half - centre));
    *high = 1 / (1 + exp(-half - centre));
}

double facet_auc_p(const struct facet_auc *auc)
{
    const double n0 = (double)auc->n[0], n1 = (double)auc->n[1], n = n0 + n1;
    const double variance = n0 * n1 / 12 * (n + 1 - auc->ties / (n * (n - 1)));
    if (!(variance > 0)) return NAN;
    const double z = (fabs(auc->u - n0 * n1 / 2) - 0.5) / sqrt(variance);
    return fmin(1, 2 * gsl_cdf_ugaussian_Q(z));
}
