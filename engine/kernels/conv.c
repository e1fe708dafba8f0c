#include "kernels/conv.h"

#include <assert.h>

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

struct facet_conv facet_conv_padded(struct facet_conv conv, size_t pad_y, size_t pad_x,
                                    size_t out_h, size_t out_w)
{
    assert(pad_y < conv.kernel_h && pad_x < conv.kernel_w);
    conv.pad_y = pad_y;
    conv.pad_x = pad_x;
    conv.out_h = conv.region_h = out_h;
    conv.out_w = conv.region_w = out_w;
    return conv;
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
           (double)(conv->in_c * facet_conv_taps(conv));
}
