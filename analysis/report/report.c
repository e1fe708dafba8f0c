#include "report/report.h"

#include "report/occlusion.h"
#include "report/page.h"
#include "report/studies.h"
#include "report/tables.h"

#include <stdlib.h>
#include <unistd.h>

/* Where the paper's numbers lie: installed, or in the sources. */
static const char *paper_folder(const struct report_options *o)
{
    if (o->paper != NULL) return o->paper;
    return access(FACET_PAPER_INSTALLED, R_OK) == 0 ? FACET_PAPER_INSTALLED : FACET_PAPER_SOURCE;
}

static int add_comparison(const struct report_options *o, json_t *data)
{
    char *path = facet_format("%s/paper_vs_ours.tsv", o->folder);
    json_t *table = NULL, *notes = json_array();
    int code = path == NULL || notes == NULL ? FACET_ENOMEM : FACET_OK;
    if (code == FACET_OK && access(path, F_OK) == 0)
        code = tables_read(path, "paper_vs_ours.tsv", o->table_limit, notes, &table);
    if (code == FACET_OK) {
        json_object_set_new(data, "comparison", table == NULL ? json_null() : table);
        json_object_set(data, "notes", notes);
    }
    json_decref(notes);
    free(path);
    return code;
}

static int add_studies(const struct report_options *o, json_t *data)
{
    json_t *studies = NULL, *paper = NULL;
    int code = studies_read(o->folder, o->suffix, o->table_limit, &studies);
    if (code < 0) return code;
    json_object_set_new(data, "studies", studies);
    code = studies_read_paper(studies, paper_folder(o), &paper);
    if (code == FACET_OK) json_object_set_new(data, "paper", paper);
    return code;
}

static int add_neurons(const struct report_options *o, struct facet_provenance *run, json_t *data)
{
    json_t *neurons = NULL, *occlusion = NULL;
    int code = FACET_OK;
    if (o->neurons.path != NULL) code = neurons_read(&o->neurons, run, &neurons);
    if (code < 0) return code;
    json_object_set_new(data, "neurons", neurons == NULL ? json_null() : neurons);
    code = occlusion_read(o->folder, o->suffix, &occlusion);
    if (code == FACET_OK)
        json_object_set_new(data, "occlusion", occlusion == NULL ? json_null() : occlusion);
    return code;
}

static void sum_up(const json_t *data, struct report_result *result)
{
    json_t *study, *figure, *layer;
    size_t i, j;
    json_array_foreach(json_object_get(data, "studies"), i, study)
    {
        result->studies++;
        result->present += json_is_true(json_object_get(study, "present"));
        result->tables += json_array_size(json_object_get(study, "tables"));
        result->notes += json_array_size(json_object_get(study, "notes"));
        json_array_foreach(json_object_get(study, "figures"), j, figure)
        {
            result->figures += json_object_get(figure, "data") != NULL;
        }
    }
    const json_t *neurons = json_object_get(data, "neurons");
    result->subjects = json_array_size(json_object_get(neurons, "subjects"));
    json_array_foreach(json_object_get(neurons, "layers"), i, layer)
    {
        result->neurons += (size_t)json_integer_value(json_object_get(layer, "neurons"));
    }
}

int report_run(const struct report_options *o, struct facet_provenance *run,
               struct report_result *result)
{
    json_t *data = json_pack("{s:s, s:s?, s:s}", "title", o->title, "faces", o->faces, "made_by",
                             facet_provenance_source());
    *result = (struct report_result){0};
    int code = data == NULL ? facet_fail(FACET_ENOMEM,
                                         "no memory for the page, or a text that isn't "
                                         "UTF-8: %s",
                                         o->title)
                            : add_comparison(o, data);
    if (code == FACET_OK) code = add_studies(o, data);
    if (code == FACET_OK) code = add_neurons(o, run, data);
    if (code == FACET_OK) {
        json_t *record = facet_provenance_json(run);
        json_object_set(data, "command", json_object_get(record, "command"));
        json_object_set(data, "inputs", json_object_get(record, "inputs"));
        json_decref(record);
        sum_up(data, result);
        code = page_write(o->output, data, o->title, &result->bytes);
    }
    json_decref(data);
    return code;
}
