#include "image/listed.h"

#include "base/file.h"

int facet_listed_find(const struct facet_manifest *m, size_t i, char **path,
                      const float **landmarks)
{
    *landmarks = m->landmarks != NULL ? m->landmarks + i * 2 * FACET_LANDMARKS : NULL;
    *path = facet_file_join(m->root, m->images[i]);
    return *path == NULL ? FACET_ENOMEM : FACET_OK;
}
