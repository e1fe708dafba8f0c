#include "report/page.h"

#include "base/error.h"
#include "base/file.h"
#include "report/page_parts.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Text of an element or an attribute. */
static void write_escaped(FILE *file, const char *text)
{
    for (; *text != '\0'; text++) switch (*text) {
        case '&':
            fputs("&amp;", file);
            break;
        case '<':
            fputs("&lt;", file);
            break;
        case '"':
            fputs("&quot;", file);
            break;
        default:
            fputc(*text, file);
        }
}

static int write_json(const char *buffer, size_t size, void *file)
{
    while (size > 0) {
        const char *mark = memchr(buffer, '<', size);
        const size_t before = mark == NULL ? size : (size_t)(mark - buffer);
        if (fwrite(buffer, 1, before, file) != before) return -1;
        if (mark == NULL) return 0;
        if (fputs("\\u003c", file) < 0) return -1;
        buffer = mark + 1;
        size -= before + 1;
    }
    return 0;
}

/* sha256-BASE64 of the script, for the policy. */
static int write_hash(FILE *file)
{
    unsigned char digest[EVP_MAX_MD_SIZE], text[2 * EVP_MAX_MD_SIZE];
    unsigned size = 0;
    if (EVP_Digest(page_js, page_js_size, digest, &size, EVP_sha256(), NULL) != 1)
        return facet_fail(FACET_ENOMEM, "cannot hash the page's script");
    EVP_EncodeBlock(text, digest, (int)size);
    fprintf(file, "sha256-%s", (const char *)text);
    return FACET_OK;
}

/* What stands in place of {{name}} in page.html. */
static int write_part(FILE *file, const char *name, size_t length, const json_t *data,
                      const char *title)
{
    if (length == 5 && memcmp(name, "title", 5) == 0)
        write_escaped(file, title);
    else if (length == 4 && memcmp(name, "hash", 4) == 0)
        return write_hash(file);
    else if (length == 5 && memcmp(name, "style", 5) == 0)
        fwrite(page_css, 1, page_css_size, file);
    else if (length == 6 && memcmp(name, "script", 6) == 0)
        fwrite(page_js, 1, page_js_size, file);
    else if (json_dump_callback(data, write_json, file, JSON_COMPACT) != 0)
        return facet_fail(FACET_EIO, "cannot write the page's data");
    return FACET_OK;
}

int page_write(const char *path, const json_t *data, const char *title, size_t *bytes)
{
    struct facet_file file;
    int code = facet_file_begin(&file, path);
    if (code < 0) return code;
    const char *text = (const char *)page_html, *end = text + page_html_size;
    while (code == FACET_OK && text < end) {
        const char *open = memchr(text, '{', (size_t)(end - text));
        if (open == NULL) open = end;
        fwrite(text, 1, (size_t)(open - text), file.stream);
        text = open;
        if (end - open < 4 || open[1] != '{') {
            if (open < end) fputc(*text++, file.stream);
            continue;
        }
        const char *close = strstr(open, "}}");
        code = write_part(file.stream, open + 2, (size_t)(close - open) - 2, data, title);
        text = close + 2;
    }
    const long size = ftell(file.stream);
    if (code < 0) {
        facet_file_discard(&file);
        return code;
    }
    *bytes = size < 0 ? 0 : (size_t)size;
    return facet_file_commit(&file);
}
