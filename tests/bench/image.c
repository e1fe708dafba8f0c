/* How fast pictures become inputs: prints seconds of processor time an image for decoding, for
 * decoding the part that the landmarks ask for, for that and aligning, for decoding and resizing, and
 * for decoding and a random view, in one thread.
 *
 *     image REPEATS LANDMARK x10 FILE..
 */
#include "image/align.h"
#include "image/augment.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum stage { DECODE, FACE, ALIGN, RESIZE, VIEW };

static int once(const char *path, enum stage stage, const float *landmarks, gsl_rng *rng,
                float *out)
{
    const struct facet_augment views = facet_augment_default();
    struct facet_preprocess p;
    struct facet_image image = {0};
    facet_preprocess_default(&p, 47, 55, 3);
    if (stage == RESIZE || stage == VIEW) p.align = FACET_ALIGN_RESIZE;
    if (stage >= FACE && stage <= RESIZE) {
        struct facet_map map;
        int code = facet_align_read(&p, path, landmarks, &image, &map);
        if (code == FACET_OK && stage != FACE)
            code = facet_align_resample(&p, &image, &map, 0, path, out);
        facet_image_free(&image);
        return code;
    }
    int code = facet_image_read(path, &image);
    if (code == FACET_OK && stage == VIEW)
        code = facet_augment_see(&p, &views, &image, NULL, path, rng, out);
    facet_image_free(&image);
    return code;
}

int main(int argc, char **argv)
{
    static const char *const names[] = {"decode", "face", "align", "resize", "view"};
    static float out[3 * 55 * 47];
    float landmarks[10];
    gsl_rng *rng = facet_rng_new(1, 1);
    if (argc < 13 || rng == NULL) return 2;
    int repeats = (int)strtol(argv[1], NULL, 10), files = argc - 12;
    for (int i = 0; i < 10; i++) landmarks[i] = strtof(argv[2 + i], NULL);
    for (int stage = DECODE; stage <= VIEW; stage++) {
        const clock_t begun = clock();
        for (int i = 0; i < repeats * files; i++)
            if (once(argv[12 + i % files], stage, landmarks, rng, out) < 0) {
                fprintf(stderr, "image: %s\n", facet_error_message());
                return 1;
            }
        printf("%s %.9g\n", names[stage],
               (double)(clock() - begun) / CLOCKS_PER_SEC / (repeats * files));
    }
    gsl_rng_free(rng);
    return 0;
}
