/* base/provenance: who made this file, from what, how.
 *
 * One record a run: program, command line, version and git commit, seed, inputs with their SHA-256,
 * and named settings. The tables' sidecars print it; the HDF5 files take command, history line and
 * source from it. Times stay out of everything but the history line and the sidecar.
 *
 *     struct facet_provenance *run;
 *     facet_provenance_new(&run, "facet-sparsity", argc, argv);
 *     facet_provenance_input(run, "acts.h5");
 *     facet_provenance_set(run, "threshold", "%.9g", threshold);
 *     ...
 *     facet_provenance_free(&run);
 */
#ifndef FACET_BASE_PROVENANCE_H
#define FACET_BASE_PROVENANCE_H

#include "base/error.h"
#include "base/hash.h"

#include <jansson.h>
#include <stdint.h>

#define FACET_REFERENCE                                                                            \
    "Sun, Wang, Tang: Deeply learned face representations are sparse, selective, and robust, "     \
    "CVPR 2015"

struct facet_provenance;

int facet_provenance_new(struct facet_provenance **run, const char *program, int argc,
                         char *const argv[]);
void facet_provenance_free(struct facet_provenance **run);

/* Hashes the file at `path` and records it as an input. */
int facet_provenance_input(struct facet_provenance *run, const char *path);
/* Records an input whose hash is known: of the whole file, or where `part` is not NULL of that
 * part, by a hash that the header of the room that reads it defines. */
int facet_provenance_input_hash(struct facet_provenance *run, const char *path, const char *part,
                                const char hex[FACET_HASH_SIZE]);
/* Records a setting; a second value under the same name replaces the first. */
int facet_provenance_set(struct facet_provenance *run, const char *name, const char *format, ...)
    FACET_PRINTF(3, 4);

/* "2026-01-31T12:00:00Z: command", the command as one could type it again in a shell. Owned by
 * `run`; the time is that of facet_provenance_new, or SOURCE_DATE_EPOCH where the environment sets
 * it. */
const char *facet_provenance_history(const struct facet_provenance *run);
/* "facet 0.1.0 (git 1a2b3c4)": version and commit of this build. */
const char *facet_provenance_source(void);

/* The record as a new JSON object; the caller decrefs. NULL when memory is short. */
json_t *facet_provenance_json(const struct facet_provenance *run);

#endif
