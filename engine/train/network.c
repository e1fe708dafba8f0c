#include "train/network.h"

#include "base/error.h"
#include "base/rng.h"

#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* First weights of the identification layers: nearly nothing, so that at first they learn and don't
 * teach. Large random ones would make the activations shrink, and neurons die, before any of them
 * tells people apart. */
static const double IDENTITY_SD = 1e-3;

/* ---- shapes: from the model to stages and branches ---- */

static int refuse(const struct facet_model *m, const struct facet_model_layer *l, const char *why)
{
    return facet_fail(FACET_EFORMAT, "%s: layer %s: %s", m->path != NULL ? m->path : m->name,
                      l->name, why);
}

/* The stage whose end is called `name`: its pooling, or itself without one. -1: the input. */
static int find_stage(const struct facet_network *net, const char *name, int *stage)
{
    *stage = -1;
    if (strcmp(name, "input") == 0) return 1;
    for (size_t i = 0; i < net->stage_count; i++) {
        const struct facet_stage *s = &net->stages[i];
        *stage = (int)i;
        if (strcmp(s->pooled ? s->pool_name : s->name, name) == 0) return 1;
    }
    return 0;
}

static int add_convolution(struct facet_network *net, const struct facet_model *m,
                           const struct facet_model_layer *l, int local)
{
    struct facet_stage *s = &net->stages[net->stage_count];
    const size_t *w = l->weight.dims + (local ? 2 : 0); /* out, in, h, w */
    int from;
    if (!find_stage(net, l->inputs[0], &from) || from != (int)net->stage_count - 1)
        return refuse(m, l, "training needs convolutions in a chain, each reading the one before");
    const struct facet_stage *before = from < 0 ? NULL : &net->stages[from];
    if (!facet_model_attribute(l, "relu", 0))
        return refuse(m, l, "training needs ReLU after every convolution");
    snprintf(s->name, sizeof s->name, "%s", l->name);
    s->conv = facet_conv_shape(before != NULL ? before->conv.out_c : net->in_c,
                               before != NULL ? before->out_h : net->in_h,
                               before != NULL ? before->out_w : net->in_w, w[0], w[2], w[3]);
    s->local = local;
    if (local)
        s->conv = facet_conv_regions(s->conv, (size_t)facet_model_attribute(l, "region_h", 0),
                                     (size_t)facet_model_attribute(l, "region_w", 0));
    for (size_t i = 0; i < m->layer_count; i++)
        if (strcmp(m->layers[i].kind, "max_pool") == 0 &&
            strcmp(m->layers[i].inputs[0], l->name) == 0) {
            if (s->pooled) return refuse(m, l, "training needs at most one pooling behind it");
            s->pooled = 1;
            snprintf(s->pool_name, sizeof s->pool_name, "%s", m->layers[i].name);
        }
    s->input = before != NULL ? before->output : net->input;
    s->input_gradient = before != NULL ? before->gradient : NULL;
    net->stage_count++;
    return facet_stage_new(s, net->batch);
}

static int add_branch(struct facet_network *net, const struct facet_model *m,
                      const struct facet_model_layer *l)
{
    struct facet_branch *b = &net->branches[net->branch_count++];
    struct facet_full *f = &b->fc;
    if (!facet_model_attribute(l, "relu", 0))
        return refuse(m, l, "training needs ReLU after every fully connected layer");
    snprintf(f->name, sizeof f->name, "%s", l->name);
    f->out = l->weight.dims[0];
    for (int i = 0; i < l->input_count; i++) {
        int from;
        if (!find_stage(net, l->inputs[i], &from) || from < 0)
            return refuse(m, l,
                          "training needs it to read the end of a convolution (its pooling, where "
                          "it has one)");
        const struct facet_stage *s = &net->stages[from];
        if (i > 0 && f->sources[0].input == s->output)
            return refuse(m, l, "training needs its inputs to differ");
        f->sources[f->source_count++] = (struct facet_full_source){
            .values = s->values, .input = s->output, .gradient = s->gradient};
        f->in += s->values;
    }
    return facet_full_new(f, net->batch);
}

static int add_identity(struct facet_network *net, struct facet_branch *b, uint64_t seed)
{
    struct facet_full *f = &b->identity;
    const size_t values = b->fc.padded * sizeof(float);
    b->supervised = 1;
    b->feature = facet_alloc(net->batch, values, b->fc.name);
    b->dropped = facet_alloc(net->batch, values, b->fc.name);
    b->mask = facet_alloc(net->batch, values, b->fc.name);
    b->dropped_gradient = facet_alloc(net->batch, values, b->fc.name);
    if (b->feature == NULL || b->dropped == NULL || b->mask == NULL || b->dropped_gradient == NULL)
        return FACET_ENOMEM;
    snprintf(f->name, sizeof f->name, "%.50s_identity", b->fc.name);
    f->in = b->fc.padded;
    f->out = net->classes;
    f->source_count = 1;
    f->sources[0] = (struct facet_full_source){
        .values = f->in, .input = b->dropped, .gradient = b->dropped_gradient};
    if (facet_full_new(f, net->batch) < 0) return FACET_ENOMEM;
    if (net->normalised && facet_normalise_new(&b->normalise, net->batch, b->fc.padded) < 0)
        return FACET_ENOMEM;
    gsl_rng *rng = facet_rng_new(seed, facet_rng_stream(f->name));
    if (rng == NULL) return facet_fail(FACET_ENOMEM, "out of memory for a random stream");
    for (size_t o = 0; o < f->out; o++)
        for (size_t i = 0; i < b->fc.out; i++)
            f->weight.value[facet_full_place(f, o, i)] =
                (float)gsl_ran_gaussian_ziggurat(rng, IDENTITY_SD);
    gsl_rng_free(rng);
    return FACET_OK;
}

static int add_layers(struct facet_network *net, const struct facet_model *m, uint64_t seed)
{
    int code = FACET_OK, stage;
    for (size_t i = 0; i < m->layer_count && code == FACET_OK; i++) {
        const struct facet_model_layer *l = &m->layers[i];
        if (strcmp(l->kind, "convolution") == 0)
            code = add_convolution(net, m, l, 0);
        else if (strcmp(l->kind, "local_convolution") == 0)
            code = add_convolution(net, m, l, 1);
        else if (strcmp(l->kind, "fully_connected") == 0)
            code = add_branch(net, m, l);
        else if (!find_stage(net, l->name, &stage))
            code = refuse(m, l, "training knows max_pool right behind a convolution only");
    }
    if (code == FACET_OK && net->branch_count == 0)
        code = facet_fail(FACET_EFORMAT, "%s: has no fully connected layer to train",
                          m->path != NULL ? m->path : m->name);
    for (size_t i = 0; i < net->branch_count && code == FACET_OK; i++)
        code = add_identity(net, &net->branches[i], seed);
    return code;
}

/* ---- weights: the model's (out, in, y, x) and ours ---- */

/* Calls that copy one way or the other: to_model 0 or 1. */
static void copy_stage(struct facet_stage *s, const struct facet_model_layer *l, int to_model)
{
    const struct facet_conv *c = &s->conv;
    const size_t kernel = c->kernel_h * c->kernel_w, regions = c->regions_y * c->regions_x;
    float *theirs = l->weight.values;
    for (size_t r = 0; r < regions; r++)
        for (size_t o = 0; o < c->out_c; o++)
            for (size_t i = 0; i < c->in_c; i++)
                for (size_t t = 0; t < kernel; t++, theirs++) {
                    float *ours = &s->weight.value[((r * kernel + t) * c->in_c + i) * c->out_c + o];
                    *(to_model ? theirs : ours) = *(to_model ? ours : theirs);
                }
    for (size_t i = 0; i < s->bias.count; i++)
        *(to_model ? &l->bias.values[i] : &s->bias.value[i]) =
            *(to_model ? &s->bias.value[i] : &l->bias.values[i]);
}

static const struct facet_stage *source_stage(const struct facet_network *net,
                                              const struct facet_full_source *source)
{
    const struct facet_stage *s = net->stages;
    while (s->output != source->input) s++;
    return s;
}

static void copy_branch(const struct facet_network *net, struct facet_full *f,
                        const struct facet_model_layer *l, int to_model)
{
    for (size_t o = 0; o < f->out; o++) {
        size_t in = 0;
        for (int j = 0; j < f->source_count; j++) {
            const struct facet_stage *s = source_stage(net, &f->sources[j]);
            const size_t c = s->conv.out_c, pixels = s->out_h * s->out_w;
            for (size_t i = 0; i < c; i++)
                for (size_t p = 0; p < pixels; p++) {
                    float *theirs = &l->weight.values[o * f->in + in + i * pixels + p];
                    float *ours = &f->weight.value[facet_full_place(f, o, in + p * c + i)];
                    *(to_model ? theirs : ours) = *(to_model ? ours : theirs);
                }
            in += s->values;
        }
        *(to_model ? &l->bias.values[o] : &f->bias.value[o]) =
            *(to_model ? &f->bias.value[o] : &l->bias.values[o]);
    }
}

static void copy_weights(const struct facet_network *net, const struct facet_model *m, int to_model)
{
    for (size_t i = 0; i < m->layer_count; i++) {
        for (size_t j = 0; j < net->stage_count; j++)
            if (strcmp(net->stages[j].name, m->layers[i].name) == 0)
                copy_stage(&net->stages[j], &m->layers[i], to_model);
        for (size_t j = 0; j < net->branch_count; j++)
            if (strcmp(net->branches[j].fc.name, m->layers[i].name) == 0)
                copy_branch(net, &net->branches[j].fc, &m->layers[i], to_model);
    }
}

/* Puts a branch's normalisation into the model's weights. */
static void fold(const struct facet_branch *b, const struct facet_model_layer *l)
{
    for (size_t o = 0; o < b->fc.out; o++) {
        double factor, addend;
        facet_normalise_affine(&b->normalise, o, &factor, &addend);
        for (size_t i = 0; i < b->fc.in; i++) {
            float *at = &l->weight.values[o * b->fc.in + i];
            *at = (float)(factor * (double)*at);
        }
        l->bias.values[o] = (float)(factor * (double)l->bias.values[o] + addend);
    }
}

void facet_network_export(const struct facet_network *net, struct facet_model *model)
{
    copy_weights(net, model, 1);
    for (size_t i = 0; net->normalised && i < net->branch_count; i++)
        for (size_t j = 0; j < model->layer_count; j++)
            if (strcmp(model->layers[j].name, net->branches[i].fc.name) == 0)
                fold(&net->branches[i], &model->layers[j]);
}

/* ---- memory ---- */

static int make_crew(struct facet_network *net)
{
    size_t most = facet_full_scratch(net->batch);
    for (size_t i = 0; i < net->stage_count; i++) {
        size_t size = facet_stage_scratch(&net->stages[i], net->batch);
        if (size > most) most = size;
    }
    net->crew.scratch_size = (most + 15) / 16 * 16;
    net->crew.scratch =
        facet_alloc((size_t)net->crew.threads, net->crew.scratch_size * sizeof(float), "scratch");
    return net->crew.scratch == NULL ? FACET_ENOMEM : FACET_OK;
}

int facet_network_new(struct facet_network **net, const struct facet_model *model, size_t batch,
                      size_t classes, uint64_t seed, int normalised,
                      const struct facet_kernels *kernels, int threads)
{
    struct facet_network *n = facet_alloc(1, sizeof *n, "network");
    if (n == NULL) return FACET_ENOMEM;
    n->batch = batch;
    n->classes = classes;
    n->normalised = normalised;
    n->in_c = (size_t)model->preprocess.channels;
    n->in_h = (size_t)model->preprocess.height;
    n->in_w = (size_t)model->preprocess.width;
    n->crew = (struct facet_crew){.kernels = kernels, .threads = threads};
    n->input = facet_alloc(batch, n->in_c * n->in_h * n->in_w * sizeof(float), "input");
    n->stages = facet_alloc(model->layer_count, sizeof *n->stages, "layers");
    n->branches = facet_alloc(model->layer_count, sizeof *n->branches, "layers");
    int code =
        n->input == NULL || n->stages == NULL || n->branches == NULL ? FACET_ENOMEM : FACET_OK;
    if (code == FACET_OK) code = add_layers(n, model, seed);
    if (code == FACET_OK) code = make_crew(n);
    if (code == FACET_OK) copy_weights(n, model, 0);
    if (code < 0)
        facet_network_free(&n);
    else
        *net = n;
    return code;
}

void facet_network_free(struct facet_network **net)
{
    struct facet_network *n = *net;
    if (n == NULL) return;
    for (size_t i = 0; n->stages != NULL && i < n->stage_count; i++)
        facet_stage_free(&n->stages[i]);
    for (size_t i = 0; n->branches != NULL && i < n->branch_count; i++) {
        struct facet_branch *b = &n->branches[i];
        facet_full_free(&b->fc);
        facet_full_free(&b->identity);
        facet_normalise_free(&b->normalise);
        free(b->feature);
        free(b->dropped);
        free(b->mask);
        free(b->dropped_gradient);
    }
    free(n->stages);
    free(n->branches);
    free(n->input);
    free(n->crew.scratch);
    free(n);
    *net = NULL;
}

double facet_network_memory(const struct facet_network *net)
{
    const double batch = (double)net->batch;
    double floats = batch * (double)(net->in_c * net->in_h * net->in_w) +
                    (double)net->crew.threads * (double)net->crew.scratch_size;
    for (size_t i = 0; i < net->stage_count; i++)
        floats += facet_stage_memory(&net->stages[i], net->batch);
    for (size_t i = 0; i < net->branch_count; i++)
        floats += facet_full_memory(&net->branches[i].fc, net->batch) +
                  facet_full_memory(&net->branches[i].identity, net->batch) +
                  4 * batch * (double)net->branches[i].fc.padded;
    return floats * sizeof(float);
}

/* ---- forward, back, step ---- */

void facet_network_forward(struct facet_network *net, size_t n, int learning)
{
    for (size_t i = 0; i < net->stage_count; i++) {
        facet_stage_prepare(&net->stages[i], &net->crew);
        facet_stage_forward(&net->stages[i], &net->crew, n);
    }
    for (size_t i = 0; i < net->branch_count; i++) {
        struct facet_branch *b = &net->branches[i];
        if (learning && !b->supervised) continue;
        facet_full_forward(&b->fc, &net->crew, n);
        if (net->normalised && learning)
            facet_normalise_learn(&b->normalise, n, b->fc.output);
        else if (net->normalised)
            facet_normalise_use(&b->normalise, n, b->fc.output);
        for (size_t j = 0; j < n * b->fc.padded; j++)
            b->feature[j] = b->fc.output[j] <= 0 ? 0 : b->fc.output[j];
    }
}

/* Stages that learn: up to the last one that a supervised branch reads. */
static size_t learning_stages(const struct facet_network *net)
{
    size_t count = 0;
    for (size_t i = 0; i < net->branch_count; i++)
        for (int k = 0; net->branches[i].supervised && k < net->branches[i].fc.source_count; k++) {
            const size_t stage =
                (size_t)(source_stage(net, &net->branches[i].fc.sources[k]) - net->stages);
            if (stage >= count) count = stage + 1;
        }
    return count;
}

void facet_network_backward(struct facet_network *net, size_t n)
{
    const size_t stages = learning_stages(net);
    for (size_t i = 0; i < stages; i++) {
        int written = 0;
        for (size_t j = 0; j < net->branch_count; j++)
            for (int k = 0; k < net->branches[j].fc.source_count; k++) {
                struct facet_full_source *source = &net->branches[j].fc.sources[k];
                if (source->gradient != net->stages[i].gradient || !net->branches[j].supervised)
                    continue;
                source->add = written;
                written = 1;
            }
        if (!written) memset(net->stages[i].gradient, 0, n * net->stages[i].values * sizeof(float));
    }
    for (size_t i = 0; i < net->branch_count; i++) {
        struct facet_branch *b = &net->branches[i];
        if (!b->supervised) continue;
        for (size_t j = 0; j < n * b->fc.padded; j++)
            if (!(b->feature[j] > 0)) b->fc.gradient[j] = 0;
        if (net->normalised) facet_normalise_backward(&b->normalise, n, b->fc.gradient);
        facet_full_backward(&b->fc, &net->crew, n);
    }
    for (size_t i = stages; i-- > 0;) facet_stage_backward(&net->stages[i], &net->crew, n);
}

static double parameter_norm(const struct facet_parameter *p)
{
    double norm = 0;
    for (size_t i = 0; i < p->count; i++) norm += (double)p->gradient[i] * (double)p->gradient[i];
    return norm;
}

double facet_network_norm(struct facet_network *net, size_t n)
{
    const size_t stages = learning_stages(net);
    double norm = 0;
    for (size_t i = 0; i < stages; i++)
        norm += parameter_norm(&net->stages[i].weight) + parameter_norm(&net->stages[i].bias);
    for (size_t i = 0; i < net->branch_count; i++) {
        struct facet_branch *b = &net->branches[i];
        if (!b->supervised) continue;
        norm +=
            facet_full_norm(&b->fc, &net->crew, n) + facet_full_norm(&b->identity, &net->crew, n);
        if (net->normalised)
            norm += parameter_norm(&b->normalise.gain) + parameter_norm(&b->normalise.shift);
    }
    return sqrt(norm);
}

static void step_parameter(const struct facet_step *step, const struct facet_parameter *p)
{
    facet_parameter_step(step, p->decays, p->count, p->value, p->velocity, p->gradient);
}

void facet_network_step(struct facet_network *net, size_t n, const struct facet_step *step)
{
    const size_t stages = learning_stages(net);
    for (size_t i = 0; i < stages; i++) facet_stage_step(&net->stages[i], &net->crew, step);
    for (size_t i = 0; i < net->branch_count; i++) {
        struct facet_branch *b = &net->branches[i];
        if (!b->supervised) continue;
        facet_full_step(&b->fc, &net->crew, n, step);
        facet_full_step(&b->identity, &net->crew, n, step);
        if (!net->normalised) continue;
        step_parameter(step, &b->normalise.gain);
        step_parameter(step, &b->normalise.shift);
    }
}

int facet_network_visit(struct facet_network *net, void *context,
                        int (*visit)(void *context, const char *name, const char *tensor,
                                     struct facet_parameter *parameter))
{
    int code = FACET_OK;
    for (size_t i = 0; i < net->stage_count && code == FACET_OK; i++) {
        struct facet_stage *s = &net->stages[i];
        code = visit(context, s->name, "weight", &s->weight);
        if (code == FACET_OK) code = visit(context, s->name, "bias", &s->bias);
    }
    for (size_t i = 0; i < net->branch_count && code == FACET_OK; i++) {
        struct facet_branch *b = &net->branches[i];
        char name[80];
        code = visit(context, b->fc.name, "weight", &b->fc.weight);
        if (code == FACET_OK) code = visit(context, b->fc.name, "bias", &b->fc.bias);
        if (code == FACET_OK)
            code = visit(context, b->identity.name, "weight", &b->identity.weight);
        if (code == FACET_OK) code = visit(context, b->identity.name, "bias", &b->identity.bias);
        if (!net->normalised) continue;
        snprintf(name, sizeof name, "%s_normalise", b->fc.name);
        if (code == FACET_OK) code = visit(context, name, "weight", &b->normalise.gain);
        if (code == FACET_OK) code = visit(context, name, "bias", &b->normalise.shift);
        snprintf(name, sizeof name, "%s_running", b->fc.name);
        if (code == FACET_OK) code = visit(context, name, "weight", &b->normalise.mean);
        if (code == FACET_OK) code = visit(context, name, "bias", &b->normalise.variance);
    }
    return code;
}
