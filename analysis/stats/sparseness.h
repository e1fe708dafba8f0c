/* stats/sparseness: how sparse a vector of n activations is.
 *
 *     struct facet_sparseness s[FACET_SPARSENESS_LANES];
 *     facet_sparseness_lanes(rows, 512, work, s);
 *
 * With r the vector, sums over its n values in double:
 *  - treves_rolls  a = (sum r / n)^2 / (sum r^2 / n), in [0, 1], r as it is (Treves and Rolls
 * 1991);
 *  - vinje_gallant S = (1 - a) / (1 - 1/n), 0 all equal, 1 a single value (Vinje and Gallant 2000);
 *  - hoyer         (sqrt n - L1/L2) / (sqrt n - 1), of |r| (Hoyer 2004);
 *  - gini          1 - 2 sum_k c_k / L1 (n - k + 1/2) / n, c = |r| ascending, k from 1 (Hurley and
 *                  Rickard 2009);
 *  - kurtosis      m4 / m2^2 - 3 with central population moments (excess, biased: scipy's default).
 * NaN where undefined: all four first ones for a vector of zeros, vinje_gallant and hoyer for n =
 * 1, kurtosis for a constant vector. Values must be finite.
 *
 * Several vectors are done at once, side by side ("lanes"): each is summed in its own order, so
 * the result for a vector doesn't depend on its neighbours. The absolute values are sorted by
 * Batcher's bitonic network (Knuth, TAOCP 3, section 5.3.4), the same steps for all lanes, up to
 * four of its stages at a time, so that most of what it compares stays in registers.
 */
#ifndef FACET_STATS_SPARSENESS_H
#define FACET_STATS_SPARSENESS_H

#include <stddef.h>
#include <stdint.h>

#define FACET_SPARSENESS_LANES 16

struct facet_sparseness {
    double treves_rolls, vinje_gallant, hoyer, gini, kurtosis;
};

/* Length to which facet_sparseness_lanes() fills vectors of n values up with zeros: a power of two.
 */
size_t facet_sparseness_room(size_t n);

/* x (n, FACET_SPARSENESS_LANES): value j of vector l at x[j * lanes + l]; n >= 1. `work` has room
 * for facet_sparseness_room(n) * lanes values. All lanes are computed; out
 * (FACET_SPARSENESS_LANES). */
void facet_sparseness_lanes(const float *x, size_t n, uint32_t *work, struct facet_sparseness *out);

#endif
