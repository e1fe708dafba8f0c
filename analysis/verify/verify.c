#include "verify/verify.h"

#include "base/scratch.h"
#include "compare/trials.h"
#include "verify/tables.h"

#include <stdlib.h>

/* Everything a run holds. */
struct verify {
    const struct facet_verify_options *o;
    struct facet_session *session;
    struct facet_trials *trials;
    double *scores; /* of each pair, by the line at hand */
    struct facet_verify_tables tables;
    struct facet_verify_report *report;
};

/* ---- one layer and metric ---- */

static int judge(struct verify *v, struct facet_verify_line *line)
{
    const struct facet_verify_options *o = v->o;
    struct facet_roc *roc = NULL;
    const struct facet_verification_intervals how = {.replicates = o->replicates,
                                                     .level = 0.95,
                                                     .seed = o->seed,
                                                     .threads = o->compare.threads,
                                                     .curve = &roc};
    int code = facet_trials_judge(v->trials, v->scores, o->disjoint, &how, &line->result);
    if (code == FACET_OK) facet_verify_tables_line(&v->tables, line, v->trials->protocol, roc);
    facet_roc_free(&roc);
    return code;
}

static const char *name_of(void *context, uint32_t of)
{
    const struct verify *v = context;
    size_t count;
    return facet_acts_image(v->session->files[0], *facet_trials_rows(v->trials, &of, &count));
}

static int visit(void *context, const struct facet_session_line *what,
                 const struct facet_compare *compare)
{
    struct verify *v = context;
    struct facet_verify_line *line = &v->report->lines[v->report->line_count];
    *line = (struct facet_verify_line){
        .layer = facet_strdup(what->layer), .combine = what->combine, .metric = what->metric};
    if (line->layer == NULL) return FACET_ENOMEM;
    v->report->line_count++;
    facet_trials_score(v->trials, compare, v->o->compare.threads, v->scores);
    int code = judge(v, line);
    if (code == FACET_OK && v->o->scores)
        facet_verify_tables_scores(&v->tables, line, v->trials->protocol, v->scores, name_of, v);
    return code;
}

/* ---- all of it ---- */

static int set_up(struct verify *v, struct facet_provenance *run)
{
    const struct facet_verify_options *o = v->o;
    const struct facet_protocol_options how = {
        .allow_missing = o->allow_missing, .frames = o->frames, .seed = o->seed};
    int code = facet_session_new(&v->session, &o->compare, run);
    if (code == FACET_OK) code = facet_trials_new(&v->trials, v->session, o->pairs, &how, NULL);
    if (code < 0) return code;
    const struct facet_protocol *p = v->trials->protocol;
    v->report->pairs = p->count;
    v->report->folds = p->folds;
    v->report->listed = p->listed;
    v->report->missing = p->missing_count;
    v->report->images = v->session->image_count;
    v->scores = facet_scratch_alloc(p->count, sizeof *v->scores, "scores");
    v->report->lines =
        facet_alloc(facet_session_lines(v->session), sizeof *v->report->lines, "results");
    if (v->scores == NULL || v->report->lines == NULL) return FACET_ENOMEM;
    return facet_verify_tables_new(&v->tables, v->o->compare.folder, v->o->scores);
}

int facet_verify_run(const struct facet_verify_options *options, struct facet_provenance *run,
                     struct facet_verify_report *report)
{
    struct verify v = {.o = options, .report = report};
    *report = (struct facet_verify_report){0};
    int code = set_up(&v, run);
    if (code == FACET_OK) code = facet_session_run(v.session, visit, &v);
    if (code == FACET_OK) code = facet_verify_tables_commit(&v.tables, run);
    facet_verify_tables_free(&v.tables);
    facet_trials_free(&v.trials);
    facet_session_free(&v.session);
    facet_scratch_free(v.scores);
    return code;
}

void facet_verify_free(struct facet_verify_report *report)
{
    for (size_t i = 0; i < report->line_count; i++) free(report->lines[i].layer);
    free(report->lines);
    *report = (struct facet_verify_report){0};
}
