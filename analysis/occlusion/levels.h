/* occlusion/levels: what parts of faces are hidden in the views of an activation file, told from
 * their names (image/occlude.h): "bottom:30" is kind bottom, level 30; "block:20x3" kind blockx3,
 * level 20; "square:20@12x45" a square of side 20 whose left upper corner is at 12, 45 of a face 94
 * wide. Mirror images belong to their views.
 *
 *     occlusion_levels_new(&levels, acts, NULL, 0);
 *     for (i = 1; i < levels->count; i++) use(levels->list[i].view);   // list[0]: nothing hidden
 *     occlusion_levels_free(&levels);
 */
#ifndef FACET_OCCLUSION_LEVELS_H
#define FACET_OCCLUSION_LEVELS_H

#include "store/activations.h"

struct occlusion_level {
    const char *view; /* the file's */
    char kind[FACET_NAME_SIZE];
    int level; /* 0: nothing hidden */
    int x, y;  /* of a square; -1 otherwise */
};

struct occlusion_levels {
    struct occlusion_level *list; /* [count] nothing hidden; then kinds as the file has them, each
                                     by ascending level and place, row by row */
    size_t count;
};

/* `asked` (asked_count): views or kinds; NULL: all there are. FACET_EINVAL: a file without hidden
 * faces, or without those asked for (lists what it has); FACET_EFORMAT: a view whose name isn't of
 * this form. The file must outlive the levels. */
int occlusion_levels_new(struct occlusion_levels **levels, const struct facet_acts *acts,
                         char *const *asked, size_t asked_count);
void occlusion_levels_free(struct occlusion_levels **levels); /* NULL-safe */

/* FACET_EINVAL if faces were hidden in the file with another seed than `seed` (negative: any), or
 * otherwise than in `other` (NULL: none): with something else, or another seed. */
int occlusion_levels_check(struct facet_acts *acts, int64_t seed, struct facet_acts *other);

#endif
