/* PNG through libpng. Files are written without a time or any text, so that the same pixels always
 * give the same bytes. */
#include "base/file.h"
#include "image/formats.h"

#include <errno.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include <png.h>

struct fault {
    jmp_buf jump;
    const char *path;
    FILE *stream; /* that is written, or NULL */
    int code;
};

struct decoder {
    struct facet_image_file left; /* what libpng hasn't taken yet */
    png_structp png;
    png_infop info;
    struct facet_image image;
    png_bytep *rows; /* an interlaced picture is filled in several passes */
    struct fault fault;
};

static PNG_NORETURN void fail(png_structp png, png_const_charp text)
{
    struct fault *fault = png_get_error_ptr(png);
    if (fault->stream != NULL && ferror(fault->stream))
        fault->code = facet_fail(FACET_EIO, "%s: %s", fault->path,
                                 errno != 0 ? strerror(errno) : "output error");
    else
        fault->code = facet_fail(fault->stream != NULL ? FACET_EIO : FACET_EFORMAT, "%s: PNG: %s",
                                 fault->path, text);
    longjmp(fault->jump, 1);
}

/* libpng's warnings are about chunks that don't touch the pixels (a profile it doesn't like). */
static void ignore(png_structp png, png_const_charp text)
{
    (void)png;
    (void)text;
}

static void take(png_structp png, png_bytep to, size_t count)
{
    struct facet_image_file *left = png_get_io_ptr(png);
    if (count > left->size) png_error(png, "the file is cut short");
    memcpy(to, left->bytes, count);
    left->bytes += count;
    left->size -= count;
}

/* Whatever the file holds, rows come out as 8-bit RGB. */
static void ask_for_rgb(png_structp png, png_infop info)
{
    png_set_expand(png); /* palette to RGB, 1, 2 and 4 bits to 8 */
    png_set_scale_16(png);
    png_set_strip_alpha(png);
    int colour = png_get_color_type(png, info);
    if (colour == PNG_COLOR_TYPE_GRAY || colour == PNG_COLOR_TYPE_GRAY_ALPHA)
        png_set_gray_to_rgb(png);
    png_set_interlace_handling(png);
    png_read_update_info(png, info);
}

static int read_rows(struct decoder *d)
{
    size_t stride = (size_t)d->image.width * 3, height = (size_t)d->image.height;
    if (png_get_rowbytes(d->png, d->info) != stride)
        return facet_fail(FACET_EFORMAT, "%s: PNG: rows of %zu bytes, expected %zu", d->fault.path,
                          png_get_rowbytes(d->png, d->info), stride);
    d->rows = facet_alloc(height, sizeof *d->rows, "rows of a picture");
    if (d->rows == NULL) return FACET_ENOMEM;
    for (size_t y = 0; y < height; y++) d->rows[y] = d->image.pixels + y * stride;
    png_read_image(d->png, d->rows);
    return FACET_OK;
}

/* All that may jump. What must be freed afterwards is in *d, which the caller holds. */
static int decode(struct decoder *d)
{
    png_bytep exif = NULL;
    png_uint_32 exif_size = 0;
    if (setjmp(d->fault.jump) != 0) return d->fault.code;
    png_set_crc_action(d->png, PNG_CRC_ERROR_QUIT, PNG_CRC_ERROR_QUIT);
    png_set_user_limits(d->png, 0x7fffffff, 0x7fffffff); /* facet_image_new_for() has ours */
    png_set_read_fn(d->png, &d->left, take);
    png_read_info(d->png, d->info);
    int code = facet_image_new_for(d->fault.path, png_get_image_width(d->png, d->info),
                                   png_get_image_height(d->png, d->info), &d->image);
    if (code < 0) return code;
    ask_for_rgb(d->png, d->info);
    code = read_rows(d);
    if (code < 0) return code;
    png_read_end(d->png, d->info);
    if (png_get_eXIf_1(d->png, d->info, &exif_size, &exif) == 0) return FACET_OK;
    return facet_image_orient(&d->image, facet_exif_orientation(exif, exif_size), d->fault.path);
}

int facet_image_decode_png(const struct facet_image_file *file, struct facet_image *image)
{
    struct decoder d = {.left = *file, .fault = {.path = file->path}};
    d.png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &d.fault, fail, ignore);
    d.info = d.png != NULL ? png_create_info_struct(d.png) : NULL;
    int code = d.info != NULL ? decode(&d)
                              : facet_fail(FACET_ENOMEM, "%s: no memory for libpng", file->path);
    png_destroy_read_struct(&d.png, &d.info, NULL);
    free(d.rows);
    if (code == FACET_OK)
        *image = d.image;
    else
        facet_image_free(&d.image);
    return code;
}

static int encode(png_structp png, png_infop info, struct fault *fault,
                  const struct facet_image *image)
{
    if (setjmp(fault->jump) != 0) return fault->code;
    png_init_io(png, fault->stream);
    png_set_IHDR(png, info, (png_uint_32)image->width, (png_uint_32)image->height, 8,
                 PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
                 PNG_FILTER_TYPE_DEFAULT);
    png_write_info(png, info);
    for (int y = 0; y < image->height; y++)
        png_write_row(png, image->pixels + (size_t)y * (size_t)image->width * 3);
    png_write_end(png, info);
    return FACET_OK;
}

int facet_image_write_png(const char *path, const struct facet_image *image)
{
    struct facet_file file;
    int code = facet_file_begin(&file, path);
    if (code < 0) return code;
    struct fault fault = {.path = path, .stream = file.stream};
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, &fault, fail, ignore);
    png_infop info = png != NULL ? png_create_info_struct(png) : NULL;
    code = info != NULL ? encode(png, info, &fault, image)
                        : facet_fail(FACET_ENOMEM, "%s: no memory for libpng", path);
    png_destroy_write_struct(&png, &info);
    if (code == FACET_OK) return facet_file_commit_lazily(&file);
    facet_file_discard(&file);
    return code;
}
