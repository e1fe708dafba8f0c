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

/* The default for a face network of this input: landmarks, "rgb" (or "grey" for 1 channel),
 * (v - 127.5) / 127.5. The five points, for a 47 x 55 input: those of the 94 x 110 crop that
 * DeepID2+ and its kin use, eyes 43.7 pixels apart at 30.6 from the top, made symmetric and halved;
 * nose and mouth where they lie on average on the deep-funneled LFW images when their eyes are put
 * there (medians over 13,233 images). Other sizes scale them by width / 47 about the centre, so
 * that 47 x 47 is the middle square of the 47 x 55 face. */
void facet_preprocess_default(struct facet_preprocess *p, int width, int height, int channels);

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
