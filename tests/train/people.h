/* Manifests of made-up people for the tests of this room. */
#ifndef TESTS_TRAIN_PEOPLE_H
#define TESTS_TRAIN_PEOPLE_H

#include "base/check.h"

#include "store/manifest.h"

#include <gsl/gsl_cdf.h>

/* `people` people named p000 .., of whom number i has counts[i % cycle] images. The images of one
 * person do not stand together. */
static inline struct facet_manifest *new_people(size_t people, const size_t *counts, size_t cycle)
{
    struct facet_manifest *m = NULL;
    FILE *file = fopen("people.tsv", "wb");
    assert_non_null(file);
    fprintf(file, "image\tidentity\n");
    for (size_t k = 0, rows = 1; rows > 0; k++) {
        rows = 0;
        for (size_t i = people; i-- > 0;)
            if (k < counts[i % cycle]) {
                fprintf(file, "p%03zu_%zu.jpg\tp%03zu\n", i, k, i);
                rows++;
            }
    }
    assert_int_equal(fclose(file), 0);
    assert_ok(facet_manifest_read(&m, "people.tsv", NULL));
    return m;
}

/* Pearson's statistic of counts against what was expected is below its 99.9 % point. */
static inline void assert_fits(const size_t *counts, const double *expected, size_t cells)
{
    double statistic = 0, most = gsl_cdf_chisq_Pinv(0.999, (double)cells - 1);
    for (size_t i = 0; i < cells; i++)
        statistic +=
            ((double)counts[i] - expected[i]) * ((double)counts[i] - expected[i]) / expected[i];
    if (!(statistic < most)) fail_msg("chi-square %g, expected below %g", statistic, most);
}

#endif
