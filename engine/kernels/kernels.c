#include "kernels/kernels.h"

#include "kernels/sets.h"

#include <assert.h>
#include <cblas.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <threads.h>

static const struct facet_kernels *const sets[] = {
    &facet_kernels_blas,
    &facet_kernels_reference,
    NULL,
};

struct facet_conv facet_conv_shape(size_t in_c, size_t in_h, size_t in_w, size_t out_c,
                                   size_t kernel_h, size_t kernel_w)
{
    assert(kernel_h >= 1 && kernel_w >= 1 && kernel_h <= in_h && kernel_w <= in_w);
    size_t out_h = in_h - kernel_h + 1, out_w = in_w - kernel_w + 1;
    return (struct facet_conv){
        .in_c = in_c,
        .in_h = in_h,
        .in_w = in_w,
        .out_c = out_c,
        .out_h = out_h,
        .out_w = out_w,
        .kernel_h = kernel_h,
        .kernel_w = kernel_w,
        .region_h = out_h,
        .region_w = out_w,
        .regions_y = 1,
        .regions_x = 1,
    };
}

struct facet_conv facet_conv_regions(struct facet_conv conv, size_t region_h, size_t region_w)
{
    assert(region_h >= 1 && region_w >= 1);
    conv.region_h = region_h < conv.out_h ? region_h : conv.out_h;
    conv.region_w = region_w < conv.out_w ? region_w : conv.out_w;
    conv.regions_y = (conv.out_h + conv.region_h - 1) / conv.region_h;
    conv.regions_x = (conv.out_w + conv.region_w - 1) / conv.region_w;
    return conv;
}

double facet_conv_macs(const struct facet_conv *conv)
{
    return (double)conv->out_c * (double)(conv->out_h * conv->out_w) *
           (double)(conv->in_c * conv->kernel_h * conv->kernel_w);
}

const struct facet_kernels *const *facet_kernels_list(void)
{
    return sets;
}

static void use_one_thread(void)
{
    openblas_set_num_threads(1);
}

int facet_kernels_choose(const char *name, const struct facet_kernels **kernels)
{
    static once_flag once = ONCE_FLAG_INIT;
    const char *variable = name == NULL ? getenv("FACET_KERNELS") : NULL;
    char known[256] = "";
    if (name == NULL) name = variable != NULL && variable[0] != '\0' ? variable : sets[0]->name;
    call_once(&once, use_one_thread);
    for (size_t i = 0; sets[i] != NULL; i++) {
        if (strcmp(sets[i]->name, name) == 0) {
            *kernels = sets[i];
            return FACET_OK;
        }
        facet_fail_list(known, sizeof known, sets[i]->name);
    }
    return facet_fail(FACET_EINVAL, "%sno kernel set is named \"%s\" (there are: %s)",
                      variable != NULL ? "FACET_KERNELS: " : "", name, known);
}

static char blas_name[128];

static void find_blas_name(void)
{
    /* The configuration starts with "OpenBLAS 0.3.21 " and goes on with build flags. */
    const char *config = openblas_get_config();
    const char *space = strchr(config, ' ');
    size_t length =
        space != NULL ? (size_t)(space + 1 - config) + strcspn(space + 1, " ") : strlen(config);
    snprintf(blas_name, sizeof blas_name, "%.*s %s", (int)length, config, openblas_get_corename());
}

const char *facet_kernels_blas_name(void)
{
    static once_flag once = ONCE_FLAG_INIT;
    call_once(&once, find_blas_name);
    return blas_name;
}
