#include "identify/tables.h"

#include <math.h>
#include <stdlib.h>

enum { STEPS = 20 }; /* rows of dir.tsv for a factor of ten */

#define WHAT                                                                                       \
    {"protocol", "string", "1",                                                                    \
     "tables: gallery and probes as listed; lfw_closed, lfw_open: drawn as Best-Rowden et al. "    \
     "(2014) do; conditions: of two folders"},                                                     \
        {"layer", "string", "1", "layer, or several joined by +, whose values were compared"},     \
        {"features", "string", "1",                                                                \
         "original: of the image alone; mirror_sum: summed with those of its mirror image; "       \
         "mirror_concat: both, one behind the other"},                                             \
    {                                                                                              \
        "metric", "string", "1",                                                                   \
            "cosine, euclidean, hamming (of the neurons above the threshold), joint_bayesian"      \
    }

#define INTERVAL                                                                                   \
    "95 % percentile interval: bootstrap over the people who have probes, gallery, impostors and " \
    "threshold held"

static const struct facet_column identification_columns[] = {
    WHAT,
    {"people", "integer", "people", "people in the gallery"},
    {"gallery", "integer", "images", "images in the gallery"},
    {"probes", "integer", "images", "probes of people in the gallery"},
    {"impostors", "integer", "images", "probes of others"},
    {"rank1", "real", "1",
     "share of the probes of people in the gallery whose own person has the highest score, a "
     "person's score being that of the most alike gallery image; ties count against it"},
    {"rank1_ci_low", "real", "1", "lower end of the " INTERVAL},
    {"rank1_ci_high", "real", "1", "upper end"},
    {"dir_at_far_0.01", "real", "1",
     "detection and identification rate (Grother and Phillips 2004): share of the probes of people "
     "in the gallery at rank 1 and above the threshold; NA without impostors"},
    {"dir_ci_low", "real", "1", "lower end of the " INTERVAL},
    {"dir_ci_high", "real", "1", "upper end"},
    {"threshold_at_far_0.01", "real", "score",
     "lowest impostor score (-inf: below all) that at most 1 % of the impostors are above"},
};

static const struct facet_column cmc_columns[] = {
    WHAT,
    {"rank", "integer", "1", "from 1 to the number of people in the gallery"},
    {"share", "real", "1",
     "cumulative match characteristic: share of the probes of people in the gallery with this rank "
     "or a better one"},
};

static const struct facet_column dir_columns[] = {
    WHAT,
    {"far", "real", "1", "false alarm rate: share of the impostors above the threshold, at most"},
    {"threshold", "real", "score", "as in identification.tsv"},
    {"rate", "real", "1", "detection and identification rate there"},
};

#define COUNT(columns) (sizeof(columns) / sizeof(columns)[0])

int facet_identify_tables_new(struct facet_identify_tables *t, const char *folder)
{
    *t = (struct facet_identify_tables){0};
    int code = facet_table_new_in(&t->identification, folder, "identification", "Identification",
                                  identification_columns, COUNT(identification_columns));
    if (code == FACET_OK)
        code = facet_table_new_in(&t->cmc, folder, "cmc", "Cumulative match characteristic",
                                  cmc_columns, COUNT(cmc_columns));
    if (code == FACET_OK)
        code = facet_table_new_in(&t->dir, folder, "dir",
                                  "Detection and identification rate over false alarm rates",
                                  dir_columns, COUNT(dir_columns));
    return code;
}

static void put_what(struct facet_table *table, const char *protocol,
                     const struct facet_identify_line *line)
{
    facet_table_text(table, protocol);
    facet_table_text(table, line->layer);
    facet_table_text(table, facet_combine_name(line->combine));
    facet_table_text(table, facet_comparison_name(line->metric));
}

static void put_estimate(struct facet_table *table, const struct facet_estimate *e)
{
    facet_table_real(table, e->estimate);
    facet_table_real(table, e->low);
    facet_table_real(table, e->high);
}

/* False alarm rates from one impostor, evenly on a logarithmic axis, to all. */
static void put_dir(struct facet_table *table, const char *protocol,
                    const struct facet_identify_line *line, const struct facet_ranking *ranks)
{
    if (ranks->impostors == 0) return;
    const int last = (int)ceil(STEPS * log10((double)ranks->impostors));
    for (int i = last; i >= 0; i--) {
        const double far = pow(10, -(double)i / STEPS);
        double threshold;
        const double rate = facet_ranking_dir(ranks, far, &threshold);
        put_what(table, protocol, line);
        facet_table_real(table, far);
        facet_table_real(table, threshold);
        facet_table_real(table, rate);
    }
}

void facet_identify_tables_line(struct facet_identify_tables *t, const char *protocol,
                                const struct facet_identify_line *line,
                                const struct facet_ranking *ranks)
{
    struct facet_table *table = t->identification;
    put_what(table, protocol, line);
    facet_table_int(table, (int64_t)ranks->set->people);
    facet_table_int(table, (int64_t)ranks->set->gallery_count);
    facet_table_int(table, (int64_t)ranks->genuine);
    facet_table_int(table, (int64_t)ranks->impostors);
    put_estimate(table, &line->rank1);
    put_estimate(table, &line->dir);
    facet_table_real(table, line->threshold);
    for (size_t rank = 1; rank <= ranks->set->people; rank++) {
        put_what(t->cmc, protocol, line);
        facet_table_int(t->cmc, (int64_t)rank);
        facet_table_real(t->cmc, facet_ranking_cmc(ranks, rank));
    }
    put_dir(t->dir, protocol, line, ranks);
}

int facet_identify_tables_commit(struct facet_identify_tables *t,
                                 const struct facet_provenance *run)
{
    int code = facet_table_commit(&t->identification, run);
    if (code == FACET_OK) code = facet_table_commit(&t->cmc, run);
    if (code == FACET_OK) code = facet_table_commit(&t->dir, run);
    return code;
}

void facet_identify_tables_free(struct facet_identify_tables *t)
{
    facet_table_free(&t->identification);
    facet_table_free(&t->cmc);
    facet_table_free(&t->dir);
}
