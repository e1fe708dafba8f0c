/* Pairs and accuracies for comparison with another implementation: raw arrays from standard input
 * to standard output.
 *
 *     validate-driver N WIDTH COUNT FOLDS SEED      person (int32), features (float32) ->
 *         float64: pairs, accuracy and sd by cosine, by Euclidean distance, active share and its
 * sd, dead, always on; then pairs (uint64), same (uint8), fold (uint8)
 */
#include "base/parse.h"
#include "train/validate.h"

#include <stdio.h>
#include <stdlib.h>

static int check(size_t n, size_t width, size_t count, size_t folds, uint64_t seed)
{
    int32_t *person = facet_alloc(n, sizeof *person, "people");
    float *features = facet_alloc(n * width, sizeof *features, "features");
    struct facet_validate_pairs *pairs = NULL;
    double out[9] = {0};
    size_t dead, always_on;
    if (person == NULL || features == NULL || fread(person, 4, n, stdin) != n ||
        fread(features, 4, n * width, stdin) != n * width)
        return facet_fail(FACET_EIO, "input: too short");
    int code = facet_validate_pairs(&pairs, n, person, count, folds, seed);
    for (int how = 0; code == FACET_OK && how < 2; how++)
        code = facet_validate_accuracy(pairs, features, width, (enum facet_distance)how,
                                       &out[1 + 2 * how], &out[2 + 2 * how]);
    if (code == FACET_OK) {
        facet_validate_activity(n, width, features, &out[5], &out[6], &dead, &always_on);
        out[0] = (double)pairs->count;
        out[7] = (double)dead;
        out[8] = (double)always_on;
        fwrite(out, sizeof *out, 9, stdout);
        for (size_t p = 0; p < pairs->count; p++)
            fwrite((uint64_t[2]){pairs->images[p][0], pairs->images[p][1]}, 8, 2, stdout);
        fwrite(pairs->same, 1, pairs->count, stdout);
        fwrite(pairs->fold, 1, pairs->count, stdout);
    }
    facet_validate_pairs_free(&pairs);
    free(person);
    free(features);
    return code;
}

int main(int argc, char **argv)
{
    int64_t a[5] = {0};
    int code = argc == 6 ? FACET_OK : facet_fail(FACET_EINVAL, "see the head of its source");
    for (int i = 0; code == FACET_OK && i < 5; i++)
        code = facet_parse_int("number", argv[1 + i], 0, 100000000, &a[i]);
    if (code == FACET_OK)
        code = check((size_t)a[0], (size_t)a[1], (size_t)a[2], (size_t)a[3], (uint64_t)a[4]);
    if (code < 0) fprintf(stderr, "validate-driver: %s\n", facet_error_message());
    return code < 0;
}
