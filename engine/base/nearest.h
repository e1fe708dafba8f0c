/* base/nearest: the name that somebody may have meant.
 *
 *     facet_fail(FACET_EINVAL, "no layer %s (did you mean %s?)", name, facet_nearest(...));
 */
#ifndef FACET_BASE_NEAREST_H
#define FACET_BASE_NEAREST_H

#include <stddef.h>

/* The first of the names with the least distance to `wanted` (Levenshtein's, letters of both cases
 * alike, of the first 127 bytes); NULL without names. */
const char *facet_nearest(const char *wanted, const char *const *names, size_t count);

#endif
