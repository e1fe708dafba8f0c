/* programs/network: the network that facet-dump runs: one of a model file, or of an .onnx file,
 * whose preprocessing the user gives.
 *
 *     while ((option = facet_cli_next(&cli)) > 0) facet_which_option(&which, option, cli.value) ...
 *     facet_which_open(&which, &cli, &preprocess);
 *     facet_which_prepare(&which, kernels, &compute);       // the layers that were asked for
 *     facet_which_describe(&which, &spec);
 *     facet_which_close(&which);
 */
#ifndef FACET_PROGRAMS_NETWORK_H
#define FACET_PROGRAMS_NETWORK_H

#include "base/cli.h"
#include "dump/network.h"
#include "dump/onnx.h"

enum {
    FACET_WHICH_MATCHING = 768,
    FACET_WHICH_PRESET,
    FACET_WHICH_MEAN,
    FACET_WHICH_SCALE,
    FACET_WHICH_ORDER,
    FACET_WHICH_SIZE
};

/* Entries for a program's table of options. */
#define FACET_WHICH_OPTIONS                                                                        \
    {'m', "model", "MODEL", "network to run: .h5 (see facet-model) or .onnx"},                     \
        {'L', "layers", "A,B,..",                                                                  \
         "layers to write (default fc1,fc2,fc3,fc4, or the outputs of an .onnx file); "            \
         "facet-info lists them"},                                                                 \
        {FACET_WHICH_MATCHING, "layers-matching", "PATTERN",                                       \
         "also the layers whose names match: * any characters, ? one, [abc] one of them"},         \
        {FACET_WHICH_PRESET, "preset", "NAME",                                                     \
         "values that an .onnx network takes: raw (0 to 255, default), arcface (-1 to 1), unit "   \
         "(0 to 1), imagenet"},                                                                    \
        {FACET_WHICH_MEAN, "mean", "M[,M,M]",                                                      \
         "for an .onnx network: subtracted from 0 to 255 (default: the preset's)"},                \
        {FACET_WHICH_SCALE, "scale", "S[,S,S]", "then multiplied by this"},                        \
        {FACET_WHICH_ORDER, "channel-order", "ORDER", "rgb (default) or bgr"},                     \
    {                                                                                              \
        FACET_WHICH_SIZE, "input-size", "WxH",                                                     \
            "size of the input in pixels, where an .onnx file leaves it open"                      \
    }

/* What is asked for, and what is open. */
struct facet_which {
    const char *path, *layers, *matching, *preset, *mean, *scale, *order, *size;
    struct facet_model *model; /* one of these two */
    struct facet_onnx *onnx;
    struct facet_net *net; /* of `model` */
    size_t *tensors;
    struct facet_acts_layer *shapes;
    size_t count;
    struct facet_network network;
};

/* 1 if the option is one of these, and kept; 0 if not. */
int facet_which_option(struct facet_which *which, int option, const char *value);
/* Reads the network. *preprocess: what it says, or what the user says of an .onnx file. */
int facet_which_open(struct facet_which *which, const struct facet_cli *cli,
                     struct facet_preprocess *preprocess);
/* Chooses layers and prepares them. */
int facet_which_prepare(struct facet_which *which, const struct facet_kernels *kernels,
                        struct facet_compute *compute);
/* Names the network in what will be written. */
void facet_which_describe(const struct facet_which *which, struct facet_acts_spec *spec);
void facet_which_close(struct facet_which *which);

#endif
