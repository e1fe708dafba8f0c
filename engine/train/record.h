/* train/record: what a training writes down while it runs: log.tsv, a row of losses every so many
 * steps (means over them), and validation.tsv, a row a branch and check on held-out people. */
#ifndef FACET_TRAIN_RECORD_H
#define FACET_TRAIN_RECORD_H

#include "train/check.h"
#include "train/learn.h"

#include <jansson.h>

struct facet_record;

/* Where a training stands. */
struct facet_record_place {
    uint64_t step, images;
    double epoch;
};

/* names: [branches], must outlive the record. */
int facet_record_new(struct facet_record **record, const char *folder, const char *const *names,
                     size_t branches);
void facet_record_free(struct facet_record **record); /* NULL-safe */

/* A step's numbers join the next row. */
void facet_record_step(struct facet_record *record, const struct facet_learn_report *report,
                       size_t batch, double rate);
/* The row: of the steps since the last, which took `seconds`. What isn't supervised is NA, and so
 * is verification where there is none. */
int facet_record_losses(struct facet_record *record, const struct facet_record_place *place,
                        double seconds, const uint8_t *supervised, int verified,
                        const struct facet_provenance *run);
/* checked: [branches] */
int facet_record_check(struct facet_record *record, const struct facet_record_place *place,
                       const struct facet_check_result *checked,
                       const struct facet_provenance *run);

/* The steps that are in no row yet and how many rows the tables have, for a checkpoint; and back,
 * with the tables' rows up to `step`. */
json_t *facet_record_state(const struct facet_record *record);
int facet_record_restore(struct facet_record *record, json_t *state, uint64_t step);

#endif
