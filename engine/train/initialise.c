#include "train/initialise.h"

#include "net/net.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK = FACET_NET_BLOCK };

/* The units of a layer that share weights, and where an output (c, y, x) belongs. */
struct units {
    size_t count;
    size_t channels, height, width;       /* of the output */
    size_t region_h, region_w, regions_x; /* a plain convolution: one region */
};

static struct units find_units(const struct facet_model_layer *l,
                               const struct facet_acts_layer *out)
{
    const int map = out->rank == 3, local = strcmp(l->kind, "local_convolution") == 0;
    struct units u = {.channels = out->dims[0],
                      .height = map ? out->dims[1] : 1,
                      .width = map ? out->dims[2] : 1};
    u.region_h = local ? (size_t)facet_model_attribute(l, "region_h", 0) : u.height;
    u.region_w = local ? (size_t)facet_model_attribute(l, "region_w", 0) : u.width;
    u.regions_x = (u.width + u.region_w - 1) / u.region_w;
    u.count = (u.height + u.region_h - 1) / u.region_h * u.regions_x * u.channels;
    return u;
}

/* In the order of the layer's biases: (region y, region x, channel). */
static size_t unit_of(const struct units *u, size_t neuron)
{
    const size_t pixels = u->height * u->width, pixel = neuron % pixels;
    const size_t y = pixel / u->width, x = pixel % u->width;
    return (y / u->region_h * u->regions_x + x / u->region_w) * u->channels + neuron / pixels;
}

/* moments (count, 3): number, sum, sum of squares of each unit's values, over the images. */
static int measure(const struct facet_net *net, size_t tensor, const struct units *u, size_t n,
                   const float *images, double *moments)
{
    const struct facet_acts_layer *out = facet_net_tensor(net, tensor);
    const struct facet_preprocess *p = &facet_net_model(net)->preprocess;
    const size_t values = (size_t)p->channels * (size_t)p->height * (size_t)p->width;
    struct facet_run *run = NULL;
    float *sums = facet_alloc(BLOCK, out->neurons * sizeof *sums, "sums");
    int code = sums == NULL ? FACET_ENOMEM : facet_run_new(&run, net, &tensor, 1, BLOCK);
    for (size_t first = 0; first < n && code == FACET_OK; first += BLOCK) {
        const size_t rows = n - first < BLOCK ? n - first : BLOCK;
        facet_run_forward(run, rows, images + first * values, &sums);
        for (size_t i = 0; i < rows * out->neurons; i++) {
            double *m = moments + 3 * unit_of(u, i % out->neurons), value = sums[i];
            m[0] += 1;
            m[1] += value;
            m[2] += value * value;
        }
    }
    facet_run_free(&run);
    free(sums);
    return code;
}

/* Weights (units, taps) and biases (units): for a fully connected layer and a convolution a unit is
 * an output. */
static void rescale(struct facet_model_layer *l, const struct facet_first *first,
                    const struct units *u, const double *moments)
{
    const size_t taps = facet_tensor_count(&l->weight) / u->count;
    for (size_t i = 0; i < u->count; i++) {
        const double *m = moments + 3 * i, mean = m[1] / m[0];
        const double variance = m[2] / m[0] - mean * mean;
        const double scale = variance > 1e-12 * (1 + mean * mean) ? first->sd / sqrt(variance) : 1;
        float *weight = l->weight.values + i * taps;
        for (size_t t = 0; t < taps; t++) weight[t] = (float)(scale * (double)weight[t]);
        l->bias.values[i] = (float)(scale * ((double)l->bias.values[i] - mean) + first->mean);
    }
}

static int fit_layer(struct facet_net *net, const struct facet_kernels *kernels,
                     struct facet_model_layer *l, const struct facet_first *first, size_t n,
                     const float *images)
{
    static const struct facet_first convolution = {0, 1};
    char name[80];
    size_t tensor;
    snprintf(name, sizeof name, "%s%s", l->name,
             facet_model_attribute(l, "relu", 0) ? "_linear" : "");
    int code = facet_net_find(net, name, &tensor);
    if (code < 0) return code;
    const struct units u = find_units(l, facet_net_tensor(net, tensor));
    double *moments = facet_alloc(u.count, 3 * sizeof *moments, "moments");
    if (moments == NULL) return FACET_ENOMEM;
    code = facet_net_prepare(net, kernels, &tensor, 1);
    if (code == FACET_OK) code = measure(net, tensor, &u, n, images, moments);
    if (code == FACET_OK)
        rescale(l, strcmp(l->kind, "fully_connected") == 0 ? first : &convolution, &u, moments);
    free(moments);
    return code;
}

int facet_initialise(struct facet_model *model, const struct facet_kernels *kernels,
                     const struct facet_first *first, size_t n, const float *images)
{
    struct facet_net *net = NULL;
    int code = facet_net_new(&net, model);
    for (size_t i = 0; i < model->layer_count && code == FACET_OK; i++)
        if (model->layers[i].weight.rank > 0)
            code = fit_layer(net, kernels, &model->layers[i], first, n, images);
    facet_net_free(&net);
    return code;
}
