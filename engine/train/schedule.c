#include "train/loop.h"

#include <math.h>
#include <string.h>

static const char *const names[] = {"constant", "cosine", "linear", "steps"};
static const double LEAST = 1e-3; /* of the rate, at the end of cosine and linear */

const char *facet_schedule_name(enum facet_schedule schedule)
{
    return names[schedule];
}

int facet_schedule_parse(const char *text, enum facet_schedule *schedule)
{
    for (int i = 0; i < 4; i++)
        if (strcmp(names[i], text) == 0) {
            *schedule = (enum facet_schedule)i;
            return FACET_OK;
        }
    return facet_fail(FACET_EINVAL,
                      "no schedule is named \"%s\" (there are: constant, cosine, linear, steps)",
                      text);
}

double facet_schedule_rate(enum facet_schedule schedule, double rate, uint64_t step,
                           uint64_t warmup, uint64_t steps)
{
    if (step < warmup) return rate * (double)(step + 1) / (double)warmup;
    const double done = steps > warmup ? (double)(step - warmup) / (double)(steps - warmup) : 1;
    switch (schedule) {
    case FACET_SCHEDULE_COSINE:
        return rate * (LEAST + (1 - LEAST) * (1 + cos(acos(-1) * done)) / 2);
    case FACET_SCHEDULE_LINEAR:
        return rate * (LEAST + (1 - LEAST) * (1 - done));
    case FACET_SCHEDULE_STEPS:
        return rate * (done < 0.6 ? 1 : done < 0.85 ? 0.1 : 0.01);
    case FACET_SCHEDULE_CONSTANT:
        break;
    }
    return rate;
}
