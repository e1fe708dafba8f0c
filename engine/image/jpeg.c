/* JPEG through libjpeg-turbo. The transform is the library's accurate integer one (JDCT_ISLOW), so
 * that pixels are the same on every machine and as other programs decode them. */
#include "base/file.h"
#include "image/formats.h"

#include <errno.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>

/* More scans than any encoder writes; without a limit a small file can keep a decoder busy for
 * hours, as each scan goes over the whole picture. */
#define MOST_SCANS 500

/* Colours are stored at half the size and smoothed over their neighbours: pixels this close to an
 * edge of what is decoded differ from those of the whole picture. */
#define NEIGHBOURS 4

struct fault {
    struct jpeg_error_mgr base; /* first, so that libjpeg's pointer is ours */
    jmp_buf jump;
    const char *path;
    FILE *stream; /* that is written, or NULL */
    int code;
};

struct decoder {
    struct jpeg_decompress_struct jpeg;
    struct fault fault;
    struct jpeg_progress_mgr progress;
    struct facet_image image;
    uint8_t *cmyk; /* one row */
};

static void fail(j_common_ptr jpeg)
{
    struct fault *fault = (struct fault *)jpeg->err;
    char text[JMSG_LENGTH_MAX];
    jpeg->err->format_message(jpeg, text);
    if (fault->stream != NULL && ferror(fault->stream))
        fault->code = facet_fail(FACET_EIO, "%s: %s", fault->path,
                                 errno != 0 ? strerror(errno) : "output error");
    else
        fault->code = facet_fail(jpeg->is_decompressor ? FACET_EFORMAT : FACET_EIO, "%s: JPEG: %s",
                                 fault->path, text);
    longjmp(fault->jump, 1);
}

/* Level -1 is a warning: data cut short or corrupt, after which the library goes on with grey. */
static void hear(j_common_ptr jpeg, int level)
{
    if (level < 0) fail(jpeg);
}

static void watch(j_common_ptr jpeg)
{
    struct fault *fault = (struct fault *)jpeg->err;
    int scan = ((j_decompress_ptr)jpeg)->input_scan_number;
    if (scan <= MOST_SCANS) return;
    fault->code =
        facet_fail(FACET_EFORMAT, "%s: JPEG has more than %d scans", fault->path, MOST_SCANS);
    longjmp(fault->jump, 1);
}

static struct jpeg_error_mgr *begin_fault(struct fault *fault, FILE *stream, const char *path)
{
    jpeg_std_error(&fault->base);
    fault->base.error_exit = fail;
    fault->base.emit_message = hear;
    fault->path = path;
    fault->stream = stream;
    return &fault->base;
}

/* Ink to light. Adobe's files hold 255 - ink, others ink. */
static void convert_cmyk(const uint8_t *cmyk, int inverted, int width, uint8_t *rgb)
{
    const unsigned flip = inverted ? 0 : 255;
    for (int x = 0; x < width; x++, cmyk += 4, rgb += 3)
        for (int c = 0; c < 3; c++)
            rgb[c] = (uint8_t)(((cmyk[c] ^ flip) * (cmyk[3] ^ flip) + 127) / 255);
}

static int find_orientation(const struct jpeg_decompress_struct *jpeg)
{
    const size_t head = 6; /* "Exif", a zero and a byte of padding */
    for (jpeg_saved_marker_ptr m = jpeg->marker_list; m != NULL; m = m->next)
        if (m->data_length >= head && memcmp(m->data, "Exif", 5) == 0)
            return facet_exif_orientation(m->data + head, m->data_length - head);
    return 1;
}

/* The rows up to `end`, each to its place from column `first` on. */
static void read_rows(struct decoder *d, JDIMENSION first, JDIMENSION end)
{
    struct jpeg_decompress_struct *jpeg = &d->jpeg;
    while (jpeg->output_scanline < end) {
        size_t at = (size_t)jpeg->output_scanline * (size_t)d->image.width + first;
        uint8_t *rgb = d->image.pixels + at * 3;
        JSAMPROW row = d->cmyk != NULL ? d->cmyk : rgb;
        jpeg_read_scanlines(jpeg, &row, 1);
        if (d->cmyk != NULL)
            convert_cmyk(d->cmyk, jpeg->saw_Adobe_marker, (int)jpeg->output_width, rgb);
    }
}

/* What is below the box is not decoded, but it must be there: in coded data 0xff and the number of
 * a marker are that marker. At the end of the file fill_input_buffer() warns, which ends it all. */
static void find_end(struct jpeg_decompress_struct *jpeg)
{
    const JOCTET *at = jpeg->src->next_input_byte, *end = at + jpeg->src->bytes_in_buffer;
    if (jpeg_input_complete(jpeg) || jpeg->unread_marker == JPEG_EOI) return;
    while ((at = memchr(at, 0xff, (size_t)(end - at))) != NULL && ++at < end)
        if (*at == JPEG_EOI) return;
    jpeg->src->fill_input_buffer(jpeg);
}

/* Decodes the pixels of the box. */
static int read_box(struct decoder *d, const struct facet_box *box)
{
    struct jpeg_decompress_struct *jpeg = &d->jpeg;
    JDIMENSION first = 0, columns = jpeg->output_width;
    if (box->x_lo > NEIGHBOURS || box->x_hi + NEIGHBOURS < (int)columns) {
        int lo = box->x_lo - NEIGHBOURS, hi = box->x_hi + NEIGHBOURS;
        first = lo > 0 ? (JDIMENSION)lo : 0;
        columns = (hi < (int)columns ? (JDIMENSION)hi : columns) - first;
        jpeg_crop_scanline(jpeg, &first, &columns); /* widens to whole blocks */
    }
    if (jpeg->out_color_space == JCS_CMYK &&
        (d->cmyk = facet_alloc(columns, 4, "row of a CMYK picture")) == NULL)
        return FACET_ENOMEM;
    if (box->y_lo > NEIGHBOURS) jpeg_skip_scanlines(jpeg, (JDIMENSION)(box->y_lo - NEIGHBOURS));
    read_rows(d, first, (JDIMENSION)box->y_hi);
    if (jpeg->output_scanline < jpeg->output_height)
        find_end(jpeg);
    else
        jpeg_finish_decompress(jpeg);
    return FACET_OK;
}

/* A picture that is to be turned is decoded whole. */
static int choose_box(const struct decoder *d, const struct facet_image_part *part, int orientation,
                      struct facet_box *box)
{
    const int turned = orientation >= 5, width = d->image.width, height = d->image.height;
    int code = facet_image_choose(part, turned ? height : width, turned ? width : height, box);
    if (orientation != 1) *box = (struct facet_box){0, width, 0, height};
    return code;
}

/* All that may jump. What must be freed afterwards is in *d, which the caller holds. */
static int decode(struct decoder *d, const struct facet_image_file *file,
                  const struct facet_image_part *part)
{
    struct jpeg_decompress_struct *jpeg = &d->jpeg;
    if (setjmp(d->fault.jump) != 0) return d->fault.code;
    jpeg_create_decompress(jpeg);
    d->progress.progress_monitor = watch;
    jpeg->progress = &d->progress;
    jpeg_mem_src(jpeg, file->bytes, file->size);
    jpeg_save_markers(jpeg, JPEG_APP0 + 1, 0xffff);
    jpeg_read_header(jpeg, TRUE);
    int code = facet_image_new_for(d->fault.path, jpeg->image_width, jpeg->image_height, &d->image);
    const int orientation = find_orientation(jpeg);
    struct facet_box box;
    if (code == FACET_OK) code = choose_box(d, part, orientation, &box);
    if (code < 0) return code;
    int ink = jpeg->jpeg_color_space == JCS_CMYK || jpeg->jpeg_color_space == JCS_YCCK;
    jpeg->out_color_space = ink ? JCS_CMYK : JCS_RGB;
    jpeg->dct_method = JDCT_ISLOW;
    jpeg_start_decompress(jpeg);
    code = read_box(d, &box);
    if (code < 0) return code;
    return facet_image_orient(&d->image, orientation, d->fault.path);
}

int facet_image_decode_jpeg(const struct facet_image_file *file,
                            const struct facet_image_part *part, struct facet_image *image)
{
    struct decoder d = {0};
    d.jpeg.err = begin_fault(&d.fault, NULL, file->path);
    int code = decode(&d, file, part);
    jpeg_destroy_decompress(&d.jpeg);
    free(d.cmyk);
    if (code == FACET_OK)
        *image = d.image;
    else
        facet_image_free(&d.image);
    return code;
}

struct encoder {
    struct jpeg_compress_struct jpeg;
    struct fault fault;
};

static int encode(struct encoder *e, const struct facet_image *image, int quality)
{
    struct jpeg_compress_struct *jpeg = &e->jpeg;
    if (setjmp(e->fault.jump) != 0) return e->fault.code;
    jpeg_create_compress(jpeg);
    jpeg_stdio_dest(jpeg, e->fault.stream);
    jpeg->image_width = (JDIMENSION)image->width;
    jpeg->image_height = (JDIMENSION)image->height;
    jpeg->input_components = 3;
    jpeg->in_color_space = JCS_RGB;
    jpeg_set_defaults(jpeg);
    jpeg_set_quality(jpeg, quality, TRUE);
    jpeg->dct_method = JDCT_ISLOW;
    jpeg->comp_info[0].h_samp_factor = jpeg->comp_info[0].v_samp_factor = 1; /* 4:4:4 */
    jpeg_start_compress(jpeg, TRUE);
    while (jpeg->next_scanline < jpeg->image_height) {
        JSAMPROW row = image->pixels + (size_t)jpeg->next_scanline * (size_t)image->width * 3;
        jpeg_write_scanlines(jpeg, &row, 1);
    }
    jpeg_finish_compress(jpeg);
    return FACET_OK;
}

int facet_image_write_jpeg(const char *path, const struct facet_image *image, int quality)
{
    if (quality < 1 || quality > 100)
        return facet_fail(FACET_EINVAL, "%s: JPEG quality %d, expected 1 to 100", path, quality);
    struct facet_file file;
    int code = facet_file_begin(&file, path);
    if (code < 0) return code;
    struct encoder e = {0};
    e.jpeg.err = begin_fault(&e.fault, file.stream, path);
    code = encode(&e, image, quality);
    jpeg_destroy_compress(&e.jpeg);
    if (code == FACET_OK) return facet_file_commit_lazily(&file);
    facet_file_discard(&file);
    return code;
}
