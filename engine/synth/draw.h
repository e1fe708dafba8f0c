/* synth/draw: the few distributions that faces are drawn from. */
#ifndef FACET_SYNTH_DRAW_H
#define FACET_SYNTH_DRAW_H

#include "base/rng.h"

#include <gsl/gsl_randist.h>
#include <stdint.h>

/* Stream of identity `index` (item 0) and of its view k (item k + 1 < 2^24). */
static inline uint64_t draw_stream(uint64_t index, uint64_t item)
{
    return ((index + 1) << 24) | item;
}

static inline double draw_uniform(gsl_rng *rng)
{
    return gsl_rng_uniform(rng);
}

static inline double draw_between(gsl_rng *rng, double low, double high)
{
    return low + (high - low) * gsl_rng_uniform(rng);
}

static inline double draw_normal(gsl_rng *rng)
{
    return gsl_ran_gaussian_ziggurat(rng, 1.0);
}

/* Index with probability proportional to its weight. */
static inline int draw_choice(gsl_rng *rng, const double *weights, int count)
{
    double total = 0;
    for (int i = 0; i < count; i++) total += weights[i];
    double at = gsl_rng_uniform(rng) * total;
    for (int i = 0; i < count - 1; i++)
        if ((at -= weights[i]) < 0) return i;
    return count - 1;
}

/* A colour of any hue: lightness in [low, high], evenly on a log scale, saturation up to `most`. */
void draw_color(gsl_rng *rng, double low, double high, double most, float color[3]);

#endif
