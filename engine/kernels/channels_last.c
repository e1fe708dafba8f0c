#include "kernels/channels_last.h"

#include "kernels/channels_last_sets.h"

#include <stdlib.h>
#include <string.h>

static const struct facet_channels_last *const sets[] = {
#if defined(__x86_64__)
    &facet_channels_last_avx512,
    &facet_channels_last_avx2,
#endif
    &facet_channels_last_reference,
    NULL,
};

int facet_winograd_fits(const struct facet_conv *conv)
{
    return conv->kernel_h == 3 && conv->kernel_w == 3 && conv->in_c % 16 == 0 &&
           conv->out_c % 16 == 0 && conv->regions_y == 1 && conv->regions_x == 1;
}

const struct facet_channels_last *const *facet_channels_last_list(void)
{
    return sets;
}

static const struct facet_channels_last *find(const char *name)
{
    for (size_t i = 0; sets[i] != NULL; i++)
        if (sets[i]->runs() && (name == NULL || strcmp(sets[i]->name, name) == 0)) return sets[i];
    return NULL;
}

/* Nonzero if kernels/kernels has a set of that name. */
static int is_of_layers(const char *name)
{
    const struct facet_kernels *const *list = facet_kernels_list();
    while (*list != NULL && strcmp((*list)->name, name) != 0) list++;
    return *list != NULL;
}

int facet_channels_last_choose(const char *name, const struct facet_channels_last **kernels)
{
    const char *variable = name == NULL ? getenv("FACET_KERNELS") : NULL;
    const struct facet_channels_last *found;
    char known[128] = "";
    if (variable != NULL && variable[0] != '\0') name = variable;
    found = find(name);
    if (found == NULL && variable != NULL && is_of_layers(name)) found = find(NULL);
    if (found != NULL) {
        *kernels = found;
        return FACET_OK;
    }
    for (size_t i = 0; sets[i] != NULL; i++)
        if (sets[i]->runs()) facet_fail_list(known, sizeof known, sets[i]->name);
    return facet_fail(
        FACET_EINVAL,
        "%sno channels-last kernel set that runs here is named \"%s\" (there are: %s)",
        variable != NULL ? "FACET_KERNELS: " : "", name, known);
}
