#include "stats/ranks.h"

#include <stdlib.h>
#include <string.h>

enum { DIGIT = 11, DIGITS = 3, VALUES = 1 << DIGIT };

int facet_ranks_new(struct facet_ranks **ranks, size_t n)
{
    struct facet_ranks *r = facet_alloc(1, sizeof *r, "ranks");
    if (r == NULL) return FACET_ENOMEM;
    r->n = n;
    r->order = facet_alloc(n, sizeof *r->order, "ranks");
    r->end = facet_alloc(n, sizeof *r->end, "ranks");
    r->keys = facet_alloc(n, 2 * sizeof *r->keys, "ranks");
    if (r->order == NULL || r->end == NULL || r->keys == NULL) {
        facet_ranks_free(&r);
        return FACET_ENOMEM;
    }
    *ranks = r;
    return FACET_OK;
}

void facet_ranks_free(struct facet_ranks **ranks)
{
    struct facet_ranks *r = *ranks;
    if (r == NULL) return;
    free(r->order);
    free(r->end);
    free(r->keys);
    free(r);
    *ranks = NULL;
}

/* Bits that order as the floats do, zeros alike. */
static uint32_t key_of(float x)
{
    uint32_t bits;
    x += 0.0F;
    memcpy(&bits, &x, sizeof bits);
    return bits & 0x80000000U ? ~bits : bits | 0x80000000U;
}

void facet_ranks_of(struct facet_ranks *r, const float *x)
{
    uint32_t count[DIGITS][VALUES] = {{0}};
    uint64_t *from = r->keys, *to = r->keys + r->n;
    for (size_t i = 0; i < r->n; i++) {
        const uint32_t key = key_of(x[i]);
        from[i] = (uint64_t)key << 32 | i;
        for (int d = 0; d < DIGITS; d++) count[d][key >> d * DIGIT & (VALUES - 1)]++;
    }
    for (int d = 0; d < DIGITS; d++) {
        const int shift = 32 + d * DIGIT;
        for (uint32_t v = 0, at = 0, here; v < VALUES; v++, at += here) {
            here = count[d][v];
            count[d][v] = at;
        }
        for (size_t i = 0; i < r->n; i++) to[count[d][from[i] >> shift & (VALUES - 1)]++] = from[i];
        uint64_t *other = from;
        from = to;
        to = other;
    }
    r->groups = 0;
    for (size_t i = 0; i < r->n; i++) {
        r->order[i] = (uint32_t)from[i];
        if (i + 1 == r->n || from[i] >> 32 != from[i + 1] >> 32)
            r->end[r->groups++] = (uint32_t)i + 1;
    }
}

void facet_ranks_twice(const struct facet_ranks *r, const int8_t *label, uint32_t *twice)
{
    uint32_t below = 0;
    for (size_t g = 0, start = 0; g < r->groups; start = r->end[g++]) {
        uint32_t here = 0;
        for (size_t k = start; k < r->end[g]; k++) here += label == NULL || label[r->order[k]] >= 0;
        for (size_t k = start; k < r->end[g]; k++) {
            const uint32_t i = r->order[k];
            twice[i] = label == NULL || label[i] >= 0 ? 2 * below + here + 1 : 0;
        }
        below += here;
    }
}
