#include "store/shipped.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int is_folder(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

const char *facet_shipped_folder(void)
{
    const char *folder = getenv("FACET_MODELS");
    if (folder != NULL && folder[0] != '\0') return folder;
    return is_folder(FACET_MODELS_INSTALLED) ? FACET_MODELS_INSTALLED : FACET_MODELS_SOURCE;
}

int facet_shipped_find(const char *name, char **path)
{
    if (name[0] == '\0' || strchr(name, '/') != NULL) return 0;
    char *found = facet_format("%s/%s.h5", facet_shipped_folder(), name);
    if (found == NULL) return FACET_ENOMEM;
    if (access(found, F_OK) != 0) {
        free(found);
        return 0;
    }
    *path = found;
    return 1;
}

static int is_model(const struct dirent *entry)
{
    const size_t length = strlen(entry->d_name);
    return length > 3 && strcmp(entry->d_name + length - 3, ".h5") == 0;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

int facet_shipped_list(char ***names, size_t *count)
{
    struct dirent **entries = NULL;
    int found = scandir(facet_shipped_folder(), &entries, is_model, by_name);
    if (found < 0) found = 0;
    char **list = facet_alloc((size_t)found, sizeof *list, "networks");
    int code = list == NULL ? FACET_ENOMEM : FACET_OK;
    for (int i = 0; i < found; i++) {
        if (code == FACET_OK) {
            list[i] = facet_format("%.*s", (int)strlen(entries[i]->d_name) - 3, entries[i]->d_name);
            if (list[i] == NULL) code = FACET_ENOMEM;
        }
        free(entries[i]);
    }
    free(entries);
    if (code == FACET_OK) {
        *names = list;
        *count = (size_t)found;
        return FACET_OK;
    }
    for (int i = 0; list != NULL && i < found; i++) free(list[i]);
    free(list);
    return code;
}
