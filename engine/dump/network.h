/* dump/network: a network as what the corridor computes. */
#ifndef FACET_DUMP_NETWORK_H
#define FACET_DUMP_NETWORK_H

#include "dump/compute.h"

/* A network that is prepared for the tensors; `layers` are theirs, in the same order. */
struct facet_network {
    const struct facet_net *net;
    const size_t *tensors;
    const struct facet_acts_layer *layers;
    size_t count;
};

/* `network` and what it points at must outlive *compute. */
void facet_network_compute(const struct facet_network *network, struct facet_compute *compute);

#endif
