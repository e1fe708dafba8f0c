/* base/parse: numbers and lists from text, strictly.
 *
 * The whole text must be a number of the kind asked for and lie within the limits; "12x", "", " 3",
 * "0x10", "1e400" and "nan" are errors that name `what` and the text.
 *
 *     int64_t batch;
 *     if (facet_parse_int("--batch", text, 1, 4096, &batch) < 0) ...
 */
#ifndef FACET_BASE_PARSE_H
#define FACET_BASE_PARSE_H

#include <stddef.h>
#include <stdint.h>

/* Decimal integer in [low, high]. FACET_EINVAL otherwise. */
int facet_parse_int(const char *what, const char *text, int64_t low, int64_t high, int64_t *out);

/* The same for counts; FACET_PARSE_MOST is more than a user means. */
#define FACET_PARSE_MOST 100000000
int facet_parse_size(const char *what, const char *text, size_t low, size_t high, size_t *out);

/* "WIDTHxHEIGHT", each in [low, high]. */
int facet_parse_extent(const char *what, const char *text, size_t low, size_t high,
                       size_t sizes[2]);

/* Decimal finite number in [low, high]. FACET_EINVAL otherwise. */
int facet_parse_real(const char *what, const char *text, double low, double high, double *out);

/* Numbers as above between commas: at least `least`, at most `most` of them into `out`, *count in
 * all.
 */
int facet_parse_reals(const char *what, const char *text, double low, double high, size_t least,
                      size_t most, double *out, size_t *count);

/* As facet_parse_real without limits; "NA" gives NaN. */
int facet_parse_real_or_na(const char *what, const char *text, double *out);

/* Splits "a,b,c" at `separator`. Empty items and duplicates are errors. On success *items is an
 * array of *count strings in one block: free it with one free(). */
int facet_parse_list(const char *what, const char *text, char separator, char ***items,
                     size_t *count);

/* "8,32,128": ascending counts, each in [low, high], at most `most` of them. Names the first fault;
 * out [most]. */
int facet_parse_counts(const char *what, const char *text, size_t low, size_t high, size_t most,
                       size_t *out, size_t *count);

/* Nonzero if `text` is valid UTF-8. */
int facet_parse_is_utf8(const char *text);

#endif
