#include "verify/verify.h"

#include "protocol/pairs.h"
#include "verify/tables.h"

#include <stdlib.h>

/* Everything a run holds. */
struct verify {
    const struct facet_verify_options *o;
    struct facet_session *session;
    struct facet_protocol *protocol;
    double *scores; /* of each pair, by the line at hand */
    struct facet_verify_tables tables;
    struct facet_verify_report *report;
};

/* ---- the pairs ---- */

static int read_protocol(struct verify *v)
{
    const struct facet_verify_options *o = v->o;
    const struct facet_protocol_options how = {
        .allow_missing = o->allow_missing, .frames = o->frames, .seed = o->seed};
    struct facet_protocol_images images;
    facet_session_images(v->session, &images);
    int code = facet_protocol_read(&v->protocol, o->pairs, &images, &how);
    if (code == FACET_OK) code = facet_provenance_input(v->session->run, o->pairs);
    return code;
}

/* Images behind side `of` of a pair: one, or those of a group. */
static const uint32_t *rows_of(const struct facet_protocol *p, const uint32_t *of, size_t *count)
{
    *count = p->groups > 0 ? p->start[*of + 1] - p->start[*of] : 1;
    return p->groups > 0 ? p->rows + p->start[*of] : of;
}

static int need_images(struct verify *v)
{
    const struct facet_protocol *p = v->protocol;
    uint8_t *used = facet_alloc(facet_acts_images(v->session->files[0]), 1, "images");
    if (used == NULL) return FACET_ENOMEM;
    for (size_t k = 0; k < 2 * p->count; k++) {
        size_t count;
        const uint32_t *rows =
            rows_of(p, k < p->count ? &p->first[k] : &p->second[k - p->count], &count);
        for (size_t i = 0; i < count; i++) used[rows[i]] = 1;
    }
    int code = facet_session_need(v->session, used);
    free(used);
    return code;
}

/* Score of each pair; of two groups the mean over pairs of their images. */
static void score_pairs(const struct verify *v, const struct facet_compare *c)
{
    const struct facet_protocol *p = v->protocol;
    const uint32_t *place = v->session->place;
#pragma omp parallel for schedule(dynamic, 256) num_threads(v->o->compare.threads)
    for (size_t k = 0; k < p->count; k++) {
        size_t n, m;
        const uint32_t *a = rows_of(p, &p->first[k], &n), *b = rows_of(p, &p->second[k], &m);
        double sum = 0;
        for (size_t i = 0; i < n; i++)
            for (size_t j = 0; j < m; j++) sum += facet_compare_score(c, place[a[i]], place[b[j]]);
        v->scores[k] = sum / (double)(n * m);
    }
}

/* ---- one layer and metric ---- */

static int judge(struct verify *v, struct facet_verify_line *line)
{
    const struct facet_verify_options *o = v->o;
    const struct facet_protocol *p = v->protocol;
    size_t people;
    const int32_t *identity =
        p->groups > 0 ? p->group_identity : facet_acts_identities(v->session->files[0], &people);
    const struct facet_verification_pairs pairs = {.count = p->count,
                                                   .folds = p->folds,
                                                   .scores = v->scores,
                                                   .same = p->same,
                                                   .fold = p->fold,
                                                   .first = p->first,
                                                   .second = p->second,
                                                   .identity = identity,
                                                   .disjoint = o->disjoint};
    const struct facet_verification_intervals how = {identity != NULL ? o->replicates : 0, 0.95,
                                                     o->seed, o->compare.threads};
    struct facet_roc *roc = NULL;
    int code = facet_verification_run(&pairs, &how, &line->result);
    if (code == FACET_OK) code = facet_roc_new(&roc, v->scores, p->same, p->count);
    if (code == FACET_OK) facet_verify_tables_line(&v->tables, line, p, roc);
    facet_roc_free(&roc);
    return code;
}

static const char *name_of(void *context, uint32_t of)
{
    const struct verify *v = context;
    size_t count;
    return facet_acts_image(v->session->files[0], *rows_of(v->protocol, &of, &count));
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
    score_pairs(v, compare);
    int code = judge(v, line);
    if (code == FACET_OK && v->o->scores)
        facet_verify_tables_scores(&v->tables, line, v->protocol, v->scores, name_of, v);
    return code;
}

/* ---- all of it ---- */

static int set_up(struct verify *v, struct facet_provenance *run)
{
    int code = facet_session_new(&v->session, &v->o->compare, run);
    if (code == FACET_OK) code = read_protocol(v);
    if (code == FACET_OK) code = need_images(v);
    if (code < 0) return code;
    v->report->pairs = v->protocol->count;
    v->report->folds = v->protocol->folds;
    v->report->listed = v->protocol->listed;
    v->report->missing = v->protocol->missing_count;
    v->report->images = v->session->image_count;
    v->scores = facet_alloc(v->protocol->count, sizeof *v->scores, "scores");
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
    facet_protocol_free(&v.protocol);
    facet_session_free(&v.session);
    free(v.scores);
    return code;
}

void facet_verify_free(struct facet_verify_report *report)
{
    for (size_t i = 0; i < report->line_count; i++) free(report->lines[i].layer);
    free(report->lines);
    *report = (struct facet_verify_report){0};
}
