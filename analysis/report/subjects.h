/* report/subjects: whom and what the neurons are asked about: people, each against everybody else,
 * and attributes, images above the cut against those at or below it.
 *
 *     subjects_new(&subjects, acts, &options);
 *     for (i = 0; i < subjects->count; i++) use(&subjects->items[i]);
 *     subjects_free(&subjects);
 *
 * People come first, by falling number of images (those of one number in the file's order), then
 * attributes in the file's order. Some of both are `shown`: the page holds their histograms.
 */
#ifndef FACET_REPORT_SUBJECTS_H
#define FACET_REPORT_SUBJECTS_H

#include "store/activations.h"

struct subjects_options {
    char **identities; /* [identity_count] to show; none: those with most images */
    size_t identity_count;
    char **attributes; /* [attribute_count] to look at; none: all that divide the images */
    size_t attribute_count;
    size_t shown_people; /* where no identities are given */
    size_t min_images;   /* of a person who isn't named, 2 or more */
    size_t most_people;  /* of those with min_images the ones with most images */
    double cut;          /* of attributes */
};

struct subject {
    const char *name;    /* owned by the activations */
    int32_t identity;    /* number in the file; -1: an attribute */
    const double *score; /* attribute's, of all rows; NULL for a person */
    size_t n, rest;
    int shown;
};

struct subjects {
    struct subject *items; /* [count] people, then attributes */
    size_t count, people, shown;
    int32_t *number; /* [identities of the file] place in items, -1 for those that aren't there */
    size_t identities, left_out; /* all there are; with enough images, but beyond most_people */
    size_t skipped;              /* attributes with fewer than two images on a side */
    double cut;
};

/* FACET_EINVAL: a name that the file lacks, a named person with fewer than two images or attribute
 * with fewer on a side. A file without identities or attributes has none of them. */
int subjects_new(struct subjects **subjects, struct facet_acts *acts,
                 const struct subjects_options *options);
void subjects_free(struct subjects **subjects); /* NULL-safe */

/* 1: row of the subject; 0: of its rest; -1: of none (no score). */
int subjects_side(const struct subjects *subjects, const struct facet_acts *acts, size_t subject,
                  size_t row);

#endif
