#include "train/margin.h"

#include "base/rng.h"
#include "base/threshold.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { COUNTER_PARTS = 4, HEAD = COUNTER_PARTS + 1 };

struct facet_margin {
    size_t capacity;
    size_t held;      /* of each kind */
    size_t next;      /* where the next one goes, in both rings */
    uint64_t batches; /* seen */
    float *ring[2];   /* [capacity] distances of impostor and of genuine pairs */
    gsl_rng *rng;
    struct facet_scored *sorted; /* [2 capacity] for facet_margin_find() */
};

int facet_margin_new(struct facet_margin **margin, size_t capacity)
{
    if (capacity == 0 || capacity > FACET_MARGIN_MOST)
        return facet_fail(FACET_EINVAL, "margin: room for %zu pairs, expected 1 to %d", capacity,
                          FACET_MARGIN_MOST);
    struct facet_margin *m = facet_alloc(1, sizeof *m, "margin");
    if (m == NULL) return FACET_ENOMEM;
    m->capacity = capacity;
    m->ring[0] = facet_alloc(capacity, sizeof(float), "margin");
    m->ring[1] = facet_alloc(capacity, sizeof(float), "margin");
    m->sorted = facet_alloc(2 * capacity, sizeof *m->sorted, "margin");
    m->rng = facet_rng_new(facet_rng_stream("margin"), 0);
    if (m->ring[0] == NULL || m->ring[1] == NULL || m->sorted == NULL || m->rng == NULL) {
        facet_margin_free(&m);
        return FACET_ENOMEM;
    }
    *margin = m;
    return FACET_OK;
}

void facet_margin_free(struct facet_margin **margin)
{
    struct facet_margin *m = *margin;
    if (m == NULL) return;
    free(m->ring[0]);
    free(m->ring[1]);
    free(m->sorted);
    if (m->rng != NULL) gsl_rng_free(m->rng);
    free(m);
    *margin = NULL;
}

size_t facet_margin_pairs(const struct facet_margin *margin)
{
    return margin->held;
}

void facet_margin_add(struct facet_margin *m, size_t n, const int32_t *labels,
                      const float *distances)
{
    size_t left[2] = {0, 0}, taken[2] = {0, 0}, p = 0; /* left: of the kind, not yet looked at */
    facet_rng_restart(m->rng, facet_rng_stream("margin"), m->batches++);
    for (size_t i = 0; i < n; i++)
        for (size_t j = i + 1; j < n; j++, p++)
            if (isfinite(distances[p])) left[labels[i] == labels[j]]++;
    size_t keep = left[0] < left[1] ? left[0] : left[1];
    p = 0;
    for (size_t i = 0; i < n; i++)
        for (size_t j = i + 1; j < n; j++, p++) {
            int kind = labels[i] == labels[j];
            if (!isfinite(distances[p])) continue;
            size_t wanted = keep - taken[kind], of = left[kind]--;
            /* Knuth, TAOCP 2, algorithm 3.4.2S */
            if (wanted < of && !(gsl_rng_uniform(m->rng) * (double)of < (double)wanted)) continue;
            m->ring[kind][(m->next + taken[kind]++) % m->capacity] = distances[p];
        }
    m->next = (m->next + keep) % m->capacity;
    m->held = keep < m->capacity - m->held ? m->held + keep : m->capacity;
}

double facet_margin_find(const struct facet_margin *m, double *error)
{
    uint64_t wrong = 0;
    for (size_t k = 0; k < 2 * m->held; k++)
        m->sorted[k] = (struct facet_scored){.distance = m->ring[k % 2][k / 2], .same = k % 2};
    facet_threshold_sort(m->sorted, 2 * m->held);
    double best =
        facet_threshold_best(m->sorted, 2 * m->held, -1, (const uint64_t[2]){1, 1}, &wrong);
    if (error != NULL) *error = m->held > 0 ? (double)wrong / (2.0 * (double)m->held) : NAN;
    return best;
}

/* ---- state: the number of batches in four parts of 16 bits, the number of pairs, the impostors
 * and the genuine pairs, each from the oldest on and filled with zeros ---- */

size_t facet_margin_state_size(const struct facet_margin *m)
{
    return HEAD + 2 * m->capacity;
}

void facet_margin_export(const struct facet_margin *m, float *state)
{
    memset(state, 0, facet_margin_state_size(m) * sizeof *state);
    for (int part = 0; part < COUNTER_PARTS; part++)
        state[part] = (float)(m->batches >> 16 * part & 0xffff);
    state[COUNTER_PARTS] = (float)m->held;
    size_t oldest = m->held < m->capacity ? 0 : m->next;
    for (int kind = 0; kind < 2; kind++)
        for (size_t k = 0; k < m->held; k++)
            state[HEAD + (size_t)kind * m->capacity + k] =
                m->ring[kind][(oldest + k) % m->capacity];
}

static int is_whole(float value, double most)
{
    return value >= 0 && value <= most && value == floorf(value);
}

int facet_margin_import(struct facet_margin *m, const float *state, size_t count)
{
    uint64_t batches = 0;
    int good = 1;
    if (count != facet_margin_state_size(m))
        return facet_fail(FACET_EFORMAT, "margin: a state of %zu values, expected %zu", count,
                          facet_margin_state_size(m));
    for (int part = 0; part < COUNTER_PARTS && good; part++) {
        good = is_whole(state[part], 0xffff);
        if (good) batches |= (uint64_t)state[part] << 16 * part;
    }
    good = good && is_whole(state[COUNTER_PARTS], (double)m->capacity);
    for (size_t k = HEAD; k < count && good; k++) good = isfinite(state[k]) && state[k] >= 0;
    if (!good) return facet_fail(FACET_EFORMAT, "margin: the state holds an impossible value");
    m->batches = batches;
    m->held = (size_t)state[COUNTER_PARTS];
    m->next = m->held % m->capacity;
    memcpy(m->ring[0], state + HEAD, m->capacity * sizeof *state);
    memcpy(m->ring[1], state + HEAD + m->capacity, m->capacity * sizeof *state);
    return FACET_OK;
}
