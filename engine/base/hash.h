/* base/hash: SHA-256 (OpenSSL) of files and of memory, as 64 lower-case hex digits.
 *
 *     struct facet_hash *h;
 *     facet_hash_begin(&h);
 *     facet_hash_add(h, data, bytes);
 *     facet_hash_end(&h, hex);
 */
#ifndef FACET_BASE_HASH_H
#define FACET_BASE_HASH_H

#include <stddef.h>

#define FACET_HASH_SIZE 65 /* 64 hex digits and the terminator */

struct facet_hash;

int facet_hash_begin(struct facet_hash **hash);
int facet_hash_add(struct facet_hash *hash, const void *data, size_t bytes);
/* Writes the digest to `hex` (may be NULL to give up) and frees *hash. NULL-safe. */
void facet_hash_end(struct facet_hash **hash, char hex[FACET_HASH_SIZE]);

/* SHA-256 of a whole file. FACET_EIO names the file and the reason. */
int facet_hash_file(const char *path, char hex[FACET_HASH_SIZE]);

#endif
