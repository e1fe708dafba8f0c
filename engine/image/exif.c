/* The one thing we want from EXIF: which way up the picture is. */
#include "image/formats.h"

#include <stdlib.h>

enum { TAG_ORIENTATION = 0x0112, TYPE_SHORT = 3, TYPE_LONG = 4, ENTRY_BYTES = 12 };

/* A TIFF block; reads outside it give 0, so that no offset in it needs to be trusted. */
struct block {
    const uint8_t *data;
    size_t size;
    int big_endian;
};

static uint32_t get(const struct block *b, size_t offset, int bytes)
{
    uint32_t value = 0;
    if (offset > b->size || b->size - offset < (size_t)bytes) return 0;
    for (int i = 0; i < bytes; i++)
        value = value << 8 | b->data[offset + (size_t)(b->big_endian ? i : bytes - 1 - i)];
    return value;
}

int facet_exif_orientation(const uint8_t *data, size_t size)
{
    if (size < 8 || data[0] != data[1] || (data[0] != 'I' && data[0] != 'M')) return 1;
    struct block b = {data, size, data[0] == 'M'};
    if (get(&b, 2, 2) != 42) return 1;
    size_t directory = get(&b, 4, 4);
    uint32_t entries = get(&b, directory, 2);
    for (uint32_t i = 0; i < entries; i++) {
        size_t entry = directory + 2 + (size_t)i * ENTRY_BYTES;
        if (get(&b, entry, 2) != TAG_ORIENTATION) continue;
        uint32_t type = get(&b, entry + 2, 2), count = get(&b, entry + 4, 4);
        if ((type != TYPE_SHORT && type != TYPE_LONG) || count != 1) return 1;
        uint32_t value = get(&b, entry + 8, type == TYPE_SHORT ? 2 : 4);
        return value >= 1 && value <= 8 ? (int)value : 1;
    }
    return 1;
}

int facet_image_orient(struct facet_image *image, int orientation, const char *path)
{
    if (orientation == 1) return FACET_OK;
    /* Orientations 5..8 store columns as rows; the flips are those of the stored picture. */
    int swap = orientation >= 5;
    int flip_x = orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
    int flip_y = orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
    int w = image->width, h = image->height;
    struct facet_image upright;
    int code =
        facet_image_new_for(path, (uint32_t)(swap ? h : w), (uint32_t)(swap ? w : h), &upright);
    if (code < 0) return code;
    uint8_t *out = upright.pixels;
    for (int y = 0; y < upright.height; y++)
        for (int x = 0; x < upright.width; x++, out += 3) {
            int sx = swap ? y : x, sy = swap ? x : y;
            if (flip_x) sx = w - 1 - sx;
            if (flip_y) sy = h - 1 - sy;
            const uint8_t *in = image->pixels + ((size_t)sy * (size_t)w + (size_t)sx) * 3;
            out[0] = in[0];
            out[1] = in[1];
            out[2] = in[2];
        }
    facet_image_free(image);
    *image = upright;
    return FACET_OK;
}
