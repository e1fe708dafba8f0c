/* Images a second that store/activations writes: FC-1..FC-4 of 512, batches of 64, a watermark
 * every 5 s of the real writer left to the end. Usage: writer IMAGES OUT.h5 */
#include "base/cpu.h"
#include "base/parse.h"
#include "base/rng.h"
#include "store/activations.h"

#include <gsl/gsl_randist.h>
#include <stdio.h>
#include <stdlib.h>

enum { LAYERS = 4, WIDTH = 512, BATCH = 64 };

static int write_all(const struct facet_acts_spec *spec, const char *path, const float *values)
{
    struct facet_acts_writer *writer = NULL;
    const float *blocks[LAYERS] = {values, values, values, values};
    size_t done, images = spec->manifest->count;
    int code = facet_acts_create(&writer, path, spec, 0, &done);
    for (size_t row = 0; code == FACET_OK && row < images; row += BATCH)
        code = facet_acts_write(writer, images - row < BATCH ? images - row : BATCH, blocks, NULL);
    if (code == FACET_OK) return facet_acts_commit(&writer);
    facet_acts_close(&writer);
    return code;
}

static int fill(struct facet_acts_spec *spec, struct facet_manifest *list, int64_t images,
                struct facet_acts_layer *layers, char *const *argv)
{
    static struct facet_provenance *run;
    list->count = (size_t)images;
    list->images = facet_alloc(list->count, sizeof *list->images, "images");
    for (size_t i = 0; list->images != NULL && i < list->count; i++)
        list->images[i] = facet_format("person/%zu.jpg", i);
    for (int i = 0; i < LAYERS; i++) {
        layers[i] = (struct facet_acts_layer){.rank = 1, .dims = {WIDTH}, .neurons = WIDTH};
        snprintf(layers[i].name, sizeof layers[i].name, "fc%d", i + 1);
    }
    spec->run = run;
    int code = facet_provenance_new(&run, "bench", 3, argv);
    spec->run = run;
    return list->images == NULL ? FACET_ENOMEM : code;
}

int main(int argc, char **argv)
{
    static const char *const views[] = {"original"};
    int64_t images;
    if (argc != 3 || facet_parse_int("IMAGES", argv[1], 1, 10000000, &images) < 0) {
        fprintf(stderr, "Usage: writer IMAGES OUT.h5\n");
        return 2;
    }
    struct facet_manifest list = {.path = "bench"};
    struct facet_acts_layer layers[LAYERS];
    struct facet_preprocess preprocess;
    facet_preprocess_default(&preprocess, 47, 55, 3);
    struct facet_acts_spec spec = {
        .manifest = &list,
        .layers = layers,
        .layer_count = LAYERS,
        .views = views,
        .view_count = 1,
        .preprocess = &preprocess,
        .model_sha256 = "",
        .model_name = "bench",
        .kernels = "none",
    };
    float *values = facet_alloc(BATCH * WIDTH, sizeof *values, "values");
    gsl_rng *rng = facet_rng_new(1, 0);
    for (int i = 0; i < BATCH * WIDTH; i++) {
        double x = gsl_ran_gaussian_ziggurat(rng, 1);
        values[i] = x > 0 ? (float)x : 0;
    }
    int code = fill(&spec, &list, images, layers, argv);
    double begun = facet_cpu_seconds();
    if (code == FACET_OK) code = write_all(&spec, argv[2], values);
    double seconds = facet_cpu_seconds() - begun;
    if (code < 0)
        fprintf(stderr, "writer: %s\n", facet_error_message());
    else
        printf("%.6f\n", seconds);
    return code < 0;
}
