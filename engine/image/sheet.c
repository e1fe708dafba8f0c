#include "image/sheet.h"

#include <assert.h>
#include <string.h>

enum { MARGIN = 4, BACKGROUND = 160 };

/* Pixels along one side, or -1 where they are too many for a picture anyway. */
static int measure(int tiles, int size, int factor)
{
    int64_t side = MARGIN + (int64_t)tiles * ((int64_t)size * factor + MARGIN);
    return tiles < 1 || factor < 1 || factor > 256 || side > 65535 ? -1 : (int)side;
}

int facet_sheet_new(struct facet_sheet *sheet, int rows, int columns,
                    const struct facet_preprocess *p, int factor)
{
    struct facet_sheet s = {.rows = rows, .columns = columns, .factor = factor};
    s.width = p->width;
    s.height = p->height;
    int code = facet_image_new(&s.image, measure(columns, p->width, factor),
                               measure(rows, p->height, factor));
    if (code < 0)
        return facet_fail(code,
                          "contact sheet of %d x %d tiles of %d x %d pixels, %d times enlarged: "
                          "doesn't make a picture",
                          columns, rows, p->width, p->height, factor);
    memset(s.image.pixels, BACKGROUND, (size_t)s.image.width * (size_t)s.image.height * 3);
    *sheet = s;
    return FACET_OK;
}

void facet_sheet_free(struct facet_sheet *sheet)
{
    if (sheet != NULL) facet_image_free(&sheet->image);
}

static uint8_t round_to_byte(float value)
{
    return (uint8_t)(value > 0 ? value < 255 ? value + 0.5f : 255 : 0);
}

void facet_sheet_put(struct facet_sheet *sheet, int row, int column,
                     const struct facet_preprocess *p, const float *values)
{
    assert(row >= 0 && row < sheet->rows && column >= 0 && column < sheet->columns);
    assert(p->width == sheet->width && p->height == sheet->height);
    const int f = sheet->factor, w = sheet->width * f, h = sheet->height * f;
    const size_t plane = (size_t)p->width * (size_t)p->height;
    const size_t left = (size_t)(MARGIN + column * (w + MARGIN));
    const size_t top = (size_t)(MARGIN + row * (h + MARGIN));
    for (int y = 0; y < h; y++) {
        uint8_t *out =
            sheet->image.pixels + ((top + (size_t)y) * (size_t)sheet->image.width + left) * 3;
        for (int x = 0; x < w; x++, out += 3) {
            const float *in = values + (size_t)(y / f) * (size_t)p->width + (size_t)(x / f);
            for (size_t c = 0; c < 3; c++)
                out[c] = round_to_byte(in[facet_preprocess_channel(p, c) * plane]);
        }
    }
}
