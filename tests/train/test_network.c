/* The network in training: every kind of layer and both losses against differences of the loss,
 * any number of threads, branches without supervision, and models that cannot be trained. Whole
 * steps are compared with PyTorch in test_learn.py. */
#include "base/check.h"

#include "base/rng.h"
#include "net/net.h"
#include "train/learn.h"

#include <gsl/gsl_randist.h>
#include <math.h>

enum { LAYERS = 10, SEED = 20150607 };

/* ---- models ---- */

struct layer {
    const char *name, *kind, *inputs[2];
    size_t out, kernel_h, kernel_w, region_h, region_w;
    int linear; /* no ReLU */
};

/* What a layer gives: c 0 is the end of a list. */
struct shape {
    const char *name;
    size_t c, h, w;
};

static struct shape find_shape(const struct shape *shapes, const char *name)
{
    while (strcmp(shapes->name, name) != 0) shapes++;
    return *shapes;
}

/* Numbers hang on the layer's name and the rank: leaving out a layer changes no other. */
static void fill(struct facet_tensor *t, const char *name, int rank, const size_t *dims, double sd)
{
    gsl_rng *rng = facet_rng_new(SEED + (uint64_t)rank, facet_rng_stream(name));
    t->rank = rank;
    memcpy(t->dims, dims, (size_t)rank * sizeof *dims);
    t->values = facet_alloc(facet_tensor_count(t), sizeof *t->values, "test");
    assert_true(rng != NULL && t->values != NULL);
    for (size_t i = 0; i < facet_tensor_count(t); i++)
        t->values[i] = (float)gsl_ran_gaussian_ziggurat(rng, sd);
    gsl_rng_free(rng);
}

static void set_attribute(struct facet_model_layer *l, const char *name, size_t value)
{
    snprintf(l->attributes[l->attribute_count].name, sizeof l->attributes[0].name, "%s", name);
    l->attributes[l->attribute_count++].value = (int64_t)value;
}

static struct shape add_layer(struct facet_model_layer *l, const struct layer *spec,
                              const struct shape *shapes)
{
    const struct shape in = find_shape(shapes, spec->inputs[0]);
    const size_t taps = spec->kernel_h * spec->kernel_w * in.c;
    snprintf(l->name, sizeof l->name, "%s", spec->name);
    snprintf(l->kind, sizeof l->kind, "%s", spec->kind);
    size_t values = 0;
    for (; l->input_count < 2 && spec->inputs[l->input_count] != NULL; l->input_count++) {
        const struct shape s = find_shape(shapes, spec->inputs[l->input_count]);
        snprintf(l->inputs[l->input_count], sizeof l->inputs[0], "%s", s.name);
        values += s.c * s.h * s.w;
    }
    if (strcmp(spec->kind, "max_pool") == 0)
        return (struct shape){spec->name, in.c, in.h / 2, in.w / 2};
    set_attribute(l, "relu", !spec->linear);
    if (strcmp(spec->kind, "fully_connected") == 0) {
        fill(&l->weight, l->name, 2, (size_t[]){spec->out, values}, sqrt(2 / (double)values));
        fill(&l->bias, l->name, 1, &spec->out, 0.1);
        return (struct shape){spec->name, spec->out, 1, 1};
    }
    const struct shape out = {spec->name, spec->out, in.h - spec->kernel_h + 1,
                              in.w - spec->kernel_w + 1};
    const size_t rh = spec->region_h > 0 ? spec->region_h : out.h;
    const size_t rw = spec->region_w > 0 ? spec->region_w : out.w;
    const size_t dims[] = {(out.h + rh - 1) / rh, (out.w + rw - 1) / rw, spec->out, in.c,
                           spec->kernel_h,        spec->kernel_w};
    const int local = strcmp(spec->kind, "local_convolution") == 0;
    if (local) set_attribute(l, "region_h", rh), set_attribute(l, "region_w", rw);
    fill(&l->weight, l->name, local ? 6 : 4, local ? dims : dims + 2, sqrt(2 / (double)taps));
    fill(&l->bias, l->name, local ? 3 : 1, local ? dims : dims + 2, 0.1);
    return out;
}

/* `specs` ends with a layer without name; input 3 x height x width. */
static struct facet_model *new_model(const struct layer *specs, int height, int width)
{
    struct facet_model *m = facet_alloc(1, sizeof *m, "test");
    struct shape shapes[LAYERS + 1] = {{"input", 3, (size_t)height, (size_t)width}};
    assert_non_null(m);
    snprintf(m->name, sizeof m->name, "test");
    facet_preprocess_default(&m->preprocess, width, height, 3);
    m->layers = facet_alloc(LAYERS, sizeof *m->layers, "test");
    assert_non_null(m->layers);
    for (; specs->name != NULL; specs++, m->layer_count++)
        shapes[m->layer_count + 1] = add_layer(&m->layers[m->layer_count], specs, shapes);
    return m;
}

static const struct layer without_winograd[] = {
    {"conv1", "convolution", {"input"}, 6, 4, 3, 0, 0, 0},       /* 14 x 13 -> 11 x 11 */
    {"pool1", "max_pool", {"conv1"}, 0, 0, 0, 0, 0, 0},          /* 5 x 5: an odd row and column */
    {"conv2", "local_convolution", {"pool1"}, 5, 2, 2, 3, 2, 0}, /* 4 x 4, cut regions */
    {"pool2", "max_pool", {"conv2"}, 0, 0, 0, 0, 0, 0},          /* 2 x 2 */
    {"conv3", "local_convolution", {"pool2"}, 7, 1, 2, 1, 1, 0}, /* 2 x 1, not pooled */
    {"fc1", "fully_connected", {"pool1"}, 9, 0, 0, 0, 0, 0},
    {"fc2", "fully_connected", {"conv3", "pool2"}, 70, 0, 0, 0, 0, 0}, /* two panels */
    {0},
};

static const struct layer with_winograd[] = {
    {"conv1", "convolution", {"input"}, 16, 3, 3, 0, 0, 0}, /* 13 x 12 -> 11 x 10, not pooled */
    {"fc1", "fully_connected", {"conv1"}, 8, 0, 0, 0, 0, 0},
    {"conv2", "convolution", {"conv1"}, 16, 3, 3, 0, 0, 0}, /* 9 x 8 */
    {"pool2", "max_pool", {"conv2"}, 0, 0, 0, 0, 0, 0},     /* 4 x 4: an odd row */
    {"fc2", "fully_connected", {"pool2"}, 11, 0, 0, 0, 0, 0},
    {"conv3", "convolution", {"pool2"}, 32, 3, 3, 0, 0, 0}, /* 2 x 2, not pooled */
    {"fc3", "fully_connected", {"pool2", "conv3"}, 10, 0, 0, 0, 0, 0},
    {0},
};

static const struct case_of {
    const struct layer *layers;
    int height, width;
    size_t images;
} cases[] = {{without_winograd, 14, 13, 6}, {with_winograd, 13, 12, 9}};

enum { CASES = sizeof cases / sizeof cases[0], CLASSES = 4, PLACES = 8 };

/* ---- a network with its learner ---- */

struct school {
    struct facet_model *model;
    struct facet_network *net;
    struct facet_learner *learner;
    size_t n;
    int32_t labels[64];
};

static const struct facet_kernels *set(const char *name)
{
    const struct facet_kernels *k = NULL;
    assert_ok(facet_kernels_choose(name, &k));
    return k;
}

/* A batch with room for two more images than it has. */
static void open_school(struct school *s, const struct case_of *c, int normalised,
                        const char *kernels, int threads, const struct facet_learning *settings)
{
    struct facet_net *forward = NULL;
    gsl_rng *rng = facet_rng_new(SEED, 2);
    memset(s, 0, sizeof *s);
    s->n = c->images;
    s->model = new_model(c->layers, c->height, c->width);
    assert_ok(facet_net_new(&forward, s->model)); /* it is what a model must be */
    facet_net_free(&forward);
    assert_ok(facet_network_new(&s->net, s->model, s->n + 2, CLASSES, 5, normalised, set(kernels),
                                threads));
    for (size_t i = 0; i < s->net->branch_count; i++) { /* first weights are nearly nothing */
        struct facet_parameter *p = &s->net->branches[i].identity.weight;
        for (size_t j = 0; j < p->count; j++) p->value[j] *= 300;
    }
    assert_ok(facet_learner_new(&s->learner, s->net, settings));
    for (size_t i = 0; i < (s->n + 2) * s->net->in_c * s->net->in_h * s->net->in_w; i++)
        s->net->input[i] = (float)(2 * gsl_rng_uniform(rng) - 1);
    for (size_t i = 0; i < s->n; i++) s->labels[i] = (int32_t)(i / 2 % CLASSES);
    gsl_rng_free(rng);
}

static void close_school(struct school *s)
{
    facet_learner_free(&s->learner);
    facet_network_free(&s->net);
    facet_model_free(&s->model);
}

/* ---- gradients are slopes ---- */

/* With neither momentum nor decay nor clipping, a step of rate 0 leaves the weights as they are and
 * the gradient in the velocities. Margins are held. */
static const struct facet_learning measuring = {
    .seed = 3, .verification = 0.7, .dropout = 0.4, .margin_every = 1000000, .margin_pairs = 16};
static const double margin = 2.5;

/* Which side of every corner the loss is on: ReLU, pooling, impostor pairs beyond the margin. */
struct side {
    size_t count;
    uint8_t at[40000];
};

static double loss_of(struct school *s, struct side *side)
{
    struct facet_learn_report report;
    side->count = 0;
    for (size_t i = 0; i < s->net->branch_count; i++) s->learner->margin[i] = margin;
    assert_ok(facet_learner_step(s->learner, 1, 0, s->n, s->labels, &report));
    for (size_t i = 0; i < s->net->stage_count; i++) {
        const struct facet_stage *stage = &s->net->stages[i];
        assert_true(side->count + s->n * stage->values < sizeof side->at);
        for (size_t j = 0; j < s->n * stage->values; j++)
            side->at[side->count++] =
                (uint8_t)(stage->pooled ? stage->index[j] : stage->output[j] > 0);
    }
    for (size_t i = 0; i < s->net->branch_count; i++) {
        const struct facet_branch *b = &s->net->branches[i];
        assert_true(side->count + s->n * b->fc.padded < sizeof side->at);
        for (size_t j = 0; j < s->n * b->fc.padded; j++)
            side->at[side->count++] = b->feature[j] > 0;
        side->at[side->count++] = (uint8_t)report.branches[i].verification.violating;
    }
    return report.loss;
}

struct tensors {
    struct {
        char name[64];
        struct facet_parameter *p;
        const struct facet_full *full; /* NULL: of a convolution */
        size_t in;                     /* full: inputs that are not padding */
        int weight;
    } list[64];
    size_t count;
};

static int note_tensor(void *context, const char *name, const char *tensor,
                       struct facet_parameter *p)
{
    struct tensors *t = context;
    snprintf(t->list[t->count].name, sizeof t->list[0].name, "%s.%s", name, tensor);
    t->list[t->count].weight = strcmp(tensor, "weight") == 0;
    t->list[t->count++].p = p;
    return FACET_OK;
}

static struct tensors tensors_of(struct facet_network *net)
{
    struct tensors t = {0};
    assert_ok(facet_network_visit(net, &t, note_tensor));
    for (size_t i = 0; i < t.count; i++)
        for (size_t j = 0; j < net->branch_count; j++) {
            const struct facet_branch *b = &net->branches[j];
            if (t.list[i].p == &b->fc.weight || t.list[i].p == &b->fc.bias)
                t.list[i].full = &b->fc, t.list[i].in = b->fc.in;
            if (t.list[i].p == &b->identity.weight || t.list[i].p == &b->identity.bias)
                t.list[i].full = &b->identity, t.list[i].in = b->fc.out;
            if (t.list[i].p == &b->normalise.gain || t.list[i].p == &b->normalise.shift)
                t.list[i].full = &b->fc, t.list[i].weight = 0; /* a number a neuron */
        }
    return t;
}

/* A place in tensor i that isn't padding. */
static size_t draw_place(const struct tensors *t, size_t i, gsl_rng *rng)
{
    const struct facet_full *f = t->list[i].full;
    if (f == NULL) return gsl_rng_uniform_int(rng, t->list[i].p->count);
    const size_t out = gsl_rng_uniform_int(rng, f->out);
    return t->list[i].weight ? facet_full_place(f, out, gsl_rng_uniform_int(rng, t->list[i].in))
                             : out;
}

/* Slope of the loss over weight `at` within `step` of its value; NaN where a corner lies there. */
static double slope(struct school *s, struct facet_parameter *p, size_t at, float step,
                    const struct side *here)
{
    static struct side below, above;
    const float value = p->value[at], low = value - step, high = value + step;
    p->value[at] = low;
    const double loss_low = loss_of(s, &below);
    p->value[at] = high;
    const double loss_high = loss_of(s, &above);
    p->value[at] = value;
    if (memcmp(below.at, here->at, here->count) != 0 ||
        memcmp(above.at, here->at, here->count) != 0)
        return NAN;
    return (loss_high - loss_low) / ((double)high - (double)low);
}

/* One place of tensor i, as a part of what is allowed; NaN where every step meets a corner. The
 * loss, from activations of 24 bits, is uncertain by a few 1e-7, and its slope by that over the
 * step; allowed are 3e-7 over the step and 5e-4 of the tensor's largest gradient, `most`. */
static double check_slope(struct school *s, const struct tensors *t, size_t i, size_t at,
                          double most)
{
    static struct side here;
    struct facet_parameter *p = t->list[i].p;
    const float steps[] = {4e-3f, 1e-3f, 2.5e-4f};
    loss_of(s, &here);
    const double gradient = (double)p->velocity[at];
    for (size_t j = 0; j < sizeof steps / sizeof steps[0]; j++) {
        const double found = slope(s, p, at, steps[j], &here);
        const double allowed = 3e-7 / (double)steps[j] + 5e-4 * most;
        if (isnan(found)) continue;
        if (!(fabs(found - gradient) <= allowed))
            fail_msg("%s, place %zu: gradient %g, but the slope is %g +- %g (largest gradient %g)",
                     t->list[i].name, at, gradient, found, allowed, most);
        return fabs(found - gradient) / allowed;
    }
    return NAN;
}

/* A few places of each tensor. */
static void check_slopes(const struct case_of *c, int normalised)
{
    static struct side here;
    struct school s;
    open_school(&s, c, normalised, "reference", 1, &measuring);
    s.net->crew.plain = 1; /* a centred gradient is no slope */
    const struct tensors t = tensors_of(s.net);
    gsl_rng *rng = facet_rng_new(SEED, 4);
    double worst = 0;
    size_t compared = 0, corners = 0;
    for (size_t i = 0; i < t.count; i++) {
        size_t smooth = 0;
        double most = 0;
        if (strstr(t.list[i].name, "_running") != NULL) continue; /* nothing learns them */
        if (normalised && t.list[i].full != NULL && !t.list[i].weight &&
            strchr(t.list[i].name, '_') == NULL)
            continue; /* normalisation takes a bias away again */
        loss_of(&s, &here);
        for (size_t j = 0; j < t.list[i].p->count; j++)
            most = fmax(most, fabs((double)t.list[i].p->velocity[j]));
        assert_true(most > 1e-2);
        for (size_t j = 0; j < PLACES; j++) {
            const double off = check_slope(&s, &t, i, draw_place(&t, i, rng), most);
            smooth += !isnan(off);
            worst = fmax(worst, off);
        }
        if (smooth < 4) fail_msg("%s: only %zu places without a corner", t.list[i].name, smooth);
        compared += smooth;
        corners += PLACES - smooth;
    }
    printf("%zu slopes, off by %.2g of what is allowed at most; %zu corners left out\n", compared,
           worst, corners);
    gsl_rng_free(rng);
    close_school(&s);
}

static void gradients_are_slopes(void **state)
{
    (void)state;
    for (size_t i = 0; i < CASES; i++)
        for (int normalised = 0; normalised < 2; normalised++) check_slopes(&cases[i], normalised);
}

static void both_ways_of_convolving_are_tested(void **state)
{
    (void)state;
    for (size_t i = 0; i < CASES; i++) {
        struct school s;
        open_school(&s, &cases[i], 0, "reference", 1, &measuring);
        size_t winograd = 0;
        for (size_t j = 0; j < s.net->stage_count; j++)
            winograd += (size_t)s.net->stages[j].winograd;
        assert_int_equal(winograd, i == 0 ? 0 : 2);
        close_school(&s);
    }
}

/* ---- what must not depend on anything ---- */

static const struct facet_learning learning = {.seed = 3,
                                               .verification = 0.7,
                                               .dropout = 0.4,
                                               .momentum = 0.9,
                                               .decay = 1e-2,
                                               .clip = 3,
                                               .margin_every = 1,
                                               .margin_pairs = 32};

static void take_steps(struct school *s, size_t steps)
{
    struct facet_learn_report report;
    for (size_t i = 0; i < steps; i++)
        assert_ok(facet_learner_step(s->learner, i, 0.05, s->n, s->labels, &report));
}

static void assert_same_weights(struct school *a, struct school *b, const char *what)
{
    const struct tensors ta = tensors_of(a->net), tb = tensors_of(b->net);
    assert_int_equal(ta.count, tb.count);
    for (size_t i = 0; i < ta.count; i++) {
        const struct facet_parameter *pa = ta.list[i].p, *pb = tb.list[i].p;
        assert_int_equal(pa->count, pb->count);
        if (memcmp(pa->value, pb->value, pa->count * sizeof(float)) != 0 ||
            memcmp(pa->velocity, pb->velocity, pa->count * sizeof(float)) != 0)
            fail_msg("%s: %s has other bits", what, ta.list[i].name);
    }
}

static void threads_change_nothing(void **state)
{
    (void)state;
    const char *const names[] = {"reference", NULL};
    for (size_t k = 0; k < 2; k++)
        for (size_t i = 0; i < CASES; i++) {
            struct school one;
            open_school(&one, &cases[i], 0, names[k], 1, &learning);
            take_steps(&one, 3);
            for (int threads = 2; threads <= 3; threads++) {
                struct school many;
                open_school(&many, &cases[i], 0, names[k], threads, &learning);
                take_steps(&many, 3);
                assert_same_weights(&one, &many, "more threads");
                close_school(&many);
            }
            close_school(&one);
        }
}

/* Panels of 64 have places that are no neuron: they stay zero, and count in nothing. */
static void padding_stays_zero(void **state)
{
    (void)state;
    for (size_t i = 0; i < CASES; i++) {
        struct school s;
        open_school(&s, &cases[i], 0, NULL, 1, &learning);
        take_steps(&s, 3);
        for (size_t j = 0; j < s.net->branch_count; j++) {
            const struct facet_branch *b = &s.net->branches[j];
            const struct facet_full *const fulls[] = {&b->fc, &b->identity};
            for (int f = 0; f < 2; f++)
                for (size_t o = fulls[f]->out; o < fulls[f]->padded; o++) {
                    assert_true(fulls[f]->bias.value[o] == 0);
                    for (size_t in = 0; in < fulls[f]->in; in++)
                        assert_true(fulls[f]->weight.value[facet_full_place(fulls[f], o, in)] == 0);
                }
            for (size_t o = 0; o < CLASSES; o++)
                for (size_t in = b->fc.out; in < b->fc.padded; in++)
                    assert_true(b->identity.weight.value[facet_full_place(&b->identity, o, in)] ==
                                0);
        }
        close_school(&s);
    }
}

/* ---- branches without supervision ---- */

/* Without branch `left_out`. */
static struct case_of without(const struct case_of *c, const char *left_out, struct layer *room)
{
    struct case_of less = *c;
    less.layers = room;
    for (const struct layer *l = c->layers; l->name != NULL; l++)
        if (strcmp(l->name, left_out) != 0) *room++ = *l;
    *room = (struct layer){0};
    return less;
}

static const struct facet_parameter *find_tensor(const struct tensors *t, const char *name)
{
    for (size_t i = 0; i < t->count; i++)
        if (strcmp(t->list[i].name, name) == 0) return t->list[i].p;
    return NULL;
}

/* Whatever is in both networks has the same bits after some steps. */
static void assert_same_where_shared(struct school *whole, struct school *part)
{
    const struct tensors tw = tensors_of(whole->net), tp = tensors_of(part->net);
    for (size_t i = 0; i < tp.count; i++) {
        const struct facet_parameter *a = find_tensor(&tw, tp.list[i].name), *b = tp.list[i].p;
        assert_non_null(a);
        if (memcmp(a->value, b->value, b->count * sizeof(float)) != 0)
            fail_msg("%s feels a branch without supervision", tp.list[i].name);
    }
}

/* Tensors whose name begins with `name` are those of `fresh`. */
static void assert_untouched(struct school *s, struct school *fresh, const char *name)
{
    const struct tensors after = tensors_of(s->net), before = tensors_of(fresh->net);
    size_t found = 0;
    for (size_t i = 0; i < after.count; i++) {
        const struct facet_parameter *p = after.list[i].p;
        if (strncmp(after.list[i].name, name, strlen(name)) != 0) continue;
        found++;
        if (memcmp(p->value, before.list[i].p->value, p->count * sizeof(float)) != 0)
            fail_msg("%s has changed", after.list[i].name);
    }
    assert_true(found >= 2);
}

static void unsupervised_branches_stay_out(void **state)
{
    (void)state;
    for (size_t i = 0; i < CASES; i++)
        for (int b = 0; b < 2; b++) {
            struct layer room[LAYERS];
            struct school s, fresh, part;
            open_school(&s, &cases[i], 0, NULL, 2, &learning);
            open_school(&fresh, &cases[i], 0, NULL, 2, &learning);
            struct facet_branch *branch = &s.net->branches[b];
            const struct case_of less = without(&cases[i], branch->fc.name, room);
            open_school(&part, &less, 0, NULL, 2, &learning);
            branch->supervised = 0;
            take_steps(&s, 3);
            take_steps(&part, 3);
            assert_untouched(&s, &fresh, branch->fc.name);
            assert_same_where_shared(&s, &part);
            close_school(&s);
            close_school(&fresh);
            close_school(&part);
        }
}

/* A convolution that no supervised branch hangs on learns nothing, so it doesn't decay either. */
static void what_nobody_supervises_keeps_its_weights(void **state)
{
    (void)state;
    for (size_t i = 0; i < CASES; i++) {
        struct school s, fresh;
        open_school(&s, &cases[i], 0, NULL, 1, &learning);
        open_school(&fresh, &cases[i], 0, NULL, 1, &learning);
        for (size_t b = 1; b < s.net->branch_count; b++) s.net->branches[b].supervised = 0;
        take_steps(&s, 2);
        assert_untouched(&s, &fresh, "conv2");
        assert_untouched(&s, &fresh, "conv3");
        assert_true(s.net->stages[0].weight.value[0] != fresh.net->stages[0].weight.value[0]);
        facet_network_forward(s.net, s.n, 1);
        facet_network_forward(fresh.net, s.n, 1);
        assert_true(s.net->branches[1].feature[0] != fresh.net->branches[1].feature[0] ||
                    s.net->branches[1].feature[1] != fresh.net->branches[1].feature[1] ||
                    s.net->branches[1].feature[2] != fresh.net->branches[1].feature[2]);
        close_school(&s);
        close_school(&fresh);
    }
}

/* ---- models that cannot be trained ---- */

#define CONV(name, ...)                                                                            \
    {                                                                                              \
        name, "convolution", {__VA_ARGS__}, 4, 3, 3, 0, 0, 0                                       \
    }
#define POOL(name, ...)                                                                            \
    {                                                                                              \
        name, "max_pool", {__VA_ARGS__}, 0, 0, 0, 0, 0, 0                                          \
    }
#define FULL(name, ...)                                                                            \
    {                                                                                              \
        name, "fully_connected", {__VA_ARGS__}, 4, 0, 0, 0, 0, 0                                   \
    }

static void what_cannot_be_trained_is_named(void **state)
{
    (void)state;
    const struct {
        struct layer layers[6];
        const char *message;
    } refused[] = {
        {{{"conv1", "convolution", {"input"}, 4, 3, 3, 0, 0, 1}, FULL("fc1", "conv1")},
         "layer conv1: training needs ReLU"},
        {{{"conv1", "local_convolution", {"input"}, 4, 3, 3, 2, 2, 1}, FULL("fc1", "conv1")},
         "layer conv1: training needs ReLU"},
        {{CONV("conv1", "input"), {"fc1", "fully_connected", {"conv1"}, 4, 0, 0, 0, 0, 1}},
         "layer fc1: training needs ReLU"},
        {{POOL("pool0", "input"), CONV("conv1", "pool0"), FULL("fc1", "conv1")},
         "layer pool0: training knows max_pool right behind a convolution only"},
        {{CONV("conv1", "input"), POOL("pool1", "conv1"), POOL("pool2", "pool1"),
          FULL("fc1", "pool2")},
         "layer pool2: training knows max_pool right behind a convolution only"},
        {{CONV("conv1", "input"), POOL("pool1", "conv1"), POOL("pool2", "conv1"),
          FULL("fc1", "pool2")},
         "layer conv1: training needs at most one pooling"},
        {{CONV("conv1", "input"), POOL("pool1", "conv1"), CONV("conv2", "conv1"),
          FULL("fc1", "conv2")},
         "layer conv2: training needs convolutions in a chain"},
        {{CONV("conv1", "input"), CONV("conv2", "input"), FULL("fc1", "conv2")},
         "layer conv2: training needs convolutions in a chain"},
        {{CONV("conv1", "input"), POOL("pool1", "conv1"), FULL("fc1", "conv1")},
         "layer fc1: training needs it to read the end of a convolution"},
        {{CONV("conv1", "input"), FULL("fc1", "conv1"), FULL("fc2", "fc1")},
         "layer fc2: training needs it to read the end of a convolution"},
        {{CONV("conv1", "input"), FULL("fc1", "conv1"), FULL("fc2", "conv1", "fc1")},
         "layer fc2: training needs it to read the end of a convolution"},
        {{FULL("fc1", "input")}, "layer fc1: training needs it to read the end of a convolution"},
        {{CONV("conv1", "input"), FULL("fc1", "conv1", "conv1")},
         "layer fc1: training needs its inputs to differ"},
        {{CONV("conv1", "input"), POOL("pool1", "conv1")}, "test: has no fully connected layer"},
    };
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        struct facet_network *net = NULL;
        struct facet_model *m = new_model(refused[i].layers, 12, 12);
        assert_fails(facet_network_new(&net, m, 4, CLASSES, 5, 0, set("reference"), 1),
                     FACET_EFORMAT, refused[i].message);
        assert_null(net);
        facet_model_free(&m);
    }
}

/* ---- what comes out ---- */

/* Weights go into the network and come back as they were. */
static void weights_come_back(void **state)
{
    (void)state;
    for (size_t i = 0; i < CASES; i++) {
        struct school s;
        open_school(&s, &cases[i], 0, NULL, 1, &learning);
        struct facet_model *other = new_model(cases[i].layers, cases[i].height, cases[i].width);
        for (size_t l = 0; l < other->layer_count; l++) {
            struct facet_tensor *const tensors[] = {&other->layers[l].weight,
                                                    &other->layers[l].bias};
            for (int t = 0; t < 2; t++)
                for (size_t j = 0; j < facet_tensor_count(tensors[t]); j++)
                    tensors[t]->values[j] = NAN;
        }
        facet_network_export(s.net, other);
        for (size_t l = 0; l < other->layer_count; l++) {
            const struct facet_tensor *w = &s.model->layers[l].weight,
                                      *b = &s.model->layers[l].bias;
            assert_memory_equal(other->layers[l].weight.values, w->values,
                                facet_tensor_count(w) * sizeof(float));
            assert_memory_equal(other->layers[l].bias.values, b->values,
                                facet_tensor_count(b) * sizeof(float));
        }
        facet_model_free(&other);
        close_school(&s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gradients_are_slopes),
        cmocka_unit_test(both_ways_of_convolving_are_tested),
        cmocka_unit_test(threads_change_nothing),
        cmocka_unit_test(padding_stays_zero),
        cmocka_unit_test(unsupervised_branches_stay_out),
        cmocka_unit_test(what_nobody_supervises_keeps_its_weights),
        cmocka_unit_test(what_cannot_be_trained_is_named),
        cmocka_unit_test(weights_come_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
