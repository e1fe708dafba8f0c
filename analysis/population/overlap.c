#include "population/overlap.h"

#include "stats/tests.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdlib.h>

double overlap_expected_jaccard(size_t n, size_t a, size_t b)
{
    const size_t least = a + b > n ? a + b - n : 0, most = a < b ? a : b;
    double sum = 0;
    if (a + b == 0) return NAN;
    for (size_t k = least; k <= most; k++)
        sum +=
            gsl_ran_hypergeometric_pdf((unsigned)k, (unsigned)a, (unsigned)(n - a), (unsigned)b) *
            (double)k / (double)(a + b - k);
    return sum;
}

/* Two-sided p of k shared ones. */
static double chance(size_t n, size_t a, size_t b, size_t k)
{
    const unsigned rest = (unsigned)(n - a), drawn = (unsigned)b;
    const double below = gsl_cdf_hypergeometric_P((unsigned)k, (unsigned)a, rest, drawn);
    const double above =
        k == 0 ? 1 : gsl_cdf_hypergeometric_Q((unsigned)k - 1, (unsigned)a, rest, drawn);
    return fmin(1, 2 * fmin(below, above));
}

static int is_excitatory(const struct told *told)
{
    return told->auc > 0.5 && told->q < 0.05;
}

static struct overlap compare(const struct layer *l, size_t a, size_t b)
{
    const struct told *of_a = ranking_told(l->ranking, RANKING_ALL, a);
    const struct told *of_b = ranking_told(l->ranking, RANKING_ALL, b);
    struct overlap o = {.a = &l->targets->items[a], .b = &l->targets->items[b]};
    for (size_t j = 0; j < l->width; j++) {
        const int in_a = is_excitatory(&of_a[j]), in_b = is_excitatory(&of_b[j]);
        o.neurons += !isnan(of_a[j].p);
        o.count[0] += (size_t)in_a;
        o.count[1] += (size_t)in_b;
        o.shared += (size_t)(in_a && in_b);
    }
    const size_t both = o.count[0] + o.count[1];
    o.expected = (double)o.count[0] * (double)o.count[1] / (double)o.neurons;
    o.jaccard = both > 0 ? (double)o.shared / (double)(both - o.shared) : NAN;
    o.expected_jaccard = overlap_expected_jaccard(o.neurons, o.count[0], o.count[1]);
    o.p = o.neurons > 0 ? chance(o.neurons, o.count[0], o.count[1], o.shared) : NAN;
    return o;
}

int overlap_write(const struct layer *l, struct population_tables *tables)
{
    const size_t count = l->targets->count;
    size_t pairs = 0;
    struct overlap *rows = facet_alloc(count * (count + 1) / 2, sizeof *rows, "overlaps");
    double *p = facet_alloc(count * (count + 1) / 2, sizeof *p, "overlaps");
    double *q = facet_alloc(count * (count + 1) / 2, sizeof *q, "overlaps");
    int code = rows == NULL || p == NULL || q == NULL ? FACET_ENOMEM : FACET_OK;
    for (size_t a = 0; code == FACET_OK && a < count; a++)
        for (size_t b = a + 1; b < count; b++) {
            if (!l->targets->items[a].is_identity || !l->targets->items[b].is_identity) continue;
            rows[pairs] = compare(l, a, b);
            p[pairs] = rows[pairs].p;
            pairs++;
        }
    if (code == FACET_OK) code = facet_fdr(p, pairs, q);
    for (size_t k = 0; code == FACET_OK && k < pairs; k++) {
        rows[k].q = q[k];
        tables_overlap(tables, l, &rows[k]);
    }
    free(rows);
    free(p);
    free(q);
    return code;
}
