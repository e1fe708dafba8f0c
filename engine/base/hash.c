#include "base/hash.h"

#include "base/error.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

/* OpenSSL's context is the handle; the name only hides it from the headers. */
static EVP_MD_CTX *context(struct facet_hash *hash)
{
    return (EVP_MD_CTX *)hash;
}

int facet_hash_begin(struct facet_hash **hash)
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    if (ctx == NULL || EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) != 1) {
        EVP_MD_CTX_free(ctx);
        return facet_fail(FACET_ENOMEM, "SHA-256: OpenSSL could not start");
    }
    *hash = (struct facet_hash *)ctx;
    return FACET_OK;
}

int facet_hash_add(struct facet_hash *hash, const void *data, size_t bytes)
{
    if (EVP_DigestUpdate(context(hash), data, bytes) != 1)
        return facet_fail(FACET_ENOMEM, "SHA-256: OpenSSL could not go on");
    return FACET_OK;
}

void facet_hash_end(struct facet_hash **hash, char hex[FACET_HASH_SIZE])
{
    if (*hash == NULL) return;
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned length = 0;
    EVP_DigestFinal_ex(context(*hash), digest, &length);
    EVP_MD_CTX_free(context(*hash));
    *hash = NULL;
    for (unsigned i = 0; hex != NULL && i < length; i++)
        snprintf(hex + 2 * i, 3, "%02x", digest[i]);
}

int facet_hash_file(const char *path, char hex[FACET_HASH_SIZE])
{
    struct facet_hash *hash = NULL;
    FILE *file = fopen(path, "rb");
    if (file == NULL) return facet_fail(FACET_EIO, "%s: %s", path, strerror(errno));
    int code = facet_hash_begin(&hash);
    unsigned char block[1 << 16];
    size_t got;
    errno = 0;
    while (code == FACET_OK && (got = fread(block, 1, sizeof block, file)) > 0)
        code = facet_hash_add(hash, block, got);
    if (code == FACET_OK && ferror(file))
        code = facet_fail(FACET_EIO, "%s: cannot read: %s", path, strerror(errno));
    fclose(file);
    facet_hash_end(&hash, code == FACET_OK ? hex : NULL);
    return code;
}
