/* base/cpu: what this machine offers, found at run time. */
#ifndef FACET_BASE_CPU_H
#define FACET_BASE_CPU_H

#include <stddef.h>

/* Cores this process may use (its affinity mask), at least 1. */
int facet_cpu_count(void);

/* Peak resident memory of this process so far, in bytes; 0 where unknown. */
size_t facet_cpu_peak_memory(void);

/* Seconds from a monotonic clock. */
double facet_cpu_seconds(void);

#endif
