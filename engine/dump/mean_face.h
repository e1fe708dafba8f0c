/* dump/mean_face: the mean of the faces as the network sees them, to draw maps of a face over. It
 * shows nobody where there are many. */
#ifndef FACET_DUMP_MEAN_FACE_H
#define FACET_DUMP_MEAN_FACE_H

#include "base/provenance.h"
#include "dump/dump.h"

/* Writes a table (and its sidecar) with a row for each pixel of the job's input: x, y, red, green,
 * blue in 0..255, the mean over all images without anything hidden; a grey input has three equal
 * colours. An image that can't be read is left out if the job allows missing images, and is an
 * error otherwise; FACET_EFORMAT if none can. Sums are in double, in the order of the images. */
int facet_dump_mean_face(const struct facet_dump *job, const char *path,
                         const struct facet_provenance *run);

#endif
