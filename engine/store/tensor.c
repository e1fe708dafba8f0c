#include "store/tensor.h"

#include "store/h5.h"
#include "store/half.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK_BYTES (1u << 20)

size_t facet_tensor_count(const struct facet_tensor *tensor)
{
    size_t count = tensor->rank > 0;
    for (int i = 0; i < tensor->rank; i++) count *= tensor->dims[i];
    return count;
}

/* Index of the first value that isn't finite or exceeds `limit` in size; `count` if there is none.
 */
static size_t find_bad(const float *values, size_t count, float limit)
{
    size_t i = 0;
    while (i < count && fabsf(values[i]) <= limit) i++;
    return i;
}

/* facet_h5_fail() for a dataset: where is "file: layer". */
static int fail(int code, const char *where, const char *name, const char *text)
{
    char dataset[1024];
    snprintf(dataset, sizeof dataset, "%s/%s", where, name);
    return facet_h5_fail(code, dataset, NULL, text);
}

/* Chunks of about CHUNK_BYTES, cut along the first dimensions. */
static hid_t chunked(const struct facet_tensor *tensor, size_t value_bytes)
{
    hsize_t chunk[FACET_MODEL_MAX_RANK];
    size_t bytes = value_bytes;
    for (int i = 0; i < tensor->rank; i++) bytes *= (size_t)(chunk[i] = tensor->dims[i]);
    for (int i = 0; i < tensor->rank; i++)
        while (bytes > CHUNK_BYTES && chunk[i] > 1) {
            bytes /= (size_t)chunk[i];
            chunk[i] = (chunk[i] + 1) / 2;
            bytes *= (size_t)chunk[i];
        }
    hid_t list = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_chunk(list, tensor->rank, chunk);
    H5Pset_fletcher32(list);
    H5Pset_obj_track_times(list, 0);
    return list;
}

/* Fails if a value isn't finite or doesn't fit. */
static int check_values(const struct facet_tensor *tensor, const char *name, float limit,
                        const char *where)
{
    size_t count = facet_tensor_count(tensor);
    size_t bad = find_bad(tensor->values, count, limit);
    if (bad == count) return FACET_OK;
    return facet_fail(FACET_EFORMAT, "%s/%s: value %zu is %g, which %s", where, name, bad,
                      (double)tensor->values[bad],
                      isfinite(tensor->values[bad]) ? "float16 cannot hold" : "is not finite");
}

static int write_dataset(hid_t group, const struct facet_tensor *tensor, const char *name,
                         hid_t type, const void *values, const char *where)
{
    hsize_t dims[FACET_MODEL_MAX_RANK];
    for (int i = 0; i < tensor->rank; i++) dims[i] = tensor->dims[i];
    hid_t space = H5Screate_simple(tensor->rank, dims, NULL);
    hid_t list = chunked(tensor, H5Tget_size(type));
    hid_t set = H5Dcreate2(group, name, type, space, H5P_DEFAULT, list, H5P_DEFAULT);
    int bad = set < 0 || H5Dwrite(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) < 0;
    if (set >= 0 && H5Dclose(set) < 0) bad = 1;
    H5Pclose(list);
    H5Sclose(space);
    return bad ? fail(FACET_EIO, where, name, "cannot write") : FACET_OK;
}

static int write_halves(hid_t group, const struct facet_tensor *tensor, const char *name,
                        const char *where)
{
    const size_t count = facet_tensor_count(tensor);
    uint16_t *halves = facet_alloc(count, sizeof *halves, name);
    if (halves == NULL) return FACET_ENOMEM;
    facet_half_from_float(tensor->values, count, halves);
    hid_t type = facet_h5_half_type();
    int code = write_dataset(group, tensor, name, type, halves, where);
    H5Tclose(type);
    free(halves);
    return code;
}

/* Each row in steps of its own: a 127th of its largest value. */
static void quantise(const struct facet_tensor *tensor, int8_t *bytes, float *steps)
{
    const size_t rows = tensor->dims[0], width = facet_tensor_count(tensor) / rows;
    for (size_t r = 0; r < rows; r++) {
        const float *values = tensor->values + r * width;
        float most = 0;
        for (size_t i = 0; i < width; i++) most = fmaxf(most, fabsf(values[i]));
        steps[r] = most / 127;
        for (size_t i = 0; i < width; i++)
            bytes[r * width + i] =
                steps[r] > 0 ? (int8_t)lrintf(fmaxf(-127, fminf(127, values[i] / steps[r]))) : 0;
    }
}

static int write_bytes(hid_t group, const struct facet_tensor *tensor, const char *name,
                       const char *where)
{
    struct facet_tensor steps = {.rank = 1, .dims = {tensor->dims[0]}};
    int8_t *bytes = facet_alloc(facet_tensor_count(tensor), 1, name);
    char *step_name = facet_format("%s_step", name);
    steps.values = facet_alloc(steps.dims[0], sizeof(float), name);
    int code = FACET_ENOMEM;
    if (bytes != NULL && step_name != NULL && steps.values != NULL) {
        quantise(tensor, bytes, steps.values);
        code = write_dataset(group, tensor, name, H5T_STD_I8LE, bytes, where);
        if (code == FACET_OK)
            code = write_dataset(group, &steps, step_name, H5T_NATIVE_FLOAT, steps.values, where);
    }
    free(bytes);
    free(step_name);
    free(steps.values);
    return code;
}

int facet_tensor_write(hid_t group, const struct facet_tensor *tensor, const char *name,
                       enum facet_precision precision, const char *where)
{
    const int bytes = precision == FACET_PRECISION_INT8 && tensor->rank == 2 &&
                      facet_tensor_count(tensor) >= FACET_TENSOR_LARGE;
    const int halves = precision != FACET_PRECISION_FLOAT32 && !bytes;
    int code = check_values(tensor, name, halves ? FACET_HALF_MAX : FLT_MAX, where);
    if (code < 0) return code;
    if (bytes) return write_bytes(group, tensor, name, where);
    if (halves) return write_halves(group, tensor, name, where);
    return write_dataset(group, tensor, name, H5T_NATIVE_FLOAT, tensor->values, where);
}

static const char *const precisions[] = {"float32", "float16", "int8"};

const char *facet_precision_name(enum facet_precision precision)
{
    return precisions[precision];
}

int facet_precision_parse(const char *text, enum facet_precision *precision)
{
    for (int i = 0; i < 3; i++)
        if (strcmp(precisions[i], text) == 0) {
            *precision = (enum facet_precision)i;
            return FACET_OK;
        }
    return facet_fail(FACET_EINVAL,
                      "no precision is named \"%s\" (there are: float32, float16, int8)", text);
}

/* ---- reading ---- */

/* Whether all chunks of a dataset are there: HDF5 reads one that was never written as zeros. */
static int is_complete(hid_t set, int rank, const hsize_t *dims)
{
    hsize_t chunk[H5S_MAX_RANK], expected = 1, found = 0;
    hid_t list = H5Dget_create_plist(set), space = H5Dget_space(set);
    int chunked = H5Pget_layout(list) == H5D_CHUNKED;
    int bad = chunked && H5Pget_chunk(list, H5S_MAX_RANK, chunk) != rank;
    for (int i = 0; chunked && !bad && i < rank; i++)
        expected *= (dims[i] + chunk[i] - 1) / chunk[i];
    if (chunked && !bad) bad = H5Dget_num_chunks(set, space, &found) < 0 || found != expected;
    if (!chunked) bad = H5Dget_storage_size(set) == 0;
    H5Sclose(space);
    H5Pclose(list);
    return !bad;
}

/* The file's description of a dataset: float16, float32 or int8 (*bytes), of a rank and size that
 * fit, with all of its chunks. */
static int check_tensor(hid_t set, struct facet_tensor *tensor, const char *name, const char *where,
                        int *bytes)
{
    hsize_t dims[H5S_MAX_RANK];
    hid_t type = H5Dget_type(set), space = H5Dget_space(set);
    int is_float = H5Tget_class(type) == H5T_FLOAT && H5Tget_size(type) <= 4;
    *bytes = H5Tget_class(type) == H5T_INTEGER && H5Tget_size(type) == 1;
    int rank = H5Sget_simple_extent_dims(space, dims, NULL);
    H5Sclose(space);
    H5Tclose(type);
    if (!is_float && !*bytes)
        return facet_fail(FACET_EFORMAT, "%s/%s: expected float32, float16 or int8 values", where,
                          name);
    if (rank < 1 || rank > FACET_MODEL_MAX_RANK)
        return facet_fail(FACET_EFORMAT, "%s/%s: %d dimensions, expected 1 to %d", where, name,
                          rank, FACET_MODEL_MAX_RANK);
    size_t count = 1;
    for (int i = 0; i < rank; i++) {
        if (dims[i] < 1 || dims[i] > SIZE_MAX / sizeof(float) / count)
            return facet_fail(FACET_EFORMAT, "%s/%s: dimension %d of %llu", where, name, i,
                              (unsigned long long)dims[i]);
        count *= tensor->dims[i] = (size_t)dims[i];
    }
    tensor->rank = rank;
    if (!is_complete(set, rank, dims))
        return facet_fail(FACET_EFORMAT, "%s/%s: some of its values are missing", where, name);
    return FACET_OK;
}

/* Multiplies rows of whole numbers by their steps. */
static int scale_rows(hid_t group, struct facet_tensor *tensor, const char *name, const char *where)
{
    struct facet_tensor steps = {0};
    char *step_name = facet_format("%s_step", name);
    int code =
        step_name == NULL ? FACET_ENOMEM : facet_tensor_read(group, &steps, step_name, where);
    if (code == FACET_OK && (steps.rank != 1 || steps.dims[0] != tensor->dims[0]))
        code =
            facet_fail(FACET_EFORMAT, "%s/%s: has %zu steps, expected %zu, one for each row of %s",
                       where, step_name, facet_tensor_count(&steps), tensor->dims[0], name);
    const size_t width = facet_tensor_count(tensor) / tensor->dims[0];
    for (size_t i = 0; code == FACET_OK && i < tensor->dims[0] * width; i++)
        tensor->values[i] *= steps.values[i / width];
    free(steps.values);
    free(step_name);
    return code;
}

int facet_tensor_read(hid_t group, struct facet_tensor *tensor, const char *name, const char *where)
{
    htri_t exists = H5Lexists(group, name, H5P_DEFAULT);
    if (exists < 0) return fail(FACET_EFORMAT, where, name, "cannot be looked up");
    if (exists == 0) return FACET_OK;
    hid_t set = H5Dopen2(group, name, H5P_DEFAULT);
    if (set < 0) return fail(FACET_EFORMAT, where, name, "cannot be opened as a dataset");
    int bytes = 0, code = check_tensor(set, tensor, name, where, &bytes);
    size_t count = facet_tensor_count(tensor), bad = count;
    if (code == FACET_OK) {
        tensor->values = facet_alloc(count, sizeof(float), name);
        code = tensor->values == NULL
                   ? facet_fail(FACET_ENOMEM, "%s/%s: no memory for %zu values", where, name, count)
                   : FACET_OK;
    }
    if (code == FACET_OK && facet_h5_read_floats(set, H5S_ALL, H5S_ALL, count, tensor->values) < 0)
        code = fail(FACET_EFORMAT, where, name, "cannot be read: cut short or damaged");
    H5Dclose(set);
    if (code == FACET_OK && bytes) code = scale_rows(group, tensor, name, where);
    if (code == FACET_OK) bad = find_bad(tensor->values, count, 3.4028235e38f);
    if (bad < count)
        code = facet_fail(FACET_EFORMAT, "%s/%s: value %zu is %g, expected finite numbers", where,
                          name, bad, (double)tensor->values[bad]);
    return code;
}
