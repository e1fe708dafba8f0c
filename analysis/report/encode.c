#include "report/encode.h"

#include "base/error.h"

#include <errno.h>
#include <limits.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* `prefix` and the bytes in base64. */
static json_t *encode(const char *prefix, const void *bytes, size_t size)
{
    if (size > INT_MAX / 2) {
        facet_fail(FACET_EINVAL, "%zu bytes are too many for a page", size);
        return NULL;
    }
    const size_t before = strlen(prefix);
    char *text = facet_alloc(before + 4 * (size / 3 + 1) + 1, 1, "page");
    if (text == NULL) return NULL;
    memcpy(text, prefix, before);
    const int length = EVP_EncodeBlock((unsigned char *)text + before, bytes, (int)size);
    json_t *json = json_stringn(text, before + (size_t)length);
    if (json == NULL) facet_fail(FACET_ENOMEM, "no memory for %zu bytes of the page", size);
    free(text);
    return json;
}

json_t *encode_bytes(const void *bytes, size_t size)
{
    return encode("", bytes, size);
}

json_t *encode_data_url(const char *type, const void *bytes, size_t size)
{
    char *prefix = facet_format("data:%s;base64,", type);
    json_t *json = prefix == NULL ? NULL : encode(prefix, bytes, size);
    free(prefix);
    return json;
}

json_t *encode_reals(const float *values, size_t count)
{
    unsigned char *bytes = facet_alloc(count, 4, "page");
    if (bytes == NULL) return NULL;
    for (size_t i = 0; i < count; i++) {
        uint32_t word;
        memcpy(&word, &values[i], sizeof word);
        for (size_t b = 0; b < 4; b++) bytes[4 * i + b] = (unsigned char)(word >> 8 * b);
    }
    json_t *json = encode_bytes(bytes, 4 * count);
    free(bytes);
    return json;
}

json_t *encode_counts(const uint32_t *values, size_t count)
{
    unsigned char *bytes = facet_alloc(count, 5, "page");
    size_t used = 0;
    if (bytes == NULL) return NULL;
    for (size_t i = 0; i < count; i++) {
        uint32_t left = values[i];
        for (; left > 127; left >>= 7) bytes[used++] = (unsigned char)(left & 127) | 128;
        bytes[used++] = (unsigned char)left;
    }
    json_t *json = encode_bytes(bytes, used);
    free(bytes);
    return json;
}

int encode_read_file(const char *path, unsigned char **bytes, size_t *size)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL) return facet_fail(FACET_EIO, "%s: %s", path, strerror(errno));
    unsigned char *data = NULL;
    long length = -1;
    int code = FACET_OK;
    if (fseek(file, 0, SEEK_END) == 0) length = ftell(file);
    if (length < 0 || fseek(file, 0, SEEK_SET) != 0)
        code = facet_fail(FACET_EIO, "%s: cannot read", path);
    if (code == FACET_OK && (data = facet_alloc((size_t)length + 1, 1, path)) == NULL)
        code = FACET_ENOMEM;
    if (code == FACET_OK && fread(data, 1, (size_t)length, file) != (size_t)length)
        code = facet_fail(FACET_EIO, "%s: cannot read", path);
    fclose(file);
    if (code < 0) {
        free(data);
        return code;
    }
    *bytes = data;
    *size = (size_t)length;
    return FACET_OK;
}
