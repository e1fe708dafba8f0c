/* report/report: everything that was measured, on one page.
 *
 *     struct report_options options = {.folder = "out/paper", .output = "report.html", ...};
 *     report_run(&options, run, &result);
 *
 * Reads the studies' tables and figures (report/studies), paper_vs_ours.tsv, the paper's numbers
 * and, where there is an activation file, the responses of its neurons (report/neurons); writes
 * them with the page that shows them (report/page). Nothing is computed here that a table holds;
 * the page's numbers are the tables' texts.
 */
#ifndef FACET_REPORT_REPORT_H
#define FACET_REPORT_REPORT_H

#include "report/neurons.h"

struct report_options {
    const char *folder, *suffix; /* studies are folder/NAME suffix */
    const char *output;
    const char *paper; /* folder of the paper's numbers; NULL: that of facet */
    const char *title;
    const char *faces;              /* what they are, in words; NULL: isn't said */
    size_t table_limit;             /* bytes of each table */
    struct neurons_options neurons; /* path NULL: no neuron pages */
};

struct report_result {
    size_t bytes, studies, present, tables, figures, notes;
    size_t neurons, subjects; /* 0 without an activation file */
};

/* Errors as the rooms it calls; FACET_EIO: the page could not be written. */
int report_run(const struct report_options *options, struct facet_provenance *run,
               struct report_result *result);

#endif
