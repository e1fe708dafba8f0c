#include "report/responses.h"

#include "stats/histogram.h"
#include "stats/moments.h"
#include "stats/selectivity.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { STRIP = 32 };

struct work {
    struct facet_acts *acts;
    const struct subjects *subjects;
    struct responses *r;
    size_t rows;          /* of the file */
    float *block;         /* (rows, STRIP) as read */
    float *x;             /* [images] one neuron */
    size_t *row;          /* [images] its row */
    int32_t *who;         /* [images] the person's place among the subjects, -1: nobody's */
    int8_t **side;        /* [attributes] (images) */
    uint32_t *bin;        /* [images] */
    uint32_t *place;      /* [subjects] among those that are shown */
    double *sum, *square; /* [people] of deviations from the neuron's mean */
    struct facet_moments *moments;
};

/* ---- lists of the best ---- */

/* Puts `who` into a list of `most`, by falling d' for sign 1, rising for -1; equal ones in the
 * order they come. Only d' of that sign. */
static void prefer(struct preference *list, size_t most, uint32_t who, double d_prime, int sign)
{
    size_t at = most;
    if (!(sign * d_prime > 0)) return;
    while (at > 0 && (list[at - 1].who == RESPONSES_NONE ||
                      sign * d_prime > sign * (double)list[at - 1].d_prime))
        at--;
    if (at == most) return;
    memmove(list + at + 1, list + at, (most - at - 1) * sizeof *list);
    list[at] = (struct preference){who, (float)d_prime};
}

/* The same of rows by value. */
static void keep_row(uint32_t *rows, float *values, size_t most, uint32_t row, float value,
                     int sign)
{
    size_t at = most;
    while (at > 0 && (rows[at - 1] == RESPONSES_NONE ||
                      (sign > 0 ? value > values[at - 1] : value < values[at - 1])))
        at--;
    if (at == most) return;
    memmove(rows + at + 1, rows + at, (most - at - 1) * sizeof *rows);
    memmove(values + at + 1, values + at, (most - at - 1) * sizeof *values);
    rows[at] = row;
    values[at] = value;
}

/* ---- one neuron ---- */

static int describe(struct work *w, size_t n)
{
    struct responses *r = w->r;
    struct neuron *neuron = &r->neuron[n];
    size_t active = 0;
    struct facet_moments *m = w->moments;
    if (facet_moments_add(m, n, w->x, r->images, 1)) return -1;
    for (size_t i = 0; i < r->images; i++) active += w->x[i] > 0;
    const double p = (double)active / (double)r->images;
    neuron->active_share = (float)p;
    neuron->mean = (float)m->mean[n];
    neuron->sd = (float)sqrt(facet_moments_variance(m, n));
    neuron->entropy_bits = (float)(p <= 0 || p >= 1 ? 0 : -p * log2(p) - (1 - p) * log2(1 - p));
    neuron->treves_rolls = (float)facet_moments_treves_rolls(m, n);
    neuron->low = m->low[n];
    neuron->high = m->high[n];
    for (size_t i = 0; i < r->images; i++) neuron->lowest += w->x[i] == neuron->low;
    return FACET_OK;
}

static void count(struct work *w, size_t n)
{
    struct responses *r = w->r;
    const size_t bins = r->sizes.bins;
    const double low = fmin(0, (double)r->neuron[n].low);
    const double high = r->neuron[n].high > low ? (double)r->neuron[n].high : low + 1;
    const struct subjects *s = w->subjects;
    facet_histogram_bins(w->x, r->images, bins, low, high, w->bin);
    for (size_t i = 0; i < r->images; i++) {
        r->all[n * bins + w->bin[i]]++;
        if (w->who[i] >= 0 && s->items[w->who[i]].shown)
            r->of[(w->place[w->who[i]] * r->neurons + n) * bins + w->bin[i]]++;
    }
    for (size_t a = s->people; a < s->count; a++) {
        const int8_t *side = w->side[a - s->people];
        if (!s->items[a].shown) continue;
        for (size_t i = 0; i < r->images; i++)
            if (side[i] == 1) r->of[(w->place[a] * r->neurons + n) * bins + w->bin[i]]++;
    }
}

/* d' from n, sum and sum of squares of target and rest. */
static double d_prime(const size_t n[2], const double sum[2], const double square[2])
{
    struct facet_part part[2];
    for (int k = 0; k < 2; k++) {
        const double count = (double)n[k];
        part[k].n = n[k];
        part[k].mean = sum[k] / count;
        part[k].sd = sqrt(fmax(0, square[k] - sum[k] * sum[k] / count) / (count - 1));
    }
    return facet_d_prime(&part[1], &part[0]);
}

static void add_subject(struct work *w, size_t n, size_t subject, double d)
{
    struct responses *r = w->r;
    const size_t most = r->sizes.most, people = w->subjects->people;
    prefer(r->excited + subject * most, most, (uint32_t)n, d, 1);
    prefer(r->inhibited + subject * most, most, (uint32_t)n, d, -1);
    if (subject >= people) {
        r->attributes[(subject - people) * r->neurons + n] = (float)d;
        return;
    }
    prefer(r->excites + n * most, most, (uint32_t)subject, d, 1);
    prefer(r->inhibits + n * most, most, (uint32_t)subject, d, -1);
}

static void compare_people(struct work *w, size_t n)
{
    const struct subjects *s = w->subjects;
    const double mean = w->moments->mean[n];
    double all = 0, squares = 0;
    memset(w->sum, 0, s->people * sizeof *w->sum);
    memset(w->square, 0, s->people * sizeof *w->square);
    for (size_t i = 0; i < w->r->images; i++) {
        const double d = (double)w->x[i] - mean;
        all += d;
        squares += d * d;
        if (w->who[i] < 0) continue;
        w->sum[w->who[i]] += d;
        w->square[w->who[i]] += d * d;
    }
    for (size_t k = 0; k < s->people; k++)
        add_subject(w, n, k,
                    d_prime((const size_t[]){s->items[k].rest, s->items[k].n},
                            (const double[]){all - w->sum[k], w->sum[k]},
                            (const double[]){squares - w->square[k], w->square[k]}));
}

static void compare_attributes(struct work *w, size_t n)
{
    const struct subjects *s = w->subjects;
    const double mean = w->moments->mean[n];
    for (size_t a = s->people; a < s->count; a++) {
        const int8_t *side = w->side[a - s->people];
        double sum[2] = {0, 0}, square[2] = {0, 0};
        for (size_t i = 0; i < w->r->images; i++) {
            const double d = (double)w->x[i] - mean;
            if (side[i] < 0) continue;
            sum[side[i]] += d;
            square[side[i]] += d * d;
        }
        add_subject(w, n, a,
                    d_prime((const size_t[]){s->items[a].rest, s->items[a].n}, sum, square));
    }
}

static int respond(struct work *w, size_t n)
{
    struct responses *r = w->r;
    const size_t most = r->sizes.images;
    if (describe(w, n) < 0) return -1;
    count(w, n);
    for (size_t i = 0; i < r->images; i++) {
        const uint32_t row = (uint32_t)w->row[i];
        keep_row(r->top + n * most, r->top_value + n * most, most, row, w->x[i], 1);
        keep_row(r->bottom + n * most, r->bottom_value + n * most, most, row, w->x[i], -1);
    }
    if (r->neuron[n].low < r->neuron[n].high) {
        compare_people(w, n);
        compare_attributes(w, n);
    } else
        for (size_t a = 0; a < w->subjects->count - w->subjects->people; a++)
            r->attributes[a * r->neurons + n] = NAN;
    return FACET_OK;
}

/* ---- all of them ---- */

static int fail_value(const struct work *w, size_t layer, size_t n)
{
    for (size_t i = 0; i < w->r->images; i++)
        if (!isfinite(w->x[i]))
            return facet_fail(FACET_EFORMAT, "%s: %s: image %s, neuron %zu: found %g",
                              facet_acts_path(w->acts), facet_acts_layer(w->acts, layer)->name,
                              facet_acts_image(w->acts, w->row[i]), n, (double)w->x[i]);
    return facet_fail(FACET_EFORMAT, "%s: %s: neuron %zu: its squares overflow",
                      facet_acts_path(w->acts), facet_acts_layer(w->acts, layer)->name, n);
}

static int read_strip(struct work *w, size_t layer, size_t view, size_t first, size_t width)
{
    const size_t block = facet_acts_block_rows(w->acts, layer);
    int code = FACET_OK;
    for (size_t row = 0; code == FACET_OK && row < w->rows; row += block)
        code = facet_acts_read(w->acts, layer, view, row,
                               w->rows - row < block ? w->rows - row : block, first, width,
                               w->block + row * width);
    return code;
}

static int run(struct work *w, size_t layer, size_t view)
{
    for (size_t first = 0; first < w->r->neurons; first += STRIP) {
        const size_t left = w->r->neurons - first, width = left < STRIP ? left : STRIP;
        int code = read_strip(w, layer, view, first, width);
        if (code < 0) return code;
        for (size_t j = 0; j < width; j++) {
            for (size_t i = 0; i < w->r->images; i++) w->x[i] = w->block[w->row[i] * width + j];
            if (respond(w, first + j) < 0) return fail_value(w, layer, first + j);
        }
    }
    return FACET_OK;
}

static int work_new(struct work *w)
{
    const struct subjects *s = w->subjects;
    const size_t attributes = s->count - s->people;
    w->rows = facet_acts_images(w->acts);
    w->block = facet_alloc(w->rows, STRIP * sizeof *w->block, "activations");
    w->x = facet_alloc(w->rows, sizeof *w->x, "activations");
    w->row = facet_alloc(w->rows, sizeof *w->row, "rows");
    w->who = facet_alloc(w->rows, sizeof *w->who, "rows");
    w->bin = facet_alloc(w->rows, sizeof *w->bin, "rows");
    w->side = facet_alloc(attributes, sizeof *w->side, "attributes");
    w->place = facet_alloc(s->count, sizeof *w->place, "subjects");
    w->sum = facet_alloc(s->people, sizeof *w->sum, "people");
    w->square = facet_alloc(s->people, sizeof *w->square, "people");
    if (w->block == NULL || w->x == NULL || w->row == NULL || w->who == NULL || w->bin == NULL ||
        w->side == NULL || w->place == NULL || w->sum == NULL || w->square == NULL)
        return FACET_ENOMEM;
    for (size_t a = 0; a < attributes; a++)
        if ((w->side[a] = facet_alloc(w->rows, 1, "attributes")) == NULL) return FACET_ENOMEM;
    return facet_moments_new(&w->moments, w->r->neurons);
}

static void work_free(struct work *w)
{
    for (size_t a = 0; w->side != NULL && a < w->subjects->count - w->subjects->people; a++)
        free(w->side[a]);
    free(w->block);
    free(w->x);
    free(w->row);
    free(w->who);
    free(w->bin);
    free(w->side);
    free(w->place);
    free(w->sum);
    free(w->square);
    facet_moments_free(&w->moments);
}

/* Who is on each image, without those that are missing. */
static int find_rows(struct work *w)
{
    const struct subjects *s = w->subjects;
    size_t identities, missing_count, images = 0, shown = 0;
    const int32_t *identity = facet_acts_identities(w->acts, &identities);
    const uint8_t *missing = facet_acts_missing(w->acts, &missing_count);
    for (size_t k = 0; k < s->count; k++)
        if (s->items[k].shown) w->place[k] = (uint32_t)shown++;
    for (size_t row = 0; row < w->rows; row++) {
        if (missing[row]) continue;
        w->row[images] = row;
        w->who[images] = identity == NULL || identity[row] < 0 ? -1 : s->number[identity[row]];
        for (size_t a = s->people; a < s->count; a++)
            w->side[a - s->people][images] = (int8_t)subjects_side(s, w->acts, a, row);
        images++;
    }
    w->r->images = images;
    if (images == 0)
        return facet_fail(FACET_EFORMAT, "%s: all images are missing", facet_acts_path(w->acts));
    return FACET_OK;
}

static int results_new(struct responses *r, const struct subjects *s)
{
    const size_t n = r->neurons, most = r->sizes.most, images = r->sizes.images;
    const size_t attributes = s->count - s->people;
    r->neuron = facet_alloc(n, sizeof *r->neuron, "neurons");
    r->all = facet_alloc(n, r->sizes.bins * sizeof *r->all, "histograms");
    r->of = facet_alloc(s->shown * n, r->sizes.bins * sizeof *r->of, "histograms");
    r->excites = facet_alloc(n, most * sizeof *r->excites, "neurons");
    r->inhibits = facet_alloc(n, most * sizeof *r->inhibits, "neurons");
    r->attributes = facet_alloc(attributes * n, sizeof *r->attributes, "attributes");
    r->excited = facet_alloc(s->count, most * sizeof *r->excited, "subjects");
    r->inhibited = facet_alloc(s->count, most * sizeof *r->inhibited, "subjects");
    r->top = facet_alloc(n, images * sizeof *r->top, "images");
    r->bottom = facet_alloc(n, images * sizeof *r->bottom, "images");
    r->top_value = facet_alloc(n, images * sizeof *r->top_value, "images");
    r->bottom_value = facet_alloc(n, images * sizeof *r->bottom_value, "images");
    if (r->neuron == NULL || r->all == NULL || r->of == NULL || r->excites == NULL ||
        r->inhibits == NULL || r->attributes == NULL || r->excited == NULL ||
        r->inhibited == NULL || r->top == NULL || r->bottom == NULL || r->top_value == NULL ||
        r->bottom_value == NULL)
        return FACET_ENOMEM;
    for (size_t i = 0; i < n * most; i++) r->excites[i].who = r->inhibits[i].who = RESPONSES_NONE;
    for (size_t i = 0; i < s->count * most; i++)
        r->excited[i].who = r->inhibited[i].who = RESPONSES_NONE;
    for (size_t i = 0; i < n * images; i++) r->top[i] = r->bottom[i] = RESPONSES_NONE;
    return FACET_OK;
}

int responses_new(struct responses **responses, struct facet_acts *acts, size_t layer, size_t view,
                  const struct subjects *subjects, const struct responses_sizes *sizes)
{
    struct work w = {.acts = acts, .subjects = subjects};
    w.r = facet_alloc(1, sizeof *w.r, "neurons");
    if (w.r == NULL) return FACET_ENOMEM;
    w.r->sizes = *sizes;
    w.r->neurons = facet_acts_layer(acts, layer)->neurons;
    int code = results_new(w.r, subjects);
    if (code == FACET_OK) code = work_new(&w);
    if (code == FACET_OK) code = find_rows(&w);
    if (code == FACET_OK) code = run(&w, layer, view);
    work_free(&w);
    if (code < 0)
        responses_free(&w.r);
    else
        *responses = w.r;
    return code;
}

void responses_free(struct responses **responses)
{
    struct responses *r = *responses;
    if (r == NULL) return;
    free(r->neuron);
    free(r->all);
    free(r->of);
    free(r->excites);
    free(r->inhibits);
    free(r->attributes);
    free(r->excited);
    free(r->inhibited);
    free(r->top);
    free(r->bottom);
    free(r->top_value);
    free(r->bottom_value);
    free(r);
    *responses = NULL;
}
