/* store/preprocess: how an image becomes a network's input. Stored with the model, echoed in the
 * activation file, applied by image/preprocess.
 *
 * A source image (RGB, 8 bits) is mapped to width x height by one of three alignments, resampled
 * with the named resampler, and each value v in 0..255 becomes (v - mean[c]) * scale[c], channels
 * in the given order, laid out (channel, y, x) float32.
 */
#ifndef FACET_STORE_PREPROCESS_H
#define FACET_STORE_PREPROCESS_H

#include "base/error.h"
#include "base/hash.h"

#include <hdf5.h>

enum facet_align {
    FACET_ALIGN_RESIZE,    /* the whole image, each axis scaled on its own */
    FACET_ALIGN_CROP,      /* the rectangle `crop` of the image, then as above */
    FACET_ALIGN_LANDMARKS, /* least-squares similarity from five landmarks to `points` */
};

struct facet_preprocess {
    int width, height;  /* network input, pixels */
    int channels;       /* 3, or 1 for grey (ITU-R 601 luma) */
    char order[8];      /* "rgb", "bgr" or "grey" */
    char resampler[16]; /* "triangle": antialiased bilinear, see image/resample.h */
    enum facet_align align;
    double crop[4];    /* x, y, width, height in source pixels; used by FACET_ALIGN_CROP */
    double points[10]; /* x, y of left eye, right eye, nose, mouth left, mouth right in input
                          pixels (left: smaller x); used by FACET_ALIGN_LANDMARKS. Pixel centres
                          lie at integer + 0.5: the input covers [0, width] x [0, height] */
    double mean[3], scale[3];
};

/* Everything in range and finite; FACET_EFORMAT names `where` and the fault. */
int facet_preprocess_check(const struct facet_preprocess *p, const char *where);

/* As attributes of an HDF5 object (input_width, align, ...), and back. */
int facet_preprocess_write(const struct facet_preprocess *p, hid_t object, const char *where);
int facet_preprocess_read(struct facet_preprocess *p, hid_t object, const char *where);

/* SHA-256 of what it does; fields that the alignment doesn't use are left out. */
int facet_preprocess_hash(const struct facet_preprocess *p, char hex[FACET_HASH_SIZE]);

/* "resize", "crop", "landmarks"; and back (FACET_EINVAL). */
const char *facet_align_name(enum facet_align align);
int facet_align_parse(const char *text, enum facet_align *align);

#endif
