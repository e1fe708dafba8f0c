#include "base/progress.h"

#include "base/cpu.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

void facet_progress_begin(struct facet_progress *progress, const char *program, const char *unit,
                          uint64_t start, uint64_t total, int quiet)
{
    *progress = (struct facet_progress){
        .program = program,
        .unit = unit,
        .start = start,
        .total = total,
        .begun = facet_cpu_seconds(),
        .active = !quiet && isatty(STDERR_FILENO),
    };
}

void facet_progress_update(struct facet_progress *progress, uint64_t done)
{
    double now = facet_cpu_seconds();
    if (!progress->active || now - progress->drawn < 0.2) return;
    progress->drawn = now;
    double elapsed = now - progress->begun;
    double rate = elapsed > 0 ? (double)(done - progress->start) / elapsed : 0;
    char left[32] = "?";
    if (rate > 0) facet_progress_time((double)(progress->total - done) / rate, left);
    fprintf(stderr, "\r\033[K%s: %" PRIu64 " of %" PRIu64 " %s (%.0f %%), %.3g %s/s, %s left",
            progress->program, done, progress->total, progress->unit,
            progress->total > 0 ? 100.0 * (double)done / (double)progress->total : 100.0, rate,
            progress->unit, left);
    fflush(stderr);
}

double facet_progress_end(struct facet_progress *progress)
{
    if (progress->active && progress->drawn > 0) fprintf(stderr, "\r\033[K");
    progress->active = 0;
    return facet_cpu_seconds() - progress->begun;
}

const char *facet_progress_time(double seconds, char text[32])
{
    if (seconds >= 3600)
        snprintf(text, 32, "%.0f h %02.0f min", (double)(long)(seconds / 3600),
                 (double)((long)(seconds / 60) % 60));
    else if (seconds >= 60)
        snprintf(text, 32, "%ld min %02ld s", (long)seconds / 60, (long)seconds % 60);
    else
        snprintf(text, 32, "%.1f s", seconds);
    return text;
}

const char *facet_progress_bytes(double bytes, char text[32])
{
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
    int unit = 0;
    for (; bytes >= 1024 && unit < 5; unit++) bytes /= 1024;
    snprintf(text, 32, bytes < 10 && unit > 0 ? "%.1f %s" : "%.0f %s", bytes, units[unit]);
    return text;
}
