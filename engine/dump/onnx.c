#include "dump/onnx.h"

static int new_run(const void *context, size_t views, void **run)
{
    struct facet_onnx_run *made = NULL;
    int code = facet_onnx_run_new(&made, context, views);
    if (code == FACET_OK) *run = made;
    return code;
}

static void free_run(void *run)
{
    struct facet_onnx_run *r = run;
    facet_onnx_run_free(&r);
}

static void forward(void *run, size_t views, const float *input, const double *landmarks,
                    float *const *outputs)
{
    (void)landmarks;
    facet_onnx_run_forward(run, views, input, outputs);
}

static double memory(const void *context, size_t views, int runs)
{
    return facet_onnx_packed_bytes(context) + runs * facet_onnx_run_memory(context, views);
}

static size_t step_count(const void *run)
{
    return facet_onnx_run_step_count(run);
}

static struct facet_run_step step(const void *run, size_t step)
{
    return facet_onnx_run_step(run, step);
}

void facet_dump_onnx(const struct facet_onnx *onnx, const struct facet_acts_layer *layers,
                     size_t count, struct facet_compute *compute)
{
    *compute = (struct facet_compute){
        .name = "network",
        .layers = layers,
        .layer_count = count,
        .context = onnx,
        .new_run = new_run,
        .free_run = free_run,
        .forward = forward,
        .memory = memory,
        .step_count = step_count,
        .step = step,
    };
}
