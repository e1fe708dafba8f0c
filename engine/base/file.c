#include "base/file.h"

#include "base/error.h"
#include "base/progress.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

int facet_file_begin(struct facet_file *file, const char *path)
{
    struct facet_file f = {.path = facet_strdup(path), .partial = facet_format("%s.partial", path)};
    int code = f.path == NULL || f.partial == NULL ? FACET_ENOMEM : FACET_OK;
    if (code == FACET_OK && (f.stream = fopen(f.partial, "wb")) == NULL)
        code = facet_fail(FACET_EIO, "%s: cannot create: %s", f.partial, strerror(errno));
    if (code != FACET_OK) {
        free(f.path);
        free(f.partial);
        return code;
    }
    *file = f;
    return FACET_OK;
}

static int commit(struct facet_file *file, int sync)
{
    int code = FACET_OK;
    errno = 0;
    /* ferror remembers a write that failed earlier, when errno is no longer its own. */
    if (fflush(file->stream) != 0 || ferror(file->stream) ||
        (sync && fsync(fileno(file->stream)) != 0))
        code = facet_fail(FACET_EIO, "%s: cannot write: %s", file->path,
                          errno != 0 ? strerror(errno) : "an earlier write failed");
    if (fclose(file->stream) != 0 && code == FACET_OK)
        code = facet_fail(FACET_EIO, "%s: cannot close: %s", file->path, strerror(errno));
    file->stream = NULL;
    if (code == FACET_OK) code = facet_file_rename(file->partial, file->path);
    facet_file_discard(file);
    return code;
}

int facet_file_commit(struct facet_file *file)
{
    return commit(file, 1);
}

int facet_file_commit_lazily(struct facet_file *file)
{
    return commit(file, 0);
}

void facet_file_discard(struct facet_file *file)
{
    if (file == NULL || file->path == NULL) return;
    if (file->stream != NULL) fclose(file->stream);
    unlink(file->partial); /* already gone after a rename */
    free(file->path);
    free(file->partial);
    *file = (struct facet_file){0};
}

int facet_file_rename(const char *from, const char *path)
{
    if (rename(from, path) != 0)
        return facet_fail(FACET_EIO, "%s: cannot rename to %s: %s", from, path, strerror(errno));
    return FACET_OK;
}

int facet_file_mkdir(const char *path)
{
    char *copy = facet_strdup(path);
    if (copy == NULL) return FACET_ENOMEM;
    int code = FACET_OK;
    for (char *c = copy + 1; code == FACET_OK; c++) {
        if (*c != '/' && *c != '\0') continue;
        char end = *c;
        *c = '\0';
        struct stat info;
        if (mkdir(copy, 0777) != 0 &&
            (errno != EEXIST || stat(copy, &info) != 0 || !S_ISDIR(info.st_mode)))
            code = facet_fail(FACET_EIO, "%s: cannot create folder: %s", copy,
                              errno == EEXIST ? "a file of that name exists" : strerror(errno));
        *c = end;
        if (end == '\0') break;
    }
    free(copy);
    return code;
}

char *facet_file_join(const char *folder, const char *name)
{
    if (folder == NULL || folder[0] == '\0' || name[0] == '/') return facet_strdup(name);
    const char *slash = folder[strlen(folder) - 1] == '/' ? "" : "/";
    return facet_format("%s%s%s", folder, slash, name);
}

int facet_file_check_room(const char *path, double needed)
{
    char want[32], have[32];
    struct statvfs info;
    const char *slash = strrchr(path, '/');
    char *folder =
        slash == NULL ? facet_strdup(".") : facet_format("%.*s", (int)(slash - path) + 1, path);
    if (folder == NULL) return FACET_ENOMEM;
    int asked = statvfs(path, &info) == 0 || statvfs(folder, &info) == 0;
    free(folder);
    const double room = asked ? (double)info.f_bavail * (double)info.f_frsize : needed;
    if (room >= needed) return FACET_OK;
    return facet_fail(FACET_EIO, "%s: needs %s, but its disk has %s free", path,
                      facet_progress_bytes(needed, want), facet_progress_bytes(room, have));
}
