/* base/nearest: the name that somebody may have meant.
 *
 *     facet_fail(FACET_EINVAL, "no layer %s (did you mean %s?)", name, facet_nearest(...));
 */
#ifndef FACET_BASE_NEAREST_H
#define FACET_BASE_NEAREST_H

#include <stddef.h>

/* Fewest insertions, deletions and replacements of bytes that make b of a (Levenshtein), letters of
 * both cases alike; names are cut at 127 bytes. */
size_t facet_nearest_distance(const char *a, const char *b);

/* The first of the names with the least distance to `wanted`; NULL without names. */
const char *facet_nearest(const char *wanted, const char *const *names, size_t count);

#endif
