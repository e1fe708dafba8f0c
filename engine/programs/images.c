#include "programs/images.h"

#include "base/parse.h"

#include <string.h>

static int parse_crop(struct facet_images *r, const char *text)
{
    size_t count = 0;
    int code = facet_parse_reals("--crop X,Y,W,H", text, 0, 65535, 4, 4, r->crop, &count);
    if (code == FACET_OK && (r->crop[2] < 1 || r->crop[3] < 1))
        code = facet_fail(FACET_EINVAL, "--crop X,Y,W,H: \"%s\" has no width or height", text);
    r->has_crop = 1;
    return code;
}

int facet_images_option(struct facet_images *r, int option, const char *value)
{
    int code = FACET_OK;
    switch (option) {
    case 'i':
        r->images = value;
        break;
    case FACET_IMAGES_ROOT:
        r->root = value;
        break;
    case FACET_IMAGES_LANDMARKS:
        r->landmarks = value;
        break;
    case FACET_IMAGES_LABEL:
        if (r->label_count == FACET_IMAGES_LABELS)
            return facet_fail(FACET_EINVAL, "--labels: at most %d files", FACET_IMAGES_LABELS);
        r->labels[r->label_count++] = value;
        break;
    case FACET_IMAGES_ALIGN:
        r->align = value;
        break;
    case FACET_IMAGES_CROP:
        code = parse_crop(r, value);
        break;
    default:
        return 0;
    }
    return code < 0 ? code : 1;
}

int facet_images_read(const struct facet_images *r, const struct facet_cli *cli,
                      struct facet_manifest **manifest)
{
    size_t missing = 0;
    int code = facet_manifest_read(manifest, r->images, r->root);
    if (code < 0) return code;
    struct facet_manifest *m = *manifest;
    if (r->landmarks != NULL) {
        code = facet_manifest_join(m, r->landmarks, &missing);
        if (code == FACET_OK && m->landmarks == NULL)
            code = facet_fail(FACET_EFORMAT, "%s: has no landmark columns", r->landmarks);
        if (code == FACET_OK && missing > 0)
            facet_cli_say(cli, "%s: %zu of %zu images have no landmarks there", r->landmarks,
                          missing, m->count);
    }
    for (int i = 0; code == FACET_OK && i < r->label_count; i++) {
        code = facet_manifest_join(m, r->labels[i], &missing);
        if (code == FACET_OK && missing > 0)
            facet_cli_say(cli, "%s: %zu of %zu images have no labels there", r->labels[i], missing,
                          m->count);
    }
    for (size_t i = 0; code == FACET_OK && i < m->text_count; i++)
        facet_cli_say(cli, "%s: column %s holds text, not numbers, and is left out", r->images,
                      m->texts[i]);
    return code;
}

int facet_images_align(const struct facet_images *r, const struct facet_manifest *manifest,
                       struct facet_preprocess *preprocess)
{
    if (r->has_crop) {
        preprocess->align = FACET_ALIGN_CROP;
        memcpy(preprocess->crop, r->crop, sizeof r->crop);
    }
    if (r->align != NULL) {
        enum facet_align align = FACET_ALIGN_LANDMARKS;
        if (!facet_preprocess_template(preprocess, r->align) &&
            facet_align_parse(r->align, &align) < 0)
            return FACET_EINVAL;
        if ((align == FACET_ALIGN_CROP) != r->has_crop)
            return facet_fail(FACET_EINVAL, "--align %s %s --crop", r->align,
                              r->has_crop ? "excludes" : "needs");
        preprocess->align = align;
    }
    if (preprocess->align == FACET_ALIGN_LANDMARKS && manifest->landmarks == NULL)
        return facet_fail(FACET_EINVAL,
                          "%s: the model aligns faces by landmarks and there are none: give "
                          "--landmarks FILE, or --crop X,Y,W,H, or --align resize if each image is "
                          "an aligned face already",
                          r->images);
    return facet_preprocess_check(preprocess, "--crop");
}
