/* kernels/shallow_simd: F(2x2, 4x4) of a layer with one or three channels, part of kernels/simd. */

/* One-dimensional transform of the input, here of five lines, or of a line with itself `step`
 * later: to[i * to_step + x], i = 0 .. 4. Multiplies by two alone, which rounds nothing. */
static inline void shallow_line(const float *restrict from, size_t step, size_t count,
                                float *restrict to, size_t to_step)
{
    for (size_t x = 0; x < count; x++) {
        const float d0 = from[x], d1 = from[x + step], d2 = from[x + 2 * step];
        const float d3 = from[x + 3 * step], d4 = from[x + 4 * step];
        to[x] = 2 * (d0 - d2) + (d3 - d1);
        to[x + to_step] = d3 - d2 - 2 * d1;
        to[x + 2 * to_step] = d3 - d2 + 2 * (d1 - d2);
        to[x + 3 * to_step] = d3 - d1;
        to[x + 4 * to_step] = 2 * (d1 - d3) + (d4 - d2);
    }
}

static void shallow_input(const struct facet_conv *conv, size_t ty, const float *input, float *v)
{
    const size_t c = conv->in_c, count = conv->in_w * c, line = facet_shallow_line(conv);
    float *lines = v + FACET_SHALLOW_PLACES * line;
    shallow_line(input + 2 * ty * count, count, count, lines, line);
    for (size_t i = 0; i < 5; i++)
        shallow_line(lines + i * line, c, count - 4 * c, v + i * line, 5 * line);
}

/* One place of a row of tiles: sums[t * DEEP + j], j < DEEP registers of channels of `tiles`
 * neighbours; in front of it what is there, or nothing. Called with constants for tiles, in_c and
 * add, as all that follow. */
static inline __attribute__((always_inline)) void
shallow_sum(int tiles, int in_c, int add, const float *v, const float *u, reg *sums)
{
    for (int c = 0; c < in_c; c++)
        for (int t = 0; t < tiles; t++) {
            const reg value = SPLAT(v[t * 2 * in_c + c]);
            for (int j = 0; j < DEEP; j++) {
                const reg weight = LOAD(u + c * FACET_SHALLOW_PANEL + j * WIDTH);
                reg *sum = &sums[t * DEEP + j];
                if (c > 0 || add)
                    *sum = FMA(value, weight, *sum);
                else
                    *sum = value * weight;
            }
        }
}

/* The places of a column, already transformed: top[t] = m0 + m1 + m2 + m3, bottom[t] = m1 - m2 +
 * 2 m3 + m4. */
static inline __attribute__((always_inline)) void shallow_column(int tiles, int in_c,
                                                                 const float *v, size_t line,
                                                                 const float *u, reg *top,
                                                                 reg *bottom)
{
    const size_t next = (size_t)in_c * FACET_SHALLOW_PANEL;
    const reg two = SPLAT(2.0f);
    reg m[TILES * DEEP];
    shallow_sum(tiles, in_c, 0, v, u, top);
    shallow_sum(tiles, in_c, 0, v + line, u + next, m);
    for (int t = 0; t < tiles * DEEP; t++) {
        top[t] = top[t] + m[t];
        bottom[t] = m[t];
    }
    shallow_sum(tiles, in_c, 0, v + 2 * line, u + 2 * next, m);
    for (int t = 0; t < tiles * DEEP; t++) {
        top[t] = top[t] + m[t];
        bottom[t] = bottom[t] - m[t];
    }
    shallow_sum(tiles, in_c, 0, v + 3 * line, u + 3 * next, m);
    for (int t = 0; t < tiles * DEEP; t++) {
        top[t] = top[t] + m[t];
        bottom[t] = FMA(two, m[t], bottom[t]);
    }
    shallow_sum(tiles, in_c, 1, v + 4 * line, u + 4 * next, bottom);
}

/* The outputs of `tiles` neighbours: y[i] is pixel i of 0 0, 0 1, 1 0, 1 1. */
static inline __attribute__((always_inline)) void shallow_tiles(int tiles, int in_c, const float *v,
                                                                size_t line, const float *u,
                                                                reg y[4][TILES * DEEP])
{
    const size_t next = 5 * (size_t)in_c * FACET_SHALLOW_PANEL;
    const reg two = SPLAT(2.0f);
    reg top[TILES * DEEP], bottom[TILES * DEEP];
    shallow_column(tiles, in_c, v, line, u, y[0], y[2]);
    shallow_column(tiles, in_c, v + 5 * line, line, u + next, y[1], y[3]);
    for (int t = 0; t < tiles * DEEP; t++) {
        y[0][t] = y[0][t] + y[1][t];
        y[2][t] = y[2][t] + y[3][t];
    }
    shallow_column(tiles, in_c, v + 10 * line, line, u + 2 * next, top, bottom);
    for (int t = 0; t < tiles * DEEP; t++) {
        y[0][t] = y[0][t] + top[t];
        y[1][t] = y[1][t] - top[t];
        y[2][t] = y[2][t] + bottom[t];
        y[3][t] = y[3][t] - bottom[t];
    }
    shallow_column(tiles, in_c, v + 15 * line, line, u + 3 * next, top, bottom);
    for (int t = 0; t < tiles * DEEP; t++) {
        y[0][t] = y[0][t] + top[t];
        y[1][t] = FMA(two, top[t], y[1][t]);
        y[2][t] = y[2][t] + bottom[t];
        y[3][t] = FMA(two, bottom[t], y[3][t]);
    }
    shallow_column(tiles, in_c, v + 20 * line, line, u + 4 * next, top, bottom);
    for (int t = 0; t < tiles * DEEP; t++) {
        y[1][t] = y[1][t] + top[t];
        y[3][t] = y[3][t] + bottom[t];
    }
}

/* DEEP registers of channels, with bias and pooled where there is a bias; out (2, out_w, out_c) or
 * (out_w / 2, out_c). */
static inline __attribute__((always_inline)) void shallow_some(int tiles, int in_c,
                                                               const struct facet_conv *conv,
                                                               const float *v, const float *u,
                                                               const float *bias, float *out)
{
    const size_t c = conv->out_c;
    reg y[4][TILES * DEEP];
    shallow_tiles(tiles, in_c, v, facet_shallow_line(conv), u, y);
    for (int t = 0; t < tiles * DEEP; t++) {
        float *to = out + t % DEEP * WIDTH;
        const size_t tile = (size_t)(t / DEEP);
        if (bias != NULL) {
            const reg most = LARGER(LARGER(y[0][t], y[1][t]), LARGER(y[2][t], y[3][t]));
            to += tile * c;
            STORE(to, POSITIVE(most + LOAD(bias + t % DEEP * WIDTH)));
            __builtin_prefetch(to + conv->out_w / 2 * c, 1); /* the next row */
            continue;
        }
        for (size_t i = 0; i < 4; i++)
            STORE(to + (i / 2 * conv->out_w + 2 * tile + i % 2) * c, y[i][t]);
    }
}

/* A row of tiles, as evenly as it goes in runs of at most TILES. */
static inline __attribute__((always_inline)) void shallow_row(int in_c,
                                                              const struct facet_conv *conv,
                                                              const float *v, const float *u,
                                                              const float *bias, float *out)
{
    const size_t c = conv->out_c, count = conv->out_w / 2, step = bias != NULL ? c : 2 * c;
    for (size_t at = 0; at < c; at += DEEP * WIDTH) {
        const float *weight =
            u +
            at / FACET_SHALLOW_PANEL * FACET_SHALLOW_PANEL * FACET_SHALLOW_PLACES * (size_t)in_c +
            at % FACET_SHALLOW_PANEL;
        const float *plus = bias != NULL ? bias + at : NULL;
        for (size_t x = 0, some; x < count; x += some) {
            const size_t left = count - x, runs = (left + TILES - 1) / TILES;
            const float *from = v + x * 2 * (size_t)in_c;
            float *to = out + x * step + at;
            some = (left + runs - 1) / runs;
            switch (some) {
#if TILES > 1
            case 4:
                shallow_some(4, in_c, conv, from, weight, plus, to);
                break;
            case 3:
                shallow_some(3, in_c, conv, from, weight, plus, to);
                break;
            case 2:
                shallow_some(2, in_c, conv, from, weight, plus, to);
                break;
#endif
            default:
                shallow_some(1, in_c, conv, from, weight, plus, to);
                break;
            }
        }
    }
}

static void shallow_output(const struct facet_conv *conv, const float *v, const float *u,
                           float *strip)
{
    if (conv->in_c == 1)
        shallow_row(1, conv, v, u, NULL, strip);
    else
        shallow_row(3, conv, v, u, NULL, strip);
}

static void shallow_relu_pool(const struct facet_conv *conv, const float *v, const float *u,
                              const float *bias, float *out)
{
    if (conv->in_c == 1)
        shallow_row(1, conv, v, u, bias, out);
    else
        shallow_row(3, conv, v, u, bias, out);
}
