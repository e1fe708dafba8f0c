#include "net/onnx/tensor.h"

#include "base/parse.h"
#include "net/onnx/external.h"
#include "store/half.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- types ---- */

/* How values of a type lie in raw bytes. */
static const struct {
    const char *name;
    size_t size; /* bytes; 0: not read */
    int whole;
} types[] = {
    [ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT] = {"FLOAT", 4, 0},
    [ONNX__TENSOR_PROTO__DATA_TYPE__UINT8] = {"UINT8", 1, 1},
    [ONNX__TENSOR_PROTO__DATA_TYPE__INT8] = {"INT8", 1, 1},
    [ONNX__TENSOR_PROTO__DATA_TYPE__UINT16] = {"UINT16", 2, 1},
    [ONNX__TENSOR_PROTO__DATA_TYPE__INT16] = {"INT16", 2, 1},
    [ONNX__TENSOR_PROTO__DATA_TYPE__INT32] = {"INT32", 4, 1},
    [ONNX__TENSOR_PROTO__DATA_TYPE__INT64] = {"INT64", 8, 1},
    [ONNX__TENSOR_PROTO__DATA_TYPE__STRING] = {"STRING", 0, 0},
    [ONNX__TENSOR_PROTO__DATA_TYPE__BOOL] = {"BOOL", 1, 1},
    [ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT16] = {"FLOAT16", 2, 0},
    [ONNX__TENSOR_PROTO__DATA_TYPE__DOUBLE] = {"DOUBLE", 8, 0},
    [ONNX__TENSOR_PROTO__DATA_TYPE__UINT32] = {"UINT32", 4, 1},
    [ONNX__TENSOR_PROTO__DATA_TYPE__UINT64] = {"UINT64", 0, 1},
    [ONNX__TENSOR_PROTO__DATA_TYPE__COMPLEX64] = {"COMPLEX64", 0, 0},
    [ONNX__TENSOR_PROTO__DATA_TYPE__COMPLEX128] = {"COMPLEX128", 0, 0},
    [ONNX__TENSOR_PROTO__DATA_TYPE__BFLOAT16] = {"BFLOAT16", 0, 0},
};

static int known(int type)
{
    return type > 0 && type < (int)(sizeof types / sizeof *types);
}

const char *facet_onnx_type_name(int type)
{
    static _Thread_local char text[32];
    if (known(type)) return types[type].name;
    snprintf(text, sizeof text, "type %d", type);
    return text;
}

int facet_onnx_type_is_whole(int type)
{
    return known(type) && types[type].whole && types[type].size > 0;
}

int facet_onnx_type_is_real(int type)
{
    return known(type) && !types[type].whole && types[type].size > 0;
}

size_t facet_onnx_type_size(int type)
{
    return facet_onnx_type_is_whole(type) ? sizeof(int64_t) : sizeof(float);
}

/* ---- values ---- */

/* Value `i` of raw bytes (little-endian, as this machine is), as it is kept. */

static int64_t whole_value(int type, const uint8_t *bytes, size_t i)
{
    uint16_t u16;
    uint32_t u32;
    int64_t i64;
    switch (type) {
    case ONNX__TENSOR_PROTO__DATA_TYPE__INT8:
        return (int8_t)bytes[i];
    case ONNX__TENSOR_PROTO__DATA_TYPE__UINT8:
        return bytes[i];
    case ONNX__TENSOR_PROTO__DATA_TYPE__BOOL:
        return bytes[i] != 0;
    case ONNX__TENSOR_PROTO__DATA_TYPE__UINT16:
    case ONNX__TENSOR_PROTO__DATA_TYPE__INT16:
        memcpy(&u16, bytes + i * sizeof u16, sizeof u16);
        return type == ONNX__TENSOR_PROTO__DATA_TYPE__INT16 ? (int16_t)u16 : u16;
    case ONNX__TENSOR_PROTO__DATA_TYPE__UINT32:
    case ONNX__TENSOR_PROTO__DATA_TYPE__INT32:
        memcpy(&u32, bytes + i * sizeof u32, sizeof u32);
        return type == ONNX__TENSOR_PROTO__DATA_TYPE__INT32 ? (int32_t)u32 : (int64_t)u32;
    default:
        memcpy(&i64, bytes + i * sizeof i64, sizeof i64);
        return i64;
    }
}

static float real_value(int type, const uint8_t *bytes, size_t i)
{
    uint16_t half;
    double wide;
    float value;
    switch (type) {
    case FACET_ONNX_HALF:
        memcpy(&half, bytes + i * sizeof half, sizeof half);
        facet_half_to_float(&half, 1, &value);
        return value;
    case FACET_ONNX_DOUBLE:
        memcpy(&wide, bytes + i * sizeof wide, sizeof wide);
        return (float)wide;
    default:
        memcpy(&value, bytes + i * sizeof value, sizeof value);
        return value;
    }
}

static void take_raw(struct facet_onnx_tensor *t, size_t count, const uint8_t *bytes)
{
    for (size_t i = 0; i < count; i++)
        if (facet_onnx_type_is_whole(t->type))
            ((int64_t *)t->values)[i] = whole_value(t->type, bytes, i);
        else
            ((float *)t->values)[i] = real_value(t->type, bytes, i);
}

/* Values in the list that the type has: how many there are, and value i of it. */
static size_t listed(const Onnx__TensorProto *p, int type)
{
    switch (type) {
    case FACET_ONNX_FLOAT:
        return p->n_float_data;
    case FACET_ONNX_DOUBLE:
        return p->n_double_data;
    case FACET_ONNX_INT64:
        return p->n_int64_data;
    case ONNX__TENSOR_PROTO__DATA_TYPE__UINT32:
        return p->n_uint64_data;
    default:
        return p->n_int32_data;
    }
}

/* The range of whole numbers that a type has in int32_data, where its bits stand. */
static int in_range(int type, int64_t value)
{
    switch (type) {
    case ONNX__TENSOR_PROTO__DATA_TYPE__UINT8:
        return value >= 0 && value <= UINT8_MAX;
    case ONNX__TENSOR_PROTO__DATA_TYPE__INT8:
        return value >= INT8_MIN && value <= INT8_MAX;
    case ONNX__TENSOR_PROTO__DATA_TYPE__INT16:
        return value >= INT16_MIN && value <= INT16_MAX;
    case ONNX__TENSOR_PROTO__DATA_TYPE__UINT16:
    case FACET_ONNX_HALF:
        return value >= 0 && value <= UINT16_MAX;
    case ONNX__TENSOR_PROTO__DATA_TYPE__UINT32:
        return value >= 0 && value <= UINT32_MAX;
    case FACET_ONNX_BOOL:
        return value == 0 || value == 1;
    default:
        return 1;
    }
}

static int take_listed(struct facet_onnx_tensor *t, size_t count, const Onnx__TensorProto *p,
                       const struct facet_onnx_source *source, const char *name)
{
    float *reals = t->values;
    int64_t *wholes = t->values;
    if (t->type == FACET_ONNX_FLOAT && count > 0)
        memcpy(reals, p->float_data, count * sizeof *reals);
    for (size_t i = 0; i < count && t->type != FACET_ONNX_FLOAT; i++) {
        if (t->type == FACET_ONNX_DOUBLE) {
            reals[i] = (float)p->double_data[i];
            continue;
        }
        const int64_t value = t->type == FACET_ONNX_INT64 ? p->int64_data[i]
                              : t->type == ONNX__TENSOR_PROTO__DATA_TYPE__UINT32
                                  ? (int64_t)p->uint64_data[i]
                                  : p->int32_data[i];
        if (!in_range(t->type, value))
            return facet_fail(FACET_EFORMAT, "%s: tensor '%s': value %zu is %lld, no %s",
                              source->path, name, i, (long long)value,
                              facet_onnx_type_name(t->type));
        const uint16_t half = (uint16_t)value;
        if (t->type == FACET_ONNX_HALF)
            facet_half_to_float(&half, 1, &reals[i]);
        else
            wholes[i] = value;
    }
    return FACET_OK;
}

/* ---- the whole ---- */

static int read_shape(struct facet_onnx_shape *shape, const Onnx__TensorProto *p,
                      const struct facet_onnx_source *source, const char *name)
{
    if (p->n_dims > FACET_ONNX_RANK)
        return facet_fail(FACET_EFORMAT, "%s: tensor '%s' has %zu dimensions, expected at most %d",
                          source->path, name, p->n_dims, FACET_ONNX_RANK);
    *shape = (struct facet_onnx_shape){.rank = (int)p->n_dims};
    for (size_t i = 0; i < p->n_dims; i++) {
        if (p->dims[i] < 0)
            return facet_fail(FACET_EFORMAT, "%s: tensor '%s': dimension %zu is %lld", source->path,
                              name, i + 1, (long long)p->dims[i]);
        shape->dims[i] = (size_t)p->dims[i];
    }
    if (!facet_onnx_shape_fits(shape)) {
        char text[FACET_ONNX_SHAPE_TEXT];
        return facet_fail(FACET_EFORMAT, "%s: tensor '%s' has shape %s, more than %zu values",
                          source->path, name, facet_onnx_shape_text(shape, text), FACET_ONNX_MOST);
    }
    return FACET_OK;
}

static int expect(size_t found, size_t expected, const char *what,
                  const struct facet_onnx_source *source, const char *name)
{
    if (found == expected) return FACET_OK;
    return facet_fail(FACET_EFORMAT, "%s: tensor '%s' has %zu %s, expected %zu for its shape",
                      source->path, name, found, what, expected);
}

int facet_onnx_tensor_read(struct facet_onnx_tensor *tensor, const Onnx__TensorProto *p,
                           const struct facet_onnx_source *source, const char *name)
{
    struct facet_onnx_tensor t = {.type = p->data_type};
    struct facet_onnx_external external = {0};
    if (!facet_onnx_type_is_whole(t.type) && !facet_onnx_type_is_real(t.type))
        return facet_fail(FACET_EFORMAT, "%s: tensor '%s' has unsupported values of %s",
                          source->path, name, facet_onnx_type_name(t.type));
    if (p->segment != NULL)
        return facet_fail(FACET_EFORMAT, "%s: tensor '%s' is a segment of another", source->path,
                          name);
    int code = read_shape(&t.shape, p, source, name);
    if (code < 0) return code;
    const size_t count = facet_onnx_shape_count(&t.shape), bytes = count * types[t.type].size;
    const int elsewhere =
        p->has_data_location && p->data_location == ONNX__TENSOR_PROTO__DATA_LOCATION__EXTERNAL;
    /* What is declared must be there before room is made for it. */
    if (elsewhere)
        code = facet_onnx_external_open(&external, p, source, name, bytes);
    else if (p->has_raw_data)
        code = expect(p->raw_data.len, bytes, "bytes", source, name);
    else
        code = expect(listed(p, t.type), count, "values", source, name);
    if (code == FACET_OK) t.values = facet_alloc(count, facet_onnx_type_size(t.type), name);
    if (code == FACET_OK && t.values == NULL) code = FACET_ENOMEM;
    if (code == FACET_OK && elsewhere)
        take_raw(&t, count, external.bytes);
    else if (code == FACET_OK && p->has_raw_data)
        take_raw(&t, count, p->raw_data.data);
    else if (code == FACET_OK)
        code = take_listed(&t, count, p, source, name);
    facet_onnx_external_close(&external);
    if (code == FACET_OK)
        *tensor = t;
    else
        free(t.values);
    return code;
}
