/* synth/develop: sizes of the tables that the camera uses; private to the room. */
#ifndef FACET_SYNTH_DEVELOP_H
#define FACET_SYNTH_DEVELOP_H

#include "synth/model.h"

enum {
    BACKDROP_STEP = 8, /* samples between points of the background's grid */
    CURVE_UNIT = 4096, /* entries of the tone curve for a level of 1 */
    CURVE_SIZE = 4 * CURVE_UNIT + 1,
    DEVIATES = 1 << 16, /* normal deviates for the sensor's noise */
};

#define BACKDROP_COLS(samples) ((samples) / BACKDROP_STEP + 2)

void synth_curve_fill(float *curve);

#endif
