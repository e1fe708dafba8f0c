/* kernels/bits_simd: the Hamming distances of the fast sets, written once over a vector of LANES
 * halves of words and compiled once for each instruction set; only those files include it.
 *
 * A panel is PANEL codes of b turned about: a lane is a code, a vector one of its halves. A half of
 * a code of a, in all lanes, meets a vector of the panel, so that no sum goes across lanes and the
 * distances come out side by side. The panel is DEPTH halves deep; longer codes take several.
 *
 * COUNT(x) counts the bits of each lane, or of each byte, which WIDEN(x) then adds up. */

#define ALWAYS inline __attribute__((always_inline))

enum { PANEL = VECTORS * LANES, DEPTH = 16 };

typedef uint32_t half __attribute__((may_alias));
typedef vec loose_vec __attribute__((aligned(4), may_alias));

/* Sums of four bytes, of at most 8 DEPTH each. */
static inline vec add_bytes(vec x)
{
    x = (x & 0xff00ff) + ((x >> 8) & 0xff00ff);
    return (x & 0xffff) + (x >> 16);
}

/* Called with constants for depth or lanes where they are full, so that the loops unroll and the
 * panel stays in registers. */
static ALWAYS void meet(size_t depth, size_t lanes, vec panel[DEPTH][VECTORS], const half *a,
                        size_t a_row, size_t rows, int add, uint32_t *out, size_t out_row)
{
    for (size_t i = 0; i < rows; i++, a += a_row, out += out_row) {
        vec sums[VECTORS] = {0};
        for (size_t k = 0; k < depth; k++)
            for (int v = 0; v < VECTORS; v++) sums[v] += COUNT(panel[k][v] ^ a[k]);
        for (int v = 0; v < VECTORS; v++) sums[v] = WIDEN(sums[v]);
        for (size_t v = 0; lanes == PANEL && v < VECTORS; v++) {
            loose_vec *to = (loose_vec *)(out + v * LANES);
            if (add) sums[v] += *to;
            *to = sums[v];
        }
        for (size_t l = 0; lanes < PANEL && l < lanes; l++)
            out[l] = (add ? out[l] : 0) + sums[l / LANES][l % LANES];
    }
}

void HAMMING(const uint64_t *a, size_t rows, const uint64_t *b, size_t columns, size_t words,
             uint32_t *out, size_t out_row)
{
    const half *left = (const half *)a, *right = (const half *)b;
    const size_t halves = 2 * words;
    for (size_t j = 0; j < columns; j += PANEL)
        for (size_t from = 0; from < halves; from += DEPTH) {
            vec panel[DEPTH][VECTORS] = {{{0}}};
            const size_t lanes = columns - j < PANEL ? columns - j : PANEL;
            const size_t depth = halves - from < DEPTH ? halves - from : DEPTH;
            for (size_t l = 0; l < lanes; l++)
                for (size_t k = 0; k < depth; k++)
                    panel[k][l / LANES][l % LANES] = right[(j + l) * halves + from + k];
            if (lanes == PANEL && depth == DEPTH)
                meet(DEPTH, PANEL, panel, left + from, halves, rows, from > 0, out + j, out_row);
            else if (lanes == PANEL)
                meet(depth, PANEL, panel, left + from, halves, rows, from > 0, out + j, out_row);
            else
                meet(depth, lanes, panel, left + from, halves, rows, from > 0, out + j, out_row);
        }
}
