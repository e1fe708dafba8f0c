/* kernels/sets: the tables of the kernel sets, for kernels.c alone. */
#ifndef FACET_KERNELS_SETS_H
#define FACET_KERNELS_SETS_H

#include "kernels/kernels.h"

extern const struct facet_kernels facet_kernels_reference;
extern const struct facet_kernels facet_kernels_portable;
#if defined(__x86_64__)
extern const struct facet_kernels facet_kernels_avx2;
extern const struct facet_kernels facet_kernels_avx512;
#endif

#endif
