#include "identify/identify.h"

#include "identify/tables.h"
#include "stats/bootstrap.h"

#include <math.h>
#include <stdlib.h>

enum { PROBES = 256 }; /* whose scores are held together */

/* Everything a run holds. */
struct identify {
    const struct facet_identify_options *o;
    struct facet_session *session;
    struct facet_identification *set;
    double *scores; /* (PROBES, gallery) */
    struct facet_identify_tables tables;
    struct facet_identify_report *report;
};

static const char *const protocols[] = {"tables", "lfw_closed", "lfw_open", "conditions"};

const char *facet_identify_protocol_name(enum facet_identify_protocol protocol)
{
    return protocols[protocol];
}

/* ---- gallery and probes ---- */

static int draw(struct identify *v, const struct facet_protocol_images *images)
{
    struct facet_identification *closed = NULL, *open = NULL;
    int code = facet_identification_draw(&closed, &open, images, &v->o->draw);
    if (code < 0) return code;
    const int wants_open = v->o->protocol == FACET_IDENTIFY_LFW_OPEN;
    v->set = wants_open ? open : closed;
    facet_identification_free(wants_open ? &closed : &open);
    return FACET_OK;
}

static int choose(struct identify *v)
{
    const struct facet_identify_options *o = v->o;
    struct facet_protocol_images images;
    facet_session_images(v->session, &images);
    if (o->protocol == FACET_IDENTIFY_CONDITIONS)
        return facet_identification_conditions(&v->set, &images, o->gallery, o->probes, o->most,
                                               o->draw.seed);
    if (o->protocol != FACET_IDENTIFY_TABLES) return draw(v, &images);
    int code = facet_identification_read(&v->set, o->gallery, o->probes, &images, o->allow_missing);
    if (code == FACET_OK) code = facet_provenance_input(v->session->run, o->gallery);
    if (code == FACET_OK) code = facet_provenance_input(v->session->run, o->probes);
    return code;
}

static int need_images(struct identify *v)
{
    uint8_t *used = facet_alloc(facet_acts_images(v->session->files[0]), 1, "images");
    if (used == NULL) return FACET_ENOMEM;
    for (size_t i = 0; i < v->set->gallery_count; i++) used[v->set->gallery[i]] = 1;
    for (size_t i = 0; i < v->set->probe_count; i++) used[v->set->probe[i]] = 1;
    int code = facet_session_need(v->session, used);
    free(used);
    return code;
}

/* ---- one layer and metric ---- */

static int rank_probes(struct identify *v, const struct facet_compare *c, struct facet_ranking *ranks)
{
    const struct facet_identification *set = v->set;
    const uint32_t *place = v->session->place;
    int code = FACET_OK;
    for (size_t first = 0; code == FACET_OK && first < set->probe_count; first += PROBES) {
        const size_t left = set->probe_count - first, rows = left < PROBES ? left : PROBES;
#pragma omp parallel for schedule(static) num_threads(v->o->compare.threads)
        for (size_t i = 0; i < rows; i++)
            for (size_t j = 0; j < set->gallery_count; j++)
                v->scores[i * set->gallery_count + j] =
                    facet_compare_score(c, place[set->probe[first + i]], place[set->gallery[j]]);
        code = facet_ranking_add(ranks, first, rows, v->scores);
    }
    return code < 0 ? code : facet_ranking_finish(ranks);
}

/* Each person's probes, those at rank 1, those also above the threshold; people with probes come
 * first, and the number of them is returned. sums (people, 3). */
static size_t count_people(const struct facet_ranking *ranks, double threshold, double *sums)
{
    size_t kept = 0;
    for (size_t i = 0; i < ranks->set->probe_count; i++) {
        const int32_t who = ranks->set->probe_person[i];
        if (who < 0) continue;
        double *own = sums + 3 * (size_t)who;
        own[0]++;
        own[1] += ranks->rank[i] == 1;
        own[2] += ranks->rank[i] == 1 && ranks->score[i] > threshold;
    }
    for (size_t who = 0; who < ranks->set->people; who++) {
        if (sums[3 * who] == 0) continue;
        for (size_t k = 0; k < 3; k++) sums[3 * kept + k] = sums[3 * who + k];
        kept++;
    }
    return kept;
}

static int find_intervals(const struct identify *v, const struct facet_ranking *ranks,
                          struct facet_identify_line *line)
{
    const struct facet_identify_options *o = v->o;
    struct facet_estimate *const estimates[] = {&line->rank1, &line->dir};
    struct facet_bootstrap *bootstrap = NULL;
    double *sums = facet_alloc(ranks->set->people, 3 * sizeof *sums, "bootstrap");
    double *out = facet_alloc(o->replicates, 3 * sizeof *out, "bootstrap");
    double *values = facet_alloc(o->replicates, sizeof *values, "bootstrap");
    int code = sums == NULL || out == NULL || values == NULL ? FACET_ENOMEM : FACET_OK;
    if (code == FACET_OK)
        code = facet_bootstrap_new(&bootstrap, count_people(ranks, line->threshold, sums),
                                   o->replicates, o->seed, o->compare.threads);
    if (code == FACET_OK) code = facet_bootstrap_sums(bootstrap, sums, 3, out);
    for (size_t k = 0; code == FACET_OK && k < 2; k++) {
        if (isnan(estimates[k]->estimate)) continue;
        for (size_t r = 0; r < o->replicates; r++) values[r] = out[3 * r + k + 1] / out[3 * r];
        facet_bootstrap_interval(values, o->replicates, 0.95, &estimates[k]->low,
                                 &estimates[k]->high);
    }
    facet_bootstrap_free(&bootstrap);
    free(sums);
    free(out);
    free(values);
    return code;
}

static int visit(void *context, const struct facet_session_line *what,
                 const struct facet_compare *compare)
{
    struct identify *v = context;
    struct facet_identify_line *line = &v->report->lines[v->report->line_count];
    struct facet_ranking *ranks = NULL;
    *line = (struct facet_identify_line){.layer = facet_strdup(what->layer),
                                         .combine = what->combine,
                                         .metric = what->metric,
                                         .rank1 = {NAN, NAN, NAN},
                                         .dir = {NAN, NAN, NAN}};
    if (line->layer == NULL) return FACET_ENOMEM;
    v->report->line_count++;
    int code = facet_ranking_new(&ranks, v->set);
    if (code == FACET_OK) code = rank_probes(v, compare, ranks);
    if (code == FACET_OK) {
        line->rank1.estimate = facet_ranking_cmc(ranks, 1);
        line->dir.estimate = facet_ranking_dir(ranks, 0.01, &line->threshold);
    }
    if (code == FACET_OK && v->o->replicates > 0 && ranks->genuine > 0)
        code = find_intervals(v, ranks, line);
    if (code == FACET_OK)
        facet_identify_tables_line(&v->tables, facet_identify_protocol_name(v->o->protocol), line,
                                   ranks);
    facet_ranking_free(&ranks);
    return code;
}

/* ---- all of it ---- */

static int set_up(struct identify *v, struct facet_provenance *run)
{
    struct facet_identify_report *report = v->report;
    int code = facet_session_new(&v->session, &v->o->compare, run);
    if (code == FACET_OK) code = choose(v);
    if (code == FACET_OK) code = need_images(v);
    if (code < 0) return code;
    report->people = v->set->people;
    report->gallery = v->set->gallery_count;
    report->probes = v->set->probe_count - v->set->impostors;
    report->impostors = v->set->impostors;
    report->dropped = v->set->dropped;
    v->scores = facet_alloc(PROBES, v->set->gallery_count * sizeof *v->scores, "scores");
    report->lines = facet_alloc(facet_session_lines(v->session), sizeof *report->lines, "results");
    if (v->scores == NULL || report->lines == NULL) return FACET_ENOMEM;
    return facet_identify_tables_new(&v->tables, v->o->compare.folder);
}

int facet_identify_run(const struct facet_identify_options *options, struct facet_provenance *run,
                       struct facet_identify_report *report)
{
    struct identify v = {.o = options, .report = report};
    *report = (struct facet_identify_report){0};
    int code = set_up(&v, run);
    if (code == FACET_OK) code = facet_session_run(v.session, visit, &v);
    if (code == FACET_OK) code = facet_identify_tables_commit(&v.tables, run);
    facet_identify_tables_free(&v.tables);
    facet_identification_free(&v.set);
    facet_session_free(&v.session);
    free(v.scores);
    return code;
}

void facet_identify_free(struct facet_identify_report *report)
{
    for (size_t i = 0; i < report->line_count; i++) free(report->lines[i].layer);
    free(report->lines);
    *report = (struct facet_identify_report){0};
}
