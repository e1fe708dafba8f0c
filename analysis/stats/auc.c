#include "stats/auc.h"

#include <gsl/gsl_cdf.h>
#include <math.h>

/* Sums over the n placement values a_i (whole numbers): their sample variance. */
static double variance_of(uint64_t n, uint64_t sum, uint64_t squares)
{
    if (n < 2) return NAN;
    const long double mean = (long double)sum / (long double)n;
    const long double spread = (long double)squares - mean * (long double)sum;
    return spread > 0 ? (double)(spread / (long double)(n - 1)) : 0;
}

void facet_auc_of(const struct facet_ranks *r, const int8_t *label, struct facet_auc *auc)
{
    /* Twice the placement values: of a target the rest below it, of one of the rest the targets
     * below it, equal ones counted half. */
    uint64_t below[2] = {0}, sum[2] = {0}, squares[2] = {0}, ties = 0;
    for (size_t g = 0, k = 0; g < r->groups; g++) {
        uint64_t here[2] = {0};
        for (; k < r->end[g]; k++) {
            const int8_t y = label[r->order[k]];
            here[0] += y == 0;
            here[1] += y == 1;
        }
        for (int c = 0; c < 2; c++) {
            const uint64_t a = 2 * below[!c] + here[!c];
            sum[c] += here[c] * a;
            squares[c] += here[c] * a * a;
        }
        const uint64_t t = here[0] + here[1];
        ties += t * t * t - t;
        below[0] += here[0];
        below[1] += here[1];
    }
    const double n0 = (double)below[0], n1 = (double)below[1];
    auc->n[0] = below[0];
    auc->n[1] = below[1];
    auc->u = (double)sum[1] / 2;
    auc->ties = (double)ties;
    auc->auc = auc->u / (n0 * n1);
    auc->variance = variance_of(below[1], sum[1], squares[1]) / (4 * n0 * n0 * n1) +
                    variance_of(below[0], sum[0], squares[0]) / (4 * n1 * n1 * n0);
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
