#include "train/sampler.h"

#include "base/rng.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

struct facet_sampler {
    struct facet_sampler_spec spec;
    size_t people;
    double *ends;   /* [people + 1]: person c has the weight ends[c + 1] - ends[c]; ends[0] = 0 */
    size_t *starts; /* [people + 1]: images starts[c] .. starts[c + 1] - 1 are those of person c */
    size_t *images; /* indices into the manifest */
};

static int check_spec(const struct facet_manifest *m, const struct facet_split *split,
                      const struct facet_sampler_spec *spec)
{
    if (split->images != m->count)
        return facet_fail(FACET_EINVAL, "%s: %zu images, but the split is one of %zu", m->path,
                          m->count, split->images);
    if (spec->people < 1 || spec->images < 1)
        return facet_fail(FACET_EINVAL,
                          "a batch of %zu people with %zu images each, expected 1 or more of both",
                          spec->people, spec->images);
    if (spec->people > split->train_people)
        return facet_fail(FACET_EINVAL, "%s: a batch of %zu people, but only %zu are trained on",
                          m->path, spec->people, split->train_people);
    if (spec->images > INT32_MAX / spec->people)
        return facet_fail(FACET_EINVAL, "a batch of %zu people with %zu images each is too large",
                          spec->people, spec->images);
    if (!(spec->balance >= 0 && spec->balance <= 1))
        return facet_fail(FACET_EINVAL, "balance %g, expected 0 to 1", spec->balance);
    return FACET_OK;
}

/* Lists each class's images in order of the manifest; fills the weights. */
static void list_images(struct facet_sampler *s, const struct facet_split *split)
{
    for (size_t i = 0; i < split->people; i++) {
        int32_t label = split->label[i];
        if (label < 0) continue;
        s->starts[label + 1] = s->starts[label] + split->counts[i];
        s->ends[label + 1] = s->ends[label] + pow((double)split->counts[i], s->spec.balance);
    }
    for (size_t i = 0; i < split->images; i++) {
        int32_t person = split->person[i], label = person >= 0 ? split->label[person] : -1;
        if (label >= 0) s->images[s->starts[label]++] = i;
    }
    for (size_t c = s->people; c > 0; c--) s->starts[c] = s->starts[c - 1]; /* they moved along */
    s->starts[0] = 0;
}

int facet_sampler_new(struct facet_sampler **sampler, const struct facet_manifest *manifest,
                      const struct facet_split *split, const struct facet_sampler_spec *spec)
{
    int code = check_spec(manifest, split, spec);
    if (code < 0) return code;
    struct facet_sampler *s = facet_alloc(1, sizeof *s, "sampler");
    if (s == NULL) return FACET_ENOMEM;
    s->spec = *spec;
    s->people = split->train_people;
    s->ends = facet_alloc(s->people + 1, sizeof *s->ends, "weights of people");
    s->starts = facet_alloc(s->people + 1, sizeof *s->starts, "images of people");
    s->images =
        facet_alloc(split->role_images[FACET_ROLE_TRAIN], sizeof *s->images, "images of people");
    if (s->ends == NULL || s->starts == NULL || s->images == NULL) {
        facet_sampler_free(&s);
        return FACET_ENOMEM;
    }
    list_images(s, split);
    *sampler = s;
    return FACET_OK;
}

void facet_sampler_free(struct facet_sampler **sampler)
{
    struct facet_sampler *s = *sampler;
    if (s == NULL) return;
    free(s->ends);
    free(s->starts);
    free(s->images);
    free(s);
    *sampler = NULL;
}

/* Puts `value` into sorted[count], unless it is there: then returns 0. */
static int insert(int32_t *sorted, size_t count, int32_t value)
{
    size_t at = count;
    while (at > 0 && sorted[at - 1] > value) at--;
    if (at > 0 && sorted[at - 1] == value) return 0;
    for (size_t i = count; i > at; i--) sorted[i] = sorted[i - 1];
    sorted[at] = value;
    return 1;
}

/* The person whose weight holds the place u, 0 <= u < ends[people]. */
static int32_t find_person(const struct facet_sampler *s, double u)
{
    size_t low = 0, high = s->people - 1;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (s->ends[middle + 1] <= u)
            low = middle + 1;
        else
            high = middle;
    }
    return (int32_t)low;
}

/* Draws P people: a place on the line of the weights that are left, which is then moved past those
 * that are taken. Only rounding can lead to one that is taken; then it is drawn again. */
static void draw_people(const struct facet_sampler *s, gsl_rng *rng, int32_t *sorted,
                        size_t *people)
{
    double taken = 0;
    for (size_t n = 0; n < s->spec.people;) {
        double u = gsl_rng_uniform(rng) * (s->ends[s->people] - taken);
        for (size_t i = 0; i < n && u >= s->ends[sorted[i]]; i++)
            u += s->ends[sorted[i] + 1] - s->ends[sorted[i]];
        int32_t person = find_person(s, u);
        if (!insert(sorted, n, person)) continue;
        people[n++] = (size_t)person;
        taken += s->ends[person + 1] - s->ends[person];
    }
}

/* K of the person's images: of those left in this round the r-th, by the same move past those that
 * are taken. */
static void draw_images(const struct facet_sampler *s, gsl_rng *rng, size_t person, int32_t *sorted,
                        size_t *images)
{
    const size_t *own = s->images + s->starts[person];
    size_t count = s->starts[person + 1] - s->starts[person];
    for (size_t k = 0; k < s->spec.images; k++) {
        size_t taken = k % count;
        int32_t r = (int32_t)gsl_rng_uniform_int(rng, (unsigned long)(count - taken));
        for (size_t i = 0; i < taken && r >= sorted[i]; i++) r++;
        insert(sorted, taken, r);
        images[k] = own[r];
    }
}

void facet_sampler_draw(const struct facet_sampler *sampler, uint64_t step, size_t *images,
                        int32_t *labels)
{
    const size_t most = sampler->spec.images;
    uint64_t state[4];
    gsl_rng rng = {facet_rng_xoshiro256, state}; /* on the stack: nothing here can fail */
    assert(facet_rng_xoshiro256->size <= sizeof state);
    facet_rng_restart(&rng, sampler->spec.seed, step ^ facet_rng_stream("sampler"));
    /* The people stand at the head of images[] until their own images take the places from the
     * last one on; labels[] is the space to sort in. */
    draw_people(sampler, &rng, labels, images);
    for (size_t p = sampler->spec.people; p-- > 0;) {
        size_t person = images[p];
        draw_images(sampler, &rng, person, labels + p * most, images + p * most);
        for (size_t k = 0; k < most; k++) labels[p * most + k] = (int32_t)person;
    }
}
