/* kernels/sets: the tables of the kernel sets, for kernels.c alone, and what they are made of. */
#ifndef FACET_KERNELS_SETS_H
#define FACET_KERNELS_SETS_H

#include "kernels/kernels.h"

extern const struct facet_kernels facet_kernels_reference;
extern const struct facet_kernels facet_kernels_portable;
facet_hamming facet_hamming_portable;
#if defined(__x86_64__)
extern const struct facet_kernels facet_kernels_avx2;
extern const struct facet_kernels facet_kernels_avx512;
facet_hamming facet_hamming_avx2;
facet_hamming facet_hamming_avx512;    /* AVX-512BW: bits counted by shuffles */
facet_hamming facet_hamming_vpopcntdq; /* by the instruction that some processors have for it */
#endif

#endif
