/* kernels/simd: the body of the fast sets, written once over a vector of WIDTH floats and compiled
 * once for each instruction set; only those files include it. */

/* ---- products ---- */

/* One tile of c: `rows` x (`panels` registers), all its sums held in registers. Called with
 * constants for rows, panels and masked, so that every loop over them unrolls. With masked, the
 * single register has the columns of `m`. */
static inline __attribute__((always_inline)) void tile(int rows, int panels, int masked, mask m,
                                                       const struct facet_product *p,
                                                       const float *a, const float *b, float *c)
{
    reg sums[ROWS][PANELS];
    for (int i = 0; i < rows; i++)
        for (int j = 0; j < panels; j++) {
            const float *at = c + (size_t)i * p->c_row + j * WIDTH;
            sums[i][j] = !p->add ? ZERO() : masked ? LOAD_MASKED(m, at) : LOAD(at);
        }
    for (size_t s = 0; s < p->segments; s++, a += p->a_segment, b += p->b_segment) {
        const float *left = a, *right = b;
        for (size_t k = 0; k < p->inner; k++, left += p->a_inner, right += p->b_row) {
            reg of_b[PANELS];
            for (int j = 0; j < panels; j++)
                of_b[j] = masked ? LOAD_MASKED(m, right) : LOAD(right + j * WIDTH);
            for (int i = 0; i < rows; i++) {
                reg of_a = SPLAT(left[(size_t)i * p->a_row]);
                for (int j = 0; j < panels; j++) sums[i][j] = FMA(of_a, of_b[j], sums[i][j]);
            }
        }
    }
    for (int i = 0; i < rows; i++)
        for (int j = 0; j < panels; j++) {
            float *at = c + (size_t)i * p->c_row + j * WIDTH;
            if (masked)
                STORE_MASKED(at, m, sums[i][j]);
            else
                STORE(at, sums[i][j]);
        }
}

/* `panels` registers of columns, all rows. */
static inline __attribute__((always_inline)) void panel(int panels, int masked, mask m,
                                                        const struct facet_product *p,
                                                        const float *a, const float *b, float *c)
{
    size_t row = 0;
    for (; row + ROWS <= p->rows; row += ROWS)
        tile(ROWS, panels, masked, m, p, a + row * p->a_row, b, c + row * p->c_row);
    a += row * p->a_row;
    c += row * p->c_row;
    switch (p->rows - row) {
    case 5:
        tile(5, panels, masked, m, p, a, b, c);
        break;
    case 4:
        tile(4, panels, masked, m, p, a, b, c);
        break;
    case 3:
        tile(3, panels, masked, m, p, a, b, c);
        break;
    case 2:
        tile(2, panels, masked, m, p, a, b, c);
        break;
    case 1:
        tile(1, panels, masked, m, p, a, b, c);
        break;
    default:
        break;
    }
}

static void product(const struct facet_product *p, const float *a, const float *b, float *c)
{
    size_t column = 0;
    const mask all = first(0);
    for (; column + PANELS * WIDTH <= p->columns; column += PANELS * WIDTH)
        panel(PANELS, 0, all, p, a, b + column, c + column);
    for (; column + WIDTH <= p->columns; column += WIDTH)
        panel(1, 0, all, p, a, b + column, c + column);
    if (column < p->columns) panel(1, 1, first(p->columns - column), p, a, b + column, c + column);
}

/* ---- Winograd ---- */

/* One-dimensional transforms of six (or four, or three) vectors in place of the matrices: stride
 * is the distance between a line's vectors. */
static inline void input_line(const vec *from, int step, vec *to)
{
    vec d0 = from[0], d1 = from[step], d2 = from[2 * step], d3 = from[3 * step],
        d4 = from[4 * step], d5 = from[5 * step];
    vec even = d4 - 4 * d2, odd = d3 - 4 * d1, near = d4 - d2, far = 2 * (d3 - d1);
    to[0] = 4 * d0 - 5 * d2 + d4;
    to[step] = even + odd;
    to[2 * step] = even - odd;
    to[3 * step] = near + far;
    to[4 * step] = near - far;
    to[5 * step] = 4 * d1 - 5 * d3 + d5;
}

static inline void input_gradient_line(const vec *from, int step, vec *to)
{
    vec v0 = from[0], v1 = from[step], v2 = from[2 * step], v3 = from[3 * step],
        v4 = from[4 * step], v5 = from[5 * step];
    vec sum12 = v1 + v2, sum34 = v3 + v4, less12 = v1 - v2, less34 = v3 - v4;
    to[0] = 4 * v0;
    to[step] = 4 * (v5 - less12) - 2 * less34;
    to[2 * step] = -5 * v0 - 4 * sum12 - sum34;
    to[3 * step] = less12 + 2 * less34 - 5 * v5;
    to[4 * step] = v0 + sum12 + sum34;
    to[5 * step] = v5;
}

static inline void output_line(const vec *from, int step, vec *to, int to_step)
{
    vec m0 = from[0], m5 = from[5 * step];
    vec sum12 = from[step] + from[2 * step], less12 = from[step] - from[2 * step];
    vec sum34 = from[3 * step] + from[4 * step], less34 = from[3 * step] - from[4 * step];
    to[0] = m0 + sum12 + sum34;
    to[to_step] = less12 + 2 * less34;
    to[2 * to_step] = sum12 + 4 * sum34;
    to[3 * to_step] = less12 + 8 * less34 + m5;
}

static inline void output_gradient_line(const vec *from, int step, vec *to, int to_step)
{
    vec y0 = from[0], y1 = from[step], y2 = from[2 * step], y3 = from[3 * step];
    vec even = y0 + y2, odd = y1 + y3, even4 = y0 + 4 * y2, odd8 = 2 * y1 + 8 * y3;
    to[0] = y0;
    to[to_step] = even + odd;
    to[2 * to_step] = even - odd;
    to[3 * to_step] = even4 + odd8;
    to[4 * to_step] = even4 - odd8;
    to[5 * to_step] = y3;
}

static inline vec load_or_zero(const float *at, int inside)
{
    vec zero = {0};
    return inside ? *(const vec *)at : zero;
}

static void winograd_input(const struct facet_conv *conv, const float *input, float *v,
                           size_t place)
{
    const size_t c = conv->in_c, tx_count = facet_winograd_tiles_x(conv);
    for (size_t tile = 0; tile < facet_winograd_tiles_y(conv) * tx_count; tile++) {
        const size_t y0 = tile / tx_count * 4 - conv->pad_y, x0 = tile % tx_count * 4 - conv->pad_x;
        for (size_t channel = 0; channel < c; channel += WIDTH) {
            vec d[36], t[36];
            for (size_t i = 0; i < 36; i++) {
                size_t y = y0 + i / 6, x = x0 + i % 6;
                d[i] = load_or_zero(input + (y * conv->in_w + x) * c + channel,
                                    y < conv->in_h && x < conv->in_w);
            }
            for (int i = 0; i < 6; i++) input_line(d + i, 6, t + i);
            for (int i = 0; i < 6; i++) input_line(t + 6 * i, 1, d + 6 * i);
            for (size_t i = 0; i < 36; i++) *(vec *)(v + i * place + tile * c + channel) = d[i];
        }
    }
}

static void winograd_input_gradient(const struct facet_conv *conv, const float *v, size_t place,
                                    float *gradient)
{
    const size_t c = conv->in_c, tx_count = facet_winograd_tiles_x(conv);
    for (size_t tile = 0; tile < facet_winograd_tiles_y(conv) * tx_count; tile++) {
        const size_t y0 = tile / tx_count * 4 - conv->pad_y, x0 = tile % tx_count * 4 - conv->pad_x;
        for (size_t channel = 0; channel < c; channel += WIDTH) {
            vec d[36], t[36];
            for (size_t i = 0; i < 36; i++)
                d[i] = *(const vec *)(v + i * place + tile * c + channel);
            for (int i = 0; i < 6; i++) input_gradient_line(d + i, 6, t + i);
            for (int i = 0; i < 6; i++) input_gradient_line(t + 6 * i, 1, d + 6 * i);
            for (size_t i = 0; i < 36; i++) {
                size_t y = y0 + i / 6, x = x0 + i % 6;
                if (y < conv->in_h && x < conv->in_w)
                    *(vec *)(gradient + (y * conv->in_w + x) * c + channel) += d[i];
            }
        }
    }
}

/* y (4, 4) of one tile. */
static inline void output_tile(const float *from, size_t place, vec *y)
{
    vec d[36], t[24];
    for (size_t i = 0; i < 36; i++) d[i] = *(const vec *)(from + i * place);
    for (int i = 0; i < 6; i++) output_line(d + i, 6, t + i, 6);
    for (int i = 0; i < 4; i++) output_line(t + 6 * i, 1, y + 4 * i, 1);
}

static void winograd_output(const struct facet_conv *conv, const float *m, size_t place, size_t ty,
                            float *strip)
{
    const size_t c = conv->out_c, tx_count = facet_winograd_tiles_x(conv);
    for (size_t tx = 0; tx < tx_count; tx++)
        for (size_t channel = 0; channel < c; channel += WIDTH) {
            vec y[16];
            output_tile(m + (ty * tx_count + tx) * c + channel, place, y);
            for (size_t i = 0; i < 16; i++)
                if (ty * 4 + i / 4 < conv->out_h && tx * 4 + i % 4 < conv->out_w)
                    *(vec *)(strip + (i / 4 * conv->out_w + tx * 4 + i % 4) * c + channel) = y[i];
        }
}

static void winograd_relu_pool(const struct facet_conv *conv, const float *m, size_t place,
                               size_t ty, const float *bias, float *out)
{
    const size_t c = conv->out_c, tx_count = facet_winograd_tiles_x(conv);
    const size_t h = conv->out_h / 2, w = conv->out_w / 2;
    for (size_t tx = 0; tx < tx_count; tx++)
        for (size_t channel = 0; channel < c; channel += WIDTH) {
            vec y[16];
            output_tile(m + (ty * tx_count + tx) * c + channel, place, y);
            for (size_t i = 0; i < 4; i++) {
                const vec *at = y + i / 2 * 8 + i % 2 * 2;
                if (ty * 2 + i / 2 >= h || tx * 2 + i % 2 >= w) continue;
                reg top = LARGER((reg)at[0], (reg)at[1]), bottom = LARGER((reg)at[4], (reg)at[5]);
                STORE(out + (i / 2 * w + tx * 2 + i % 2) * c + channel,
                      POSITIVE(LARGER(top, bottom) + LOAD(bias + channel)));
            }
        }
}

static void winograd_output_gradient(const struct facet_conv *conv, const float *strip, size_t ty,
                                     float *m, size_t place)
{
    const size_t c = conv->out_c, tx_count = facet_winograd_tiles_x(conv);
    for (size_t tx = 0; tx < tx_count; tx++)
        for (size_t channel = 0; channel < c; channel += WIDTH) {
            float *to = m + (ty * tx_count + tx) * c + channel;
            vec y[16], t[24], d[36];
            for (size_t i = 0; i < 16; i++)
                y[i] = load_or_zero(strip + (i / 4 * conv->out_w + tx * 4 + i % 4) * c + channel,
                                    ty * 4 + i / 4 < conv->out_h && tx * 4 + i % 4 < conv->out_w);
            for (int i = 0; i < 4; i++) output_gradient_line(y + i, 4, t + i, 4);
            for (int i = 0; i < 6; i++) output_gradient_line(t + 4 * i, 1, d + 6 * i, 1);
            for (size_t i = 0; i < 36; i++) *(vec *)(to + i * place) = d[i];
        }
}

static inline void weight_line(const vec *from, int step, vec *to, int to_step)
{
    vec g0 = from[0], g1 = from[step], g2 = from[2 * step];
    vec outer = (g0 + g2) * (1 / 6.0f), far = g0 * (1 / 24.0f) + g2 * (1 / 6.0f);
    to[0] = g0 * (1 / 4.0f);
    to[to_step] = -outer - g1 * (1 / 6.0f);
    to[2 * to_step] = g1 * (1 / 6.0f) - outer;
    to[3 * to_step] = far + g1 * (1 / 12.0f);
    to[4 * to_step] = far - g1 * (1 / 12.0f);
    to[5 * to_step] = g2;
}

static inline void weight_gradient_line(const vec *from, int step, vec *to, int to_step)
{
    vec sum12 = (from[step] + from[2 * step]) * (1 / 6.0f);
    vec less12 = (from[2 * step] - from[step]) * (1 / 6.0f);
    vec sum34 = from[3 * step] + from[4 * step], less34 = from[3 * step] - from[4 * step];
    to[0] = from[0] * (1 / 4.0f) - sum12 + sum34 * (1 / 24.0f);
    to[to_step] = less12 + less34 * (1 / 12.0f);
    to[2 * to_step] = sum34 * (1 / 6.0f) - sum12 + from[5 * step];
}

static void winograd_weight(const struct facet_conv *conv, const float *weight, float *u,
                            float *transposed)
{
    const size_t in_c = conv->in_c, out_c = conv->out_c, count = in_c * out_c;
    for (size_t in = 0; in < in_c; in++)
        for (size_t out = 0; out < out_c; out += WIDTH) {
            vec g[9], t[18], d[36];
            for (size_t i = 0; i < 9; i++)
                g[i] = *(const vec *)(weight + i * count + in * out_c + out);
            for (int i = 0; i < 3; i++) weight_line(g + i, 3, t + i, 3);
            for (int i = 0; i < 6; i++) weight_line(t + 3 * i, 1, d + 6 * i, 1);
            for (size_t i = 0; i < 36; i++) {
                *(vec *)(u + i * count + facet_winograd_in_u(conv, in, out)) = d[i];
                for (size_t k = 0; transposed != NULL && k < WIDTH; k++)
                    transposed[i * count + (out + k) * in_c + in] = d[i][k];
            }
        }
}

static void winograd_weight_gradient(const struct facet_conv *conv, const float *u, float *gradient)
{
    const size_t count = conv->in_c * conv->out_c;
    for (size_t at = 0; at < count; at += WIDTH) {
        vec d[36], t[18], g[9];
        for (size_t i = 0; i < 36; i++) d[i] = *(const vec *)(u + i * count + at);
        for (int i = 0; i < 6; i++) weight_gradient_line(d + i, 6, t + i, 6);
        for (int i = 0; i < 3; i++) weight_gradient_line(t + 6 * i, 1, g + 3 * i, 1);
        for (size_t i = 0; i < 9; i++) *(vec *)(gradient + i * count + at) = g[i];
    }
}

/* ---- Winograd in one region ---- */

static void region_input(const struct facet_conv *conv, size_t y0, size_t x0, const float *input,
                         float *v, size_t place)
{
    for (size_t channel = 0; channel < conv->in_c; channel += WIDTH) {
        vec d[16], t[16];
        for (size_t i = 0; i < 16; i++) {
            size_t y = y0 + i / 4, x = x0 + i % 4;
            d[i] = load_or_zero(input + (y * conv->in_w + x) * conv->in_c + channel,
                                y < conv->in_h && x < conv->in_w);
        }
        for (int i = 0; i < 4; i++) {
            t[i] = d[i] - d[8 + i];
            t[4 + i] = (d[4 + i] + d[8 + i]) * 0.5f;
            t[8 + i] = (d[8 + i] - d[4 + i]) * 0.5f;
            t[12 + i] = d[4 + i] - d[12 + i];
        }
        for (size_t i = 0; i < 16; i += 4) {
            float *to = v + i * place + channel;
            *(vec *)to = t[i] - t[i + 2];
            *(vec *)(to + place) = (t[i + 1] + t[i + 2]) * 0.5f;
            *(vec *)(to + 2 * place) = (t[i + 2] - t[i + 1]) * 0.5f;
            *(vec *)(to + 3 * place) = t[i + 1] - t[i + 3];
        }
    }
}

static void region_output(const struct facet_conv *conv, size_t y0, size_t x0, const float *m,
                          size_t place, const float *bias, float *output)
{
    const size_t c = conv->out_c;
    for (size_t channel = 0; channel < c; channel += WIDTH) {
        vec d[16], t[8], b = *(const vec *)(bias + channel);
        for (size_t i = 0; i < 16; i++) d[i] = *(const vec *)(m + i * place + channel);
        for (int i = 0; i < 4; i++) {
            t[i] = d[i] + d[4 + i] + d[8 + i];
            t[4 + i] = d[4 + i] - d[8 + i] - d[12 + i];
        }
        for (size_t i = 0; i < 2 && y0 + i < conv->out_h; i++) {
            float *to = output + ((y0 + i) * conv->out_w + x0) * c + channel;
            const vec *row = t + 4 * i;
            *(vec *)to = row[0] + row[1] + row[2] + b;
            if (x0 + 1 < conv->out_w) *(vec *)(to + c) = row[1] - row[2] - row[3] + b;
        }
    }
}

/* U of WIDTH columns for one input channel; their weights lie FACET_REGION_PANEL apart. Loads are
 * what bounds those who call it: `volatile` keeps the compiler from loading a weight for each use.
 */
static inline __attribute__((always_inline)) void region_weight(const float *weight, vec *u)
{
    vec g[9], t[12];
    for (size_t i = 0; i < 9; i++) g[i] = *(const volatile vec *)(weight + i * FACET_REGION_PANEL);
    for (int i = 0; i < 3; i++) {
        vec outer = g[i] + g[6 + i];
        t[i] = g[i];
        t[3 + i] = outer + g[3 + i];
        t[6 + i] = outer - g[3 + i];
        t[9 + i] = g[6 + i];
    }
    for (size_t i = 0; i < 4; i++) {
        const vec *row = t + 3 * i;
        vec outer = row[0] + row[2];
        u[4 * i] = row[0];
        u[4 * i + 1] = outer + row[1];
        u[4 * i + 2] = outer - row[1];
        u[4 * i + 3] = row[2];
    }
}

/* WIDTH columns of one image: U never leaves the registers. */
static void region_image(size_t in_c, const float *weight, const float *v, size_t place, float *m,
                         size_t out_place)
{
    reg sums[FACET_REGION_PLACES];
    for (size_t i = 0; i < FACET_REGION_PLACES; i++) sums[i] = ZERO();
    for (size_t in = 0; in < in_c; in++, v++, weight += 9 * FACET_REGION_PANEL) {
        vec u[FACET_REGION_PLACES];
        region_weight(weight, u);
        for (size_t i = 0; i < FACET_REGION_PLACES; i++)
            sums[i] = FMA(SPLAT(v[i * place]), (reg)u[i], sums[i]);
    }
    for (size_t i = 0; i < FACET_REGION_PLACES; i++) STORE(m + i * out_place, sums[i]);
}

/* At most FACET_REGION_COLUMNS columns of many images: U is stored once for all. */
static void region_images(size_t in_c, size_t columns, size_t images, const float *weight,
                          const float *v, size_t place, float *u, float *m, size_t out_place,
                          size_t out_c)
{
    const size_t u_place = facet_winograd_place(in_c * columns);
    const struct facet_product p = {.rows = images,
                                    .columns = columns,
                                    .segments = 1,
                                    .inner = in_c,
                                    .a_row = in_c,
                                    .a_inner = 1,
                                    .b_row = columns,
                                    .c_row = out_c};
    for (size_t at = 0; at < columns; at += FACET_REGION_PANEL)
        for (size_t in = 0; in < in_c; in++, weight += 9 * FACET_REGION_PANEL)
            for (size_t lane = 0; lane < FACET_REGION_PANEL; lane += WIDTH) {
                vec of_u[FACET_REGION_PLACES];
                region_weight(weight + lane, of_u);
                for (size_t i = 0; i < FACET_REGION_PLACES; i++)
                    *(vec *)(u + i * u_place + in * columns + at + lane) = of_u[i];
            }
    for (size_t i = 0; i < FACET_REGION_PLACES; i++)
        product(&p, v + i * place, u + i * u_place, m + i * out_place);
}

static void region_product(const struct facet_conv *conv, size_t images, const float *weight,
                           const float *v, size_t place, float *u, float *m, size_t out_place)
{
    const size_t in_c = conv->in_c, out_c = conv->out_c, step = FACET_REGION_COLUMNS;
    if (images > FEW) {
        for (size_t at = 0; at < out_c; at += step)
            region_images(in_c, out_c - at < step ? out_c - at : step, images,
                          weight + 9 * in_c * at, v, place, u, m + at, out_place, out_c);
        return;
    }
    for (size_t at = 0; at < out_c;
         at += FACET_REGION_PANEL, weight += 9 * in_c * FACET_REGION_PANEL)
        for (size_t n = 0; n < images; n++)
            for (size_t lane = 0; lane < FACET_REGION_PANEL; lane += WIDTH)
                region_image(in_c, weight + lane, v + n * in_c, place, m + n * out_c + at + lane,
                             out_place);
}

#include "kernels/shallow_simd.h"

/* ---- ReLU and pooling ---- */

static void relu_pool_index(size_t width, size_t c, const float *restrict rows,
                            const float *restrict bias, float *restrict out,
                            uint8_t *restrict index)
{
    for (size_t x = 0; x < width / 2; x++, out += c, index += c) {
        const float *a = rows + 2 * x * c, *b = a + c, *d = a + width * c, *e = d + c;
        for (size_t i = 0; i < c; i++) {
            float most = a[i];
            int32_t which = 0;
            which = b[i] > most || b[i] != b[i] ? 1 : which;
            most = b[i] > most || b[i] != b[i] ? b[i] : most;
            which = d[i] > most || d[i] != d[i] ? 2 : which;
            most = d[i] > most || d[i] != d[i] ? d[i] : most;
            which = e[i] > most || e[i] != e[i] ? 3 : which;
            most = e[i] > most || e[i] != e[i] ? e[i] : most;
            most += bias[i];
            index[i] = (uint8_t)(most <= 0 ? FACET_UNPOOLED : which);
            out[i] = most <= 0 ? 0 : most;
        }
    }
}

/* Calls what(at, masked, mask) for the channels at .. at + WIDTH - 1 of c, the last ones masked. */
#define EACH_VECTOR(c, at, what)                                                                   \
    do {                                                                                           \
        size_t at = 0;                                                                             \
        for (; at + WIDTH <= (c); at += WIDTH) what(at, 0, first(WIDTH));                          \
        if (at < (c)) what(at, 1, first((c)-at));                                                  \
    } while (0)

static inline __attribute__((always_inline)) reg load(int masked, mask m, const float *from)
{
    return masked ? LOAD_MASKED(m, from) : LOAD(from);
}

static inline __attribute__((always_inline)) void store(int masked, mask m, float *to, reg value)
{
    if (masked)
        STORE_MASKED(to, m, value);
    else
        STORE(to, value);
}

/* The largest of a window: its pixels lie `c` and `line` floats apart. */
static inline __attribute__((always_inline)) reg largest(int masked, mask m, const float *at,
                                                         size_t c, size_t line)
{
    reg top = LARGER(load(masked, m, at), load(masked, m, at + c));
    reg bottom = LARGER(load(masked, m, at + line), load(masked, m, at + line + c));
    return LARGER(top, bottom);
}

static void max_pool(size_t width, size_t c, const float *rows, float *out)
{
    for (size_t x = 0; x < width / 2; x++, out += c, rows += 2 * c) {
#define WINDOW(at, masked, m)                                                                      \
    store(masked, m, out + at, largest(masked, m, rows + at, c, width * c))
        EACH_VECTOR(c, at, WINDOW);
#undef WINDOW
    }
}

static void relu_pool(size_t width, size_t c, const float *rows, const float *bias, float *out,
                      uint8_t *index)
{
    if (index != NULL) {
        relu_pool_index(width, c, rows, bias, out, index);
        return;
    }
    for (size_t x = 0; x < width / 2; x++, out += c, rows += 2 * c) {
#define WINDOW(at, masked, m)                                                                      \
    store(masked, m, out + at,                                                                     \
          POSITIVE(largest(masked, m, rows + at, c, width * c) + load(masked, m, bias + at)))
        EACH_VECTOR(c, at, WINDOW);
#undef WINDOW
    }
}

/* f(x) for a vector of channels from `channel` on. */
static inline __attribute__((always_inline)) reg activate(enum facet_activation activation,
                                                          int masked, mask m, size_t channel,
                                                          const struct facet_finish *how, reg x)
{
    switch (activation) {
    case FACET_RELU:
        return POSITIVE(x);
    case FACET_SLOPE:
        return ABOVE(x, x * load(masked, m, how->slope + channel));
    case FACET_CLIP:
        return -LARGER(-LARGER(x, SPLAT(how->low)), SPLAT(-how->high));
    default:
        return x;
    }
}

/* With constants for `activation` and `add`. */
static inline __attribute__((always_inline)) void
finish_as(enum facet_activation activation, int add, size_t pixels, size_t c, const float *from,
          const struct facet_finish *how, float *out)
{
    const float *added = how->add;
    for (size_t p = 0; p < pixels; p++, from += c, out += c, added += add ? c : 0) {
#define FINISH(at, masked, m)                                                                      \
    do {                                                                                           \
        reg x = load(masked, m, from + at);                                                        \
        if (how->bias != NULL) x = x + load(masked, m, how->bias + at);                            \
        if (add) x = x + load(masked, m, added + at);                                              \
        store(masked, m, out + at, activate(activation, masked, m, at, how, x));                   \
    } while (0)
        EACH_VECTOR(c, at, FINISH);
#undef FINISH
    }
}

static void finish(size_t pixels, size_t c, const float *from, const struct facet_finish *how,
                   float *out)
{
#define CASE(activation)                                                                           \
    case activation:                                                                               \
        if (how->add != NULL)                                                                      \
            finish_as(activation, 1, pixels, c, from, how, out);                                   \
        else                                                                                       \
            finish_as(activation, 0, pixels, c, from, how, out);                                   \
        break
    switch (how->activation) {
        CASE(FACET_LINEAR);
        CASE(FACET_RELU);
        CASE(FACET_SLOPE);
        CASE(FACET_CLIP);
    }
#undef CASE
}

static void relu(size_t count, float *values)
{
#define CUT(at, masked, m) store(masked, m, values + at, POSITIVE(load(masked, m, values + at)))
    EACH_VECTOR(count, at, CUT);
#undef CUT
}

static void unpool(size_t width, size_t c, const float *restrict gradient,
                   const uint8_t *restrict index, float *restrict rows)
{
    for (size_t x = 0; x < width / 2; x++, gradient += c, index += c) {
        float *a = rows + 2 * x * c, *b = a + c, *d = a + width * c, *e = d + c;
        for (size_t i = 0; i < c; i++) {
            a[i] = index[i] == 0 ? gradient[i] : 0;
            b[i] = index[i] == 1 ? gradient[i] : 0;
            d[i] = index[i] == 2 ? gradient[i] : 0;
            e[i] = index[i] == 3 ? gradient[i] : 0;
        }
    }
    if (width % 2 == 1)
        for (size_t i = 0; i < c; i++)
            rows[(width - 1) * c + i] = rows[(2 * width - 1) * c + i] = 0;
}

/* ---- convolution, ReLU and pooling in one ---- */

/* One window, `panels` registers of channels from weight and bias on: the sums of its four pixels
 * stay in registers until the largest is known. */
static inline __attribute__((always_inline)) void window(int panels, int masked, mask m,
                                                         const struct facet_conv *conv,
                                                         const float *input, const float *weight,
                                                         const float *bias, float *out)
{
    const size_t line = conv->in_w * conv->in_c, c = conv->out_c;
    reg sums[4][PANELS];
    for (int i = 0; i < 4; i++)
        for (int j = 0; j < panels; j++) sums[i][j] = ZERO();
    for (size_t ky = 0; ky < conv->kernel_h; ky++, input += line) {
        const float *left = input;
        for (size_t k = 0; k < conv->kernel_w * conv->in_c; k++, left++, weight += c) {
            reg of_w[PANELS];
            for (int j = 0; j < panels; j++) of_w[j] = load(masked, m, weight + j * WIDTH);
            for (int i = 0; i < 4; i++) {
                reg pixel = SPLAT(left[(size_t)(i / 2) * line + (size_t)(i % 2) * conv->in_c]);
                for (int j = 0; j < panels; j++) sums[i][j] = FMA(pixel, of_w[j], sums[i][j]);
            }
        }
    }
    for (int j = 0; j < panels; j++) {
        reg top = LARGER(sums[0][j], sums[1][j]), bottom = LARGER(sums[2][j], sums[3][j]);
        store(masked, m, out + j * WIDTH,
              POSITIVE(LARGER(top, bottom) + load(masked, m, bias + j * WIDTH)));
    }
}

static void conv_relu_pool(const struct facet_conv *conv, size_t y, const float *input,
                           const float *weight, const float *bias, float *out)
{
    const size_t c = conv->out_c, in_c = conv->in_c;
    const float *line = input + 2 * y * conv->in_w * in_c;
    size_t at = 0;
    for (; at + PANELS * WIDTH <= c; at += PANELS * WIDTH)
        for (size_t x = 0; x < conv->out_w / 2; x++)
            window(PANELS, 0, first(0), conv, line + 2 * x * in_c, weight + at, bias + at,
                   out + x * c + at);
    for (; at < c; at += WIDTH)
        for (size_t x = 0; x < conv->out_w / 2; x++)
            if (at + WIDTH <= c)
                window(1, 0, first(0), conv, line + 2 * x * in_c, weight + at, bias + at,
                       out + x * c + at);
            else
                window(1, 1, first(c - at), conv, line + 2 * x * in_c, weight + at, bias + at,
                       out + x * c + at);
}

/* ---- one channel at a time ---- */

/* `pixels` neighbours of an output row from x on, for which taps kx0 .. kx1 - 1 of each line lie
 * inside the map. */
static inline __attribute__((always_inline)) void
depthwise_pixels(int pixels, int masked, mask m, const struct facet_window *w, size_t row, size_t x,
                 size_t kx0, size_t kx1, const float *input, const float *weight, float *out)
{
    const size_t c = w->channels, step = w->stride[2] * c;
    reg sums[PIXELS];
    for (int i = 0; i < pixels; i++) sums[i] = ZERO();
    for (size_t kz = 0; kz < w->kernel[0]; kz++) {
        const size_t z = facet_window_place(w, 0, row / w->out[1], kz);
        for (size_t ky = 0; z < w->in[0] && ky < w->kernel[1]; ky++) {
            const size_t y = facet_window_place(w, 1, row % w->out[1], ky);
            if (y >= w->in[1]) continue;
            const float *line = input + (z * w->in[1] + y) * w->in[2] * c;
            const float *taps = weight + (kz * w->kernel[1] + ky) * w->kernel[2] * c;
            for (size_t kx = kx0; kx < kx1; kx++) {
                const float *from = line + facet_window_place(w, 2, x, kx) * c;
                const reg tap = load(masked, m, taps + kx * c);
                for (int i = 0; i < pixels; i++)
                    sums[i] = FMA(load(masked, m, from + (size_t)i * step), tap, sums[i]);
            }
        }
    }
    for (int i = 0; i < pixels; i++) store(masked, m, out + (x + (size_t)i) * c, sums[i]);
}

static void depthwise(const struct facet_window *w, size_t row, const float *input,
                      const float *weight, float *out)
{
    const size_t taps = w->kernel[2];
    size_t x = 0;
    while (x < w->out[2]) {
        size_t kx0 = 0, kx1 = taps;
        while (kx0 < taps && facet_window_place(w, 2, x, kx0) >= w->in[2]) kx0++;
        while (kx1 > kx0 && facet_window_place(w, 2, x, kx1 - 1) >= w->in[2]) kx1--;
        const int many = kx0 == 0 && kx1 == taps && x + PIXELS <= w->out[2] &&
                         facet_window_place(w, 2, x + PIXELS - 1, taps - 1) < w->in[2];
#define PIECE(at, masked, m)                                                                       \
    do {                                                                                           \
        if (many)                                                                                  \
            depthwise_pixels(PIXELS, masked, m, w, row, x, 0, taps, input + at, weight + at,       \
                             out + at);                                                            \
        else                                                                                       \
            depthwise_pixels(1, masked, m, w, row, x, kx0, kx1, input + at, weight + at,           \
                             out + at);                                                            \
    } while (0)
        EACH_VECTOR(w->channels, at, PIECE);
#undef PIECE
        x += many ? PIXELS : 1;
    }
}

#define FACET_KERNELS_SET(called, what, bits)                                                      \
    {                                                                                              \
        .name = called, .summary = what, .runs = runs, .product = product,                         \
        .winograd_input = winograd_input, .winograd_output = winograd_output,                      \
        .winograd_output_gradient = winograd_output_gradient,                                      \
        .winograd_input_gradient = winograd_input_gradient, .winograd_weight = winograd_weight,    \
        .winograd_weight_gradient = winograd_weight_gradient, .region_input = region_input,        \
        .region_output = region_output, .region_product = region_product,                          \
        .shallow_input = shallow_input, .shallow_output = shallow_output,                          \
        .shallow_relu_pool = shallow_relu_pool, .relu_pool = relu_pool, .unpool = unpool,          \
        .max_pool = max_pool, .finish = finish, .relu = relu, .depthwise = depthwise,              \
        .conv_relu_pool = conv_relu_pool, .winograd_relu_pool = winograd_relu_pool,                \
        .hamming = bits,                                                                           \
    }
