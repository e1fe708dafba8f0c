#include "dump/network.h"

static int new_run(const void *context, size_t views, void **run)
{
    const struct facet_network *n = context;
    struct facet_run *made = NULL;
    int code = facet_run_new(&made, n->net, n->tensors, n->count, views);
    if (code == FACET_OK) *run = made;
    return code;
}

static void free_run(void *run)
{
    struct facet_run *r = run;
    facet_run_free(&r);
}

static void forward(void *run, size_t views, const float *input, const double *landmarks,
                    float *const *outputs)
{
    (void)landmarks;
    facet_run_forward(run, views, input, outputs);
}

static double memory(const void *context, size_t views, int runs)
{
    const struct facet_network *n = context;
    return facet_net_packed_bytes(n->net, n->tensors, n->count) +
           runs * facet_run_memory(n->net, n->tensors, n->count, views);
}

static size_t step_count(const void *run)
{
    return facet_run_step_count(run);
}

static struct facet_run_step step(const void *run, size_t step)
{
    return facet_run_step(run, step);
}

void facet_network_compute(const struct facet_network *network, struct facet_compute *compute)
{
    *compute = (struct facet_compute){
        .name = "network",
        .layers = network->layers,
        .layer_count = network->count,
        .context = network,
        .new_run = new_run,
        .free_run = free_run,
        .forward = forward,
        .memory = memory,
        .step_count = step_count,
        .step = step,
    };
}
