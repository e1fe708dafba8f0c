#include "targets/interval.h"

#include "stats/bootstrap.h"

#include <math.h>
#include <stdlib.h>

enum { REPLICATES = 1000 };

/* sums (clusters, 4): rest told right, rest, target told right, target. */
static int sum_clusters(const struct facet_targets *t, const struct facet_target *target,
                        const double *right, const uint32_t *judged, double *sums, size_t *clusters)
{
    uint32_t *number = facet_alloc(t->identities, sizeof *number, "bootstrap"); /* 0: none yet */
    if (number == NULL) return FACET_ENOMEM;
    *clusters = 0;
    for (size_t i = 0; i < t->images; i++) {
        if (target->label[i] < 0 || judged[i] == 0) continue;
        const int alone = target->is_identity || t->identity[i] < 0;
        uint32_t *own = alone ? NULL : &number[t->identity[i]];
        const size_t at = own != NULL && *own > 0 ? *own - 1 : (*clusters)++;
        if (own != NULL) *own = (uint32_t)at + 1;
        sums[4 * at + 2 * (size_t)target->label[i]] += right[i] / judged[i];
        sums[4 * at + 2 * (size_t)target->label[i] + 1]++;
    }
    free(number);
    return FACET_OK;
}

int facet_targets_interval(const struct facet_targets *t, const struct facet_target *target,
                           const double *right, const uint32_t *judged, uint64_t seed, int threads,
                           double *low, double *high)
{
    double *sums = facet_alloc(t->images, 4 * sizeof *sums, "bootstrap");
    double *out = facet_alloc(REPLICATES, 4 * sizeof *out, "bootstrap"), value[REPLICATES];
    struct facet_bootstrap *bootstrap = NULL;
    size_t clusters = 0;
    int code = sums == NULL || out == NULL
                   ? FACET_ENOMEM
                   : sum_clusters(t, target, right, judged, sums, &clusters);
    *low = *high = NAN;
    if (code == FACET_OK && clusters > 0) {
        code = facet_bootstrap_new(&bootstrap, clusters, REPLICATES, seed, threads);
        if (code == FACET_OK) code = facet_bootstrap_sums(bootstrap, sums, 4, out);
        for (size_t r = 0; code == FACET_OK && r < REPLICATES; r++)
            value[r] = (out[4 * r] / out[4 * r + 1] + out[4 * r + 2] / out[4 * r + 3]) / 2;
        if (code == FACET_OK) facet_bootstrap_interval(value, REPLICATES, 0.95, low, high);
    }
    facet_bootstrap_free(&bootstrap);
    free(sums);
    free(out);
    return code;
}
