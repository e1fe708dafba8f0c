/* Lets the Python tests call this room. Not installed. Each line of standard input is a command;
 * the answer is "error MESSAGE", or "u1" or "f4" with the dimensions and the values that follow:
 *
 *     decode IN                                        (height, width, 3) bytes
 *     part IN X_LO X_HI Y_LO Y_HI                      the same of a part of it
 *     png IN OUT                                       the same, after writing it to OUT
 *     jpeg IN OUT QUALITY
 *     resample IN WIDTH HEIGHT XU XV X0 YU YV Y0       (3, height, width) floats
 *     align IN WIDTH HEIGHT CHANNELS x y .. [x y ..]   (channels, height, width) floats, by five
 *                                                      landmarks and a template, else the default
 *     similarity x y .. x y ..                         map of 5 source and 5 output points, and fit
 *     bins IN                                          (1, height, width) bytes: bins of patterns
 *     lbp IN POINTS SCALES CELLS [x y ..]              (1, 1, values) floats of a face, which is IN
 */
#include "image/lbp.h"
#include "image/preprocess.h"
#include "image/resample.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_ARGUMENTS = 32 };

struct command {
    char *words[MOST_ARGUMENTS];
    int count;
};

static double number(const struct command *c, int word)
{
    return word < c->count ? strtod(c->words[word], NULL) : 0;
}

static void answer(const char *type, size_t size, int a, int b, int c, const void *values)
{
    printf("%s %d %d %d\n", type, a, b, c);
    fwrite(values, size, (size_t)a * (size_t)b * (size_t)c, stdout);
}

static int resample(const struct command *c, const struct facet_image *image, float *out)
{
    struct facet_map map = {number(c, 4), number(c, 5), number(c, 6),
                            number(c, 7), number(c, 8), number(c, 9)};
    return facet_resample(image, &map, (int)number(c, 2), (int)number(c, 3), out);
}

static int align(const struct command *c, const struct facet_image *image, float *out)
{
    struct facet_preprocess p;
    float landmarks[10];
    facet_preprocess_default(&p, (int)number(c, 2), (int)number(c, 3), (int)number(c, 4));
    for (int i = 0; i < 10; i++) landmarks[i] = (float)number(c, 5 + i);
    for (int i = 0; i < 10 && c->count >= 25; i++) p.points[i] = number(c, 15 + i);
    return facet_preprocess_align(&p, image, landmarks, c->words[1], out);
}

static int transform(const struct command *c, const struct facet_image *image)
{
    int aligned = strcmp(c->words[0], "align") == 0;
    int w = (int)number(c, 2), h = (int)number(c, 3), channels = aligned ? (int)number(c, 4) : 3;
    float *out = facet_alloc((size_t)w * (size_t)h * (size_t)channels, sizeof *out, "output");
    if (out == NULL) return FACET_ENOMEM;
    int code = aligned ? align(c, image, out) : resample(c, image, out);
    if (code == FACET_OK) answer("f4", sizeof *out, channels, h, w, out);
    free(out);
    return code;
}

static int similarity(const struct command *c)
{
    double points[20], map[7];
    struct facet_map m;
    for (int i = 0; i < 20; i++) points[i] = number(c, 1 + i);
    int code = facet_map_similarity(&m, points, points + 10, 5, &map[6]);
    if (code < 0) return code;
    map[0] = m.xu, map[1] = m.xv, map[2] = m.x0, map[3] = m.yu, map[4] = m.yv, map[5] = m.y0;
    answer("f8", sizeof *map, 1, 1, 7, map);
    return FACET_OK;
}

static int bins(const struct facet_image *image)
{
    const size_t pixels = (size_t)image->width * (size_t)image->height;
    uint8_t *grey = facet_alloc(pixels, 2, "picture");
    if (grey == NULL) return FACET_ENOMEM;
    for (size_t i = 0; i < pixels; i++) grey[i] = image->pixels[3 * i];
    facet_lbp_bins(grey, image->width, image->height, grey + pixels);
    answer("u1", 1, 1, image->height, image->width, grey + pixels);
    free(grey);
    return FACET_OK;
}

static int describe(const struct command *c, const struct facet_image *image)
{
    const size_t pixels = (size_t)image->width * (size_t)image->height;
    struct facet_lbp *lbp = NULL;
    double landmarks[10];
    int code = facet_lbp_new(&lbp, (int)number(c, 2), (int)number(c, 3), (int)number(c, 4));
    if (code < 0) return code;
    for (int i = 0; i < 10; i++) landmarks[i] = number(c, 5 + i);
    float *face = facet_alloc(pixels, sizeof *face, "face");
    float *values = facet_alloc(facet_lbp_values(lbp), sizeof *values, "values");
    void *scratch = facet_alloc(1, facet_lbp_scratch(lbp), "scratch");
    if (face == NULL || values == NULL || scratch == NULL) code = FACET_ENOMEM;
    if (code == FACET_OK) {
        for (size_t i = 0; i < pixels; i++) face[i] = image->pixels[3 * i];
        facet_lbp_patterns(lbp, face, scratch);
        facet_lbp_count(lbp, scratch, c->count > 5 ? landmarks : NULL, values);
        answer("f4", sizeof *values, 1, 1, (int)facet_lbp_values(lbp), values);
    }
    free(face);
    free(values);
    free(scratch);
    facet_lbp_free(&lbp);
    return code;
}

static int choose(void *context, int width, int height, struct facet_box *box)
{
    const struct facet_box *wanted = context;
    if (box->x_lo != 0 || box->x_hi != width || box->y_lo != 0 || box->y_hi != height)
        return facet_fail(FACET_EINVAL, "the box isn't the whole picture");
    *box = *wanted;
    return FACET_OK;
}

static int part(const struct command *c)
{
    struct facet_image image = {0};
    struct facet_box box = {(int)number(c, 2), (int)number(c, 3), (int)number(c, 4),
                            (int)number(c, 5)};
    const struct facet_image_part wanted = {choose, &box};
    int code = facet_image_read_part(c->words[1], &wanted, &image);
    if (code < 0) return code;
    const size_t width = (size_t)(box.x_hi - box.x_lo);
    printf("u1 %d %zu 3\n", box.y_hi - box.y_lo, width);
    for (int y = box.y_lo; y < box.y_hi; y++)
        fwrite(image.pixels + ((size_t)y * (size_t)image.width + (size_t)box.x_lo) * 3, 3, width,
               stdout);
    facet_image_free(&image);
    return FACET_OK;
}

static int obey(const struct command *c)
{
    struct facet_image image = {0};
    const char *verb = c->words[0];
    if (strcmp(verb, "similarity") == 0) return similarity(c);
    if (c->count < 2) return facet_fail(FACET_EINVAL, "no file");
    if (strcmp(verb, "part") == 0) return part(c);
    int code = facet_image_read(c->words[1], &image);
    if (code == FACET_OK && strcmp(verb, "png") == 0)
        code = facet_image_write_png(c->words[2], &image);
    if (code == FACET_OK && strcmp(verb, "jpeg") == 0)
        code = facet_image_write_jpeg(c->words[2], &image, (int)number(c, 3));
    if (code == FACET_OK) {
        if (strcmp(verb, "resample") == 0 || strcmp(verb, "align") == 0)
            code = transform(c, &image);
        else if (strcmp(verb, "bins") == 0)
            code = bins(&image);
        else if (strcmp(verb, "lbp") == 0)
            code = describe(c, &image);
        else
            answer("u1", 1, image.height, image.width, 3, image.pixels);
    }
    facet_image_free(&image);
    return code;
}

int main(void)
{
    static char line[8192];
    while (fgets(line, sizeof line, stdin) != NULL) {
        struct command c = {0};
        for (char *w = strtok(line, " \n"); w != NULL && c.count < MOST_ARGUMENTS;
             w = strtok(NULL, " \n"))
            c.words[c.count++] = w;
        if (c.count > 0 && obey(&c) < 0) printf("error %s\n", facet_error_message());
    }
    return fflush(stdout) != 0;
}
