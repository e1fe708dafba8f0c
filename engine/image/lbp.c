#include "image/lbp.h"

#include "base/clones.h"
#include "image/resample.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    VERSION = 1,
    WIDTH = 188,
    HEIGHT = 220,
    CELL = 10,     /* pixels a side */
    KNOWN = 5,     /* points that a manifest has */
    POINTS = 21,   /* the most */
    COUNTERS = 64, /* for 59 bins and the pixels without a pattern */
    LANES = 4,     /* histograms of a cell that are counted side by side */
};

/* How these were found is told in the header; in pixels of a face of 94 x 110. */
static const double template_points[POINTS][2] = {
    {25.025, 32.15}, {68.975, 32.15}, {47, 58},       {27.675, 80.5}, {66.325, 80.5}, /* known */
    {6.42, 22.7},    {21.39, 16.4},   {38.55, 21.37},                 /* left brow */
    {55.45, 21.37},  {72.61, 16.4},   {87.58, 22.7},                  /* right */
    {16.55, 32.34},  {33.93, 33.51},  {60.07, 33.51}, {77.45, 32.34}, /* corners of the eyes */
    {47, 31.47},     {37.05, 64.1},   {56.95, 64.1},  {47, 67.71},    /* nose */
    {47, 77.22},     {47, 91.52},                                     /* lips */
};

struct scale {
    int width, height;
    struct facet_resizer *resizer;
    size_t at; /* its bins in the scratch */
};

struct facet_lbp {
    int points, scales, cells;
    struct scale scale[FACET_LBP_SCALES];
    size_t pixels;               /* of all scales together */
    float root[CELL * CELL + 1]; /* what a count becomes */
};

/* ---- patterns ---- */

/* Bin of a pattern; see the header. */
static int bin_of(unsigned pattern)
{
    int bits = 0, changes = 0, first = 0;
    for (int p = 0; p < 8; p++) {
        const unsigned here = pattern >> p & 1, before = pattern >> (p + 7) % 8 & 1;
        bits += (int)here;
        changes += here != before;
        if (here && !before) first = p;
    }
    if (changes > 2) return FACET_LBP_BINS - 1;
    if (bits == 0) return 0;
    return bits == 8 ? FACET_LBP_BINS - 2 : 1 + 8 * (bits - 1) + (8 - first) % 8;
}

/* Patterns of `count` pixels from `in` on, rows `width` apart. */
FACET_CLONES
static void code_row(const uint8_t *restrict in, size_t width, size_t count, uint8_t *restrict out)
{
    const uint8_t *restrict above = in - width, *restrict below = in + width;
    for (size_t x = 0; x < count; x++) {
        const uint8_t c = in[x];
        uint8_t code = in[x + 1] >= c;
        code |= (uint8_t)((above[x + 1] >= c) << 1);
        code |= (uint8_t)((above[x] >= c) << 2);
        code |= (uint8_t)((*(above + x - 1) >= c) << 3);
        code |= (uint8_t)((*(in + x - 1) >= c) << 4);
        code |= (uint8_t)((*(below + x - 1) >= c) << 5);
        code |= (uint8_t)((below[x] >= c) << 6);
        code |= (uint8_t)((below[x + 1] >= c) << 7);
        out[x] = code;
    }
}

void facet_lbp_bins(const uint8_t *picture, int width, int height, uint8_t *bins)
{
    const size_t w = (size_t)width, h = (size_t)height;
    uint8_t table[256];
    for (unsigned i = 0; i < 256; i++) table[i] = (uint8_t)bin_of(i);
    memset(bins, FACET_LBP_NONE, w * h);
    for (size_t y = 1; w > 2 && y + 1 < h; y++) {
        uint8_t *row = bins + y * w + 1;
        code_row(picture + y * w + 1, w, w - 2, row);
        for (size_t x = 0; x < w - 2; x++) row[x] = table[row[x]];
    }
}

FACET_CLONES
static void round_plane(const float *restrict in, size_t count, uint8_t *restrict out)
{
    for (size_t i = 0; i < count; i++) out[i] = (uint8_t)(int)(in[i] + 0.5f);
}

/* ---- scratch: bins of all scales, then a picture, a plane and a line of the largest ---- */

static size_t aligned(size_t bytes)
{
    return (bytes + 63) / 64 * 64;
}

size_t facet_lbp_scratch(const struct facet_lbp *lbp)
{
    return aligned(lbp->pixels) + aligned(WIDTH * HEIGHT) +
           (WIDTH * HEIGHT + WIDTH) * sizeof(float);
}

void facet_lbp_patterns(const struct facet_lbp *lbp, const float *face, void *scratch)
{
    uint8_t *bins = scratch, *picture = bins + aligned(lbp->pixels);
    float *plane = (float *)(void *)(picture + aligned(WIDTH * HEIGHT));
    for (int k = 0; k < lbp->scales; k++) {
        const struct scale *s = &lbp->scale[k];
        facet_resizer_run(s->resizer, face, plane + WIDTH * HEIGHT, plane);
        round_plane(plane, (size_t)(s->width * s->height), picture);
        facet_lbp_bins(picture, s->width, s->height, bins + s->at);
    }
}

/* ---- histograms ---- */

/* Values of the cell whose first pixel is (x0, y0), which may lie outside. */
static void count_cell(const struct facet_lbp *lbp, const struct scale *s, const uint8_t *bins,
                       int x0, int y0, float *restrict out)
{
    uint8_t counts[LANES][COUNTERS] = {0};
    const int left = x0 > 0 ? x0 : 0, right = x0 + CELL < s->width ? x0 + CELL : s->width;
    const int top = y0 > 0 ? y0 : 0, bottom = y0 + CELL < s->height ? y0 + CELL : s->height;
    for (int y = top; y < bottom; y++)
        for (int x = left; x < right; x++) counts[x % LANES][bins[y * s->width + x]]++;
    for (int b = 0; b < FACET_LBP_BINS; b++)
        out[b] = lbp->root[counts[0][b] + counts[1][b] + counts[2][b] + counts[3][b]];
}

/* Where the first pixel of a patch lies along an axis; a point far outside sees nothing. */
static int patch_start(double place, int size, int side)
{
    const double start = floor(place - side / 2.0 + 0.5);
    return (int)fmin(fmax(start, -side), size);
}

void facet_lbp_count(const struct facet_lbp *lbp, const void *scratch, const double *landmarks,
                     float *out)
{
    const int cells = lbp->cells, side = cells * CELL;
    for (int p = 0; p < lbp->points; p++) {
        const int own = landmarks != NULL && p < KNOWN;
        const double x = own ? landmarks[2 * p] / WIDTH : template_points[p][0] / 94;
        const double y = own ? landmarks[2 * p + 1] / HEIGHT : template_points[p][1] / 110;
        for (int k = 0; k < lbp->scales; k++) {
            const struct scale *s = &lbp->scale[k];
            const uint8_t *bins = (const uint8_t *)scratch + s->at;
            const int left = patch_start(x * s->width, s->width, side);
            const int top = patch_start(y * s->height, s->height, side);
            for (int c = 0; c < cells * cells; c++, out += FACET_LBP_BINS)
                count_cell(lbp, s, bins, left + c % cells * CELL, top + c / cells * CELL, out);
        }
    }
}

/* ---- setting up ---- */

void facet_lbp_preprocess(struct facet_preprocess *p)
{
    facet_preprocess_default(p, WIDTH, HEIGHT, 1);
    for (int i = 0; i < KNOWN; i++) {
        p->points[2 * i] = template_points[i][0] * WIDTH / 94;
        p->points[2 * i + 1] = template_points[i][1] * HEIGHT / 110;
    }
    p->mean[0] = 0;
    p->scale[0] = 1;
}

int facet_lbp_new(struct facet_lbp **lbp, int points, int scales, int cells)
{
    if ((points != KNOWN && points != POINTS) || scales < 1 || scales > FACET_LBP_SCALES ||
        cells < 1 || cells > FACET_LBP_CELLS)
        return facet_fail(FACET_EINVAL,
                          "LBP at %d points, %d scales, %d cells a side: expected %d or %d points, "
                          "1 to %d scales, 1 to %d cells",
                          points, scales, cells, KNOWN, POINTS, FACET_LBP_SCALES, FACET_LBP_CELLS);
    struct facet_lbp *l = facet_alloc(1, sizeof *l, "LBP");
    if (l == NULL) return FACET_ENOMEM;
    l->points = points;
    l->scales = scales;
    l->cells = cells;
    for (int i = 0; i <= CELL * CELL; i++) l->root[i] = (float)sqrt(i / (double)(CELL * CELL));
    int code = FACET_OK;
    for (int k = 0; code == FACET_OK && k < scales; k++) {
        struct scale *s = &l->scale[k];
        s->width = (int)lround(WIDTH * pow(2, -k / 2.0));
        s->height = (int)lround(HEIGHT * pow(2, -k / 2.0));
        s->at = l->pixels;
        l->pixels += (size_t)(s->width * s->height);
        code = facet_resizer_new(&s->resizer, WIDTH, HEIGHT, s->width, s->height);
    }
    if (code < 0)
        facet_lbp_free(&l);
    else
        *lbp = l;
    return code;
}

void facet_lbp_free(struct facet_lbp **lbp)
{
    if (*lbp == NULL) return;
    for (int k = 0; k < FACET_LBP_SCALES; k++) facet_resizer_free(&(*lbp)->scale[k].resizer);
    free(*lbp);
    *lbp = NULL;
}

size_t facet_lbp_values(const struct facet_lbp *lbp)
{
    return (size_t)(lbp->points * lbp->scales * lbp->cells * lbp->cells * FACET_LBP_BINS);
}

int facet_lbp_describe(const struct facet_lbp *lbp, int landmarks, char **text)
{
    char sizes[128] = "", points[512] = "";
    size_t used = 0;
    for (int k = 0; k < lbp->scales; k++)
        used += (size_t)snprintf(sizes + used, sizeof sizes - used, " %dx%d", lbp->scale[k].width,
                                 lbp->scale[k].height);
    used = 0;
    for (int p = landmarks ? KNOWN : 0; p < lbp->points; p++)
        used += (size_t)snprintf(points + used, sizeof points - used, " (%g, %g)",
                                 template_points[p][0], template_points[p][1]);
    const int own = landmarks ? KNOWN : 0;
    *text = facet_format("high-dimensional LBP %d: %d points x %d scales x %dx%d cells x %d bins; "
                         "%d points are landmarks of each image, %d places of the template%s%s; "
                         "scales%s; cells of %dx%d pixels; 3x3 ring, uniform patterns; square "
                         "root of the share of a cell",
                         VERSION, lbp->points, lbp->scales, lbp->cells, lbp->cells, FACET_LBP_BINS,
                         own, lbp->points - own, lbp->points > own ? ", in a face of 94x110:" : "",
                         points, sizes, CELL, CELL);
    return *text == NULL ? FACET_ENOMEM : FACET_OK;
}
