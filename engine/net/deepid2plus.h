/* net/deepid2plus: the architecture of Sun, Wang, Tang (CVPR 2015), untrained.
 *
 *   conv1 4x4 -> pool1 -> conv2 3x3 -> pool2 -> conv3 3x3 -> pool3 -> conv4 2x2
 *           \-> fc1           \-> fc2           \-> fc3         \-> fc4
 *
 * For an input of 55 x 47: conv1 52 x 44, pool1 26 x 22, conv2 24 x 20, pool2 12 x 10, conv3 10 x
 * 8, pool3 5 x 4, conv4 4 x 3. All convolutions and fc1..fc4 are followed by ReLU. conv3 shares its
 * weights within 2x2 regions of its output, conv4 shares none. The paper doesn't state the kernel
 * sizes of this network: they are those of DeepID and DeepID2. fc4 sees conv4 only, as the paper's
 * figure draws it, or pool3 and conv4 as in DeepID2.
 *
 *     struct facet_deepid2plus spec = facet_deepid2plus_default();
 *     spec.seed = 7;
 *     facet_deepid2plus_new(&model, &spec);
 */
#ifndef FACET_NET_DEEPID2PLUS_H
#define FACET_NET_DEEPID2PLUS_H

#include "store/model.h"

struct facet_deepid2plus {
    int height, width, channels; /* input; channels 1 or 3 */
    int maps[4];                 /* feature maps of conv1..conv4 */
    int widths[4];               /* neurons of fc1..fc4 */
    int fc4_sees_pool3;          /* 1: fc4's input is pool3 and conv4 */
    uint64_t seed;
};

/* 55 x 47 RGB, 128 maps, 512 neurons, fc4 from conv4, seed 1. */
struct facet_deepid2plus facet_deepid2plus_default(void);

/* Weights are drawn from N(0, 2 / fan_in) (He et al., ICCV 2015), each layer from the random
 * stream of its name, so that a layer's weights depend on the seed and its own shape only; biases
 * are zero; the preprocessing is the default. FACET_EINVAL if the input is too small for the
 * convolutions or a number is out of range. */
int facet_deepid2plus_new(struct facet_model **model, const struct facet_deepid2plus *spec);

#endif
