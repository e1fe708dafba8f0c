/* Ranks and rates for comparison with another implementation: raw arrays from standard input to
 * standard output.
 *
 *     ranks-driver PROBES GALLERY PEOPLE BLOCK RANKS FAR...
 *         gallery_person, probe_person (int32), scores (PROBES, GALLERY) (float64) ->
 *         float64: rank and score of each probe, CMC at 1 .. RANKS, DIR and threshold at each FAR
 */
#include "base/parse.h"
#include "protocol/ranking.h"

#include <stdio.h>
#include <stdlib.h>

static int add_blocks(struct facet_ranking *ranks, size_t block)
{
    const size_t probes = ranks->set->probe_count, gallery = ranks->set->gallery_count;
    double *scores = facet_alloc(block * gallery, sizeof *scores, "scores");
    int code = scores == NULL ? FACET_ENOMEM : FACET_OK;
    for (size_t first = 0; code == FACET_OK && first < probes; first += block) {
        const size_t rows = probes - first < block ? probes - first : block;
        /* with a row too few: its probe has no scores */
        const size_t got = fread(scores, gallery * sizeof *scores, rows, stdin);
        code = facet_ranking_add(ranks, first, got, scores);
    }
    free(scores);
    return code;
}

static int report(const struct facet_ranking *ranks, size_t most, char **far, int count)
{
    for (size_t i = 0; i < ranks->set->probe_count; i++)
        fwrite((double[2]){ranks->rank[i], ranks->score[i]}, sizeof(double), 2, stdout);
    for (size_t rank = 1; rank <= most; rank++)
        fwrite(&(double){facet_ranking_cmc(ranks, rank)}, sizeof(double), 1, stdout);
    for (int i = 0; i < count; i++) {
        double rate, out[2];
        int code = facet_parse_real("FAR", far[i], 0, 1, &rate);
        if (code < 0) return code;
        out[0] = facet_ranking_dir(ranks, rate, &out[1]);
        fwrite(out, sizeof *out, 2, stdout);
    }
    return FACET_OK;
}

int main(int argc, char **argv)
{
    int64_t a[5] = {0};
    struct facet_ranking *ranks = NULL;
    int code = argc > 5 ? FACET_OK : facet_fail(FACET_EINVAL, "see the head of its source");
    for (int i = 0; code == FACET_OK && i < 5; i++)
        code = facet_parse_int("number", argv[1 + i], 0, 100000000, &a[i]);
    struct facet_identification set = {
        .probe_count = (size_t)a[0], .gallery_count = (size_t)a[1], .people = (size_t)a[2]};
    set.gallery_person = facet_alloc(set.gallery_count, sizeof(int32_t), "gallery");
    set.probe_person = facet_alloc(set.probe_count, sizeof(int32_t), "probes");
    if (fread(set.gallery_person, 4, set.gallery_count, stdin) != set.gallery_count ||
        fread(set.probe_person, 4, set.probe_count, stdin) != set.probe_count)
        code = facet_fail(FACET_EIO, "input: too short");
    for (size_t i = 0; i < set.probe_count; i++) set.impostors += set.probe_person[i] < 0;
    if (code == FACET_OK) code = facet_ranking_new(&ranks, &set);
    if (code == FACET_OK) code = add_blocks(ranks, (size_t)a[3]);
    if (code == FACET_OK) code = facet_ranking_finish(ranks);
    if (code == FACET_OK) code = report(ranks, (size_t)a[4], argv + 6, argc - 6);
    if (code < 0) fprintf(stderr, "ranks-driver: %s\n", facet_error_message());
    facet_ranking_free(&ranks);
    free(set.gallery_person);
    free(set.probe_person);
    return code < 0;
}
