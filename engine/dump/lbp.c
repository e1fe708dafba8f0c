#include "dump/lbp.h"

#include "base/cpu.h"
#include "dump/views.h"

#include <stdlib.h>
#include <string.h>

enum { PATTERNS, HISTOGRAMS, STEPS };

struct run {
    const struct facet_lbp *lbp;
    void *scratch;
    double seconds[STEPS];
};

static void free_run(void *run)
{
    struct run *r = run;
    if (r == NULL) return;
    free(r->scratch);
    free(r);
}

static int new_run(const void *context, size_t views, void **run)
{
    (void)views;
    struct run *r = facet_alloc(1, sizeof *r, "LBP");
    if (r == NULL) return FACET_ENOMEM;
    r->lbp = context;
    r->scratch = facet_alloc(1, facet_lbp_scratch(r->lbp), "LBP");
    if (r->scratch == NULL) {
        free_run(r);
        return FACET_ENOMEM;
    }
    *run = r;
    return FACET_OK;
}

static void forward(void *run, size_t views, const float *input, const double *landmarks,
                    float *const *outputs)
{
    struct run *r = run;
    struct facet_preprocess face;
    facet_lbp_preprocess(&face);
    const size_t pixels = (size_t)face.width * (size_t)face.height;
    for (size_t v = 0; v < views; v++) {
        const double begun = facet_cpu_seconds();
        facet_lbp_patterns(r->lbp, input + v * pixels, r->scratch);
        const double middle = facet_cpu_seconds();
        facet_lbp_count(r->lbp, r->scratch,
                        landmarks != NULL ? landmarks + v * 2 * FACET_LANDMARKS : NULL,
                        outputs[0] + v * facet_lbp_values(r->lbp));
        r->seconds[PATTERNS] += middle - begun;
        r->seconds[HISTOGRAMS] += facet_cpu_seconds() - middle;
    }
}

static double memory(const void *context, size_t views, int runs)
{
    (void)views;
    return runs * (double)facet_lbp_scratch(context);
}

static size_t step_count(const void *run)
{
    (void)run;
    return STEPS;
}

static struct facet_run_step step(const void *run, size_t step)
{
    static const char *const names[STEPS] = {"patterns", "histograms"};
    static const char *const ways[STEPS] = {"pyramid, 3x3 ring", "cells of patches"};
    struct facet_run_step s = {.way = ways[step],
                               .seconds = ((const struct run *)run)->seconds[step]};
    strcpy(s.name, names[step]);
    return s;
}

void facet_dump_lbp(const struct facet_lbp *lbp, int landmarks, struct facet_acts_layer *layer,
                    struct facet_compute *compute)
{
    const size_t values = facet_lbp_values(lbp);
    *layer = (struct facet_acts_layer){
        .name = "lbp", .rank = 1, .dims = {values, 1, 1}, .neurons = values};
    *compute = (struct facet_compute){
        .name = "LBP",
        .layers = layer,
        .layer_count = 1,
        .landmarks = landmarks,
        .context = lbp,
        .new_run = new_run,
        .free_run = free_run,
        .forward = forward,
        .memory = memory,
        .step_count = step_count,
        .step = step,
    };
}
