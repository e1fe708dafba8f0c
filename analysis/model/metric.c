#include "model/metric.h"

#include "base/file.h"
#include "store/h5.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CONVENTIONS "facet-metric-1"

void facet_metric_free(struct facet_metric **metric)
{
    struct facet_metric *m = *metric;
    if (m == NULL) return;
    facet_pca_free(&m->pca);
    facet_jb_free(&m->jb);
    free(m->layers);
    free(m->views);
    free(m->combine);
    free(m->training);
    free(m->path);
    free(m->history);
    free(m->source);
    free(m);
    *metric = NULL;
}

size_t facet_metric_features(const struct facet_metric *metric)
{
    return metric->pca != NULL ? metric->pca->features : metric->jb->width;
}

size_t facet_metric_width(const struct facet_metric *metric)
{
    return metric->jb != NULL ? metric->jb->width : metric->pca->width;
}

int facet_metric_prepare(const struct facet_metric *metric, const float *x, size_t rows,
                         int threads, float *out)
{
    const struct facet_pca *pca = metric->pca;
    if (metric->jb == NULL) return facet_pca_project(pca, x, rows, threads, out);
    if (pca == NULL) return facet_jb_prepare(metric->jb, x, rows, threads, out);
    float *projected = facet_alloc(rows, pca->width * sizeof *projected, "projected rows");
    if (projected == NULL) return FACET_ENOMEM;
    int code = facet_pca_project(pca, x, rows, threads, projected);
    if (code == FACET_OK) code = facet_jb_prepare(metric->jb, projected, rows, threads, out);
    free(projected);
    return code;
}

double facet_metric_score(const struct facet_metric *metric, const float *u, const float *v)
{
    if (metric->jb != NULL) return facet_jb_score(metric->jb, u, v);
    double squares = 0;
    for (size_t k = 0; k < metric->pca->width; k++) {
        double difference = (double)u[k] - (double)v[k];
        squares += difference * difference;
    }
    return -sqrt(squares);
}

/* ---- the datasets of a group ---- */

enum { MOST_ARRAYS = 5 };

struct array {
    const char *name;
    int rank;
    hsize_t dims[2];
    double *values;
};

static int pca_arrays(const struct facet_pca *p, struct array arrays[MOST_ARRAYS])
{
    arrays[0] = (struct array){"mean", 1, {p->features}, p->mean};
    arrays[1] = (struct array){"components", 2, {p->features, p->width}, p->components};
    arrays[2] = (struct array){"variance", 1, {p->width}, p->variance};
    return 3;
}

static int jb_arrays(const struct facet_jb *j, struct array arrays[MOST_ARRAYS])
{
    arrays[0] = (struct array){"mean", 1, {j->width}, j->mean};
    arrays[1] = (struct array){"between", 2, {j->width, j->width}, j->between};
    arrays[2] = (struct array){"within", 2, {j->width, j->width}, j->within};
    arrays[3] = (struct array){"basis", 2, {j->width, j->width}, j->basis};
    arrays[4] = (struct array){"ratio", 1, {j->width}, j->ratio};
    return 5;
}

static size_t count_of(const struct array *a)
{
    return (size_t)(a->rank == 1 ? a->dims[0] : a->dims[0] * a->dims[1]);
}

/* In one chunk, as large as the array: its checksum is that of the whole. */
static int write_array(hid_t group, const struct array *a, const char *where)
{
    hid_t space = H5Screate_simple(a->rank, a->dims, NULL), list = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_chunk(list, a->rank, a->dims);
    H5Pset_fletcher32(list);
    H5Pset_obj_track_times(list, 0);
    hid_t set = H5Dcreate2(group, a->name, H5T_IEEE_F64LE, space, H5P_DEFAULT, list, H5P_DEFAULT);
    int bad =
        set < 0 || H5Dwrite(set, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, a->values) < 0;
    if (set >= 0 && H5Dclose(set) < 0) bad = 1;
    H5Pclose(list);
    H5Sclose(space);
    return bad ? facet_h5_fail(FACET_EIO, where, a->name, "cannot write") : FACET_OK;
}

/* An open dataset of the right shape, with all of its values: HDF5 reads what was never written as
 * zeros. */
static int check_array(hid_t set, const struct array *a, const char *where)
{
    hsize_t dims[H5S_MAX_RANK] = {0}, chunk[H5S_MAX_RANK], chunks = 0, expected = 1;
    hid_t type = H5Dget_type(set), space = H5Dget_space(set), list = H5Dget_create_plist(set);
    int fits = H5Tget_class(type) == H5T_FLOAT && H5Tget_size(type) == 8 &&
               H5Sget_simple_extent_ndims(space) == a->rank;
    if (fits) H5Sget_simple_extent_dims(space, dims, NULL);
    for (int i = 0; i < a->rank; i++) fits &= dims[i] == a->dims[i];
    int whole = fits && H5Pget_layout(list) == H5D_CHUNKED &&
                H5Pget_chunk(list, H5S_MAX_RANK, chunk) == a->rank &&
                H5Dget_num_chunks(set, space, &chunks) >= 0;
    for (int i = 0; whole && i < a->rank; i++) expected *= (dims[i] + chunk[i] - 1) / chunk[i];
    H5Pclose(list);
    H5Sclose(space);
    H5Tclose(type);
    if (!fits)
        return facet_fail(FACET_EFORMAT, "%s/%s: expected %zu float64 values in %d dimension%s",
                          where, a->name, count_of(a), a->rank, a->rank > 1 ? "s" : "");
    if (!whole || chunks != expected)
        return facet_fail(FACET_EFORMAT, "%s/%s: some of its values are missing", where, a->name);
    return FACET_OK;
}

static int read_array(hid_t group, const struct array *a, const char *where)
{
    hid_t set = H5Dopen2(group, a->name, H5P_DEFAULT);
    if (set < 0) return facet_h5_fail(FACET_EFORMAT, where, a->name, "cannot be opened");
    int code = check_array(set, a, where);
    if (code == FACET_OK &&
        H5Dread(set, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, a->values) < 0)
        code = facet_h5_fail(FACET_EFORMAT, where, a->name, "cannot be read: cut short or damaged");
    H5Dclose(set);
    for (size_t i = 0; code == FACET_OK && i < count_of(a); i++)
        if (!isfinite(a->values[i]))
            code = facet_fail(FACET_EFORMAT, "%s/%s: value %zu is %g, expected finite numbers",
                              where, a->name, i, a->values[i]);
    return code;
}

/* Size of a dataset along its last dimension. */
static int read_width(hid_t group, const char *name, const char *where, size_t *width)
{
    hsize_t dims[H5S_MAX_RANK];
    hid_t set = H5Dopen2(group, name, H5P_DEFAULT);
    if (set < 0) return facet_h5_fail(FACET_EFORMAT, where, name, "cannot be opened");
    hid_t space = H5Dget_space(set);
    int rank = H5Sget_simple_extent_dims(space, dims, NULL);
    H5Sclose(space);
    H5Dclose(set);
    if (rank < 1 || dims[rank - 1] < 1 || dims[rank - 1] > 1u << 24)
        return facet_fail(FACET_EFORMAT, "%s/%s: expected 1 to %u values across", where, name,
                          1u << 24);
    *width = (size_t)dims[rank - 1];
    return FACET_OK;
}

/* ---- groups ---- */

static int write_pca(hid_t group, const struct facet_pca *pca, const char *where)
{
    struct array arrays[MOST_ARRAYS];
    int count = pca_arrays(pca, arrays);
    int code = facet_h5_write_reals(group, "total", &pca->total, 1, where);
    for (int i = 0; code == FACET_OK && i < count; i++)
        code = write_array(group, &arrays[i], where);
    return code;
}

static int read_pca(hid_t group, struct facet_metric *m, const char *where)
{
    size_t d, k;
    struct array arrays[MOST_ARRAYS];
    int code = read_width(group, "mean", where, &d);
    if (code == FACET_OK) code = read_width(group, "components", where, &k);
    if (code == FACET_OK) code = facet_pca_new(&m->pca, d, k);
    if (code == FACET_OK) code = facet_h5_read_reals(group, "total", where, &m->pca->total, 1);
    int count = code == FACET_OK ? pca_arrays(m->pca, arrays) : 0;
    for (int i = 0; code == FACET_OK && i < count; i++) code = read_array(group, &arrays[i], where);
    return code;
}

static int write_jb(hid_t group, const struct facet_jb *jb, const char *where)
{
    const struct {
        const char *name;
        int64_t value;
    } numbers[] = {{"images", (int64_t)jb->images},
                   {"identities", (int64_t)jb->identities},
                   {"steps", jb->last.number},
                   {"converged", jb->converged},
                   {"exact", jb->exact}};
    const double change[] = {jb->last.between, jb->last.within};
    struct array arrays[MOST_ARRAYS];
    int count = jb_arrays(jb, arrays);
    int code = facet_h5_write_reals(group, "change", change, 2, where);
    if (code == FACET_OK) code = facet_h5_write_reals(group, "ridge", &jb->ridge, 1, where);
    for (int i = 0; code == FACET_OK && i < 5; i++)
        code = facet_h5_write_int(group, numbers[i].name, numbers[i].value, where);
    for (int i = 0; code == FACET_OK && i < count; i++)
        code = write_array(group, &arrays[i], where);
    return code;
}

static int read_jb(hid_t group, struct facet_metric *m, const char *where)
{
    static const char *const names[] = {"images", "identities", "steps", "converged", "exact"};
    int64_t numbers[5] = {0};
    double change[2] = {0};
    struct array arrays[MOST_ARRAYS];
    size_t d;
    int code = read_width(group, "mean", where, &d);
    if (code == FACET_OK) code = facet_jb_new(&m->jb, d);
    if (code < 0) return code;
    struct facet_jb *jb = m->jb;
    code = facet_h5_read_reals(group, "change", where, change, 2);
    if (code == FACET_OK) code = facet_h5_read_reals(group, "ridge", where, &jb->ridge, 1);
    for (int i = 0; code == FACET_OK && i < 5; i++)
        code = facet_h5_read_int(group, names[i], where, &numbers[i]);
    jb->images = (size_t)numbers[0];
    jb->identities = (size_t)numbers[1];
    jb->last = (struct facet_jb_step){(int)numbers[2], change[0], change[1]};
    jb->converged = numbers[3] != 0;
    jb->exact = numbers[4] != 0;
    int count = jb_arrays(jb, arrays);
    for (int i = 0; code == FACET_OK && i < count; i++) code = read_array(group, &arrays[i], where);
    for (size_t k = 0; code == FACET_OK && k < d; k++)
        if (jb->ratio[k] < 0)
            code = facet_fail(FACET_EFORMAT, "%s/ratio: value %zu is %g, expected 0 or more", where,
                              k, jb->ratio[k]);
    if (code == FACET_OK) facet_jb_weigh(jb);
    return code;
}

/* ---- files ---- */

static int check_chain(const struct facet_metric *m, const char *path)
{
    if (m->pca == NULL && m->jb == NULL)
        return facet_fail(FACET_EFORMAT, "%s: has neither pca nor joint_bayesian", path);
    if (m->pca != NULL && m->jb != NULL && m->pca->width != m->jb->width)
        return facet_fail(FACET_EFORMAT, "%s: pca gives %zu values, but joint_bayesian takes %zu",
                          path, m->pca->width, m->jb->width);
    return FACET_OK;
}

static const char *const texts[] = {"layers", "views", "combine", "training"};

static int write_root(hid_t file, const struct facet_metric *m, const char *path,
                      const struct facet_provenance *run)
{
    const char *values[] = {m->layers, m->views, m->combine, m->training};
    int code = facet_h5_write_text(file, "Conventions", CONVENTIONS, path);
    for (int i = 0; code == FACET_OK && i < 4; i++)
        code = facet_h5_write_text(file, texts[i], values[i] != NULL ? values[i] : "", path);
    if (code == FACET_OK) code = facet_h5_write_text(file, "data_sha256", m->data_sha256, path);
    if (code == FACET_OK)
        code = facet_h5_write_text(file, "history", facet_provenance_history(run), path);
    if (code == FACET_OK)
        code = facet_h5_write_text(file, "source", facet_provenance_source(), path);
    if (code == FACET_OK) code = facet_h5_write_text(file, "references", FACET_REFERENCE, path);
    return code;
}

static int write_groups(hid_t file, const struct facet_metric *m, const char *path)
{
    static const char *const names[] = {"pca", "joint_bayesian"};
    hid_t list = H5Pcreate(H5P_GROUP_CREATE);
    H5Pset_obj_track_times(list, 0);
    int code = FACET_OK;
    for (int i = 0; code == FACET_OK && i < 2; i++) {
        if (i == 0 ? m->pca == NULL : m->jb == NULL) continue;
        char *where = facet_format("%s: %s", path, names[i]);
        hid_t group = H5Gcreate2(file, names[i], H5P_DEFAULT, list, H5P_DEFAULT);
        if (where == NULL)
            code = FACET_ENOMEM;
        else if (group < 0)
            code = facet_h5_fail(FACET_EIO, where, NULL, "cannot create the group");
        else
            code = i == 0 ? write_pca(group, m->pca, where) : write_jb(group, m->jb, where);
        if (group >= 0) H5Gclose(group);
        free(where);
    }
    H5Pclose(list);
    return code;
}

/* In the 1.10 format, whose structures carry checksums; without times. */
static hid_t create(const char *path)
{
    hid_t access = H5Pcreate(H5P_FILE_ACCESS), list = H5Pcreate(H5P_FILE_CREATE);
    H5Pset_libver_bounds(access, H5F_LIBVER_V110, H5F_LIBVER_V110);
    H5Pset_obj_track_times(list, 0);
    hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, list, access);
    H5Pclose(list);
    H5Pclose(access);
    return file;
}

int facet_metric_write(const struct facet_metric *metric, const char *path,
                       const struct facet_provenance *run)
{
    if (check_chain(metric, path) < 0) return FACET_EINVAL;
    char *partial = facet_format("%s.partial", path);
    if (partial == NULL) return FACET_ENOMEM;
    facet_h5_quiet();
    hid_t file = create(partial);
    int code = file < 0 ? facet_h5_fail(FACET_EIO, partial, NULL, "cannot create") : FACET_OK;
    if (code == FACET_OK) code = write_root(file, metric, path, run);
    if (code == FACET_OK) code = write_groups(file, metric, path);
    if (file >= 0 && H5Fclose(file) < 0 && code == FACET_OK)
        code = facet_h5_fail(FACET_EIO, path, NULL, "cannot write");
    if (code == FACET_OK) code = facet_file_rename(partial, path);
    if (code < 0 && file >= 0) unlink(partial);
    free(partial);
    return code;
}

static int read_root(hid_t file, struct facet_metric *m, const char *path)
{
    char **values[] = {&m->layers, &m->views, &m->combine, &m->training};
    char *conventions = NULL, *hash = NULL;
    int code = facet_h5_read_text(file, "Conventions", path, &conventions);
    if (code == FACET_OK && strcmp(conventions, CONVENTIONS) != 0)
        code = facet_fail(FACET_EFORMAT, "%s: Conventions are \"%.64s\", expected \"%s\"", path,
                          conventions, CONVENTIONS);
    for (int i = 0; code == FACET_OK && i < 4; i++)
        code = facet_h5_read_text(file, texts[i], path, values[i]);
    if (code == FACET_OK) code = facet_h5_read_text(file, "data_sha256", path, &hash);
    if (code == FACET_OK && strlen(hash) >= sizeof m->data_sha256)
        code = facet_fail(FACET_EFORMAT, "%s: attribute data_sha256 has %zu bytes, expected %zu",
                          path, strlen(hash), sizeof m->data_sha256 - 1);
    if (code == FACET_OK) memcpy(m->data_sha256, hash, strlen(hash) + 1);
    if (code == FACET_OK) code = facet_h5_read_text(file, "history", path, &m->history);
    if (code == FACET_OK) code = facet_h5_read_text(file, "source", path, &m->source);
    free(conventions);
    free(hash);
    return code;
}

static int read_group(hid_t file, const char *name, struct facet_metric *m, const char *path,
                      int (*read)(hid_t group, struct facet_metric *m, const char *where))
{
    htri_t exists = H5Lexists(file, name, H5P_DEFAULT);
    if (exists < 0) return facet_h5_fail(FACET_EFORMAT, path, name, "cannot be looked up");
    if (exists == 0) return FACET_OK;
    hid_t group = H5Gopen2(file, name, H5P_DEFAULT);
    if (group < 0) return facet_h5_fail(FACET_EFORMAT, path, name, "is not a group");
    char *where = facet_format("%s: %s", path, name);
    int code = where == NULL ? FACET_ENOMEM : read(group, m, where);
    free(where);
    H5Gclose(group);
    return code;
}

int facet_metric_read(struct facet_metric **metric, const char *path)
{
    hid_t file = H5I_INVALID_HID;
    int code = facet_h5_open(path, H5F_ACC_RDONLY, &file);
    if (code < 0) return code;
    struct facet_metric *m = facet_alloc(1, sizeof *m, "metric");
    if (m == NULL) code = FACET_ENOMEM;
    if (code == FACET_OK && (m->path = facet_strdup(path)) == NULL) code = FACET_ENOMEM;
    if (code == FACET_OK) code = read_root(file, m, path);
    if (code == FACET_OK) code = read_group(file, "pca", m, path, read_pca);
    if (code == FACET_OK) code = read_group(file, "joint_bayesian", m, path, read_jb);
    H5Fclose(file);
    if (code == FACET_OK) code = check_chain(m, path);
    if (code == FACET_OK) code = facet_hash_file(path, m->sha256);
    if (code < 0)
        facet_metric_free(&m);
    else
        *metric = m;
    return code;
}
