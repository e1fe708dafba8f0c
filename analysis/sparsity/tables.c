#include "sparsity/tables.h"

#include "base/file.h"

#include <math.h>
#include <stdlib.h>

#define LAYER                                                                                      \
    {                                                                                              \
        "layer", "string", "1", "layer's name in the activation file"                              \
    }
#define VIEW                                                                                       \
    {                                                                                              \
        "view", "string", "1", "what the network saw of the image: original, mirror, .."           \
    }
#define NEURON                                                                                     \
    {                                                                                              \
        "neuron", "integer", "1", "index in the layer, from 0, maps in C order"                    \
    }
#define NUMBER(of)                                                                                 \
    {                                                                                              \
        "n", "integer", "1", of                                                                    \
    }
#define INTERVAL                                                                                   \
    {"ci_low", "real", "as estimate",                                                              \
     "lower end of the 95 % percentile interval, bootstrap over identities (an image without "     \
     "identity is one of its own); NA where there are fewer than two or it is not computed"},      \
    {                                                                                              \
        "ci_high", "real", "as estimate", "upper end of that interval"                             \
    }
#define ESTIMATES(of, sd)                                                                          \
    {"n", "integer", "1", of}, {"estimate", "real", "as the measure", "estimate of the measure"},  \
        {"sd", "real", "as estimate", sd}, INTERVAL

static const struct facet_column images[] = {
    LAYER,
    VIEW,
    {"image", "string", "1", "image's path as in the manifest; missing images have no row"},
    {"identity", "string", "1", "who it shows, NA where unknown"},
    {"active", "integer", "neurons", "neurons whose activation is above the threshold"},
    {"active_share", "real", "1", "active / neurons of the layer"},
    {"treves_rolls", "real", "1",
     "(mean r)^2 / mean r^2 over the layer's n neurons, r as it is (Treves and Rolls 1991); NA "
     "where all are zero"},
    {"vinje_gallant", "real", "1",
     "(1 - treves_rolls) / (1 - 1/n) (Vinje and Gallant 2000); NA for zeros or n = 1"},
    {"hoyer", "real", "1",
     "(sqrt n - L1/L2) / (sqrt n - 1) of |r| (Hoyer 2004); NA for zeros or n = 1"},
    {"gini", "real", "1",
     "1 - 2 sum_k c_k / L1 (n - k + 1/2) / n, c = |r| ascending, k = 1..n (Hurley and Rickard "
     "2009); NA for zeros"},
    {"kurtosis", "real", "1",
     "m4 / m2^2 - 3 over neurons, population moments about the mean; NA where constant"},
};

static const struct facet_column neurons[] = {
    LAYER,
    VIEW,
    NEURON,
    NUMBER("images that are not missing"),
    {"images_active", "integer", "images", "images on which the neuron is above the threshold"},
    {"active_share", "real", "1", "images_active / n"},
    {"mean", "real", "activation", "mean over images"},
    {"sd", "real", "activation", "standard deviation over images, divisor n - 1"},
    {"min", "real", "activation", "least value"},
    {"q05", "real", "activation", "5 % quantile, exact, Hyndman and Fan's type 7"},
    {"q25", "real", "activation", "25 % quantile"},
    {"median", "real", "activation", "50 % quantile"},
    {"q75", "real", "activation", "75 % quantile"},
    {"q95", "real", "activation", "95 % quantile"},
    {"max", "real", "activation", "greatest value"},
    {"entropy_bits", "real", "bit", "-p log2 p - (1-p) log2 (1-p) of p = active_share"},
    {"treves_rolls", "real", "1",
     "lifetime sparseness: (mean r)^2 / mean r^2 over images; NA where all are zero"},
    {"dead", "boolean", "1", "1: active on no image"},
    {"always_on", "boolean", "1", "1: active on every image"},
    {"constant", "boolean", "1", "1: min = max"},
};

static const struct facet_column per_image[] = {
    LAYER,
    VIEW,
    {"bin_left", "integer", "neurons",
     "bin holds bin_left <= active neurons < bin_right, the last one bin_right too"},
    {"bin_right", "integer", "neurons",
     "at most 32 bins of one whole width; the last ends at the layer's width"},
    {"count", "integer", "images", "images with so many active neurons (Fig. 6, left)"},
};

static const struct facet_column per_neuron[] = {
    LAYER,
    VIEW,
    {"bin_left", "integer", "images",
     "bin holds bin_left <= images_active < bin_right, the last one bin_right too"},
    {"bin_right", "integer", "images",
     "at most 25 bins of one whole width; the last ends at the number of images"},
    {"count", "integer", "neurons", "neurons active on so many images (Fig. 6, right)"},
};

static const struct facet_column activations[] = {
    LAYER,
    VIEW,
    NEURON,
    {"bin_left", "real", "activation",
     "64 equal bins from the layer's least value (0 if none is negative) to its greatest; bins are "
     "[left, right), the last one closed"},
    {"bin_right", "real", "activation", "right edge"},
    {"count", "integer", "images", "images on which the neuron's activation is in the bin"},
};

static const struct facet_column thresholds[] = {
    LAYER,
    VIEW,
    {"threshold", "real", "activation", "active: above this"},
    {"relative", "real", "1",
     "threshold / scale; scale is the mean of the layer's values above zero in the file's first "
     "block of images (about 4,096), to two digits; NA where thresholds were given"},
    {"measure", "string", "1",
     "active_neurons_per_image (mean, sd over images), active_share (the same / neurons), "
     "images_per_neuron (mean, sd over neurons), entropy_bits (mean, sd over neurons of the "
     "entropy of active or not), dead_neurons, always_on_neurons (counts)"},
    ESTIMATES("images, or neurons, that it is a mean over", "standard deviation over the n"),
};

static const struct facet_column overlap[] = {
    LAYER,
    VIEW,
    {"relation", "string", "1",
     "within: two images of one identity; between: of two identities (an image without identity "
     "is one of its own)"},
    {"measure", "string", "1",
     "hamming: share of neurons active on just one of both images; jaccard: neurons active on "
     "both / on either, pairs without any active neuron left out"},
    {"possible_pairs", "real", "1", "how many pairs the file has"},
    NUMBER("pairs used: all, or a random sample without replacement (--pairs, --seed)"),
    {"estimate", "real", "1", "mean over pairs"},
    {"sd", "real", "1", "standard deviation over pairs, divisor n - 1"},
    {"ci_low", "real", "1",
     "lower end of the 95 % percentile interval, bootstrap over identities; a pair counts with the "
     "product of its identities' draws (Owen 2007)"},
    {"ci_high", "real", "1", "upper end"},
};

static const struct facet_column summary[] = {
    LAYER,
    VIEW,
    {"measure", "string", "1",
     "images, missing_images, identities; active_neurons_per_image, active_share, treves_rolls, "
     "vinje_gallant, hoyer, gini, kurtosis: mean and sd over images (see images.tsv); "
     "active_neurons_per_image_sd: that sd as an estimate; images_per_neuron, entropy_bits, "
     "lifetime_treves_rolls: mean and sd over neurons (see neurons.tsv); images_per_neuron_sd: "
     "that sd; dead_neurons, always_on_neurons, constant_neurons: counts. Replicates of "
     "images_per_neuron are scaled to the number of images. Intervals of images_per_neuron_sd and "
     "entropy_bits: the statistic is linearised in the neurons' active shares, and the "
     "linearisation is bootstrapped"},
    ESTIMATES("images, or neurons, that it is a mean over", "standard deviation over the n"),
};

#define DEFINITION(name, title, columns)                                                           \
    {                                                                                              \
        name, title, columns, sizeof columns / sizeof *columns                                     \
    }

static const struct {
    const char *name, *title;
    const struct facet_column *columns;
    size_t count;
} definitions[TABLES] = {
    [TABLE_IMAGES] = DEFINITION("images", "Sparsity of each image's activations", images),
    [TABLE_NEURONS] = DEFINITION("neurons", "Activity of each neuron over images", neurons),
    [TABLE_PER_IMAGE] =
        DEFINITION("active_neurons_per_image", "Histogram of active neurons per image", per_image),
    [TABLE_PER_NEURON] = DEFINITION("images_per_neuron",
                                    "Histogram of the images a neuron is active on", per_neuron),
    [TABLE_ACTIVATIONS] =
        DEFINITION("activation_histograms", "Histogram of each neuron's activation", activations),
    [TABLE_THRESHOLDS] = DEFINITION("thresholds", "Activity for a sweep of thresholds", thresholds),
    [TABLE_OVERLAP] =
        DEFINITION("overlap", "Overlap of active sets within and between identities", overlap),
    [TABLE_SUMMARY] = DEFINITION("summary", "Sparsity of each layer", summary),
};

int tables_new(struct tables *tables, const char *folder)
{
    int code = facet_file_mkdir(folder);
    *tables = (struct tables){0};
    for (int i = 0; code == FACET_OK && i < TABLES; i++)
        code =
            facet_table_new_in(&tables->table[i], folder, definitions[i].name, definitions[i].title,
                               definitions[i].columns, definitions[i].count);
    if (code < 0) tables_free(tables);
    return code;
}

int tables_commit(struct tables *tables, const struct facet_provenance *run)
{
    int code = FACET_OK;
    for (int i = 0; code == FACET_OK && i < TABLES; i++)
        code = facet_table_commit(&tables->table[i], run);
    tables_free(tables);
    return code;
}

void tables_free(struct tables *tables)
{
    for (int i = 0; i < TABLES; i++) facet_table_free(&tables->table[i]);
}

void tables_estimate(struct facet_table *table, const struct estimate *e)
{
    facet_table_int(table, (int64_t)e->n);
    facet_table_real(table, e->value);
    facet_table_real(table, e->sd);
    facet_table_real(table, e->low);
    facet_table_real(table, e->high);
}

void tables_histogram(struct facet_table *table, const char *layer, const char *view,
                      const uint64_t *counts, uint64_t step, uint64_t total)
{
    uint64_t bins = total <= step ? 1 : (total + step - 1) / step;
    for (uint64_t b = 0; b < bins; b++) {
        int last = b + 1 == bins;
        /* All of them are in the last bin too, also where another would begin at them. */
        uint64_t count = counts[b] + (last && total % step == 0 ? counts[bins] : 0);
        facet_table_text(table, layer);
        facet_table_text(table, view);
        facet_table_int(table, (int64_t)(b * step));
        facet_table_int(table, (int64_t)(last ? total : (b + 1) * step));
        facet_table_int(table, (int64_t)count);
    }
}
