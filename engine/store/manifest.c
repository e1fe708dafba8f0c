#include "store/manifest.h"

#include "base/file.h"
#include "base/parse.h"
#include "base/table.h"

#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

static const char *const landmark_columns[2 * FACET_LANDMARKS] = {
    "left_eye_x", "left_eye_y",   "right_eye_x",  "right_eye_y",   "nose_x",
    "nose_y",     "mouth_left_x", "mouth_left_y", "mouth_right_x", "mouth_right_y",
};

/* ---- growing lists ---- */

/* Makes room for one more element of `size` bytes in *array, which holds `count`. */
static int grow(void *array, size_t count, size_t size)
{
    void **a = array;
    if ((count & (count - 1)) != 0) return FACET_OK; /* room is doubled at powers of two */
    size_t room = count == 0 ? 1 : 2 * count;
    void *larger = size == 0 || room <= SIZE_MAX / size ? realloc(*a, room * size + 1) : NULL;
    if (larger == NULL) return facet_fail(FACET_ENOMEM, "manifest: no memory for %zu rows", room);
    *a = larger;
    return FACET_OK;
}

static int append_text(char ***list, size_t count, const char *text)
{
    int code = grow(list, count, sizeof **list);
    if (code < 0) return code;
    (*list)[count] = text == NULL ? NULL : facet_strdup(text);
    return text != NULL && (*list)[count] == NULL ? FACET_ENOMEM : FACET_OK;
}

/* ---- an index of the images by name ---- */

struct entry {
    const char *image;
    size_t row;
};

static int by_image(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
    int order = strcmp(x->image, y->image);
    return order != 0 ? order : (x->row > y->row) - (x->row < y->row);
}

static struct entry *index_images(const struct facet_manifest *m)
{
    struct entry *index = facet_alloc(m->count, sizeof *index, "manifest index");
    if (index == NULL) return NULL;
    for (size_t i = 0; i < m->count; i++) index[i] = (struct entry){m->images[i], i};
    qsort(index, m->count, sizeof *index, by_image);
    return index;
}

/* ---- reading a TSV ---- */

/* What a TSV's columns are, and its attributes row by row until they are all known. */
struct columns {
    int image, identity, landmarks[2 * FACET_LANDMARKS];
    size_t attributes;
    int *attribute;     /* column of each */
    double *values;     /* (rows, attributes) */
    size_t *numbers;    /* how many numbers a column has */
    size_t *first_text; /* line of its first field that is no number, 0 for none */
    size_t *lines;      /* line of each row */
};

static void free_columns(struct columns *c)
{
    free(c->attribute);
    free(c->values);
    free(c->numbers);
    free(c->first_text);
    free(c->lines);
}

static int is_landmark(const char *name)
{
    for (int i = 0; i < 2 * FACET_LANDMARKS; i++)
        if (strcmp(name, landmark_columns[i]) == 0) return 1;
    return 0;
}

static int find_columns(const struct facet_tsv *tsv, struct columns *c)
{
    int code = facet_tsv_require(tsv, "image", &c->image);
    if (code < 0) return code;
    c->identity = facet_tsv_column(tsv, "identity");
    int found = 0;
    for (int i = 0; i < 2 * FACET_LANDMARKS; i++)
        found += (c->landmarks[i] = facet_tsv_column(tsv, landmark_columns[i])) >= 0;
    for (int i = 0; found > 0 && i < 2 * FACET_LANDMARKS; i++)
        if (c->landmarks[i] < 0)
            return facet_fail(FACET_EFORMAT, "%s:1: has landmarks, but no column %s",
                              facet_tsv_path(tsv), landmark_columns[i]);
    size_t n = facet_tsv_columns(tsv);
    c->attribute = facet_alloc(n, sizeof *c->attribute, "manifest");
    c->numbers = facet_alloc(n, sizeof *c->numbers, "manifest");
    c->first_text = facet_alloc(n, sizeof *c->first_text, "manifest");
    if (c->attribute == NULL || c->numbers == NULL || c->first_text == NULL) return FACET_ENOMEM;
    for (size_t i = 0; i < n; i++)
        if ((int)i != c->image && (int)i != c->identity && !is_landmark(facet_tsv_name(tsv, i)))
            c->attribute[c->attributes++] = (int)i;
    return FACET_OK;
}

static int read_landmarks(const struct facet_tsv *tsv, const struct columns *c,
                          struct facet_manifest *m)
{
    int code = grow(&m->landmarks, m->count, 2 * FACET_LANDMARKS * sizeof *m->landmarks);
    for (int i = 0; code == FACET_OK && i < 2 * FACET_LANDMARKS; i++) {
        double value;
        code = facet_tsv_real(tsv, c->landmarks[i], &value);
        if (code == FACET_OK)
            m->landmarks[m->count * 2 * FACET_LANDMARKS + (size_t)i] = (float)value;
    }
    return code;
}

static int read_attributes(const struct facet_tsv *tsv, struct columns *c, size_t row)
{
    int code = grow(&c->values, row, c->attributes * sizeof *c->values);
    for (size_t i = 0; code == FACET_OK && i < c->attributes; i++) {
        double *value = &c->values[row * c->attributes + i];
        if (facet_tsv_real(tsv, c->attribute[i], value) == FACET_OK) {
            c->numbers[i] += !isnan(*value);
        } else {
            *value = NAN;
            if (c->first_text[i] == 0) c->first_text[i] = facet_tsv_line(tsv);
        }
    }
    return code;
}

static int read_row(const struct facet_tsv *tsv, struct columns *c, struct facet_manifest *m)
{
    const char *image = facet_tsv_field(tsv, c->image);
    if (image[0] == '\0' || strcmp(image, "NA") == 0)
        return facet_fail(FACET_EFORMAT, "%s:%zu: no image named", facet_tsv_path(tsv),
                          facet_tsv_line(tsv));
    const char *identity = c->identity >= 0 ? facet_tsv_field(tsv, c->identity) : "NA";
    int none = identity[0] == '\0' || strcmp(identity, "NA") == 0;
    int code = read_attributes(tsv, c, m->count);
    if (code == FACET_OK && c->landmarks[0] >= 0) code = read_landmarks(tsv, c, m);
    if (code == FACET_OK) code = grow(&c->lines, m->count, sizeof *c->lines);
    if (code == FACET_OK && c->identity >= 0)
        code = append_text(&m->identities, m->count, none ? NULL : identity);
    if (code == FACET_OK) code = append_text(&m->images, m->count, image);
    if (code < 0) return code;
    c->lines[m->count++] = facet_tsv_line(tsv);
    return FACET_OK;
}

/* Names of attributes become names in HDF5 and in space-separated lists. */
static char *attribute_name(const char *text)
{
    char *name = facet_strdup(text);
    for (char *c = name; c != NULL && *c != '\0'; c++)
        if (strchr(" /\\.,;:()", *c) != NULL) *c = '_';
    return name;
}

/* Turns the rows of attributes into columns; a column without any number is a text, left out. */
static int keep_attributes(const struct facet_tsv *tsv, const struct columns *c,
                           struct facet_manifest *m)
{
    m->attributes = facet_alloc(c->attributes * m->count, sizeof *m->attributes, "attributes");
    if (m->attributes == NULL) return FACET_ENOMEM;
    for (size_t i = 0; i < c->attributes; i++) {
        const char *column = facet_tsv_name(tsv, (size_t)c->attribute[i]);
        int text = c->numbers[i] == 0 && c->first_text[i] != 0;
        if (!text && c->first_text[i] != 0)
            return facet_fail(FACET_EFORMAT,
                              "%s:%zu: column %s has numbers, but here something else (expected a "
                              "number or NA)",
                              facet_tsv_path(tsv), c->first_text[i], column);
        char *name = attribute_name(column);
        if (name == NULL) return FACET_ENOMEM;
        int code = append_text(text ? &m->texts : &m->attribute_names,
                               text ? m->text_count : m->attribute_count, name);
        free(name);
        if (code < 0) return code;
        if (text) {
            m->text_count++;
            continue;
        }
        double *out = m->attributes + m->attribute_count++ * m->count;
        for (size_t row = 0; row < m->count; row++) out[row] = c->values[row * c->attributes + i];
    }
    return FACET_OK;
}

static int check_duplicates(const struct facet_manifest *m, const size_t *lines)
{
    struct entry *index = index_images(m);
    if (index == NULL) return FACET_ENOMEM;
    int code = FACET_OK;
    for (size_t i = 1; code == FACET_OK && i < m->count; i++)
        if (strcmp(index[i - 1].image, index[i].image) == 0)
            code =
                facet_fail(FACET_EFORMAT, "%s:%zu: %s is listed twice (first in line %zu)", m->path,
                           lines[index[i].row], index[i].image, lines[index[i - 1].row]);
    free(index);
    return code;
}

static int read_table(struct facet_manifest *m, const char *path)
{
    struct facet_tsv *tsv = NULL;
    struct columns c = {0};
    int got = 0, code = facet_tsv_open(&tsv, path);
    if (code == FACET_OK) code = find_columns(tsv, &c);
    while (code == FACET_OK && (got = facet_tsv_next(tsv)) > 0) code = read_row(tsv, &c, m);
    if (code == FACET_OK) code = got;
    if (code == FACET_OK && m->count == 0)
        code = facet_fail(FACET_EFORMAT, "%s: lists no image", path);
    if (code == FACET_OK) code = keep_attributes(tsv, &c, m);
    if (code == FACET_OK) code = check_duplicates(m, c.lines);
    facet_tsv_close(&tsv);
    free_columns(&c);
    return code;
}

/* ---- scanning a folder ---- */

static int is_picture(const char *name)
{
    const char *dot = strrchr(name, '.');
    return dot != NULL && (strcasecmp(dot, ".jpg") == 0 || strcasecmp(dot, ".jpeg") == 0 ||
                           strcasecmp(dot, ".png") == 0);
}

static int visible(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static int bytewise(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static int add_picture(struct facet_manifest *m, const char *identity, const char *name)
{
    char *image = facet_file_join(identity, name);
    int code = image == NULL ? FACET_ENOMEM : FACET_OK;
    if (code == FACET_OK && !facet_parse_is_utf8(image))
        code = facet_fail(FACET_EFORMAT, "%s/%s: its name is not UTF-8", m->root, image);
    if (code == FACET_OK && strpbrk(image, "\t\n\r") != NULL)
        code = facet_fail(FACET_EFORMAT, "%s/%s: its name has a tab or a line end", m->root, image);
    if (code == FACET_OK) code = append_text(&m->images, m->count, image);
    if (code == FACET_OK) code = append_text(&m->identities, m->count, identity);
    free(image);
    m->count += code == FACET_OK;
    return code;
}

/* Adds the pictures of m->root/identity (of m->root itself where identity is NULL, then going one
 * level down). */
static int scan(struct facet_manifest *m, const char *identity)
{
    struct dirent **entries = NULL;
    char *folder = facet_file_join(m->root, identity != NULL ? identity : "");
    if (folder == NULL) return FACET_ENOMEM;
    int n = scandir(folder, &entries, visible, bytewise);
    int code = n < 0 ? facet_fail(FACET_EIO, "%s: %s", folder, strerror(errno)) : FACET_OK;
    for (int i = 0; i < n; i++) {
        const char *name = entries[i]->d_name;
        char *path = code == FACET_OK ? facet_file_join(folder, name) : NULL;
        struct stat info;
        if (code == FACET_OK && path == NULL) code = FACET_ENOMEM;
        if (code == FACET_OK && stat(path, &info) != 0)
            code = facet_fail(FACET_EIO, "%s: %s", path, strerror(errno));
        if (code == FACET_OK && S_ISDIR(info.st_mode) && identity == NULL)
            code = scan(m, name);
        else if (code == FACET_OK && !S_ISDIR(info.st_mode) && is_picture(name))
            code = add_picture(m, identity, name);
        free(path);
        free(entries[i]);
    }
    free(entries);
    free(folder);
    return code;
}

static int sort_scan(struct facet_manifest *m)
{
    struct entry *index = index_images(m);
    char **images = facet_alloc(m->count, sizeof *images, "manifest");
    char **identities = facet_alloc(m->count, sizeof *identities, "manifest");
    if (index == NULL || images == NULL || identities == NULL) {
        free(index);
        free(images);
        free(identities);
        return FACET_ENOMEM;
    }
    int named = 0;
    for (size_t i = 0; i < m->count; i++) {
        images[i] = m->images[index[i].row];
        identities[i] = m->identities[index[i].row];
        named |= identities[i] != NULL;
    }
    free(index);
    free(m->images);
    free(m->identities);
    m->images = images;
    m->identities = named ? identities : NULL;
    if (!named) free(identities);
    return FACET_OK;
}

static int read_folder(struct facet_manifest *m)
{
    int code = scan(m, NULL);
    if (code == FACET_OK && m->count == 0)
        code = facet_fail(FACET_EFORMAT,
                          "%s: no .jpg, .jpeg or .png in this folder or in the folders in it",
                          m->path);
    return code == FACET_OK ? sort_scan(m) : code;
}

/* ---- the room's functions ---- */

static char *folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    if (slash == NULL) return facet_strdup(".");
    return slash == path ? facet_strdup("/") : facet_format("%.*s", (int)(slash - path), path);
}

int facet_manifest_read(struct facet_manifest **manifest, const char *path, const char *root)
{
    struct stat info;
    if (stat(path, &info) != 0) return facet_fail(FACET_EIO, "%s: %s", path, strerror(errno));
    int folder = S_ISDIR(info.st_mode);
    if (folder && root != NULL)
        return facet_fail(FACET_EINVAL, "%s: is a folder, so it can't have another root %s", path,
                          root);
    struct facet_manifest *m = facet_alloc(1, sizeof *m, "manifest");
    if (m == NULL) return FACET_ENOMEM;
    m->path = facet_strdup(path);
    m->root = folder ? facet_strdup(path) : root != NULL ? facet_strdup(root) : folder_of(path);
    int code = m->path == NULL || m->root == NULL ? FACET_ENOMEM
               : folder                           ? read_folder(m)
                                                  : read_table(m, path);
    if (code < 0)
        facet_manifest_free(&m);
    else
        *manifest = m;
    return code;
}

static void free_texts(char **texts, size_t count)
{
    for (size_t i = 0; texts != NULL && i < count; i++) free(texts[i]);
    free(texts);
}

void facet_manifest_free(struct facet_manifest **manifest)
{
    struct facet_manifest *m = *manifest;
    if (m == NULL) return;
    free(m->path);
    free(m->root);
    free_texts(m->images, m->count);
    free_texts(m->identities, m->count);
    free_texts(m->attribute_names, m->attribute_count);
    free_texts(m->texts, m->text_count);
    free(m->landmarks);
    free(m->attributes);
    free(m);
    *manifest = NULL;
}

void facet_manifest_keep(struct facet_manifest *m, const uint8_t *keep)
{
    const size_t before = m->count;
    m->count = 0;
    for (size_t i = 0; i < before; i++) {
        const size_t to = m->count;
        if (!keep[i]) {
            free(m->images[i]);
            if (m->identities != NULL) free(m->identities[i]);
            continue;
        }
        m->images[to] = m->images[i];
        if (m->identities != NULL) m->identities[to] = m->identities[i];
        if (m->landmarks != NULL && to < i)
            memcpy(m->landmarks + to * 2 * FACET_LANDMARKS, m->landmarks + i * 2 * FACET_LANDMARKS,
                   2 * FACET_LANDMARKS * sizeof(float));
        m->count++;
    }
    for (size_t a = 0; a < m->attribute_count; a++)
        for (size_t i = 0, to = a * m->count; i < before; i++)
            if (keep[i]) m->attributes[to++] = m->attributes[a * before + i];
}

/* Row of each of m's images in `other`, SIZE_MAX where it has none. */
static size_t *match(const struct facet_manifest *m, const struct facet_manifest *other,
                     size_t *missing)
{
    struct entry *index = index_images(other);
    size_t *rows = facet_alloc(m->count, sizeof *rows, "manifest");
    for (size_t i = 0; index != NULL && rows != NULL && i < m->count; i++) {
        size_t low = 0, high = other->count;
        while (low < high) {
            size_t middle = low + (high - low) / 2;
            if (strcmp(index[middle].image, m->images[i]) < 0)
                low = middle + 1;
            else
                high = middle;
        }
        int found = low < other->count && strcmp(index[low].image, m->images[i]) == 0;
        rows[i] = found ? index[low].row : SIZE_MAX;
        *missing += !found;
    }
    if (index == NULL) {
        free(rows);
        rows = NULL;
    }
    free(index);
    return rows;
}

static int check_join(const struct facet_manifest *m, const struct facet_manifest *other)
{
    if (m->identities != NULL && other->identities != NULL)
        return facet_fail(FACET_EINVAL, "%s: column identity is already given by %s", other->path,
                          m->path);
    if (m->landmarks != NULL && other->landmarks != NULL)
        return facet_fail(FACET_EINVAL, "%s: landmarks are already given by %s", other->path,
                          m->path);
    for (size_t i = 0; i < other->attribute_count; i++)
        for (size_t j = 0; j < m->attribute_count; j++)
            if (strcmp(other->attribute_names[i], m->attribute_names[j]) == 0)
                return facet_fail(FACET_EINVAL, "%s: column %s is already given by an earlier file",
                                  other->path, m->attribute_names[j]);
    return FACET_OK;
}

static int join_identities(struct facet_manifest *m, const struct facet_manifest *other,
                           const size_t *rows)
{
    m->identities = facet_alloc(m->count, sizeof *m->identities, "identities");
    if (m->identities == NULL) return FACET_ENOMEM;
    for (size_t i = 0; i < m->count; i++) {
        const char *name = rows[i] == SIZE_MAX ? NULL : other->identities[rows[i]];
        if (name != NULL && (m->identities[i] = facet_strdup(name)) == NULL) return FACET_ENOMEM;
    }
    return FACET_OK;
}

static int join_landmarks(struct facet_manifest *m, const struct facet_manifest *other,
                          const size_t *rows)
{
    const size_t n = 2 * FACET_LANDMARKS;
    m->landmarks = facet_alloc(m->count, n * sizeof *m->landmarks, "landmarks");
    if (m->landmarks == NULL) return FACET_ENOMEM;
    for (size_t i = 0; i < m->count; i++)
        for (size_t k = 0; k < n; k++)
            m->landmarks[i * n + k] = rows[i] == SIZE_MAX ? NAN : other->landmarks[rows[i] * n + k];
    return FACET_OK;
}

static int join_attributes(struct facet_manifest *m, const struct facet_manifest *other,
                           const size_t *rows)
{
    size_t total = m->attribute_count + other->attribute_count;
    double *values = facet_alloc(total * m->count, sizeof *values, "attributes");
    if (values == NULL) return FACET_ENOMEM;
    if (m->attribute_count > 0)
        memcpy(values, m->attributes, m->attribute_count * m->count * sizeof *values);
    free(m->attributes);
    m->attributes = values;
    for (size_t a = 0; a < other->attribute_count; a++) {
        int code = append_text(&m->attribute_names, m->attribute_count, other->attribute_names[a]);
        if (code < 0) return code;
        double *out = values + m->attribute_count++ * m->count;
        for (size_t i = 0; i < m->count; i++)
            out[i] = rows[i] == SIZE_MAX ? NAN : other->attributes[a * other->count + rows[i]];
    }
    return FACET_OK;
}

int facet_manifest_join(struct facet_manifest *manifest, const char *path, size_t *missing)
{
    struct facet_manifest *other = NULL;
    size_t absent = 0, *rows = NULL;
    int code = facet_manifest_read(&other, path, ".");
    if (code == FACET_OK) code = check_join(manifest, other);
    if (code == FACET_OK && (rows = match(manifest, other, &absent)) == NULL) code = FACET_ENOMEM;
    if (code == FACET_OK && absent == manifest->count)
        code = facet_fail(FACET_EFORMAT, "%s: lists none of the %zu images (the first is %s)", path,
                          manifest->count, manifest->images[0]);
    if (code == FACET_OK && other->identities != NULL)
        code = join_identities(manifest, other, rows);
    if (code == FACET_OK && other->landmarks != NULL) code = join_landmarks(manifest, other, rows);
    if (code == FACET_OK && other->attribute_count > 0)
        code = join_attributes(manifest, other, rows);
    for (size_t i = 0; code == FACET_OK && i < other->text_count; i++) {
        code = append_text(&manifest->texts, manifest->text_count, other->texts[i]);
        manifest->text_count += code == FACET_OK;
    }
    if (code == FACET_OK && missing != NULL) *missing = absent;
    free(rows);
    facet_manifest_free(&other);
    return code;
}

int facet_manifest_hash(const struct facet_manifest *manifest, char hex[FACET_HASH_SIZE])
{
    const struct facet_manifest *m = manifest;
    struct facet_hash *hash = NULL;
    int code = facet_hash_begin(&hash);
    const uint64_t sizes[] = {m->count, m->identities != NULL, m->landmarks != NULL,
                              m->attribute_count};
    if (code == FACET_OK) code = facet_hash_add(hash, sizes, sizeof sizes);
    for (size_t i = 0; code == FACET_OK && i < m->count; i++) {
        code = facet_hash_add(hash, m->images[i], strlen(m->images[i]) + 1);
        const char *identity = m->identities != NULL ? m->identities[i] : NULL;
        if (code == FACET_OK && identity != NULL)
            code = facet_hash_add(hash, identity, strlen(identity));
        if (code == FACET_OK) code = facet_hash_add(hash, "", 1);
    }
    if (code == FACET_OK && m->landmarks != NULL)
        code = facet_hash_add(hash, m->landmarks,
                              m->count * 2 * FACET_LANDMARKS * sizeof *m->landmarks);
    for (size_t i = 0; code == FACET_OK && i < m->attribute_count; i++)
        code = facet_hash_add(hash, m->attribute_names[i], strlen(m->attribute_names[i]) + 1);
    if (code == FACET_OK && m->attribute_count > 0)
        code = facet_hash_add(hash, m->attributes,
                              m->attribute_count * m->count * sizeof *m->attributes);
    facet_hash_end(&hash, code == FACET_OK ? hex : NULL);
    return code;
}
