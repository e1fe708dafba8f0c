#include "base/provenance.h"

#include "base/parse.h"
#include "version.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct facet_provenance {
    char *program;
    char *command;
    char *history;
    json_t *inputs;   /* [{path, sha256}] in the order they were given */
    json_t *settings; /* {name: text} */
};

/* Appends `word` to `line`, in single quotes where a shell would take it apart. Frees `line`. */
static char *append_word(char *line, const char *word)
{
    const char *plain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-+=./,:@%";
    const char *space = line[0] != '\0' ? " " : "";
    char *longer = NULL;
    if (word[0] != '\0' && strspn(word, plain) == strlen(word)) {
        longer = facet_format("%s%s%s", line, space, word);
        free(line);
        return longer;
    }
    longer = facet_format("%s%s'", line, space);
    free(line);
    for (const char *c = word; longer != NULL && *c != '\0'; c++) {
        char *next =
            *c == '\'' ? facet_format("%s'\\''", longer) : facet_format("%s%c", longer, *c);
        free(longer);
        longer = next;
    }
    line = longer == NULL ? NULL : facet_format("%s'", longer);
    free(longer);
    return line;
}

int facet_provenance_new(struct facet_provenance **run, const char *program, int argc,
                         char *const argv[])
{
    struct facet_provenance *r = facet_alloc(1, sizeof *r, "provenance");
    if (r == NULL) return FACET_ENOMEM;
    r->program = facet_strdup(program);
    r->command = facet_strdup(program); /* not argv[0]: the folder it was run from says nothing */
    for (int i = 1; i < argc && r->command != NULL; i++)
        r->command = append_word(r->command, argv[i]);
    time_t now = time(NULL);
    const char *epoch =
        getenv("SOURCE_DATE_EPOCH"); /* reproducible-builds.org: the time to state */
    int64_t fixed;
    if (epoch != NULL && facet_parse_int("SOURCE_DATE_EPOCH", epoch, 0, INT32_MAX, &fixed) == 0)
        now = (time_t)fixed;
    struct tm utc;
    char stamp[32];
    strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &utc));
    if (r->command != NULL) r->history = facet_format("%s: %s", stamp, r->command);
    r->inputs = json_array();
    r->settings = json_object();
    if (r->program == NULL || r->history == NULL || r->inputs == NULL || r->settings == NULL) {
        facet_provenance_free(&r);
        return facet_fail(FACET_ENOMEM, "provenance: no memory");
    }
    *run = r;
    return FACET_OK;
}

void facet_provenance_free(struct facet_provenance **run)
{
    if (*run == NULL) return;
    free((*run)->program);
    free((*run)->command);
    free((*run)->history);
    json_decref((*run)->inputs);
    json_decref((*run)->settings);
    free(*run);
    *run = NULL;
}

int facet_provenance_input(struct facet_provenance *run, const char *path)
{
    char hex[FACET_HASH_SIZE];
    int code = facet_hash_file(path, hex);
    return code < 0 ? code : facet_provenance_input_hash(run, path, NULL, hex);
}

int facet_provenance_input_hash(struct facet_provenance *run, const char *path, const char *part,
                                const char hex[FACET_HASH_SIZE])
{
    json_t *input = json_pack("{s:s, s:s*, s:s}", "path", path, "part", part, "sha256", hex);
    if (input == NULL || json_array_append_new(run->inputs, input) != 0)
        return facet_fail(FACET_ENOMEM, "provenance: cannot record %s (is its name UTF-8?)", path);
    return FACET_OK;
}

int facet_provenance_set(struct facet_provenance *run, const char *name, const char *format, ...)
{
    char text[1024];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    json_t *value = json_string(text);
    if (value == NULL || json_object_set_new(run->settings, name, value) != 0)
        return facet_fail(FACET_ENOMEM, "provenance: cannot record %s", name);
    return FACET_OK;
}

const char *facet_provenance_history(const struct facet_provenance *run)
{
    return run->history;
}

const char *facet_provenance_source(void)
{
    return "facet " FACET_VERSION " (git " FACET_COMMIT ")";
}

json_t *facet_provenance_json(const struct facet_provenance *run)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:O, s:O}", "program", run->program, "command",
                     run->command, "source", facet_provenance_source(), "history", run->history,
                     "inputs", run->inputs, "settings", run->settings);
}
