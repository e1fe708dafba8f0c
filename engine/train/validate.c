#include "train/validate.h"

#include "base/rng.h"
#include "base/threshold.h"

#include <assert.h>
#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdlib.h>

/* ---- people ---- */

struct owned {
    int32_t person;
    size_t image;
};

struct people {
    struct owned *images; /* by person, then image */
    size_t count;         /* of people */
    size_t *start;        /* [count + 1] of their images */
    size_t *several;      /* [several_count] people with two images or more */
    size_t several_count;
    double genuine, impostor; /* distinct pairs there are */
};

static int by_person(const void *a, const void *b)
{
    const struct owned *x = a, *y = b;
    if (x->person != y->person) return x->person < y->person ? -1 : 1;
    return (x->image > y->image) - (x->image < y->image);
}

static size_t images_of(const struct people *p, size_t who)
{
    return p->start[who + 1] - p->start[who];
}

static void people_free(struct people *p)
{
    free(p->images);
    free(p->start);
    free(p->several);
}

static int people_new(struct people *p, size_t n, const int32_t *person)
{
    size_t known = 0;
    double images, squares = 0;
    p->images = facet_alloc(n, sizeof *p->images, "people");
    p->start = facet_alloc(n + 1, sizeof *p->start, "people");
    p->several = facet_alloc(n, sizeof *p->several, "people");
    if (p->images == NULL || p->start == NULL || p->several == NULL) return FACET_ENOMEM;
    for (size_t i = 0; i < n; i++)
        if (person[i] >= 0) p->images[known++] = (struct owned){person[i], i};
    qsort(p->images, known, sizeof *p->images, by_person);
    for (size_t i = 0; i < known; i++)
        if (i == 0 || p->images[i].person != p->images[i - 1].person) p->start[p->count++] = i;
    p->start[p->count] = known;
    for (size_t who = 0; who < p->count; who++) {
        double m = (double)images_of(p, who);
        squares += m * m;
        p->genuine += m * (m - 1) / 2;
        if (m > 1) p->several[p->several_count++] = who;
    }
    images = (double)known;
    p->impostor = (images * images - squares) / 2;
    return FACET_OK;
}

/* ---- a set of numbers other than 0: open addressing, at most half full ---- */

struct set {
    uint64_t *slots;
    size_t mask;
};

static int set_new(struct set *set, size_t most)
{
    size_t size = 16;
    while (size / 2 < most) size *= 2;
    set->mask = size - 1;
    set->slots = facet_alloc(size, sizeof *set->slots, "pairs");
    return set->slots == NULL ? FACET_ENOMEM : FACET_OK;
}

/* 1: it is new. */
static int set_add(struct set *set, uint64_t value)
{
    uint64_t hash = value * 0x9e3779b97f4a7c15u;
    size_t at = (size_t)(hash ^ hash >> 32) & set->mask;
    for (; set->slots[at] != 0; at = (at + 1) & set->mask)
        if (set->slots[at] == value) return 0;
    set->slots[at] = value;
    return 1;
}

/* ---- drawing: a source is a person (genuine) or a pair of people (impostor) ---- */

struct draw {
    const struct people *people;
    int genuine;
    gsl_rng *rng;
    struct set seen; /* sources, or pairs of images */
};

static uint64_t below(gsl_rng *rng, uint64_t n)
{
    uint64_t k = (uint64_t)(gsl_rng_uniform(rng) * (double)n);
    return k < n ? k : n - 1;
}

static uint64_t sources(const struct draw *d)
{
    uint64_t count = d->people->count;
    return d->genuine ? d->people->several_count : count * (count - (count > 0)) / 2;
}

/* Its one or two people. Pairs p < q are counted (0,1), (0,2), (1,2), (0,3), .. */
static void people_of(const struct draw *d, uint64_t source, size_t who[2])
{
    if (d->genuine) {
        who[0] = who[1] = d->people->several[source];
        return;
    }
    uint64_t q = (uint64_t)((1 + sqrt(1 + 8 * (double)source)) / 2);
    while (q * (q - 1) / 2 > source) q--;
    while (q * (q + 1) / 2 <= source) q++;
    who[0] = (size_t)(source - q * (q - 1) / 2);
    who[1] = (size_t)q;
}

static double pairs_of(const struct draw *d, uint64_t source)
{
    size_t who[2];
    people_of(d, source, who);
    double m = (double)images_of(d->people, who[0]);
    return d->genuine ? m * (m - 1) / 2 : m * (double)images_of(d->people, who[1]);
}

/* Two images of the source, each two alike probable. */
static void draw_images(const struct draw *d, uint64_t source, size_t out[2])
{
    const struct people *p = d->people;
    size_t who[2], at[2];
    people_of(d, source, who);
    at[0] = (size_t)below(d->rng, images_of(p, who[0]));
    at[1] = (size_t)below(d->rng, images_of(p, who[1]) - (size_t)d->genuine);
    if (d->genuine && at[1] >= at[0]) at[1]++;
    size_t a = p->images[p->start[who[0]] + at[0]].image;
    size_t b = p->images[p->start[who[1]] + at[1]].image;
    out[0] = a < b ? a : b;
    out[1] = a < b ? b : a;
}

/* At least as many sources as pairs wanted: no source twice. Pairs go to every other place. */
static void draw_once(struct draw *d, size_t count, size_t (*out)[2])
{
    uint64_t all = sources(d), source;
    for (size_t k = 0; k < count; k++) {
        do source = below(d->rng, all);
        while (!set_add(&d->seen, source + 1));
        draw_images(d, source, out[2 * k]);
    }
}

/* Round after round through the sources that have a pair left, each round in a new order. */
static int draw_rounds(struct draw *d, size_t count, size_t (*out)[2])
{
    struct turn {
        uint64_t source;
        double left;
    } *turns = facet_alloc((size_t)sources(d), sizeof *turns, "pairs");
    size_t active = (size_t)sources(d), k = 0;
    if (turns == NULL) return FACET_ENOMEM;
    for (size_t t = 0; t < active; t++) turns[t] = (struct turn){t, pairs_of(d, t)};
    while (k < count) {
        size_t kept = 0;
        gsl_ran_shuffle(d->rng, turns, active, sizeof *turns);
        for (size_t t = 0; t < active && k < count; t++, k++) {
            do draw_images(d, turns[t].source, out[2 * k]);
            while (!set_add(&d->seen, (uint64_t)out[2 * k][0] << 32 | out[2 * k][1]));
            turns[t].left--;
            if (turns[t].left > 0) turns[kept++] = turns[t];
        }
        active = kept;
    }
    free(turns);
    return FACET_OK;
}

static int draw_pairs(const struct people *people, int genuine, uint64_t seed, size_t count,
                      size_t (*out)[2])
{
    struct draw d = {.people = people, .genuine = genuine};
    int code = set_new(&d.seen, count);
    d.rng = facet_rng_new(seed, facet_rng_stream(genuine ? "genuine pairs" : "impostor pairs"));
    if (d.rng == NULL) code = FACET_ENOMEM;
    if (code == FACET_OK && sources(&d) >= count)
        draw_once(&d, count, out);
    else if (code == FACET_OK)
        code = draw_rounds(&d, count, out);
    if (d.rng != NULL) gsl_rng_free(d.rng);
    free(d.seen.slots);
    return code;
}

static int fill(struct facet_validate_pairs *pairs, const struct people *people, size_t count,
                size_t folds, uint64_t seed)
{
    pairs->count = 2 * count;
    pairs->folds = folds;
    pairs->images = facet_alloc(2 * count, sizeof *pairs->images, "pairs");
    pairs->same = facet_alloc(2 * count, 1, "pairs");
    pairs->fold = facet_alloc(2 * count, 1, "pairs");
    if (pairs->images == NULL || pairs->same == NULL || pairs->fold == NULL) return FACET_ENOMEM;
    for (size_t k = 0; k < 2 * count; k++) {
        pairs->same[k] = k % 2 == 0;
        pairs->fold[k] = (uint8_t)(k / 2 % folds);
    }
    int code = draw_pairs(people, 1, seed, count, pairs->images);
    return code < 0 ? code : draw_pairs(people, 0, seed, count, pairs->images + 1);
}

int facet_validate_pairs(struct facet_validate_pairs **pairs, size_t n, const int32_t *person,
                         size_t count, size_t folds, uint64_t seed)
{
    if (folds < 2 || folds > 255)
        return facet_fail(FACET_EINVAL, "validation: %zu folds, expected 2 to 255", folds);
    if (n > UINT32_MAX || count > UINT32_MAX)
        return facet_fail(FACET_ENOMEM, "validation: %zu images, %zu pairs: too many", n, count);
    struct people people = {0};
    struct facet_validate_pairs *made = facet_alloc(1, sizeof *made, "pairs");
    int code = made == NULL ? FACET_ENOMEM : people_new(&people, n, person);
    if (code == FACET_OK) {
        double most = fmin(people.genuine, people.impostor);
        if (most < (double)count) count = (size_t)most;
        if (count < folds)
            code = facet_fail(FACET_EINVAL,
                              "validation: %zu people in %zu images: %.0f pairs of one person and "
                              "%.0f of two, %zu of each to be drawn, expected one in each of %zu "
                              "folds",
                              people.count, people.start[people.count], people.genuine,
                              people.impostor, count, folds);
    }
    if (code == FACET_OK) code = fill(made, &people, count, folds, seed);
    people_free(&people);
    if (code < 0)
        facet_validate_pairs_free(&made);
    else
        *pairs = made;
    return code;
}

void facet_validate_pairs_free(struct facet_validate_pairs **pairs)
{
    if (*pairs == NULL) return;
    free((*pairs)->images);
    free((*pairs)->same);
    free((*pairs)->fold);
    free(*pairs);
    *pairs = NULL;
}

/* ---- accuracy ---- */

static double cosine(size_t width, const float *a, const float *b)
{
    double ab = 0, aa = 0, bb = 0;
    for (size_t k = 0; k < width; k++) {
        ab += (double)a[k] * b[k];
        aa += (double)a[k] * a[k];
        bb += (double)b[k] * b[k];
    }
    return aa == 0 || bb == 0 ? 1 + (aa + bb) * 0 : 1 - ab / (sqrt(aa) * sqrt(bb)); /* NaN stays */
}

static double euclidean(size_t width, const float *a, const float *b)
{
    double sum = 0;
    for (size_t k = 0; k < width; k++) {
        double difference = (double)a[k] - b[k];
        sum += difference * difference;
    }
    return sqrt(sum);
}

static int score(const struct facet_validate_pairs *pairs, const float *features, size_t width,
                 enum facet_distance how, struct facet_scored *scored)
{
    double (*distance)(size_t, const float *, const float *) =
        how == FACET_DISTANCE_COSINE ? cosine : euclidean;
    for (size_t p = 0; p < pairs->count; p++) {
        size_t a = pairs->images[p][0], b = pairs->images[p][1];
        double d = distance(width, features + a * width, features + b * width);
        if (!isfinite(d)) {
            size_t odd = b;
            for (size_t k = 0; k < width; k++)
                if (!isfinite(features[a * width + k])) odd = a;
            return facet_fail(FACET_EFORMAT,
                              "validation: image %zu has a feature that is not finite", odd);
        }
        scored[p] = (struct facet_scored){d, pairs->same[p], pairs->fold[p]};
    }
    facet_threshold_sort(scored, pairs->count);
    return FACET_OK;
}

/* Share of the fold's pairs that are told right; NaN if it has none. */
static double fold_accuracy(const struct facet_scored *scored, size_t count, size_t fold)
{
    size_t right = 0, all = 0;
    uint64_t wrong;
    double threshold =
        facet_threshold_best(scored, count, (int)fold, (const uint64_t[2]){1, 1}, &wrong);
    for (size_t p = 0; p < count; p++) {
        if (scored[p].fold != fold) continue;
        all++;
        right += (scored[p].distance < threshold) == scored[p].same;
    }
    return (double)right / (double)all;
}

int facet_validate_accuracy(const struct facet_validate_pairs *pairs, const float *features,
                            size_t width, enum facet_distance how, double *accuracy, double *sd)
{
    double share[256], mean = 0, squares = 0;
    size_t folds = pairs->folds;
    if (folds < 2 || folds > 256)
        return facet_fail(FACET_EINVAL, "validation: %zu folds, expected 2 to 256", folds);
    struct facet_scored *scored = facet_alloc(pairs->count, sizeof *scored, "distances");
    int code = scored == NULL ? FACET_ENOMEM : score(pairs, features, width, how, scored);
    for (size_t f = 0; code == FACET_OK && f < folds; f++) {
        share[f] = fold_accuracy(scored, pairs->count, f);
        mean += share[f] / (double)folds;
        if (isnan(share[f]))
            code = facet_fail(FACET_EINVAL, "validation: fold %zu has no pairs", f);
    }
    free(scored);
    if (code < 0) return code;
    for (size_t f = 0; f < folds; f++) squares += (share[f] - mean) * (share[f] - mean);
    *accuracy = mean;
    *sd = sqrt(squares / (double)(folds - 1));
    return FACET_OK;
}

/* ---- activity ---- */

static size_t active_of(size_t width, const float *row)
{
    size_t on = 0;
    for (size_t k = 0; k < width; k++) on += row[k] > 0;
    return on;
}

/* Neurons that are active on none and on all of the images. */
static void count_extremes(size_t n, size_t width, const float *features, size_t *dead,
                           size_t *always_on)
{
    enum { BLOCK = 64 };
    *dead = *always_on = 0;
    for (size_t first = 0; first < width; first += BLOCK) {
        size_t on[BLOCK] = {0}, wide = width - first < BLOCK ? width - first : BLOCK;
        for (size_t i = 0; i < n; i++)
            for (size_t k = 0; k < wide; k++) on[k] += features[i * width + first + k] > 0;
        for (size_t k = 0; k < wide; k++) {
            *dead += on[k] == 0;
            *always_on += on[k] == n;
        }
    }
}

void facet_validate_activity(size_t n, size_t width, const float *features, double *active,
                             double *active_sd, size_t *dead, size_t *always_on)
{
    double sum = 0, squares = 0;
    assert(n > 0 && width > 0);
    for (size_t i = 0; i < n; i++) sum += (double)active_of(width, features + i * width);
    double mean = sum / (double)n;
    for (size_t i = 0; i < n; i++) {
        double off = (double)active_of(width, features + i * width) - mean;
        squares += off * off;
    }
    *active = mean / (double)width;
    *active_sd = n < 2 ? NAN : sqrt(squares / (double)(n - 1)) / (double)width;
    count_extremes(n, width, features, dead, always_on);
}
