#include "net/layout.h"

enum { TILE = 16 }; /* a cache line of floats */

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

void facet_layout_turn(size_t rows, size_t columns, const float *from, float *to)
{
    for (size_t r0 = 0; r0 < rows; r0 += TILE)
        for (size_t c0 = 0; c0 < columns; c0 += TILE)
            for (size_t c = c0; c < least(c0 + TILE, columns); c++)
                for (size_t r = r0; r < least(r0 + TILE, rows); r++)
                    to[c * rows + r] = from[r * columns + c];
}
