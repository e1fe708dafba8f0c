/* binarize/subject: what a run of facet-binarize holds, and a layer at hand: read into memory, its
 * thresholds chosen, judged on the pairs. */
#ifndef FACET_BINARIZE_SUBJECT_H
#define FACET_BINARIZE_SUBJECT_H

#include "binarize/binarize.h"
#include "binarize/judge.h"
#include "binarize/tables.h"
#include "store/codes.h"

/* Everything a run holds. */
struct binarize_session {
    const struct facet_binarize_options *o;
    struct facet_provenance *run;
    struct facet_session *session;
    struct facet_trials *trials;
    struct facet_verification_intervals intervals;
    struct facet_verification_draws *draws; /* of them */
    struct facet_codes_writer *codes;
    struct binarize_tables tables;
    struct facet_binarize_report *report;
};

/* A layer of one or several files, in memory. */
struct subject {
    struct binarize_session *s;
    const char *layer;
    size_t networks, width;
    float *x;                       /* (images in pairs, width) */
    struct facet_trainees *trained; /* NULL without */
    struct judge_data data;         /* these, as they are judged */
    double scale;                   /* what the thresholds of the sweep are multiples of */
    double best;                    /* threshold of the sweep, NaN without trained */
    float *medians, *thresholds;    /* (width) the latter those of the rule */
    uint32_t *all;                  /* (width) 0, 1, 2, .. */
    struct judge_questions bits;    /* what is to be known of them */
};

/* By enum facet_binarize_rule. */
extern const char *const facet_binarize_rules[FACET_RULES];

void binarize_say(const struct binarize_session *s, const char *message);

/* Reads a layer of `networks` files, which the caller has set with s and layer, and chooses what
 * doesn't need the pairs. */
int subject_read(struct subject *u);
void subject_free(struct subject *u);

/* The same threshold for all bits: thresholds (width); number k of the sweep. */
void subject_set_all(const struct subject *u, double threshold, float *thresholds);
double subject_sweep_value(const struct subject *u, size_t k);

/* Everything that is judged on pairs, to the tables table4, thresholds and lengths; of several
 * networks together only to table4 (binarize/accuracy.c). */
int subject_judge(struct subject *u);

#endif
