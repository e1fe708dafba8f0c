#include "occlusion/levels.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- names ---- */

static int is_mirror(const char *view)
{
    const size_t length = strlen(view), end = strlen(FACET_VIEW_MIRRORED);
    return strcmp(view, FACET_VIEW_MIRROR) == 0 ||
           (length > end && strcmp(view + length - end, FACET_VIEW_MIRRORED) == 0);
}

static int parse(const struct facet_acts *acts, const char *view, struct occlusion_level *l)
{
    int used = -1, squares;
    *l = (struct occlusion_level){.view = view, .x = -1, .y = -1};
    if (sscanf(view, "%32[a-z]:%d@%dx%d%n", l->kind, &l->level, &l->x, &l->y, &used) < 4 ||
        used < 0)
        l->x = l->y = -1;
    if (used < 0 && sscanf(view, "%32[a-z]:%dx%d%n", l->kind, &l->level, &squares, &used) == 3 &&
        used > 0)
        snprintf(l->kind + strlen(l->kind), 16, "x%d", squares);
    if (used < 0) sscanf(view, "%32[a-z]:%d%n", l->kind, &l->level, &used);
    if (used < 0 || view[used] != '\0' || l->level < 1)
        return facet_fail(FACET_EFORMAT, "%s: view \"%s\" is no occlusion such as bottom:30",
                          facet_acts_path(acts), view);
    return FACET_OK;
}

static int is_asked(const struct occlusion_level *l, char *const *asked, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(asked[i], l->view) == 0 || strcmp(asked[i], l->kind) == 0) return 1;
    return asked == NULL;
}

/* ---- the list ---- */

static size_t find_kind(const struct occlusion_levels *levels, const char *kind)
{
    size_t i = 0;
    while (strcmp(levels->list[i].kind, kind) != 0) i++;
    return i;
}

/* Puts a level behind those of its kind that are not greater. */
static void insert(struct occlusion_levels *levels, const struct occlusion_level *l)
{
    size_t at = levels->count++, first;
    levels->list[at] = *l;
    first = find_kind(levels, l->kind);
    while (at > first) {
        const struct occlusion_level *before = &levels->list[at - 1];
        const int same = strcmp(before->kind, l->kind) == 0;
        const int order = before->level != l->level ? before->level - l->level
                          : before->y != l->y       ? before->y - l->y
                                                    : before->x - l->x;
        if (same && order <= 0) break;
        levels->list[at--] = *before;
    }
    levels->list[at] = *l;
}

static int check_asked(const struct facet_acts *acts, const struct occlusion_levels *levels,
                       char *const *asked, size_t asked_count)
{
    char known[512] = "";
    for (size_t v = 0; v < facet_acts_view_count(acts); v++)
        if (!is_mirror(facet_acts_view(acts, v)))
            facet_fail_list(known, sizeof known, facet_acts_view(acts, v));
    for (size_t i = 0; asked != NULL && i < asked_count; i++) {
        int found = 0;
        for (size_t k = 1; k < levels->count; k++)
            found |= is_asked(&levels->list[k], asked + i, 1);
        if (!found)
            return facet_fail(FACET_EINVAL, "%s: nothing is hidden as \"%s\" (it has: %s)",
                              facet_acts_path(acts), asked[i], known);
    }
    if (levels->count < 2)
        return facet_fail(FACET_EINVAL,
                          "%s: has no hidden faces (it has: %s): facet-dump --occlude writes them",
                          facet_acts_path(acts), known);
    return FACET_OK;
}

int occlusion_levels_new(struct occlusion_levels **levels, const struct facet_acts *acts,
                         char *const *asked, size_t asked_count)
{
    const size_t views = facet_acts_view_count(acts);
    struct occlusion_level one;
    struct occlusion_levels *l = facet_alloc(1, sizeof *l, "levels");
    if (l == NULL) return FACET_ENOMEM;
    l->list = facet_alloc(views + 1, sizeof *l->list, "levels");
    int code = l->list == NULL ? FACET_ENOMEM : FACET_OK;
    if (code == FACET_OK)
        l->list[l->count++] =
            (struct occlusion_level){.view = FACET_VIEW_ORIGINAL, .x = -1, .y = -1};
    for (size_t v = 0; code == FACET_OK && v < views; v++) {
        const char *view = facet_acts_view(acts, v);
        if (is_mirror(view) || strcmp(view, FACET_VIEW_ORIGINAL) == 0) continue;
        code = parse(acts, view, &one);
        if (code == FACET_OK && is_asked(&one, asked, asked_count)) insert(l, &one);
    }
    if (code == FACET_OK) code = check_asked(acts, l, asked, asked_count);
    if (code < 0)
        occlusion_levels_free(&l);
    else
        *levels = l;
    return code;
}

void occlusion_levels_free(struct occlusion_levels **levels)
{
    if (*levels == NULL) return;
    free((*levels)->list);
    free(*levels);
    *levels = NULL;
}

/* ---- how they were hidden ---- */

/* "black, seed 1" of "black, seed 1: bottom:10"; the caller frees. */
static char *how_hidden(struct facet_acts *acts)
{
    const char *text = facet_acts_property(acts, "occlusion");
    if (text == NULL) text = "";
    return facet_format("%.*s", (int)strcspn(text, ":"), text);
}

static int check_seed(struct facet_acts *acts, const char *how, int64_t seed)
{
    const char *at = strstr(how, "seed ");
    if (seed < 0 || (at != NULL && strtoll(at + strlen("seed "), NULL, 10) == seed))
        return FACET_OK;
    return facet_fail(FACET_EINVAL,
                      "%s: faces were hidden otherwise than with seed %" PRId64 " (\"%s\")",
                      facet_acts_path(acts), seed, how);
}

int occlusion_levels_check(struct facet_acts *acts, int64_t seed, struct facet_acts *other)
{
    char *how = how_hidden(acts), *than = other != NULL ? how_hidden(other) : NULL;
    int code =
        how == NULL || (other != NULL && than == NULL) ? FACET_ENOMEM : check_seed(acts, how, seed);
    if (code == FACET_OK && other != NULL && strcmp(how, than) != 0)
        code =
            facet_fail(FACET_EINVAL, "%s: faces were hidden otherwise (\"%s\") than in %s (\"%s\")",
                       facet_acts_path(acts), how, facet_acts_path(other), than);
    free(how);
    free(than);
    return code;
}
