/* net/layout: from images and to activations as users have them, (c, y, x), and back to (y, x, c),
 * as the network runs. */
#ifndef FACET_NET_LAYOUT_H
#define FACET_NET_LAYOUT_H

#include <stddef.h>

/* to (columns, rows) = from (rows, columns) transposed. */
void facet_layout_turn(size_t rows, size_t columns, const float *from, float *to);

#endif
