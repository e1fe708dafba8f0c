#include "base/rng.h"

#include "base/error.h"

struct state {
    uint64_t s[4];
};

static uint64_t rotate(uint64_t x, int k)
{
    return (x << k) | (x >> (64 - k));
}

static uint64_t next(struct state *g)
{
    uint64_t *s = g->s;
    const uint64_t result = rotate(s[1] * 5, 7) * 9;
    const uint64_t t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate(s[3], 45);
    return result;
}

static uint64_t splitmix(uint64_t *x)
{
    uint64_t z = (*x += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static void fill(struct state *g, uint64_t seed, uint64_t stream)
{
    uint64_t x = seed;
    uint64_t y = splitmix(&x) ^ stream;
    for (int i = 0; i < 4; i++) g->s[i] = splitmix(&y);
}

static void set(void *state, unsigned long seed)
{
    fill(state, seed, 0);
}

/* GSL's range is unsigned long; 32 bits keep the numbers the same where long is short. */
static unsigned long get(void *state)
{
    return (unsigned long)(next(state) >> 32);
}

static double get_double(void *state)
{
    return (double)(next(state) >> 11) * 0x1p-53;
}

static const gsl_rng_type type = {
    "facet-xoshiro256**", 0xffffffffu, 0, sizeof(struct state), set, get, get_double,
};

const gsl_rng_type *const facet_rng_xoshiro256 = &type;

gsl_rng *facet_rng_new(uint64_t seed, uint64_t stream)
{
    gsl_rng *rng = gsl_rng_alloc(&type);
    if (rng == NULL) {
        facet_fail(FACET_ENOMEM, "random numbers: no memory");
        return NULL;
    }
    facet_rng_restart(rng, seed, stream);
    return rng;
}

void facet_rng_restart(gsl_rng *rng, uint64_t seed, uint64_t stream)
{
    fill(gsl_rng_state(rng), seed, stream);
}

uint64_t facet_rng_stream(const char *text)
{
    uint64_t hash = 0xcbf29ce484222325u;
    for (; *text != '\0'; text++) hash = (hash ^ (unsigned char)*text) * 0x100000001b3u;
    return hash;
}
