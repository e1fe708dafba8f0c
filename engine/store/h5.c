#include "store/h5.h"
#include "store/half.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* After a write that failed (a full disk), HDF5 1.10 would try it again at exit, and crash. Whoever
 * opens something here closes it, so there is nothing to do then. Must come before all else. */
__attribute__((constructor)) static void no_cleanup_at_exit(void)
{
    H5dont_atexit();
}

void facet_h5_quiet(void)
{
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
}

static herr_t innermost(unsigned n, const H5E_error2_t *error, void *data)
{
    const char **text = data;
    if (n == 0) *text = error->desc;
    return 0;
}

int facet_h5_fail(int code, const char *file, const char *object, const char *text)
{
    const char *reason = NULL;
    H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, innermost, &reason);
    code = facet_fail(code, "%s: %s%s%s%s%s", file, object != NULL ? object : "",
                      object != NULL ? ": " : "", text, reason != NULL ? ": " : "",
                      reason != NULL ? reason : "");
    H5Eclear2(H5E_DEFAULT);
    return code;
}

int facet_h5_open(const char *path, unsigned flags, hid_t *file)
{
    struct stat info;
    int fd = open(path, flags == H5F_ACC_RDONLY ? O_RDONLY : O_RDWR);
    if (fd < 0) return facet_fail(FACET_EIO, "%s: %s", path, strerror(errno));
    int known = fstat(fd, &info) == 0;
    close(fd);
    if (known && S_ISDIR(info.st_mode))
        return facet_fail(FACET_EIO, "%s: is a folder, expected an HDF5 file", path);
    if (known && info.st_size == 0)
        return facet_fail(FACET_EFORMAT, "%s: is empty, expected an HDF5 file", path);
    facet_h5_quiet();
    if (H5Fis_hdf5(path) <= 0) {
        H5Eclear2(H5E_DEFAULT);
        return facet_fail(FACET_EFORMAT, "%s: is not an HDF5 file", path);
    }
    hid_t opened = H5Fopen(path, flags, H5P_DEFAULT);
    if (opened < 0)
        return facet_h5_fail(FACET_EFORMAT, path, NULL,
                             "cannot be opened: cut short, damaged, or in use");
    *file = opened;
    return FACET_OK;
}

hid_t facet_h5_text_type(void)
{
    hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, H5T_VARIABLE);
    H5Tset_cset(type, H5T_CSET_UTF8);
    return type;
}

hid_t facet_h5_half_type(void)
{
    hid_t type = H5Tcopy(H5T_IEEE_F32LE);
    H5Tset_fields(type, 15, 10, 5, 0, 10);
    H5Tset_precision(type, 16);
    H5Tset_ebias(type, 15);
    H5Tset_size(type, 2);
    return type;
}

/* Nonzero if an attribute can be written in place. */
static int holds(hid_t attribute, hid_t type, hid_t space)
{
    hid_t its_type = H5Aget_type(attribute), its_space = H5Aget_space(attribute);
    int same = H5Tequal(its_type, type) > 0 && H5Sextent_equal(its_space, space) > 0;
    H5Tclose(its_type);
    H5Sclose(its_space);
    return same;
}

static int write_attribute(hid_t object, const char *name, hid_t type, hid_t space,
                           const void *value, const char *file)
{
    hid_t a = H5Aexists(object, name) > 0 ? H5Aopen(object, name, H5P_DEFAULT) : -1;
    if (a >= 0 && !holds(a, type, space)) {
        H5Aclose(a);
        H5Adelete(object, name);
        a = -1;
    }
    if (a < 0) a = H5Acreate2(object, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
    int bad = a < 0 || H5Awrite(a, type, value) < 0;
    if (a >= 0) H5Aclose(a);
    return bad ? facet_h5_fail(FACET_EIO, file, name, "cannot write attribute") : FACET_OK;
}

/* Opens attribute `name`, which must hold `count` values of class `kind`. */
static int open_attribute(hid_t object, const char *name, H5T_class_t kind, size_t count,
                          const char *file, hid_t *attribute)
{
    static const char *const kinds[] = {"whole number", "number", "", "text"};
    if (H5Aexists(object, name) <= 0)
        return facet_fail(FACET_EFORMAT, "%s: attribute %s is missing", file, name);
    hid_t a = H5Aopen(object, name, H5P_DEFAULT);
    if (a < 0) return facet_h5_fail(FACET_EFORMAT, file, name, "cannot open attribute");
    hid_t type = H5Aget_type(a), space = H5Aget_space(a);
    H5T_class_t found = H5Tget_class(type);
    int fits = found == kind || (kind == H5T_FLOAT && found == H5T_INTEGER);
    if (kind == H5T_STRING) fits &= H5Tis_variable_str(type) > 0;
    hssize_t n = H5Sget_simple_extent_npoints(space);
    H5Sclose(space);
    H5Tclose(type);
    if (!fits || n != (hssize_t)count) {
        H5Aclose(a);
        return facet_fail(FACET_EFORMAT, "%s: attribute %s should hold %zu value%s: %s", file, name,
                          count, count == 1 ? "" : "s", kinds[kind]);
    }
    *attribute = a;
    return FACET_OK;
}

int facet_h5_write_text(hid_t object, const char *name, const char *value, const char *file)
{
    hid_t type = facet_h5_text_type(), space = H5Screate(H5S_SCALAR);
    int code = write_attribute(object, name, type, space, &value, file);
    H5Sclose(space);
    H5Tclose(type);
    return code;
}

int facet_h5_read_text(hid_t object, const char *name, const char *file, char **value)
{
    hid_t a = H5I_INVALID_HID;
    char *raw = NULL, *copy = NULL;
    int code = open_attribute(object, name, H5T_STRING, 1, file, &a);
    if (code < 0) return code;
    hid_t type = H5Aget_type(a), space = H5Aget_space(a), memory = H5Tcopy(type);
    if (H5Aread(a, memory, &raw) < 0)
        code = facet_h5_fail(FACET_EFORMAT, file, name, "cannot read attribute");
    if (code == FACET_OK && (copy = facet_strdup(raw != NULL ? raw : "")) == NULL)
        code = FACET_ENOMEM;
    if (raw != NULL) H5Dvlen_reclaim(memory, space, H5P_DEFAULT, &raw);
    H5Tclose(memory);
    H5Tclose(type);
    H5Sclose(space);
    H5Aclose(a);
    if (code == FACET_OK) *value = copy;
    return code;
}

int facet_h5_write_int(hid_t object, const char *name, int64_t value, const char *file)
{
    hid_t space = H5Screate(H5S_SCALAR);
    int code = write_attribute(object, name, H5T_NATIVE_INT64, space, &value, file);
    H5Sclose(space);
    return code;
}

int facet_h5_read_int(hid_t object, const char *name, const char *file, int64_t *value)
{
    hid_t a = H5I_INVALID_HID;
    int64_t found;
    int code = open_attribute(object, name, H5T_INTEGER, 1, file, &a);
    if (code < 0) return code;
    if (H5Aread(a, H5T_NATIVE_INT64, &found) < 0)
        code = facet_h5_fail(FACET_EFORMAT, file, name, "cannot read attribute");
    else
        *value = found;
    H5Aclose(a);
    return code;
}

int facet_h5_write_reals(hid_t object, const char *name, const double *values, size_t count,
                         const char *file)
{
    hsize_t n = count;
    hid_t space = H5Screate_simple(1, &n, NULL);
    int code = write_attribute(object, name, H5T_NATIVE_DOUBLE, space, values, file);
    H5Sclose(space);
    return code;
}

int facet_h5_read_reals(hid_t object, const char *name, const char *file, double *values,
                        size_t count)
{
    hid_t a = H5I_INVALID_HID;
    int code = open_attribute(object, name, H5T_FLOAT, count, file, &a);
    if (code < 0) return code;
    if (H5Aread(a, H5T_NATIVE_DOUBLE, values) < 0)
        code = facet_h5_fail(FACET_EFORMAT, file, name, "cannot read attribute");
    H5Aclose(a);
    return code;
}

int facet_h5_read_rows(hid_t object, const char *name, hid_t type, size_t rows, const char *file,
                       void *values)
{
    hsize_t start = 0, count = rows;
    hid_t set = H5Dopen2(object, name, H5P_DEFAULT);
    if (set < 0) return facet_h5_fail(FACET_EFORMAT, file, name, "cannot open");
    hid_t space = H5Dget_space(set), memory = H5Screate_simple(1, &count, NULL);
    int bad = H5Sget_simple_extent_ndims(space) != 1 ||
              (size_t)H5Sget_simple_extent_npoints(space) < rows ||
              H5Sselect_hyperslab(space, H5S_SELECT_SET, &start, NULL, &count, NULL) < 0 ||
              H5Dread(set, type, memory, space, H5P_DEFAULT, values) < 0;
    H5Sclose(memory);
    H5Sclose(space);
    H5Dclose(set);
    return bad ? facet_h5_fail(FACET_EFORMAT, file, name, "cannot read") : FACET_OK;
}

/* Halves in the second half of `values` become floats. Each block is taken out before it is
 * overwritten, at the latest by itself. */
static void widen(float *values, size_t count)
{
    uint16_t block[1024];
    const char *halves = (const char *)values + count * sizeof *block;
    for (size_t at = 0, n; at < count; at += n) {
        n = count - at < 1024 ? count - at : 1024;
        memcpy(block, halves + at * sizeof *block, n * sizeof *block);
        facet_half_to_float(block, n, values + at);
    }
}

herr_t facet_h5_read_floats(hid_t set, hid_t memory, hid_t space, size_t count, float *out)
{
    hid_t type = H5Dget_type(set), half = facet_h5_half_type();
    const int halves = H5Tequal(type, half) > 0;
    herr_t got = H5Dread(set, halves ? half : H5T_NATIVE_FLOAT, memory, space, H5P_DEFAULT,
                         halves ? (void *)((uint16_t *)out + count) : out);
    if (halves && got >= 0) widen(out, count);
    H5Tclose(half);
    H5Tclose(type);
    return got;
}
