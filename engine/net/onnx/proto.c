#include "net/onnx/proto.h"

#include "base/error.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Protobuf itself has no larger files; a network in a network (unsupported, but named) is a few
 * levels deep; a message takes a few hundred bytes of memory. */
enum { DEEPEST = 32, MESSAGES = 1 << 21 };
static const size_t LARGEST = (size_t)1 << 31;

/* ---- the scan ---- */

struct scan {
    const char *name;
    const uint8_t *bytes;
    size_t messages;
};

enum wire { VARINT = 0, FIXED64 = 1, LENGTH = 2, FIXED32 = 5 };

static int bad(const struct scan *s, const ProtobufCMessageDescriptor *message, size_t at,
               const char *what)
{
    return facet_fail(FACET_EFORMAT, "%s: %s, in a %s at byte %zu", s->name, what,
                      message->short_name, at);
}

static int read_varint(const uint8_t *bytes, size_t *at, size_t end, uint64_t *value)
{
    *value = 0;
    for (int shift = 0; shift < 64 && *at < end; shift += 7) {
        const uint8_t byte = bytes[(*at)++];
        *value |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80) return 1;
    }
    return 0;
}

static const ProtobufCFieldDescriptor *find_field(const ProtobufCMessageDescriptor *message,
                                                  uint64_t id)
{
    for (unsigned i = 0; i < message->n_fields; i++)
        if (message->fields[i].id == id) return &message->fields[i];
    return NULL;
}

/* Steps over a field's value from *at on; *length: of what follows, for LENGTH. 0 if it ends beyond
 * `end` or is of no known kind. */
static int step_over(const uint8_t *bytes, size_t *at, size_t end, enum wire wire, size_t *length)
{
    uint64_t value = wire == FIXED64 ? 8 : wire == FIXED32 ? 4 : 0;
    const int counted = wire == VARINT || wire == LENGTH;
    if (!counted && wire != FIXED64 && wire != FIXED32) return 0;
    if (counted && !read_varint(bytes, at, end, &value)) return 0;
    if (wire == VARINT) value = 0;
    if (value > end - *at) return 0;
    *length = (size_t)value;
    *at += *length;
    return 1;
}

static int scan_message(struct scan *s, const ProtobufCMessageDescriptor *message, size_t at,
                        size_t end, int depth)
{
    uint64_t seen = 0; /* fields that may occur once, by their place in the descriptor */
    if (depth > DEEPEST) return bad(s, message, at, "messages within messages too deep");
    if (++s->messages > MESSAGES) return bad(s, message, at, "too many messages");
    while (at < end) {
        const size_t begin = at;
        uint64_t tag;
        size_t length;
        if (!read_varint(s->bytes, &at, end, &tag) || tag >> 3 == 0)
            return bad(s, message, begin, "is damaged or cut off (a field's number)");
        const enum wire wire = (enum wire)(tag & 7);
        if (!step_over(s->bytes, &at, end, wire, &length))
            return bad(s, message, begin, "is damaged or cut off (a field's value)");
        const ProtobufCFieldDescriptor *field = find_field(message, tag >> 3);
        if (field == NULL || field->type != PROTOBUF_C_TYPE_MESSAGE) continue;
        if (wire != LENGTH) return bad(s, message, begin, "a message of the wrong kind");
        const uint64_t bit = 1ull << (field - message->fields);
        if (field->label != PROTOBUF_C_LABEL_REPEATED && seen & bit)
            return bad(s, message, begin, "a message that may occur once is there twice");
        seen |= bit;
        int code = scan_message(s, field->descriptor, at - length, at, depth + 1);
        if (code < 0) return code;
    }
    return FACET_OK;
}

/* ---- unpacking ---- */

static int unpack(const ProtobufCMessageDescriptor *message, const uint8_t *bytes, size_t size,
                  const char *name, ProtobufCMessage **out)
{
    struct scan scan = {.name = name, .bytes = bytes};
    int code = scan_message(&scan, message, 0, size, 1);
    if (code < 0) return code;
    ProtobufCMessage *made = protobuf_c_message_unpack(message, NULL, size, bytes);
    if (made == NULL)
        return facet_fail(FACET_EFORMAT, "%s: not a %s, or no memory for it", name,
                          message->short_name);
    *out = made;
    return FACET_OK;
}

int facet_onnx_proto_unpack(Onnx__ModelProto **model, const uint8_t *bytes, size_t size,
                            const char *name)
{
    ProtobufCMessage *made = NULL;
    int code = unpack(&onnx__model_proto__descriptor, bytes, size, name, &made);
    if (code == FACET_OK) *model = (Onnx__ModelProto *)made;
    return code;
}

static int read_bytes(FILE *file, const char *path, uint8_t **bytes, size_t *size)
{
    struct stat info;
    if (fstat(fileno(file), &info) != 0)
        return facet_fail(FACET_EIO, "%s: %s", path, strerror(errno));
    if (!S_ISREG(info.st_mode)) return facet_fail(FACET_EIO, "%s: is not a file", path);
    if (info.st_size == 0) return facet_fail(FACET_EFORMAT, "%s: is empty", path);
    if ((size_t)info.st_size >= LARGEST)
        return facet_fail(FACET_EFORMAT, "%s: has %lld bytes, a protobuf file less than %zu", path,
                          (long long)info.st_size, LARGEST);
    uint8_t *room = facet_alloc((size_t)info.st_size, 1, path);
    if (room == NULL) return FACET_ENOMEM;
    if (fread(room, 1, (size_t)info.st_size, file) != (size_t)info.st_size) {
        free(room);
        return facet_fail(FACET_EIO, "%s: cannot be read", path);
    }
    *bytes = room;
    *size = (size_t)info.st_size;
    return FACET_OK;
}

static int read_file(const ProtobufCMessageDescriptor *message, const char *path,
                     struct facet_hash *hash, ProtobufCMessage **out)
{
    uint8_t *bytes = NULL;
    size_t size = 0;
    FILE *file = fopen(path, "rb");
    if (file == NULL) return facet_fail(FACET_EIO, "%s: %s", path, strerror(errno));
    int code = read_bytes(file, path, &bytes, &size);
    fclose(file);
    if (code == FACET_OK && hash != NULL) code = facet_hash_add(hash, bytes, size);
    if (code == FACET_OK) code = unpack(message, bytes, size, path, out);
    free(bytes);
    return code;
}

int facet_onnx_proto_model(Onnx__ModelProto **model, const char *path, struct facet_hash *hash)
{
    ProtobufCMessage *made = NULL;
    int code = read_file(&onnx__model_proto__descriptor, path, hash, &made);
    if (code == FACET_OK) *model = (Onnx__ModelProto *)made;
    return code;
}

int facet_onnx_proto_tensor(Onnx__TensorProto **tensor, const char *path)
{
    ProtobufCMessage *made = NULL;
    int code = read_file(&onnx__tensor_proto__descriptor, path, NULL, &made);
    if (code == FACET_OK) *tensor = (Onnx__TensorProto *)made;
    return code;
}

void facet_onnx_proto_free(Onnx__ModelProto **model)
{
    if (*model != NULL) onnx__model_proto__free_unpacked(*model, NULL);
    *model = NULL;
}

void facet_onnx_proto_free_tensor(Onnx__TensorProto **tensor)
{
    if (*tensor != NULL) onnx__tensor_proto__free_unpacked(*tensor, NULL);
    *tensor = NULL;
}
