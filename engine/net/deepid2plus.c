#include "net/deepid2plus.h"

#include "base/rng.h"

#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { LAYERS = 11, MAX_SIDE = 4096, MAX_UNITS = 65536 };

static const int kernel_sizes[4] = {4, 3, 3, 2};

struct facet_deepid2plus facet_deepid2plus_default(void)
{
    return (struct facet_deepid2plus){.height = 55,
                                      .width = 47,
                                      .channels = 3,
                                      .maps = {128, 128, 128, 128},
                                      .widths = {512, 512, 512, 512},
                                      .seed = 1};
}

static int check(const struct facet_deepid2plus *s)
{
    int height = s->height, width = s->width;
    for (int i = 0; i < 4; i++) {
        if (s->maps[i] < 1 || s->maps[i] > MAX_UNITS)
            return facet_fail(FACET_EINVAL, "conv%d: %d maps, expected 1 to %d", i + 1, s->maps[i],
                              MAX_UNITS);
        if (s->widths[i] < 1 || s->widths[i] > MAX_UNITS)
            return facet_fail(FACET_EINVAL, "fc%d: %d neurons, expected 1 to %d", i + 1,
                              s->widths[i], MAX_UNITS);
        height -= kernel_sizes[i] - 1;
        width -= kernel_sizes[i] - 1;
        int least = i < 3 ? 2 : 1; /* pooling takes two */
        if (height < least || width < least || s->height > MAX_SIDE || s->width > MAX_SIDE)
            return facet_fail(FACET_EINVAL,
                              "an input of %d x %d doesn't suit the network: expected 31 x 31 to "
                              "%d x %d",
                              s->height, s->width, MAX_SIDE, MAX_SIDE);
        if (i < 3) {
            height /= 2;
            width /= 2;
        }
    }
    if (s->channels != 1 && s->channels != 3)
        return facet_fail(FACET_EINVAL, "%d channels, expected 1 or 3", s->channels);
    return FACET_OK;
}

static void set_attribute(struct facet_model_layer *layer, const char *name, int64_t value)
{
    int i = layer->attribute_count++;
    snprintf(layer->attributes[i].name, sizeof layer->attributes[i].name, "%s", name);
    layer->attributes[i].value = value;
}

static struct facet_model_layer *add_layer(struct facet_model *model, const char *kind,
                                           const char *name, int number, const char *input)
{
    struct facet_model_layer *layer = &model->layers[model->layer_count++];
    snprintf(layer->name, sizeof layer->name, "%s%d", name, number);
    snprintf(layer->kind, sizeof layer->kind, "%s", kind);
    snprintf(layer->inputs[layer->input_count++], sizeof layer->inputs[0], "%s", input);
    return layer;
}

/* weight of the last `rank` entries of dims; the last `fan` of them feed one output. bias has the
 * dimensions before those. */
static int draw(struct facet_model_layer *layer, uint64_t seed, int rank, const size_t *dims,
                int fan)
{
    size_t count = 1, inputs = 1, outputs = 1;
    for (int i = 0; i < rank; i++) count *= dims[i];
    for (int i = rank - fan; i < rank; i++) inputs *= dims[i];
    outputs = count / inputs;
    layer->weight.rank = rank;
    memcpy(layer->weight.dims, dims, (size_t)rank * sizeof *dims);
    layer->bias.rank = rank - fan;
    memcpy(layer->bias.dims, dims, (size_t)(rank - fan) * sizeof *dims);
    layer->weight.values = facet_alloc(count, sizeof(float), layer->name);
    layer->bias.values = facet_alloc(outputs, sizeof(float), layer->name);
    gsl_rng *rng = facet_rng_new(seed, facet_rng_stream(layer->name));
    int code = FACET_OK;
    if (layer->weight.values == NULL || layer->bias.values == NULL || rng == NULL)
        code = facet_fail(FACET_ENOMEM, "%s: no memory for %zu weights", layer->name, count);
    double sigma = sqrt(2.0 / (double)inputs);
    for (size_t i = 0; code == FACET_OK && i < count; i++)
        layer->weight.values[i] = (float)gsl_ran_gaussian_ziggurat(rng, sigma);
    gsl_rng_free(rng);
    set_attribute(layer, "relu", 1);
    return code;
}

/* Shape (c, h, w) of what the trunk has given so far. */
struct shape {
    size_t c, h, w;
};

/* Convolution number `i` from 0. conv3 has weights of its own in 2x2 regions, conv4 everywhere. */
static int add_convolution(struct facet_model *model, const struct facet_deepid2plus *spec, int i,
                           struct shape *at)
{
    const size_t k = (size_t)kernel_sizes[i], maps = (size_t)spec->maps[i];
    const size_t region = i == 2 ? 2 : 1;
    char input[16] = "input";
    if (i > 0) snprintf(input, sizeof input, "pool%d", i);
    struct facet_model_layer *layer =
        add_layer(model, i < 2 ? "convolution" : "local_convolution", "conv", i + 1, input);
    const size_t channels = at->c;
    *at = (struct shape){maps, at->h - k + 1, at->w - k + 1};
    const size_t dims[6] = {
        (at->h + region - 1) / region, (at->w + region - 1) / region, maps, channels, k, k};
    if (i < 2) return draw(layer, spec->seed, 4, dims + 2, 3);
    set_attribute(layer, "region_h", (int64_t)region);
    set_attribute(layer, "region_w", (int64_t)region);
    return draw(layer, spec->seed, 6, dims, 3);
}

static int build(struct facet_model *model, const struct facet_deepid2plus *spec)
{
    struct shape at = {(size_t)spec->channels, (size_t)spec->height, (size_t)spec->width};
    for (int i = 0; i < 4; i++) {
        int code = add_convolution(model, spec, i, &at);
        if (code < 0) return code;
        char input[16];
        snprintf(input, sizeof input, "conv%d", i + 1);
        size_t before = 0; /* values of pool3, where fc4 sees it */
        if (i < 3) {
            add_layer(model, "max_pool", "pool", i + 1, input);
            snprintf(input, sizeof input, "pool%d", i + 1);
            at.h /= 2;
            at.w /= 2;
        }
        struct facet_model_layer *layer =
            add_layer(model, "fully_connected", "fc", i + 1,
                      i == 3 && spec->fc4_sees_pool3 ? "pool3" : input);
        if (i == 3 && spec->fc4_sees_pool3) {
            snprintf(layer->inputs[layer->input_count++], sizeof layer->inputs[0], "%s", input);
            size_t k = (size_t)kernel_sizes[3] - 1;
            before = (size_t)spec->maps[2] * (at.h + k) * (at.w + k);
        }
        const size_t dims[2] = {(size_t)spec->widths[i], before + at.c * at.h * at.w};
        code = draw(layer, spec->seed, 2, dims, 1);
        if (code < 0) return code;
    }
    return FACET_OK;
}

int facet_deepid2plus_new(struct facet_model **model, const struct facet_deepid2plus *spec)
{
    int code = check(spec);
    if (code < 0) return code;
    struct facet_model *m = facet_alloc(1, sizeof *m, "model");
    if (m == NULL) return FACET_ENOMEM;
    snprintf(m->name, sizeof m->name, "deepid2plus");
    m->seed = spec->seed;
    facet_preprocess_default(&m->preprocess, spec->width, spec->height, spec->channels);
    m->layers = facet_alloc(LAYERS, sizeof *m->layers, "layers");
    code = m->layers == NULL ? FACET_ENOMEM : build(m, spec);
    if (code < 0)
        facet_model_free(&m);
    else
        *model = m;
    return code;
}
