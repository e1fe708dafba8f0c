#include "image/image.h"

#include "image/formats.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Pixels are undefined. */
static int new_image(struct facet_image *image, int width, int height)
{
    const int most = 65535;
    if (width < 1 || width > most || height < 1 || height > most ||
        (uint64_t)width * (uint64_t)height > FACET_IMAGE_MAX_PIXELS)
        return facet_fail(FACET_EINVAL,
                          "a picture of %d x %d pixels, expected 1 to %d a side and at most %u",
                          width, height, most, FACET_IMAGE_MAX_PIXELS);
    uint8_t *pixels = malloc((size_t)width * (size_t)height * 3 + FACET_IMAGE_SLACK);
    if (pixels == NULL)
        return facet_fail(FACET_ENOMEM, "no memory for a picture of %d x %d pixels", width, height);
    *image = (struct facet_image){.width = width, .height = height, .pixels = pixels};
    return FACET_OK;
}

int facet_image_new(struct facet_image *image, int width, int height)
{
    int code = new_image(image, width, height);
    if (code == FACET_OK) memset(image->pixels, 0, (size_t)width * (size_t)height * 3);
    return code;
}

void facet_image_free(struct facet_image *image)
{
    if (image == NULL) return;
    free(image->pixels);
    *image = (struct facet_image){0};
}

int facet_image_new_for(const char *path, uint32_t width, uint32_t height,
                        struct facet_image *image)
{
    const uint32_t most = 0x7fffffff; /* PNG's largest, and an int */
    int code =
        new_image(image, (int)(width < most ? width : most), (int)(height < most ? height : most));
    if (code == FACET_OK) return FACET_OK;
    if (code == FACET_EINVAL) code = FACET_EFORMAT;
    return facet_fail(code, "%s: %s", path, facet_error_message());
}

int facet_image_choose(const struct facet_image_part *part, int width, int height,
                       struct facet_box *box)
{
    *box = (struct facet_box){0, width, 0, height};
    return part == NULL ? FACET_OK : part->choose(part->context, width, height, box);
}

/* PNG's rows hang on each other, and few faces come in them: all of it is decoded. */
static int decode_png(const struct facet_image_file *file, const struct facet_image_part *part,
                      struct facet_image *image)
{
    struct facet_image whole = {0};
    struct facet_box box;
    int code = facet_image_decode_png(file, &whole);
    if (code == FACET_OK) code = facet_image_choose(part, whole.width, whole.height, &box);
    if (code == FACET_OK)
        *image = whole;
    else
        facet_image_free(&whole);
    return code;
}

enum kind { KIND_JPEG, KIND_PNG };

/* The first bytes tell the kind. */
static int find_kind(const struct facet_image_file *file, enum kind *kind)
{
    static const uint8_t jpeg[] = {0xff, 0xd8, 0xff};
    static const uint8_t png[] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
    if (file->size == 0)
        return facet_fail(FACET_EFORMAT, "%s: is empty, expected a JPEG or PNG file", file->path);
    if (file->size >= sizeof jpeg && memcmp(file->bytes, jpeg, sizeof jpeg) == 0)
        *kind = KIND_JPEG;
    else if (file->size >= sizeof png && memcmp(file->bytes, png, sizeof png) == 0)
        *kind = KIND_PNG;
    else
        return facet_fail(FACET_EFORMAT, "%s: is neither JPEG nor PNG (begins with byte 0x%02x)",
                          file->path, file->bytes[0]);
    return FACET_OK;
}

/* Fills bytes[*size .. room - 1] as far as the file goes. */
static int fill(int descriptor, const char *path, uint8_t *bytes, size_t room, size_t *size)
{
    while (*size < room) {
        const ssize_t count = read(descriptor, bytes + *size, room - *size);
        if (count < 0 && errno == EISDIR)
            return facet_fail(FACET_EIO, "%s: is a folder, expected a JPEG or PNG file", path);
        if (count < 0 && errno != EINTR)
            return facet_fail(FACET_EIO, "%s: cannot read: %s", path, strerror(errno));
        if (count == 0) break;
        if (count > 0) *size += (size_t)count;
    }
    return FACET_OK;
}

/* The rest of a file whose beginning, `file`, is full: all of it, in new memory. */
static int read_rest(int descriptor, struct facet_image_file *file, uint8_t **all)
{
    size_t room = file->size;
    int code = FACET_OK;
    while (code == FACET_OK && file->size == room) {
        uint8_t *more = room < SIZE_MAX / 2 ? realloc(*all, 2 * room) : NULL;
        if (more == NULL)
            return facet_fail(FACET_ENOMEM, "%s: no memory for a file of more than %zu bytes",
                              file->path, room);
        if (*all == NULL) memcpy(more, file->bytes, room);
        *all = more;
        file->bytes = more;
        room *= 2;
        code = fill(descriptor, file->path, more, room, &file->size);
    }
    return code;
}

static int read_picture(int descriptor, const char *path, const struct facet_image_part *part,
                        struct facet_image *image)
{
    static _Thread_local uint8_t beginning[1 << 16]; /* most faces are read at once */
    struct facet_image_file file = {.path = path, .bytes = beginning};
    uint8_t *all = NULL;
    enum kind kind = KIND_JPEG;
    int code = fill(descriptor, path, beginning, sizeof beginning, &file.size);
    if (code == FACET_OK) code = find_kind(&file, &kind);
    if (code == FACET_OK && file.size == sizeof beginning)
        code = read_rest(descriptor, &file, &all);
    if (code == FACET_OK)
        code = kind == KIND_JPEG ? facet_image_decode_jpeg(&file, part, image)
                                 : decode_png(&file, part, image);
    free(all);
    return code;
}

int facet_image_read(const char *path, struct facet_image *image)
{
    return facet_image_read_part(path, NULL, image);
}

int facet_image_read_part(const char *path, const struct facet_image_part *part,
                          struct facet_image *image)
{
    const int descriptor = open(path, O_RDONLY);
    if (descriptor < 0) return facet_fail(FACET_EIO, "%s: cannot open: %s", path, strerror(errno));
    int code = read_picture(descriptor, path, part, image);
    close(descriptor);
    return code;
}
