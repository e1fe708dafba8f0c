#include "protocol/pairs.h"

#include "base/rng.h"
#include "protocol/reader.h"

#include <gsl/gsl_randist.h>
#include <stdlib.h>
#include <string.h>

/* Makes room for one more element of `size` bytes in *array, which holds `count`: room is doubled
 * at powers of two. */
static int grow(void *array, size_t count, size_t size)
{
    void **a = array;
    if ((count & (count - 1)) != 0) return FACET_OK;
    size_t room = count == 0 ? 1 : 2 * count;
    void *larger = room <= SIZE_MAX / size ? realloc(*a, room * size) : NULL;
    if (larger == NULL) return facet_fail(FACET_ENOMEM, "pairs: no memory for %zu of them", room);
    *a = larger;
    return FACET_OK;
}

/* ---- from names to items ---- */

static int absent(struct facet_reader *r, size_t line, const char *name, const char *why,
                  uint32_t *item)
{
    if (!r->options->allow_missing)
        return facet_fail(FACET_EFORMAT, "%s:%zu: %s %s", r->path, line, name, why);
    int code = grow(&r->missing, r->missing_count, sizeof *r->missing);
    if (code < 0) return code;
    char *copy = facet_strdup(name);
    if (copy == NULL) return FACET_ENOMEM;
    r->missing[r->missing_count++] = copy;
    *item = FACET_READER_NONE;
    return FACET_OK;
}

static int is_missing(const struct facet_reader *r, uint32_t row)
{
    return r->images->missing != NULL && r->images->missing[row];
}

/* The frames of a new group: those with activations, no more than were asked for. */
static int draw_frames(const struct facet_reader *r, const char *video,
                       const struct facet_match *match, uint32_t *rows, size_t *count)
{
    size_t n = 0, most = r->options->frames;
    for (size_t i = 0; i < match->count; i++)
        if (!is_missing(r, match->rows[i])) rows[n++] = match->rows[i];
    if (most > 0 && n > most) {
        gsl_rng *rng = facet_rng_new(r->options->seed, facet_rng_stream(video));
        uint32_t *all = facet_alloc(n, sizeof *all, "frames");
        int ok = rng != NULL && all != NULL;
        if (ok) {
            memcpy(all, rows, n * sizeof *all);
            gsl_ran_choose(rng, rows, most, all, n, sizeof *all); /* keeps their order */
        }
        if (rng != NULL) gsl_rng_free(rng);
        free(all);
        if (!ok) return FACET_ENOMEM;
        n = most;
    }
    *count = n;
    return FACET_OK;
}

static int add_group(struct facet_reader *r, size_t line, const char *video,
                     const struct facet_match *match, uint32_t *item)
{
    struct facet_protocol *p = r->made;
    uint32_t *rows = p->rows + p->start[p->groups];
    size_t count;
    int code = draw_frames(r, video, match, rows, &count);
    if (code < 0) return code;
    if (count == 0) return absent(r, line, video, "has no frame with activations", item);
    int32_t who = r->images->identity == NULL ? -1 : r->images->identity[rows[0]];
    for (size_t i = 1; who >= 0 && i < count; i++)
        if (r->images->identity[rows[i]] != who)
            return facet_fail(FACET_EFORMAT, "%s:%zu: %s has frames of several identities", r->path,
                              line, video);
    p->group_identity[p->groups] = who;
    p->start[p->groups + 1] = p->start[p->groups] + count;
    *item = (uint32_t)p->groups++;
    r->group_of[match->place] = *item + 1;
    return FACET_OK;
}

static int find(struct facet_reader *r, size_t line, const char *name, uint32_t *item)
{
    const struct facet_match match = facet_names_find(r->names, name);
    if (match.other != NULL)
        return facet_fail(FACET_EFORMAT, "%s:%zu: %s could be %s or %s", r->path, line, name,
                          match.image, match.other);
    if (match.count == 0) return absent(r, line, name, "is not among the images", item);
    if (r->group_of == NULL) {
        *item = match.rows[0];
        return is_missing(r, *item) ? absent(r, line, name, "has no activations", item) : FACET_OK;
    }
    if (r->group_of[match.place] == 0) return add_group(r, line, name, &match, item);
    *item = r->group_of[match.place] - 1;
    return FACET_OK;
}

static int check_identities(const struct facet_reader *r, size_t line, const char *a, const char *b,
                            const struct facet_listed *pair)
{
    const int32_t *identity = r->group_of == NULL ? r->images->identity : r->made->group_identity;
    if (identity == NULL || identity[pair->first] < 0 || identity[pair->second] < 0 ||
        (identity[pair->first] == identity[pair->second]) == pair->same)
        return FACET_OK;
    return facet_fail(FACET_EFORMAT, "%s:%zu: %s and %s are listed as %s, but their images as %s",
                      r->path, line, a, b, pair->same ? "one person" : "two people",
                      pair->same ? "of two" : "of one");
}

int facet_reader_add(struct facet_reader *reader, size_t line, const char *a, const char *b,
                     int same, uint32_t fold)
{
    struct facet_listed pair = {.fold = fold, .same = same != 0, .line = line};
    int code = find(reader, line, a, &pair.first);
    if (code == FACET_OK) code = find(reader, line, b, &pair.second);
    if (code == FACET_OK && pair.first != FACET_READER_NONE && pair.second != FACET_READER_NONE) {
        if (pair.first == pair.second)
            code = facet_fail(FACET_EFORMAT, "%s:%zu: a pair of %s with itself", reader->path, line,
                              a);
        else
            code = check_identities(reader, line, a, b, &pair);
    }
    if (code == FACET_OK) code = grow(&reader->pairs, reader->count, sizeof *reader->pairs);
    if (code == FACET_OK) reader->pairs[reader->count++] = pair;
    return code;
}

/* ---- the whole list ---- */

static int by_number(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

/* The distinct numbers of folds, ascending, those of dropped pairs too. */
static int number_folds(const struct facet_reader *r)
{
    struct facet_protocol *p = r->made;
    uint32_t *all = facet_alloc(r->count, sizeof *all, "folds");
    if (all == NULL) return FACET_ENOMEM;
    p->fold_number = all;
    for (size_t k = 0; k < r->count; k++) all[k] = r->pairs[k].fold;
    qsort(all, r->count, sizeof *all, by_number);
    for (size_t k = 0; k < r->count; k++)
        if (k == 0 || all[k] != all[p->folds - 1]) all[p->folds++] = all[k];
    if (p->folds > FACET_PROTOCOL_FOLDS)
        return facet_fail(FACET_EFORMAT, "%s: %zu folds, expected at most %d", r->path, p->folds,
                          FACET_PROTOCOL_FOLDS);
    return FACET_OK;
}

static int keep_pairs(const struct facet_reader *r)
{
    struct facet_protocol *p = r->made;
    p->first = facet_alloc(r->count, sizeof *p->first, "pairs");
    p->second = facet_alloc(r->count, sizeof *p->second, "pairs");
    p->same = facet_alloc(r->count, sizeof *p->same, "pairs");
    p->fold = facet_alloc(r->count, sizeof *p->fold, "pairs");
    p->line = facet_alloc(r->count, sizeof *p->line, "pairs");
    if (p->first == NULL || p->second == NULL || p->same == NULL || p->fold == NULL ||
        p->line == NULL)
        return FACET_ENOMEM;
    p->listed = r->count;
    for (size_t k = 0; k < r->count; k++) {
        const struct facet_listed *pair = &r->pairs[k];
        if (pair->first == FACET_READER_NONE || pair->second == FACET_READER_NONE) continue;
        const uint32_t *number =
            bsearch(&pair->fold, p->fold_number, p->folds, sizeof *p->fold_number, by_number);
        p->first[p->count] = pair->first;
        p->second[p->count] = pair->second;
        p->same[p->count] = pair->same;
        p->fold[p->count] = (uint8_t)(number - p->fold_number);
        p->line[p->count++] = pair->line;
    }
    return FACET_OK;
}

static int check_folds(const struct facet_reader *r)
{
    const struct facet_protocol *p = r->made;
    size_t count[FACET_PROTOCOL_FOLDS][2] = {{0}};
    for (size_t k = 0; k < p->count; k++) count[p->fold[k]][p->same[k]]++;
    for (size_t f = 0; f < p->folds; f++)
        if (count[f][0] == 0 || count[f][1] == 0)
            return facet_fail(
                FACET_EFORMAT,
                "%s: fold %u has %zu genuine and %zu impostor pairs (%zu of %zu pairs "
                "dropped), expected some of both",
                r->path, (unsigned)p->fold_number[f], count[f][1], count[f][0],
                p->listed - p->count, p->listed);
    return FACET_OK;
}

struct unordered {
    uint32_t low, high;
    size_t line;
};

static int by_items(const void *a, const void *b)
{
    const struct unordered *x = a, *y = b;
    if (x->low != y->low) return x->low < y->low ? -1 : 1;
    if (x->high != y->high) return x->high < y->high ? -1 : 1;
    return (x->line > y->line) - (x->line < y->line);
}

static int check_repeats(const struct facet_reader *r)
{
    const struct facet_protocol *p = r->made;
    struct unordered *sorted = facet_alloc(p->count, sizeof *sorted, "pairs");
    int code = sorted == NULL ? FACET_ENOMEM : FACET_OK;
    for (size_t k = 0; code == FACET_OK && k < p->count; k++) {
        uint32_t a = p->first[k], b = p->second[k];
        sorted[k] = (struct unordered){a < b ? a : b, a < b ? b : a, p->line[k]};
    }
    if (code == FACET_OK) qsort(sorted, p->count, sizeof *sorted, by_items);
    for (size_t k = 1; code == FACET_OK && k < p->count; k++)
        if (sorted[k].low == sorted[k - 1].low && sorted[k].high == sorted[k - 1].high)
            code = facet_fail(FACET_EFORMAT, "%s:%zu: the pair of line %zu again", r->path,
                              sorted[k].line, sorted[k - 1].line);
    free(sorted);
    return code;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Hands the missing names over, each once. */
static void keep_missing(struct facet_reader *r)
{
    struct facet_protocol *p = r->made;
    if (r->missing_count > 0) qsort(r->missing, r->missing_count, sizeof *r->missing, by_text);
    for (size_t i = 0; i < r->missing_count; i++) {
        if (p->missing_count == 0 || strcmp(r->missing[i], r->missing[p->missing_count - 1]) != 0)
            r->missing[p->missing_count++] = r->missing[i];
        else
            free(r->missing[i]);
    }
    p->missing = r->missing;
    r->missing = NULL;
    r->missing_count = 0;
}

static int prepare(struct facet_reader *r)
{
    struct facet_protocol *p = r->made;
    const size_t images = r->images->count;
    int videos = 0, code = facet_reader_is_videos(r->path, &videos);
    if (code == FACET_OK) code = facet_names_new(&r->names, r->images->names, images, videos);
    if (code < 0 || !videos) return code;
    r->group_of = facet_alloc(images, sizeof *r->group_of, "videos");
    p->start = facet_alloc(images + 1, sizeof *p->start, "videos");
    p->rows = facet_alloc(images, sizeof *p->rows, "videos");
    p->group_identity = facet_alloc(images, sizeof *p->group_identity, "videos");
    return r->group_of == NULL || p->start == NULL || p->rows == NULL || p->group_identity == NULL
               ? FACET_ENOMEM
               : FACET_OK;
}

static void release(struct facet_reader *r)
{
    facet_names_free(&r->names);
    for (size_t i = 0; i < r->missing_count; i++) free(r->missing[i]);
    free(r->missing);
    free(r->pairs);
    free(r->group_of);
}

int facet_protocol_read(struct facet_protocol **protocol, const char *path,
                        const struct facet_protocol_images *images,
                        const struct facet_protocol_options *options)
{
    struct facet_reader r = {.path = path, .images = images, .options = options};
    r.made = facet_alloc(1, sizeof *r.made, "pairs");
    int code = r.made == NULL ? FACET_ENOMEM : prepare(&r);
    if (code == FACET_OK) code = facet_reader_read(&r);
    if (code == FACET_OK && r.count == 0)
        code = facet_fail(FACET_EFORMAT, "%s: lists no pairs", path);
    if (code == FACET_OK) code = number_folds(&r);
    if (code == FACET_OK) code = keep_pairs(&r);
    if (code == FACET_OK) code = check_folds(&r);
    if (code == FACET_OK) code = check_repeats(&r);
    if (code == FACET_OK) keep_missing(&r);
    release(&r);
    if (code < 0)
        facet_protocol_free(&r.made);
    else
        *protocol = r.made;
    return code;
}

void facet_protocol_free(struct facet_protocol **protocol)
{
    struct facet_protocol *p = *protocol;
    if (p == NULL) return;
    for (size_t i = 0; i < p->missing_count; i++) free(p->missing[i]);
    free(p->missing);
    free(p->first);
    free(p->second);
    free(p->same);
    free(p->fold);
    free(p->line);
    free(p->fold_number);
    free(p->start);
    free(p->rows);
    free(p->group_identity);
    free(p);
    *protocol = NULL;
}
