#include "base/nearest.h"

#include <ctype.h>
#include <string.h>

enum { MOST = 127 };

static size_t length_of(const char *text)
{
    const size_t length = strlen(text);
    return length < MOST ? length : MOST;
}

static int same(char a, char b)
{
    return tolower((unsigned char)a) == tolower((unsigned char)b);
}

/* Fewest insertions, deletions and replacements of bytes that make b of a (Levenshtein), letters of
 * both cases alike; names are cut at MOST bytes. */
static size_t distance_between(const char *a, const char *b)
{
    const size_t n = length_of(a), m = length_of(b);
    size_t row[MOST + 1];
    for (size_t j = 0; j <= m; j++) row[j] = j;
    for (size_t i = 1; i <= n; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= m; j++) {
            size_t least = diagonal + !same(a[i - 1], b[j - 1]);
            if (row[j] + 1 < least) least = row[j] + 1;
            if (row[j - 1] + 1 < least) least = row[j - 1] + 1;
            diagonal = row[j];
            row[j] = least;
        }
    }
    return row[m];
}

const char *facet_nearest(const char *wanted, const char *const *names, size_t count)
{
    const char *best = NULL;
    size_t least = 0;
    for (size_t i = 0; i < count; i++) {
        const size_t distance = distance_between(wanted, names[i]);
        if (best == NULL || distance < least) {
            best = names[i];
            least = distance;
        }
    }
    return best;
}
