/* Faces a second on one core: 94 x 110, drawn, rendered and encoded as JPEG, ten of each identity.
 * The goal is 200. Files go to memory-backed /dev/shm where there is one: the disk's sync is not
 * what is measured. No other program draws such faces, so the goal stands in for a peer. */
#include "synth/synth.h"
#include "base/cpu.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { IDENTITIES = 40, EACH = 10 };

static int draw_set(const char *path)
{
    struct facet_synth *synth = NULL;
    struct facet_image image = {0};
    struct facet_synth_identity identity;
    struct facet_synth_view view;
    double landmarks[10];
    int code = facet_synth_new(&synth, 94, 110, FACET_SYNTH_CROP);
    if (code == FACET_OK) code = facet_image_new(&image, 94, 110);
    for (int i = 0; code == FACET_OK && i < IDENTITIES; i++) {
        code = facet_synth_draw_identity(&identity, 1, (uint64_t)i);
        if (code == FACET_OK) facet_synth_meet(synth, &identity);
        for (int k = 0; code == FACET_OK && k < EACH; k++) {
            code = facet_synth_draw_view(&view, &identity, 1, (uint64_t)i, (uint64_t)k);
            if (code < 0) break;
            facet_synth_render(synth, &view, &image, landmarks);
            code = facet_image_write_jpeg(path, &image, 92);
        }
    }
    facet_image_free(&image);
    facet_synth_free(&synth);
    return code;
}

int main(void)
{
    char path[64];
    snprintf(path, sizeof path, "%s/facet-bench-%ld.jpg",
             access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp", (long)getpid());
    double begin = facet_cpu_seconds();
    clock_t cpu = clock();
    int code = draw_set(path);
    double wall = facet_cpu_seconds() - begin;
    double used = (double)(clock() - cpu) / CLOCKS_PER_SEC;
    unlink(path);
    if (code < 0) {
        fprintf(stderr, "bench synth: %s\n", facet_error_message());
        return 1;
    }
    printf("%d faces: %.0f/s of CPU time, %.0f/s of wall time (goal 200/s on one core)\n",
           IDENTITIES * EACH, IDENTITIES * EACH / used, IDENTITIES * EACH / wall);
    return 0;
}
