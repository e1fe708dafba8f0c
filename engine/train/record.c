#include "train/record.h"

#include "base/file.h"
#include "train/log.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { PER_BRANCH = 4, BEFORE_BRANCHES = 7 }; /* columns of the losses */

struct facet_record {
    struct facet_log *losses, *validation;
    char *losses_path, *validation_path;
    const char *const *names;
    size_t branches;
    double *sums; /* of the losses' columns since their last row */
    uint64_t summed;
};

static size_t columns(const struct facet_record *r)
{
    return BEFORE_BRANCHES + PER_BRANCH * r->branches;
}

static int loss_columns(struct facet_record *s)
{
    static const struct facet_column first[BEFORE_BRANCHES] = {
        {"step", "integer", "1", "steps taken"},
        {"epoch", "real", "1",
         "passes over the training people's images: step times batch over "
         "their number"},
        {"images", "integer", "1", "images seen, each view counted"},
        {"images_per_second", "real", "1/s",
         "since the row before, checks and checkpoints left out"},
        {"learning_rate", "real", "1", "of the last step"},
        {"gradient_norm", "real", "1",
         "L2 norm over all parameters before clipping, mean over the "
         "steps since the row before"},
        {"loss", "real", "nat",
         "identification + verification_weight / 2 * verification, summed "
         "over layers, mean over those steps"},
    };
    static const struct facet_column branch[PER_BRANCH] = {
        {"identification", "real", "nat",
         "softmax cross-entropy over the training people, with "
         "dropout; mean over those steps"},
        {"verification", "real", "1",
         "half the mean of d^2/2 over genuine pairs plus half the mean "
         "of max(0, m - d)^2/2 over impostor pairs of a batch; mean "
         "over those steps"},
        {"margin", "real", "1", "m of the last step"},
        {"train_accuracy", "real", "1",
         "share of the training images whose person has the largest "
         "output, with dropout; mean over those steps"},
    };
    int code = facet_log_new(&s->losses, "Losses of a training", NULL, 0);
    for (size_t i = 0; i < BEFORE_BRANCHES && code == FACET_OK; i++)
        code = facet_log_column(s->losses, first[i].name, NULL, first[i].type, first[i].unit,
                                first[i].meaning);
    for (size_t i = 0; i < PER_BRANCH; i++)
        for (size_t b = 0; b < s->branches && code == FACET_OK; b++)
            code = facet_log_column(s->losses, branch[i].name, s->names[b], branch[i].type,
                                    branch[i].unit, branch[i].meaning);
    return code;
}

static int validation_columns(struct facet_record *s)
{
    static const struct facet_column columns[] = {
        {"step", "integer", "1", "steps taken"},
        {"epoch", "real", "1", "passes over the training people's images"},
        {"layer", "string", "1", "layer's name"},
        {"cosine_accuracy", "real", "1",
         "verification accuracy on pairs of held-out people by "
         "cosine distance, threshold from the other folds, mean "
         "over ten folds"},
        {"cosine_sd", "real", "1", "standard deviation over the folds"},
        {"euclidean_accuracy", "real", "1", "the same by Euclidean distance"},
        {"euclidean_sd", "real", "1", "standard deviation over the folds"},
        {"active_share", "real", "1", "share of neurons above zero, mean over the pairs' images"},
        {"active_sd", "real", "1", "standard deviation of that share over images"},
        {"dead", "integer", "1", "neurons above zero on none of these images"},
        {"always_on", "integer", "1", "neurons above zero on all of these images"},
    };
    int code = facet_log_new(&s->validation, "Checks on held-out people during a training",
                             s->names, s->branches);
    for (size_t i = 0; i < sizeof columns / sizeof *columns && code == FACET_OK; i++)
        code = facet_log_column(s->validation, columns[i].name, NULL, columns[i].type,
                                columns[i].unit, columns[i].meaning);
    return code;
}

int facet_record_new(struct facet_record **record, const char *folder, const char *const *names,
                     size_t branches)
{
    struct facet_record *r = facet_alloc(1, sizeof *r, "record");
    if (r == NULL) return FACET_ENOMEM;
    r->names = names;
    r->branches = branches;
    r->sums = facet_alloc(columns(r), sizeof *r->sums, "record");
    r->losses_path = facet_file_join(folder, "log.tsv");
    r->validation_path = facet_file_join(folder, "validation.tsv");
    int code = r->sums == NULL || r->losses_path == NULL || r->validation_path == NULL
                   ? FACET_ENOMEM
                   : FACET_OK;
    if (code == FACET_OK) code = loss_columns(r);
    if (code == FACET_OK) code = validation_columns(r);
    if (code < 0)
        facet_record_free(&r);
    else
        *record = r;
    return code;
}

void facet_record_free(struct facet_record **record)
{
    struct facet_record *r = *record;
    if (r == NULL) return;
    facet_log_free(&r->losses);
    facet_log_free(&r->validation);
    free(r->losses_path);
    free(r->validation_path);
    free(r->sums);
    free(r);
    *record = NULL;
}

void facet_record_step(struct facet_record *r, const struct facet_learn_report *report,
                       size_t batch, double rate)
{
    r->summed++;
    r->sums[4] = rate;
    r->sums[5] += report->norm;
    r->sums[6] += report->loss;
    for (size_t b = 0; b < r->branches; b++) {
        const struct facet_signal_report *signal = &report->branches[b];
        double *at = r->sums + BEFORE_BRANCHES + b;
        at[0] += signal->identification;
        at[r->branches] += signal->verification.loss;
        at[2 * r->branches] = signal->margin;
        at[3 * r->branches] += (double)signal->correct / (double)batch;
    }
}

int facet_record_losses(struct facet_record *r, const struct facet_record_place *place,
                        double seconds, const uint8_t *supervised, int verified,
                        const struct facet_provenance *run)
{
    const double steps = (double)r->summed;
    double *sums = r->sums;
    sums[0] = (double)place->step;
    sums[1] = place->epoch;
    sums[2] = (double)place->images;
    sums[3] = steps * (double)place->images / (double)place->step / seconds;
    sums[5] /= steps;
    sums[6] /= steps;
    for (size_t b = 0; b < r->branches; b++)
        for (size_t i = 0; i < PER_BRANCH; i++) {
            double *at = &sums[BEFORE_BRANCHES + i * r->branches + b];
            if (i != 2) *at /= steps;
            if (!supervised[b] || (i == 1 && !verified)) *at = NAN;
        }
    int code = facet_log_add(r->losses, sums);
    if (code == FACET_OK) code = facet_log_write(r->losses, r->losses_path, run);
    memset(sums, 0, columns(r) * sizeof *sums);
    r->summed = 0;
    return code;
}

int facet_record_check(struct facet_record *r, const struct facet_record_place *place,
                       const struct facet_check_result *checked, const struct facet_provenance *run)
{
    int code = FACET_OK;
    for (size_t b = 0; b < r->branches && code == FACET_OK; b++) {
        const struct facet_check_result *c = &checked[b];
        const double row[] = {(double)place->step, place->epoch,    (double)b,           c->cosine,
                              c->cosine_sd,        c->euclidean,    c->euclidean_sd,     c->active,
                              c->active_sd,        (double)c->dead, (double)c->always_on};
        code = facet_log_add(r->validation, row);
    }
    return code == FACET_OK ? facet_log_write(r->validation, r->validation_path, run) : code;
}

json_t *facet_record_state(const struct facet_record *r)
{
    json_t *sums = json_array();
    for (size_t i = 0; i < columns(r); i++)
        json_array_append_new(sums, isnan(r->sums[i]) ? json_null() : json_real(r->sums[i]));
    return json_pack("{s:I, s:o, s:I, s:I}", "summed", (json_int_t)r->summed, "sums", sums,
                     "losses", (json_int_t)facet_log_rows(r->losses), "validation",
                     (json_int_t)facet_log_rows(r->validation));
}

int facet_record_restore(struct facet_record *r, json_t *state, uint64_t step)
{
    int code = FACET_OK;
    r->summed = (uint64_t)json_integer_value(json_object_get(state, "summed"));
    for (size_t i = 0; i < columns(r); i++) {
        json_t *sum = json_array_get(json_object_get(state, "sums"), i);
        r->sums[i] = json_is_null(sum) ? NAN : json_number_value(sum);
    }
    if (json_integer_value(json_object_get(state, "losses")) > 0)
        code = facet_log_read(r->losses, r->losses_path, (double)step);
    if (code == FACET_OK && json_integer_value(json_object_get(state, "validation")) > 0)
        code = facet_log_read(r->validation, r->validation_path, (double)step);
    return code;
}
