/* kernels/channels_last_sets: the tables of the channels-last sets, for channels_last.c alone. */
#ifndef FACET_KERNELS_CHANNELS_LAST_SETS_H
#define FACET_KERNELS_CHANNELS_LAST_SETS_H

#include "kernels/channels_last.h"

extern const struct facet_channels_last facet_channels_last_reference;
#if defined(__x86_64__)
extern const struct facet_channels_last facet_channels_last_avx2;
extern const struct facet_channels_last facet_channels_last_avx512;
#endif

#endif
