#include "image/image.h"

#include "image/formats.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
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

enum kind { KIND_JPEG, KIND_PNG };

/* The first bytes tell the kind; the stream is left at its beginning. */
static int find_kind(FILE *stream, const char *path, enum kind *kind)
{
    static const uint8_t jpeg[] = {0xff, 0xd8, 0xff};
    static const uint8_t png[] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
    uint8_t head[sizeof png];
    struct stat info;
    if (fstat(fileno(stream), &info) == 0 && S_ISDIR(info.st_mode))
        return facet_fail(FACET_EIO, "%s: is a folder, expected a JPEG or PNG file", path);
    const ssize_t found = pread(fileno(stream), head, sizeof head, 0);
    if (found < 0) return facet_fail(FACET_EIO, "%s: cannot read: %s", path, strerror(errno));
    if (found == 0)
        return facet_fail(FACET_EFORMAT, "%s: is empty, expected a JPEG or PNG file", path);
    if (found >= (ssize_t)sizeof jpeg && memcmp(head, jpeg, sizeof jpeg) == 0)
        *kind = KIND_JPEG;
    else if (found >= (ssize_t)sizeof png && memcmp(head, png, sizeof png) == 0)
        *kind = KIND_PNG;
    else
        return facet_fail(FACET_EFORMAT, "%s: is neither JPEG nor PNG (begins with byte 0x%02x)",
                          path, head[0]);
    return FACET_OK;
}

int facet_image_choose(const struct facet_image_part *part, int width, int height,
                       struct facet_box *box)
{
    *box = (struct facet_box){0, width, 0, height};
    return part == NULL ? FACET_OK : part->choose(part->context, width, height, box);
}

/* PNG's rows hang on each other, and few faces come in them: all of it is decoded. */
static int decode_png(FILE *stream, const char *path, const struct facet_image_part *part,
                      struct facet_image *image)
{
    struct facet_image whole = {0};
    struct facet_box box;
    int code = facet_image_decode_png(stream, path, &whole);
    if (code == FACET_OK) code = facet_image_choose(part, whole.width, whole.height, &box);
    if (code == FACET_OK)
        *image = whole;
    else
        facet_image_free(&whole);
    return code;
}

int facet_image_read(const char *path, struct facet_image *image)
{
    return facet_image_read_part(path, NULL, image);
}

int facet_image_read_part(const char *path, const struct facet_image_part *part,
                          struct facet_image *image)
{
    static _Thread_local char buffer[1 << 16]; /* most faces are read at once */
    FILE *stream = fopen(path, "rb");
    if (stream == NULL) return facet_fail(FACET_EIO, "%s: cannot open: %s", path, strerror(errno));
    setvbuf(stream, buffer, _IOFBF, sizeof buffer);
    enum kind kind;
    int code = find_kind(stream, path, &kind);
    if (code == FACET_OK)
        code = kind == KIND_JPEG ? facet_image_decode_jpeg(stream, path, part, image)
                                 : decode_png(stream, path, part, image);
    fclose(stream);
    return code;
}
