#include "kernels/kernels.h"

#include "base/error.h"
#include "kernels/sets.h"

#include <stdlib.h>
#include <string.h>

static const struct facet_kernels *const sets[] = {
#if defined(__x86_64__)
    &facet_kernels_avx512,   &facet_kernels_avx2,
#endif
    &facet_kernels_portable, &facet_kernels_reference, NULL,
};

int facet_shallow_fits(const struct facet_conv *conv)
{
    return conv->regions_y * conv->regions_x == 1 && conv->kernel_h == 4 && conv->kernel_w == 4 &&
           conv->pad_y == 0 && conv->pad_x == 0 && (conv->in_c == 1 || conv->in_c == 3) &&
           conv->out_c % FACET_SHALLOW_PANEL == 0 && conv->out_h % 2 == 0 && conv->out_w % 2 == 0;
}

int facet_winograd_fits(const struct facet_conv *conv)
{
    return conv->kernel_h == 3 && conv->kernel_w == 3 && conv->in_c % 16 == 0 &&
           conv->out_c % 16 == 0;
}

const struct facet_kernels *const *facet_kernels_list(void)
{
    return sets;
}

int facet_kernels_choose(const char *name, const struct facet_kernels **kernels)
{
    const char *variable = name == NULL ? getenv("FACET_KERNELS") : NULL;
    char known[128] = "";
    if (variable != NULL && variable[0] != '\0') name = variable;
    for (size_t i = 0; sets[i] != NULL; i++) {
        if (!sets[i]->runs()) continue;
        if (name == NULL || strcmp(sets[i]->name, name) == 0) {
            *kernels = sets[i];
            return FACET_OK;
        }
        facet_fail_list(known, sizeof known, sets[i]->name);
    }
    return facet_fail(FACET_EINVAL,
                      "%sno kernel set that runs here is named \"%s\" (there are: %s)",
                      variable != NULL ? "FACET_KERNELS: " : "", name, known);
}
