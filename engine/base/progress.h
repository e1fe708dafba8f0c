/* base/progress: one line on stderr that says how far and how long, if stderr is a terminal.
 *
 *     struct facet_progress progress;
 *     facet_progress_begin(&progress, "facet-dump", "images", 0, total, quiet);
 *     facet_progress_update(&progress, done);   // draws at most five times a second
 *     facet_progress_end(&progress);            // clears the line
 */
#ifndef FACET_BASE_PROGRESS_H
#define FACET_BASE_PROGRESS_H

#include <stdint.h>

struct facet_progress {
    const char *program, *unit;
    uint64_t total, start;
    double begun, drawn;
    int active;
};

/* `start` units of `total` are already done (a resumed run); they don't count towards the rate. */
void facet_progress_begin(struct facet_progress *progress, const char *program, const char *unit,
                          uint64_t start, uint64_t total, int quiet);
void facet_progress_update(struct facet_progress *progress, uint64_t done);
/* Clears the line; returns the seconds since the beginning. */
double facet_progress_end(struct facet_progress *progress);

/* "1 h 02 min", "3 min 20 s", "12.3 s" into text (32 bytes); "512 MiB" likewise. */
const char *facet_progress_time(double seconds, char text[32]);
const char *facet_progress_bytes(double bytes, char text[32]);

#endif
