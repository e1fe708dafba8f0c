#include "protocol/pairs.h"

#include "base/rng.h"
#include "base/scratch.h"
#include "protocol/reader.h"

#include <gsl/gsl_randist.h>
#include <stdlib.h>
#include <string.h>

/* ---- from names to items ---- */

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Names that nothing was found for, sorted, each once. */
static void tidy_missing(struct facet_reader *r)
{
    size_t kept = 0;
    if (r->missing_count > 0) qsort(r->missing, r->missing_count, sizeof *r->missing, by_text);
    for (size_t i = 0; i < r->missing_count; i++)
        if (kept == 0 || strcmp(r->missing[i], r->missing[kept - 1]) != 0)
            r->missing[kept++] = r->missing[i];
        else
            free(r->missing[i]);
    r->missing_count = kept;
}

/* One more. Room is doubled only where half of it is taken by different names. */
static int add_missing(struct facet_reader *r, const char *name)
{
    if (r->missing_count == r->missing_room) {
        tidy_missing(r);
        if (2 * r->missing_count >= r->missing_room) {
            const size_t room = 2 * r->missing_room + 64;
            char **more = facet_alloc(room, sizeof *more, "missing images");
            if (more == NULL) return FACET_ENOMEM;
            if (r->missing_count > 0) memcpy(more, r->missing, r->missing_count * sizeof *more);
            free(r->missing);
            r->missing = more;
            r->missing_room = room;
        }
    }
    char *copy = facet_strdup(name);
    if (copy == NULL) return FACET_ENOMEM;
    r->missing[r->missing_count++] = copy;
    return FACET_OK;
}

static int absent(struct facet_reader *r, size_t line, const char *name, const char *why,
                  uint32_t *item)
{
    if (!r->options->allow_missing)
        return facet_fail(FACET_EFORMAT, "%s:%zu: %s %s", r->path, line, name, why);
    *item = FACET_READER_NONE;
    return add_missing(r, name);
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
                            const uint32_t item[2], int same)
{
    const int32_t *identity = r->group_of == NULL ? r->images->identity : r->made->group_identity;
    if (identity == NULL || identity[item[0]] < 0 || identity[item[1]] < 0 ||
        (identity[item[0]] == identity[item[1]]) == same)
        return FACET_OK;
    return facet_fail(FACET_EFORMAT, "%s:%zu: %s and %s are listed as %s, but their images as %s",
                      r->path, line, a, b, same ? "one person" : "two people",
                      same ? "of two" : "of one");
}

/* ---- the list ---- */

/* Folds are numbered as they come, those of dropped pairs too. */
static int find_fold(struct facet_protocol *p, const char *path, size_t line, uint32_t number,
                     uint8_t *fold)
{
    size_t f = 0;
    while (f < p->folds && p->fold_number[f] != number) f++;
    if (f == FACET_PROTOCOL_FOLDS)
        return facet_fail(FACET_EFORMAT, "%s:%zu: fold %u is the %dth, expected at most %d", path,
                          line, (unsigned)number, FACET_PROTOCOL_FOLDS + 1, FACET_PROTOCOL_FOLDS);
    if (f == p->folds) p->fold_number[p->folds++] = number;
    *fold = (uint8_t)f;
    return FACET_OK;
}

static int keep_pair(struct facet_protocol *p, size_t line, const uint32_t item[2], int same,
                     uint8_t fold)
{
    const size_t k = p->count;
    if (line > UINT32_MAX) return facet_fail(FACET_ENOMEM, "pairs: %zu lines are too many", line);
    if (facet_scratch_grow(&p->first, k, sizeof *p->first, "pairs") < 0 ||
        facet_scratch_grow(&p->second, k, sizeof *p->second, "pairs") < 0 ||
        facet_scratch_grow(&p->line, k, sizeof *p->line, "pairs") < 0 ||
        facet_scratch_grow(&p->same, k, sizeof *p->same, "pairs") < 0 ||
        facet_scratch_grow(&p->fold, k, sizeof *p->fold, "pairs") < 0)
        return FACET_ENOMEM;
    p->first[k] = item[0];
    p->second[k] = item[1];
    p->line[k] = (uint32_t)line;
    p->same[k] = same != 0;
    p->fold[k] = fold;
    p->count++;
    return FACET_OK;
}

int facet_reader_add(struct facet_reader *reader, size_t line, const char *a, const char *b,
                     int same, uint32_t fold)
{
    uint32_t item[2];
    uint8_t place = 0;
    int code = find(reader, line, a, &item[0]);
    if (code == FACET_OK) code = find(reader, line, b, &item[1]);
    if (code == FACET_OK) code = find_fold(reader->made, reader->path, line, fold, &place);
    if (code < 0) return code;
    reader->made->listed++;
    if (item[0] == FACET_READER_NONE || item[1] == FACET_READER_NONE) return FACET_OK;
    if (item[0] == item[1])
        return facet_fail(FACET_EFORMAT, "%s:%zu: a pair of %s with itself", reader->path, line, a);
    code = check_identities(reader, line, a, b, item, same);
    return code == FACET_OK ? keep_pair(reader->made, line, item, same, place) : code;
}

static int by_number(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

/* Folds by ascending number. */
static void order_folds(struct facet_protocol *p)
{
    uint32_t came[FACET_PROTOCOL_FOLDS];
    uint8_t place[FACET_PROTOCOL_FOLDS] = {0};
    memcpy(came, p->fold_number, sizeof came);
    qsort(p->fold_number, p->folds, sizeof *p->fold_number, by_number);
    for (size_t f = 0; f < p->folds; f++) {
        const uint32_t *number =
            bsearch(&came[f], p->fold_number, p->folds, sizeof *p->fold_number, by_number);
        place[f] = (uint8_t)(number - p->fold_number);
    }
    for (size_t k = 0; k < p->count; k++) p->fold[k] = place[p->fold[k]];
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
    uint32_t low, high, line;
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
    struct unordered *sorted = facet_scratch_alloc(p->count, sizeof *sorted, "pairs");
    int code = sorted == NULL ? FACET_ENOMEM : FACET_OK;
    for (size_t k = 0; code == FACET_OK && k < p->count; k++) {
        uint32_t a = p->first[k], b = p->second[k];
        sorted[k] = (struct unordered){a < b ? a : b, a < b ? b : a, p->line[k]};
    }
    if (code == FACET_OK) code = facet_scratch_sort(sorted, p->count, sizeof *sorted, by_items);
    for (size_t k = 1; code == FACET_OK && k < p->count; k++)
        if (sorted[k].low == sorted[k - 1].low && sorted[k].high == sorted[k - 1].high)
            code = facet_fail(FACET_EFORMAT, "%s:%u: the pair of line %u again", r->path,
                              (unsigned)sorted[k].line, (unsigned)sorted[k - 1].line);
    facet_scratch_free(sorted);
    return code;
}

static void hand_over_missing(struct facet_reader *r)
{
    tidy_missing(r);
    r->made->missing = r->missing;
    r->made->missing_count = r->missing_count;
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
    if (code == FACET_OK && r.made->listed == 0)
        code = facet_fail(FACET_EFORMAT, "%s: lists no pairs", path);
    if (code == FACET_OK) order_folds(r.made);
    if (code == FACET_OK) code = check_folds(&r);
    if (code == FACET_OK) code = check_repeats(&r);
    if (code == FACET_OK) hand_over_missing(&r);
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
    facet_scratch_free(p->first);
    facet_scratch_free(p->second);
    facet_scratch_free(p->line);
    facet_scratch_free(p->same);
    facet_scratch_free(p->fold);
    free(p->start);
    free(p->rows);
    free(p->group_identity);
    free(p);
    *protocol = NULL;
}
