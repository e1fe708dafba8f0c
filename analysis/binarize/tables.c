#include "binarize/tables.h"

#include <math.h>

#include <stdlib.h>

#define LAYER                                                                                      \
    {                                                                                              \
        "layer", "string", "1", "layer, or several joined by +"                                    \
    }
#define INTERVAL                                                                                   \
    {"ci_low", "real", "1",                                                                        \
     "lower end of the 95 % percentile interval: bootstrap over people, a pair weighted by the "   \
     "product of its two people's draws (Owen 2007), thresholds held"},                            \
    {                                                                                              \
        "ci_high", "real", "1", "upper end"                                                        \
    }
#define ESTIMATE                                                                                   \
    {                                                                                              \
        "estimate", "real", "1",                                                                   \
            "verification accuracy: mean over folds, each at the threshold on the scores that is " \
            "best on the other folds; NA where Joint Bayesian cannot be fitted to the bits"        \
    }

static const struct facet_column table4_columns[] = {
    {"values", "string", "1",
     "real: activations; binary: 1 where one is above its neuron's threshold, 0 elsewhere "
     "(--rule)"},
    {"classifier", "string", "1",
     "joint_bayesian (fitted to training images with the same kind of values), hamming, cosine, "
     "euclidean"},
    {"networks", "integer", "files",
     "activation files whose values were taken together; 1: the first file alone"},
    LAYER,
    {"n", "integer", "pairs", "pairs that were compared"},
    ESTIMATE,
    {"sd", "real", "1", "standard deviation over folds, divisor folds - 1"},
    {"se", "real", "1", "sd / sqrt(folds)"},
    INTERVAL,
};

static const struct facet_column threshold_columns[] = {
    LAYER,
    {"rule", "string", "1",
     "value: the same threshold for all neurons; median: each neuron's own median over the "
     "training "
     "images (without --train-acts over the images in the pairs); trained: the one of the value "
     "rows, the lowest of equals, that is best for Hamming distance on pairs of training people: "
     "up to 10,000 pairs of one person and as many of two, drawn by the seed"},
    {"threshold", "real", "activation", "a neuron is on above it; NA: each has its own"},
    {"active_share", "real", "1", "share of the bits that are on, over the images in the pairs"},
    {"classifier", "string", "1", "hamming; joint_bayesian (fitted to training images as bits)"},
    {"n", "integer", "pairs", "pairs that were compared"},
    ESTIMATE,
    INTERVAL,
};

static const struct facet_column length_columns[] = {
    LAYER,
    {"choice", "string", "1",
     "all: all bits; informative: chosen one after the other on the training images, always the "
     "one "
     "with which the sum of gaps is greatest in units of the standard deviation of the Hamming "
     "distance of two images; a bit's gap is P(differs on two images of two people) - P(differs on "
     "two images of one person) (Shakhnarovich, Viola and Darrell 2003); random: drawn by the "
     "seed, shorter choices parts of longer ones"},
    {"bits", "integer", "1", "length of the code"},
    {"repeats", "integer", "1", "choices that were made: 1, or the random ones"},
    {"classifier", "string", "1",
     "hamming; joint_bayesian (fitted to training images as bits), not for random bits, each "
     "choice "
     "of which would need a fit of its own"},
    {"estimate", "real", "1",
     "verification accuracy as in table4; of random bits the mean over repeats"},
    {"sd", "real", "1", "standard deviation over folds; of random bits over repeats"},
    {"ci_low", "real", "1",
     "lower end of the 95 % percentile interval as in table4; NA for random bits"},
    {"ci_high", "real", "1", "upper end"},
};

static const struct facet_column bit_columns[] = {
    LAYER,
    {"neuron", "integer", "1",
     "index among the features, from 0: layer after layer, each of the image, then of its mirror "
     "image where both are taken"},
    {"threshold", "real", "activation", "it is on above it"},
    {"share_on", "real", "1", "share of the images in the pairs on which it is on"},
    {"entropy_bits", "real", "bit", "-p log2 p - (1 - p) log2 (1 - p) with p = share_on"},
};

static const struct facet_column correlation_columns[] = {
    LAYER,
    {"bin_left", "real", "1",
     "left edge, in the bin: Pearson's correlation of two bits over the images in the pairs (phi "
     "coefficient)"},
    {"bin_right", "real", "1", "right edge, outside but for the last bin"},
    {"count", "integer", "pairs of bits",
     "pairs of different bits; those that are the same on all images are left out (settings: "
     "constant_bits)"},
};

static const struct facet_column storage_columns[] = {
    LAYER,
    {"code", "string", "1",
     "float32: activations; float16: rounded to half precision; bits: packed, eight to a byte"},
    {"bytes_per_face", "integer", "byte",
     "of the values of one image, without anything around them"},
    {"seconds_per_million", "real", "s",
     "seconds for a million comparisons in this run on one thread: 16 faces with up to 1,024 "
     "others "
     "at a time, for at least 0.2 s, inner products of float32 or Hamming distances of bits by the "
     "kernels of this machine (settings: kernels); differs from run to run; NA for float16, which "
     "is widened to float32 before it is compared"},
    {"accuracy", "real", "1",
     "verification accuracy as in table4: cosine for floats, Hamming for bits; NA where a value is "
     "too large for float16"},
};

static const struct facet_column distance_columns[] = {
    LAYER,
    {"distance", "integer", "bits", "Hamming distance of two images' codes; all that occur"},
    {"within", "integer", "pairs", "pairs of images of one person that lie so far apart"},
    {"between", "integer", "pairs", "pairs of images of two people"},
};

static const struct facet_column nearest_columns[] = {
    LAYER,
    {"images", "integer", "images", "images in the pairs, all of which are searched"},
    {"probes", "integer", "images", "those of them that have another image of their person"},
    {"right", "integer", "images",
     "those of which the nearest other image, by Hamming distance, is of their person; of equally "
     "near ones the first in the file counts"},
    {"share", "real", "1", "right among probes; NA without any"},
};

#define COUNT(columns) (sizeof(columns) / sizeof(columns)[0])
#define TABLE(name, title, columns)                                                                \
    {                                                                                              \
        name, title, columns, COUNT(columns)                                                       \
    }

static const struct facet_table_kind kinds[TABLES] = {
    TABLE("table4", "Verification by real and binary values", table4_columns),
    TABLE("thresholds", "Verification by bits at other thresholds", threshold_columns),
    TABLE("lengths", "Verification by some of the bits", length_columns),
    TABLE("bits", "Every bit", bit_columns),
    TABLE("correlation", "Correlation of pairs of bits", correlation_columns),
    TABLE("storage", "Size and speed of codes", storage_columns),
    TABLE("distances", "How far apart codes of one person and of two lie", distance_columns),
    TABLE("nearest", "Whose code is nearest", nearest_columns),
};

int tables_new(struct binarize_tables *t, const char *folder)
{
    return facet_tables_new(t->table, folder, kinds, TABLES);
}

int tables_commit(struct binarize_tables *t, const struct facet_provenance *run)
{
    return facet_tables_commit(t->table, TABLES, run);
}

void tables_free(struct binarize_tables *t)
{
    facet_tables_free(t->table, TABLES);
}

static void put_interval(struct facet_table *table, const struct facet_estimate *e)
{
    facet_table_real(table, e->low);
    facet_table_real(table, e->high);
}

void tables_table4(struct binarize_tables *t, const struct facet_binarize_line *line, size_t pairs)
{
    struct facet_table *table = t->table[TABLE_TABLE4];
    facet_table_text(table, line->binary ? "binary" : "real");
    facet_table_text(table, facet_comparison_name(line->classifier));
    facet_table_int(table, (int64_t)line->networks);
    facet_table_text(table, line->layer);
    facet_table_int(table, (int64_t)pairs);
    facet_table_real(table, line->result.accuracy.estimate);
    facet_table_real(table, line->result.sd);
    facet_table_real(table, line->result.standard_error);
    put_interval(table, &line->result.accuracy);
}

void tables_threshold(struct binarize_tables *t, const char *layer, const char *rule,
                      double threshold, double active_share, enum facet_comparison classifier,
                      size_t pairs, const struct facet_estimate *accuracy)
{
    struct facet_table *table = t->table[TABLE_THRESHOLDS];
    facet_table_text(table, layer);
    facet_table_text(table, rule);
    facet_table_real(table, threshold);
    facet_table_real(table, active_share);
    facet_table_text(table, facet_comparison_name(classifier));
    facet_table_int(table, (int64_t)pairs);
    facet_table_real(table, accuracy->estimate);
    put_interval(table, accuracy);
}

void tables_length(struct binarize_tables *t, const char *layer, const char *choice, size_t bits,
                   size_t repeats, enum facet_comparison classifier,
                   const struct facet_estimate *accuracy, double sd)
{
    struct facet_table *table = t->table[TABLE_LENGTHS];
    facet_table_text(table, layer);
    facet_table_text(table, choice);
    facet_table_int(table, (int64_t)bits);
    facet_table_int(table, (int64_t)repeats);
    facet_table_text(table, facet_comparison_name(classifier));
    facet_table_real(table, accuracy->estimate);
    facet_table_real(table, sd);
    put_interval(table, accuracy);
}

void tables_bit(struct binarize_tables *t, const char *layer, size_t neuron, double threshold,
                double share_on, double entropy)
{
    struct facet_table *table = t->table[TABLE_BITS];
    facet_table_text(table, layer);
    facet_table_int(table, (int64_t)neuron);
    facet_table_real(table, threshold);
    facet_table_real(table, share_on);
    facet_table_real(table, entropy);
}

void tables_correlation(struct binarize_tables *t, const char *layer, double left, double right,
                        uint64_t count)
{
    struct facet_table *table = t->table[TABLE_CORRELATION];
    facet_table_text(table, layer);
    facet_table_real(table, left);
    facet_table_real(table, right);
    facet_table_int(table, (int64_t)count);
}

void tables_storage(struct binarize_tables *t, const char *layer, const char *code, size_t bytes,
                    double seconds, double accuracy)
{
    struct facet_table *table = t->table[TABLE_STORAGE];
    facet_table_text(table, layer);
    facet_table_text(table, code);
    facet_table_int(table, (int64_t)bytes);
    facet_table_real(table, seconds);
    facet_table_real(table, accuracy);
}

void tables_distance(struct binarize_tables *t, const char *layer, size_t distance, uint64_t within,
                     uint64_t between)
{
    struct facet_table *table = t->table[TABLE_DISTANCES];
    facet_table_text(table, layer);
    facet_table_int(table, (int64_t)distance);
    facet_table_int(table, (int64_t)within);
    facet_table_int(table, (int64_t)between);
}

void tables_nearest(struct binarize_tables *t, const char *layer, size_t images, size_t probes,
                    size_t right)
{
    struct facet_table *table = t->table[TABLE_NEAREST];
    facet_table_text(table, layer);
    facet_table_int(table, (int64_t)images);
    facet_table_int(table, (int64_t)probes);
    facet_table_int(table, (int64_t)right);
    facet_table_real(table, probes > 0 ? (double)right / (double)probes : NAN);
}
