#include "train/full.h"

#include "base/error.h"

#include <stdlib.h>
#include <string.h>

/* Inputs a block: of the sum over inputs, of the way back, of the step, of the Gram matrix. */
enum { SUM_BLOCK = 512, BACK_BLOCK = 96, STEP_BLOCK = 128, GRAM_BLOCK = 4096 };
enum { PANEL = FACET_FULL_PANEL, PANEL_PAIR = 2 };

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

static size_t blocks(size_t count, size_t size)
{
    return (count + size - 1) / size;
}

/* A block of `size` inputs at most: never parts of two sources. */
struct block {
    const struct facet_full_source *source;
    size_t at, count; /* within the source */
    size_t in;        /* its first input */
};

static size_t block_count(const struct facet_full *f, size_t size)
{
    size_t count = 0;
    for (int i = 0; i < f->source_count; i++) count += blocks(f->sources[i].values, size);
    return count;
}

static struct block find_block(const struct facet_full *f, size_t size, size_t index)
{
    struct block b = {.source = f->sources};
    while (index >= blocks(b.source->values, size)) {
        index -= blocks(b.source->values, size);
        b.in += b.source++->values;
    }
    b.at = index * size;
    b.count = least(size, b.source->values - b.at);
    b.in += b.at;
    return b;
}

int facet_full_new(struct facet_full *f, size_t batch)
{
    f->padded = blocks(f->out, PANEL) * PANEL;
    f->share = f->in > FACET_FULL_INPUTS ? FACET_FULL_INPUTS / (double)f->in : 1;
    if (facet_parameter_new(&f->weight, f->padded * f->in, 1, 0) < 0 ||
        facet_parameter_new(&f->bias, f->padded, 0, 1) < 0)
        return FACET_ENOMEM;
    f->output = facet_alloc(batch, f->padded * sizeof(float), f->name);
    f->gradient = facet_alloc(batch, f->padded * sizeof(float), f->name);
    f->turned = facet_alloc(batch, f->padded * sizeof(float), f->name);
    f->follow = facet_alloc(block_count(f, STEP_BLOCK), f->padded * sizeof(float), f->name);
    f->gram = facet_alloc(block_count(f, GRAM_BLOCK) + 1, batch * batch * sizeof(float), f->name);
    return f->follow == NULL || f->output == NULL || f->gradient == NULL || f->turned == NULL ||
                   f->gram == NULL
               ? FACET_ENOMEM
               : FACET_OK;
}

void facet_full_free(struct facet_full *f)
{
    facet_parameter_free(&f->weight);
    facet_parameter_free(&f->bias);
    free(f->output);
    free(f->gradient);
    free(f->turned);
    free(f->follow);
    free(f->gram);
}

double facet_full_memory(const struct facet_full *f, size_t batch)
{
    return 2 * (double)f->weight.count +
           (double)(3 + block_count(f, STEP_BLOCK)) * (double)f->bias.count +
           (double)batch *
               (3 * (double)f->padded + (double)(block_count(f, GRAM_BLOCK) + 1) * (double)batch);
}

size_t facet_full_scratch(size_t batch)
{
    size_t back = BACK_BLOCK * batch, step = STEP_BLOCK * (batch + PANEL);
    return back > step ? back : step;
}

/* A few panels of the output. */
static void forward(struct facet_full *f, const struct facet_crew *crew, size_t n, size_t panel,
                    size_t panels)
{
    for (size_t i = 0; i < n; i++)
        memcpy(f->output + i * f->padded + panel * PANEL, f->bias.value + panel * PANEL,
               panels * PANEL * sizeof(float));
    for (size_t b = 0; b < block_count(f, SUM_BLOCK); b++) {
        const struct block block = find_block(f, SUM_BLOCK, b);
        const struct facet_product p = {.rows = n,
                                        .columns = PANEL,
                                        .segments = 1,
                                        .inner = block.count,
                                        .a_row = block.source->values,
                                        .a_inner = 1,
                                        .b_row = PANEL,
                                        .c_row = f->padded,
                                        .add = 1};
        for (size_t q = panel; q < panel + panels; q++)
            crew->kernels->product(&p, block.source->input + block.at,
                                   f->weight.value + (q * f->in + block.in) * PANEL,
                                   f->output + q * PANEL);
    }
}

void facet_full_forward(struct facet_full *f, const struct facet_crew *crew, size_t n)
{
    const size_t panels = f->padded / PANEL;
#pragma omp parallel for schedule(dynamic, 1) num_threads(crew->threads)
    for (size_t q = 0; q < panels; q += PANEL_PAIR)
        forward(f, crew, n, q, least(PANEL_PAIR, panels - q));
}

/* The gradient of a block of inputs. */
static void backward(const struct facet_full *f, const struct facet_crew *crew, size_t n, size_t b)
{
    const struct block block = find_block(f, BACK_BLOCK, b);
    struct facet_product p = {.rows = block.count,
                              .columns = n,
                              .segments = 1,
                              .inner = PANEL,
                              .a_row = PANEL,
                              .a_inner = 1,
                              .b_row = n,
                              .c_row = n};
    float *inputs = facet_crew_scratch(crew), *gradient = block.source->gradient;
    if (gradient == NULL) return;
    for (size_t q = 0; q < f->padded / PANEL; q++, p.add = 1)
        crew->kernels->product(&p, f->weight.value + (q * f->in + block.in) * PANEL,
                               f->turned + q * PANEL * n, inputs);
    for (size_t i = 0; i < n; i++) {
        float *to = gradient + i * block.source->values + block.at;
        for (size_t k = 0; k < block.count; k++)
            to[k] = (block.source->add ? to[k] : 0) + inputs[k * n + i];
    }
}

void facet_full_backward(struct facet_full *f, const struct facet_crew *crew, size_t n)
{
    memset(f->bias.gradient, 0, f->padded * sizeof(float));
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < f->padded; j++) {
            f->turned[j * n + i] = f->gradient[i * f->padded + j];
            f->bias.gradient[j] += f->gradient[i * f->padded + j];
        }
#pragma omp parallel for schedule(dynamic, 4) num_threads(crew->threads)
    for (size_t b = 0; b < block_count(f, BACK_BLOCK); b++) backward(f, crew, n, b);
}

/* out (n, n) = rows' products with each other; rows (n, count), `stride` floats apart. */
static void gram(const struct facet_crew *crew, size_t n, size_t count, size_t stride,
                 const float *rows, float *out)
{
    float *turned = facet_crew_scratch(crew);
    struct facet_product p = {.rows = n,
                              .columns = n,
                              .segments = 1,
                              .a_row = stride,
                              .a_inner = 1,
                              .b_row = n,
                              .c_row = n};
    for (size_t at = 0; at < count; at += STEP_BLOCK, p.add = 1) {
        p.inner = least(STEP_BLOCK, count - at);
        for (size_t i = 0; i < n; i++)
            for (size_t k = 0; k < p.inner; k++) turned[k * n + i] = rows[i * stride + at + k];
        crew->kernels->product(&p, rows + at, turned, out);
    }
}

/* Sum over i, j of the products of the rows of X, less `share` (0 or 1) of their mean, from their
 * products as they are, with those of the gradient. */
static double centred_product(size_t n, const float *inputs, const float *gradients, double share)
{
    double all = 0, norm = 0;
    for (size_t i = 0; i < n * n; i++) all += (double)inputs[i] / (double)(n * n);
    for (size_t i = 0; i < n; i++) {
        double row = 0, gradient = 0;
        for (size_t j = 0; j < n; j++) {
            row += (double)inputs[i * n + j] / (double)n;
            gradient += (double)gradients[i * n + j];
            norm += (double)inputs[i * n + j] * (double)gradients[i * n + j];
        }
        norm += share * (all - 2 * row) * gradient;
    }
    return norm;
}

double facet_full_norm(struct facet_full *f, const struct facet_crew *crew, size_t n)
{
    const size_t count = block_count(f, GRAM_BLOCK);
    float *of_gradient = f->gram + count * n * n;
    double norm = 0;
#pragma omp parallel for schedule(dynamic, 1) num_threads(crew->threads)
    for (size_t b = 0; b < count; b++) {
        const struct block block = find_block(f, GRAM_BLOCK, b);
        gram(crew, n, block.count, block.source->values, block.source->input + block.at,
             f->gram + b * n * n);
    }
    gram(crew, n, f->padded, f->padded, f->gradient, of_gradient);
    for (size_t b = 1; b < count; b++)
        for (size_t i = 0; i < n * n; i++) f->gram[i] += f->gram[b * n * n + i];
    norm = centred_product(n, f->gram, of_gradient, crew->plain ? 0 : 1);
    for (size_t j = 0; j < f->padded; j++)
        norm += (double)f->bias.gradient[j] * (double)f->bias.gradient[j];
    return norm;
}

/* inputs (n, STEP_BLOCK): a block of the rows, less `share` of their mean. */
static void centre(const float *rows, size_t n, size_t stride, size_t count, float share,
                   float *inputs, float *mean)
{
    memset(mean, 0, STEP_BLOCK * sizeof *mean);
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < count; k++) mean[k] += rows[i * stride + k];
    for (size_t k = 0; k < count; k++) mean[k] *= share / (float)n;
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < count; k++)
            inputs[i * STEP_BLOCK + k] = rows[i * stride + k] - mean[k];
}

/* A block of inputs: gradient and step of all their weights. */
static void step_block(struct facet_full *f, const struct facet_crew *crew, size_t n, size_t b,
                       const struct facet_step *step)
{
    const struct block block = find_block(f, STEP_BLOCK, b);
    const struct facet_product p = {.rows = block.count,
                                    .columns = PANEL,
                                    .segments = 1,
                                    .inner = n,
                                    .a_row = 1,
                                    .a_inner = STEP_BLOCK,
                                    .b_row = f->padded,
                                    .c_row = PANEL};
    float *inputs = facet_crew_scratch(crew), *gradient = inputs + STEP_BLOCK * n;
    float *follow = f->follow + b * f->padded, mean[STEP_BLOCK];
    centre(block.source->input + block.at, n, block.source->values, block.count,
           crew->plain ? 0 : 1, inputs, mean);
    memset(follow, 0, f->padded * sizeof *follow);
    for (size_t q = 0; q < f->padded / PANEL; q++) {
        const size_t at = (q * f->in + block.in) * PANEL;
        crew->kernels->product(&p, inputs, f->gradient + q * PANEL, gradient);
        facet_parameter_step(step, 1, block.count * PANEL, f->weight.value + at,
                             f->weight.velocity + at, gradient);
        for (size_t k = 0; k < block.count; k++)
            for (size_t j = 0; j < PANEL; j++)
                follow[q * PANEL + j] += mean[k] * f->weight.velocity[at + k * PANEL + j];
    }
}

void facet_full_step(struct facet_full *f, const struct facet_crew *crew, size_t n,
                     const struct facet_step *whole)
{
    struct facet_step shared = *whole, *step = &shared;
    shared.rate *= f->share;
    shared.decay /= f->share;
#pragma omp parallel for schedule(dynamic, 4) num_threads(crew->threads)
    for (size_t b = 0; b < block_count(f, STEP_BLOCK); b++) step_block(f, crew, n, b, step);
    facet_parameter_step(whole, 0, f->padded, f->bias.value, f->bias.velocity, f->bias.gradient);
    for (size_t b = 0; b < block_count(f, STEP_BLOCK); b++)
        for (size_t j = 0; j < f->padded; j++)
            f->bias.value[j] += (float)step->rate * f->follow[b * f->padded + j];
}
