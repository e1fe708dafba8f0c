/* base/file: files that appear whole or not at all, and folders.
 *
 * A new file is written as PATH.partial in the same folder, and renamed when it has been flushed to
 * the disk without an error; a full disk or a kill leaves an earlier PATH as it was.
 *
 *     struct facet_file file;
 *     facet_file_begin(&file, "out/neurons.tsv");
 *     fprintf(file.stream, ...);
 *     facet_file_commit(&file);           // or facet_file_discard(&file)
 */
#ifndef FACET_BASE_FILE_H
#define FACET_BASE_FILE_H

#include <stdio.h>

struct facet_file {
    FILE *stream;
    char *path;
    char *partial;
};

int facet_file_begin(struct facet_file *file, const char *path);
/* Flushes, syncs, closes and renames; on failure the partial file is removed. */
int facet_file_commit(struct facet_file *file);
/* The same without waiting for the disk: a kill does no harm, but after a power failure the file
 * may be empty. For many small files that can be made again. */
int facet_file_commit_lazily(struct facet_file *file);
/* Closes and removes the partial file. NULL-safe, does nothing after commit. */
void facet_file_discard(struct facet_file *file);

/* Creates folder `path` and its parents where absent. */
int facet_file_mkdir(const char *path);

/* Fails with both numbers if the disk of `path`, a folder or a file that may not be there yet, has
 * fewer than `needed` bytes free. What can't be asked counts as room: writing will say it. */
int facet_file_check_room(const char *path, double needed);

/* rename() with the error convention: `from` takes the place of `path`. */
int facet_file_rename(const char *from, const char *path);

/* "folder/name", or `name` alone where it is absolute or folder is NULL or "". Caller frees. */
char *facet_file_join(const char *folder, const char *name);

#endif
