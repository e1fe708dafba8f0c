/* report/studies: what the experiments left, study by study.
 *
 * studies.json lists the studies in the page's order: the name of the folder, the question, how to
 * make it, the figures with their captions and the paper's numbers beside them, and the sentences
 * of the summary with the places of their numbers. A study whose folder isn't there stays in the
 * list, and its section says how to make it. Tables are all .tsv files with a sidecar in the folder
 * and its sub-folders, and comparison.tsv; figures are .svg or .png, in `figures` or in the folder
 * itself; those that studies.json doesn't know come last.
 *
 *     json_t *list;
 *     studies_read("out/paper", "", 96 << 10, &list);
 */
#ifndef FACET_REPORT_STUDIES_H
#define FACET_REPORT_STUDIES_H

#include <jansson.h>
#include <stddef.h>

/* Folders of studies are folder/NAME`suffix`. `limit`: bytes of each table (report/tables). *list
 * is studies.json's array, each entry with `present`, `notes`, `tables` and figures with `data`. */
int studies_read(const char *folder, const char *suffix, size_t limit, json_t **list);

/* The paper's tables that the figures name, {NAME: text}, from its folder. */
int studies_read_paper(const json_t *list, const char *paper, json_t **tables);

#endif
