#include "programs/npy.h"

#include "base/file.h"

#include <stdio.h>
#include <string.h>

int facet_npy_write(const char *path, const struct facet_tensor *tensor)
{
    /* Magic, version and length take 10 bytes; spaces and a line end fill up to 64. */
    enum { PREFIX = 10, HEADER = 3 * 64 - PREFIX };
    const unsigned char prefix[PREFIX] = {0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0, HEADER, 0};
    char header[HEADER + 1], shape[FACET_MODEL_MAX_RANK * 22 + 1] = "";
    for (int i = 0; i < tensor->rank; i++) {
        size_t used = strlen(shape);
        snprintf(shape + used, sizeof shape - used, "%zu,", tensor->dims[i]);
    }
    int length = snprintf(header, sizeof header,
                          "{'descr': '<f4', 'fortran_order': False, 'shape': (%s), }", shape);
    if (length < 0 || length >= HEADER)
        return facet_fail(FACET_EINVAL, "%s: shape (%s) is too long", path, shape);
    memset(header + length, ' ', HEADER - (size_t)length);
    header[HEADER - 1] = '\n';
    struct facet_file file;
    int code = facet_file_begin(&file, path);
    if (code < 0) return code;
    fwrite(prefix, 1, PREFIX, file.stream);
    fwrite(header, 1, HEADER, file.stream);
    fwrite(tensor->values, sizeof *tensor->values, facet_tensor_count(tensor), file.stream);
    return facet_file_commit(&file); /* finds a failed write */
}
