/* occlusion/people: the people whose neurons are looked at one by one: which images are theirs, and
 * whether the neurons that are most (excitatory) and least (inhibitory) theirs stay so when faces
 * are hidden.
 *
 *     occlusion_people_choose(&people, acts, NULL, 0, also);       // also (images): theirs set
 *     occlusion_people_place(people, session);
 *     occlusion_people_write(people, &tables, &what, &clean, &hidden, width);
 *     occlusion_people_free(&people);
 */
#ifndef FACET_OCCLUSION_PEOPLE_H
#define FACET_OCCLUSION_PEOPLE_H

#include "compare/session.h"
#include "occlusion/tables.h"

struct occlusion_people {
    struct occlusion_person *list; /* [count] */
    size_t count;
};

/* Those named, or the person with most images, the first of several; none where the file knows
 * nobody. Sets also[i] of their images (of the file; missing ones not). FACET_EINVAL: a person
 * without an image. The file must outlive them. */
int occlusion_people_choose(struct occlusion_people **people, const struct facet_acts *acts,
                            char *const *names, size_t name_count, uint8_t *also);
/* Once the session knows its images, their rows among these. */
int occlusion_people_place(struct occlusion_people *people, const struct facet_session *session);
void occlusion_people_free(struct occlusion_people **people); /* NULL-safe */

/* Rows of identities and sets, of a level measured beside the clean faces. FACET_ENOMEM. */
int occlusion_people_write(const struct occlusion_people *people, struct occlusion_tables *tables,
                           const struct tables_what *what, const struct occlusion_measures *clean,
                           const struct occlusion_measures *hidden, size_t width);

#endif
