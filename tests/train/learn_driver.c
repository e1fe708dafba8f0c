/* Takes steps of training on raw batches and writes everything that another implementation needs to
 * take the same steps and compare; or measures.
 *
 *     learn-driver MODEL.h5 KERNELS THREADS BATCH CLASSES STEPS INPUT.raw LABELS.raw FOLDER
 *         INPUT (STEPS, BATCH, h, w, c) float32, LABELS (STEPS, BATCH) int32. Settings are those
 *         below. FOLDER/identity.h5.. as written by write_state(): before the first step as
 *         state 0, after step k as state k + 1; FOLDER/mask_K_BRANCH.raw; a line a step on stdout:
 *         norm, and for each branch identification, verification and margin. KERNELS "best": the
 *         fastest that run here.
 *     learn-driver --time MODEL.h5 KERNELS THREADS BATCH CLASSES SECONDS
 *         prints images per second of whole steps: of wall time, and of the processor time of all
 *         threads.
 */
#include "base/cpu.h"
#include "base/file.h"
#include "base/parse.h"
#include "train/learn.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const struct facet_learning settings = {.seed = 3,
                                               .verification = 0.5,
                                               .verification_rise = 2,
                                               .dropout = 0.5,
                                               .momentum = 0.9,
                                               .decay = 5e-3,
                                               .clip = 2,
                                               .margin_every = 1,
                                               .margin_pairs = 64};
static const double rate = 0.05;

static int write_raw(const char *folder, const char *name, size_t step, const char *kind,
                     const float *values, size_t count)
{
    struct facet_file file;
    char *path = facet_format("%s/%s_%zu_%s.raw", folder, kind, step, name);
    int code = path == NULL ? FACET_ENOMEM : facet_file_begin(&file, path);
    free(path);
    if (code < 0) return code;
    fwrite(values, sizeof *values, count, file.stream);
    return facet_file_commit_lazily(&file);
}

static int read_raw(const char *path, void *values, size_t count)
{
    FILE *file = fopen(path, "rb");
    size_t got = file != NULL ? fread(values, 4, count, file) : 0;
    if (file != NULL) fclose(file);
    return got == count ? FACET_OK
                        : facet_fail(FACET_EIO, "%s: %zu values, expected %zu", path, got, count);
}

/* The identification layer as (classes, width). */
static int write_identity(const char *folder, size_t step, const char *kind,
                          const struct facet_branch *b)
{
    const struct facet_full *f = &b->identity;
    const float *from = strcmp(kind, "value") == 0 ? f->weight.value : f->weight.velocity;
    float *values = facet_alloc(f->out * b->fc.out, sizeof *values, "weights");
    if (values == NULL) return FACET_ENOMEM;
    for (size_t o = 0; o < f->out; o++)
        for (size_t i = 0; i < b->fc.out; i++)
            values[o * b->fc.out + i] = from[facet_full_place(f, o, i)];
    int code = write_raw(folder, f->name, step, kind, values, f->out * b->fc.out);
    char name[80];
    snprintf(name, sizeof name, "%s_bias", f->name);
    from = strcmp(kind, "value") == 0 ? f->bias.value : f->bias.velocity;
    if (code == FACET_OK) code = write_raw(folder, name, step, kind, from, f->out);
    free(values);
    return code;
}

static int swap(void *context, const char *name, const char *tensor, struct facet_parameter *p)
{
    (void)context, (void)name, (void)tensor;
    float *value = p->value;
    p->value = p->velocity;
    p->velocity = value;
    return FACET_OK;
}

/* The first weights of the identification layers are nearly nothing, and the gradients behind them
 * would be lost in rounding: larger ones for the test. */
static void enlarge_identities(struct facet_network *net)
{
    for (size_t i = 0; i < net->branch_count; i++) {
        struct facet_parameter *p = &net->branches[i].identity.weight;
        for (size_t j = 0; j < p->count; j++) p->value[j] *= 300;
    }
}

/* value_K.h5 and velocity_K.h5: the model with its weights, and with the velocities for weights. */
static int write_state(struct facet_network *net, struct facet_model *model,
                       const struct facet_provenance *run, const char *folder, size_t step)
{
    int code = FACET_OK;
    for (int i = 0; i < 2 && code == FACET_OK; i++) {
        const char *kind = i == 0 ? "value" : "velocity";
        char *path = facet_format("%s/%s_%zu.h5", folder, kind, step);
        facet_network_export(net, model);
        code = path == NULL ? FACET_ENOMEM : facet_model_write(model, path, 0, run);
        free(path);
        facet_network_visit(net, NULL, swap);
    }
    for (size_t i = 0; i < net->branch_count && code == FACET_OK; i++) {
        code = write_identity(folder, step, "value", &net->branches[i]);
        if (code == FACET_OK) code = write_identity(folder, step, "velocity", &net->branches[i]);
    }
    return code;
}

static int take_step(struct facet_learner *l, size_t step, const int32_t *labels,
                     const char *folder)
{
    struct facet_network *net = l->net;
    struct facet_learn_report report;
    int code = facet_learner_step(l, step, rate, net->batch, labels, &report);
    if (code < 0) return code;
    printf("%.9g", report.norm);
    for (size_t i = 0; i < net->branch_count && code == FACET_OK; i++) {
        const struct facet_signal_report *r = &report.branches[i];
        const struct facet_branch *b = &net->branches[i];
        printf(" %.9g %.9g %.9g", r->identification, r->verification.loss,
               isnan(r->margin) ? 0 : r->margin);
        code = write_raw(folder, b->fc.name, step, "mask", b->mask, net->batch * b->fc.padded);
    }
    printf("\n");
    return code;
}

static int learn(struct facet_network *net, struct facet_model *model, size_t steps, char **paths)
{
    const size_t values = net->batch * net->in_c * net->in_h * net->in_w;
    char *argv[] = {(char *)"learn-driver"};
    struct facet_provenance *run = NULL;
    struct facet_learner *learner = NULL;
    float *input = facet_alloc(steps, values * sizeof *input, "input");
    int32_t *labels = facet_alloc(steps, net->batch * sizeof *labels, "labels");
    int code = input == NULL || labels == NULL ? FACET_ENOMEM : FACET_OK;
    if (code == FACET_OK) code = read_raw(paths[0], input, steps * values);
    if (code == FACET_OK) code = read_raw(paths[1], labels, steps * net->batch);
    if (code == FACET_OK) code = facet_provenance_new(&run, "learn-driver", 1, argv);
    if (code == FACET_OK) code = facet_learner_new(&learner, net, &settings);
    enlarge_identities(net);
    if (code == FACET_OK) code = write_state(net, model, run, paths[2], 0);
    for (size_t k = 0; k < steps && code == FACET_OK; k++) {
        memcpy(net->input, input + k * values, values * sizeof *input);
        code = take_step(learner, k, labels + k * net->batch, paths[2]);
        if (code == FACET_OK) code = write_state(net, model, run, paths[2], k + 1);
    }
    facet_learner_free(&learner);
    facet_provenance_free(&run);
    free(input);
    free(labels);
    return code;
}

static int measure(struct facet_network *net, double seconds)
{
    const size_t n = net->batch;
    struct facet_learner *learner = NULL;
    struct facet_learn_report report;
    int32_t *labels = facet_alloc(n, sizeof *labels, "labels");
    int code = labels == NULL ? FACET_ENOMEM : facet_learner_new(&learner, net, &settings);
    for (size_t i = 0; i < n && code == FACET_OK; i++) labels[i] = (int32_t)(i / 4 % net->classes);
    for (size_t i = 0; i < n * net->in_c * net->in_h * net->in_w; i++)
        net->input[i] = (float)(rand() % 256) / 127.5f - 1;
    if (code == FACET_OK) code = facet_learner_step(learner, 0, 1e-6, n, labels, &report);
    double begun = facet_cpu_seconds(), spent;
    clock_t processor = clock();
    size_t done = 0;
    while (code == FACET_OK && facet_cpu_seconds() - begun < seconds) {
        code = facet_learner_step(learner, ++done, 1e-6, n, labels, &report);
    }
    spent = facet_cpu_seconds() - begun;
    if (code == FACET_OK)
        printf("%.1f %.1f\n", (double)(done * n) / spent,
               (double)(done * n) * CLOCKS_PER_SEC / (double)(clock() - processor));
    facet_learner_free(&learner);
    free(labels);
    return code;
}

int main(int argc, char **argv)
{
    const int timing = argc > 1 && strcmp(argv[1], "--time") == 0;
    char **a = argv + 1 + timing;
    const struct facet_kernels *kernels;
    struct facet_model *model = NULL;
    struct facet_network *net = NULL;
    if (argc != (timing ? 8 : 10)) return 2;
    int code = facet_model_read(&model, a[0]);
    if (code == FACET_OK)
        code = facet_kernels_choose(strcmp(a[1], "best") == 0 ? NULL : a[1], &kernels);
    if (code == FACET_OK)
        code = facet_network_new(&net, model, (size_t)atol(a[3]), (size_t)atol(a[4]), 7, 0, kernels,
                                 atoi(a[2]));
    if (code == FACET_OK)
        code = timing ? measure(net, atof(a[5])) : learn(net, model, (size_t)atol(a[5]), a + 6);
    if (code < 0) fprintf(stderr, "learn-driver: %s\n", facet_error_message());
    facet_network_free(&net);
    facet_model_free(&model);
    return code < 0;
}
