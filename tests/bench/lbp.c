/* Microseconds of processor time a face on one core: its pyramid with the bins of all pixels, and
 * the histograms of 21 points. Face: the raw float32 (220, 188) of a file. Usage: bench_lbp FACE */
#include "image/lbp.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { PIXELS = 188 * 220, ROUNDS = 5, REPEATS = 60 };

/* Microseconds of one of two steps, the least of some rounds. */
static double measure(const struct facet_lbp *lbp, const float *face, void *scratch, float *values)
{
    double least = 1e9;
    for (int round = 0; round < ROUNDS; round++) {
        const clock_t begun = clock();
        for (int i = 0; i < REPEATS; i++)
            if (values == NULL)
                facet_lbp_patterns(lbp, face, scratch);
            else
                facet_lbp_count(lbp, scratch, NULL, values);
        const double spent = 1e6 * (double)(clock() - begun) / CLOCKS_PER_SEC / REPEATS;
        if (spent < least) least = spent;
    }
    return least;
}

int main(int argc, char **argv)
{
    struct facet_lbp *lbp = NULL;
    static float face[PIXELS];
    FILE *file = argc == 2 ? fopen(argv[1], "rb") : NULL;
    if (file == NULL || fread(face, sizeof *face, PIXELS, file) != PIXELS) return 1;
    fclose(file);
    if (facet_lbp_new(&lbp, 21, 5, 4) < 0) return 1;
    void *scratch = facet_alloc(1, facet_lbp_scratch(lbp), "scratch");
    float *values = facet_alloc(facet_lbp_values(lbp), sizeof *values, "values");
    if (scratch == NULL || values == NULL) return 1;
    printf("%.1f\n", measure(lbp, face, scratch, NULL));
    printf("%.1f\n", measure(lbp, face, scratch, values));
    free(scratch);
    free(values);
    facet_lbp_free(&lbp);
    return 0;
}
