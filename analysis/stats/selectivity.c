#include "stats/selectivity.h"

#include <math.h>

void facet_part_of(const float *x, const uint32_t *index, size_t n, struct facet_part *part)
{
    double sum = 0, squares = 0;
    for (size_t i = 0; i < n; i++) sum += (double)x[index[i]];
    const double mean = n > 0 ? sum / (double)n : NAN;
    for (size_t i = 0; i < n; i++) {
        const double d = (double)x[index[i]] - mean;
        squares += d * d;
    }
    part->n = n;
    part->mean = mean;
    part->sd = n > 1 ? sqrt(squares / (double)(n - 1)) : NAN;
}

double facet_d_prime(const struct facet_part *target, const struct facet_part *rest)
{
    const double spread = sqrt((target->sd * target->sd + rest->sd * rest->sd) / 2);
    return spread > 0 ? (target->mean - rest->mean) / spread : NAN;
}

double facet_class_selectivity(const struct facet_part *target, const struct facet_part *rest)
{
    if (!(target->mean >= 0 && rest->mean >= 0 && target->mean + rest->mean > 0)) return NAN;
    return (target->mean - rest->mean) / (target->mean + rest->mean);
}

static double surprise(double count, double n)
{
    return count > 0 ? -count / n * log2(count / n) : 0;
}

double facet_mutual_information(const uint64_t (*counts)[2], size_t bins)
{
    double classes[2] = {0}, response = 0, joint = 0, used = 0;
    for (size_t b = 0; b < bins; b++)
        for (int c = 0; c < 2; c++) classes[c] += (double)counts[b][c];
    const double n = classes[0] + classes[1];
    if (!(n > 0)) return NAN;
    for (size_t b = 0; b < bins; b++) {
        const double of[2] = {(double)counts[b][0], (double)counts[b][1]};
        used += of[0] + of[1] > 0;
        response += surprise(of[0] + of[1], n);
        joint += surprise(of[0], n) + surprise(of[1], n);
    }
    const double bias = classes[0] > 0 && classes[1] > 0 ? (used - 1) / (2 * n * log(2)) : 0;
    return response + surprise(classes[0], n) + surprise(classes[1], n) - joint - bias;
}
