/* What bounds layers with weights of their own in each region: bench-net-local SECONDS.
 *
 * DeepID2+'s conv3 and conv4 take images 1 to 64 at a time, on one and two threads, and in turns
 * with that their packed weights are only read, which is what the memory or the cache they come
 * from gives. Prints lines split by tabs: layer, images, threads, the shortest of many passes in
 * us, the same of reading, multiplications an image, bytes of weights. Threads take images of their
 * own and share the weights, as in facet-dump; a pass begins when all are ready. */
#include "base/clones.h"
#include "base/cpu.h"
#include "base/error.h"
#include "base/parse.h"
#include "kernels/convolve.h"

#include <omp.h>
#include <stdio.h>
#include <stdlib.h>

enum { LAYERS = 2, MOST = 64, THREADS = 2 };

typedef float wide __attribute__((vector_size(64)));

struct layer {
    const char *name;
    struct facet_convolution c;
    float *weight;
    size_t bytes;
};

/* One thread's images. */
struct images {
    float *input, *out, *scratch;
};

struct shortest {
    double computing, reading;
};

FACET_CLONES
static void read_weights(const float *from, size_t bytes, float *sum)
{
    const wide *at = (const wide *)from;
    wide sums[8] = {{0}};
    for (size_t i = 0; i < bytes / sizeof sums; i++, at += 8)
        for (size_t k = 0; k < 8; k++) sums[k] += at[k];
    for (size_t k = 0; k < 8; k++) *sum += sums[k][0];
}

static int new_layer(struct layer *l, const struct facet_kernels *k, const char *name,
                     struct facet_conv conv)
{
    l->name = name;
    l->c = (struct facet_convolution){.conv = conv, .way = facet_convolve_way(&conv), .relu = 1};
    const size_t count = facet_convolve_weights(&l->c);
    const size_t regions = conv.regions_y * conv.regions_x;
    float *plain = facet_alloc(regions * facet_conv_weights(&conv), sizeof *plain, "weights");
    float *bias = facet_alloc(regions * conv.out_c, sizeof *bias, "biases");
    l->weight = facet_alloc(count, sizeof *l->weight, "packed weights");
    if (plain == NULL || bias == NULL || l->weight == NULL) return FACET_ENOMEM;
    for (size_t i = 0; i < regions * facet_conv_weights(&conv); i++)
        plain[i] = (float)(i % 17) / 17 - 0.5f;
    facet_convolve_pack(k, &l->c, plain, l->weight);
    free(plain);
    l->bytes = count * sizeof *l->weight;
    l->c.weight = l->weight;
    l->c.bias = bias; /* both live to the end */
    return FACET_OK;
}

static int new_images(struct images *m, const struct layer *l)
{
    const size_t values = MOST * facet_conv_inputs(&l->c.conv);
    m->input = facet_alloc(values, sizeof *m->input, "input");
    m->out = facet_alloc(MOST * facet_conv_outputs(&l->c.conv), sizeof *m->out, "output");
    m->scratch = facet_alloc(facet_convolve_scratch(&l->c, MOST), sizeof *m->scratch, "scratch");
    if (m->input == NULL || m->out == NULL || m->scratch == NULL) return FACET_ENOMEM;
    for (size_t i = 0; i < values; i++) m->input[i] = (float)(i % 13) / 13;
    return FACET_OK;
}

static void keep(double *shortest, double seconds)
{
    if (*shortest == 0 || seconds < *shortest) *shortest = seconds;
}

/* All threads, until the time is over on the first. */
static void measure(const struct facet_kernels *k, const struct layer *layers,
                    struct images images[THREADS][LAYERS], size_t count, int threads,
                    double seconds, struct shortest found[THREADS][LAYERS])
{
    const double until = facet_cpu_seconds() + seconds;
    int over = 0;
#pragma omp parallel num_threads(threads)
    while (!over) {
        const int me = omp_get_thread_num();
        float sum = 0;
        for (int l = 0; l < 2 * LAYERS; l++) {
            const struct layer *layer = &layers[l % LAYERS];
            const struct images *m = &images[me][l % LAYERS];
            struct shortest *best = &found[me][l % LAYERS];
#pragma omp barrier
            const double begun = facet_cpu_seconds();
            if (l < LAYERS)
                facet_convolve(k, &layer->c, count, m->input, m->out, m->scratch);
            else
                read_weights(layer->weight, layer->bytes, &sum);
            keep(l < LAYERS ? &best->computing : &best->reading, facet_cpu_seconds() - begun);
        }
        images[me][0].out[0] = sum; /* so that it is not left out */
#pragma omp barrier
#pragma omp master
        over = facet_cpu_seconds() >= until;
#pragma omp barrier
    }
}

static void print(const struct layer *l, size_t count, int threads, int which,
                  struct shortest found[THREADS][LAYERS])
{
    struct shortest mean = {0};
    for (int t = 0; t < threads; t++) {
        mean.computing += found[t][which].computing / threads;
        mean.reading += found[t][which].reading / threads;
    }
    printf("%s\t%zu\t%d\t%.2f\t%.2f\t%.0f\t%zu\n", l->name, count, threads, 1e6 * mean.computing,
           1e6 * mean.reading, facet_convolve_multiplications(&l->c), l->bytes);
    fflush(stdout);
}

int main(int argc, char **argv)
{
    const struct facet_kernels *k;
    struct layer layers[LAYERS];
    struct images images[THREADS][LAYERS];
    double seconds;
    if (argc != 2) return 2;
    int code = facet_parse_real("SECONDS", argv[1], 0, 60, &seconds);
    if (code == FACET_OK) code = facet_kernels_choose(NULL, &k);
    if (code == FACET_OK)
        code = new_layer(&layers[0], k, "conv3",
                         facet_conv_regions(facet_conv_shape(128, 12, 10, 128, 3, 3), 2, 2));
    if (code == FACET_OK)
        code = new_layer(&layers[1], k, "conv4",
                         facet_conv_regions(facet_conv_shape(128, 5, 4, 128, 2, 2), 1, 1));
    for (int i = 0; code == FACET_OK && i < THREADS * LAYERS; i++)
        code = new_images(&images[i / LAYERS][i % LAYERS], &layers[i % LAYERS]);
    if (code < 0) {
        fprintf(stderr, "bench-net-local: %s\n", facet_error_message());
        return 1;
    }
    for (size_t count = 1; count <= MOST; count *= 2)
        for (int threads = 1; threads <= THREADS; threads++) {
            struct shortest found[THREADS][LAYERS] = {{{0}}};
            measure(k, layers, images, count, threads, seconds, found);
            for (int l = 0; l < LAYERS; l++) print(&layers[l], count, threads, l, found);
        }
    return 0;
}
