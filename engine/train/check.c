#include "train/check.h"

#include <stdlib.h>
#include <string.h>

enum { FOLDS = 10 };

/* Leaves only images that stand in a pair, and renames them in the pairs. */
static int keep_paired(struct facet_check *c, size_t n)
{
    size_t *place = facet_alloc(n, sizeof *place, "images");
    if (place == NULL) return FACET_ENOMEM;
    for (size_t i = 0; i < c->pairs->count; i++)
        place[c->pairs->images[i][0]] = place[c->pairs->images[i][1]] = 1;
    for (size_t i = 0; i < n; i++)
        if (place[i] == 1) {
            place[i] = c->count;
            c->images[c->count++] = c->images[i];
        }
    for (size_t i = 0; i < c->pairs->count; i++)
        for (int j = 0; j < 2; j++) c->pairs->images[i][j] = place[c->pairs->images[i][j]];
    free(place);
    return FACET_OK;
}

int facet_check_new(struct facet_check **check, const struct facet_split *split, size_t pairs,
                    uint64_t seed)
{
    struct facet_check *c = facet_alloc(1, sizeof *c, "check");
    if (c == NULL) return FACET_ENOMEM;
    int32_t *person = facet_alloc(split->images, sizeof *person, "images");
    c->images = facet_alloc(split->images, sizeof *c->images, "images");
    size_t n = 0;
    int code = person == NULL || c->images == NULL ? FACET_ENOMEM : FACET_OK;
    for (size_t i = 0; code == FACET_OK && i < split->images; i++) {
        const int32_t who = split->person[i];
        if (who < 0 || split->roles[who] != FACET_ROLE_VALIDATION) continue;
        person[n] = who;
        c->images[n++] = i;
    }
    if (code == FACET_OK && n > 0)
        code = facet_validate_pairs(&c->pairs, n, person, pairs, FOLDS, seed);
    if (code == FACET_OK && n > 0) code = keep_paired(c, n);
    free(person);
    if (code < 0)
        facet_check_free(&c);
    else
        *check = c;
    return code;
}

void facet_check_free(struct facet_check **check)
{
    if (*check == NULL) return;
    facet_validate_pairs_free(&(*check)->pairs);
    free((*check)->images);
    free(*check);
    *check = NULL;
}

/* features[branch] (count, fc.out) */
static int find_features(const struct facet_check *c, const struct facet_data *data,
                         struct facet_network *net, float **features)
{
    for (size_t first = 0; first < c->count; first += net->batch) {
        const size_t n = c->count - first < net->batch ? c->count - first : net->batch;
        int code = facet_data_read(data, c->images + first, n, 0, net->input);
        if (code < 0) return code;
        facet_network_forward(net, n, 0);
        for (size_t b = 0; b < net->branch_count; b++) {
            const struct facet_branch *branch = &net->branches[b];
            for (size_t i = 0; i < n; i++)
                memcpy(features[b] + (first + i) * branch->fc.out,
                       branch->feature + i * branch->fc.padded, branch->fc.out * sizeof(float));
        }
    }
    return FACET_OK;
}

int facet_check_run(const struct facet_check *c, const struct facet_data *data,
                    struct facet_network *net, struct facet_check_result *result)
{
    float **features = facet_alloc(net->branch_count, sizeof *features, "features");
    int code = features == NULL ? FACET_ENOMEM : FACET_OK;
    for (size_t b = 0; b < net->branch_count && code == FACET_OK; b++) {
        features[b] = facet_alloc(c->count, net->branches[b].fc.out * sizeof(float), "features");
        if (features[b] == NULL) code = FACET_ENOMEM;
    }
    if (code == FACET_OK) code = find_features(c, data, net, features);
    for (size_t b = 0; b < net->branch_count && code == FACET_OK; b++) {
        const size_t width = net->branches[b].fc.out;
        struct facet_check_result *r = &result[b];
        code = facet_validate_accuracy(c->pairs, features[b], width, FACET_DISTANCE_COSINE,
                                       &r->cosine, &r->cosine_sd);
        if (code == FACET_OK)
            code = facet_validate_accuracy(c->pairs, features[b], width, FACET_DISTANCE_EUCLIDEAN,
                                           &r->euclidean, &r->euclidean_sd);
        facet_validate_activity(c->count, width, features[b], &r->active, &r->active_sd, &r->dead,
                                &r->always_on);
    }
    for (size_t b = 0; features != NULL && b < net->branch_count; b++) free(features[b]);
    free(features);
    return code;
}
