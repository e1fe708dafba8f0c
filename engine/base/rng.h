/* base/rng: seeded random numbers, one independent stream for each thing that is drawn.
 *
 * A stream is named by (seed, stream): the same pair gives the same numbers on every machine,
 * whatever was drawn elsewhere, so image k of a set never depends on how many threads drew the
 * others. The generator is xoshiro256** (Blackman and Vigna 2018), its state filled by splitmix64,
 * and is handed out as a gsl_rng, so that all of GSL's distributions work on it.
 *
 *     gsl_rng *rng = facet_rng_new(seed, image_index);
 *     double sigma = gsl_ran_gaussian_ziggurat(rng, 0.1);
 *     gsl_rng_free(rng);
 */
#ifndef FACET_BASE_RNG_H
#define FACET_BASE_RNG_H

#include <gsl/gsl_rng.h>
#include <stdint.h>

/* A new generator at the start of stream (seed, stream), NULL when memory is short. Free it with
 * gsl_rng_free(). */
gsl_rng *facet_rng_new(uint64_t seed, uint64_t stream);

/* Moves an existing facet generator to the start of stream (seed, stream). */
void facet_rng_restart(gsl_rng *rng, uint64_t seed, uint64_t stream);

/* A 64-bit hash of text (FNV-1a), to name a stream after a thing: facet_rng_stream("conv1"). */
uint64_t facet_rng_stream(const char *text);

/* The generator's type, for gsl_rng_alloc() and comparisons. */
extern const gsl_rng_type *const facet_rng_xoshiro256;

#endif
