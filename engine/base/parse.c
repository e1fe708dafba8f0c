#include "base/parse.h"

#include "base/error.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

int facet_parse_int(const char *what, const char *text, int64_t low, int64_t high, int64_t *out)
{
    const char *digits = text + (text[0] == '-' || text[0] == '+');
    if (digits[0] == '\0' || strspn(digits, "0123456789") != strlen(digits))
        return facet_fail(FACET_EINVAL, "%s: \"%s\" is not a whole number", what, text);
    errno = 0;
    intmax_t value = strtoimax(text, NULL, 10);
    if (errno == ERANGE || value < low || value > high)
        return facet_fail(FACET_EINVAL, "%s: %s is outside %" PRId64 " to %" PRId64, what, text,
                          low, high);
    *out = value;
    return FACET_OK;
}

int facet_parse_size(const char *what, const char *text, size_t low, size_t high, size_t *out)
{
    int64_t number;
    int code = facet_parse_int(what, text, (int64_t)low, (int64_t)high, &number);
    if (code == FACET_OK) *out = (size_t)number;
    return code;
}

int facet_parse_extent(const char *what, const char *text, size_t low, size_t high, size_t sizes[2])
{
    const char *cross = strchr(text, 'x');
    if (cross == NULL)
        return facet_fail(FACET_EINVAL, "%s: \"%s\" is not WIDTHxHEIGHT", what, text);
    char *width = facet_format("%.*s", (int)(cross - text), text);
    if (width == NULL) return FACET_ENOMEM;
    int code = facet_parse_size(what, width, low, high, &sizes[0]);
    if (code == FACET_OK) code = facet_parse_size(what, cross + 1, low, high, &sizes[1]);
    free(width);
    return code;
}

int facet_parse_real(const char *what, const char *text, double low, double high, double *out)
{
    char *end = NULL;
    /* strtod alone would take "nan", "inf", "0x1p3" and leading blanks. */
    if (text[0] == '\0' || strspn(text, "+-.0123456789eE") != strlen(text))
        return facet_fail(FACET_EINVAL, "%s: \"%s\" is not a number", what, text);
    double value = strtod(text, &end);
    if (*end != '\0' || end == text || !isfinite(value))
        return facet_fail(FACET_EINVAL, "%s: \"%s\" is not a number", what, text);
    if (value < low || value > high)
        return facet_fail(FACET_EINVAL, "%s: %s is outside %g to %g", what, text, low, high);
    *out = value;
    return FACET_OK;
}

int facet_parse_reals(const char *what, const char *text, double low, double high, size_t least,
                      size_t most, double *out, size_t *count)
{
    char *copy = facet_strdup(text), *item = copy;
    int code = copy != NULL ? FACET_OK : FACET_ENOMEM;
    size_t n = 0;
    while (code == FACET_OK && item != NULL) {
        char *comma = strchr(item, ',');
        if (comma != NULL) *comma++ = '\0';
        if (n == most)
            code =
                facet_fail(FACET_EINVAL, "%s: \"%s\" has more than %zu numbers", what, text, most);
        else
            code = facet_parse_real(what, item, low, high, &out[n++]);
        item = comma;
    }
    free(copy);
    if (code == FACET_OK && n < least)
        code = facet_fail(FACET_EINVAL, "%s: \"%s\" has fewer than %zu numbers", what, text, least);
    if (code == FACET_OK) *count = n;
    return code;
}

int facet_parse_real_or_na(const char *what, const char *text, double *out)
{
    if (strcmp(text, "NA") == 0) {
        *out = NAN;
        return FACET_OK;
    }
    return facet_parse_real(what, text, -HUGE_VAL, HUGE_VAL, out);
}

int facet_parse_list(const char *what, const char *text, char separator, char ***items,
                     size_t *count)
{
    size_t n = 1, length = strlen(text);
    for (const char *c = text; *c != '\0'; c++) n += *c == separator;
    char **list = facet_alloc(1, n * sizeof *list + length + 1, what);
    if (list == NULL) return FACET_ENOMEM;
    char *copy = memcpy((char *)(list + n), text, length + 1);
    for (size_t i = 0; i < n; i++) {
        list[i] = copy;
        copy = strchr(copy, separator);
        if (copy != NULL) *copy++ = '\0';
    }
    for (size_t i = 0; i < n; i++) {
        int code = FACET_OK;
        if (list[i][0] == '\0')
            code = facet_fail(FACET_EINVAL, "%s: \"%s\" has an empty item", what, text);
        for (size_t j = 0; code == FACET_OK && j < i; j++)
            if (strcmp(list[i], list[j]) == 0)
                code = facet_fail(FACET_EINVAL, "%s: %s is named twice", what, list[i]);
        if (code != FACET_OK) {
            free(list);
            return code;
        }
    }
    *items = list;
    *count = n;
    return FACET_OK;
}

int facet_parse_counts(const char *what, const char *text, size_t low, size_t high, size_t most,
                       size_t *out, size_t *count)
{
    char **items;
    size_t n;
    int code = facet_parse_list(what, text, ',', &items, &n);
    if (code < 0) return code;
    if (n > most)
        code =
            facet_fail(FACET_EINVAL, "%s: expected at most %zu values, found %zu", what, most, n);
    for (size_t i = 0; code == FACET_OK && i < n; i++) {
        code = facet_parse_size(what, items[i], low, high, &out[i]);
        if (code == FACET_OK && i > 0 && out[i] <= out[i - 1])
            code = facet_fail(FACET_EINVAL, "%s: %s: expected ascending values", what, items[i]);
    }
    free(items);
    if (code == FACET_OK) *count = n;
    return code;
}

int facet_parse_is_utf8(const char *text)
{
    const unsigned char *c = (const unsigned char *)text;
    while (*c != 0) {
        int more = *c < 0x80   ? 0
                   : *c < 0xc2 ? -1
                   : *c < 0xe0 ? 1
                   : *c < 0xf0 ? 2
                   : *c < 0xf5 ? 3
                               : -1;
        if (more < 0) return 0;
        for (c++; more > 0; more--, c++)
            if ((*c & 0xc0) != 0x80) return 0;
    }
    return 1;
}
