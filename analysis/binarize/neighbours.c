#include "binarize/neighbours.h"

#include "base/error.h"
#include "kernels/bits.h"

#include <stdlib.h>

static int find_nearest(const struct facet_kernels *kernels, const uint64_t *codes, size_t n,
                        size_t words, const int32_t *identity, size_t people, int threads,
                        struct neighbours *found)
{
    const struct facet_bits_search search = {.queries = codes,
                                             .query_count = n,
                                             .codes = codes,
                                             .code_count = n,
                                             .words = words,
                                             .nearest = 1,
                                             .leave_one_out = 1,
                                             .threads = threads};
    struct facet_bits_neighbour *nearest = facet_alloc(n, sizeof *nearest, "nearest images");
    size_t *images = facet_alloc(people, sizeof *images, "people");
    int code = nearest == NULL || images == NULL ? FACET_ENOMEM
                                                 : facet_bits_nearest(kernels, &search, nearest);
    for (size_t i = 0; code == FACET_OK && i < n; i++)
        if (identity[i] >= 0) images[identity[i]]++;
    for (size_t i = 0; code == FACET_OK && i < n; i++) {
        if (identity[i] < 0 || images[identity[i]] < 2) continue;
        found->probes++;
        found->right += identity[nearest[i].index] == identity[i];
    }
    free(nearest);
    free(images);
    return code;
}

int neighbours_find(const uint64_t *codes, size_t n, size_t words, const int32_t *identity,
                    size_t people, int threads, struct neighbours *found)
{
    const struct facet_kernels *kernels;
    const size_t distances = 64 * words + 1;
    *found = (struct neighbours){0};
    int code = facet_kernels_choose(NULL, &kernels);
    if (code < 0) return code;
    found->within = facet_alloc(distances, sizeof *found->within, "distances");
    found->between = facet_alloc(distances, sizeof *found->between, "distances");
    code = found->within == NULL || found->between == NULL
               ? FACET_ENOMEM
               : facet_bits_histogram(kernels, codes, n, words, identity, threads, found->within,
                                      found->between);
    return code == FACET_OK
               ? find_nearest(kernels, codes, n, words, identity, people, threads, found)
               : code;
}

void neighbours_free(struct neighbours *found)
{
    free(found->within);
    free(found->between);
    *found = (struct neighbours){0};
}
