/* programs/images: the options that say which images a program works on and how it sees them, the
 * same in every program that opens images. */
#ifndef FACET_PROGRAMS_IMAGES_H
#define FACET_PROGRAMS_IMAGES_H

#include "base/cli.h"
#include "store/manifest.h"
#include "store/preprocess.h"

#define FACET_IMAGES_LABELS 16

struct facet_images {
    const char *images, *root, *landmarks, *align;
    const char *labels[FACET_IMAGES_LABELS];
    int label_count;
    double crop[4];
    int has_crop;
};

enum {
    FACET_IMAGES_ROOT = 1024,
    FACET_IMAGES_LANDMARKS,
    FACET_IMAGES_LABEL,
    FACET_IMAGES_ALIGN,
    FACET_IMAGES_CROP
};

/* Entries for a program's table of options. */
#define FACET_IMAGES_OPTIONS                                                                       \
    {'i', "images", "PATH", "folder of images (as LFW: one folder a person) or manifest (TSV)"},   \
        {FACET_IMAGES_ROOT, "root", "DIR",                                                         \
         "folder the manifest's paths start from (default: the manifest's own)"},                  \
        {FACET_IMAGES_LANDMARKS, "landmarks", "FILE", "TSV with five landmarks by image"},         \
        {FACET_IMAGES_LABEL, "labels", "FILE", "TSV with identity or attributes by image"},        \
        {FACET_IMAGES_ALIGN, "align", "HOW",                                                       \
         "landmarks (to the model's template), arcface112 (to that of most public networks), "     \
         "crop or resize (default: as the model says)"},                                           \
    {                                                                                              \
        FACET_IMAGES_CROP, "crop", "X,Y,W,H",                                                      \
            "rectangle of each image, in pixels; means --align crop"                               \
    }

/* 1 if the option is one of these, and read; 0 if not; < 0 on failure. */
int facet_images_option(struct facet_images *request, int option, const char *value);

/* Reads the manifest and joins landmarks and labels; says what is missing and what is left out. */
int facet_images_read(const struct facet_images *request, const struct facet_cli *cli,
                      struct facet_manifest **manifest);

/* Changes the alignment of `preprocess` as asked for. FACET_EINVAL where images have none of the
 * landmarks it needs. */
int facet_images_align(const struct facet_images *request, const struct facet_manifest *manifest,
                       struct facet_preprocess *preprocess);

#endif
