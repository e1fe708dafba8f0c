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
 * (v - 127.5) / 127.5. `channels` is 1 or 3.
 *
 * The template is that of faces of 94 x 110 pixels, halved: eyes 26.25 and 70.2 from the left and
 * 32.15 from the top, nose (48.2, 58), mouth corners 28.9 and 67.55 from the left and 80.5 from the
 * top. Its shape is the mean of the five landmarks of LFW's 13,233 deep-funneled images, each put
 * on the mean by a similarity until that stood still (Procrustes), made symmetric. Its place is
 * where the mean of LFW faces aligned by it (3,000 images) lies best on the mean of the 94 x 110
 * training faces (3,000 images): highest correlation over shift, scale and turn after taking a
 * blurred copy off each; blurs of 6 to 15 pixels agree to 0.2 pixels. That is a pixel right of the
 * centre, as the training faces are. Their own landmarks, (26, 31.1), (69.7, 30.9) and a mouth
 * at 81.5, have the same centre; those faces are a little longer than LFW's.
 *
 * Other sizes scale the points by width / 94 about the centre, so that 47 x 47 is the middle square
 * of the 47 x 55 face: its rows 4 to 50. */
void facet_preprocess_default(struct facet_preprocess *p, int width, int height, int channels);

/* The channel that holds red, green and blue (colour 0, 1, 2); the one there is of a grey input. */
size_t facet_preprocess_channel(const struct facet_preprocess *p, size_t colour);

/* Alignment by landmarks to a template that others have published: 1 if there is one of that name;
 * 0 if not. "arcface112": five points on 112 x 112 pixels, of which most public face networks are
 * trained (Deng et al., ArcFace, CVPR 2019; insightface), pixel centres at integers there. Other
 * widths scale it about the centre. */
int facet_preprocess_template(struct facet_preprocess *p, const char *name);

/* Values that public networks expect, with the size and channels of `p` as they are: order, mean
 * and scale. Those of faces are aligned by "arcface112", the others by resizing. FACET_EINVAL lists
 * the names.
 *
 *   raw       0 to 255, for networks that do the rest themselves
 *   arcface   (v - 127.5) / 127.5: -1 to 1
 *   unit      v / 255: 0 to 1
 *   imagenet  (v / 255 - mean) / deviation of ImageNet's channels, resized
 */
int facet_preprocess_preset(struct facet_preprocess *p, const char *name);

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
