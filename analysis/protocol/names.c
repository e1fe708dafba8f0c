#include "protocol/names.h"

#include <stdlib.h>
#include <string.h>

/* A path without its terminator: that of an image, or of its folder. */
struct key {
    const char *path;
    size_t length;
    uint32_t row;
};

struct facet_names {
    size_t count;
    int folders;
    struct key *keys; /* [count] sorted from their ends, "/" first: equal ends lie together */
    uint32_t *rows;   /* [count] of the keys */
};

/* Rank of the character `back` places from the end. */
static int rank(const struct key *k, size_t back)
{
    if (back >= k->length) return 0;
    unsigned char c = (unsigned char)k->path[k->length - 1 - back];
    return c == '/' ? 1 : 2 + c;
}

static int from_end(const struct key *x, const struct key *y)
{
    size_t back = 0;
    while (back < x->length && rank(x, back) == rank(y, back)) back++;
    return rank(x, back) - rank(y, back);
}

static int by_end(const void *a, const void *b)
{
    const struct key *x = a, *y = b;
    int order = from_end(x, y);
    return order != 0 ? order : (x->row > y->row) - (x->row < y->row);
}

int facet_names_new(struct facet_names **names, const char *const *images, size_t count,
                    int folders)
{
    if (count > UINT32_MAX) return facet_fail(FACET_ENOMEM, "names: %zu images: too many", count);
    struct facet_names *n = facet_alloc(1, sizeof *n, "names");
    if (n == NULL) return FACET_ENOMEM;
    *n = (struct facet_names){.count = count, .folders = folders};
    n->keys = facet_alloc(count, sizeof *n->keys, "names");
    n->rows = facet_alloc(count, sizeof *n->rows, "names");
    if (n->keys == NULL || n->rows == NULL) {
        facet_names_free(&n);
        return FACET_ENOMEM;
    }
    for (size_t i = 0; i < count; i++) {
        const char *slash = strrchr(images[i], '/');
        size_t folder = slash == NULL ? 0 : (size_t)(slash - images[i]);
        n->keys[i] = (struct key){images[i], folders ? folder : strlen(images[i]), (uint32_t)i};
    }
    qsort(n->keys, count, sizeof *n->keys, by_end);
    for (size_t i = 0; i < count; i++) n->rows[i] = n->keys[i].row;
    *names = n;
    return FACET_OK;
}

void facet_names_free(struct facet_names **names)
{
    if (*names == NULL) return;
    free((*names)->keys);
    free((*names)->rows);
    free(*names);
    *names = NULL;
}

/* The first key that isn't before `wanted`. */
static size_t lower_bound(const struct facet_names *n, const struct key *wanted)
{
    size_t low = 0, high = n->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (from_end(&n->keys[middle], wanted) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* The key is `wanted`, or ends in "/" and `wanted`. */
static int ends_in(const struct key *k, const struct key *wanted)
{
    if (k->length < wanted->length) return 0;
    size_t ahead = k->length - wanted->length;
    return memcmp(k->path + ahead, wanted->path, wanted->length) == 0 &&
           (ahead == 0 || k->path[ahead - 1] == '/');
}

struct facet_match facet_names_find(const struct facet_names *names, const char *wanted)
{
    const struct key key = {wanted, strlen(wanted), 0};
    struct facet_match match = {0};
    size_t at = lower_bound(names, &key), end = at;
    if (at == names->count || key.length == 0 || !ends_in(&names->keys[at], &key)) return match;
    const struct key *first = &names->keys[at];
    while (end < names->count && from_end(&names->keys[end], first) == 0) end++;
    match = (struct facet_match){end - at, names->rows + at, at, first->path, NULL};
    if (!names->folders && end - at > 1)
        match.other = names->keys[at + 1].path;
    else if (first->length > key.length && end < names->count && ends_in(&names->keys[end], &key))
        match.other = names->keys[end].path;
    return match;
}
