/* dump/lbp: high-dimensional LBP (image/lbp.h) as what the corridor computes: one layer, "lbp". */
#ifndef FACET_DUMP_LBP_H
#define FACET_DUMP_LBP_H

#include "dump/compute.h"
#include "image/lbp.h"

/* layer is filled, and with `lbp` must outlive *compute. landmarks: nonzero if five points are
 * those of each image. */
void facet_dump_lbp(const struct facet_lbp *lbp, int landmarks, struct facet_acts_layer *layer,
                    struct facet_compute *compute);

#endif
